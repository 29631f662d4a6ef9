"""A published judge over a real Ray Dataset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("ray.data", reason="Ray is not part of the test environment; see docs/integrations.md")

import ray

from alia_judge.integrations.ray import judge_dataset

# Ray's own code warns of what it deprecates itself.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def cluster(artifact: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    # On loopback with nobody else: no token is written to the user's folder, and a busy machine may take its time.
    for name, value in {"AUTH_MODE": "disabled", "raylet_start_wait_time_s": "300", "USAGE_STATS_ENABLED": "0"}.items():
        monkeypatch.setenv(f"RAY_{name}", value)
    # After the fixture of the judge: the actors inherit the environment that names its server.
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield artifact
    ray.shutdown()


def test_every_row_is_judged_by_actors_of_their_own(cluster: str, openai_server: Any) -> None:
    rows = [{"item_id": f"i{n}", "prompt": f"q{n}", "response": f"<<answer:{1 + n % 5}>>"} for n in range(20)]
    rows[7]["response"] = "<<do:chatter>>"
    judged = judge_dataset(ray.data.from_items(rows), cluster, batch_size=5, actors=2).take_all()
    by_item = {row["item_id"]: row for row in judged}
    assert len(by_item) == 20
    assert by_item["i3"]["score"] == pytest.approx(4.0, abs=0.2)
    assert by_item["i3"]["unscored"] is None
    # Arrow makes a null of what pandas has as NaN.
    assert by_item["i7"]["score"] is None
    assert by_item["i7"]["unscored"] == "no_score"
    paid = openai_server.stats()["requests"]
    judge_dataset(ray.data.from_items(rows), cluster, batch_size=4, actors=2).take_all()
    assert openai_server.stats()["requests"] == paid  # other actors, other batches, and nothing is paid for twice
