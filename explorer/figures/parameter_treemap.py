"""Where a model's parameters are: an area for each learned array, grouped as the modules are."""

from __future__ import annotations

import re
from collections.abc import Sequence

import plotly.graph_objects as go

from explorer.analysis.parameters import TensorCount
from explorer.figures.style import Palette

ROOT = "model"
GAINS = {"weight": "gain", "bias": "bias"}
FEW = 300  # arrays: so many are drawn at once; of more, a click on a layer opens it


def parameter_treemap(tensors: Sequence[TensorCount], *, palette: Palette, title: str = ROOT) -> go.Figure:
    """A treemap of all learned arrays.

    Parameters
    ----------
    tensors : sequence of TensorCount
        As ``explorer.analysis.parameters.tensor_counts`` gives them; their names, split at the dots, are the tree.
    palette : Palette
        The colours; arrays of W_Q, W_K and W_V have theirs.
    title : str
        What the whole is called.

    Returns
    -------
    go.Figure
        One box for each array and each module, its area its number of parameters.
    """
    counts, labels, parents, hover = {ROOT: 0}, {ROOT: title}, {ROOT: ""}, {ROOT: title}
    for tensor in tensors:
        path, above = tree_path(tensor.name), ROOT
        counts[ROOT] += tensor.count
        for depth, word in enumerate(path, start=1):
            box = "/".join(path[:depth])
            counts[box] = counts.get(box, 0) + tensor.count
            parents[box], labels[box], hover[box] = above, word, " · ".join(path[:depth])
            above = box
        hover[above] = f"{tensor.name}<br>{' × '.join(f'{size:,}' for size in tensor.shape)}"
    ids = list(counts)
    return go.Figure(
        go.Treemap(
            ids=ids,
            labels=[labels[i] for i in ids],
            parents=[parents[i] for i in ids],
            values=[counts[i] for i in ids],
            customdata=[hover[i] for i in ids],
            branchvalues="total",
            maxdepth=-1 if len(tensors) <= FEW else 4,
            sort=False,
            tiling={"pad": 1},
            marker={
                "colors": [_colour(i, palette) for i in ids],
                "line": {"width": 1, "color": palette.background},
                "pad": {"t": 18, "l": 2, "r": 2, "b": 2},
            },
            texttemplate="%{label}<br>%{value:,}",
            hovertemplate="%{customdata}<br>%{value:,} parameters, %{percentRoot:.2%} of all<extra></extra>",
            root_color=palette.grid,
        ),
        {"margin": {"t": 0, "l": 0, "r": 0, "b": 0}, "height": 430},
    )


def tree_path(name: str) -> tuple[str, ...]:
    """Where an array is in the tree: its stack, layer, part, and its own letter.

    >>> tree_path("decoder.blocks.2.cross_attention.w_q.weight")
    ('decoder', 'layer 3', 'cross-attention', 'w_q')
    >>> tree_path("encoder.blocks.0.ff_norm.bias")
    ('encoder', 'layer 1', 'norms', 'ff bias')
    """
    name = re.sub(r"\bblocks\.(\d+)", lambda found: f"layer {int(found[1]) + 1}", name)
    name = re.sub(r"\b(\w+?)_norm\.(weight|bias)$", lambda found: f"norms.{found[1]} {GAINS[found[2]]}", name)
    name = re.sub(r"\bnorm\.(weight|bias)$", lambda found: f"final norm.{GAINS[found[1]]}", name)
    name = re.sub(r"\b(w_\w+|token)\.weight$", r"\1", name)
    name = re.sub(r"\bw_(\w+)\.bias$", r"b_\1", name)
    words = {"cross_attention": "cross-attention", "ff": "feed-forward"}
    return tuple(words.get(part, part) for part in name.split("."))


def _colour(box: str, palette: Palette) -> str:
    """W_Q, W_K and W_V have their colours; embeddings, W_O and the feed-forward network have quiet ones."""
    return {
        "w_q": palette.q,
        "w_k": palette.k,
        "w_v": palette.v,
        "token": palette.weight,
        "w_o": palette.muted,
        "w_1": palette.negative,
        "w_2": palette.negative,
    }.get(box.rpartition("/")[2], palette.grid)
