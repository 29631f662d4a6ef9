"""A search with a proposer: half of the budget on what there is, then what was written from it joins the race."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from alia_judge.compiling.budget import Budget
from alia_judge.compiling.learning import BALANCED_ITEMS, LearningSet
from alia_judge.compiling.proposal_book import ProposalBook
from alia_judge.compiling.proposal_report import ProposalEntry
from alia_judge.compiling.proposing import Disagreement, Proposer, ProposerBrief, counted
from alia_judge.compiling.racing import Standing
from alia_judge.compiling.search import Search
from alia_judge.judging.rubric import Rubric
from alia_judge.records import Configuration

__all__ = ["Campaign", "ProposalPlan"]

#: Share of the budget that is spent before anything is proposed.
_BEFORE = 0.5
#: Items that a proposer is shown.
_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class ProposalPlan:
    """Who proposes, how much, and from what.

    Parameters
    ----------
    proposer
        Who writes.
    n
        How many proposals are asked for.
    rubric_of
        The rubric of a configuration.
    with_rubric
        A configuration that asks for the same with another rubric, with further parameters.
    train_ids
        Items that may be shown.
    comments
        What annotators wrote of an item, by its id.
    """

    proposer: Proposer
    n: int
    rubric_of: Callable[[Configuration], Rubric]
    with_rubric: Callable[[Configuration, Rubric, Mapping[str, Any]], Configuration]
    train_ids: frozenset[str]
    comments: Mapping[str, Sequence[str]]


class Campaign:
    """A search in two parts with proposals between them.

    Every decision is a function of the study: a campaign that was killed goes on where it was, and several processes
    propose once between them.

    Parameters
    ----------
    begin
        Makes a `Search` of some candidates with a budget: ``begin(configurations, budget, pool)``.
    configurations
        The candidates there are from the start.
    learning
        The items.
    budget
        The whole budget.
    plan
        Who proposes.
    book
        Where proposals are kept.
    """

    def __init__(
        self,
        begin: Callable[[Sequence[Configuration], Budget, Sequence[int] | None], Search],
        configurations: Sequence[Configuration],
        learning: LearningSet,
        budget: Budget,
        plan: ProposalPlan,
        book: ProposalBook,
    ) -> None:
        self._begin, self._configurations, self._learning = begin, tuple(configurations), learning
        self._budget, self._plan, self._book = budget, plan, book
        self.entry: ProposalEntry | None = None
        #: The search under way.
        self.search: Search | None = None

    def run(self) -> tuple[Search, Standing, tuple[Configuration, ...], LearningSet]:
        """Search, propose, search on: the last search, where it stands, its candidates, and the items it learnt on.

        Of the items, those that a proposal's author saw are marked as quoted.
        """
        self.entry = self._book.read()
        while self.entry is None:
            self.search = self._begin(self._configurations, self._first_part(), None)
            standing = self.search.run()
            if standing.best is None:
                return self.search, standing, self._configurations, self._learning
            ticket = self._book.claim(self._plan.proposer.author)
            if ticket is None:
                time.sleep(0.2)
                self.entry = self._book.read()
                continue
            try:
                entry = self._propose(self.search, standing)
            except BaseException:
                self._book.drop(ticket)
                raise
            self._book.write(ticket, entry)
            self.entry = self._book.read()
        everything = (*self._configurations, *self.entry.configurations)
        pool = [*self.entry.pool, *range(len(self._configurations), len(everything))]
        left = replace(self._budget, calls=max(1, self._budget.calls - self.entry.calls))
        self.search = self._begin(everything, left, pool)
        quoted = {
            group
            for item, group in zip(self._learning.items, self._learning.target.groups.tolist(), strict=True)
            if item.item_id in self.entry.shown
        }
        return self.search, self.search.run(), everything, replace(self._learning, quoted=frozenset(quoted))

    def _first_part(self) -> Budget:
        cost = None if self._budget.cost is None else self._budget.cost * _BEFORE
        return Budget(calls=max(1, int(self._budget.calls * _BEFORE)), cost=cost)

    def _propose(self, search: Search, standing: Standing) -> ProposalEntry:
        best = int(standing.best)  # type: ignore[arg-type]  # there is one
        parent = self._configurations[best]
        shown = self._disagreements(search, best)
        brief = ProposerBrief(rubric=self._plan.rubric_of(parent), disagreements=shown, n=self._plan.n)
        kept, refused, calls = counted(self._plan.proposer, brief)
        author = self._plan.proposer.author
        return ProposalEntry(
            author=author,
            parent=parent.key,
            configurations=tuple(
                self._plan.with_rubric(parent, rubric, {"proposed_by": author, "parent": parent.key}) for rubric in kept
            ),
            pool=tuple(np.flatnonzero(search.evidence.depth > 0).tolist()),
            shown=tuple(case.item_id for case in shown),
            refused=tuple(refused),
            calls=calls,
        )

    def _disagreements(self, search: Search, candidate: int) -> tuple[Disagreement, ...]:
        """Train items among the first, which no figure rests on, where the candidate is farthest from people."""
        depth = min(int(search.evidence.depth[candidate]), BALANCED_ITEMS)
        scale = self._learning.scale
        judge = search.evidence.score[candidate, :depth]
        people = self._learning.target.values[:depth]
        apart = np.abs(_standardised(judge) - _standardised(people))
        places = [
            int(place)
            for place in np.argsort(-np.nan_to_num(apart, nan=-1.0), kind="stable")
            if not np.isnan(apart[place]) and self._learning.items[place].item_id in self._plan.train_ids
        ]
        given_judge, given_people = scale.oriented(judge), scale.oriented(people)
        return tuple(
            Disagreement(
                item_id=self._learning.items[place].item_id,
                texts=self._learning.items[place].texts(),
                people=float(given_people[place]),
                judge=float(given_judge[place]),
                comments=tuple(self._plan.comments.get(self._learning.items[place].item_id, ())),
            )
            for place in places[:_SHOWN]
        )


def _standardised(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    spread = float(np.nanstd(values))
    return np.asarray((values - np.nanmean(values)) / (spread if spread > 0 else 1.0))
