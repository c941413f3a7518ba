"""Which ids of a checkpoint play which part: what a decoder starts with, what ends a text, what hides a token."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.hub.tokenizers.damage import read_object_if_any
from explorer.model.catalogue import CONFIG_FILE, CheckpointError, shown
from explorer.model.tokenizer import BOS, CLS, EOS, MASK, NEEDED_TOKENS, PAD, SEP

ARCHITECTURE = {
    "gpt2": "decoder",
    **dict.fromkeys(("bert", "distilbert", "roberta"), "encoder"),
    **dict.fromkeys(("marian", "bart", "t5"), "encoder-decoder"),
}
_NAMED = {  # the role -> the token of the vocabulary that plays it, and the config's field should there be none
    "decoder": {PAD: "pad_token", BOS: "bos_token", EOS: "eos_token"},
    "encoder": {PAD: "pad_token", MASK: "mask_token", CLS: "cls_token", SEP: "sep_token"},
    "encoder-decoder": {PAD: "pad_token", EOS: "eos_token", MASK: "mask_token"},
}
GENERATION = "generation_config.json"
# Where no file says what a decoder starts with: T5 and Marian start with the padding, BART with the end.
_START = {"t5": PAD, "marian": PAD, "bart": EOS}


def find_roles(
    folder: Path, family: str, config: Mapping[str, Any], named_ids: Mapping[str, int | None], size: int
) -> dict[str, int]:
    """The id of each role that the family has; below ``size``, the rows of the model's embedding.

    Raises
    ------
    CheckpointError
        If the architecture needs a role that no token plays, or the model has no row for what its decoder starts with.
    """
    architecture, roles = ARCHITECTURE[family], {}
    for role, name in _NAMED[architecture].items():
        for token_id in (named_ids.get(name), _first(config.get(f"{name}_id"))):
            if type(token_id) is int and 0 <= token_id < size:
                roles.setdefault(role, token_id)
    if architecture == "encoder-decoder":
        start = _config_id(folder, config, CONFIG_FILE, "decoder_start_token_id", size)
        if start is None:
            generation = read_object_if_any(folder / GENERATION)
            start = _config_id(folder, generation, GENERATION, "decoder_start_token_id", size)
        if start is None:
            start = roles.get(_START[family])
        if start is not None:
            roles[BOS] = start
    for role in NEEDED_TOKENS[architecture]:
        if role not in roles:
            field = _NAMED[architecture].get(role, "decoder_start_token_id")
            raise CheckpointError(f"{shown(folder)} does not say which token is its {field}, and no text runs without.")
    return roles


def forced_start(folder: Path, config: Mapping[str, Any], size: int) -> int | None:
    """The token that a decoder must write first, after the one it starts with (BART's <s>); None if there is none."""
    generation = read_object_if_any(folder / GENERATION)
    if generation:  # where there is this file, nothing that decides how to write is read from config.json
        return _config_id(folder, generation, GENERATION, "forced_bos_token_id", size)
    return _config_id(folder, config, CONFIG_FILE, "forced_bos_token_id", size)


def _config_id(folder: Path, config: Mapping[str, Any], name: str, field: str, size: int) -> int | None:
    """An id that a file names; CheckpointError if the model has no row for it."""
    value = _first(config.get(field))
    if value is not None and (type(value) is not int or not 0 <= value < size):
        raise CheckpointError(f"{shown(folder / name)} says {field}={value!r}, but the model has {size} tokens.")
    return value


def _first(value: Any) -> Any:
    """The first of several: eos_token_id may be a list."""
    return value[0] if isinstance(value, list) and value else value
