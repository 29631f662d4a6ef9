from __future__ import annotations

import json
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import optuna
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.stats import spearmanr
from search_options import compile_judge

from alia_judge._json import dumps
from alia_judge.compiling.budget import Budget
from alia_judge.compiling.compiler import CompiledJudge
from alia_judge.compiling.compiler import compile_judge as by_any_name
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.options import Deployment, Proposals, SearchOptions
from alia_judge.compiling.result import CompileResult
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.compiling.study.storage import open_storage
from alia_judge.errors import BudgetError, Interrupted, ModelError, UsageError
from alia_judge.models.bank import RecordedBank
from alia_judge.records import Configuration, Item, Judgments

QUALITY = [0.05] * 10 + [0.3] * 8 + [0.6, 0.85]


@pytest.fixture(scope="module")
def world(made: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    items, truth = made.items_and_truth()
    folder = tmp_path_factory.mktemp("bank")
    made.make_bank(folder, items, truth, QUALITY)
    train = made.make_split(items, truth, np.arange(64))
    return {"folder": folder, "items": items, "truth": truth, "train": train}


def _compile(world: dict[str, Any], **options: Any) -> CompiledJudge:
    options = {"budget": Budget(calls=500), "storage": ":memory:", **options}
    return compile_judge(train=world["train"], source=RecordedBank.open(world["folder"]), **options)


def test_finds_the_best_configuration_and_scores_new_items(world: dict[str, Any]) -> None:
    compiled = _compile(world)
    assert compiled.single.configuration.parameters["config_id"] == 19
    predictions = compiled.predict(world["items"][64:])
    assert spearmanr(predictions.single, world["truth"][64:]).statistic > 0.7
    assert spearmanr(predictions.deployed, world["truth"][64:]).statistic > 0.6
    assert compiled.result.found
    assert compiled.result.paid == 500
    assert compiled.result.split == {"train": 64, "dev": 0}


def test_predictions_are_no_part_of_the_search(world: dict[str, Any]) -> None:
    compiled = _compile(world, budget=Budget(calls=300))
    compiled.predict(world["items"])
    assert compiled.result.paid <= 300


def test_same_seed_same_trials(world: dict[str, Any]) -> None:
    first, second, other = _compile(world), _compile(world), _compile(world, seed=1)
    assert dumps(first.result) == dumps(second.result)
    assert dumps(first.result) != dumps(other.result)


@pytest.mark.parametrize(
    "bound", [Deployment(calls=1), Deployment(calls=10), Deployment(reads=("verdicts", "surface")), Deployment()]
)
def test_another_bound_gives_what_a_search_under_it_gives(world: dict[str, Any], bound: Deployment) -> None:
    """Stacks are made once and cut to the bound: whatever was asked for before, they are those of a new search."""
    compiled = _compile(world, deploy_calls=3)
    for other in (Deployment(calls=12), Deployment(calls=2, reads=("verdicts", "surface"))):
        compiled.redeploy(other)
    again, new = compiled.redeploy(bound), _compile(world, deployment=bound)
    assert dumps(again.deployed) == dumps(new.deployed)
    assert dumps(again.single) == dumps(new.single)


def test_result_is_json_and_back(world: dict[str, Any]) -> None:
    result = _compile(world, deploy_calls=2, readouts=("verdicts", "surface")).result
    text = dumps(result)
    assert dumps(CompileResult.from_dict(json.loads(text))) == text
    assert result.deployed.stack.calls_per_item <= 2
    # Its surface features say nothing here: the single judge does as well without them.
    assert json.loads(text)["deployed"]["readout"] == "verdicts"


def test_exhaustive_when_the_budget_allows(world: dict[str, Any]) -> None:
    result = _compile(world, budget=Budget(calls=100_000)).result
    assert (result.paid, result.stopped) == (20 * 64, "exhausted")


def test_a_study_goes_on_where_it_stopped(world: dict[str, Any], tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    once = _compile(world, storage=storage).result
    again = _compile(world, storage=storage).result
    assert (again.paid, again.trials) == (once.paid, once.trials)
    assert again.single.to_dict() == once.single.to_dict()
    assert len(once.curve) > 3
    # Of too few groups there is no interval yet; from then on there is one at every point.
    bounded = [point.low < point.high for point in once.curve]
    assert bounded == sorted(bounded)
    assert bounded[-1]
    assert dumps(again.curve) == dumps(once.curve)
    more = _compile(world, storage=storage, budget=Budget(calls=700)).result
    assert more.paid == 700
    assert dumps(more.curve[: len(once.curve) - 1]) == dumps(once.curve[:-1])


def test_the_same_search_in_memory_and_in_files(world: dict[str, Any], tmp_path: Path) -> None:
    memory = _compile(world).result
    journal = _compile(world, storage=str(tmp_path / "study.journal")).result
    database = _compile(world, storage=f"sqlite:///{tmp_path / 'study.db'}").result
    assert memory.single.to_dict() == journal.single.to_dict() == database.single.to_dict()
    assert memory.deployed.to_dict() == journal.deployed.to_dict() == database.deployed.to_dict()


def test_another_search_under_the_same_name_is_refused(world: dict[str, Any], tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    _compile(world, storage=storage, study="mine")
    with pytest.raises(
        UsageError, match=r"'mine' holds .* differs in objective / statistic \(spearman in the study, kendall"
    ):
        _compile(world, storage=storage, study="mine", objective="kendall")


def test_optuna_opens_the_study(world: dict[str, Any], tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    result = _compile(world, storage=storage).result
    study = optuna.load_study(study_name=result.study, storage=open_storage(storage))
    assert len(study.trials) == result.trials
    assert set(study.best_trial.params) == {"model", "style"}
    assert study.user_attrs == result.in_short
    assert study.best_trial.user_attrs["request"]["configuration"]["criterion"] == "x"
    json.dumps([trial.user_attrs for trial in study.trials])


class _Interrupting:
    """A source that is stopped after some calls, as a user would."""

    def __init__(self, bank: RecordedBank, calls: int) -> None:
        self.bank, self.left = bank, calls
        self.scale = bank.scale

    def select(self, **attributes: Any) -> tuple[Configuration, ...]:
        return self.bank.select(**attributes)

    def paid(self, configuration: Configuration, items: list[Item]) -> list[bool]:
        return [False] * len(items)

    def identity(self, configurations: Sequence[Configuration]) -> str:
        return self.bank.identity(configurations)

    def judge(self, configuration: Configuration, items: list[Item]) -> Judgments:
        self.left -= len(items)
        if self.left < 0:
            raise KeyboardInterrupt
        return self.bank.judge(configuration, items)


class _OneNumber(_Interrupting):
    """A source whose models write the same number for every item, more or less surely."""

    def judge(self, configuration: Configuration, items: list[Item]) -> Judgments:
        judged = super().judge(configuration, items)
        return replace(judged, score=np.full(len(items), 5.0))


def test_models_that_write_one_number_are_compared_by_their_probabilities_as_they_are_deployed(
    world: dict[str, Any],
) -> None:
    bank = RecordedBank.open(world["folder"])
    options: dict[str, Any] = {
        "train": world["train"],
        "space": SearchSpace(recorded=bank.select(criterion="x")),
        "budget": Budget(calls=500),
        "storage": ":memory:",
    }
    written = compile_judge(source=_OneNumber(bank, 500), **options).result
    expected = compile_judge(source=_Interrupting(bank, 500), **options).result
    assert written.single.to_dict() == expected.single.to_dict()
    assert float(written.single.dev) > 0.2


def test_ctrl_c_says_how_to_go_on_and_keeps_what_was_paid(world: dict[str, Any], tmp_path: Path) -> None:
    bank = RecordedBank.open(world["folder"])
    options: dict[str, Any] = {
        "train": world["train"],
        "space": SearchSpace(recorded=bank.select(criterion="x")),
        "budget": Budget(calls=500),
        "storage": f"sqlite:///{tmp_path / 'study.db'}",
    }
    with pytest.raises(Interrupted, match="run the same command again to go on"):
        compile_judge(source=_Interrupting(bank, 300), **options)
    resumed = compile_judge(source=bank, **options).result
    assert resumed.paid == 500
    assert resumed.single.to_dict() == _compile(world).result.single.to_dict()


def test_kill_9_loses_only_what_was_in_flight(world: dict[str, Any], workers: ModuleType, tmp_path: Path) -> None:
    storage, log = f"sqlite:///{tmp_path / 'study.db'}", tmp_path / "calls"
    killed = workers.start(world["folder"], storage, log, pause=0.004)
    deadline = time.monotonic() + 900
    while time.monotonic() < deadline and (not log.exists() or len(log.read_text().splitlines()) < 120):
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    before = len(log.read_text().splitlines())
    assert 120 <= before < 400
    resumed = workers.start(world["folder"], storage, log, pause=0.0)
    output, _ = resumed.communicate(timeout=900)
    result = json.loads(output)
    assert result["calls"]["paid"] == 400
    assert set(workers.verdicts_by_cell(storage).values()) == {1}
    calls = log.read_text().splitlines()
    in_flight = len(calls) - len(set(calls))
    assert in_flight <= 8  # at most the one request that was under way, if it was killed after judging
    uninterrupted = _compile(world, budget=Budget(calls=400)).result
    assert result["single"] == json.loads(dumps(uninterrupted.single))


def test_a_budget_too_small_to_compare_anything(world: dict[str, Any]) -> None:
    with pytest.raises(BudgetError, match="too few verdicts to compare"):
        _compile(world, budget=Budget(calls=2))


@pytest.mark.parametrize(
    ("score", "message"), [(3.0, r"gives all items one score, over \d+ verdicts"), (None, r"none of \d+ verdicts has")]
)
def test_scores_that_rank_nothing_are_not_called_too_few(
    made: ModuleType, tmp_path: Path, score: float | None, message: str
) -> None:
    items, truth = made.items_and_truth()
    (tmp_path / "configs.jsonl").write_text('{"config_id": 0, "model": "a"}\n{"config_id": 1, "model": "b"}\n')
    cells = [(number, item.item_id) for number in range(2) for item in items]
    columns = {"config_id": [number for number, _ in cells], "item_id": [item for _, item in cells]}
    table = pa.table({**columns, "score": pa.array([score] * len(cells), pa.float64())})
    pq.write_table(table, tmp_path / "scores.parquet")
    with pytest.raises(ModelError, match=message):
        compile_judge(
            train=made.make_split(items, truth, np.arange(96)),
            source=RecordedBank.open(tmp_path),
            budget=Budget(calls=100),
            storage=":memory:",
        )


def test_verdicts_on_other_points_than_the_ratings_are_refused(world: dict[str, Any], tmp_path: Path) -> None:
    cells = [item.item_id for item in world["items"]]
    (tmp_path / "configs.jsonl").write_text('{"config_id": 0, "model": "a"}\n')
    half = [0.5] * len(cells)
    pq.write_table(
        pa.table({"config_id": [0] * len(cells), "item_id": cells, "p1": half, "p2": half}), tmp_path / "scores.parquet"
    )
    with pytest.raises(UsageError, match="verdicts with 2 probabilities for ratings on 5 points"):
        compile_judge(
            train=world["train"], source=RecordedBank.open(tmp_path), budget=Budget(calls=50), storage=":memory:"
        )


def test_predictions_are_on_the_scale_of_the_ratings_where_less_is_better(made: ModuleType, tmp_path: Path) -> None:
    items, truth = made.items_and_truth()
    given = 6 - truth  # 1 is best
    made.make_bank(tmp_path, items, given, [0.6] * 8)
    scale = replace(made.SCALE, reverse=True)
    train = replace(made.make_split(items, truth, np.arange(64)), scale=scale, values=given[None, :64])
    compiled = compile_judge(
        train=train,
        source=RecordedBank.open(tmp_path, scale=scale),
        budget=Budget(calls=500),
        deployment=Deployment(calls="all"),
        storage=":memory:",
    )
    found = compiled.predict(items[64:])
    assert compiled.deployed.stack.calls_per_item > 1
    for scores in (found.single, found.deployed):
        assert spearmanr(scores, given[64:]).statistic > 0.5


def test_nothing_to_find_is_reported(made: ModuleType, tmp_path: Path) -> None:
    items, truth = made.items_and_truth()
    reported = 0
    for seed in range(5):
        bank = made.make_bank(tmp_path / str(seed), items, truth, [0.0] * 20, seed=seed)
        result = compile_judge(
            train=made.make_split(items, truth, np.arange(96)),
            source=bank,
            budget=Budget(calls=700),
            storage=":memory:",
            seed=seed,
        ).result
        reported += not result.found
        if not result.found:
            assert result.why.startswith("nothing found")
    assert reported >= 4


def test_a_stack_that_is_no_better_is_not_deployed(made: ModuleType, tmp_path: Path) -> None:
    items, truth = made.items_and_truth()
    bank = made.make_bank(tmp_path, items, truth, [0.95] + [0.0] * 7)
    compiled = compile_judge(
        train=made.make_split(items, truth, np.arange(96)),
        source=bank,
        budget=Budget(calls=768),
        deployment=Deployment(calls="all"),
        storage=":memory:",
    )
    assert compiled.single.configuration.parameters["config_id"] == 0
    assert compiled.deployed.stack.calls_per_item == 1
    assert compiled.deployed.dev == compiled.single.dev
    assert max(compiled.deployed.tradeoff) == 8  # what it was compared with stays on record
    found = compiled.predict(items)
    np.testing.assert_array_equal(found.single, found.deployed)


def test_verdicts_on_other_criteria_are_features_where_they_are_asked_for(made: ModuleType, tmp_path: Path) -> None:
    items, truth = made.items_and_truth()
    made.make_bank(tmp_path, items, truth, [0.5] * 8)
    configs = [json.loads(line) for line in (tmp_path / "configs.jsonl").read_text("utf-8").splitlines()]
    lines = [one | {"criterion": "x" if place < 3 else "y"} for place, one in enumerate(configs)]
    (tmp_path / "configs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    held_out = {}
    for wide in (False, True):
        bank = RecordedBank.open(tmp_path)
        found = compile_judge(
            train=made.make_split(items, truth, np.arange(64)),
            source=bank,
            space=SearchSpace(recorded=bank.configurations) if wide else None,
            budget=Budget(calls=10_000),
            deployment=Deployment(calls="all"),
            storage=":memory:",
        )
        asked = {one.parameters["criterion"] for one in found.deployed.stack.configurations}
        assert asked == ({"x", "y"} if wide else {"x"})
        held_out[wide] = spearmanr(found.predict(items[64:]).deployed, truth[64:]).statistic
    assert held_out[True] > held_out[False]


def test_stops_when_the_money_is_better_kept(world: dict[str, Any]) -> None:
    result = _compile(world, budget=Budget(calls=1000), stop_gain=0.05).result
    assert result.stopped == "gain"
    assert result.paid < 1000


def test_worst_slice_and_crossed_groups(world: dict[str, Any]) -> None:
    objective = Objective(slice_by="language", worst=0.5)
    result = _compile(world, objective=objective, crossed=("system",)).result
    assert result.objective == "spearman, half mean and half worst language"
    assert "crossed:system" in result.signature


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"readouts": ("tea leaves",)}, "a deployed judge reads 'verdicts' and 'surface', got 'tea leaves'"),
        ({"deploy_calls": 0}, "deploy_calls must be at least 1, or .all. for no bound, got 0"),
        ({"stop_gain": -1}, "stop_gain must not be negative"),
        ({"objective": "bleu"}, "objective must be one of alpha"),
    ],
)
def test_wrong_options(world: dict[str, Any], options: dict[str, Any], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        _compile(world, **options)


class TestFormerNames:
    """The options by the names that they had as keywords of their own."""

    FORMER: ClassVar[dict[str, Any]] = {
        "deploy_calls": 2,
        "readouts": ("verdicts", "surface"),
        "crossed": ("system",),
        "stop_gain": 0.05,
        "constraints": (),
        "pareto": (),
    }

    def test_they_do_the_same_and_say_the_new_name(self, world: dict[str, Any]) -> None:
        common = {
            "train": world["train"],
            "budget": Budget(calls=300),
            "storage": ":memory:",
        }
        with pytest.warns(DeprecationWarning, match="is now compile_judge") as told:
            former = by_any_name(source=RecordedBank.open(world["folder"]), **common, **self.FORMER)
        now = by_any_name(
            source=RecordedBank.open(world["folder"]),
            **common,
            options=SearchOptions(crossed=("system",), stop_gain=0.05),
            deployment=Deployment(calls=2, reads=("verdicts", "surface")),
        )
        assert dumps(former.result) == dumps(now.result)
        said = [str(one.message) for one in told]
        assert "compile_judge(deploy_calls=...) is now compile_judge(deployment=Deployment(calls=...))" in said
        assert len(said) == len(self.FORMER)
        with pytest.warns(DeprecationWarning, match=r"redeploy\(deploy_calls=...\) is now redeploy\(deployment="):
            fewer = former.redeploy(deploy_calls=1)
        assert dumps(fewer.deployed) == dumps(now.redeploy(Deployment(calls=1)).deployed)

    def test_both_names_at_once_and_names_that_are_none_are_refused(self, world: dict[str, Any]) -> None:
        common = {"train": world["train"], "budget": Budget(calls=10)}
        with pytest.raises(UsageError, match="deploy_calls is given twice; leave it out, as Deployment"):
            by_any_name(**common, deploy_calls=1, deployment=Deployment())
        with pytest.raises(TypeError, match="got an unexpected keyword argument 'deploy_cals'"):
            by_any_name(**common, deploy_cals=1)

    def test_a_number_of_proposals_is_one(self, world: dict[str, Any]) -> None:
        with (
            pytest.warns(DeprecationWarning, match=r"is now compile_judge\(proposals=Proposals\(n=...\)\)"),
            pytest.raises(UsageError, match="proposals must be at least 1"),
        ):
            by_any_name(train=world["train"], budget=Budget(calls=10), proposals=0)
        with pytest.raises(UsageError, match="proposal_rounds must be at least 1"):
            Proposals(rounds=0)


def test_the_seed_reaches_folds_resamples_permutations_and_blind_scores(world: dict[str, Any]) -> None:
    """With all verdicts paid for, what is left to chance is how they are looked at."""
    searches = [_compile(world, budget=Budget(calls=100_000), seed=seed) for seed in (0, 0, 1)]
    first, again, other = [one.result.single.dev for one in searches]
    assert (first.low, first.high) == (again.low, again.high)
    assert (first.low, first.high) != (other.low, other.high)


def test_resampling_is_as_it_is_asked_for(world: dict[str, Any]) -> None:
    few = _compile(world, n_resamples=40, n_folds=3, n_permutations=39).result
    assert "n_resamples:40" in few.signature
    assert "n_folds:3" in few.signature
    assert "n_resamples" not in _compile(world).result.signature
    with pytest.raises(UsageError, match="n_folds must be at least 2, got 1"):
        _compile(world, n_folds=1)
