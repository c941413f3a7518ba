"""How fast a text is written: with a key/value cache, without one, and by the transformers library.

    python -m benchmarks.decoding [--repeats 10] [--model NAME]

Each bundled model that writes goes on greedily by 64 tokens (a toy by as many as it has room for), on one thread.
Beside it a GPT-2 or a Marian model of the same sizes, with random weights, writes as many tokens with transformers'
``generate``. Nothing ends early. The three ways take turns, so that whatever else the machine does meets them all.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from benchmarks.peers import generate, peer_of
from explorer.model.catalogue import Entry, pretrained_folder, read_catalogue
from explorer.model.checkpoint import load_checkpoint
from explorer.model.decoding import encode, first_step, greedy_tokens, next_step
from explorer.model.transformer import Transformer

NEW_TOKENS = 64
SOURCE_TOKENS = 16
NO_END = -1  # no token has this id: nothing ends early


@dataclass(frozen=True)
class Case:
    """One model, and what it is to write."""

    name: str
    model: Transformer
    prefix: list[int]
    source: list[int] | None
    n_new: int

    @classmethod
    def of(cls, entry: Entry) -> Case:
        model = load_checkpoint(entry.folder).model
        config = model.config
        n_source = min(SOURCE_TOKENS, config.max_len)
        ids = torch.arange(n_source) % (config.source_vocab_size or config.vocab_size)
        source = ids.tolist() if config.has_encoder else None
        return cls(entry.name, model, [1], source, min(NEW_TOKENS, config.max_len))


@dataclass(frozen=True)
class Timing:
    """Seconds of each repeat of writing ``n_new`` tokens."""

    n_new: int
    seconds: list[float]

    def tokens_per_second(self) -> float:
        return self.n_new / statistics.median(self.seconds)

    def slow_tokens_per_second(self) -> float:
        """The rate of a run so slow that 19 of 20 are faster."""
        return self.n_new / percentile_95(self.seconds)


def with_cache(case: Case) -> list[int]:
    return list(greedy_tokens(case.model, case.prefix, NO_END, case.n_new, case.source))


@torch.inference_mode()
def without_cache(case: Case) -> list[int]:
    """A full pass over the whole text for each new token."""
    written: list[int] = []
    memory = encode(case.model, torch.tensor([case.source])) if case.source else None
    while len(written) < case.n_new:
        tokens = torch.tensor([[*case.prefix, *written]])
        states = case.model.decoder(tokens, torch.ones(1, 1, 1, tokens.shape[1], dtype=torch.bool), memory).output
        written.append(int(case.model.unembedding(states[:, -1]).argmax()))
    return written


def rates(case: Case, repeats: int) -> dict[str, Timing]:
    """The three ways by turns; the first round is not counted."""
    peer = peer_of(case.model.config)
    ways: dict[str, Callable[[], object]] = {
        "cache": lambda: with_cache(case),
        "no cache": lambda: without_cache(case),
        "transformers": lambda: generate(peer, case.source or case.prefix, case.n_new),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for repeat in range(repeats + 1):
        for way, write in ways.items():
            start = time.perf_counter()
            write()
            if repeat:
                seconds[way].append(time.perf_counter() - start)
    return {way: Timing(case.n_new, found) for way, found in seconds.items()}


@torch.inference_mode()
def step_seconds(case: Case) -> Iterator[float]:
    """Seconds of each step that reads one token with the cache, but for the first, which lays out the matrices too."""
    memory = encode(case.model, torch.tensor([case.source])) if case.source else None
    step = first_step(case.model, torch.tensor([case.prefix]), memory)
    for n in range(case.n_new - 1):
        start = time.perf_counter()
        token = int(step.logits[0, -1].argmax())
        step = next_step(case.model, torch.tensor([[token]]), step)
        if n:
            yield time.perf_counter() - start


def growth(case: Case, repeats: int) -> float:
    """What the last 8 steps cost (their median) over what the first 8 do; of each step the median of all repeats."""
    runs = [list(step_seconds(case)) for _ in range(repeats + 1)][1:]
    steps = [statistics.median(seconds) for seconds in zip(*runs, strict=True)]
    few = min(8, len(steps) // 2) or 1
    return statistics.median(steps[-few:]) / statistics.median(steps[:few])


def percentile_95(values: list[float]) -> float:
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--model", help="only this one")
    options = parser.parse_args()
    entries = [entry for entry in read_catalogue(pretrained_folder())[0].values() if entry.config.has_decoder]
    if options.model:
        entries = [entry for entry in entries if entry.name == options.model]
        if not entries:
            parser.error(f"no bundled model that writes is called {options.model}")
    torch.set_num_threads(1)  # as the app does
    print(
        "| model | new tokens | cache: tokens/s | p95 | no cache | transformers | p95 | cache / transformers |", end=""
    )
    print(" last / first |\n|" + " --- |" * 9)
    for entry in entries:
        case = Case.of(entry)
        found = rates(case, options.repeats)
        cache, full, peer = found["cache"], found["no cache"], found["transformers"]
        ratio = cache.tokens_per_second() / peer.tokens_per_second()
        numbers = [
            f"{cache.tokens_per_second():.0f}",
            f"{cache.slow_tokens_per_second():.0f}",
            f"{full.tokens_per_second():.0f}",
            f"{peer.tokens_per_second():.0f}",
            f"{peer.slow_tokens_per_second():.0f}",
            f"{ratio:.2f}",
            f"{growth(case, options.repeats):.2f}",
        ]
        print(f"| {case.name} | {case.n_new} | {' | '.join(numbers)} |", flush=True)


if __name__ == "__main__":
    main()
