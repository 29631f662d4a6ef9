"""The study: everything a search has asked and been told, in one Optuna study that several processes may share.

A trial is one request: a configuration on a run of items. It is written before the first call, with what it asks for,
and once more with every verdict. Whoever opens the study later, after a crash or on another machine, has all verdicts
that came back; what was in flight is asked for again. Optuna writes trials one after another whatever the storage, so
of two requests for the same verdict the one with the lower trial number has it and the other leaves it alone.
"""

from __future__ import annotations

import time
import uuid
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from alia_judge._messages import message
from alia_judge.compiling.study.former import is_former, verdicts_paid_in
from alia_judge.compiling.study.heartbeat import SILENCE, Heartbeat, Pulse, is_shared
from alia_judge.compiling.study.identity import ADDRESSES, differences
from alia_judge.compiling.study.patient import PatientStorage
from alia_judge.compiling.study.request import (
    KEPT,
    Request,
    asked_of,
    candidate_of,
    judgments_of,
    payload_of,
    places,
    runs,
    state_of,
)
from alia_judge.compiling.study.storage import keep_in, kept_in, settle
from alia_judge.compiling.study.worker import is_alive, named, this_worker
from alia_judge.errors import ChangedWarning, UsageError
from alia_judge.records import Configuration, Judgments

__all__ = ["PROPOSED", "TASK", "SearchStudy"]

