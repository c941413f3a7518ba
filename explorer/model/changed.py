"""A model in which something is otherwise, beside the one it is made from: interventions as functions.

The shared model is only read. A changed one is a second tree of modules over the same parameters, so that making it
costs milliseconds and no memory, and other sessions never meet it.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from explorer.model.changed_attention import ChangedAttention
from explorer.model.checkpoint import Checkpoint
from explorer.model.intervention import HeadChange, Intervention, NumberEdit, RowEdit, check, layer_order
from explorer.model.layers import Residual
from explorer.model.positions import with_positions
from explorer.model.sharing import replace_parameter, shared_copy
from explorer.model.transformer import Transformer

OTHER = {"post": "pre", "pre": "post"}


class NoResidual(nn.Module):
    """f(x) where there was x + f(x)."""

    def forward(self, x: Tensor, sublayer: Tensor) -> Tensor:
        return sublayer


def changed(model: Transformer, intervention: Intervention) -> Transformer:
    """A second model with what ``intervention`` says, sharing every other number with ``model``.

    Without any change it computes the same bits. Its config says what is otherwise as far as a config can; the number
    of layers there stays that of ``model`` (see ``layer_order``).

    Raises
    ------
    ValueError
        One sentence, where the intervention speaks of something that the model has not.
    """
    check(intervention, model.config)
    other = with_positions(model, "none") if intervention.no_positions else shared_copy(model)
    other.config = _config(other, intervention)
    for edit in intervention.numbers:
        _change_number(other, edit)
    if intervention.no_mask and other.config.has_decoder:
        other.decoder.causal = False
    _change_parts(other, intervention)
    for stack in ("encoder", "decoder"):
        if hasattr(other, stack):
            blocks = getattr(other, stack).blocks
            _change_attention(blocks, stack, intervention)
            order = layer_order(intervention, stack, len(blocks))
            getattr(other, stack).blocks = nn.ModuleList(blocks[n] for n in order)
    return other


def changed_checkpoint(checkpoint: Checkpoint, intervention: Intervention) -> Checkpoint:
    """The checkpoint with the changed model; its entry's config says so too. Errors as in ``changed``."""
    model = changed(checkpoint.model, intervention)
    return replace(checkpoint, model=model, entry=replace(checkpoint.entry, config=model.config))


def _config(model: Transformer, intervention: Intervention):
    config = model.config
    if intervention.no_scale:
        config = replace(config, scale_scores=False)
    if intervention.other_norm_position:
        config = replace(config, norm_position=OTHER[config.norm_position])
    return config


def _change_parts(model: Transformer, intervention: Intervention) -> None:
    """Residuals, norms, scales, and what W_Q and W_K are called, wherever they stand in the tree."""
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if intervention.no_residual and isinstance(child, Residual):
                setattr(module, name, NoResidual())
            if intervention.no_norm and (name == "norm" or name.endswith("_norm")):
                setattr(module, name, nn.Identity())
        if intervention.other_norm_position and hasattr(module, "pre"):
            module.pre = not module.pre
        if intervention.no_scale and hasattr(module, "w_q"):
            module.scale = 1.0
        if intervention.exchanged_qk and hasattr(module, "w_q"):
            module.w_q, module.w_k = module.w_k, module.w_q


def _change_attention(blocks: nn.ModuleList, stack: str, intervention: Intervention) -> None:
    kinds = {stack: "attention"} | ({"cross": "cross_attention"} if stack == "decoder" else {})
    for kind, name in kinds.items():
        for layer, block in enumerate(blocks):
            heads, rows = (_of(changes, kind, layer) for changes in (intervention.heads, intervention.rows))
            if heads or rows:
                setattr(block, name, ChangedAttention(getattr(block, name), kind, heads, rows))


def _of(changes: tuple[HeadChange, ...] | tuple[RowEdit, ...], kind: str, layer: int) -> list:
    return [change for change in changes if (change.place.kind, change.place.layer) == (kind, layer)]


def _change_number(model: Transformer, edit: NumberEdit) -> None:
    """A copy of one parameter with one number set, wherever the model uses it: a tied matrix stays tied."""
    own = dict(model.named_parameters(remove_duplicate=False)).get(edit.parameter)
    if own is None:
        raise ValueError(f"this model has no parameter named {edit.parameter!r}")
    inside = len(edit.index) == own.ndim and all(0 <= n < size for n, size in zip(edit.index, own.shape, strict=True))
    if not inside:
        raise ValueError(f"{edit.parameter} has shape {list(own.shape)}, and no number at {list(edit.index)}")
    if not abs(edit.value) < float("inf"):
        raise ValueError(f"a number of a matrix must be finite, not {edit.value}")
    with torch.no_grad():
        new = nn.Parameter(own.detach().clone(), requires_grad=own.requires_grad)
        new[edit.index] = edit.value
    replace_parameter(model, own, new)
