"""The layout that the project promises: what imports what, how long files are, and that no pickle is ever loaded.

Every file is found by walking the folders, so that a new one is covered as soon as it exists.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXPLORER = ROOT / "explorer"
LONGEST = 330

# What must not be in sys.modules after a fresh interpreter has imported every module of a part.
ABSENT = {
    "model": {"streamlit", "plotly"},
    "hub": {"streamlit", "plotly", "transformers"},
    "analysis": {"torch", "streamlit"},
    "figures": {"torch", "streamlit"},
    "components": {"torch"},
    "training": {"streamlit", "plotly"},
    "ui": {"torch"},
    "reference": {"torch", "streamlit", "plotly"},
    "server": {"torch", "streamlit", "plotly"},
    "cli": {"torch", "streamlit", "plotly"},
}
# What each part may import of the others while it runs: the dependencies point one way.
BELOW = {
    "limits": set(),
    "model": {"limits"},
    "hub": {"limits", "model"},
    "api": {"limits", "analysis", "hub", "model"},
    "reference": {"limits", "model"},
    "analysis": {"limits", "model", "reference"},
    "figures": {"limits", "analysis", "model"},
    "components": {"limits", "figures", "analysis", "model", "server"},
    "training": {"limits", "model"},
    "server": set(),
    "ui": {"limits", "components", "figures", "analysis", "hub", "model", "reference"},
    "pages": {"limits", "ui", "components", "figures", "analysis", "hub", "model", "reference"},
    "cli": {"limits", "training", "analysis", "hub", "model"},
    "__main__": {"cli"},
}
SHOWS = {"ui", "pages", "components"}  # the parts that may import streamlit

IMPORTER = """
import importlib, json, sys
modules, absent = json.load(sys.stdin)
for module in modules:
    importlib.import_module(module)
    if found := sorted(set(absent) & set(sys.modules)):
        sys.exit(f"{module} brings in {', '.join(found)}")
"""


def python_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def own_files(*suffixes: str) -> list[Path]:
    """The project's own files of these kinds."""
    folders = [ROOT / name for name in ("explorer", "tests", "benchmarks", "deploy")]
    found = [path for folder in folders for path in folder.rglob("*") if path.suffix in suffixes]
    return sorted([*found, *(path for path in ROOT.glob("*") if path.suffix in suffixes)])


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def runtime_imports(tree: ast.AST) -> set[str]:
    """The modules that the code imports when it runs: anywhere in it, except under ``if TYPE_CHECKING``."""
    found = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node = ast.Module(node.orelse, [])
        found |= runtime_imports(node)
    return found


def imports_of_streamlit(tree: ast.AST) -> set[str]:
    return {name for name in runtime_imports(tree) if name.split(".")[0] == "streamlit"}


def loads_of_pickles(tree: ast.AST) -> list[str]:
    """Every expression that would load a pickle: torch.load, numpy's allow_pickle, and pickle by any name."""
    imported = runtime_imports(tree)
    found = [name for name in imported if name.split(".")[0] in ("pickle", "dill", "joblib", "cloudpickle")]
    found += [name for name in imported if name == "torch.load"]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "load":
            found += {ast.unparse(node)} & {"torch.load", "torch.serialization.load"}
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False":
            found.append(ast.unparse(node))
    return found


def import_in_fresh_interpreter(modules: list[str], absent: set[str]) -> str:
    """Import the modules one by one; the empty string, or the first complaint."""
    command = [sys.executable, "-W", "ignore", "-c", IMPORTER]
    result = subprocess.run(
        command, cwd=ROOT, input=json.dumps([modules, sorted(absent)]), capture_output=True, text=True, check=False
    )
    return "" if result.returncode == 0 else result.stderr[-2000:]


@pytest.mark.parametrize("part", ABSENT)
def test_part_does_not_bring_in_what_it_must_not_know(part: str) -> None:
    path = EXPLORER / part
    files = [path] if path.is_file() else python_files(path)
    assert files, f"there is nothing in explorer/{part}"
    assert import_in_fresh_interpreter([module_name(file) for file in files], ABSENT[part]) == ""


