"""Text survives the way to ids and back, and every id has a label that can be seen and told from the others."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.model.token_labels import readable
from explorer.model.tokenizer import BOS, CLS, EOS, MASK, PAD, SEP, SPECIAL_TOKENS, TextTokenizer
from tests.training.samples import ENGLISH, FLIPPED, tiny_tokenizer

texts = st.text(st.characters(codec="utf-8"), max_size=31)
ordinary = texts.filter(lambda text: not any(special in text for special in SPECIAL_TOKENS))


@given(ordinary.filter(lambda text: not text.startswith(" ")))
def test_decoding_gives_the_text_back(text):
    tokenizer = tiny_tokenizer("fill")
    assert tokenizer.decode(tokenizer.encode(text)) == unicodedata.normalize("NFC", text)


@given(st.lists(ordinary, max_size=5))
def test_many_lines_are_encoded_like_each_alone(lines):
    tokenizer = tiny_tokenizer("continue")
    assert tokenizer.encode_lines(lines) == [tokenizer.encode(line) for line in lines]


@pytest.mark.parametrize(
    ("text", "as_if"),
    [
        ("hides", " hides"),
        (" hides", " hides"),
        ("7 maps", " 7 maps"),
        ("écru", " écru"),
        ("世界", " 世界"),
        (", too", None),
        (".", None),
        ("\nThe", None),
        ("👍", None),
        ("hides  \n", " hides"),
        (", \n", ","),
        ("", ""),
    ],
)
def test_a_continuation_has_a_space_before_a_word_only(text, as_if):
    tokenizer = tiny_tokenizer("continue")
    before = tokenizer.encode("My uncle")
    whole = "My uncle" + (text if as_if is None else as_if)
    assert [*before, *tokenizer.encode_after(text)] == tokenizer.encode(whole)


@pytest.mark.parametrize(
    "text", ["naïve café", "Привет, мир!", "你好,世界", "👩‍👩‍👧 and 🏳️‍🌈", "שלום", "\x00\x1f", "e\u0301", "a\n\tb"]
)
def test_any_script_can_be_written(text):
    tokenizer = tiny_tokenizer("translate")
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == unicodedata.normalize("NFC", text)
    assert all(tokenizer.labels(ids))


def test_empty_text_has_no_tokens():
    assert tiny_tokenizer("fill").encode("") == []
    assert tiny_tokenizer("fill").decode([]) == ""


@pytest.mark.parametrize("task", ["translate", "continue", "fill"])
def test_labels_can_be_seen_and_told_apart(task):
    tokenizer = tiny_tokenizer(task)
    labels = tokenizer.labels(range(tokenizer.vocab_size))
    assert tokenizer.vocab_size == 300
    assert all(labels)
    assert all(label.isprintable() and not label.isspace() for label in labels)
    assert len(set(labels)) == len(labels)
    for name, token_id in tokenizer.special_ids.items():
        assert labels[token_id] == name
    for token_id in (-1, 300):
        with pytest.raises(ValueError, match="not in this vocabulary of 300 tokens"):
            tokenizer.label(token_id)


def test_labels_join_to_the_text():
    tokenizer = tiny_tokenizer("continue")
    for sentence in ENGLISH:
        assert "".join(tokenizer.labels(tokenizer.encode(sentence))) == "␣" + sentence.replace(" ", "␣")


@pytest.mark.parametrize(
    ("token", "label"),
    [
        (b" ", "␣"),
        ("␣".encode(), "<U+2423>"),
        (b" the", "␣the"),
        (b"\n\t", "⏎⇥"),
        (b"\xe2\x82", "<E2><82>"),
        (b"<E2>", "<3C><45><32><3E>"),
        (b"<U+2423>", "<3C><55><2B><32><34><32><33><3E>"),
        (b"[MASK]", "<5B><4D><41><53><4B><5D>"),
        (b"<b>", "<b>"),
        ("\u0301".encode(), "<U+0301>"),
        ("e\u0301x".encode(), "e\u0301x"),
        ("\u00a0\u200b".encode(), "<U+00A0><U+200B>"),
        (b"\x00", "<U+0000>"),
        ("ß".encode(), "ß"),
    ],
)
def test_readable(token, label):
    assert readable(token, SPECIAL_TOKENS) == label


tokens = st.one_of(
    st.binary(min_size=1, max_size=5),
    st.text("<>U+0123EFA␣⏎ \n\t[MASK]\u0301e\u00a0", min_size=1, max_size=11).map(str.encode),
)


@given(tokens, tokens)
def test_different_tokens_have_different_labels(one, other):
    assert (readable(one, SPECIAL_TOKENS) == readable(other, SPECIAL_TOKENS)) == (one == other)
    assert readable(one, SPECIAL_TOKENS).isprintable()
    assert readable(one, SPECIAL_TOKENS) not in SPECIAL_TOKENS


@pytest.mark.parametrize(("task", "special"), [("fill", [CLS, SEP, MASK, PAD]), ("continue", [BOS, EOS, PAD])])
def test_special_tokens_typed_in_a_text_are_themselves(task, special):
    tokenizer = tiny_tokenizer(task)
    assert set(tokenizer.special_ids) == set(special)
    for name in special:
        assert tokenizer.encode(name) == [tokenizer.id_of(name)]
        assert tokenizer.decode([tokenizer.id_of(name)]) == ""
    others = set(SPECIAL_TOKENS) - set(special)
    for name in others:
        assert tokenizer.decode(tokenizer.encode(name)) == name  # five ordinary characters
        with pytest.raises(KeyError):
            tokenizer.id_of(name)


def test_what_stands_around_a_mask_is_read_as_in_training():
    """Training hides tokens of a whole sentence, so the full stop after a mask must not get a space of its own."""
    tokenizer = tiny_tokenizer("fill")
    whole = tokenizer.encode("The owl paints a blue door.")
    door = tokenizer.encode("The owl paints a blue")
    hidden = [*door, tokenizer.id_of(MASK), whole[-1]]
    assert tokenizer.label(whole[-1]) == "."
    assert tokenizer.encode("The owl paints a blue [MASK].") == hidden
    assert tokenizer.encode("[MASK] owl paints a blue [MASK].") == [
        tokenizer.id_of(MASK),
        *hidden[len(tokenizer.encode("The")) :],
    ]


def test_saved_and_loaded_tokenizer_is_the_same(tmp_path):
    tokenizer = tiny_tokenizer("fill")
    tokenizer.save(tmp_path / "tokenizer.json")
    again = TextTokenizer.load(tmp_path / "tokenizer.json")
    text = "My uncle [MASK] three maps, naïvely 👍."
    assert again.encode(text) == tokenizer.encode(text)
    assert again.special_ids == tokenizer.special_ids
    again.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "tokenizer.json").read_bytes()


def test_a_file_that_would_cut_texts_does_not(tmp_path):
    tokenizer = tiny_tokenizer("fill")
    tokenizer.save(tmp_path / "tokenizer.json")
    content = json.loads((tmp_path / "tokenizer.json").read_text())
    content["truncation"] = {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0}
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    text = " ".join(ENGLISH)
    assert TextTokenizer.load(tmp_path / "tokenizer.json").encode(text) == tokenizer.encode(text)


def change_vocabulary(path, change):
    content = json.loads(path.read_text())
    change(content["model"]["vocab"])
    path.write_text(json.dumps(content))


def test_damaged_file_is_a_value_error(tmp_path):
    path = tmp_path / "tokenizer.json"
    for content in ("", "{}", "[]", '{"model": 5}'):
        path.write_text(content)
        with pytest.raises(ValueError):
            TextTokenizer.load(path)


def test_vocabulary_with_gaps_or_of_characters_is_refused(tmp_path):
    path = tmp_path / "tokenizer.json"
    tiny_tokenizer("fill").save(path)
    change_vocabulary(path, lambda vocabulary: vocabulary.update({"Ġfar": 5000}))
    with pytest.raises(ValueError, match=r"no token has the id 300, though there are 301 tokens"):
        TextTokenizer.load(path)
    tiny_tokenizer("fill").save(path)
    change_vocabulary(path, lambda vocabulary: vocabulary.update({"世": 300}))
    with pytest.raises(ValueError, match=r"the token '世' \(id 300\) is not written in bytes"):
        TextTokenizer.load(path)


def test_training_is_repeatable_and_composes_accents():
    one, other = (TextTokenizer.train([*ENGLISH, *FLIPPED], 290, (PAD, BOS, EOS)) for _ in range(2))
    assert one.tokenizer.to_str() == other.tokenizer.to_str()
    assert one.encode("e\u0301") == one.encode("é")
