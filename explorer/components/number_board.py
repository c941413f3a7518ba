"""A board of numbers: vectors as strips, matrices as grids, single numbers, and operators; each can be picked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from explorer.analysis.board import Block, Board
from explorer.components.base import declare, from_browser, pack, sent_by

Pick = tuple[int, int, int]  # (block, row, column), counted from 0; a vector has one row


def number_board(
    board: Board, *, key: str, title: str, picked: Pick, on_pick: Callable[[Pick], None] | None = None
) -> None:
    """Draw the board; a click, or the arrow keys and Enter, pick a number.

    Parameters
    ----------
    board : Board
        What is on it. Values are drawn from their float32, so hovering shows the model's own digits.
    title : str
        What the board shows, for those who cannot see it.
    picked : (block, row, column)
        The number that is framed.
    on_pick : called with the new (block, row, column) before the next run
    """

    def chosen() -> None:
        if on_pick and (pick := read_pick(board, sent_by(key, "pick"))):
            on_pick(pick)

    blocks = board.blocks
    places = iter(range(len(blocks)))
    lines = [
        {
            "caption": line.caption,
            "items": [next(places) if isinstance(item, Block) else item for item in line.items],
        }
        for line in board.lines
    ]
    meta = {"title": title, "picked": picked, "lines": lines, "blocks": [_meta(block) for block in blocks]}
    arrays = {
        f"b{n}": np.asarray(block.values, dtype=np.float32).reshape(block.shape) for n, block in enumerate(blocks)
    }
    declare("number_board", "numbers", "number_board_paint")(key=key, data=pack(meta, **arrays), on_pick_change=chosen)


def read_pick(board: Board, value: object) -> Pick | None:
    """What the browser sent as a place on this board; None if there is no such place."""
    blocks = board.blocks
    first = from_browser(value, block=len(blocks))
    if first is None:
        return None
    rows, columns = blocks[first[0]].shape
    return from_browser(value, block=len(blocks), row=rows, column=columns)


def scale_limit(block: Block) -> float:
    """The absolute value at the ends of a block's signed scale."""
    if block.limit is not None:
        return block.limit
    finite = block.values[np.isfinite(block.values)]
    return float(np.abs(finite).max(initial=0.0))


def _meta(block: Block) -> dict:
    return {
        "name": block.name,
        "label": block.label,
        "words": block.words,
        "role": block.role,
        "lit": block.lit,
        "dims": block.values.ndim,
        "rows": block.rows,
        "columns": block.columns,
        "mark": block.mark,
        "limit": scale_limit(block),
    }
