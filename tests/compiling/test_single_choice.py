"""When the single judge is read by a fitted readout."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from alia_judge.compiling.budget import Budget
from alia_judge.compiling.compiler import compile_judge
from alia_judge.compiling.constraints.constraint import Constraint
from alia_judge.compiling.options import SearchOptions
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.judging.readouts import Expected, Ridge
from alia_judge.records import Configuration, Item, Judgments, Scale

SCALE = Scale.ordinal(1, 5)


class Peculiar:
    """Verdicts of models that say 5 of the worst as well as of the best, or (plain) what they mean."""

    scale = SCALE

    def __init__(self, truth: dict[str, float], *, peculiar: bool) -> None:
        self._truth, self._peculiar = truth, peculiar

    def paid(self, configuration: Configuration, items: list[Item]) -> list[bool]:
        return [False] * len(items)

    def judge(self, configuration: Configuration, items: list[Item]) -> Judgments:
        number = int(configuration.parameters["number"])
        noise = np.array([np.random.default_rng([number, int(item.item_id)]).normal() for item in items])
        latent = np.array([self._truth[item.item_id] for item in items]) + 0.8 * noise
        shares = np.exp(-((np.arange(1, 6)[None, :] - latent[:, None]) ** 2))
        if self._peculiar:
            # The mean hardly moves, the spread says how good the item is.
            shares = 0.02 + np.stack(
                [latent, 0 * latent + 1, 6 - latent, 0 * latent + 1, latent + 0.5 * noise], axis=1
            ).clip(0)
        probabilities = shares / shares.sum(axis=1, keepdims=True)
        return Judgments(
            item_ids=tuple(item.item_id for item in items),
            probabilities=probabilities,
            score=probabilities @ np.arange(1, 6),
            reasons=(None,) * len(items),
            paid=len(items),
            replayed=0,
        )


@pytest.mark.parametrize(
    ("peculiar", "readout", "constraints"),
    [(True, Ridge, ()), (False, Expected, ()), (True, Ridge, (Constraint(measure="coverage", at_least=0.5),))],
)
def test_fitted_only_where_fitting_pays(
    peculiar: bool, readout: type, constraints: tuple[Constraint, ...], made: ModuleType
) -> None:
    items, truth = made.items_and_truth(n_groups=15)
    numbered = [Item(item_id=str(place), response=item.response, group=item.group) for place, item in enumerate(items)]
    source = Peculiar({str(place): float(value) for place, value in enumerate(truth)}, peculiar=peculiar)
    configurations = [Configuration(parameters={"number": number}, name=f"c{number}") for number in range(10)]
    compiled = compile_judge(
        train=made.make_split(numbered, truth, np.arange(len(numbered))),
        source=source,
        space=SearchSpace(recorded=tuple(configurations)),
        budget=Budget(calls=900),
        storage=":memory:",
        options=SearchOptions(constraints=constraints),
    )
    assert isinstance(compiled.single.readout, readout)
