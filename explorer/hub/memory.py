"""Does a model fit: the bytes that its weights and one pass take, against those that are free here.

Weights in float32 are mapped from their file, so that their memory is at most the file's bytes. Weights in half
precision become float32 when they are read: twice the bytes; those in float64 half of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from explorer.hub.header import BYTES, TensorInfo
from explorer.hub.settings import memory_bytes
from explorer.hub.sizes import shown_bytes
from explorer.model.catalogue import CheckpointError

FLOATS = ("F64", "F32", "F16", "BF16")
UNLIMITED = 1 << 60  # the first version of cgroups writes "no limit" as a number near 2^63
ROOT = Path("/")


def weight_bytes(header: Mapping[str, TensorInfo]) -> int:
    """Bytes of a header's tensors in memory: 4 for each number that is a float in the file, the file's bytes else."""
    return sum(
        tensor.nbytes // BYTES[tensor.dtype] * 4 if tensor.dtype in FLOATS else tensor.nbytes
        for tensor in header.values()
    )


def needed_bytes(weights: int, trace: int) -> int:
    """Bytes of a model at work: its weights, and everything that one pass computes and keeps (the trace)."""
    return weights + trace


def check(weights: int, trace: int, what: str = "This model") -> None:
    """Let a model pass that fits into the memory that is free; where that cannot be known, let every one pass.

    Raises
    ------
    CheckpointError
        One sentence with both numbers, if it needs more than is free.
    """
    needed, free = needed_bytes(weights, trace), available_bytes()
    if free is not None and needed > free:
        raise CheckpointError(
            f"{what} needs {shown_bytes(needed)} of memory ({shown_bytes(weights)} for its weights), and "
            f"{shown_bytes(free)} are free here: choose a smaller one, or close something."
        )


def available_bytes(root: Path = ROOT) -> int | None:
    """Bytes that a model may take now, or None where the system does not say.

    The least of: what the kernel calls available, what the limits on this process's group (cgroups, as containers
    have them) leave, and EXPLORER_MEMORY. ``root`` is the folder that holds /proc and /sys.
    """
    known = [n for n in (_kernel(root), _control_groups(root), memory_bytes()) if n is not None]
    return max(0, min(known)) if known else None


def _kernel(root: Path) -> int | None:
    for line in _read(root / "proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not Linux
        return None


def _control_groups(root: Path) -> int | None:
    """What the tightest limit among this process's group and those around it leaves, or None without a limit."""
    left = []
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2) if line.count(":") > 1 else ("", None, "")
        if controllers == "":  # version 2
            left += _limits(root / "sys/fs/cgroup", path, "memory.max", "memory.current", "inactive_file")
        elif controllers == "memory":  # version 1
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            left += _limits(root / "sys/fs/cgroup/memory", path, *names)
    return min(left, default=None)


def _limits(mount: Path, path: str, limit: str, usage: str, cache: str) -> list[int]:
    """For the group at ``path`` and each around it (a container often sees its own group as the mount itself)."""
    group, left = mount / path.strip("/"), []
    for folder in (group, *group.parents):
        most, used = _number(folder / limit), _number(folder / usage)
        if most is not None and most < UNLIMITED:
            # Pages of files that were read count as used, but the kernel gives them back when they are needed.
            stat = dict(line.split()[:2] for line in _read(folder / "memory.stat").splitlines() if " " in line)
            left.append(most - (used or 0) + int(stat.get(cache, 0)))
        if folder == mount:
            break
    return left


def _number(path: Path) -> int | None:
    text = _read(path).strip()
    return int(text) if text.isascii() and text.isdigit() else None  # "max" is no limit


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
