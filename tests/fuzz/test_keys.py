"""The list of keys that the tests write nonsense behind is whole: read from the code, as a search for them would."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

from explorer.ui.cache import MODEL_KEYS
from tests.fuzz.addresses import KEYS, VIEWS

ROOT = Path(__file__).resolve().parents[2]
FIRST = {  # functions of the ui whose argument of that place is a key
    "take_from_url": 0,
    "put_into_url": 0,
    "choose_in_url": 0,
    "take_number": 0,
    "put_number": 0,
    "take_following": 0,
    "take_change": 0,
    "choose_count": 1,
    "_slide": 1,
    "_choose_number": 0,
    "choose_word": 1,
    "type_text": 1,
    "Dial": 0,
    "not_there": 0,
}


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def _expressions(tree: ast.Module) -> Iterator[ast.expr]:
    """Everything in the code that is a key of the address."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            more = {each.arg: each.value for each in node.keywords}
            place = FIRST.get(_called(node))
            if place is not None and len(node.args) > place:
                yield node.args[place]
            if "bind" in more or _called(node) == "select_in_words":
                yield more["key"]
            if _called(node) in ("get", "pop") and ast.unparse(node.func.value) == "st.query_params":
                yield node.args[0]
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "st.query_params":
            yield node.slice


def keys_in(path: Path) -> set[str]:
    """The keys that a file of the ui names as such: in words, or by a constant of its own or of another file."""
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found = set()
    for each in _expressions(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(each, ast.Constant):
            found.add(each.value)
        elif isinstance(each, ast.Name) and isinstance(value := getattr(module, each.id, None), str):
            found.add(value)
    return found


def test_the_list_of_keys_is_whole():
    found = set(MODEL_KEYS)
    for path in sorted((ROOT / "explorer" / "ui").glob("*.py")):
        found |= keys_in(path)
    assert len(found) > 60, "the search finds too little"
    assert found <= set(KEYS), f"add to KEYS: {sorted(found - set(KEYS))}"
    assert len(set(KEYS)) == len(KEYS)


def test_the_list_of_pages_is_whole():
    assert set(VIEWS) == {path.stem for path in (ROOT / "explorer" / "pages").glob("*.py")} - {"__init__"}
