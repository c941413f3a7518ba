"""The environment variables, and sizes as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.hub import settings
from explorer.hub.sizes import parse_bytes, shown_bytes
from explorer.model.catalogue import CheckpointError

pytestmark = pytest.mark.usefixtures("own_folders")


def test_models_lie_beside_pretrained_unless_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert settings.models_folder() == tmp_path / "models"
    monkeypatch.delenv("EXPLORER_MODELS")
    assert settings.models_folder().name == "models"
    assert (settings.models_folder().parent / "pretrained").is_dir()


@pytest.mark.parametrize(
    ("value", "allowed"), [("", True), ("on", True), ("off", False), (" OFF ", False), ("0", False)]
)
def test_adding_is_switched_off(monkeypatch: pytest.MonkeyPatch, value: str, allowed: bool) -> None:
    monkeypatch.setenv("EXPLORER_ADD_MODELS", value)
    assert settings.may_add() is allowed
    if allowed:
        settings.require_adding()
    else:
        with pytest.raises(CheckpointError, match="switched off on this server"):
            settings.require_adding()


def test_bounds_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.max_download_bytes() == 8_000_000_000
    assert settings.memory_bytes() is None
    monkeypatch.setenv("EXPLORER_MAX_DOWNLOAD", "500 MB")
    monkeypatch.setenv("EXPLORER_MEMORY", "2GiB")
    assert settings.max_download_bytes() == 500_000_000
    assert settings.memory_bytes() == 2_147_483_648


@pytest.mark.parametrize("value", ["much", "-1 GB", "0", "1e9", "8 XB", "٣ GB", "1.5.2 MB", "9" * 40])
def test_a_bound_that_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("EXPLORER_MAX_DOWNLOAD", value)
    with pytest.raises(CheckpointError, match=r"EXPLORER_MAX_DOWNLOAD is wrong: .* is not a number of bytes"):
        settings.max_download_bytes()


@pytest.mark.parametrize(
    ("text", "n"), [("7", 7), ("3kb", 3000), ("1.5 MB", 1_500_000), ("2G", 2 * 10**9), ("1 KiB", 1024), ("1TiB", 2**40)]
)
def test_sizes_are_read(text: str, n: int) -> None:
    assert parse_bytes(text) == n


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (9949, "9.9 kB"),
        (9999, "10 kB"),
        (999_999, "1 MB"),
        (6_243_000_000, "6.2 GB"),
        (548_105_171, "548 MB"),
        (31 * 10**12, "31 TB"),
    ],
)
def test_sizes_are_shown(n: int, text: str) -> None:
    assert shown_bytes(n) == text
