"""`prepare`: everything that a search needs before it spends anything, checked and opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import optuna

from alia_judge._advice import advice
from alia_judge._messages import message
from alia_judge.benchmark.split import Split
from alia_judge.compiling.budget import Budget, DeployCalls, most_calls
from alia_judge.compiling.constraints.judge_measures import probing_reserve
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.options import Deployment, Proposals, Resampling, SearchOptions
from alia_judge.compiling.proposals.drafts import Drafts, with_drafted_rubrics
from alia_judge.compiling.proposals.rounds import ProposalPlan
from alia_judge.compiling.proposals.steps import StepsReport, with_written_steps
from alia_judge.compiling.race.learning_set import LearningSet
from alia_judge.compiling.race.search import Search
from alia_judge.compiling.race.sources import (
    calls_by_candidate,
    default_space,
    live_source,
    prices_are_told,
    prices_of,
    refuse_unpriced,
    try_each_way,
)
from alia_judge.compiling.selection.cascading import refuse_cost
from alia_judge.compiling.space.build import calls_of, demonstrations, rubric_of, with_rubric
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.compiling.spent import Spent
from alia_judge.compiling.study.former import tell_of_former_default, tell_of_former_studies
from alia_judge.compiling.study.identity import StudyIdentity, fingerprint
from alia_judge.compiling.study.storage import DEFAULT_VERDICTS, open_storage, storage_of, verdicts_beside
from alia_judge.errors import UsageError
from alia_judge.learnt import LearntFrom
from alia_judge.models.source import JudgmentSource
from alia_judge.records import Configuration

if TYPE_CHECKING:
    from alia_judge.compiling.proposals.brief import Drafter
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.kinds import CompositeJudge
    from alia_judge.runner import Progress

__all__ = ["Prepared", "UnderWay", "prepare"]


class UnderWay:
    """The search that a source's calls are for at the moment: it hears of them before they have come back."""

    def __init__(self) -> None:
        self.search: Search | None = None

    def __call__(self, run: Progress) -> None:
        """Tell it of calls."""
        if self.search is not None:
            self.search.tick(run.paid, run.trouble)


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """A search that can begin.

    Parameters
    ----------
    judge, train, dev, objective, budget, seed, options, deployment, proposals, resampling
        As `compile_judge` was given them.
    source, build
        Where verdicts come from, and what makes the judge of a configuration; `build` is None for recorded ones.
    configurations, learning
        The candidates, and the items they are compared on.
    eligible
        Candidates that may get calls, by index; None for all of them.
    for_verdicts
        The budget without what is set aside for measures that ask a judge.
    identity, study
        The question that is asked, and the name of the study of it.
    storage, opened
        Where the study is kept, as it is written and as it is open.
    steps, drafts
        What was written before the search; None where nothing was.
    learnt
        What a judge of this search has learnt from.
    under_way
        Tells the search of calls as they are made.
    """

    judge: Judge | None
    train: Split
    dev: Split | None
    objective: Objective
    budget: Budget
    seed: int
    options: SearchOptions
    deployment: Deployment
    proposals: Proposals
    resampling: Resampling
    source: JudgmentSource
    build: Callable[[Configuration], Judge | CompositeJudge] | None
    configurations: tuple[Configuration, ...]
    learning: LearningSet
    eligible: Sequence[int] | None
    for_verdicts: Budget
    identity: StudyIdentity
    study: str
    storage: str
    opened: optuna.storages.BaseStorage
    steps: StepsReport | None
    drafts: Drafts | None
    learnt: LearntFrom | None
    under_way: UnderWay

    @property
    def before(self) -> Spent:
        """What was spent before the search."""
        return Spent.total(one.spent for one in (self.steps, self.drafts) if one is not None)

    @property
    def authors(self) -> tuple[str, ...]:
        """Who may propose candidates."""
        proposer = self.proposals.proposer
        return () if proposer is None else (proposer.author,)

    def plan(self) -> ProposalPlan:
        """Who proposes, how much, and from what.

        Raises
        ------
        UsageError
            If there is no model to ask about what is proposed.
        """
        judge, proposer = self.judge, self.proposals.proposer
        if self.build is None or judge is None or proposer is None:
            raise UsageError(
                message("new rubrics need models to ask; recorded verdicts hold none of them. Leave proposer out")
            )
        return ProposalPlan(
            proposer=proposer,
            n=self.proposals.n,
            rounds=self.proposals.rounds,
            rubric_of=lambda configuration: rubric_of(configuration, judge),
            with_rubric=with_rubric,
            train_ids=frozenset(self.train.item_ids),
            comments=self.proposals.comments,
        )


