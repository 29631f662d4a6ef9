"""One search on six machines as near as a test comes: hosts, processes and folders of their own, one PostgreSQL."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from alia_judge.cli import main

BUDGET = 240
#: Calls in flight of one worker: what one that is killed may have sent and never told.
IN_FLIGHT = 32

#: Run by hand, `make workers`: six processes take minutes on two cores.
pytestmark = [pytest.mark.workers, pytest.mark.postgres]


@pytest.fixture
def benchmark(made: ModuleType, tmp_path: Path) -> Path:
    """A frozen benchmark of 96 items, rated by three people."""
    items, truth = made.items_and_truth()
    rng = np.random.default_rng(5)
    with (tmp_path / "ratings.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["item_id", "annotator_id", "criterion", "value", "response", "group"])
        for item, true in zip(items, truth, strict=True):
            for rater in ("ana", "jon", "eva"):
                value = int(np.clip(true + rng.integers(-1, 2), 1, 5))
                writer.writerow([item.item_id, rater, "helpfulness", value, item.response, item.group])
    with pytest.raises(SystemExit) as ended:
        main(["build", str(tmp_path / "ratings.csv"), "--criterion", "helpfulness", "--out",
              str(tmp_path / "benchmark"), "--no-gate"])  # fmt: skip
    assert not ended.value.code
    return tmp_path / "benchmark"


class Machine:
    """A folder with a copy of the benchmark, and the command that a worker is; a host and processes of its own where
    the system lets a test have them."""

    def __init__(self, folder: Path, benchmark: Path, storage: str, server: str) -> None:
        shutil.copytree(benchmark, folder / "benchmark")
        self._folder = folder
        command = [sys.executable, "-m", "alia_judge"]
        words = ["compile", "benchmark", "--model", "openai/judge", "--api-base", server, "--calls", str(BUDGET),
                 "--storage", storage, "--study", "helpfulness", "--no-gate", "--json", "found.json"]  # fmt: skip
        environment = {**os.environ, "OPENAI_API_KEY": "k", "OMP_NUM_THREADS": "1", "HOME": str(folder)}
        with (folder / "told").open("w", encoding="utf-8") as told:
            self.process = subprocess.Popen(
                [*_apart(folder.name), *command, *words], cwd=folder, env=environment, stdout=told, stderr=told
            )

    def told(self) -> str:
        return (self._folder / "told").read_text("utf-8")

    def found(self) -> dict[str, Any]:
        """What the search found, which has to come to its end."""
        assert self.process.wait(900) == 0, self.told()
        result: dict[str, Any] = json.loads((self._folder / "found.json").read_text("utf-8"))
        return result


def _apart(host: str) -> list[str]:
    """Words before a command that give it a host name and a table of processes of its own, or none."""
    words = ["unshare", *(() if os.getuid() == 0 else ("--map-root-user",)), "--uts", "--pid", "--fork", "--kill-child",
             "--mount-proc", "sh", "-c", 'hostname "$0" && exec "$@"', host]  # fmt: skip
    tried = shutil.which("unshare") and subprocess.run([*words, "true"], capture_output=True, check=False)
    return words if tried and tried.returncode == 0 else []


def test_six_machines_share_one_search_and_one_of_them_goes_down(
    benchmark: Path, postgres_server: Any, openai_server: Any, tmp_path: Path
) -> None:
    openai_server.default("ok", delay=0.3)
    machines = []
    for n in range(1, 7):
        (tmp_path / f"machine-{n}").mkdir()
        machines.append(Machine(tmp_path / f"machine-{n}", benchmark, postgres_server.url, openai_server.base_url))
    while openai_server.stats()["requests"] < BUDGET // 4:
        assert any(machine.process.poll() is None for machine in machines), machines[0].told()
        time.sleep(0.05)
    gone, *others = machines
    gone.process.kill()
    gone.process.wait()
    found = [machine.found() for machine in others]
    stats = openai_server.stats()
    assert stats["requests"] <= BUDGET
    # Nobody asked what another had been answered: what was asked again is what the dead one took with it.
    assert stats["requests"] - len(stats["by_messages"]) <= IN_FLIGHT
    assert len({json.dumps(one["single"]) for one in found}) == 1
    assert len({one["calls"]["paid"] for one in found}) == 1
    assert found[0]["calls"]["paid"] >= BUDGET - IN_FLIGHT
    # A machine that comes when all is done reads it: it has nothing to send, and finds the same.
    (tmp_path / "machine-7").mkdir()
    late = Machine(tmp_path / "machine-7", benchmark, postgres_server.url, openai_server.base_url).found()
    assert openai_server.stats()["requests"] == stats["requests"]
    assert late["single"] == found[0]["single"]
