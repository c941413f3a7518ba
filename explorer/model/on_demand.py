"""A trace that keeps the states between blocks, and computes what a block holds when somebody looks at it.

Everything that GPT-2 XL computes over 64 tokens takes 0.4 GB, and over 1,000 tokens 20; the states alone take 20 MB and
0.3 GB. A block computed again from the same state gives the same numbers.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import torch
from torch import Tensor, nn

from explorer.limits import BLOCK_BYTES, BLOCKS_KEPT
from explorer.model.trace import StackTrace, TransformerTrace, nbytes, to_numpy
from explorer.model.transformer import Memory, Transformer


class KeptBlocks:
    """Computed blocks of all traces: a few of each stack, and of all together no more than ``max_bytes``.

    What was looked at longest ago goes first; the block that has just been computed stays, however large.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes, self.nbytes = max_bytes, 0
        self._kept: OrderedDict[tuple[int, int], tuple[Any, int]] = OrderedDict()  # by stack and index
        # Those who have finished traces are let go of at any time, in any thread: even in one that is at work here.
        self._lock = threading.RLock()
        self._computing = threading.Lock()  # one block at a time: several large ones at once could fill the memory
        self._numbers = count()

    def number(self, stack: object) -> int:
        """A number for a stack, whose blocks are forgotten with it."""
        new = next(self._numbers)
        weakref.finalize(stack, self.forget, new).atexit = False
        return new

    def get(self, stack: int, index: int, compute: Callable[[], Any]) -> Any:
        if (found := self._find(stack, index)) is not None:
            return found
        with self._computing:
            if (found := self._find(stack, index)) is not None:  # computed while we waited
                return found
            block = compute()
            self._keep(stack, index, block)
        return block

    def of(self, stack: int) -> list[int]:
        """The indices of a stack's blocks that are kept, the oldest first."""
        with self._lock:
            return [index for kept, index in self._kept if kept == stack]

    def forget(self, stack: int) -> None:
        with self._lock:
            for index in self.of(stack):
                self._remove((stack, index))

    def _find(self, stack: int, index: int) -> Any:
        with self._lock:
            if (found := self._kept.get((stack, index))) is None:
                return None
            self._kept.move_to_end((stack, index))
            return found[0]

    def _keep(self, stack: int, index: int, block: Any) -> None:
        with self._lock:
            self._kept[stack, index] = block, nbytes(block)
            self.nbytes += nbytes(block)
            for old in self.of(stack)[:-BLOCKS_KEPT]:
                self._remove((stack, old))
            while self.nbytes > self.max_bytes and len(self._kept) > 1:
                self._remove(next(iter(self._kept)))

    def _remove(self, key: tuple[int, int]) -> None:
        self.nbytes -= self._kept.pop(key)[1]


KEPT = KeptBlocks(BLOCK_BYTES)


class BlocksOnDemand(Sequence):
    """The blocks of a stack, each computed from the state that enters it; read like a tuple of block traces."""

    def __init__(self, blocks: nn.ModuleList, states: Sequence[Tensor], beside: tuple[Tensor | None, ...]) -> None:
        self._blocks, self._states, self._beside = blocks, tuple(states), beside
        self._number = KEPT.number(self)

    def __len__(self) -> int:
        return len(self._blocks)

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"there are {len(self)} blocks, and none with the number {index}")
        index %= len(self)
        return KEPT.get(self._number, index, lambda: self._compute(index))

    @property
    def nbytes(self) -> int:
        """The bytes of its states, and of what stands beside them; ``KEPT`` counts the blocks, of all traces."""
        tensors = [*self._states, *(part for part in self._beside if isinstance(part, Tensor))]
        return sum(tensor.nbytes for tensor in tensors)

    @torch.inference_mode()
    def _compute(self, index: int) -> Any:
        x = self._states[index]
        return to_numpy(self._blocks[index](x, *self._beside))


@torch.inference_mode()
def trace_on_demand(model: Transformer, tokens: Tensor, source: Tensor | None = None) -> TransformerTrace:
    """What ``to_numpy(model(tokens, source))`` is for one text, with its blocks on demand.

    ``tokens`` and ``source`` [1, position] are the ids, none of them padding.
    """
    config, encoder, memory, decoder = model.config, None, None, None
    if config.has_encoder:
        read = source if config.has_cross_attention else tokens
        encoder = _through(model.encoder, read, torch.ones_like(read, dtype=torch.bool)[:, None, None])
    if config.has_cross_attention:
        memory = model.memory_of(encoder.output, torch.ones_like(source, dtype=torch.bool)[:, None, None])
    if config.has_decoder:
        mask = torch.ones_like(tokens, dtype=torch.bool)[:, None, None]
        decoder = _through(model.decoder, tokens, mask, *([memory] if memory else []))
    return _arrays(model.unembed(encoder, memory, decoder))


def _through(stack: nn.Module, tokens: Tensor, mask: Tensor, *memory: Memory) -> StackTrace:
    """A stack's forward pass, of which only the states between the blocks are kept."""
    beside = stack.beside_x(tokens, mask, *memory)
    embedding = stack.embedding(tokens)
    states = [embedding.output]
    for block in stack.blocks:
        states.append(block(states[-1], *beside).resid_post)
    last = states.pop()
    return StackTrace(embedding, BlocksOnDemand(stack.blocks, states, beside), stack.norm(last))


def _arrays(part: Any) -> Any:
    """``to_numpy``, but for the blocks, which make arrays of themselves."""
    if isinstance(part, StackTrace):
        return StackTrace(to_numpy(part.embedding), part.blocks, to_numpy(part.output))
    if isinstance(part, Tensor):
        return to_numpy(part)
    return type(part)(**{name: _arrays(value) for name, value in vars(part).items()})
