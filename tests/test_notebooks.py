"""The notebooks run in Jupyter's own kernel, each cell twice, and are the same as the scripts they are written in."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

from alia_judge._progress import in_notebooks, run_line

FOLDER = Path(__file__).resolve().parents[1] / "examples" / "notebooks"
SCRIPTS = sorted(FOLDER.glob("*.py"))


def _run(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Every cell, in a loop that is closed (`execute` leaves one open in the thread, for whoever comes next)."""
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    asyncio.run(client.async_execute())


def test_there_is_a_notebook_of_each_script() -> None:
    assert [one.stem for one in SCRIPTS] == [one.stem for one in sorted(FOLDER.glob("*.ipynb"))]
    assert len(SCRIPTS) == 5


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_notebook_is_its_script_and_carries_no_output(script: Path) -> None:
    # Otherwise: jupytext --sync examples/notebooks/*.py
    notebook = nbformat.read(script.with_suffix(".ipynb"), as_version=4)
    written = jupytext.read(script)
    assert [(one.cell_type, one.source) for one in notebook.cells] == [
        (one.cell_type, one.source) for one in written.cells
    ]
    assert not any(one.get("outputs") or one.get("execution_count") for one in notebook.cells)


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_notebook_runs_with_each_cell_twice(script: Path, tmp_path: Path) -> None:
    notebook = jupytext.read(script)
    notebook.cells = [
        nbformat.v4.new_code_cell(one.source) for one in notebook.cells if one.cell_type == "code" for _ in range(2)
    ]
    _run(notebook, tmp_path)
    shown = {kind for cell in notebook.cells for output in cell.outputs for kind in output.get("data", {})}
    assert "text/html" in shown  # a table
    assert "image/png" in shown  # a figure


def test_progress_is_one_line_that_is_written_over_and_none_of_what_is_quick(tmp_path: Path) -> None:
    begin = (
        "import time\nfrom alia_judge._progress import in_notebooks, run_line\nfrom alia_judge.runner import Progress\n"
    )
    slow = (
        "show = in_notebooks(run_line)\n"
        "for done in range(1, 25):\n    time.sleep(0.1)\n    show(Progress(done=done, total=24, paid=done))\n"
    )
    cells = [begin, "show = in_notebooks(run_line)\nshow(Progress(done=1))", slow]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in cells])
    _run(notebook, tmp_path)
    quick, shown = notebook.cells[1].outputs, notebook.cells[2].outputs
    assert quick == []
    (line,) = shown
    assert re.match(r"24/24 judged \(24 paid, 0 replayed, 0 unscored\)", line["data"]["text/plain"])


def test_outside_of_a_notebook_there_is_no_line() -> None:
    assert in_notebooks(run_line) is None
