"""Filling gaps: what one plain pass over the text says."""

import numpy as np
import pytest

from explorer.analysis.predictions import softmax
from explorer.model.run import run
from tests.bundled import checkpoint_of, texts
from tests.cli.commands import FILLERS, json_lines, one_sentence

FIRST, TOY = FILLERS


@pytest.mark.parametrize("name", FILLERS)
def test_each_gap_lists_what_a_plain_pass_says(bundled, name):
    line, checkpoint = texts(name).masked, checkpoint_of(name)
    passed = run(checkpoint, line)
    gaps = [i for i, label in enumerate(passed.tokens.labels) if label == "[MASK]"]
    (answer,) = json_lines(bundled("fill", "--model", name, "--top", 3, "--json", "--text", line))
    assert answer["text"] == line
    assert [gap["position"] for gap in answer["gaps"]] == gaps
    filled = list(passed.tokens.ids)
    for gap in answer["gaps"]:
        p = softmax(passed.trace.logits[gap["position"]])
        best = np.argsort(-p, kind="stable")[:3]
        assert [each["id"] for each in gap["top"]] == best.tolist()
        assert [each["p"] for each in gap["top"]] == pytest.approx(p[best], abs=1e-5)
        assert [each["token"] for each in gap["top"]] == checkpoint.tokenizer.labels(best.tolist())
        filled[gap["position"]] = int(best[0])
    assert answer["filled"] == checkpoint.tokenizer.decode(filled)


def test_text_is_filled_line_by_line(bundled):
    lines = ["A [MASK] is playing the guitar.", "", "A dog runs through the [MASK]."]
    answers = json_lines(bundled("fill", "--model", FIRST, "--json", lines="\n".join(lines).encode()))
    best = ["".join(gap["top"][0]["token"] for gap in answer.get("gaps", [])).replace("␣", "") for answer in answers]
    filled = [line.replace("[MASK]", word) for line, word in zip(lines, best, strict=True)]
    assert bundled("fill", "--model", FIRST, lines="\n".join(lines).encode()).stdout.splitlines() == filled
    assert len(set(best)) == 3


def test_more_tokens_than_there_are(bundled):
    (answer,) = json_lines(bundled("fill", "--model", TOY, "--top", 1000, "--json", "--text", "cat [MASK] dog"))
    top = answer["gaps"][0]["top"]
    assert len(top) == checkpoint_of(TOY).tokenizer.vocab_size
    assert sum(each["p"] for each in top) == pytest.approx(1)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("No gap here.", "Line 2 cannot be read (--skip-errors goes on without): The text has no gap: write [MASK] "),
        ("[MASK]" * 1000, "The text has 1002 tokens, and this model has room for 96: please shorten it."),
    ],
)
def test_lines_that_cannot_be_filled(bundled, line, words):
    lines = f"A [MASK].\n{line}\n".encode()
    assert words in one_sentence(bundled("fill", "--model", FIRST, lines=lines))
    result = bundled("fill", "--model", FIRST, "--skip-errors", lines=lines)
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 2


def test_models_that_fill_nothing(bundled):
    assert one_sentence(bundled("fill", "--model", "gpt-captions", "--text", "A [MASK].")) == (
        "gpt-captions cannot fill gaps; these can: bert-captions, classroom-tiny-bert."
    )
