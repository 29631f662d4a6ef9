"""The study: everything a search has asked and been told, in one Optuna study that several processes may share.

A trial is one request: a configuration on a run of items. It is written before the first call, with what it asks for,
and once more with every verdict. Whoever opens the study later, after a crash or on another machine, has all verdicts
that came back; what was in flight is asked for again. Optuna writes trials one after another whatever the storage, so
of two requests for the same verdict the one with the lower trial number has it and the other leaves it alone.
"""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from alia_judge.compiling.study.former import is_former, verdicts_paid_in
from alia_judge.compiling.study.identity import ADDRESSES, differences
from alia_judge.compiling.study.worker import is_alive, this_worker
from alia_judge.errors import ChangedWarning, UsageError
from alia_judge.records import Configuration, Judgments

__all__ = ["PROPOSED", "TASK", "Request", "SearchStudy", "as_kept"]

#: A request from another machine that has not come back for so long is taken for lost.
_LOST_AFTER = timedelta(minutes=30)
#: What the dashboard calls a trial's value.
_VALUE = "objective on the items judged so far, not corrected"
#: Attributes with more values than this are no use as a parameter of the dashboard's plots.
_MOST_CHOICES = 32
#: Attributes of a proposed configuration: who wrote its rubric, and of what.
PROPOSED = ("proposed_by", "parent")
#: Attribute of a trial that is a task (`OnceTasks`) and no request; studies that exist have it by this name.
TASK = "errand"
#: Decimals of a verdict that a study keeps.
_DIGITS = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class Request:
    """Verdicts asked for: one trial.

    Parameters
    ----------
    number
        The trial's number.
    candidate
        Index of the configuration.
    items
        Places of the items in the order of the search.
    free
        Those of them that had been paid for outside this study.
    state
        ``"running"``, ``"done"`` or ``"lost"``.
    judgments
        The verdicts, once they are there.
    paid, replayed
        How many of them this study paid for, and how many were free.
    mine
        Whether this process asked.
    belief
        What was believed when it was decided on; None but for the first request of a round.
    """

    number: int
    candidate: int
    items: NDArray[np.intp]
    free: NDArray[np.intp]
    state: str
    judgments: Judgments | None
    paid: int
    replayed: int
    mine: bool
    trial_id: int
    belief: Mapping[str, Any] | None = None


