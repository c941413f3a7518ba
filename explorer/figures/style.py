"""How everything looks: the one place where colours, scales and number formats are fixed.

q, k and v have one colour each, from the colour-blind-safe set of Okabe and Ito (2008), used for nothing else.
Weights (0 to 1) run from the background up to one hue; signed numbers diverge from the background, symmetric about 0.
"""

from __future__ import annotations

from dataclasses import dataclass

Q, K, V = "#0072B2", "#D55E00", "#009E73"


@dataclass(frozen=True)
class Palette:
    """The colours of one theme; the same names are CSS variables and JavaScript constants in the components."""

    background: str
    text: str
    muted: str  # secondary text, axes
    grid: str  # hairlines
    weight: str  # the top of the weight scale; its bottom is the background
    negative: str  # the two ends of the diverging scale; its middle is the background
    positive: str
    q: str = Q
    k: str = K
    v: str = V


LIGHT = Palette(
    background="#FFFFFF",
    text="#1B1B1F",
    muted="#5C5C66",
    grid="#E3E3E8",
    weight="#7A1F6E",
    negative="#3D4B6E",
    positive="#E69F00",
    k="#BA5200",  # the same two hues, darkened until words in them read on white (contrast of at least 4.5)
    v="#007F5C",
)
DARK = Palette(
    background="#111114",
    text="#EDEDF0",
    muted="#A6A6B0",
    grid="#33333A",
    weight="#F4B3E6",
    negative="#A9B8E0",
    positive="#F0B429",
    q="#4FB0E8",  # the same three hues, lightened until they read on black
    k="#FF8A3D",
    v="#2CC79A",
)


SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def significant(value: float, digits: int = 3) -> str:
    """A number as the screen shows it: ``digits`` significant digits, a true minus sign, no trailing exponent noise.

    >>> significant(0.123456), significant(-12.3456), significant(0.0)
    ('0.123', '−12.3', '0')
    """
    if value != value or value in (float("inf"), float("-inf")):
        return {"nan": "not a number", "inf": "∞", "-inf": "−∞"}[str(float(value))]
    if value == 0:
        return "0"
    text = f"{value:.{digits - 1}e}"
    mantissa, exponent = text.split("e")
    power = int(exponent)
    if -4 <= power < digits + 2:
        plain = f"{float(text):.{max(digits - 1 - power, 0)}f}"
        return plain.replace("-", "−")
    return f"{mantissa}·10{str(power).translate(SUPERSCRIPTS)}".replace("-", "−")
