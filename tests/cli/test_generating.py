"""Writing on: the same texts as the decoding page writes, for every prompt as for it alone."""

import pytest
import torch

from explorer.model.beam import beam_search
from explorer.model.decoding import greedy_tokens
from explorer.model.filters import Filters
from explorer.model.reading import read_text
from explorer.model.sampling import sample_tokens, uniform_numbers
from tests.bundled import checkpoint_of, texts
from tests.cli.commands import FILLERS, TRANSLATORS, WRITERS, json_lines, one_sentence

FIRST, TOY = WRITERS


def start(name, line):
    """(prefix, end, room for new tokens) of a GPT's prompt."""
    checkpoint = checkpoint_of(name)
    prefix = read_text(checkpoint, line)
    return prefix, checkpoint.tokenizer.special_ids.get("[EOS]"), checkpoint.entry.config.max_len - len(prefix) + 1


def cut(ids, end):
    return ids[: ids.index(end) + 1] if end in ids else ids


def generate(bundled, name, *options, lines):
    answers = json_lines(bundled("generate", "--model", name, *options, "--json", lines="\n".join(lines).encode()))
    assert [answer["prompt"] for answer in answers] == lines
    return [[each["ids"] for each in answer["texts"]] for answer in answers]


@pytest.mark.parametrize("name", WRITERS)
def test_a_seed_writes_what_it_writes_on_the_page(bundled, name):
    lines = [texts(name).short, texts(name).repeated]
    found = generate(
        bundled, name, "--seed", 7, "--n", 2, "--max-new", 5, "--temperature", 1.5, "--min-p", 0.01, lines=lines
    )
    for line, ids in zip(lines, found, strict=True):
        prefix, end, room = start(name, line)
        filters = Filters(temperature=1.5, top_p=0.9, min_p=0.01)
        for draw in range(2):
            u = uniform_numbers(7, draw, min(5, room))[None]
            drawn = torch.stack(list(sample_tokens(checkpoint_of(name).model, prefix, end, filters, u)), 1)[0].tolist()
            assert ids[draw] == cut(drawn, end)


def test_many_draws_are_drawn_in_parts(bundled):
    (all_,) = generate(bundled, TOY, "--n", 67, "--max-new", 3, lines=["moon"])
    (few,) = generate(bundled, TOY, "--n", 3, "--max-new", 3, lines=["moon"])
    assert len(all_) == 67
    assert all_[:3] == few
    u = uniform_numbers(1, 66, 3)[None]
    prefix, end, _ = start(TOY, "moon")
    filters = Filters(temperature=0.8, top_p=0.9)
    drawn = torch.stack(list(sample_tokens(checkpoint_of(TOY).model, prefix, end, filters, u)), 1)[0].tolist()
    assert all_[66] == cut(drawn, end)


@pytest.mark.parametrize("name", WRITERS)
def test_greedy_and_beam(bundled, name):
    line, model = texts(name).short, checkpoint_of(name).model
    prefix, end, room = start(name, line)
    assert generate(bundled, name, "--greedy", lines=[line]) == [
        [list(greedy_tokens(model, prefix, end, min(64, room)))]
    ]
    (best,) = beam_search(model, prefix, end, min(6, room), 3, length_penalty=0.0)
    found = generate(bundled, name, "--beam", 3, "--n", 2, "--max-new", 6, "--length-penalty", 0, lines=[line])
    assert found == [[list(each.ids) for each in best[:2]]]


@pytest.mark.parametrize("name", WRITERS)
def test_answers_agree_with_score(bundled, name):
    """What is written after a prompt, scored as its continuation, gets the log-probability that it was written with."""
    line = texts(name).repeated
    options = ("--model", name, "--greedy", "--max-new", 3, "--json", "--text", line)
    (text,) = json_lines(bundled("generate", *options))[0]["texts"]
    assert text["text"].startswith(line)
    assert text["text"].endswith(text["written"])
    assert text["tokens"] == checkpoint_of(name).tokenizer.labels(text["ids"])
    end = "--end" if text["ended"] else "--no-end"
    score = json_lines(bundled("score", "--model", name, end, "--json", lines=f"{line}\t{text['written']}".encode()))[0]
    assert score["log_probability"] == pytest.approx(text["log_probability"], abs=1e-4)
    assert [factor["id"] for factor in score["factors"]] == text["ids"]


