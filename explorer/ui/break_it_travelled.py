"""How far a change travels: the states of the residual stream before and after it, layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.travelled import Travelled, travelled
from explorer.components.matrix_maps import MatrixMap, matrix_maps
from explorer.model.intervention import Intervention
from explorer.ui.lessons import lesson

if TYPE_CHECKING:
    from explorer.model.run import Run

PAGE = "break_it_effects"
CHANGE = "‖Δx‖ / ‖x‖"


def show_travelled(run: Run, after: Run, change: Intervention, reach: str = "") -> None:
    """How far each state of each layer has moved.

    Parameters
    ----------
    reach : str
        Why some states cannot have moved.
    """
    st.markdown(lesson(PAGE, "travelled"))
    if change.layers:
        st.info(lesson(PAGE, "other layers"))
        return
    stacks = travelled(run, after)
    if same := [each for each in stacks if not each.change.any()]:
        names = " and ".join(f"all {each.change.size} states of the {each.stack}" for each in same)
        st.markdown(f"**Exactly the same**, number by number: {names}.")
    if moved := [each for each in stacks if each.change.any()]:
        _show_moved(run, moved, reach)


def _show_moved(run: Run, moved: list[Travelled], reach: str) -> None:
    limit = max(float(each.change.max(where=np.isfinite(each.change), initial=0.0)) for each in moved)
    matrix_maps(
        [
            MatrixMap(f"{each.stack}: {CHANGE}", each.change, each.points, run.queries(each.stack).labels)
            for each in moved
        ],
        key="break_travelled",
        title="Relative change of the residual stream, by layer and position",
        row_name="after",
        column_name="position",
        role="weight",
        limit=limit or 1.0,
        scale_name=CHANGE,
        first=1,
    )
    said = [f"{each.n_same} of {each.change.size} states of the {each.stack}" for each in moved]
    st.caption(f"Exactly 0, number by number: {', '.join(said)}. {reach}")
