"""Filter bars, beam tree and token strips in a real browser, on a page of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from explorer.figures.style import DARK, LIGHT
from tests.browser.helpers import horizontal_overflow, rgb, set_theme, wait_until_idle
from tests.browser.launch import running_app

SCRIPT = """
import numpy as np
import streamlit as st
from explorer.components.beam_tree import BeamNode, beam_tree
from explorer.components.filter_bars import Die, FilterRow, FilterStage, filter_bars
from explorer.components.token_strip import Strip, token_strip

def filters():
    stages = [FilterStage("softmax(z)", "", 9, 1.0), FilterStage("top-k", "k = 3", 3, 0.8, "k = 3"),
              FilterStage("top-p", "p = 0.9", 2, 0.9375, "sum >= 0.9")]
    rows = [FilterRow("<b>", 7, (0.5, 0.625, 2 / 3)), FilterRow("the", 5, (0.25, 0.3125, 1 / 3)),
            FilterRow("dog" * 20, 4, (0.05, 0.0625, None)), FilterRow("cat", 3, (0.04, None, None))]
    tail = FilterRow("5 others together", None, (0.16, None, None))
    filter_bars(stages, rows, key="filters", title="Filters.", tail=tail, die=Die(0.75, 1))

def flat():
    rows = [FilterRow("a", 1, (0.02,)), FilterRow("b", 2, (0.01,))]
    tail = FilterRow("97 others together", None, (0.97,))
    filter_bars([FilterStage("softmax(z)", "", 99, 1.0)], rows, key="filters", title="Filters.", tail=tail)

def tree(width, steps):
    nodes, live = [BeamNode(1000, None, 0, "[BOS]", 1, 0.0, 0.0, 0.0, "root", True)], [0]
    for step in range(1, steps + 1):
        new = []
        for place, parent in enumerate(live):
            for n in range(width):
                log_p = -0.1 * (n + 1) - 0.01 * place
                fate = "ended" if (step, place, n) == (steps, 0, 0) else "live" if n == 0 or step == 1 else "dropped"
                whole = nodes[parent].log_probability + log_p
                label = "<b>" if n == 0 else f"t{step}.{place}.{n}"
                best = nodes[parent].on_winning_path and n == 0
                numbers = (log_p, whole, whole / step)
                nodes.append(BeamNode(1000 + len(nodes), 1000 + parent, step, label, n, *numbers, fate, best))
                new += [len(nodes) - 1] if fate == "live" else []
        live = new
    beam_tree(nodes, key="tree", title="The beam.", selected=st.session_state.get("node"),
              on_select=lambda node: st.session_state.update(node=node))
    st.write(f"node: {st.session_state.get('node')} of {len(nodes)}")

def strips():
    keys = ("<b>", "the", "the", "long" * 30, *(f"k{i}" for i in range(40)))
    weights = np.zeros(44, dtype=np.float32)
    weights[1] = 1.0
    two = [Strip("layer 1", "dog", 11, keys, tuple(range(44)), weights),
           Strip("layer 2", "cat", 12, keys[:3], (0, 1, 2), np.array([0.25, 0.75, 0]), np.array([True, True, False]))]
    token_strip(two, key="strips", picked=st.session_state.get("pick"),
                on_pick=lambda *pick: st.session_state.update(pick=pick))
    st.write(f"pick: {st.session_state.get('pick')}")

