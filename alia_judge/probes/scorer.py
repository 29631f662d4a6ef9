"""`JudgeScorer`: a judge as what `run_probes` asks, with every verdict paid for once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alia_judge.probes.base import Change, Variant
from alia_judge.records import Item

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge
    from alia_judge.runner import Composite, Progress, RunOptions, VerdictStore

__all__ = ["JudgeScorer", "Scorer", "judge_scorer"]

Floats = NDArray[np.float64]
#: n items to shape (n,) scores, higher is better; NaN is unscored.
Scorer = Callable[[Sequence[Item]], Floats]


@dataclass(frozen=True, kw_only=True)
class JudgeScorer:
    """Scores of a judge, higher is better; verdicts in the store are not paid again.

    Parameters
    ----------
    judge
        The judge; probes that change the judge itself (its rubric, its demonstrations) need one, not only its scores.
    store, options, progress
        As `alia_judge.runner.run` takes them.
    sample
        Which sample of the judge's verdicts to take.
    ended
        Told the counts of every run when it is through.
    """

    judge: Judge | Composite
    store: VerdictStore | None = None
    options: RunOptions | None = None
    progress: Callable[[Progress], None] | None = None
    sample: int = 0
    ended: Callable[[Progress], None] | None = None

    def __call__(self, items: Sequence[Item]) -> Floats:
        """The scores of n items, shape (n,)."""
        from alia_judge.runner import RunOptions, run

        options = replace(self.options or RunOptions(), samples=self.sample + 1)
        result = run(self.judge, items, store=self.store, options=options, progress=self.progress)
        if self.ended is not None:
            self.ended(result.progress)
        scores = [one.verdict.score for one in result.judged if one.sample == self.sample]
        raw = np.array([np.nan if score is None else score for score in scores], dtype=np.float64)
        return self.judge.scale.oriented(raw)

    def changed(self, changes: Sequence[Change], items: Sequence[Item]) -> None:
        """Have the store know whose texts are in the changes of these items, so that they can be forgotten together."""
        if self.store is None:
            return
        by_id = {item.item_id: item for item in items}
        whose: dict[str, list[Item]] = {}
        for item in items:
            whose.setdefault(item.response, []).append(item)
        self.store.made_from(
            (side, source)
            for change in changes
            for side in (change.before, change.after)
            for source in (by_id[side.item_id], *whose.get(side.response, ()))
        )

    def of(self, variant: Variant) -> Scorer:
        """The scores of a variant of the judge, on the judge's own scale."""
        varied = replace(self, judge=variant.judge, sample=variant.sample)
        return lambda items: variant.to_original(varied(items))


def judge_scorer(
    judge: Judge | Composite,
    *,
    store: VerdictStore | None = None,
    options: RunOptions | None = None,
    progress: Callable[[Progress], None] | None = None,
    ended: Callable[[Progress], None] | None = None,
) -> JudgeScorer:
    """A judge as what `run_probes` asks."""
    return JudgeScorer(judge=judge, store=store, options=options, progress=progress, ended=ended)
