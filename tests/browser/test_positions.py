"""The positions page in a real browser: dragging, typing, clicking, keys, themes, phones."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Locator, Page, expect

from explorer.figures.style import DARK, LIGHT
from explorer.reference import sinusoidal_code
from tests import bundled
from tests.browser.helpers import horizontal_overflow, set_theme, wait_until_idle
from tests.browser.launch import running_app

GPT = bundled.first("decoder")
VIEWS = (
    "Board and paper",
    "Why it works",
    "A step is a rotation",
    "Rotary and ALiBi",
    "In a model",
    "Swap two",
    "x + PE",
)


def open_positions(page: Page, app_url: str, **parameters: object) -> None:
    page.goto(f"{app_url}/positions?{urlencode(parameters)}")
    expect(page.get_by_role("heading", name="Positions")).to_be_visible(timeout=60_000)
    wait_until_idle(page)


def in_url(page: Page, key: str) -> str | None:
    return parse_qs(urlsplit(page.url).query).get(key, [None])[0]


def box(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=f"{name} as a number", exact=True)


def slider(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=name, exact=True)


def readout(page: Page) -> Locator:
    return page.locator(".st-key-position_waves .readout")


def badge(page: Page) -> Locator:
    return page.locator(".st-key-position_check [role=status]")


def written(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def drag_to(page: Page, name: str, share: float) -> None:
    """Take the slider, pull it, and hold it."""
    where = slider(page, name).bounding_box()
    y = where["y"] + where["height"] / 2
    page.mouse.move(where["x"] + where["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(where["x"] + where["width"] * share, y, steps=3)


def test_the_picture_follows_while_dragging_and_the_server_hears_on_release(page, app_url):
    open_positions(page, app_url, dim=8)
    expect(badge(page)).to_contain_text("✓ checked")
    drag_to(page, "Base b", 0.25)
    expect(box(page, "Base b")).not_to_have_value("10000")
    wait_until_idle(page)
    held = int(box(page, "Base b").input_value())
    value = sinusoidal_code(22, 64, base=float(held))[21, 8]
    expect(readout(page).locator("b")).to_have_text(re.compile(f"^{re.escape(written(value))}0*$"))
    expect(badge(page)).to_contain_text("when you let go")
    assert in_url(page, "base") is None
    page.mouse.up()
    expect(badge(page)).to_contain_text("✓ checked")
    wait_until_idle(page)
    assert in_url(page, "base") == str(held)
    expect(page.locator(".st-key-provenance")).to_contain_text(f"base = {held}.0")
    expect(page.locator(".st-key-provenance")).to_contain_text("✓")


def test_sliders_boxes_kept_curves_and_address_agree(page, app_url):
    open_positions(page, app_url, d=30, length=97)
    box(page, "Position").fill("96")
    box(page, "Position").press("Enter")
    expect(readout(page)).to_contain_text("PE(96, 12)")
    wait_until_idle(page)
    assert in_url(page, "pos") == "96" and slider(page, "Position").input_value() == "96"
    slider(page, "Length").focus()
    page.keyboard.press("ArrowLeft")  # 96 positions: the last is 95
    expect(box(page, "Length")).to_have_value("96")
    expect(box(page, "Position")).to_have_value("95")
    wait_until_idle(page)
    assert (in_url(page, "length"), in_url(page, "pos")) == ("96", "95")
    page.get_by_role("button", name="Keep these curves").click()
    expect(page.get_by_role("button", name="12, 13 ×")).to_be_visible()
    wait_until_idle(page)
    assert in_url(page, "kept") == "6"
    page.get_by_role("button", name="12, 13 ×").click()
    expect(page.get_by_role("button", name="12, 13 ×")).to_have_count(0)
    wait_until_idle(page)
    assert in_url(page, "kept") is None


def test_nonsense_in_a_box_is_refused_and_a_click_on_a_cell_says_where_it_comes_from(page, app_url):
    open_positions(page, app_url)
    for name, typed, sentence in (
        ("d = d_model", "7", "must be even"),
        ("d = d_model", "0", "between 2 and 512"),
        ("Base b", "1e9", "between 2 and 1,000,000"),
        ("Position", "犬", "between 0 and 127"),
    ):
        box(page, name).fill(typed)
        box(page, name).press("Enter")
        expect(page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
        expect(box(page, name)).to_have_value(typed)
    expect(badge(page)).to_contain_text("8,192 numbers")
    canvas = page.locator(".st-key-position_waves .marks").first
    size = canvas.bounding_box()
    canvas.click(position={"x": size["width"] * 0.5, "y": size["height"] * 0.5})
    expect(readout(page)).not_to_contain_text("PE(21, 12)")
    wait_until_idle(page)
    pos, dim = in_url(page, "pos"), in_url(page, "dim")
    expect(readout(page)).to_contain_text(f"PE({pos}, {dim})")
    expect(page.get_by_text(f"Position code of pos {pos}, dimension {dim}", exact=False)).to_be_visible()
    canvas.focus()
    page.keyboard.press("ArrowDown")
    expect(readout(page)).to_contain_text(f"PE({int(pos) + 1}, {dim})")
    expect(page.get_by_text(f"Position code of pos {int(pos) + 1}, dimension {dim}", exact=False)).to_be_visible()


def test_both_readings_are_asked_by_click(page, app_url):
    open_positions(page, app_url, view="board")
    canvas = page.locator(".st-key-readings canvas[data-map='0']")
    size = canvas.bounding_box()
    canvas.click(position={"x": size["width"] * 0.5, "y": 40})
    panel = page.locator(".st-key-provenance")
    expect(panel).to_contain_text("angle = pos / base ** (two_i / d)")
    expect(panel).to_contain_text("✓")


def test_every_curve_and_matrix_is_read_by_keyboard(page, app_url):
    open_positions(page, app_url, view="why", length=7, d=6)
    page.locator(".st-key-by_offset .marks").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".st-key-by_offset .readout")).to_contain_text("k 0")
    expect(page.locator(".st-key-by_offset .readout b")).to_have_text("3.00")
    page.locator(".st-key-products .marks").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".st-key-products .readout")).to_contain_text("p 1")


def test_a_phone_scrolls_inside_and_never_the_page(page, app_url):
    page.set_viewport_size({"width": 390, "height": 844})
    open_positions(page, app_url)
    assert horizontal_overflow(page) == 0
    for view in VIEWS:
        page.get_by_role("radio", name=view, exact=True).click()
        wait_until_idle(page)
        assert horizontal_overflow(page) == 0, view


def test_a_token_is_never_markup(page, app_url):
    open_positions(page, app_url, model=GPT, text="<img src=x onerror=alert(1)> **b** $x$ [a](http://a.b)", view="sum")
    expect(page.locator(".st-key-sum canvas").first).to_be_visible()
    assert page.locator("img[src=x]").count() == 0


def test_all_four_pictures_are_on_the_screen_beside_their_sliders_and_follow_the_theme(page, app_url):
    open_positions(page, app_url, pos=0, dim=0)
    pictures = page.locator(".st-key-position_waves .marks")
    assert pictures.count() == 4
    for place in map(Locator.bounding_box, pictures.all()):
        assert place["y"] + place["height"] <= 800
    for dark, palette in ((True, DARK), (False, LIGHT)):
        set_theme(page, dark)
        wanted = [int(palette.positive[n : n + 2], 16) for n in (1, 3, 5)]  # PE(0, 63) = cos(0) = 1
        page.wait_for_function(CORNER_IS, arg=wanted)


CORNER_IS = """
(wanted) => {
  const find = (root) => root.querySelector('.panel canvas')
    ?? [...root.querySelectorAll('*')].map((e) => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
  const canvas = find(document);
  if (!canvas) return false;
  const pixel = canvas.getContext('2d').getImageData(canvas.width - 10, 10, 1, 1).data;
  return String([...pixel].slice(0, 3)) === String(wanted);
}
"""
WRONG = """
from explorer.components.position_check import position_check
from explorer.reference import sinusoidal_code

code = sinusoidal_code(7, 6, base=11.0)
code[3, 2] += 1e-9
position_check(code, base=11, key="check")
"""


def test_a_code_that_is_not_the_formulas_is_found_out(page, tmp_path):
    script = tmp_path / "wrong.py"
    script.write_text(WRONG)
    with running_app(tmp_path / "log", script) as url:
        page.goto(url)
        expect(page.get_by_role("status")).to_contain_text("✗ not the same", timeout=60_000)
        expect(page.get_by_role("status")).to_contain_text("1.00·10⁻⁹")
        page.goto("about:blank")  # before its server goes
