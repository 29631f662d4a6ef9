"""What is exported is what is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import CascadeJudge, ChecklistJudge, LanguageJudge, PairwiseJudge, SampledJudge
from alia_judge.judging.rubrics.builtin import builtin_rubric
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.publishing import PromptExport, export_prompt
from alia_judge.records import Scale

MODEL = "openai/judge"


def judge(**settings: Any) -> Judge:
    return Judge(builtin_rubric("helpfulness", "es"), MODEL, **settings)


def test_the_export_is_what_the_server_gets(openai_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)
    one = judge(output="json", demos=[{"response": "No.", "score": 1}])
    one(prompt="{{prompt}}", response="{{response}}")
    sent = openai_server.stats()["last"]["body"]
    (exported,) = export_prompt(one).prompts
    assert [dict(message) for message in exported.messages] == sent["messages"]
    assert {name: sent[name] for name in exported.settings} == dict(exported.settings)
    assert exported.model == MODEL


def test_only_the_fields_that_are_named_have_a_place() -> None:
    (exported,) = export_prompt(judge(), fields=("response", "context")).prompts
    text = exported.messages[-1]["content"]
    assert "{{response}}" in text
    assert "{{context}}" in text
    assert "{{prompt}}" not in text
    for several in ("turns", "images"):
        with pytest.raises(UsageError, match=f"got {several}"):
            export_prompt(judge(), fields=(several, "response"))
    with pytest.raises(UsageError, match="judges a response"):
        export_prompt(judge(), fields=("prompt",))


@pytest.mark.parametrize(
    ("made", "n_prompts"),
    [
        (lambda: SampledJudge(judge(), 3), 1),
        (lambda: PairwiseJudge(Rubric(criterion="Mejor", scale=Scale.pairwise()), MODEL), 2),
        (lambda: ChecklistJudge(builtin_rubric("helpfulness", "es"), MODEL), 3),
        (lambda: LanguageJudge([judge(), Judge(builtin_rubric("helpfulness", "ca"), MODEL)]), 2),
        (lambda: CascadeJudge(judge(), judge(reasoning="first"), spread=0.5), 2),
    ],
)
def test_every_member_is_exported_once_and_what_is_made_of_them_is_said(
    made: Callable[[], Any], n_prompts: int
) -> None:
    composite = made()
    fields = ("response", "response_b") if composite.scale.kind == "pairwise" else ("prompt", "response")
    exported = export_prompt(composite, fields=fields)
    assert len(exported.prompts) == n_prompts
    assert any(composite.kind in line for line in exported.lost)
    assert PromptExport.from_dict(exported.to_dict()) == exported


def test_what_is_lost_is_said_where_it_is_lost() -> None:
    def lost(one: Judge) -> str:
        return " ".join(export_prompt(one).lost)

    assert "readout" not in lost(judge())
    assert "expected point" in lost(judge())
    assert "expected point" not in lost(judge(top_logprobs=0))
    assert "chosen by the item" in lost(judge(demos=[{"response": "No.", "score": 1}], neighbours=1))
    assert "whole conversation" in lost(judge(subject="conversation"))
