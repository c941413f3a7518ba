"""Every page and view by axe-core, in both themes, in a wide window and on a phone; and by Tab, without a mouse."""

from __future__ import annotations

import json
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page

from explorer.components.base import FOLDER
from explorer.figures.style import DARK, LIGHT
from tests.browser.focus import SCRIPT, keyboard_faults
from tests.browser.helpers import set_theme
from tests.browser.tab import runs_first
from tests.browser.views import Walk, each_walk, views

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")

# How each view is looked at: twice, by all rules. Colours do not depend on the width, nor what is named, ordered or
# reached on the colours, so that these two find what all four pairs of theme and width would. The page stays open
# between them, as it does where a visitor turns to the other theme.
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LOOKS = {"light and wide": (False, WIDE), "dark and narrow": (True, NARROW)}

# What Streamlit draws itself, by rule and selector, and why it stays.
EXCLUDED = {
    # A table in Markdown or a line of code that is wider than a phone. Browsers let Tab reach what scrolls
    # (test_keyboard.py holds it), but axe asks for a tabindex, which neither can be given.
    "scrollable-region-focusable": '[data-testid="stMarkdownContainer"]:has(> table), [data-testid="stCode"] pre',
}

_VIOLATIONS = """
async (excluded) => {
  const { violations } = await axe.run(document, { resultTypes: ['violations'], elementRef: true });
  return violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .flatMap(({ id, nodes }) => nodes
      .filter(({ element }) => !(id in excluded && element.matches(excluded[id])))
      .map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary.replace(/\\s+/g, ' ')}`));
}
"""

_READABLE = """
([script, shades]) => {
  const { readable, luminance } = Function(`${script}; return { readable, luminance };`)();
  return shades.map((shade) => {
    const [dark, light] = [luminance(shade), luminance(readable(shade))].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  });
}
"""


def violations(page: Page) -> list[str]:
    """What axe finds to be a serious or critical barrier, as sentences."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    return page.evaluate(_VIOLATIONS, EXCLUDED)


@pytest.mark.timeout(300)
@each_walk
def test_no_view_has_a_serious_barrier(page: Page, app_url: str, walk: Walk) -> None:
    found, looks = {}, list(LOOKS.items())
    with runs_first(page, SCRIPT):
        page.emulate_media(reduced_motion="reduce")
        for view in views(page, app_url, walk):
            for name, (dark, size) in looks:
                page.set_viewport_size(size)
                set_theme(page, dark)
                barriers = violations(page)
                if size == WIDE:
                    barriers += keyboard_faults(page)
                if barriers:
                    found[f"{view}, {name}"] = barriers
            looks.reverse()  # the next view begins as this one ended
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)


def test_axe_finds_what_it_looks_for(page: Page) -> None:
    page.set_content("<html lang=en><title>Seven</title><main><p style='color: #aaa'>pale</p><button></button></main>")
    found = violations(page)
    assert sorted(sentence.partition(":")[0] for sentence in found) == ["button-name", "color-contrast"]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_numbers_are_readable_on_every_shade(page: Page, palette) -> None:
    def parts(colour: str) -> list[int]:
        return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]

    ends = (palette.weight, palette.negative, palette.positive, palette.q, palette.k, palette.v)
    shades = [
        f"rgb({','.join(str(round(a + (b - a) * step / 255)) for a, b in pairs)})"
        for pairs in (list(zip(parts(palette.background), parts(end), strict=True)) for end in ends)
        for step in range(256)
    ]
    shades += [f"#{n:02x}{n:02x}{n:02x}" for n in range(256)]  # the two inks meet at one of these
    script = (FOLDER / "shared.js").read_text(encoding="utf-8")
    contrasts = page.evaluate(_READABLE, [script, shades])
    assert len(contrasts) == 7 * 256
    assert min(contrasts) >= 4.5
