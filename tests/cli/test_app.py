"""The command line as a whole: its help, and its way in."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_help_names_every_command_without_torch():
    code = "import sys; from explorer.cli import app\ntry: app(['--help'])\nfinally: print('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.endswith("False\n")
    for command in ("models", "translate", "generate", "fill", "score", "trace", "train", "evaluate"):
        assert f"\n  {command}" in result.stdout


def test_module_runs_as_a_command():
    result = subprocess.run(
        [sys.executable, "-m", "explorer", "trace", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "python -m explorer trace" in result.stdout
    assert "[head, query, key]" in result.stdout
