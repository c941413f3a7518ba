"""The attention heads page in every mode: what it shows is what the model computed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.analysis.head_statistics import head_statistics
from explorer.model.kinds import n_layers
from tests.bundled import KINDS, MODELS, TELLING, first, last_head, run_of, text_key, texts
from tests.components.packed import unpack
from tests.pages import drawn

ROOT = Path(__file__).resolve().parents[2]
TRANSLATOR, BERT = first("encoder-decoder"), first("encoder")


def open_page(model: str, kind: str, text: str | None = None, **state: object) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["model"] = model
    app.session_state[text_key(model)] = texts(model).repeated if text is None else text
    if MODELS[model].config.has_cross_attention:
        app.session_state["kind"] = kind
    for key, value in state.items():
        app.session_state[key] = value
    app.switch_page("explorer/pages/attention_heads.py").run()
    assert not app.exception
    return app


def components(app: AppTest) -> dict[str, tuple]:
    """What each component on the page was given, by its name."""
    found = drawn.components(app)
    return {element.proto.component_name.removeprefix("explorer_"): unpack(element.proto.bytes) for element in found}


@pytest.mark.parametrize(("model", "kind"), KINDS)
def test_all_pictures_show_the_models_numbers(model, kind):
    layer, head = last_head(model, kind)
    app = open_page(model, kind, layer=layer, head=head)
    shown, expected = components(app), run_of(model, texts(model).repeated)
    config = expected.entry.config
    weights = np.stack([expected.attention(kind, layer).weights for layer in range(n_layers(config, kind))])
    meta, arrays = shown["head_grid"]
    assert meta["selected"] == [layer - 1, head - 1]
    assert np.array_equal(arrays["shades"], np.rint(weights * 255).astype(np.uint8))
    meta, arrays = shown["head_map"]
    assert arrays["weights"].tobytes() == expected.attention(kind, layer - 1).weights[head - 1].tobytes()
    assert arrays["scores"].tobytes() == expected.attention(kind, layer - 1).scores[head - 1].tobytes()
    assert np.array_equal(arrays["mask"].astype(bool), expected.attention(kind, layer - 1).mask[0])
    assert meta["queries"] == list(expected.queries(kind).labels)
    assert meta["keys"] == list(expected.keys(kind).labels)


@pytest.mark.parametrize(("model", "kind"), TELLING)
def test_table_has_a_row_for_every_head_and_its_statistics(model, kind):
    shown, expected = components(open_page(model, kind)), run_of(model, texts(model).repeated)
    config = expected.entry.config
    meta, arrays = shown["head_table"]
    weights = np.stack([expected.attention(kind, layer).weights for layer in range(n_layers(config, kind))])
    statistics = head_statistics(weights, kind).astype(np.float32)
    assert arrays["values"].shape == (n_layers(config, kind), config.n_heads, len(meta["columns"]))
    assert np.array_equal(arrays["values"], statistics)
    titles = [column["title"] for column in meta["columns"]]
    common = ["Entropy", "Distance", "Previous", "Itself", "First"]
    assert titles == (["Entropy", "First", "Last"] if kind == "cross" else common)
    limits = np.array([column["limit"] for column in meta["columns"]])
    assert (statistics <= limits + 1e-5).all()


@pytest.mark.parametrize(("model", "kind"), TELLING)
def test_lines_show_the_chosen_head(model, kind):
    app = open_page(model, kind, view="Lines", layer=1, head=2)
    shown = components(app)
    assert "head_map" not in shown
    assert (
        shown["token_lines"][1]["weights"].tobytes()
        == run_of(model, texts(model).repeated).attention(kind, 0).weights[1].tobytes()
    )


@pytest.mark.parametrize(("model", "kind"), TELLING)
def test_select_boxes_pin_a_cell(model, kind):
    app = open_page(model, kind)
    n_queries = len(run_of(model, texts(model).repeated).queries(kind))
    app.selectbox(key="query").set_value(2)
    app.selectbox(key="key").set_value(1).run()
    assert not app.exception
    assert components(app)["head_map"][0]["pinned"] == [1, 0]
    assert len(app.selectbox(key="query").options) == n_queries


def test_a_pinned_position_that_a_shorter_text_lacks_is_replaced():
    model, kind = BERT, "encoder"
    app = open_page(model, kind, text="A man with a red ball sits on a long wooden bench")
    app.selectbox(key="query").set_value(11).run()
    app.session_state["text"] = "Two dogs"
    app.run()
    assert not app.exception
    meta = components(app)["head_map"][0]
    assert meta["pinned"][0] < len(meta["queries"])


@pytest.mark.parametrize(("model", "kind"), [pair for pair in TELLING if pair[1] == "cross"])
def test_a_target_that_the_model_wrote_is_said_to_be_so(model, kind):
    said = "The target was written by the model itself"
    assert any(said in element.value for element in open_page(model, kind).markdown)
    assert not any(said in element.value for element in open_page(model, "encoder").markdown)
    assert not any(said in element.value for element in open_page(model, kind, target=texts(model).target).markdown)


def test_the_numpy_behind_the_table_is_shown():
    assert not open_page(TRANSLATOR, "encoder").code  # nothing is drawn in a closed expander
    code = open_page(TRANSLATOR, "encoder", columns=True).code
    assert any("def entropy(weights" in element.value for element in code)


def test_what_was_opened_once_is_there_when_it_is_opened_again():
    app = open_page(TRANSLATOR, "encoder", columns=True)
    app.session_state["columns"] = False
    assert app.run().code


def test_empty_text_is_one_sentence():
    app = open_page(BERT, "encoder", text=" ")
    assert len(app.warning) == 1
    assert not drawn.components(app)
