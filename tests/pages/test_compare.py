"""The page Compare without a browser: three machines, one word changed, and heads beside each other."""

from __future__ import annotations

import numpy as np
from streamlit.testing.v1 import AppTest

from explorer.analysis.head_difference import total_variation
from tests.bundled import MODELS, first, run_of
from tests.components.packed import unpack
from tests.pages.drawn import sent

PAIR, GPT, BERT = (first(architecture) for architecture in ("encoder-decoder", "decoder", "encoder"))
UNTRAINED = f"untrained~{BERT}~n_heads=3~5"
TEXT = "A dog sees a cat."


def packed(app: AppTest, key: str):
    return unpack(sent(app, key).bytes)


def words(app: AppTest) -> str:
    return "\n".join(each.value for each in (*app.markdown, *app.caption, *app.info, *app.warning))


def test_three_machines_show_their_own_maps_and_answers(open_app, component_data):
    app = open_app("compare", sentence=TEXT, at_layer="6", at_head="5", gap="2")
    assert not app.exception
    counts = {
        each["title"].partition(":")[0]: {part["name"]: part["detail"] for part in each["parts"] if part["kept"]}
        for each in component_data(app, "parts")["skeletons"]
    }
    assert [len(parts) for parts in counts.values()] == [8, 4, 4]
    for machine, model, kind in (
        ("translator", PAIR, "encoder"),
        ("translator", PAIR, "decoder"),
        ("translator", PAIR, "cross"),
        ("gpt", GPT, "decoder"),
        ("bert", BERT, "encoder"),
    ):
        arrays = packed(app, f"map_{machine}_{kind}")[1]
        config = MODELS[model].config
        layer = min(6, config.n_encoder_layers if kind == "encoder" else config.n_decoder_layers)
        attention = run_of(model, TEXT).attention(kind, layer - 1)
        np.testing.assert_allclose(arrays["m0"], attention.weights[min(5, config.n_heads) - 1], atol=1e-6)
        np.testing.assert_array_equal(arrays["mask0"], attention.mask[0])
    (answer,) = component_data(app, "answer_bert")["groups"]
    assert answer["heading"] == "A [MASK] sees a cat." and len(answer["bars"]) == 5
    assert component_data(app, "answer_translator")["groups"][0]["bars"][-1]["label"] == "[EOS]"
    # After a whole sentence the GPT's list is the one at its last token, since the next would be [EOS] alone.
    assert "the text is over for it" in words(app)
    (answer,) = component_data(app, "answer_gpt")["groups"]
    found = run_of(GPT, TEXT).trace.logits[-2]
    assert [bar["token_id"] for bar in answer["bars"]] == np.argsort(-found)[:5].tolist()
    # One that cannot read the sentence says so above; the others stay.
    app.text_area(key="sentence").set_value("word " * 100).run()
    assert not app.exception
    assert len(app.warning) == 2 and words(app).count("has room for 96") == 2  # the translator and the BERT
    assert words(app).count("It cannot read this sentence") == 2
    assert packed(app, "map_gpt_decoder")[1]["m0"].shape == (101, 101)


def test_one_word_changed_moves_nothing_before_it_in_a_gpt(open_app):
    app = open_app("compare", view="word", sentence=TEXT, word="2", new="man", bert=UNTRAINED)
    assert not app.exception and app.selectbox(key="bert").value == UNTRAINED
    meta, arrays = packed(app, "state_changes")
    assert [len(machine["maps"]) for machine in meta["machines"]] == [2, 1, 1]
    encoder, decoder, gpt, bert = (arrays[f"m{n}"] for n in range(4))
    assert (gpt[:, :2] == 0).all() and (gpt[:, 2:][1:] > 0).all()
    assert (bert[1:] > 0).all() and (encoder[1:] > 0).all() and (decoder[1:] > 0).all()
    assert (decoder[0] == 0).all() and np.count_nonzero(bert[0]) == 1
    assert "the largest difference is exactly $0$" in words(app)
    assert "“A man sees a cat\\.”" in words(app)
    app.text_input(key="new").set_value("hippopotamus").run()
    assert (
        not app.exception
        and "have no partner" in words(app)
        and np.isnan(packed(app, "state_changes")[1]["m2"][:, 2]).all()
    )
    app.text_input(key="new").set_value("dog").run()
    assert words(app).count("the same tokens: nothing moves") == 3
    for text, sentence in (("   ", "is empty"), ("x" * 100_000, "100,000 characters")):
        app.text_area(key="sentence").set_value(text).run()
        assert not app.exception
        assert all(sentence in machine["problem"] for machine in packed(app, "state_changes")[0]["machines"])


def test_heads_of_two_texts_and_of_two_shapes(open_app):
    app = open_app(
        "compare", view="heads", model_a=GPT, text_a=TEXT, text_b="A dog sees a man.", layer_a="3", head_b="4"
    )
    assert not app.exception
    runs = [run_of(GPT, text) for text in (TEXT, "A dog sees a man.")]
    weights = [np.stack([run.attention("decoder", n).weights for n in range(6)]) for run in runs]
    maps = packed(app, "both_heads")[1]
    np.testing.assert_allclose(maps["m0"], weights[0][2, 0], atol=1e-6)
    np.testing.assert_allclose(maps["m1"], weights[1][2, 3], atol=1e-6)  # B's layer is A's, unless it is chosen
    np.testing.assert_allclose(packed(app, "difference")[1]["m0"], maps["m0"] - maps["m1"], atol=1e-6)
    np.testing.assert_array_equal(packed(app, "difference")[1]["mask0"], np.tril(np.ones_like(maps["m0"])))
    np.testing.assert_allclose(packed(app, "distances")[1]["m0"], total_variation(*weights), atol=1e-6)
    app.text_area(key="text_b").set_value(TEXT).run()
    app.selectbox(key="head_b").set_value(1).run()
    assert not app.exception and "**exactly 0** distance" in words(app)
    assert not packed(app, "difference")[1]["m0"].any() and not packed(app, "distances")[1]["m0"].any()
    app.text_area(key="text_b").set_value("A dog.").run()
    assert not app.exception and "There is no difference to show" in words(app)
    app.selectbox(key="model_b").set_value(PAIR).run()
    assert not app.exception and "paired one by one" in words(app)


def test_crafted_addresses_are_answered_in_a_sentence(open_app):
    bad = "![x](http://example.com/x.png)"
    for view, keys in (
        ("machines", ("translator", "at_layer", "gap")),
        ("word", ("bert", "word")),
        ("heads", ("model_a", "kind_b", "head_a")),
    ):
        app = open_app("compare", view=view, sentence=f"{bad} <b>", text_a=bad, **dict.fromkeys(keys, bad))
        assert not app.exception
        assert sum("that is not there" in caption.value for caption in app.caption) == len(keys)
        assert bad not in words(app)
