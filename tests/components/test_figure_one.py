"""Figure 1 says the model's own numbers, has the boxes that the architecture has, and only real doors."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from explorer.components.figure_one import Door, describe, doors, read_door
from explorer.model.config import TransformerConfig
from tests.zoo import NAMES, config_of

SIZES = {"vocab_size": 1009, "d_model": 14, "n_heads": 3, "d_k": 5, "d_v": 7, "d_ff": 11, "max_len": 13}
PAIR = TransformerConfig("encoder-decoder", n_encoder_layers=2, n_decoder_layers=5, source_vocab_size=2003, **SIZES)
GPT = TransformerConfig(
    "decoder", n_decoder_layers=5, norm_position="pre", final_norm=True, positions="learned", activation="gelu", **SIZES
)
BERT = TransformerConfig("encoder", n_encoder_layers=2, norm="rms", positions="none", **SIZES)


def titles(stack: dict) -> list[str]:
    return [sublayer["body"]["title"] for sublayer in stack["sublayers"]]


def test_encoder_decoder_has_both_stacks_and_only_the_decoder_answers() -> None:
    encoder, decoder = describe(PAIR)["stacks"]
    assert (encoder["repeat"], decoder["repeat"]) == (2, 5)
    assert titles(encoder) == ["Multi-head attention", "Feed-forward"]
    assert titles(decoder) == ["Masked multi-head attention", "Multi-head cross-attention", "Feed-forward"]
    assert encoder["output"] == [] and encoder["answer"] == ""
    assert [box["title"] for box in decoder["output"]] == ["Linear", "Softmax"]


@pytest.mark.parametrize(
    ("config", "attention"), [(GPT, "Masked multi-head attention"), (BERT, "Multi-head attention")]
)
def test_single_stack_has_no_cross_attention_and_answers(config, attention) -> None:
    (stack,) = describe(config)["stacks"]
    assert titles(stack) == [attention, "Feed-forward"]
    assert [box["title"] for box in stack["output"]] == ["Linear", "Softmax"]


def test_sizes_are_the_models_own() -> None:
    encoder, decoder = describe(PAIR)["stacks"]
    assert encoder["embedding"]["lines"] == ["2,003 tokens", "d_model = 14"]
    assert decoder["embedding"]["lines"] == ["1,009 tokens", "d_model = 14"]
    assert decoder["sublayers"][0]["body"]["lines"] == ["3 heads", "d_k = 5", "d_v = 7"]
    assert decoder["sublayers"][2]["body"]["lines"] == ["14 → 11 → 14", "ReLU"]
    assert decoder["output"][0]["lines"] == ["14 → 1,009"]
    assert "√14 = 3.74" in encoder["embedding"]["detail"]
    assert "13 positions" in encoder["position"]["detail"]


def test_post_norm_adds_and_normalises_and_pre_norm_normalises_first() -> None:
    for sublayer in describe(PAIR)["stacks"][0]["sublayers"]:
        assert sublayer["norm"] is None and sublayer["join"]["title"] == "Add & norm"
    (stack,) = describe(GPT)["stacks"]
    for sublayer in stack["sublayers"]:
        assert sublayer["norm"]["title"] == "Norm" and sublayer["join"] is None
    assert stack["final_norm"]["title"] == "Norm"
    assert describe(PAIR)["stacks"][1]["final_norm"] is None


def test_a_bottleneck_stands_between_encoder_and_decoder() -> None:
    encoder, decoder = describe(replace(PAIR, bottleneck=True))["stacks"]
    assert [box["title"] for box in encoder["output"]] == ["Mean over tokens: x̄"]
    assert "looks at x̄ alone" in decoder["sublayers"][1]["body"]["detail"]
    assert "of x̄" in decoder["sublayers"][1]["fork"]["detail"]
    assert describe(PAIR)["stacks"][0]["output"] == []


def test_kinds_of_norm_and_of_positions() -> None:
    (bert,) = describe(BERT)["stacks"]
    assert bert["sublayers"][0]["join"]["title"] == "Add & RMS norm"
    assert bert["position"] is None
    assert describe(GPT)["stacks"][0]["position"]["title"] == "Learned positions"


def test_untied_output_does_not_claim_the_embedding_matrix() -> None:
    untied = TransformerConfig("decoder", n_decoder_layers=1, tied_embeddings=False, **SIZES)
    assert "embedding" in describe(GPT)["stacks"][0]["output"][0]["detail"]
    assert "embedding" not in describe(untied)["stacks"][0]["output"][0]["detail"]


@pytest.mark.parametrize("config", [PAIR, GPT, BERT])
def test_doors_in_the_drawing_are_the_doors_that_are_accepted(config) -> None:
    drawn = []
    for stack in describe(config)["stacks"]:
        for sublayer in stack["sublayers"]:
            drawn += [part["opens"] for part in (sublayer["body"], sublayer["fork"]) if part and part["opens"]]
    assert sorted(map(str, drawn)) == sorted(str(vars(door)) for door in doors(config))
    for opened in json.loads(json.dumps(drawn)):
        assert read_door(config, opened) == Door(**opened)


@pytest.mark.parametrize(
    "value",
    [None, "attention_heads", {}, {"page": "attention_heads", "kind": "cross"}, {"page": "../x", "kind": "decoder"}],
)
def test_anything_else_from_the_browser_is_no_door(value) -> None:
    assert read_door(GPT, value) is None


def test_description_is_plain_json_with_a_label() -> None:
    described = json.loads(json.dumps(describe(PAIR)))
    assert "2 encoder layers and 5 decoder layers" in described["label"] and "3 heads" in described["label"]


def of(name: str) -> list[dict]:
    return describe(config_of(name))["stacks"]


def test_a_bert_adds_segments_normalises_the_sum_and_transforms_its_last_state() -> None:
    (stack,) = of("bert")
    assert "2 segments" in stack["segment"]["detail"] and stack["embedding_norm"]["title"] == "Norm"
    assert [box["title"] for box in stack["output"]] == ["Transform", "Linear", "Softmax"]
    assert stack["output"][0]["lines"] == ["13 → 13", "GELU, norm"]
    (gpt,) = of("gpt2")
    assert gpt["segment"] is None and gpt["embedding_norm"] is None


def test_a_t5_adds_no_code_but_a_bias_to_its_own_scores_and_has_a_gate_and_a_scale() -> None:
    encoder, decoder = of("t5")
    assert encoder["position"] is None
    own, cross, feed_forward = (sublayer["body"] for sublayer in decoder["sublayers"])
    assert own["lines"][-1] == encoder["sublayers"][0]["body"]["lines"][-1] == "+ bias by distance"
    assert cross["lines"] == ["3 heads", "d_k = 5", "d_v = 7"] and "distance" not in cross["detail"]
    assert feed_forward["lines"][-1] == "GELU (tanh form), gated" and "· W_3 x" in feed_forward["detail"]
    assert [box["title"] for box in decoder["output"]] == ["÷ √13", "Linear", "Softmax"]
    assert "√13 = 3.61" in decoder["output"][0]["detail"]


def test_a_model_without_output_layer_ends_in_states() -> None:
    (stack,) = of("bert-attention")
    assert (stack["output"], stack["answer"]) == ([], "a state for every token")
    assert (stack["input"], of("bert")[0]["input"]) == ("text", "sentence with gaps")


@pytest.mark.parametrize("name", NAMES)
def test_published_models_parts_are_plain_json(name) -> None:
    assert json.loads(json.dumps(describe(config_of(name)))) == describe(config_of(name))
