"""`compile_judge`: the best judge for the money."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from alia_judge._version import __version__
from alia_judge.benchmark.split import Split
from alia_judge.compiling.budget import Budget, DeployCalls, most_calls
from alia_judge.compiling.compiled import (
    CompiledJudge,
    Predictions,
    ReadoutName,
    check_deployment,
    judge_of,
    outcome,
)
from alia_judge.compiling.constraints.constraint import Constraint
from alia_judge.compiling.constraints.judge_measures import Prober, probing_reserve
from alia_judge.compiling.constraints.measures import MeasureName, measure_name
from alia_judge.compiling.constraints.tracker import ConstraintTracker
from alia_judge.compiling.objective.objective import Objective, Statistic
from alia_judge.compiling.proposals.proposers import Proposer
from alia_judge.compiling.proposals.report import ProposalEntry, ProposalReport
from alia_judge.compiling.proposals.rounds import ProposalPlan, ProposalRounds
from alia_judge.compiling.proposals.steps import StepsReport, with_written_steps
from alia_judge.compiling.race.learning_set import LearningSet
from alia_judge.compiling.race.search import Search, SearchProgress
from alia_judge.compiling.race.sources import (
    account_for,
    calls_by_candidate,
    default_space,
    live_source,
    prices_of,
    try_each_way,
)
from alia_judge.compiling.result import CompileResult
from alia_judge.compiling.selection.conclusion import Conclusion, FinalSelection
from alia_judge.compiling.selection.pareto import store_front
from alia_judge.compiling.space.build import calls_of, demonstrations, rubric_of, with_rubric
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.compiling.spent import Spent
from alia_judge.compiling.study.former import tell_of_former_default, tell_of_former_studies
from alia_judge.compiling.study.identity import StudyIdentity, fingerprint
from alia_judge.compiling.study.rebuild import remember_judges, remember_learnt
from alia_judge.compiling.study.storage import (
    DEFAULT_VERDICTS,
    open_storage,
    storage_of,
    verdicts_beside,
    without_password,
)
from alia_judge.compiling.study.study import SearchStudy
from alia_judge.compiling.study.tasks import OnceTasks
from alia_judge.errors import Interrupted, UsageError
from alia_judge.learnt import LearntFrom
from alia_judge.models.source import JudgmentSource
from alia_judge.records import Configuration, Item

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.kinds import CompositeJudge
    from alia_judge.runner import Progress

__all__ = ["CompiledJudge", "Predictions", "ReadoutName", "compile_judge"]


def compile_judge(
    judge: Judge | None = None,
    *,
    train: Split,
    dev: Split | None = None,
    space: SearchSpace | None = None,
    budget: Budget,
    objective: Objective | Statistic | None = None,
    source: JudgmentSource | None = None,
    readouts: Sequence[ReadoutName] = ("verdicts",),
    deploy_calls: DeployCalls = None,
    crossed: Sequence[str] = (),
    stop_gain: float = 0.0,
    constraints: Sequence[Constraint] = (),
    pareto: Sequence[MeasureName | Objective] = (),
    steps: Any | None = None,
    proposer: Proposer | None = None,
    proposals: int = 4,
    proposal_rounds: int = 1,
    comments: Mapping[str, Sequence[str]] | None = None,
    storage: str | None = None,
    study: str | None = None,
    verdicts: str | Path | None = None,
    concurrency: int | None = None,
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
        What is maximised; None is Spearman's correlation, of labels Cohen's kappa.
    source
        Where verdicts come from; None asks the judge's models live.
    readouts
        What the deployed judge may read: ``"verdicts"``, and ``"surface"`` for surface features beside them.
    deploy_calls
        Most calls an item that the deployed judge may take; ``"all"`` for no bound. None is what a user would buy: the
        fewest calls whose held-out figure is within a standard error of the best of those of five at most.
    crossed
        ``"system"``, or names in `Item.extra`: folds then overlap neither in groups nor in these, so that a readout
        is not rewarded for recognising a system.
    stop_gain
        Stop when the next hundred calls are expected to gain less than this; 0 spends the budget.
    constraints
        Bounds on coverage, cost, latency, bias or anything measured: candidates that all but certainly break one get
        no more calls, and no judge that breaks one is named while there is another.
    pareto
        Further objectives (``"cost"``, ``"length_bias"``, another `Objective` ...): the search then spends on whoever
        may be on the front, and ``result.front`` holds the judges to `pick` from.
    steps
        Who writes evaluation steps for the rubrics that have none, once and before anything is judged: a `dspy.LM`, or
        a name that `resolve_lm` knows. They are tried beside going without, and its calls are part of the budget.
    proposer
        Who writes new rubrics while the search is under way, from train items on which the best judge and people
        differ (`RubricProposer`, `DSPyProposer`, or your own); its calls and dollars are part of the budget. None:
        nobody.
    proposals
        How many rubrics to ask it for, each round.
    proposal_rounds
        How often: once, when half of the budget is spent; twice, after a third and two thirds; and so on.
    comments
        What annotators wrote of an item, by its id, for the proposer to read.
    storage
        URL of an Optuna storage (``"sqlite:///study.db"``, ``"postgresql://..."``), the path of a journal file, or
        ``":memory:"``. None is an SQLite file in the working directory, named after the study.
    study
        Name of the study; None names it after the whole question (`StudyIdentity`), so that the same call finds it
        again and another one does not. A name that belongs to another question is refused, but for a server that has
        moved to another address.
    verdicts
        SQLite file that keeps live verdicts; None keeps them beside the study (`verdicts_beside`).
    concurrency
        Calls in flight; None is as `RunOptions` has it.
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
        If the options do not fit together, there is nothing to learn from, or the study of that name holds another
        search.
    BudgetError
        If the budget pays for too little to name any configuration.
    Interrupted
        On Ctrl-C; the study keeps every verdict.
    """
    goal = Objective.of_ratings(objective, train.scale)
    check_deployment(readouts, deploy_calls)
    if stop_gain < 0:
        raise UsageError(f"stop_gain must not be negative, got {stop_gain}")
    for measure in pareto:
        measure_name(measure)
    if judge is not None and hasattr(judge, "on_scale"):
        judge = judge.on_scale(train.scale)  # asked on its rubric's points, its verdicts on the scale of the ratings
    space = space or default_space(judge, source, train)
    searched = partial(
        _searched,
        train=train,
        dev=dev,
        goal=goal,
        crossed=tuple(crossed),
        judge=judge,
        source=source,
        seed=seed,
        constraints=list(constraints) or None,
        pareto=list(pareto) or None,
        proposer=proposer,
        proposals=None if proposer is None else [proposals, proposal_rounds, comments or {}],
    )
    found = searched(space) if steps is None else None
    kept = verdicts if verdicts is not None else verdicts_beside(storage)
    if storage is None:
        tell_of_former_default(DEFAULT_VERDICTS)
        # Steps that are yet to be written are kept where the study will be, which is named before they are known.
        named = found[2].digest if found is not None else fingerprint([space, steps, train, dev])[:12]
        storage = storage_of(study or f"{train.criterion} {goal.name} {named}")
    opened = open_storage(storage)
    written: StepsReport | None = None
    if steps is not None:
        if judge is None or source is not None:
            raise UsageError("steps are written for a judge's rubrics; recorded verdicts were asked by theirs")
        space, written = with_written_steps(space, judge, steps, opened)
    configurations, learning, identity = found or searched(space)
    before = Spent() if written is None else written.spent
    items = (*train.items, *(() if dev is None else dev.items))
    before_it = LearntFrom() if judge is None else judge.learnt
    learnt = LearntFrom.all_of([LearntFrom.items_of(items, train.origin), before_it])
    build = None
    under_way: list[Search] = []
    if source is None:

        def tick(run: Progress) -> None:
            for search in under_way:
                search.tick(run.paid, run.trouble)

        source, build = live_source(judge, space, train, kept, tick, concurrency)
        try_each_way(build, configurations)
    header = identity.header()
    name = study or f"{train.criterion} {goal.name} {identity.digest}"
    store = getattr(source, "store", None)
    tell_of_former_studies(
        opened, f"{train.criterion} {goal.name} ", name, kept if store is not None and len(store) else None
    )
    authors = () if proposer is None else (proposer.author,)
    asked = source

    reserve = probing_reserve(constraints, pareto, budget)
    if reserve.calls and build is None:
        raise UsageError("a probe changes items and asks again; recorded verdicts hold no model to ask")
    for_verdicts = budget.part(1.0, less=[reserve])
    # Who takes more calls an item than are allowed can neither be named nor be in a stack.
    most = most_calls(deploy_calls)
    within = [place for place, one in enumerate(configurations) if calls_of(one) <= (most or calls_of(one))]
    if not within:
        raise UsageError(
            f"every configuration takes more than {most} calls an item; allow more with deploy_calls, or search others"
        )
    eligible = None if len(within) == len(configurations) else within

    def begin(candidates: Sequence[Configuration], share: float, pool: Sequence[int] | None, beside: Spent) -> Search:
        prices = prices_of(asked, candidates)
        bound = bool(constraints or pareto)
        records = SearchStudy(opened, name, header, candidates, authors)
        remember_learnt(records.optuna_study, learnt)
        if judge is not None and build is not None:
            remember_judges(records.optuna_study, judge, candidates, train, demonstrations)
        search = Search(
            configurations=candidates,
            learning=learning,
            objective=goal,
            source=asked,
            study=records,
            budget=for_verdicts.part(share, less=[beside]),
            prices=prices,
            stop_gain=stop_gain,
            seed=seed,
            progress=progress,
            tracker=ConstraintTracker(constraints, pareto, learning.target, learning.surface, prices)
            if bound
            else None,
            pool=pool,
            calls=calls_by_candidate(asked, candidates),
            whole=budget,
            beside=beside,
        )
        under_way[:] = [search]
        return search

    entries: tuple[ProposalEntry, ...] = ()
    first = SearchStudy(opened, name, header, configurations, authors)
    account_for(asked, first, identity)
    tasks = OnceTasks(first)
    try:
        if proposer is None:
            candidates, known, beside = configurations, learning, before
            search = begin(configurations, 1.0, eligible, beside)
            standing = search.run()
        else:
            plan = _plan(proposer, proposals, proposal_rounds, comments or {}, judge, build, train)
            rounds = ProposalRounds(begin, configurations, learning, plan, tasks, eligible, before)
            search, standing, candidates, known = rounds.run()
            entries, beside = tuple(rounds.entries), rounds.beside
    except KeyboardInterrupt:
        raise Interrupted(f"study {name!r} keeps every verdict; run the same command again to go on") from None
    prober = Prober(
        tasks,
        learning.items,
        getattr(asked, "store", None),
        budget,
        lambda: Spent.total([Spent(calls=search.paid, cost=search.cost), beside]),
    )
    selection = FinalSelection(
        search.table,
        standing,
        candidates,
        known,
        goal,
        tracker=search.tracker,
        module=None if build is None else partial(judge_of, build=build),
        prober=prober,
    )
    ended = selection.conclude(deploy_calls=deploy_calls, surface="surface" in readouts)
    if ended.front is not None:
        store_front(opened, name, ended.front)
    chance = goal.chance(learning.target)
    return CompiledJudge(
        result=CompileResult(
            budget=budget.calls,
            paid=search.paid + search.untold + beside.calls + prober.spent.calls,
            replayed=search.replayed,
            cost=_known(search.cost + beside.cost + prober.spent.cost),
            trials=search.trials,
            split={"train": len(train), "dev": 0 if dev is None else len(dev)},
            objective=goal.name,
            stopped=search.stopped,
            curve=tuple(search.curve),
            study=name,
            storage=without_password(storage),
            signature=_signature(
                goal, budget, readouts, deploy_calls, crossed, stop_gain, seed, learning, search.tracker
            ),
            steps=written,
            proposals=ProposalReport.of(entries, next(iter(authors), None), ended.single.configuration),
            **outcome(ended, chance),
        ),
        source=source,
        conclude=selection.conclude,
        build=build,
        chance=chance,
        learnt=learnt if build is not None else _with_shown(learnt, ended, items, train),
    )


