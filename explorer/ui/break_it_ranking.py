"""Every head of the model switched off once, alone: how much less probable the text gets, live, head after head."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import streamlit as st

from explorer.analysis.head_ranking import HeadDrop, ranked
from explorer.components.contribution_grid import Cell, Column, contribution_grid
from explorer.components.number_table import Column as TableColumn
from explorer.components.number_table import number_table
from explorer.figures.style import significant
from explorer.model.intervention import Place
from explorer.model.kinds import attention_kinds, n_layers
from explorer.ui.break_it_change import choose_head_of_sidebar, follow_sidebar
from explorer.ui.break_it_controls import update_switches
from explorer.ui.break_it_parts import all_places, off, place_words, with_heads
from explorer.ui.break_it_scores import can_be_scored, has_log_p, log_p_without
from explorer.ui.cache import run_key
from explorer.ui.going_on import run_again
from explorer.ui.lessons import lesson
from explorer.ui.queue import place
from explorer.ui.session import Choice
from explorer.ui.url import choose_in_url

if TYPE_CHECKING:
    from explorer.model.run import Run

PAGE = "break_it_ranking"
RANKING = "_ranking"  # session key: what is being ranked, slice after slice
KINDS = {"encoder": "encoder self", "decoder": "masked self", "cross": "cross"}
ACTIONS = {"zero": "0 stands in", "mean": "its mean stands in"}
FEW = 5  # heads in a row that have room beside the table
SLICE = 0.4  # seconds of computing before a click on Stop is listened for


def show_ranking(choice: Choice, run: Run) -> None:
    """The heads so far, and the next ones while it is ranking."""
    follow_sidebar()
    architecture = run.entry.config.architecture
    st.markdown(lesson(PAGE, f"ranking {architecture}"))
    if not can_be_scored(choice, run):
        st.info(lesson("break_it_effects", "nothing to score" if run.entry.config.unembedding else "no logits"))
        return
    action = choose_in_url("action", ACTIONS, "What stands in")
    places = all_places(run.entry.config)
    job = (*run_key(choice), action)
    ready = _ready(choice, places, action)
    ranking = st.session_state.get(RANKING) == job
    if ready == 0 or (ranking and ready < len(places)):
        ready = _go_on(choice, run, places, action, ready)
    goes_on = ranking and ready < len(places)
    _show_progress(ready, len(places), goes_on, job)
    before = log_p_without(choice, run, (), action)
    drops = [HeadDrop(head, before, log_p_without(choice, run, (head,), action)) for head in places[:ready]]
    _show_drops(choice, run, drops, action)
    if ready == len(places):
        _say_sum(choice, run, drops, action)
    if goes_on:
        run_again()


def _ready(choice: Choice, places: list[Place], action: str) -> int:
    """How many heads, from the first on, are in memory."""
    return next((n for n, head in enumerate(places) if not has_log_p(choice, (head,), action)), len(places))


def _go_on(choice: Choice, run: Run, places: list[Place], action: str, ready: int) -> int:
    """Switch off one head after the other until it is time to listen; how many are ready then."""
    with place():  # one for all of a slice; between two, others have their turn
        began = time.monotonic()
        for n in range(ready, len(places)):
            log_p_without(choice, run, (places[n],), action)
            if time.monotonic() - began > SLICE:
                return n + 1
    return len(places)


def _show_progress(n_ready: int, n: int, goes_on: bool, job: tuple) -> None:
    """How many there are, and the button that starts or stops the others."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if goes_on:
            st.button("Stop", key="_stop_ranking", on_click=_set_ranking, args=(None,), type="primary")
        else:
            label = f"Rank the other {n - n_ready}" if n_ready < n else "All ranked"
            done = n_ready == n
            st.button(label, key="_rank", on_click=_set_ranking, args=(job,), type="primary", disabled=done)
        st.progress(n_ready / n, text=f"{n_ready} of {n} heads switched off, one at a time")


def _set_ranking(job: tuple | None) -> None:
    st.session_state[RANKING] = job


