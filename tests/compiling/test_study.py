from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import numpy as np
import optuna
import pytest

from alia_judge.compiling.study.storage import MEMORY, kept_in, open_storage
from alia_judge.compiling.study.study import SearchStudy
from alia_judge.errors import UsageError
from alia_judge.records import Configuration, Judgments

CANDIDATES = [Configuration(parameters={"model": f"m{n}", "long": list(range(n))}, name=f"m{n}") for n in range(3)]
NONE = np.empty(0, dtype=np.intp)


def _study(storage: str) -> SearchStudy:
    return SearchStudy(open_storage(storage), "s", {"items": "abc"}, CANDIDATES)


def _verdicts(n: int) -> Judgments:
    return Judgments(
        item_ids=tuple(map(str, range(n))),
        probabilities=np.full((n, 2), 0.5),
        score=np.array([np.nan, *range(1, n)], dtype=float),
        reasons=("refusal", *[None] * (n - 1)),
    )


@pytest.fixture(params=["sqlite", "journal"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 's.db'}" if request.param == "sqlite" else str(tmp_path / "s.journal")


def test_what_was_told_is_read_again(storage: str) -> None:
    first = _study(storage)
    request = first.ask(1, np.arange(4), np.array([2]))
    first.tell(request, _verdicts(4), paid=3, replayed=1, value=0.5, depth=4)
    (seen,) = _study(storage).news()
    assert (seen.state, seen.candidate, seen.paid, seen.replayed) == ("done", 1, 3, 1)
    assert seen.items.tolist() == [0, 1, 2, 3]
    assert seen.free.tolist() == [2]
    assert seen.judgments is not None
    np.testing.assert_array_equal(seen.judgments.score, [np.nan, 1, 2, 3])
    assert seen.judgments.reasons == ("refusal", None, None, None)


def test_of_two_requests_the_earlier_has_the_verdicts(storage: str) -> None:
    first, second = _study(storage), _study(storage)
    first.ask(0, np.arange(5), NONE)
    late = second.ask(0, np.arange(3, 8), NONE)
    assert late.items.tolist() == [5, 6, 7]
    assert second.crowded
    assert second.ask(1, np.arange(3), NONE).items.tolist() == [0, 1, 2]


def test_what_was_abandoned_may_be_asked_again(storage: str) -> None:
    first, second = _study(storage), _study(storage)
    first.abandon(first.ask(0, np.arange(5), NONE))
    assert second.ask(0, np.arange(5), NONE).items.tolist() == [0, 1, 2, 3, 4]
    assert [request.state for request in _study(storage).news()] == ["lost", "running"]


def test_a_dead_process_requests_are_lost(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 's.db'}"
    code = (
        "import sys, os, numpy as np\n"
        "from alia_judge.compiling.study.storage import open_storage\n"
        "from alia_judge.compiling.study.study import SearchStudy\n"
        "from alia_judge.records import Configuration\n"
        "c = [Configuration(parameters={'model': f'm{n}', 'long': list(range(n))}, name=f'm{n}') for n in range(3)]\n"
        "s = SearchStudy(open_storage(sys.argv[1]), 's', {'items': 'abc'}, c)\n"
        "s.ask(0, np.arange(3), np.arange(0))\n"
        "os._exit(9)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, storage], check=False).returncode == 9
    (request,) = _study(storage).news()
    assert (request.state, request.mine) == ("lost", False)


def test_a_figure_that_is_undefined_keeps_its_verdicts() -> None:
    study = _study(MEMORY)
    study.tell(study.ask(0, np.arange(2), NONE), _verdicts(2), paid=2, replayed=0, value=float("nan"), depth=2)
    assert [trial.state.name for trial in study.optuna_study.trials] == ["PRUNED"]


def test_another_search_is_refused(storage: str) -> None:
    _study(storage)
    with pytest.raises(
        UsageError, match=r"study 's' holds another search, which differs in items \(abc in the study, xyz"
    ):
        SearchStudy(open_storage(storage), "s", {"items": "xyz"}, CANDIDATES)


def test_the_dashboard_is_told_what_a_trial_s_value_is(storage: str) -> None:
    for _ in range(2):  # begun, and gone on with
        assert _study(storage).optuna_study.metric_names == ["objective, corrected for the choice"]


def test_a_lucky_trial_on_a_few_items_is_never_the_best(storage: str) -> None:
    study = _study(storage)
    study.tell(study.ask(0, np.arange(4), NONE), _verdicts(4), paid=4, replayed=0, value=0.9, depth=4)
    far = study.ask(1, np.arange(9), NONE)
    study.tell(far, _verdicts(9), paid=9, replayed=0, value=0.5, depth=9, corrected=0.4)
    opened = study.optuna_study
    assert [(trial.state.name, trial.value) for trial in opened.trials] == [("PRUNED", 0.9), ("COMPLETE", 0.4)]
    assert (opened.best_trial.number, opened.best_trial.intermediate_values) == (1, {9: 0.5})


def test_parameters_have_names_and_say_what_candidates_are_like() -> None:
    candidates = [
        Configuration(parameters={"config_id": n, "model": f"m{n % 2}", "style": "a" if n < 2 else "b", "same": 1})
        for n in range(4)
    ]
    study = SearchStudy(open_storage(MEMORY), "s", {"items": "abc"}, candidates)
    study.abandon(study.ask(3, np.arange(4), NONE))
    assert study.optuna_study.trials[0].params == {"model": "m1", "style": "b"}
    alone = _study(MEMORY)  # nothing but what each has for itself
    alone.abandon(alone.ask(2, np.arange(4), NONE))
    assert alone.optuna_study.trials[0].params == {"model": "m2"}


def test_a_study_that_has_the_candidate_as_a_parameter_goes_on(storage: str) -> None:
    """As studies were written before: the index among the parameters, the header among the attributes."""
    opened = open_storage(storage)
    old = optuna.create_study(storage=opened, study_name="s", direction="maximize")
    old.set_user_attr("search", {"items": "abc"})
    request = {"configuration": {}, "items": [[0, 4]], "free": [], "worker": {"host": "other", "pid": 1}}
    old.add_trial(
        optuna.trial.create_trial(
            state=optuna.trial.TrialState.FAIL,
            params={"candidate": 2},
            distributions={"candidate": optuna.distributions.IntDistribution(0, 2)},
            user_attrs={"name": "m2", "request": request},
        )
    )
    study = _study(storage)
    assert [one.candidate for one in study.news()] == [2]
    assert study.ask(1, np.arange(4), NONE).candidate == 1
    with pytest.raises(UsageError, match="holds another search"):
        SearchStudy(open_storage(storage), "s", {"items": "xyz"}, CANDIDATES)


def test_records_do_not_stretch_the_dashboard_s_page() -> None:
    study = _study(MEMORY)
    assert study.optuna_study.user_attrs == {}
    assert kept_in(study.optuna_study, "search")["items"] == "abc"


def test_a_storage_that_cannot_be_opened_does_not_show_its_password() -> None:
    with pytest.raises(UsageError, match=r"storage .* cannot be opened") as caught:
        open_storage("postgresql://user:secret@127.0.0.1:1/none")
    assert "secret" not in str(caught.value)


def test_a_database_is_closed_when_its_storage_is_let_go(tmp_path: Path) -> None:
    opened = open_storage(f"sqlite:///{tmp_path / 's.db'}")
    SearchStudy(opened, "s", {"items": "abc"}, CANDIDATES)
    engine = opened.engine
    assert engine.pool.checkedin() == 1
    del opened
    gc.collect()
    assert engine.pool.checkedin() == 0
