"""Two copies of the explorer behind nginx, and one of them is killed while students work.

    python -m deploy.try_failover [--students 16] [--seconds 20]

nginx.conf as it lies here (only the ports are others), real servers, and students who speak Streamlit's protocol. When
a connection breaks they come back as the browser does: with their cookie, to the address that holds all they had
chosen. Every page has been opened once on each copy before, as the probes of a deployment do. Counted: how many were
moved, how long that took, whether their pictures are the same again, number by number, and what those felt whose copy
went on. ``tests/deploy`` does the same with a real browser.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import statistics
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from websockets.exceptions import WebSocketException

from benchmarks.sessions import Answer, Visitor
from benchmarks.visitors import KINDS, Kind
from deploy.copies import Copies, running_copies
from deploy.health import pages

PAUSE = (1.0, 3.0)  # seconds between two moves of one student


@dataclass
class Record:
    """What one student noticed."""

    kind: str
    moves: list[float] = field(default_factory=list)  # seconds each took
    away: list[float] = field(default_factory=list)  # seconds from a break until the page was there again
    breaks: list[str] = field(default_factory=list)  # what ended a connection
    unlike: list[str] = field(default_factory=list)  # pictures that were not the same again
    errors: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20.0, help="before the kill, and after it")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_copies(Path(folder)) as copies:
        for server in copies.servers:
            for problem in pages(server.url):
                raise SystemExit(problem)
        report(asyncio.run(lesson(copies, options)))


async def lesson(copies: Copies, options: argparse.Namespace) -> list[Record]:
    """All students work; in the middle of it the first copy is killed, and nobody is told."""
    end = time.perf_counter() + 2 * options.seconds
    kinds = list(itertools.islice(itertools.cycle(KINDS), options.students))
    records = [Record(kind.name) for kind in kinds]
    draws = [random.Random(f"{options.seed} {i}") for i in range(len(kinds))]
    working = [attend(copies.url, *student, end) for student in zip(kinds, draws, records, strict=True)]
    work = asyncio.gather(*working)
    await asyncio.sleep(options.seconds)
    copies.servers[0].process.kill()
    await work
    return records


async def attend(url: str, kind: Kind, draw: random.Random, record: Record, end: float) -> None:
    """One student, who comes back to the last address whenever the connection breaks."""
    await asyncio.sleep(draw.uniform(0, PAUSE[0]))
    address, cookie = f"{url}/{kind.address}", await asyncio.to_thread(new_cookie, url)
    pictures: dict[str, bytes] = {}
    broken = 0.0
    while time.perf_counter() < end:
        try:
            async with Visitor(address, cookie) as visitor:
                note(await visitor.open(), record)
                if broken:
                    record.away.append(time.perf_counter() - broken)
                    broken = 0.0
                    now = visitor.pictures
                    record.unlike += [k for k in pictures if k not in now or numbers(now[k]) != numbers(pictures[k])]
                while time.perf_counter() < end:
                    address, pictures = visitor.address, visitor.pictures
                    await asyncio.sleep(draw.uniform(*PAUSE))
                    record.moves.append(note(await kind.next(visitor, draw), record).seconds)
        except (WebSocketException, OSError) as error:
            record.breaks.append(type(error).__name__)
            broken = broken or time.perf_counter()
            await asyncio.sleep(0.1)


def numbers(data: bytes) -> tuple[dict, bytes]:
    """What a component shows, but for the number that is being asked about: that is not in the URL."""
    if data.startswith(b"{") or not data:  # JSON as it is, or a component that has none
        return json.loads(data or "{}"), b""
    end = 4 + int.from_bytes(data[:4], "little")
    header = json.loads(data[4:end])
    header["meta"].pop("picked", None)
    return header, data[end:]


def new_cookie(url: str) -> str:
    """The cookie that nginx gives to a browser that has none."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(url, timeout=10) as answer:
        return answer.headers["Set-Cookie"].partition(";")[0]


def note(answer: Answer, record: Record) -> Answer:
    record.errors += answer.exceptions
    return answer


def report(records: list[Record]) -> None:
    """Print what became of whom."""
    moved = [record for record in records if record.breaks]
    stayed = [record for record in records if not record.breaks]
    away = [1000 * seconds for record in moved for seconds in record.away]
    print(f"{len(records)} students on two copies, one killed; load of the machine", *os.getloadavg())
    print(f"  on the killed copy: {len(moved)}, of them back: {sum(bool(record.away) for record in moved)}", end="")
    print(f", after {statistics.median(away):.0f} ms at the median, at most {max(away):.0f}" if away else "")
    print(f"  connections broken: {Counter(name for record in records for name in record.breaks)}")
    print(f"  pictures that came back unlike: {[(r.kind, r.unlike) for r in moved if r.unlike] or 'none'}")
    times = [1000 * seconds for record in stayed for seconds in record.moves]
    print(f"  on the other copy: {len(stayed)}, {len(times)} moves, p50 {statistics.median(times):.0f} ms, none broken")
    print(f"  exceptions on pages: {[(r.kind, r.errors) for r in records if r.errors] or 'none'}")


if __name__ == "__main__":
    main()
