"""`Composite`: several judges as one, asked member by member; each verdict is paid for and stored once."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

from alia_judge._messages import message
from alia_judge.errors import BudgetError, UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import NOT_ASKED, judgments_by
from alia_judge.records import Configuration, Item, Judgments, Scale, Usage, Verdict
from alia_judge.runner.coordinator import UNSENT, Coordinator
from alia_judge.runner.options import Judged, Progress, RunOptions
from alia_judge.runner.store import VerdictStore

__all__ = ["Composite", "SelectiveComposite", "stream_composite"]

#: Items that all members judge before the next are begun.
_CHUNK = 512


@runtime_checkable
class Composite(Protocol):
    """Several judges whose raw verdicts make one verdict."""

    @property
    def members(self) -> Sequence[Judge]:
        """The judges, each asked about every item."""
        ...

    @property
    def scale(self) -> Scale:
        """The scale of the members' verdicts."""
        ...

    def combine(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> list[Verdict]:
        """One verdict an item, from the raw verdicts of each member on the items."""
        ...

    def configuration(self) -> Configuration:
        """What decides the verdicts, but for the models."""
        ...

    def lm_identity(self) -> str:
        """Which models answer."""
        ...


@runtime_checkable
class SelectiveComposite(Composite, Protocol):
    """A panel whose members need not all be shown every item, nor as it is, nor be asked for the same sample."""

    def asked(self, place: int, so_far: Sequence[Judgments], items: Sequence[Item]) -> list[Item | None]:
        """What the member at `place` is shown of each item, given what those before it said; None: it is not asked."""
        ...

    def sample(self, place: int) -> int:
        """Which sample the member at `place` is asked for, from 0."""
        ...


def stream_composite(
    panel: Composite,
    items: Iterable[Item],
    *,
    store: VerdictStore | None,
    options: RunOptions,
    progress: Callable[[Progress], None] | None,
) -> Iterator[Judged]:
    """Judge items with a panel, in their order. Parameters and errors are those of `alia_judge.runner.stream`.

    Raises
    ------
    UsageError
        If several samples are asked for: a panel has one verdict an item.
    """
    if options.samples != 1:
        raise UsageError(message("a panel gives one verdict an item, got samples={samples}", samples=options.samples))
    kept = store if store is not None else VerdictStore()
    total = len(items) if isinstance(items, Sized) else None
    spent = Progress(total=total)
    source = iter(items)
    while chunk := list(itertools.islice(source, _CHUNK)):
        judgments: list[Judgments] = []
        usages: list[list[Usage]] = [[] for _ in chunk]
        replayed, unsent = [True] * len(chunk), [False] * len(chunk)
        for place, member in enumerate(panel.members):
            latest = [spent]

            def note(now: Progress, before: Progress = spent, latest: list[Progress] = latest) -> None:
                latest[0] = _with_calls(before, now)
                if progress is not None:
                    progress(latest[0])

            shown = panel.asked(place, judgments, chunk) if isinstance(panel, SelectiveComposite) else list(chunk)
            rows = [row for row, view in enumerate(shown) if view is not None]
            views = [view for view in shown if view is not None]
            raw = [NOT_ASKED] * len(chunk)
            sample = panel.sample(place) if isinstance(panel, SelectiveComposite) else 0
            run = Coordinator(member, views, kept, _left(options, spent), note, first_sample=sample)
            for row, judged in zip(rows, run.verdicts(), strict=True):
                raw[row] = judged.raw
                unsent[row] |= judged.raw == UNSENT
                usages[row].append(judged.raw.usage)
                replayed[row] &= judged.replayed
            judgments.append(judgments_by(member, raw, [item.item_id for item in chunk]))
            spent = latest[0]
        verdicts = [
            replace(UNSENT if lacks else verdict, usage=Usage.total(spent_on))
            for verdict, spent_on, lacks in zip(panel.combine(judgments, chunk), usages, unsent, strict=True)
        ]
        unscored = spent.unscored + sum(verdict.unscored is not None for verdict in verdicts)
        spent = replace(spent, done=spent.done + len(chunk), unscored=unscored)
        if progress is not None:
            progress(spent)
        for item, verdict, before in zip(chunk, verdicts, replayed, strict=True):
            yield Judged(item=item, sample=0, verdict=verdict, raw=verdict, replayed=before)


def _with_calls(before: Progress, now: Progress) -> Progress:
    """The panel's progress with the calls of one member's run; a member's verdict is not yet the panel's."""
    counts: dict[str, Any] = {
        name: getattr(before, name) + getattr(now, name)
        for name in ("paid", "replayed", "failed", "retries", "sent", "seconds")
    }
    return replace(before, **counts, cost=before.cost + now.cost, trouble=now.trouble)


def _left(options: RunOptions, spent: Progress) -> RunOptions:
    """The options with what is left of the budgets."""
    calls = None if options.max_calls is None else options.max_calls - spent.paid
    cost = None if options.max_cost is None or math.isnan(spent.cost) else options.max_cost - spent.cost
    if (calls is not None and calls < 1) or (cost is not None and cost <= 0):
        raise BudgetError(
            message(
                "the budget is spent after {paid} calls with items left; raise it: what was paid is not paid again",
                paid=spent.paid,
            )
        )
    return replace(options, max_calls=calls, max_cost=cost)
