"""The words of the lessons: Markdown files, one per page, with a ``## key`` heading over each section."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "lessons"


def lesson(page: str, section: str, language: str = "en") -> str:
    """The Markdown of one section of a page's lesson.

    Raises
    ------
    KeyError
        If the page has no lesson or no such section; the message names both.
    """
    path = FOLDER / language / f"{page}.md"
    if not path.is_file():
        raise KeyError(f"no lesson {page!r} in {path.parent}")
    sections = _read(path, path.stat().st_mtime_ns)
    if section not in sections:
        raise KeyError(f"lesson {page!r} has no section {section!r}; it has {', '.join(sections)}")
    return sections[section]


def parse_sections(markdown: str) -> dict[str, str]:
    """Split Markdown at its ``## key`` headings; what stands before the first one is left out.

    >>> parse_sections("# Title\\n## lead\\nLook.\\n\\n## more\\nAnd here.")
    {'lead': 'Look.', 'more': 'And here.'}
    """
    parts = re.split(r"^## +(.+?) *$", markdown, flags=re.MULTILINE)
    return {key: body.strip() for key, body in zip(parts[1::2], parts[2::2], strict=True)}


@lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> dict[str, str]:
    return parse_sections(path.read_text(encoding="utf-8"))
