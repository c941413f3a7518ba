"""An attention layer some of whose heads are silent, blind, or led by hand."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from explorer.model.attention import MultiHeadAttention
from explorer.model.intervention import HeadChange, RowEdit


class ChangedAttention(MultiHeadAttention):
    """The attention layer ``own`` with changes to its weights and its heads; every parameter is shared with it."""

    def __init__(
        self, own: MultiHeadAttention, kind: str, heads: Sequence[HeadChange] = (), rows: Sequence[RowEdit] = ()
    ) -> None:
        super(MultiHeadAttention, self).__init__()  # nothing is drawn: the parts are those of ``own``
        self.n_heads, self.scale, self.dropout = own.n_heads, own.scale, own.dropout
        self.w_q, self.w_k, self.w_v, self.w_o = own.w_q, own.w_k, own.w_v, own.w_o
        self.kind, self.head_changes, self.row_edits = kind, tuple(heads), tuple(rows)

    def weigh(self, scores: Tensor, mask: Tensor) -> Tensor:
        weights = super().weigh(scores, mask)
        for change in self.head_changes:
            if change.action == "uniform":
                weights = _with_head(weights, change.place.head, uniform(mask, weights.dtype)[:, 0])
        for edit in self.row_edits:
            if edit.query < weights.shape[-2]:
                own = weights[:, edit.place.head, edit.query]
                allowed = mask.expand(len(weights), -1, -1, -1)[:, 0, edit.query]
                weights = weights.clone()
                weights[:, edit.place.head, edit.query] = edited_row(own, allowed, edit.weights)
        return weights

    def mix(self, weights: Tensor, v: Tensor, mask: Tensor) -> Tensor:
        heads = super().mix(weights, v, mask)
        for change in self.head_changes:
            own = heads[:, change.place.head]
            if change.action == "zero":
                heads = _with_head(heads, change.place.head, torch.zeros_like(own))
            elif change.action == "mean":
                heads = _with_head(heads, change.place.head, self._mean(own, mask))
        return heads

    def _mean(self, y: Tensor, mask: Tensor) -> Tensor:
        """The mean of y over the positions that each position may see: nothing of a decoder's future comes in."""
        if self.kind == "cross":  # the mask speaks of the source; each position of the target sees those up to it
            count = torch.arange(1, y.shape[1] + 1, device=y.device, dtype=y.dtype)
            return y.cumsum(dim=1) / count[:, None]
        return uniform(mask, y.dtype)[:, 0] @ y


def uniform(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """The same weight for every key that is not masked, [batch or 1, 1, query, key]."""
    mask = mask.to(dtype)
    return mask / mask.sum(dim=-1, keepdim=True)


def edited_row(own: Tensor, allowed: Tensor, given: Sequence[tuple[int, float]]) -> Tensor:
    """One row of weights for each text of a batch, [batch, key], after ``RowEdit``.

    Parameters
    ----------
    own : Tensor [batch, key]
        The model's own weights.
    allowed : Tensor of bool [batch, key]
        False where the key is masked.
    given : pairs of int and float
        Key and weight.

    Raises
    ------
    ValueError
        If a key is masked or is not there, or every weight that there is would be 0.
    """
    keys = [key for key, _ in given]
    here, allowed = own.cpu().double(), allowed.cpu()  # a few numbers, and not every device has float64
    for key in keys:
        if key >= own.shape[-1] or not bool(allowed[:, key].all()):
            raise ValueError(f"key {key + 1} cannot be looked at from there: it is masked, or not in the text")
    wanted = own.new_tensor([weight for _, weight in given]).cpu().double().expand(len(own), -1)
    named = torch.zeros_like(allowed)
    named[:, keys] = True
    others, free = here.masked_fill(named, 0.0), (allowed & ~named).double()
    rest = others.sum(-1, keepdim=True)
    shares = torch.where(rest > 0, others / rest, free / free.sum(-1, keepdim=True))  # who had nothing shares alike
    left = (1.0 - wanted.sum(-1, keepdim=True)).clamp(min=0.0)
    row = torch.where(left > 0, shares.nan_to_num() * left, 0.0)
    row[:, keys] = wanted
    total = row.sum(-1, keepdim=True)
    if not bool((total > 0).all()):
        raise ValueError("at least one weight of a row must be above 0")
    unchanged = (here[:, keys] == wanted).all(-1, keepdim=True).to(own.device)
    return torch.where(unchanged, own, (row / total).to(own.dtype).to(own.device))


def _with_head(values: Tensor, head: int, new: Tensor) -> Tensor:
    """A copy of [batch, head, ...] in which one head is another."""
    values = values.clone()
    values[:, head] = new
    return values
