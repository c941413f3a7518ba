"""The page of the whole pass: its boxes, and the residual stream."""

from benchmarks.controls.home import texts
from benchmarks.hands import (
    BERT,
    GPT,
    LENGTHS,
    PAIR,
    TOY,
    Control,
    Move,
    canvas,
    inside,
    press,
    radio,
    select,
    step,
    toggle,
)

ALL = GPT, PAIR, BERT
STREAM = (("view", "stream"),)


def box(name: str) -> Move:
    """The boxes of this name of the first and the second layer, by turns."""
    return lambda page, i: page.locator("button.box", has_text=name).nth(i % 2).click()


def opened(name: str) -> tuple[tuple[str, str], ...]:
    return (("box", name),)


SCORES = opened("decoder.1.attention.score")

CONTROLS = (
    Control("open the scores of two layers", box("scores"), models=ALL, lengths=LENGTHS),
    Control("open the hidden numbers of two layers", box("hidden")),
    Control("next box, by the arrow keys", press("ArrowRight", "ArrowLeft"), query=SCORES),
    Control("pick a number in a large box", canvas("pass_numbers"), query=SCORES, lengths=LENGTHS),
    # The columns are wide: nearer to each other, two clicks would pick the same number, and nothing would change.
    Control("pick a number of the logits", canvas("pass_numbers", apart=0.16), query=opened("decoder.end.logit")),
    Control("a number by its place", step("_column"), query=SCORES),
    Control("all numbers", toggle("all_numbers"), models=(TOY,)),
    Control("boxes or stream", radio("The residual stream", "Box by box")),
    Control("stream: position", **select("stream_position"), query=STREAM, lengths=LENGTHS),
    Control("stream: token", **select("stream_token", 2), query=STREAM),  # the first two are one token
    Control("stream: against another token", **select("measure"), query=STREAM),
    Control("stream: which part", **select("stream_part"), query=STREAM),
    Control("stream: click on a part", inside("contribution_grid", "button.cell", (3, 9)), query=STREAM, models=ALL),
    Control("stream: click on a token of the lens", inside("lens_map", "button", (3, 9)), query=STREAM),
    Control("another text", **texts(GPT, 64), passes=True, query=STREAM),
)