@pytest.mark.parametrize("name", TRANSLATORS[:2])
def test_a_translator_draws_translations(bundled, name):
    line = texts(name).short
    (answer,) = json_lines(bundled("generate", "--model", name, "--greedy", "--json", "--text", line))
    (translation,) = json_lines(bundled("translate", "--model", name, "--greedy", "--json", "--text", line))
    assert answer["source"] == line
    assert answer["texts"][0]["ids"] == translation["ids"]
    assert answer["texts"][0]["log_probability"] == pytest.approx(translation["log_probability"], abs=1e-4)
    drawn = bundled("generate", "--model", name, "--n", 3, "--text", line).stdout.splitlines()
    assert len(drawn) == 3


def test_every_line_has_as_many_lines(bundled):
    result = bundled("generate", "--model", TOY, "--n", 3, "--max-new", 2, lines=b"moon\n\nsun cat\n")
    lines = result.stdout.splitlines()
    assert len(lines) == 9
    assert [line.split()[0] if line else "" for line in lines] == ["moon"] * 3 + [""] * 3 + ["sun"] * 3
    beam = bundled("generate", "--model", TOY, "--beam", 64, "--n", 64, "--max-new", 1, "--text", "moon").stdout
    assert len(beam.splitlines()) == 64


def test_line_breaks_are_kept_in_one_text_alone(bundled):
    name, prompt = "gpt-shakespeare", "ROMEO:\nO, "
    options = ("generate", "--model", name, "--max-new", 40, "--text", prompt)
    one = bundled(*options).stdout
    assert one.startswith(prompt)
    two = bundled(*options, "--n", 2).stdout.splitlines()
    assert two[0] == one.removesuffix("\n").replace("\n", "⏎")
    assert len(two) == 2


def test_long_and_foreign_prompts(bundled):
    lines = "a" * 100_000 + "\n猫 😀\n"
    message = one_sentence(bundled("generate", "--model", FIRST, lines=lines.encode()))
    assert "The text has 100001 tokens, and this model has room for 128" in message
    found = bundled("generate", "--model", FIRST, "--skip-errors", "--max-new", 1, "--greedy", lines=lines.encode())
    assert found.exit_code == 1
    assert found.stdout.startswith("\n猫 😀")
    message = one_sentence(bundled("generate", "--model", TOY, lines="moon\n猫\n".encode()))
    assert message.startswith("Line 2 cannot be read")
    assert "“猫” is not among the words this model knows" in message


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--greedy", "--beam", "2"], "leave out one of --greedy and --beam."),
        (["--greedy", "--top-k", "2"], "--top-k is for drawing, and --greedy draws nothing: leave out one of them."),
        (["--beam", "2", "--n", "3"], "A beam of width 2 finds no more than 2 texts: --n is 3."),
        (["--temperature", "0"], "The temperature must be from 0.01 to 100, not 0.0."),
        (["--top-p", "nan"], "Top-p must be above 0 and at most 1, not nan."),
    ],
)
def test_wrong_options(bundled, options, words):
    assert one_sentence(bundled("generate", "--model", TOY, "--text", "moon", *options)).endswith(words)


def test_a_model_that_only_fills_gaps(bundled):
    message = one_sentence(bundled("generate", "--model", "bert-captions", "--text", "x"))
    assert message.startswith("bert-captions cannot write texts; these can: ")
    assert all(name in message for name in WRITERS + TRANSLATORS)
    assert not any(f"{name}," in message for name in FILLERS)
