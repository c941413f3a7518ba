"""The page of decoding."""

from benchmarks.hands import (
    BERT,
    GPT,
    LENGTHS,
    PAIR,
    PLOTLY,
    Control,
    button,
    inside,
    press,
    radio,
    select,
    slider,
    step,
)

BEAM, DRAWS, TOKENS = (("view", "beam"),), (("view", "draws"),), (("view", "tokens"),)
WRITING = GPT, PAIR
FIFTH = (("position", "5"),)
DRAWN = {"picture": PLOTLY, "passes": True}
WRITTEN = {"models": WRITING, "lengths": LENGTHS}

CONTROLS = (
    Control("filters: temperature", slider("temperature"), models=WRITING, passes=True, lengths=LENGTHS),
    Control("filters: top-k", step("top_k"), passes=True),
    Control("filters: next seed", button("Next seed", "Next seed"), passes=True),
    Control("filters: next token, by the arrow keys", press("ArrowLeft", "ArrowRight"), models=WRITING, query=FIFTH),
    Control("filters: choose a token", inside("position", "button"), query=FIFTH),
    Control("filters: which probability", **select("token")),
    Control("filters: after which filter", **select("stage")),
    Control("filters of a gap: temperature", slider("temperature"), models=(BERT,)),
    Control("beam: length penalty", slider("length_penalty"), query=BEAM, passes=True, models=WRITING, lengths=LENGTHS),
    Control("beam: width", step("width"), query=BEAM, passes=True),
    Control("beam: n-best", step("n_best"), query=BEAM),
    Control("beam: click on a branch", inside("beam_tree", "[data-node]", (2, 3)), query=BEAM, models=WRITING),
    Control("beam: branch", **select("branch"), query=BEAM),
    Control("draws: outcomes", radio("whole texts", "first tokens"), query=DRAWS, picture=PLOTLY),
    Control("draws: axes", radio("linear", "logarithmic"), query=DRAWS, picture=PLOTLY),
    Control("draws: next seed", button("Next seed", "Next seed"), query=DRAWS, **DRAWN),
    Control(
        "tokens: the most probable, back",
        press("ArrowRight", "ArrowLeft"),
        query=TOKENS,
        **WRITTEN,
    ),
    Control("tokens: click on a token", inside("next_tokens", "button.row", (1, 2)), query=TOKENS, passes=True),
    Control("tokens: how many are shown", **select("top"), query=TOKENS),
)
