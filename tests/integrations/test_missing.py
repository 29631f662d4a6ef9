"""Without the other tool, each integration says which extra to install."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from alia_judge.errors import MissingExtraError
from alia_judge.integrations._texts import texts_of
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


class TestTexts:
    def test_plain_texts(self) -> None:
        assert texts_of("¿Cuándo?", "Mañana.") == {
            "prompt": "¿Cuándo?",
            "response": "Mañana.",
            "context": None,
            "reference": None,
        }

    @pytest.mark.parametrize("name", ["prompt", "question", "query", "input", "request", "instruction"])
    def test_a_mapping_by_the_names_that_tools_use(self, name: str) -> None:
        texts = texts_of({name: "¿Cuándo?", "context": "De 9 a 11."}, "Mañana.", {"expected_response": "El lunes."})
        assert (texts["prompt"], texts["context"], texts["reference"]) == ("¿Cuándo?", "De 9 a 11.", "El lunes.")

    def test_a_conversation_and_a_structure(self) -> None:
        turns = [{"role": "user", "content": "Hola"}, {"role": "assistant", "content": "Dígame"}]
        texts = texts_of({"messages": turns}, {"answer": "sí", "steps": [1]})
        assert texts["prompt"] == "user: Hola\nassistant: Dígame"
        assert texts["response"] == '{"answer": "sí", "steps": [1]}'

    def test_no_output_is_an_empty_response(self) -> None:
        assert texts_of("¿?", None)["response"] == ""
