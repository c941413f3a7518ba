"""The controls that several views of the decoding page share: filters, seed, lengths; all of them in the URL."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.limits import DECODED_TOKENS, LARGEST_SEED
from explorer.ui.decoded import Start
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal
from explorer.ui.notices import not_there
from explorer.ui.url import put_into_url, take_from_url

if TYPE_CHECKING:
    from explorer.model.filters import Filters
    from explorer.model.tokenizer import TextTokenizer

PAGE = "decoding"
LINE_BREAK = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def choose_filters(vocab_size: int) -> Filters:
    """Draw the five filters in a row that wraps."""
    from explorer.model.filters import Filters

    with st.container(horizontal=True, gap="small", key="filters"):
        temperature = _slide("Temperature $T$", "temperature", 0.1, 3.0, 0.8, 0.05)
        top_k = choose_count("Top-k", "top_k", 0, vocab_size, 0, help=lesson(PAGE, "help top_k"))
        top_p = _slide("Top-p", "top_p", 0.05, 1.0, 0.9, 0.05)
        min_p = _slide("Min-p", "min_p", 0.0, 1.0, 0.0, 0.01)
        penalty = _slide("Repetition penalty", "repetition_penalty", 1.0, 3.0, 1.0, 0.05)
    return Filters(temperature, top_k, top_p, min_p, penalty)


def choose_seed() -> int:
    """Draw the seed, and a button for the next one."""
    seed = choose_count("Seed", "seed", 0, LARGEST_SEED, 1)
    st.button("Next seed", key="next_seed", on_click=_next_seed, help=lesson(PAGE, "help seed"))
    return seed


def choose_length(start: Start) -> int:
    """Draw how many tokens may be written at most."""
    longest = min(start.room, max(DECODED_TOKENS, start.usual))
    return choose_count("At most tokens", "length", 1, longest, start.usual)


def choose_count(
    label: str, key: str, low: int, high: int, default: int, help: str | None = None, width: int = 130
) -> int:
    """Draw a whole number."""
    take_number(key, low, high, default, int)
    value = st.number_input(label, low, high, key=key, step=1, width=width, help=help)
    put_into_url(key, default)
    return value


def one_line(tokenizer: TextTokenizer, ids: Sequence[int]) -> str:
    """The text of the ids, its line breaks as signs."""
    return LINE_BREAK.sub("⏎", tokenizer.decode(ids))


def text_of(tokenizer: TextTokenizer, ids: Sequence[int], ended: bool) -> str:
    """A text that a model wrote, as Markdown; "…" where it was stopped before its end."""
    return literal(written_words(tokenizer, ids, ended))


def written_words(tokenizer: TextTokenizer, ids: Sequence[int], ended: bool) -> str:
    """The same as it is, for what is no Markdown."""
    return (one_line(tokenizer, ids) or ("(nothing)" if ended else "")) + ("" if ended else "…")


def take_number(key: str, low: float, high: float, default: float, kind: Callable[[Any], Any]) -> None:
    """As ``take_from_url``, for a number from ``low`` to ``high``; a value that was the default follows it."""
    state = st.session_state
    if key in state:
        was_default = state.get(f"_{key}_default") == state[key]
        good = isinstance(state[key], int | float) and low <= state[key] <= high
        state[key] = kind(state[key]) if good and not was_default else default
    else:
        wanted = st.query_params.get(key)
        number = default if wanted is None else _number(wanted, low, high, kind)
        if number is None:
            not_there(key, default)
        state[key] = default if number is None else number
    state[f"_{key}_default"] = default


def take_following(key: str, options: Sequence[Any], default: Any) -> None:
    """As ``take_from_url``; a value that was the default follows the default when that changes."""
    state = st.session_state
    if key in state and state.get(f"_{key}_default") == state[key]:
        state[key] = default
    take_from_url(key, options, default)
    state[f"_{key}_default"] = default


def _slide(label: str, key: str, low: float, high: float, default: float, step: float) -> float:
    take_number(key, low, high, default, float)
    value = st.slider(label, low, high, key=key, step=step, width=160, help=lesson(PAGE, f"help {key}"))
    put_into_url(key, default)
    return value


def _number(text: str, low: float, high: float, kind: Callable[[Any], Any]) -> Any:
    """The number that the URL names; None for anything else."""
    try:
        number = kind(text) if len(text) <= 24 else None
    except ValueError:
        return None
    return number if number is not None and isfinite(number) and low <= number <= high else None


def _next_seed() -> None:
    if (seed := st.session_state.get("seed")) is not None:
        st.session_state["seed"] = (seed + 1) % (LARGEST_SEED + 1)
