"""Cascades of a search: whom they ask about what, what they leave to people, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import dspy
import numpy as np
import pytest
from scripted_lm import scripted_lm

from alia_judge import Budget, CompiledJudge, Deployment, Judge, SearchOptions, compile_judge
from alia_judge.compiling.constraints.constraint import Constraint
from alia_judge.compiling.result import CompileResult
from alia_judge.compiling.stack.cascade import Cascade, Stage
from alia_judge.compiling.stack.criteria import stack_from_dict
from alia_judge.compiling.stack.doubt import Doubt
from alia_judge.compiling.stack.features import FeatureMap
from alia_judge.compiling.stack.stack import Member, Stack
from alia_judge.compiling.stack.stacked_judge import StackedJudge
from alia_judge.errors import UsageError
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.publishing import load_judge, publish_judge
from alia_judge.records import Item, Scale
from alia_judge.runner import run

SCALE = Scale.ordinal(1, 5)
FROM_3 = FeatureMap(values=np.empty(0), ranks=np.empty(0), centre=3.0, spread=1.0)
ITEMS = [Item(item_id=str(number), response=f"text {number}") for number in range(10)]


@pytest.fixture(scope="module")
def searched(
    made: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> tuple[CompiledJudge, list[Item], np.ndarray]:
    items, truth = made.items_and_truth(n_groups=40, per_group=4)
    bank = made.make_bank(tmp_path_factory.mktemp("bank"), items, truth, [0.7, 0.6, 0.5, 0.4, 0.3, 0.2])
    train = made.make_split(items, truth, np.arange(120))
    tuned = compile_judge(
        train=train,
        source=bank,
        budget=Budget(calls=100_000),
        storage=":memory:",
        deployment=Deployment(calls="all", cascade=True, risk=0.2, tolerance=1.0),
    )
    return tuned, items, truth


def test_the_curve_rises_with_its_cost_and_one_point_is_deployed(
    searched: tuple[CompiledJudge, list[Item], np.ndarray],
) -> None:
    tuned, *_ = searched
    curve = tuned.deployed.cascades
    assert sum(point.deployed for point in curve) == 1
    assert [point.calls for point in curve] == sorted(point.calls for point in curve)
    assert curve[-1].calls == 6.0
    assert any(point.then and 0 < point.passed_on.value < 1 for point in curve)
    for point in curve:
        assert point.calls <= 6.0
        assert point.wrong.value <= 0.2
        assert point.with_people.value >= point.agreement.value


def test_what_is_measured_on_new_groups_is_what_was_promised(
    searched: tuple[CompiledJudge, list[Item], np.ndarray],
) -> None:
    tuned, items, truth = searched
    new = items[120:]
    found = tuned.predict(new)
    left = found.to_people
    assert left is not None
    assert np.isnan(found.deployed[left]).all()
    assert not np.isnan(found.deployed[~left]).any()
    off = ~left & (np.abs(np.nan_to_num(found.deployed) - truth[120:]) > 1)
    assert off.mean() < 0.35  # .2 is kept on average; of forty items


def test_a_bound_on_the_cost_is_kept_and_one_that_nobody_keeps_is_an_error(
    searched: tuple[CompiledJudge, list[Item], np.ndarray],
) -> None:
    tuned, *_ = searched
    within = tuned.redeploy(Deployment(calls="all", cascade=True, cost=1.5))
    assert isinstance(within.deployed.stack, Cascade)
    assert within.deployed.stack.point.calls <= 1.5
    assert within.deployed.stack.point.to_people is None
    with pytest.raises(UsageError, match="the cheapest 1"):
        tuned.redeploy(Deployment(cascade=True, cost=0.5))


def test_a_bound_that_the_cheapest_candidate_is_over_is_refused_before_anything_is_paid(
    made: ModuleType, tmp_path: Path
) -> None:
    items, truth = made.items_and_truth(n_groups=12, per_group=4)
    bank = made.make_bank(tmp_path, items, truth, [0.7, 0.5])
    train = made.make_split(items, truth, np.arange(48))
    search = {"train": train, "budget": Budget(calls=40), "storage": ":memory:"}
    low = Deployment(calls="all", cascade=True, cost=0.5)
    with pytest.raises(UsageError, match=r"0\.5 calls an item or less, the cheapest 1 "):
        compile_judge(source=bank, deployment=low, **search)
    assert not any(bank.paid(bank.configurations[0], items))
    lm = scripted_lm("4")
    with pytest.raises(UsageError, match=r"no cascade takes 0\.5 calls an item or less"):
        compile_judge(Judge(Rubric(criterion="quality", scale=SCALE), lm), deployment=low, **search)
    assert not lm.engine.requests


def test_all_stages_together_keep_to_the_calls_that_an_item_may_take(
    searched: tuple[CompiledJudge, list[Item], np.ndarray],
) -> None:
    tuned, *_ = searched
    for cost in (1.3, 1.6, 1.9):
        within = tuned.redeploy(Deployment(calls=2, cascade=True, cost=cost))
        assert within.deployed.stack.calls_per_item <= 2
    assert max(point.calls for point in within.deployed.cascades) == 2


def test_only_those_that_are_passed_on_cost_a_second_call(
    searched: tuple[CompiledJudge, list[Item], np.ndarray],
) -> None:
    tuned, items, _ = searched
    few = tuned.redeploy(Deployment(calls="all", cascade=True, cost=1.5))
    stack = few.deployed.stack
    asked: dict[str, list[str]] = {}

    class Counting:
        scale = few.source.scale

        def judge(self, configuration, wanted):
            asked[configuration.key] = [item.item_id for item in wanted]
            return few.source.judge(configuration, wanted)

    again = few.__class__(result=few.result, source=Counting(), chance=few.chance)
    scores = again.predict(items[120:]).deployed
    first, *others = stack.configurations
    assert len(asked[first.key]) == 40
    if len(stack.stages) > 1:
        assert all(len(asked[one.key]) < 40 for one in others)
    np.testing.assert_allclose(scores, few.predict(items[120:]).deployed)


def test_it_comes_back_from_json_as_it_was(searched: tuple[CompiledJudge, list[Item], np.ndarray]) -> None:
    tuned, items, _ = searched
    again = CompileResult.from_dict(json.loads(json.dumps(tuned.result.to_dict())))
    assert again.deployed.cascades == tuned.deployed.cascades
    judged = [tuned.source.judge(one, items[120:]) for one in tuned.deployed.stack.configurations]
    np.testing.assert_allclose(
        again.deployed.stack.predict(judged, items[120:]), tuned.deployed.stack.predict(judged, items[120:])
    )


def test_what_it_cannot_keep_to_is_refused_before_anything_is_paid(
    searched: tuple[CompiledJudge, list[Item], np.ndarray], made: ModuleType
) -> None:
    tuned, items, truth = searched
    train = made.make_split(items, truth, np.arange(120))
    with pytest.raises(UsageError, match="no constraint"):
        compile_judge(
            train=train,
            source=tuned.source,
            budget=Budget(calls=10),
            storage=":memory:",
            options=SearchOptions(pareto=("coverage",)),
            deployment=Deployment(cascade=True),
        )
    held = compile_judge(
        train=train,
        source=tuned.source,
        budget=Budget(calls=600),
        storage=":memory:",
        options=SearchOptions(constraints=(Constraint(measure="coverage", at_least=0.5),)),
    )
    with pytest.raises(UsageError, match="no constraint"):
        held.redeploy(Deployment(cascade=True))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"risk": 1.5}, "between 0 and 1"),
        ({"tolerance": 2.0}, "what counts as off for a risk; give risk= too"),
        ({"tolerance": 2.0, "cascade": True}, "what counts as off for a risk"),
        ({"cost": 1.0}, "give cascade=True too"),
        ({"cost": 0.0, "cascade": True}, "costs more than nothing"),
    ],
)
def test_numbers_that_say_nothing_are_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Deployment(**asked)
    with pytest.raises(UsageError, match="bounds a cascade"):
        Deployment(cost=1.0)


def _cascaded(lm: dspy.LM) -> StackedJudge:
    """Whoever says 3 is asked on; whom both say 3 of goes to people."""
    members = [Judge(Rubric(criterion=name, scale=SCALE), lm) for name in ("plain", "strict")]
    configurations = [member.configuration() for member in members]
    member = Member(maps=(FROM_3,), weights=np.array([1.0]), probabilities=False)
    # By how far the score is from 3: 1 there, 0 at 2 and 4 and beyond.
    far = Doubt(intercept=1.0, weights=(0.0, -1.0, 0.0, 0.0, 0.0), least=0.0, most=1.0)

    def reading(places: list[int]) -> Stack:
        return Stack(
            configurations=tuple(configurations[place] for place in places),
            scale=SCALE,
            members=tuple(
                Member(maps=member.maps, weights=member.weights / len(places), probabilities=False) for _ in places
            ),
            intercept=3.0,
        )

    return StackedJudge(
        Cascade(
            stages=(
                Stage(stack=reading([0]), off=far, moves=far, passes_from=0.5),
                Stage(stack=reading([0, 1]), off=far),
            ),
            people_from=0.5,
            risk=0.1,
            tolerance=1.0,
        ),
        members,
    )


def _digit(request: dspy.lm15.Request) -> str:
    """1 to 5 by the number in the response; under the rubric called strict, 3 of every second."""
    number = int(request.messages[-1].text.split("text ")[1].split("\n")[0])
    strict = "strict" in f"{request.system}{request.messages}"
    return str(5 - 2 * (number // 5) if strict else 1 + number % 5)


def test_live_the_second_judge_is_asked_of_what_the_first_passes_on_and_people_of_the_rest(tmp_path: Path) -> None:
    judge = _cascaded(scripted_lm(_digit))
    bulk = run(judge, ITEMS)
    # Items 2 and 7 have a 3; of them strict says 5 and 3.
    assert bulk.progress.paid == 12
    scores = [verdict.score for verdict in bulk.verdicts]
    assert scores[:7] == [1.0, 2.0, 4.0, 4.0, 5.0, 1.0, 2.0]
    assert (scores[7], bulk.verdicts[7].unscored) == (None, "to_people")
    assert [judge(response=item.response).score for item in ITEMS] == scores
    artifact = publish_judge(judge, tmp_path / "judge", name="Both")
    assert "a person" in (Path(artifact) / "README.md").read_text()
    again = run(load_judge(artifact, lm=scripted_lm(_digit)), ITEMS)
    assert [verdict.score for verdict in again.verdicts] == scores


def test_a_stack_and_a_cascade_are_told_apart() -> None:
    judge = _cascaded(scripted_lm("3"))
    assert isinstance(stack_from_dict(judge.stack.to_dict()), Cascade)
    assert isinstance(stack_from_dict(judge.stack.stages[0].stack.to_dict()), Stack)
