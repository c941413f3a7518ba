"""A checkpoint from elsewhere as an entry of the catalogue: its config understood, its tensors checked, none read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from explorer.hub.contents import Contents
from explorer.hub.examples import examples
from explorer.hub.families import FAMILIES
from explorer.hub.family import Family, Piece
from explorer.hub.files import ModelFiles, read_json
from explorer.hub.options import Options
from explorer.limits import CHECKPOINT_POSITIONS
from explorer.model.catalogue import CONFIG_FILE, About, CheckpointError, Entry, sentence, shown
from explorer.model.config import TransformerConfig
from explorer.model.shapes import count_parameters, parameter_shapes

FLOATS = ("F16", "BF16", "F32", "F64")
GENERATION_FILE = "generation_config.json"


def is_from_elsewhere(folder: Path) -> bool:
    """Whether a folder's config.json is one of Hugging Face's (or names torch.nn.Transformer), not one of ours."""
    try:
        return "model_type" in read_json(folder / CONFIG_FILE)
    except CheckpointError:
        return False


def read_hub_entry(folder: Path, name: str, licence: str = "see the model's own page") -> Entry:
    """The catalogue's entry for a folder in Hugging Face's layout; torch is not needed, and no tensor is read.

    Raises
    ------
    CheckpointError
        One sentence naming the file, and the option or tensor that is missing, damaged or not supported.
    """
    files = ModelFiles(folder)
    family = find_family(files)
    contents = Contents(files.header, family.prefixes)
    config = read_config(files, family, contents)
    check_size(config, contents, files)
    pieces = family.pieces(config)
    check_tensors(family, config, pieces, contents, files.weights[0])
    about = About(
        title=f"{family.title}: {name}",
        reads=f"what its authors say on the page of {name}",
        licence=licence,
        n_parameters=count_parameters(config),
        examples=examples(family.model_type, name),
    )
    return Entry(name, folder, config, about, family=family.model_type, notes=_notes(family, config, pieces, contents))


def find_family(files: ModelFiles) -> Family:
    """The family that a folder's config.json names; CheckpointError if it is none of ours."""
    model_type = files.config.get("model_type")
    if not isinstance(model_type, str) or model_type not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise CheckpointError(
            f"{shown(files.folder / CONFIG_FILE)} says model_type={model_type!r:.60}; the explorer opens {known}."
        )
    return FAMILIES[model_type]


def read_config(files: ModelFiles, family: Family, contents: Contents) -> TransformerConfig:
    """Our config for theirs; CheckpointError naming an option that is not supported."""
    options = Options(_with_generation(files))
    try:
        config = family.config(options, contents)
        options.finish()
    except (TypeError, ValueError) as error:
        raise CheckpointError(sentence(f"{shown(files.folder / CONFIG_FILE)}: {error}")) from None
    return config


def check_size(config: TransformerConfig, contents: Contents, files: ModelFiles) -> None:
    """CheckpointError if the config calls for more than anyone should build to find that the file has less."""
    layers, path = config.n_encoder_layers + config.n_decoder_layers, shown(files.folder / CONFIG_FILE)
    if layers > len(contents):
        raise CheckpointError(f"{path} calls for {layers:,} layers, and the file has {len(contents):,} tensors in all.")
    if config.positions != "learned" and config.max_len > CHECKPOINT_POSITIONS:
        raise CheckpointError(
            f"{path} calls for texts of {config.max_len:,} tokens; of a model that learned no positions the explorer "
            f"reads at most {CHECKPOINT_POSITIONS:,}."
        )


def check_tensors(
    family: Family, config: TransformerConfig, pieces: dict[str, Piece], contents: Contents, path: Path
) -> None:
    """Compare the file's tensors with what the config calls for; CheckpointError naming the first that is wrong."""
    used = set()
    for name, shape in parameter_shapes(config).items():
        there = [each for each in pieces[name].names if each in contents]
        used.update(there)
        if not there:
            if name in family.drawn:
                continue
            raise CheckpointError(f"{shown(path)} lacks the tensor {pieces[name].names[0]!r}.")
        for each in there:
            info = contents.info(each)
            if pieces[name].shape_from(info.shape) != shape:
                raise CheckpointError(
                    f"{shown(path)} has {each!r} with shape {list(info.shape)}, which does not fit its config."
                )
            if info.dtype not in FLOATS:
                raise CheckpointError(
                    f"{shown(path)} has {each!r} in the format {info.dtype}, not {', '.join(FLOATS)}."
                )
    known = [*(family.left_out or {}), *map(re.escape, (family.fixed or {}).values())]
    unknown = [name for name in contents if name not in used and not any(re.fullmatch(p, name) for p in known)]
    if unknown:
        raise CheckpointError(f"{shown(path)} has a tensor {unknown[0]!r} that is no part of a {family.title}.")


def _with_generation(files: ModelFiles) -> dict[str, Any]:
    """config.json, and of generation_config.json, which comes first, the tokens that are never written."""
    path = files.folder / GENERATION_FILE
    generation = read_json(path) if path.is_file() else {}
    found = {key: generation[key] for key in ("bad_words_ids", "suppress_tokens") if generation.get(key)}
    return {**files.config, **found}


def _notes(family: Family, config: TransformerConfig, pieces: dict[str, Piece], contents: Contents) -> tuple[str, ...]:
    """What was left out, what was drawn, what is missing: a sentence each."""
    used = {name for each in pieces.values() for name in each.names}
    notes = [
        f"Left out: {what}."
        for pattern, what in (family.left_out or {}).items()
        if what and any(re.fullmatch(pattern, name) for name in contents if name not in used)
    ]
    if not config.unembedding:
        notes.append("This checkpoint has no head for masked words: attention only, no predictions.")
    drawn = [name for name in family.drawn if not any(each in contents for each in pieces[name].names)]
    if drawn:
        notes.append("Its file holds no embeddings: they are drawn at random, and what it writes means nothing.")
    return tuple(notes)