show = st.query_params["show"]
{"filters": filters, "flat": flat, "strips": strips, "tree": lambda: tree(3, 4), "big": lambda: tree(10, 40)}[show]()
"""


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("views")
    (folder / "page.py").write_text(SCRIPT, encoding="utf-8")
    with running_app(folder / "server.log", folder / "page.py") as url:
        yield url


def open_page(page: Page, harness: str, show: str) -> None:
    page.goto(f"{harness}/?show={show}")
    wait_until_idle(page)


def says(page: Page, words: str) -> None:
    expect(page.get_by_text(words, exact=True)).to_be_visible()


def css(locator: Locator, name: str) -> str:
    return locator.evaluate("(element, name) => getComputedStyle(element)[name]", name)


def cell(page: Page, row: int, stage: int) -> Locator:
    return page.locator("tbody tr").nth(row).locator("td").nth(stage)


def test_filters_strike_cut_and_let_the_die_fall(page: Page, harness: str) -> None:
    open_page(page, harness, "filters")
    expect(cell(page, 3, 1).locator("s")).to_have_text("0.0400")
    expect(cell(page, 3, 1)).to_have_attribute("title", "dropped by top-k; before it p = 0.04")
    expect(cell(page, 3, 2)).to_have_text("")
    expect(cell(page, 2, 2).locator("s")).to_have_text("0.0625")
    expect(cell(page, 2, 1)).to_have_text("0.0625")
    expect(cell(page, 0, 2)).to_have_attribute("title", f"top-p: p = {2 / 3}")

    expect(cell(page, 3, 1).locator(".label")).to_have_text("k = 3")
    expect(cell(page, 2, 2).locator(".label")).to_have_text("sum >= 0.9")
    expect(page.locator(".label")).to_have_count(2)
    assert css(cell(page, 3, 1), "borderTopWidth") == "3px"
    heads = page.locator("thead th").all_inner_texts()
    assert heads[2].split("\n") == ["top-k", "k = 3", "3 tokens", "mass kept 0.800"]

    expect(page.locator(".words")).to_have_text("u = 0.750 falls on the")
    pieces, marker = page.locator(".piece"), page.locator(".marker").bounding_box()
    assert pieces.all_inner_texts() == ["<b>", "the"]
    box = page.locator(".hit").bounding_box()
    line = page.locator(".line").bounding_box()
    middle = marker["x"] + marker["width"] / 2
    assert box["x"] < middle < box["x"] + box["width"]
    assert middle == pytest.approx(line["x"] + 0.75 * line["width"], abs=8)
    assert box["width"] == pytest.approx(line["width"] / 3, rel=0.02)

    fits_a_phone(page)


def test_bars_are_scaled_to_single_tokens_and_the_others_are_cut_off(page: Page, harness: str) -> None:
    open_page(page, harness, "flat")
    bars = page.locator("tbody .bar")
    assert [bar.locator("i").evaluate("each => each.style.width") for bar in bars.all()] == ["100%", "50%", "100%"]
    expect(page.locator(".cut-off")).to_have_count(1)
    expect(page.locator(".note")).to_contain_text("a full bar is 0.0200. The other tokens together have more")


def fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    wait_until_idle(page)
    assert horizontal_overflow(page) == 0


def nodes(page: Page) -> Locator:
    return page.locator("[data-node]")


def test_tree_shows_every_node_and_hides_the_dropped_ones(page: Page, harness: str) -> None:
    open_page(page, harness, "tree")
    expect(nodes(page)).to_have_count(1 + 3 + 3 * 9)
    expect(page.locator(".legend .entry")).to_have_text(["on the best path", "kept", "ended", "dropped"])
    page.get_by_label("show the 18 dropped ones").uncheck()
    expect(nodes(page)).to_have_count(1 + 3 * 4)
    expect(page.locator(".node.ended rect")).to_have_count(2)
    expect(page.locator(".edge.winner")).to_have_count(4)
    assert css(page.locator(".edge.winner").first, "stroke") == rgb(LIGHT.weight)
    set_theme(page, dark=True)
    expect(page.locator(".edge.winner").first).to_have_css("stroke", rgb(DARK.weight))


def test_nodes_stand_apart_and_one_is_chosen_by_click(page: Page, harness: str) -> None:
    open_page(page, harness, "tree")
    boxes = nodes(page).evaluate_all("all => all.map((e) => e.firstChild.getBoundingClientRect().toJSON())")
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            apart = one["right"] <= other["left"] or other["right"] <= one["left"]
            assert apart or one["bottom"] <= other["top"] or other["bottom"] <= one["top"]
    paths = page.locator(".edge").evaluate_all(
        "all => all.map((e) => e.getAttribute('d').match(/[\\d.]+/g).map(Number))"
    )
    ends = [(x0, y0, numbers[-2], numbers[-1]) for x0, y0, *numbers in paths]
    for one in ends:
        for other in ends:
            if one[2] == other[2]:  # into the same column
                assert (one[1] - other[1]) * (one[3] - other[3]) >= 0

    nodes(page).nth(1).click()
    says(page, "node: 1001 of 31")
    expect(page.locator(".readout .token")).to_have_text(["[BOS]", "<b>"])
    expect(page.locator(".readout .fact")).to_contain_text(["−0.100 −0.1", "−0.100 −0.1", "−0.100 −0.1"])
    expect(page.locator(".chosen")).to_have_count(1)
    fits_a_phone(page)


def test_arrow_keys_walk_along_the_tree(page: Page, harness: str) -> None:
    open_page(page, harness, "tree")
    frame = page.locator(".scroll")
    frame.focus()
    for key, node in (("ArrowRight", 1000), ("ArrowRight", 1001), ("ArrowDown", 1002), ("ArrowRight", 1007)):
        page.keyboard.press(key)
        says(page, f"node: {node} of 31")
    page.keyboard.press("ArrowLeft")
    says(page, "node: 1002 of 31")
    page.keyboard.press("End")
    says(page, "node: 1022 of 31")
    page.keyboard.press("Home")
    says(page, "node: 1000 of 31")
    expect(frame).to_be_focused()


def test_wide_and_long_search_draws_what_is_seen_and_keeps_its_place(page: Page, harness: str) -> None:
    open_page(page, harness, "big")
    frame = page.locator(".scroll")
    assert frame.evaluate("e => [e.scrollLeft, e.scrollWidth > 3 * e.clientWidth]") == [0, True]
    expect(page.get_by_label("show the 3,510 dropped ones")).not_to_be_checked()
    page.get_by_label("show the 3,510 dropped ones").check()
    assert nodes(page).count() < 1500
    frame.evaluate("e => { e.scrollLeft = 1000; }")
    wait_until_idle(page)  # what comes into view is drawn
    # By the mouse, on a node that is in view already: Playwright's own click would scroll the tree.
    box = frame.bounding_box()
    seen = nodes(page).evaluate_all(
        """(all, [left, right]) => all.map((e) => e.getBoundingClientRect().toJSON())
             .find((box) => box.left > left && box.right < right && box.top > 200 && box.bottom < 500)""",
        [box["x"], box["x"] + box["width"]],
    )
    page.mouse.click(seen["x"] + seen["width"] / 2, seen["y"] + seen["height"] / 2)
    expect(page.locator(".chosen")).to_have_count(1)
    wait_until_idle(page)
    assert frame.evaluate("e => e.scrollLeft") == 1000
    frame.focus()
    page.keyboard.press("End")
    expect(page.locator(".node.ended.chosen")).to_be_in_viewport()


def test_strip_shades_by_weight_and_is_picked_where_it_is_not_masked(page: Page, harness: str) -> None:
    open_page(page, harness, "strips")
    tokens = page.locator(".strip").first.locator(".chip .token")
    assert css(tokens.nth(1), "backgroundColor") == rgb(LIGHT.weight)
    assert css(tokens.nth(1), "color") == "rgb(255, 255, 255)"  # black or white, whichever reads better
    assert css(tokens.nth(0), "backgroundColor") == rgb(LIGHT.background)
    assert css(tokens.nth(0), "color") == "rgb(0, 0, 0)"
    set_theme(page, dark=True)
    expect(tokens.nth(1)).to_have_css("background-color", rgb(DARK.weight))
    expect(tokens.nth(1)).to_have_css("color", "rgb(0, 0, 0)")

    page.locator(".strip").first.locator(".chip").nth(2).click()
    says(page, "pick: (0, 2)")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    says(page, "pick: (1, 1)")
    expect(page.locator("[aria-pressed=true]")).to_have_attribute("title", "key 2 the (id 1): weight 0.75")
    masked = page.locator(".masked")
    expect(masked).to_have_attribute("title", "key 3 the (id 2): masked, weight exactly 0")
    assert masked.evaluate("e => e.tagName") == "SPAN"
    fits_a_phone(page)