def prepare(
    judge: Judge | None,
    *,
    train: Split,
    dev: Split | None,
    space: SearchSpace | None,
    budget: Budget,
    objective: Objective,
    source: JudgmentSource | None,
    storage: str | None,
    study: str | None,
    seed: int,
    options: SearchOptions,
    deployment: Deployment,
    proposals: Proposals,
    resampling: Resampling,
) -> Prepared:
    """Check what a search is asked, make its candidates, open its study and its source; parameters as `compile_judge`.

    Nothing is paid for but drafts of rubrics and evaluation steps, where a model is to write them.

    Raises
    ------
    UsageError
        If the options do not fit together, or there is nothing to search or to learn from.
    """
    if train.parts:
        judge = _of_criteria(judge, train, options, proposals, surface=deployment.surface)
    elif judge is not None and hasattr(judge, "on_scale"):
        judge = judge.on_scale(train.scale)  # asked on its rubric's points, its verdicts on the scale of the ratings
    space = space or default_space(judge, source, train)
    proposer = proposals.proposer
    searched = partial(
        _searched,
        train=train,
        dev=dev,
        objective=objective,
        crossed=tuple(options.crossed),
        judge=judge,
        source=source,
        seed=seed,
        n_folds=resampling.n_folds,
        constraints=list(options.constraints) or None,
        pareto=list(options.pareto) or None,
        proposer=proposer,
        proposals=None if proposer is None else [proposals.n, proposals.rounds, dict(proposals.comments)],
    )
    found = searched(space) if options.steps is None else None
    beginning = f"{train.criterion} {objective.statistic if train.parts else objective.name} "
    kept = options.verdicts if options.verdicts is not None else verdicts_beside(storage)
    if storage is None:
        tell_of_former_default(DEFAULT_VERDICTS)
        # Steps that are yet to be written are kept where the study will be, which is named before they are known.
        named = found[2].digest if found is not None else fingerprint([space, options.steps, train, dev])[:12]
        storage = storage_of(study or f"{beginning}{named}")
    opened = open_storage(storage)
    written: StepsReport | None = None
    drafts: Drafts | None = None
    if proposals.drafts and proposer is not None:
        if judge is None or source is not None:
            raise UsageError(
                message("rubrics are drafted for a judge of models; recorded verdicts were asked by theirs")
            )
        space, drafts = with_drafted_rubrics(
            space,
            judge.rubric,
            cast("Drafter", proposer),
            proposals.drafts,
            learning=(found or searched(space))[1],
            train_ids=frozenset(train.item_ids),
            comments=proposals.comments,
            budget=budget,
            storage=opened,
        )
        found = None
    if options.steps is not None:
        if judge is None or source is not None:
            raise UsageError(message("steps are written for a judge's rubrics; recorded verdicts were asked by theirs"))
        space, written = with_written_steps(space, judge, options.steps, opened)
    configurations, learning, identity = found or searched(space)
    learning = learning if drafts is None else drafts.quoted(learning)
    items = (*train.items, *(() if dev is None else dev.items))
    before_it = LearntFrom() if judge is None else judge.learnt
    learnt = LearntFrom.all_of([LearntFrom.items_of(items, train.origin), before_it])
    build, under_way = None, UnderWay()
    if source is None:
        source, build = live_source(judge, space, train, kept, under_way, options.concurrency)
        try_each_way(build, configurations)
        if budget.cost is not None:
            refuse_unpriced(build, configurations)
    name = study or f"{beginning}{identity.digest}"
    store = getattr(source, "store", None)
    tell_of_former_studies(opened, beginning, name, kept if store is not None and len(store) else None)
    eligible = _eligible(configurations, deployment.calls)
    bound = deployment.cost
    if bound is not None and not deployment.surface and prices_are_told(source, build, configurations):
        may = configurations if eligible is None else [configurations[place] for place in eligible]
        refuse_cost(bound, prices_of(source, may), calls_by_candidate(source, may))
    reserve = probing_reserve(options.constraints, options.pareto, budget)
    if reserve.calls and build is None:
        raise UsageError(message("a probe changes items and asks again; recorded verdicts hold no model to ask"))
    return Prepared(
        judge=judge,
        train=train,
        dev=dev,
        objective=objective,
        budget=budget,
        seed=seed,
        options=options,
        deployment=deployment,
        proposals=proposals,
        resampling=resampling,
        source=source,
        build=build,
        configurations=configurations,
        learning=learning,
        eligible=eligible,
        for_verdicts=budget.part(1.0, less=[reserve]),
        identity=identity,
        study=name,
        storage=storage,
        opened=opened,
        steps=written,
        drafts=drafts,
        learnt=learnt,
        under_way=under_way,
    )


