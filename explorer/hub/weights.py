"""A model of ours over the tensors of a checkpoint from elsewhere: in float32 they are used where they lie.

safetensors maps a file into memory, so that a tensor costs nothing until it is read, and then at most its own bytes:
what is cut out of a larger matrix, or transposed, is a view of it. Formats other than float32 are converted, which
copies them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from explorer.hub.contents import Contents
from explorer.hub.families import FAMILIES
from explorer.hub.family import Family, Piece
from explorer.hub.files import ModelFiles
from explorer.model.catalogue import CheckpointError, Entry, sentence, shown
from explorer.model.layers import Embedding, fixed_code
from explorer.model.transformer import Transformer

CHECKED_AT_ONCE = 2**18  # numbers: a part that is no block of memory is copied for it
SEED = 0  # of embeddings that are not in the file


class NothingDrawn(TorchFunctionMode):
    """Leave a model's first, random weights out: they would be drawn from nothing, for nothing.

    (Drawing them on the meta device brings in torch's compiler: some seconds, and 70 MB.)
    """

    DRAWS = frozenset(("normal_", "uniform_", "xavier_uniform_", "kaiming_uniform_"))

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if getattr(func, "__name__", "") in self.DRAWS:
            return args[0] if args else kwargs["tensor"]
        return func(*args, **(kwargs or {}))


def load_weights(entry: Entry, progress: Callable[[float], None] = lambda share: None) -> Transformer:
    """The model of an entry that ``explorer.hub.entry`` has read, in eval mode on the CPU.

    ``progress`` is called with the share of the tensors that are done; what it raises stops the loading.

    Raises
    ------
    CheckpointError
        One sentence, if a file is damaged or holds numbers that are not finite, or tied matrices that differ.
    """
    family, files = FAMILIES[entry.family], ModelFiles(entry.folder)
    contents = Contents(files.header, family.prefixes)
    with torch.device("meta"), NothingDrawn():
        model = Transformer(entry.config)
    model.eval().requires_grad_(False)
    path = files.weights[0]
    with ExitStack() as stack:
        try:
            opened = {file: stack.enter_context(safe_open(file, framework="pt")) for file in files.weights}
            _fill(model, family, contents, opened, path, progress)
        except CheckpointError:
            raise
        except (SafetensorError, OSError) as error:
            reason = error if isinstance(error, SafetensorError) else error.strerror
            raise CheckpointError(sentence(f"{shown(path)} is damaged or cut short: {reason}")) from None
    return model


def _fill(
    model: Transformer,
    family: Family,
    contents: Contents,
    opened: Mapping[Path, safe_open],
    path: Path,
    progress: Callable[[float], None],
) -> None:
    """Put the file's tensors in place of the model's empty ones."""

    def read(name: str) -> Tensor:
        return opened[contents.info(name).file].get_tensor(contents.full_name(name))

    pieces, own = family.pieces(model.config), dict(model.named_parameters())
    everywhere = _places(model)
    for n, (name, parameter) in enumerate(own.items()):
        there = [each for each in pieces[name].names if each in contents]
        if there:
            values = [read(each) for each in (there[:1] if pieces[name].others_unused else there)]
            if not all(value.equal(values[0]) for value in values[1:]):
                raise CheckpointError(f"{shown(path)} has {there[0]!r} and {there[1]!r}, which should be the same.")
            tensor = cut_out(values[0], pieces[name]).float()
        else:
            tensor = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(SEED + n))
            tensor *= parameter.shape[-1] ** -0.5
        # as the file has it, in one block, where it is used as it lies there: of a view the parts would be copied
        if there and not is_finite(values[0] if tensor.dtype == values[0].dtype else tensor):
            raise CheckpointError(f"{shown(path)} has numbers in {there[0]!r} that are not finite (as float32).")
        filled = nn.Parameter(tensor, requires_grad=False)
        for module, leaf in everywhere[id(parameter)]:
            setattr(module, leaf, filled)
        progress((n + 1) / len(own))
    _fill_buffers(model, family, contents, read, path)


def cut_out(tensor: Tensor, piece: Piece) -> Tensor:
    """Our array as a view of theirs."""
    tensor = tensor.t() if piece.transposed else tensor
    tensor = tensor[0] if piece.only_row else tensor
    return tensor.chunk(piece.part[1])[piece.part[0]] if piece.part else tensor


def is_finite(tensor: Tensor) -> bool:
    """Whether every number is finite, a part of the rows at a time."""
    rows = max(1, CHECKED_AT_ONCE * tensor.shape[0] // max(1, tensor.numel()))
    return all(math.isfinite(extreme) for part in tensor.split(rows) for extreme in part.aminmax())


def _places(model: nn.Module) -> dict[int, list[tuple[nn.Module, str]]]:
    """Where each parameter stands in the tree: a tied matrix in more than one place."""
    places: dict[int, list[tuple[nn.Module, str]]] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        parent, _, leaf = name.rpartition(".")
        places.setdefault(id(parameter), []).append((model.get_submodule(parent), leaf))
    return places


def _fill_buffers(
    model: Transformer, family: Family, contents: Contents, read: Callable[[str], Tensor], path: Path
) -> None:
    """The fixed position codes: computed, and compared with the file's where it holds them."""
    for name, module in model.named_modules():
        if not isinstance(module, Embedding):
            continue
        if module.position.is_meta:
            module.position = fixed_code(model.config)
            theirs = (family.fixed or {}).get(f"{name}.position")
            if theirs in contents and not _agree(module.position, read(theirs).float()):
                raise CheckpointError(f"{shown(path)} has other positions in {theirs!r} than its config calls for.")
        if module.segment.is_meta:
            module.segment = torch.zeros(1, model.config.d_model)


def _agree(ours: Tensor, theirs: Tensor) -> bool:
    """Within what float16 leaves of numbers up to 1."""
    return ours.shape == theirs.shape and torch.allclose(ours, theirs, rtol=0, atol=1e-3)
