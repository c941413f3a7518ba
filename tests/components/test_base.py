"""What components share: the message to the browser, byte by byte, and what comes back from it."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass

import numpy as np
import pytest

from explorer.components import base

COMPONENTS = sorted(path.stem for path in base.FOLDER.glob("*.js") if path.stem not in ("shared", "ahead"))


def unpack(message: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """The message read as shared.js reads it."""
    (length,) = struct.unpack_from("<I", message)
    header = json.loads(message[4 : 4 + length])
    arrays = {}
    for name, about in header["arrays"].items():
        start, count = 4 + length + about["offset"], int(np.prod(about["shape"]))
        arrays[name] = np.frombuffer(message, about["dtype"], count, start).reshape(about["shape"])
    return header["meta"], arrays


def test_packed_arrays_come_out_as_they_went_in() -> None:
    rng = np.random.default_rng(0)
    sent = {
        "weights": rng.random((2, 3, 5), dtype=np.float32),
        "ids": rng.integers(-7, 7, 11, dtype=np.int32),
        "mask": rng.integers(0, 2, (3, 7), dtype=np.uint8),
    }
    meta, got = unpack(base.pack({"label": '␣dog "quoted" 犬'}, **sent))
    assert meta == {"label": '␣dog "quoted" 犬'}
    assert got.keys() == sent.keys()
    for name, array in sent.items():
        assert got[name].dtype == array.dtype
        np.testing.assert_array_equal(got[name], array)


def test_transposed_array_is_sent_in_the_order_of_its_axes() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3).T
    np.testing.assert_array_equal(unpack(base.pack({}, x=array))[1]["x"], array)


@pytest.mark.parametrize("text", ["", "a", "ab", "abc", "ä", "犬犬犬"])
def test_every_array_begins_at_a_multiple_of_eight(text) -> None:
    message = base.pack({"text": text}, a=np.zeros(3, np.uint8), b=np.zeros(1, np.float32), c=np.zeros(5, np.int32))
    (length,) = struct.unpack_from("<I", message)
    header = json.loads(message[4 : 4 + length])
    assert (4 + length) % 8 == 0
    assert all(about["offset"] % 8 == 0 for about in header["arrays"].values())


def test_empty_array_and_no_array() -> None:
    assert unpack(base.pack({"n": 1})) == ({"n": 1}, {})
    assert unpack(base.pack({}, x=np.zeros((0, 3), np.float32)))[1]["x"].shape == (0, 3)


@pytest.mark.parametrize("dtype", ["float64", "int64", "bool", "float16"])
def test_type_that_the_browser_would_misread_is_refused(dtype) -> None:
    with pytest.raises(TypeError, match=f"array 'x' has dtype {dtype}"):
        base.pack({}, x=np.zeros(3, dtype))


def test_numbers_from_the_browser_are_taken_by_name() -> None:
    assert base.from_browser({"layer": 1, "head": 2, "more": "x"}, layer=2, head=3) == (1, 2)


@pytest.mark.parametrize(
    "value",
    [None, 3, "01", [0, 1], {}, {"layer": 0}, *({"layer": n, "head": 0} for n in (-1, 2, 0.0, True, "0", None))],
)
def test_anything_else_from_the_browser_is_nothing(value) -> None:
    assert base.from_browser(value, layer=2, head=3) is None


@pytest.mark.parametrize("name", COMPONENTS)
def test_no_component_writes_html_with_data(name) -> None:
    script = (base.FOLDER / f"{name}.js").read_text(encoding="utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in script, f"{name}.js uses {way}"


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_component_has_its_wrapper_and_its_style(name) -> None:
    is_seen = name != "unseen"
    assert (base.FOLDER / f"{name}.py").is_file() and (base.FOLDER / f"{name}.css").is_file() == is_seen
    exported = "export default ahead(receive);" if is_seen else "export default function ("
    assert exported in (base.FOLDER / f"{name}.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Inner:
    label: str
    p: float | None


@dataclass(frozen=True)
class Outer:
    inner: tuple[Inner, ...]
    names: list[str]
    by_name: dict[str, Inner]
    marked: bool


def test_plain_says_what_asdict_says() -> None:
    record = Outer((Inner("a", 0.5), Inner("b", None)), ["x", "y"], {"c": Inner("c", float("inf"))}, True)
    assert base.plain(record) == asdict(record)
    assert base.plain([record, 3]) == [asdict(record), 3]
