"""`ProposalBook`: the proposals of a search, in its study: a killed search finds them, and several share them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime

import optuna
from optuna.trial import FrozenTrial, TrialState, create_trial

from alia_judge.compiling.proposal_report import ProposalEntry
from alia_judge.compiling.study import SearchStudy

__all__ = ["ProposalBook"]


class ProposalBook:
    """Proposals in a study: a trial that asks for no verdict, of which the first that came back counts.

    Parameters
    ----------
    study
        The search's.
    """

    def __init__(self, study: SearchStudy) -> None:
        self._records = study
        self._study = study.optuna_study
        self._storage, self._id = self._study._storage, self._study._study_id

    def read(self) -> ProposalEntry | None:
        """What was proposed; None if nothing was yet."""
        for trial in self._trials():
            entry = trial.user_attrs["proposal"].get("entry")
            if entry is not None:
                return ProposalEntry.from_dict(entry)
        return None

    def claim(self, author: str) -> int | None:
        """Begin to propose: a ticket for `write`, or None if another process is at it."""
        template = create_trial(
            state=TrialState.RUNNING,
            user_attrs={"name": f"proposal by {author}", "proposal": {"worker": self._records.worker}},
        )
        template.datetime_start = datetime.now()
        ticket: int = self._storage.create_new_trial(self._id, template_trial=template)
        number = self._storage.get_trial_number_from_id(ticket)
        for trial in self._trials():
            if trial.number < number and trial.state == TrialState.RUNNING:
                if not self._records.is_lost(trial):
                    self.drop(ticket)
                    return None
                with contextlib.suppress(optuna.exceptions.UpdateFinishedTrialError):
                    self._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
        return ticket

    def write(self, ticket: int, entry: ProposalEntry) -> None:
        """Keep what was proposed."""
        kept = {"worker": self._records.worker, "entry": entry.to_dict()}
        self._storage.set_trial_user_attr(ticket, "proposal", kept)
        # It has no value of its own, which Optuna calls pruned.
        self._storage.set_trial_state_values(ticket, TrialState.PRUNED)

    def drop(self, ticket: int) -> None:
        """Give a ticket back."""
        self._storage.set_trial_state_values(ticket, TrialState.FAIL)

    def _trials(self) -> Sequence[FrozenTrial]:
        return [
            trial for trial in self._storage.get_all_trials(self._id, deepcopy=False) if "proposal" in trial.user_attrs
        ]
