"""Rubrics that a model drafts before a search, where nobody knows the criterion: once, kept where the study is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import optuna

from alia_judge._messages import joined, message
from alia_judge.compiling.budget import Budget
from alia_judge.compiling.proposals.brief import Drafter, MisjudgedItem, ProposerBrief
from alia_judge.compiling.proposals.objections import counted
from alia_judge.compiling.race.learning_set import BALANCED_ITEMS, LearningSet
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.compiling.spent import Spent
from alia_judge.compiling.study.identity import fingerprint
from alia_judge.compiling.study.study import SearchStudy
from alia_judge.compiling.study.tasks import OnceTasks
from alia_judge.errors import ModelError, UsageError
from alia_judge.judging.rubrics.rubric import Rubric

__all__ = ["Drafts", "with_drafted_rubrics"]

#: Items that an author of drafts is shown.
_SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class Drafts:
    """What was drafted before a search.

    Parameters
    ----------
    author
        Who wrote.
    rubrics
        What entered the search.
    refused
        Why others did not.
    shown
        Items that the author saw, by id.
    spent
        What the author's model took.
    """

    author: str
    rubrics: tuple[Rubric, ...]
    refused: tuple[str, ...]
    shown: tuple[str, ...]
    spent: Spent

    def quoted(self, learning: LearningSet) -> LearningSet:
        """The items, with the groups marked of which the author saw one."""
        groups = zip(learning.items, learning.target.groups.tolist(), strict=True)
        return replace(learning, quoted=frozenset(group for item, group in groups if item.item_id in self.shown))


def with_drafted_rubrics(
    space: SearchSpace,
    rubric: Rubric,
    drafter: Drafter,
    n: int,
    *,
    learning: LearningSet,
    train_ids: frozenset[str],
    comments: Mapping[str, Sequence[str]],
    budget: Budget,
    storage: optuna.storages.BaseStorage,
) -> tuple[SearchSpace, Drafts]:
    """The space with rubrics that were drafted, in place of those that say nothing.

    What was drafted stays in the storage: whoever asks the same again, now or later, has the same and pays nothing.

    Parameters
    ----------
    space
        The space.
    rubric
        Criterion, scale and language.
    drafter
        Who writes.
    n
        How many drafts are wanted.
    learning, train_ids, comments
        The items, those of them that may be shown, and what annotators wrote.
    budget
        Of the whole search.
    storage
        Where the study is.

    Raises
    ------
    UsageError
        If the budget is too small to draft and to search.
    ModelError
        If no draft is a rubric.
    """
    if budget.calls <= 2 * n:
        raise UsageError(
            message(
                "{n} drafts may take {got} of the {calls} calls, which leaves none to search with; "
                "raise the budget, or ask for fewer",
                n=n,
                got=2 * n,
                calls=budget.calls,
            )
        )
    cases = _cases(learning, train_ids, comments)
    brief = ProposerBrief(rubric=rubric, disagreements=cases, n=n)
    author = drafter.author
    tasks = OnceTasks(SearchStudy(storage, f"drafts by {author}", {"drafts_by": author}, ()))
    asked = fingerprint([rubric, [vars(case) for case in cases], n])
    result = tasks.once(f"drafts {asked}", f"drafts of {rubric.criterion}", partial(_write, drafter, brief))
    drafts = Drafts(
        author=author,
        rubrics=tuple(Rubric.from_dict(one) for one in result["rubrics"]),
        refused=tuple(result["refused"]),
        shown=tuple(case.item_id for case in cases),
        spent=Spent.of(result),
    )
    if not drafts.rubrics:
        raise ModelError(
            message(
                "{author} drafted no rubric of {criterion!r} in {calls} calls ({refused}); name "
                "another proposer, or give a rubric",
                author=author,
                criterion=rubric.criterion,
                calls=drafts.spent.calls,
                refused=joined(drafts.refused, "; ") or message("nothing"),
            )
        )
    kept = [one for one in space.rubrics or (rubric,) if one.instructions or one.anchors or one.steps]
    return replace(space, rubrics=(*kept, *drafts.rubrics)), drafts


def _write(drafter: Drafter, brief: ProposerBrief, again: bool) -> dict[str, Any]:  # noqa: ARG001 - what was lost is unknown
    kept, refused, spent = counted(drafter.draft, brief)
    return {
        "rubrics": [rubric.to_dict() for rubric in kept],
        "refused": refused,
        "calls": spent.calls,
        "cost": None if math.isnan(spent.cost) else spent.cost,
    }


def _cases(
    learning: LearningSet, train_ids: frozenset[str], comments: Mapping[str, Sequence[str]]
) -> tuple[MisjudgedItem, ...]:
    """Train items among the first, which no figure rests on, of every rating, the lowest first."""
    may = [place for place, item in enumerate(learning.items[:BALANCED_ITEMS]) if item.item_id in train_ids]
    target, scale = learning.target.values, learning.scale
    ordered = sorted(may, key=lambda place: (target[place], not comments.get(learning.items[place].item_id), place))
    spread = np.unique(np.linspace(0, len(ordered) - 1, min(_SHOWN, len(ordered))).round().astype(int))
    given = scale.oriented(target)
    return tuple(
        MisjudgedItem(
            item_id=learning.items[place].item_id,
            texts=learning.items[place].texts(),
            people=float(given[place]),
            judge=None,
            comments=tuple(comments.get(learning.items[place].item_id, ())),
            label=scale.label(float(given[place])) if scale.labels and given[place] in scale.points else None,
        )
        for place in (ordered[one] for one in spread)
    )
