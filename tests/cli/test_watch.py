"""``alia-judge watch``: a study read while its search is under way, and when it has ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import pearsonr

from alia_judge import Budget, CompiledJudge, compile_judge
from alia_judge.compiling.race import watched
from alia_judge.compiling.race.watched import WatchedStudy, watch_study
from alia_judge.compiling.study.storage import open_storage
from alia_judge.errors import UsageError


@pytest.fixture(scope="module")
def searched(made: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, CompiledJudge, list[WatchedStudy]]:
    """A storage, what was found, and what was seen of the study at every tenth request."""
    folder = tmp_path_factory.mktemp("watched")
    items, truth = made.items_and_truth(n_groups=12, per_group=5)
    bank = made.make_bank(folder / "bank", items, truth, [0.8, 0.5, 0.3, 0.1])
    storage, seen = f"sqlite:///{folder}/study.db", list[WatchedStudy]()

    class Watching:
        scale = bank.scale

        def __init__(self) -> None:
            self.asked = 0

        def paid(self, configuration: Any, wanted: Any) -> Any:
            return bank.paid(configuration, wanted)

        def judge(self, configuration: Any, wanted: Any) -> Any:
            self.asked += 1
            if self.asked in (1, 5):
                seen.append(watch_study(storage))
            return bank.judge(configuration, wanted)

    train = made.make_split(items, truth, np.arange(60))
    from alia_judge.compiling.space.space import SearchSpace

    tuned = compile_judge(
        train=train,
        source=Watching(),
        space=SearchSpace(recorded=bank.configurations),
        budget=Budget(calls=150),
        storage=storage,
    )
    return storage, tuned, seen


def test_a_search_under_way_is_seen_as_that(
    searched: tuple[str, CompiledJudge, list[WatchedStudy]],
) -> None:
    _, _, (first, later) = searched
    assert (first.running, first.calls, first.candidates) == (1, 0, ())
    assert later.running == 1
    assert 0 < later.calls < 150
    assert len(later.candidates) > 1


def test_afterwards_it_says_what_the_result_says(
    searched: tuple[str, CompiledJudge, list[WatchedStudy]],
) -> None:
    storage, tuned, _ = searched
    now = watch_study(storage)
    assert (now.calls, now.running) == (tuned.result.paid, 0)
    assert [point.to_dict() for point in now.curve] == [point.to_dict() for point in tuned.result.curve][
        : len(now.curve)
    ]
    assert sum(one.calls for one in now.candidates) == now.calls
    deepest = now.candidates[0]
    assert deepest.items == max(one.items for one in now.candidates)
    assert deepest.low < deepest.value < deepest.high
    assert [one.items for one in deepest.before] == sorted({one.items for one in deepest.before})
    assert deepest.before[0].high - deepest.before[0].low > deepest.high - deepest.low
    asked = [one.name for one in tuned.deployed.stack.configurations]
    assert sorted(one.name for one in now.members) == sorted(asked)
    assert sum(one.share for one in now.members) == pytest.approx(1.0)
    assert WatchedStudy.from_dict(json.loads(json.dumps(now.to_dict()))) == now


def test_intervals_shrink_with_items_and_are_fishers() -> None:
    from alia_judge.compiling.race.watched import _interval

    rng = np.random.default_rng(0)
    x = rng.standard_normal(50)
    y = x + rng.standard_normal(50)
    published = pearsonr(x, y)
    assert _interval(float(published.statistic), 50, "pearson") == pytest.approx(published.confidence_interval())
    wider = _interval(0.5, 20, "spearman")
    assert wider[0] < _interval(0.5, 80, "spearman")[0]
    assert np.isnan(_interval(0.5, 20, "kappa")).all()


def test_the_command_shows_candidates_and_writes_json(
    run: Callable[..., Any], read: Any, searched: tuple[str, CompiledJudge, list[WatchedStudy]], tmp_path: Path
) -> None:
    storage, tuned, _ = searched
    done = run("watch", storage, "--json", tmp_path / "out.json")
    assert done.code == 0, done.err
    assert "150 calls paid" in done.out
    assert "●" in done.out
    assert read(tmp_path / "out.json")["study"] == tuned.result.study


def test_a_study_that_a_server_keeps_is_looked_for_there(
    searched: tuple[str, CompiledJudge, list[WatchedStudy]], monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, tuned, _ = searched
    asked = []
    monkeypatch.setattr(watched, "open_storage", lambda url: asked.append(url) or open_storage(storage))
    assert watch_study("postgresql://ana:secret@db.example.org/studies").study == tuned.result.study
    assert asked == ["postgresql://ana:secret@db.example.org/studies"]


def test_who_would_look_again_needs_a_terminal(
    run: Callable[..., Any], searched: tuple[str, CompiledJudge, list[WatchedStudy]]
) -> None:
    done = run("watch", searched[0], "--every", 1)
    assert (done.code, "takes a terminal" in " ".join(done.err.split())) == (2, True)


def test_what_is_no_study_is_said_and_nothing_is_made(
    run: Callable[..., Any], searched: tuple[str, CompiledJudge, list[WatchedStudy]], tmp_path: Path
) -> None:
    done = run("watch", f"sqlite:///{tmp_path}/none.db")
    assert (done.code, "no study at" in done.err.replace("\n", " ")) == (2, True)
    assert not (tmp_path / "none.db").exists()
    with pytest.raises(UsageError, match="holds no study 'other'"):
        watch_study(searched[0], "other")
