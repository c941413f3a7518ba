"""One number of a small model changed by hand: a weight, a gain, a bias, and what becomes of the whole pass."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.components.matrix_maps import MatrixMap, matrix_maps
from explorer.components.number_grid import NumberGrid, number_grid
from explorer.figures.style import significant
from explorer.model.catalogue import TOY
from explorer.model.intervention import Intervention, NumberEdit
from explorer.model.tokenizer import TextTokenizer
from explorer.ui.break_it_change import (
    change_problem,
    follow_sidebar,
    put_change,
    start_over,
    take_change,
    update_change,
)
from explorer.ui.break_it_effects import show_effects
from explorer.ui.break_it_output import show_outcome
from explorer.ui.break_it_parameters import (
    LARGEST,
    Parameter,
    changed_values,
    numbers_fit,
    numbers_of,
    parameters_of,
    with_number,
)
from explorer.ui.cache import catalogue, load
from explorer.ui.changed_runs import changed_run
from explorer.ui.controls import select_model
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal
from explorer.ui.session import Choice
from explorer.ui.url import put_into_url, take_from_url

if TYPE_CHECKING:
    from explorer.model.config import TransformerConfig
    from explorer.model.run import Run

PAGE = "break_it_number"
NUMBERS, MATRIX, CELL = "numbers", "matrix", "cell"  # in the session and the URL
Edits = tuple[NumberEdit, ...]


@st.fragment
def show_number(choice: Choice, run: Run) -> None:
    """The whole view. A fragment: an edit redraws nothing else."""
    follow_sidebar()
    st.markdown(lesson(PAGE, "number"))
    if run.entry.about.n_parameters >= TOY:
        _offer_toy(run)
        return
    parameters = parameters_of(load(choice.model).model)
    change = take_change(NUMBERS, partial(numbers_fit, parameters))
    edits = numbers_of(parameters, change)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        parameter = _choose_parameter(parameters)
        start_over(NUMBERS)
    put_change(NUMBERS)
    _show_matrix(choice, run, parameters, parameter, edits)
    _list_numbers(parameters, edits)
    after = changed_run(choice, run, change)
    show_outcome(choice, run, after, change)
    if run.entry.config.unembedding:
        _show_logits(choice, run, after)
    show_effects(choice, run, after, change, reach=lesson(PAGE, "reach"))


def _offer_toy(run: Run) -> None:
    """One sentence that says why not here, and a button to the toy of the same kind."""
    entry = run.entry
    st.info(f"This model has {entry.about.n_parameters:,} numbers: too many to see. A toy has fewer than {TOY:,}.")
    for name, other in catalogue()[0].items():
        same = other.config.architecture == entry.config.architecture
        if same and other.trained and other.about.n_parameters < TOY:
            if st.button(f"Go to {literal(name)}", key="choose_toy", on_click=select_model, args=(name,)):
                st.rerun()  # the sidebar too
            return


def _choose_parameter(parameters: dict[str, Parameter]) -> Parameter:
    """Draw the select box of all parameters, in the model's order; the first projection is the default."""
    names = list(parameters)
    default = next((name for name in names if name.endswith("w_q.weight")), names[0])
    take_from_url(MATRIX, names, default)
    st.selectbox("Which numbers", names, key=MATRIX, format_func=lambda name: parameters[name].words, width=640)
    put_into_url(MATRIX, default)
    return parameters[st.session_state[MATRIX]]


def _show_matrix(
    choice: Choice, run: Run, parameters: dict[str, Parameter], parameter: Parameter, edits: Edits
) -> None:
    rows, columns = parameter.grid.shape
    take_from_url(CELL, [f"{row},{column}" for row in range(rows) for column in range(columns)], "0,0")
    put_into_url(CELL, "0,0")
    picked = tuple(map(int, st.session_state[CELL].split(",")))
    row_labels, column_labels = labels_of(parameter, run.entry.config, load(choice.model).tokenizer)
    number_grid(
        NumberGrid(
            name=parameter.name,
            symbol=parameter.symbol,
            values=changed_values(parameter, edits).reshape(rows, columns),
            own=parameter.grid,
            row_labels=row_labels,
            column_labels=column_labels,
            row_name="out" if parameter.symbol.startswith("W") else "",
            column_name="in" if parameter.symbol.startswith("W") else "",
        ),
        key="number_grid",
        title=f"All numbers of {parameter.words}",
        picked=picked,
        reach=max(1.0, 3 * float(np.abs(parameter.values).max())),
        largest=LARGEST,
        on_pick=_pick,
        on_value=partial(_set_value, parameters, parameter),
    )
    if problem := change_problem(NUMBERS):
        st.caption(problem)
    st.caption(_about(parameter))


