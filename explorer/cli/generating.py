"""Going on where a text ends: by drawing, greedily or with a beam, as in the decoding laboratory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.errors import check_out, one_sentence
from explorer.cli.lines import Asked, given_texts, understand
from explorer.cli.loading import check_able, load_for_lines
from explorer.cli.options import File, Json, LengthPenalty, Model, Out, SkipErrors
from explorer.cli.output import Form, answer, one_line
from explorer.cli.writing import USUAL_NEW, Start, Way, Written, log_probabilities, read_start, write_texts
from explorer.limits import CLI_BEAM_WIDTH

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint
    from explorer.model.filters import Filters

USUAL_FILTERS = {"temperature": 0.8, "top_p": 0.9}  # and the seed 1: as the page opens


def generate(
    model: Model,
    file: File = None,
    text: Annotated[str | None, typer.Option(help="one prompt, in place of lines; it may have line breaks")] = None,
    max_new: Annotated[
        int | None,
        typer.Option(
            help=f"how many tokens at most, as far as the model has room; by default {USUAL_NEW}, "
            "and for a translation what its length allows",
            min=1,
        ),
    ] = None,
    n: Annotated[int, typer.Option("--n", help="how many texts for each line", min=1, max=10_000)] = 1,
    seed: Annotated[int, typer.Option(help="the same seed draws the same texts, here and on the page", min=0)] = 1,
    temperature: Annotated[float | None, typer.Option(help="by default 0.8")] = None,
    top_k: Annotated[int | None, typer.Option(help="by default all tokens")] = None,
    top_p: Annotated[float | None, typer.Option(help="by default 0.9")] = None,
    min_p: Annotated[float | None, typer.Option(help="by default 0")] = None,
    repetition_penalty: Annotated[float | None, typer.Option(help="by default 1: none")] = None,
    greedy: Annotated[bool, typer.Option("--greedy", help="draw nothing: always the most probable token")] = False,
    beam: Annotated[int | None, typer.Option(help="draw nothing: a beam this wide", min=1, max=CLI_BEAM_WIDTH)] = None,
    length_penalty: LengthPenalty = 1.0,
    json_lines: Json = False,
    out: Out = None,
    skip_errors: SkipErrors = False,
) -> None:
    """Go on where each line ends, drawing token by token.

    A translator draws a translation of each line. The text is written with its prompt, --n lines for each line that
    was read; an empty line stays empty, and a line break within a text is written as ⏎, unless there is but one text.

    With --json: prompt (or source), and for each of texts: text, written (what the model added), tokens, ids,
    log_probability (natural; the model's own, before any filter) and ended (false: it was stopped).
    """
    with one_sentence():
        asked = Asked(file, text, json_lines, out, skip_errors)
        given = {
            "temperature": temperature,
            "top_k": top_k,
            "top_p": top_p,
            "min_p": min_p,
            "repetition_penalty": repetition_penalty,
        }
        _check_way(greedy, beam, n, [name for name, value in given.items() if value is not None])
        check_able(model, "write texts", lambda config: config.has_decoder)
        check_out(out)
        way = Way(n, 1 if greedy else beam, length_penalty, _filters(given), seed)
        texts = given_texts(asked, "go on from")
        checkpoint = load_for_lines(model)

        def as_text(number: int, found: Written) -> str:
            whole = [checkpoint.tokenizer.decode([*found.start.prefix, *ids]) for ids in found.texts]
            whole += [""] * (n - len(whole))  # a beam in a small vocabulary may find fewer
            return whole[0] if text is not None and n == 1 else "\n".join(map(one_line, whole))

        answer(
            asked,
            understand(asked, texts, lambda line: read_start(checkpoint, line, max_new)),
            lambda starts: [Written(start, write_texts(checkpoint, start, way)) for start in starts],
            Form(as_text, lambda found: _as_json(checkpoint, found), "\n" * (n - 1)),
            words=f"writing with {model}",
        )


def _check_way(greedy: bool, beam: int | None, n: int, filters: list[str]) -> None:
    """ValueError where options contradict each other."""
    if greedy and beam:
        raise ValueError("--greedy is a beam of width 1: leave out one of --greedy and --beam")
    if (greedy or beam) and filters:
        filter_, other = filters[0].replace("_", "-"), "greedy" if greedy else "beam"
        raise ValueError(f"--{filter_} is for drawing, and --{other} draws nothing: leave out one of them")
    if (greedy or beam) and n > (width := beam or 1):
        raise ValueError(f"A beam of width {width} finds no more than {width} texts: --n is {n}")


def _filters(given: dict[str, Any]) -> Filters:
    from explorer.model.filters import Filters

    chosen = {name: value for name, value in given.items() if value is not None}
    try:
        return Filters(**{**USUAL_FILTERS, **chosen})
    except ValueError as error:  # "the temperature must be ..."
        raise ValueError(str(error)[0].upper() + str(error)[1:]) from None


def _as_json(checkpoint: Checkpoint, found: Written) -> dict[str, Any]:
    start, end = found.start, checkpoint.tokenizer.special_ids.get("[EOS]")
    texts = [
        {
            **_words(checkpoint, start, ids),
            "tokens": checkpoint.tokenizer.labels(ids),
            "ids": ids,
            "log_probability": log_p,
            "ended": ids[-1] == end,
        }
        for ids, log_p in zip(found.texts, log_probabilities(checkpoint, found), strict=True)
    ]
    return {"source" if start.source else "prompt": start.text, "texts": texts}


def _words(checkpoint: Checkpoint, start: Start, ids: list[int]) -> dict[str, str]:
    """The text, and what of it is new: a space before its first word belongs to that."""
    decode = checkpoint.tokenizer.decode
    whole, before = decode([*start.prefix, *ids]), decode(start.prefix)
    return {"text": whole, "written": whole[len(before) :] if whole.startswith(before) else decode(ids)}