#: What the dashboard calls a trial's value.
_VALUE = "objective, corrected for the choice"
#: What a study is of, on which all that asks it has to agree.
_SEARCH = "search"
#: Attributes with more values than this are no use as a parameter of the dashboard's plots.
_MOST_CHOICES = 32
#: Part of a header by which a store of verdicts counts what this study has sent.
_PAYER = "payer"
#: Attributes of a proposed configuration: who wrote its rubric, and of what.
PROPOSED = ("proposed_by", "parent")
#: Attribute of a trial that is a task (`OnceTasks`) and no request; studies that exist have it by this name.
TASK = "errand"


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
        it: a server that has moved is reported.
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
        self._pulse = Pulse()
        #: The study's storage, asked again while it does not answer.
        self.storage = PatientStorage(self._study._storage, self._pulse.listen_again)
        self._heart = Heartbeat(self._study._storage) if is_shared(self._study._storage) else None
        self._id = self.storage.get_study_id_from_name(name)
        self.name = name
        self._configurations = tuple(configurations)
        self._distributions = _distributions(self._configurations, authors)
        self.worker = this_worker()
        self._seen: dict[int, tuple[str, bool]] = {}
        self._silent: set[str] = set()
        self._next_number = 0
        #: In whose name a store of verdicts counts what this study sends.
        self.payer = ""
        #: Where models were asked before that are at another address now, by their names in the header.
        self.moved: dict[str, str | None] = {}
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
        for trial in self.storage.get_all_trials(self._id, deepcopy=False):
            self._next_number = max(self._next_number, trial.number + 1)
            if self._seen.get(trial.number, ("",))[0] in ("done", "lost") or "request" not in trial.user_attrs:
                continue  # known, or no request for verdicts
            state = state_of(trial)
            if trial.state == TrialState.RUNNING and self.is_lost(trial):
                # Whoever died after writing its verdicts has lost nothing but the figure that goes with them.
                self._finish(self.id_of(trial), TrialState.PRUNED if state == "done" else TrialState.FAIL)
                state = "done" if state == "done" else "lost"
            now = (state, KEPT in trial.user_attrs)
            if self._seen.get(trial.number) != now:
                self._seen[trial.number] = now
                changed.append(self._request(trial, state))
        return changed

    def ask(
        self,
        candidate: int,
        items: NDArray[np.intp],
        free: NDArray[np.intp],
        *,
        expense: NDArray[np.float64] | None = None,
        calls: NDArray[np.intp] | None = None,
        left: float = 1.0,
        belief: Mapping[str, Any] | None = None,
    ) -> Request:
        """Ask for verdicts: write the request, and give back what of it nobody had asked for before.

        The budget is the study's: a request reserves its part of it when it is written, and one that no longer fits
        beside those that were written before it is cut short. Nothing is sent that is not reserved.

        Parameters
        ----------
        candidate
            Index of the configuration.
        items
            Places of the items in the order of the search.
        free
            Those of them that are paid for already.
        expense
            Share of the budget that a verdict of each candidate takes, shape (m,); None does not look at the budget.
        calls
            Calls that a verdict of each candidate takes, shape (m,); None is one each.
        left
            Share of the budget that there is for requests.
        belief
            What is believed as this is decided on, in JSON types, to be read by who goes on with the search.

        Returns
        -------
        Request
            Its `items` are those to judge now, perhaps none.
        """
        parameters = {
            name: _choice(self._configurations[candidate].parameters.get(name)) for name in self._distributions
        }
        template = create_trial(
            state=TrialState.RUNNING,
            params=parameters,
            distributions=self._distributions,
            user_attrs={
                "name": self._configurations[candidate].name,
                "request": {
                    "candidate": candidate,
                    "configuration": dict(self._configurations[candidate].parameters),
                    "items": runs(items),
                    "free": runs(free),
                    "worker": self.worker,
                },
                **({} if belief is None else {"belief": dict(belief)}),
            },
        )
        trial_id = self.begin(template)
        number = self.storage.get_trial_number_from_id(trial_id)
        self.crowded = number != self._next_number
        kept = items
        if self.crowded:
            earlier = [one for one in self._requests() if one.number < number and one.state != TrialState.FAIL]
            kept = _unclaimed(earlier, candidate, items)
            if expense is not None:
                left -= sum(_share(one, expense, np.ones_like(expense) if calls is None else calls) for one in earlier)
                kept = _affordable(kept, free, left, float(expense[candidate]))
        else:
            self._next_number = number + 1
        if len(kept) < len(items):
            # Whoever takes this request for lost must not take what others have asked for with it.
            self.storage.set_trial_user_attr(trial_id, KEPT, runs(kept))
        self._seen[number] = ("running", len(kept) < len(items))
        return Request(
            number=number,
            candidate=candidate,
            items=kept,
            free=np.intersect1d(free, kept),
            state="running",
            judgments=None,
            paid=0,
            replayed=0,
            mine=True,
            trial_id=trial_id,
        )

    def begin(self, template: FrozenTrial) -> int:
        """Write a trial that this process is at from now on; its id."""
        template.datetime_start = datetime.now()
        trial_id: int = self.storage.create_new_trial(self._id, template)
        if self._heart is not None:
            self._heart.begin(trial_id)
        return trial_id

    def end(self, trial_id: int, state: TrialState, values: Sequence[float] | None = None) -> bool:
        """Write that a trial of this process is over; whether it still was this process's to end."""
        if self._heart is not None:
            self._heart.end(trial_id)
        return self._finish(trial_id, state, values)

    def tell(
        self,
        request: Request,
        judgments: Judgments,
        *,
        paid: int,
        replayed: int,
        value: float,
        depth: int,
        corrected: float | None = None,
        excess: Mapping[str, float] | None = None,
        figures: Mapping[str, float] | None = None,
    ) -> bool:
        """Write the verdicts of a request, and the objective of its configuration on the items judged so far.

        False, and nothing is written, where others had taken it for lost and may have asked again.
        `corrected` is the objective less what having been picked adds to it. Where it is None, on fewer items than
        decide, the trial is pruned in Optuna's words: no dashboard is to call a lucky one the best.
        `excess` says by how much the configuration is beyond each constraint, `figures` what else it is looked at for.
        """
        payload = {
            "items": runs(request.items),
            **payload_of(judgments),
            "paid": paid,
            "replayed": replayed,
            "cost": None if np.isnan(judgments.cost) else judgments.cost,
            "seconds": None if np.isnan(judgments.seconds) else judgments.seconds,
            "spent": None if np.isnan(judgments.spent) else judgments.spent,
        }
        if not self.write(request.trial_id, "verdicts", payload):
            self._seen[request.number] = ("lost", True)
            return False
        for name, beyond in (excess or {}).items():
            # Where `Trial.set_constraint` keeps it; a trial that was created as a whole has no such method.
            self.storage.set_trial_system_attr(request.trial_id, f"constraints:{name}", beyond)
        for name, figure in (figures or {}).items():
            self.storage.set_trial_user_attr(request.trial_id, name, figure)
        known = not np.isnan(value)
        if known:
            self.storage.set_trial_intermediate_value(request.trial_id, depth, value)
        decides = known and corrected is not None and not np.isnan(corrected)
        told = round(corrected, 4) if decides and corrected is not None else value
        self.end(request.trial_id, TrialState.COMPLETE if decides else TrialState.PRUNED, [told] if known else None)
        self._seen[request.number] = ("done", True)
        return True

    def abandon(self, request: Request) -> None:
        """Mark a request as not coming back."""
        self.end(request.trial_id, TrialState.FAIL)
        self._seen[request.number] = ("lost", True)

    def wait(self) -> None:
        """Let others work for a moment."""
        time.sleep(0.2)

    def _agree(self, header: Mapping[str, Any]) -> None:
        held = kept_in(self._study, _SEARCH)
        if held is None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                self._study.set_metric_names([_VALUE])
            keep_in(self._study, _SEARCH, {**header, _PAYER: uuid.uuid4().hex})
            settle(self._study._storage)
            # Of two that begin it at once, one is the last to write.
            self.payer = kept_in(self._study, _SEARCH)[_PAYER]
            return
        self.payer = held.get(_PAYER, "")
        if is_former(held):
            raise UsageError(
                message(
                    "study {name!r} was begun by version 0.1.0, which did not write down the whole "
                    "question (model, address, settings, texts): it cannot be gone on with, and "
                    "{paid} paid verdicts stay in it; give this search a name of its own: "
                    "verdicts in a store beside an SQLite study are found again and cost nothing",
                    name=self.name,
                    paid=verdicts_paid_in(self._study),
                )
            )
        different = differences(_but_addresses(held), _but_addresses(header))
        if different:
            raise UsageError(
                message(
                    "study {name!r} holds another search, which differs in {different}; give this one a "
                    "name of its own, or run it with the data and options it was begun with",
                    name=self.name,
                    different=", ".join(different),
                )
            )
        moved = differences(held.get(ADDRESSES, {}), header.get(ADDRESSES, {}))
        if moved:
            warnings.warn(
                message(
                    "study {name!r} goes on at another address: {moved}; its verdicts are kept, as of the same model",
                    name=self.name,
                    moved=", ".join(moved),
                ),
                ChangedWarning,
                stacklevel=4,
            )
            self.moved = {
                name: was for name, was in held.get(ADDRESSES, {}).items() if header.get(ADDRESSES, {}).get(name) != was
            }
            keep_in(self._study, _SEARCH, {**header, _PAYER: self.payer})

    def _requests(self) -> list[FrozenTrial]:
        trials = self.storage.get_all_trials(self._id, deepcopy=False)
        return [trial for trial in trials if "request" in trial.user_attrs]

    def write(self, trial_id: int, name: str, value: Any) -> bool:
        """Write an attribute of a trial of this process, unless others took the trial for lost meanwhile."""
        try:
            self.storage.set_trial_user_attr(trial_id, name, value)
        except optuna.exceptions.UpdateFinishedTrialError:
            if self._heart is not None:
                self._heart.end(trial_id)
            return False
        return True

    def _finish(self, trial_id: int, state: TrialState, values: Sequence[float] | None = None) -> bool:
        try:
            return bool(self.storage.set_trial_state_values(trial_id, state, values))
        except optuna.exceptions.UpdateFinishedTrialError:  # another process saw to it
            return False

    def _request(self, trial: FrozenTrial, state: str) -> Request:
        payload = trial.user_attrs.get("verdicts")
        return Request(
            number=trial.number,
            candidate=candidate_of(trial),
            items=places(asked_of(trial)),
            free=places(trial.user_attrs["request"]["free"]),
            state=state,
            judgments=None if payload is None else judgments_of(payload),
            paid=0 if payload is None else payload["paid"],
            replayed=0 if payload is None else payload["replayed"],
            mine=trial.user_attrs["request"]["worker"] == self.worker,
            trial_id=self.id_of(trial),
            belief=trial.user_attrs.get("belief"),
        )

    def id_of(self, trial: FrozenTrial) -> int:
        """What the storage knows a trial by."""
        return int(self.storage.get_trial_id_from_study_id_trial_number(self._id, trial.number))

    def is_lost(self, trial: FrozenTrial) -> bool:
        """Whether whoever wrote this running trial is gone, or stopped; it is named once."""
        worker = (trial.user_attrs.get("request") or trial.user_attrs[TASK])["worker"]
        if worker == self.worker:
            return False
        if worker.get("host") == self.worker["host"] and not is_alive(worker):
            return True
        if not self._pulse.silent(trial):
            return False
        if named(worker) not in self._silent:
            self._silent.add(named(worker))
            warnings.warn(
                message(
                    "{worker}, which works on this study too, has given no sign for {silence:.0f} s: what "
                    "it was asking for is asked for here; end it, or let it go on",
                    worker=named(worker),
                    silence=SILENCE,
                ),
                ChangedWarning,
                stacklevel=2,
            )
        return True


