"""A model's folder: config, headers without tensors, shards, and what is wrong with it in one sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from explorer.hub import header as header_module
from explorer.hub.files import ModelFiles
from explorer.hub.formats import choose_weights, model_class
from explorer.hub.header import read_header
from explorer.model.catalogue import CheckpointError
from tests.hub.checkpoints import CONFIG, TENSORS, raw_safetensors, write_model

F32 = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}


def problem(call: object) -> str:
    """The sentence of a CheckpointError: one, whole, without line breaks."""
    with pytest.raises(CheckpointError) as error:
        call()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_config_and_header(tmp_path: Path) -> None:
    files = ModelFiles(write_model(tmp_path / "m"))
    assert files.config == CONFIG
    assert files.weights == [tmp_path / "m" / "model.safetensors"]
    found = {name: (info.dtype, info.shape, info.nbytes) for name, info in files.header.items()}
    assert found == {"wte.weight": ("F32", (5, 3), 60), "h.0.bias": ("F16", (7,), 14), "steps": ("I64", (2,), 16)}
    assert {info.file for info in files.header.values()} == {tmp_path / "m" / "model.safetensors"}
    assert files.nbytes == 90


def test_header_of_no_numbers_and_of_one(tmp_path: Path) -> None:
    tensors = {"none": np.zeros((0, 3), np.float32), "one": np.array(7, np.float32)}
    header = ModelFiles(write_model(tmp_path / "m", tensors=tensors)).header
    assert {name: (info.shape, info.nbytes) for name, info in header.items()} == {"none": ((0, 3), 0), "one": ((), 4)}


def test_every_type_has_the_bytes_that_numpy_gives_it(tmp_path: Path) -> None:
    kinds = {"F64": "f8", "F32": "f4", "F16": "f2", "I64": "i8", "I32": "i4", "I16": "i2", "I8": "i1", "U8": "u1"}
    kinds |= {"U16": "u2", "U32": "u4", "U64": "u8", "BOOL": "?"}
    tensors = {name: np.zeros((5, 7), kind) for name, kind in kinds.items()}
    header = ModelFiles(write_model(tmp_path / "m", tensors=tensors)).header
    assert {name: info.dtype for name, info in header.items()} == {name: name for name in kinds}
    assert {name: info.nbytes for name, info in header.items()} == {n: t.nbytes for n, t in tensors.items()}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it has 0 bytes"),
        (b"1234567", "it has 7 bytes"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 548105171\n", "run git lfs pull"),
        (raw_safetensors({}, length=2**63), "the whole file has 10"),
        (raw_safetensors({}, length=3), "its header has 3 bytes, and the whole file has 10"),
        (raw_safetensors({}), "there is no tensor in it"),
        (raw_safetensors({"__metadata__": {"format": "pt"}}), "there is no tensor in it"),
        (raw_safetensors([1]), "its header is not an object"),
        (raw_safetensors(b"\xff\xfe"), "can't decode"),
        (raw_safetensors(b"[" * 100_000), "not an undamaged safetensors file"),
        (raw_safetensors(b'{"a": ' + b"9" * 5000 + b"}"), "digits"),
        (raw_safetensors({"a": F32}, b"\0" * 23), "its tensors have 24 bytes, and 23 are there"),
        (raw_safetensors({"a": F32}, b"\0" * 25), "its tensors have 24 bytes, and 25 are there"),
        (raw_safetensors({"a": F32 | {"dtype": "F31"}}, b"\0" * 24), "type 'F31', which the explorer does not know"),
        (raw_safetensors({"a": F32 | {"dtype": ["F32"]}}, b"\0" * 24), "which the explorer does not know"),
        (raw_safetensors({"a": F32 | {"shape": [2, -3]}}, b"\0" * 24), "not whole numbers"),
        (raw_safetensors({"a": F32 | {"shape": [True, 6]}}, b"\0" * 24), "not whole numbers"),
        (raw_safetensors({"a": F32 | {"shape": [2**62] * 65}}, b"\0" * 24), "not whole numbers"),
        (raw_safetensors({"a": F32 | {"shape": [2, 5]}}, b"\0" * 24), "of shape .2, 5. and type F32 cannot have 24"),
        (raw_safetensors({"a": F32 | {"data_offsets": [24, 0]}}, b"\0" * 24), "cannot have -24 bytes"),
        (raw_safetensors({"a": F32 | {"data_offsets": [4, 28]}}, b"\0" * 28), "does not begin where the one before"),
        (raw_safetensors({"a": F32, "b": F32}, b"\0" * 24), "'b' does not begin where the one before it ends"),
        (raw_safetensors({"a": {"dtype": "F32"}}, b""), "has no dtype, shape and data_offsets"),
        (raw_safetensors(b'{"a": %b, "a": %b}' % ((json.dumps(F32).encode(),) * 2), b"\0" * 24), "stands twice"),
    ],
)
def test_damaged_header_is_one_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "x.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError, match=why) as error:
        read_header(tmp_path / "x.safetensors")
    assert "x.safetensors" in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


def test_header_of_absurd_size_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(header_module, "LONGEST_HEADER", 100)
    (tmp_path / "x.safetensors").write_bytes(raw_safetensors(b" " * 101))
    with pytest.raises(CheckpointError, match="says that its header has 101 bytes"):
        read_header(tmp_path / "x.safetensors")


@given(place=st.integers(0, 400), flip=st.integers(1, 255), cut=st.integers(0, 400))
def test_flipped_bits_and_cuts_are_found_or_harmless(tmp_path_factory, place: int, flip: int, cut: int) -> None:
    """Whatever the header reader lets pass, the library opens too, with the same types and shapes."""
    content = bytearray(save(TENSORS))
    content[place % len(content)] ^= flip
    path = tmp_path_factory.mktemp("bits") / "x.safetensors"
    path.write_bytes(bytes(content)[: len(content) - (cut if cut < 50 else 0)])
    try:
        found = read_header(path)
    except CheckpointError:
        return
    try:
        with safe_open(path, framework="numpy") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            assert {name: (info.dtype, list(info.shape)) for name, info in found.items()} == {
                name: (part.get_dtype(), part.get_shape()) for name, part in slices.items()
            }
    except SafetensorError:
        assert cut < 50 or "metadata" in bytes(content).decode(errors="replace") or place >= 8


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "is missing"),
        (b"{", "is not JSON"),
        (b"[1]", "must hold an object"),
        (b"\xff{}", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"a": ' + b"1" * 5000 + b"}", "is not JSON"),
    ],
)
def test_damaged_config_is_one_sentence(tmp_path: Path, content: bytes | None, why: str) -> None:
    folder = write_model(tmp_path / "m")
    (folder / "config.json").unlink()
    if content is not None:
        (folder / "config.json").write_bytes(content)
    assert f"m/config.json {why}" in problem(lambda: ModelFiles(folder).config)


def test_config_of_absurd_size_is_not_read(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m")
    with (folder / "config.json").open("wb") as file:
        file.truncate(30_000_000_000)  # a hole: nothing of it is on the disk
    assert "more than 25,000,000 bytes" in problem(lambda: ModelFiles(folder).config)


@pytest.mark.timeout(20)
def test_pipe_in_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m")
    for name in ("config.json", "model.safetensors"):
        (folder / name).unlink()
        os.mkfifo(folder / name)
    assert "is missing" in problem(lambda: ModelFiles(folder).config)
    assert "holds no weights" in problem(lambda: ModelFiles(folder).header)
    assert "is not a file" in problem(lambda: read_header(folder / "model.safetensors"))


def sharded(folder: Path, weight_map: dict | None = None) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    first, second = {"a": np.zeros((2, 3), np.float32)}, {"b": np.zeros(5, np.float16), "c": np.zeros(7, np.float32)}
    (folder / "model-00001-of-00002.safetensors").write_bytes(save(first))
    (folder / "model-00002-of-00002.safetensors").write_bytes(save(second))
    names = {"a": 1, "b": 2, "c": 2}
    right = {name: f"model-0000{n}-of-00002.safetensors" for name, n in names.items()}
    index = {"metadata": {}, "weight_map": right if weight_map is None else weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def test_shards(tmp_path: Path) -> None:
    files = ModelFiles(sharded(tmp_path / "m"))
    assert [path.name[:11] for path in files.weights] == ["model-00001", "model-00002"]
    assert {name: (info.file.name[:11], info.shape) for name, info in files.header.items()} == {
        "a": ("model-00001", (2, 3)),
        "b": ("model-00002", (5,)),
        "c": ("model-00002", (7,)),
    }
    assert files.nbytes == 24 + 10 + 28


ONE, TWO = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"


@pytest.mark.parametrize(
    ("weight_map", "why"),
    [
        ({}, "has no weight_map"),
        ({"a": "../other/model.safetensors"}, "no safetensors file beside it"),
        ({"a": "/etc/passwd"}, "no safetensors file beside it"),
        ({"a": "x/y.safetensors"}, "no safetensors file beside it"),
        ({"a": "C:x.safetensors"}, "no safetensors file beside it"),
        ({"a": "..\\x.safetensors"}, "no safetensors file beside it"),
        ({"a": ".x.safetensors"}, "no safetensors file beside it"),
        ({"a": 7}, "no safetensors file beside it"),
        ({"a": "pytorch_model.bin"}, "no safetensors file beside it"),
        ({"a": "model-00003-of-00003.safetensors"}, "model-00003-of-00003.safetensors is missing"),
        ({"a": ONE, "b": TWO, "c": TWO, "d": TWO}, "holds the tensor 'd'; it does not"),
        ({"a": TWO, "b": TWO, "c": TWO}, "holds the tensor 'a'; it does not"),
        ({"a": ONE, "b": TWO}, "leaves out 'c'"),
    ],
)
def test_damaged_index_is_one_sentence(tmp_path: Path, weight_map: dict, why: str) -> None:
    files = ModelFiles(sharded(tmp_path / "m", weight_map))
    assert why in problem(lambda: files.header)


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (
            ["model.safetensors", "pytorch_model.bin", "model.fp16.safetensors", "onnx/model.onnx"],
            ["model.safetensors"],
        ),
        (["model.safetensors", "model.safetensors.index.json", ONE, TWO], ["model.safetensors"]),
        (["model.safetensors.index.json", ONE, TWO, "x/" + ONE], ["model.safetensors.index.json", ONE, TWO]),
        (["weights.safetensors", "optimizer.safetensors"], ["weights.safetensors"]),
        (["adapter_model.safetensors"], []),
        (["model.fp16.safetensors"], []),
        (["a.safetensors", "b.safetensors"], []),
        (["onnx/model.safetensors", ".model.safetensors"], []),
    ],
)
def test_one_format_is_chosen(names: list[str], chosen: list[str]) -> None:
    assert choose_weights(names) == chosen


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ([], "holds no weights: a file model.safetensors is missing"),
        (["training_args.bin"], "holds no weights"),
        (["weights $(rm -rf x).pt"], "torch.load('FILE', weights_only=True"),
        (["pytorch_model.bin"], "as a pickle, which can run any program when it is read"),
        (["pytorch_model.bin", "tf_model.h5"], "as a pickle"),
        (["net.ckpt"], "as a pickle"),
        (["tf_model.h5"], "for TensorFlow only"),
        (["flax_model.msgpack"], "for Flax only"),
        (["a.safetensors", "b.safetensors"], "a.safetensors, b.safetensors, and none of them"),
    ],
)
def test_why_there_are_no_weights(tmp_path: Path, names: list[str], why: str) -> None:
    (folder := tmp_path / "models" / "m").mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    for name in names:
        (folder / name).write_bytes(b"")
    text = problem(lambda: ModelFiles(folder).weights)
    assert why in text
    assert text.startswith("models/m ")  # where the server keeps that is told to nobody


@pytest.mark.parametrize(
    ("architectures", "name"),
    [
        (["GPT2LMHeadModel"], "GPT2LMHeadModel"),
        (None, "AutoModel"),
        ([], "AutoModel"),
        ("GPT2", "AutoModel"),
        ([7], "AutoModel"),
        (["x; import os"], "AutoModel"),
        (["A" * 100], "AutoModel"),
        (["os\n"], "AutoModel"),
    ],
)
def test_only_a_plain_name_gets_into_a_command(architectures: object, name: str) -> None:
    assert model_class({"architectures": architectures}) == name
