"""The parameter page without a browser."""

from math import prod

import pytest

from explorer.analysis.presets import PRESETS
from explorer.model.shapes import count_parameters, parameter_shapes
from explorer.ui import url
from tests.bundled import MODELS

VIEWS = ("One attention layer", "The whole model", "What it costs", "Published models", "Build it")


def words(app):
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.warning, *app.subheader])


@pytest.mark.parametrize("preset", ["transformer-base", "gpt3", "classroom-tiny-bert", "translator-en-de"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_of_every_kind(open_app, view, preset):
    app = open_app("parameters", view=view, preset=preset)
    assert not app.exception
    assert app.segmented_control[0].value == view


def test_the_boards_numbers(open_app, component_data):
    app = open_app("parameters")
    expected = {"w_q": 262_144, "w_v": 262_144, "w_o": 262_144, "once": 262_144, "as_n": 1_835_008}
    for key in ("attention_shapes", "count_ledger"):
        assert component_data(app, key)["counts"] == {**expected, "exact": 1_048_576, "board": 2_621_440}
        assert component_data(app, key)["sizes"] == {"s": 8, "d": 512, "m": 64, "l": 64, "n": 512}
    sizes = {size["symbol"]: size["value"] for size in component_data(app, "shape_sliders")["sizes"]}
    assert sizes == {"s": 8, "d": 512, "m": 64, "l": 64, "n": 512}


@pytest.mark.parametrize("preset", ["gpt2", "classroom-tiny-bert"])
def test_the_memory_is_that_of_all_parameters(open_app, component_data, preset):
    app = open_app("parameters", view="What it costs", preset=preset)
    count = count_parameters(PRESETS[preset].config) if preset in PRESETS else MODELS[preset].about.n_parameters
    assert component_data(app, "memory_words")["paragraphs"] == [f"There are {count:,}."]
    rows = component_data(app, "memory_table")["rows"]
    units = {"bytes": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}
    for (_, size, shown), expected in zip(rows, (4, 2, 1), strict=True):
        number, unit = shown.split()
        assert size == expected
        assert float(number) * units[unit] == pytest.approx(count * size, rel=6e-3)


def test_all_options_are_behind_one_click(open_app):
    app = open_app("parameters", view="The whole model", preset="gpt2")
    assert app.selectbox(key="_option_norm_position").value == "pre"
    app.selectbox(key="_option_norm_position").set_value("post").run()
    assert "norm_position=post" in app.query_params["shape"]


def test_the_shape_of_the_address(open_app, component_data):
    app = open_app("parameters", preset="gpt2", shape="n_heads=3,d_k=5", n="7")
    assert component_data(app, "attention_shapes")["sizes"] == {"s": 3, "d": 768, "m": 5, "l": 64, "n": 7}
    assert app.query_params["shape"] == "n_heads=3,d_k=5"
    app.button(key="shape_start").click().run()
    assert component_data(app, "attention_shapes")["sizes"] == {"s": 12, "d": 768, "m": 64, "l": 64, "n": 768}
    assert "shape" not in app.query_params and "n" not in app.query_params


@pytest.mark.parametrize(
    "query",
    [
        {"preset": "no-such"},
        {"shape": "n_heads=0"},
        {"shape": "n_heads=1000000000"},
        {"shape": "d_model=511"},
        {"shape": "![x](http://example.org/x.png)=1"},
        {"shape": "x" * 100_000},
        {"n": "0"},
        {"n": "-3"},
        {"n": "²"},
        {"n": "٣"},
        {"n": "9" * 5_000},
        {"view": "Nothing"},
    ],
    ids=lambda query: str(query)[:40],
)
def test_a_crafted_address(open_app, component_data, query):
    app = open_app("parameters", **query)
    assert not app.exception
    said = [caption.value for caption in app.caption if "The address" in caption.value]
    assert len(said) == 1
    assert "](http" not in said[0]
    assert component_data(app, "attention_shapes")["sizes"] == {"s": 8, "d": 512, "m": 64, "l": 64, "n": 512}


@pytest.mark.parametrize("preset", ["transformer-base", "gpt3", "bert-large", "gpt-shakespeare"])
def test_the_total_is_that_of_the_live_model(open_app, component_data, preset):
    app = open_app("parameters", view="The whole model", preset=preset)
    config = (PRESETS.get(preset) or MODELS[preset]).config
    total = count_parameters(config)
    shown = component_data(app, "parameter_map")
    assert (shown["total"], shown["live"]) == (total, total)
    table = component_data(app, "parameter_table")
    assert table["total"] == total
    assert sum(row["total"] for group in table["groups"] for row in group["rows"]) == total
    assert [group["total"] for group in table["groups"]] == [
        sum(row["total"] for row in group["rows"]) for group in table["groups"]
    ]
    first_of_each = {
        name: [list(shape), prod(shape)]
        for name, shape in parameter_shapes(config).items()
        if ".blocks." not in name or ".blocks.0." in name
    }
    assert {name: [shape, count] for _, name, shape, count, _ in shown["arrays"]} == first_of_each
    assert shown["layers"] == {"encoder": config.n_encoder_layers, "decoder": config.n_decoder_layers}
    assert not app.error


def test_published_figures_are_all_there(open_app):
    shown = words(open_app("parameters", view="Published models"))
    for preset in PRESETS.values():
        assert f"{preset.published:,}" in shown and f"{preset.total:,}" in shown and preset.why in shown
    assert shown.count("✓") == 6 + len(MODELS)
    assert "✗" not in shown


def test_another_kind_takes_its_layers_along(open_app):
    app = open_app("parameters", view="The whole model", preset="gpt2")
    app.session_state["options"] = True
    app.run()
    app.selectbox(key="_option_architecture").select("encoder").run()
    assert not app.exception
    assert app.query_params["shape"] == "architecture=encoder,n_encoder_layers=12,n_decoder_layers=0"


def test_build_it_and_see_it_everywhere(open_app):
    app = open_app("parameters", view="Build it", preset="gpt-captions", shape="n_heads=1,d_k=7,d_v=11")
    app.number_input(key="_build_seed").set_value(5).run()
    build = next(button for button in app.button if button.label == "Build it")
    build.click().run()
    assert not app.exception
    name = "untrained~gpt-captions~n_heads=1,d_k=7,d_v=11~5"
    assert app.session_state["model"] == name
    assert "Untrained" in " ".join(caption.value for caption in app.sidebar.caption)
    assert app.success
    app.switch_page("explorer/pages/attention_heads.py").run()
    assert not app.exception
    assert app.sidebar.selectbox(key="head").options == ["1"]


def test_a_link_builds_the_model_again(open_app):
    name = "untrained~classroom-tiny-gpt~n_heads=3,d_k=5~2"
    app = open_app(model=name)
    assert not app.exception
    assert app.session_state["model"] == name
    assert "random weights, seed 2" in " ".join(caption.value for caption in app.sidebar.caption)


def test_a_link_to_a_model_that_cannot_be_built(open_app):
    app = open_app(model="untrained~gpt-captions~n_heads=1000000000~0")
    assert not app.exception
    assert app.session_state["model"] in MODELS
    assert "The address asks for a model that is not there" in " ".join(c.value for c in app.sidebar.caption)


def test_a_giant_is_not_built(open_app):
    app = open_app("parameters", view="Build it", preset="gpt3")
    assert "are too many to build here: at most 30,000,000" in words(app)
    assert not [button for button in app.button if button.label == "Build it"]
    next(button for button in app.button if button.label.startswith("Take the shape of")).click().run()
    assert [button for button in app.button if button.label == "Build it"]


def test_back_and_forward_are_followed(open_app, component_data, monkeypatch):
    """The browser's Back puts an earlier address in place: the page shows what it names, not what it showed last."""
    monkeypatch.setattr(url, "SETTLED", 0.0)
    app = open_app("parameters", preset="gpt2", shape="d_k=5")
    app.button(key="shape_start").click().run()
    app.segmented_control(key="view").set_value("What it costs").run()
    assert (app.query_params["view"], "shape" in app.query_params) == ("What it costs", False)
    del app.query_params["view"]
    app.query_params["shape"] = "d_k=5"
    app.run()
    assert app.segmented_control(key="view").value == "One attention layer"
    assert component_data(app, "attention_shapes")["sizes"]["m"] == 5


def test_an_old_address_that_comes_with_a_new_click_changes_nothing(open_app):
    """Right after a change, a browser that has not heard of it sends the address from before."""
    app = open_app("parameters")
    app.segmented_control(key="view").set_value("What it costs").run()
    del app.query_params["view"]
    app.run()
    assert app.segmented_control(key="view").value == "What it costs"
    assert app.query_params["view"] == "What it costs"
