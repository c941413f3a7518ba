"""From what a visitor types to the ids that a model reads, or one sentence saying why not."""

from __future__ import annotations

import pytest

from explorer.model.catalogue import Entry
from explorer.model.checkpoint import Checkpoint
from explorer.model.reading import InputError, read_continuation, read_source, read_target, read_text
from explorer.model.tokenizer import BOS, CLS, EOS, SEP
from tests.bundled import MODELS, checkpoint_of, units
from tests.training.samples import TEXT, about, tiny_model, tiny_tokenizer

MAX_LEN = 29
READERS = {
    "source text": ("translate", read_source),
    "target text": ("translate", read_target),
    "text": ("continue", read_text),
    "continuation": ("continue", lambda checkpoint, text: read_continuation(checkpoint, [0], text)),
}


def tiny(task):
    model = tiny_model(task)
    return Checkpoint(Entry(f"tiny-{task}", None, model.config, about(model)), tiny_tokenizer(task), model)


def test_each_text_has_its_special_tokens():
    translator, gpt, bert = tiny("translate"), tiny("continue"), tiny("fill")
    for checkpoint, read, before, after in (
        (translator, read_source, [], [EOS]),
        (translator, read_target, [BOS], []),
        (gpt, read_text, [BOS], []),
        (bert, read_text, [CLS], [SEP]),
    ):
        tokenizer = checkpoint.tokenizer
        ids = [*map(tokenizer.id_of, before), *tokenizer.encode(TEXT), *map(tokenizer.id_of, after)]
        assert read(checkpoint, TEXT) == read(checkpoint, f"  {TEXT}\n") == ids
    assert read_continuation(gpt, read_text(gpt, TEXT), "Maps.") == gpt.tokenizer.encode("Maps.")


def test_prompt_and_continuation_are_read_as_the_text_that_they_make():
    gpt = tiny("continue")
    for prompt, continuation, whole in (
        ("My uncle", "hides a door.", "My uncle hides a door."),
        ("My uncle", " hides a door. ", "My uncle hides a door."),
        ("My uncle", ", too", "My uncle, too"),
        ("My uncle ", "7 maps", "My uncle 7 maps"),
    ):
        ids = read_text(gpt, prompt)
        assert [*ids, *read_continuation(gpt, ids, continuation)] == read_text(gpt, whole)


def test_a_continuation_of_characters_keeps_its_spaces():
    checkpoint = checkpoint_of(next(name for name in MODELS if units(name) == "characters"))
    ids = read_text(checkpoint, "To be")
    assert [*ids, *read_continuation(checkpoint, ids, ", or \nnot ")] == read_text(checkpoint, "To be, or \nnot ")
    assert [*ids, *read_continuation(checkpoint, ids, "tter")] == read_text(checkpoint, "To better")


@pytest.mark.parametrize("text", ["", "  ", "\n\t", "\u00a0\u2003"])
@pytest.mark.parametrize("what", READERS)
def test_empty_is_refused(what, text):
    task, read = READERS[what]
    with pytest.raises(InputError, match=f"^The {what} is empty: type a sentence, or choose an example\\.$"):
        read(tiny(task), text)


@pytest.mark.parametrize("text", ["\ud800", "a \udcff b", ", \udcff"])
@pytest.mark.parametrize("what", READERS)
def test_what_is_no_text_is_refused(what, text):
    task, read = READERS[what]
    with pytest.raises(InputError, match=f"^The {what} holds bytes that are no characters: please type it again\\.$"):
        read(tiny(task), text)


@pytest.mark.parametrize("text", ["👩‍👩‍👧!", "世界", "שלום", "\x00", "<b>*x*</b>", "$\\frac12$"])
@pytest.mark.parametrize("what", READERS)
def test_any_script_is_read(what, text):
    task, read = READERS[what]
    checkpoint = tiny(task)
    assert checkpoint.tokenizer.decode(read(checkpoint, text)) == text


@pytest.mark.parametrize("what", ["source text", "target text", "text"])
def test_a_text_is_never_cut(what):
    task, read = READERS[what]
    checkpoint = tiny(task)
    fits = "a " * (MAX_LEN - 1)
    assert len(read(checkpoint, fits)) == MAX_LEN
    message = f"^The {what} has {MAX_LEN + 1} tokens, and this model has room for {MAX_LEN}: please shorten it\\.$"
    with pytest.raises(InputError, match=message):
        read(checkpoint, fits + "a")
    with pytest.raises(InputError, match=r"has 100001 tokens, and this model has room for 29"):
        read(checkpoint, "a " * 100_000)


def test_prompt_and_continuation_must_fit_together():
    checkpoint = tiny("continue")
    prompt = read_text(checkpoint, "a " * 9)
    assert len(prompt) == 10
    assert len(read_continuation(checkpoint, prompt, "a " * 19)) == 19
    message = r"^Prompt and continuation have 30 tokens together, and .* room for 29: please shorten one of them\.$"
    with pytest.raises(InputError, match=message):
        read_continuation(checkpoint, prompt, "a " * 20)


@pytest.mark.parametrize("name", [name for name in MODELS if units(name) != "bytes"])
def test_what_is_not_in_the_vocabulary_is_named(name):
    checkpoint = checkpoint_of(name)
    config = checkpoint.entry.config
    readers = [read_source, read_target] if config.has_cross_attention else [read_text]
    if config.architecture == "decoder":
        readers.append(lambda checkpoint, text: read_continuation(checkpoint, [0], text))
    for read in readers:
        with pytest.raises(InputError, match=r"^The .* cannot be read: “世界?” is not among the .*\.$"):
            read(checkpoint, "世界")
