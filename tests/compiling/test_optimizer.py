from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import dspy
import pytest

from alia_judge.compiling.budget import Budget
from alia_judge.compiling.optimizer import JudgeOptimizer
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Scale

RUBRIC = Rubric(criterion="count", scale=Scale.ordinal(1, 5), instructions="How many stars?")
EXAMPLES = [
    dspy.Example(response="*" * (1 + n % 5) + f" answer {n}", score=1 + n % 5, group=f"g{n // 4}").with_inputs(
        "response"
    )
    for n in range(40)
]


@pytest.fixture(scope="module")
def scripted() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scripted_lm", Path(__file__).parents[1] / "scripted_lm.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _counts_stars(request: Any) -> str:
    """A model that sees what it is asked: with the strict opening it counts, otherwise it always says 3."""
    text = str(request)
    response = re.findall(r"(\*+) answer \d+", text)[-1]
    return str(len(response)) if "strict" in text.lower() or "exigente" in text.lower() else "3"


def test_obeys_dspys_contract_and_finds_the_rubric_that_works(scripted: ModuleType) -> None:
    lm = scripted.scripted_lm(_counts_stars)
    student = Judge(RUBRIC, lm=lm)
    before = student.dump_state()
    terse = Rubric(criterion="count", scale=RUBRIC.scale, instructions="How many stars?", style="terse")
    strict = Rubric(criterion="count", scale=RUBRIC.scale, instructions="Be strict: how many stars?", style="terse")
    optimizer = JudgeOptimizer(budget=Budget(calls=80), space=SearchSpace(rubrics=(terse, strict)), storage=":memory:")
    tuned = optimizer.compile(student, trainset=EXAMPLES[:24], valset=EXAMPLES[24:])
    assert isinstance(tuned, Judge)
    assert tuned.rubric.instructions == "Be strict: how many stars?"
    assert student.dump_state() == before
    assert optimizer.compiled is not None
    assert optimizer.compiled.result.paid == 80
    assert tuned(response="**** answer 99").score == pytest.approx(4, abs=0.5)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"trainset": [dspy.Example(response="x")]}, "train example 0 has no score"),
        ({"trainset": EXAMPLES, "teacher": "somebody"}, "not from a teacher"),
        ({"trainset": EXAMPLES, "metric": len}, "knows no option metric"),
    ],
)
def test_wrong_use(options: dict[str, Any], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        JudgeOptimizer(budget=Budget(calls=10), storage=":memory:").compile(Judge(RUBRIC), **options)


def test_only_judges_are_optimized() -> None:
    with pytest.raises(UsageError, match="optimizes a Judge, got Predict"):
        JudgeOptimizer(budget=Budget(calls=10)).compile(dspy.Predict("a -> b"), trainset=EXAMPLES)


def test_an_input_that_no_judge_is_shown_is_refused(scripted: ModuleType) -> None:
    student = Judge(RUBRIC, lm=scripted.scripted_lm(_counts_stars))
    examples = [dspy.Example(response="*", canal="web", score=1).with_inputs("response", "canal") for _ in range(4)]
    with pytest.raises(UsageError, match="train-0 has the input 'canal', which no judge is shown"):
        JudgeOptimizer(budget=Budget(calls=8), storage=":memory:").compile(student, trainset=examples)


def test_turns_and_traces_of_examples_reach_the_judge(scripted: ModuleType) -> None:
    lm = scripted.scripted_lm(_counts_stars)
    rows = [
        dspy.Example(
            response="*" * (1 + n % 5) + f" answer {n}",
            turns=[{"role": "user", "content": f"earlier turn {n}"}],
            trace=f"looked up {n}",
            score=1 + n % 5,
            group=f"g{n // 2}",
        ).with_inputs("response", "turns", "trace")
        for n in range(20)
    ]
    strict = Rubric(criterion="count", scale=RUBRIC.scale, instructions="Be strict: how many stars?")
    optimizer = JudgeOptimizer(budget=Budget(calls=20), space=SearchSpace(rubrics=(strict,)), storage=":memory:")
    optimizer.compile(Judge(strict, lm=lm), trainset=rows)
    said = str(lm.engine.requests[0])
    assert re.search(r"earlier turn \d+", said)
    assert re.search(r"looked up \d+", said)
