"""The view "Three machines": one sentence through a translator, a GPT and a BERT, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.model_parts import PARTS
from explorer.analysis.predictions import token_probabilities
from explorer.analysis.provenance import tex
from explorer.analysis.words import replace_word
from explorer.components.figure_parts import figure_parts, skeleton
from explorer.components.matrix_maps import MatrixMap, matrix_maps
from explorer.components.number_table import Column, number_table
from explorer.components.token_bars import BarGroup, TokenBar, token_bars
from explorer.model.catalogue import CheckpointError
from explorer.model.kinds import attention_kinds, n_layers
from explorer.ui.cache import catalogue, load
from explorer.ui.compare import PAGE, TITLES, choose_machines, choose_word, type_sentence
from explorer.ui.compare_runs import attempt, choice_of, mask_position, parameters_of, text_of
from explorer.ui.gaps import gap_lesson, mask_of
from explorer.ui.lessons import lesson
from explorer.ui.literal import literal, token_name
from explorer.ui.session import Choice
from explorer.ui.top_tokens import TOP, top_tokens
from explorer.ui.url import put_into_url, take_from_url
from explorer.ui.what_it_does import is_translator, it_writes

if TYPE_CHECKING:
    from explorer.model.run import Run

UNREAD = "It cannot read this sentence: above it says why."
LONGEST = 12  # so many factors of a translation are drawn
KINDS = ("encoder", "decoder", "cross")


def show_machines(choice: Choice) -> None:
    """Draw the picks and the sentence, then what each keeps of Figure 1, whom it lets look at whom, and its answer."""
    machines = choose_machines(choice)
    text = type_sentence(choice, machines)
    runs = {key: attempt(choice_of(name, text)) for key, name in machines.items()}
    _show_parts(machines)
    _show_attention(machines, runs)
    _show_answers(machines, runs, text)


def _show_parts(machines: dict[str, str]) -> None:
    """Which boxes of Figure 1 each has, and the parameters of each part."""
    st.subheader("What each keeps of Figure 1", anchor=False)
    models, counts = catalogue()[0], {}
    for key, name in machines.items():
        try:
            counts[key] = parameters_of(name)
        except CheckpointError as error:
            st.error(literal(str(error)))
    figure_parts(
        [skeleton(TITLES[key], models[machines[key]].config, count) for key, count in counts.items()], key="parts"
    )
    st.caption(lesson(PAGE, "parts"))
    rows = [(part, *(count[part] or None for count in counts.values())) for part in PARTS]
    rows.append(("all", *(sum(count.values()) for count in counts.values())))
    with st.expander("Parameters of each part, in numbers"):
        columns = [Column("part", "text"), *(Column(machines[key], "count") for key in counts)]
        number_table(columns, rows, key="part_table", title="Learned numbers of each part", n_totals=1)
        st.caption(lesson(PAGE, "parameters"))


def _show_attention(machines: dict[str, str], runs: dict[str, Run | str]) -> None:
    """A column for each kind of attention, with the maps of the machines that have it; a sentence for the others."""
    st.subheader("Who may look at whom", anchor=False)
    for key, run in runs.items():
        if isinstance(run, str):
            st.warning(f"{TITLES[key].partition(':')[0]}: {literal(run)}", icon=":material/edit:")
    layer, head = _choose_head(machines)
    for kind, place in zip(KINDS, st.columns(len(KINDS), gap="medium"), strict=True):
        having = {key: name for key, name in machines.items() if kind in attention_kinds(catalogue()[0][name].config)}
        with place:
            st.markdown(lesson(PAGE, f"kind {kind}"))
            for key, name in having.items():
                if not isinstance(runs[key], str):
                    _show_map(key, name, runs[key], kind, layer, head)
            for key in (key for key in machines if key not in having):
                st.caption(lesson(PAGE, f"none {key} {kind}"))


def _choose_head(machines: dict[str, str]) -> tuple[int, int]:
    """Draw the choice of one layer and one head for all maps; a machine with fewer shows its last."""
    configs = [catalogue()[0][name].config for name in machines.values()]
    layers = max(n_layers(config, kind) for config in configs for kind in attention_kinds(config))
    sizes = {"at_layer": layers, "at_head": max(config.n_heads for config in configs)}
    with st.container(horizontal=True, gap="small"):
        for key, size in sizes.items():
            numbers = range(1, size + 1)
            take_from_url(key, numbers, 1)
            st.selectbox(f"{key[3:].capitalize()} (of {size})", numbers, key=key, width=130)
            put_into_url(key, 1)
    return st.session_state["at_layer"] - 1, st.session_state["at_head"] - 1


def _show_map(key: str, name: str, run: Run, kind: str, layer: int, head: int) -> None:
    """The map of one head, with its shape and what is masked."""
    config = run.entry.config
    layer, head = min(layer, n_layers(config, kind) - 1), min(head, config.n_heads - 1)
    attention, queries, keys = run.attention(kind, layer), run.queries(kind), run.keys(kind)
    mask = attention.mask[0]
    shape = f"{len(queries)} × {len(keys)}"
    matrix_maps(
        [
            MatrixMap(
                f"{TITLES[key].partition(':')[0]}: {shape}", attention.weights[head], queries.labels, keys.labels, mask
            )
        ],
        key=f"map_{key}_{kind}",
        title=f"{name}, layer {layer + 1}, head {head + 1}",
        row_name="query",
        column_name="key",
        role="weight",
        first=1,
        square=True,
    )
    st.caption(
        f"Layer {layer + 1}, head {head + 1}; {int((~mask).sum()):,} of {mask.size:,} pairs masked."
        + (f" {lesson(PAGE, 'bottleneck')}" if kind == "cross" and config.bottleneck else "")
    )


def _show_answers(machines: dict[str, str], runs: dict[str, Run | str], text: str) -> None:
    """What each makes of the sentence, and what it cannot be asked."""
    st.subheader("What each answers", anchor=False)
    bert = machines.get("bert")
    bare = bert is not None and not catalogue()[0][bert].config.unembedding
    st.markdown(lesson(PAGE, "answers no logits" if bare else "answers"))
    show = {"translator": _show_translation, "gpt": _show_continuation, "bert": _show_filling}
    for (key, name), place in zip(machines.items(), st.columns(len(machines), gap="medium"), strict=True):
        with place:
            show[key](name, runs[key], text)
            cannot = "cannot bert no logits" if bare and key == "bert" else f"cannot {key}"
            if key == "translator" and not is_translator(catalogue()[0][name]):
                cannot = "cannot text to text"
            st.caption(gap_lesson(name, PAGE, cannot))


def _show_translation(name: str, run: Run | str, text: str) -> None:
    st.markdown(f"**{it_writes(catalogue()[0][name])}**")
    if isinstance(run, str):
        st.caption(UNREAD)
        return
    tokenizer = load(name).tokenizer
    ids = (*run.tokens.ids[1:], tokenizer.id_of("[EOS]"))
    probabilities = token_probabilities(run.trace.logits, ids)
    bars = tuple(map(TokenBar, tokenizer.labels(ids), ids, map(float, probabilities)))[:LONGEST]
    token_bars([BarGroup(text_of(run) or "(nothing)", bars)], key="answer_translator")
    if len(ids) > LONGEST:
        st.caption(f"The first {LONGEST} of {len(ids)} factors; the page Factorisation has them all.")
    open_end = "" if run.finished else " It had not come to an end where there was no more room."
    st.markdown(rf"Greedy, with $\ln p(y \mid x) = {tex(np.log(probabilities).sum())}$.{open_end}")


def _show_continuation(name: str, run: Run | str, text: str) -> None:
    st.markdown("**It continues**")
    if isinstance(run, str):
        st.caption(UNREAD)
        return
    logits, labels, end = run.trace.logits, run.tokens.labels, load(name).tokenizer.special_ids.get("[EOS]")
    where, at = "After the last token", -1
    if len(run.tokens) > 1 and int(logits[-1].argmax()) == end:
        # A list of one token says little: what it would have said one token earlier says more.
        p = float(token_probabilities(logits[-1:], (end,))[0])
        st.markdown(
            f"After {token_name(labels[-1])} the text is over for it: the end, "
            f"{token_name(load(name).tokenizer.label(end))}, has $p = {tex(p)}$."
        )
        where, at = f"In the place of the last token ({labels[-1]})", -2
    token_bars([top_tokens(name, where, logits[at])], key="answer_gpt")
    st.caption(f"The {TOP} most probable of {run.entry.config.vocab_size:,} tokens.")


def _show_filling(name: str, run: Run | str, text: str) -> None:
    """The sentence once more, a gap in place of a word that the visitor chooses."""
    if not catalogue()[0][name].config.unembedding:
        st.markdown("**It fills no gap**")
        st.info(lesson(PAGE, "no logits"))
        return
    st.markdown("**It fills a gap**")
    chosen = choose_word(text, "gap", "The word to hide")
    if chosen is None or isinstance(run, str):
        st.caption(UNREAD if isinstance(run, str) else "There is no word to hide.")
        return
    gapped = replace_word(text, chosen[1], mask_of(name))
    filled = attempt(choice_of(name, gapped))
    if isinstance(filled, str):
        st.warning(literal(filled), icon=":material/edit:")
        return
    token_bars([top_tokens(name, gapped, filled.trace.logits[mask_position(filled)])], key="answer_bert")
    st.caption(f"The {TOP} most probable of {filled.entry.config.vocab_size:,} tokens.")
