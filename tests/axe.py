"""axe-core on an open page: what it finds that keeps somebody out."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from browser import Browser

#: The version whose rules are held to.
_VERSION = "4.14.1"
_RUN = """
axe.run(document, {resultTypes: ['violations']}).then(({violations}) => violations
  .filter(({impact}) => impact === 'serious' || impact === 'critical')
  .map(({id, nodes}) => [id, nodes.map(({target, failureSummary}) => `${target}: ${failureSummary}`)]))
"""


def serious_findings(browser: Browser) -> list[Any]:
    """What axe-core finds of serious or critical impact, as [rule, [where: what, ...]]; skips where npm has none."""
    browser.run(f"{_script()}; true")
    return list(browser.run(_RUN))


@cache
def _script() -> str:
    """axe-core's code: fetched by npm once, into a folder of this run's, and kept nowhere else."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm on this machine, which fetches axe-core")
    with tempfile.TemporaryDirectory(prefix="alia-judge-axe-") as folder:
        command = [npm, "install", "--prefix", folder, "--no-save", "--no-audit", "--no-fund", f"axe-core@{_VERSION}"]
        try:
            done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=180)
        except subprocess.TimeoutExpired:
            pytest.skip("npm fetched no axe-core in three minutes")
        if done.returncode:
            pytest.skip(f"npm fetches no axe-core here: {done.stderr.strip()[-200:]}")
        return (Path(folder) / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
