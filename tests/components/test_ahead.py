"""What goes ahead of the page: that which is new, once, and with a digest by which the page knows it again."""

from __future__ import annotations

import json

import numpy as np
import pytest
import streamlit as st

from explorer.components import ahead, base
from explorer.components.ahead import DIGEST, WhatGoesAhead


class Line:
    """Stands in for the visitor's line, and keeps what was put on it."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, bytes]] = []

    def put(self, place: str, message: bytes) -> None:
        self.letters.append((place, message))


@pytest.fixture
def going() -> WhatGoesAhead:
    """With a line that can be looked at."""
    found = WhatGoesAhead()
    found.line = Line()
    return found


def opened(letter: bytes) -> tuple[dict, bytes]:
    """The address and the content, as parts/picture_line.js reads them."""
    end = 4 + int.from_bytes(letter[:4], "little")
    return json.loads(letter[4:end]), letter[end:]


def test_what_a_place_shows_first_comes_with_the_page_alone(going) -> None:
    data = going.put("explorer_token_bars", "bars", {"p": [0.5]})
    assert data == {"p": [0.5], "digest": data["digest"]} and len(data["digest"]) == 2 * DIGEST
    assert going.line.letters == []


def test_what_is_new_goes_ahead_once_and_as_streamlit_sends_it(going) -> None:
    sent = [going.put("explorer_token_bars", "bars", {"p": [0.5, n], "犬": "\x00"}) for n in (0, 1, 1, 1)]
    assert sent[0] != sent[1] == sent[2] == sent[3]
    ((place, letter),) = going.line.letters
    assert place == "explorer_token_bars bars"
    address, content = opened(letter)
    assert address == {"place": place, "binary": False, "digest": sent[1]["digest"]}
    assert {**json.loads(content), "digest": address["digest"]} == sent[1]


def test_bytes_go_as_bytes(going) -> None:
    packed = [base.pack({"n": n}, x=np.arange(7, dtype=np.float32)) for n in (1, 2)]
    sent = [going.put("explorer_head_map", "map", each) for each in packed]
    assert [each[:-DIGEST] for each in sent] == packed
    assert sent[0][-DIGEST:] != sent[1][-DIGEST:]
    ((place, letter),) = going.line.letters
    digest = sent[1][-DIGEST:].hex()
    assert opened(letter) == ({"place": place, "binary": True, "digest": digest}, packed[1])


def test_each_place_is_on_its_own_and_what_was_before_is_new_again(going) -> None:
    for key, value in (("a", 1), ("b", 1), ("a", 2), ("a", 1), ("b", 1)):
        going.put("explorer_token_bars", key, {"value": value})
    going.put("explorer_token_strip", "a", {"value": 7})
    told = [(place, json.loads(opened(letter)[1])["value"]) for place, letter in going.line.letters]
    assert told == [("explorer_token_bars a", 2), ("explorer_token_bars a", 1)]


@pytest.mark.parametrize("data", [{"p": [0.25, None, "犬"]}, b"abc"])
def test_equal_content_is_an_equal_message_to_every_visitor(data) -> None:
    """So that Streamlit sends only once what a browser has, and two visitors can be compared."""
    one, other = WhatGoesAhead(), WhatGoesAhead()
    other.put("explorer_token_bars", "bars", {"p": []})
    assert one.put("explorer_token_bars", "bars", data) == other.put("explorer_token_bars", "bars", data)


def test_each_session_has_one_line_of_its_own(monkeypatch) -> None:
    found = []
    for session in ({}, {}):
        monkeypatch.setattr(st, "session_state", session)
        found.append(ahead.what_goes_ahead())
        assert ahead.what_goes_ahead() is found[-1]
    assert found[0].line.name != found[1].line.name
