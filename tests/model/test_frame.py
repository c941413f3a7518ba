"""What stands around a text that a bundled model reads, and how its special tokens are typed."""

import pytest

from explorer.model.frame import Frame
from explorer.model.tokenizer import BOS, CLS, EOS, MASK, SEP
from tests.training.samples import tiny_tokenizer


def test_a_frame_stands_on_both_sides():
    assert Frame((2, 3), (5,)).around([7, 11]) == [2, 3, 7, 11, 5]
    assert len(Frame((2, 3), (5,))) == 3
    assert Frame().around(range(2)) == [0, 1] and len(Frame()) == 0


@pytest.mark.parametrize(
    ("task", "architecture", "what", "before", "after"),
    [
        ("translate", "encoder-decoder", "source", [], [EOS]),
        ("translate", "encoder-decoder", "target", [BOS], []),
        ("continue", "decoder", "text", [BOS], []),
        ("fill", "encoder", "text", [CLS], [SEP]),
    ],
)
def test_frames_of_bundled_models(task, architecture, what, before, after):
    tokenizer = tiny_tokenizer(task)
    frame = tokenizer.frame(what, architecture)
    assert tokenizer.labels(frame.before) == before and tokenizer.labels(frame.after) == after


@pytest.mark.parametrize(
    ("architecture", "what"), [("decoder", "source"), ("encoder", "target"), ("encoder-decoder", "text"), ("x", "text")]
)
def test_no_model_reads_what_its_architecture_has_no_place_for(architecture, what):
    with pytest.raises(ValueError, match=f"no '{architecture}' reads a '{what}'"):
        tiny_tokenizer("translate").frame(what, architecture)


def test_a_vocabulary_without_the_token_has_no_frame():
    with pytest.raises(KeyError):
        tiny_tokenizer("fill").frame("text", "decoder")


def test_special_tokens_are_typed_as_they_are_called():
    tokenizer = tiny_tokenizer("fill")
    assert tokenizer.token_of(MASK) == "[MASK]"
    assert tokenizer.encode(f"a {tokenizer.token_of(MASK)}")[-1] == tokenizer.id_of(MASK)
    with pytest.raises(KeyError):
        tokenizer.token_of(BOS)


def test_one_vocabulary_serves_both_languages():
    tokenizer = tiny_tokenizer("translate")
    assert tokenizer.encode_target("A dog.") == tokenizer.encode("A dog.")
    assert tokenizer.source_labels([0, 7]) == tokenizer.labels([0, 7])


def test_same_as():
    assert tiny_tokenizer("fill").same_as(tiny_tokenizer("fill"))
    assert not tiny_tokenizer("fill").same_as(tiny_tokenizer("translate"))
    assert not tiny_tokenizer("fill").same_as("fill")
