"""Figures go with a judge only if they are of it, of its benchmark, and can be."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scripted_lm import scripted_lm

from alia_judge._json import dumps
from alia_judge.cli._evaluations import read_evaluation
from alia_judge.cli._options import bounds
from alia_judge.errors import AliaJudgeError, UsageError
from alia_judge.evaluation import EvaluationOptions, EvaluationResult, evaluate_scores
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import CascadeJudge, CriteriaJudge, PanelJudge, judge_from_state
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.judging.state import judge_digest
from alia_judge.probes import ProbeReport
from alia_judge.publishing import check_published, publish_judge, read_published
from alia_judge.ratings.load import load_ratings
from alia_judge.records import Scale

SCALE = Scale.ordinal(1, 5)


def _judge(name: str = "openai/judge", **options: Any) -> Judge:
    return Judge(Rubric(criterion="c", scale=SCALE), name, demos=[{"response": "x", "score": 1}], **options)


@pytest.fixture(scope="module")
def evaluation() -> EvaluationResult:
    rows = [
        {"item_id": f"i{n:02}", "annotator_id": who, "value": 1 + (n * 7 + (who == "b")) % 5}
        for n in range(40)
        for who in "ab"
    ]
    scores = {"judge": {f"i{n:02}": 1.0 + (n * 7) % 5 for n in range(36)}}
    ratings = load_ratings(rows, criterion="c", scales={"c": SCALE})
    found = evaluate_scores(ratings, scores, options=EvaluationOptions(n_resamples=50))
    return replace(found, subject="judge", judge_digest=judge_digest(_judge().dump_state()), fingerprint="a" * 64)


@pytest.mark.parametrize(
    "judge",
    [
        _judge(),
        CriteriaJudge(Rubric(criterion="c", scale=SCALE), [Rubric(criterion="d", scale=SCALE)], "openai/judge"),
        PanelJudge([_judge(), _judge(layout="single", settings={"seed": 1})]),
        CascadeJudge(_judge(), _judge("anthropic/judge"), spread=0.5),
    ],
)
def test_a_digest_is_the_same_once_loaded_and_another_for_another_judge(judge: Any) -> None:
    state = judge.dump_state()
    digest = judge_digest(state)
    loaded = judge_from_state(json.loads(json.dumps(state)))
    assert judge_digest(loaded.dump_state()) == digest
    on_another = judge_from_state(json.loads(json.dumps(state)), scripted_lm("1"))
    assert judge_digest(on_another.dump_state()) != digest, "another model is another judge"


@pytest.mark.parametrize(
    "other",
    [_judge("openai/another"), _judge(layout="single"), _judge(settings={"temperature": 1.0}), _judge(neighbours=1)],
)
def test_another_judges_evaluation_is_refused(tmp_path: Path, evaluation: EvaluationResult, other: Judge) -> None:
    with pytest.raises(UsageError, match="the evaluation is of another judge than c"):
        publish_judge(other, tmp_path / "p", evaluation=evaluation)
    assert not (tmp_path / "p").exists()
    published = read_published(publish_judge(other, tmp_path / "p"))
    with pytest.raises(UsageError, match="the evaluation is of another judge than c"):
        check_published(replace(published, evaluation=evaluation), minimum={"spearman": 0})
    probed = ProbeReport(results=(), signature="", judge_digest=evaluation.judge_digest)
    with pytest.raises(UsageError, match="the probes are of another judge than c"):
        check_published(replace(published, probes=probed), minimum={"coverage": 0})


def test_another_benchmarks_evaluation_is_refused(tmp_path: Path, evaluation: EvaluationResult) -> None:
    where = publish_judge(_judge(), tmp_path / "p", benchmark_fingerprint="b" * 64)
    with pytest.raises(UsageError, match="about benchmark aaaaaaaaaaaa, not bbbbbbbbbbbb"):
        check_published(replace(read_published(where), evaluation=evaluation), minimum={"spearman": 0})
    with pytest.raises(UsageError, match="about benchmark aaaaaaaaaaaa, not bbbbbbbbbbbb"):
        publish_judge(_judge(), tmp_path / "q", evaluation=evaluation, benchmark_fingerprint="b" * 64)


def test_an_honest_one_is_taken(tmp_path: Path, evaluation: EvaluationResult) -> None:
    where = publish_judge(_judge(), tmp_path / "p", evaluation=evaluation, benchmark_fingerprint="a" * 64)
    assert check_published(read_published(where), minimum={"coverage": 0.5}).passed


def _forge(*path: Any, value: Any) -> Callable[[Any], None]:
    def forge(data: Any) -> None:
        node = data["criteria"]["c"]["judges"]["judge"]
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = value

    return forge


FORGED = {
    "infinity": _forge("correlation", "item", "spearman", "value", value=float("inf")),
    "minus infinity": _forge("correlation", "item", "kendall", "value", value=float("-inf")),
    "seven": _forge("correlation", "item", "spearman", "value", value=7),
    "in quotes": _forge("correlation", "item", "spearman", "value", value="0.9"),
    "true": _forge("correlation", "item", "pearson", "value", value=True),
    "an interval that never ends": _forge("correlation", "item", "spearman", "low", value=float("-inf")),
    "an interval the wrong way round": _forge("correlation", "item", "spearman", "low", value=0.999999),
    "coverage": _forge("coverage", value=2.8),
    "more items than there were": _forge("n_items", value=112),
    "no items": _forge("n_asked", value=0),
    "items in quotes": _forge("n_items", value="36"),
    "a negative error": _forge("error", "mae", "value", value=-1.0),
    "an infinite error": _forge("error", "mae", "value", value=float("inf")),
    "surface": _forge("surface", "spearman", "value", value=1.2),
    "share": _forge("share_of_ceiling", "value", value=float("inf")),
    "alpha": _forge("agreement", "people", "value", value=1.5),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_figures_that_cannot_be_are_refused(
    tmp_path: Path, evaluation: EvaluationResult, forge: Callable[[Any], None]
) -> None:
    data = json.loads(dumps(evaluation))
    forge(data)
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    published = read_published(publish_judge(_judge(), tmp_path / "p"))
    with pytest.raises(AliaJudgeError, match=r"cannot be|not a result of evaluate"):
        check_published(replace(published, evaluation=read_evaluation(path)), minimum={"spearman": 0.0})
    with pytest.raises(AliaJudgeError, match=r"cannot be|not a result of evaluate"):
        publish_judge(_judge(), tmp_path / "q", evaluation=read_evaluation(path))


def test_two_judges_in_one_evaluation_are_told_of(tmp_path: Path, evaluation: EvaluationResult) -> None:
    found = evaluation.criteria["c"]
    two = replace(
        evaluation,
        subject=None,
        criteria={"c": replace(found, judges={"one": found.judges["judge"], "two": found.judges["judge"]})},
    )
    published = read_published(publish_judge(_judge(), tmp_path / "p"))
    for doing in (
        lambda: check_published(replace(published, evaluation=two), minimum={"spearman": 0.0}),
        lambda: publish_judge(_judge(), tmp_path / "q", evaluation=two),
    ):
        with pytest.raises(UsageError, match=r"the evaluation is of 2 judges \(one, two\)"):
            doing()


@pytest.mark.parametrize("given", [["spearman=.5", "spearman=.1"], ["spearman=nan"], ["spearman=inf"], ["=1"], ["a"]])
def test_a_bound_is_one_finite_number(given: list[str]) -> None:
    with pytest.raises(UsageError, match=r"given twice|a bound is FIGURE=NUMBER"):
        bounds(given)
