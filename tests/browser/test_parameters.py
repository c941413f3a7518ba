"""The parameter page in a browser: sliders, number boxes, the picture and the address agree at all times."""

import re
from dataclasses import replace

from playwright.sync_api import expect

from explorer.analysis.parameter_table import parameter_rows
from explorer.analysis.parameters import AttentionCount
from explorer.analysis.presets import PRESETS
from explorer.model.shapes import count_parameters
from tests.browser.helpers import horizontal_overflow, wait_until_idle


def open_parameters(page, app_url, query=""):
    page.goto(f"{app_url}/parameters{query}")
    page.get_by_role("heading", name="Parameters", level=1).wait_for()
    wait_until_idle(page)


def slider(page, name):
    return page.get_by_role("slider", name=re.compile(f", {name}$"))


def box(page, name):
    return page.get_by_role("textbox", name=f"{name} as a number", exact=True)


def exact_total(page):
    return page.locator(".st-key-attention_shapes .bar .total").first


def test_the_picture_follows_while_a_slider_is_dragged_and_the_server_when_it_is_let_go(page, app_url):
    open_parameters(page, app_url)
    expect(exact_total(page)).to_have_text("1,048,576")
    # "input" is what a dragged slider fires, "change" what it fires when it is let go.
    slider(page, "n_heads").evaluate(
        "(range) => { range.value = Number(range.value) + 4;"
        " range.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    expect(exact_total(page)).to_have_text("2,097,152")
    expect(box(page, "n_heads")).to_have_value("16")
    expect(ledger(page, "exact")).to_have_text("2,097,152")
    assert "shape" not in page.url
    slider(page, "n_heads").evaluate("(range) => range.dispatchEvent(new Event('change', { bubbles: true }))")
    page.wait_for_url("**shape=n_heads*16*")
    wait_until_idle(page)
    expect(page.get_by_text("s, d, m, l, n = 16, 512, 64, 64, 512")).to_be_visible()
    slider(page, "d_k").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**d_k*80*")
    expect(box(page, "d_k")).to_have_value("80")
    expect(exact_total(page)).to_have_text(f"{16 * (2 * 512 * 80 + 512 * 64) + 64 * 16 * 512:,}")


def pull(page, name, steps):
    """A slider on its way: dragged by so many of its stops, and not yet let go."""
    slider(page, name).evaluate(
        "(range, steps) => { range.value = Number(range.value) + steps;"
        " range.dispatchEvent(new Event('input', { bubbles: true })); }",
        steps,
    )


def let_go(page, name):
    slider(page, name).evaluate("(range) => range.dispatchEvent(new Event('change', { bubbles: true }))")


def ledger(page, line):
    return page.locator(f".st-key-count_ledger .{line} .value")


def sizes(page, *names):
    return [int(box(page, name).input_value()) for name in names]


def test_every_line_of_the_ledger_under_the_hand_is_pythons(page, app_url):
    open_parameters(page, app_url, "?shape=n_heads%3D3%2Cd_model%3D10%2Cd_k%3D5%2Cd_v%3D7&n=11")
    for name, steps in (("n_heads", 3), ("d_model", 5), ("d_k", 2), ("d_v", 9), ("n", -2)):
        pull(page, name, steps)
        count = AttentionCount(*sizes(page, "n_heads", "d_model", "d_k", "d_v", "n"))
        expect(ledger(page, "exact")).to_have_text(f"{count.exact:,}")
        expect(ledger(page, "board")).to_have_text(f"{count.board:,}")
        expect(ledger(page, "once")).to_have_text(f"+ {count.once:,}")
        sign = "+" if count.as_n < 0 else "−"
        expect(ledger(page, "as_n")).to_have_text(f"{sign} {abs(count.as_n):,}")
        sum_ = f"{count.board:,} + {count.once:,} {sign} {abs(count.as_n):,} = {count.exact:,} ✓"
        expect(page.locator(".st-key-count_ledger .sum")).to_have_text(sum_)
    assert count.as_n < 0  # l is larger than n in the end
    for matrix, rows in (("W_Q", count.w_q), ("W_V", count.w_v), ("W_O", count.w_o)):
        title = page.locator(".st-key-attention_shapes g title").filter(has_text=f"{matrix}: ")
        expect(title).to_have_text(re.compile(f" = {rows:,}$"))


def test_the_whole_model_under_the_hand_is_pythons(page, app_url):
    open_parameters(page, app_url, "?view=The+whole+model&preset=transformer-base&shape=vocab_size%3D1009")
    config = PRESETS["transformer-base"].config
    fields = ("n_heads", "d_model", "d_k", "d_v", "d_ff", "n_encoder_layers", "n_decoder_layers", "vocab_size")
    total, live = page.locator(".st-key-parameter_map h3"), page.locator(".st-key-parameter_map .live")
    last = page.locator(".st-key-parameter_table .total td").last
    for name, steps in [(name, 3) for name in fields] + [("n_decoder_layers", -30)]:
        pull(page, name, steps)
        now = replace(config, **dict(zip(fields, sizes(page, *fields), strict=True)))
        expect(total).to_have_text(f"{count_parameters(now):,} parameters")
        expect(last).to_have_text(f"{count_parameters(now):,}")
        expect(live).to_contain_text("let go, and it is counted")
    rows = [
        [cell.replace(",", "") for cell in line.locator("td").all_inner_texts()]
        for line in page.locator(".st-key-parameter_table tbody tr").all()
    ]
    by_python = [[row.name, str(row.count), str(row.total)] for row in parameter_rows(now)]
    assert [[row[0], row[3], row[4]] for row in rows if row[3]] == by_python
    assert [row[0] for row in rows if not row[3]][:-1] == list(
        dict.fromkeys(row.group.replace(",", "") for row in parameter_rows(now))
    )
    let_go(page, "n_decoder_layers")
    expect(live).to_contain_text(f"✓ sum(p.numel()) of the live model: {count_parameters(now):,}.")
    expect(total).to_have_text(f"{count_parameters(now):,} parameters")


def test_each_move_is_drawn_once_however_many_came_before(page, app_url):
    open_parameters(page, app_url)
    for _ in range(3):
        pull(page, "n_heads", 1)
        let_go(page, "n_heads")
        wait_until_idle(page)
    page.locator(".st-key-attention_shapes .root").evaluate(
        "(root) => { window.drawn = 0;"
        " new MutationObserver((all) => { window.drawn += all.length; }).observe(root, { childList: true }); }"
    )
    pull(page, "n_heads", 1)
    expect(box(page, "n_heads")).to_have_value("16")
    assert page.evaluate("window.drawn") == 1
    let_go(page, "n_heads")  # the server says the same, and nothing is drawn for it
    page.wait_for_url("**n_heads*16*")
    wait_until_idle(page)
    assert page.evaluate("window.drawn") == 1


def test_the_work_of_a_layer_by_the_keyboard(page, app_url):
    open_parameters(page, app_url, "?view=What+it+costs&preset=gpt2")
    chart = page.get_by_role("img", name=re.compile("cross at 4,608 tokens"))
    chart.focus()
    page.keyboard.press("ArrowRight")
    readout = page.locator(".st-key-work .readout")
    expect(readout).to_have_text("n = 1matrices: n d² 7,077,888attention: n² d 1,536")
    page.keyboard.press("ArrowRight")
    expect(readout).to_have_text("n = 2matrices: n d² 14,155,776attention: n² d 6,144")


def test_nonsense_in_a_number_box_is_refused_in_one_sentence(page, app_url):
    open_parameters(page, app_url)
    sentence = page.get_by_text("d_k must be a whole number from 1 to 8,192: it stays 64.")
    for typed in ("0", "-1", "1000000000", "two", "1.5", "", "😀"):
        box(page, "d_k").fill(typed)
        page.keyboard.press("Tab")
        expect(sentence, typed).to_be_visible()
        expect(exact_total(page)).to_have_text("1,048,576")
        assert "shape" not in page.url
        box(page, "d_k").fill("64")
        page.keyboard.press("Tab")
        expect(sentence, typed).to_be_hidden()
    box(page, "d_k").fill("32")
    page.keyboard.press("Tab")
    page.wait_for_url("**shape=d_k*32*")


def test_heads_that_share_a_size_cost_nothing(page, app_url):
    open_parameters(page, app_url)
    page.get_by_label("keep s·m and s·l as they are").check()
    wait_until_idle(page)
    slider(page, "n_heads").focus()
    for heads in ("16", "32"):  # it stops where it divides s·m
        page.keyboard.press("ArrowRight")
        expect(box(page, "n_heads")).to_have_value(heads)
    expect(box(page, "d_k")).to_have_value("16")
    expect(box(page, "d_v")).to_have_value("16")
    expect(exact_total(page)).to_have_text("1,048,576")


def test_the_output_size_goes_with_d_until_it_is_parted(page, app_url):
    open_parameters(page, app_url)
    box(page, "d_model").fill("511")  # what contradicts itself is refused by the server
    page.keyboard.press("Tab")
    expect(page.get_by_text("d_model=511 must be even", exact=False)).to_be_visible()
    expect(box(page, "d_model")).to_have_value("512")
    expect(exact_total(page)).to_have_text("1,048,576")
    wait_until_idle(page)
    box(page, "d_model").fill("256")
    page.keyboard.press("Tab")
    expect(box(page, "n")).to_have_value("256")
    page.wait_for_url("**shape=d_model*256*")
    box(page, "n").fill("100")
    page.keyboard.press("Tab")
    page.wait_for_url("**n=100*")
    box(page, "d_model").fill("128")
    page.keyboard.press("Tab")
    page.wait_for_url("**shape=d_model*128*")
    expect(box(page, "n")).to_have_value("100")


def test_from_a_published_model_to_a_live_one(page, fresh_page, app_url):
    open_parameters(page, app_url, "?view=Build+it&preset=classroom-tiny-gpt&shape=n_heads%3D3")
    page.get_by_role("button", name="Build it", exact=True).click()
    expect(page.get_by_text("It is chosen now", exact=False)).to_be_visible()
    page.get_by_role("button", name="See its heads").click()
    page.wait_for_url("**/attention_heads**")
    wait_until_idle(page)
    expect(page.get_by_text("random weights, seed 0", exact=False)).to_be_visible()
    assert "model=untrained" in page.url
    fresh_page.goto(page.url)
    expect(fresh_page.get_by_text("random weights, seed 0", exact=False)).to_be_visible(timeout=60_000)


def test_a_phone_scrolls_inside_and_never_the_page(page, app_url):
    page.set_viewport_size({"width": 390, "height": 844})
    open_parameters(page, app_url)
    for view in ("One attention layer", "The whole model", "What it costs", "Published models", "Build it"):
        page.get_by_role("radio", name=view).click()
        wait_until_idle(page)
        assert horizontal_overflow(page) == 0, view


def test_the_map_of_all_arrays(page, app_url):
    open_parameters(page, app_url, "?view=The+whole+model&preset=gpt2")
    picture = page.locator(".st-key-parameter_map canvas")
    box = picture.bounding_box()
    picture.hover(position={"x": box["width"] * 0.1, "y": box["height"] * 0.5})  # the largest array is on the left
    tip = page.locator(".st-key-parameter_map .tip")
    expect(tip).to_contain_text("decoder.embedding.token.weight")
    expect(tip).to_contain_text("50,257 × 768")
    expect(tip).to_contain_text("38,597,376 parameters, 31.0 % of all")
    for words in ("decoder", "embedding"):
        picture.click(position={"x": box["width"] * 0.1, "y": box["height"] * 0.5})
        expect(page.locator(".st-key-parameter_map .crumbs button").last).to_have_text(words)
    page.locator(".st-key-parameter_map .crumbs button").first.click()
    expect(page.locator(".st-key-parameter_map .crumbs button")).to_have_count(1)
