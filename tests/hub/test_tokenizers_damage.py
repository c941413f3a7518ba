"""A missing or damaged tokenizer file gives one sentence that names it; one of no family is read as it is."""

import json

import pytest
from transformers import AutoTokenizer

from explorer.hub.tokenizers import damage, load_tokenizer
from explorer.model.catalogue import CheckpointError
from explorer.model.frame import Frame
from tests.hub.tokenizer_folders import ENGLISH, MAKE, config_of, write

FILES = {
    "gpt2": ["vocab.json", "merges.txt"],
    "roberta": ["vocab.json", "merges.txt"],
    "bart": ["vocab.json", "merges.txt"],
    "bert": ["vocab.txt"],
    "distilbert": ["vocab.txt"],
    "t5": ["spiece.model"],
    "marian": ["vocab.json", "source.spm", "target.spm"],
}
GARBAGE = [
    b"",
    b"\x00",
    b"\xff\xfe\xfd" * 101,
    b"{}",
    b"[]",
    b"null",
    b'{"a": 1',
    b"[" * 100_000,
    b"version https://git-lfs",
]


def says(family, folder, *parts):
    """The one sentence that opening gives; the server's folders are not in it."""
    with pytest.raises(CheckpointError) as caught:
        load_tokenizer(folder, family, config_of(folder))
    said = str(caught.value)
    assert said.endswith((".", "?", "!")) and "\n" not in said and len(said) < 500
    assert str(folder.parent) not in said
    for part in parts:
        assert part in said
    return said


