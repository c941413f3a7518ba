"""Scoring texts that somebody else wrote: every factor of p(y | x), by teacher forcing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.errors import check_out, one_sentence
from explorer.cli.factors import Scored, read_line, score_targets
from explorer.cli.lines import Asked, given_texts, understand
from explorer.cli.loading import check_able, load_for_lines
from explorer.cli.options import File, Json, Model, Out, SkipErrors
from explorer.cli.output import Form, answer

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint
    from explorer.model.config import TransformerConfig


def score(
    model: Model,
    file: File = None,
    text: Annotated[str | None, typer.Option(help="one text, in place of lines")] = None,
    source: Annotated[str | None, typer.Option(help="with --text: what a translator has read")] = None,
    prompt: Annotated[str | None, typer.Option(help="with --text: what a GPT has read")] = None,
    end: Annotated[
        bool | None, typer.Option("--end/--no-end", help="is the end a factor? by default for a translator alone")
    ] = None,
    json_lines: Json = False,
    out: Out = None,
    skip_errors: SkipErrors = False,
) -> None:
    """Say how probable each line is.

    A line is for a translator "source TAB target", for a GPT "text" or "prompt TAB continuation" (the continuation is
    scored), for a BERT "text", whose tokens are hidden one at a time: the sum of their logs is its
    pseudo-log-likelihood, which is not the log-probability of anything.

    An answer is the log-probability (natural), the perplexity, the bits per token, the number of tokens and the kind,
    with tabs between; with --json there are also factors, each with token, id, p, log_p, rank (1: the model's first
    choice), entropy (nats) and running_log_p.
    """
    with one_sentence():
        config = check_able(model, "score", lambda config: True).config
        _check_options(config, text, source, prompt, end)
        given = source if config.has_cross_attention else prompt
        asked = Asked(file, text if given is None else f"{given}\t{text}", json_lines, out, skip_errors)
        check_out(out)
        texts = given_texts(asked, "score")
        checkpoint = load_for_lines(model)
        if end and "[EOS]" not in checkpoint.tokenizer.special_ids:
            raise ValueError(f"A text of {model} has no end: leave out --end")
        ends = config.has_cross_attention if end is None else end
        answer(
            asked,
            understand(asked, texts, lambda line: read_line(checkpoint, line, ends)),
            lambda targets: score_targets(checkpoint, targets),
            Form(_as_text, lambda found: _as_json(checkpoint, found)),
            words=f"scoring with {model}",
            length=len,
        )


def _check_options(
    config: TransformerConfig, text: str | None, source: str | None, prompt: str | None, end: bool | None
) -> None:
    """ValueError for options that mean nothing for this kind of model, or without each other."""
    kind, source_or_prompt = {
        "encoder-decoder": ("translator", "source"),
        "decoder": ("GPT", "prompt"),
        "encoder": ("BERT", ""),
    }[config.architecture]
    for name, value in (("source", source), ("prompt", prompt)):
        if value is not None and name != source_or_prompt:
            raise ValueError(f"A {kind} has no --{name}")
        if value is not None and text is None:
            raise ValueError(f"--{name} goes with --text")
    if source_or_prompt == "source" and text is not None and source is None:
        raise ValueError("A translator scores a text for a source: give it --source too")
    if end is not None and not config.has_decoder:
        raise ValueError("A BERT's text has no end that is a factor: leave out --end and --no-end")


def _as_text(number: int, found: Scored) -> str:
    factors = found.factors
    numbers = (factors.total_log_p, factors.perplexity, factors.bits_per_token)
    return "\t".join([*(f"{each:.6g}" for each in numbers), str(len(factors)), found.kind])


def _as_json(checkpoint: Checkpoint, found: Scored) -> dict[str, Any]:
    factors = found.factors
    columns = {
        "token": checkpoint.tokenizer.labels(factors.ids),
        "id": factors.ids,
        "p": factors.p.tolist(),
        "log_p": factors.log_p.tolist(),
        "rank": factors.rank.tolist(),
        "entropy": factors.entropy.tolist(),
        "running_log_p": factors.running_log_p.tolist(),
    }
    return {
        **found.target.given,
        "kind": found.kind,
        "log_probability": factors.total_log_p,
        "perplexity": factors.perplexity,
        "bits_per_token": factors.bits_per_token,
        "n": len(factors),
        "factors": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)],
    }