def _searched(
    space: SearchSpace,
    *,
    train: Split,
    dev: Split | None,
    goal: Objective,
    crossed: tuple[str, ...],
    judge: Judge | None,
    source: JudgmentSource | None,
    seed: int,
    **further: Any,
) -> tuple[tuple[Configuration, ...], LearningSet, StudyIdentity]:
    """The candidates, what they are compared on, and the question that a search of them asks."""
    configurations = space.configurations(train, seed=seed)
    if not configurations:
        raise UsageError("the search space is empty; give it at least one configuration")
    shown = space.demo_items(train, seed)
    learning = LearningSet.of(train, dev, goal, crossed=crossed, shown=shown, seed=seed)
    identity = StudyIdentity.of(
        objective=goal,
        criterion=train.criterion,
        items=learning.items,
        target=learning.target,
        groupings=learning.groupings,
        demonstrations=demonstrations([train.item_ids[place] for place in shown], train),
        configurations=configurations,
        judge=judge,
        source=source,
        seed=seed,
        **further,
    )
    return configurations, learning, identity


def _with_shown(learnt: LearntFrom | None, ended: Conclusion, items: Sequence[Item], train: Split) -> LearntFrom | None:
    """The record with what the recorded configurations that were chosen had been shown, which only their ids tell."""
    chosen = [ended.single.configuration, *ended.deployed.stack.configurations]
    known = {item.item_id for item in items}
    shown = {one for configuration in chosen for one in configuration.parameters.get("demo_item_ids", ())} - known
    beside = LearntFrom.items_of([Item(item_id=str(one)) for one in sorted(map(str, shown))], train.origin)
    return LearntFrom.all_of([learnt, beside])


