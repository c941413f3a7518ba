"""The list to pick from: names that can be typed, and parameters counted by another implementation of each model."""

from __future__ import annotations

import pytest
import torch
import transformers as hf

from explorer.hub.curated import CURATED
from explorer.hub.names import parse_name
from explorer.hub.settings import MAX_DOWNLOAD

SIZES = {  # published sizes, as each model's config.json has them
    "distilgpt2": {"n_layer": 6},
    "gpt2": {},
    "gpt2-medium": {"n_layer": 24, "n_embd": 1024, "n_head": 16},
    "gpt2-large": {"n_layer": 36, "n_embd": 1280, "n_head": 20},
    "gpt2-xl": {"n_layer": 48, "n_embd": 1600, "n_head": 25},
    "distilbert-base-uncased": {"vocab_size": 30_522},
    "bert-base-uncased": {"vocab_size": 30_522},
    "bert-base-cased": {"vocab_size": 28_996},
    "bert-base-multilingual-cased": {"vocab_size": 119_547},
    "bert-large-uncased": {
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
    },
    "roberta-base": {"vocab_size": 50_265, "max_position_embeddings": 514, "type_vocab_size": 1},
    "bart-base": {"d_model": 768, "layers": 6, "heads": 12, "ffn": 3072, "vocab_size": 50_265},
    "opus-mt-en-de": {"d_model": 512, "layers": 6, "heads": 8, "ffn": 2048, "vocab_size": 58_101},
    "opus-mt-de-en": {"d_model": 512, "layers": 6, "heads": 8, "ffn": 2048, "vocab_size": 58_101},
    "opus-mt-en-fr": {"d_model": 512, "layers": 6, "heads": 8, "ffn": 2048, "vocab_size": 59_514},
    "opus-mt-fr-en": {"d_model": 512, "layers": 6, "heads": 8, "ffn": 2048, "vocab_size": 59_514},
    "t5-small": {"d_model": 512, "d_ff": 2048, "num_layers": 6, "num_heads": 8},
    "t5-base": {"d_model": 768, "d_ff": 3072, "num_layers": 12, "num_heads": 12},
    "t5-v1_1-small": {
        "d_model": 512,
        "d_ff": 1024,
        "num_layers": 8,
        "num_heads": 6,
        "feed_forward_proj": "gated-gelu",
    },
}
CLASSES = {
    "gpt2": (hf.GPT2LMHeadModel, hf.GPT2Config),
    "bert": (hf.BertForMaskedLM, hf.BertConfig),
    "distilbert": (hf.DistilBertForMaskedLM, hf.DistilBertConfig),
    "roberta": (hf.RobertaForMaskedLM, hf.RobertaConfig),
    "marian": (hf.MarianMTModel, hf.MarianConfig),
    "bart": (hf.BartForConditionalGeneration, hf.BartConfig),
    "t5": (hf.T5ForConditionalGeneration, hf.T5Config),
}


def options(sizes: dict) -> dict:
    """Sizes as a config takes them: both sides of an encoder-decoder alike."""
    if "ffn" not in sizes:
        return sizes
    both = {
        f"{side}_{long}": sizes[short]
        for side in ("encoder", "decoder")
        for short, long in (("layers", "layers"), ("heads", "attention_heads"), ("ffn", "ffn_dim"))
    }
    return {"d_model": sizes["d_model"], "vocab_size": sizes["vocab_size"], **both}


@pytest.mark.parametrize("model", CURATED, ids=lambda model: model.name)
def test_parameters_are_those_of_the_published_sizes(model) -> None:
    name = parse_name(model.name).name.rpartition("/")[2]
    build, config = CLASSES[model.family]
    with torch.device("meta"):
        built = build(config(**options(SIZES[name])))
    learned = sum({id(p): p.numel() for p in built.parameters() if p.requires_grad}.values())
    if name == "t5-v1_1-small":
        learned += 32_128 * 512  # its readout is a matrix of its own, tie_word_embeddings is false
    assert model.parameters == learned


@pytest.mark.parametrize("model", CURATED, ids=lambda model: model.name)
def test_the_files_sizes_fit_the_parameters(model) -> None:
    """Four bytes a number; what else lies in a file (masks, positions, a second head) is at most a tenth of it."""
    assert 0.99 <= model.nbytes / (4 * model.parameters) <= 1.11
    assert model.nbytes < MAX_DOWNLOAD


def test_names_are_different_and_can_be_typed() -> None:
    assert len({model.name for model in CURATED}) == len(CURATED)
    assert [str(parse_name(model.name)) for model in CURATED] == [model.name for model in CURATED]
    assert {model.family for model in CURATED} == set(CLASSES)
