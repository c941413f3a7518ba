"""A run as flat, named arrays: what ``python -m explorer trace`` writes, for anyone with NumPy."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from explorer.model.run import Run, Tokens


def named_arrays(run: Run) -> dict[str, np.ndarray]:
    """Every array of a run by a name that is its path through the trace, none of which needs pickle to be read.

    ``decoder.blocks.2.cross_attention.q`` is ``run.trace.decoder.blocks[2].cross_attention.q``; shapes are those of
    ``explorer.model.trace`` without the batch. ``tokens.ids`` and ``tokens.labels`` belong to what the decoder read
    (the encoder, in a model without decoder), ``source.ids`` and ``source.labels`` to what the encoder of an
    encoder-decoder read. ``model`` is the model's name, ``config`` its configuration as JSON.
    """
    arrays = {"model": np.array(run.entry.name), "config": np.array(json.dumps(run.entry.config.to_dict()))}
    for name, tokens in (("source", run.source), ("tokens", run.tokens)):
        if tokens:
            arrays |= _token_arrays(name, tokens)
    return arrays | dict(_flat("", run.trace))


def to_npz(arrays: dict[str, np.ndarray]) -> bytes:
    """The content of a .npz file of these arrays."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def _token_arrays(name: str, tokens: Tokens) -> dict[str, np.ndarray]:
    return {f"{name}.ids": np.array(tokens.ids, dtype=np.int64), f"{name}.labels": np.array(tokens.labels)}


def _flat(name: str, part: Any) -> Iterator[tuple[str, np.ndarray]]:
    if is_dataclass(part):
        for field in fields(part):
            yield from _flat(f"{name}.{field.name}".removeprefix("."), getattr(part, field.name))
    elif isinstance(part, Sequence):
        for i, item in enumerate(part):
            yield from _flat(f"{name}.{i}", item)
    else:
        yield name, np.asarray(part)
