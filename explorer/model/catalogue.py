"""What lies in ``pretrained/``: names, configurations and descriptions, read without loading torch or any weights."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from explorer.model.config import ARCHITECTURES, TransformerConfig
from explorer.model.files import write_file

PRETRAINED = Path(__file__).resolve().parents[2] / "pretrained"
TOY = 10_000  # parameters: below it, a model to be checked by hand
CONFIG_FILE, WEIGHTS_FILE, TOKENIZER_FILE, CARD_FILE = "config.json", "model.safetensors", "tokenizer.json", "README.md"


class CheckpointError(ValueError):
    """A checkpoint cannot be used; the message is one sentence that names the file and the field."""


@dataclass(frozen=True)
class Example:
    """A sentence to start from, and what it shows."""

    text: str
    shows: str


@dataclass(frozen=True)
class Figure:
    """How good a model is, as one number that was measured on text it was not trained on."""

    name: str  # "BLEU, lower-cased"
    value: str  # as it is written: "39.8", "97.2 %"
    of: str  # on what, and how: "test_2016_flickr, beam 5"


@dataclass(frozen=True)
class About:
    """What a visitor should know of a model before using it."""

    title: str  # "English to German translator"
    reads: str  # what it was trained on, in a few words: "captions of everyday photographs"
    licence: str  # terms of the data it was trained on
    n_parameters: int  # how many numbers were learned
    examples: tuple[Example, ...]
    figures: tuple[Figure, ...] = ()  # none before the model was evaluated

    def to_dict(self) -> dict[str, Any]:
        lists = {"examples": [vars(example) for example in self.examples], "figures": [vars(f) for f in self.figures]}
        return {name: value for name, value in {**vars(self), **lists}.items() if name != "figures" or value}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> About:
        """Build a description from plain values; ValueError naming the first field that is not as it should be."""
        if isinstance(values, dict):
            values = {"figures": [], **values}
        types = {"title": str, "reads": str, "licence": str, "n_parameters": int, "examples": list, "figures": list}
        _require_fields("about", values, types)
        for i, example in enumerate(values["examples"]):
            _require_fields(f"about.examples[{i}]", example, {"text": str, "shows": str})
        for i, figure in enumerate(values["figures"]):
            _require_fields(f"about.figures[{i}]", figure, {"name": str, "value": str, "of": str})
        examples = tuple(Example(**example) for example in values["examples"])
        return cls(**{**values, "examples": examples, "figures": tuple(Figure(**f) for f in values["figures"])})


@dataclass(frozen=True)
class Entry:
    """One model of the catalogue."""

    name: str
    folder: Path
    config: TransformerConfig
    about: About
    seed: int | None = None  # of random weights, see explorer.model.untrained; None for a checkpoint
    family: str | None = None  # of a checkpoint from elsewhere, see explorer.hub; None for one of ours
    notes: tuple[str, ...] = ()  # what a visitor should know of how it was opened, a sentence each

    @property
    def trained(self) -> bool:
        return self.seed is None


def sentence(error: object) -> str:
    """An error's text as one line that ends as a sentence does, exactly once."""
    text = " ".join(str(error).split())
    return text if text.endswith((".", "?", "!")) else f"{text}."


def shown(path: Path) -> str:
    """How messages name a file of a checkpoint, "pretrained/gpt-captions/config.json": where the server keeps its
    folders is not told to its visitors."""
    return "/".join(path.parts[-3:])


def read_entry(folder: Path) -> Entry:
    """Read ``folder/config.json``; CheckpointError if it is missing, damaged, or describes an impossible model."""
    path = shown(folder / CONFIG_FILE)
    try:
        content = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing.") from None
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise CheckpointError(sentence(f"{path} is not JSON: {error}")) from None
    try:
        _require_fields("the file", content, {"about": dict, "transformer": dict})
        config = TransformerConfig.from_dict(content["transformer"])
        return Entry(folder.name, folder, config, About.from_dict(content["about"]))
    except (TypeError, ValueError) as error:
        raise CheckpointError(sentence(f"{path} does not describe a model: {error}")) from None


def write_config(folder: Path, about: About, config: TransformerConfig) -> None:
    """Write ``folder/config.json``, which ``read_entry`` reads."""
    content = {"about": about.to_dict(), "transformer": config.to_dict()}
    write_file(folder / CONFIG_FILE, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())


def write_figures(folder: Path, figures: Iterable[Figure]) -> None:
    """Put figures in place of those that ``folder/config.json`` holds, and leave the rest as it is."""
    entry = read_entry(folder)
    write_config(folder, replace(entry.about, figures=tuple(figures)), entry.config)


def pretrained_folder() -> Path:
    """Where the checkpoints are: ``pretrained/`` beside the package, unless EXPLORER_PRETRAINED names a folder."""
    return Path(os.environ.get("EXPLORER_PRETRAINED") or PRETRAINED)


def read_catalogue(root: Path | None = None) -> tuple[dict[str, Entry], list[str]]:
    """All models under ``root`` by name, grouped by architecture, and one sentence for each that cannot be used.

    ``root`` is ``pretrained_folder()`` unless given. Hidden folders are none of ours.
    """
    root = root or pretrained_folder()
    entries, problems = [], []
    for folder in sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []:
        if folder.name.startswith("."):
            continue
        try:
            entries.append(read_entry(folder))
        except CheckpointError as error:
            problems.append(str(error))
    entries.sort(key=_order)
    return {entry.name: entry for entry in entries}, problems


def _order(entry: Entry) -> tuple[int, bool, str]:
    """The architectures as the lecture takes them; in each the real languages first, then the toys."""
    return ARCHITECTURES.index(entry.config.architecture), entry.about.n_parameters < TOY, entry.name


def find_entry(name: str, root: Path | None = None) -> Entry:
    """The model of that name.

    Raises
    ------
    CheckpointError
        If there is none (the message proposes the closest name and lists those there are), or its config is damaged.
    """
    root = root or pretrained_folder()
    entries, _ = read_catalogue(root)
    if name in entries:
        return entries[name]
    folders = [path.name for path in root.iterdir() if path.is_dir()] if root.is_dir() else []
    if name in folders:
        return read_entry(root / name)  # raises, and says why the catalogue does not list it
    if not entries:
        raise CheckpointError(f"There is no model in the folder {root.name}.")
    raise CheckpointError(unknown_name("model", name, list(entries)))


def unknown_name(what: str, name: str, names: list[str]) -> str:
    """What to say of a name that does not exist: all that do, and the closest of them."""
    longer = [known for known in names if name and known.startswith(name)]
    close = longer or get_close_matches(name, names, n=1, cutoff=0.5)
    guess = f" Did you mean {close[0]}?" if close else ""
    return f"There is no {what} {name!r}; there are: {', '.join(names)}.{guess}"


def _require_fields(where: str, values: Any, types: dict[str, type]) -> None:
    """ValueError naming the field of ``values`` that is missing, unknown, or of another type than JSON should give."""
    words = {str: "a text", int: "a whole number", list: "a list", dict: "an object"}
    if not isinstance(values, dict):
        raise ValueError(f"{where} must be an object, not {_short(values)}")
    if wrong := sorted(set(types) ^ set(values)):
        raise ValueError(f"the field {wrong[0]!r} of {where} is {'missing' if wrong[0] in types else 'unknown'}")
    for name, kind in types.items():
        if not isinstance(values[name], kind) or isinstance(values[name], bool):
            raise ValueError(f"the field {name!r} of {where} must be {words[kind]}, not {_short(values[name])}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
