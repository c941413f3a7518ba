"""Plotly's charts in a real browser: changed in place, as wide as that, in the theme's colours, or a sentence."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from explorer.figures.style import DARK, LIGHT
from tests.browser.helpers import rgb, set_theme, wait_until_idle
from tests.browser.tab import new_window

CHART = ".st-key-draw_frequencies .js-plotly-plot"
DRAWS = "decoding?model=classroom-tiny-gpt&text=cat+dog&view=draws&n=20&length=3"


def open_draws(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/{DRAWS}")
    expect(page.locator(f"{CHART} .main-svg").first).to_be_visible(timeout=60_000)
    wait_until_idle(page)


def test_it_is_changed_in_place_and_a_dot_says_what_it_is(page: Page, app_url: str) -> None:
    open_draws(page, app_url)
    chart = page.locator(CHART)
    assert chart.get_attribute("role") == "img"
    assert chart.get_attribute("aria-label").startswith("Frequencies of ")
    expect(chart.get_by_text("frequency in 20 draws")).to_be_visible()
    chart.evaluate("(node) => { node.isTheSame = true; }")
    assert chart.evaluate("(node) => node.layout.xaxis.type") == "log"
    page.locator(".st-key-axes").get_by_role("radio").nth(1).click()
    expect(chart.locator(".xtick").first).to_have_text("0")
    assert chart.evaluate("(node) => [node.isTheSame, node.layout.xaxis.type]") == [True, "linear"]
    wait_until_idle(page)
    dot = chart.locator(".scatterlayer .point").first.bounding_box()
    page.mouse.move(dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2)
    expect(chart.locator(".hoverlayer")).to_contain_text("of 20 draws")


def test_it_is_as_wide_as_its_place_and_follows_the_theme(page: Page, app_url: str) -> None:
    open_draws(page, app_url)
    title = page.locator(CHART).get_by_text("frequency in 20 draws")
    for width, dark in ((1280, False), (700, True)):
        page.set_viewport_size({"width": width, "height": 800})
        set_theme(page, dark)
        expect(title).to_have_css("fill", rgb((DARK if dark else LIGHT).text))
        place = page.locator(".st-key-draw_frequencies").evaluate("(node) => node.clientWidth")
        expect(page.locator(f"{CHART} .main-svg").first).to_have_attribute("width", str(place))


def test_without_its_script_a_sentence_stands_in_its_place(browser: Browser, app_url: str) -> None:
    context = new_window(browser)
    page = context.new_page()
    page.route("**/plotly-*.min.js", lambda route: route.abort())
    page.goto(f"{app_url}/{DRAWS}")
    expect(page.locator(".st-key-draw_frequencies")).to_contain_text("did not come from the server")
    expect(page.get_by_text("20 of 20 drawn")).to_be_visible()
    page.unroute("**/plotly-*.min.js")  # once it is there again, the next picture is drawn
    page.locator(".st-key-axes").get_by_role("radio").nth(1).click()
    expect(page.locator(f"{CHART} .main-svg").first).to_be_visible()
    context.close()
