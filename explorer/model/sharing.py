"""A second tree of modules over the same tensors."""

from __future__ import annotations

import copy
from typing import TypeVar

from torch import nn

Module = TypeVar("Module", bound=nn.Module)


def shared_copy(module: Module) -> Module:
    """A copy whose parts can be exchanged, and whose parameters and buffers are those of ``module`` itself."""
    tensors = [*module.parameters(), *module.buffers()]
    return copy.deepcopy(module, {id(tensor): tensor for tensor in tensors})  # what the memo holds is not copied


def replace_parameter(module: nn.Module, old: nn.Parameter, new: nn.Parameter) -> None:
    """Put ``new`` wherever ``module`` has ``old``, under each of its names."""
    for name, parameter in list(module.named_parameters(remove_duplicate=False)):
        if parameter is old:
            parent, _, leaf = name.rpartition(".")
            setattr(module.get_submodule(parent), leaf, new)
