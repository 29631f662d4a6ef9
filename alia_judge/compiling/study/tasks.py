"""`OnceTasks`: what a search asks models besides verdicts of its items, each thing once.

Proposals, probes and written steps are kept in the search's own study: a killed search finds them again, and of several
processes on one study one does the asking while the others wait for what it brings.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState, create_trial

from alia_judge._json import jsonable
from alia_judge.compiling.study.study import TASK, SearchStudy

__all__ = ["OnceTasks"]


class OnceTasks:
    """Tasks in a study: trials that ask for no verdict.

    Parameters
    ----------
    study
        The search's.
    """

    def __init__(self, study: SearchStudy) -> None:
        self._records = study
        self._storage, self._id = study.storage, study.storage.get_study_id_from_name(study.name)

    def read(self, key: str) -> Mapping[str, Any] | None:
        """What a task brought; None if it is not done."""
        return next((one["result"] for one in map(_task, self._of(key)) if "result" in one), None)

    def results(self, beginning: str) -> list[Mapping[str, Any]]:
        """What every task brought whose key begins so, by whichever process, each once."""
        everything = self._storage.get_all_trials(self._id, deepcopy=False)
        tasks = [_task(trial) for trial in everything if TASK in trial.user_attrs]
        found = {one["key"]: one["result"] for one in reversed(tasks) if "result" in one}
        return [result for key, result in found.items() if key.startswith(beginning)]

    def once(self, key: str, name: str, work: Callable[[bool], Mapping[str, Any]]) -> Mapping[str, Any]:
        """Do a task, unless it is done; wait for whoever is at it.

        Parameters
        ----------
        key
            Which task.
        name
            What the study calls it, for people.
        work
            Does it: ``work(again)`` gives JSON types, with ``calls`` and ``cost`` (None where unknown) among them;
            `again` is whether somebody began it before and was lost, so that some of it may be paid for.
        """
        while (found := self.read(key)) is None:
            # Looking costs nothing, and a claim is a trial.
            ticket = None if self._is_under_way(key) else self._claim(key, name)
            if ticket is None:
                self._records.wait()
                continue
            try:
                result = jsonable(dict(work(self._was_begun(key, ticket))))
            except BaseException:
                self._records.end(ticket, TrialState.FAIL)
                raise
            if not self._records.write(ticket, TASK, {**self._begun(key), "result": result}):
                continue  # others took it for lost, and do it again
            # It has no value of its own, which Optuna calls pruned.
            self._records.end(ticket, TrialState.PRUNED)
        return found

    def _is_under_way(self, key: str) -> bool:
        return any(trial.state == TrialState.RUNNING and not self._gone(trial) for trial in self._of(key))

    def _claim(self, key: str, name: str) -> int | None:
        """Begin a task: its trial, or None if another process is at it, or through with it."""
        template = create_trial(state=TrialState.RUNNING, user_attrs={"name": name, TASK: self._begun(key)})
        ticket = self._records.begin(template)
        number = self._storage.get_trial_number_from_id(ticket)
        for trial in self._of(key):
            if trial.number >= number:
                continue
            if "result" not in _task(trial) and (trial.state != TrialState.RUNNING or self._gone(trial)):
                continue
            self._storage.set_trial_user_attr(ticket, TASK, {**self._begun(key), "dropped": True})
            self._records.end(ticket, TrialState.FAIL)
            return None
        return ticket

    def _was_begun(self, key: str, ticket: int) -> bool:
        """Whether somebody began it before and did not come to its end."""
        number = self._storage.get_trial_number_from_id(ticket)
        earlier = [trial for trial in self._of(key) if trial.number != number]
        return any("result" not in one and not one.get("dropped") for one in map(_task, earlier))

    def _gone(self, trial: FrozenTrial) -> bool:
        """Whether whoever began a task will not end it; it is marked so."""
        if not self._records.is_lost(trial):
            return False
        with contextlib.suppress(optuna.exceptions.UpdateFinishedTrialError):
            self._storage.set_trial_state_values(self._records.id_of(trial), TrialState.FAIL)
        return True

    def _begun(self, key: str) -> dict[str, Any]:
        return {"key": key, "worker": self._records.worker}

    def _of(self, key: str) -> Sequence[FrozenTrial]:
        everything = self._storage.get_all_trials(self._id, deepcopy=False)
        return [trial for trial in everything if TASK in trial.user_attrs and _task(trial)["key"] == key]


def _task(trial: FrozenTrial) -> Mapping[str, Any]:
    task: Mapping[str, Any] = trial.user_attrs[TASK]
    return task
