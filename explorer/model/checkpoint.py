"""Checkpoints: a folder with config.json, model.safetensors, tokenizer.json and a model card. No pickle is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

from explorer.limits import CHECKPOINT_POSITIONS
from explorer.model.catalogue import (
    CONFIG_FILE,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    About,
    CheckpointError,
    Entry,
    read_entry,
    sentence,
    shown,
    write_config,
)
from explorer.model.config import TransformerConfig
from explorer.model.files import write_file
from explorer.model.measured import EVALUATION_FILE
from explorer.model.shapes import count_parameters, parameter_shapes
from explorer.model.tokenizer import NEEDED_TOKENS, TextTokenizer
from explorer.model.transformer import Transformer

FLOATS = ("F16", "BF16", "F32", "F64")
LARGE = 2**12  # numbers of a matrix: with smaller ones, a toy's, the order in memory saves nothing


@dataclass(frozen=True)
class Checkpoint:
    """A model ready to run, in eval mode, with its tokenizer; shared by all sessions, so never changed."""

    entry: Entry
    tokenizer: TextTokenizer
    model: Transformer


def load_checkpoint(folder: Path, device: torch.device | str = "cpu") -> Checkpoint:
    """Load a checkpoint's folder onto a device, in float32.

    Raises
    ------
    CheckpointError
        One sentence naming the file, and the field or tensor, that is missing, damaged or does not match.
    """
    entry = read_entry(folder)
    with _open_weights(folder / WEIGHTS_FILE) as weights:
        _check_header(weights, entry, folder / WEIGHTS_FILE)  # before anything of the config's sizes is allocated
        tokenizer = load_own_tokenizer(folder / TOKENIZER_FILE, entry.config)
        model = Transformer(entry.config)
        _copy_weights(model, weights, folder / WEIGHTS_FILE)
    return _ready(entry, tokenizer, model, device)


def build_untrained(entry: Entry, device: torch.device | str = "cpu") -> Checkpoint:
    """The model of an entry of ``explorer.model.untrained``: random weights from its seed, nothing learned.

    Raises
    ------
    CheckpointError
        If the vocabulary that it borrows is missing, damaged or does not match.
    """
    tokenizer = load_own_tokenizer(entry.folder / TOKENIZER_FILE, entry.config)
    model = Transformer(entry.config, torch.Generator().manual_seed(entry.seed))
    return _ready(entry, tokenizer, model, device)


def lay_out(model: nn.Module) -> None:
    """Store the large matrices of linear layers column by column, which a CPU multiplies with a text up to 1.3 times as
    fast.

    Only the order of their numbers in memory changes, not their shapes: BLAS reads W^T, with which it multiplies, as it
    lies, where it would have to turn it around. (The sums of fewer than five rows may be rounded otherwise.) A matrix
    that is an embedding too stays as it is: tokens look up its rows.
    """
    looked_up = {module.weight for module in model.modules() if isinstance(module, nn.Embedding)}
    for module in model.modules():
        if isinstance(module, nn.Linear) and module.weight.numel() >= LARGE and module.weight not in looked_up:
            module.weight.data = module.weight.data.t().contiguous().t()


def save_checkpoint(
    folder: Path, model: Transformer, tokenizer: TextTokenizer, about: About, dtype: torch.dtype = torch.float16
) -> None:
    """Write config.json, model.safetensors and tokenizer.json (the model card is written by hand).

    Each file is replaced in one step, the config last: who reads meanwhile finds whole files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # named_parameters names a tied matrix once, so it is stored once.
    weights = {name: p.detach().to("cpu", dtype).contiguous() for name, p in model.named_parameters()}
    tokenizer.save(folder / TOKENIZER_FILE)
    write_file(folder / WEIGHTS_FILE, save(weights, metadata={"format": "pt"}))
    (folder / EVALUATION_FILE).unlink(missing_ok=True)  # its figures were other weights'
    write_config(folder, about, model.config)


