"""The view "Waves": the code as matrix, curves, clock hands and wavelengths, and where a number comes from."""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from explorer.components.position_check import position_check
from explorer.components.position_waves import MOST_KEPT, Waves, position_waves
from explorer.ui.lessons import lesson
from explorer.ui.notices import notice
from explorer.ui.positions import DIALS, PAGE, put_number, take_number
from explorer.ui.positions_codes import reference_code, show_code_provenance

KEPT = "kept"


def show_waves() -> None:
    waves = _take_waves()
    st.markdown(lesson(PAGE, "waves"))
    position_waves(waves, list(DIALS.values()), key="position_waves", on_change=_changed)
    codes = reference_code(waves.length, waves.d, "sinusoidal", waves.base)
    position_check(codes, base=waves.base, key="position_check")
    show_code_provenance(waves.pos, waves.dim, waves.d, "sinusoidal", waves.base)


def _take_waves() -> Waves:
    """What the session or the URL says, in bounds; the URL follows."""
    d, length, base = (take_number(key) for key in ("d", "length", "base"))
    pos, dim = take_number("pos", length - 1), take_number("dim", d - 1)
    kept = _take_kept(d)
    for key in DIALS:
        put_number(key)
    text = ",".join(map(str, kept))
    if text and st.query_params.get(KEPT) != text:
        st.query_params[KEPT] = text
    if not text and KEPT in st.query_params:
        del st.query_params[KEPT]
    return Waves(d, length, base, pos, dim, kept)


def _take_kept(d: int) -> tuple[int, ...]:
    """The pairs whose curves stay: from the session, or "2,5" in the URL."""
    if KEPT not in st.session_state:
        parts = st.query_params.get(KEPT, "").split(",", MOST_KEPT)
        numbers = [int(part) if part.isascii() and part.isdigit() and len(part) < 4 else -1 for part in parts if part]
        good = len(numbers) <= MOST_KEPT and len(set(numbers)) == len(numbers) and all(0 <= n < d // 2 for n in numbers)
        if not good:
            notice(f"The address asks for curves that are not there: at most {MOST_KEPT} pairs below {d // 2}.")
        st.session_state[KEPT] = tuple(numbers) if good else ()
    return tuple(i for i in st.session_state[KEPT] if i < d // 2)


def _changed(waves: Waves) -> None:
    st.session_state.update(asdict(waves))
