"""The sinusoidal position code as matrix, curves, clock hands and wavelengths, which follow their sliders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from explorer.components.base import declare, sent_by

MOST_KEPT = 4  # curves beside the chosen pair's


@dataclass(frozen=True)
class Dial:
    """One slider and its number box."""

    name: str
    label: str
    low: int
    high: int
    step: int = 1
    ratio: bool = False  # whether the slider's steps are factors


@dataclass(frozen=True)
class Waves:
    """What is drawn: the paper's code, and which of its numbers is looked at, counted from 0."""

    d: int  # d_model, even
    length: int  # how many positions
    base: int
    pos: int
    dim: int
    kept: tuple[int, ...] = ()  # pairs whose curves stay


def position_waves(
    waves: Waves, dials: Sequence[Dial], *, key: str, on_change: Callable[[Waves], None] | None = None
) -> None:
    """Draw the code that the browser computes by its formula, in float64, at every move of a slider.

    Parameters
    ----------
    dials : for "pos", "dim", "base", "d" and "length"
        The bounds; those of pos and dim follow length and d in the browser.
    on_change : called with what was let go of, typed or clicked, before the next run; only with what lies in bounds
    """

    def changed() -> None:
        if on_change and (new := read_waves(sent_by(key, "place"), dials)):
            on_change(new)

    values = {name: value for name, value in asdict(waves).items() if name != "kept"}
    data = {"numbers": [asdict(dial) for dial in dials], "values": values, "kept": list(waves.kept)}
    declare("position_waves", "position_formula", "position_sliders", "plot", "position_panels")(
        key=key, data=data, on_place_change=changed
    )


def read_waves(value: Any, dials: Sequence[Dial]) -> Waves | None:
    """What the browser sent, if it is a code that the dials allow; None for anything else."""
    if not isinstance(value, dict) or not isinstance(value.get("kept"), list):
        return None
    for dial in dials:
        number = value.get(dial.name)
        if type(number) is not int or not dial.low <= number <= dial.high or (number - dial.low) % dial.step:
            return None
    kept = tuple(value["kept"])
    if value["pos"] >= value["length"] or value["dim"] >= value["d"] or len(kept) > MOST_KEPT:
        return None
    if not all(type(i) is int and 0 <= i < value["d"] // 2 for i in kept) or len(set(kept)) < len(kept):
        return None
    return Waves(**{dial.name: value[dial.name] for dial in dials}, kept=kept)
