"""`compile_judge`: the best judge for the money. It prepares a search, searches, and concludes from what was found."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna

from alia_judge._advice import advice
from alia_judge._messages import message
from alia_judge._progress import in_notebooks, search_line
from alia_judge._version import __version__
from alia_judge.benchmark.split import Split
from alia_judge.benchmark.together import joined_splits
from alia_judge.compiling.budget import Budget
from alia_judge.compiling.compiled import CompiledJudge, Predictions, judge_of, outcome
from alia_judge.compiling.constraints.judge_measures import Prober
from alia_judge.compiling.constraints.measures import measure_name
from alia_judge.compiling.constraints.tracker import ConstraintTracker
from alia_judge.compiling.objective.criteria import CriteriaObjective
from alia_judge.compiling.objective.objective import Objective, Statistic
from alia_judge.compiling.options import Deployment, Proposals, Resampling, SearchOptions, from_former_names
from alia_judge.compiling.prepare import Prepared, prepare
from alia_judge.compiling.proposals.report import ProposalEntry, ProposalReport
from alia_judge.compiling.proposals.rounds import ProposalRounds
from alia_judge.compiling.race.learning_set import LearningSet
from alia_judge.compiling.race.racer import Standing
from alia_judge.compiling.race.search import Search, SearchProgress
from alia_judge.compiling.race.sources import account_for, account_no_more, calls_by_candidate, prices_of
from alia_judge.compiling.race.watched import DEPLOYED
from alia_judge.compiling.result import CompileResult
from alia_judge.compiling.selection.cascading import refuse_cascade
from alia_judge.compiling.selection.conclusion import Conclusion, FinalSelection
from alia_judge.compiling.selection.pareto import store_front
from alia_judge.compiling.space.build import demonstrations, rubric_of
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.compiling.spent import Spent
from alia_judge.compiling.stack.shares import shares_of
from alia_judge.compiling.study.rebuild import remember_judges, remember_learnt
from alia_judge.compiling.study.storage import keep_in, without_password
from alia_judge.compiling.study.study import SearchStudy
from alia_judge.compiling.study.tasks import OnceTasks
from alia_judge.errors import Interrupted, UsageError, expect
from alia_judge.learnt import LearntFrom
from alia_judge.models.source import JudgmentSource
from alia_judge.records import Configuration, Item

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge

__all__ = ["CompiledJudge", "Predictions", "Searched", "compile_judge", "conclude", "search"]


def compile_judge(
    judge: Judge | None = None,
    *,
    train: Split | Sequence[Split],
    dev: Split | Sequence[Split] | None = None,
    space: SearchSpace | None = None,
    budget: Budget,
    objective: Objective | Statistic | None = None,
    source: JudgmentSource | None = None,
    options: SearchOptions | None = None,
    deployment: Deployment | None = None,
    proposals: Proposals | int | None = None,
    resampling: Resampling | None = None,
    storage: str | None = None,
    study: str | None = None,
    seed: int = 0,
    progress: Callable[[SearchProgress], None] | None = None,
    **former: Any,
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
        may be empty or None. Several splits, one a criterion (`build_benchmarks`), tune one `CriteriaJudge` on all of
        them: its one call answers every criterion, each is read by a readout of its own, and the objective is the mean,
        or the worst, of theirs (``SearchOptions(over=...)``).
    space
        What to search; None is `SearchSpace.around` the judge, or everything a recorded source holds for the
        criterion.
    budget
        What may be spent.
    objective
        What is maximised; None is Spearman's correlation, of labels Cohen's kappa.
    source
        Where verdicts come from; None asks the judge's models live.
    options
        How the search goes and what it must keep to: constraints, further objectives, steps that a model writes.
    deployment
        What the deployed judge may read, and how many calls an item it may take; None is verdicts, and
        the fewest calls whose figure is within a standard error of the best of those of five at most.
    proposals
        Who writes new rubrics, before the search and on the way, how many and how often; None is nobody.
    resampling
        Folds, resamples and permutations behind the figures.
    storage
        URL of an Optuna storage (``"sqlite:///study.db"``, ``"postgresql://..."``), the path of a journal file, or
        ``":memory:"``. None is an SQLite file in the working directory, named after the study.
    study
        Name of the study; None names it after the whole question (`StudyIdentity`), so that the same call finds it
        again and another one does not. A name that belongs to another question is refused, but for a server that has
        moved to another address.
    seed
        Of every random decision: candidates, order of items, folds, resamples, permutations and blind scores.
    progress
        Called after every round; None shows a line below a notebook's cell, and elsewhere nothing.
    former
        Options by the names that they had before 0.2 (``deploy_calls=``, ``readouts=``, ``constraints=`` ...), each
        with a `DeprecationWarning` that says the new one.

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

    See Also
    --------
    prepare, search, conclude : its three steps.

    Examples
    --------
    >>> import alia_judge as aj
    >>> benchmark = aj.build_benchmark(aj.load_sample(), criterion="helpfulness")
    >>> judge = aj.Judge(aj.builtin_rubric("helpfulness", "es"), lm="openai/gpt-4o-mini")
    >>> tuned = aj.compile_judge(
    ...     judge, train=benchmark.train, dev=benchmark.dev, budget=aj.Budget(calls=40), storage="sqlite:///study.db"
    ... )
    >>> tuned.result.paid <= 40, tuned.result.objective
    (True, 'spearman')
    """
    learning: Split = _joined(train, judge)
    choosing: Split | None = _joined(dev, judge)
    _refuse_other_types(judge, train=learning, dev=choosing, space=space, budget=budget)
    for name, given, kind in (
        ("options", options, SearchOptions),
        ("deployment", deployment, Deployment),
        ("proposals", proposals, (Proposals, int)),
        ("resampling", resampling, Resampling),
    ):
        if given is not None:
            expect(name, given, kind, f"{name.title() if name != 'options' else 'SearchOptions'}(...)")
    if source is not None and not hasattr(source, "judge"):
        raise UsageError(
            message(
                "source is of type {kind}; give RecordedBank.open(FOLDER), or leave it out", kind=type(source).__name__
            )
        )
    storage = _as_storage(storage)
    options, deployment, proposals = from_former_names("compile_judge", former, options, deployment, proposals)
    if deployment.cascading is not None:
        refuse_cascade(learning.scale, several=bool(learning.parts), held=bool(options.constraints or options.pareto))
    if options.over != "mean" and (not learning.parts or isinstance(objective, CriteriaObjective)):
        named = advice(python=f"over={options.over!r}", command=f"--over {options.over}")
        raise UsageError(
            message(
                "{named} says what becomes of several criteria's figures; leave it out of a search on "
                "one criterion, and of one whose objective is a CriteriaObjective, which says so "
                "itself",
                named=named,
            )
        )
    objective = (
        CriteriaObjective.over(learning.parts, objective, options.over)
        if learning.parts and not isinstance(objective, CriteriaObjective)
        else Objective.of_ratings(objective, learning.scale)
    )
    prepared = prepare(
        judge,
        train=learning,
        dev=choosing,
        space=space,
        budget=budget,
        objective=objective,
        source=source,
        storage=storage,
        study=study,
        seed=seed,
        options=options,
        deployment=deployment,
        proposals=proposals,
        resampling=resampling or Resampling(),
    )
    return conclude(prepared, search(prepared, progress or in_notebooks(search_line)))


