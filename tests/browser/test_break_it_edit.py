"""Editing by hand in a real browser: the row that the browser computes, and dragging, typing, keys and nonsense."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from explorer.model.changed_attention import edited_row
from tests.browser.helpers import horizontal_overflow, wait_until_idle

RULE = Path(__file__).resolve().parents[2] / "explorer" / "components" / "parts" / "edited_row.js"


def cases() -> list[tuple[list[float], list[int], list[tuple[int, float]]]]:
    """(own, allowed, given): drawn rows of prime lengths, and the corners of the rule."""
    generator = np.random.default_rng(7)
    found = []
    for n in (2, 3, 5, 7, 11, 13, 61) * 3:
        allowed = generator.random(n) < 0.8
        allowed[0] = True
        own = np.where(allowed, generator.random(n) ** 4 + 1e-9, 0.0)
        own = (own / own.sum()).astype(np.float32)
        keys = generator.permutation(np.flatnonzero(allowed))[: generator.integers(1, 5)]
        found.append((own, allowed, [(int(key), round(generator.random(), 2)) for key in keys]))
    own, allowed = np.array([0.5, 0.5, 0.0, 0.0], np.float32), np.array([True, True, True, False])
    corners = [(0, 0.0)], [(0, 0.0), (1, 0.0)], [(0, 0.0), (1, 0.0), (2, 0.0)], [(0, 1.0)], [(0, 0.9), (1, 0.9)]
    corners = *corners, [(0, 0.5)], [(0, 0.5), (1, 0.5)], [(2, 1e-6)], [(0, 0.25), (1, 0.25), (2, 0.25)]
    found += [(own, allowed, given) for given in corners]
    return [(own.tolist(), allowed.astype(int).tolist(), given) for own, allowed, given in found]


def test_the_browser_shares_a_row_as_the_model_does(page: Page):
    script = f"""(cases) => {{ {RULE.read_text()}
        return cases.map(([own, allowed, given]) => {{
            const row = editedRow(Float32Array.from(own), allowed, given);
            return row && [...row];
        }}); }}"""
    for (own, allowed, given), row in zip(cases(), page.evaluate(script, cases()), strict=True):
        own, allowed = torch.tensor([own]), torch.tensor([allowed]).bool()
        if row is None:
            with pytest.raises(ValueError, match="above 0"):
                edited_row(own, allowed, given)
        else:
            np.testing.assert_allclose(row, edited_row(own, allowed, given)[0], rtol=3e-7, atol=0)


def box(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=name, exact=True)


def in_url(page: Page, key: str) -> str | None:
    return parse_qs(urlsplit(page.url).query).get(key, [None])[0]


def drag(page: Page, bar: Locator, height: float) -> None:
    """Take a bar, pull it to this height, and hold it."""
    place = bar.bounding_box()
    page.mouse.move(place["x"] + 9, place["y"] + place["height"] - 4)
    page.mouse.down()
    page.mouse.move(place["x"] + 9, place["y"] + place["height"] * (1 - height), steps=3)


def test_a_row_and_a_number_are_dragged_typed_and_given_back(page: Page, app_url: str):
    page.goto(f"{app_url}/break_it?view=edit&model=classroom-tiny-gpt&text=cat dog fish&query=3")
    wait_until_idle(page)
    bars, second = page.locator(".st-key-weight_row [role=slider]"), box(page, "weight of key 2 as a number")
    expect(bars).to_have_count(3)  # the fourth key is masked
    drag(page, bars.nth(1), 0.75)
    expect(second).to_have_value("0.750")
    others = [float(box(page, f"weight of key {n} as a number").input_value()) for n in (1, 3)]
    assert sum(others) == pytest.approx(0.25, abs=1e-3) and in_url(page, "rows") is None
    page.mouse.up()
    wait_until_idle(page)
    assert in_url(page, "rows") == "row.decoder.1.1.3:2=0.75"
    drag(page, bars.nth(0), 0.5)
    page.mouse.up()
    wait_until_idle(page)
    assert in_url(page, "rows") == "row.decoder.1.1.3:1=0.5,2=0.75"
    expect(second).to_have_value("0.600")  # 0.75 of 1.25
    page.get_by_role("button", name="give key 1 back").click()
    wait_until_idle(page)
    for typed in ("abc", "-1", "2", "NaN", "", "犬", "1" * 1_000):
        second.fill(typed)
        second.press("Enter")
        if typed:
            expect(page.get_by_role("alert").filter(has_text="from 0 to 1")).to_be_visible()
        expect(second).to_have_value(typed)
    assert in_url(page, "rows") == "row.decoder.1.1.3:2=0.75"
    second.fill("0,5")
    second.press("Enter")
    wait_until_idle(page)
    assert in_url(page, "rows") == "row.decoder.1.1.3:2=0.5"
    bars.nth(1).press("ArrowUp")
    wait_until_idle(page)
    assert in_url(page, "rows") == "row.decoder.1.1.3:2=0.51"
    bars.nth(1).dblclick()
    wait_until_idle(page)
    assert in_url(page, "rows") is None
    page.get_by_text("One number", exact=True).click()
    wait_until_idle(page)
    cell = page.locator(".st-key-number_grid td").nth(10)  # row 1, column 2
    cell.click()
    wait_until_idle(page)
    assert in_url(page, "cell") == "1,2"
    value = box(page, "W_Q[1, 2] as a number")
    value.fill("much")
    value.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="nothing has changed")).to_be_visible()
    expect(value).to_have_value("much")
    value.fill("-0.75")
    value.press("Enter")
    expect(cell).to_have_text("−0.750")
    wait_until_idle(page)
    assert in_url(page, "numbers") == "number.decoder.blocks.0.attention.w_q.weight:1,2=-0.75"
    page.get_by_role("button", name="give back 0.2").click()
    wait_until_idle(page)
    assert in_url(page, "numbers") is None
    page.set_viewport_size({"width": 390, "height": 844})
    wait_until_idle(page)
    assert horizontal_overflow(page) == 0
