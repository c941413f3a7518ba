"""The page of all heads."""

from benchmarks.controls.home import texts
from benchmarks.hands import BERT, GPT, LENGTHS, PAIR, Control, canvas, inside, radio, select

ALL = GPT, PAIR, BERT

CONTROLS = (
    Control("layer", **select("layer"), models=ALL, lengths=LENGTHS),
    Control("head", **select("head")),
    Control("click on a thumbnail", canvas("head_grid", apart=0.16), lengths=LENGTHS),
    Control("click on a cell", canvas("head_map", ".overlay"), models=ALL, lengths=LENGTHS),
    Control("query", **select("query")),
    Control("key", **select("key")),
    Control("matrix or lines", radio("Lines", "Matrix"), lengths=LENGTHS),
    Control("click on a row of the table", inside("head_table", "tbody tr", (2, 5, 8, 11, 14))),
    Control("sort the table", inside("head_table", "thead button", (1, 2))),
    Control("what the columns say", inside("columns", "summary", (0, 0))),
    Control("kind of attention", **select("_kind"), models=(PAIR,)),
    Control("another text", **texts(GPT, 64), passes=True),
    Control("another text", **texts(GPT, 16), passes=True, lengths=(16,)),
)
