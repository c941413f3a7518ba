"""The ledger in a real browser: keys, clicks, the address, other pages and back, themes, phones."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from explorer.figures.style import DARK, LIGHT
from tests import bundled
from tests.browser.helpers import horizontal_overflow, rgb, wait_until_idle

PAIR, GPT, BERT = map(bundled.first, ("encoder-decoder", "decoder", "encoder"))
TEXT = "Two dogs and two dogs"


def open_ledger(page: Page, app_url: str, model: str = PAIR, **parameters: object) -> None:
    asked = {"model": model, bundled.text_key(model): TEXT, **parameters}
    page.goto(f"{app_url}/factorisation?{urlencode(asked)}")
    expect(page.locator("tr.factor").first).to_be_visible(timeout=60_000)
    wait_until_idle(page)


def in_url(page: Page, key: str) -> str | None:
    return parse_qs(urlsplit(page.url).query).get(key, [None])[0]


def panel(page: Page) -> Locator:
    return page.locator(".st-key-provenance")


def formula(page: Page) -> Locator:
    return page.locator(".st-key-factors")


def test_arrow_keys_step_and_everything_follows(page, app_url):
    open_ledger(page, app_url)
    expect(page.get_by_text("The numbers behind factor 1")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("The numbers behind factor 3")).to_be_visible()
    wait_until_idle(page)
    assert in_url(page, "factor") == "3"
    expect(page.locator("tr.factor[data-state=now] .token")).to_have_text(
        bundled.run_of(PAIR, TEXT).tokens.labels[3]  # after [BOS]
    )
    page.keyboard.press("Home")
    expect(page.get_by_text("Nothing is multiplied yet", exact=False)).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_text("perplexity", exact=False).first).to_be_visible()
    wait_until_idle(page)
    assert in_url(page, "factor") == str(len(bundled.run_of(PAIR, TEXT).tokens))
    natural = page.locator("tr.factor[data-state=now] td.log_p .number").inner_text()
    page.get_by_role("radio", name="bits").click()
    expect(page.locator("thead").get_by_text("base 2")).to_be_visible()
    wait_until_idle(page)
    shown = page.locator("tr.factor[data-state=now] td.log_p .number").inner_text()
    as_number = [float(text.replace("−", "-")) for text in (natural, shown)]
    assert as_number[1] == pytest.approx(as_number[0] / np.log(2), rel=0.01)
    assert in_url(page, "unit") == "bits"


def test_while_another_view_is_shown_the_ledger_rests(page, app_url):
    open_ledger(page, app_url)
    page.get_by_role("button", name="Play").click()
    page.get_by_role("radio", name="Candidates").click()
    expect(page.locator(".st-key-candidate_table")).to_be_visible()
    ledger = page.locator(".st-key-factor_ledger")
    expect(ledger).to_be_hidden()
    expect(ledger.locator("button.play")).to_have_text("Play")  # it goes on no more
    wait_until_idle(page)
    page.locator("h1").click()
    page.keyboard.press("Home")
    page.get_by_role("radio", name="Ledger").click()
    expect(ledger).to_be_visible()
    wait_until_idle(page)
    assert in_url(page, "factor") != "0"


def test_the_current_term_is_lit_in_the_theme_s_colour(page, app_url):
    for scheme, palette in (("light", LIGHT), ("dark", DARK)):
        page.emulate_media(color_scheme=scheme)
        open_ledger(page, app_url, factor=2)
        lit = formula(page).locator(f"[style*='{rgb(palette.weight)}']").first
        expect(lit).to_be_visible()
        assert lit.inner_text() and not formula(page).locator(f"[style*='{rgb(palette.q)}']").count()


def test_a_click_on_a_token_tells_the_other_text(page, app_url):
    open_ledger(page, app_url)
    page.locator("button.row").nth(1).click()
    expect(page.get_by_text("instead, the model goes on", exact=False)).to_be_visible()
    wait_until_idle(page)
    logits = bundled.run_of(PAIR, TEXT).trace.logits[0]
    assert in_url(page, "instead") == str(int(np.argsort(-logits, kind="stable")[1]))
    page.reload()
    expect(page.get_by_text("instead, the model goes on", exact=False)).to_be_visible(timeout=60_000)
    wait_until_idle(page)
    page.get_by_role("button", name="Back to the text").click()
    expect(page.get_by_text("instead, the model goes on", exact=False)).to_have_count(0)
    wait_until_idle(page)
    assert in_url(page, "instead") is None


def test_a_click_on_a_number_says_where_it_comes_from(page, app_url):
    open_ledger(page, app_url, BERT, factor=2)
    for block, words in (("entropy", "Entropy of the distribution"), ("perplexity", "erplexity of factors 1 to 2")):
        page.locator(f"canvas[data-block={block}]").first.click()
        expect(panel(page).get_by_text(words, exact=False)).to_be_visible()
        expect(panel(page).get_by_text("✓", exact=False)).to_be_visible()


def test_a_typed_continuation_is_in_the_address_and_survives_other_pages(page, app_url):
    open_ledger(page, app_url, GPT, text="Two dogs are", factor=2)
    field = page.get_by_label("Continuation")
    field.fill("running")
    field.press("Control+Enter")
    expect(page.get_by_text("The continuation is yours", exact=False)).to_be_visible()
    wait_until_idle(page)
    assert in_url(page, "continuation") == "running"
    for link, seen in (("Heads", "Every head in numbers"), ("Step by step", "Start over")):
        page.get_by_role("link", name=link, exact=True).first.click()
        expect(page.get_by_text(seen, exact=True)).to_be_visible()
        wait_until_idle(page)
        page.get_by_role("link", name="Factorisation", exact=True).first.click()
        expect(page.get_by_text("The continuation is yours", exact=False)).to_be_visible()
        wait_until_idle(page)
        expect(field).to_have_value("running")
        assert (in_url(page, "continuation"), in_url(page, "factor")) == ("running", "2")


@pytest.mark.parametrize("model", [PAIR, GPT, BERT])
def test_on_a_phone_the_formula_stands_whole_and_nothing_is_too_wide(page, app_url, model):
    page.set_viewport_size({"width": 390, "height": 844})
    text = "A little girl with a red hat and two brown dogs are standing near an old tree"
    open_ledger(page, app_url, model, factor=9, **{bundled.text_key(model): text})
    assert horizontal_overflow(page) == 0
    edges = (
        formula(page).locator(".katex .base").evaluate_all("found => found.map(e => e.getBoundingClientRect().right)")
    )
    assert edges and max(edges) <= 390
