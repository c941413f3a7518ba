"""Ways in which the files of a checkpoint can be wrong, for hypothesis to choose from."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

NAMES = ("model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt")
VALUES = [
    0,
    -1,
    1,
    7,
    2**31,
    2**63,
    10**30,
    -(10**30),
    1.5,
    True,
    None,
    "",
    "x",
    "\0",
    [],
    {},
    [0],
    [[]],
    "gelu",
    "F64",
]
VALUES += [float("nan"), float("inf"), [10**9, 10**9], [-1, 8], [2**62, 2**62], "../../etc/passwd", "é" * 300]
DEEP = ["[" * 100_000, '{"a":' * 100_000, '{"a":' * 900 + "1" + "}" * 900, "[" + "1," * 300_000 + "1]", "9" * 5_000]


@dataclass(frozen=True)
class Damage:
    """One change of a folder's files; its words tell hypothesis' reader what was done."""

    words: str
    change: Callable[[], Any]

    def apply(self) -> None:
        self.change()

    def __repr__(self) -> str:
        return self.words


def damages(folder: Path) -> st.SearchStrategy[Damage]:
    """Any damage of any file in the folder."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix != ".md")
    file = st.sampled_from(files)
    jsons = st.sampled_from([path for path in files if path.suffix == ".json"])
    weights = st.just(folder / "model.safetensors")
    bytewise = [cut, flip, flip_at_the_start, insert, repeat]
    return st.one_of(
        *(st.builds(lambda path, data, f=f: f(path, data), file, st.data()) for f in bytewise),
        st.builds(swap, file, file),
        st.builds(change_json, jsons, st.data()),
        st.builds(change_json, jsons, st.data()),
        st.builds(change_header, weights, st.data()),
        st.builds(change_header, weights, st.data()),
        st.builds(replace_by, jsons, st.sampled_from(DEEP)),
        st.builds(no_file, file),
    )


def _written(path: Path, content: bytes, words: str) -> Damage:
    return Damage(f"{path.name}: {words}", lambda: path.write_bytes(content))


def cut(path: Path, data: st.DataObject) -> Damage:
    content = path.read_bytes()
    n = data.draw(st.integers(0, len(content)))
    return _written(path, content[:n], f"cut off after {n} of {len(content)} bytes")


def flip(path: Path, data: st.DataObject, most: int = 10**9) -> Damage:
    content = bytearray(path.read_bytes())
    bits = data.draw(st.lists(st.integers(0, 8 * min(most, len(content)) - 1), min_size=1, max_size=9))
    for bit in bits:
        content[bit // 8] ^= 1 << bit % 8
    return _written(path, bytes(content), f"bits flipped: {bits}")


def flip_at_the_start(path: Path, data: st.DataObject) -> Damage:
    return flip(path, data, 300)


def insert(path: Path, data: st.DataObject) -> Damage:
    content, more = path.read_bytes(), data.draw(st.binary(min_size=1, max_size=20))
    at = data.draw(st.integers(0, len(content)))
    return _written(path, content[:at] + more + content[at:], f"{more!r} inserted at {at}")


def repeat(path: Path, data: st.DataObject) -> Damage:
    return _written(path, path.read_bytes() * 2, "twice in a row")


def swap(one: Path, other: Path) -> Damage:
    return _written(one, other.read_bytes(), f"holds {other.name}")


def replace_by(path: Path, text: str) -> Damage:
    return _written(path, text.encode(), f"{len(text)} characters: {text[:20]}")


def no_file(path: Path) -> Damage:
    return Damage(f"{path.name} is a folder", lambda: (path.unlink(), path.mkdir()))


def change_json(path: Path, data: st.DataObject) -> Damage:
    content = json.loads(path.read_bytes())
    words = _change_somewhere(content, data)
    return _written(path, json.dumps(content).encode(), words)


def change_header(path: Path, data: st.DataObject) -> Damage:
    content = path.read_bytes()
    n = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + n])
    words = _change_somewhere(header, data)
    text = json.dumps(header).encode()
    return _written(path, len(text).to_bytes(8, "little") + text + content[8 + n :], f"header: {words}")


def _change_somewhere(content: Any, data: st.DataObject) -> str:
    """Change one value, or a name, or leave something out, at a place to which each step leads as likely as another."""
    where, at = [], content
    while True:
        keys = sorted(at) if isinstance(at, dict) else range(len(at))
        if not keys:
            return "nothing changed"
        key = data.draw(st.sampled_from(keys))
        where.append(key)
        if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.integers(0, 3)) == 0:
            break
        at = at[key]
    way = data.draw(st.sampled_from(["value", "value", "value", "out", "twin"]))
    if way == "value":
        at[key] = data.draw(st.sampled_from(VALUES))
        return f"{where} = {at[key]!r:.60}"
    if way == "out" and isinstance(at, dict):
        del at[key]
        return f"{where} left out"
    other = data.draw(st.sampled_from(keys))
    at[key] = at[other]
    return f"{where} = its neighbour {other!r}"
