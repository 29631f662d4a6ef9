"""`Stored`: one row of a verdict store."""

from __future__ import annotations

from dataclasses import dataclass

from alia_judge.records import Verdict

__all__ = ["Stored"]


@dataclass(frozen=True, kw_only=True)
class Stored:
    """One row of a store.

    Parameters
    ----------
    configuration, parameters
        The key of what was asked, and its parameters as JSON.
    model
        The identity of the model that answered.
    sample
        The number of the sample.
    item
        The digest of the item's texts (`Item.digest`).
    verdict
        The raw verdict.
    """

    configuration: str
    parameters: str
    model: str
    sample: int
    item: str
    verdict: Verdict
