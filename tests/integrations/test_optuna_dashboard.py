"""Optuna's dashboard, asked as its page asks it, shows the search by its names with the search's own result beside."""

from __future__ import annotations

import io
import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

import alia_judge as aj

dashboard = pytest.importorskip(
    "optuna_dashboard", reason="Optuna's dashboard is not part of the test environment; see docs/integrations.md"
)


def asked(app: Any, path: str) -> Any:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "SERVER_NAME": "here", "SERVER_PORT": "80",
               "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO()}  # fmt: skip
    status: list[str] = []
    body = b"".join(app(environ, lambda told, *_: status.append(told)))
    assert status == ["200 OK"], body
    return json.loads(body)


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_a_search_is_shown_by_its_names_and_its_result(tmp_path: Path) -> None:
    folder = resources.files("alia_judge") / "data" / "hanna"
    benchmark = aj.build_benchmark(aj.load_ratings(folder / "ratings.csv.gz"))
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    bank = aj.RecordedBank.open(folder)
    found = aj.compile_judge(
        train=benchmark.train, dev=benchmark.dev, source=bank, budget=aj.Budget(calls=600), storage=storage
    ).result
    app = dashboard.wsgi(storage)
    (study,) = asked(app, "/api/studies")["study_summaries"]
    shown = asked(app, f"/api/studies/{study['study_id']}")
    assert len(shown["trials"]) == found.trials
    assert {trial["state"] for trial in shown["trials"]} == {"Complete", "Pruned"}
    assert {one["name"] for trial in shown["trials"] for one in trial["params"]} == {"model", "rubric_style"}
    beside = {one["key"]: one["value"] for one in shown["user_attrs"]}
    assert beside["result"] == found.why
    assert f"{found.single.dev.value:.3f}" in beside["result of one call"]
