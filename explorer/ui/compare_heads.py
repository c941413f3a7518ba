"""The view "Head by head": two heads of any two models over any two texts, and how far they are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.head_difference import paired_labels, total_variation
from explorer.analysis.provenance import tex
from explorer.analysis.words import MASKS, replace_word, words_of
from explorer.components.matrix_maps import MatrixMap, matrix_maps
from explorer.limits import MAX_CHARACTERS
from explorer.model.kinds import KIND_TITLES, attention_kinds, n_layers
from explorer.ui.cache import all_weights, catalogue
from explorer.ui.compare import PAGE, default_machines, default_sentence, follow, type_text
from explorer.ui.compare_runs import another_word, attempt, choice_of
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal
from explorer.ui.model_picker import model_words
from explorer.ui.session import Choice
from explorer.ui.url import put_into_url, take_from_url

if TYPE_CHECKING:
    from explorer.model.run import Run

SIDES = ("a", "b")
PAIR_ROOM = 110  # pixels, for two tokens in one label


@dataclass(frozen=True)
class Side:
    """One of the two heads, and the run it is taken from."""

    name: str  # "A" or "B"
    choice: Choice
    run: Run

    @property
    def weights(self) -> np.ndarray:
        return self.run.attention(self.choice.kind, self.choice.layer).weights[self.choice.head]

    @property
    def mask(self) -> np.ndarray:
        return self.run.attention(self.choice.kind, self.choice.layer).mask[0]

    @property
    def rows(self) -> tuple[str, ...]:
        return self.run.queries(self.choice.kind).labels

    @property
    def columns(self) -> tuple[str, ...]:
        return self.run.keys(self.choice.kind).labels

    @property
    def title(self) -> str:
        layer, head = self.choice.layer + 1, self.choice.head + 1
        return f"{self.name}: layer {layer}, head {head} ({len(self.rows)} × {len(self.columns)})"


def show_heads(choice: Choice) -> None:
    """Draw the choice of both sides, their maps and difference, and all heads' distances."""
    st.markdown(lesson(PAGE, "heads"))
    sides, problems = [], False
    for side, place in zip(SIDES, st.columns(2, gap="large"), strict=True):
        with place:
            chosen = _choose_side(side, choice)
            run = attempt(chosen)
            if isinstance(run, str):
                st.warning(literal(run), icon=":material/edit:")
                problems = True
            else:
                sides.append(Side(side.upper(), chosen, run))
    if problems:
        for side in sides:
            _show_map(side)
        return
    one, other = sides
    if one.weights.shape == other.weights.shape:
        _show_difference(one, other)
    else:
        for side, place in zip(sides, st.columns(2, gap="large"), strict=True):
            with place:
                _show_map(side)
        st.info(
            f"There is no difference to show: A has queries × keys = {len(one.rows)} × {len(one.columns)}, "
            f"B {len(other.rows)} × {len(other.columns)}, so their cells do not stand for the same pairs."
        )
    _show_grid(one, other)


def _choose_side(side: str, choice: Choice) -> Choice:
    """Draw what makes one side: its model, its text, and the kind, layer and head of its attention.

    What is not chosen for B is as in A, if there is such a thing.
    """
    models = catalogue()[0]
    default = _default("model", side, list(models), choice.model)
    model = _choose(f"model_{side}", list(models), default, f"Model {side.upper()}", model_words(models))
    config = models[model].config
    text = type_text(f"Text {side.upper()}", f"text_{side}", _default_text(side, choice))
    target = ""
    if config.has_cross_attention:
        target = type_text(
            f"Target {side.upper()}", f"target_{side}", "", placeholder="Empty: the model writes it itself (greedily)"
        )
    kinds = attention_kinds(config)
    wide, *narrow = st.columns([2, 1, 1], gap="small")
    words = {kind: KIND_TITLES[kind].partition(" (")[0] for kind in kinds}
    usual = _default("kind", side, kinds, choice.kind if choice.kind in kinds else kinds[0])
    with wide:
        kind = _choose(f"kind_{side}", list(kinds), usual, "Attention", words)
    at, sizes = [], {"layer": n_layers(config, kind), "head": config.n_heads}
    for place, (what, size) in zip(narrow, sizes.items(), strict=True):
        numbers, label = list(range(1, size + 1)), f"{what.capitalize()} (of {size})"
        with place:
            at.append(_choose(f"{what}_{side}", numbers, _default(what, side, numbers, 1), label) - 1)
    return choice_of(model, text, target, kind, *at)


def _default(what: str, side: str, options: Sequence, default: object) -> object:
    """What a choice of B is before anybody makes it: that of A."""
    value = st.session_state[f"{what}_a"] if side == "b" else default
    return value if value in options else default


