"""The page of p(y | x) as a product."""

from benchmarks.hands import (
    BERT,
    GPT,
    LENGTHS,
    PAIR,
    PLOTLY,
    TOY,
    Control,
    canvas,
    inside,
    press,
    radio,
    toggle,
)

ALL = GPT, PAIR, BERT
CANDIDATES, PASSES = (("view", "candidates"),), (("view", "passes"),)
WHAT = "Whole sentences", "Fillings of the gaps"
VECTOR = (("view", "vector"),)
TEXTS = (("view", "distribution"), ("nothing", "true"))

CONTROLS = (
    Control("ledger: a step, by the arrow keys", press("ArrowRight", "ArrowLeft"), models=ALL, lengths=LENGTHS),
    Control("ledger: click on a row", inside("factor_ledger", "tr.factor", (3, 6)), models=ALL),
    Control("ledger: bits or nats", radio("bits", "nats")),
    Control("ledger: how many tokens are shown", inside("k", "button")),
    Control("ledger: click on a number", canvas("readout_board")),
    Control(
        "candidates: what is compared",
        radio(*WHAT),
        query=CANDIDATES,
        models=(BERT,),
    ),
    Control("candidates: with their end", toggle("ends"), query=CANDIDATES, models=(TOY,)),
    Control("passes: without the mask", toggle("unmask"), query=PASSES),
    Control(
        "x̄: another view and back",
        radio("Ledger", "What is x̄?"),
        query=(("view", "vector"),),
        models=(PAIR,),
    ),
    Control("all texts: length", radio("2", "3"), query=TEXTS, picture=PLOTLY, models=(TOY,)),
    Control("all texts: from nothing", toggle("nothing"), query=TEXTS, picture=PLOTLY, models=(TOY,)),
    Control("one view, another view", radio("Candidates", "Ledger")),
)
