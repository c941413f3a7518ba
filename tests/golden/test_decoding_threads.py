"""Sessions that draw, search and look without the mask share one model with plain passes: each gets its own numbers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from explorer.model.beam import search
from explorer.model.best_first import most_probable_text
from explorer.model.changed import changed_checkpoint
from explorer.model.checkpoint import load_checkpoint
from explorer.model.decoding import greedy_tokens
from explorer.model.filters import Filters
from explorer.model.intervention import NO_MASK
from explorer.model.run import run_ids
from explorer.model.sampling import sample_tokens, uniform_numbers
from explorer.model.scoring import logits_by_steps, target_logits
from tests.bundled import MODELS

N_THREADS, N_ROUNDS = 4, 5
NAMES = [name for name, entry in MODELS.items() if name.startswith("classroom-tiny") and entry.config.has_decoder]


def jobs(checkpoint):
    """What sessions ask of a model, by name: functions that return something to compare bit by bit."""
    model, config = checkpoint.model, checkpoint.entry.config
    bos, eos = checkpoint.tokenizer.id_of("[BOS]"), checkpoint.tokenizer.id_of("[EOS]")
    source = [7, 5, 3, eos] if config.has_cross_attention else None
    ids, room = [bos, 7, 5], config.max_len - 1
    u = torch.stack([uniform_numbers(1, draw, room) for draw in range(3)])
    return {
        "pass": lambda: run_ids(checkpoint, ids, source).trace.logits,
        "pass without the mask": lambda: run_ids(changed_checkpoint(checkpoint, NO_MASK), ids, source).trace.logits,
        "greedy": lambda: list(greedy_tokens(model, [bos], eos, room, source)),
        "beam": lambda: search(model, [bos], eos, room, 3, sources=source and [source]),
        "sampling": lambda: torch.stack(list(sample_tokens(model, [bos], None, Filters(top_p=0.9), u, source))).numpy(),
        "best first": lambda: most_probable_text(model, [bos], eos, room, source, max_read=300),
        "steps": lambda: np.stack(list(logits_by_steps(model, ids, source))),
        "scores": lambda: target_logits(model, [[bos]], [ids[1:]], source and [source])[0],
    }


def same(one, other):
    return np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other


@pytest.mark.parametrize("name", NAMES)
def test_threads_on_one_model_get_what_each_gets_alone(name):
    checkpoint = load_checkpoint(MODELS[name].folder)
    asked = jobs(checkpoint)
    parameters = {key: value.clone() for key, value in checkpoint.model.state_dict().items()}
    alone = {job: ask() for job, ask in asked.items()}
    assert not same(alone["pass"], alone["pass without the mask"])
    together = threading.Barrier(N_THREADS)

    def session(thread: int) -> list[str]:
        """Ask for everything, in an order of this thread's own; the names of what differed."""
        order = torch.Generator().manual_seed(thread)
        names, wrong = list(asked), []
        together.wait()
        for _ in range(N_ROUNDS):
            for n in torch.randperm(len(names), generator=order).tolist():
                if not same(asked[names[n]](), alone[names[n]]):
                    wrong.append(names[n])
        return wrong

    with ThreadPoolExecutor(N_THREADS) as pool:
        assert list(pool.map(session, range(N_THREADS))) == [[]] * N_THREADS
    for key, value in checkpoint.model.state_dict().items():
        assert torch.equal(value, parameters[key]), key
    assert not checkpoint.model.training
