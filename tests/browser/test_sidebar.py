"""The sidebar and the address: what one visitor sees, another sees who opens the copied address."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from explorer.ui.navigation import PAGES
from tests.browser.helpers import wait_until_idle
from tests.bundled import MODELS, first, units

GPT, PAIR = first("decoder"), first("encoder-decoder")


def address(page: Page) -> dict[str, str]:
    """The query parameters of the page's address."""
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query, keep_blank_values=True).items()}


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_test_id("stSidebar").get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()
    wait_until_idle(page)


def write(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).fill(text)
    page.keyboard.press("Control+Enter")
    wait_until_idle(page)


def chosen(page: Page) -> list[str]:
    """All that the sidebar shows."""
    sidebar = page.get_by_test_id("stSidebarUserContent")
    values = [field.input_value() for field in sidebar.locator("textarea, input").all()]
    return [*values, sidebar.inner_text()]


def test_copied_address_shows_the_same_in_another_browser(page: Page, fresh_page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/factorisation?target=Zwei+Katzen+schlafen.&kind=cross&layer=2")
    wait_until_idle(page)
    write(page, "Source text", "Two cats sleep & dream: 50 % of the day, +1?")
    choose(page, "Head", "3")
    expected = {
        "source": "Two cats sleep & dream: 50 % of the day, +1?",
        "target": "Zwei Katzen schlafen.",
        "kind": "cross",
        "layer": "2",
        "head": "3",
    }
    assert address(page).items() >= expected.items()
    fresh_page.goto(page.url)
    wait_until_idle(fresh_page)
    assert chosen(fresh_page) == chosen(page)
    assert address(fresh_page) == address(page)


def test_address_keeps_the_choice_on_the_way_through_all_pages(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/?model={GPT}&text=A+cat&layer=2&head=2")
    wait_until_idle(page)
    heading = page.get_by_test_id("stMain").get_by_role("heading", level=1)
    before, title = chosen(page), heading.inner_text()
    for name in (*list(PAGES.values())[1:], "Home"):
        page.get_by_test_id("stHeader").get_by_role("link", name=name, exact=True).click()
        expect(heading).not_to_have_text(title)
        wait_until_idle(page)
        title = heading.inner_text()
        assert address(page).items() >= {"model": GPT, "text": "A cat", "layer": "2", "head": "2"}.items()
        assert chosen(page) == before


def test_back_button_returns_to_the_page_before(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/?model={GPT}&text=A+cat")
    wait_until_idle(page)
    before = chosen(page)
    page.get_by_test_id("stHeader").get_by_role("link", name="Step by step").click()
    expect(page.get_by_test_id("stMain").get_by_role("heading", level=1)).not_to_have_text("Transformer Explorer")
    wait_until_idle(page)
    page.go_back()
    expect(page.get_by_test_id("stMain").get_by_role("heading", level=1)).to_have_text("Transformer Explorer")
    wait_until_idle(page)
    assert chosen(page) == before


def test_address_of_nonsense_opens_with_what_there_is(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/?model=nonsense&layer=99&head=abc&kind=sideways")
    wait_until_idle(page)
    sidebar = page.get_by_test_id("stSidebar")
    for what in ("model", "kind of attention", "layer", "head"):
        expect(sidebar.get_by_text(f"The address asks for a {what} that is not there")).to_be_visible()
    assert address(page) == {}


def test_text_that_is_too_long_is_refused_and_stays_and_markup_is_text(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/?model={GPT}")
    wait_until_idle(page)
    write(page, "Text", "word " * 4001)
    expect(page.get_by_test_id("stMain").get_by_text("has 20,005 characters")).to_be_visible()
    assert page.get_by_label("Text", exact=True).input_value() == "word " * 4001
    write(page, "Text", "<img src=x onerror=\"document.title='broken'\"><b>bold</b>")
    expect(page.get_by_text("What comes next?")).to_be_visible()
    assert page.title() != "broken"
    assert page.locator("img[src=x]").count() == 0


def test_line_breaks_of_a_text_survive_the_address(page: Page, app_url: str) -> None:
    """A model of characters reads them: each line break is a token of its own."""
    name = next(name for name in MODELS if units(name) == "characters")
    page.goto(f"{app_url}/attention_heads?model={name}")
    wait_until_idle(page)
    write(page, "Text", "JULIET:\nO")
    keys = page.get_by_label("Arrow keys move the pinned cell")
    expect(keys).to_have_attribute("aria-label", re.compile("10 queries in rows, 10 keys"))  # [BOS] and 9 characters
    wait_until_idle(page)
    page.reload()
    wait_until_idle(page)
    assert page.get_by_label("Text", exact=True).input_value() == "JULIET:\nO"
    expect(keys).to_have_attribute("aria-label", re.compile("10 queries in rows, 10 keys"))


def test_phone_never_scrolls_sideways_and_reaches_the_sidebar(page: Page, app_url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(app_url)
    wait_until_idle(page)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollWidth - element.clientWidth") == 0
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_label("Source text")).to_be_visible()
