"""The page of positions; what follows from a formula has 512 dimensions and 256 positions here."""

from benchmarks.hands import BERT, GPT, LENGTHS, PAIR, Control, button, canvas, drag, radio, select, slider, step

EACH = {"models": (GPT, BERT, PAIR), "lengths": LENGTHS}
LARGE = (("d", "512"), ("length", "256"), ("dim", "200"))
PRODUCTS, ROTATION = (("view", "why"), *LARGE), (("view", "why"), ("part", "rotation"), *LARGE)
SCORES, MODEL, SUM = (("view", "why"), ("part", "scores")), (("view", "model"),), (("view", "sum"),)
BOARD = (("view", "board"), *LARGE)

CONTROLS = (
    Control("waves: drag the position", drag("Position"), query=LARGE),
    Control("waves: drag the dimension", drag("Dimension"), query=LARGE),
    Control("waves: drag the base", drag("Base b"), query=LARGE),
    Control("waves: drag the length", drag("Length"), query=LARGE),
    Control("waves: click on a cell", canvas("position_waves", ".marks"), query=LARGE),
    Control("board and paper: tolerance", slider("tolerance"), query=BOARD),
    Control("board and paper: length", slider("length"), query=BOARD),
    Control("products: length", slider("length"), query=PRODUCTS),
    Control("products: base", step("base"), query=PRODUCTS),
    Control("products: which code", **select("code"), query=PRODUCTS),
    Control("rotation: step k", slider("step"), query=ROTATION),
    Control("rotation: position", slider("pos"), query=ROTATION),
    Control("rotary and ALiBi: query", **select("query"), query=SCORES),
    Control(
        "in a model: other positions",
        radio("sinusoidal, the paper's", "none"),
        query=MODEL,
        **EACH,
    ),
    Control("in a model: another order", button("Another order", "Another order"), query=MODEL, passes=True),
    Control("x + PE: click on a number", canvas("sum", ".marks"), query=SUM, **EACH),
    Control("one view, another view", radio("Board and paper", "Waves"), query=LARGE),
)
