from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import dspy
import pandas as pd
import pytest
from scripted_lm import scripted_lm

from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import AnalyticJudge, CriteriaJudge, PairwiseJudge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.publishing import publish_judge
from alia_judge.records import Scale

LIKERT = Scale.ordinal(1, 5)
CRITERIA = [Rubric(criterion=name, scale=LIKERT) for name in ("Clear", "Kind")]
WHOLE = Rubric(criterion="Quality", scale=LIKERT)


def _answer(request: dspy.lm15.Request) -> str:
    if "Clear: [1-5]" in str(request.system):
        return "Clear: 4\nKind: hm" if "odd" in request.messages[-1].text else "Clear: 4\nKind: 2"
    return "4" if "Criterion: Clear" in str(request.system) else "2"


@pytest.fixture
def items(tmp_path: Path) -> Path:
    path = tmp_path / "items.jsonl"
    said = [{"id": "a", "response": "plain"}, {"id": "b", "response": "odd"}]
    path.write_text("".join(json.dumps(item) + "\n" for item in said))
    return path


def _scored(run: Callable[..., Any], judge: Any, items: Path, folder: Path) -> pd.DataFrame:
    publish_judge(judge, folder / "judge")
    lm = scripted_lm(_answer)
    with patch("alia_judge.judging.judge.resolve_lm", lambda *_, **__: lm):
        done = run("score", folder / "judge", items, "--model", "test/scripted", "--out", folder / "out.parquet")
    assert done.code == 0, done.err
    return pd.read_parquet(folder / "out.parquet")


@pytest.mark.parametrize("kind", [CriteriaJudge, AnalyticJudge])
def test_a_judge_of_several_criteria_writes_a_row_for_each(
    run: Callable[..., Any], items: Path, tmp_path: Path, kind: Any
) -> None:
    table = _scored(run, kind(WHOLE, CRITERIA), items, tmp_path)
    first = table[table["item_id"] == "a"].set_index("criterion")["score"]
    assert first.to_dict() == {"Quality": 3.0, "Clear": 4.0, "Kind": 2.0}
    if kind is CriteriaJudge:
        odd = table[table["item_id"] == "b"].set_index("criterion")
        assert odd.loc["Clear", "score"] == 4.0
        assert odd.loc[["Quality", "Kind"], "unscored"].tolist() == ["no_score", "no_score"]
    assert len(table) == 6


def test_other_kinds_write_one_row_an_item(run: Callable[..., Any], items: Path, tmp_path: Path) -> None:
    table = _scored(run, Judge(WHOLE), items, tmp_path)
    assert table[["item_id", "criterion", "score"]].to_numpy().tolist() == [
        ["a", "Quality", 2.0],
        ["b", "Quality", 2.0],
    ]


def test_conversations_are_scored_from_their_messages(run: Callable[..., Any], tmp_path: Path) -> None:
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    path = tmp_path / "talks.jsonl"
    path.write_text(json.dumps({"id": "a", "messages": messages}) + "\n")
    table = _scored(run, Judge(WHOLE, subject="conversation"), path, tmp_path)
    assert table["score"].tolist() == [2.0]
    path.write_text(json.dumps({"id": "a", "messages": messages[:1]}) + "\n")
    bad = run("score", tmp_path / "judge", path, "--model", "embedded", "--out", tmp_path / "x.parquet")
    assert bad.code == 1
    assert "talks.jsonl:1" in bad.err
    assert "ends with a message of 'assistant'" in bad.err


def test_a_pair_is_scored(run: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps({"id": "a", "response": "one", "response_b": "two"}) + "\n")
    pair = Rubric(criterion="Clear", scale=Scale.pairwise())
    table = _scored(run, PairwiseJudge(pair), path, tmp_path)
    assert table["unscored"].tolist() == ["off_scale"]  # this model says 4