class SearchStudy:
    """One search in an Optuna study.

    Parameters
    ----------
    storage
        What `open_storage` gives.
    name
        The study's name: the same name on the same storage goes on with the same search.
    header
        What the search is (`StudyIdentity.header`). A study with another header is refused, but for the addresses in
        it: a server that has moved is told of.
    configurations
        The candidates.
    authors
        Who may propose candidates while the search is under way.

    Raises
    ------
    UsageError
        If the study holds another search.
    """

    def __init__(
        self,
        storage: optuna.storages.BaseStorage,
        name: str,
        header: Mapping[str, Any],
        configurations: Sequence[Configuration],
        authors: Sequence[str] = (),
    ) -> None:
        self._study = optuna.create_study(storage=storage, study_name=name, direction="maximize", load_if_exists=True)
        self._storage, self._id = self._study._storage, self._study._study_id
        self.name = name
        self._configurations = tuple(configurations)
        self._distributions = _distributions(self._configurations, authors)
        self.worker = this_worker()
        self._seen: dict[int, str] = {}
        self._next_number = 0
        #: Whether somebody else made a request since this process last looked.
        self.crowded = False
        self._agree(header)

    @property
    def optuna_study(self) -> optuna.Study:
        """The Optuna study, for its dashboard and plots."""
        return self._study

    def news(self) -> list[Request]:
        """Requests that are new, or in another state, since the last look; lost ones are marked so first."""
        changed = []
        for trial in self._storage.get_all_trials(self._id, deepcopy=False):
            self._next_number = max(self._next_number, trial.number + 1)
            if self._seen.get(trial.number) in ("done", "lost") or "request" not in trial.user_attrs:
                continue  # known, or no request for verdicts
            state = _state(trial)
            if trial.state == TrialState.RUNNING and self.is_lost(trial):
                # Whoever died after writing its verdicts has lost nothing but the figure that goes with them.
                end = TrialState.PRUNED if state == "done" else TrialState.FAIL
                with contextlib.suppress(optuna.exceptions.UpdateFinishedTrialError):  # another process saw it too
                    self._storage.set_trial_state_values(trial._trial_id, end)
                state = "done" if state == "done" else "lost"
            if self._seen.get(trial.number) != state:
                self._seen[trial.number] = state
                changed.append(self._request(trial, state))
        return changed

    def ask(
        self,
        candidate: int,
        items: NDArray[np.intp],
        free: NDArray[np.intp],
        *,
        belief: Mapping[str, Any] | None = None,
    ) -> Request:
        """Ask for verdicts: write the request, and give back what of it nobody had asked for before.

        Parameters
        ----------
        candidate
            Index of the configuration.
        items
            Places of the items in the order of the search.
        free
            Those of them that are paid for already.
        belief
            What is believed as this is decided on, in JSON types, to be read by who goes on with the search.

        Returns
        -------
        Request
            Its `items` are those to judge now, perhaps none.
        """
        parameters = {
            name: _choice(self._configurations[candidate].parameters.get(name))
            for name in self._distributions
            if name != "candidate"
        }
        template = create_trial(
            state=TrialState.RUNNING,
            params={"candidate": candidate, **parameters},
            distributions=self._distributions,
            user_attrs={
                "name": self._configurations[candidate].name,
                "request": {
                    "configuration": dict(self._configurations[candidate].parameters),
                    "items": _runs(items),
                    "free": _runs(free),
                    "worker": self.worker,
                },
                **({} if belief is None else {"belief": dict(belief)}),
            },
        )
        template.datetime_start = datetime.now()
        trial_id = self._storage.create_new_trial(self._id, template_trial=template)
        number = self._storage.get_trial_number_from_id(trial_id)
        self._seen[number] = "running"
        self.crowded = number != self._next_number
        if self.crowded:
            items = self._unclaimed(candidate, items, number)
        else:
            self._next_number = number + 1
        return Request(
            number=number,
            candidate=candidate,
            items=items,
            free=np.intersect1d(free, items),
            state="running",
            judgments=None,
            paid=0,
            replayed=0,
            mine=True,
            trial_id=trial_id,
        )

    def tell(
        self,
        request: Request,
        judgments: Judgments,
        *,
        paid: int,
        replayed: int,
        value: float,
        depth: int,
        excess: Mapping[str, float] | None = None,
        figures: Mapping[str, float] | None = None,
    ) -> None:
        """Write the verdicts of a request, and the objective of its configuration on the items judged so far.

        `excess` says by how much the configuration is beyond each constraint, `figures` what else it is looked at for.
        """
        payload = {
            "items": _runs(request.items),
            "score": _rounded(judgments.score),
            "probabilities": None if np.isnan(judgments.probabilities).all() else _rounded(judgments.probabilities),
            "reasons": list(judgments.reasons) if any(judgments.reasons) else None,
            "paid": paid,
            "replayed": replayed,
            "cost": None if np.isnan(judgments.cost) else judgments.cost,
            "seconds": None if np.isnan(judgments.seconds) else judgments.seconds,
            "spent": None if np.isnan(judgments.spent) else judgments.spent,
        }
        self._storage.set_trial_user_attr(request.trial_id, "verdicts", payload)
        for name, beyond in (excess or {}).items():
            # Where `Trial.set_constraint` keeps it; a trial that was created as a whole has no such method.
            self._storage.set_trial_system_attr(request.trial_id, f"constraints:{name}", beyond)
        for name, figure in (figures or {}).items():
            self._storage.set_trial_user_attr(request.trial_id, name, figure)
        known = not np.isnan(value)
        if known:
            self._storage.set_trial_intermediate_value(request.trial_id, depth, value)
        # A trial without a value (too few verdicts for the objective) is pruned in Optuna's words; its verdicts count.
        self._storage.set_trial_state_values(
            request.trial_id, TrialState.COMPLETE if known else TrialState.PRUNED, [value] if known else None
        )
        self._seen[request.number] = "done"

    def abandon(self, request: Request) -> None:
        """Mark a request as not coming back."""
        self._storage.set_trial_state_values(request.trial_id, TrialState.FAIL)
        self._seen[request.number] = "lost"

    def wait(self) -> None:
        """Let others work for a moment."""
        time.sleep(0.2)

    def _agree(self, header: Mapping[str, Any]) -> None:
        held = self._study.user_attrs.get("search")
        if held is None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                self._study.set_metric_names([_VALUE])
            self._study.set_user_attr("search", dict(header))
            return
        if is_former(held):
            raise UsageError(
                f"study {self.name!r} was begun by version 0.1.0, which did not write down the whole question (model, "
                f"address, settings, texts): it cannot be gone on with, and {verdicts_paid_in(self._study)} paid "
                "verdicts stay in it; give this search a name of its own: verdicts in a store beside an SQLite study "
                "are found again and cost nothing"
            )
        different = differences(_but_addresses(held), _but_addresses(header))
        if different:
            raise UsageError(
                f"study {self.name!r} holds another search, which differs in {', '.join(different)}; "
                "give this one a name of its own, or run it with the data and options it was begun with"
            )
        moved = differences(held.get(ADDRESSES, {}), header.get(ADDRESSES, {}))
        if moved:
            warnings.warn(
                f"study {self.name!r} goes on at another address: {', '.join(moved)}; its verdicts are kept, as of the "
                "same model",
                ChangedWarning,
                stacklevel=4,
            )
            self._study.set_user_attr("search", dict(header))

    def _unclaimed(self, candidate: int, items: NDArray[np.intp], number: int) -> NDArray[np.intp]:
        """The items of a request that no earlier request, still running or done, has asked for."""
        claimed: list[int] = []
        for trial in self._storage.get_all_trials(self._id, deepcopy=False):
            same = trial.number < number and trial.params.get("candidate") == candidate
            if same and trial.state != TrialState.FAIL:
                claimed += _places(_asked(trial)).tolist()
        return np.setdiff1d(items, np.array(claimed, dtype=np.intp))

    def _request(self, trial: FrozenTrial, state: str) -> Request:
        payload = trial.user_attrs.get("verdicts")
        return Request(
            number=trial.number,
            candidate=int(trial.params["candidate"]),
            items=_places(_asked(trial)),
            free=_places(trial.user_attrs["request"]["free"]),
            state=state,
            judgments=None if payload is None else _judgments(payload),
            paid=0 if payload is None else payload["paid"],
            replayed=0 if payload is None else payload["replayed"],
            mine=trial.user_attrs["request"]["worker"] == self.worker,
            trial_id=trial._trial_id,
            belief=trial.user_attrs.get("belief"),
        )

    def is_lost(self, trial: FrozenTrial) -> bool:
        """Whether whoever wrote this running trial is gone."""
        worker = (trial.user_attrs.get("request") or trial.user_attrs[TASK])["worker"]
        if worker == self.worker:
            return False
        if worker.get("host") == self.worker["host"]:
            return not is_alive(worker)
        begun = trial.datetime_start
        return begun is not None and datetime.now() - begun > _LOST_AFTER


