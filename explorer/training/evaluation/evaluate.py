"""Which figures a model has: those of its recipe's task."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from explorer.model.checkpoint import Checkpoint
from explorer.training.evaluation.continuation import continuation_figures
from explorer.training.evaluation.filling import filling_figures
from explorer.training.evaluation.options import SPLITS, TEST_SET, Options
from explorer.training.evaluation.report import Keep, Watch, unkept, unwatched
from explorer.training.evaluation.translation import translation_figures
from explorer.training.made import PREFIX
from explorer.training.recipe import Recipe


def evaluate(
    checkpoint: Checkpoint,
    recipe: Recipe,
    data_folder: Path,
    options: Options = Options(),  # noqa: B008 (frozen)
    watch: Watch = unwatched,
    keep: Keep = unkept,
) -> Iterator[str]:
    """The figures of a model on its recipe's held-out text: lines of words and tables, each as soon as it is there.

    ``keep`` is given the one to three figures that sum the model up, if ``sums_up``, and the tables by length.

    Raises
    ------
    ValueError
        If the recipe trains another architecture, its data cannot be read, or an option is for another task.
    """
    architecture = checkpoint.entry.config.architecture
    trained = recipe.config(checkpoint.tokenizer.vocab_size).architecture
    if architecture != trained:
        raise ValueError(
            f"{checkpoint.entry.name} is of architecture {architecture!r}; {recipe.name} trains {trained!r}"
        )
    if (options.by_length or options.beside) and recipe.task != "translate":
        raise ValueError(f"{checkpoint.entry.name} does not translate: leave --by-length and --beside out")
    if options.beside and options.beside.entry.name == checkpoint.entry.name:
        raise ValueError(f"{checkpoint.entry.name} beside itself says nothing: name another model with --beside")
    if recipe.task == "translate":
        yield from translation_figures(checkpoint, recipe, data_folder, options, watch, keep)
    elif recipe.task == "continue":
        yield from continuation_figures(checkpoint, recipe, data_folder, watch, keep)
    else:
        yield from filling_figures(checkpoint, recipe, data_folder, watch, keep)


def sums_up(recipe: Recipe, options: Options) -> bool:
    """Whether there are figures to keep: a translator is summed up by its test set, and made-up languages have none."""
    real = recipe.task == "translate" and not recipe.validation[0].startswith(PREFIX)
    return TEST_SET in SPLITS[options.split] if real else True
