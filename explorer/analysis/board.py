"""What a board of numbers holds, before anything draws it: rows of labelled blocks with operators between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ROW, COLUMN = -1, -2  # in ``Block.index``: the place in the block that was picked
ROLES = ("q", "k", "v", "weight", "signed", "plain", "count", "mask")


@dataclass(frozen=True)
class Block:
    """A number, a vector or a matrix of one quantity."""

    name: str  # which quantity: a key of explorer.analysis.numbers.QUANTITIES
    label: str  # plain text with _ and ^, "W_Q^{(2)}": the component sets sub- and superscripts
    values: np.ndarray  # float32 [], [n] (a strip that may run over several lines) or [row, column] (a grid)
    role: str  # which colours: one of ROLES; a count is written with all of its digits
    index: tuple[int, ...] = ()  # what the quantity is asked for, ROW and COLUMN standing for the picked cell
    lit: bool = True  # whether this is what the step is about; the others stay quiet
    rows: tuple[str, ...] = ()  # token labels of a grid's rows
    columns: tuple[str, ...] = ()
    mark: tuple[int, int] = (-1, -1)  # a grid's row i and column j, to be marked; -1 for none
    limit: float | None = None  # the signed scale's end, where several blocks share it
    words: str = ""  # what it is, for the tooltip and for those who do not see the picture

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f"role must be one of {', '.join(ROLES)}, not {self.role!r}")
        if self.values.ndim > 2:
            raise ValueError(f"a block has at most two axes, not shape {list(self.values.shape)}")

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) as picked: a number is 1 x 1, a vector 1 x n."""
        return (1, *self.values.shape) if self.values.ndim == 1 else self.values.shape or (1, 1)

    def index_at(self, row: int, column: int) -> tuple[int, ...]:
        """What the quantity is asked for when the cell at ``row`` and ``column`` is picked."""
        return tuple({ROW: row, COLUMN: column}.get(i, i) for i in self.index)


@dataclass(frozen=True)
class Line:
    """Blocks and operators (plain text such as "=" or "·") side by side."""

    items: tuple[Block | str, ...]
    caption: str = ""


@dataclass(frozen=True)
class Board:
    lines: tuple[Line, ...]
    focus: tuple[int, int, int] = (0, 0, 0)  # (block, row, column) that is asked about until another is picked

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(item for line in self.lines for item in line.items if isinstance(item, Block))
