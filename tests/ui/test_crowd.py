"""Visitors who ask for as much as they can, all at once: the memory stays within its bounds, and others are served."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.limits import MB
from tests.ui import crowd

ROOT = Path(__file__).resolve().parents[2]
CACHES, BUILT, WEIGHTS, JOBS = 64, 150, 32, 2  # small, so that little work goes beyond them; MB, and heavy jobs
SLACK = 100  # MB: what malloc keeps of what was freed, in an arena for each of many threads
BOUNDS = {
    "EXPLORER_CACHE_MB": CACHES,
    "EXPLORER_LOADED_MB": 64,
    "EXPLORER_BUILT_MB": BUILT,
    "EXPLORER_WEIGHTS_MB": WEIGHTS,
    "EXPLORER_HEAVY_JOBS": JOBS,
}


@pytest.mark.timeout(600)
@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="memory is read from Linux's /proc")
def test_a_crowd_neither_fills_the_memory_nor_blocks_others():
    environment = {**os.environ, **{name: str(value) for name, value in BOUNDS.items()}, "EXPLORER_DEVICE": "cpu"}
    command = [sys.executable, "-m", "tests.ui.crowd"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    found = json.loads(result.stdout.splitlines()[-1])
    assert found["errors"] == []
    # What explorer/limits.py says, and one model more: one that is being built, before another one goes.
    bound = found["before"] + (CACHES + 2 * BUILT + JOBS * 6 * WEIGHTS + SLACK) * MB + crowd.BLOCKS
    assert found["peak"] < bound < found["before"] + found["made"]  # kept all, it would have been more
    assert found["kept"] <= CACHES * MB
    assert 0 < found["largest_block"] <= found["blocks"] <= crowd.BLOCKS
    # Who looks at a finished run is answered all the while, and never waits in line.
    assert found["answered"] > 10 and found["calm_asked"] == 0
    # Who waits in line waits for nobody but the three others, and all are gone in the end.
    assert found["asked"] > crowd.TEXTS and found["most_before"] <= 3 and found["left"] == [0, 0]
