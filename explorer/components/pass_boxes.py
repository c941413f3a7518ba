"""Boxes of the forward pass in their order, each with its name, symbol, shape and a small picture of its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from explorer.analysis.forward_pass import Box, Section
from explorer.analysis.forward_pass_pictures import Picture, picture_of
from explorer.components.base import declare, pack, sent_by


def pass_boxes(
    sections: Sequence[Section],
    pictures: Mapping[str, Picture],
    *,
    key: str,
    title: str,
    opened: str | None = None,
    heading: str = "",
    on_open: Callable[[str], None] | None = None,
) -> None:
    """Draw the boxes section by section; a click, or the arrow keys and Enter, choose one.

    Parameters
    ----------
    sections : sequence of Section
        What is drawn, from the first to the last.
    pictures : mapping
        The picture of each box by its name, see ``pictures_of``; they do not change while a run is looked at.
    title : str
        What they are, for those who cannot see it.
    opened : str
        The name of the box that is marked as open.
    heading : str
        What stands above the first section.
    on_open : called with the name of the chosen box before the next run
    """

    def chosen() -> None:
        name = sent_by(key, "open")
        if on_open and name in [box.name for section in sections for box in section.boxes]:
            on_open(name)

    pictures = {box.name: pictures[box.name] for section in sections for box in section.boxes}
    starts = np.cumsum([0, *(picture.points.size for picture in pictures.values())]).tolist()
    places = dict(zip(pictures, starts, strict=False))
    meta = {
        "title": title,
        "heading": heading,
        "opened": opened,
        "sections": [
            {
                "title": section.title,
                "boxes": [
                    {
                        "name": box.name,
                        "title": box.title,
                        "symbol": box.symbol,
                        "role": box.sheet.role,
                        "shape": shape_text(box),
                        "groups": box.sheet.groups,
                        "at": places[box.name],
                        "size": pictures[box.name].points.shape,
                        "piece": pictures[box.name].piece,
                        "words": box.sheet.words,
                    }
                    for box in section.boxes
                ],
            }
            for section in sections
        ],
    }
    points = np.concatenate([picture.points.ravel() for picture in pictures.values()] or [np.zeros(0, np.uint8)])
    declare("pass_boxes", "numbers")(key=key, data=pack(meta, points=points), on_open_change=chosen)


def pictures_of(sections: Sequence[Section]) -> dict[str, Picture]:
    """The small picture of every box."""
    return {box.name: picture_of(box.sheet) for section in sections for box in section.boxes}


def shape_text(box: Box) -> str:
    """The shape as it is written: "16 × 128", heads in front."""
    return " × ".join(f"{n:,}" for n in box.shape)