def _of_criteria(
    judge: Judge | None, train: Split, options: SearchOptions, proposals: Proposals, *, surface: bool
) -> Judge:
    """The judge of several criteria, asked on its rubrics' points, its verdicts on the scales of the ratings.

    Raises
    ------
    UsageError
        If it is none, or of other criteria, or something is asked of the search that goes with one criterion.
    """
    from alia_judge.judging.kinds import CriteriaJudge
    from alia_judge.judging.question.criteria import even_weights
    from alia_judge.judging.question.weighing import Weighing

    scales = {part.criterion: part.scale for part in train.parts}
    if not isinstance(judge, CriteriaJudge) or judge.focus is not None:
        raise UsageError(
            message(
                "splits of several criteria ({scales}) take a CriteriaJudge, whose one call answers "
                "them all; recorded verdicts, and every other judge, are of one criterion: give its "
                "split alone",
                scales=", ".join(scales),
            )
        )
    if set(judge.scales) != set(scales):
        raise UsageError(
            message(
                "the judge's criteria are {scales}, and those of the splits {got}; call the judge's "
                "rubrics as the ratings call them, and give a split of each",
                scales=", ".join(judge.scales),
                got=", ".join(scales),
            )
        )
    even = even_weights(judge.rubric.scale, judge.scales)
    if judge.weighing != Weighing.given(judge.rubric.scale, len(even), even, None):
        raise UsageError(
            message(
                "a tuned judge weighs its criteria the same in the whole, and this one's have weights "
                "of their own; leave weights= and intercept= out, and weigh the parts of its verdicts"
            )
        )
    if proposals.proposer is not None or options.steps is not None:
        raise UsageError(
            message("rubrics and steps are written for one criterion; leave the model that writes them out")
        )
    if surface and (labels := [name for name, scale in scales.items() if scale.has_labels]):
        raise UsageError(
            message(
                "surface features are read beside scores, and {labels} has labels; have verdicts read alone",
                labels=", ".join(labels),
            )
        )
    return judge.on_scales(scales)


def _eligible(configurations: Sequence[Configuration], deploy_calls: DeployCalls) -> list[int] | None:
    """Who takes more calls an item than are allowed can neither be named nor be in a stack; None is everybody.

    Where nobody said how many are allowed, none of the candidates that were asked for is left out.
    """
    calls = None if deploy_calls is None else most_calls(deploy_calls)
    within = [place for place, one in enumerate(configurations) if calls is None or calls_of(one) <= calls]
    if not within:
        allow = advice(python="Deployment(calls=...)", command="--deploy-calls")
        more = message("allow more ({allow}), or search others", allow=allow)
        raise UsageError(
            message("every configuration takes more than {calls} calls an item; {more}", calls=calls, more=more)
        )
    return None if len(within) == len(configurations) else within


def _searched(
    space: SearchSpace,
    *,
    train: Split,
    dev: Split | None,
    objective: Objective,
    crossed: tuple[str, ...],
    judge: Judge | None,
    source: JudgmentSource | None,
    seed: int,
    n_folds: int,
    **further: Any,
) -> tuple[tuple[Configuration, ...], LearningSet, StudyIdentity]:
    """The candidates, what they are compared on, and the question that a search of them asks."""
    configurations = space.configurations(train, seed=seed)
    if not configurations:
        raise UsageError(message("the search space is empty; give it at least one configuration"))
    shown = space.demo_items(train, seed)
    learning = LearningSet.of(train, dev, objective, crossed=crossed, shown=shown, seed=seed, n_folds=n_folds)
    identity = StudyIdentity.of(
        objective=objective,
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
