"""Bounds on bias, cost and coverage, and fronts of several objectives, on a bank where the truth is known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import optuna
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats
from search_options import compile_judge

from alia_judge._json import dumps
from alia_judge.compiling.budget import Budget
from alia_judge.compiling.compiler import CompiledJudge
from alia_judge.compiling.constraints.constraint import Constraint
from alia_judge.compiling.constraints.measures import Finalist, MeasureInputs, measure_rows
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.result import CompileResult
from alia_judge.compiling.study.storage import open_storage
from alia_judge.errors import UsageError
from alia_judge.models.bank import RecordedBank
from alia_judge.records import Item, Scale
from alia_judge.stats.pareto import layers, non_dominated
from alia_judge.stats.partial_correlation import partial

SCALE = Scale.continuous(1, 5)
#: name, strength of agreement, liking for length, dollars a call, share of items it scores
JUDGES = [
    ("long-winded", 1.0, 0.5, 0.001, 1.0),
    ("dear", 1.6, 0.0, 0.02, 1.0),
    ("silent", 2.0, 0.0, 0.001, 0.75),
    ("mute", 2.0, 0.0, 0.001, 0.3),
    ("plain", 0.5, 0.0, 0.001, 1.0),
    *[(f"weak {n}", 0.15, 0.0, 0.0005, 1.0) for n in range(8)],
]


@pytest.fixture(scope="module")
def world(made: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    items, truth = made.items_and_truth(n_groups=20, per_group=6)
    folder = tmp_path_factory.mktemp("bank")
    _bank(folder, items, truth)
    return {"folder": folder, "train": replace(made.make_split(items, truth, np.arange(len(items))), scale=SCALE)}


def _bank(folder: Path, items: list[Item], truth: np.ndarray) -> None:
    rng = np.random.default_rng(3)
    words = np.array([len(item.response.split()) for item in items], dtype=float)
    signal, length = (stats.zscore(column) for column in (truth, words))
    columns: dict[str, list[Any]] = {"config_id": [], "item_id": [], "score": []}
    lines = []
    for number, (name, strength, liking, cost, coverage) in enumerate(JUDGES):
        lines.append({"config_id": number, "judge": name, "cost": cost, "seconds": 10 * cost, "criterion": "x"})
        scores = 3 + 0.4 * (strength * signal + liking * length + 0.6 * rng.standard_normal(len(items)))
        for item, score in zip(items, scores, strict=True):
            if rng.random() < coverage:
                columns["config_id"].append(number)
                columns["item_id"].append(item.item_id)
                columns["score"].append(float(np.clip(score, 1, 5)))
    (folder / "configs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    pq.write_table(pa.table(columns), folder / "scores.parquet")


def _compile(world: dict[str, Any], **options: Any) -> CompiledJudge:
    bank = RecordedBank.open(world["folder"], scale=SCALE)
    options = {"budget": Budget(calls=700), "storage": ":memory:", **options}
    return compile_judge(train=world["train"], source=bank, **options)


def _named(compiled: CompiledJudge) -> str:
    return str(compiled.single.configuration.parameters["judge"])


LENGTH = Constraint(measure="length_bias", at_most=0.3)
COST = Constraint(measure="cost", at_most=0.01)
COVERAGE = Constraint(measure="coverage", at_least=0.9)


@pytest.mark.parametrize(
    ("constraints", "named"),
    [((), "dear"), ((COST,), "silent"), ((COST, COVERAGE), "long-winded"), ((COST, COVERAGE, LENGTH), "plain")],
)
def test_the_best_judge_within_the_bounds_is_named(
    world: dict[str, Any], constraints: tuple[Constraint, ...], named: str
) -> None:
    result = _compile(world, budget=Budget(calls=5000), constraints=constraints)
    assert _named(result) == named
    report = result.result.constraints
    assert (report is None) == (not constraints)
    if report is not None:
        assert report.single_keeps
        assert [check.constraint for check in report.single] == [str(one) for one in constraints]


def test_what_was_excluded_is_said_with_why(world: dict[str, Any]) -> None:
    compiled = _compile(world, constraints=(COST, COVERAGE, LENGTH), budget=Budget(calls=1000))
    report = compiled.result.constraints
    assert report is not None
    broken = {name.split("judge=")[-1].split(",")[0]: found for name, found in report.excluded.items()}
    by_judge = {
        judge: [check for check in found if not check.holds]
        for judge in ("long-winded", "dear", "silent", "mute")
        for name, found in report.excluded.items()
        if judge in name
    }
    assert set(by_judge) == {"long-winded", "dear", "silent", "mute"}, broken
    assert [check.constraint for check in by_judge["dear"]] == [str(COST)]
    assert by_judge["dear"][0].figure.value == pytest.approx(0.02)
    (silence,) = [check for check in by_judge["mute"] if check.constraint == str(COVERAGE)]
    assert silence.probability < 0.05
    assert by_judge["long-winded"][0].figure.value > 0.3
    text = dumps(compiled.result)
    assert dumps(CompileResult.from_dict(json.loads(text))) == text


def test_no_call_is_spent_on_what_is_known_to_be_too_dear(world: dict[str, Any]) -> None:
    bank = RecordedBank.open(world["folder"], scale=SCALE)
    asked: list[str] = []
    judge = bank.judge
    bank.judge = lambda configuration, items: (  # type: ignore[method-assign]
        asked.extend([configuration.parameters["judge"]] * len(items)) or judge(configuration, items)  # type: ignore[func-returns-value]
    )
    options: dict[str, Any] = {"budget": Budget(calls=700), "storage": ":memory:"}
    compile_judge(train=world["train"], source=bank, constraints=(COST,), **options)
    assert "dear" not in asked
    # A candidate that leaves two items in three out is soon beyond doubt.
    asked.clear()
    compile_judge(train=world["train"], source=bank, constraints=(COST, COVERAGE), **options)
    assert asked.count("mute") < 0.5 * asked.count("long-winded")


def test_nothing_feasible_is_said_plainly(world: dict[str, Any]) -> None:
    result = _compile(world, constraints=(Constraint(measure="coverage", at_least=1.5),)).result
    assert not result.feasible
    assert not result.found
    assert "no judge keeps to the constraints" in result.why
    assert "coverage at least 1.5" in result.why
    with pytest.raises(UsageError, match=r"no candidate keeps to cost at most 1e-06: the cheapest costs 0.0005 a call"):
        _compile(world, constraints=(Constraint(measure="cost", at_most=1e-6),))


def test_a_measure_of_ones_own_is_taken_on_the_best_until_one_keeps_to_it(world: dict[str, Any]) -> None:
    seen: list[str] = []

    def flips(finalist: Finalist) -> float:
        seen.append("+".join(str(one.parameters["judge"]) for one in finalist.configurations))
        assert finalist.judge is None  # recorded: there is no model to ask
        return 0.4 if "dear" in seen[-1] else 0.1

    compiled = _compile(world, budget=Budget(calls=5000), constraints=(Constraint(measure=flips, at_most=0.2),))
    assert seen[:2] == ["dear", "silent"]
    assert _named(compiled) == "silent"
    report = compiled.result.constraints
    assert report is not None
    assert report.single[0].figure.value == 0.1


def test_assurance_asks_for_more_than_the_figure(world: dict[str, Any]) -> None:
    near = Constraint(measure="coverage", at_least=0.99, assurance=0.999)
    assert near.probability(np.array([1.0]), np.array([0.02]))[0] == pytest.approx(stats.norm.cdf(0.5), abs=1e-12)
    assert near.probability(np.array([np.nan]), np.array([0.02]))[0] == 0.5
    strict = Constraint(measure="length_bias", at_most=0.2, assurance=0.9)
    loose = Constraint(measure="length_bias", at_most=0.2)
    found = {
        one.assurance: _compile(world, budget=Budget(calls=5000), constraints=(one,)).result.constraints
        for one in (strict, loose)
    }
    assert all(report is not None and report.single_keeps for report in found.values())
    assert found[0.9].single[0].probability >= 0.9  # type: ignore[union-attr]


def test_optuna_knows_who_is_feasible(world: dict[str, Any], tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 's.db'}"
    result = _compile(world, storage=storage, constraints=(COVERAGE, LENGTH), pareto=("cost",)).result
    study = optuna.load_study(study_name=result.study, storage=open_storage(storage))
    silent = [trial for trial in study.trials if "silent" in trial.user_attrs["name"]]
    assert silent
    assert all(set(trial.constraints) == {"coverage", "length_bias"} for trial in study.trials)
    assert silent[-1].constraints["coverage"] > 0
    assert study.trials[0].user_attrs["cost"] in {cost for *_, cost, _ in JUDGES}
    feasible = [trial for trial in study.trials if all(value <= 0 for value in trial.constraints.values())]
    assert study.best_trial.number in {trial.number for trial in feasible}
    assert result.front is not None
    front = optuna.load_study(study_name=f"{result.study} front", storage=open_storage(storage))
    assert front.metric_names == ["spearman", "cost"]
    assert [direction.name for direction in front.directions] == ["MAXIMIZE", "MINIMIZE"]
    assert len(front.trials) == len(front.best_trials) == len(result.front.points)
    again = _compile(world, storage=storage, constraints=(COVERAGE, LENGTH), pareto=("cost",)).result
    assert again.paid == result.paid
    assert {**again.to_dict(), "curve": None} == {**result.to_dict(), "curve": None}


def test_the_front_is_what_none_is_better_than_in_everything(world: dict[str, Any]) -> None:
    compiled = _compile(world, pareto=("cost", "length_bias"), budget=Budget(calls=5000))
    front = compiled.result.front
    assert front is not None
    assert front.objectives == {"spearman": "maximize", "cost": "minimize", "length_bias": "minimize"}
    table = np.array(
        [
            [
                point.figures["spearman"].value,
                -point.figures["cost"].value,
                -abs(point.figures["length_bias"].value),
            ]
            for point in front.points
        ]
    )
    assert non_dominated(table).all()
    assert (np.diff(table[:, 0]) <= 0).all()
    assert table[:, 1].max() > table[:, 1].min()
    cheapest = int(np.argmax(table[:, 1]))
    picked = compiled.pick(cheapest)
    name = front.points[cheapest].judge.to_dict()
    assert name in (picked.single.to_dict(), picked.deployed.to_dict())
    with pytest.raises(UsageError, match="the front has points 0 to"):
        compiled.pick(99)
    with pytest.raises(UsageError, match="this search had one objective"):
        _compile(world).pick(0)


def test_layers_of_fronts() -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((60, 3)).round(1)
    values[7] = np.nan
    by_hand = [
        not any((other >= row).all() and (other > row).any() for other in values if not np.isnan(other).any())
        and not np.isnan(row).any()
        for row in values
    ]
    np.testing.assert_array_equal(non_dominated(values), by_hand)
    number = layers(values)
    assert number[7] == number.max()
    assert (number[by_hand] == 0).all()
    assert (number[[not one for one in by_hand]] > 0).all()


def test_length_bias_is_the_partial_correlation_of_stats() -> None:
    rng = np.random.default_rng(1)
    people, words = rng.integers(1, 6, 80).astype(float), rng.integers(5, 90, 80).astype(float)
    scores = people + 0.02 * words + rng.standard_normal(80)
    target = Target(values=people, groups=np.arange(80).astype(str), scale=Scale.ordinal(1, 5))
    inputs = MeasureInputs(
        scores=scores[None, :],
        judged=np.ones((1, 80), dtype=bool),
        target=target,
        length=words,
        cost=np.array([np.nan]),
        seconds=np.array([np.nan]),
    )
    value, error = measure_rows("length_bias", inputs)
    assert value[0] == pytest.approx(partial(scores, words, people).value, abs=1e-9)
    assert 0 < error[0] < 0.2


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"measure": "cost"}, "needs either at_most or at_least"),
        ({"measure": "cost", "at_most": 1, "at_least": 0}, "needs either at_most or at_least"),
        ({"measure": "cost", "at_least": 1}, "bounded from above"),
        ({"measure": "style", "at_most": 1}, "a measure is one of coverage, cost, latency, length_bias"),
        ({"measure": "coverage", "at_least": 1, "assurance": 1.0}, "probability between 0 and 1"),
        ({"measure": "coverage", "at_least": float("inf")}, "must be a number"),
        ({"measure": Objective(statistic="log_score"), "at_least": 0}, "cannot be a constraint"),
    ],
)
def test_wrong_constraints(options: dict[str, Any], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        Constraint(**options)


def test_constraint_json_and_back() -> None:
    for one in (LENGTH, COST, Constraint(measure=Objective(slice_by="language"), at_least=0.2, name="worst language")):
        assert Constraint.from_dict(json.loads(dumps(one.to_dict()))) == one
