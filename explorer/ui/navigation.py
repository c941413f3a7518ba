"""The pages there are, by their file's name, which is also their place in the URL."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "pages"
PAGES = {
    "home": "Home",
    "attention_heads": "Attention heads",
    "attention_steps": "Self-attention, step by step",
}


def page_path(name: str) -> Path:
    return FOLDER / f"{name}.py"


def page_exists(name: str) -> bool:
    return page_path(name).is_file()
