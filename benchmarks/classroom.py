"""A class on one server: 1, 10 and 30 students at once, each with a page open and a control moved every 2 to 5 seconds.

    python -m benchmarks.classroom [--students 1 10 30] [--minutes 2] [--seed 1]

No browser: each student speaks Streamlit's protocol (``sessions.py``), so that what is timed is the server alone, from
the message that a control sends until the last one of the run that it asked for. Before the lesson one student of each
kind has been there: the models are loaded, and the caches that all share, which are bounded, are full. Afterwards all
leave, Streamlit forgets them, and what the process still holds is read. The students' own work is done on the same
cores.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from streamlit import config

from benchmarks.server import Server, running_server
from benchmarks.sessions import Answer, Visitor
from benchmarks.visitors import KINDS, Kind

COMING = 10.0  # seconds within which all students open their pages
PAUSE = (2.0, 5.0)  # seconds between two moves of one student
TEXTS = 120  # of each model: so many fill the caches
ENVIRONMENT = {
    "EXPLORER_CACHE_MB": "128",  # so that the caches can be full before the lesson: their growth is no leak
    "MALLOC_ARENA_MAX": "2",  # as `make run` and the image set it
}
GOALS = {"p95": 150.0, "MB": 5.0, "back": 10.0}  # milliseconds; MB a student; per cent of the memory before


@dataclass
class Lesson:
    """What was measured in one lesson."""

    moves: dict[str, list[Answer]] = field(default_factory=dict)  # by kind of student
    opened: list[Answer] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)  # MB, every second of it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, nargs="+", default=[1, 10, 30])
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)  # the server inherits it
    for n_students in options.students:
        with (
            tempfile.TemporaryDirectory() as folder,
            running_server(Path(folder) / "app.log") as server,
        ):
            asyncio.run(measure(server, n_students, options))


async def measure(server: Server, n_students: int, options: argparse.Namespace) -> None:
    """One lesson on a fresh server, and what is said about it."""
    kinds = list(itertools.islice(itertools.cycle(KINDS), n_students))
    await prepare(server, random.Random(f"{options.seed}"))
    await forget(server)
    before, cpu, start = server.megabytes(), server.cpu_seconds(), time.perf_counter()
    lesson = await teach(server, kinds, 60 * options.minutes, options.seed)
    cpu, seconds = server.cpu_seconds() - cpu, time.perf_counter() - start
    during, most = server.megabytes(), max(lesson.memory)
    await forget(server)
    report(lesson, n_students, cpu, seconds, (before, during, most, server.megabytes()))


async def prepare(server: Server, draw: random.Random) -> None:
    """Every page and model has been used, and the caches that all share, which are bounded, are full."""
    await teach(server, KINDS, COMING + 6, 0)
    for kind in KINDS:
        if kind.name.startswith("typing"):
            async with Visitor(f"{server.url}/{kind.address}") as visitor:
                await visitor.open()
                for _ in range(TEXTS):
                    await kind.moves[0](visitor, draw)


async def teach(server: Server, kinds: Sequence[Kind], seconds: float, seed: int) -> Lesson:
    """All students come, work, and leave together."""
    lesson, end = Lesson(), time.perf_counter() + seconds
    students = [attend(server, kind, random.Random(f"{seed} {i}"), end, lesson) for i, kind in enumerate(kinds)]
    watching = asyncio.create_task(watch(server, lesson))
    await asyncio.gather(*students)
    watching.cancel()
    return lesson


async def attend(server: Server, kind: Kind, draw: random.Random, end: float, lesson: Lesson) -> None:
    """One student, until the lesson ends; whatever goes wrong is noted."""
    await asyncio.sleep(draw.uniform(0, COMING))
    try:
        async with Visitor(f"{server.url}/{kind.address}") as visitor:
            lesson.opened.append(note(await visitor.open(), kind, lesson))
            while time.perf_counter() < end:
                await asyncio.sleep(draw.uniform(*PAUSE))
                answer = await kind.next(visitor, draw)
                lesson.moves.setdefault(kind.name, []).append(note(answer, kind, lesson))
    except Exception as error:
        lesson.errors.append(f"{kind.name}: {type(error).__name__}: {error}")


def note(answer: Answer, kind: Kind, lesson: Lesson) -> Answer:
    lesson.errors += [f"{kind.name}: {text}" for text in answer.exceptions]
    return answer


async def watch(server: Server, lesson: Lesson) -> None:
    while True:
        lesson.memory.append(server.megabytes())
        await asyncio.sleep(1)


async def forget(server: Server) -> None:
    """Wait until Streamlit may drop the sessions that have left; it does so when the next one leaves."""
    await asyncio.sleep(config.get_option("server.disconnectedSessionTTL") + 2)
    async with Visitor(f"{server.url}/positions") as visitor:
        await visitor.open()
    await asyncio.sleep(3)


def report(lesson: Lesson, n_students: int, cpu: float, seconds: float, memory: tuple[float, ...]) -> None:
    """Print the lesson's table."""
    before, during, most, after = memory
    moves = [answer for answers in lesson.moves.values() for answer in answers]
    print(f"\n{n_students} students, {seconds:.0f} s, {len(moves)} moves; load of the machine", *os.getloadavg())
    for name, answers in lesson.moves.items():
        print(f"  {name:20} {len(answers):5} moves {_times(answers)}")
    print(f"  {'all moves':20} {len(moves):5} moves {_times(moves)}   goal: p95 < {GOALS['p95']:.0f}")
    print(f"  {'opening the page':20} {len(lesson.opened):5} pages {_times(lesson.opened)}")
    print(f"  errors {len(lesson.errors)}; computing time {1000 * cpu / max(1, len(moves)):.0f} ms a move,", end=" ")
    print(f"{cpu / seconds:.2f} of {os.cpu_count()} cores")
    print(f"  memory in MB: before {before:.0f}, at most {most:.0f}, at the end {during:.0f},", end=" ")
    print(f"after {after:.0f} ({100 * (after / before - 1):+.1f} %; goal: within {GOALS['back']:.0f} %)")
    print(f"  MB a student: {(most - before) / n_students:.1f} (goal: < {GOALS['MB']:.0f}),", end=" ")
    print(f"of which {(during - after) / n_students:.1f} went when they did", flush=True)
    for error in sorted(set(lesson.errors))[:10]:
        print(f"  ERROR {error}")


def _times(answers: Iterable[Answer]) -> str:
    times = [1000 * answer.seconds for answer in answers]
    if len(times) < 2:
        return f"{times[0]:6.0f} ms" if times else "     -"
    size = statistics.mean(answer.n_bytes for answer in answers) / 1000
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
    return f"p50 {statistics.median(times):5.0f}  p95 {p95:5.0f}  max {max(times):5.0f} ms  {size:4.0f} kB"


if __name__ == "__main__":
    main()
