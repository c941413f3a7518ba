"""The view "The √m laboratory": what random scores do to the softmax, with 1/√m and without it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.head_scores import HeadScores, head_scores, random_head
from explorer.analysis.numbers import score_laboratory as numbers
from explorer.analysis.provenance import tex
from explorer.analysis.score_laboratory import Laboratory, draw_products, laboratory
from explorer.components.position_waves import Dial
from explorer.components.score_laboratory import Measure, score_laboratory
from explorer.limits import CACHED_VIEW, LABORATORY_KEYS, LABORATORY_SIZE
from explorer.model.kinds import KIND_TITLES
from explorer.ui.bounded import BoundedCache
from explorer.ui.lessons import lesson
from explorer.ui.positions import put_number, take_number
from explorer.ui.provenance import show_provenance
from explorer.ui.session import Choice
from explorer.ui.url import choose_in_url, put_into_url, take_from_url

if TYPE_CHECKING:
    from explorer.model.run import Run

PAGE = "score_laboratory"
STYLE = Path(__file__).with_name("score_laboratory.css")
DIALS = {
    "m": Dial("m", "m", 1, LABORATORY_SIZE),
    "keys": Dial("keys", "Keys n", 8, LABORATORY_KEYS),
    "draw": Dial("draw", "Seed of the draw", 0, 9_999),
    "key_j": Dial("key_j", "Key j", 1, LABORATORY_KEYS),
    "key_l": Dial("key_l", "Key l", 1, LABORATORY_KEYS),
}
DEFAULTS = {"m": 64, "keys": 32, "draw": 1, "key_j": 1, "key_l": 2}
ASKED = {**numbers.OF_ALL, **numbers.OF_ONE, **numbers.OF_HEAD}
KEYS_OF = {"score": ("key_j",), "weight": ("key_j",), "entry": ("key_j", "key_l")}
SEEN = "_seen_draw"  # session key: the seed of the last draw
PAUSE = 0.3  # seconds until the next draw is made: until then the page is being shown
_draws: BoundedCache[np.ndarray] = BoundedCache(CACHED_VIEW, lambda products: products.nbytes)
_drawing = ThreadPoolExecutor(1, "draw ahead")  # one at a time
WAYS = {"with": numbers.WAYS[0], "without": numbers.WAYS[1]}


@st.fragment
def show_laboratory(choice: Choice, run: Run) -> None:
    st.html(STYLE)
    st.markdown(lesson(PAGE, "laboratory"))
    m = take_number("m", dial=DIALS["m"], default=DEFAULTS["m"])
    put_number("m", DEFAULTS["m"])
    lab = laboratory(_choose_draw(), st.session_state["keys"], m, draw=_draw)
    score_laboratory(
        _panels(lab),
        lab.scores,
        lab.weights,
        lab.sizes,
        key="score_laboratory",
        m=m,
        largest=LABORATORY_SIZE,
        on_size=lambda size: st.session_state.update(m=size),
    )
    st.caption(lesson(PAGE, "drawn"))
    words, panel = st.columns([1, 1], gap="large")
    with words:
        st.markdown(lesson(PAGE, "why"))
        with st.expander("Where the dashed lines come from"):
            st.markdown(lesson(PAGE, "derivation"))
    head = head_scores(run.attention(choice.kind, choice.layer), choice.head)
    with panel, st.container(key="provenance"):
        _show_number(lab, m, choice, run, head)
    _show_head(choice, run, head, lab.seed)
    _draw_ahead(lab.seed, lab.sizes)


def _choose_draw() -> int:
    """Draw the number of keys, and the seed with a button for the next one; return the seed."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        for key in ("keys", "draw"):
            dial = DIALS[key]
            take_number(key, dial=dial, default=DEFAULTS[key])
            if key == "keys":
                st.slider(dial.label, dial.low, dial.high, key=key, width=260)
            else:
                st.number_input(dial.label, dial.low, dial.high, key=key, width=170)
            put_number(key, DEFAULTS[key])
        st.button("Draw again", key="draw_again", on_click=_draw_again)
    return st.session_state["draw"]


def _draw_again() -> None:
    if (seed := st.session_state.get("draw")) is not None:
        st.session_state["draw"] = _after(seed)


def _after(seed: int) -> int:
    return (seed + 1) % (DIALS["draw"].high + 1)


def _draw(seed: int, sizes: tuple[int, ...]) -> np.ndarray:
    """``draw_products``, once for all visitors."""
    return _draws.get((seed, sizes), lambda: draw_products(seed, sizes))


def _draw_ahead(seed: int, sizes: tuple[int, ...]) -> None:
    """Where a visitor sees a draw for the first time, draw already what "Draw again" will show: it takes 0.2 s.

    Not for each size m that is dragged over: with most of them all would have to be drawn once more.
    """
    if st.session_state.get(SEEN) != seed:
        st.session_state[SEEN] = seed
        _drawing.submit(_draw_later, _after(seed), sizes)


