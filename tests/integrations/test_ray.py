"""A published judge over real Ray Datasets, on a cluster of two nodes of which things die; requests are the witness."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

pytest.importorskip("ray.data", reason="Ray is not part of the test environment; see docs/integrations.md")

import ray
from ray.cluster_utils import Cluster

from alia_judge.integrations.ray import judge_dataset

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "integrations" / "score_on_ray.py"
ROWS = 300
#: Calls in flight of each of two actors.
IN_FLIGHT = 4
#: What may be paid for twice where one dies: those, and as many that were answered and not yet written.
LOST = 2 * IN_FLIGHT
#: Of one node; Ray takes a third of the machine's memory where nobody says.
NODE = {"num_cpus": 1, "object_store_memory": 100 * 2**20}

# Ray's own code warns of what it deprecates itself.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.postgres, pytest.mark.slow]


def patient(ask: Callable[..., Any]) -> Callable[..., Any]:
    """Ask about a node that starts for five minutes: Ray gives it 30 s, and a busy machine does not."""

    def asked(*arguments: Any, **more: Any) -> Any:
        deadline = time.monotonic() + 300
        while True:
            try:
                return ask(*arguments, **more)
            except RuntimeError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    return asked


@pytest.fixture(scope="module")
def cluster(openai_server_process: Any) -> Iterator[Any]:
    """Two nodes of a core each; their actors inherit the environment that names the judge's server."""
    # On loopback with nobody else: no token is written to the user's folder, and a busy machine may take its time.
    settings = {"RAY_AUTH_MODE": "disabled", "RAY_raylet_start_wait_time_s": "300", "RAY_USAGE_STATS_ENABLED": "0",
                "OPENAI_API_KEY": "k", "OPENAI_API_BASE": openai_server_process.base_url}  # fmt: skip
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        for name, value in settings.items():
            patch.setenv(name, value)
        # Ray writes down which cluster is the last one in a folder that it takes for granted.
        patch.setenv("RAY_TMPDIR", folder)
        Path(folder, "ray").mkdir()
        patch.setattr(ray._private.services, "get_node", patient(ray._private.services.get_node))
        nodes = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False, "temp_dir": folder})
        nodes.add_node(**NODE)
        ray.init(address=nodes.address, log_to_driver=False)
        yield nodes
        ray.shutdown()
        nodes.shutdown()


@pytest.fixture
def judged(cluster: Any, artifact: str, postgres_server: Any, request: Any) -> Callable[[], list[dict[str, Any]]]:
    """Judge as many rows as there are, of this test alone, by two actors that share verdicts in PostgreSQL."""
    rows = [
        {"item_id": f"i{n}", "prompt": request.node.name, "response": f"<<answer:{1 + n % 5}>> {n}"}
        for n in range(ROWS)
    ]

    def judge() -> list[dict[str, Any]]:
        dataset = ray.data.from_items(rows, override_num_blocks=10)
        options = {"batch_size": 15, "concurrency": IN_FLIGHT, "actors": 2, "store": postgres_server.url}
        return judge_dataset(dataset, artifact, **options).take_all()

    return judge


