"""A text unlike the training text is recognised by its words falling to pieces."""

import pytest

from explorer.model.domain import unfamiliar_words
from explorer.model.tokenizer import BOS, TextTokenizer
from explorer.training.data import SPECIAL_TOKENS
from tests.training.samples import ENGLISH

TOKENIZER = TextTokenizer.train(ENGLISH, 420, SPECIAL_TOKENS["fill"])


@pytest.mark.parametrize("text", ENGLISH[::7])
def test_the_training_text_is_familiar(text):
    assert unfamiliar_words(TOKENIZER, [text]) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Quantum mechanics!", ("Quantum", "mechanics")),
        ("[MASK] Привет, [MASK] Привет", ("Привет",)),
        ("The owl sells quantum", ("quantum",)),  # one in four
        ("The owl sells the quantum", ()),  # one in five
        ("🤖🤖", ("🤖🤖",)),
        ("...", ("...",)),
        ("", ()),
        ("[MASK]", ()),
    ],
)
def test_words_in_pieces_are_named_once(text, words):
    assert unfamiliar_words(TOKENIZER, [text]) == words


def test_all_texts_count_together():
    assert unfamiliar_words(TOKENIZER, ["The owl paints a blue door.", "quantum"]) == ()
    assert unfamiliar_words(TOKENIZER, ["Nobody", "quantum"]) == ("quantum",)


def test_characters_tell_nothing():
    characters = TextTokenizer.train(["abc"], 4, (BOS,), "characters")
    assert unfamiliar_words(characters, ["cab"]) == ()
