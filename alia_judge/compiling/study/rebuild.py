"""`rebuild_judge`: the judge of a trial, from its study alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import optuna

from alia_judge._messages import message
from alia_judge.compiling.study.storage import keep_in, kept_in, open_storage
from alia_judge.errors import UsageError
from alia_judge.learnt import LearntFrom
from alia_judge.models.recorded_model import allowed_name, generation_settings
from alia_judge.records import Configuration

if TYPE_CHECKING:
    from alia_judge.benchmark.split import Split
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.kinds import CompositeJudge

__all__ = ["JUDGE", "rebuild_judge", "remember_judges", "remember_learnt"]

#: Record of a study that holds what its configurations do not say.
JUDGE = "judge"
#: Record of a study that holds what it learns from.
_LEARNT = "learnt_from"


def remember_judges(
    study: optuna.Study,
    judge: Judge,
    configurations: Sequence[Configuration],
    train: Split,
    demonstrate: Callable[[Sequence[str], Split], list[dict[str, Any]]],
) -> None:
    """Keep in a study what it takes to rebuild its judges: the judge it began with, and every demonstration."""
    if kept_in(study, JUDGE) is not None:
        return
    ids = sorted({one for configuration in configurations for one in configuration.parameters.get("demo_item_ids", ())})
    demos = dict(zip(ids, demonstrate(ids, train), strict=True))
    keep_in(study, JUDGE, {"state": judge.dump_state(), "demonstrations": demos})


def remember_learnt(study: optuna.Study, learnt: LearntFrom | None) -> None:
    """Keep in a study what it learns from, in digests."""
    if learnt is not None and kept_in(study, _LEARNT) is None:
        keep_in(study, _LEARNT, learnt.to_dict())


def rebuild_judge(storage: str, study: str, trial: int | None = None, *, lm: Any = None) -> Judge | CompositeJudge:
    """The judge that a trial asked: all it takes is in the study.

    Parameters
    ----------
    storage, study
        As `compile_judge` was given them, or as its result names them.
    trial
        Number of the trial; None takes the one with the best value among those that keep to the constraints and have
        judged enough items, or where none has, among all.
    lm
        Which model answers; None takes the one that the configuration, or else the judge, names.

    Returns
    -------
    Judge or CompositeJudge
        Without a fitted readout: that belongs to the end of a search, and is in its result.

    Raises
    ------
    UsageError
        If there is no such study or trial, or the study is of recorded configurations.

    Examples
    --------
    >>> judge = rebuild_judge("sqlite:///study.db", "helpfulness spearman 0f3c", 17)  # doctest: +SKIP
    """
    from alia_judge.compiling.space.build import build_judge
    from alia_judge.judging.kinds import judge_from_state

    try:
        opened = optuna.load_study(study_name=study, storage=open_storage(storage))
    except KeyError:
        raise UsageError(
            message("there is no study {study!r} in that storage; a result names its study", study=study)
        ) from None
    kept: Mapping[str, Any] | None = kept_in(opened, JUDGE)
    if kept is None:
        raise UsageError(
            message("study {study!r} is of recorded configurations: there is no model to ask", study=study)
        )
    asked = {one.number: one.user_attrs["request"] for one in opened.trials if "request" in one.user_attrs}
    number = _best(opened) if trial is None else trial
    if number not in asked:
        raise UsageError(
            message("study {study!r} has no trial {number} that asked a judge", study=study, number=number)
        )
    parameters = dict(asked[number]["configuration"])
    # A database is a record like any other: what it says of a model is its name and generation settings.
    if lm is not None:
        parameters.pop("model", None)
    elif parameters.get("model") is not None:
        allowed_name(parameters["model"])
    parameters["settings"] = generation_settings(parameters.get("settings", {}))
    built = build_judge(
        Configuration(parameters=parameters), judge_from_state(kept["state"], lm), kept["demonstrations"]
    )
    held = kept_in(opened, _LEARNT)
    built.learnt = None if held is None else LearntFrom.from_dict(held)
    return built


def _best(study: optuna.Study) -> int | None:
    """Number of the best trial; of those on a few items where none went further, None where none has a value."""
    try:
        return int(study.best_trial.number)
    except ValueError:
        told = [trial for trial in study.get_trials(deepcopy=False) if trial.value is not None]
        return int(max(told, key=lambda trial: trial.value or 0.0).number) if told else None
