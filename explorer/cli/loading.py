"""The model that a command runs, found by its name: refused where it cannot do what is asked, and loaded."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from explorer.hub.models import find_any, open_any, read_all
from explorer.model.catalogue import Entry
from explorer.model.config import TransformerConfig

if TYPE_CHECKING:
    from explorer.model.checkpoint import Checkpoint


def load(name: str) -> Checkpoint:
    from explorer.model.device import choose_device

    return open_any(find_any(name), choose_device())


def load_for_lines(name: str) -> Checkpoint:
    """As ``load``, and as in the app on one thread, unless OMP_NUM_THREADS says how many.

    The models are small: where other programs run too, threads that wait for each other take ten times as long.
    """
    import torch

    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(1)
    return load(name)


def check_able(name: str, what: str, can: Callable[[TransformerConfig], bool]) -> Entry:
    """The model of that name; ValueError if it cannot do ``what`` ("translate"), with the names of those that can."""
    entry = find_any(name)
    if can(entry.config):
        return entry
    able = [other.name for other in read_all()[0].values() if can(other.config)]
    instead = f"these can: {', '.join(able)}" if able else "no model that is there can"
    raise ValueError(f"{name} cannot {what}; {instead}")
