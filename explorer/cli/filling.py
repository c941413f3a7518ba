"""Filling the gaps of lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.analysis.predictions import Prediction, top_k
from explorer.cli.errors import check_out, one_sentence
from explorer.cli.lines import Asked, given_texts, understand
from explorer.cli.loading import check_able, load_for_lines
from explorer.cli.options import File, Json, Model, Out, SkipErrors
from explorer.cli.output import Form, answer, one_line

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint


@dataclass(frozen=True)
class Gapped:
    """A line with gaps."""

    text: str
    ids: list[int]
    positions: list[int]  # of the gaps


@dataclass(frozen=True)
class Filled:
    gapped: Gapped
    best: list[Prediction]  # for each gap the most probable tokens
    text: str  # with the most probable of them in each


def fill(
    model: Model,
    file: File = None,
    text: Annotated[str | None, typer.Option(help="one text with gaps, in place of lines")] = None,
    top: Annotated[int, typer.Option(help="with --json: how many tokens are listed for each gap", min=1)] = 5,
    json_lines: Json = False,
    out: Out = None,
    skip_errors: SkipErrors = False,
) -> None:
    """Write the most probable token into each gap: [MASK], or as the model writes it.

    An empty line stays empty. Every gap is filled from one reading of the line with all its gaps: no gap knows what
    the others are filled with.

    With --json: text, filled, and for each of gaps: position (0 is [CLS]) and top, a list of token, id and p.
    """
    with one_sentence():
        asked = Asked(file, text, json_lines, out, skip_errors)
        check_able(model, "fill gaps", lambda config: not config.has_decoder)
        check_out(out)
        texts = given_texts(asked, "fill")
        checkpoint = load_for_lines(model)
        answer(
            asked,
            understand(asked, texts, lambda line: _read(checkpoint, line)),
            lambda lines: [_fill(checkpoint, line, top) for line in lines],
            Form(lambda number, found: one_line(found.text), lambda found: _as_json(checkpoint, found)),
            words=f"filling with {model}",
        )


def _read(checkpoint: Checkpoint, line: str) -> Gapped:
    from explorer.model.reading import InputError, read_text
    from explorer.model.tokenizer import MASK

    ids = read_text(checkpoint, line)
    mask = checkpoint.tokenizer.id_of(MASK)
    positions = [i for i, token in enumerate(ids) if token == mask]
    if not positions:
        raise InputError(f"The text has no gap: write {checkpoint.tokenizer.token_of(MASK)} where a word is missing.")
    return Gapped(line, ids, positions)


def _fill(checkpoint: Checkpoint, gapped: Gapped, top: int) -> Filled:
    import torch

    model, ids = checkpoint.model, list(gapped.ids)
    with torch.inference_mode():
        states = model.last_states(torch.tensor([ids], device=next(model.parameters()).device))
        logits = model.unembedding(states[0, gapped.positions]).float().cpu().numpy()
    best = [top_k(row, top) for row in logits]
    for position, prediction in zip(gapped.positions, best, strict=True):
        ids[position] = int(prediction.ids[0])
    return Filled(gapped, best, checkpoint.tokenizer.decode(ids))


def _as_json(checkpoint: Checkpoint, found: Filled) -> dict[str, Any]:
    label = checkpoint.tokenizer.label
    gaps = [
        {
            "position": position,
            "top": [
                {"token": label(token), "id": token, "p": p}
                for token, p in zip(best.ids.tolist(), best.probabilities.tolist(), strict=True)
            ],
        }
        for position, best in zip(found.gapped.positions, found.best, strict=True)
    ]
    return {"text": found.gapped.text, "filled": found.text, "gaps": gaps}
