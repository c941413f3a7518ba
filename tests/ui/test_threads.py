"""Every library computes on one thread: those of several visitors would fight."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import json
from explorer.ui.cache import prepare_torch
prepare_torch()
import numpy, torch
from threadpoolctl import threadpool_info
numpy.ones((211, 211)) @ numpy.ones((211, 211))
print(json.dumps([torch.get_num_threads(), *(each["num_threads"] for each in threadpool_info())]))
"""


def test_torch_and_numpy_use_one_thread_each():
    run = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(run.stdout.splitlines()[-1])
    assert len(found) > 2 and set(found) == {1}
