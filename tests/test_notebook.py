"""The notebook in docs/: it runs from top to bottom in a fresh kernel that can reach no other machine."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "notebook.ipynb"
OFFLINE = """
import ipaddress, socket

def refuse(connect):
    def guarded(self, address):
        if isinstance(address, tuple) and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"the notebook asks {address[0]} for something")
        return connect(self, address)
    return guarded

socket.socket.connect, socket.socket.connect_ex = refuse(socket.socket.connect), refuse(socket.socket.connect_ex)

def no_names(name, *arguments, **options):
    raise AssertionError(f"the notebook looks for {name}")

socket.getaddrinfo = no_names
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The notebook after its run in a kernel of this interpreter; a cell that fails raises what it said."""
    folder = tmp_path_factory.mktemp("kernels")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(OFFLINE))
    manager = kernel_manager(folder)
    client = nbclient.NotebookClient(
        notebook, km=manager, timeout=100, resources={"metadata": {"path": NOTEBOOK.parent}}
    )
    with ThreadPoolExecutor(1) as pool:  # the event loop of a browser may run in this one
        return pool.submit(client.execute).result().cells[1:]


def kernel_manager(folder):
    """A kernel of the running interpreter, whatever kernels are installed for others."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]

    class OneKernel(KernelSpecManager):
        def get_kernel_spec(self, kernel_name):
            environment = {
                "HOME": str(folder),
                "IPYTHONDIR": str(folder),
                "HF_HUB_OFFLINE": "1",
                "EXPLORER_DEVICE": "cpu",
            }
            return KernelSpec(argv=command, display_name="Python 3", language="python", env=environment)

    return AsyncKernelManager(kernel_name="python3", kernel_spec_manager=OneKernel())


def printed(cells, beginning):
    """What the one cell that begins so has printed."""
    (cell,) = [cell for cell in cells if cell.cell_type == "code" and cell.source.startswith(beginning)]
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def test_is_committed_without_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) > 5
    assert [cell.source for cell in code if cell.outputs or cell.execution_count is not None] == []


def test_every_cell_runs_and_says_something(executed):
    for cell in executed:
        if cell.cell_type == "code":
            assert cell.outputs or cell.source.startswith("import sys"), cell.source
            # Warnings and progress bars would stand between the reader and the numbers.
            assert not [each for each in cell.outputs if each.get("name") == "stderr"], cell.source


def test_both_pictures_are_drawn_from_the_weights(executed):
    figures = [
        output.data["application/vnd.plotly.v1+json"]
        for cell in executed
        for output in cell.get("outputs", [])
        if "application/vnd.plotly.v1+json" in output.get("data", {})
    ]
    assert [figure["data"][0]["type"] for figure in figures] == ["heatmap", "heatmap"]
    assert [figure["layout"]["title"]["text"] for figure in figures] == [
        "gpt-captions, layer 4, head 3",
        "layer 3, head 2",
    ]


def test_the_number_computed_by_hand_is_the_models(executed):
    words = printed(executed, "import numpy as np")
    model, by_hand = (float(line.split(":")[1]) for line in words.splitlines()[1:3])
    assert 0 < model < 1
    assert by_hand == pytest.approx(model, abs=1e-6)


def test_the_ledger_adds_up(executed):
    lines = printed(executed, "from explorer.analysis.parameter_table").splitlines()
    assert lines[-1] == "2,977,056 parameters"
    counts = [line.replace(",", "").split()[-3:] for line in lines[:-1]]
    assert sum(int(count) * int(times) for count, _, times in counts) == 2_977_056
