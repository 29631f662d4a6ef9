"""A request for verdicts as a trial of a study holds it, in JSON types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna.trial import FrozenTrial, TrialState

from alia_judge.records import Judgments

__all__ = [
    "KEPT",
    "Request",
    "as_kept",
    "asked_of",
    "candidate_of",
    "judgments_of",
    "payload_of",
    "places",
    "rounded",
    "runs",
    "state_of",
]

#: Attribute of a trial with the items it was left with, where others had asked for some, or the budget did not last.
KEPT = "kept"
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


def asked_of(trial: FrozenTrial) -> list[list[int]]:
    """Places a trial asks for: those it was left with, once that is written."""
    payload = trial.user_attrs.get("verdicts")
    if payload is not None:
        return list(payload["items"])
    return list(trial.user_attrs.get(KEPT, trial.user_attrs["request"]["items"]))


def candidate_of(trial: FrozenTrial) -> int:
    """Index of the configuration that a trial asks; studies that exist have it as a parameter."""
    return int(trial.user_attrs["request"].get("candidate", trial.params.get("candidate", -1)))


def state_of(trial: FrozenTrial) -> str:
    """``"running"``, ``"done"`` or ``"lost"``."""
    if "verdicts" in trial.user_attrs:
        return "done"
    return "lost" if trial.state == TrialState.FAIL else "running"


def payload_of(judgments: Judgments) -> dict[str, Any]:
    """Verdicts in JSON types, as a trial holds them."""
    payload = {
        "score": rounded(judgments.score),
        "probabilities": None if np.isnan(judgments.probabilities).all() else rounded(judgments.probabilities),
        "reasons": list(judgments.reasons) if any(judgments.reasons) else None,
    }
    parts = {name: payload_of(part) for name, part in judgments.parts.items()}
    return {**payload, "parts": parts} if parts else payload


def judgments_of(payload: Mapping[str, Any]) -> Judgments:
    """The verdicts that a trial holds."""
    score = np.array([np.nan if value is None else value for value in payload["score"]], dtype=np.float64)
    raw = payload["probabilities"]
    probabilities = (
        np.full((len(score), 1), np.nan)
        if raw is None
        else np.array([[np.nan if value is None else value for value in row] for row in raw], dtype=np.float64)
    )
    reasons = payload["reasons"]
    return Judgments(
        item_ids=tuple(str(place) for place in places(payload["items"])) if "items" in payload else (),
        probabilities=probabilities,
        score=score,
        reasons=(None,) * len(score) if reasons is None else tuple(reasons),
        cost=np.nan if payload.get("cost") is None else payload["cost"],
        seconds=np.nan if payload.get("seconds") is None else payload["seconds"],
        spent=np.nan if payload.get("spent") is None else payload["spent"],
        parts={name: judgments_of(part) for name, part in payload.get("parts", {}).items()},
    )


def as_kept(judgments: Judgments) -> Judgments:
    """Verdicts as a study gives them back, so that a search reads the same whether it asked or remembers."""
    return replace(
        judgments,
        score=np.round(judgments.score, _DIGITS),
        probabilities=np.round(judgments.probabilities, _DIGITS),
        parts={name: as_kept(part) for name, part in judgments.parts.items()},
    )


def rounded(values: NDArray[np.float64]) -> list[Any]:
    """Numbers as they are kept, None for NaN."""
    found = np.round(values, _DIGITS).astype(object)
    found[np.isnan(values)] = None
    return list(found.tolist())


def runs(places: NDArray[np.intp]) -> list[list[int]]:
    """Sorted places as [first, past the last] runs: short, and readable in the dashboard."""
    if not len(places):
        return []
    ordered = np.sort(places)
    breaks = np.flatnonzero(np.diff(ordered) != 1)
    firsts = np.concatenate([ordered[:1], ordered[breaks + 1]])
    lasts = np.concatenate([ordered[breaks], ordered[-1:]])
    return [[int(first), int(last) + 1] for first, last in zip(firsts, lasts, strict=True)]


def places(runs: Sequence[Sequence[int]]) -> NDArray[np.intp]:
    """The inverse of `runs`."""
    if not runs:
        return np.empty(0, dtype=np.intp)
    return np.concatenate([np.arange(first, past, dtype=np.intp) for first, past in runs])
