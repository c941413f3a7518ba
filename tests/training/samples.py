"""A made-up language of 60 sentence pairs, and tiny recipes that learn it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from explorer.model.catalogue import About, Example
from explorer.model.tokenizer import TextTokenizer
from explorer.training.data import DATA, SPECIAL_TOKENS
from explorer.training.recipe import TASKS, Recipe, load_recipe
from tests.golden.random_models import make_config, random_transformer

WHO = ("The owl", "My uncle", "A robot", "Seven geese", "Nobody")
WHAT = ("paints", "swallows", "hides", "sells")
WHICH = ("a blue door.", "the last pancake.", "three maps.")
ENGLISH = [f"{who} {what} {which}" for who in WHO for what in WHAT for which in WHICH]
FLIPPED = [" ".join(reversed(sentence.rstrip(".").split())) + "!" for sentence in ENGLISH]
TEXT = "My uncle hides a blue door."

LAYERS = {
    "translate": "n_encoder_layers = 1\nn_decoder_layers = 1",
    "continue": "n_decoder_layers = 2",
    "fill": "n_encoder_layers = 2",
}


def recipe_text(task: str, /, **changes: str) -> str:
    """A recipe as TOML; ``changes`` are further lines, or replace those of the same name ("" leaves one out)."""
    files = '["{0}.en", "{0}.xx"]' if task == "translate" else '["{0}.en"]'
    values = {
        "task": f'"{task}"',
        "title": '"A tiny model"',
        "reads": '"sixty made-up sentences"',
        "licence": '"public domain"',
        "train": files.format("train"),
        "validation": files.format("val"),
        "units": '"bytes"',
        "vocab_size": "300",
        "updates": "7",
        "tokens_per_update": "151",
        "warmup": "3",
        "learning_rate": "0.01",
        "weight_decay": "0.01",
        "label_smoothing": "0.1",
        "consistency": "0.0",
        "bfloat16": "false",
        "average": "0.9",
        "validate_every": "5",
        "seed": "3",
        "examples": f'[{{text = "{TEXT}", shows = "a tiny example"}}]',
    }
    values |= changes
    lines = [f"{name} = {value}" for name, value in values.items() if value]
    sizes = "d_model = 14\nn_heads = 3\nd_k = 5\nd_v = 7\nd_ff = 11\nmax_len = 29\ndropout = 0.2"
    return "\n".join([*lines, "[transformer]", f'architecture = "{TASKS[task]}"', sizes, LAYERS[task]])


def write_recipe(folder: Path, task: str, /, **changes: str) -> Path:
    path = folder / f"tiny-{task}.toml"
    path.write_text(recipe_text(task, **changes), encoding="utf-8")
    return path


def tiny_recipe(folder: Path, task: str, /, **changes: str) -> Recipe:
    return load_recipe(str(write_recipe(folder, task, **changes)))


def write_data(folder: Path) -> Path:
    """The files that the tiny recipes name."""
    folder.mkdir(exist_ok=True)
    for language, lines in (("en", ENGLISH), ("xx", FLIPPED)):
        (folder / f"train.{language}").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / f"val.{language}").write_text("\n".join(lines[::7]) + "\n", encoding="utf-8")
    return folder


@cache
def tiny_tokenizer(task: str) -> TextTokenizer:
    return TextTokenizer.train([*ENGLISH, *FLIPPED], 300, SPECIAL_TOKENS[task])


def tiny_data(task: str, max_len: int = 29, lines: list[str] = ENGLISH):
    files = [lines, FLIPPED[: len(lines)]] if task == "translate" else [lines]
    return DATA[task](files, tiny_tokenizer(task), max_len)


def tiny_model(task: str, **options):
    """A randomly drawn model for the tiny vocabulary."""
    options = {"max_len": 29, "vocab_size": tiny_tokenizer(task).vocab_size} | options
    return random_transformer(make_config(TASKS[task], **options))


def about(model) -> About:
    return About(
        "A tiny model", "made-up sentences", "public domain", model.n_parameters(), (Example(TEXT, "an example"),)
    )
