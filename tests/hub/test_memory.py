"""Bytes that a model takes, against those that the computer, its container and the settings leave."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.hub import memory
from explorer.hub.files import ModelFiles
from explorer.model.catalogue import CheckpointError
from tests.hub.checkpoints import write_model

pytestmark = pytest.mark.usefixtures("own_folders")


def computer(
    root: Path, available_kb: int | None = None, groups: str = "", files: dict[str, str] | None = None
) -> Path:
    """A folder with the files of /proc and /sys that say how much memory there is."""
    (root / "proc/self").mkdir(parents=True)
    if available_kb is not None:
        (root / "proc/meminfo").write_text(f"MemTotal: 99999999 kB\nMemAvailable: {available_kb} kB\n")
    (root / "proc/self/cgroup").write_text(groups)
    for name, text in (files or {}).items():
        path = root / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_weights_become_float32(tmp_path: Path) -> None:
    tensors = {
        "f32": np.zeros((2, 3), np.float32),  # 6 numbers of 4 bytes, mapped
        "f16": np.zeros((5,), np.float16),  # 5 numbers that become 4 bytes each
        "f64": np.zeros((7,), np.float64),
        "i64": np.zeros((11,), np.int64),  # no float: stays as it is
    }
    header = ModelFiles(write_model(tmp_path / "m", tensors=tensors)).header
    assert memory.weight_bytes(header) == 24 + 20 + 28 + 88
    assert memory.needed_bytes(160, 13) == 173


def test_what_the_kernel_says(tmp_path: Path) -> None:
    assert memory.available_bytes(computer(tmp_path, 1000)) == 1_024_000


def test_without_the_kernels_word_something_is_known_or_nothing(tmp_path: Path, monkeypatch) -> None:
    root = computer(tmp_path)
    assert memory.available_bytes(root) > 0
    monkeypatch.delattr("os.sysconf")
    assert memory.available_bytes(root) is None
    monkeypatch.setattr(memory, "available_bytes", lambda: None)
    memory.check(10**18, 10**18)  # passes: nobody knows better


@pytest.mark.parametrize(
    ("groups", "files", "left"),
    [
        ("0::/\n", {"memory.max": "500000\n", "memory.current": "200000\n"}, 300_000),
        (
            "0::/\n",
            {"memory.max": "500000", "memory.current": "200000", "memory.stat": "anon 7\ninactive_file 11000\n"},
            311_000,
        ),
        ("0::/a/b\n", {"a/b/memory.max": "max", "a/memory.max": "400000", "a/memory.current": "100000"}, 300_000),
        ("0::/a/b\n", {"a/b/memory.max": "90000", "a/memory.max": "400000", "a/memory.current": "100000"}, 90_000),
        ("0::/\n", {"memory.max": "max\n", "memory.current": "200000\n"}, 1_024_000),
        ("0::/\n", {"memory.max": "5000000000000", "memory.current": "1"}, 1_024_000),
        ("0::/\n", {"memory.max": "5000", "memory.current": "9000"}, 0),
        (
            "9:name=systemd:/\n4:memory:/docker/x\n0::/\n",
            {"memory/docker/x/memory.limit_in_bytes": "700000", "memory/docker/x/memory.usage_in_bytes": "100000"},
            600_000,
        ),
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": "9223372036854771712"}, 1_024_000),
        ("nonsense\n", {"memory.max": "7"}, 1_024_000),
        ("0::/../..\n", {"memory.max": "500000"}, 500_000),
    ],
)
def test_limits_of_containers(tmp_path: Path, groups: str, files: dict[str, str], left: int) -> None:
    assert memory.available_bytes(computer(tmp_path, 1000, groups, files)) == left


def test_the_setting_lowers_the_bound_and_never_raises_it(tmp_path: Path, monkeypatch) -> None:
    root = computer(tmp_path, 1000)
    monkeypatch.setenv("EXPLORER_MEMORY", "7 kB")
    assert memory.available_bytes(root) == 7000
    monkeypatch.setenv("EXPLORER_MEMORY", "7 GB")
    assert memory.available_bytes(root) == 1_024_000


def test_refused_with_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 3_100_000_000)
    memory.check(3_000_000_000, 100_000_000)
    with pytest.raises(CheckpointError) as error:
        memory.check(6_100_000_000, 100_000_000, "gpt2-xl")
    assert str(error.value) == (
        "gpt2-xl needs 6.2 GB of memory (6.1 GB for its weights), and 3.1 GB are free here: "
        "choose a smaller one, or close something."
    )


def test_this_computer_says_something() -> None:
    assert 0 < memory.available_bytes() < 10**14
