"""A path of tokens as it stands in the URL, and the tree that several paths make."""

from __future__ import annotations

import re
from collections.abc import Iterable

Path = tuple[int, ...]


def write_path(path: Path) -> str:
    """
    >>> write_path((12, 5))
    '12-5'
    """
    return "-".join(map(str, path))


def read_path(text: str, vocab_size: int, longest: int, end: int | None = None) -> Path:
    """The ids of a path.

    Raises
    ------
    ValueError
        If they are no ids of this vocabulary, are more than ``longest``, or go on after ``end``.
    """
    if text == "":
        return ()
    if len(text) > 7 * longest or not re.fullmatch(r"[0-9]+(-[0-9]+)*", text, re.ASCII):
        raise ValueError("a path is ids with hyphens between them")
    path = tuple(map(int, text.split("-")))
    if len(path) > longest:
        raise ValueError(f"the path has {len(path)} tokens, and there is room for {longest}")
    if max(path) >= vocab_size:
        raise ValueError(f"the path names token {max(path)}, and there are {vocab_size}")
    if end in path[:-1]:
        raise ValueError("the path goes on after its end")
    return path


def add_branch(branches: Iterable[Path], path: Path, most: int) -> list[Path]:
    """The branches with ``path`` among them, the newest last; what is only the beginning of another one is left out.

    >>> add_branch([(1,), (2, 3)], (1, 4), 5)
    [(2, 3), (1, 4)]
    """
    found = [each for each in branches if each != path[: len(each)]]
    if path and not any(each[: len(path)] == path for each in found):
        found.append(path)
    return found[-most:]


def tree(branches: Iterable[Path]) -> list[Path]:
    """Every beginning of every branch, parents before children: first the empty one.

    >>> tree([(2, 3), (2, 5)])
    [(), (2,), (2, 3), (2, 5)]
    """
    return sorted({path[:n] for path in branches for n in range(len(path) + 1)} | {()}, key=lambda p: (len(p), p))
