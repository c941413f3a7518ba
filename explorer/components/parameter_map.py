"""Where a model's parameters are: an area for each learned array, grouped as the modules are; a click opens a group."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.analysis.parameter_table import tree_path
from explorer.analysis.parameters import TensorCount
from explorer.components.base import declare


def parameter_map(tensors: Sequence[TensorCount], *, key: str, title: str) -> None:
    """Draw a treemap of all learned arrays: W_Q, W_K and W_V in their colours, every number on hover.

    Parameters
    ----------
    tensors : sequence of TensorCount
        As ``explorer.analysis.parameters.tensor_counts`` gives them; ``tree_path`` of their names is the tree.
    title : str
        What the whole is called.
    """
    arrays = [[tree_path(tensor.name), tensor.name, tensor.shape, tensor.count] for tensor in tensors]
    declare("parameter_map")(key=key, data={"title": title, "arrays": arrays})
