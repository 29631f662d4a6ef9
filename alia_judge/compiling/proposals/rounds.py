"""A search with a proposer: a part of the budget on what there is, then what was written from it joins the race."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from alia_judge._messages import message
from alia_judge.compiling.proposals.brief import MisjudgedItem, Proposer, ProposerBrief
from alia_judge.compiling.proposals.objections import counted
from alia_judge.compiling.proposals.report import ProposalEntry
from alia_judge.compiling.race.learning_set import BALANCED_ITEMS, LearningSet
from alia_judge.compiling.race.racer import Standing
from alia_judge.compiling.race.search import Search
from alia_judge.compiling.spent import Spent
from alia_judge.compiling.study.tasks import OnceTasks
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Configuration

__all__ = ["ProposalPlan", "ProposalRounds"]

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
        How many proposals are asked for, each round.
    rounds
        How often, at equal shares of the budget.
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
    rounds: int
    rubric_of: Callable[[Configuration], Rubric]
    with_rubric: Callable[[Configuration, Rubric, Mapping[str, Any]], Configuration]
    train_ids: frozenset[str]
    comments: Mapping[str, Sequence[str]]


class ProposalRounds:
    """A search in several parts, with a round of proposals between each and the next.

    Every decision is a function of the study: a campaign that was killed goes on where it was, and several processes
    propose once a round between them.

    Parameters
    ----------
    begin
        Makes a `Search` of some candidates: ``begin(configurations, share, pool, beside)`` with a share of the budget,
        of which `beside` was spent on other things.
    configurations
        The candidates there are from the start.
    learning
        The items.
    plan
        Who proposes.
    tasks
        Where proposals are kept.
    pool
        Candidates that may get calls before anything is proposed; None for all of them.
    beside
        What was spent before the search began.
    """

    def __init__(
        self,
        begin: Callable[[Sequence[Configuration], float, Sequence[int] | None, Spent], Search],
        configurations: Sequence[Configuration],
        learning: LearningSet,
        plan: ProposalPlan,
        tasks: OnceTasks,
        pool: Sequence[int] | None = None,
        beside: Spent | None = None,
    ) -> None:
        self._begin, self._learning, self._plan, self._tasks = begin, learning, plan, tasks
        self._configurations, self._pool, self._before = tuple(configurations), pool, beside or Spent()
        #: What was proposed, a round each.
        self.entries: list[ProposalEntry] = []

    def run(self) -> tuple[Search, Standing, tuple[Configuration, ...], LearningSet]:
        """Search, propose, search on: the last search, where it stands, its candidates, and the items it learnt on.

        Of the items, those that a proposal's author saw are marked as quoted.
        """
        for number in range(1, self._plan.rounds + 1):
            key = message("proposals, round {number}", number=number)
            written = self._tasks.read(key)
            if written is None:
                search = self._part(number / (self._plan.rounds + 1))
                standing = search.run()
                if standing.best is None:
                    return search, standing, self._configurations, self._quoted()
                written = self._tasks.once(
                    key, f"{key} by {self._plan.proposer.author}", partial(self._propose, search, standing, number)
                )
            entry = ProposalEntry.from_dict(written)
            self._pool = [
                *entry.pool,
                *range(len(self._configurations), len(self._configurations) + len(entry.configurations)),
            ]
            self._configurations = (*self._configurations, *entry.configurations)
            self.entries.append(entry)
        search = self._part(1.0)
        return search, search.run(), self._configurations, self._quoted()

    @property
    def beside(self) -> Spent:
        """What was spent on other things than verdicts so far."""
        return Spent.total([self._before, *(entry.spent for entry in self.entries)])

    def _part(self, share: float) -> Search:
        return self._begin(self._configurations, share, self._pool, self.beside)

    def _quoted(self) -> LearningSet:
        """The items, with the groups marked of which a proposal's author saw one."""
        shown = {item for entry in self.entries for item in entry.shown}
        groups = self._learning.target.groups.tolist()
        quoted = {group for item, group in zip(self._learning.items, groups, strict=True) if item.item_id in shown}
        return replace(self._learning, quoted=self._learning.quoted | quoted)

    def _propose(self, search: Search, standing: Standing, number: int, again: bool) -> dict[str, Any]:  # noqa: ARG002
        best = int(standing.best)  # type: ignore[arg-type]  # there is one
        parent = self._configurations[best]
        shown = self._disagreements(search, best)
        brief = ProposerBrief(rubric=self._plan.rubric_of(parent), disagreements=shown, n=self._plan.n)
        kept, refused, spent = counted(self._plan.proposer.propose, brief)
        author = self._plan.proposer.author
        further = {"proposed_by": author, "parent": parent.key}
        written = [self._plan.with_rubric(parent, rubric, further) for rubric in kept]
        # What an earlier round wrote is in the race already, whoever its parent was.
        known = {self._plan.rubric_of(one) for one in self._configurations if "proposed_by" in one.parameters}
        fresh = [one for one in written if self._plan.rubric_of(one) not in known]
        refused += [message("round {number} wrote what an earlier one did", number=number)] * (
            len(written) - len(fresh)
        )
        return ProposalEntry(
            author=author,
            parent=parent.key,
            configurations=tuple(fresh),
            pool=tuple(np.flatnonzero(search.table.depth > 0).tolist()),
            shown=tuple(case.item_id for case in shown),
            refused=tuple(refused),
            calls=spent.calls,
            cost=spent.cost,
        ).to_dict()

    def _disagreements(self, search: Search, candidate: int) -> tuple[MisjudgedItem, ...]:
        """Train items among the first, which no figure rests on, where the candidate is farthest from people."""
        depth = min(int(search.table.depth[candidate]), BALANCED_ITEMS)
        scale = self._learning.scale
        judge = search.table.score[candidate, :depth]
        people = self._learning.target.values[:depth]
        apart = np.abs(_standardised(judge) - _standardised(people))
        places = [
            int(place)
            for place in np.argsort(-np.nan_to_num(apart, nan=-1.0), kind="stable")
            if not np.isnan(apart[place]) and self._learning.items[place].item_id in self._plan.train_ids
        ]
        given_judge, given_people = scale.oriented(judge), scale.oriented(people)
        return tuple(
            MisjudgedItem(
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
