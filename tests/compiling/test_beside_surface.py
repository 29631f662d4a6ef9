"""Verdicts are deployed beside surface features only where they add something to them."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from search_options import compile_judge

from alia_judge.compiling.budget import Budget
from alia_judge.compiling.compiler import CompiledJudge
from alia_judge.compiling.options import Deployment


def searched(made: ModuleType, folder: Path, seed: int, strength: float) -> CompiledJudge:
    """People like long answers, and something else: the better judges read that with this strength."""
    items, other = made.items_and_truth(n_groups=20, seed=seed)
    words = np.log([len(item.response.split()) for item in items])
    liked = (words - words.mean()) / words.std() + 0.5 * (other - other.mean()) / other.std()
    people = np.clip(np.round(3 + liked), 1, 5)
    bank = made.make_bank(folder, items, other, [0.0] * 12 + [strength] * 8, seed=seed)
    train = made.make_split(items, people, np.arange(len(items)))
    budget = Budget(calls=800)
    return compile_judge(
        train=train, source=bank, readouts=("verdicts", "surface"), budget=budget, storage=":memory:", seed=seed
    )


def test_verdicts_that_say_nothing_are_not_paid_for(made: ModuleType, tmp_path: Path) -> None:
    names = []
    for seed in range(12):
        found = searched(made, tmp_path / str(seed), seed, strength=0.0)
        names.append(found.redeploy(Deployment(calls=5, reads=("verdicts", "surface"))).deployed.stack.name)
    # Whenever they look better by anything, they are in three of these twelve.
    assert names.count("surface") >= 11


@pytest.mark.parametrize("seed", range(2))
def test_verdicts_that_say_more_are_read_too(made: ModuleType, tmp_path: Path, seed: int) -> None:
    found = searched(made, tmp_path, seed, strength=0.9)
    assert found.deployed.stack.name == "verdicts+surface"
    alone = found.deployed.tradeoff[0]
    assert found.deployed.dev.value > alone.value + 0.03
