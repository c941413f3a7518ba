"""BLEU both ways, what makes lower-cased text of translations, and buckets of sentences by length."""

import pytest

from explorer.training.evaluation.bleu import cased_bleu, lowercased_bleu, moses_text
from explorer.training.evaluation.lengths import buckets, length_table
from tests.training.samples import ENGLISH


def test_cased_bleu_sees_case_and_is_signed():
    assert cased_bleu(ENGLISH, ENGLISH).score == pytest.approx(100)
    assert cased_bleu([line.lower() for line in ENGLISH], ENGLISH).score < 99
    assert "case:mixed" in cased_bleu(ENGLISH, ENGLISH).signature
    assert "tok:13a" in cased_bleu(ENGLISH, ENGLISH).signature


def test_lowercased_bleu_takes_references_as_they_are(capfd):
    references = moses_text(ENGLISH, "en") * 3
    assert references[0] == "the owl paints a blue door ."
    found = lowercased_bleu(ENGLISH * 3, references, "en")
    assert found.score == pytest.approx(100)
    assert "tok:none" in found.signature
    assert lowercased_bleu(ENGLISH * 3, ENGLISH * 3, "en").score < 60  # case and a point that hangs on its word
    assert capfd.readouterr().err == ""  # sacrebleu would warn of tokenised text


def test_bleu_by_hand():
    """5 of 6 words, 3 of 5 pairs, 2 of 4 triples, 1 of 3 fours; 6 words for 7: the fourth root, times exp(1 - 7/6)."""
    found = lowercased_bleu(["a b c d x f"], ["a b c d e f g"], "en").score
    assert found == pytest.approx(100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25 * 0.8464817, abs=1e-4)


@pytest.mark.parametrize(
    ("language", "line", "expected"),
    [
        ("de", "Ein Schild: „Käse.“", "ein schild : &quot; käse &quot; ."),
        ("de", "Der Ball-Junge, z.B. Özil, läuft!", "der ball-junge , z.b. özil , läuft !"),
        # The script takes ’ for an apostrophe between two letters of a to z alone.
        ("fr", "L'ami n’a qu’un bol d’œufs.", "l&apos; ami n&apos; a qu&apos; un bol d &quot; œufs ."),
        ("en", "It's 5 o'clock & [late]…", "it &apos;s 5 o &apos;clock &amp; &#91; late &#93; ..."),
    ],
)
def test_moses_text(language, line, expected):
    assert moses_text([line], language) == [expected]


def test_buckets_join_until_they_are_full():
    lengths = [1, 2, 3, 3, 4, 7, 8, 9, 9, 20]
    assert buckets(lengths, 3, 2) == [[0, 1, 2, 3], [4, 5, 6, 7, 8, 9]]
    assert buckets(lengths, 3, 1) == [[0, 1, 2, 3], [4], [5, 6, 7, 8], [9]]
    assert buckets(lengths, 1, 3) == [[0, 1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert buckets([5, 1, 5, 1], 3, 2) == [[1, 3], [0, 2]]
    assert buckets(lengths, 3, 99) == [list(range(10))]
    assert buckets([], 3, 2) == []


def test_by_length_prints_each_bucket_and_all():
    sources = ["a b"] * 51 + ["a b c d e f g"] * 53
    references = ["one two three four five"] * 104
    wrong = references[:51] + ["six seven eight nine ten"] * 53
    lines = [line.split() for line in length_table(sources, references, {"good": references, "half": wrong})]
    assert lines[0][-3:] == ["sentences", "good", "half"]
    assert lines[1] == ["2–2", "51", "100.00", "100.00"]
    assert lines[2] == ["7–7", "53", "100.00", "0.00"]
    assert lines[3][:3] == ["2–7", "104", "100.00"]
    assert 0 < float(lines[3][3]) < 100
