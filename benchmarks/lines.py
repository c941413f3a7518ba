"""How many lines a second `translate` and `score` work through, one by one and in batches.

    python -m benchmarks.lines [--repeats 10] [--lines 200] [--model NAME]

The lines are captions that a small grammar makes up: the first 200 have 5 to 25 words, 15 on average. What is timed
is what the commands do for their lines, from ids to answers, in the order of the lines; reading the model and the text
is not. It is the processor's time of the one thread that works, and the ways take turns: a busy machine tells little.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import torch

from benchmarks.decoding import percentile_95
from explorer.cli.batches import in_order
from explorer.cli.factors import read_line, score_targets
from explorer.cli.lines import Line
from explorer.cli.translating import USUAL_WIDTH, Source, translate_sources
from explorer.model.catalogue import pretrained_folder, read_catalogue
from explorer.model.checkpoint import Checkpoint, load_checkpoint
from explorer.model.reading import read_source

MEASURED = ["translator-en-de", "gpt-captions", "bert-captions"]  # one of each kind
T = TypeVar("T")

WHO = ("A man", "An old woman", "Two children", "A brown dog", "Three tired workers", "The girl", "Nobody")
LOOKS = ("", " in a red coat", " with a broken umbrella", " wearing yellow boots and a very large hat")
DOES = ("sleeps", "is waiting", "looks at a map", "is eating soup", "carries a heavy wooden ladder")
WHERE = ("outside", "on a bridge", "in front of a small shop", "between two parked trucks", "near the cold sea")
WHEN = ("", " at night", " while it rains", " and nobody seems to notice")
TARGETS = ("Ein Mann wartet.", "Zwei Kinder stehen vor einem Haus.", "Eine Frau mit einem roten Mantel sieht das Meer.")


def captions(n: int) -> list[str]:
    """The same each time, no two alike."""
    draw = random.Random(0)
    found: dict[str, None] = {}
    while len(found) < n:
        who, looks, does, where, when = map(draw.choice, (WHO, LOOKS, DOES, WHERE, WHEN))
        found[f"{who}{looks} {does} {where}{when}."] = None
    return list(found)


def work_through(values: Sequence[T], work: Callable[[list[T]], list], length: Callable[[T], int] | None) -> None:
    """As the commands do, one by one where there is no ``length``."""
    lines = [Line(number, value) for number, value in enumerate(values, start=1)]
    for _ in in_order(lines, work, length, lambda n: None):
        pass


def jobs(checkpoint: Checkpoint, texts: Sequence[str]) -> dict[str, tuple[list, Callable, Callable]]:
    """For each job of this model the lines as they were read, what is done for some of them, and how long one is."""
    translates = checkpoint.entry.config.has_cross_attention
    pairs = [f"{text}\t{TARGETS[i % len(TARGETS)]}" for i, text in enumerate(texts)] if translates else texts
    targets = [read_line(checkpoint, line, translates) for line in pairs]
    found = {"score": (targets, lambda batch: score_targets(checkpoint, batch), len)}
    if translates:
        sources = [Source(text, read_source(checkpoint, text)) for text in texts]

        def length(source: Source) -> int:
            return len(source.ids)

        for name, width in (("translate, greedy", 1), (f"translate, beam {USUAL_WIDTH}", USUAL_WIDTH)):
            work = partial(_translate, checkpoint, width)
            found[name] = (sources, work, length)
    return found


def _translate(checkpoint: Checkpoint, width: int, batch: list[Source]) -> list:
    return translate_sources(checkpoint, batch, width, length_penalty=1.0, n_best=1)


def rates(values: list, work: Callable, length: Callable, repeats: int) -> dict[str, list[float]]:
    """Processor seconds of each repeat, one by one and in batches by turns; the first round is not counted."""
    ways = {"one by one": None, "in batches": length}
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for repeat in range(repeats + 1):
        for way, by_length in ways.items():
            start = time.process_time()
            work_through(values, work, by_length)
            if repeat:
                seconds[way].append(time.process_time() - start)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--lines", type=int, default=200, choices=range(1, 1001), metavar="N")
    parser.add_argument("--model", help="only this one")
    options = parser.parse_args()
    entries, _ = read_catalogue(pretrained_folder())
    names = [options.model] if options.model else MEASURED
    if unknown := [name for name in names if name not in entries]:
        parser.error(f"there is no bundled model {unknown[0]}")
    torch.set_num_threads(1)  # as the commands do
    texts = captions(options.lines)
    print("| model | job | one by one: lines/s | p95 | batches of up to 32: lines/s | p95 | batches / one by one |")
    print("|" + " --- |" * 7)
    for name in names:
        for job, (values, work, length) in jobs(load_checkpoint(entries[name].folder), texts).items():
            numbers, medians = [], []
            for seconds in rates(values, work, length, options.repeats).values():
                medians.append(statistics.median(seconds))
                numbers += [f"{len(texts) / medians[-1]:.1f}", f"{len(texts) / percentile_95(seconds):.1f}"]
            print(f"| {name} | {job} | {' | '.join(numbers)} | {medians[0] / medians[1]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
