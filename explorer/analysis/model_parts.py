"""Which part of Figure 1 (Vaswani et al. 2017) a learned array belongs to, and how many numbers each part learns."""

from __future__ import annotations

import re
from collections.abc import Mapping

LINEAR, CROSS = "linear", "cross-attention"
PARTS = (
    "encoder embedding",  # learned positions count with it
    "encoder self-attention",
    "encoder feed-forward",
    "encoder norms",
    "decoder embedding",
    "decoder self-attention",
    CROSS,
    "decoder feed-forward",
    "decoder norms",
    LINEAR,
)
# What a name within its stack looks like; the first that matches counts.
_INSIDE = (
    (r"^embedding\.", "embedding"),
    (r"(^|_|\.)norm\.", "norms"),
    (r"\.attention\.", "self-attention"),
    (r"\.ff\.", "feed-forward"),
)


def part_of(name: str) -> str:
    """The part of a parameter, by its name in the model.

    >>> part_of("decoder.blocks.2.cross_attention.w_q.weight")
    'cross-attention'
    >>> part_of("encoder.blocks.0.ff_norm.bias")
    'encoder norms'

    Raises
    ------
    ValueError
        For a name that no part here has.
    """
    stack, _, inside = name.partition(".")
    if stack == "unembedding":
        return LINEAR
    if stack == "decoder" and ".cross_attention." in inside:
        return CROSS
    part = next((part for pattern, part in _INSIDE if re.search(pattern, inside)), None)
    if stack not in ("encoder", "decoder") or part is None:
        raise ValueError(f"the parameter {name!r} belongs to no part")
    return f"{stack} {part}"


def count_by_part(sizes: Mapping[str, int]) -> dict[str, int]:
    """How many numbers each of PARTS learns, from each array's size by its name; 0 where a model has no such part."""
    counts = dict.fromkeys(PARTS, 0)
    for name, size in sizes.items():
        counts[part_of(name)] += size
    return counts
