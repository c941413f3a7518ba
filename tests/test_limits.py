"""The bounds of the program: each with a reason beside it, those of the environment read and described."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from explorer import limits

ROOT = Path(__file__).resolve().parents[1]
SOURCE = (ROOT / "explorer" / "limits.py").read_text(encoding="utf-8")
DEFINED = re.findall(r"^([A-Z_, ]+) = (.*)$", SOURCE, flags=re.M)
VARIABLES = re.findall(r'whole_number\("(\w+)"', SOURCE)


def test_each_has_a_reason_and_a_value():
    names = [name for name, _ in DEFINED if name != "KB, MB"]
    assert len(names) > 40
    for name, definition in DEFINED:
        reason = definition.partition("#")[2].strip()
        assert len(reason.split()) >= 4, f"{name} has no reason"
        if name != "KB, MB":
            assert type(getattr(limits, name)) is int and getattr(limits, name) >= 1, name


def test_each_is_used():
    texts = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "explorer").rglob("*.py") if path.name != "limits.py"
    )
    unused = [name for name, _ in DEFINED if name != "KB, MB" and not re.search(rf"\b{name}\b", texts)]
    assert unused == []


@pytest.mark.parametrize("variable", VARIABLES)
def test_each_variable_is_described(variable):
    assert re.search(rf"^{variable} ", limits.__doc__, flags=re.M)
    assert variable in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_variable_is_read(monkeypatch):
    assert limits.whole_number("EXPLORER_NOTHING", 7) == 7
    monkeypatch.setenv("EXPLORER_NOTHING", " 11 ")
    assert limits.whole_number("EXPLORER_NOTHING", 7) == 11


@pytest.mark.parametrize("value", ["0", "-3", "1.5", "many", "1e3", "²", "1001", "9" * 99])
def test_a_wrong_variable_is_answered_with_one_sentence(monkeypatch, value):
    monkeypatch.setenv("EXPLORER_NOTHING", value)
    with pytest.raises(SystemExit) as ended:
        limits.whole_number("EXPLORER_NOTHING", 7, 1000)
    assert str(ended.value) == (
        "The environment variable EXPLORER_NOTHING is wrong: it must be a whole number from 1 to 1,000, "
        f"and {value[:40]!r} is not."
    )


def test_the_program_ends_at_its_start_with_that_sentence():
    command = [sys.executable, "-m", "explorer", "models"]
    environment = {"PATH": "", "EXPLORER_HEAVY_JOBS": "none"}
    found = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == 1 and found.stdout == ""
    assert found.stderr.strip().splitlines() == [
        "The environment variable EXPLORER_HEAVY_JOBS is wrong: it must be a whole number from 1 to 1,024, "
        "and 'none' is not."
    ]
