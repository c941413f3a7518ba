"""Visitors who ask for as much as they can, all at once; run as a program in a process of its own.

Prints a JSON object: bytes of memory before and at most, bytes that were made, and how others fared meanwhile.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from pathlib import Path

from explorer.limits import BEAM_WIDTH, DECODED_TOKENS, MB, UNTRAINED_POSITIONS
from explorer.model import on_demand
from explorer.model.trace import nbytes
from explorer.model.untrained import untrained_name
from explorer.ui import bounded, cache, decoded, queue, scored
from explorer.ui.session import Choice

TEXTS = 1_000  # different ones, one after another
BLANKS = " " * 2_000  # the model reads none of them, but they are part of what was typed
WORDS = ("a", "dog", "man", "child", "ball", "street", "snow", "park", "two", "is", "are", "in", "the", "on")
BLOCKS = 64 * MB  # for this crowd


def rss() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def words(n: int, length: int) -> str:
    """A text of its own for each n: n in the digits of the words."""
    found = []
    for _ in range(length):
        n, digit = divmod(n, len(WORDS))
        found.append(WORDS[digit])
    return " ".join(found)


def choose(text: str, model: str = "gpt-captions") -> Choice:
    return Choice(model=model, source="", target="", text=text, kind="decoder", layer=0, head=0)


class Crowd:
    def __init__(self) -> None:
        self.made = self.peak = self.largest_block = self.blocks = 0
        self.errors: list[str] = []
        self.most_before = 0
        self.models: dict[str, object] = {}
        self.lock = threading.Lock()
        self.done = threading.Event()

    def count(self, n: int) -> None:
        with self.lock:
            self.made += n

    def many_texts(self) -> None:
        for n in range(TEXTS):
            choice = choose(words(n, 9) + BLANKS)
            run = cache.run(choice)
            self.count(nbytes(run.trace))
            if n % 20 == 0:
                cache.run_statistics(choice)
                scored.score(choice, run, words(n, 5))

    def wide_beams(self) -> None:
        for n in range(3):
            choice = choose(words(n, 7))
            run = cache.run(choice)
            start = decoded.start_of(choice, run)
            decoded.searched(choice, start, BEAM_WIDTH, 1.0, min(DECODED_TOKENS, start.room))
            decoded.logits_along(choice, start, tuple(range(7, 7 + start.room)))

    def large_models(self) -> None:
        for seed in range(3):
            name = self.largest(seed)
            run = cache.run(choose("dog " * 400, name))
            assert not isinstance(run.trace.decoder.blocks, tuple)  # computed on demand
            for block in run.trace.decoder.blocks:
                self.count(nbytes(block))
                self.largest_block = max(self.largest_block, nbytes(block))
            self.count(4 * run.entry.about.n_parameters)

    def long_texts(self) -> None:
        for n in range(20):
            run = cache.run(choose(words(n, 100)))
            self.count(nbytes(run.trace))

    def largest(self, seed: int) -> str:
        """As many parameters and positions as may be."""
        like = self.models["gpt-captions"]
        config = replace(like.config, n_decoder_layers=2, d_ff=24_000, max_len=UNTRAINED_POSITIONS, d_model=288)
        return untrained_name(like, config, seed)

    def watch(self) -> None:
        while not self.done.wait(0.01):
            self.peak = max(self.peak, rss())
            self.blocks = max(self.blocks, on_demand.KEPT.nbytes)

    def visit(self, act) -> None:
        try:
            act()
        except BaseException as error:
            self.errors.append(repr(error))


def main() -> None:
    on_demand.KEPT.max_bytes = BLOCKS
    crowd = Crowd()
    crowd.models = cache.catalogue()[0]
    find = cache.find
    cache.find = lambda name: crowd.entries.get(name) or find(name)
    from explorer.model.untrained import untrained_entry

    crowd.entries = {name: untrained_entry(name, crowd.models) for name in (crowd.largest(seed) for seed in range(3))}
    calm = choose("Two dogs are running through the snow.")
    cache.run(calm)
    before = rss()
    place = queue.jobs.place
    asked: list[int] = []  # threads that asked for a place

    def watched_place(visitor, waits=lambda before: None):
        def looks(others: int) -> None:
            crowd.most_before = max(crowd.most_before, others)
            waits(others)

        asked.append(threading.get_ident())
        return place(visitor, looks)

    queue.jobs.place = watched_place
    threads = [
        threading.Thread(target=crowd.visit, args=(act,), daemon=True)
        for act in (crowd.many_texts, crowd.wide_beams, crowd.large_models, crowd.long_texts)
    ]
    watcher = threading.Thread(target=crowd.watch, daemon=True)
    watcher.start()
    for thread in threads:
        thread.start()
    answered = 0
    while any(thread.is_alive() for thread in threads):
        assert cache.run(calm).tokens.ids
        cache.run_statistics(calm)
        answered += 1
        time.sleep(0.02)
    crowd.done.set()
    watcher.join()
    print(
        json.dumps(
            {
                "before": before,
                "peak": crowd.peak,
                "made": crowd.made,
                "kept": bounded.TOGETHER.nbytes,
                "blocks": crowd.blocks,
                "largest_block": crowd.largest_block,
                "errors": crowd.errors,
                "most_before": crowd.most_before,
                "answered": answered,
                "calm_asked": asked.count(threading.get_ident()),
                "asked": len(asked),
                "left": [queue.jobs.n_running, queue.jobs.n_waiting],
            }
        )
    )


if __name__ == "__main__":
    main()
