"""Every id of a hub model's vocabulary has a label that can be seen and told from all others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import pre_tokenizers

from explorer.hub.tokenizers import load_tokenizer
from explorer.hub.tokenizers.labels import BYTES, PLAIN, SPACE, label_all
from explorer.model.token_labels import bytes_of, readable
from tests.hub.tokenizer_folders import MAKE, config_of

CHARACTER_OF = {bytes_of(character)[0]: character for character in pre_tokenizers.ByteLevel.alphabet()}


def opened(family, folder, form="saved", **switches):
    MAKE[family](folder, form, **switches)
    return load_tokenizer(folder, family, config_of(folder))


@pytest.mark.parametrize("family", MAKE)
def test_labels_are_all_different_and_none_is_empty(tmp_path, family):
    tokenizer = opened(family, tmp_path)
    labels = tokenizer.labels(range(tokenizer.vocab_size))
    assert len(set(labels)) == len(labels) == config_of(tmp_path)["vocab_size"]
    assert all(
        label and label.isprintable() and " " not in label.strip("<>").replace("unused ", "") for label in labels
    )
    assert tokenizer.source_labels([5, 7]) == tokenizer.labels([5, 7])


@pytest.mark.parametrize(
    ("family", "text", "labels"),
    [
        ("gpt2", "the  the\n<|endoftext|>é", ["t", "he", "␣", "␣the", "⏎", "<|endoftext|>", "é"]),
        ("roberta", "the <mask> the", ["t", "he", "␣", "<mask>", "␣the"]),
        ("bert", "The [MASK] was wax 你", ["the", "[MASK]", "was", "w", "##a", "##x", "[UNK]"]),
        ("bert", "Walking", ["wal", "##king"]),
        ("t5", "the <extra_id_1> the", ["␣the", "<extra_id_1>", "␣the"]),
        ("marian", ">>deu<< the 你", [">>deu<<", "<unk>", "␣", "<unk>"]),
    ],
)
def test_labels_show_spaces_and_pieces(tmp_path, family, text, labels):
    tokenizer = opened(family, tmp_path)
    assert tokenizer.labels(tokenizer.encode(text)) == labels


def test_an_id_without_a_token_says_so(tmp_path):
    tokenizer = opened("gpt2", tmp_path)
    assert tokenizer.label(431) == "<unused 431>"
    assert tokenizer.decode([431, 437]) == ""
    for outside in (-1, 438):
        with pytest.raises(ValueError, match=f"id {outside} is not in this vocabulary of 438 tokens"):
            tokenizer.label(outside)


def test_two_vocabularies_have_labels_of_their_own(tmp_path):
    tokenizer = opened("marian", tmp_path, separate_vocabs=True)
    ids = tokenizer.encode("so blue")
    assert "".join(tokenizer.source_labels(ids)).replace("␣", " ").strip() == "so blue"
    assert tokenizer.source_labels(ids) != tokenizer.labels(ids)
    targets = tokenizer.encode_target("Niemand wusste")
    assert "".join(tokenizer.labels(targets)).replace("␣", " ").strip() == "Niemand wusste"


def test_tokens_that_look_alike_are_told_apart_by_their_ids():
    # "Ā" is byte 0; the same label could come from a token added as the text "<00>"
    tokens = ["Ā", "<00>", None, "<unused 2>", "a b", "\u200b", "<U+200B>", "a b (id 9)", "a▁b", "Ġa"]
    for marks in (BYTES, SPACE, PLAIN):
        labels = label_all(tokens, {"<00>", "<unused 2>", "<U+200B>"}, marks)
        assert len(set(labels)) == len(tokens)
    assert label_all(["x", "▁x", "Ġx"], (), SPACE) == ["x", "␣x", "Ġx"]
    assert label_all(["x", "▁x", "Ġx"], (), PLAIN) == ["x", "▁x", "Ġx"]
    assert label_all(["x", "Ġx", "<s>"], ["<s>"], BYTES) == ["x", "␣x", "<s>"]
    assert label_all(["", "\n", " "], ["", "\n", " "], SPACE) == ["<empty 0>", "<0A>", "<20>"]
    assert label_all(["▁x", " x", "␣x"], (), SPACE) == ["␣x", "␣x (id 1)", "<U+2423>x"]


@given(st.text(st.characters(max_codepoint=0x300), min_size=1, max_size=5))
def test_a_label_is_that_of_the_bytes_that_a_token_stands_for(text):
    as_bytes = "".join(CHARACTER_OF[byte] for byte in text.encode())
    expected = [readable(text.encode())]
    assert label_all([as_bytes], (), BYTES) == expected
    assert label_all([text.replace(" ", "▁")], (), SPACE) == expected
    assert label_all([text], (), PLAIN) == expected


strange = st.text(st.sampled_from("aĠ▁␣ #<>0UĀ\n\u0301′()id17+"), max_size=5)


@given(
    st.lists(st.none() | strange, max_size=31, unique_by=lambda token: token or object()),
    st.sampled_from([BYTES, SPACE, PLAIN]),
)
def test_labels_of_any_vocabulary_are_different(tokens, marks):
    labels = label_all(tokens, set(tokens[:3]) - {None}, marks)
    assert len(set(labels)) == len(tokens)
