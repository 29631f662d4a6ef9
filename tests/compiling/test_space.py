from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import optuna
import pytest
from scripted_lm import scripted_lm
from search_options import compile_judge

from alia_judge.compiling.budget import Budget
from alia_judge.compiling.space.build import build_judge
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.compiling.study.rebuild import rebuild_judge
from alia_judge.compiling.study.storage import open_storage
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import AnalyticJudge, CriteriaJudge
from alia_judge.judging.rubrics.rubric import Rubric
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
    # No steps, no checklist; without anchors "terse" reads as "anchored" does, and one prompt is one candidate.
    assert styles == {"anchored", "expert"}
    worded = replace(RUBRIC, anchors={1: "Bad.", 5: "Good."}, steps=("Is it?",))
    assert [one.style for one in SearchSpace.around(worded).rubrics] == ["anchored", "terse", "checklist", "expert"]


def test_rubrics_that_read_the_same_are_one_candidate(train: object) -> None:
    twice = SearchSpace(rubrics=(RUBRIC, replace(RUBRIC, style="terse"), replace(RUBRIC, style="expert")))
    asked = [one.parameters["rubric_style"] for one in twice.configurations(train)]
    assert asked == ["anchored", "expert"]


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"recorded": [Configuration(parameters={})], "models": ("m",)}, "either recorded configurations or"),
        ({"demo_counts": ()}, "demo_counts needs at least one value"),
        ({"demo_counts": (-1,)}, "must not be negative"),
        ({"demo_strategies": ("best",)}, "demo_strategies are spread, random, got best"),
    ],
)
def test_wrong_options(options: dict[str, object], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        SearchSpace(**options)  # type: ignore[arg-type]


class _Silent:
    model = "silent"


def test_order_and_neighbours_matter_only_with_enough_demonstrations(train: Any) -> None:
    space = SearchSpace(
        demo_counts=(0, 2, 4),
        demo_orders=("ascending", "descending"),
        neighbours=(None, 2),
        reasonings=("none", "first"),
    )
    configurations = space.configurations(train)
    # For each way of reasoning: none; two in two orders; four in two orders, all of them or the nearest two.
    assert len(configurations) == 2 * (1 + 2 + 4)
    value = dict(zip(train.item_ids, train.target, strict=True))
    for configuration in configurations:
        shown = [value[one] for one in configuration.parameters.get("demo_item_ids", ())]
        turned = configuration.parameters.get("demo_order") == "descending"
        assert shown == sorted(shown, reverse=turned)
        judge = space.build(configuration, Judge(RUBRIC, lm=_Silent()), train)
        assert judge.reasoning == configuration.parameters.get("reasoning", "none")
        assert (judge.neighbours and judge.neighbours.k) == configuration.parameters.get("neighbours")
    assert SearchSpace.from_dict(json.loads(json.dumps(space.to_dict()))) == space
    assert "order of demonstrations: ascending, descending\nneighbours shown: all, 2\nreasons: none, first" in str(
        space
    )


def test_a_sensible_space_from_a_rubric_and_models() -> None:
    space = SearchSpace.around(replace(RUBRIC, steps=("Read it.",)), models=["a", "b"])
    assert space.models == ("a", "b")
    assert [rubric.style for rubric in space.rubrics] == ["anchored", "terse", "checklist", "expert"]
    assert space.demo_counts == (0, 2, 4)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"demo_orders": ("random",)}, "demo_orders are drawn, ascending, descending, got random"),
        ({"reasonings": ("long",)}, "reasonings are none, first, after, got long"),
        ({"neighbours": (0,)}, "neighbours must be at least 1"),
        ({"reasonings": ()}, "reasonings needs at least one value"),
    ],
)
def test_wrong_parts(options: dict[str, Any], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        SearchSpace(**options)


REBUILD = """
import sys
from alia_judge.compiling.study.rebuild import rebuild_judge
judge = rebuild_judge(sys.argv[1], sys.argv[2], int(sys.argv[3]))
print(judge.configuration().key, judge.lm_identity())
"""


def test_a_judge_is_rebuilt_from_its_study_alone_in_another_process(
    train: Any, openai_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "the-loopback-server-asks-for-none")
    monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)
    space = SearchSpace(models=("openai/one", "openai/two"), demo_counts=(0, 2), reasonings=("none", "after"))
    template = Judge(RUBRIC, lm="openai/judge", settings={"temperature": 0.2})
    storage = f"sqlite:///{tmp_path / 's.db'}"
    compiled = compile_judge(template, train=train, space=space, budget=Budget(calls=80), storage=storage)
    study = optuna.load_study(study_name=compiled.result.study, storage=open_storage(storage))
    by_name = {configuration.name: configuration for configuration in space.configurations(train)}
    for trial in (study.trials[0], study.trials[-1]):
        built = space.build(by_name[trial.user_attrs["name"]], template, train)
        command = [sys.executable, "-c", REBUILD, storage, compiled.result.study, str(trial.number)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split(maxsplit=1)
        assert printed == [built.configuration().key, built.lm_identity() + "\n"]
    best = rebuild_judge(storage, compiled.result.study)
    assert best.configuration().key in {
        space.build(one, template, train).configuration().key for one in by_name.values()
    }
    with pytest.raises(UsageError, match="has no trial 999 that asked a judge"):
        rebuild_judge(storage, compiled.result.study, 999)
    with pytest.raises(UsageError, match="there is no study 'other'"):
        rebuild_judge(storage, "other")


def test_a_built_judge_keeps_what_it_judges_and_how_it_answers() -> None:
    rubric = Rubric(criterion="Help", scale=Scale.ordinal(1, 5))
    judge = Judge(rubric, scripted_lm("4"), subject="conversation", output="json")
    built = build_judge(Configuration(parameters={"layout": "chat"}), judge, {})
    assert (built.subject, built.output) == ("conversation", "json")
    several = CriteriaJudge(rubric, [rubric], judge.lm)
    asked = build_judge(Configuration(parameters={"kind": "criteria", "layout": "chat"}), several, {})
    assert isinstance(asked, CriteriaJudge)
    analytic = AnalyticJudge(rubric, [rubric], judge.lm)
    with pytest.raises(UsageError, match="asks for one score, or a CriteriaJudge, got a AnalyticJudge"):
        build_judge(Configuration(parameters={"layout": "chat"}), analytic, {})
