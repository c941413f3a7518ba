"""A model's parameters module by module: equal layers counted once and multiplied."""

from __future__ import annotations

import re
from dataclasses import dataclass

from explorer.analysis.parameters import tensor_counts
from explorer.model.config import TransformerConfig

GAINS = {"weight": "gain", "bias": "bias"}  # of a norm


@dataclass(frozen=True)
class Row:
    """One learned array, as often as it is there."""

    group: str  # "decoder, each of 6 layers"
    name: str  # within the group: "attention.w_q.weight"
    shape: tuple[int, ...]
    formula: str  # LaTeX
    count: int  # of one
    times: int  # how many layers have it

    @property
    def total(self) -> int:
        return self.count * self.times


def parameter_rows(config: TransformerConfig) -> tuple[Row, ...]:
    """Every learned array of ``Transformer(config)``; the layers of a stack are alike, and share their rows."""
    layers = {"encoder": config.n_encoder_layers, "decoder": config.n_decoder_layers}
    rows = []
    for tensor in tensor_counts(config):
        stack, _, rest = tensor.name.partition(".")
        inside = re.fullmatch(r"blocks\.(\d+)\.(.+)", rest)
        if inside is None:
            rows.append(Row(stack, rest, tensor.shape, tensor.formula, tensor.count, 1))
        elif inside[1] == "0":
            n = layers[stack]
            group = f"{stack}, each of {n} layers" if n > 1 else f"{stack}, its layer"
            rows.append(Row(group, inside[2], tensor.shape, tensor.formula, tensor.count, n))
    return tuple(rows)


def tree_path(name: str) -> tuple[str, ...]:
    """Where an array is in the tree: its stack, layer, part, and its own letter.

    >>> tree_path("decoder.blocks.2.cross_attention.w_q.weight")
    ('decoder', 'layer 3', 'cross-attention', 'w_q')
    >>> tree_path("encoder.blocks.0.ff_norm.bias")
    ('encoder', 'layer 1', 'norms', 'ff bias')
    >>> tree_path("encoder.embedding.norm.weight"), tree_path("decoder.position_bias.weight")
    (('encoder', 'embedding', 'norm gain'), ('decoder', 'relative positions', 'b'))
    """
    name = re.sub(r"\bblocks\.(\d+)", lambda found: f"layer {int(found[1]) + 1}", name)
    name = re.sub(r"\b(\w+?)_norm\.(weight|bias)$", lambda found: f"norms.{found[1]} {GAINS[found[2]]}", name)
    name = re.sub(r"\b(embedding|transform)\.norm\.(\w+)$", lambda found: f"{found[1]}.norm {GAINS[found[2]]}", name)
    name = re.sub(r"\bnorm\.(weight|bias)$", lambda found: f"final norm.{GAINS[found[1]]}", name)
    name = re.sub(r"\b(w_\w+|token)\.weight$", r"\1", name)
    name = re.sub(r"\bw_(\w+)\.bias$", r"b_\1", name)
    name = re.sub(r"\bposition_bias\.weight$", "relative positions.b", name)
    words = {"cross_attention": "cross-attention", "ff": "feed-forward"}
    return tuple(words.get(part, part) for part in name.split("."))
