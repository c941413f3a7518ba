"""The factorisation page's other views in a real browser: typing, stopping, themes, phones, and what stays text."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests import bundled
from tests.browser.helpers import click_when_it_comes, horizontal_overflow, wait_until_idle

PAIR, GPT, BERT = map(bundled.first, ("encoder-decoder", "decoder", "encoder"))
TOY_GPT, TOY_PAIR, TOY_BERT = (f"classroom-tiny-{kind}" for kind in ("gpt", "encoder-decoder", "bert"))


def open_view(page: Page, app_url: str, view: str, model: str, **parameters: object) -> None:
    page.goto(f"{app_url}/factorisation?{urlencode({'view': view, 'model': model, **parameters})}")
    wait_until_idle(page)


def in_url(page: Page, key: str) -> str | None:
    return parse_qs(urlsplit(page.url).query).get(key, [None])[0]


def test_candidates_follow_what_is_typed_and_the_url_holds_them(page, app_url):
    open_view(page, app_url, "candidates", PAIR)
    area = page.get_by_label("Candidates", exact=True)
    area.fill("Ein Hund rennt.\nEin Hund schläft.")
    area.press("Control+Enter")
    rows = page.locator(".st-key-candidate_table tbody tr")
    expect(rows).to_have_count(2)
    wait_until_idle(page)
    assert in_url(page, "candidates") == "Ein Hund rennt.\nEin Hund schläft."
    expect(page.locator(".st-key-candidate_tokens .cell.parts")).to_have_count(1)
    number = rows.nth(0).locator("td.number").first
    assert number.get_attribute("title").startswith("log p: −")
    page.reload()
    expect(page.locator(".st-key-candidate_table tbody tr")).to_have_count(2)
    wait_until_idle(page)
    # What a visitor types is never markup.
    area.fill("<img src=x onerror=alert(1)>\n![x](http://outside.example/a.png) $x$")
    area.press("Control+Enter")
    table = page.locator(".st-key-candidate_table")
    expect(table).to_contain_text("<img src=x onerror=alert(1)>")
    expect(table).to_contain_text("![x](http://outside.example/a.png) $x$")
    assert page.locator(".st-key-candidate_table img").count() == 0


def test_the_mask_is_taken_away_and_put_back(page, app_url):
    open_view(page, app_url, "passes", GPT)
    table = page.locator(".st-key-pairs")
    expect(table.locator("tbody tr.total")).to_be_visible()
    expect(table.locator("thead")).to_contain_text("one masked pass")
    switch = page.get_by_text("Remove the causal mask")
    switch.click()
    expect(page.get_by_text("The future leaks into the past")).to_be_visible()
    expect(page.get_by_text("exactly 0")).to_be_visible()
    wait_until_idle(page)
    expect(table.locator("thead")).to_contain_text("without it")
    assert in_url(page, "unmask") == "true"
    switch.click()
    expect(table.locator("thead")).to_contain_text("one masked pass")


def test_a_search_can_be_stopped_and_gone_on_with(page, app_url):
    open_view(page, app_url, "distribution", TOY_PAIR, width=5)  # the wider the beam, the longer the search
    main, searched = page.get_by_test_id("stMain"), [0]
    for label in ("Search for an example", "Search on"):
        click_when_it_comes(page, ".st-key-_stop_search button")
        main.get_by_role("button", name=label).click()
        page.wait_for_function("window.clicked")
        expect(main.get_by_role("button", name="Search on")).to_be_enabled()
        wait_until_idle(page)
        searched.append(int(re.search(r"Searched: (\d+) of the 584 sources", main.inner_text())[1]))
    assert 0 < searched[1] < searched[2] < 584


def test_long_texts_are_added_up_length_by_length(page, app_url):
    open_view(page, app_url, "distribution", TOY_GPT, longest=6)
    expect(page.locator(".st-key-mass_table tbody tr")).to_have_count(6)
    expect(page.locator(".st-key-mass_table tbody tr").last).to_contain_text("531,441")
    expect(page.locator(".st-key-mass_table tbody tr").last).to_contain_text("1.00000000000")
    assert page.get_by_test_id("stMain").get_by_role("button", name="Stop").count() == 0


WIDE = [
    (PAIR, ("passes", "vector")),
    (BERT, ("candidates",)),
    (TOY_BERT, ("distribution",)),
    (TOY_GPT, ("distribution",)),
]


@pytest.mark.parametrize(("model", "views"), WIDE)
def test_nothing_is_wider_than_a_phone(page, app_url, model, views):
    page.set_viewport_size({"width": 390, "height": 844})
    for view in views:
        open_view(page, app_url, view, model, unmask="true")
        assert horizontal_overflow(page) == 0, view
