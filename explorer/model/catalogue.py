"""What lies in ``pretrained/``: names, configurations and descriptions, read without loading torch or any weights."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.model.config import TransformerConfig

PRETRAINED = Path(__file__).resolve().parents[2] / "pretrained"
CONFIG_FILE, WEIGHTS_FILE, TOKENIZER_FILE, CARD_FILE = "config.json", "model.safetensors", "tokenizer.json", "README.md"


class CheckpointError(ValueError):
    """A checkpoint cannot be used; the message is one sentence that names the file and the field."""


@dataclass(frozen=True)
class Example:
    """A sentence to start from, and what it shows."""

    text: str
    shows: str


@dataclass(frozen=True)
class About:
    """What a visitor should know of a model before using it."""

    title: str  # "English to German translator"
    reads: str  # what it was trained on, in a few words: "captions of everyday photographs"
    licence: str  # terms of the data it was trained on
    n_parameters: int  # how many numbers were learned
    examples: tuple[Example, ...]

    def to_dict(self) -> dict[str, Any]:
        return {**vars(self), "examples": [vars(example) for example in self.examples]}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> About:
        known = ("title", "reads", "licence", "n_parameters", "examples")
        if wrong := sorted(set(known) ^ set(values)):
            raise ValueError(f"field {wrong[0]!r} is {'missing' if wrong[0] in known else 'unknown'}")
        examples = tuple(Example(str(example["text"]), str(example["shows"])) for example in values["examples"])
        return cls(**{**values, "examples": examples})


@dataclass(frozen=True)
class Entry:
    """One model of the catalogue."""

    name: str
    folder: Path
    config: TransformerConfig
    about: About


def read_entry(folder: Path) -> Entry:
    """Read ``folder/config.json``; CheckpointError if it is missing, damaged, or describes an impossible model."""
    path = folder / CONFIG_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        config = TransformerConfig.from_dict(content["transformer"])
        return Entry(folder.name, folder, config, About.from_dict(content["about"]))
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing.") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CheckpointError(f"{path} cannot be read as JSON: {error}.") from None
    except KeyError as error:
        raise CheckpointError(f"{path} lacks the field {error}.") from None
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path} does not describe a model: {error}.") from None


def pretrained_folder() -> Path:
    """Where the checkpoints are: ``pretrained/`` beside the package, unless EXPLORER_PRETRAINED names another folder."""
    return Path(os.environ.get("EXPLORER_PRETRAINED") or PRETRAINED)


def read_catalogue(root: Path = PRETRAINED) -> tuple[dict[str, Entry], list[str]]:
    """All models under ``root`` by name, grouped by architecture, and one sentence for each that cannot be used."""
    entries, problems = [], []
    for folder in sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []:
        try:
            entries.append(read_entry(folder))
        except CheckpointError as error:
            problems.append(str(error))
    order = ("encoder-decoder", "decoder", "encoder")
    entries.sort(key=lambda entry: (order.index(entry.config.architecture), entry.name))
    return {entry.name: entry for entry in entries}, problems
