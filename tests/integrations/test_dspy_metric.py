"""DSPy's own optimizers, really run, on a judge of which a scripted model knows when it is good."""

from __future__ import annotations

import json
import re
from typing import Any

import dspy
import pytest
from scripted_lm import scripted_lm

from alia_judge.errors import UsageError
from alia_judge.integrations.dspy_metric import PerItemMetricWarning, closeness_metric, feedback_metric
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Scale

SCALE = Scale.ordinal(1, 5)
RUBRIC = Rubric(criterion="count", scale=SCALE, instructions="How many stars?")
EXAMPLES = [
    dspy.Example(response="*" * (1 + n % 5) + f" answer {n}", score=1 + n % 5, comments=[f"comment {n}"]).with_inputs(
        "response"
    )
    for n in range(15)
]


def _model(request: Any) -> str:
    """Writes "Be strict" where it is asked for instructions, and as a judge counts stars under such ones."""
    text = str(request)
    if "new_instruction" in text:
        return json.dumps({"new_instruction": "Be strict and count the stars."})
    fields = re.findall(r"\[\[ ## (\w+) ## \]\]", request.messages[-1].text)
    if "completed" in fields:
        asked = re.findall(r"`\[\[ ## (\w+) ## \]\]`", request.messages[-1].text)
        return "\n\n".join(f"[[ ## {name} ## ]]\nBe strict and count the stars." for name in asked)
    response = re.findall(r"(\*+) answer \d+", text)[-1]
    return str(len(response)) if "strict" in text.lower() else "3"


@pytest.fixture
def lm() -> Any:
    return scripted_lm(_model)


def _metric(make: Any) -> Any:
    with pytest.warns(PerItemMetricWarning, match="a judge that always answers 3 has 0.700"):
        return make(SCALE, EXAMPLES)


def test_evaluate(lm: Any) -> None:
    metric = _metric(closeness_metric)
    blind = dspy.Evaluate(devset=EXAMPLES, metric=metric, num_threads=1, display_progress=False)(Judge(RUBRIC, lm))
    assert blind.score == pytest.approx(100 * sum(1 - abs(one.score - 3) / 4 for one in EXAMPLES) / 15, abs=0.01)
    strict = Judge(Rubric(criterion="count", scale=SCALE, instructions="Be strict and count the stars."), lm)
    seeing = dspy.Evaluate(devset=EXAMPLES, metric=metric, num_threads=1, display_progress=False)(strict)
    assert seeing.score == 100


def test_miprov2(lm: Any) -> None:
    optimizer = dspy.MIPROv2(
        metric=_metric(closeness_metric),
        prompt_model=lm,
        task_model=lm,
        auto=None,
        num_candidates=3,
        max_bootstrapped_demos=0,
        max_labeled_demos=0,
        num_threads=1,
    )
    with dspy.context(lm=lm):
        tuned = optimizer.compile(
            Judge(RUBRIC, lm), trainset=EXAMPLES[:6], valset=EXAMPLES[6:], num_trials=4, minibatch=False
        )
    assert isinstance(tuned, Judge)
    assert "strict" in tuned.rubric.instructions
    assert tuned(response="**** answer 99").score == 4


def test_gepa(lm: Any) -> None:
    optimizer = dspy.GEPA(metric=_metric(feedback_metric), reflection_lm=lm, max_metric_calls=40, num_threads=1)
    with dspy.context(lm=lm):
        tuned = optimizer.compile(Judge(RUBRIC, lm), trainset=EXAMPLES[:6], valset=EXAMPLES[6:])
    assert "strict" in tuned.rubric.instructions
    asked = [str(request) for request in lm.engine.requests if "new_instruction" in str(request)]
    assert asked
    assert re.search(r"People gave \d on a scale from 1 to 5; the judge gave 3\.00", asked[0])
    assert "comment" in asked[0]


def test_simba(lm: Any) -> None:
    optimizer = dspy.SIMBA(
        metric=_metric(closeness_metric), bsize=6, num_candidates=2, max_steps=1, max_demos=2, num_threads=1
    )
    with dspy.context(lm=lm):
        tuned = optimizer.compile(Judge(RUBRIC, lm), trainset=EXAMPLES)
    assert isinstance(tuned, Judge)
    assert tuned(response="** answer 99").score is not None


def test_what_the_metric_says() -> None:
    metric = _metric(closeness_metric)
    example = dspy.Example(score=4)
    assert metric(example, dspy.Prediction(score=4)) == 1
    assert metric(example, dspy.Prediction(score=None)) == 0
    assert metric(example, dspy.Prediction(score=3.4), trace=[]) is False
    assert metric(example, dspy.Prediction(score=3.5), trace=[]) is True
    told = _metric(feedback_metric)(dspy.Example(score=2, comments=["rude"]), dspy.Prediction(score=4.5))
    assert told.score == pytest.approx(0.375)
    assert told.feedback == (
        "People gave 2 on a scale from 1 to 5; the judge gave 4.50: 2.5 too high. What people wrote: rude"
    )
    silent = _metric(feedback_metric)(dspy.Example(score=2), dspy.Prediction(score=None, unscored="refusal"))
    assert "no score to read (refusal)" in silent.feedback


def test_wrong_use() -> None:
    with pytest.raises(UsageError, match="nominal scale are not near or far"):
        closeness_metric(Scale.nominal(["a", "b"]))
    with pytest.raises(UsageError, match="example 0 has no score"):
        feedback_metric(SCALE, [dspy.Example(response="x")])
