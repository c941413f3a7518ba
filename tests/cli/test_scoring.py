"""Scoring: the factors are those of a plain pass, and sum to the total, in batches as one by one."""

import numpy as np
import pytest

from explorer.analysis.factorisation import Factorisation, factorise
from explorer.model.run import run, run_ids
from tests.bundled import TELLING_MODELS, checkpoint_of, texts, units
from tests.cli.commands import FILLERS, TRANSLATORS, WRITERS, json_lines, one_sentence

COLUMNS = ("token", "id", "p", "log_p", "rank", "entropy", "running_log_p")


def of_pass(name, source, target) -> Factorisation:
    """A translation's factors, its end counted."""
    checkpoint = checkpoint_of(name)
    passed = run(checkpoint, target, source)
    return factorise(passed.trace.logits, [*passed.tokens.ids[1:], checkpoint.tokenizer.id_of("[EOS]")])


def of_text(name, text, end=False) -> Factorisation:
    """A GPT's factors."""
    checkpoint = checkpoint_of(name)
    passed = run(checkpoint, text)
    ids = [*passed.tokens.ids[1:], *([checkpoint.tokenizer.id_of("[EOS]")] if end else [])]
    return factorise(passed.trace.logits[: len(ids)], ids)


def of_masked(name, text) -> Factorisation:
    """A BERT's terms: a pass for each token, that one hidden."""
    checkpoint = checkpoint_of(name)
    ids, rows = list(run(checkpoint, text).tokens.ids), []
    for i in range(1, len(ids) - 1):
        hidden = [*ids[:i], checkpoint.tokenizer.id_of("[MASK]"), *ids[i + 1 :]]
        rows.append(run_ids(checkpoint, hidden).trace.logits[i])
    return factorise(np.stack(rows), ids[1:-1])


def assert_answers(answer, expected, kind="log-probability"):
    assert answer["kind"] == kind
    assert answer["n"] == len(answer["factors"]) == len(expected)
    columns = {column: [factor[column] for factor in answer["factors"]] for column in COLUMNS}
    assert columns["id"] == list(expected.ids)
    assert columns["rank"] == pytest.approx(expected.rank, rel=0.01)  # far down, the last digits decide
    for column in ("p", "log_p", "entropy", "running_log_p"):
        assert columns[column] == pytest.approx(getattr(expected, column), abs=1e-4)
    assert np.prod(columns["p"]) == pytest.approx(np.exp(answer["log_probability"]))
    assert sum(columns["log_p"]) == pytest.approx(answer["log_probability"]) == columns["running_log_p"][-1]
    assert answer["perplexity"] == pytest.approx(np.exp(-answer["log_probability"] / answer["n"]))
    assert answer["bits_per_token"] == pytest.approx(np.log2(answer["perplexity"]))


def score(bundled, name, *options, lines):
    return json_lines(bundled("score", "--model", name, *options, "--json", lines="\n".join(lines).encode()))


@pytest.mark.parametrize("name", TRANSLATORS)
def test_translations(bundled, name):
    pairs = [
        (texts(name).repeated, texts(name).target),
        (texts(name).short, texts(name).target),
        (texts(name).short, "sun" if units(name) == "words" else "Ein Hund sieht eine Katze und 猫."),
    ]
    answers = score(bundled, name, lines=["\t".join(pair) for pair in pairs])
    for pair, answer in zip(pairs, answers, strict=True):
        assert (answer["source"], answer["text"]) == pair
        assert_answers(answer, of_pass(name, *pair))
        assert answer["factors"][-1]["token"] == "[EOS]"
    (open_,) = score(bundled, name, "--no-end", lines=["\t".join(pairs[0])])
    assert_answers(open_, of_pass(name, *pairs[0]).part(0, -1))


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("end", [False, True])
def test_texts_of_a_gpt(bundled, name, end):
    lines = [texts(name).repeated, texts(name).short, texts(name).repeated]
    for line, answer in zip(lines, score(bundled, name, *["--end"] * end, lines=lines), strict=True):
        assert answer["text"] == line
        assert_answers(answer, of_text(name, line, end))