def _choose(key: str, options: list, default: object, label: str, words: dict | None = None):
    """A select box whose choice is in the URL."""
    follow(key, default)
    take_from_url(key, options, default)
    st.selectbox(label, options, key=key, format_func=words.get if words else str)
    put_into_url(key, default)
    return st.session_state[key]


def _default_text(side: str, choice: Choice) -> str:
    """For A the sidebar's text; for B the text of A, its last word another one."""
    machines = default_machines(choice)
    if side == "a":
        same = st.session_state["model_a"] == choice.model and (choice.source or choice.text).strip()
        return (choice.source or choice.text) if same else default_sentence(choice, machines)
    text = st.session_state["text_a"] or ""
    words = [word for word in words_of(text) if word.text not in MASKS] if len(text) <= MAX_CHARACTERS else []
    if not words:
        return text
    return replace_word(text, words[-1], another_word(machines.get("bert"), text, words[-1]))


def _show_map(side: Side) -> None:
    matrix_maps(
        [MatrixMap(side.title, side.weights, side.rows, side.columns, side.mask)],
        key=f"head_{side.name}",
        title=f"The weights of {side.title}",
        row_name="query",
        column_name="key",
        role="weight",
        first=1,
        square=True,
    )


def _show_difference(one: Side, other: Side) -> None:
    """Both maps, and the second one taken from the first."""
    both, difference = st.columns([2, 1], gap="medium")
    shared = {"row_name": "query", "column_name": "key", "first": 1, "square": True}
    with both:
        maps = [MatrixMap(side.title, side.weights, side.rows, side.columns, side.mask) for side in (one, other)]
        matrix_maps(maps, key="both_heads", title="The weights of A and B", role="weight", **shared)
    with difference:
        rows, columns = paired_labels(one.rows, other.rows), paired_labels(one.columns, other.columns)
        found = one.weights.astype(np.float64) - other.weights
        seen = one.mask | other.mask  # masked in one only: the other's weight is the difference
        matrix_maps(
            [MatrixMap("A − B", found, rows, columns, seen)],
            key="difference",
            title="A minus B",
            label_room=PAIR_ROOM,
            **shared,
        )
    distance = float(total_variation(one.weights, other.weights))
    exactly = " exactly" if distance == 0 else ""
    st.markdown(
        r"$\frac{1}{n} \sum_i \frac{1}{2} \sum_j \lvert a_{ij} - b_{ij} \rvert = "
        f"{tex(distance)}$: on average a query of B puts{exactly} ${tex(100 * distance)}\\,\\%$ of its attention "
        f"on other keys than in A. The largest difference of two weights is ${tex(float(np.abs(found).max()))}$."
    )


def _show_grid(one: Side, other: Side) -> None:
    """The distance of each head of A from the same one of B; a click chooses that head on both sides."""
    st.subheader("All heads: A against B", anchor=False)
    weights, theirs = all_weights(one.run, one.choice.kind), all_weights(other.run, other.choice.kind)
    if weights.shape != theirs.shape:
        sizes = [f"{each.shape[0]} layers × {each.shape[1]} heads over {each.shape[2]} × {each.shape[3]}"
                 for each in (weights, theirs)]  # fmt: skip
        st.info(f"A has {sizes[0]} tokens, B {sizes[1]}: their heads cannot be paired one by one.")
        return
    distances = total_variation(weights, theirs)
    layers, heads = distances.shape
    same = (one.choice.layer, one.choice.head) == (other.choice.layer, other.choice.head)
    matrix_maps(
        [
            MatrixMap(
                "Distance of each head of A from the same head of B",
                distances,
                tuple(f"layer {n}" for n in range(1, layers + 1)),
                tuple(f"head {n}" for n in range(1, heads + 1)),
            )
        ],
        key="distances",
        title="Distances of all heads",
        row_name="layer",
        column_name="head",
        role="weight",
        first=1,
        picked=(0, one.choice.layer, one.choice.head) if same else None,
        on_pick=_take_head,
        limit=float(distances.max()),
        scale_name="distance",
        pick_title="see that head on both sides",
    )
    layer, head = np.unravel_index(int(distances.argmax()), distances.shape)
    if distances.max() == 0:
        st.markdown(lesson(PAGE, "heads equal"))
    else:
        st.markdown(
            f"Furthest apart: layer {layer + 1}, head {head + 1}, by ${tex(float(distances.max()))}$; the mean over "
            f"all heads is ${tex(float(distances.mean()))}$."
        )
    st.caption(lesson(PAGE, "heads grid"))


def _take_head(_: int, layer: int, head: int) -> None:
    for side in SIDES:
        st.session_state[f"layer_{side}"], st.session_state[f"head_{side}"] = layer + 1, head + 1
