from __future__ import annotations

import json
from types import ModuleType

import numpy as np
import pytest

from alia_judge.compiling.space import SearchSpace
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubric import Rubric
from alia_judge.records import Configuration, Scale

RUBRIC = Rubric(criterion="x", scale=Scale.ordinal(1, 5), instructions="Is it x?")


@pytest.fixture
def train(made: ModuleType) -> object:
    items, truth = made.items_and_truth()
    return made.make_split(items, truth, np.arange(96))


def test_combines_conditionally_and_each_once(train: object) -> None:
    space = SearchSpace(models=("a", "b"), demo_counts=(0, 2, 4), demo_strategies=("spread", "random"))
    configurations = space.configurations(train)
    # Without demonstrations the strategy does not matter: 2 models x (1 + 2 counts x 2 strategies).
    assert len(configurations) == 10
    assert len({configuration.key for configuration in configurations}) == 10
    assert sum("demo_strategy" not in configuration.parameters for configuration in configurations) == 2


def test_configurations_are_json_and_the_same_for_the_same_seed(train: object) -> None:
    space = SearchSpace(rubrics=(RUBRIC,), demo_counts=(0, 3), settings=({}, {"temperature": 0.7}))
    first = space.configurations(train, seed=5)
    assert first == space.configurations(train, seed=5)
    assert first != space.configurations(train, seed=6)
    for configuration in first:
        again = Configuration(parameters=json.loads(json.dumps(dict(configuration.parameters))))
        assert again == configuration


def test_demonstrations_come_from_few_groups_set_aside(train: object) -> None:
    space = SearchSpace(demo_counts=(0, 4))
    aside = space.demo_items(train, seed=0)
    groups = set(train.groups[aside])
    assert len(groups) <= 3  # a quarter of twelve
    assert set(np.flatnonzero(np.isin(train.groups, list(groups)))) == set(aside)
    shown = {one for c in space.configurations(train) for one in c.parameters.get("demo_item_ids", ())}
    assert shown <= {train.items[place].item_id for place in aside}
    assert not len(SearchSpace().demo_items(train, seed=0))


def test_builds_the_judge_a_configuration_stands_for(train: object) -> None:
    space = SearchSpace(rubrics=(RUBRIC,), demo_counts=(2,), settings=({"temperature": 0.7},))
    configuration = space.configurations(train)[0]
    judge = space.build(configuration, Judge(RUBRIC, lm=_Silent()), train)
    assert [demo["score"] for demo in judge.demos] == [
        train.target[list(train.item_ids).index(one)] for one in configuration.parameters["demo_item_ids"]
    ]
    assert judge.settings == {"temperature": 0.7}


def test_build_refuses_another_train_split(train: object) -> None:
    space = SearchSpace(demo_counts=(2,))
    configuration = Configuration(parameters={"layout": "chat", "demo_item_ids": ["nowhere"]})
    with pytest.raises(UsageError, match="demonstration 'nowhere' is not among the 96 train items"):
        space.build(configuration, Judge(RUBRIC, lm=_Silent()), train)


def test_a_limit_draws_a_sample(train: object) -> None:
    space = SearchSpace(models=tuple(f"m{number}" for number in range(40)))
    assert len(space.configurations(train, limit=7)) == 7


def test_json_and_words() -> None:
    space = SearchSpace(models=("a",), rubrics=(RUBRIC,), demo_counts=(0, 4))
    assert SearchSpace.from_dict(json.loads(json.dumps(space.to_dict()))) == space
    assert "demonstrations: 0, 4 (spread)" in str(space)
    recorded = SearchSpace(
        recorded=[Configuration(parameters={"config_id": n, "model": f"m{n % 2}"}) for n in range(4)]
    )
    assert str(recorded) == "4 recorded configurations\nmodel: m0, m1"
    assert SearchSpace.from_dict(recorded.to_dict()) == recorded


def test_around_a_judge_tries_its_styles() -> None:
    styles = {rubric.style for rubric in SearchSpace.around(Judge(RUBRIC, lm=_Silent())).rubrics}
    assert styles == {"anchored", "terse", "expert"}  # no steps, no checklist


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"recorded": [Configuration(parameters={})], "models": ("m",)}, "either recorded configurations or"),
        ({"demo_counts": ()}, "need at least one value each"),
        ({"demo_counts": (-1,)}, "must not be negative"),
        ({"demo_strategies": ("best",)}, "demo strategies are spread, random, got best"),
    ],
)
def test_wrong_options(options: dict[str, object], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        SearchSpace(**options)  # type: ignore[arg-type]


class _Silent:
    model = "silent"
