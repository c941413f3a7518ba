"""A model of a chosen shape with random weights: what attention looks like before anything was learned.

It is described by its name alone, so that a link to it is enough: "untrained~gpt-captions~n_heads=1,d_k=192~3" is a
model like gpt-captions, with its vocabulary, one head of size 192, and weights drawn with seed 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from explorer.limits import LARGEST_SEED, UNTRAINED_PARAMETERS, UNTRAINED_POSITIONS
from explorer.model.catalogue import About, Entry
from explorer.model.config import TransformerConfig
from explorer.model.config_text import apply_changes, changes_text
from explorer.model.shapes import count_parameters

PREFIX, SEPARATOR = "untrained", "~"


def untrained_name(like: Entry, config: TransformerConfig, seed: int) -> str:
    """The name of the model that ``untrained_entry`` reads."""
    return SEPARATOR.join((PREFIX, like.name, changes_text(like.config, config), str(seed)))


def is_untrained_name(name: object) -> bool:
    return isinstance(name, str) and name.startswith(PREFIX + SEPARATOR)


def untrained_entry(name: str, models: Mapping[str, Entry]) -> Entry:
    """The model that a name describes; its vocabulary and examples are those of the model that it is like.

    Raises
    ------
    ValueError
        If the name is not made by ``untrained_name``, or the model is too large to be built here.
    """
    parts = name.split(SEPARATOR)
    if len(parts) != 4 or parts[0] != PREFIX or not _can_be_like(models.get(parts[1])) or not parts[3].isdecimal():
        raise ValueError("the name does not describe an untrained model")
    like, seed = models[parts[1]], int(parts[3])
    if seed > LARGEST_SEED:
        raise ValueError(f"the seed must be at most {LARGEST_SEED:,}")
    config = apply_changes(like.config, parts[2])
    if (config.architecture, config.vocab_size, config.source_vocab_size) != (
        like.config.architecture,
        like.config.vocab_size,
        like.config.source_vocab_size,
    ):
        raise ValueError(f"a model like {like.name} has its architecture and its vocabulary")
    check_size(config)
    about = About(
        title=f"Untrained, like {like.name}",
        reads="nothing: its weights are random",
        licence="random numbers",
        n_parameters=count_parameters(config),
        examples=like.about.examples,
    )
    return Entry(name, like.folder, config, about, seed)


def check_size(config: TransformerConfig) -> None:
    """ValueError with the numbers if a model is too large to be built beside the others."""
    if (count := count_parameters(config)) > UNTRAINED_PARAMETERS:
        raise ValueError(f"{count:,} parameters are too many to build here: at most {UNTRAINED_PARAMETERS:,}")
    if config.max_len > UNTRAINED_POSITIONS:
        raise ValueError(f"max_len={config.max_len:,} is too long to build here: at most {UNTRAINED_POSITIONS:,}")


def _can_be_like(entry: Entry | None) -> bool:
    """Whether an untrained model can take its vocabulary: that of a checkpoint in the explorer's own format."""
    return entry is not None and entry.trained and entry.family is None


def similar(models: Mapping[str, Entry], config: TransformerConfig) -> tuple[Entry, TransformerConfig] | None:
    """The trained model whose vocabulary a model of this shape can take, and the shape with that vocabulary.

    Of those of the same architecture the one whose vocabulary is nearest in size; None if there is none.
    """
    same = [e for e in models.values() if e.config.architecture == config.architecture and _can_be_like(e)]
    if not same:
        return None
    like = min(same, key=lambda entry: abs(entry.config.vocab_size - config.vocab_size))
    sizes = {"vocab_size": like.config.vocab_size, "source_vocab_size": like.config.source_vocab_size}
    return like, replace(config, **sizes, dropout=like.config.dropout, attention_dropout=like.config.attention_dropout)
