"""Which ids stand around a text, which ids play a part, and what cannot be read."""

import json

import pytest
from transformers import AutoTokenizer

from explorer.hub.tokenizers import FAMILIES, HubTokenizer, load_tokenizer
from explorer.hub.tokenizers.roles import ARCHITECTURE
from explorer.model.catalogue import CheckpointError
from explorer.model.frame import Frame
from explorer.model.tokenizer import BOS, CLS, EOS, MASK, PAD, SEP, UnknownText
from tests.hub.tokenizer_folders import MAKE, config_of, write


def opened(family, folder, form="saved", config=None, **switches):
    MAKE[family](folder, form, **switches)
    return load_tokenizer(folder, family, config_of(folder) | (config or {}))


def test_every_family_has_a_maker_and_an_architecture():
    assert set(FAMILIES) == set(MAKE) == set(ARCHITECTURE)


@pytest.mark.parametrize(
    ("family", "roles", "tokens"),
    [
        ("gpt2", {BOS: 0, EOS: 0}, {BOS: "<|endoftext|>", EOS: "<|endoftext|>"}),
        ("bert", {PAD: 0, CLS: 3, SEP: 4, MASK: 5}, {CLS: "[CLS]", SEP: "[SEP]", MASK: "[MASK]", PAD: "[PAD]"}),
        ("roberta", {CLS: 0, PAD: 1, SEP: 2, MASK: 4}, {CLS: "<s>", SEP: "</s>", MASK: "<mask>", PAD: "<pad>"}),
        ("bart", {PAD: 1, BOS: 2, EOS: 2, MASK: 4}, {BOS: "</s>", EOS: "</s>", MASK: "<mask>", PAD: "<pad>"}),
        ("t5", {PAD: 0, BOS: 0, EOS: 1}, {PAD: "<pad>", BOS: "<pad>", EOS: "</s>"}),
    ],
)
def test_roles(tmp_path, family, roles, tokens):
    tokenizer = opened(family, tmp_path)
    assert tokenizer.special_ids == roles
    assert {role: tokenizer.token_of(role) for role in roles} == tokens
    assert {role: tokenizer.id_of(role) for role in roles} == roles
    for role, token in tokens.items():
        assert tokenizer.encode(token) == [roles[role]]
    missing = {PAD, BOS, EOS, MASK, CLS, SEP} - set(roles)
    for role in missing:
        with pytest.raises(KeyError):
            tokenizer.id_of(role)
        with pytest.raises(KeyError):
            tokenizer.token_of(role)


@pytest.mark.parametrize(
    ("family", "frames"),
    [
        ("gpt2", {"text": Frame((0,), ())}),
        ("bert", {"text": Frame((3,), (4,))}),
        ("distilbert", {"text": Frame((3,), (4,))}),
        ("roberta", {"text": Frame((0,), (2,))}),
        ("bart", {"source": Frame((0,), (2,)), "target": Frame((2, 0), ())}),
        ("t5", {"source": Frame((), (1,)), "target": Frame((0,), ())}),
    ],
)
def test_frames(tmp_path, family, frames):
    tokenizer = opened(family, tmp_path)
    architecture = ARCHITECTURE[family]
    for what, frame in frames.items():
        assert tokenizer.frame(what, architecture) == frame
    for wrong in {"text", "source", "target", ""} - set(frames):
        with pytest.raises(ValueError, match="reads a"):
            tokenizer.frame(wrong, architecture)


def test_marian_begins_with_its_padding(tmp_path):
    tokenizer = opened("marian", tmp_path)
    pad = tokenizer.vocab_size - 1
    assert tokenizer.special_ids == {PAD: pad, EOS: 0, BOS: pad}
    assert tokenizer.frame("source", "encoder-decoder") == Frame((), (0,))
    assert tokenizer.frame("target", "encoder-decoder") == Frame((pad,), ())


@pytest.mark.parametrize("family", ["marian", "t5", "bart"])
def test_what_a_decoder_starts_with(tmp_path, family):
    MAKE[family](tmp_path, "saved")
    config = config_of(tmp_path)
    del config["decoder_start_token_id"]
    usual = load_tokenizer(tmp_path, family, config)
    usual_start = {"marian": PAD, "t5": PAD, "bart": EOS}[family]
    assert usual.id_of(BOS) == usual.id_of(usual_start)
    write(tmp_path / "generation_config.json", {"decoder_start_token_id": 7})
    assert load_tokenizer(tmp_path, family, config).id_of(BOS) == 7
    assert load_tokenizer(tmp_path, family, {**config, "decoder_start_token_id": 11}).id_of(BOS) == 11
    for wrong in (-1, config["vocab_size"], "5", True, 2.0):
        with pytest.raises(CheckpointError, match=r"config\.json says decoder_start_token_id="):
            load_tokenizer(tmp_path, family, {**config, "decoder_start_token_id": wrong})


