"""Small folders of models, written without the code that reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

TENSORS = {
    "wte.weight": np.arange(15, dtype=np.float32).reshape(5, 3),
    "h.0.bias": np.ones(7, dtype=np.float16),
    "steps": np.array([11, 13], dtype=np.int64),
}
CONFIG = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": 5}


def write_model(folder: Path, config: Any = CONFIG, tensors: dict[str, np.ndarray] = TENSORS) -> Path:
    """A folder with config.json and model.safetensors."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "model.safetensors").write_bytes(save(tensors))
    return folder


def model_files() -> dict[str, bytes]:
    """The same as a repository of the hub holds it."""
    return {"config.json": json.dumps(CONFIG).encode(), "vocab.json": b"{}", "model.safetensors": save(TENSORS)}


def raw_safetensors(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    """A file of that header and those bytes, whatever they say."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data
