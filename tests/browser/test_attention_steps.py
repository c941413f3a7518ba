"""The step-by-step page in a real browser: buttons, arrow keys, clicks on numbers, the keyboard, themes, phones."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from explorer.analysis.attention_steps import STEPS
from explorer.figures.style import DARK, LIGHT
from explorer.model.run import Run
from explorer.ui.steps import QUIET
from tests import bundled
from tests.browser.helpers import horizontal_overflow, rgb, set_theme, wait_until_idle

GPT, PAIR = bundled.first("decoder"), bundled.first("encoder-decoder")
TEXT = "Two dogs and two dogs"
QUERY, KEY, HEAD = 4, 2, 2  # counted from 1, as on screen


def run_of(model: str) -> Run:
    return bundled.run_of(model, TEXT)


def open_steps(page: Page, app_url: str, model: str = GPT, **parameters: object) -> None:
    asked = {"model": model, bundled.text_key(model): TEXT, "head": HEAD, "query": QUERY, "key": KEY, **parameters}
    page.goto(f"{app_url}/attention_steps?{urlencode(asked)}")
    expect(page.locator("canvas[data-block]").first).to_be_visible(timeout=60_000)
    wait_until_idle(page)


def in_url(page: Page, key: str) -> str | None:
    return parse_qs(urlsplit(page.url).query).get(key, [None])[0]


def panel(page: Page) -> Locator:
    return page.locator(".st-key-provenance")


def canvas(page: Page, block: str) -> Locator:
    return page.locator(f"canvas[data-block={block}]").first


def panel_words(page: Page) -> str:
    """The panel's own words, and those of the component in it."""
    return panel(page).inner_text() + panel(page).locator(".root").inner_text()


def model_number(page: Page) -> str:
    """What the panel says the running model computed."""
    return panel(page).locator("tbody td").nth(1).inner_text().strip()


def shown(value: np.float32) -> str:
    return str(np.float32(value))


def test_buttons_and_arrow_keys_advance_the_steps_and_the_scale_is_switched(page, app_url):
    open_steps(page, app_url)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text(STEPS[1].title, exact=False).first).to_be_visible()
    wait_until_idle(page)
    assert in_url(page, "step") == "2"
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text(STEPS[2].title, exact=False).first).to_be_visible()
    wait_until_idle(page)
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text(f"{STEPS[1].title}.", exact=True)).to_be_visible()
    wait_until_idle(page)
    for number in (3, 4):
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_text(f"{STEPS[number - 1].title}.", exact=True)).to_be_visible()
        wait_until_idle(page)
    # The fourth scales: without the scale its row stands beside the model's.
    expect(canvas(page, "unscaled_weight")).to_have_count(0)
    page.get_by_text("Divide by").click()
    expect(canvas(page, "unscaled_weight")).to_be_visible()
    expect(canvas(page, "scaled_weight")).to_be_visible()
    wait_until_idle(page)
    assert in_url(page, "scale") == "false"
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_text(f"{STEPS[0].title}.", exact=True)).to_be_visible()
    wait_until_idle(page)
    assert in_url(page, "step") is None


def test_pointing_shows_every_digit_and_a_click_says_where_they_come_from(page, app_url):
    open_steps(page, app_url, step=3)
    attention = run_of(GPT).attention("decoder", 0)
    canvas(page, "q").click(position={"x": 10, "y": 10})
    expect(panel(page).get_by_text(f"Query of position {QUERY}, dimension 1")).to_be_visible()
    wait_until_idle(page)
    assert model_number(page) == shown(attention.q[HEAD - 1, QUERY - 1, 0])
    expect(panel(page).get_by_text("✓", exact=False).first).to_be_visible()
    text = panel_words(page)
    assert "q = W_Q[h] @ x[i]" in text and f"h, i, a = {HEAD - 1}, {QUERY - 1}, 0" in text
    assert "✓" in text and "The sum has" in text
    assert panel(page).locator(".katex").count() == 3
    canvas(page, "dot").click()
    expect(panel(page).get_by_text(f"Product of query {QUERY} and key {KEY}")).to_be_visible()
    canvas(page, "k").hover(position={"x": 10, "y": 10})
    value = attention.k[HEAD - 1, KEY - 1, 0]
    expect(page.locator(".tip b")).to_have_text(shown(value).replace("-", "−"))


def test_the_lines_can_be_copied_or_at_least_selected(page, app_url):
    """Over plain HTTP from another machine a page has no clipboard."""
    open_steps(page, app_url, step=3)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=app_url)
    button = panel(page).get_by_role("button", name="Copy")
    lines = panel(page).locator("pre code").inner_text()
    button.click()
    expect(panel(page).get_by_text("Copied", exact=True)).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == lines
    expect(button).to_be_visible()
    page.evaluate("() => Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })")
    button.click()
    expect(panel(page).get_by_text("Selected", exact=True)).to_be_visible()
    selected = "(code) => (code.getRootNode().getSelection?.() ?? getSelection()).toString()"
    assert panel(page).locator("pre code").evaluate(selected) == lines


