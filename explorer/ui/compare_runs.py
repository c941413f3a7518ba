"""Runs of several models on one page: each gives its pass, or one sentence saying why it has none."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.model_parts import count_by_part
from explorer.analysis.predictions import top_k
from explorer.analysis.words import Word, replace_word, words_of
from explorer.model.catalogue import CheckpointError
from explorer.model.kinds import attention_kinds
from explorer.ui.cache import catalogue, has_run, load, prepare_torch, run
from explorer.ui.gaps import gaps_of, mask_of
from explorer.ui.page import too_long, waiting_for
from explorer.ui.session import Choice

if TYPE_CHECKING:
    from explorer.model.config import TransformerConfig
    from explorer.model.run import Run

CANDIDATES = 50  # of a BERT, among which a word is looked for


def choice_of(model: str, text: str, target: str = "", kind: str = "", layer: int = 0, head: int = 0) -> Choice:
    """The choice that sends ``text`` through ``model``; a translator reads it as its source."""
    config = catalogue()[0][model].config
    pair = config.has_cross_attention
    return Choice(
        model=model,
        source=text if pair else "",
        target=target if pair else "",
        text="" if pair else text,
        kind=kind or attention_kinds(config)[0],
        layer=layer,
        head=head,
    )


def attempt(choice: Choice) -> Run | str:
    """The run of ``choice``, under a spinner where one has to wait; or a sentence for the visitor."""
    if problem := too_long(choice):
        return problem
    with nullcontext() if has_run(choice) else st.spinner(waiting_for(choice)):
        prepare_torch()
        from explorer.model.run import InputError

        try:
            return run(choice)
        except (InputError, CheckpointError) as error:
            return str(error)


def parameters_of(model: str) -> dict[str, int]:
    """How many numbers each part of the loaded model learns, see ``count_by_part``; a shared matrix counts once."""
    return count_by_part({name: array.numel() for name, array in load(model).model.named_parameters()})


def states_of(run: Run, kind: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """The states of a stack, [row, position, d_model], and what each row is: x, after each layer, after a last norm."""
    stack = run.stack(kind)
    rows = [stack.embedding.output, *(block.resid_post for block in stack.blocks)]
    names = [_input_name(run.entry.config), *(f"layer {n}" for n in range(1, len(stack.blocks) + 1))]
    if run.entry.config.final_norm:
        rows.append(stack.output)
        names.append("last norm")
    return np.stack(rows), tuple(names)


def _input_name(config: TransformerConfig) -> str:
    """What the first layer reads: "x = e + PE" in the paper, "x = LN(e + PE + s)" in BERT, "x = e" in T5."""
    coded = config.positions not in ("none", "relative")
    total = " + ".join(["e", *(["PE"] if coded else []), *(["s"] if config.n_segments else [])])
    if not config.embedding_norm:
        return f"x = {total}"
    return f"x = {'RMS' if config.norm == 'rms' else 'LN'}({total})"


def text_of(run: Run) -> str:
    """What the decoder, or the only stack, read; without special tokens."""
    return load(run.entry.name).tokenizer.decode(run.tokens.ids)


def likely_words(bert: str, text: str, word: Word) -> list[str]:
    """Other words that a BERT would put there, the likeliest first; none where it cannot read the text, or say any."""
    if not catalogue()[0][bert].config.unembedding:
        return []
    found = attempt(choice_of(bert, replace_word(text, word, mask_of(bert))))
    if isinstance(found, str) or (place := mask_position(found)) is None:
        return []
    tokenizer = load(bert).tokenizer
    words = (tokenizer.decode([token]).strip() for token in top_k(found.trace.logits[place], CANDIDATES).ids.tolist())
    return [each for each in words if each.isalpha() and each.lower() != word.text.lower()]


def mask_position(run: Run) -> int | None:
    """Where the first gap is, counted from 0."""
    return next(iter(gaps_of(run.entry.name, run.tokens.ids)), None)


def another_word(bert: str | None, text: str, word: Word) -> str:
    """A word to try in the place of another: one as long as it, if the BERT has one among its first guesses.

    Without a BERT that reads the text: another word of the text itself.
    """
    likely = likely_words(bert, text, word)[:10] if bert else []
    if not likely:
        likely = [each.text for each in words_of(text) if each.text.lower() != word.text.lower()]
    same = [each for each in likely if len(each) == len(word.text)]
    return next(iter([*same, *likely]), f"{word.text}s")
