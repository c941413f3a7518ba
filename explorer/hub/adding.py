"""Adding a model so that whatever is on the list can be opened: looked at before its download, and again after it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.hub import added
from explorer.hub.contents import Contents
from explorer.hub.download import Progress, Stop
from explorer.hub.families import FAMILIES
from explorer.hub.families.torch_transformer import TORCH_TRANSFORMER
from explorer.hub.files import ModelFiles
from explorer.hub.memory import check
from explorer.hub.models import added_entry, entry_of_folder
from explorer.hub.options import Options
from explorer.hub.tokenizers.load import load_tokenizer
from explorer.limits import WATCHED_TOKENS
from explorer.model.catalogue import CONFIG_FILE, CheckpointError, Entry, sentence
from explorer.model.config import TransformerConfig
from explorer.model.shapes import count_parameters
from explorer.model.trace_size import trace_bytes

FLOAT = 4  # bytes


def add_folder(typed: str) -> Entry:
    """Add a folder inside the folder of models, and return the model.

    Raises
    ------
    CheckpointError
        One sentence, if it may not be opened, cannot be, or is larger than the memory; nothing is then added.
    """
    return added_entry(added.add_folder(typed, check_config, check_opens))


def add_from_hub(name: str, *, progress: Progress | None = None, stop: Stop | None = None) -> Entry:
    """Download a model, add it and return it; what cannot be opened is refused as soon as its config.json is there.

    Raises
    ------
    explorer.hub.download.DownloadStopped
        If ``stop`` said so.
    CheckpointError
        One sentence; nothing is then added.
    """
    found = added.add_from_hub(name, progress=progress, stop=stop, accept=check_config, check=check_opens)
    return added_entry(found)


def check_config(values: Mapping[str, Any]) -> None:
    """CheckpointError for a config.json that says by itself that its model cannot be opened, or not in this memory."""
    if "model_type" not in values and "transformer" in values:  # in the explorer's own layout
        return
    model_type = values.get("model_type")
    if not isinstance(model_type, str) or model_type not in FAMILIES:
        raise CheckpointError(
            f"Its {CONFIG_FILE} says model_type={model_type!r:.60}; the explorer opens {', '.join(FAMILIES)}."
        )
    if model_type == TORCH_TRANSFORMER.model_type:  # its sizes stand in its tensors
        return
    options = Options(values)
    try:
        config = FAMILIES[model_type].config(options, Contents({}))
        options.finish()
    except (TypeError, ValueError) as error:
        raise CheckpointError(sentence(f"It cannot be opened. Its {CONFIG_FILE}: {error}")) from None
    check_room(config, "This model")


def check_opens(folder: Path, name: str) -> Entry:
    """The model in a folder, its tensors and its tokenizer checked; CheckpointError if it cannot be opened here."""
    try:
        entry = entry_of_folder(folder, name)
        if entry.family == TORCH_TRANSFORMER.model_type:
            from explorer.hub.open import own_tokenizer

            own_tokenizer(entry)
        elif entry.family:
            load_tokenizer(folder, entry.family, ModelFiles(folder).config)
    except CheckpointError as error:
        raise CheckpointError(_by_name(str(error), folder, name)) from None
    check_room(entry.config, name)
    return entry


def _by_name(problem: str, folder: Path, name: str) -> str:
    """A sentence that calls what came from the hub by its name, not by where the cache keeps it."""
    if not name.startswith(added.FOLDER):
        for n in (3, 2):
            problem = problem.replace("/".join(folder.parts[-n:]), name)
    return problem


def check_room(config: TransformerConfig, what: str) -> None:
    """CheckpointError with both numbers, if the memory has no room for such a model and one pass of a usual text."""
    n = min(WATCHED_TOKENS, config.max_len)
    check(FLOAT * count_parameters(config), trace_bytes(config, n, n), what)
