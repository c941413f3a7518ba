"""The colours as those see them who lack one kind of cones: q, k and v stay apart, scales stay in order."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from explorer.figures.style import DARK, LIGHT, Palette

# Machado, Oliveira and Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency",
# severity 1.0; they act on linear sRGB. One man in 50 lacks the first or the second kind of cones (long, middle waves);
# the third is lacking in one person in some ten thousand.
SIMULATIONS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
SRGB_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = SRGB_TO_XYZ.sum(axis=1)
JUST_NOTICEABLE = 2.3  # Mahy, Van Eycken and Oosterlinck 1994, as a distance in CIELAB
PALETTES = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])


def linear(colour: str) -> np.ndarray:
    share = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def lab(colour: str, kind: str = "normal") -> np.ndarray:
    """L*, a*, b* (CIE 1976, D65) of a colour as it is seen."""
    seen = np.clip(SIMULATIONS[kind] @ linear(colour), 0, 1)
    share = SRGB_TO_XYZ @ seen / WHITE
    f = np.where(share > (6 / 29) ** 3, np.cbrt(share), share / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(one: str, other: str, kind: str) -> float:
    return float(np.linalg.norm(lab(one, kind) - lab(other, kind)))


def scale(start: str, end: str, steps: int) -> list[str]:
    """The colours of a scale as the components mix them: in sRGB, rounded."""
    ends = [np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) for colour in (start, end)]
    mixed = (ends[0] + (ends[1] - ends[0]) * step / (steps - 1) for step in range(steps))
    return ["#" + "".join(f"{round(value):02x}" for value in colour) for colour in mixed]


def test_lab_of_known_colours() -> None:
    assert lab("#ffffff") == pytest.approx([100, 0, 0], abs=1e-3)
    assert lab("#000000") == pytest.approx([0, 0, 0], abs=1e-3)
    assert lab("#ff0000") == pytest.approx([53.24, 80.09, 67.20], abs=0.02)


@pytest.mark.parametrize("kind", SIMULATIONS)
def test_greys_stay_grey(kind: str) -> None:
    """Each row of the published matrices sums to 1."""
    assert SIMULATIONS[kind].sum(axis=1) == pytest.approx([1, 1, 1], abs=2e-6)


def test_the_simulation_confuses_what_is_confused() -> None:
    """A red and a green of equal lightness are far apart for most, and close without the middle-wave cones."""
    assert distance("#b43c3c", "#6e6e00", "normal") > 2 * distance("#b43c3c", "#6e6e00", "deuteranopia")


@PALETTES
@pytest.mark.parametrize(
    ("kind", "least"), [("normal", 60), ("protanopia", 30), ("deuteranopia", 30), ("tritanopia", 10)]
)
def test_q_k_v_are_told_apart(palette: Palette, kind: str, least: float) -> None:
    """For comparison: neighbours on a scale of ten steps from black to white are 10 apart."""
    for one, other in combinations((palette.q, palette.k, palette.v), 2):
        assert distance(one, other, kind) >= least, f"{one} and {other} with {kind}"


@PALETTES
@pytest.mark.parametrize("kind", SIMULATIONS)
def test_the_signs_are_told_apart(palette: Palette, kind: str) -> None:
    """At their ends by far, and from a fifth of the way on so that one sees it."""
    assert distance(palette.negative, palette.positive, kind) >= 30
    down, up = (scale(palette.background, end, 11)[2] for end in (palette.negative, palette.positive))
    assert distance(down, up, kind) >= 2 * JUST_NOTICEABLE


@PALETTES
@pytest.mark.parametrize("kind", SIMULATIONS)
@pytest.mark.parametrize("end", ["weight", "negative", "positive"])
def test_scales_are_in_order_of_lightness(palette: Palette, kind: str, end: str) -> None:
    """Always away from the background; and where ten steps are shown, each differs from the next."""
    shades = scale(palette.background, getattr(palette, end), 256)
    steps = np.diff([lab(shade, kind)[0] for shade in shades])
    direction = -1 if palette is LIGHT else 1
    assert (direction * steps > -0.35).all()  # half a step of 8 bits: colours are rounded
    ten = shades[::25]
    assert (direction * np.diff([lab(shade, kind)[0] for shade in ten]) > 0).all()
    assert all(distance(one, other, kind) >= JUST_NOTICEABLE for one, other in pairwise(ten))