def _distributions(configurations: Sequence[Configuration], authors: Sequence[str] = ()) -> dict[str, BaseDistribution]:
    """One parameter for each plain attribute with a few values, for the dashboard, and the index, which is enough.

    A study keeps the values of a parameter that it began with: those that proposals differ in are fixed from the start.
    """
    choices: dict[str, dict[str, None]] = {}
    for configuration in configurations:
        for name, value in configuration.parameters.items():
            if not isinstance(value, Mapping | list | tuple) and name not in PROPOSED:
                choices.setdefault(name, {})
    for name, found in choices.items():
        for configuration in configurations:
            found[_choice(configuration.parameters.get(name))] = None
    few = {
        name: CategoricalDistribution(list(found)) for name, found in choices.items() if 1 < len(found) <= _MOST_CHOICES
    }
    few.pop("candidate", None)
    if authors:
        # A proposal has a rubric, and no checklist or criteria that its parent may have had.
        few = {
            name: CategoricalDistribution(list(dict.fromkeys([*kept.choices, "none"]))) for name, kept in few.items()
        }
        few["proposed_by"] = CategoricalDistribution(["none", *authors])
    return {"candidate": IntDistribution(0, max(len(configurations) - 1, 0)), **few}


def _but_addresses(header: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in header.items() if name != ADDRESSES}


def _choice(value: Any) -> str:
    return "none" if value is None else str(value)


def _asked(trial: FrozenTrial) -> list[list[int]]:
    """Places a trial asked for; once it is done, those it was left with."""
    payload = trial.user_attrs.get("verdicts")
    asked: list[list[int]] = trial.user_attrs["request"]["items"] if payload is None else payload["items"]
    return asked


def _state(trial: FrozenTrial) -> str:
    if "verdicts" in trial.user_attrs:
        return "done"
    return "lost" if trial.state == TrialState.FAIL else "running"


def _judgments(payload: Mapping[str, Any]) -> Judgments:
    score = np.array([np.nan if value is None else value for value in payload["score"]], dtype=np.float64)
    raw = payload["probabilities"]
    probabilities = (
        np.full((len(score), 1), np.nan)
        if raw is None
        else np.array([[np.nan if value is None else value for value in row] for row in raw], dtype=np.float64)
    )
    reasons = payload["reasons"]
    return Judgments(
        item_ids=tuple(str(place) for place in _places(payload["items"])),
        probabilities=probabilities,
        score=score,
        reasons=(None,) * len(score) if reasons is None else tuple(reasons),
        cost=np.nan if payload.get("cost") is None else payload["cost"],
        seconds=np.nan if payload.get("seconds") is None else payload["seconds"],
        spent=np.nan if payload.get("spent") is None else payload["spent"],
    )


def as_kept(judgments: Judgments) -> Judgments:
    """Verdicts as a study gives them back, so that a search reads the same whether it asked or remembers."""
    return replace(
        judgments,
        score=np.round(judgments.score, _DIGITS),
        probabilities=np.round(judgments.probabilities, _DIGITS),
    )


def _rounded(values: NDArray[np.float64]) -> list[Any]:
    found = np.round(values, _DIGITS).astype(object)
    found[np.isnan(values)] = None
    return list(found.tolist())


def _runs(places: NDArray[np.intp]) -> list[list[int]]:
    """Sorted places as [first, past the last] runs: short, and readable in the dashboard."""
    if not len(places):
        return []
    ordered = np.sort(places)
    breaks = np.flatnonzero(np.diff(ordered) != 1)
    firsts = np.concatenate([ordered[:1], ordered[breaks + 1]])
    lasts = np.concatenate([ordered[breaks], ordered[-1:]])
    return [[int(first), int(last) + 1] for first, last in zip(firsts, lasts, strict=True)]


def _places(runs: Sequence[Sequence[int]]) -> NDArray[np.intp]:
    if not runs:
        return np.empty(0, dtype=np.intp)
    return np.concatenate([np.arange(first, past, dtype=np.intp) for first, past in runs])
