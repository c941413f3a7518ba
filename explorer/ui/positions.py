"""The frame of the positions page: which view, and the sizes of the code, in the URL."""

from __future__ import annotations

import streamlit as st

from explorer.components.position_waves import Dial
from explorer.limits import POSITION_BASE, POSITION_LENGTH, POSITION_SIZE
from explorer.ui.notices import notice
from explorer.ui.url import choose_in_url, put_into_url

PAGE = "positions"
VIEWS = {
    "waves": "Waves",
    "board": "Board and paper",
    "why": "Why it works",
    "model": "In a model",
    "sum": "x + PE",
}
DIALS = {
    "pos": Dial("pos", "Position", 0, POSITION_LENGTH - 1),
    "dim": Dial("dim", "Dimension", 0, POSITION_SIZE - 1),
    "base": Dial("base", "Base b", 2, POSITION_BASE, ratio=True),
    "d": Dial("d", "d = d_model", 2, POSITION_SIZE, step=2),
    "length": Dial("length", "Length", 2, POSITION_LENGTH),
}
DEFAULTS = {"pos": 21, "dim": 12, "base": 10_000, "d": 64, "length": 128}


def choose_view() -> str:
    """Draw the row of views, and return the chosen one."""
    return choose_in_url("view", VIEWS, "View")


def take_number(key: str, high: int | None = None, dial: Dial | None = None, default: int | None = None) -> int:
    """Set the session's number from the URL where it is not set yet, before a widget of this key is drawn.

    What the address says and is no such number is answered in one sentence. A number that was good, and lies above
    ``high`` since another one has changed, becomes the highest there is.
    """
    dial = dial or DIALS[key]
    high = dial.high if high is None else high
    default = min(DEFAULTS[key] if default is None else default, high)
    value = st.session_state.get(key)
    if type(value) is not int or not _is_good(value, dial, dial.high):
        value = None
    if value is None:
        value, text = default, st.query_params.get(key)
        if text is not None:
            # Nobody's digits are read before they are few enough to be one of these numbers.
            number = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1
            good = _is_good(number, dial, high)
            value = number if good else default
            if not good:
                whole = "an even number" if dial.step == 2 else "a whole number"
                notice(f"In the address, {key} must be {whole} from {dial.low:,} to {high:,}: showing {default:,}.")
    st.session_state[key] = min(value, high)
    return st.session_state[key]


def put_number(key: str, default: int | None = None) -> None:
    put_into_url(key, DEFAULTS[key] if default is None else default)


def choose_sizes(*, base: bool = True) -> tuple[int, int, int]:
    """Draw d, the length and the base of a code side by side: (d, length, base)."""
    keys = ("d", "length", "base") if base else ("d", "length")
    for key, place in zip(keys, st.columns(len(keys), gap="medium"), strict=True):
        take_number(key)
        dial = DIALS[key]
        with place:
            if dial.ratio:
                st.number_input(dial.label, dial.low, dial.high, key=key, step=1000)
            else:
                st.slider(dial.label, dial.low, dial.high, key=key, step=dial.step)
        put_number(key)
    return st.session_state["d"], st.session_state["length"], st.session_state.get("base", DEFAULTS["base"])


def _is_good(number: int, dial: Dial, high: int) -> bool:
    return dial.low <= number <= high and (number - dial.low) % dial.step == 0
