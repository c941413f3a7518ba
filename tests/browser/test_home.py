"""Home in a browser: the figure's doors by mouse and by keyboard, and both themes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from explorer.components.base import script_of
from explorer.components.figure_one import describe, doors
from tests.browser.helpers import horizontal_overflow, set_theme, wait_until_idle
from tests.browser.test_sidebar import address
from tests.bundled import MODELS, first

PAIR, GPT, BERT = map(first, ("encoder-decoder", "decoder", "encoder"))
DOORS = [(name, door) for name in (PAIR, GPT, BERT) for door in doors(MODELS[name].config)]
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


def go_home(page: Page, model: str) -> None:
    page.get_by_test_id("stHeader").get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="Transformer Explorer", level=1)).to_be_visible()
    wait_until_idle(page)
    assert address(page).get("model", next(iter(MODELS))) == model


# Each page once, each mode once, and kinds that are not the first: which doors there are is tests/components' business.
BY_MOUSE = [
    (PAIR, (("attention_heads", "cross"), ("attention_steps", "decoder"))),
    (BERT, (("attention_heads", "encoder"),)),
]


# Calls the component with one model's data after another's, as Streamlit does, which may not have ended the first call;
# then makes the window narrower. Answers with the figure's label, and how often it was drawn within so many frames.
_CALLS = """
async ([script, one, other, frames]) => {
  document.body.innerHTML = '<div id="place"><div class="root"></div></div>';
  const parentElement = document.querySelector('#place');
  const root = parentElement.firstChild;
  const module = await import(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })));
  const call = { parentElement, setTriggerValue: () => {} };
  for (const data of [one, other]) module.default({ ...call, data });
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  await frame();
  let drawn = 0;
  new MutationObserver((records) => { drawn += records.length; }).observe(root, { childList: true });
  parentElement.style.width = '500px';
  for (let n = 0; n < frames; n++) await frame();
  return [root.querySelector('svg').getAttribute('aria-label'), drawn];
}
"""


def test_the_figure_is_that_of_the_last_model_and_is_drawn_once(page: Page) -> None:
    one, other = (describe(MODELS[name].config) for name in (PAIR, GPT))
    assert one["label"] != other["label"]
    page.goto("about:blank")
    assert page.evaluate(_CALLS, [script_of("figure_one"), one, other, 12]) == [other["label"], 1]


@pytest.mark.parametrize(("model", "wanted"), BY_MOUSE)
def test_doors_open_by_mouse_with_their_kind_of_attention_and_lead_back(
    page: Page, app_url: str, model, wanted
) -> None:
    open_home(page, app_url, model)
    for target, kind in wanted:
        door = next(door for name, door in DOORS if (name, door.page, door.kind) == (model, target, kind))
        door_of(page, door).click()
        expect_arrival(page, model, door)
        go_home(page, model)


def test_doors_are_reached_and_opened_by_keyboard(page: Page, app_url: str) -> None:
    open_home(page, app_url, GPT)
    wanted = [known for name, known in DOORS if name == GPT][-1]
    for key in ("Enter", " "):
        expect(page.locator(".door")).to_have_count(sum(name == GPT for name, _ in DOORS))
        page.locator(".door").first.focus()
        tab_to(page, [wanted.page, wanted.kind])
        page.keyboard.press(key)
        expect_arrival(page, GPT, wanted)
        go_home(page, GPT)


def tab_to(page: Page, place: list[str]) -> None:
    for _ in range(40):  # more than there are boxes
        focused = page.evaluate(
            "() => { let e = document.activeElement; while (e?.shadowRoot) e = e.shadowRoot.activeElement;"
            " return e ? [e.dataset.page, e.dataset.kind] : null; }"
        )
        if focused == place:
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab never came to the last door")


@pytest.mark.parametrize("model", (PAIR, GPT, BERT))
def test_figure_fits_its_place_and_no_text_leaves_its_box(page: Page, app_url: str, model: str) -> None:
    open_home(page, app_url, model)
    expect(page.locator(".door")).to_have_count(sum(name == model for name, _ in DOORS))
    for width in (1280, 900, 390):
        page.set_viewport_size({"width": width, "height": 844})
        wait_until_idle(page)
        assert horizontal_overflow(page) == 0, width
        too_wide = page.locator("svg[role=group]").evaluate(
            """svg => [...svg.querySelectorAll('g')].filter(g => g.querySelector(':scope > rect.box')).flatMap(g => {
                 const box = g.querySelector('rect.box').getBBox();
                 return [...g.querySelectorAll('text')].filter(t => t.getBBox().width > box.width - 4)
                                                        .map(t => t.textContent); })"""
        )
        assert too_wide == [], width


def test_boxes_say_what_they_are_and_follow_the_theme(page: Page, app_url: str) -> None:
    open_home(page, app_url, PAIR)
    expect(page.locator(".detail")).to_contain_text("The coloured boxes are doors")
    page.locator("g", has=page.locator("text", has_text="Feed-forward")).first.hover()
    expect(page.locator(".detail")).to_contain_text(f"d_ff = {MODELS[PAIR].config.d_ff}")
    box = page.locator(".door .box.attention").first
    fills = []
    for dark, stroke in ((False, "rgb(122, 31, 110)"), (True, "rgb(244, 179, 230)")):
        set_theme(page, dark)
        expect(box).to_have_css("stroke", stroke)
        fills.append(box.evaluate("box => getComputedStyle(box).fill"))
    assert fills[0] != fills[1]
