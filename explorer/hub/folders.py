"""Which folders of the server a visitor may open: those inside the folder of models, and nothing else of the disk.

What is typed comes from anyone who sees the page. No message says more of the server than the name of the folder of
models: a path outside it is answered alike whether it exists or not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from explorer.hub.settings import models_folder
from explorer.limits import FOLDERS, PATH_CHARACTERS
from explorer.model.catalogue import CONFIG_FILE, CheckpointError

DEEPEST = 3  # folders below the folder of models: <owner>/<model>, or a cache's <repository>/snapshots/<commit>


def resolve(typed: str) -> Path:
    """The folder inside the folder of models that someone has typed, its symbolic links followed.

    ``typed`` is a name ("gpt2"), a relative path ("openai/gpt2") or an absolute one. Links may point anywhere inside
    the folder of models; neither the folder nor any file in it may lead outside.

    Raises
    ------
    CheckpointError
        One sentence, if it is empty, too long, holds what no path holds, leads outside, does not exist or is no folder.
    """
    root = models_folder()
    _require_possible(typed, root)
    try:
        path = _inside(root, _typed_path(root, typed))
        if not root.is_dir():
            raise CheckpointError(f"The folder {root.name} does not exist yet: make it, and put models into it.")
        if not path.exists():
            raise CheckpointError(_missing(root, typed))
        if not path.is_dir():
            raise CheckpointError(f"{shown_typed(typed)} is a file: name the folder that it lies in.")
        require_inside(path, root)
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a circle of links
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{shown_typed(typed)} cannot be opened as a folder inside {root.name}.") from None
    return path


def require_inside(folder: Path, root: Path) -> None:
    """CheckpointError if the folder or one of its entries is a link that leads out of ``root``.

    Checked each time a folder is used: a link can be swapped after the folder was added.
    """
    for path in (folder, *_entries(folder)):
        if not path.resolve().is_relative_to(root.resolve()):
            raise CheckpointError(f"{path.name} leads out of the folder {root.name}: copy the files into it instead.")


def candidates() -> list[str]:
    """The folders inside the folder of models that hold a config.json, as relative paths; hidden ones left out."""
    root = models_folder()
    try:
        return sorted(path.relative_to(root).as_posix() for path in _models(root, root, DEEPEST))
    except OSError:
        return []


def relative_name(folder: Path) -> str:
    """A folder that ``resolve`` gave, as a path relative to the folder of models: "openai/gpt2"."""
    return folder.relative_to(models_folder().resolve()).as_posix()


def shown_typed(typed: str) -> str:
    """What someone has typed, short and without signs that cannot be seen, in quotes."""
    text = "".join(sign if sign.isprintable() else "�" for sign in typed[:61])
    return f"“{text[:60]}…”" if len(typed) > 60 else f"“{text}”"


def _require_possible(typed: str, root: Path) -> None:
    if not isinstance(typed, str) or not typed.strip():
        raise CheckpointError(f"Type the name of a folder inside {root.name}.")
    if len(typed) > PATH_CHARACTERS:
        raise CheckpointError(f"A path has at most {PATH_CHARACTERS:,} characters; this one has {len(typed):,}.")
    if not typed.isprintable():
        raise CheckpointError(f"{shown_typed(typed)} holds a sign that no folder's name has.")
    if typed.strip().startswith("~"):
        raise CheckpointError(f"“~” stands for nothing here: type the name of a folder inside {root.name}.")


def _typed_path(root: Path, typed: str) -> Path:
    """Where the typed path would lie. The folder of models itself may be written in front: "models/gpt2"."""
    path = Path(typed.strip())
    if ".." in path.parts:
        raise CheckpointError(_outside(root))
    if path.is_absolute():
        return path
    if path.parts[:1] == (root.name,) and not (root / path.parts[0]).exists():
        path = Path(*path.parts[1:])
    return root / path


def _inside(root: Path, path: Path) -> Path:
    found, root_found = path.resolve(), root.resolve()
    if found == root_found:
        raise CheckpointError(f"Type the name of a folder inside {root.name}, not of {root.name} itself.")
    if not found.is_relative_to(root_found):
        raise CheckpointError(_outside(root))
    return found


def _outside(root: Path) -> str:
    return f"Only folders inside {root.name} can be opened: copy the model there, or set EXPLORER_MODELS."


def _missing(root: Path, typed: str) -> str:
    there = candidates()
    close = get_close_matches(typed.strip(), there, n=1, cutoff=0.5)
    guess = f" Did you mean {close[0]}?" if close else ""
    return f"There is no folder {shown_typed(typed)} inside {root.name}.{guess}"


def _entries(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            yield folder / entry.name


def _models(root: Path, folder: Path, depth: int) -> list[Path]:
    found = []
    for path in sorted(_entries(folder)):
        if path.name.startswith(".") or len(found) >= FOLDERS or not path.is_dir():
            continue
        if not path.resolve().is_relative_to(root.resolve()):
            continue
        if (path / CONFIG_FILE).is_file():
            found.append(path)
        elif depth > 1:
            found += _models(root, path, depth - 1)
    return found[:FOLDERS]
