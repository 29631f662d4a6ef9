"""The studies that a storage keeps: what there is, deleting one, and forgetting an item in all of them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import optuna

from alia_judge._messages import message
from alia_judge.compiling.study.rebuild import JUDGE
from alia_judge.compiling.study.storage import keep_in, kept_in, open_storage
from alia_judge.errors import StoreError, UsageError
from alia_judge.records import Item
from alia_judge.runner.forgetting import without_demonstrations

__all__ = ["KeptStudy", "delete_study", "forget_in_studies", "kept_studies"]


@dataclass(frozen=True, kw_only=True)
class KeptStudy:
    """A study in a storage.

    Parameters
    ----------
    name
        What it is called.
    trials
        How many requests and tasks it has.
    last
        When the last of them began or ended; None where there is none.
    """

    name: str
    trials: int
    last: datetime | None


def kept_studies(storage: str) -> list[KeptStudy]:
    """The studies of a storage, by name.

    Raises
    ------
    UsageError
        If it cannot be opened.
    """
    opened = open_storage(storage)
    found = []
    for name in optuna.get_all_study_names(storage=opened):
        trials = optuna.load_study(study_name=name, storage=opened).get_trials(deepcopy=False)
        times = [
            time for trial in trials for time in (trial.datetime_start, trial.datetime_complete) if time is not None
        ]
        found.append(KeptStudy(name=name, trials=len(trials), last=max(times, default=None)))
    return sorted(found, key=lambda study: study.name)


def delete_study(storage: str, name: str) -> None:
    """Delete one study of a storage; verdicts have a store of their own and stay.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    opened = open_storage(storage)
    try:
        optuna.delete_study(study_name=name, storage=opened)
    except KeyError:
        known = ", ".join(map(repr, optuna.get_all_study_names(storage=opened))) or "none"
        raise UsageError(
            message("there is no study {name!r} in {storage}; it has {known}", name=name, storage=storage, known=known)
        ) from None
    _compact(opened)


def forget_in_studies(storage: str, items: Sequence[Item]) -> int:
    """Take demonstrations that show one of the items out of every study of a storage; how many there were.

    A study keeps no other texts: its verdicts go by the items' places, what it learnt from by digests. A judge that was
    shown one of them can no longer be rebuilt from its trial.

    Raises
    ------
    UsageError
        If the storage is a journal file, which keeps whatever it was told.
    StoreError
        If another process has it open, so that the deleted text is still in its log.
    """
    opened = open_storage(storage)
    gone = 0
    for name in optuna.get_all_study_names(storage=opened):
        study = optuna.load_study(study_name=name, storage=opened)
        left, count = without_demonstrations(kept_in(study, JUDGE), items)
        if count:
            if isinstance(opened, optuna.storages.JournalStorage):
                raise UsageError(
                    message(
                        "{storage} is a journal, which keeps whatever it was told; delete the file", storage=storage
                    )
                )
            keep_in(study, JUDGE, left)
            gone += count
    if gone:
        _compact(opened)
    return gone


def _compact(opened: optuna.storages.BaseStorage) -> None:
    """Have nothing that was deleted stay in an SQLite file."""
    engine = getattr(getattr(opened, "_backend", opened), "engine", None)
    if engine is None or engine.dialect.name != "sqlite":
        return
    with contextlib.closing(engine.raw_connection()) as connection:
        sqlite: Any = connection.driver_connection
        sqlite.isolation_level = None
        sqlite.execute("VACUUM")
        busy, *_ = sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreError(
            message("what was deleted is still in the study's log, as another process has it open; end that one")
        )
