"""A recipe: everything that decides a training run, in one small TOML file under ``explorer/training/recipes``."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from math import isfinite
from pathlib import Path
from typing import Any

from explorer.model.catalogue import Example, unknown_name
from explorer.model.config import TransformerConfig
from explorer.model.tokenizer import UNITS

RECIPES = Path(__file__).parent / "recipes"
TASKS = {"translate": "encoder-decoder", "continue": "decoder", "fill": "encoder"}  # and the architecture for each


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
    units: str  # "bytes": BPE of sentences; "characters": of one long text, its first 90 % to train; "words"
    vocab_size: int  # tokens, the special ones counted
    updates: int  # optimiser steps
    tokens_per_update: int  # predicted tokens in a batch, padding counted
    warmup: int  # updates until the learning rate is at its peak; it then falls linearly to 0
    learning_rate: float  # the peak
    weight_decay: float
    label_smoothing: float
    consistency: float  # R-Drop's alpha: how much two readings of a text must agree; 0 reads it once
    bfloat16: bool  # whether matrices are multiplied with 8-bit mantissas: about twice as fast, where the CPU has it
    average: float  # decay of the running average of the weights; the average is what is saved
    validate_every: int  # updates between validations (and between saves of the run's state)
    seed: int
    masked: float = 0.15  # "fill" only: the share of tokens that is hidden in training; validation hides 15 %

    def config(self, vocab_size: int) -> TransformerConfig:
        return TransformerConfig.from_dict({"vocab_size": vocab_size, **self.transformer})


def recipe_names() -> list[str]:
    """The recipes that come with the explorer."""
    return sorted(path.stem for path in RECIPES.glob("*.toml"))


def load_recipe(name_or_path: str) -> Recipe:
    """Read a recipe by its name, or from a TOML file.

    Raises
    ------
    ValueError
        If there is no such recipe, or it lacks a field, has an unknown or impossible one, or describes an impossible
        model; one sentence that names the file and the field.
    """
    path = Path(name_or_path) if name_or_path.endswith(".toml") else RECIPES / f"{name_or_path}.toml"
    if not path.is_file():
        raise ValueError(unknown_name("recipe", name_or_path, recipe_names()))
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as TOML: {error}") from None
    try:
        return _recipe(path.stem, values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None


def _recipe(name: str, values: dict[str, Any]) -> Recipe:
    needed = {field.name for field in fields(Recipe) if field.default is MISSING} - {"name"}
    optional = {field.name for field in fields(Recipe)} - needed - {"name"}
    if wrong := sorted(needed ^ (set(values) - optional)):
        raise ValueError(f"the field {wrong[0]!r} is {'missing' if wrong[0] in needed else 'unknown'}")
    for field, (valid, words) in VALID.items():
        if field in values and not valid(values[field]):
            raise ValueError(f"the field {field!r} must be {words}, not {values[field]!r}")
    examples = tuple(Example(**example) for example in values["examples"])
    files = {field: tuple(values[field]) for field in ("train", "validation")}
    recipe = Recipe(name=name, **{**values, **files, "examples": examples})
    _check_together(recipe)
    return recipe


def _check_together(recipe: Recipe) -> None:
    """ValueError where two fields, each right by itself, contradict each other."""
    n_files = 2 if recipe.task == "translate" else 1
    for field in ("train", "validation"):
        if len(getattr(recipe, field)) != n_files:
            raise ValueError(
                f"the task {recipe.task!r} needs {n_files} files as {field!r}, not {getattr(recipe, field)}"
            )
    for field in ("vocab_size", "source_vocab_size"):
        if field in recipe.transformer:
            raise ValueError(f"the field {field!r} of 'transformer' follows from the vocabulary: leave it out")
    config = recipe.config(recipe.vocab_size)
    if config.architecture != TASKS[recipe.task]:
        raise ValueError(
            f"the task {recipe.task!r} needs architecture {TASKS[recipe.task]!r}, not {config.architecture!r}"
        )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_examples(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(example, dict) and set(example) == {"text", "shows"} and all(map(_is_text, example.values()))
        for example in value
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


VALID: dict[str, tuple[Callable[[Any], bool], str]] = {
    "task": (lambda value: _is_text(value) and value in TASKS, f"one of {', '.join(TASKS)}"),
    "units": (lambda value: _is_text(value) and value in UNITS, f"one of {', '.join(UNITS)}"),
    **dict.fromkeys(("title", "reads", "licence"), (_is_text, "a text")),
    **dict.fromkeys(("train", "validation"), (_is_texts, "a list of file names")),
    "examples": (_is_examples, "a list of tables, each with a 'text' and what it 'shows'"),
    "transformer": (lambda value: isinstance(value, dict), "a table"),
    **dict.fromkeys(
        ("vocab_size", "updates", "tokens_per_update", "validate_every"),
        (lambda value: _is_count(value) and value > 0, "a whole number of at least 1"),
    ),
    **dict.fromkeys(("warmup", "seed"), (_is_count, "a whole number of at least 0")),
    "learning_rate": (lambda value: _is_number(value) and value > 0, "a number above 0"),
    "masked": (lambda value: _is_number(value) and 0 < value < 1, "a number above 0 and below 1"),
    "weight_decay": (lambda value: _is_number(value) and value >= 0, "a number of at least 0"),
    "consistency": (lambda value: _is_number(value) and value >= 0, "a number of at least 0"),
    "bfloat16": (lambda value: isinstance(value, bool), "true or false"),
    **dict.fromkeys(
        ("label_smoothing", "average"),
        (lambda value: _is_number(value) and 0 <= value < 1, "a number of at least 0 and below 1"),
    ),
}