def _joined(given: Any, judge: Any) -> Any:
    """The splits of several criteria as one, on the scale of what the judge says of the whole."""
    if not isinstance(given, (list, tuple)) or not given or not all(isinstance(one, Split) for one in given):
        return given
    return joined_splits(given, getattr(judge, "scale", None)) if len(given) > 1 else given[0]


def _refuse_other_types(judge: Any, *, train: Any, dev: Any, space: Any, budget: Any) -> None:
    """What is something else than it should be, with what to give instead."""
    expect("train", train, Split, "benchmark.train, of build_benchmark(ratings, criterion=...)")
    expect("dev", dev, (Split, type(None)), "benchmark.dev, of build_benchmark(ratings, criterion=...)")
    expect("budget", budget, Budget, "Budget(calls=...)")
    expect("space", space, (SearchSpace, type(None)), "SearchSpace(rubrics=...)")
    if judge is not None and not hasattr(judge, "configuration"):
        raise UsageError(message("judge is of type {kind}; give Judge(rubric, lm)", kind=type(judge).__name__))


def _as_storage(storage: Any) -> str | None:
    """A storage as it is written; a path may be one."""
    if storage is None or isinstance(storage, (str, os.PathLike)):
        return None if storage is None else str(storage)
    raise UsageError(
        message(
            "storage is a URL or a path, got {kind}; other processes must be able to open it: "
            "give 'sqlite:///study.db', 'postgresql://...', the path of a journal, or ':memory:'",
            kind=type(storage).__name__,
        )
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Searched:
    """A search that has ended.

    Parameters
    ----------
    search, standing
        The last part of it, and where it stands.
    configurations, learning
        The candidates, proposed ones included, and the items with those marked that a proposal's author saw.
    entries, beside
        What was proposed, and what was spent on other things than verdicts.
    tasks
        What was asked of models once.
    """

    search: Search
    standing: Standing
    configurations: tuple[Configuration, ...]
    learning: LearningSet
    entries: tuple[ProposalEntry, ...]
    beside: Spent
    tasks: OnceTasks


def search(prepared: Prepared, progress: Callable[[SearchProgress], None] | None = None) -> Searched:
    """Spend the budget on verdicts, and on proposals between them where somebody proposes.

    Raises
    ------
    Interrupted
        On Ctrl-C; the study keeps every verdict.
    """
    begin = partial(_begin, prepared, progress)
    first = _records(prepared, prepared.configurations)
    account_for(prepared.source, first, prepared.identity)
    tasks = OnceTasks(first)
    try:
        if prepared.proposals.proposer is None:
            under_way = begin(prepared.configurations, 1.0, prepared.eligible, prepared.before)
            return Searched(
                search=under_way,
                standing=under_way.run(),
                configurations=prepared.configurations,
                learning=prepared.learning,
                entries=(),
                beside=prepared.before,
                tasks=tasks,
            )
        rounds = ProposalRounds(
            begin,
            prepared.configurations,
            prepared.learning,
            prepared.plan(),
            tasks,
            prepared.eligible,
            prepared.before,
        )
        last, standing, configurations, learning = rounds.run()
        return Searched(
            search=last,
            standing=standing,
            configurations=configurations,
            learning=learning,
            entries=tuple(rounds.entries),
            beside=rounds.beside,
            tasks=tasks,
        )
    except KeyboardInterrupt:
        raise Interrupted(
            message("study {study!r} keeps every verdict; run the same command again to go on", study=prepared.study)
        ) from None
    finally:
        account_no_more(prepared.source)


def conclude(prepared: Prepared, searched: Searched) -> CompiledJudge:
    """Name the judges, estimate them on held-out groups, and say whether anything was found.

    Raises
    ------
    BudgetError
        If there are too few verdicts to name any configuration.
    """
    last, build, objective = searched.search, prepared.build, prepared.objective
    deployment, surface = prepared.deployment, prepared.deployment.surface
    prober = Prober(
        searched.tasks,
        prepared.learning.items,
        getattr(prepared.source, "store", None),
        prepared.budget,
        lambda: Spent.total([Spent(calls=last.paid, cost=last.cost), searched.beside]),
    )
    selection = FinalSelection(
        last.table,
        searched.standing,
        searched.configurations,
        searched.learning,
        objective,
        tracker=last.tracker,
        module=None if build is None else partial(judge_of, build=build),
        prober=prober,
        prices=prices_of(prepared.source, searched.configurations),
        n_resamples=prepared.resampling.n_resamples,
        n_permutations=prepared.resampling.n_permutations,
        seed=prepared.seed,
    )
    ended = selection.conclude(deploy_calls=deployment.calls, surface=surface, cascading=deployment.cascading)
    if ended.front is not None:
        store_front(prepared.opened, prepared.study, ended.front)
    chance = objective.chance(prepared.learning.target, seed=prepared.seed)
    items = (*prepared.train.items, *(() if prepared.dev is None else prepared.dev.items))
    compiled = CompiledJudge(
        result=CompileResult(
            budget=prepared.budget.calls,
            paid=last.paid + last.untold + searched.beside.calls + prober.spent.calls,
            replayed=last.replayed,
            cost=_known(last.cost + searched.beside.cost + prober.spent.cost),
            trials=last.trials,
            split={"train": len(prepared.train), "dev": 0 if prepared.dev is None else len(prepared.dev)},
            objective=objective.name,
            stopped=last.stopped,
            curve=tuple(last.curve),
            study=prepared.study,
            storage=without_password(prepared.storage),
            signature=_signature(prepared),
            steps=prepared.steps,
            proposals=ProposalReport.of(
                searched.entries,
                next(iter(prepared.authors), None),
                ended.single.configuration,
                prepared.drafts,
                None if prepared.judge is None else rubric_of(ended.single.configuration, prepared.judge),
            ),
            **outcome(ended, chance),
        ),
        source=prepared.source,
        conclude=selection.conclude,
        build=build,
        chance=chance,
        learnt=prepared.learnt if build is not None else _with_shown(prepared.learnt, ended, items, prepared.train),
    )
    with contextlib.suppress(KeyError):  # a study that was deleted meanwhile has nowhere to keep it
        study = optuna.load_study(study_name=prepared.study, storage=prepared.opened)
        keep_in(study, DEPLOYED, [list(one) for one in shares_of(ended.deployed.stack)])
        for name, found in compiled.result.in_short.items():  # beside what the dashboard takes for the best trial
            study.set_user_attr(name, found)
    return compiled


def _records(prepared: Prepared, candidates: Sequence[Configuration]) -> SearchStudy:
    return SearchStudy(prepared.opened, prepared.study, prepared.identity.header(), candidates, prepared.authors)


def _begin(
    prepared: Prepared,
    progress: Callable[[SearchProgress], None] | None,
    candidates: Sequence[Configuration],
    share: float,
    pool: Sequence[int] | None,
    beside: Spent,
) -> Search:
    """A part of the search: some candidates, for a share of the budget of which `beside` went to other things."""
    options, learning = prepared.options, prepared.learning
    prices = prices_of(prepared.source, candidates)
    records = _records(prepared, candidates)
    remember_learnt(records.optuna_study, prepared.learnt)
    if prepared.judge is not None and prepared.build is not None:
        remember_judges(records.optuna_study, prepared.judge, candidates, prepared.train, demonstrations)
    tracker = None
    if options.constraints or options.pareto:
        tracker = ConstraintTracker(options.constraints, options.pareto, learning.target, learning.surface, prices)
    prepared.under_way.search = Search(
        configurations=candidates,
        learning=learning,
        objective=prepared.objective,
        source=prepared.source,
        study=records,
        budget=prepared.for_verdicts.part(share, less=[beside]),
        prices=prices,
        stop_gain=options.stop_gain,
        seed=prepared.seed,
        progress=progress,
        tracker=tracker,
        pool=pool,
        calls=calls_by_candidate(prepared.source, candidates),
        whole=prepared.budget,
        beside=beside,
    )
    return prepared.under_way.search


def _with_shown(learnt: LearntFrom | None, ended: Conclusion, items: Sequence[Item], train: Split) -> LearntFrom | None:
    """The record with what the recorded configurations that were chosen had been shown, which only their ids tell."""
    chosen = [ended.single.configuration, *ended.deployed.stack.configurations]
    known = {item.item_id for item in items}
    shown = {one for configuration in chosen for one in configuration.parameters.get("demo_item_ids", ())} - known
    beside = LearntFrom.items_of([Item(item_id=str(one)) for one in sorted(map(str, shown))], train.origin)
    return LearntFrom.all_of([learnt, beside])


def _known(cost: float) -> float | None:
    return None if np.isnan(cost) else cost


def _signature(prepared: Prepared) -> str:
    """The settings that change the figures, one line; those of `Resampling` where they are not the usual ones."""
    options, deployment, usual = prepared.options, prepared.deployment, Resampling()
    parts = {
        "objective": prepared.objective.name,
        "calls": prepared.budget.calls,
        "cost": prepared.budget.cost,
        "readouts": "+".join(deployment.reads),
        "deploy_calls": deployment.calls,
        "cascade": deployment.cascade or None,
        "risk": deployment.risk and f"{deployment.risk:g} beyond {deployment.tolerance:g}",
        "item_cost": deployment.cost,
        "crossed": "+".join(options.crossed) or None,
        "stop_gain": options.stop_gain or None,
        "constraints": "; ".join(map(str, options.constraints)) or None,
        "pareto": "+".join(map(measure_name, options.pareto)) or None,
        **{name: value for name, value in vars(prepared.resampling).items() if value != getattr(usual, name)},
        "seed": prepared.seed,
        "items": len(prepared.learning),
        "version": __version__,
    }
    return "compile|" + "|".join(f"{name}:{value}" for name, value in parts.items() if value is not None)
