"""Downloads one at a time: their order, their places, stopping them, and what becomes of those that fail."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from explorer.hub.download import DownloadStopped
from explorer.hub.queue import ADDED, FAILED, RUNNING, STOPPED, WAITING, DownloadQueue
from explorer.limits import DOWNLOADS
from explorer.model.catalogue import CheckpointError

pytestmark = pytest.mark.timeout(60)
PATIENCE = 20


class Work:
    """Stands for fetching models: each waits until the test lets it go on."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.running = 0
        self.most = 0
        self.changed = threading.Condition()
        self.allowed: set[str] = set()

    def __call__(self, name: str, *, progress, stop) -> None:
        with self.changed:
            self.begun.append(name)
            self.running += 1
            self.most = max(self.most, self.running)
            progress(3, 7)
            self.changed.notify_all()
            try:
                while name not in self.allowed:
                    if stop():
                        raise DownloadStopped(f"{name} was stopped.")
                    self.changed.wait(0.01)
                if name == "a/bad":
                    raise CheckpointError("a/bad is bad.")
                if name == "a/worse":
                    raise ZeroDivisionError
            finally:
                self.running -= 1

    def wait_for(self, name: str) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: name in self.begun, PATIENCE)

    def allow(self, *names: str) -> None:
        with self.changed:
            self.allowed.update(names)
            self.changed.notify_all()


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work()
    yield work
    work.allow(*work.begun, *(f"a/{i}" for i in range(20)))


def wait_until(check) -> None:
    event = threading.Event()
    for _ in range(PATIENCE * 100):
        if check():
            return
        event.wait(0.01)
    raise AssertionError("it did not come")


def test_one_at_a_time_in_their_order(work: Work) -> None:
    queue = DownloadQueue(work)
    numbers = [queue.put(name).number for name in ("a/1", "a/2", "a/3")]
    assert numbers == [1, 2, 3]
    work.wait_for("a/1")
    assert [(each.name, each.state) for each in queue.active()] == [
        ("a/1", RUNNING),
        ("a/2", WAITING),
        ("a/3", WAITING),
    ]
    assert (queue.find(1).done, queue.find(1).total) == (3, 7)
    assert (queue.find(2).done, queue.find(2).total) == (0, 0)
    work.allow("a/1", "a/2", "a/3")
    wait_until(lambda: not queue.active())
    assert work.begun == ["a/1", "a/2", "a/3"]
    assert work.most == 1
    assert [queue.find(number).state for number in numbers] == [ADDED] * 3
    assert queue.put("a/4").number == 4  # a new thread
    work.wait_for("a/4")


def test_the_same_model_is_fetched_once(work: Work) -> None:
    queue = DownloadQueue(work)
    assert queue.put("a/1").number == queue.put(" https://huggingface.co/a/1 ").number == 1
    assert queue.put("a/1@v2").number == 2


def test_stopping_one_that_runs_and_one_that_waits(work: Work) -> None:
    queue = DownloadQueue(work)
    for name in ("a/1", "a/2", "a/3"):
        queue.put(name)
    work.wait_for("a/1")
    queue.stop(2)
    assert queue.find(2).state == STOPPED
    assert queue.find(2).problem == "The download of a/2 was stopped before it began."
    assert not queue.find(1).is_stopping
    queue.stop(1)
    work.wait_for("a/3")
    assert (queue.find(1).state, queue.find(1).problem) == (STOPPED, "a/1 was stopped.")
    work.allow("a/3")
    wait_until(lambda: not queue.active())
    assert work.begun == ["a/1", "a/3"]
    queue.stop(3)
    queue.stop(99)
    assert queue.find(3).state == ADDED


def test_one_that_fails_does_not_hold_up_the_next(work: Work, caplog: pytest.LogCaptureFixture) -> None:
    queue = DownloadQueue(work)
    work.allow("a/bad", "a/worse", "a/3")
    for name in ("a/bad", "a/worse", "a/3"):
        queue.put(name)
    wait_until(lambda: not queue.active())
    assert (queue.find(1).state, queue.find(1).problem) == (FAILED, "a/bad is bad.")
    assert queue.find(2).state == FAILED
    assert (
        queue.find(2).problem
        == "The download of a/worse failed for a reason that the explorer does not know: its log has it."
    )
    assert "ZeroDivisionError" in caplog.text
    assert queue.find(3).state == ADDED


def test_what_is_not_put_into_the_line(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = DownloadQueue(work)
    with pytest.raises(CheckpointError, match="no name of a model"):
        queue.put("../etc")
    for i in range(DOWNLOADS):
        queue.put(f"a/{i}")
    with pytest.raises(CheckpointError, match=f"{DOWNLOADS} downloads wait already"):
        queue.put("a/last")
    monkeypatch.setenv("EXPLORER_ADD_MODELS", "off")
    with pytest.raises(CheckpointError, match="switched off"):
        queue.put("a/1")
    assert [each.name for each in queue.active()] == [f"a/{i}" for i in range(DOWNLOADS)]
    for i in range(DOWNLOADS):
        queue.stop(i + 1)
    wait_until(lambda: not queue.active())
