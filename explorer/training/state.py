"""The state of an interrupted run, on disk: safetensors and JSON, never a pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from explorer.model.transformer import Transformer

TENSORS, POSITION = "state.safetensors", "state.json"
MAY_CHANGE = {"title", "reads", "licence", "examples", "updates", "validate_every"}  # words, and how long to go on


def save_state(
    folder: Path, model: Transformer, average: list[Tensor], optimizer: torch.optim.Optimizer, position: dict[str, Any]
) -> None:
    """Write weights, their average, the optimiser's moments and the random state; an interruption leaves the old files."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {"random": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    for i, parameter in enumerate(model.parameters()):
        tensors |= {f"parameter.{i}": parameter.detach(), f"average.{i}": average[i]}
        tensors |= {f"{name}.{i}": value for name, value in optimizer.state.get(parameter, {}).items()}
    save_file({name: tensor.contiguous().cpu() for name, tensor in tensors.items()}, folder / f"{TENSORS}.new")
    (folder / f"{POSITION}.new").write_text(json.dumps(position, indent=1), encoding="utf-8")
    for name in (TENSORS, POSITION):
        (folder / f"{name}.new").replace(folder / name)


def load_state(
    folder: Path, model: Transformer, average: list[Tensor], optimizer: torch.optim.Optimizer, recipe: dict[str, Any]
) -> dict[str, Any] | None:
    """Restore what ``save_state`` wrote and return its position, or None if nothing was saved.

    Raises
    ------
    ValueError
        If the saved run followed another recipe; the message names the first field that differs. The number of
        updates may change: a run can be shortened or continued.
    """
    if not (folder / POSITION).is_file():
        return None
    position = json.loads((folder / POSITION).read_text(encoding="utf-8"))
    recipe = json.loads(json.dumps(recipe))  # tuples become lists, as in the file
    if differing := [n for n in recipe if n not in MAY_CHANGE and recipe[n] != position["recipe"].get(n)]:
        raise ValueError(f"{folder} holds a run with another {differing[0]!r}: delete it, or give another --runs folder.")
    tensors = load_file(folder / TENSORS)
    with torch.no_grad():
        for i, parameter in enumerate(model.parameters()):
            parameter.copy_(tensors[f"parameter.{i}"])
            average[i].copy_(tensors[f"average.{i}"])
            optimizer.state[parameter] = {
                "step": tensors[f"step.{i}"],
                "exp_avg": tensors[f"exp_avg.{i}"].to(parameter.device),
                "exp_avg_sq": tensors[f"exp_avg_sq.{i}"].to(parameter.device),
            }
    torch.set_rng_state(tensors["random"])
    if torch.cuda.is_available() and "random.cuda" in tensors:
        torch.cuda.set_rng_state(tensors["random.cuda"])
    return position
