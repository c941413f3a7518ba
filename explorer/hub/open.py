"""Opening a checkpoint from elsewhere: its model and its tokenizer, ready to run."""

from __future__ import annotations

from collections.abc import Callable

import torch

from explorer.hub.families.torch_transformer import BYTES, TORCH_TRANSFORMER
from explorer.hub.files import ModelFiles
from explorer.hub.tokenizers.load import load_tokenizer
from explorer.hub.weights import load_weights
from explorer.model.catalogue import TOKENIZER_FILE, CheckpointError, Entry, shown
from explorer.model.checkpoint import Checkpoint, load_own_tokenizer
from explorer.model.tokenizer import BOS, EOS, PAD, TextTokenizer


def open_entry(
    entry: Entry, device: torch.device | str = "cpu", progress: Callable[[float], None] = lambda share: None
) -> Checkpoint:
    """Load what ``explorer.hub.entry.read_hub_entry`` has described onto a device, in float32.

    Raises
    ------
    CheckpointError
        One sentence naming the file, and what is missing, damaged or not supported.
    """
    if entry.family == TORCH_TRANSFORMER.model_type:
        tokenizer = own_tokenizer(entry)
    else:
        tokenizer = load_tokenizer(entry.folder, entry.family, ModelFiles(entry.folder).config)
    return Checkpoint(entry, tokenizer, load_weights(entry, progress).to(device))


def own_tokenizer(entry: Entry) -> TextTokenizer:
    """The vocabulary beside a torch.nn.Transformer: a tokenizer.json, or, for a file without embeddings, all bytes."""
    path = entry.folder / TOKENIZER_FILE
    if path.is_file():
        return load_own_tokenizer(path, entry.config)
    tokenizer = TextTokenizer.train([], BYTES, (PAD, BOS, EOS))
    if {entry.config.vocab_size, entry.config.source_vocab_size or BYTES} != {tokenizer.vocab_size}:
        n = entry.config.vocab_size
        raise CheckpointError(f"{shown(path)} is missing: without it nobody knows what the {n:,} tokens are.")
    return tokenizer
