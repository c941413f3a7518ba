"""Vocabularies of characters and of words: small enough to be read, and honest about what they lack."""

import pytest

from explorer.model.tokenizer import BOS, EOS, MASK, TextTokenizer, UnknownText

PLAY = "ANNA:\nAha, a\tham!"
WORDS = ["red blue", "green  red"]


def characters() -> TextTokenizer:
    return TextTokenizer.train([PLAY[:7], PLAY[7:]], len(set(PLAY)) + 1, (BOS,), "characters")


def words() -> TextTokenizer:
    return TextTokenizer.train(WORDS, 6, (BOS, EOS, MASK), "words")


def test_each_character_is_a_token(tmp_path):
    tokenizer = characters()
    tokenizer.save(tmp_path / "tokenizer.json")
    for same in (tokenizer, TextTokenizer.load(tmp_path / "tokenizer.json")):
        ids = same.encode(PLAY)
        assert same.units == "characters"
        assert len(ids) == len(PLAY) and len(set(ids)) == len(set(PLAY))
        assert same.decode(ids) == PLAY
        assert same.labels(same.encode("A\n\t a")) == ["A", "⏎", "⇥", "␣", "a"]
        assert same.encode(f"a{BOS}a") == [ids[-3], same.id_of(BOS), ids[-3]]
        assert same.encode_lines([PLAY, "", "a"]) == [ids, [], [ids[-3]]]
        assert same.decode([same.id_of(BOS), ids[0]]) == "A"


def test_each_word_is_a_token(tmp_path):
    tokenizer = words()
    tokenizer.save(tmp_path / "tokenizer.json")
    for same in (tokenizer, TextTokenizer.load(tmp_path / "tokenizer.json")):
        assert same.units == "words"
        assert same.labels(range(6)) == [BOS, EOS, MASK, "blue", "green", "red"]
        assert same.encode("Red  BLUE [MASK] red\n") == [5, 3, 2, 5]
        assert same.decode([0, 5, 3, 1]) == "red blue"


def test_spaces_around_a_text_count_only_where_they_are_tokens():
    assert characters().trim(" a\n") == " a\n"
    assert words().trim(" red\n") == "red"


@pytest.mark.parametrize(
    ("tokenizer", "text", "unknown"),
    [
        (characters, "Aha 😀", "😀"),
        (characters, "Aha\r", "<U+000D>"),
        (characters, f"{BOS}x", "x"),
        (words, "red pink blue", "pink"),
        (words, "[MASK] <b>", "<b>"),
        (words, "blue." + "x" * 99, "blue." + "x" * 25),
    ],
)
def test_what_is_unknown_is_named(tokenizer, text, unknown):
    with pytest.raises(UnknownText) as error:
        tokenizer().encode(text)
    kind = tokenizer.__name__
    assert str(error.value).startswith(f"“{unknown}” is not among the {kind} this model knows: ")
    with pytest.raises(UnknownText):
        tokenizer().encode_lines([PLAY if kind == "characters" else "red", text])


def test_the_message_lists_what_is_known():
    with pytest.raises(UnknownText, match=r"this model knows: blue green red$"):
        words().encode("pink")


def test_the_size_must_be_exact():
    with pytest.raises(ValueError, match=r"the text has 4 words, special tokens counted, not vocab_size=7"):
        TextTokenizer.train(WORDS, 7, (BOS,), "words")


def test_other_word_vocabularies_are_refused(tmp_path):
    path = tmp_path / "tokenizer.json"
    words().save(path)
    path.write_text(path.read_text().replace('"WhitespaceSplit"', '"Whitespace"'))
    with pytest.raises(ValueError, match="neither characters nor words"):
        TextTokenizer.load(path)
