"""Whatever text is typed, every page reads it or says in one sentence why not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.hub.models import find_any, open_any
from explorer.model.checkpoint import Checkpoint
from explorer.model.reading import InputError
from explorer.model.run import run
from tests.fuzz.addresses import INJECTED, PLACES, SIGNS
from tests.fuzz.depth import tries
from tests.fuzz.opened import MODELS, assert_is_sentence, assert_usable, open_at

pytestmark = [pytest.mark.usefixtures("models"), pytest.mark.timeout(3_600)]
TYPED = [
    *INJECTED,
    *SIGNS,
    "[MASK]" * 50,
    "[MASK] " * 3,
    "[BOS][EOS][CLS][SEP][PAD]",
    "<|endoftext|>" * 3,
    "</s><pad><unk><extra_id_0> <s><mask>",
    ">>deu<< >>nonsense<<",
    "cat [MASK] dog",
    "cat dog fish",
    "sun moon",
    "CAT  dog\tfish\r\nbird",
    "x" * 100_000,
    "cat " * 25_000,
    "[MASK]" * 5_000,
    "😀" * 19_999,
    "猫は犬を見た。",
    "кошка и собака",
    "القط والكلب",
    "แมวเห็นหมา",
    "e\u0301\u0302\u0303" * 7,
    "👩‍👩‍👧‍👦👍🏽",
    "\u200b\u200d\u2060",
    "\x00\x01\x02\x7f\x85",
    "\ufffe\uffff\U0010ffff",
    "# title\n* item\n> quote\n```python\nx\n```\n| a |\n|---|",
]
CHANNELS = ("source", "target", "text", "continuation", "candidates", "sentence", "new", "text_a", "text_b")


def texts(alphabet: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    whole = st.sampled_from(TYPED)
    return st.one_of(whole, whole, st.text(alphabet, max_size=40), st.lists(whole, max_size=3).map(" ".join))


@tries(30)
@given(
    st.sampled_from(PLACES),
    st.sampled_from(MODELS),
    st.fixed_dictionaries({key: texts(st.characters(codec="utf-8")) for key in CHANNELS[:3]}),
    st.dictionaries(st.sampled_from(CHANNELS[3:]), texts(st.characters(codec="utf-8"))),
)
def test_on_every_page(place, model, sidebar, more):
    page, view = place
    assert_usable(open_at(page, {"view": view} if view else {}, model=model, **sidebar, **more))


@pytest.mark.parametrize("model", MODELS)
def test_in_every_model(model):
    """Without a screen, where half a character (a lone surrogate) can come from a file or from a shell."""
    checkpoint: Checkpoint = open_any(find_any(model))
    pair = checkpoint.entry.config.has_cross_attention

    @tries(80)
    @given(texts(st.characters()), texts(st.characters()))
    def check(text, target):
        try:
            finished = run(checkpoint, target, text) if pair else run(checkpoint, text)
        except InputError as error:
            assert_is_sentence(str(error))
            str(error).encode()  # fit for a screen
        else:
            assert all(label.encode() for label in finished.tokens.labels)

    check()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("text", ["cat \ud800 dog", "\udfff", "\udc80" * 30])
def test_half_a_character_is_named(model, text):
    checkpoint = open_any(find_any(model))
    with pytest.raises(InputError) as caught:
        run(checkpoint, "", text) if checkpoint.entry.config.has_cross_attention else run(checkpoint, text)
    assert_is_sentence(str(caught.value))
    str(caught.value).encode()