def _show_drops(choice: Choice, run: Run, drops: list[HeadDrop], action: str) -> None:
    """The grid on the left, the sorted table on the right, and the sidebar's head between them in words."""
    mine = Place(choice.kind, choice.layer, choice.head)
    order = ranked(drops)
    few = run.entry.config.n_heads <= FEW
    grid, table = st.columns([5, 6], gap="medium") if few else (st.container(), st.container())
    with grid:
        st.markdown("**Drop in nats**, layer by layer")
        _show_grid(run, drops, mine)
        st.caption(lesson(PAGE, "grid"))
        _show_mine(run, order, mine, action)
    with table:
        st.markdown("**Ranked**: what the text misses most comes first")
        _show_table(run, order, mine)


def _show_grid(run: Run, drops: list[HeadDrop], mine: Place) -> None:
    config = run.entry.config
    kinds = attention_kinds(config)
    rows = [(kind, layer) for kind in kinds for layer in range(n_layers(config, kind))]
    titles = [f"{kind} {layer + 1}" if len(kinds) > 1 else f"layer {layer + 1}" for kind, layer in rows]
    places = [each.place for each in drops]
    contribution_grid(
        titles,
        [Column("Head", str(n + 1)) for n in range(config.n_heads)],
        [
            Cell(rows.index((at.kind, at.layer)), at.head, each.drop, f"{place_words(at, config)}: drop in nats")
            for each, at in zip(drops, places, strict=True)
        ],
        key="ranking_grid",
        title="How much log p drops without each head",
        picked=places.index(mine) if mine in places else None,
        on_pick=lambda n: choose_head_of_sidebar(places[n].kind, places[n].layer, places[n].head),
    )


def _show_mine(run: Run, order: list[HeadDrop], mine: Place, action: str) -> None:
    """The sidebar's head: its rank, and the way to see what happens without it."""
    words = place_words(mine, run.entry.config)
    rank = next((n for n, each in enumerate(order, start=1) if each.place == mine), None)
    if rank is None:
        st.markdown(f"**{words}** has not been switched off yet.")
    else:
        drop = significant(order[rank - 1].drop)
        st.markdown(f"**{words}**: rank {rank} of {len(order)} so far, drop {drop} nats.")
    if st.button("Switch it off under Switches", on_click=_switch_off, args=(run, mine, action)):
        st.rerun()  # the row of views too


def _switch_off(run: Run, place: Place, action: str) -> None:
    update_switches(run.entry.config, lambda change: with_heads(change, {place, *off(change)}, action))
    st.session_state["view"] = "switches"


def _show_table(run: Run, order: list[HeadDrop], mine: Place) -> None:
    rows = [
        (n, _head_words(each.place), KINDS[each.place.kind], each.drop, each.ratio)
        for n, each in enumerate(order, start=1)
    ]
    columns = [TableColumn("rank", "count"), TableColumn("head", "text"), TableColumn("attention", "text")]
    number_table(
        [*columns, TableColumn("drop, nats", "signed"), TableColumn("p without / p")],
        rows,
        key="ranking_table",
        title="Heads by how much log p drops when each alone is switched off",
        marked=[n for n, each in enumerate(order) if each.place == mine],
    )


def _head_words(place: Place) -> str:
    """In a narrow column the line breaks between the two, and nowhere else."""
    return f"layer\N{NO-BREAK SPACE}{place.layer + 1}, head\N{NO-BREAK SPACE}{place.head + 1}"


def _say_sum(choice: Choice, run: Run, drops: list[HeadDrop], action: str) -> None:
    """Drops do not add up: their sum beside what all heads together do."""
    everything = tuple(each.place for each in drops)
    together = drops[0].before - log_p_without(choice, run, everything, action)
    total = sum(each.drop for each in drops)
    st.markdown(
        f"The {len(drops)} drops sum to **{significant(total)}** nats; with all heads off at once, the drop is "
        f"**{significant(together)}** nats. {lesson(PAGE, 'sum')}"
    )
