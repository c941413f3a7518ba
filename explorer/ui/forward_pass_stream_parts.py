"""What each part adds to the chosen logit: as a grid of heads, as a sorted list, and one of them computed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.contributions import Contributions, Part
from explorer.analysis.numbers.contributions import contribution, total
from explorer.analysis.provenance import tex
from explorer.analysis.residual_stream import EMBEDDING_NORM
from explorer.components.contribution_grid import Cell, Column, contribution_grid
from explorer.components.signed_bars import SignedBar, signed_bars
from explorer.ui.cache import load
from explorer.ui.forward_pass_stream_choices import PAGE
from explorer.ui.lessons import lesson
from explorer.ui.literal import token_name
from explorer.ui.navigation import go_to
from explorer.ui.provenance import show_provenance
from explorer.ui.session import Choice, select_head
from explorer.ui.url import put_into_url, take_from_url

if TYPE_CHECKING:
    from explorer.model.run import Run

GRID = "contribution_grid"  # a component's key
PART = "stream_part"  # session key, also in the URL
LARGEST, SUM = "largest", "sum"
LISTED = 10
KINDS = {
    "token": "embedding",
    "position": "embedding",
    "segment": "embedding",
    "head": "self-attention heads",
    ("head", "cross"): "cross-attention heads",
    "ff": "feed-forwards",
    "norm bias": "biases of norms and outputs",
    "output bias": "biases of norms and outputs",
    "logit bias": "bias of the logit",
}
EMBEDDED = ("token", "position", "segment")
BIAS_TITLES = {"attention": "self", "cross": "cross", "ff": "ff"}


def show_parts(choice: Choice, run: Run, found: Contributions) -> None:
    """The grid; below it the list, and beside that where the picked number comes from."""
    st.subheader(f"What adds up to {_name(choice, found)}", anchor=False)
    st.markdown(lesson(PAGE, found.measure.against))
    slugs = [part.slug for part in found.parts]
    order = [int(n) for n in np.argsort(-np.abs(found.values), kind="stable")]
    take_from_url(PART, [LARGEST, SUM, *slugs], LARGEST, "the largest")
    chosen = st.session_state[PART]
    picked = order[0] if chosen == LARGEST else None if chosen == SUM else slugs.index(chosen)
    _show_grid(run, found, slugs, picked)
    _say_sum(found)
    st.caption(_held_fixed(run))
    picture, panel = st.columns([1, 1], gap="medium")
    with picture:
        st.markdown("**The largest**, and what all parts of a kind make together")
        _show_list(found, slugs, order, picked)
    with panel:
        _choose_part(found, slugs)
        _show_origin(choice, run, found, picked)


def _held_fixed(run: Run) -> str:
    """What the numbers mean, and what they do not."""
    config = run.entry.config
    norms = "post" if config.norm_position == "post" else "pre" if config.final_norm else "pre bare"
    scaled = f" {lesson(PAGE, 'parts scale')}" if config.output_scale else ""
    return f"{lesson(PAGE, 'parts')} {lesson(PAGE, f'parts {norms}')}{scaled}"


def _choose_part(found: Contributions, slugs: list[str]) -> None:
    """A select box that reaches every part, for those who do not use a mouse."""
    words = {LARGEST: "the largest", SUM: "the sum of all"}
    words |= {slug: part.words for slug, part in zip(slugs, found.parts, strict=True)}
    st.selectbox("Where does it come from?", list(words), key=PART, format_func=words.get)
    put_into_url(PART, LARGEST)


def _show_origin(choice: Choice, run: Run, found: Contributions, picked: int | None) -> None:
    with st.container(key="provenance"):
        if picked is None:
            show_provenance(total(run, found))
            return
        show_provenance(contribution(run, load(choice.model).model, found, picked))
    part = found.parts[picked]
    if part.name == "head":
        kind = "cross" if part.sublayer == "cross" else "decoder" if run.entry.config.has_decoder else "encoder"
        if st.button(
            "See what this head looks at",
            icon=":material/arrow_forward:",
            on_click=select_head,
            args=(kind, part.layer, part.head),
        ):
            go_to("attention_heads")


def _show_grid(run: Run, found: Contributions, slugs: list[str], picked: int | None) -> None:
    columns = _columns(run, found)
    n_layers = 1 + max(part.layer for part in found.parts)
    starts = [part for part in found.parts if part.name in EMBEDDED or part.sublayer == EMBEDDING_NORM]
    ends = [part for part in found.parts if part.layer < 0 and part not in starts]
    rows = ["embedding", *(f"layer {n + 1}" for n in range(n_layers)), *(["end"] if ends else [])]
    contribution_grid(
        rows,
        list(columns.values()),
        [_cell(part, found, n, list(columns), n_layers, starts, ends) for n, part in enumerate(found.parts)],
        key=GRID,
        title="What each part adds, by layer",
        picked=picked,
        on_pick=lambda n: _pick(slugs[n]),
    )


def _columns(run: Run, found: Contributions) -> dict[tuple, Column]:
    """The columns that the parts of a layer need, in the order of the layer, biases last."""
    self_title = "Masked self-attention" if run.entry.config.has_decoder else "Self-attention"
    columns: dict[tuple, Column] = {}
    inside = [part for part in found.parts if part.layer >= 0]
    for part in inside:
        if part.name == "head":
            group = f"{'Cross-attention' if part.sublayer == 'cross' else self_title} heads"
            columns[_column_key(part)] = Column(group, str(part.head + 1))
    columns["ff",] = Column("Feed-forward", "", wide=True)
    for name, group in (("output bias", "b_O"), ("norm bias", "Norm biases")):
        for part in inside:
            if part.name == name:
                columns[_column_key(part)] = Column(group, BIAS_TITLES[part.sublayer], wide=True)
    return columns


def _column_key(part: Part) -> tuple:
    return ("ff",) if part.name == "ff" else (part.name, part.sublayer, part.head)


def _cell(
    part: Part,
    found: Contributions,
    n: int,
    columns: list[tuple],
    n_layers: int,
    starts: list[Part],
    ends: list[Part],
) -> Cell:
    """A cell of its layer; or, of the first and the last row, a bar beside the others there."""
    value, words = float(found.values[n]), part.words
    if part.layer >= 0:
        form = "colour" if part.name == "head" else "bar"
        return Cell(part.layer + 1, columns.index(_column_key(part)), value, words, form=form)
    row, beside = (n_layers + 1, ends) if part in ends else (0, starts)
    at, n_beside = beside.index(part), len(beside)
    first, after = (len(columns) * at) // n_beside, (len(columns) * (at + 1)) // n_beside
    return Cell(row, first, value, words, label=words, span=after - first, form="bar")


def _show_list(found: Contributions, slugs: list[str], order: list[int], picked: int | None) -> None:
    """The largest, whatever their sign; then all parts, kind by kind, so that nothing is missing from the sum."""
    listed = order[:LISTED]
    signed_bars(
        [SignedBar(found.parts[n].words, float(found.values[n])) for n in listed],
        key="largest_parts",
        title="The parts that add or take away most",
        ends=[*_kinds(found), SignedBar(f"sum of all {len(order)}", found.total)],
        picked=listed.index(picked) if picked in listed else None,
        on_pick=lambda row: _pick(slugs[listed[row]]),
    )


def _kinds(found: Contributions) -> list[SignedBar]:
    """The sum over all parts of a kind, for every kind that this model has."""
    together: dict[str, list[float]] = {kind: [] for kind in dict.fromkeys(KINDS.values())}
    for part, value in zip(found.parts, found.values, strict=True):
        together[KINDS.get((part.name, part.sublayer)) or KINDS[part.name]].append(float(value))
    return [SignedBar(f"{kind} ({len(values)})", sum(values)) for kind, values in together.items() if values]


def _say_sum(found: Contributions) -> None:
    if found.measure.against == "token" and found.measure.other == found.measure.token:
        st.info("The two tokens are the same one, so every part adds exactly 0: choose another.")
    difference = abs(found.total - found.model)
    good = difference <= 1e-4 * max(1.0, abs(found.model))
    st.markdown(
        f"The {len(found.values)} parts sum to ${tex(found.total, 6)}$; the model's own number is "
        f"${tex(found.model, 6)}$; difference {'✓' if good else '✗'} ${tex(difference)}$"
    )


def _name(choice: Choice, found: Contributions) -> str:
    """The number that is taken apart, in words."""
    label, m = load(choice.model).tokenizer.label, found.measure
    name = f"the logit of {token_name(label(m.token))}"
    if m.against == "mean":
        return f"{name}, above the mean of all logits"
    return f"{name}, less that of {token_name(label(m.other))}" if m.against == "token" else name


def _pick(slug: str) -> None:
    st.session_state[PART] = slug
