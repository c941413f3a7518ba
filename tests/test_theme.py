"""The two themes of .streamlit/config.toml: the colours of the pictures, and readable."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from explorer.figures.style import DARK, LIGHT, K, Q, V

CONFIG = tomllib.loads((Path(__file__).resolve().parents[1] / ".streamlit" / "config.toml").read_text())
THEMES = {"light": LIGHT, "dark": DARK}
AA = 4.5  # WCAG 2.2, success criterion 1.4.3: the least contrast of text
CAPTION = 0.6  # Streamlit shows captions at this opacity


def rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))


def luminance(colour: tuple[float, ...]) -> float:
    """Relative luminance of WCAG 2.2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(text: tuple[float, ...], background: tuple[float, ...]) -> float:
    dark, light = sorted((luminance(text), luminance(background)))
    return (light + 0.05) / (dark + 0.05)


def faded(text: tuple[float, ...], background: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(CAPTION * t + (1 - CAPTION) * b for t, b in zip(text, background, strict=True))


@pytest.mark.parametrize("name", THEMES)
def test_theme_has_the_colours_of_the_pictures(name: str) -> None:
    theme, palette = CONFIG["theme"][name], THEMES[name]
    assert (theme["backgroundColor"], theme["textColor"]) == (palette.background, palette.text)
    assert not {theme["primaryColor"], theme["linkColor"]} & {Q, K, V, palette.q, palette.k, palette.v}


@pytest.mark.parametrize("name", THEMES)
def test_text_links_and_captions_are_readable_everywhere(name: str) -> None:
    theme = CONFIG["theme"][name]
    places = {"page": theme, "sidebar": theme | theme["sidebar"]}
    for place, colours in places.items():
        for background in (colours["backgroundColor"], colours["secondaryBackgroundColor"]):
            below = rgb(background)
            for what in ("textColor", "primaryColor", "linkColor"):
                assert contrast(rgb(colours[what]), below) >= AA, f"{what} on {background} ({place})"
        text, below = rgb(colours["textColor"]), rgb(colours["backgroundColor"])
        assert contrast(faded(text, below), below) >= AA, f"captions ({place})"


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)) == pytest.approx(21)
