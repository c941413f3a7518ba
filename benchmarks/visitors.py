"""What the students of a class do: which page each has open, and which of its controls they move."""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from benchmarks.sessions import Answer, Visitor

Move = Callable[[Visitor, random.Random], Awaitable[Answer | None]]  # None: the page has no such control now
WORDS = (
    *("a", "the", "small", "big", "brown", "old", "young", "dog", "man", "woman", "girl", "is"),
    *("runs", "sits", "jumps", "on", "over", "near", "grass", "snow", "house", "ball", "red"),
)


@dataclass(frozen=True)
class Kind:
    """A kind of visitor: the page, and the moves among which each next one is drawn."""

    name: str
    address: str
    moves: tuple[Move, ...]

    async def next(self, visitor: Visitor, draw: random.Random) -> Answer:
        """Move one of the controls that are there."""
        for move in draw.sample(self.moves, len(self.moves)):
            if (answer := await move(visitor, draw)) is not None:
                return answer
        raise LookupError(f"{visitor.address} has none of the controls that are moved: {', '.join(visitor.widgets)}")


def choose(key: str) -> Move:
    """Another option of a select box or a row of buttons."""

    async def move(visitor: Visitor, draw: random.Random) -> Answer | None:
        if key not in visitor.widgets:
            return None
        options = visitor.widgets[key].element.options
        return await visitor.move(key, getattr(option := draw.choice(options), "content", option))

    return move


def slide(key: str) -> Move:
    """Another value of a slider, on its steps."""

    async def move(visitor: Visitor, draw: random.Random) -> Answer | None:
        if key not in visitor.widgets:
            return None
        slider = visitor.widgets[key].element
        steps = round((slider.max - slider.min) / slider.step)
        return await visitor.move(key, round(slider.min + draw.randint(0, steps) * slider.step, 6))

    return move


def press(*keys: str) -> Move:
    """One of these buttons, if it is there and can be pressed."""

    async def move(visitor: Visitor, draw: random.Random) -> Answer | None:
        there = [key for key in keys if key in visitor.widgets and not visitor.widgets[key].element.disabled]
        return await visitor.move(draw.choice(there), None) if there else None

    return move


def click(key: str, event: str, /, **sizes: int) -> Move:
    """A place on one of our components: whole numbers below these sizes."""

    async def move(visitor: Visitor, draw: random.Random) -> Answer | None:
        if key not in visitor.widgets:
            return None
        return await visitor.trigger(key, event, {name: draw.randrange(size) for name, size in sizes.items()})

    return move


def click_box(visitor: Visitor, draw: random.Random) -> Awaitable[Answer]:
    """Any box of the forward pass: the component's own data say which there are."""
    key = draw.choice([key for key in visitor.widgets if key.startswith("pass_encoder")])
    data = visitor.widgets[key].element.bytes
    header = json.loads(data[4 : 4 + int.from_bytes(data[:4], "little")])
    names = [box["name"] for section in header["meta"]["sections"] for box in section["boxes"]]
    return visitor.trigger(key, "open", draw.choice(names))


def drag_waves(visitor: Visitor, draw: random.Random) -> Awaitable[Answer]:
    """The sliders of the position code, at another place."""
    place = {"d": 128, "length": 64, "base": 10_000, "pos": draw.randrange(64), "dim": draw.randrange(128), "kept": []}
    return visitor.trigger("position_waves", "place", place)


def write(key: str) -> Move:
    """A text that nobody has typed before: a new forward pass."""

    async def move(visitor: Visitor, draw: random.Random) -> Answer:
        return await visitor.move(key, " ".join(draw.choices(WORDS, k=draw.randint(8, 20))))

    return move


KINDS = (
    Kind(
        "heads",
        "attention_heads?model=gpt-captions",
        (
            choose("layer"),
            choose("head"),
            choose("query"),
            click("head_grid", "select", layer=6, head=8),
            click("head_map", "pin", query=7, key=7),
        ),
    ),
    Kind(
        "steps",
        "attention_steps?model=gpt-captions&step=3",
        (
            press("next", "back"),
            press("next", "back"),
            choose("query"),
            click("number_board", "pick", block=1, row=1, column=1),
        ),
    ),
    Kind("decoding", "decoding?model=gpt-captions", (slide("temperature"), slide("top_p"), press("next", "next_seed"))),
    Kind("positions", "positions", (drag_waves,)),
    Kind("forward pass", "forward_pass?model=bert-captions", (click_box, choose("layer"))),
    Kind("factors", "factorisation?model=translator-en-de", (click("factor_ledger", "step", step=8), choose("k"))),
    Kind(
        "typing",
        "attention_heads?model=gpt-captions",
        (write("text"), choose("layer"), click("head_grid", "select", layer=6, head=8)),
    ),
    Kind("typing, translator", "attention_heads?model=translator-en-de", (write("source"), choose("layer"))),
)
