"""Translating lines with a beam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.errors import check_out, one_sentence
from explorer.cli.lines import Asked, given_texts, understand
from explorer.cli.loading import check_able, load_for_lines
from explorer.cli.options import File, Json, LengthPenalty, Model, Out, SkipErrors
from explorer.cli.output import Form, answer, one_line
from explorer.limits import CLI_BEAM_WIDTH

if TYPE_CHECKING:
    from explorer.model.beam import Hypothesis
    from explorer.model.checkpoint import Checkpoint

USUAL_WIDTH = 5


@dataclass(frozen=True)
class Source:
    """A line that is to be translated."""

    text: str
    ids: list[int]  # [EOS] at the end


@dataclass(frozen=True)
class Translated:
    source: Source
    best: tuple[Hypothesis, ...]  # the best first


def translate(
    model: Model,
    file: File = None,
    text: Annotated[str | None, typer.Option(help="one text to translate, in place of lines")] = None,
    beam: Annotated[
        int | None, typer.Option(help=f"how wide the beam is; by default {USUAL_WIDTH}", min=1, max=CLI_BEAM_WIDTH)
    ] = None,
    length_penalty: LengthPenalty = 1.0,
    greedy: Annotated[bool, typer.Option("--greedy", help="a beam of width 1: always the most probable token")] = False,
    n_best: Annotated[int, typer.Option(help="how many translations of each line", min=1)] = 1,
    json_lines: Json = False,
    out: Out = None,
    skip_errors: SkipErrors = False,
) -> None:
    """Translate each line.

    There is one translation a line, in the order of the lines; an empty line stays empty. With --n-best above 1 each
    translation has a line "number of the line that was read TAB score TAB translation".

    With --json: source, and of the best translation translation, tokens, ids, log_probability (natural), score
    (log p / length^alpha, by which a beam ranks) and ended (false: it was stopped before it came to its end);
    n_best has the same for each of the --n-best.
    """
    with one_sentence():
        asked = Asked(file, text, json_lines, out, skip_errors)
        width = _width(beam, greedy, n_best)
        check_able(model, "translate", lambda config: config.has_cross_attention)
        check_out(out)
        texts = given_texts(asked, "translate")
        checkpoint = load_for_lines(model)
        from explorer.model.reading import read_source

        def as_text(number: int, found: Translated) -> str:
            best = [one_line(checkpoint.tokenizer.decode(each.ids).strip()) for each in found.best]
            scores = [f"{each.score:.6g}" for each in found.best]
            rows = [f"{number}\t{score}\t{words}" for score, words in zip(scores, best, strict=True)]
            return best[0] if n_best == 1 else "\n".join(rows)

        answer(
            asked,
            understand(asked, texts, lambda line: Source(line, read_source(checkpoint, line))),
            lambda sources: translate_sources(checkpoint, sources, width, length_penalty, n_best),
            Form(as_text, lambda found: _as_json(checkpoint, found)),
            words=f"translating with {model}",
            length=lambda source: len(source.ids),
        )


def _width(beam: int | None, greedy: bool, n_best: int) -> int:
    if greedy and beam not in (None, 1):
        raise ValueError("--greedy is a beam of width 1: leave out one of --greedy and --beam")
    width = 1 if greedy else beam or USUAL_WIDTH
    if n_best > width:
        raise ValueError(f"A beam of width {width} finds no more than {width} translations: --n-best is {n_best}")
    return width


def translate_sources(
    checkpoint: Checkpoint, sources: list[Source], width: int, length_penalty: float, n_best: int
) -> list[Translated]:
    """The translations of some lines, in one batch."""
    from explorer.model.beam import beam_search
    from explorer.model.run import max_target
    from explorer.model.tokenizer import BOS, EOS

    tokenizer, ids = checkpoint.tokenizer, [source.ids for source in sources]
    limits = [max_target(len(each), checkpoint.entry.config.max_len) for each in ids]
    bos, eos = tokenizer.id_of(BOS), tokenizer.id_of(EOS)
    found = beam_search(checkpoint.model, [bos], eos, limits, width, sources=ids, length_penalty=length_penalty)
    return [Translated(source, best[:n_best]) for source, best in zip(sources, found, strict=True)]


def _as_json(checkpoint: Checkpoint, found: Translated) -> dict[str, Any]:
    best = [
        {
            "translation": checkpoint.tokenizer.decode(each.ids).strip(),
            "tokens": checkpoint.tokenizer.labels(each.ids),
            "ids": each.ids,
            "log_probability": each.log_probability,
            "score": each.score,
            "ended": each.ended,
        }
        for each in found.best
    ]
    return {"source": found.source.text, **best[0], "n_best": best}
