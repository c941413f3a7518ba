"""Fields of a config.json, one at a time: what is taken, what is refused, and that nothing goes unnoticed."""

from __future__ import annotations

import pytest

from explorer.hub.options import ACTIVATIONS, Options
from explorer.limits import HUB_SIZE
from explorer.model.config import ACTIVATIONS as OURS


def test_every_activation_is_one_of_ours():
    assert set(ACTIVATIONS.values()) == set(OURS)


def test_a_field_that_is_missing_or_null_has_its_default():
    options = Options({"there": 7, "null": None})
    assert options.whole("there", 5) == 7
    assert options.whole("null", 5) == 5
    assert options.whole("missing", 5) == 5
    assert "there" in options
    assert "null" not in options
    with pytest.raises(ValueError, match="'missing' is missing"):
        options.whole("missing")


@pytest.mark.parametrize("value", [0, -1, HUB_SIZE + 1, 10**1000, True, 2.0, "7", [7]])
def test_a_size_is_a_whole_number_in_reach(value):
    with pytest.raises(ValueError, match="'d'") as error:
        Options({"d": value}).size("d", 3)
    assert len(str(error.value)) < 200
    assert Options({"d": HUB_SIZE}).size("d") == HUB_SIZE
    with pytest.raises(ValueError, match="from 1 to 5, not 7"):
        Options({"d": 7}).size("d", largest=5)


def test_two_sizes_that_are_one_here():
    assert Options({"a": 7, "b": 7}).shared_size("a", "b", 5) == 7
    assert Options({}).shared_size("a", "b", 5) == 5
    with pytest.raises(ValueError, match="a=7 and b=5 are not supported"):
        Options({"a": 7}).shared_size("a", "b", 5)


def test_other_kinds_of_values():
    options = Options({"eps": 1, "yes": True, "name": "gelu_new", "odd": "mish"})
    assert options.number("eps", 0.5) == 1.0
    assert options.yes("yes", False) is True
    assert options.text("name", "relu") == "gelu_new"
    assert options.activation("name", "relu") == "gelu_tanh"
    assert options.activation("missing", "swish") == "silu"
    for call, says in [
        (lambda: options.number("yes", 0.5), "'yes' must be a number"),
        (lambda: Options({"x": 10**400}).number("x", 0.5), "'x' must be a number"),
        (lambda: options.yes("eps", False), "'eps' must be true or false"),
        (lambda: options.text("eps", ""), "'eps' must be a text"),
        (lambda: options.activation("odd", "relu"), "odd='mish' is not supported; these are: relu, gelu"),
    ]:
        with pytest.raises(ValueError, match=says):
            call()


def test_a_field_with_one_supported_value():
    options = Options({"same": False, "other": "relative_key", "zero": 0})
    options.require("same", False, "why")
    options.require("zero", False, "why")
    options.require("missing", 7, "why")
    with pytest.raises(ValueError, match="other='relative_key' is not supported: positions are added"):
        options.require("other", "absolute", "positions are added")


def test_ids_that_are_never_written():
    assert Options({}).suppressed() == ()
    assert Options({"bad_words_ids": None, "suppress_tokens": []}).suppressed() == ()
    assert Options({"bad_words_ids": [[7], [3], [7]], "suppress_tokens": [5]}).suppressed() == (3, 5, 7)
    for wrong in ([[7, 3]], [[]], [7], ["7"], [["7"]], "7", {"7": 7}, [[None]], [[7.0]], [[True]]):
        with pytest.raises(ValueError, match="bad_words_ids"):
            Options({"bad_words_ids": wrong}).suppressed()


def test_what_nobody_has_asked_for_is_refused_by_name_if_it_says_something():
    options = Options({"asked": 7, "seen": 3, "_private": 5, "dtype": "float32", "off": False, "empty": {}, "nil": 0})
    options.whole("asked", 1)
    options.seen(["seen"])
    options.finish()
    options = Options({"asked": 7, "rope_theta": 10000.0})
    options.whole("asked", 1)
    with pytest.raises(
        ValueError, match=r"rope_theta=10000\.0 is not supported: the explorer does not know this option"
    ):
        options.finish()
    with pytest.raises(ValueError, match="not supported") as error:
        Options({"x" * 10**5: "y" * 10**5}).finish()
    assert len(str(error.value)) < 300
