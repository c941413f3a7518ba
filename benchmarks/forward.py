"""How fast one forward pass is that keeps everything: ours, ours as arrays, and the transformers library's.

    python -m benchmarks.forward [--repeats 20] [--model NAME]

The library is asked for all attention weights and hidden states (its eager attention, the only one that has weights);
ours returns its trace, which holds more: q, k, v, scores, each head's output, what each sublayer reads and says. The
arrays are made as for the app, whose pages read nothing else: they take over the memory of the tensors, which nobody
uses afterwards. One thread, as in the app. A GPT-2 of 124 M parameters has the same random weights on both sides;
beside each bundled model stands one of the library's of the same sizes. The three ways take turns, so that whatever
else the machine does meets them all; times are those of the processor, which other programs blur less.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedModel

from benchmarks.decoding import percentile_95
from benchmarks.peers import peer_of
from explorer.hub.entry import read_hub_entry
from explorer.hub.weights import load_weights
from explorer.model.catalogue import pretrained_folder, read_catalogue
from explorer.model.checkpoint import load_checkpoint
from explorer.model.trace import to_numpy
from explorer.model.transformer import Transformer

LENGTHS = (16, 64)
GPT2 = "GPT-2, 124 M"
WARM_UP = 3  # rounds that are not counted


@dataclass(frozen=True)
class Case:
    """One model, the library's beside it, and a text of random tokens."""

    name: str
    ours: Transformer
    theirs: PreTrainedModel
    length: int

    def ids(self, vocab_size: int) -> torch.Tensor:
        return torch.randint(vocab_size, (1, self.length), generator=torch.Generator().manual_seed(0))

    def ways(self) -> dict[str, Callable[[], object]]:
        """What is timed, by name. Of an encoder-decoder source and target have the same length."""
        config = self.ours.config
        tokens = self.ids(config.vocab_size)
        source = self.ids(config.source_vocab_size or config.vocab_size) if config.has_cross_attention else None
        reads = {"input_ids": tokens} if source is None else {"input_ids": source, "decoder_input_ids": tokens}
        if config.has_decoder:
            reads["use_cache"] = False
        return {
            "transformers": lambda: self.theirs(**reads, output_attentions=True, output_hidden_states=True),
            "trace": lambda: self.ours(tokens, source),
            "arrays": lambda: to_numpy(self.ours(tokens, source), copy=False),
        }


def cases(folder: Path, only: str | None) -> Iterator[Case]:
    """GPT-2 first, written to ``folder`` and opened from there, then every bundled model as far as it has positions."""
    if only in (None, GPT2):
        theirs, ours = gpt_2_124m(folder)
        yield from (Case(GPT2, ours, theirs, length) for length in LENGTHS)
    for entry in read_catalogue(pretrained_folder())[0].values():
        if only in (None, entry.name):
            ours, theirs = load_checkpoint(entry.folder).model, peer_of(entry.config)
            theirs.set_attn_implementation("eager")
            for length in sorted({min(length, entry.config.max_len) for length in LENGTHS}):
                yield Case(entry.name, ours, theirs, length)


def gpt_2_124m(folder: Path) -> tuple[PreTrainedModel, Transformer]:
    """GPT-2's smallest size with random weights, the library's and ours; RuntimeError unless they say the same."""
    theirs = GPT2LMHeadModel(GPT2Config(attn_implementation="eager")).eval()
    theirs.save_pretrained(folder)
    ours = load_weights(read_hub_entry(folder, GPT2))
    tokens = torch.arange(100, 116)[None]
    with torch.inference_mode():
        difference = (theirs(tokens).logits - ours(tokens).logits).abs().max().item()
    if difference > 1e-3:
        raise RuntimeError(f"the two GPT-2s differ by {difference} in their logits")
    return theirs, ours


@torch.inference_mode()
def measure(case: Case, repeats: int) -> dict[str, list[float]]:
    """Milliseconds of each repeat of each way, by turns, each time in another order.

    What each way returned is kept until it has returned again. Otherwise nothing is left at the heap's end after some
    of the passes: malloc gives that memory back to the system, and the next pass, whichever it is, waits for new pages
    (3 ms of 15 were seen, for one way and not for the others).
    """
    ways, kept = case.ways(), {}
    found: dict[str, list[float]] = {name: [] for name in ways}
    for repeat in range(WARM_UP + repeats):
        names = list(ways)
        turn = repeat % len(names)
        for name in names[turn:] + names[:turn]:
            start = time.thread_time()
            result = ways[name]()
            if repeat >= WARM_UP:
                found[name].append(1000 * (time.thread_time() - start))
            kept[name] = result
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--model", help=f"only this one: a bundled model, or {GPT2!r}")
    options = parser.parse_args()
    known = [GPT2, *read_catalogue(pretrained_folder())[0]]
    if options.model not in (None, *known):
        parser.error(f"there is no {options.model}; there are: {', '.join(known)}")
    torch.set_num_threads(1)  # as the app does
    print("| model | tokens | transformers: ms | p95 | trace: ms | p95 | arrays: ms | p95 ", end="")
    print("| trace / transformers | arrays / transformers |\n|" + " --- |" * 10)
    with tempfile.TemporaryDirectory(prefix="gpt2") as folder:
        for case in cases(Path(folder), options.model):
            found = measure(case, options.repeats)
            medians = {name: statistics.median(values) for name, values in found.items()}
            numbers = [f"{value:.2f}" for name in found for value in (medians[name], percentile_95(found[name]))]
            ratios = [f"{medians[name] / medians['transformers']:.2f}" for name in ("trace", "arrays")]
            print(f"| {case.name} | {case.length} | {' | '.join(numbers + ratios)} |", flush=True)


if __name__ == "__main__":
    main()
