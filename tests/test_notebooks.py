"""The notebooks run in Jupyter's own kernel, each cell twice, and are the same as the scripts they are written in."""

from __future__ import annotations

from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[1] / "examples" / "notebooks"
SCRIPTS = sorted(FOLDER.glob("*.py"))


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
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    shown = {kind for cell in notebook.cells for output in cell.outputs for kind in output.get("data", {})}
    assert "text/html" in shown  # a table
    assert "image/png" in shown  # a figure
