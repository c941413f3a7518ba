"""What models are called in the pickers, and what is said of one that is not there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.ui.model_picker import how_to_add, last_part, model_words
from tests.bundled import MODELS


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("openai-community/gpt2", "gpt2"),
        ("Helsinki-NLP/opus-mt-en-de@refs/pr/4", "opus-mt-en-de"),
        ("folder:a@b/c", "c"),
        ("folder:gpt2", "gpt2"),
        ("gpt-captions", "gpt-captions"),
    ],
)
def test_last_part(name: str, part: str) -> None:
    assert last_part(name) == part


def test_two_of_the_same_last_part_are_told_apart() -> None:
    entry = replace(next(e for e in MODELS.values() if e.config.architecture == "decoder"), family="gpt2")
    names = ("openai-community/gpt2", "folder:gpt2", "distilbert/distilgpt2")
    shown = model_words({name: replace(entry, name=name) for name in names})
    assert list(shown.values()) == ["GPT · openai-community/gpt2", "GPT · folder:gpt2", "GPT · distilgpt2"]


def test_a_name_of_the_hub_looks_like_one() -> None:
    assert "“Add a model…” looks it up" in how_to_add("openai-community/gpt2@main")
    for name in ("gpt2", "folder:gpt2", "![x](y)/z", "untrained~gpt~~1"):
        assert how_to_add(name) == ""
