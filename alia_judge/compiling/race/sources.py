"""Where a search has its verdicts from, and what a verdict of each candidate takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alia_judge._advice import advice
from alia_judge._messages import message
from alia_judge.benchmark.split import Split
from alia_judge.compiling.space.build import calls_of
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.errors import UsageError
from alia_judge.models.source import JudgmentSource
from alia_judge.records import Configuration

if TYPE_CHECKING:
    from alia_judge.compiling.study.identity import StudyIdentity
    from alia_judge.compiling.study.study import SearchStudy
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.kinds import CompositeJudge
    from alia_judge.runner import Progress

__all__ = [
    "account_for",
    "account_no_more",
    "calls_by_candidate",
    "default_space",
    "live_source",
    "prices_are_told",
    "prices_of",
    "refuse_unpriced",
    "try_each_way",
]

#: Parameters that decide what kind of judge a configuration stands for.
_WAYS = ("kind", "samples", "granularity", "rubric_language")


def default_space(judge: Judge | None, source: JudgmentSource | None, train: Split) -> SearchSpace:
    """What is searched where nobody says: everything a bank holds for the criterion, or the space around the judge.

    Raises
    ------
    UsageError
        If there is neither.
    """
    from alia_judge.models.bank import RecordedBank

    if isinstance(source, RecordedBank):
        recorded = source.select(criterion=train.criterion)
        if not recorded:
            raise UsageError(message("the bank has no configuration for {criterion!r}", criterion=train.criterion))
        return SearchSpace(recorded=recorded)
    if judge is None:
        raise UsageError(message("compile_judge needs a judge, or a recorded source"))
    return SearchSpace.around(judge)


def live_source(
    judge: Judge | None,
    space: SearchSpace,
    train: Split,
    verdicts: str | Path | None,
    progress: Callable[[Progress], None],
    concurrency: int | None = None,
) -> tuple[JudgmentSource, Callable[[Configuration], Judge | CompositeJudge]]:
    """The source that asks the judge's models, and what makes the judge of a configuration.

    Parameters
    ----------
    judge
        What the space varies.
    space, train
        The space, and where its demonstrations are.
    verdicts
        The file that keeps verdicts; None keeps them in memory.
    progress
        Told the counts of the request under way.
    concurrency
        Calls in flight; None is as `RunOptions` has it.

    Raises
    ------
    UsageError
        If there is no judge, or it cannot be asked what the space says.
    """
    from alia_judge.runner import LiveSource, RunOptions, VerdictStore

    if judge is None or space.recorded:
        raise UsageError(message("recorded configurations need the source they were recorded in; pass source="))
    template = judge
    space.check(template)

    def build(configuration: Configuration) -> Judge | CompositeJudge:
        return space.build(configuration, template, train)

    options = RunOptions(concurrency=concurrency)
    return LiveSource(build, judge.scale, store=VerdictStore(verdicts), options=options, progress=progress), build


def try_each_way(
    build: Callable[[Configuration], Judge | CompositeJudge], configurations: Sequence[Configuration]
) -> None:
    """Build one judge of each way of asking, so that what cannot be asked is refused before anything is paid for.

    Raises
    ------
    UsageError
        If a way of asking does not go with the scale, the rubrics or the criteria.
    """
    ways = {str([one.parameters.get(name) for name in _WAYS]): one for one in configurations}
    for configuration in ways.values():
        build(configuration)


def refuse_unpriced(
    build: Callable[[Configuration], Judge | CompositeJudge], configurations: Sequence[Configuration]
) -> None:
    """Refuse a bound on dollars where nobody knows what a model's calls cost: it would bound nothing.

    Raises
    ------
    UsageError
        If a model has no price, by any list or by what the user said.
    """
    for model, priced in _models(build, configurations):
        if not priced:
            raise UsageError(
                message(
                    "the cost cannot be bounded: nobody knows the price of {model}; say it in dollars a "
                    "million tokens of prompt and of answer ({advice}), or bound the calls alone",
                    model=model,
                    advice=advice(python="resolve_lm(..., price=(0.15, 0.60))", command="--price 0.15,0.60"),
                )
            )


def prices_are_told(
    source: JudgmentSource,
    build: Callable[[Configuration], Judge | CompositeJudge] | None,
    configurations: Sequence[Configuration],
) -> bool:
    """Whether `prices_of` says all that will ever be known: where the source has prices, and where no model has one."""
    if build is None:
        return hasattr(source, "price")
    return not any(priced for _, priced in _models(build, configurations))


def _models(
    build: Callable[[Configuration], Judge | CompositeJudge], configurations: Sequence[Configuration]
) -> Iterator[tuple[str, bool]]:
    """The models that are asked, and whether somebody knows their price."""
    from alia_judge.models.prices import list_price

    for configuration in configurations:
        judge = build(configuration)
        for lm in {id(one.lm): one.lm for one in getattr(judge, "members", (judge,))}.values():
            yield lm.model, list_price(lm, prompt_tokens=1, answer_tokens=1) is not None


def account_for(source: JudgmentSource, study: SearchStudy, identity: StudyIdentity) -> None:
    """Have a live source count what it sends in the study's name, and find what moved models answered before."""
    from alia_judge.runner import LiveSource

    if not isinstance(source, LiveSource):
        return
    source.pays_for(study.payer)
    for name, was in study.moved.items():
        if name in identity.models:
            now = identity.models[name]
            source.store.moved(str(replace(now, address=was)), str(now))


def account_no_more(source: JudgmentSource) -> None:
    """Have a live source count what it sends from now on for nobody: what is asked after a search is no part of it."""
    from alia_judge.runner import LiveSource

    if isinstance(source, LiveSource):
        source.pays_for("")


def prices_of(source: JudgmentSource, configurations: Sequence[Configuration]) -> NDArray[np.float64]:
    """Price of one call of each configuration, from sources that say; NaN elsewhere."""
    price = getattr(source, "price", None)
    if price is None:
        return np.full(len(configurations), np.nan)
    found = [price(configuration) for configuration in configurations]
    return np.array([np.nan if one is None else one for one in found], dtype=np.float64)


def calls_by_candidate(source: JudgmentSource, configurations: Sequence[Configuration]) -> NDArray[np.intp]:
    """Calls that a verdict of each configuration takes: of a recorded source one, which is its verdict."""
    if not getattr(source, "counts_calls", False):
        return np.ones(len(configurations), dtype=np.intp)
    return np.array([calls_of(one) for one in configurations], dtype=np.intp)
