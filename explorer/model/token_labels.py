"""Labels of tokens that can be seen on a screen and told apart: spaces, control characters, bytes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

# Byte-level BPE writes each byte as one printable character; this is the way back (Radford et al. 2019, section 2.2).
_PRINTABLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
_BYTE_OF = {chr(byte): byte for byte in _PRINTABLE}
_BYTE_OF |= {chr(256 + i): byte for i, byte in enumerate(b for b in range(256) if b not in _PRINTABLE)}

_SIGNS = {" ": "␣", "\n": "⏎", "\t": "⇥"}
_LOOKS_LIKE_A_CODE = re.compile(r"<(U\+)?[0-9A-F]+>")


def bytes_of(token: str) -> bytes:
    """The bytes that a token of byte-level BPE stands for; KeyError if it is not written in its alphabet."""
    return bytes(_BYTE_OF[character] for character in token)


def readable(token: bytes, reserved: Collection[str] = ()) -> str:
    """The bytes of an ordinary token as a label that can be seen, and that no other bytes have.

    A token that spells one of ``reserved`` (the special tokens) is written in hexadecimal, as are bytes that are no
    text: "␣" is a space, <0A> a byte, <U+00A0> a character that has no sign of its own.
    """
    try:
        text = token.decode("utf-8")
    except UnicodeDecodeError:
        return _hexadecimal(token)
    if _LOOKS_LIKE_A_CODE.search(text) or text in reserved:
        return _hexadecimal(token)  # these very characters, typed by someone
    label = "".join(map(_visible, text))
    if unicodedata.category(label[:1] or " ").startswith("M"):  # an accent with no letter to stand on
        return f"<U+{ord(label[0]):04X}>{label[1:]}"
    return label


def _hexadecimal(token: bytes) -> str:
    return "".join(f"<{byte:02X}>" for byte in token)


def _visible(character: str) -> str:
    if character in _SIGNS:
        return _SIGNS[character]
    if character.isprintable() and character not in _SIGNS.values():
        return character
    return f"<U+{ord(character):04X}>"
