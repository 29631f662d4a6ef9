"""The table of what was run is what the run wrote, and every tool has its locked versions and its tests."""

from __future__ import annotations

import json

import pytest
from try_integrations import RESULTS, ROOT, TABLE, TOOLS, locked_in, with_versions

TOLD = json.loads(RESULTS.read_text(encoding="utf-8"))


def test_the_table_has_the_versions_that_were_run() -> None:
    page = TABLE.read_text(encoding="utf-8")
    assert with_versions(page, TOLD) == page
    assert all(TOLD[name]["version"] in page for name in TOOLS if name in TOLD)


@pytest.mark.parametrize("name", TOOLS)
def test_each_tool_is_in_the_table_and_has_versions_and_tests(name: str) -> None:
    with_versions(TABLE.read_text(encoding="utf-8"), {name: {"version": "1"}})  # refuses where its row is missing
    assert list((ROOT / "tests" / "integrations").glob(f"test_{name}*.py"))
    if TOOLS[name].asked:
        locked = locked_in(name).read_text(encoding="utf-8").splitlines()
        for package in TOOLS[name].packages:
            assert any(line.startswith(f"{package}==") or line.startswith(f"{package}[") for line in locked)


def test_a_row_gets_the_version_that_ran() -> None:
    page = "| Ray | ray 1.0 | two nodes |\n| [Ray Data](#ray-data) | `pip install` | rows |\n"
    assert with_versions(page, {"ray": {"version": "ray 2.0"}}) == page.replace("ray 1.0", "ray 2.0")
    with pytest.raises(SystemExit, match="wanted one row of Ray"):
        with_versions("| MLflow | 1 | what |\n", {"ray": {"version": "ray 2.0"}})
