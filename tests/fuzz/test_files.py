"""Whatever a checkpoint's files hold: a model, or one sentence; and no more memory than such files need."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.hub.models import entry_of_folder, open_any
from explorer.model.catalogue import CheckpointError, Entry
from explorer.model.checkpoint import Checkpoint
from explorer.model.reading import InputError
from explorer.model.run import run
from tests.fuzz.damage import Damage, damages
from tests.fuzz.depth import tries
from tests.fuzz.opened import assert_is_sentence
from tests.hub.whole import whole_model
from tests.zoo import zoo_folder

ROOM = 768 * 2**20  # bytes of address space beyond what this process has; the models here have fewer than 1 MB
OWN, ELSEWHERE = ("gpt2", "t5"), ("gpt2", "bert", "t5", "marian")
KINDS = [("ours", name) for name in OWN] + [("theirs", name) for name in ELSEWHERE]
TEXT, TARGET = "cat dog fish", "moon sun"
pytestmark = pytest.mark.timeout(3_600)


@cache
def whole(kind: str, name: str) -> Path:
    """An undamaged folder, kept until the process ends."""
    if kind == "ours":
        return zoo_folder() / name
    kept = TemporaryDirectory(prefix="whole-")
    _folders.append(kept)
    return whole_model(Path(kept.name), name)


_folders: list[TemporaryDirectory] = []


@contextmanager
def little_room() -> Iterator[None]:
    """Whoever allocates what a file only says that it has, fails here."""
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def opened(folder: Path) -> tuple[Entry, Checkpoint]:
    entry = entry_of_folder(folder, "folder:damaged")
    return entry, open_any(entry)


def ends_well(folder: Path) -> str:
    """What opening the folder and reading a text in it says; "" where both go well."""
    try:
        with little_room():
            entry, checkpoint = opened(folder)
            run(checkpoint, TARGET, TEXT) if entry.config.has_cross_attention else run(checkpoint, TEXT)
    except (CheckpointError, InputError) as error:
        assert_is_sentence(str(error))
        assert str(folder.parent) not in str(error)
        return str(error)
    return ""


@pytest.mark.parametrize(("kind", "name"), KINDS)
def test_the_whole_one_opens(kind, name):
    assert ends_well(whole(kind, name)) == ""


@pytest.mark.parametrize(("kind", "name"), KINDS)
def test_damaged(tmp_path, kind, name):
    @tries(60)
    @given(st.data())
    def check(data):
        folder = tmp_path / "damaged"
        rmtree(folder, ignore_errors=True)
        copytree(whole(kind, name), folder)
        damage: Damage = data.draw(damages(folder))
        damage.apply()
        ends_well(folder)

    check()
