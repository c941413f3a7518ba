"""The parameters of a small model by their names and symbols, and the numbers in them that were edited by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from explorer.model.intervention import Intervention, NumberEdit

if TYPE_CHECKING:
    from explorer.model.transformer import Transformer

LARGEST = 1_000.0  # of a number that can be set; far larger ones only overflow
LAYERS = {
    "attention": "self-attention",
    "cross_attention": "cross-attention",
    "ff": "feed-forward",
    "attention_norm": "norm at the self-attention",
    "cross_norm": "norm at the cross-attention",
    "ff_norm": "norm at the feed-forward",
}
LETTERS = {"q": "Q", "k": "K", "v": "V", "o": "O"}
SYMBOLS = {  # of what has no letter in its name, by how that ends; the first that matches counts
    "unembedding.weight": "W_U",  # where it is not tied
    "embedding.position": "PE",
    "embedding.segment": "s",
    "position_bias.weight": "B",  # T5's biases by distance
    "transform.linear.weight": "W",  # BERT's layer before the logits: LN(f(W h + b))
    "transform.linear.bias": "b",
    "norm.weight": "gain",
    ".bias": "bias",
}
WHERE = {
    "unembedding": "unembedding",
    "transform.linear": "output transform",
    "transform.norm": "output transform, norm",
    "position_bias": "relative positions",
    "embedding.norm": "norm of the embedding",
    "norm": "final norm",
}


@dataclass(frozen=True)
class Parameter:
    """One parameter, read-only; what is tied to another one is listed once."""

    name: str  # the first of its names in ``state_dict()``
    symbol: str  # "W_Q"; of a gain "gain"
    where: str  # "decoder, layer 1, self-attention"
    values: np.ndarray  # as the model has it: [out, in] of a linear layer, [n] of a vector
    aliases: tuple[str, ...] = ()  # its other names

    @property
    def words(self) -> str:
        return f"{self.where}: {self.symbol}, {' × '.join(map(str, self.values.shape))} ({self.name})"

    @property
    def grid(self) -> np.ndarray:
        """[row, column]; a vector is one row."""
        return self.values.reshape(-1, self.values.shape[-1])

    def index(self, row: int, column: int) -> tuple[int, ...]:
        """The index in the parameter itself of a place in ``grid``."""
        return (row, column)[-self.values.ndim :]

    def place(self, index: tuple[int, ...]) -> tuple[int, int]:
        return (0, *index)[-2:]


def parameters_of(model: Transformer) -> dict[str, Parameter]:
    """All parameters of a model by name, in the order of ``state_dict()``."""
    found: dict[int, Parameter] = {}
    for name, tensor in model.named_parameters(remove_duplicate=False):
        if id(tensor) in found:
            known = found[id(tensor)]
            found[id(tensor)] = replace(known, aliases=(*known.aliases, name))
            continue
        values = tensor.detach().cpu().numpy()
        values.flags.writeable = False
        found[id(tensor)] = Parameter(name, symbol_of(name), where_of(name), values)
    return {each.name: each for each in found.values()}


def symbol_of(name: str) -> str:
    """
    >>> symbol_of("decoder.blocks.0.attention.w_q.weight"), symbol_of("encoder.blocks.1.ff.w_2.bias")
    ('W_Q', 'b_2')
    >>> symbol_of("decoder.blocks.0.ff_norm.weight"), symbol_of("unembedding.bias")
    ('gain', 'bias')
    >>> symbol_of("encoder.position_bias.weight"), symbol_of("decoder.blocks.0.ff.w_3.weight")
    ('B', 'W_3')
    """
    if match := re.search(r"\.w_(\w)\.(weight|bias)$", name):
        return ("W_" if match[2] == "weight" else "b_") + LETTERS.get(match[1], match[1])
    return next((symbol for end, symbol in SYMBOLS.items() if name.endswith(end)), "E")


def where_of(name: str) -> str:
    """
    >>> where_of("decoder.blocks.0.cross_attention.w_q.weight"), where_of("encoder.norm.bias")
    ('decoder, layer 1, cross-attention', 'encoder, final norm')
    >>> where_of("encoder.embedding.norm.weight"), where_of("transform.linear.bias")
    ('encoder, norm of the embedding', 'output transform')
    """
    stack, *rest = name.split(".")
    if rest[:1] == ["blocks"]:
        return f"{stack}, layer {int(rest[1]) + 1}, {LAYERS.get(rest[2], rest[2])}"
    module = name.rpartition(".")[0]
    if module in WHERE:
        return WHERE[module]
    return f"{stack}, {WHERE.get(module.partition('.')[2], 'embedding')}"


def numbers_of(parameters: dict[str, Parameter], change: Intervention) -> tuple[NumberEdit, ...]:
    """The edited numbers, each by the first name of its parameter."""
    first = {alias: each.name for each in parameters.values() for alias in (each.name, *each.aliases)}
    return tuple(replace(edit, parameter=first.get(edit.parameter, edit.parameter)) for edit in change.numbers)


def numbers_fit(parameters: dict[str, Parameter], change: Intervention) -> str:
    """Why these numbers cannot be edited so: see ``Fits``."""
    if change != Intervention(numbers=change.numbers):
        return "here only single numbers are edited"
    edits = numbers_of(parameters, change)
    if len({(edit.parameter, edit.index) for edit in edits}) < len(edits):
        return "one number is edited twice"
    for edit in edits:
        _check(parameters, edit)
    return ""


def _check(parameters: dict[str, Parameter], edit: NumberEdit) -> None:
    """Raise ValueError, in one sentence, where there is no such number."""
    if edit.parameter not in parameters:
        raise ValueError(f"this model has no parameter named {edit.parameter[:60]}")
    shape = parameters[edit.parameter].values.shape
    if len(edit.index) != len(shape) or any(n >= size for n, size in zip(edit.index, shape, strict=True)):
        raise ValueError(f"{edit.parameter} has shape {list(shape)}, and no number at {list(edit.index)}")
    if not abs(edit.value) <= LARGEST:
        raise ValueError(f"a number here lies between −{LARGEST:,.0f} and {LARGEST:,.0f}")


def with_number(
    edits: tuple[NumberEdit, ...], parameter: Parameter, index: tuple[int, ...], value: float | None
) -> tuple[NumberEdit, ...]:
    """The edits with this number at ``value``; without it where it is None, or the number's own."""
    others = tuple(edit for edit in edits if (edit.parameter, edit.index) != (parameter.name, index))
    if value is None or np.float32(value) == parameter.values[index]:
        return others
    return tuple(sorted((*others, NumberEdit(parameter.name, index, float(str(np.float32(value)))))))


def changed_values(parameter: Parameter, edits: tuple[NumberEdit, ...]) -> np.ndarray:
    """What the parameter is with the edits: a copy, float32."""
    values = parameter.values.copy()
    for edit in edits:
        if edit.parameter == parameter.name:
            values[edit.index] = edit.value
    return values
