"""Which part of Figure 1 (Vaswani et al. 2017) a learned array belongs to, and how many numbers each part learns."""

from __future__ import annotations

import re
from collections.abc import Mapping

TRANSFORM, LINEAR, CROSS = "output transform", "linear", "cross-attention"
PARTS = (
    "encoder embedding",  # learned positions, segments and its norm count with it
    "encoder self-attention",
    "encoder feed-forward",
    "encoder norms",
    "decoder embedding",
    "decoder self-attention",
    CROSS,
    "decoder feed-forward",
    "decoder norms",
    TRANSFORM,  # not in Figure 1: the layer that BERT has before its logits
    LINEAR,
)
# What a name within its stack looks like; the first that matches counts.
_INSIDE = (
    (r"^embedding\.", "embedding"),
    (r"^position_bias\.", "self-attention"),  # added to its scores
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
    >>> part_of("decoder.position_bias.weight"), part_of("encoder.embedding.norm.bias"), part_of("transform.norm.bias")
    ('decoder self-attention', 'encoder embedding', 'output transform')

    Raises
    ------
    ValueError
        For a name that no part here has.
    """
    stack, _, inside = name.partition(".")
    if stack in ("unembedding", "transform"):
        return LINEAR if stack == "unembedding" else TRANSFORM
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
