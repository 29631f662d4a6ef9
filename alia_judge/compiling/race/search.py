"""The search itself: decide, ask, learn, and again, until the budget is spent or nothing is left to learn."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alia_judge._json import jsonable
from alia_judge.compiling.budget import Budget
from alia_judge.compiling.constraints.tracker import ConstraintTracker
from alia_judge.compiling.objective.comparison import BootstrapComparison
from alia_judge.compiling.objective.criteria import criteria_of
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.race.learning_set import LearningSet
from alia_judge.compiling.race.progress import CurvePoint
from alia_judge.compiling.race.racer import Racer, Standing, Step
from alia_judge.compiling.spent import Spent
from alia_judge.compiling.study.request import Request, as_kept
from alia_judge.compiling.study.study import SearchStudy
from alia_judge.compiling.verdict_table import VerdictTable
from alia_judge.judging.readouts.expected import Expected
from alia_judge.models.source import JudgmentSource
from alia_judge.records import Configuration, Item, Judgments, Scale
from alia_judge.stats._threads import ONE_THREAD
from alia_judge.stats.estimate import Estimate

if TYPE_CHECKING:
    from alia_judge.runner import Trouble

__all__ = ["Search", "SearchProgress"]

Places = NDArray[np.intp]

#: What is reported of the best between requests rests on so many resamples, and is corrected for so many rivals.
_RESAMPLES, _RIVALS = 40, 6
#: Share of a verdict's price by which a sum of prices may be off.
_ROUNDING = 1e-6
#: Why a model's source has no verdict: it was not sent.
_UNSENT = "missing"


@dataclass(frozen=True, kw_only=True)
class SearchProgress:
    """How far a search has come.

    Parameters
    ----------
    calls, budget
        Calls paid, and allowed.
    trials
        Requests made.
    best, value, low, high
        Name of the best single configuration; its objective on what it has judged, as in `CurvePoint`.
    gain
        Expected gain from the next hundred calls.
    seconds, seconds_left
        Since this process began to search, and until the budget is spent at this pace; NaN where unknown.
    cost
        Dollars paid; NaN where nobody says.
    trouble
        Calls that fail or do not come back just now; None where all is well.
    """

    calls: int
    budget: int
    trials: int
    best: str
    value: float
    low: float
    high: float
    gain: float
    seconds: float
    seconds_left: float
    cost: float = math.nan
    trouble: Trouble | None = None


class Search:
    """One process's part in a search.

    Parameters
    ----------
    configurations
        The m candidates.
    learning
        What is learnt on.
    objective
        What is maximised.
    source
        Gives verdicts.
    study
        Remembers them.
    budget
        Bounds them.
    prices
        Price of one call of each candidate, shape (m,); NaN where unknown.
    stop_gain
        The search ends when the next hundred calls are expected to gain less than this.
    seed
        Of every decision.
    progress
        Told after every round.
    tracker
        Constraints and further objectives.
    pool
        Candidates that may get calls; None for all of them.
    calls
        Calls that a verdict of each candidate takes, shape (m,); None is one each.
    whole, beside
        The budget that this search's is a part of, and what was spent of it on other things: what progress reports.
    """

    def __init__(
        self,
        *,
        configurations: Sequence[Configuration],
        learning: LearningSet,
        objective: Objective,
        source: JudgmentSource,
        study: SearchStudy,
        budget: Budget,
        prices: NDArray[np.float64],
        stop_gain: float,
        seed: int,
        progress: Callable[[SearchProgress], None] | None,
        tracker: ConstraintTracker | None = None,
        pool: Sequence[int] | None = None,
        calls: NDArray[np.intp] | None = None,
        whole: Budget | None = None,
        beside: Spent | None = None,
    ) -> None:
        self.configurations = tuple(configurations)
        self._learning, self._objective, self._source, self._study = learning, objective, source, study
        self._budget, self._stop_gain, self._progress = budget, stop_gain, progress
        self._prices = prices
        self._calls = np.ones(len(prices), dtype=np.intp) if calls is None else calls
        self._whole, self._beside = whole or budget, beside or Spent()
        self.table = _table(len(configurations), learning, objective)
        self.tracker = tracker
        self._expense = _expense(budget, prices, self._calls)
        self.racer = Racer(objective, learning.target, self._expense, seed, tracker, pool)
        self.paid = self.replayed = self.trials = 0
        self.cost = 0.0
        self.curve: list[CurvePoint] = []
        self.stopped = "budget"
        self._lost = np.zeros(self.table.shape, dtype=np.bool_)
        self._in_flight: dict[int, Request] = {}
        self._drawn: set[int] = set()
        #: Calls that were sent in this study's name, and of which nobody has told it what came back.
        self.untold = 0
        self._retried = 0
        if (allow := getattr(source, "allow", None)) is not None:
            allow(budget.calls)
        self._begun = time.monotonic()
        self._paid_before = 0
        self._last: CurvePoint | None = None

    def run(self) -> Standing:
        """Search until there is no more to pay for; what is believed at the end."""
        self._catch_up()
        self._paid_before = self.paid
        while True:
            with ONE_THREAD:
                standing = self.racer.standing(self.table)
            self._report(standing)
            if self._is_not_worth_it(standing):
                self.stopped = "gain"
                return standing
            steps = [] if self._money_is_spent() else self.racer.next_steps(self.table, standing)
            if not steps and not self._in_flight:
                self.stopped = "exhausted" if self._has_money() else "budget"
                return standing
            asked = self._study.crowded = False
            for place, step in enumerate(steps):
                asked = self._do(step, begins_round=place == 0) or asked
                if self._study.crowded:
                    break  # others spend from the same budget: decide again on what they have learnt
            if not asked and not self._in_flight and not self._study.crowded:
                self.stopped = "budget"  # no verdict that is worth asking for is paid for by what is left
                return standing
            if not asked:
                self._study.wait()
            self._catch_up()

    def _do(self, step: Step, *, begins_round: bool) -> bool:
        """Ask for a step's verdicts and take them in; whether there was any to ask for."""
        wanted = np.arange(step.start, min(step.stop, step.start + self._affordable(step.candidate)))
        wanted = wanted[~self.table.asked[step.candidate, wanted]]
        if not len(wanted):
            return False
        configuration = self.configurations[step.candidate]
        already = np.asarray(self._source.paid(configuration, self._items(wanted)), dtype=np.bool_)
        # What this very search paid for and lost, in a crash or a power cut, is not free: the budget has paid for it.
        own = already & self._lost[step.candidate, wanted]
        own |= already & (np.cumsum(already & ~own) * self._calls[step.candidate] <= self.untold)
        fits = np.cumsum(~already | own) * self._calls[step.candidate] <= self._calls_left()
        wanted, already, own = wanted[fits], already[fits], own[fits]
        free = wanted[already & ~own]
        belief = jsonable(self.curve[-1].to_dict()) if begins_round and self.curve else None
        request = self._study.ask(
            step.candidate,
            wanted,
            free,
            expense=self._expense_now(),
            calls=self._calls,
            left=1.0 - self.untold / self._budget.calls,
            belief=belief,
        )
        if not len(request.items):
            self._study.abandon(request)
            return False
        self.table.claim(step.candidate, request.items, request.free)
        try:
            self._judge(request, int(np.isin(wanted[own], request.items).sum()))
        except BaseException:
            self._study.abandon(request)
            raise
        return True

    def _judge(self, request: Request, lost: int) -> None:
        """Have a request judged; `lost` of its verdicts this search has paid for before, and was not told about."""
        judgments = as_kept(self._source.judge(self.configurations[request.candidate], self._items(request.items)))
        request, judgments = self._sent(request, judgments)
        recovered = min(lost * int(self._calls[request.candidate]), judgments.replayed)
        paid, replayed = judgments.paid + recovered, judgments.replayed - recovered
        if recovered:
            # Paid for before the crash: at what such verdicts cost on average, whoever paid.
            share = recovered / (judgments.paid + judgments.replayed)
            judgments = replace(judgments, spent=judgments.spent + judgments.cost * share)
        self._take_in(request.candidate, request.items, judgments)
        depth = int(self.table.depth[request.candidate])
        value = self._objective.value(
            self.table.reading[request.candidate, :depth], self._learning.target.take(np.arange(depth))
        )
        told = self._study.tell(
            request,
            judgments,
            paid=paid,
            replayed=replayed,
            value=value,
            depth=depth,
            corrected=None if depth < self.racer.plan.horizon else self._corrected(request.candidate, depth).value,
            excess=None if self.tracker is None else self.tracker.excess(request.candidate, self.table),
            figures=None if self.tracker is None else self.tracker.figures(request.candidate, self.table),
        )
        if told:
            self._count(request, paid, replayed, judgments.spent)
            return
        # This process was stopped for so long that others took it for gone: what it brought is asked for again, by
        # whoever comes first, and found in the store.
        self.table.forget(request.candidate, request.items)
        self._lost[request.candidate, request.items] = True
        self._claim_again(request.candidate)

    def _sent(self, request: Request, judgments: Judgments) -> tuple[Request, Judgments]:
        """The request and its verdicts without the items that were not asked, as the calls of the budget were spent.

        Calls that fail and are tried again take from the same budget, and nobody knows of them beforehand.
        """
        asked = np.array([reason != _UNSENT for reason in judgments.reasons], dtype=np.bool_)
        if not getattr(self._source, "counts_calls", False) or asked.all():
            return request, judgments
        items = request.items[asked]
        self.table.forget(request.candidate, request.items)
        self.table.claim(request.candidate, items, np.intersect1d(request.free, items))
        request = replace(request, items=items, free=np.intersect1d(request.free, items))
        return request, judgments.take(np.flatnonzero(asked))

    def _catch_up(self) -> None:
        """Take in what other processes, or an earlier run of this one, have asked and been told."""
        sent = getattr(self._source, "sent", int)()  # read first: whatever is sent by now is in a request by then
        for request in self._study.news():
            candidate, items = request.candidate, request.items
            before = self._in_flight.pop(request.number, None)
            if request.state == "running":
                self._in_flight[request.number] = request
            if request.state == "lost":
                self._lost[candidate, items] = ~self.table.known[candidate, items]
            if request.state == "done" and request.judgments is not None:
                self.table.claim(candidate, items, request.free)
                self._take_in(candidate, items, request.judgments)
                self._count(request, request.paid, request.replayed, request.judgments.spent)
                self._draw(request)
            elif before is not None or request.state == "running":
                self._claim_again(candidate)
        self.untold = max(0, sent - self.paid - self._reserved())
        self.racer.set_aside = (self.untold + self._retried) / self._budget.calls

    def _draw(self, request: Request) -> None:
        """Take a point of the curve from the request that its round began with."""
        if request.belief is not None and request.number not in self._drawn:
            self._drawn.add(request.number)
            self._add_point(CurvePoint.from_dict(request.belief))

    def _add_point(self, point: CurvePoint) -> None:
        """Add a point to the curve; of a round that was decided again after a crash, or by two processes, one stays."""
        self.curve = [one for one in self.curve if one.calls != point.calls]
        self.curve.append(point)
        self.curve.sort(key=lambda one: (one.calls, one.trials))

    def _claim_again(self, candidate: int) -> None:
        """Have the table know what is asked for of a candidate, and no more."""
        self.table.release(candidate, np.arange(self.table.shape[1]))
        for request in self._in_flight.values():
            if request.candidate == candidate:
                asked = request.items[~self.table.known[candidate, request.items]]
                self.table.claim(candidate, asked, np.intersect1d(request.free, asked))

    def _take_in(self, candidate: int, items: Places, judgments: Judgments) -> None:
        _enter(self.table, candidate, items, judgments, self._learning, self._objective)

    def _reserved(self) -> int:
        """Calls that other processes' requests may take that have not been told of."""
        return sum(
            int(self._calls[one.candidate]) * (len(one.items) - len(one.free)) for one in self._in_flight.values()
        )

    def _calls_left(self) -> int:
        return self._budget.calls - self.paid - self.untold - self._reserved()

    def _count(self, request: Request, paid: int, replayed: int, spent: float) -> None:
        candidate = request.candidate
        # A call that failed and was tried again was sent, and is no other verdict.
        self._retried += max(0, paid - int(self._calls[candidate]) * (len(request.items) - len(request.free)))
        self.paid += paid
        self.replayed += replayed
        # What the source says that it spent, or else its price; a verdict that was free costs nothing, whoever says.
        if paid:
            self.cost += paid * float(self._prices[candidate]) if math.isnan(spent) else spent
        self.trials += 1

    def _money_is_spent(self) -> bool:
        """Whether the dollars are, where they are known by calling only; the racer knows of prices."""
        return self._budget.cost is not None and self.cost >= self._budget.cost

    def _has_money(self) -> bool:
        return not self._money_is_spent() and 1.0 - self.racer.spent(self.table) > 1e-9

    def _affordable(self, candidate: int) -> int:
        """How many verdicts of a candidate the dollars that are left pay for, where its calls have told their price.

        What others have asked for just now is set aside. Before the first call has told its price, one is asked.
        """
        n_items = self.table.shape[1]
        if self._budget.cost is None or not math.isnan(self._prices[candidate]) or math.isnan(self.cost):
            return n_items
        if np.isnan(self.table.mean_cost).all():
            return 1
        prices = self._told_prices()
        reserved = math.fsum(
            float(prices[one.candidate]) * (len(one.items) - len(one.free)) for one in self._in_flight.values()
        )
        left = self._budget.cost - self.cost - reserved
        price = float(prices[candidate])
        return n_items if price <= 0 else max(0, int(left / price + _ROUNDING))

    def _told_prices(self) -> NDArray[np.float64]:
        """Dollars a verdict of each candidate, as its calls told; of one never asked, the highest of those."""
        known = self.table.mean_cost
        return np.where(np.isnan(known), np.nanmax([0.0, *known]), known)

    def _expense_now(self) -> NDArray[np.float64]:
        """Share of the budget that a verdict of each candidate takes, by what its calls have told as well."""
        if self._budget.cost is None:
            return self._expense
        return np.asarray(np.maximum(self._expense, self._told_prices() / self._budget.cost))

    def _items(self, places: Places) -> list[Item]:
        return [self._learning.items[place] for place in places]

    def _is_not_worth_it(self, standing: Standing) -> bool:
        settled = len(standing.references) and standing.horizon >= self.racer.plan.horizon
        return bool(self._stop_gain > 0 and settled and self._next_gain(standing) < self._stop_gain)

    def _next_gain(self, standing: Standing) -> float:
        """Expected gain of the next hundred calls.

        What knowing every contender fully would gain, times the root of the share of what is missing that a hundred
        calls supply: the spread of a posterior mean before the data are seen grows with the root of their number.
        NaN while every candidate has been asked the same few items only.
        """
        if math.isnan(standing.gain) or not len(standing.references):
            return math.nan
        contenders = np.flatnonzero(standing.wins)
        missing = int(np.maximum(standing.horizon - self.table.depth[contenders], 0).sum())
        return standing.gain * math.sqrt(min(1.0, 100 / missing)) if missing else 0.0

    def tick(self, paid: int, trouble: Trouble | None = None) -> None:
        """Tell of calls that the request under way has paid for, or cannot get through, before it has come back."""
        if self._last is not None:
            self._tell(replace(self._last, calls=self.paid + self._beside.calls + paid), trouble)

    def _report(self, standing: Standing) -> None:
        if standing.best is None:
            nan = math.nan
            self._last = CurvePoint(
                calls=self.paid + self._beside.calls,
                trials=self.trials,
                best="",
                value=nan,
                low=nan,
                high=nan,
                gain=nan,
            )
            self._tell(self._last)
            return
        found = self._found_so_far(standing, standing.best)
        point = CurvePoint(
            calls=self.paid + self._beside.calls,
            trials=self.trials,
            best=self.configurations[standing.best].name,
            value=found.value,
            low=found.low,
            high=found.high,
            gain=self._next_gain(standing),
        )
        self._add_point(point)
        self._last = point
        self._tell(point)

    def _found_so_far(self, standing: Standing, best: int) -> Estimate:
        """The objective of the best on the items it has judged, corrected for having been picked among its peers.

        The race is decided by beliefs on common items, which say nothing of other items; people are told this.
        """
        return self._corrected(best, int(self.table.depth[best]), standing.mean)

    def _corrected(self, candidate: int, depth: int, means: NDArray[np.float64] | None = None) -> Estimate:
        """The objective on the first `depth` items, corrected for a pick among those that have judged as many.

        `means` says which of them come first; None is what they reach on these items.
        """
        if means is None:
            means = self._objective.rows(self.table.reading[:, :depth], self._learning.target.take(np.arange(depth)))
        peers = np.flatnonzero((self.table.depth >= depth) & ~np.isnan(means))
        peers = peers[np.argsort(-means[peers], kind="stable")][:_RIVALS]
        peers = np.concatenate([[candidate], peers[peers != candidate]])
        scores = self.table.reading[peers, :depth]
        target = self._learning.target.take(np.arange(depth))
        comparison = BootstrapComparison(scores, target, self._objective, resamples=_RESAMPLES)
        return comparison.estimate(0, among=range(len(peers)))

    def _tell(self, point: CurvePoint, trouble: Trouble | None = None) -> None:
        if self._progress is None:
            return
        seconds = time.monotonic() - self._begun
        now = point.calls - self._beside.calls - self._paid_before
        left = (self._whole.calls - point.calls) * seconds / now if now else math.nan
        self._progress(
            SearchProgress(
                budget=self._whole.calls,
                seconds=seconds,
                seconds_left=left,
                cost=self.cost + self._beside.cost,
                trouble=trouble,
                **vars(point),
            )
        )


