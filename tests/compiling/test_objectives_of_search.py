"""Objectives other than a correlation of expected scores, from the racer's draws to the judge that is deployed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from alia_judge.benchmark.split import Split
from alia_judge.compiling.budget import Budget
from alia_judge.compiling.compiler import compile_judge
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.race.posterior import posterior_draws
from alia_judge.compiling.verdict_table import VerdictTable
from alia_judge.models.bank import RecordedBank
from alia_judge.records import Scale

QUALITY = [0.05] * 10 + [0.3] * 8 + [0.6, 0.85]


@pytest.fixture(scope="module")
def world(made: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    items, truth = made.items_and_truth()
    folder = tmp_path_factory.mktemp("bank")
    made.make_bank(folder, items, truth, QUALITY)
    return {"folder": folder, "train": _panel(made.make_split(items, truth, np.arange(64)))}


def _panel(split: Split) -> Split:
    """Three people around the truth."""
    rng = np.random.default_rng(5)
    values = np.clip(split.target + rng.integers(-1, 2, (3, len(split))), 1, 5)
    errors = np.std(values, axis=0, ddof=1) / np.sqrt(3)
    return replace(
        split, values=values, annotators=("ana", "jon", "uxue"), target=values.mean(axis=0), target_se=errors
    )


@pytest.mark.parametrize(
    "objective",
    [
        Objective(statistic="qwk"),
        Objective(statistic="pairwise_accuracy"),
        Objective(statistic="alt_test"),
        Objective(statistic="log_score"),
        Objective(weighted=True),
        Objective(slice_by="language", worst=0.5),
    ],
    ids=lambda objective: objective.name,
)
def test_the_best_configuration_is_found_by_any_objective(world: dict[str, Any], objective: Objective) -> None:
    bank = RecordedBank.open(world["folder"])
    result = compile_judge(
        train=world["train"], source=bank, budget=Budget(calls=800), storage=":memory:", objective=objective
    ).result
    assert result.single.configuration.parameters["config_id"] == 19
    assert result.single.dev.value > 0
    assert result.objective == objective.name
    assert result.single.dev.low <= result.single.dev.value <= result.single.dev.high


def test_what_was_read_of_verdicts_is_the_same_from_the_study(world: dict[str, Any], tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "train": world["train"],
        "budget": Budget(calls=300),
        "storage": f"sqlite:///{tmp_path / 's.db'}",
        "objective": Objective(statistic="log_score"),
    }
    first = compile_judge(source=RecordedBank.open(world["folder"]), **options).result
    again = compile_judge(source=RecordedBank.open(world["folder"]), **options).result
    assert again.paid == first.paid == 300
    assert again.single.to_dict() == first.single.to_dict()
    assert again.deployed.to_dict() == first.deployed.to_dict()


def test_draws_are_in_the_candidates_own_numbers() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(1, 6, 120).astype(float)
    scores = np.clip(truth + rng.normal(0, 0.6, (6, 120)), 1, 5)
    table = VerdictTable(6, 120, 0)
    for candidate, depth in enumerate([120, 120, 120, 40, 40, 40]):
        for held in (table.asked, table.known, table.charged):
            held[candidate, :depth] = True
        table.score[candidate, :depth] = scores[candidate, :depth]
    target = Target(values=truth, groups=np.arange(120).astype(str), scale=Scale.ordinal(1, 5))
    objective = Objective(statistic="qwk")
    drawn = posterior_draws(table, target, objective, np.arange(3), 120, np.random.default_rng(1), n_draws=20)
    whole = objective.rows(scores, target)
    np.testing.assert_allclose(drawn[:, :3], np.broadcast_to(whole[:3], (20, 3)))
    np.testing.assert_allclose(drawn[:, 3:].mean(axis=0), whole[3:], atol=0.12)
