"""Every page of the app with its views, as a visitor walks through them, in the two themes and two widths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import PATIENCE, wait_until_idle

TRANSLATOR, GPT, BERT = "classroom-tiny-encoder-decoder", "classroom-tiny-gpt", "classroom-tiny-bert"


@dataclass(frozen=True)
class Walk:
    """One page as it is opened, and the choices that lead from each of its views to the next."""

    opened: str
    choices: tuple[str, ...] = ()


WALKS = [
    Walk(f"?model={TRANSLATOR}"),
    Walk(f"?model={GPT}"),
    Walk(f"attention_heads?model={TRANSLATOR}&kind=cross", ("Lines",)),
    Walk(f"attention_steps?model={GPT}", ("2 q k v", "5 mask", "8 heads")),
    Walk(f"attention_steps?model={TRANSLATOR}&step=4&form=matrices"),
    Walk(f"forward_pass?model={TRANSLATOR}", ("The residual stream",)),
    Walk(f"factorisation?model={TRANSLATOR}", ("Candidates", "One pass, n steps")),
    Walk(f"factorisation?model={TRANSLATOR}&view=vector", ("A distribution?",)),
    Walk(f"factorisation?model={BERT}"),
    Walk(f"decoding?model={GPT}", ("Beam", "Draw many", "Token by token")),
    Walk(f"decoding?model={BERT}&view=tokens"),
    Walk("parameters", ("The whole model", "What it costs")),
    Walk("parameters?view=Published models", ("Build it",)),
    Walk(f"positions?model={GPT}", ("Board and paper", "Why it works")),
    Walk(f"positions?model={GPT}&view=why&part=rotation", ("Rotary and ALiBi", "In a model", "x + PE")),
    Walk(f"compare?model={GPT}", ("One word changed", "Head by head")),
    Walk(f"break_it?model={GPT}", ("Every head off, once", "Edit attention")),
    Walk(f"break_it?model={GPT}&view=number", ("The √m laboratory",)),
    Walk("models", ("By its name", "From a folder")),
]
each_walk = pytest.mark.parametrize("walk", WALKS, ids=[walk.opened.replace("classroom-tiny-", "") for walk in WALKS])


def views(page: Page, url: str, walk: Walk) -> Iterator[str]:
    """Open each view of a page in turn, and give its name as soon as it stands still."""
    page.goto(f"{url}/{walk.opened}")
    wait_until_idle(page)
    yield walk.opened
    for choice in walk.choices:
        radio = page.get_by_test_id("stMain").get_by_role("radio", name=choice)
        radio.click()
        expect(radio).to_be_checked(timeout=PATIENCE)
        wait_until_idle(page)
        yield f"{walk.opened}, {choice}"
