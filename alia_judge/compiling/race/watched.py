"""`watch_study`: how a search stands, from what its study keeps; the search may be running elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import optuna

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.compiling.race.progress import CurvePoint
from alia_judge.compiling.study.request import asked_of, candidate_of, places, state_of
from alia_judge.compiling.study.storage import kept_in, open_storage, without_password
from alia_judge.errors import UsageError

__all__ = ["DEPLOYED", "WatchedCandidate", "WatchedMember", "WatchedStudy", "WatchedTelling", "watch_study"]

#: Attribute of a study with what is deployed in the end: its members, each with its share of the weights.
DEPLOYED = "deployed"

#: Variance of Fisher's z of n items, as a / (n - b).
_Z_VARIANCE = MappingProxyType({"spearman": (1.06, 3), "pearson": (1.0, 3), "kendall": (0.437, 4)})


@dataclass(frozen=True, kw_only=True, eq=False)
class WatchedTelling(Record):
    """What was told of a candidate when it had judged so many items.

    Parameters
    ----------
    items, value, low, high
        As in `WatchedCandidate`.
    """

    items: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class WatchedMember(Record):
    """A member of what is deployed.

    Parameters
    ----------
    name
        The configuration's name.
    share
        Its share of the weights; those of all members sum to 1.
    """

    name: str
    share: float


@dataclass(frozen=True, kw_only=True, eq=False)
class WatchedCandidate(Record):
    """One candidate of a search.

    Parameters
    ----------
    name
        Its name.
    items, calls
        Items it has judged, and calls that this study has paid for them.
    value, low, high
        The objective on these items when it was last told, and 95% of what it may be, as if items had been drawn one by
        one; NaN for the ends where the objective has no such interval, or the items are too few.
    before
        The same when it had judged fewer, the fewest first.
    """

    name: str
    items: int
    calls: int
    value: float
    low: float
    high: float
    before: tuple[WatchedTelling, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class WatchedStudy(Record):
    """How a search stands.

    Parameters
    ----------
    study, objective
        Its name, and the statistic that it maximises.
    requests, running
        Requests made, and those that have not come back.
    calls
        Calls paid.
    candidates
        Those that were asked anything, the one of most items first, of as many the best first.
    curve
        What was believed of the best, round by round: `CurvePoint`.
    members
        Whom the deployed judge asks, once the search has ended, the one that counts most first.
    """

    study: str
    objective: str
    requests: int
    running: int
    calls: int
    candidates: tuple[WatchedCandidate, ...]
    curve: tuple[CurvePoint, ...]
    members: tuple[WatchedMember, ...] = ()


def watch_study(storage: str, study: str | None = None) -> WatchedStudy:
    """Read how a search stands; nothing is written, and a search that is under way is not disturbed.

    Parameters
    ----------
    storage
        As `compile_judge` takes it; `storage_of` says where a study is that was given none.
    study
        Its name; None where the storage holds one.

    Raises
    ------
    UsageError
        If there is no such study, no search in it, or several to choose from.

    References
    ----------
    Fieller, Hartley and Pearson (1957). Tests for rank correlation coefficients. Biometrika 44. (The intervals.)
    """
    where = storage.removeprefix("sqlite:///")
    if "://" not in where and not Path(where).exists():  # opening it would make it
        raise UsageError(
            message("there is no study at {where}; give the storage as the result of compile names it", where=where)
        )
    opened = open_storage(storage)
    names = sorted(optuna.get_all_study_names(opened))
    if study is None and len(names) != 1:
        many = (
            message("holds {n} studies ({names})", n=len(names), names=", ".join(map(repr, names)))
            if names
            else message("holds no study")
        )
        raise UsageError(
            message(
                "storage {storage} {many}; say which one, as a result names it",
                storage=without_password(storage),
                many=many,
            )
        )
    wanted = names[0] if study is None else study
    if wanted not in names:
        raise UsageError(
            message(
                "storage {storage} holds no study {wanted!r}; there is {names}",
                storage=without_password(storage),
                wanted=wanted,
                names=names or message("none"),
            )
        )
    loaded = optuna.load_study(study_name=wanted, storage=opened)
    header = kept_in(loaded, "search")
    if header is None:
        raise UsageError(message("study {wanted!r} is not one of a search; watch one that compile made", wanted=wanted))
    statistic = str(header["objective"].get("statistic", header["objective"].get("class", "objective")))
    trials = [trial for trial in loaded.get_trials(deepcopy=False) if "request" in trial.user_attrs]
    asked: dict[int, list[optuna.trial.FrozenTrial]] = {}
    curve: dict[int, CurvePoint] = {}
    for trial in trials:
        if (belief := trial.user_attrs.get("belief")) is not None:
            curve[belief["calls"]] = CurvePoint.from_dict(belief)
        if state_of(trial) == "done":
            asked.setdefault(candidate_of(trial), []).append(trial)
    candidates = [_candidate(own, statistic) for own in asked.values()]
    return WatchedStudy(
        study=wanted,
        objective=statistic,
        requests=len(trials),
        running=sum(state_of(trial) == "running" for trial in trials),
        calls=sum(one.calls for one in candidates),
        candidates=tuple(sorted(candidates, key=lambda one: (-one.items, -np.nan_to_num(one.value, nan=-np.inf)))),
        curve=tuple(curve[calls] for calls in sorted(curve)),
        members=tuple(WatchedMember(name=name, share=share) for name, share in kept_in(loaded, DEPLOYED) or ()),
    )


def _candidate(own: list[optuna.trial.FrozenTrial], statistic: str) -> WatchedCandidate:
    judged = {int(item) for trial in own for item in places(asked_of(trial))}
    by_depth = {depth: value for trial in own for depth, value in trial.intermediate_values.items()}
    told = []
    for items, value in sorted(by_depth.items()):
        low, high = _interval(value, items, statistic)
        told.append(WatchedTelling(items=items, value=value, low=low, high=high))
    last = told[-1] if told else WatchedTelling(items=0, value=math.nan, low=math.nan, high=math.nan)
    return WatchedCandidate(
        name=str(own[-1].user_attrs["name"]),
        items=len(judged),
        calls=sum(int(trial.user_attrs["verdicts"]["paid"]) for trial in own),
        value=last.value,
        low=last.low,
        high=last.high,
        before=tuple(told[:-1]),
    )


def _interval(value: float, n: int, statistic: str) -> tuple[float, float]:
    a, b = _Z_VARIANCE.get(statistic, (math.nan, 0))
    if math.isnan(a) or math.isnan(value) or n <= b or abs(value) >= 1:
        return math.nan, math.nan
    reach = 1.959964 * math.sqrt(a / (n - b))
    return math.tanh(math.atanh(value) - reach), math.tanh(math.atanh(value) + reach)