def meanwhile(server: Any, act: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Do something when a third of the rows has been asked for; what came of it stands in the list."""
    done: list[Any] = []

    def wait() -> None:
        while server.stats()["requests"] < ROWS // 3:
            time.sleep(0.02)
        done.append(act())

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread, done


def all_are_scored(rows: list[dict[str, Any]]) -> None:
    assert len({row["item_id"] for row in rows}) == len(rows) == ROWS
    assert [row for row in rows if row["score"] is None or math.isnan(row["score"])] == []
    assert {abs(row["score"] - (1 + int(row["item_id"][1:]) % 5)) < 0.3 for row in rows} == {True}


def actors_of(node: Any) -> list[int]:
    """The processes of a node's actors that judge."""
    (raylet,) = node.all_processes["raylet"]
    children = Path(f"/proc/{raylet.process.pid}/task").glob("*/children")
    pids = [int(pid) for one in children for pid in one.read_text().split()]
    return [pid for pid in pids if b"JudgeActor" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_every_row_is_judged_and_paid_for_once(cluster: Any, artifact: str, openai_server: Any) -> None:
    rows = [{"item_id": f"i{n}", "prompt": f"q{n}", "response": f"<<answer:{1 + n % 5}>>"} for n in range(20)]
    rows[7]["response"] = "<<do:chatter>>"
    judged = judge_dataset(ray.data.from_items(rows), artifact, batch_size=5, actors=2).take_all()
    by_item = {row["item_id"]: row for row in judged}
    assert len(by_item) == 20
    assert by_item["i3"]["score"] == pytest.approx(4.0, abs=0.2)
    assert by_item["i3"]["unscored"] is None
    # Arrow makes a null of what pandas has as NaN.
    assert by_item["i7"]["score"] is None
    assert by_item["i7"]["unscored"] == "no_score"
    paid = openai_server.stats()["requests"]
    judge_dataset(ray.data.from_items(rows), artifact, batch_size=4, actors=2).take_all()
    assert openai_server.stats()["requests"] == paid  # other actors, other batches, and nothing is paid for twice


def test_the_example_runs_with_as_many_actors_as_there_are_cores(
    cluster: Any, artifact: str, tmp_path: Path, openai_server: Any
) -> None:
    (tmp_path / "conversations").mkdir()
    rows = pd.DataFrame({"prompt": "q", "response": [f"<<answer:{1 + n % 5}>> {n}" for n in range(30)]})
    for part in range(3):
        rows[part::3].to_parquet(tmp_path / "conversations" / f"{part}.parquet")
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), "judge", "conversations", "scored", "--actors", "2", "--store", "kept.sqlite"],
        cwd=tmp_path, env={**os.environ, "RAY_ADDRESS": cluster.address}, capture_output=True, text=True, check=False,
        timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "30 rows, mean score 3.00"
    assert len(pd.read_parquet(tmp_path / "scored")) == openai_server.stats()["requests"] == 30
    assert (tmp_path / "kept.sqlite").is_file()


def test_a_server_that_dies_and_comes_back_costs_what_was_in_flight(judged: Any, openai_server: Any) -> None:
    openai_server.default("ok", delay=0.2)
    thread, before = meanwhile(openai_server, lambda: openai_server.restart(away=5.0))
    all_are_scored(judged())
    thread.join()
    after = openai_server.stats()
    assert ROWS <= before[0]["answered"] + after["answered"] <= ROWS + 2 * IN_FLIGHT
    again = after["requests"]
    all_are_scored(judged())
    assert openai_server.stats()["requests"] == again


def test_an_actor_that_is_killed_costs_what_it_had_in_flight(cluster: Any, judged: Any, openai_server: Any) -> None:
    openai_server.default("ok", delay=0.2)

    def kill() -> int:
        pid = next(pid for node in cluster.list_all_nodes() for pid in actors_of(node))
        os.kill(pid, signal.SIGKILL)
        return pid

    thread, killed = meanwhile(openai_server, kill)
    all_are_scored(judged())
    thread.join()
    assert killed
    assert ROWS <= openai_server.stats()["requests"] <= ROWS + LOST


def test_a_node_that_goes_down_costs_what_it_had_in_flight(cluster: Any, judged: Any, openai_server: Any) -> None:
    openai_server.default("ok", delay=0.2)
    (node,) = [node for node in cluster.list_all_nodes() if not node.head]
    had: list[int] = []

    def down() -> None:
        had.extend(actors_of(node))
        cluster.remove_node(node, allow_graceful=False)

    thread, _ = meanwhile(openai_server, down)
    all_are_scored(judged())
    thread.join()
    assert had  # it was judging
    paid = openai_server.stats()["requests"]
    assert ROWS <= paid <= ROWS + LOST * len(had)
    # Blocks that were on the dead node alone were made anew, out of the store; so is all of it, the second time.
    all_are_scored(judged())
    assert openai_server.stats()["requests"] == paid
