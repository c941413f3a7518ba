"""A recipe: everything that decides a training run, in one small TOML file under ``explorer/training/recipes``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from explorer.model.catalogue import Example
from explorer.model.config import TransformerConfig

RECIPES = Path(__file__).parent / "recipes"
TASKS = ("translate", "continue", "fill")  # encoder-decoder, decoder, encoder


@dataclass(frozen=True)
class Recipe:
    """One training run. Paths are relative to the folder given as ``--data``."""

    name: str
    task: str  # "translate", "continue" or "fill"
    title: str
    reads: str  # what the model is trained on, in a few words
    licence: str  # terms of that data
    train: tuple[str, ...]  # files of one sentence a line; for "translate": source, then target
    validation: tuple[str, ...]
    transformer: dict[str, Any]  # fields of TransformerConfig, without vocab_size
    examples: tuple[Example, ...]
    vocab_size: int  # size of the BPE vocabulary learned from the training files
    updates: int  # optimiser steps
    tokens_per_update: int  # predicted tokens in a batch, padding counted
    warmup: int  # updates until the learning rate is at its peak; it then falls linearly to 0
    learning_rate: float  # the peak
    weight_decay: float
    label_smoothing: float
    average: float  # decay of the running average of the weights; the average is what is saved
    validate_every: int  # updates between validations (and between saves of the run's state)
    seed: int

    def config(self, vocab_size: int) -> TransformerConfig:
        return TransformerConfig(vocab_size=vocab_size, **self.transformer)


def recipe_names() -> list[str]:
    """The recipes that come with the explorer."""
    return sorted(path.stem for path in RECIPES.glob("*.toml"))


def load_recipe(name_or_path: str) -> Recipe:
    """Read a recipe by its name, or from a TOML file.

    Raises
    ------
    ValueError
        If there is no such recipe, or it lacks a field, has an unknown one, or describes an impossible model.
    """
    path = Path(name_or_path) if name_or_path.endswith(".toml") else RECIPES / f"{name_or_path}.toml"
    if not path.is_file():
        raise ValueError(f"There is no recipe {name_or_path!r}; there are: {', '.join(recipe_names())}.")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not TOML: {error}.") from None
    names = {field.name for field in fields(Recipe)} - {"name"}
    if wrong := sorted(names ^ set(values)):
        raise ValueError(f"{path}: field {wrong[0]!r} is {'missing' if wrong[0] in names else 'unknown'}.")
    if values["task"] not in TASKS:
        raise ValueError(f"{path}: task must be one of {', '.join(TASKS)}, not {values['task']!r}.")
    values["examples"] = tuple(Example(**example) for example in values["examples"])
    values["train"], values["validation"] = tuple(values["train"]), tuple(values["validation"])
    recipe = Recipe(name=path.stem, **values)
    try:
        recipe.config(recipe.vocab_size)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}.") from None
    return recipe
