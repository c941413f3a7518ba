"""Which device the models run on: CUDA, else Apple's MPS, else the CPU, unless EXPLORER_DEVICE says otherwise."""

from __future__ import annotations

import os

import torch


def choose_device(wanted: str | None = None) -> torch.device:
    """The device to use; ``wanted`` (default: the environment's EXPLORER_DEVICE) overrides the choice.

    Raises
    ------
    ValueError
        If the wanted device does not exist on this machine; the message lists those that do.
    """
    available = available_devices()
    wanted = wanted if wanted is not None else os.environ.get("EXPLORER_DEVICE", "")
    name = wanted.strip().lower()
    if not name:
        return torch.device(available[0])
    kind, _, number = name.partition(":")
    count = torch.cuda.device_count() if kind == "cuda" else 1
    if kind not in available or (":" in name and not (number.isdecimal() and int(number) < count)):
        raise ValueError(f"EXPLORER_DEVICE={wanted!r} is not on this machine, which has: {', '.join(available)}")
    return torch.device(name)


def available_devices() -> list[str]:
    """Names of the devices of this machine, the fastest first."""
    names = []
    if torch.cuda.is_available():
        names.append("cuda")
    if torch.backends.mps.is_available():
        names.append("mps")
    return [*names, "cpu"]


def describe_device(device: torch.device) -> str:
    """The device in words, for the sidebar."""
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)} (CUDA)"
    return {"mps": "Apple GPU (MPS)", "cpu": "CPU"}.get(device.type, str(device))