@pytest.mark.parametrize(("family", "name"), [(family, name) for family in FILES for name in FILES[family]])
def test_a_file_is_missing_or_damaged(tmp_path, family, name):
    MAKE[family](tmp_path, "plain")
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).unlink()
    says(family, tmp_path, name)
    for garbage in [*GARBAGE, whole[: len(whole) // 2]]:
        (tmp_path / name).write_bytes(garbage)
        try:
            load_tokenizer(tmp_path, family, config_of(tmp_path))
        except CheckpointError as error:
            assert name in str(error) or tmp_path.name in str(error)
            assert str(tmp_path.parent) not in str(error) and str(error).endswith((".", "?", "!"))
        else:  # half a list of merges or words is a list too, and so is one of strange words
            assert name in ("merges.txt", "vocab.txt")
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    says(family, tmp_path)


@pytest.mark.parametrize("family", [family for family in FILES if family != "marian"])
def test_a_damaged_tokenizer_json(tmp_path, family):
    MAKE[family](tmp_path, "saved")
    whole = (tmp_path / "tokenizer.json").read_bytes()
    for garbage in [*(each for each in GARBAGE if each != b"{}"), whole[: len(whole) // 2]]:
        (tmp_path / "tokenizer.json").write_bytes(garbage)
        says(family, tmp_path, "tokenizer.json")
    for model in (
        None,
        [],
        {},
        {"vocab": 7},
        {"vocab": {"a": -1}, "merges": []},
        {"vocab": {"a": 0}, "merges": [["a", "b"]]},
    ):
        write(tmp_path / "tokenizer.json", {**json.loads(whole), "model": model})
        if family in ("bert", "distilbert") and model == {"vocab": {"a": 0}, "merges": [["a", "b"]]}:
            continue  # a vocabulary of one word
        says(family, tmp_path, "tokenizer.json")


@pytest.mark.parametrize("name", ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"])
@pytest.mark.parametrize("content", [b"{", b"[]", b'"x"', b"\xff"])
def test_a_damaged_small_file(tmp_path, name, content):
    MAKE["bert"](tmp_path, "plain")
    (tmp_path / name).write_bytes(content)
    says("bert", tmp_path, name)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("tokenizer_config.json", {"added_tokens_decoder": {"a": {"content": "x"}}}),
        ("tokenizer_config.json", {"added_tokens_decoder": {"7": {"text": "x"}}}),
        ("tokenizer_config.json", {"added_tokens_decoder": 7}),
        ("tokenizer_config.json", {"mask_token": {"text": "x"}}),
        ("special_tokens_map.json", {"mask_token": {"content": 7}}),
        ("added_tokens.json", {"x": "y"}),
    ],
)
def test_small_files_that_say_nonsense(tmp_path, name, values):
    MAKE["bert"](tmp_path, "plain")
    write(tmp_path / name, values)
    says("bert", tmp_path, name)


@pytest.mark.parametrize("n", [-1, 10_001, 10**15, "7", 2.0, None])
def test_an_absurd_number_of_gaps(tmp_path, n):
    MAKE["t5"](tmp_path, "plain")
    write(tmp_path / "tokenizer_config.json", {"extra_ids": n})
    says("t5", tmp_path, "tokenizer_config.json", "extra_ids", repr(n))


def test_a_vocabulary_without_a_needed_token(tmp_path):
    MAKE["bert"](tmp_path, "plain")
    write(tmp_path / "tokenizer_config.json", {"mask_token": None})
    says("bert", tmp_path, "mask_token")


@pytest.mark.parametrize("size", [None, 0, -1, True, "438", 4.0, 10**12])
def test_a_model_without_a_size(tmp_path, size):
    MAKE["gpt2"](tmp_path, "saved")
    write(tmp_path / "config.json", {"model_type": "gpt2", "vocab_size": size})
    says("gpt2", tmp_path, "config.json", "vocab_size")


def test_an_absurdly_large_file(tmp_path, monkeypatch):
    MAKE["gpt2"](tmp_path, "saved")
    monkeypatch.setattr(damage, "TOKENIZER_BYTES", 2**20)
    with open(tmp_path / "tokenizer.json", "ab") as file:
        file.truncate(2**20 + 1)
    says("gpt2", tmp_path, "tokenizer.json", "more than 1 MB")


def test_an_unknown_family():
    with pytest.raises(ValueError, match="family must be one of gpt2, bert"):
        load_tokenizer(None, "llama", {})


def test_a_kind_of_tokenizer_that_no_family_has(tmp_path):
    MAKE["bert"](tmp_path, "plain")
    write(tmp_path / "tokenizer_config.json", {"tokenizer_class": "BertJapaneseTokenizer"})
    says("bert", tmp_path, "BertJapaneseTokenizer", "tokenizer.json")


@pytest.mark.parametrize("family", ["gpt2", "bert", "t5"])
def test_a_tokenizer_json_of_no_family_is_taken_as_it_is(tmp_path, family):
    MAKE[family](tmp_path, "saved")
    said = json.loads((tmp_path / "tokenizer_config.json").read_text(encoding="utf-8"))
    write(tmp_path / "tokenizer_config.json", {**said, "tokenizer_class": "PreTrainedTokenizerFast"})
    saved = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    before = {"type": "Prepend", "prepend": "Oh "}
    write(tmp_path / "tokenizer.json", {**saved, "normalizer": before})
    ours, theirs = load_tokenizer(tmp_path, family, config_of(tmp_path)), AutoTokenizer.from_pretrained(tmp_path)
    architecture = {"gpt2": "decoder", "bert": "encoder", "t5": "encoder-decoder"}[family]
    frame = ours.frame("source" if family == "t5" else "text", architecture)
    for text in [*ENGLISH, "x", "[MASK] </s> <|endoftext|>"]:
        ids = theirs(text).input_ids
        assert frame.around(ours.encode(text)) == ([0] if family == "gpt2" else []) + ids
        assert ours.decode(ids) == theirs.decode(ids, skip_special_tokens=True)
    write(tmp_path / "tokenizer_config.json", {name: said[name] for name in said if name != "tokenizer_class"})
    assert load_tokenizer(tmp_path, family, config_of(tmp_path)).encode("x") != ours.encode("x")
    labels = ours.labels(range(ours.vocab_size))
    assert len(set(labels)) == len(labels) and any("␣" in label for label in labels) == (family != "bert")


def test_a_beginning_that_tokenizer_json_puts_before_a_text_is_not_put_twice(tmp_path):
    MAKE["gpt2"](tmp_path, "saved")
    saved = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    token = "<|endoftext|>"
    template = [{"SpecialToken": {"id": token, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    special = {token: {"id": token, "ids": [0], "tokens": [token]}}
    post = {
        "type": "TemplateProcessing",
        "single": template,
        "pair": [*template, {"Sequence": {"id": "B", "type_id": 1}}],
    }
    write(tmp_path / "tokenizer.json", {**saved, "post_processor": {**post, "special_tokens": special}})
    ours, theirs = load_tokenizer(tmp_path, "gpt2", config_of(tmp_path)), AutoTokenizer.from_pretrained(tmp_path)
    assert ours.frame("text", "decoder") == Frame((0,), ())
    assert ours.frame("text", "decoder").around(ours.encode(ENGLISH[0])) == theirs(ENGLISH[0]).input_ids
