"""The page that goes through self-attention step by step."""

from benchmarks.controls.home import texts
from benchmarks.hands import BERT, GPT, LENGTHS, PAIR, Control, button, canvas, press, radio, select, step, toggle

ALL = GPT, PAIR, BERT
SCORES = (("step", "4"),)

CONTROLS = (
    Control("next, back", button("Next", "Back"), query=SCORES, models=ALL, lengths=LENGTHS),
    Control("arrow keys", press("ArrowRight", "ArrowLeft"), query=SCORES),
    Control("query", **select("query"), query=SCORES, lengths=LENGTHS),
    Control("key", **select("key"), query=SCORES),
    Control("head", **select("head"), query=SCORES),
    Control("layer", **select("layer"), query=SCORES),
    Control("click on a number", canvas("number_board", which=6), query=SCORES, models=ALL, lengths=LENGTHS),
    Control("a number by its place", step("_row"), query=(("step", "6"),)),
    Control("vectors or matrices", radio("all queries", "one query"), query=SCORES),
    Control("show the weight matrices", toggle("weights"), query=(("step", "2"),)),
    Control("without the scale", toggle("scale"), query=(("step", "4"),)),
    Control("another text", **texts(GPT, 64), passes=True, query=SCORES),
)