def _table(n_candidates: int, learning: LearningSet, objective: Objective) -> VerdictTable:
    """An empty table, with one of each criterion where there are several."""
    each = criteria_of(objective)
    return VerdictTable(
        n_candidates,
        len(learning),
        len(learning.scale.points),
        separate=not each and objective.reads_probabilities,
        parts={name: _table(n_candidates, learning.parts[name], one) for name, one in each.items()},
    )


def _enter(
    table: VerdictTable,
    candidate: int,
    items: Places,
    judgments: Judgments,
    learning: LearningSet,
    objective: Objective,
) -> None:
    """Take verdicts in, and those on each criterion where there are several."""
    score = np.round(learning.scale.oriented(_expected(judgments, learning.scale)), 6)
    if not table.parts:
        reading = objective.readings(score, judgments.probabilities, learning.target.take(items))
        table.add(candidate, items, judgments, score, reading)
        return
    table.add(candidate, items, judgments, score)
    for name, one in criteria_of(objective).items():
        _enter(table.parts[name], candidate, items, judgments.parts[name], learning.parts[name], one)


def _expected(judgments: Judgments, scale: Scale) -> NDArray[np.float64]:
    """What a deployed judge reads of its verdicts, which is what candidates are compared by, shape (n,).

    A model that writes one number for all items may still be surer of it for some.
    """
    readable = scale.ordered and judgments.probabilities.shape[1] == len(scale.points)
    if not readable or np.isnan(judgments.probabilities).all():
        return judgments.score
    return Expected(scale=scale).predict(judgments)


def _expense(budget: Budget, prices: NDArray[np.float64], calls: NDArray[np.intp]) -> NDArray[np.float64]:
    """Share of the budget that a verdict of each candidate takes: of the calls, or of the money where that is more."""
    share = calls / budget.calls
    if budget.cost is None:
        return np.asarray(share)
    return np.asarray(np.maximum(share, np.nan_to_num(prices, nan=0.0) * calls / budget.cost))
