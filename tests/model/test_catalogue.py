"""config.json as people get it wrong: each time one sentence that names the file and the field."""

import copy
import json

import pytest

from explorer.model.catalogue import (
    CheckpointError,
    Figure,
    find_entry,
    read_catalogue,
    read_entry,
    sentence,
    shown,
    unknown_name,
    write_figures,
)

GOOD = {
    "about": {
        "title": "A tiny model",
        "reads": "made-up sentences",
        "licence": "public domain",
        "n_parameters": 7,
        "examples": [{"text": "Seven geese hide.", "shows": "an example"}],
    },
    "transformer": {"architecture": "decoder", "vocab_size": 19, "n_decoder_layers": 2},
}

FIGURE = {"name": "perplexity", "value": "7.13", "of": "nine sentences"}


def write(folder, content):
    folder.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "config.json").write_text(text, encoding="utf-8")
    return folder


def changed(part, field, value):
    content = copy.deepcopy(GOOD)
    content[part][field] = value
    return content


def test_good_config_is_read_as_written(tmp_path):
    entry = read_entry(write(tmp_path / "tiny", GOOD))
    assert (entry.name, entry.config.vocab_size, entry.config.n_decoder_layers) == ("tiny", 19, 2)
    assert entry.about.to_dict() == GOOD["about"]  # as files are that were written before there were figures


def test_figures_are_read_as_written(tmp_path):
    entry = read_entry(write(tmp_path / "tiny", changed("about", "figures", [FIGURE])))
    assert entry.about.figures == (Figure("perplexity", "7.13", "nine sentences"),)
    assert entry.about.to_dict() == GOOD["about"] | {"figures": [FIGURE]}


def test_writing_figures_replaces_the_old_ones_and_nothing_else(tmp_path):
    folder = write(tmp_path / "tiny", changed("about", "figures", [FIGURE, FIGURE]))
    before = read_entry(folder)
    new = (Figure("BLEU", "39.8", "cased"), Figure("BLEU", "41.0", "lower-cased"))
    write_figures(folder, new)
    after = read_entry(folder)
    assert after.about.figures == new
    assert (after.config, after.about.examples, after.about.title) == (
        before.config,
        before.about.examples,
        before.about.title,
    )
    assert [path.name for path in folder.iterdir()] == ["config.json"]
    write_figures(folder, ())
    assert "figures" not in json.loads((folder / "config.json").read_text(encoding="utf-8"))["about"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is not JSON"),
        ('{"about": ', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("5" * 5000, "is not JSON"),
        ("[]", "the file must be an object, not []"),
        ("null", "must be an object"),
        ({"transformer": GOOD["transformer"]}, "the field 'about' of the file is missing"),
        (GOOD | {"extra": 1}, "the field 'extra' of the file is unknown"),
        (GOOD | {"transformer": 5}, "the field 'transformer' of the file must be an object, not 5"),
        (changed("transformer", "d_model", "abc"), "d_model must be a whole number of at least 1, not 'abc'"),
        (changed("transformer", "d_model", -128), "d_model must be a whole number of at least 1, not -128"),
        (changed("transformer", "d_model", 1e30), "d_model must be a whole number"),
        (changed("transformer", "d_model", [128]), "d_model must be a whole number"),
        (changed("transformer", "n_heads", True), "n_heads must be a whole number"),
        (changed("transformer", "norm_eps", float("nan")), "norm_eps"),
        (changed("transformer", "tied_embeddings", 1), "tied_embeddings must be true or false"),
        (changed("transformer", "architecture", "tree"), "architecture must be one of"),
        (changed("transformer", "architecture", None), "architecture must be one of"),
        (changed("transformer", "d_modell", 5), "unknown field 'd_modell'"),
        (changed("about", "title", 5), "the field 'title' of about must be a text, not 5"),
        (changed("about", "n_parameters", "many"), "the field 'n_parameters' of about must be a whole number"),
        (changed("about", "n_parameters", True), "must be a whole number, not True"),
        (changed("about", "examples", "text"), "the field 'examples' of about must be a list, not 'text'"),
        (changed("about", "examples", {"text": "x"}), "must be a list"),
        (changed("about", "examples", ["text"]), "about.examples[0] must be an object, not 'text'"),
        (changed("about", "examples", [{"text": "x"}]), "the field 'shows' of about.examples[0] is missing"),
        (changed("about", "examples", [{"text": "x", "shows": 5}]), "'shows' of about.examples[0] must be a text"),
        (changed("about", "licence", ["x" * 10_000]), "must be a text"),
        (changed("about", "figures", FIGURE), "the field 'figures' of about must be a list, not {"),
        (changed("about", "figures", [39.8]), "about.figures[0] must be an object, not 39.8"),
        (changed("about", "figures", [FIGURE, {"name": "x"}]), "the field 'of' of about.figures[1] is missing"),
        (
            changed("about", "figures", [FIGURE | {"value": 7.13}]),
            "'value' of about.figures[0] must be a text, not 7.13",
        ),
        (changed("about", "figures", [FIGURE | {"best": "yes"}]), "'best' of about.figures[0] is unknown"),
    ],
)
def test_wrong_config_is_told_in_one_sentence(tmp_path, content, words):
    folder = write(tmp_path / "tiny", content)
    with pytest.raises(CheckpointError) as error:
        read_entry(folder)
    message = str(error.value)
    assert words in message
    assert message.startswith(f"{tmp_path.name}/tiny/config.json ")  # visitors read it: not where the folder lies
    assert message.endswith(".")
    assert not message.endswith("..")
    assert "\n" not in message
    assert len(message) < 500
    assert error.value.__suppress_context__


