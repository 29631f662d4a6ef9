"""`PatientStorage`: an Optuna storage that is asked again while it is locked, restarting or out of reach."""

from __future__ import annotations

import time
import uuid
import warnings
from collections.abc import Callable
from typing import Any

import optuna
import sqlalchemy.exc
from optuna.trial import FrozenTrial

from alia_judge._messages import message
from alia_judge.errors import ChangedWarning, StoreError

__all__ = ["PatientStorage"]

#: Seconds for which a storage that does not answer is asked again.
_PATIENCE = 300.0
_PAUSE = (0.1, 2.0)
#: What a storage that is away, or locked, raises.
_AWAY = (optuna.exceptions.StorageInternalError, sqlalchemy.exc.DBAPIError, OSError)
#: Attribute of a trial by which it is known again, where nobody knows whether it was written.
_NONCE = "nonce"


class PatientStorage:
    """Every method of an Optuna storage, tried again while the storage does not answer.

    Parameters
    ----------
    storage
        The storage.
    again
        Called each time after it has answered again.

    Raises
    ------
    StoreError
        By every method, where it does not answer for five minutes.
    """

    def __init__(self, storage: Any, again: Callable[[], None]) -> None:
        self._storage, self._again = storage, again

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._storage, name)
        if not callable(found):
            return found

        def ask(*given: Any, **named: Any) -> Any:
            return self._patiently(lambda: found(*given, **named))

        return ask

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial) -> int:
        """As a storage's own; one that was written as the connection broke is not written twice."""
        nonce = uuid.uuid4().hex
        template_trial.set_user_attr(_NONCE, nonce)
        tried = False

        def create() -> int:
            nonlocal tried
            if tried:
                for trial in self._storage.get_all_trials(study_id, deepcopy=False):
                    if trial.user_attrs.get(_NONCE) == nonce:
                        return int(self._storage.get_trial_id_from_study_id_trial_number(study_id, trial.number))
            tried = True
            return int(self._storage.create_new_trial(study_id, template_trial=template_trial))

        return int(self._patiently(create))

    def _patiently(self, work: Callable[[], Any]) -> Any:
        begun, pause, told = time.monotonic(), _PAUSE[0], False
        while True:
            try:
                found = work()
            except _AWAY as error:
                waited = time.monotonic() - begun
                first = str(error.__cause__ or error).strip().partition("\n")[0]
                if waited > _PATIENCE:
                    raise StoreError(
                        message(
                            "the study's storage has not answered for {waited:.0f} s ({first}); when it does, run "
                            "the same command again to go on",
                            waited=waited,
                            first=first,
                        )
                    ) from error
                if waited > 2.0 and not told:
                    told = True
                    warnings.warn(
                        message("the study's storage does not answer ({first}); asked again", first=first),
                        ChangedWarning,
                        stacklevel=2,
                    )
                time.sleep(pause)
                pause = min(_PAUSE[1], 2 * pause)
            else:
                if time.monotonic() - begun > _PAUSE[0]:
                    self._again()
                return found
