"""What every component of ours shares: its files, and arrays packed so that the browser reads them without parsing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from explorer.components.ahead import sent_ahead
from explorer.figures.style import DARK, LIGHT

FOLDER = Path(__file__).parent


@cache
def declare(name: str, *parts: str) -> Callable[..., Any]:
    """Register the component in ``<name>.js`` and ``<name>.css``; before each stands what all share, then ``parts``.

    A part is a script in the folder ``parts``, and a style where it has one: for a component whose script would be too
    long for one file, or what several components draw alike.
    """
    styles = [file.with_suffix(".css") for file in _files(name, parts)]
    style = "".join(path.read_text(encoding="utf-8") for path in styles if path.is_file())
    html = '<div class="root"></div>'
    full_name = f"explorer_{name}"
    component = st.components.v2.component(full_name, html=html, css=style, js=script_of(name, *parts))
    return sent_ahead(full_name, component)


@cache
def declare_unseen(name: str, *parts: str) -> Callable[..., Any]:
    """Register a component that only acts. Its script is its own and its parts', without what all others share."""
    script = _scripts(_own_files(name, parts))
    return st.components.v2.component(f"explorer_{name}", html="<i></i>", js=script)


def script_of(name: str, *parts: str) -> str:
    """The whole script of a component: the palettes, what all share, its parts, and its own."""
    script = f"const PALETTES = {json.dumps({'light': asdict(LIGHT), 'dark': asdict(DARK)})};\n"
    return script + _scripts(_files(name, parts))


def _files(name: str, parts: tuple[str, ...]) -> list[Path]:
    """Where they lie, in their order and without their endings."""
    return [FOLDER / "shared", FOLDER / "ahead", *_own_files(name, parts)]


def _own_files(name: str, parts: tuple[str, ...]) -> list[Path]:
    """The same without those that all share."""
    return [*(FOLDER / "parts" / part for part in parts), FOLDER / name]


def _scripts(files: list[Path]) -> str:
    return "".join(file.with_suffix(".js").read_text(encoding="utf-8") for file in files)


def pack(meta: dict[str, Any], **arrays: np.ndarray) -> bytes:
    """One message for the browser: ``unpack`` in shared.js gives back ``meta`` with a typed array per name.

    The layout is a little-endian uint32 with the header's length, the header as JSON padded to a multiple of 8, then
    each array's bytes, each padded to a multiple of 8. float32, int32 and uint8 arrays are sent as they are.
    """
    header, body = {"meta": meta, "arrays": {}}, b""
    for name, array in arrays.items():
        if array.dtype.name not in ("float32", "int32", "uint8"):
            raise TypeError(f"array {name!r} has dtype {array.dtype}, not float32, int32 or uint8")
        header["arrays"][name] = {"dtype": array.dtype.name, "shape": array.shape, "offset": len(body)}
        body += _padded(np.ascontiguousarray(array).tobytes())
    text = json.dumps(header).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return len(text).to_bytes(4, "little") + text + body


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 8)


def plain(value: Any) -> Any:
    """A record of plain values as a dict, and so on inside of it: as ``dataclasses.asdict`` without its copies,
    which take ten times as long for a grid of a thousand cells.

    >>> from dataclasses import make_dataclass
    >>> plain((make_dataclass("Cell", ["row", "label"])(1, "a"), 2))
    ({'row': 1, 'label': 'a'}, 2)
    """
    if isinstance(value, str | int | float | None):
        return value
    if isinstance(value, list | tuple):
        return type(value)(map(plain, value))
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return {name: plain(each) for name, each in vars(value).items()} if is_dataclass(value) else value


def number_for_browser(value: float) -> float | str:
    """A number as JSON can carry it: where it is not finite, the text that JavaScript's ``Number()`` reads back.

    >>> number_for_browser(0.5), number_for_browser(float("-inf")), number_for_browser(float("nan"))
    (0.5, '-Infinity', 'NaN')
    """
    number = float(value)
    return number if isfinite(number) else {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}[str(number)]


def sent_by(key: str, name: str) -> Any:
    """What the component with this key has sent under this name; None for one that the page has no more.

    Streamlit calls for what was sent just before its visitor went elsewhere, and then may have forgotten it.
    """
    state = st.session_state.get(key)
    return None if state is None else state.get(name)


def from_browser(value: Any, **sizes: int) -> tuple[int, ...] | None:
    """The whole numbers that a component sent, by name, each at least 0 and below its size; None for anything else.

    What comes from a browser may be anything, and may speak of a picture that has changed in the meantime.

    >>> from_browser({"layer": 1, "head": 2}, layer=6, head=8)
    (1, 2)
    >>> from_browser({"layer": 6, "head": 2}, layer=6, head=8) is None
    True
    """
    try:
        numbers = tuple(value[name] for name in sizes)
    except (TypeError, KeyError, IndexError):
        return None
    good = (type(n) is int and 0 <= n < size for n, size in zip(numbers, sizes.values(), strict=True))
    return numbers if all(good) else None
