"""Figures by length: what is written is read, and what is missing or damaged is said in one sentence."""

from __future__ import annotations

import json
import re

import pytest

from explorer.model.catalogue import CARD_FILE, PRETRAINED, TOY, CheckpointError, read_catalogue
from explorer.model.measured import EVALUATION_FILE, Bucket, ByLength, read_by_length, write_by_length

TABLE = ByLength("test_2016_flickr", 5, "cased BLEU", (Bucket(2, 5, 53, 41.25), Bucket(7, 11, 59, 0)))
MODELS, _ = read_catalogue(PRETRAINED)
TRANSLATORS = [
    name for name, entry in MODELS.items() if entry.config.has_cross_attention and entry.about.n_parameters >= TOY
]


def test_what_is_written_is_read(tmp_path):
    tables = (TABLE, ByLength("validation", 1, "greedy", (Bucket(1, 1, 1, 100.0),)))
    write_by_length(tmp_path, tables)
    assert read_by_length(tmp_path) == tables


def test_none_is_said(tmp_path):
    folder = tmp_path / "pretrained" / "tiny"
    folder.mkdir(parents=True)
    with pytest.raises(CheckpointError) as error:
        read_by_length(folder)
    assert str(error.value) == "tiny has no figures by length: pretrained/tiny/evaluation.json is missing."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: [], "holds no figures by length"),
        (lambda c: {}, "'by_length' is missing"),
        (lambda c: {"by_length": [{}]}, "'buckets' is missing"),
        (lambda c: {"by_length": 3}, "not iterable"),
        (lambda c: {"by_length": [{**c["by_length"][0], "beam": 0}]}, "beam must be a whole number from 1 up, not 0"),
        (lambda c: {"by_length": [{**c["by_length"][0], "buckets": []}]}, "buckets must be one or more"),
        (lambda c: {"by_length": [{**c["by_length"][0], "more": 1}]}, "more"),
        (lambda c: change_bucket(c, bleu=101), "bleu must be a number from 0 to 100, not 101"),
        (lambda c: change_bucket(c, bleu=None), "bleu must be a number"),
        (lambda c: change_bucket(c, sentences=2.5), "sentences must be a whole number"),
        (lambda c: change_bucket(c, words_to=1), "words_to=1 is below words_from=2"),
        (lambda c: change_bucket(c, words_to=7), "from short to long"),
    ],
)
def test_damage_is_said_in_one_sentence(tmp_path, change, words):
    write_by_length(tmp_path, [TABLE])
    content = json.loads((tmp_path / EVALUATION_FILE).read_text())
    (tmp_path / EVALUATION_FILE).write_text(json.dumps(change(content)))
    with pytest.raises(CheckpointError, match=r"evaluation\.json") as error:
        read_by_length(tmp_path)
    assert words in str(error.value) and str(error.value).endswith(".") and "\n" not in str(error.value)


def change_bucket(content, **values):
    table = content["by_length"][0]
    return {"by_length": [{**table, "buckets": [{**table["buckets"][0], **values}, *table["buckets"][1:]]}]}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_said(tmp_path, content):
    (tmp_path / EVALUATION_FILE).write_bytes(content)
    with pytest.raises(CheckpointError, match="is not JSON"):
        read_by_length(tmp_path)


@pytest.mark.parametrize("name", TRANSLATORS)
def test_bundled_translators_have_figures_by_length(name):
    (table,) = read_by_length(MODELS[name].folder)
    assert (table.split, table.beam) == ("test_2016_flickr", 5)
    assert sum(bucket.sentences for bucket in table.buckets) == 1_000
    assert all(bucket.sentences >= 50 for bucket in table.buckets)
    low, high = (extreme(bucket.bleu for bucket in table.buckets) for extreme in (min, max))
    card = (MODELS[name].folder / CARD_FILE).read_text(encoding="utf-8")
    (whole,) = re.findall(r"test_2016_flickr, 1,000 sentences \| beam 5 \| ([\d.]+)", card)
    assert low < float(whole) < high
    assert f"evaluate {name} --data DATA --split test_2016_flickr --by-length --save" in card


def test_one_vector_translates_worse_at_every_length_and_most_of_all_long_sources():
    full, narrow = (
        read_by_length(MODELS[name].folder)[0].buckets for name in ("translator-en-de", "translator-en-de-bottleneck")
    )
    assert [(b.words_from, b.words_to, b.sentences) for b in full] == [
        (b.words_from, b.words_to, b.sentences) for b in narrow
    ]
    shares = [one.bleu / other.bleu for one, other in zip(narrow, full, strict=True)]
    assert max(shares) < 1
    assert shares[-1] == min(shares)
