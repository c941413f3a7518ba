"""A checkpoint's texts become the very ids that transformers gives, and the ids the very texts, for every family."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from explorer.hub.tokenizers import load_tokenizer
from explorer.hub.tokenizers.roles import ARCHITECTURE
from tests.hub.tokenizer_folders import ENGLISH, GERMAN, MAKE, SPECIAL, config_of

FORMS = ("saved", "older", "plain")
HARD = [
    "",
    " ",
    "   ",
    "Hello, world!",
    " Hello",
    "Hello ",
    "Hello   world",
    "  leading and trailing  ",
    "a\tb\n\nc\r\nd",
    "\n",
    "MiXeD CaSe WALKING walking Walking",
    "naïve café Łódź Übermaß ẞ İstanbul ﬁne ½ №",
    "cafe\u0301 n\u0303 a\u030a\u0301",
    "\u0301\u0308",
    "你好,世界。漢字かな交じり文 한국어",
    "Привет, мир! Съешь ещё этих мягких французских булок",
    "السلام عليكم שלום עולם",
    "🙂 👩‍👩‍👧 🏳️‍🌈 👍🏽",
    "zero\u200bwidth\u200djoin\ufeffbom\u00a0nbsp\u3000wide\u2028line",
    "\x00",
    "a\x00b\x01\x1f\x7f\x85c",
    "\ufffd\ue000\U0010ffff",
    "don't they've I'm 'quoted' \"double\" — dash… 100 % $3.50 e-mail@x.org",
    "1234567890 3,141,592.65",
    "x" * 317,
    "unbelievable" * 31,
    "ab" * 50 + " " + "un" * 51,
    "<<>> >><< >>deu<< Hallo >>fra<<",
    ">>deu<<Hallo",
    " >>deu<< Hallo",
    ">>never closed",
    "▁Hello ▁ ▁▁ ##ing ## Ġthe Ċ",
    "<|endoftext|> <s> [MASK] <mask> <extra_id_0>",
    *ENGLISH[:3],
    *GERMAN[:3],
]
LONG = (" ".join(ENGLISH + GERMAN) * 20)[:10_000]


@pytest.fixture(scope="session", params=[(family, form) for family in MAKE for form in FORMS], ids="-".join)
def pair(request, tmp_path_factory):
    """A family's name, our tokenizer, and transformers' from the same folder."""
    family, form = request.param
    folder = MAKE[family](tmp_path_factory.mktemp(f"{family}-{form}"), form)
    return family, load_tokenizer(folder, family, config_of(folder)), AutoTokenizer.from_pretrained(folder)


def framed(family, ours, text):
    """A text's ids as the model reads them, without the one token that we put before GPT-2's."""
    architecture = ARCHITECTURE[family]
    frame = ours.frame("source" if architecture == "encoder-decoder" else "text", architecture)
    return frame.around(ours.encode(text))[family == "gpt2" :]


def written_out(family):
    special = SPECIAL[family]
    yield from special
    for token in special:
        yield from (
            f"a{token}b",
            f"a {token} b",
            f" {token} ",
            f"{token}{token}",
            token.upper(),
            token[:-1],
            f"{token},",
        )
    yield "The ".join(special)


def test_ids_are_those_of_transformers(pair):
    family, ours, theirs = pair
    assert len(LONG) == 10_000
    for text in [*HARD, LONG, *written_out(family)]:
        assert framed(family, ours, text) == theirs(text).input_ids, text
        assert ours.encode(text) == theirs(text, add_special_tokens=False).input_ids, text


def test_texts_are_those_of_transformers(pair):
    family, ours, theirs = pair
    for text in [*HARD, LONG, *written_out(family)]:
        ids = theirs(text).input_ids
        assert ours.decode(ids) == theirs.decode(ids, skip_special_tokens=True), text
    ids = [i for i in range(len(theirs)) if i % 7]
    assert ours.decode(ids) == theirs.decode(ids, skip_special_tokens=True)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_text_at_all(pair, data):
    family, ours, theirs = pair
    part = st.one_of(
        st.text(st.characters(codec="utf-8"), max_size=17),
        st.sampled_from(SPECIAL[family]),
        st.sampled_from([" ", "  ", "\n", "Walking", "unreadable", "Küchentür", ">>", "<<"]),
    )
    text = "".join(data.draw(st.lists(part, max_size=7)))
    ids = theirs(text).input_ids
    assert framed(family, ours, text) == ids
    assert ours.decode(ids) == theirs.decode(ids, skip_special_tokens=True)


def test_targets_are_those_of_transformers(pair):
    family, ours, theirs = pair
    for text in [*HARD, LONG, *written_out(family)]:
        assert ours.encode_target(text) == theirs(text_target=text, add_special_tokens=False).input_ids, text
    differs = ours.encode_target(GERMAN[1]) != ours.encode(GERMAN[1])
    assert differs == (family == "marian")  # its two languages are cut by two models


SWITCHES = [
    ("gpt2", {"add_prefix_space": True}),
    ("gpt2", {"clean_up_tokenization_spaces": True}),
    ("roberta", {"add_prefix_space": True}),
    ("bert", {"do_lower_case": False}),
    ("bert", {"do_lower_case": False, "strip_accents": True}),
    ("bert", {"do_lower_case": True, "strip_accents": False}),
    ("bert", {"tokenize_chinese_chars": False}),
    ("bert", {"clean_up_tokenization_spaces": True}),
    ("distilbert", {"do_lower_case": False}),
    ("bert", {"split_special_tokens": True}),
    ("marian", {"separate_vocabs": True}),
    ("marian", {"clean_up_tokenization_spaces": True}),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("family", "switches"), SWITCHES, ids=str)
def test_switches_of_tokenizer_config_are_heeded(tmp_path, family, switches, form):
    folder = MAKE[family](tmp_path, form, **switches)
    ours, theirs = load_tokenizer(folder, family, config_of(folder)), AutoTokenizer.from_pretrained(folder)
    for text in [*HARD, *written_out(family), "Oh , no ! Why ? I do n't , it 's . 你好"]:
        assert framed(family, ours, text) == theirs(text).input_ids, text
        ids = ours.encode_target(text)
        if family == "marian":
            assert ids == theirs(text_target=text, add_special_tokens=False).input_ids, text
        assert ours.decode(ids) == theirs.decode(ids, skip_special_tokens=True), text


@pytest.mark.parametrize(
    ("family", "one", "other", "text"),
    [
        ("bert", {"do_lower_case": False}, {}, "Walking"),
        ("bert", {"strip_accents": False}, {}, "Zoë"),
        ("bert", {"split_special_tokens": True}, {}, "[MASK]"),
        ("gpt2", {"add_prefix_space": True}, {}, "Walking"),
    ],
)
def test_a_switch_makes_a_difference(tmp_path, family, one, other, text):
    ids = []
    for name, switches in (("one", one), ("other", other)):
        (tmp_path / name).mkdir()
        folder = MAKE[family](tmp_path / name, "saved", **switches)
        ids.append(load_tokenizer(folder, family, config_of(folder)).encode(text))
    assert ids[0] != ids[1]
