"""The pages over models with the parts of published ones: segments, relative positions, a gate, no logits ..."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.analysis.contributions import Measure, contributions
from explorer.ui.compare_runs import states_of
from tests.components.packed import unpack
from tests.pages.drawn import checks, sent
from tests.zoo import NAMES, PAIRS, TARGET, checkpoint_of, config_of, run_of, text_of, zoo_folder

ROOT = Path(__file__).resolve().parents[2]
POSITIONS = [{"view": "waves"}, {"view": "board"}, {"view": "model"}, {"view": "sum"}] + [
    {"view": "why", "part": part} for part in ("products", "rotation", "scores")
]
BREAK_IT = [{"view": view} for view in ("switches", "ranking", "edit", "number", "laboratory")]
COMPARE = [{"view": view} for view in ("machines", "word", "heads")]
DECODING = [{"view": view} for view in ("filters", "beam", "draws", "tokens")]
VIEWS = (
    [("home", {})]
    + [("positions", query) for query in POSITIONS]
    + [("forward_pass", {"view": "stream"})]
    + [("break_it", query) for query in BREAK_IT]
    + [("compare", query) for query in COMPARE]
    + [("decoding", query) for query in DECODING]
)


@pytest.fixture(autouse=True)
def _zoo(monkeypatch):
    monkeypatch.setenv("EXPLORER_PRETRAINED", str(zoo_folder()))


def open_page(page: str, name: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["model"] = name
    if name in PAIRS:
        app.session_state["source"], app.session_state["target"] = text_of(name), TARGET
    else:
        app.session_state["text"] = text_of(name)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(f"explorer/pages/{page}.py").run()
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    return "\n".join([*(each.value for each in (*app.markdown, *app.caption, *app.info)), checks(app)])


def keys(app: AppTest) -> set[str]:
    return {each.proto.id.rpartition("-")[2] for each in app.get("bidi_component")}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("page", "query"), VIEWS)
def test_every_view_of_every_model(page, query, name):
    if page == "decoding" and not config_of(name).has_decoder and query["view"] in ("beam", "draws"):
        return  # a BERT has no such view
    app = open_page(page, name, **query)
    assert not app.error, app.error
    assert "✗" not in words(app) and "nan" not in words(app).split()


@pytest.mark.parametrize("name", NAMES)
def test_the_sum_at_the_bottom_part_by_part(name):
    config, app = config_of(name), open_page("positions", name, view="sum")
    kind = "encoder" if config.has_encoder else "decoder"
    trace = run_of(name).stack(kind).embedding
    expected = [trace.token_embedding]
    expected += [] if config.positions == "relative" else [trace.position_code]
    expected += [trace.segment_embedding] if config.n_segments else []
    expected += [] if config.positions == "relative" else [trace.total]  # there it is the token embedding
    expected += [trace.output] if config.embedding_norm else []
    meta, arrays = unpack(sent(app, "sum").bytes)
    assert len(meta["maps"]) == len(expected)
    for n, values in enumerate(expected):
        np.testing.assert_array_equal(arrays[f"m{n}"], values)
    titles = [each["title"] for each in meta["maps"]]
    if name == "bert":
        assert titles[-2:] == ["z = e + PE + s", "x = LN(z)"]
    for n in range(len(expected)):
        app.session_state["_sum_pick"] = (n, 2, 3)
        app.run()
        assert not app.exception and "✓" in words(app) and "✗" not in words(app)


def test_a_t5s_biases_are_those_in_its_scores():
    """The picture's number for head h and distance j - i is what the pass added to the score of query i on key j."""
    app = open_page("positions", "t5", view="sum")
    meta, arrays = unpack(sent(app, "relative_bias").bytes)
    found, labels = arrays["m0"], meta["maps"][0]["columns"]
    bias = run_of("t5").attention("encoder", 0).position_bias
    assert found.shape == (3, 23) and labels[11] == "0" and labels[0] == "\N{MINUS SIGN}11" and labels[-1] == "+11"
    for i, j in ((0, 0), (0, 5), (6, 1), (3, 2)):
        place = j - i + 11
        np.testing.assert_array_equal(found[:, place], bias[:, i, j])
    for place in (0, 11, 22):
        app.session_state["_bias_pick"] = (2, place)
        app.run()
        assert not app.exception and "✗" not in words(app) and "head 3 at distance" in words(app)


def test_positions_switched_off_take_the_bias_away():
    app = open_page("positions", "t5", view="model", positions="none")
    _, arrays = unpack(sent(app, "replaced_attention").bytes)
    own = run_of("t5").attention("encoder", 0)
    np.testing.assert_array_equal(arrays["m0"], own.weights[0])
    scores = (own.q[0] @ own.k[0].T).astype(np.float64)
    expected = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)  # layer 1 reads embeddings that had no code
    np.testing.assert_allclose(arrays["m1"], expected, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("bert")])
def test_the_parts_of_a_logit_add_up(name):
    app = open_page("forward_pass", name, view="stream", stream_position="3", stream_token="5", stream_part="sum")
    cells = json.loads(sent(app, "contribution_grid").json)["cells"]
    assert sum(cell["value"] for cell in cells) == pytest.approx(run_of(name).trace.logits[2, 5], abs=1e-4)
    found = contributions(run_of(name), checkpoint_of(name).model, 2, Measure(5))
    assert (name == "bart") == ("norm-bias-embedding-norm" in [part.slug for part in found.parts])
    for part in found.parts:
        if part.layer < 0 or (part.layer == 1 and part.head < 1):
            app.selectbox(key="stream_part").set_value(part.slug).run()
            said = "The bias of the logit" if part.name == "logit bias" else f"{part.words} adds to the logit"
            assert not app.exception and said in words(app)
            assert "✓" in words(app) and "✗" not in words(app)


def test_a_transformed_logit_is_no_sum_and_its_lens_is_exact():
    app = open_page("forward_pass", "bert", view="stream", stream_position="2")
    assert "a logit is no sum" in words(app) and "contribution_grid" not in keys(app)
    last = json.loads(sent(app, "lens_map").json)["cells"][-1]
    logits = run_of("bert").trace.logits
    assert [cell["token_id"] for cell in last] == logits.argmax(-1).tolist()


@pytest.mark.parametrize(("page", "query"), [
    ("home", {}), ("decoding", {}), ("forward_pass", {"view": "stream"}), ("break_it", {"view": "switches"}),
    ("break_it", {"view": "ranking"}), ("positions", {"view": "model"}), ("compare", {"bert": "bert-attention"}),
])  # fmt: skip
def test_a_model_without_output_layer_says_so_once(page, query):
    app = open_page(page, "bert-attention", **query)
    assert words(app).count("This BERT's file has no output layer") == 1


def test_a_text_is_never_continued_with_suppressed_tokens():
    app = open_page("decoding", "marian", view="filters", stage="never written", token="0")
    assert "Decoding never writes `[PAD]`" in words(app)
    assert "after never written" in words(app) and "result = p[t]" in words(app)
    assert "✓" in words(app) and "✗" not in words(app)


@pytest.mark.parametrize(("name", "first"), [("bert", "x = LN(e + PE + s)"), ("t5", "x = e"), ("gpt2", "x = e + PE")])
def test_the_lowest_row_says_what_the_first_layer_reads(name, first):
    kind = "decoder" if name == "gpt2" else "encoder"
    states, names = states_of(run_of(name), kind)
    assert names[0] == first
    np.testing.assert_array_equal(states[0], run_of(name).block(kind, 0).resid_pre)
