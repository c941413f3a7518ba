"""A text through a model: what is read, what is refused and in which words, and that sessions do not mix."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass

import numpy as np
import pytest
import torch

from explorer.model.cached_decoder import CachedDecoder
from explorer.model.catalogue import Entry
from explorer.model.checkpoint import Checkpoint
from explorer.model.kinds import attention_kinds, n_layers
from explorer.model.run import InputError, run, write_target
from explorer.model.tokenizer import BOS, CLS, EOS, MASK, PAD, SEP
from explorer.model.trace import allclose
from tests.training.samples import ENGLISH, TEXT, about, tiny_model, tiny_tokenizer

MAX_LEN = 29
TASKS = ("translate", "continue", "fill")
TASKS_STACKS = {"translate": ("encoder", "decoder"), "continue": ("decoder",), "fill": ("encoder",)}


def tiny(task, **options):
    model = tiny_model(task, **options)
    return Checkpoint(Entry(f"tiny-{task}", None, model.config, about(model)), tiny_tokenizer(task), model)


def go(checkpoint, text):
    """Run a text as what the model reads first: the source, or the text."""
    return run(checkpoint, source=text) if checkpoint.entry.config.has_cross_attention else run(checkpoint, text)


def arrays(part):
    if is_dataclass(part):
        return [array for field in fields(part) for array in arrays(getattr(part, field.name))]
    if isinstance(part, tuple):
        return [array for item in part for array in arrays(item)]
    return [part] if isinstance(part, np.ndarray) else []


def test_each_mode_reads_its_special_tokens():
    gpt, bert, translator = (
        run(tiny("continue"), TEXT),
        run(tiny("fill"), TEXT),
        run(tiny("translate"), TEXT, ENGLISH[0]),
    )
    ordinary = tuple(tiny_tokenizer("fill").labels(tiny_tokenizer("fill").encode(TEXT)))
    assert gpt.tokens.labels[0] == BOS
    assert EOS not in gpt.tokens.labels
    assert (bert.tokens.labels[0], bert.tokens.labels[-1]) == (CLS, SEP)
    assert bert.tokens.labels[1:-1] == ordinary
    assert translator.tokens.labels[0] == BOS
    assert translator.source.labels[-1] == EOS
    assert BOS not in translator.source.labels
    assert gpt.source is None
    assert bert.source is None
    assert not translator.written
    assert len(gpt.tokens) == len(gpt.tokens.ids) == len(gpt.tokens.labels)


@pytest.mark.parametrize("task", TASKS)
def test_trace_has_the_tokens_sizes_and_no_batch(task):
    checkpoint = tiny(task)
    result = run(checkpoint, TEXT, ENGLISH[7] if task == "translate" else "")
    config = checkpoint.entry.config
    assert result.trace.logits.shape == (len(result.tokens), 300)
    for kind in attention_kinds(config):
        assert len(result.stack(kind).blocks) == n_layers(config, kind)
        for layer in range(n_layers(config, kind)):
            attention = result.attention(kind, layer)
            assert attention.weights.shape == (3, len(result.queries(kind)), len(result.keys(kind)))
            assert attention.q.shape == (3, len(result.queries(kind)), 5)
            assert attention.v.shape == (3, len(result.keys(kind)), 7)
    with torch.inference_mode():
        source = torch.tensor([result.source.ids]) if result.source else None
        again = checkpoint.model(torch.tensor([result.tokens.ids]), source)
    np.testing.assert_array_equal(again.logits[0].numpy(), result.trace.logits)


def test_cross_attention_asks_with_the_target_and_looks_at_the_source():
    result = run(tiny("translate"), TEXT, ENGLISH[0])
    assert (result.queries("cross"), result.keys("cross")) == (result.tokens, result.source)
    assert (result.queries("encoder"), result.keys("decoder")) == (result.source, result.tokens)
    assert result.attention("cross", 1) is result.trace.decoder.blocks[1].cross_attention
    assert result.attention("decoder", 1) is result.trace.decoder.blocks[1].attention
    assert result.attention("encoder", 0) is result.trace.encoder.blocks[0].attention


@pytest.mark.parametrize("task", TASKS)
def test_nothing_in_a_run_can_be_written_to(task):
    found = arrays(go(tiny(task), TEXT).trace)
    assert len(found) > 20
    for array in found:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u00a0\u2003"])
@pytest.mark.parametrize(("task", "what"), [("translate", "source text"), ("continue", "text"), ("fill", "text")])
def test_empty_text_is_refused(task, what, text):
    with pytest.raises(InputError, match=f"^The {what} is empty: type a sentence, or choose an example\\.$"):
        go(tiny(task), text)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("text", ["👩‍👩‍👧!", "Привет", "世界", "שלום", "e\u0301", "\x00", "a\u200bb", "  Owl \n"])
def test_any_script_runs(task, text):
    result = go(tiny(task), text)
    tokens = result.source or result.tokens
    ordinary = [i for i in tokens.ids if i not in tiny_tokenizer(task).special_ids.values()]
    assert ordinary == tiny_tokenizer(task).encode(text.strip())
    assert np.isfinite(result.trace.logits).all()


@pytest.mark.parametrize("task", TASKS)
def test_surrounding_space_does_not_matter(task):
    one, other = (go(tiny(task), text) for text in (TEXT, f" \n{TEXT}  "))
    assert one.tokens == other.tokens
    assert allclose(one.trace, other.trace, atol=0)


@pytest.mark.parametrize("task", TASKS)
def test_text_that_fits_exactly_runs_and_one_token_more_is_refused(task):
    checkpoint = tiny(task)
    room = MAX_LEN - (2 if task == "fill" else 1)
    # One digit is one token: the made-up language has none.
    assert len(tiny_tokenizer(task).encode("7" * room)) == room + 1  # "␣" is a token of its own here
    result = go(checkpoint, "7" * (room - 1))
    assert len(result.source or result.tokens) == MAX_LEN
    with pytest.raises(InputError, match=f"has {MAX_LEN + 1} tokens, and this model has room for {MAX_LEN}: please"):
        go(checkpoint, "7" * room)


@pytest.mark.parametrize(("task", "what"), [("translate", "source text"), ("continue", "text"), ("fill", "text")])
def test_100_000_characters_are_one_sentence_with_both_numbers(task, what):
    text = (" ".join(ENGLISH) * 100)[:100_000]
    n_tokens = len(tiny_tokenizer(task).encode(text.strip())) + (2 if task == "fill" else 1)
    with pytest.raises(InputError) as error:
        go(tiny(task), text)
    expected = f"The {what} has {n_tokens} tokens, and this model has room for {MAX_LEN}: please shorten it."
    assert str(error.value) == expected


def test_target_is_checked_like_the_source():
    with pytest.raises(InputError, match=r"^The target text has \d+ tokens, and this model has room for 29: please"):
        run(tiny("translate"), " ".join(ENGLISH), TEXT)


def test_bytes_that_are_no_characters_are_refused():
    with pytest.raises(InputError, match="The text holds bytes that are no characters"):
        run(tiny("continue"), "owl \udcff")


def test_source_for_a_model_that_has_none_is_refused():
    with pytest.raises(InputError, match=r"^tiny-fill has no source text: it reads one text only\.$"):
        run(tiny("fill"), TEXT, TEXT)


def test_special_tokens_typed_by_the_user_are_read_as_such_and_seen():
    bert = run(tiny("fill"), "[MASK] owl [MASK]. [SEP][PAD]")
    assert bert.tokens.labels.count(MASK) == 2
    assert bert.tokens.labels[1] == MASK
    assert (bert.tokens.labels.count(SEP), bert.tokens.labels.count(PAD)) == (2, 1)
    assert run(tiny("fill"), MASK).tokens.labels == (CLS, MASK, SEP)
    gpt = run(tiny("continue"), "[MASK] [EOS]")
    assert gpt.tokens.labels[-1] == EOS
    assert MASK not in gpt.tokens.labels  # a GPT has no such token: these are characters
    translator = run(tiny("translate"), "[BOS]", "[EOS] owl")
    assert translator.tokens.labels == (BOS, BOS)
    assert (translator.source.labels[0], translator.source.labels[-1]) == (EOS, EOS)


def test_model_writes_the_target_if_none_is_given():
    checkpoint = tiny("translate")
    result = run(checkpoint, " ", TEXT)
    assert result.written
    # Every written token is the most probable one after those before it.
    logits = result.trace.logits
    assert list(result.tokens.ids[1:]) == list(logits[:-1].argmax(-1))
    if result.finished:
        assert logits[-1].argmax() == tiny_tokenizer("translate").id_of(EOS)


def writes_the_same_then_ends(n_tokens):
    """A reading of the decoder that sets its logits by hand: the same token again and again, then [EOS]."""
    read_by_itself = CachedDecoder.read

    def read(self, tokens, past, memory_mask):
        logits, past = read_by_itself(self, tokens, past, memory_mask)
        n_read = past[0].own.length  # the position of a token is the number of tokens written before it
        positions = torch.arange(n_read - tokens.shape[1], n_read)
        logits = torch.zeros_like(logits)
        logits[0, :, tiny_tokenizer("translate").id_of(EOS)] = (positions >= n_tokens).float()
        logits[0, :, 7] = 0.5
        return logits, past

    return read


@pytest.mark.parametrize(
    ("n_source", "n_tokens", "n_read", "finished"),
    [
        (3, 5, 5, True),
        (3, 15, 15, True),
        (3, 16, 16, False),  # the bound 2 n + 10: stopped, and said so
        (17, 28, 28, True),  # [BOS] and 28 tokens fill every position, and [EOS] is predicted at the last
        (17, 29, 28, False),  # one more is written than can be read
        (17, 10**9, 28, False),
    ],
)
def test_target_that_outgrows_its_room_is_stopped_and_said_so(monkeypatch, n_source, n_tokens, n_read, finished):
    checkpoint = tiny("translate")
    monkeypatch.setattr(CachedDecoder, "read", writes_the_same_then_ends(n_tokens))
    ids, ended = write_target(checkpoint, [11] * n_source)
    assert ids == [tiny_tokenizer("translate").id_of(BOS), *[7] * n_read]
    assert len(ids) <= MAX_LEN
    assert ended == finished


def test_writing_the_target_can_be_watched_and_ended(monkeypatch):
    checkpoint, seen = tiny("translate"), []
    monkeypatch.setattr(CachedDecoder, "read", writes_the_same_then_ends(5))
    run(checkpoint, source="two", watch=lambda i, n: seen.append((i, n)))
    assert [i for i, _ in seen] == [1, 2, 3, 4, 5, 6]  # [EOS] is written too
    assert len({n for _, n in seen}) == 1

    def stop(i: int, n: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        run(checkpoint, source="two", watch=stop)


def test_unfinished_target_is_marked():
    """A model with random weights rarely ends by itself; whichever way, the mark says what happened."""
    checkpoint = tiny("translate")
    marks = set()
    for sentence in ENGLISH[::11]:
        result = run(checkpoint, source=sentence)
        last = int(result.trace.logits[-1].argmax())
        assert result.finished == (last == tiny_tokenizer("translate").id_of(EOS))
        marks.add(result.finished)
    assert False in marks
    assert run(checkpoint, TEXT, TEXT).finished


@pytest.mark.parametrize("task", TASKS)
def test_two_threads_on_one_checkpoint_get_their_own_runs(task):
    layers = {f"n_{stack}_layers": 1 for stack in TASKS_STACKS[task]}
    checkpoint = tiny(task, **layers)
    texts = [" ".join(ENGLISH[i].split()[: 1 + i % 4]) for i in range(0, 60, 5)]

    def answer(i):
        """Run a text; a translator is given its target but for the first, which it writes itself."""
        if task != "translate":
            return run(checkpoint, texts[i])
        return run(checkpoint, texts[-i] if i else "", texts[i])

    alone = [answer(i) for i in range(len(texts))]
    together = threading.Barrier(2)

    def session(thread):
        together.wait()
        wrong = 0
        for n in range(100):
            i = (n * (5 if thread else 7)) % len(texts)
            result = answer(i)
            same = result.tokens == alone[i].tokens and result.source == alone[i].source
            wrong += not (same and allclose(result.trace, alone[i].trace, atol=0))
        return wrong

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(session, range(2))) == [0, 0]
