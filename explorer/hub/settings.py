"""What whoever runs the explorer decides about checkpoints from elsewhere, by environment variables.

EXPLORER_MODELS        the folder to which folders typed by visitors are confined, and where added.json lies;
                       ``models/`` beside ``pretrained/`` unless it is set
EXPLORER_ADD_MODELS    "off" takes the page for adding models away, and refuses every addition and removal
EXPLORER_MAX_DOWNLOAD  the largest download that a visitor may start, "8 GB" unless it is set
EXPLORER_MEMORY        the most memory that a model may take, "4 GB"; what is free unless it is set

They are read each time they are asked for, never kept.
"""

from __future__ import annotations

import os
from pathlib import Path

from explorer.hub.sizes import parse_bytes
from explorer.limits import MAX_DOWNLOAD
from explorer.model.catalogue import CheckpointError

MODELS = Path(__file__).resolve().parents[2] / "models"
OFF = ("off", "0", "no", "false")


def models_folder() -> Path:
    """The folder of models; it need not exist."""
    return Path(os.environ.get("EXPLORER_MODELS") or MODELS)


def may_add() -> bool:
    """Whether visitors may add and remove models here."""
    return os.environ.get("EXPLORER_ADD_MODELS", "on").strip().lower() not in OFF


def require_adding() -> None:
    """CheckpointError where models may be neither added nor removed."""
    if not may_add():
        raise CheckpointError("Adding models is switched off on this server (EXPLORER_ADD_MODELS=off).")


def max_download_bytes() -> int:
    """How many bytes one download may have; CheckpointError if EXPLORER_MAX_DOWNLOAD is not a number of bytes."""
    return _bytes("EXPLORER_MAX_DOWNLOAD") or MAX_DOWNLOAD


def memory_bytes() -> int | None:
    """How many bytes a model may take, or None; CheckpointError if EXPLORER_MEMORY is not a number of bytes."""
    return _bytes("EXPLORER_MEMORY")


def _bytes(name: str) -> int | None:
    text = os.environ.get(name, "").strip()
    if not text:
        return None
    try:
        return parse_bytes(text)
    except ValueError as error:
        raise CheckpointError(f"The environment variable {name} is wrong: {error}.") from None
