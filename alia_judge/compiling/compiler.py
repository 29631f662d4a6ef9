"""`compile_judge`: the best judge for the money."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from alia_judge._version import __version__
from alia_judge.benchmark.split import Split
from alia_judge.compiling.budget import Budget
from alia_judge.compiling.conclusion import conclude
from alia_judge.compiling.learning import LearningSet
from alia_judge.compiling.objective import Objective, Statistic
from alia_judge.compiling.result import CompileResult, Deployed, Single
from alia_judge.compiling.search import Search, SearchProgress
from alia_judge.compiling.space import SearchSpace
from alia_judge.compiling.stacked import StackedJudge
from alia_judge.compiling.storage import open_storage, without_password
from alia_judge.compiling.study import SearchStudy
from alia_judge.errors import Interrupted, UsageError
from alia_judge.models.source import JudgmentSource
from alia_judge.records import Configuration, Item, Judgments

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge

__all__ = ["DEFAULT_STORAGE", "CompiledJudge", "Predictions", "ReadoutName", "compile_judge"]

#: Where a study is kept if nobody says where.
DEFAULT_STORAGE = "sqlite:///alia-judge.db"

#: What a deployed judge may read.
ReadoutName = Literal["verdicts", "surface"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """Scores of n items by the judges of a search; higher is better.

    Parameters
    ----------
    item_ids
        The items.
    single, deployed
        Shape (n,); NaN is unscored.
    """

    item_ids: tuple[str, ...]
    single: NDArray[np.float64]
    deployed: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class CompiledJudge:
    """What a search deploys.

    Parameters
    ----------
    result
        What was found, as JSON-able figures.
    source
        Where verdicts come from.
    build
        Makes the `Judge` of a configuration; None for recorded configurations, which have no model.
    conclude
        Fits the judges to the verdicts of the search, ``conclude(deploy_calls=, surface=)``; None where the search is
        not at hand, as in one that was loaded.
    chance
        The objective of a judge that sees nothing of the items.
    """

    result: CompileResult
    source: JudgmentSource
    build: Callable[[Configuration], Judge] | None = None
    conclude: Callable[..., tuple[Single, Deployed]] | None = None
    chance: float = 0.0

    @property
    def single(self) -> Single:
        """The best judge of one configuration."""
        return self.result.single

    @property
    def deployed(self) -> Deployed:
        """The best judge of several configurations."""
        return self.result.deployed

    @cached_property
    def module(self) -> Judge | StackedJudge:
        """The deployed judge as a DSPy module: what `evaluate_judge` runs and `publish_judge` publishes.

        Where the search deploys surface features alone, it is the single judge: that is no judge to publish.

        Raises
        ------
        UsageError
            If the configurations were recorded: there is no model to ask.
        """
        if self.build is None or not self.deployed.stack.configurations:
            return self.judge
        return StackedJudge(self.deployed.stack, [self.build(member) for member in self.deployed.stack.configurations])

    def __call__(self, **texts: Any) -> Any:
        """Judge one response with the deployed judge; the parameters are those of `Judge.forward`."""
        return self.module(**texts)

    @property
    def judge(self) -> Judge:
        """The best judge of one configuration as a DSPy module, with its fitted readout.

        Raises
        ------
        UsageError
            If the configurations were recorded: there is no model to ask.
        """
        if self.build is None:
            raise UsageError(
                "a recorded configuration has no model to ask; search live to get a judge that can be called"
            )
        judge = self.build(self.single.configuration)
        judge.readout = self.single.readout
        return judge

    def redeploy(
        self, *, deploy_calls: int | None = None, readouts: Sequence[ReadoutName] = ("verdicts",)
    ) -> CompiledJudge:
        """The same search with another bound on calls an item or other readouts: fitted anew, at no call.

        Raises
        ------
        UsageError
            If a readout is unknown or `deploy_calls` below 1.
        """
        _check(readouts, deploy_calls, 0.0)
        if self.conclude is None:
            raise UsageError("the verdicts of the search are not at hand; run the same search again, which is free")
        single, deployed = self.conclude(deploy_calls=deploy_calls, surface="surface" in readouts)
        found, why = _verdict(single, deployed, self.chance)
        return replace(self, result=replace(self.result, single=single, deployed=deployed, found=found, why=why))

    def predict(self, items: Sequence[Item]) -> Predictions:
        """Score items with the single and the deployed judge. What this pays for is no part of the search."""
        judged: dict[Configuration, Judgments] = {}

        def verdicts(configuration: Configuration) -> Judgments:
            if configuration not in judged:
                judged[configuration] = self.source.judge(configuration, items)
            return judged[configuration]

        raw = self.single.readout.predict(verdicts(self.single.configuration))
        stack = self.deployed.stack
        return Predictions(
            item_ids=tuple(item.item_id for item in items),
            single=self.source.scale.oriented(raw),
            deployed=stack.predict([verdicts(member) for member in stack.configurations], items),
        )


def compile_judge(
    judge: Judge | None = None,
    *,
    train: Split,
    dev: Split | None = None,
    space: SearchSpace | None = None,
    budget: Budget,
    objective: Objective | Statistic = "spearman",
    source: JudgmentSource | None = None,
    readouts: Sequence[ReadoutName] = ("verdicts",),
    deploy_calls: int | None = None,
    crossed: Sequence[str] = (),
    stop_gain: float = 0.0,
    storage: str = DEFAULT_STORAGE,
    study: str | None = None,
    verdicts: str | Path | None = None,
    seed: int = 0,
    progress: Callable[[SearchProgress], None] | None = None,
) -> CompiledJudge:
    """Search for the judge that agrees best with people, within a budget.

    The figure that is maximised is a statistic of the whole set, not a mean over items. Verdicts are paid for where
    they decide: every candidate on a few items that stand for all, a diverse few on many, then whoever may still win.
    Everything is kept in an Optuna study; the same call resumes it, and several processes may share it.

    Parameters
    ----------
    judge
        What the space varies; None with a recorded source.
    train, dev
        What may be learnt from. Demonstrations come from train only. Folds are made over the groups of both, so `dev`
        may be empty or None.
    space
        What to search; None is `SearchSpace.around` the judge, or everything a recorded source holds for the
        criterion.
    budget
        What may be spent.
    objective
        What is maximised.
    source
        Where verdicts come from; None asks the judge's models live.
    readouts
        What the deployed judge may read: ``"verdicts"``, and ``"surface"`` for surface features beside them.
    deploy_calls
        Most calls an item that the deployed judge may take; None for no bound.
    crossed
        ``"system"``, or names in `Item.extra`: folds then overlap neither in groups nor in these, so that a readout
        is not rewarded for recognising a system.
    stop_gain
        Stop when the next hundred calls are expected to gain less than this; 0 spends the budget.
    storage
        URL of an Optuna storage (``"sqlite:///study.db"``, ``"postgresql://..."``), the path of a journal file, or
        ``":memory:"``.
    study
        Name of the study; None names it after what is searched, so that the same call finds it again.
    verdicts
        SQLite file that keeps live verdicts; None keeps it beside an SQLite study, else in memory.
    seed
        Of every random decision.
    progress
        Called after every round.

    Returns
    -------
    CompiledJudge

    Raises
    ------
    UsageError
        If the options do not fit together, there is nothing to learn from, or the study holds another search.
    BudgetError
        If the budget pays for too little to name any configuration.
    Interrupted
        On Ctrl-C; the study keeps every verdict.
    """
    goal = objective if isinstance(objective, Objective) else Objective(statistic=objective)
    _check(readouts, deploy_calls, stop_gain)
    space = space or _default_space(judge, source, train)
    configurations = space.configurations(train, seed=seed)
    if not configurations:
        raise UsageError("the search space is empty; give it at least one configuration")
    learning = LearningSet.of(train, dev, goal, crossed=tuple(crossed), shown=space.demo_items(train, seed), seed=seed)
    build = None
    if source is None:
        source, build = _live(judge, space, train, storage, verdicts)
    header = {
        "objective": goal.to_dict(),
        "criterion": train.criterion,
        "items": learning.digest,
        "candidates": _digest([configuration.key for configuration in configurations]),
        "seed": seed,
    }
    name = study or f"{train.criterion} {goal.name} {_digest(header)}"
    records = SearchStudy(open_storage(storage), name, header, configurations)
    search = Search(
        configurations=configurations,
        learning=learning,
        objective=goal,
        source=source,
        study=records,
        budget=budget,
        prices=_prices(source, configurations),
        stop_gain=stop_gain,
        seed=seed,
        progress=progress,
    )
    try:
        standing = search.run()
    except KeyboardInterrupt:
        raise Interrupted(
            f"study {name!r} keeps the {search.paid} calls paid; run the same command again to go on"
        ) from None
    finish = partial(conclude, search.evidence, standing, configurations, learning, goal)
    single, deployed = finish(deploy_calls=deploy_calls, surface="surface" in readouts)
    found, why = _verdict(single, deployed, goal.chance(learning.target))
    return CompiledJudge(
        result=CompileResult(
            budget=budget.calls,
            paid=search.paid,
            replayed=search.replayed,
            cost=None if np.isnan(search.cost) else search.cost,
            trials=search.trials,
            split={"train": len(train), "dev": 0 if dev is None else len(dev)},
            objective=goal.name,
            single=single,
            deployed=deployed,
            found=found,
            why=why,
            stopped=search.stopped,
            curve=tuple(search.curve),
            study=name,
            storage=without_password(storage),
            signature=_signature(goal, budget, readouts, deploy_calls, crossed, stop_gain, seed, learning),
        ),
        source=source,
        conclude=finish,
        build=build,
        chance=goal.chance(learning.target),
    )


def _check(readouts: Sequence[str], deploy_calls: int | None, stop_gain: float) -> None:
    unknown = set(readouts) - {"verdicts", "surface"}
    if unknown:
        raise UsageError(f"readouts are 'verdicts' and 'surface', got {', '.join(map(repr, sorted(unknown)))}")
    if deploy_calls is not None and deploy_calls < 1:
        raise UsageError(f"deploy_calls must be at least 1, got {deploy_calls}")
    if stop_gain < 0:
        raise UsageError(f"stop_gain must not be negative, got {stop_gain}")


def _default_space(judge: Judge | None, source: JudgmentSource | None, train: Split) -> SearchSpace:
    from alia_judge.models.bank import RecordedBank

    if isinstance(source, RecordedBank):
        recorded = source.select(criterion=train.criterion)
        if not recorded:
            raise UsageError(f"the bank has no configuration for {train.criterion!r}")
        return SearchSpace(recorded=recorded)
    if judge is None:
        raise UsageError("compile_judge needs a judge, or a recorded source")
    return SearchSpace.around(judge)


def _live(
    judge: Judge | None, space: SearchSpace, train: Split, storage: str, verdicts: str | Path | None
) -> tuple[JudgmentSource, Callable[[Configuration], Judge]]:
    from alia_judge.runner import LiveSource, VerdictStore

    if judge is None or space.recorded:
        raise UsageError("recorded configurations need the source they were recorded in; pass source=")
    template = judge

    def build(configuration: Configuration) -> Judge:
        return space.build(configuration, template, train)

    prefix = "sqlite:///"
    beside = Path(storage.removeprefix(prefix)).with_suffix(".verdicts.db") if storage.startswith(prefix) else None
    path = Path(verdicts) if verdicts is not None else beside
    return LiveSource(build, judge.scale, store=VerdictStore(path)), build


def _prices(source: JudgmentSource, configurations: Sequence[Configuration]) -> NDArray[np.float64]:
    """Price of one call of each configuration, from sources that say; NaN elsewhere."""
    price = getattr(source, "price", None)
    if price is None:
        return np.full(len(configurations), np.nan)
    found = [price(configuration) for configuration in configurations]
    return np.array([np.nan if one is None else one for one in found], dtype=np.float64)


def _verdict(single: Single, deployed: Deployed, chance: float) -> tuple[bool, str]:
    """Whether there is anything to find; `chance` is what a judge has that sees nothing of the items."""
    best = max((single.dev, deployed.dev), key=lambda estimate: estimate.low)
    if best.low > chance:
        return True, f"the best judge's {best.statistic} on held-out groups is {best}, above {chance:.3g}"
    return False, (
        f"nothing found: the best judge's {best.statistic} on held-out groups is {best}, which may be {chance:.3g} or "
        "less; more calls on these candidates are unlikely to help"
    )


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]


def _signature(
    objective: Objective,
    budget: Budget,
    readouts: Sequence[str],
    deploy_calls: int | None,
    crossed: Sequence[str],
    stop_gain: float,
    seed: int,
    learning: LearningSet,
) -> str:
    parts = {
        "objective": objective.name,
        "calls": budget.calls,
        "cost": budget.cost,
        "readouts": "+".join(readouts),
        "deploy_calls": deploy_calls,
        "crossed": "+".join(crossed) or None,
        "stop_gain": stop_gain or None,
        "seed": seed,
        "items": len(learning),
        "version": __version__,
    }
    return "compile|" + "|".join(f"{name}:{value}" for name, value in parts.items() if value is not None)
