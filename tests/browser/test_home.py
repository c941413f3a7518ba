"""Home in a browser: the figure's doors by mouse and by keyboard, and both themes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from explorer.components.figure_one import doors
from explorer.model.config import ARCHITECTURES
from tests.browser.helpers import horizontal_overflow, wait_until_idle
from tests.browser.test_sidebar import address
from tests.bundled import MODELS, first

PAIR, *OTHERS = map(first, ARCHITECTURES)
DOORS = [(name, door) for name in (PAIR, *OTHERS) for door in doors(MODELS[name].config)]
TITLES = {"attention_heads": "Attention heads", "attention_steps": "Self-attention, step by step"}


def open_home(page: Page, app_url: str, model: str) -> None:
    page.goto(f"{app_url}/?model={model}")
    wait_until_idle(page)


def door_of(page: Page, door):
    return page.locator(f'.door[data-page="{door.page}"][data-kind="{door.kind}"]')


def expect_arrival(page: Page, model: str, door) -> None:
    expect(page.get_by_test_id("stMain").get_by_role("heading", level=1)).to_have_text(TITLES[door.page])
    wait_until_idle(page)
    kinds = [known.kind for name, known in DOORS if name == model]
    shown = address(page)
    assert shown.get("model", next(iter(MODELS))) == model
    assert shown.get("kind", kinds[0]) == door.kind
    assert page.url.split("?")[0].endswith(f"/{door.page}")


@pytest.mark.parametrize(("model", "door"), DOORS, ids=str)
def test_door_opens_by_mouse_with_its_kind_of_attention(page: Page, app_url: str, model: str, door) -> None:
    open_home(page, app_url, model)
    door_of(page, door).click()
    expect_arrival(page, model, door)


@pytest.mark.parametrize("key", ["Enter", " "])
def test_doors_are_reached_and_opened_by_keyboard(page: Page, app_url: str, key: str) -> None:
    open_home(page, app_url, PAIR)
    wanted = [known for name, known in DOORS if name == PAIR][-1]
    page.locator(".door").first.focus()
    for _ in range(40):  # more than there are boxes
        focused = page.evaluate(
            "() => { let e = document.activeElement; while (e?.shadowRoot) e = e.shadowRoot.activeElement;"
            " return e ? [e.dataset.page, e.dataset.kind] : null; }"
        )
        if focused == [wanted.page, wanted.kind]:
            break
        page.keyboard.press("Tab")
    else:
        raise AssertionError("Tab never came to the last door")
    page.keyboard.press(key)
    expect_arrival(page, PAIR, wanted)


@pytest.mark.parametrize("model", (PAIR, *OTHERS))
def test_back_from_a_door_returns_home(page: Page, app_url: str, model: str) -> None:
    open_home(page, app_url, model)
    page.locator('.door[data-page="attention_heads"]').first.click()
    expect(page.get_by_role("heading", name="Attention heads", level=1)).to_be_visible()
    wait_until_idle(page)
    page.get_by_test_id("stHeader").get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="Transformer Explorer", level=1)).to_be_visible()
    wait_until_idle(page)
    assert address(page).get("model", next(iter(MODELS))) == model


def test_pointing_at_a_box_says_what_it_is(page: Page, app_url: str) -> None:
    open_home(page, app_url, PAIR)
    expect(page.locator(".detail")).to_contain_text("The coloured boxes are doors")
    page.locator("g", has=page.locator("text", has_text="Feed-forward")).first.hover()
    expect(page.locator(".detail")).to_contain_text(f"d_ff = {MODELS[PAIR].config.d_ff}")


@pytest.mark.parametrize("width", [1280, 900, 390])
@pytest.mark.parametrize("model", (PAIR, *OTHERS))
def test_figure_fits_its_place_and_no_text_leaves_its_box(page: Page, app_url: str, model: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    open_home(page, app_url, model)
    assert horizontal_overflow(page) == 0
    too_wide = page.locator("svg[role=group]").evaluate(
        """svg => [...svg.querySelectorAll('g')].filter(g => g.querySelector(':scope > rect.box')).flatMap(g => {
             const box = g.querySelector('rect.box').getBBox();
             return [...g.querySelectorAll('text')].filter(t => t.getBBox().width > box.width - 4)
                                                    .map(t => t.textContent); })"""
    )
    assert too_wide == []


def test_theme_is_followed_while_the_page_is_open(page: Page, app_url: str) -> None:
    open_home(page, app_url, PAIR)

    def colours() -> list[str]:
        return page.locator(".door .box.attention").first.evaluate(
            "box => { const s = getComputedStyle(box); return [s.stroke, s.fill]; }"
        )

    light = colours()
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor === 'rgb(17, 17, 20)'"
    )
    wait_until_idle(page)
    dark = colours()
    assert light[0] == "rgb(122, 31, 110)" and dark[0] == "rgb(244, 179, 230)"
    assert light[1] != dark[1]