def _plan(
    proposer: Proposer,
    n: int,
    rounds: int,
    comments: Mapping[str, Sequence[str]],
    judge: Judge | None,
    build: Callable[[Configuration], Judge | CompositeJudge] | None,
    train: Split,
) -> ProposalPlan:
    if build is None or judge is None:
        raise UsageError("new rubrics need models to ask; recorded verdicts hold none of them. Leave proposer out")
    if n < 1:
        raise UsageError(f"proposals must be at least 1, got {n}")
    if rounds < 1:
        raise UsageError(f"proposal_rounds must be at least 1, got {rounds}")
    return ProposalPlan(
        proposer=proposer,
        n=n,
        rounds=rounds,
        rubric_of=lambda configuration: rubric_of(configuration, judge),
        with_rubric=with_rubric,
        train_ids=frozenset(train.item_ids),
        comments=comments,
    )


def _known(cost: float) -> float | None:
    return None if np.isnan(cost) else cost


def _signature(
    objective: Objective,
    budget: Budget,
    readouts: Sequence[str],
    deploy_calls: DeployCalls,
    crossed: Sequence[str],
    stop_gain: float,
    seed: int,
    learning: LearningSet,
    tracker: ConstraintTracker | None,
) -> str:
    parts = {
        "objective": objective.name,
        "calls": budget.calls,
        "cost": budget.cost,
        "readouts": "+".join(readouts),
        "deploy_calls": deploy_calls,
        "crossed": "+".join(crossed) or None,
        "stop_gain": stop_gain or None,
        "constraints": "; ".join(map(str, tracker.constraints)) or None if tracker is not None else None,
        "pareto": "+".join(map(measure_name, tracker.pareto)) or None if tracker is not None else None,
        "seed": seed,
        "items": len(learning),
        "version": __version__,
    }
    return "compile|" + "|".join(f"{name}:{value}" for name, value in parts.items() if value is not None)
