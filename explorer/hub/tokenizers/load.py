"""From the tokenizer files in a checkpoint's folder to a ``HubTokenizer``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.hub.tokenizers.damage import blamed_on, read_object_if_any
from explorer.hub.tokenizers.declared import Declared, read_declared
from explorer.hub.tokenizers.hub_tokenizer import HubTokenizer
from explorer.hub.tokenizers.pipeline import Pipeline
from explorer.hub.tokenizers.pipelines import DEFAULTS, build_pipeline
from explorer.hub.tokenizers.roles import ARCHITECTURE, find_roles, forced_start
from explorer.hub.tokenizers.vocabularies import TOKENIZER_JSON
from explorer.model.catalogue import CONFIG_FILE, CheckpointError, shown

FAMILIES = tuple(ARCHITECTURE)
_KIND = {"distilbert": "bert", "bart": "roberta"}  # families that cut texts as another one does
_CLASS = {  # what a checkpoint may call its tokenizer, the ending "Fast" left out
    "GPT2Tokenizer": "gpt2",
    "BertTokenizer": "bert",
    "DistilBertTokenizer": "bert",
    "RobertaTokenizer": "roberta",
    "BartTokenizer": "roberta",
    "MarianTokenizer": "marian",
    "T5Tokenizer": "t5",
}


def load_tokenizer(folder: Path, family: str, config: Mapping[str, Any]) -> HubTokenizer:
    """The tokenizer of the checkpoint in ``folder``.

    Parameters
    ----------
    folder
        Holds tokenizer.json; or vocab.json and merges.txt (gpt2, roberta, bart), vocab.txt (bert, distilbert),
        spiece.model (t5); or source.spm, target.spm and vocab.json (marian).
    family
        One of FAMILIES.
    config
        config.json as it is: vocab_size, and the ids of special tokens.

    Raises
    ------
    CheckpointError
        If a file is missing or damaged, or a needed special token has no id; one sentence that names it.
    """
    if family not in FAMILIES:
        raise ValueError(f"family must be one of {', '.join(FAMILIES)}, not {family!r}")
    source_size = _size(folder, config, "vocab_size")
    size = _size(folder, config, "decoder_vocab_size") if config.get("decoder_vocab_size") else source_size
    tokenizer_json = read_object_if_any(folder / TOKENIZER_JSON)
    said = read_declared(folder, tokenizer_json)
    kind = _kind(folder, family, config, said, bool(tokenizer_json))
    if kind == "marian":
        from explorer.hub.tokenizers.marian import Marian

        cutter = Marian(folder, said)
    else:
        named = {name: str(token) for name, token in said.with_defaults(DEFAULTS[kind]).items()}
        pipeline = build_pipeline(kind, folder, tokenizer_json, said)
        cutter = Pipeline(pipeline, named, clean=bool(said.options.get("clean_up_tokenization_spaces", False)))
    with blamed_on(folder):
        cutter.encode("a")
    roles = find_roles(folder, family, config, cutter.named_ids, size)
    forced = forced_start(folder, config, size) if ARCHITECTURE[family] == "encoder-decoder" else None
    return HubTokenizer(cutter, roles, size, source_size, forced)


def _kind(folder: Path, family: str, config: Mapping[str, Any], said: Declared, one_file: bool) -> str:
    """How texts are cut: as the checkpoint says, else as its family does."""
    called = said.options.get("tokenizer_class") or config.get("tokenizer_class")
    if called is None:
        return _KIND.get(family, family)
    kind = _CLASS.get(str(called).removesuffix("Fast"))
    if kind is None and not one_file:
        known = ", ".join(_CLASS)
        raise CheckpointError(
            f"{shown(folder)} has a tokenizer of the kind {called!r} and no {TOKENIZER_JSON}: "
            f"the explorer reads that file of any kind, and without it {known}."
        )
    return kind or "as it is"


def _size(folder: Path, config: Mapping[str, Any], field: str) -> int:
    size = config.get(field)
    if type(size) is not int or not 0 < size <= 10_000_000:
        raise CheckpointError(f"{shown(folder / CONFIG_FILE)} must say {field} as a whole number, not {size!r}.")
    return size
