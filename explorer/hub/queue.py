"""Downloads that visitors have asked for: one at a time, in a thread of its own, in the order in which they came."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from explorer.hub.download import DownloadStopped
from explorer.hub.names import parse_name
from explorer.hub.settings import require_adding
from explorer.limits import DOWNLOADS, DOWNLOADS_REMEMBERED
from explorer.model.catalogue import CheckpointError

WAITING, RUNNING, ADDED, STOPPED, FAILED = "waiting", "running", "added", "stopped", "failed"


@dataclass(frozen=True)
class Download:
    """One download as it stands at a moment."""

    number: int  # counted from 1, never used twice
    name: str  # as the model will be called
    state: str = WAITING
    done: int = 0  # bytes that are there
    total: int = 0  # bytes in all; 0 before the hub has said
    is_stopping: bool = False  # asked to stop, it waits for the piece that is arriving
    problem: str = ""  # one sentence, of one that failed or was stopped

    @property
    def is_active(self) -> bool:
        return self.state in (WAITING, RUNNING)


class DownloadQueue:
    """``add(name, progress=..., stop=...)`` fetches and adds one model, and raises CheckpointError if it cannot."""

    def __init__(self, add: Callable[..., Any]) -> None:
        self._add = add
        self._downloads: dict[int, Download] = {}  # in the order in which they came
        self._last = 0
        self._works = False
        self._lock = threading.Lock()

    def put(self, typed: str) -> Download:
        """Begin a download, or let it wait; one of the same model that is under way is returned as it is.

        Raises
        ------
        CheckpointError
            If adding is switched off, no model can have this name, or too many wait already.
        """
        require_adding()
        name = str(parse_name(typed))
        with self._lock:
            under_way = [each for each in self._downloads.values() if each.is_active]
            for each in under_way:
                if each.name == name and not each.is_stopping:
                    return each
            if len(under_way) >= DOWNLOADS:
                raise CheckpointError(f"{DOWNLOADS} downloads wait already: try again when one of them has ended.")
            self._last += 1
            new = self._downloads[self._last] = Download(self._last, name)
            self._forget()
            if not self._works:
                self._works = True
                threading.Thread(target=self._work, name="download models", daemon=True).start()
        return new

    def stop(self, number: int) -> None:
        """End a download: one that waits at once, one that runs after the piece that is arriving."""
        with self._lock:
            found = self._downloads.get(number)
            if found is None or not found.is_active:
                return
            if found.state == WAITING:
                problem = f"The download of {found.name} was stopped before it began."
                self._downloads[number] = replace(found, state=STOPPED, problem=problem)
            else:
                self._downloads[number] = replace(found, is_stopping=True)

    def active(self) -> list[Download]:
        """Those that run or wait: the place of each is its index."""
        with self._lock:
            return [each for each in self._downloads.values() if each.is_active]

    def find(self, number: int) -> Download | None:
        """A download as it stands now; None if it ended long ago."""
        with self._lock:
            return self._downloads.get(number)

    def _forget(self) -> None:
        ended = [number for number, each in self._downloads.items() if not each.is_active]
        for number in ended[:-DOWNLOADS_REMEMBERED]:
            del self._downloads[number]

    def _work(self) -> None:
        while (number := self._next()) is not None:
            name = self._downloads[number].name
            try:
                self._add(
                    name,
                    progress=lambda done, total, number=number: self._change(number, done=done, total=total),
                    stop=lambda number=number: self._downloads[number].is_stopping,
                )
                self._change(number, state=ADDED)
            except DownloadStopped as error:
                self._change(number, state=STOPPED, problem=str(error))
            except CheckpointError as error:
                self._change(number, state=FAILED, problem=str(error))
            except Exception:
                logging.getLogger(__name__).exception("the download of %s failed", name)
                problem = f"The download of {name} failed for a reason that the explorer does not know: its log has it."
                self._change(number, state=FAILED, problem=problem)

    def _next(self) -> int | None:
        with self._lock:
            for number, each in self._downloads.items():
                if each.state == WAITING:
                    self._downloads[number] = replace(each, state=RUNNING)
                    return number
            self._works = False
            return None

    def _change(self, number: int, **values: Any) -> None:
        with self._lock:
            self._downloads[number] = replace(self._downloads[number], **values)
