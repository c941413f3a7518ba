"""Checkpoints: a folder with config.json, model.safetensors, tokenizer.json and a model card. No pickle is ever read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from explorer.model.catalogue import CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE, About, CheckpointError, Entry, read_entry
from explorer.model.tokenizer import TextTokenizer
from explorer.model.transformer import Transformer


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
    tokenizer = _load_tokenizer(folder / TOKENIZER_FILE, entry)
    model = Transformer(entry.config)
    _copy_weights(model, folder / WEIGHTS_FILE)
    model.requires_grad_(False)
    return Checkpoint(entry, tokenizer, model.eval().to(device))


def save_checkpoint(
    folder: Path, model: Transformer, tokenizer: TextTokenizer, about: About, dtype: torch.dtype = torch.float16
) -> None:
    """Write config.json, model.safetensors and tokenizer.json (the model card is written by hand)."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"about": about.to_dict(), "transformer": model.config.to_dict()}
    (folder / CONFIG_FILE).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    tokenizer.save(folder / TOKENIZER_FILE)
    # named_parameters names a tied matrix once, so it is stored once.
    weights = {name: p.detach().to("cpu", dtype).contiguous() for name, p in model.named_parameters()}
    save_file(weights, folder / WEIGHTS_FILE, metadata={"format": "pt"})


def _load_tokenizer(path: Path, entry: Entry) -> TextTokenizer:
    if not path.is_file():
        raise CheckpointError(f"{path} is missing.")
    try:
        tokenizer = TextTokenizer.load(path)
    except Exception as error:  # the tokenizers library raises bare Exception
        raise CheckpointError(f"{path} is not a tokenizer: {error}.") from None
    expected = {entry.config.vocab_size, entry.config.source_vocab_size or entry.config.vocab_size}
    if expected != {tokenizer.vocab_size}:
        raise CheckpointError(
            f"{path} has {tokenizer.vocab_size} tokens, but {CONFIG_FILE} says vocab_size={entry.config.vocab_size}."
        )
    return tokenizer


def _copy_weights(model: Transformer, path: Path) -> None:
    """Copy the file's tensors into the model's parameters, each checked by name and shape."""
    tensors = _read_tensors(path)
    parameters = dict(model.named_parameters())
    if missing := sorted(parameters.keys() - tensors.keys()):
        raise CheckpointError(f"{path} lacks the tensor {missing[0]!r} that {CONFIG_FILE} calls for.")
    if unknown := sorted(tensors.keys() - parameters.keys()):
        raise CheckpointError(f"{path} has a tensor {unknown[0]!r} that {CONFIG_FILE} does not call for.")
    with torch.no_grad():
        for name, parameter in parameters.items():
            tensor = tensors[name]
            if tensor.shape != parameter.shape:
                raise CheckpointError(
                    f"{path} has {name!r} with shape {list(tensor.shape)}, "
                    f"but {CONFIG_FILE} calls for {list(parameter.shape)}."
                )
            if not tensor.isfinite().all():
                raise CheckpointError(f"{path} has numbers in {name!r} that are not finite.")
            parameter.copy_(tensor)


def _read_tensors(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise CheckpointError(f"{path} is missing.")
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged or cut short: {error}.") from None