def _unclaimed(earlier: Sequence[FrozenTrial], candidate: int, items: NDArray[np.intp]) -> NDArray[np.intp]:
    """The items that no earlier request, still running or done, has asked for."""
    claimed = [places(asked_of(trial)) for trial in earlier if candidate_of(trial) == candidate]
    return np.setdiff1d(items, np.concatenate([*claimed, np.empty(0, dtype=np.intp)]).astype(np.intp))


def _share(trial: FrozenTrial, expense: NDArray[np.float64], calls: NDArray[np.intp]) -> float:
    """Share of the budget that a request has spent, or may yet spend."""
    candidate, payload = candidate_of(trial), trial.user_attrs.get("verdicts")
    if payload is not None:
        return float(payload["paid"] / calls[candidate] * expense[candidate])
    charged = np.setdiff1d(places(asked_of(trial)), places(trial.user_attrs["request"]["free"]))
    return float(len(charged) * expense[candidate])


def _affordable(items: NDArray[np.intp], free: NDArray[np.intp], left: float, expense: float) -> NDArray[np.intp]:
    """The items from the first on that what is left of the budget pays for."""
    cost = np.cumsum(~np.isin(items, free)) * expense
    return items[cost <= left + 1e-9]


def _distributions(configurations: Sequence[Configuration], authors: Sequence[str] = ()) -> dict[str, BaseDistribution]:
    """One parameter for each plain attribute with a few values, by its name: what the dashboard plots.

    An attribute that no two candidates share says which one it is and not what it is like: it is left out, unless all
    are such. A study keeps the values of a parameter that it began with: those that proposals differ in are fixed from
    the start.
    """
    given = [one for one in configurations if PROPOSED[0] not in one.parameters]
    choices: dict[str, dict[str, None]] = {}
    for configuration in given:
        for name, value in configuration.parameters.items():
            if not isinstance(value, Mapping | list | tuple):
                choices.setdefault(name, {})
    for name, found in choices.items():
        for configuration in given:
            found[_choice(configuration.parameters.get(name))] = None
    shared = {name: found for name, found in choices.items() if 1 < len(found) < len(given)} or choices
    few: dict[str, BaseDistribution] = {
        name: CategoricalDistribution(list(found)) for name, found in shared.items() if 1 < len(found) <= _MOST_CHOICES
    }
    if authors:
        # A proposal has a rubric, and no checklist or criteria that its parent may have had.
        few = {
            name: CategoricalDistribution(list(dict.fromkeys([*kept.choices, "none"]))) for name, kept in few.items()
        }
        few["proposed_by"] = CategoricalDistribution(["none", *authors])
    return few


def _but_addresses(header: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in header.items() if name not in (ADDRESSES, _PAYER)}


def _choice(value: Any) -> str:
    return "none" if value is None else str(value)
