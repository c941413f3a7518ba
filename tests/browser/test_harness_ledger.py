"""The ledger and the token bars in a real browser, on a page of their own: steps, keys, numbers, clicks, themes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from explorer.figures.style import DARK, LIGHT
from tests.browser.helpers import horizontal_overflow, rgb, set_theme, wait_until_idle
from tests.browser.launch import running_app

SCRIPT = """
from math import log
import streamlit as st
from explorer.components.factor_ledger import LedgerRow, Total, factor_ledger
from explorer.components.token_bars import BarGroup, TokenBar, token_bars

def ledger(factors, **options):
    rows, product, total = [], 1.0, 0.0
    for i, p in enumerate(factors):
        product, total = product * p, total + log(p)
        label = "<b>bold</b>" if i == 0 else f"token{i}" * 9
        rows.append(LedgerRow(label, 10 + i, p, log(p), i + 1, i / 2, product, total, "first" if i < 2 else "second"))
    totals = [Total("p(y|x)", total, "All factors.", is_log=True), Total("perplexity", 3.25)]
    st.write(f"asked: {st.session_state.setdefault('step', 1)}")
    unit = "nats" if st.checkbox("in nats") else "bits"
    factor_ledger(rows, key="ledger", title="The factors.", totals=totals, entropy_unit=unit,
                  step=st.session_state["step"], on_step=lambda step: st.session_state.update(step=step))
    st.write(f"server: {st.session_state['step']}")

def bars():
    top = (TokenBar("<i>a</i>", 3, 0.5, 1), TokenBar("the", 5, 0.25, 2), TokenBar("rare" * 20, 8, 0.001, 89))
    token_bars([BarGroup("next", top, 8, ("97 others together", 0.249))], key="bars", pick_title="take it",
               on_pick=lambda group, bar: st.session_state.update(picked=(group, bar)))
    token_bars([BarGroup("", (TokenBar("plain", 1, 1.0),))], key="plain")
    st.write(f"picked: {st.session_state.get('picked')}")

show = st.query_params["show"]
st.text_input("field")
if st.toggle("shown", value=True):
    if show == "bars":
        bars()
    else:
        ledger([0.5, 0.25, 0.125] if show == "short" else [1e-6] * 64)
