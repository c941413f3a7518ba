"""Colours that can be told apart and read, and numbers as the screen writes them."""

from __future__ import annotations

import colorsys
import dataclasses
import re

import pytest

from explorer.figures.style import DARK, LIGHT, K, Q, V, significant

PALETTES = {"light": LIGHT, "dark": DARK}


def rgb(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def hue(colour: str) -> float:
    return colorsys.rgb_to_hsv(*rgb(colour))[0]


def contrast(a: str, b: str) -> float:
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_every_colour_is_six_hexadecimal_digits(palette) -> None:
    assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in dataclasses.asdict(palette).values())


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_text_is_readable_and_q_k_v_are_visible(palette) -> None:
    assert contrast(palette.text, palette.background) >= 7
    assert contrast(palette.muted, palette.background) >= 4.5
    assert all(contrast(colour, palette.background) >= 4.5 for colour in (palette.q, palette.k, palette.v))


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_q_k_v_have_colours_of_their_own(palette) -> None:
    own = {palette.q, palette.k, palette.v}
    others = set(dataclasses.asdict(palette).values()) - own
    assert len(own) == 3 and not own & others
    assert {"weight", "negative", "positive", "text", "muted", "grid", "background"} <= set(dataclasses.asdict(palette))


def test_q_k_v_are_the_hues_of_okabe_and_ito() -> None:
    assert (Q, K, V) == ("#0072B2", "#D55E00", "#009E73")
    for palette in PALETTES.values():
        for shown, named in ((palette.q, Q), (palette.k, K), (palette.v, V)):
            assert hue(shown) == pytest.approx(hue(named), abs=0.02)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_scales_move_away_from_the_background(palette) -> None:
    for end in (palette.weight, palette.negative, palette.positive):
        assert contrast(end, palette.background) >= 2
    assert palette.negative != palette.positive


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1.00"),
        (-1.0, "−1.00"),
        (0.123456, "0.123"),
        (-12.3456, "−12.3"),
        (123.456, "123"),
        (12345.6, "12300"),
        (123456.0, "1.23·10⁵"),
        (0.000123456, "0.000123"),
        (0.0000123456, "1.23·10⁻⁵"),
        (-1e-30, "−1.00·10⁻³⁰"),
        (0.9996, "1.00"),
        (99.96, "100"),
        (float("nan"), "not a number"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
    ],
)
def test_three_significant_digits(value, shown) -> None:
    assert significant(value) == shown


PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@pytest.mark.parametrize("value", [3.14159, -0.002718, 1.4142e7, 5e-324, 1e308])
def test_shown_number_is_within_half_a_digit_of_the_value(value) -> None:
    for digits in (1, 3, 7):
        mantissa, _, power = significant(value, digits).replace("−", "-").partition("·10")
        shown = float(f"{mantissa}e{power.translate(PLAIN) or 0}")
        assert shown == pytest.approx(value, rel=0.5 * 10 ** (1 - digits) * (1 + 1e-9), abs=5e-324)