def _draw_later(seed: int, sizes: tuple[int, ...]) -> None:
    if (seed, sizes) not in _draws:
        time.sleep(PAUSE)
        _draw(seed, sizes)


def _panels(lab: Laboratory) -> list[Measure]:
    top = float(np.log(lab.n_keys))
    looks = {
        "variance": ("Variance of the scores (log axis)", "variance", {"ratio": True}),
        "entropy": ("Entropy of the weights, in nats", "entropy", {"top": top, "top_name": "ln n"}),
        "norm": ("Gradient of the softmax: ‖J‖", "‖J‖", {}),
        "trace": ("Its trace, 1 − Σ w²", "trace", {"top": 1.0}),
    }
    return [
        Measure(title, symbol, lab.measured[name], lab.theory[name], hint=lesson(PAGE, f"hint {name}"), **more)
        for name, (title, symbol, more) in looks.items()
    ]


def _show_head(choice: Choice, run: Run, head: HeadScores, seed: int) -> None:
    """The chosen head's numbers beside those of random q and k of its size, and the variance that theory says."""
    attention = run.attention(choice.kind, choice.layer)
    mask, m = attention.mask[0], attention.q.shape[-1]
    drawn = _random_head(mask.shape, mask.tobytes(), m, seed)
    st.markdown(lesson(PAGE, "head"))
    as_it_runs = [", as it runs" if scaled == run.entry.config.scale_scores else "" for scaled in (True, False)]
    ways = [f"{words}{here}" for words, here in zip(numbers.WAYS, as_it_runs, strict=True)]
    where = (
        f"{KIND_TITLES[choice.kind].partition(' (')[0]}, layer {choice.layer + 1}, head {choice.head + 1}, $m = {m}$"
    )
    lines = [f"| {where} | {ways[0]} | random $N(0, 1)$ | {ways[1]} | random $N(0, 1)$ |", "|---|---|---|---|---|"]
    rows = {"variance": "variance of the scores", "entropy": "mean entropy, in nats", "norm": "mean ‖J‖"}
    for name, words in rows.items():
        pairs = zip(getattr(head, name), getattr(drawn, name), ("theory 1", f"theory {m}"), strict=True)
        cells = [f"${tex(own)}$ | ${tex(random)}$" + (f" ({theory})" if name == "variance" else "")
                 for own, random, theory in pairs]  # fmt: skip
        lines.append(f"| {words} | {' | '.join(cells)} |")
    with st.container(key="table_head"):
        st.markdown("\n".join(lines))
    if (mask.sum(axis=-1) == 1).any():
        st.caption(lesson(PAGE, "one key"))


@lru_cache(maxsize=32)
def _random_head(shape: tuple[int, int], mask: bytes, m: int, seed: int) -> HeadScores:
    """As ``random_head``; the same for every size on the slider."""
    return random_head(shape[0], m, np.frombuffer(mask, dtype=bool).reshape(shape), seed)


def _show_number(lab: Laboratory, m: int, choice: Choice, run: Run, head: HeadScores) -> None:
    """Where a number comes from: any of those that are shown at this m."""
    st.markdown("**Where does it come from?**")
    take_from_url("asked", list(ASKED), "variance")
    st.selectbox("Which number", list(ASKED), key="asked", format_func=ASKED.get, label_visibility="collapsed")
    put_into_url("asked", "variance")
    way = list(WAYS).index(choose_in_url("way", WAYS, "With or without 1/√m"))
    asked = st.session_state["asked"]
    if asked in numbers.OF_HEAD:
        attention, h = run.attention(choice.kind, choice.layer), choice.head
        where = f"made of scores[{h}] and weights[{h}] of layer {choice.layer + 1}'s trace"
        relative = run.entry.config.positions == "relative" and choice.kind != "cross"
        bias = attention.position_bias[h] if relative else None
        q, k, mask = attention.q[h], attention.k[h], attention.mask[0]
        show_provenance(numbers.of_head(q, k, mask, head, asked, way, where, bias))
        return
    with st.container(horizontal=True, gap="small"):
        keys = [_choose_key(key, lab.n_keys) for key in KEYS_OF.get(asked, ())]
    show_provenance(numbers.provenance(asked, numbers.Spot(lab, m, way, *keys)), whose="The laboratory")


def _choose_key(key: str, n_keys: int) -> int:
    """Draw one key's number, counted from 1; from 0 where it is returned."""
    dial = DIALS[key]
    take_number(key, n_keys, dial, DEFAULTS[key])
    st.number_input(dial.label, 1, n_keys, key=key, width=130)
    put_number(key, DEFAULTS[key])
    return st.session_state[key] - 1