"""


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("ledger")
    (folder / "page.py").write_text(SCRIPT, encoding="utf-8")
    with running_app(folder / "server.log", folder / "page.py") as url:
        yield url


def open_page(page: Page, harness: str, show: str) -> None:
    page.goto(f"{harness}/?show={show}")
    wait_until_idle(page)
    page.locator(".count:not(:empty), ol.bars li").first.wait_for()  # a script may come later than its place


def states(page: Page) -> list[str]:
    return page.locator("tr.factor").evaluate_all("rows => rows.map((row) => row.dataset.state)")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def says(page: Page, words: str) -> None:
    expect(page.get_by_text(words, exact=True)).to_be_visible()


def test_keys_and_clicks_on_rows_step_at_once_and_the_server_follows(page: Page, harness: str) -> None:
    open_page(page, harness, "short")
    assert states(page) == ["now", "quiet", "quiet"]
    page.keyboard.press("ArrowRight")
    assert states(page) == ["done", "now", "quiet"]
    says(page, "server: 2")
    page.keyboard.press("End")
    says(page, "server: 3")
    page.keyboard.press("ArrowRight")
    assert states(page) == ["done", "done", "now"]
    page.keyboard.press("Home")
    says(page, "server: 0")
    assert states(page) == ["quiet", "quiet", "quiet"]
    page.locator("tr.factor").nth(2).click()
    says(page, "server: 3")
    page.keyboard.press("ArrowLeft")
    says(page, "server: 2")
    page.locator("tr.factor").nth(1).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    says(page, "server: 1")


def test_keys_pressed_faster_than_the_server_answers_all_count(page: Page, harness: str) -> None:
    open_page(page, harness, "long")
    for _ in range(13):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".count")).to_have_text("14 of 64")
    says(page, "server: 14")
    wait_until_idle(page)
    assert states(page).index("now") == 13


def test_step_made_while_an_answer_arrives_is_not_undone_by_it(page: Page, harness: str) -> None:
    open_page(page, harness, "short")
    page.evaluate(
        """() => new MutationObserver((_, observer) => {
             if (!document.body.innerText.includes("asked: 2")) return;
             observer.disconnect();
             document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
           }).observe(document.body, { subtree: true, characterData: true, childList: true })"""
    )
    page.keyboard.press("ArrowRight")
    says(page, "server: 3")
    assert states(page) == ["done", "done", "now"]


def test_keys_belong_to_the_field_that_has_the_focus_and_other_numbers_keep_the_step(page: Page, harness: str) -> None:
    open_page(page, harness, "short")
    field = page.get_by_label("field")
    field.fill("dog")
    for key in ("ArrowLeft", "ArrowRight", "Home", "End"):
        field.press(key)
    assert states(page) == ["now", "quiet", "quiet"]
    button(page, "Next").focus()
    page.keyboard.press("ArrowRight")
    assert states(page) == ["done", "now", "quiet"]
    page.get_by_text("in nats", exact=True).click()
    expect(page.locator("thead th").nth(5)).to_contain_text("nats")
    wait_until_idle(page)
    assert states(page) == ["done", "now", "quiet"]
    says(page, "server: 2")


def test_ledger_that_is_gone_does_not_listen(page: Page, harness: str) -> None:
    open_page(page, harness, "short")
    page.get_by_text("shown", exact=True).click()
    expect(page.locator("tr.factor")).to_have_count(0)
    wait_until_idle(page)
    page.keyboard.press("ArrowRight")
    page.get_by_text("shown", exact=True).click()
    says(page, "server: 1")
    assert states(page) == ["now", "quiet", "quiet"]
    page.keyboard.press("ArrowRight")
    says(page, "server: 2")


def test_buttons_step_play_pause_and_stop_at_both_ends(page: Page, harness: str) -> None:
    open_page(page, harness, "short")
    button(page, "Back").click()
    says(page, "server: 0")
    expect(button(page, "Back")).to_be_disabled()
    expect(button(page, "Start over")).to_be_disabled()
    button(page, "All").click()
    says(page, "server: 3")
    expect(button(page, "Next")).to_be_disabled()
    button(page, "Start over").click()
    says(page, "server: 0")
    button(page, "Next").click()
    says(page, "server: 1")
    pause_at(page, "2 of 3")
    button(page, "Play").click()
    expect(page.locator(".count")).to_have_text("2 of 3")
    button(page, "Play").click()
    expect(page.locator(".count")).to_have_text("3 of 3")
    expect(button(page, "Play")).to_be_visible()
    says(page, "server: 3")
    pause_at(page, "0 of 3")
    button(page, "Play").click()  # once more, from the beginning
    expect(page.locator(".count")).to_have_text("0 of 3")
    expect(button(page, "Play")).to_be_visible()
    says(page, "server: 0")


def pause_at(page: Page, count: str) -> None:
    """Let the page itself press Pause at this count: a click from outside might come after the next step."""
    page.locator(".count").evaluate(
        """(element, count) => {
             const root = element.getRootNode();
             new MutationObserver((_, observer) => {
               if (root.querySelector(".count").textContent !== count) return;
               observer.disconnect();
               [...root.querySelectorAll("button")].find((button) => button.textContent === "Pause").click();
             }).observe(root, { subtree: true, characterData: true, childList: true });
           }""",
        count,
    )


def test_what_is_not_multiplied_yet_has_no_numbers(page: Page, harness: str) -> None:
    open_page(page, harness, "short")
    numbers = page.locator("tr.factor").nth(1).locator(".number")
    assert numbers.all_inner_texts() == ["·"] * 6
    page.keyboard.press("ArrowRight")
    assert numbers.all_inner_texts() == ["0.250", "−1.39", "2", "0.500", "0.125", "−2.08"]
    expect(page.locator(".totals")).to_have_text("product so far 0.125Σ log p so far −2.08")
    cell = page.locator("tr.factor").nth(1).locator("td.log_p")
    expect(cell).to_have_attribute("title", "log p −1.3862943611198906")
    page.keyboard.press("End")
    expect(page.locator(".totals")).to_have_text("p(y|x) 0.0156perplexity 3.25")
    assert page.locator(".divider").all_inner_texts() == ["first", "second"]


def test_long_ledger_has_no_zero_and_fits_a_phone_in_both_themes(page: Page, harness: str) -> None:
    open_page(page, harness, "long")
    page.keyboard.press("End")
    last = page.locator("tr.factor").last.locator("td.running_p")
    expect(last).to_have_text("1.00·10⁻³⁸⁴")
    expect(last).to_have_attribute("title", re.compile("too small for a 64-bit number"))
    expect(page.locator(".totals b").first).to_have_text("1.00·10⁻³⁸⁴")
    expect(page.locator("tr.factor").last).to_be_in_viewport()
    bar = page.locator(".bar i").first
    for dark, palette in ((False, LIGHT), (True, DARK)):
        set_theme(page, dark)
        expect(bar).to_have_css("background-color", rgb(palette.weight))
    page.set_viewport_size({"width": 390, "height": 844})
    wait_until_idle(page)
    assert horizontal_overflow(page) == 0
    expect(page.locator("tr.factor .token").first).to_have_text("<b>bold</b>")


def test_bars_are_picked_by_click_and_by_key_and_say_what_is_left_out(page: Page, harness: str) -> None:
    open_page(page, harness, "bars")
    rows = page.locator("button.row")
    expect(rows).to_have_count(3)
    rows.nth(1).click()
    says(page, "picked: (0, 1)")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    says(page, "picked: (0, 2)")
    expect(rows.first).to_have_attribute("title", "token 3: p = 0.5, rank 1. take it")
    expect(page.locator(".marked")).to_have_count(1)
    expect(page.locator(".marked .spoken")).to_have_text(" taken")
    expect(page.locator(".marked .rank")).to_have_text("89")
    expect(page.locator(".gap")).to_have_attribute("title", "86 tokens are left out here")
    expect(page.locator(".tail")).to_have_text("97 others together0.249")
    expect(page.get_by_text("<i>a</i>", exact=True)).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    wait_until_idle(page)
    assert horizontal_overflow(page) == 0
