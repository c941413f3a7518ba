"""The state of an interrupted run, on disk: safetensors and JSON, never a pickle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from explorer.model.files import write_file
from explorer.model.transformer import Transformer

TENSORS, POSITION = "state.safetensors", "state.json"
MAY_CHANGE = {"title", "reads", "licence", "examples", "updates", "validate_every"}  # words, and how long to go on


def save_state(
    folder: Path, model: Transformer, average: list[Tensor], optimizer: torch.optim.Optimizer, position: dict[str, Any]
) -> None:
    """Write weights, their average, the optimiser's moments and the random state; an interruption leaves the old files.

    The position is inside the tensors' file, so that the two never disagree, and in a file of its own for people.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {"random": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    for i, parameter in enumerate(model.parameters()):
        tensors |= {f"parameter.{i}": parameter.detach(), f"average.{i}": average[i]}
        tensors |= {f"{name}.{i}": value for name, value in optimizer.state[parameter].items()}
    text = json.dumps(position, indent=1)
    tensors = {name: tensor.contiguous().cpu() for name, tensor in tensors.items()}
    write_file(folder / TENSORS, save(tensors, metadata={"position": text}))
    write_file(folder / POSITION, text.encode())


def has_state(folder: Path) -> bool:
    """Whether an interrupted (or finished) run lies there."""
    return (folder / POSITION).is_file() or (folder / TENSORS).is_file()


def load_state(
    folder: Path, model: Transformer, average: list[Tensor], optimizer: torch.optim.Optimizer, recipe: dict[str, Any]
) -> dict[str, Any] | None:
    """Restore what ``save_state`` wrote and return its position, or None if nothing was saved.

    Raises
    ------
    ValueError
        If the saved run followed another recipe (the message names the first field that differs), or is damaged. The
        number of updates may change: a run can be shortened or continued.
    """
    if not has_state(folder):
        return None
    with _damage_named(folder):
        position, tensors = _read(folder)
        saved = dict(position["recipe"])
    recipe = json.loads(json.dumps(recipe))  # tuples become lists, as in the file
    if differing := [name for name in recipe if name not in MAY_CHANGE and recipe[name] != saved.get(name)]:
        raise ValueError(
            f"{folder} holds a run with another {differing[0]!r}: delete it, or give another --runs folder"
        )
    with _damage_named(folder):
        _restore(tensors, model, average, optimizer)
        return {name: int(position[name]) for name in ("update", "epoch", "batches_done")}


@contextmanager
def _damage_named(folder: Path) -> Iterator[None]:
    """Turn whatever a damaged file causes into one sentence."""
    try:
        yield
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = f"it lacks {error}" if isinstance(error, KeyError) else error
        raise ValueError(f"The saved run in {folder} is damaged ({reason}): delete it to start anew") from None


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    with safe_open(folder / TENSORS, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        text = (file.metadata() or {}).get("position")
    return json.loads(text or (folder / POSITION).read_text(encoding="utf-8")), tensors


def _restore(
    tensors: dict[str, Tensor], model: Transformer, average: list[Tensor], optimizer: torch.optim.Optimizer
) -> None:
    with torch.no_grad():
        for i, parameter in enumerate(model.parameters()):
            names = ("parameter", "average", "exp_avg", "exp_avg_sq")
            values = {name: tensors[f"{name}.{i}"].to(parameter.device) for name in names}
            for name, value in values.items():
                if value.shape != parameter.shape:
                    raise ValueError(f"{name}.{i} has shape {list(value.shape)}, not {list(parameter.shape)}")
            parameter.copy_(values.pop("parameter"))
            average[i].copy_(values.pop("average"))
            optimizer.state[parameter] = {"step": tensors[f"step.{i}"], **values}
    torch.set_rng_state(tensors["random"])
    if torch.cuda.is_available() and "random.cuda" in tensors:
        torch.cuda.set_rng_state(tensors["random.cuda"])
