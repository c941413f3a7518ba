"""The view "Box by box": every box of the pass, one of them opened, or all of their numbers on one page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.analysis.forward_pass import Box, Section, count_numbers
from explorer.analysis.forward_pass_boxes import read_forward_pass
from explorer.analysis.forward_pass_pictures import Picture
from explorer.analysis.numbers.forward import box_provenance
from explorer.components.number_sheets import Headed, number_sheets
from explorer.components.pass_boxes import pass_boxes, pictures_of, shape_text
from explorer.limits import CACHED_FACTORS
from explorer.ui.bounded import BoundedCache
from explorer.ui.cache import load, run_key
from explorer.ui.forward_pass_place import CLOSED, choose_place, opened_box, picked_place, set_place
from explorer.ui.lessons import lesson
from explorer.ui.provenance import show_provenance
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.run import Run

PAGE = "forward_pass"
ALL_NUMBERS = "all_numbers_of_the_pass"  # a component's key
FEW = 4_000  # numbers; so many of them can be read on one page
BESIDE = 5  # boxes in a line of one of two stacks
STACKS = {"encoder": "Encoder", "decoder": "Decoder"}
BOXES = tuple(f"pass_{stack}_{where}" for stack in STACKS for where in ("above", "below"))  # components' keys
SHORT = {"attention": "Self-attention", "cross": "Cross-attention", "ff": "Feed-forward"}  # layer n of it

Pictures = dict[str, Picture]  # of the boxes, by their names
_pictures: BoundedCache[Pictures] = BoundedCache(
    CACHED_FACTORS, lambda found: sum(200 + each.points.nbytes for each in found.values())
)


def read_sections(choice: Choice, run: Run) -> list[Section]:
    """The boxes of the pass, in their order."""
    checkpoint = load(choice.model)
    return read_forward_pass(run, checkpoint.model, checkpoint.tokenizer.labels)


def choose_all(run: Run, sections: Sequence[Section]) -> bool:
    """Draw the switch to all numbers; of a large model there are too many, which is said."""
    if not run.entry.config.unembedding:
        st.info(lesson(PAGE, "no logits"))
    n = count_numbers(sections)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        wanted = st.toggle("All numbers", key="all_numbers", bind="query-params", disabled=n > FEW)
        n_boxes = sum(len(section.boxes) for section in sections)
        words = f"{n_boxes} boxes, {n:,} numbers."
        if n > FEW:
            words += f" With at most {FEW:,} they all fit one page: a model like classroom-tiny shows them."
        elif wanted:
            words += f" {lesson(PAGE, 'all')}"
        st.caption(words)
    return wanted and n <= FEW


def show_overview(choice: Choice, sections: Sequence[Section], words: DeltaGenerator) -> None:
    """The stacks beside each other; under the row of the opened box, its numbers across both."""
    pictures = _pictures.get(run_key(choice), lambda: pictures_of(sections))
    boxes = [box for section in sections for box in section.boxes]
    name = opened_box([box.name for box in boxes])
    stacks = list(dict.fromkeys(section.stack for section in sections))
    opened = next((section for section in sections if any(box.name == name for box in section.boxes)), None)
    if opened is None:
        words.markdown(lesson(PAGE, "closed"))
    pair = len(stacks) > 1
    cut = {s: _cut([each for each in sections if each.stack == s], _height(sections, opened)) for s in stacks}
    for stack, (above, _) in cut.items():
        _draw(f"{stack}_above", above, pictures, name, STACKS[stack] if pair else "")
    if opened is not None:
        with st.container(key=f"pass_opened_{opened.stack}"):
            _show_box(boxes, name)
    for stack, (_, below) in cut.items():
        _draw(f"{stack}_below", below, pictures, name)


def _height(sections: Sequence[Section], opened: Section | None) -> float:
    """How far down the opened section ends in its own stack; without one, nothing is below."""
    if opened is None:
        return float("inf")
    return sum(_lines(each) for each in sections if each.stack == opened.stack and each.rank <= opened.rank)


def _cut(sections: list[Section], height: float) -> tuple[list[Section], list[Section]]:
    """The sections that end above that height, and the others."""
    ends = np.cumsum([_lines(section) for section in sections])
    n = int((ends <= height + 1e-6).sum())
    return sections[:n], sections[n:]


def _lines(section: Section) -> float:
    """The height of a section where stacks are beside each other, in lines of boxes; its title is a quarter of one."""
    return math.ceil(len(section.boxes) / BESIDE) + 0.25


def _draw(key: str, sections: list[Section], pictures: Pictures, name: str, heading: str = "") -> None:
    if sections:
        words = f"Boxes of the {key.partition('_')[0]}, in their order"
        pass_boxes(sections, pictures, key=f"pass_{key}", title=words, opened=name, heading=heading, on_open=_open)


@st.fragment
def _show_box(boxes: list[Box], name: str) -> None:
    """The opened box: its words and numbers, and where the picked one comes from."""
    at = [box.name for box in boxes].index(name)
    box = boxes[at]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{box.title[:1].upper()}{box.title[1:]}**, {shape_text(box)}", width="stretch")
        _draw_buttons(boxes, at)
    pick = picked_place(box)
    picture, panel = st.columns([3, 2], gap="medium")
    with picture:
        st.markdown(" ".join(lesson(PAGE, section) for section in box.lessons))
        number_sheets(
            [Headed(sheet, sheet.words if n else "") for n, sheet in enumerate(box.sheets)],
            key="pass_numbers",
            title=f"Numbers of the box {box.title}",
            picked=pick,
            on_pick=lambda new: set_place(name, new),
        )
        choose_place(box, pick)
    with panel, st.container(key="provenance"):
        show_provenance(box_provenance(box, *pick))


def _draw_buttons(boxes: list[Box], at: int) -> None:
    """To the box before and after, also by the arrow keys, and back to the overview."""
    before, after = boxes[max(at - 1, 0)].name, boxes[min(at + 1, len(boxes) - 1)].name
    turn = {"on_click": _go}
    pressed = [
        st.button("Back", key="box_back", args=(before,), disabled=at == 0, shortcut="Left", **turn),
        st.button("Next", key="box_next", args=(after,), disabled=at == len(boxes) - 1, shortcut="Right", **turn),
        st.button("Close", key="box_close", args=(CLOSED,), **turn),
    ]
    if any(pressed):
        st.rerun()  # the boxes around it change as well


def show_all(sections: Sequence[Section], words: DeltaGenerator) -> None:
    """Every box as a small table."""
    boxes = [box for section in sections for box in section.boxes]
    pair = len({section.stack for section in sections}) > 1
    headed = [
        Headed(box.sheet, box.title, _short_title(section, pair) if n == 0 else "")
        for section in sections
        for n, box in enumerate(section.boxes)
    ]
    names = [box.name for box in boxes]
    name = opened_box(names)
    picked = None
    if name != CLOSED:
        box = boxes[names.index(name)]
        place = picked_place(box)
        picked = (names.index(name), *place[1:]) if place[0] == 0 else None
    number_sheets(
        headed,
        key=ALL_NUMBERS,
        title="All numbers of the forward pass",
        picked=picked,
        small=True,
        on_pick=lambda new: set_place(boxes[new[0]].name, (0, *new[1:])),
    )
    if picked is None:
        return
    with st.container(key="pass_docked"):
        left, right = st.columns([4, 1], vertical_alignment="center")
        right.button("Close", key="panel_close", on_click=_go, args=(CLOSED,))
        left.markdown(f"**{box.title[:1].upper()}{box.title[1:]}**")
        with st.container(key="provenance"):
            show_provenance(box_provenance(box, 0, *picked[1:]))


def _short_title(section: Section, pair: bool) -> str:
    """What begins with this section, in the room above a small table."""
    names = section.boxes[0].name.split(".")  # "decoder.2.cross.q": the stack, the layer, the sublayer
    if len(names) < 4:
        begins = STACKS[section.stack] if pair else "Input"
        return begins if section.rank == (0, 0) else "Output"
    return f"{SHORT[names[2]]} {names[1]}"


def _open(name: str) -> None:
    """Open a box, or close the one that is open."""
    _go(CLOSED if st.session_state.get("box") == name else name)


def _go(name: str) -> None:
    st.session_state["box"] = name
    st.session_state.pop("at", None)
    if "at" in st.query_params:
        del st.query_params["at"]
