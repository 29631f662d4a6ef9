"""How a bulk run is to be done (`RunOptions`), how far it has come (`Progress`), what it gives (`Judged`)."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import get_args

from alia_judge._displayed import Displayed
from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.records import Item, Unscored, Verdict
from alia_judge.runner.trouble import Trouble

__all__ = ["Judged", "Progress", "RunOptions"]


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How a bulk run is to be done. None of it changes a verdict.

    Parameters
    ----------
    concurrency
        Most calls in flight. None takes 32 for a model behind HTTP and 1 for one in this process.
    samples
        Verdicts for each item.
    max_calls, max_cost
        Calls, and US dollars, after which no more is asked; None for no bound. A call counts when it is answered; a
        replayed verdict is free. Costs are known after a call, so as much as the dearest call so far is set aside for
        each one in flight, and before the first is priced there is one in flight.
    timeout
        Seconds one call may take, where the model is called asynchronously.
    patience
        Seconds after which an item whose calls keep failing is given up: unscored, and asked again by the next run.
    seed
        For the jitter of retries; verdicts do not depend on it.
    ask_again
        Reasons (`Verdict.unscored`) whose stored verdicts are asked again, once: ``("refusal", "content_filter")``. An
        item that a model refused is otherwise not asked again.
    payer
        In whose name the store counts the calls that are sent; empty counts none. A search counts its own.
    allowance
        How many calls may be sent in that name in all, those that are tried again among them, by whichever process; an
        item beyond it is left unscored as ``missing``. None is no bound.

    Examples
    --------
    >>> import alia_judge as aj
    >>> options = aj.RunOptions(concurrency=8, max_calls=500)
    >>> options.samples, options.timeout
    (1, 120.0)
    """

    concurrency: int | None = None
    samples: int = 1
    max_calls: int | None = None
    max_cost: float | None = None
    timeout: float = 120.0
    patience: float = 600.0
    seed: int | None = None
    ask_again: Collection[Unscored] = ()
    payer: str = ""
    allowance: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.ask_again, str) or not set(self.ask_again) <= set(get_args(Unscored)):
            raise UsageError(
                message(
                    "ask_again must be reasons among {unscored}, got {ask_again!r}",
                    unscored=", ".join(get_args(Unscored)),
                    ask_again=self.ask_again,
                )
            )
        for name in ("concurrency", "samples", "max_calls"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(message("{name} must be at least 1, got {value}", name=name, value=value))
        if self.allowance is not None and not self.payer:
            raise UsageError(
                message(
                    "allowance={allowance} bounds what is sent in a payer's name; give payer= too",
                    allowance=self.allowance,
                )
            )
        for name in ("max_cost", "timeout", "patience"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise UsageError(message("{name} must be positive, got {value}", name=name, value=value))


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run has come.

    Parameters
    ----------
    done
        Verdicts that are there, paid for now or before.
    total
        How many there will be; None where the items are a stream of unknown length.
    paid, replayed
        Of those done: calls of this run, and verdicts that the store held.
    unscored
        Of those done, the ones without a score.
    failed
        Of those unscored, the ones whose calls failed for good; they are not in the store.
    retries
        Calls that failed and were tried again.
    sent
        Calls that went out, each as often as it was tried.
    cost
        US dollars of the paid calls; NaN where the model has no price.
    seconds
        Since the run began.
    trouble
        Calls that fail or do not come back just now; None where all is well.
    """

    done: int = 0
    total: int | None = None
    paid: int = 0
    replayed: int = 0
    unscored: int = 0
    failed: int = 0
    retries: int = 0
    sent: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    trouble: Trouble | None = None

    @property
    def rate(self) -> float:
        """Calls a second; NaN before the first."""
        return self.paid / self.seconds if self.seconds > 0 and self.paid else math.nan

    @property
    def seconds_left(self) -> float:
        """At this rate of calls, or of verdicts where none is paid for; NaN where it cannot be told."""
        if self.total is None or not self.done or not self.seconds > 0:
            return math.nan
        return (self.total - self.done) / (self.rate if self.paid else self.done / self.seconds)


@dataclass(frozen=True, kw_only=True)
class Judged(Displayed):
    """One verdict of a run.

    Parameters
    ----------
    item
        What was judged.
    sample
        Which of several samples, from 0.
    verdict
        The verdict, read out by the judge's readout.
    raw
        The verdict as it is stored.
    replayed
        Whether it had been paid for before.
    """

    item: Item
    sample: int
    verdict: Verdict
    raw: Verdict
    replayed: bool