def test_the_whole_way_by_keyboard(page, app_url):
    open_steps(page, app_url, step=2)
    page.keyboard.press("Tab")  # from here on the browser shows where the focus is
    canvas(page, "v").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(panel(page).get_by_text(f"Value of position {KEY}, dimension 3")).to_be_visible()
    wait_until_idle(page)
    assert in_url(page, "step") == "2"  # the arrows moved on the board, not through the steps
    assert model_number(page) == shown(run_of(GPT).attention("decoder", 0).v[HEAD - 1, KEY - 1, 2])
    page.keyboard.press("ArrowRight")  # the focus is still on the board
    page.keyboard.press("Enter")
    expect(panel(page).get_by_text(f"Value of position {KEY}, dimension 4")).to_be_visible()


def test_a_masked_score_is_minus_infinity(page, app_url):
    open_steps(page, app_url, step=5, key=QUERY + 1)
    expect(panel(page).locator("tbody td").nth(1)).to_have_text("-inf")
    expect(panel(page)).to_contain_text("✓")


def test_cross_attention_by_its_address(page, app_url):
    open_steps(page, app_url, PAIR, kind="cross", layer=2, step=7, query=2)
    value = run_of(PAIR).attention("cross", 1).heads[HEAD - 1, 1, 0]
    assert model_number(page) == shown(value)
    assert "K = c @ W_K[h].T" in panel_words(page)


def test_the_board_follows_the_theme(page, app_url):
    open_steps(page, app_url, step=3)
    for dark, palette in ((True, DARK), (False, LIGHT)):
        set_theme(page, dark)
        page.wait_for_function(CORNER_IS, arg=[int(palette.background[n : n + 2], 16) for n in (1, 3, 5)])


def test_the_board_is_painted_anew_for_another_width(page, app_url):
    """Not stretched: in a window made narrow it is, pixel by pixel, what a narrow window shows from the start."""
    open_steps(page, app_url, step=3)
    wide = canvas(page, "q").evaluate(PICTURE)
    page.set_viewport_size({"width": 700, "height": 800})
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    wait_until_idle(page)
    narrow = canvas(page, "q").evaluate(PICTURE)
    assert narrow != wide
    open_steps(page, app_url, step=3)
    assert canvas(page, "q").evaluate(PICTURE) == narrow


def test_the_formula_follows_the_theme(page, app_url):
    """Its colours are the server's: the page runs once more by itself."""
    open_steps(page, app_url, step=3)
    for theme, other in (("dark", "light"), ("light", "dark")):
        set_theme(page, theme == "dark")
        expect(page.locator(f".katex [style*='{rgb(QUIET[theme])}']").first).to_be_visible()
        expect(page.locator(f".katex [style*='{rgb(QUIET[other])}']")).to_have_count(0)


PICTURE = "(canvas) => canvas.toDataURL()"

CORNER_IS = """
(wanted) => {
  const find = (root) => root.querySelector('canvas[data-block=dot]')
    ?? [...root.querySelectorAll('*')].map((e) => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
  const pixel = find(document)?.getContext('2d').getImageData(8, 8, 1, 1).data;
  return pixel !== undefined && String([...pixel].slice(0, 3)) === String(wanted);
}
"""


def test_a_phone_scrolls_inside_and_never_the_page(page, app_url):
    page.set_viewport_size({"width": 390, "height": 844})
    open_steps(page, app_url, PAIR, kind="cross", form="vectors", weights="true")
    for number in range(1, len(STEPS) + 1):
        assert horizontal_overflow(page) == 0, number
        if number < len(STEPS):
            page.get_by_role("button", name="Next").click()
            expect(page.get_by_text(f"{STEPS[number].title}.", exact=True)).to_be_visible()
            wait_until_idle(page)
    open_steps(page, app_url, PAIR, kind="cross", form="matrices", weights="true", step=len(STEPS))
    assert horizontal_overflow(page) == 0


@pytest.mark.parametrize("form", ["vectors", "matrices"])
def test_the_formula_stands_whole_on_a_phone(page, app_url, form):
    page.set_viewport_size({"width": 390, "height": 844})
    open_steps(page, app_url, form=form, step=4)
    assert horizontal_overflow(page) == 0
    lines = page.locator(".st-key-formula .katex-display")
    expect(lines).to_have_count(2)
    assert lines.evaluate_all("found => found.every(line => line.scrollWidth <= line.clientWidth)")


def test_sixty_four_tokens_fit(page, app_url):
    text = "A little girl with a red hat and two brown dogs are standing near an old tree, " * 3
    open_steps(page, app_url, GPT, text=text, form="matrices", step=6)
    assert horizontal_overflow(page) == 0
    assert "✓" in panel_words(page)