def test_what_the_first_paint_imports_leaves_torch_out() -> None:
    scripts = [ROOT / "app.py", *python_files(EXPLORER / "pages")]
    wanted = set().union(*(_top_level_imports(parse(path)) for path in scripts))
    assert "streamlit" in wanted
    assert import_in_fresh_interpreter(sorted(wanted), {"torch"}) == ""


def test_only_what_reads_tensors_of_the_hub_brings_in_torch() -> None:
    readers = {"explorer.hub.weights", "explorer.hub.open"}
    modules = [module_name(path) for path in python_files(EXPLORER / "hub")]
    assert readers < set(modules)
    others = [name for name in modules if name not in readers]
    assert import_in_fresh_interpreter(others, {"torch", "huggingface_hub"}) == ""


def test_importer_notices_what_must_be_absent() -> None:
    assert "brings in html" in import_in_fresh_interpreter(["json", "html.parser"], {"html", "xml"})
    assert import_in_fresh_interpreter(["json"], {"html", "xml"}) == ""


@pytest.mark.parametrize("part", BELOW)
def test_dependencies_point_one_way(part: str) -> None:
    path = EXPLORER / part
    allowed = BELOW[part] | {part}
    wrong = [
        f"{module_name(file)} imports {name}"
        for file in (python_files(path) if path.is_dir() else [path.with_suffix(".py")])
        for name in sorted(runtime_imports(parse(file)))
        if name.startswith("explorer.") and name.split(".")[1] not in allowed
    ]
    assert not wrong


def test_every_part_has_its_place_in_the_order() -> None:
    parts = {path.relative_to(EXPLORER).parts[0].removesuffix(".py") for path in python_files(EXPLORER)}
    assert parts - {"__init__"} == set(BELOW)


def test_only_the_screen_imports_streamlit() -> None:
    wrong = [
        module_name(path)
        for path in python_files(EXPLORER)
        if path.relative_to(EXPLORER).parts[0] not in SHOWS and imports_of_streamlit(parse(path))
    ]
    assert not wrong


def test_nothing_loads_a_pickle() -> None:
    wrong = {module_name(path): found for path in own_files(".py") if (found := loads_of_pickles(parse(path)))}
    assert not wrong


def test_files_are_short() -> None:
    files = own_files(".py", ".js")
    assert {".py", ".js"} <= {path.suffix for path in files}
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from pickle import load",
        "import torch\ntorch.load('weights.pt')",
        "from torch import load",
        "def f():\n    import numpy as np\n    return np.load('x.npz', allow_pickle=True)",
        "load = torch.load",
    ],
)
def test_pickles_are_found(code: str) -> None:
    assert loads_of_pickles(ast.parse(code))


def test_pickles_are_not_found_where_there_are_none() -> None:
    assert not loads_of_pickles(ast.parse("import numpy as np\nnp.load('x.npz', allow_pickle=False)\njson.load(file)"))


def test_imports_for_type_checking_do_not_count() -> None:
    code = "if TYPE_CHECKING:\n    import torch\nelse:\n    import json\ndef f():\n    from streamlit import cache_data"
    assert runtime_imports(ast.parse(code)) == {"json", "streamlit", "streamlit.cache_data"}


def _top_level_imports(tree: ast.Module) -> set[str]:
    found = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_the_readme_names_every_file_of_the_package() -> None:
    """A newcomer finds a thing by its name: each module stands in the tree, or under ``family_*.py`` there."""
    tree = (ROOT / "README.md").read_text(encoding="utf-8").partition("\nexplorer/\n")[2].partition("\n```")[0]
    families = re.findall(r"(\w+_)\*\.py", tree)
    names = [path.name for path in python_files(EXPLORER) if path.name != "__init__.py"]
    assert [name for name in names if name not in tree and not name.startswith(tuple(families))] == []
