"""The page that breaks the model."""

from benchmarks.hands import (
    BERT,
    GPT,
    LENGTHS,
    PAIR,
    TOY,
    Control,
    Move,
    button,
    canvas,
    drag,
    inside,
    radio,
    select,
    slider,
    toggle,
)

EDIT, RANKING = (("view", "edit"),), (("view", "ranking"),)
NUMBER = {"query": (("view", "number"),), "models": (TOY,)}
LABORATORY = (("view", "laboratory"),)


def key_in_row(column: int) -> Move:
    """The weight of one key, up and down by the keyboard."""

    def press(page, i: int) -> None:
        page.locator(".st-key-weight_row [role=slider]").nth(column).focus()
        page.keyboard.press(("ArrowUp", "ArrowDown")[i % 2])

    return press


CONTROLS = (
    Control("a switch", toggle("_switch_no_residual"), passes=True, models=(GPT, PAIR, BERT), lengths=LENGTHS),
    Control("click on a head", canvas("switch_heads"), passes=True, lengths=LENGTHS),
    Control("what the thumbnails show", radio("after", "difference"), query=(("change", "no_mask"),)),
    Control("edit attention: a weight", key_in_row(2), query=EDIT, passes=True, lengths=LENGTHS),
    Control("edit attention: query", **select("query"), query=EDIT),
    Control("one number: pick another", inside("number_grid", "td", (1, 12)), **NUMBER),
    Control("one number: which matrix", **select("matrix"), **NUMBER),
    Control("every head off: what stands in", radio("its mean stands in", "0 stands in"), query=RANKING),
    Control("laboratory: drag m", drag("Size m of q and k"), query=LABORATORY),
    Control("laboratory: keys", slider("keys"), query=LABORATORY),
    Control("laboratory: draw again", button("Draw again", "Draw again"), query=LABORATORY),
    Control("laboratory: which number", **select("asked"), query=LABORATORY),
    Control("one view, another view", radio("Edit attention", "Switches")),
)
