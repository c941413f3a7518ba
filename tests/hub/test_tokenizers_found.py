"""The many ways in which checkpoints say which tokens are special: read as transformers reads them."""

import pytest
from transformers import AutoTokenizer

from explorer.hub.tokenizers import load_tokenizer
from explorer.hub.tokenizers.roles import ARCHITECTURE
from tests.hub.test_tokenizers import HARD, written_out
from tests.hub.tokenizer_folders import MAKE, config_of, write

CONFIG, SPECIAL, ADDED = "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"
GAPS = [f"<extra_id_{i}>" for i in range(100)]
PLAIN_T5 = {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}


def token(content, **ways):
    return {"content": content, "lstrip": False, "rstrip": False, "normalized": True, "single_word": False, **ways}


def typed(content, **ways):
    return {"__type": "AddedToken", **token(content, **ways)}


def by_id(*contents):
    return {str(i): token(text, lstrip=text == "<mask>", special=True) for i, text in enumerate(contents)}


FOUND = {  # what it is like -> family, form, and the small files
    "t5 of 2019": ("t5", "plain", {SPECIAL: {**PLAIN_T5, "additional_special_tokens": GAPS}}),
    "t5 of 2021": ("t5", "older", {CONFIG: {**PLAIN_T5, "extra_ids": 100, "additional_special_tokens": GAPS}}),
    "t5 with one more": ("t5", "older", {CONFIG: {}, SPECIAL: {"additional_special_tokens": ["<foo>"]}}),
    "t5 with fewer gaps": ("t5", "plain", {CONFIG: {"extra_ids": 7}}),
    "roberta of 2019": ("roberta", "plain", {SPECIAL: {"mask_token": token("<mask>", lstrip=True)}}),
    "roberta of 2021": ("roberta", "plain", {CONFIG: {"mask_token": typed("<mask>", lstrip=True)}}),
    "roberta of 2023": (
        "roberta",
        "saved",
        {CONFIG: {"added_tokens_decoder": by_id("<s>", "<pad>", "</s>", "<unk>", "<mask>")}},
    ),
    "bart by name": ("bart", "plain", {CONFIG: {"tokenizer_class": "BartTokenizer"}}),
    "distilbert by name": (
        "distilbert",
        "plain",
        {CONFIG: {"tokenizer_class": "DistilBertTokenizerFast", "do_lower_case": False, "never_split": None}},
    ),
    "bert with more": ("bert", "saved", {CONFIG: {"additional_special_tokens": ["[ONE]", "[TWO]"]}}),
    "bert with a name": ("bert", "older", {CONFIG: {"extra_special_tokens": {"ent_token": "[ENT]"}}}),
    "bert with both": ("bert", "older", {CONFIG: {"extra_special_tokens": ["[ENT]"], "x_token": "[ONE]"}}),
    "bert with words": (
        "bert",
        "plain",
        {ADDED: {"frobnicate": 397, "[ENT]": 398}, SPECIAL: {"additional_special_tokens": ["[ENT]"]}},
    ),
    "bert with special words": (
        "bert",
        "plain",
        {ADDED: {"frobnicate": 397, "[ENT]": 398}, CONFIG: {"extra_special_tokens": ["[ENT]"]}},
    ),
    "bert without [UNK] said": ("bert", "plain", {CONFIG: {"unk_token": "[UNK]", "cls_token": typed("[CLS]")}}),
    "gpt2 with padding": ("gpt2", "plain", {CONFIG: {"pad_token": "[PAD]", "unk_token": typed("<|endoftext|>")}}),
    "gpt2 of 2019": ("gpt2", "plain", {SPECIAL: {"bos_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}}),
    "gpt2 of 2023": ("gpt2", "saved", {CONFIG: {"add_bos_token": False, "errors": "replace"}}),
    "marian of 2020": ("marian", "plain", {CONFIG: {"target_lang": "de", "source_lang": "en"}}),
    "marian of 2022": (
        "marian",
        "plain",
        {CONFIG: {"separate_vocabs": False, "sp_model_kwargs": {}, "tokenizer_class": "MarianTokenizer"}},
    ),
    "marian with codes": ("marian", "plain", {CONFIG: {"additional_special_tokens": [">>fra<<", "<fo", "<foo>"]}}),
    "marian of 2023": ("marian", "plain", {CONFIG: {"added_tokens_decoder": by_id("</s>", "<unk>")}}),
}


@pytest.mark.parametrize("name", FOUND)
def test_as_found(tmp_path, name):
    family, form, files = FOUND[name]
    MAKE[family](tmp_path, form)
    for file, values in files.items():
        write(tmp_path / file, values)
    theirs = AutoTokenizer.from_pretrained(tmp_path)
    ours = load_tokenizer(tmp_path, family, config_of(tmp_path) | {"vocab_size": len(theirs) + 5})
    architecture = ARCHITECTURE[family]
    frame = ours.frame("source" if architecture == "encoder-decoder" else "text", architecture)
    more = [
        "a [ONE] b[ENT]c <foo> d frobnicate Frobnicate [PAD] >>fra<< x",
        "  <mask> y",
        "x <extra_id_7><extra_id_6> y",
    ]
    for text in [*HARD, *written_out(family), *more]:
        ids = theirs(text).input_ids
        assert frame.around(ours.encode(text))[family == "gpt2" :] == ids, text
        assert ours.decode(ids) == theirs.decode(ids, skip_special_tokens=True), text


def test_gpt2_told_to_begin_with_bos_begins_with_it_once(tmp_path):
    MAKE["gpt2"](tmp_path, "plain")
    write(tmp_path / CONFIG, {"add_bos_token": True})
    theirs = AutoTokenizer.from_pretrained(tmp_path)
    ours = load_tokenizer(tmp_path, "gpt2", config_of(tmp_path))
    assert ours.frame("text", "decoder").around(ours.encode("The old")) == theirs("The old").input_ids
    assert theirs("The old").input_ids[0] == 0