def test_missing_and_binary_config(tmp_path):
    with pytest.raises(CheckpointError, match=r"config\.json is missing\.$"):
        read_entry(tmp_path)
    (tmp_path / "config.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CheckpointError, match=r"config\.json is not JSON"):
        read_entry(tmp_path)
    (tmp_path / "config.json").unlink()
    (tmp_path / "config.json").mkdir()
    with pytest.raises(CheckpointError, match=r"config\.json cannot be read: Is a directory\.$"):
        read_entry(tmp_path)


def test_catalogue_lists_the_good_and_explains_the_rest(tmp_path, monkeypatch):
    translator = changed("transformer", "architecture", "encoder-decoder")
    translator["transformer"]["n_encoder_layers"] = 1
    write(tmp_path / "a-gpt", GOOD)
    write(tmp_path / "b-translator", translator)
    write(tmp_path / "broken", "{")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "notes.txt").write_text("not a folder")
    entries, problems = read_catalogue(tmp_path)
    assert list(entries) == ["b-translator", "a-gpt"]  # in the lecture's order, not the alphabet's
    assert len(problems) == 1
    assert "broken" in problems[0]
    monkeypatch.setenv("EXPLORER_PRETRAINED", str(tmp_path))
    assert read_catalogue() == (entries, problems)


def test_catalogue_of_a_missing_folder_is_empty(tmp_path):
    assert read_catalogue(tmp_path / "nowhere") == ({}, [])


def test_find_entry(tmp_path):
    with pytest.raises(CheckpointError, match="There is no model in"):
        find_entry("tiny-gpt", tmp_path)
    write(tmp_path / "tiny-gpt", GOOD)
    write(tmp_path / "broken", "{")
    assert find_entry("tiny-gpt", tmp_path).name == "tiny-gpt"
    with pytest.raises(CheckpointError, match=r"broken.config\.json is not JSON"):
        find_entry("broken", tmp_path)
    for name in ("..", "../" + tmp_path.name, ".", "", "/etc"):
        with pytest.raises(CheckpointError, match="There is no model"):
            find_entry(name, tmp_path)


@pytest.mark.parametrize(("name", "guess"), [("gpt", "gpt-captions"), ("bert-caption", "bert-captions"), ("xyz", None)])
def test_unknown_name_proposes_the_closest(name, guess):
    message = unknown_name("model", name, ["bert-captions", "gpt-captions"])
    assert message.startswith(f"There is no model '{name}'; there are: bert-captions, gpt-captions.")
    assert message.endswith(f"Did you mean {guess}?" if guess else "gpt-captions.")


def test_sentence_ends_once():
    assert [sentence(text) for text in ("a", "a.", "a?", " a\n b\n")] == ["a.", "a.", "a?", "a b."]


def test_messages_name_a_file_from_the_models_folder_on(tmp_path):
    assert shown(tmp_path / "pretrained" / "gpt-captions" / "config.json") == "pretrained/gpt-captions/config.json"