def test_what_a_decoder_must_write_first(tmp_path):
    assert opened("bart", tmp_path).frame("target", "encoder-decoder") == Frame((2, 0))
    config = config_of(tmp_path) | {"forced_bos_token_id": None}
    assert load_tokenizer(tmp_path, "bart", config).frame("target", "encoder-decoder") == Frame((2,))
    write(tmp_path / "generation_config.json", {"forced_bos_token_id": 3})
    assert load_tokenizer(tmp_path, "bart", config).frame("target", "encoder-decoder") == Frame((2, 3))
    write(tmp_path / "generation_config.json", {"forced_bos_token_id": 438})
    with pytest.raises(CheckpointError, match=r"generation_config\.json says forced_bos_token_id=438, but the model"):
        load_tokenizer(tmp_path, "bart", config)


@pytest.mark.parametrize(
    ("family", "text", "as_if"),
    [
        ("gpt2", "walking", " walking"),
        ("gpt2", " walking", " walking"),
        ("gpt2", ", too", ", too"),
        ("gpt2", "\nThe ", "\nThe "),
        ("gpt2", "", ""),
        ("gpt2", " ", " "),
        ("roberta", "walking", " walking"),
        ("bert", "walking", "walking"),
        ("t5", "walking", "walking"),
    ],
)
def test_what_goes_on(tmp_path, family, text, as_if):
    tokenizer = opened(family, tmp_path)
    assert tokenizer.encode_after(text) == tokenizer.encode(as_if)
    assert tokenizer.trim(f" {text} \n") == f" {text} \n"


def test_what_goes_on_after_a_translation_is_in_the_target_language(tmp_path):
    tokenizer = opened("marian", tmp_path)
    assert tokenizer.encode_after("Niemand") == tokenizer.encode_target("Niemand") != tokenizer.encode("Niemand")


@pytest.mark.parametrize(
    ("family", "units"),
    [("gpt2", "bytes"), ("bart", "bytes"), ("bert", "pieces"), ("t5", "pieces"), ("marian", "pieces")],
)
def test_units(tmp_path, family, units):
    tokenizer = opened(family, tmp_path)
    assert tokenizer.units == units
    assert tokenizer.encode_lines(["The old", "", "door"]) == [
        tokenizer.encode(line) for line in ("The old", "", "door")
    ]


def test_same_as(tmp_path):
    made = []
    for name, switches in (("a", {}), ("b", {}), ("c", {"do_lower_case": False})):
        (tmp_path / name).mkdir()
        made.append(opened("bert", tmp_path / name, **switches))
    assert made[0].same_as(made[1]) and not made[0].same_as(made[2])
    assert not made[0].same_as(object())
    assert isinstance(made[0], HubTokenizer)


def test_a_text_that_the_vocabulary_cannot_write_is_unknown_and_no_error(tmp_path):
    tokenizer = opened("bert", tmp_path)
    assert tokenizer.labels(tokenizer.encode("The 你 你好")) == ["the", "[UNK]", "[UNK]", "[UNK]"]
    assert tokenizer.decode(tokenizer.encode("the 你")) == "the"


def test_a_vocabulary_without_an_unknown_token(tmp_path):
    MAKE["bert"](tmp_path, "plain")
    lines = (tmp_path / "vocab.txt").read_text(encoding="utf-8").replace("[UNK]", "[unused1]")
    (tmp_path / "vocab.txt").write_text(lines, encoding="utf-8")
    tokenizer = load_tokenizer(tmp_path, "bert", config_of(tmp_path))
    assert tokenizer.decode(tokenizer.encode("the door")) == "the door"
    for text in ("the 你", "\ud800"):
        with pytest.raises(UnknownText, match="this vocabulary cannot write all of it"):
            tokenizer.encode(text)


def test_a_token_that_the_model_has_no_row_for_cannot_be_read(tmp_path):
    MAKE["bert"](tmp_path, "plain")
    n = len((tmp_path / "vocab.txt").read_text(encoding="utf-8").splitlines())
    write(tmp_path / "added_tokens.json", {"[GAP]": n})
    wide = load_tokenizer(tmp_path, "bert", {"vocab_size": n + 1})
    assert (
        wide.encode("the [GAP] door")[1] == n == AutoTokenizer.from_pretrained(tmp_path)("the [GAP] door").input_ids[2]
    )
    narrow = load_tokenizer(tmp_path, "bert", {"vocab_size": n})
    assert narrow.encode("the door") == wide.encode("the door")
    with pytest.raises(UnknownText, match=r"“\[GAP\]” is in this vocabulary, but the model has learned nothing for it"):
        narrow.encode("the [GAP] door")


def test_nothing_is_cut_off_or_padded(tmp_path):
    MAKE["gpt2"](tmp_path, "saved")
    saved = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    cut = {"max_length": 7, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
    fill = {
        "strategy": {"Fixed": 31},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "<|endoftext|>",
    }
    for kind in ("GPT2Tokenizer", "PreTrainedTokenizerFast"):
        write(tmp_path / "tokenizer.json", {**saved, "truncation": cut, "padding": fill})
        write(tmp_path / "tokenizer_config.json", {"tokenizer_class": kind, "bos_token": "<|endoftext|>"})
        tokenizer = load_tokenizer(tmp_path, "gpt2", config_of(tmp_path))
        assert len(tokenizer.encode("x" * 317)) == 317
        assert len(tokenizer.encode("x")) == 1