def labels_of(
    parameter: Parameter, config: TransformerConfig, tokenizer: TextTokenizer
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What rows and columns are called: tokens of an embedding, heads of a projection; numbers from 0 elsewhere."""
    rows, columns = parameter.grid.shape
    heads = config.n_heads
    if parameter.symbol in ("E", "W_U") and rows == config.vocab_size:
        return tuple(tokenizer.labels(list(range(rows)))), ()
    if parameter.symbol == "PE":
        first = config.position_offset
        return tuple(f"pos {n - first}" if n >= first else "unused" for n in range(rows)), ()
    if parameter.symbol == "s":
        return tuple(f"segment {n + 1}" for n in range(rows)), ()
    if parameter.symbol == "B":
        return tuple(f"kind {n + 1}" for n in range(rows)), tuple(f"head {n + 1}" for n in range(heads))
    if parameter.symbol in ("W_Q", "W_K", "W_V"):
        return _by_head(rows, heads), ()
    if parameter.symbol == "W_O":
        return (), _by_head(columns, heads)
    return (() if rows > 1 else (parameter.symbol,)), ()


def _by_head(n: int, heads: int) -> tuple[str, ...]:
    return tuple(f"{i} (head {1 + i * heads // n})" for i in range(n))


def _about(parameter: Parameter) -> str:
    said = [lesson(PAGE, "grid")]
    if parameter.symbol.startswith("W"):
        said.append(lesson(PAGE, "out in"))
    if parameter.aliases:
        names = " and ".join(f"`{name}`" for name in parameter.aliases)
        said.append(f"{lesson(PAGE, 'tied')} {names}.")
    return " ".join(said)


def _list_numbers(parameters: dict[str, Parameter], edits: Edits) -> None:
    """All edited numbers: each can be gone to, and given back."""
    for n, edit in enumerate(edits):
        parameter = parameters[edit.parameter]
        own = significant(float(parameter.values[edit.index]))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            index = ", ".join(map(str, edit.index))
            words = f"Edited: `{edit.parameter}[{index}]`, from {own} to {significant(edit.value)}"
            st.markdown(words, width="content")
            st.button("Show", key=f"show_number_{n}", on_click=_go_to, args=(parameter, edit.index))
            args = (parameters, parameter, *parameter.place(edit.index), None)
            st.button("Give back", key=f"number_back_{n}", on_click=_set_value, args=args)


def _show_logits(choice: Choice, run: Run, after: Run) -> None:
    """All logits of all positions, before and after, on one scale."""
    tokenizer = load(choice.model).tokenizer
    vocabulary = tuple(tokenizer.labels(list(range(run.entry.config.vocab_size))))
    st.markdown("**All logits**: a row for each position, a column for each token")
    matrix_maps(
        [
            MatrixMap(title, passed.trace.logits, run.tokens.labels, vocabulary)
            for title, passed in (("before", run), ("after", after))
        ],
        key="number_logits",
        title="Logits before and after the change",
        row_name="position",
        column_name="token",
        first=1,
    )


def _pick(row: int, column: int) -> None:
    st.session_state[CELL] = f"{row},{column}"


def _go_to(parameter: Parameter, index: tuple[int, ...]) -> None:
    st.session_state[MATRIX] = parameter.name
    _pick(*parameter.place(index))


def _set_value(
    parameters: dict[str, Parameter], parameter: Parameter, row: int, column: int, value: float | None
) -> None:
    """From a callback: this number at ``value``; None gives it back."""
    index = parameter.index(row, column)

    def update(change: Intervention) -> Intervention:
        return Intervention(numbers=with_number(numbers_of(parameters, change), parameter, index, value))

    update_change(NUMBERS, partial(numbers_fit, parameters), update)
