"""What version 0.1.0 left: what of it is found again, and what is lost, is told before anything is paid for."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import optuna

from alia_judge._messages import message
from alia_judge.errors import ChangedWarning

__all__ = ["is_former", "tell_of_former_default", "tell_of_former_studies", "verdicts_paid_in"]

#: Where it kept every study for which nobody said where.
_DEFAULT = Path("alia-judge.db")


def is_former(header: Any) -> bool:
    """Whether a study's header is of version 0.1.0, which did not write down the whole question."""
    return isinstance(header, dict) and "schema" not in header and {"objective", "candidates"} <= header.keys()


def verdicts_paid_in(study: optuna.Study) -> int:
    """How many verdicts a study holds that it paid for."""
    told = (trial.user_attrs.get("verdicts") for trial in study.get_trials(deepcopy=False))
    return sum(one["paid"] for one in told if one is not None)


def tell_of_former_default(verdicts: str) -> None:
    """Say what becomes of the one database in which every study was kept."""
    if _DEFAULT.is_file():
        _tell(
            message(
                "{default} was the default storage of version 0.1.0; studies are now kept in a file "
                "each, and those in it are not gone on with. Its live verdicts, in {verdicts}, are "
                "found again and cost nothing",
                default=_DEFAULT,
                verdicts=verdicts,
            )
        )


def tell_of_former_studies(
    storage: optuna.storages.BaseStorage, beginning: str, name: str, verdicts: str | Path | None
) -> None:
    """Say which studies in a storage look like this one, and cannot be gone on with.

    Parameters
    ----------
    storage
        Where the study is to be kept.
    beginning
        How studies of this criterion and objective are named.
    name
        The study's own name: whoever names one of them is refused, and need not be told twice.
    verdicts
        Where live verdicts are looked up; None where they are not kept, or not live.
    """
    for summary in optuna.get_all_study_summaries(storage, include_best_trial=False):
        former = summary.study_name.startswith(beginning) and is_former(summary.user_attrs.get("search"))
        if not former or summary.study_name == name:
            continue
        paid = verdicts_paid_in(optuna.load_study(study_name=summary.study_name, storage=storage))
        _tell(
            message(
                "study {study_name!r} was begun by version 0.1.0, which did not write down the whole "
                "question (model, address, settings, texts), so that it is not gone on with: of its "
                "{paid} paid verdicts ",
                study_name=summary.study_name,
                paid=paid,
            )
            + (
                message("none is found again, and what is asked again is paid for again")
                if verdicts is None
                else message("those that {verdicts} holds are found again, and cost nothing", verdicts=verdicts)
            )
        )


def _tell(what: str) -> None:
    warnings.warn(what, ChangedWarning, stacklevel=4)
