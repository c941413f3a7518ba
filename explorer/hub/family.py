"""What a family of checkpoints is: how its config and its names become ours. One file in families/ for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from explorer.hub.contents import Contents
from explorer.hub.options import Options
from explorer.model.config import TransformerConfig


@dataclass(frozen=True)
class Piece:
    """Where one array of ours lies in a checkpoint.

    ``names`` are the names that it may have there, prefix left out: the first that is there counts. A checkpoint that
    holds a tied matrix under two of them must hold the same numbers twice, unless the others are said to be unused.
    """

    names: tuple[str, ...]
    transposed: bool = False  # theirs is [in, out], as in GPT-2
    part: tuple[int, int] | None = None  # (i, n): the i-th of n equal parts of the rows (after transposing)
    only_row: bool = False  # theirs is [1, size]
    others_unused: bool = False  # what stands under another name than the first is in no formula, whatever it is

    def shape_from(self, theirs: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of our array where theirs has this one."""
        shape = theirs[::-1] if self.transposed else theirs
        shape = shape[1:] if self.only_row and shape[:1] == (1,) else shape
        if self.part and shape and shape[0] % self.part[1] == 0:
            shape = (shape[0] // self.part[1], *shape[1:])
        return shape


@dataclass(frozen=True)
class Family:
    """One kind of checkpoint of the Hugging Face hub."""

    model_type: str  # what its config.json says
    title: str  # "GPT-2"
    config: Callable[[Options, Contents], TransformerConfig]  # ValueError naming an option that is not supported
    pieces: Callable[[TransformerConfig], Mapping[str, Piece]]  # by our parameters' names; tied ones once
    prefixes: tuple[str, ...] = ()  # that names may have in front: "transformer."
    # Pattern of a tensor's name -> what the visitor is told of it; nothing of what holds nothing learned.
    left_out: Mapping[str, str] | None = None
    fixed: Mapping[str, str] | None = None  # our fixed position code -> the tensor that must hold the same numbers
    drawn: tuple[str, ...] = ()  # parameters of ours that are drawn at random where the file has none


def linears(names: Mapping[str, str], *, bias: bool = True, transposed: bool = False) -> dict[str, Piece]:
    """Pieces for linear layers and norms that exist here and there: our name -> theirs, weight and bias."""
    found = {f"{our}.weight": Piece((f"{their}.weight",), transposed) for our, their in names.items()}
    if bias:
        found |= {f"{our}.bias": Piece((f"{their}.bias",)) for our, their in names.items()}
    return found


def block_pieces(ours: str, theirs: str, n_layers: int, names: Mapping[str, str]) -> dict[str, Piece]:
    """``linears`` of every layer: block n of ``ours`` is layer n of ``theirs``, its parts called as ``names`` says."""
    layers = range(n_layers)
    return linears({f"{ours}.{n}.{our}": f"{theirs}.{n}.{their}" for n in layers for our, their in names.items()})


def even_heads(d_model: int, n_heads: int, width: str, heads: str) -> dict[str, int]:
    """The sizes of a model whose heads share d_model evenly; ValueError in the config's own words if they cannot."""
    if d_model % n_heads:
        raise ValueError(f"{width}={d_model} cannot be divided among {heads}={n_heads} heads")
    return {"d_model": d_model, "n_heads": n_heads, "d_k": d_model // n_heads, "d_v": d_model // n_heads}


def piece(*names: str, **options) -> Piece:
    return Piece(names, **options)


def old_norm_names(pieces: Mapping[str, Piece]) -> dict[str, Piece]:
    """The same pieces, also under the names gamma and beta that norms have in checkpoints of BERT's first years."""

    def all_names(names: Iterable[str]) -> tuple[str, ...]:
        pairs = (("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta"))
        old = [name.replace(new, old) for name in names for new, old in pairs if name.endswith(new)]
        return (*names, *old)

    return {our: replace(each, names=all_names(each.names)) for our, each in pieces.items()}