@pytest.mark.parametrize("name", WRITERS)
def test_continuation_is_scored_given_its_prompt(bundled, name):
    prompt, more = texts(name).repeated.rsplit(" ", 1)
    (answer,) = score(bundled, name, lines=[f"{prompt}\t{more}"])
    n_prompt = len(of_text(name, prompt))
    assert (answer["prompt"], answer["text"]) == (prompt, more)
    assert_answers(answer, of_text(name, texts(name).repeated).part(n_prompt))


@pytest.mark.parametrize("name", FILLERS)
def test_a_bert_has_a_pseudo_log_likelihood(bundled, name):
    lines = [texts(name).short, texts(name).repeated]
    for line, answer in zip(lines, score(bundled, name, lines=lines), strict=True):
        assert_answers(answer, of_masked(name, line), "pseudo-log-likelihood")


def test_gaps_of_a_bert_are_no_terms(bundled):
    (answer,) = score(bundled, FILLERS[0], lines=["A [MASK] runs."])
    assert [factor["token"] for factor in answer["factors"]] == ["␣A", "␣runs", "."]


@pytest.mark.parametrize("name", TELLING_MODELS)
def test_text_and_batches(bundled, name):
    """More lines than a batch has, of different lengths: each as it is alone."""
    short, repeated, target = texts(name).short, texts(name).repeated, texts(name).target
    lines = [f"{text}\t{target}" if name in TRANSLATORS else text for text in (short, repeated)]
    alone = [bundled("score", "--model", name, lines=line.encode()).stdout.rstrip("\n").split("\t") for line in lines]
    content = "\n".join([*(lines * 20)[:37], "", *lines])
    found = [row.split("\t") for row in bundled("score", "--model", name, lines=content.encode()).stdout.splitlines()]
    assert found[37] == [""]
    for row, expected in zip(found[:37] + found[38:], [*(alone * 20)[:37], *alone], strict=True):
        assert row[3:] == expected[3:]
        assert [float(each) for each in row[:3]] == pytest.approx([float(each) for each in expected[:3]], rel=1e-4)


def test_one_text_from_options(bundled):
    pair = score(bundled, "translator-en-de", lines=["A dog.\tEin Hund."])
    options = ("--source", "A dog.", "--text", "Ein Hund.", "--json")
    assert json_lines(bundled("score", "--model", "translator-en-de", *options)) == pair
    pair = score(bundled, "gpt-captions", lines=["A dog\truns."])
    options = ("--prompt", "A dog", "--text", "runs.", "--json")
    assert json_lines(bundled("score", "--model", "gpt-captions", *options)) == pair


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [
        ("translator-en-de", "A dog.", "There are no tabs where a line is source TAB target."),
        ("translator-en-de", "A\tb\tc", "There are 2 tabs where a line is source TAB target."),
        ("translator-en-de", "A dog.\t", "The target text is empty"),
        ("translator-en-de", "\tEin Hund.", "The source text is empty"),
        ("gpt-captions", "A\tb\tc", "There are 2 tabs where a line is a text, or prompt TAB continuation."),
        ("gpt-captions", "A dog\t" + "runs " * 20_000, "and this model has room for 128: please shorten one of them."),
        ("classroom-tiny-gpt", "moon\tmouse", "“mouse” is not among the words this model knows"),
        ("bert-captions", "[MASK] [MASK]", "Every token of the text is a [MASK]"),
    ],
)
def test_lines_that_cannot_be_scored(bundled, name, line, words):
    message = one_sentence(bundled("score", "--model", name, lines=f"\n{line}\n".encode()))
    assert message.startswith("Line 2 cannot be read (--skip-errors goes on without): ")
    assert words in message


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gpt-shakespeare", "--text", "x", "--end"], "A text of gpt-shakespeare has no end: leave out --end."),
        (["bert-captions", "--text", "x", "--no-end"], "A BERT's text has no end that is a factor"),
        (["gpt-captions", "--text", "x", "--source", "y"], "A GPT has no --source."),
        (["translator-en-de", "--text", "x", "--prompt", "y"], "A translator has no --prompt."),
        (["translator-en-de", "--text", "x"], "A translator scores a text for a source: give it --source too."),
        (["gpt-captions", "--prompt", "y"], "--prompt goes with --text."),
        (["gpt-caption", "--text", "y"], "Did you mean gpt-captions?"),
    ],
)
def test_wrong_options(bundled, arguments, words):
    assert words in one_sentence(bundled("score", "--model", *arguments))