def load_own_tokenizer(path: Path, config: TransformerConfig) -> TextTokenizer:
    """A tokenizer.json of ours; CheckpointError if it is missing, damaged, or does not fit the config."""
    if not path.is_file():
        raise CheckpointError(f"{shown(path)} is missing.")
    try:
        tokenizer = TextTokenizer.load(path)
    except ValueError as error:
        raise CheckpointError(sentence(f"{shown(path)} is not a tokenizer of this explorer: {error}")) from None
    for name in ("vocab_size", "source_vocab_size"):
        size = getattr(config, name)
        if size and size != tokenizer.vocab_size:
            raise CheckpointError(
                f"{shown(path)} has {tokenizer.vocab_size} tokens, but {CONFIG_FILE} says {name}={size}."
            )
    if missing := [token for token in NEEDED_TOKENS[config.architecture] if token not in tokenizer.special_ids]:
        raise CheckpointError(
            f"{shown(path)} lacks the token {missing[0]} that architecture {config.architecture!r} needs."
        )
    return tokenizer


def _ready(entry: Entry, tokenizer: TextTokenizer, model: Transformer, device: torch.device | str) -> Checkpoint:
    """The checkpoint of a model that is only read from now on."""
    model = model.requires_grad_(False).eval().to(device)
    if torch.device(device).type == "cpu":
        lay_out(model)
    return Checkpoint(entry, tokenizer, model)


@contextmanager
def _open_weights(path: Path) -> Iterator[safe_open]:
    if not path.is_file():
        raise CheckpointError(f"{shown(path)} is missing.")
    try:
        with safe_open(path, framework="pt") as weights:
            yield weights
    except CheckpointError:
        raise
    except SafetensorError as error:
        raise CheckpointError(sentence(f"{shown(path)} is damaged or cut short: {error}")) from None
    except OSError:  # its text holds the whole path
        raise CheckpointError(f"{shown(path)} cannot be read.") from None


def _check_header(weights: safe_open, entry: Entry, path: Path) -> None:
    """Compare the file's list of tensors with what the config calls for; nothing is read or allocated yet."""
    header = {name: weights.get_slice(name) for name in weights.keys()}  # noqa: SIM118 (not a dict)
    config = entry.config
    if config.n_encoder_layers + config.n_decoder_layers > len(header):
        raise CheckpointError(
            f"{shown(path)} has {len(header)} tensors, too few for {CONFIG_FILE}'s "
            f"n_encoder_layers={config.n_encoder_layers} and n_decoder_layers={config.n_decoder_layers}."
        )
    if config.max_len > CHECKPOINT_POSITIONS:
        raise CheckpointError(
            f"{shown(path.with_name(CONFIG_FILE))} says max_len={config.max_len}, "
            f"but the explorer has room for {CHECKPOINT_POSITIONS} positions at most."
        )
    expected = parameter_shapes(config)
    if missing := sorted(expected.keys() - header.keys()):
        raise CheckpointError(f"{shown(path)} lacks the tensor {missing[0]!r} that {CONFIG_FILE} calls for.")
    if unknown := sorted(header.keys() - expected.keys()):
        raise CheckpointError(f"{shown(path)} has a tensor {unknown[0]!r} that {CONFIG_FILE} does not call for.")
    for name, shape in expected.items():
        found, dtype = header[name].get_shape(), header[name].get_dtype()
        if found != list(shape):
            raise CheckpointError(
                f"{shown(path)} has {name!r} with shape {found}, but {CONFIG_FILE} calls for {list(shape)}."
            )
        if dtype not in FLOATS:
            raise CheckpointError(
                f"{shown(path)} has {name!r} in the format {dtype}, which is not one of {', '.join(FLOATS)}."
            )
    if (count := count_parameters(config)) != entry.about.n_parameters:
        raise CheckpointError(
            f"{shown(path)} holds {count} parameters, but {CONFIG_FILE} says n_parameters={entry.about.n_parameters}."
        )


def _copy_weights(model: Transformer, weights: safe_open, path: Path) -> None:
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(weights.get_tensor(name))
            if not parameter.isfinite().all():
                raise CheckpointError(f"{shown(path)} has numbers in {name!r} that are not finite (as float32).")
