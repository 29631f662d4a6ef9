"""Without the other tool, each integration says which extra to install."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from alia_judge.errors import MissingExtraError, ModelError
from alia_judge.integrations.inspect import inspect_scorer
from alia_judge.integrations.mlflow import mlflow_scorer
from alia_judge.integrations.ray import JudgeActor, judge_dataset


@pytest.mark.parametrize(
    ("module", "call", "extra"),
    [
        ("mlflow.genai", lambda: mlflow_scorer("my-judge"), "mlflow"),
        ("inspect_ai.scorer", lambda: inspect_scorer("my-judge"), "inspect"),
        ("ray.data", lambda: judge_dataset(None, "my-judge"), "ray"),
    ],
)
def test_a_missing_tool_names_its_extra(
    module: str, call: Callable[[], Any], extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'alia-judge\[{extra}\]'"):
        call()


def test_what_an_actor_does_with_a_batch_needs_no_ray(artifact: str) -> None:
    rows = [{"id": f"i{n}", "prompt": f"q{n}", "answer": f"<<answer:{1 + n % 5}>>", "kept": n} for n in range(10)]
    rows[7]["answer"] = "<<do:chatter>>"
    actor = JudgeActor(artifact, None, {"item_id": "id", "response": "answer"}, None)
    judged = actor(pd.DataFrame(rows))
    assert list(judged.columns) == ["id", "prompt", "answer", "kept", "score", "unscored"]
    assert judged["score"].drop(7).tolist() == pytest.approx([1 + n % 5 for n in range(10) if n != 7], abs=0.3)
    assert math.isnan(judged["score"][7])
    assert judged["unscored"][7] == "no_score"
    assert judged["unscored"].drop(7).isna().all()


def test_actors_share_what_was_paid_for(artifact: str, openai_server: Any, tmp_path: Path) -> None:
    rows = pd.DataFrame([{"id": f"i{n}", "prompt": "q", "answer": f"<<answer:{1 + n % 5}>> {n}"} for n in range(10)])
    store = str(tmp_path / "verdicts.sqlite")
    first, second = (JudgeActor(artifact, None, {"response": "answer"}, None, store) for _ in range(2))
    judged = first(rows)
    paid = openai_server.stats()["requests"]
    assert second(rows)["score"].tolist() == judged["score"].tolist()
    assert openai_server.stats()["requests"] == paid


def test_a_batch_that_cannot_be_asked_is_unscored_and_the_job_goes_on(
    artifact: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "<<wrong>>")
    actor = JudgeActor(artifact, None, {"response": "answer"}, None)

    def refuse(*_: Any, **__: Any) -> Any:
        raise ModelError("a wrong key")

    monkeypatch.setattr("alia_judge.runner.stream", refuse)
    judged = actor(pd.DataFrame([{"id": "i0", "prompt": "q", "answer": "a"}]))
    assert judged["unscored"].tolist() == ["error"]
    assert math.isnan(judged["score"][0])
