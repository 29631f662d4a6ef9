"""`AskedJudge`: a judge that another tool asks item by item, with every verdict paid for once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.kinds import criteria_of
from alia_judge.publishing import load_judge, verdicts_beside
from alia_judge.records import Item, Scale, Verdict
from alia_judge.runner import Judged, RunOptions, VerdictStore, run

__all__ = ["AskedJudge"]

_ONE = RunOptions(concurrency=1)


class AskedJudge:
    """A judge as the integrations ask it.

    Parameters
    ----------
    judge
        A judge, or where one was published: a folder, or ``hf://ORG/NAME``.
    lm
        The model to ask, where `judge` is a published one; None is the one it names.
    store
        Where verdicts are kept, so that the same item is not paid for again: a store, a file or a database's address;
        None is a file beside a published folder, and memory for any other judge.
    """

    def __init__(self, judge: Any, *, lm: Any = None, store: VerdictStore | str | Path | None = None) -> None:
        if isinstance(judge, (str, os.PathLike)):
            store = verdicts_beside(judge) if store is None else store
            judge = load_judge(judge, lm=lm)
        elif lm is not None:
            raise UsageError(message("lm is for a published judge; this one has its model: build it with the other"))
        self.judge = judge
        self.criterion: str = judge.rubric.criterion
        self.scale: Scale = judge.scale
        self.model: str = judge.lm_identity()
        self.configuration: str = judge.configuration().key
        #: Criteria that its verdicts have parts for; none where it gives one score an item.
        self.criteria: tuple[str, ...] = criteria_of(judge)
        self.store = store if isinstance(store, VerdictStore) else VerdictStore(store)

    def __call__(self, item: Item) -> dict[str, Verdict]:
        """The verdict by criterion: of the whole first, then of each criterion that has its own.

        Raises
        ------
        ModelError
            If the model cannot be used at all.
        """
        (found,) = self.every([item], options=_ONE)
        return found

    def every(self, items: Iterable[Item], *, options: RunOptions | None = None) -> list[dict[str, Verdict]]:
        """As a call, for many items; the same item twice is asked once, other texts under the same id by themselves."""
        given = list(items)
        keys = [(item.item_id, item.digest()) for item in given]
        asked: dict[tuple[str, str], Item] = {}
        taken: set[str] = set()
        for key, item in zip(keys, given, strict=True):
            if key not in asked:
                asked[key] = replace(item, item_id=" ".join(key)) if item.item_id in taken else item
                taken.add(item.item_id)
        found = {}
        for key, judged in zip(asked, self._run(asked.values(), options), strict=True):
            parts: Mapping[str, Verdict] = judged.verdict.parts or judged.raw.parts
            own = {name: parts.get(name, judged.verdict) for name in self.criteria}
            found[key] = {self.criterion: judged.verdict, **own}
        return [found[key] for key in keys]

    def _run(self, items: Iterable[Item], options: RunOptions | None) -> Sequence[Judged]:
        return run(self.judge, items, store=self.store, options=options).judged
