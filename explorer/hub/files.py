"""What lies in the folder of a Hugging Face model: its config.json, and its safetensors by their headers."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from explorer.hub.formats import INDEX, choose_weights, convert_folder_command, why_no_weights
from explorer.hub.header import TensorInfo, read_header
from explorer.limits import LONGEST_JSON
from explorer.model.catalogue import CONFIG_FILE, CheckpointError, sentence, shown


@dataclass(frozen=True)
class ModelFiles:
    """A model's folder. Each property reads what it needs when it is first asked for, and never a tensor.

    Every property raises CheckpointError, one sentence that names the file and what is wrong with it. Links are
    followed: whoever opens a folder that a visitor named asks ``explorer.hub.folders`` first.
    """

    folder: Path

    @cached_property
    def names(self) -> list[str]:
        """The names of the files in the folder itself, not of those in folders below it."""
        try:
            with os.scandir(self.folder) as entries:
                return sorted(entry.name for entry in entries if entry.is_file())
        except OSError as error:
            raise CheckpointError(f"{shown_folder(self.folder)} cannot be opened: {error.strerror}.") from None

    @cached_property
    def config(self) -> dict[str, Any]:
        """config.json as it stands there."""
        return read_json(self.folder / CONFIG_FILE)

    @cached_property
    def weights(self) -> list[Path]:
        """The safetensors files: one, or the shards that the index names."""
        chosen = choose_weights(self.names)
        if not chosen:
            raise CheckpointError(self._why_no_weights())
        if chosen[0] != INDEX:
            return [self.folder / chosen[0]]
        return [self.folder / name for name in sorted(set(self._weight_map.values()))]

    @cached_property
    def header(self) -> dict[str, TensorInfo]:
        """Every tensor by name: its file, type, shape and bytes."""
        tensors = {path.name: read_header(path) for path in self.weights}
        if INDEX in choose_weights(self.names):
            return self._sharded(tensors)
        (header,) = tensors.values()
        return header

    @cached_property
    def nbytes(self) -> int:
        """The bytes of all tensors together, as they lie in the files."""
        return sum(tensor.nbytes for tensor in self.header.values())

    @cached_property
    def _weight_map(self) -> dict[str, str]:
        """Which shard holds which tensor; the shards are plain names of safetensors files in this folder."""
        path = self.folder / INDEX
        content = read_json(path).get("weight_map")
        if not isinstance(content, dict) or not content:
            raise CheckpointError(f"{shown(path)} has no weight_map, which says what file holds which tensor.")
        for name in set(map(str, content.values())):
            if not name.endswith(".safetensors") or set(name) & set("/\\:\0") or name.startswith("."):
                raise CheckpointError(f"{shown(path)} names {name[:60]!r}, which is no safetensors file beside it.")
            if name not in self.names:
                raise CheckpointError(f"{shown(self.folder / name)} is missing, and {INDEX} needs it.")
        return content

    def _sharded(self, tensors: dict[str, dict[str, TensorInfo]]) -> dict[str, TensorInfo]:
        path, header = self.folder / INDEX, {}
        for name, shard in self._weight_map.items():
            if name not in tensors[shard]:
                raise CheckpointError(f"{shown(path)} says that {shard} holds the tensor {name[:80]!r}; it does not.")
            header[name] = tensors[shard][name]
        for shard, found in tensors.items():
            if unlisted := sorted(set(found) - set(header)):
                raise CheckpointError(f"{shown(path)} leaves out {unlisted[0][:80]!r}, which {shard} holds.")
        return header

    def _why_no_weights(self) -> str:
        config = self.config if CONFIG_FILE in self.names else None
        command = convert_folder_command(self.names, config)
        return why_no_weights(self.names, shown_folder(self.folder), command, "in that folder")


def shown_folder(folder: Path) -> str:
    """How messages name a model's folder, "models/gpt2": as ``shown`` names its files, and no more of the server."""
    return "/".join(folder.parts[-2:])


def read_json(path: Path, name: str | None = None) -> dict[str, Any]:
    """A JSON file that holds an object; CheckpointError if it is missing, too long, damaged or something else.

    ``name`` is what messages call it, ``shown(path)`` unless given.
    """
    name = name or shown(path)
    if not path.is_file():  # a pipe or a device would never answer
        raise CheckpointError(f"{name} is missing.")
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > LONGEST_JSON:
                raise ValueError(f"it has more than {LONGEST_JSON:,} bytes")
            text = file.read(size)  # sets aside what it is asked for, so no more than the file has
        content = json.loads(text.decode("utf-8"))
    except OSError as error:
        raise CheckpointError(f"{name} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise CheckpointError(sentence(f"{name} is not JSON: {error}")) from None
    if not isinstance(content, dict):
        raise CheckpointError(f"{name} must hold an object, {{...}}.")
    return content
