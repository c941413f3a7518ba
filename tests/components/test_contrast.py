"""Every text of ours is readable: the colours that canvases write in, and how far a style sheet may fade words."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from explorer.components.base import FOLDER
from explorer.figures.style import DARK, LIGHT, Palette
from tests.figures.test_style import contrast

ROOT = FOLDER.parents[1]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
AA = 4.5  # WCAG 2.2, success criterion 1.4.3
PALETTES = pytest.mark.parametrize(("theme", "palette"), [("light", LIGHT), ("dark", DARK)], ids=["light", "dark"])
SHEETS = [*sorted(FOLDER.rglob("*.css")), *sorted((ROOT / "explorer" / "ui").glob("*.css"))]


def mix(start: str, end: str, share: float) -> str:
    """As shared.js mixes: in sRGB, rounded."""
    pairs = [(int(start[i : i + 2], 16), int(end[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def fadings(sheet: Path) -> list[tuple[str, float]]:
    """Each rule's selector with its opacity, or with the share of the text's colour that it mixes."""
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.S))
    found = []
    for selector, body in rules:
        for share in re.findall(r"(?<![-\w])opacity: ([\d.]+)", body):
            found.append((selector.strip(), float(share)))
        for share in re.findall(r"(?<![-\w])color: color-mix\(in srgb, var\(--st-text-color\) (\d+)%", body):
            found.append((selector.strip(), int(share) / 100))
    return found


@PALETTES
@pytest.mark.parametrize("role", ["text", "muted", "q", "k", "v"])
def test_what_canvases_and_formulas_write_in_is_readable(theme: str, palette: Palette, role: str) -> None:
    ink = getattr(palette, role)
    assert contrast(ink, palette.background) >= AA
    assert contrast(ink, CONFIG[theme]["secondaryBackgroundColor"]) >= AA  # a row under the pointer, a note


@PALETTES
def test_text_is_readable_on_the_hatching_of_masked_cells(theme: str, palette: Palette) -> None:
    """On both of its colours, see shared.js:hatching."""
    for below in (mix(palette.background, palette.grid, 0.35), mix(palette.background, palette.muted, 0.35)):
        assert contrast(palette.text, below) >= AA


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_faded_words_are_readable(sheet: Path) -> None:
    for selector, share in fadings(sheet):
        if ":disabled" in selector or share == 0:  # what cannot be used now, and what is not shown
            continue
        for palette in (LIGHT, DARK):
            seen = mix(palette.background, palette.text, share)
            assert contrast(seen, palette.background) >= AA, f"{sheet.name}: {selector} at {share}"


def test_some_style_sheets_fade_words() -> None:
    assert sum(len(fadings(sheet)) for sheet in SHEETS) > 20
