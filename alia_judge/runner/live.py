"""`LiveSource`: verdicts of a model that answers now, as a `JudgmentSource`."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import judgments_by
from alia_judge.records import Configuration, Item, Judgments, Scale
from alia_judge.runner.bulk import stream
from alia_judge.runner.composite import Composite, SelectiveComposite
from alia_judge.runner.coordinator import UNSENT
from alia_judge.runner.hopeless import HopeWatch
from alia_judge.runner.options import Progress, RunOptions
from alia_judge.runner.store import VerdictStore

__all__ = ["LiveSource"]


class LiveSource:
    """Judges items with whatever judge a configuration stands for.

    A verdict is keyed by what the judge asks and which model answers, not by the names of the parameters that led to
    it: a search, an evaluation and a probe on one store pay for each verdict once between them.

    Parameters
    ----------
    build
        Makes the judge that a configuration stands for; a panel's verdict is of as many calls as it has members to
        ask.
    scale
        The scale of every verdict.
    store
        Where verdicts are kept; None keeps them in memory.
    options
        As for `run`.
    progress
        Called with the counts of the run under way.
    """

    #: A verdict may take several calls, and `Judgments.paid` counts them.
    counts_calls = True

    def __init__(
        self,
        build: Callable[[Configuration], Judge | Composite],
        scale: Scale,
        *,
        store: VerdictStore | None = None,
        options: RunOptions | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self._build = build
        self._scale = scale
        self._store = VerdictStore() if store is None else store
        self._options = options
        self._progress = progress
        self._hope = HopeWatch()
        self._judges: dict[Configuration, Judge | Composite] = {}

    def pays_for(self, payer: str) -> None:
        """Have the store count what is sent in somebody's name from now on (`sent`); in nobody's where it is empty."""
        self._options = replace(self._options or RunOptions(), payer=payer, allowance=None)

    def allow(self, calls: int) -> None:
        """Have no more sent in that name than so many calls in all, those that are tried again among them."""
        if self._options is not None and self._options.payer:  # studies of old have no name to pay in
            self._options = replace(self._options, allowance=calls)

    def sent(self) -> int:
        """How many calls were sent in that name, by this process or another, whatever became of them."""
        payer = "" if self._options is None else self._options.payer
        return self._store.sent(payer) if payer else 0

    @property
    def scale(self) -> Scale:
        """The scale of every verdict."""
        return self._scale

    @property
    def store(self) -> VerdictStore:
        """Where verdicts are kept."""
        return self._store

    def identity(self, configurations: Sequence[Configuration]) -> str:
        """A digest of what each configuration asks, and of which model."""
        judges = [self._judge_of(configuration) for configuration in configurations]
        asked = [f"{judge.configuration().key}\t{judge.lm_identity()}" for judge in judges]
        return hashlib.sha256("\n".join(asked).encode()).hexdigest()[:16]

    def judge(self, configuration: Configuration, items: Sequence[Item]) -> Judgments:
        """Raw verdicts of `configuration` on `items`, in that order; unscored where there is none."""
        judge, latest = self._judge_of(configuration), [Progress()]

        def note(now: Progress) -> None:
            latest[0] = now
            if self._progress is not None:
                self._progress(now)

        raw, model = [], judge.lm_identity().partition("#")[0]
        for judged in stream(judge, items, store=self._store, options=self._options, progress=note):
            if judged.raw.unscored != UNSENT.unscored:
                self._hope.took(judged.raw, model)
            raw.append(judged.raw)
        return replace(
            judgments_by(judge, raw, [item.item_id for item in items]),
            paid=latest[0].sent,
            replayed=latest[0].replayed,
            cost=math.fsum(math.nan if one.usage.cost is None else one.usage.cost for one in raw),
            seconds=math.fsum(one.usage.seconds for one in raw),
            spent=latest[0].cost,
        )

    def paid(self, configuration: Configuration, items: Sequence[Item]) -> Sequence[bool]:
        """Which of these verdicts are already paid for, every call of them, and so would be replayed."""
        judge = self._judge_of(configuration)
        if isinstance(judge, Judge):
            digests = [item.digest() for item in items]
            return self._store.holds(judge.configuration(), judge.lm_identity(), 0, digests)
        held = np.ones(len(items), dtype=np.bool_)
        for place, member in enumerate(judge.members):
            views, sample = list[Item | None](items), 0
            if isinstance(judge, SelectiveComposite):
                views, sample = judge.asked(place, (), items), judge.sample(place)
            rows = [row for row, view in enumerate(views) if view is not None]
            digests = [view.digest() for view in views if view is not None]
            there = self._store.holds(member.configuration(), member.lm_identity(), sample, digests)
            held[rows] &= np.array(there, dtype=np.bool_)  # of no items at all it would be no mask
        return list(held.tolist())

    def _judge_of(self, configuration: Configuration) -> Judge | Composite:
        if configuration not in self._judges:
            self._judges[configuration] = self._build(configuration)
        return self._judges[configuration]
