"""`CompiledJudge`: what a search deploys."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from alia_judge._displayed import Displayed
from alia_judge._messages import joined, message
from alia_judge.compiling.options import Deployment, from_former_names
from alia_judge.compiling.result import CompileResult
from alia_judge.compiling.selection.conclusion import Conclusion
from alia_judge.compiling.selection.judges import Deployed, Single
from alia_judge.compiling.stack.cascade import Cascade
from alia_judge.compiling.stack.criteria import CriteriaReadout, single_of
from alia_judge.compiling.stack.stacked_judge import StackedJudge
from alia_judge.errors import UsageError
from alia_judge.learnt import Learner, LearntFrom
from alia_judge.models.source import JudgmentSource
from alia_judge.records import Configuration, Item, Judgments, Unscored

if TYPE_CHECKING:
    import pandas as pd

    from alia_judge.judging.judge import Judge
    from alia_judge.judging.kinds import CompositeJudge

__all__ = ["CompiledJudge", "Predictions", "judge_of", "outcome"]

#: A stack counts as found if its verdicts are as good on permuted targets at most this often: as often as the lower end
#: of a 95% interval is exceeded.
_SIGNIFICANT = 0.025
T = TypeVar("T", bound=Learner)


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions(Displayed):
    """Scores of n items by the judges of a search, as the scale has them.

    Parameters
    ----------
    item_ids
        The items.
    single, deployed
        Shape (n,); NaN is unscored. Of several criteria, (n, criteria).
    to_people
        Which items the deployed judge leaves to people, shape (n,); None of predictions that were made before there
        was such a thing.
    paid, replayed
        Requests that it took, and verdicts that were paid for before.
    criteria
        Their names, where there are several.
    """

    item_ids: tuple[str, ...]
    single: NDArray[np.float64]
    deployed: NDArray[np.float64]
    to_people: NDArray[np.bool_] | None = None
    paid: int = 0
    replayed: int = 0
    criteria: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class CompiledJudge(Displayed):
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
    picked
        Which of the two judges is called and published.
    learnt
        What the search learnt from, and with it whatever it fitted, demonstrated or had proposed; None where that is
        not known.

    Examples
    --------
    >>> import alia_judge as aj
    >>> from importlib import resources
    >>> folder = resources.files("alia_judge") / "data" / "hanna"
    >>> benchmark = aj.build_benchmark(aj.load_ratings(folder / "ratings.csv.gz"))
    >>> tuned = aj.compile_judge(
    ...     train=benchmark.train, source=aj.RecordedBank.open(folder), budget=aj.Budget(calls=200), storage=":memory:"
    ... )
    >>> tuned.deployed.stack.calls_per_item <= 5
    True
    >>> tuned.redeploy(aj.Deployment(calls=1)).deployed.stack.calls_per_item
    1
    """

    result: CompileResult
    source: JudgmentSource = field(repr=False)
    build: Callable[[Configuration], Judge | CompositeJudge] | None = field(default=None, repr=False)
    conclude: Callable[..., Conclusion] | None = field(default=None, repr=False)
    chance: float = 0.0
    picked: Literal["single", "deployed"] = "deployed"
    learnt: LearntFrom | None = None

    @property
    def summary(self) -> str:
        """What was found, in a sentence."""
        return self.result.why

    def to_frame(self) -> pd.DataFrame:
        """`CompileResult.to_frame`."""
        return self.result.to_frame()

    @property
    def single(self) -> Single:
        """The best judge of one configuration."""
        return self.result.single

    @property
    def deployed(self) -> Deployed:
        """The best judge of several configurations."""
        return self.result.deployed

    @cached_property
    def module(self) -> Judge | CompositeJudge | StackedJudge:
        """The deployed judge as a DSPy module: what `evaluate_judge` runs and `publish_judge` publishes.

        Where the search deploys surface features alone, it is the single judge: that is no judge to publish.

        Raises
        ------
        UsageError
            If the configurations were recorded: there is no model to ask.
        """
        if self.build is None or self.picked == "single" or not self.deployed.stack.configurations:
            return self.judge
        return self._recorded(judge_of(self.deployed, self.build))

    def __call__(self, **texts: Any) -> Any:
        """Judge one response with the deployed judge; the parameters are those of `Judge.forward`."""
        return self.module(**texts)

    @property
    def judge(self) -> Judge | CompositeJudge | StackedJudge:
        """The best judge of one configuration as a DSPy module, with its fitted readout.

        It is a `Judge`, or of the kind that its configuration names; where that has no readout of its own, a stack of
        it alone.

        Raises
        ------
        UsageError
            If the configurations were recorded: there is no model to ask.
        """
        if self.build is None:
            raise UsageError(
                message("a recorded configuration has no model to ask; search live to get a judge that can be called")
            )
        return self._recorded(judge_of(self.single, self.build))

    def _recorded(self, judge: T) -> T:
        judge.learnt = self.learnt
        return judge

    def redeploy(self, deployment: Deployment | None = None, **former: Any) -> CompiledJudge:
        """The same search with another bound on calls an item or other things to read: fitted again, without a call.

        Parameters
        ----------
        deployment
            What the deployed judge may read and take; None is verdicts, and no more calls than pay.
        former
            ``deploy_calls=`` and ``readouts=``, with a `DeprecationWarning`.

        Raises
        ------
        UsageError
            If the verdicts of the search are not at hand, or there can be no cascade as it is asked for.
        """
        _, deployment, _ = from_former_names("redeploy", former, None, deployment, None)
        if self.conclude is None:
            raise UsageError(
                message("the verdicts of the search are not at hand; run the same search again, which is free")
            )
        ended = self.conclude(deploy_calls=deployment.calls, surface=deployment.surface, cascading=deployment.cascading)
        return replace(self, result=replace(self.result, **outcome(ended, self.chance)))

    def pick(self, place: int) -> CompiledJudge:
        """The same search with one point of its Pareto front as the judge to deploy.

        Parameters
        ----------
        place
            Index into ``result.front.points``. A judge of one configuration becomes `single`, and what is called and
            published; a stack becomes `deployed`.

        Raises
        ------
        UsageError
            If the search had one objective, or there is no such point.
        """
        if self.result.front is None:
            raise UsageError(message("this search had one objective; pass pareto= to get a front to pick from"))
        points = self.result.front.points
        if not 0 <= place < len(points):
            raise UsageError(message("the front has points 0 to {n}, got {place}", n=len(points) - 1, place=place))
        judge = points[place].judge
        if isinstance(judge, Deployed):
            return replace(self, result=replace(self.result, deployed=judge), picked="deployed")
        return replace(self, result=replace(self.result, single=judge), picked="single")

    def predict(self, items: Sequence[Item]) -> Predictions:
        """Score items with the single and the deployed judge. What this pays for is no part of the search."""
        judged: dict[Configuration, Judgments] = {}

        def verdicts(configuration: Configuration, wanted: NDArray[np.bool_] | None = None) -> Judgments:
            if configuration not in judged:
                places = np.arange(len(items)) if wanted is None else np.flatnonzero(wanted)
                asked = self.source.judge(configuration, [items[int(place)] for place in places])
                judged[configuration] = asked if wanted is None else _among(asked, places, items)
            return judged[configuration]

        raw = self.single.readout.predict(verdicts(self.single.configuration))
        stack, people = self.deployed.stack, np.zeros(len(items), dtype=np.bool_)
        if isinstance(stack, Cascade):
            given: list[Judgments] = []
            for place, configuration in enumerate(stack.configurations):
                given.append(verdicts(configuration, stack.reaches(place, given, items)))
            scores, people = stack.told(given, items)
            deployed = stack.scale.oriented(np.where(people, np.nan, scores))
        else:
            deployed = stack.scores([verdicts(one) for one in stack.configurations], items)
        return Predictions(
            item_ids=tuple(item.item_id for item in items),
            single=raw,
            deployed=deployed,
            to_people=people,
            paid=sum(one.paid for one in judged.values()),
            replayed=sum(one.replayed for one in judged.values()),
            criteria=tuple(self.single.criteria),
        )


def outcome(ended: Conclusion, chance: float) -> dict[str, Any]:
    """What a `CompileResult` says of the judges a search ended with; `chance` is what a blind judge has."""
    found, why = _verdict(ended, chance)
    report = ended.constraints
    if report is not None and not (report.single_keeps or report.deployed_keeps):
        broken = joined((check.told() for check in report.single if not check.holds), "; ")
        found = False
        why = message("no judge keeps to the constraints; the best without them, as named, has {broken}", broken=broken)
    elif report is not None and not report.single_keeps:
        but = message("no judge of one configuration keeps to the constraints, the deployed one does")
        why = joined([why, but], "; ")
    elif report is not None and not report.deployed_keeps:
        but = message("the deployed stack does not keep to the constraints, the single judge does")
        why = joined([why, but], "; ")
    return {
        "single": ended.single,
        "deployed": ended.deployed,
        "found": found,
        "why": why,
        "constraints": report,
        "front": ended.front,
    }


def _among(asked: Judgments, places: NDArray[np.intp], items: Sequence[Item]) -> Judgments:
    """Verdicts of some of the items as verdicts of all, of which the others were not asked."""
    score = np.full(len(items), np.nan)
    probabilities = np.full((len(items), asked.probabilities.shape[1]), np.nan)
    reasons: list[Unscored | None] = ["missing"] * len(items)
    score[places], probabilities[places] = asked.score, asked.probabilities
    for place, reason in zip(places, asked.reasons, strict=True):
        reasons[place] = reason
    return replace(
        asked,
        item_ids=tuple(item.item_id for item in items),
        score=score,
        probabilities=probabilities,
        reasons=tuple(reasons),
        parts={name: _among(part, places, items) for name, part in asked.parts.items()},
    )


def judge_of(
    named: Single | Deployed, build: Callable[[Configuration], Judge | CompositeJudge]
) -> Judge | CompositeJudge | StackedJudge:
    """The module that a named judge stands for."""
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.kinds import CriteriaJudge

    if isinstance(named, Deployed):
        return StackedJudge(named.stack, [build(member) for member in named.stack.configurations])
    judge = build(named.configuration)
    if isinstance(named.readout, CriteriaReadout):
        return StackedJudge(single_of(named.configuration, named.readout, judge.scale), [judge])
    if isinstance(judge, Judge) and not isinstance(judge, CriteriaJudge):
        judge.readout = named.readout
        return judge
    if named.readout.fitted_on is None:
        return judge  # the expected score, which is what it gives
    return StackedJudge(single_of(named.configuration, named.readout, judge.scale), [judge])


def _verdict(ended: Conclusion, chance: float) -> tuple[bool, str]:
    """Whether there is anything to find; `chance` is what a judge has that sees nothing of the items."""
    judges = [ended.single.dev]
    # A stack's interval is too narrow where verdicts say nothing, so they must together pass a test of their own.
    # Surface features alone are no judge: that they agree with people says nothing of the verdicts.
    if ended.deployed.stack.configurations and ended.p_value <= _SIGNIFICANT:
        judges.append(ended.deployed.dev)
    if math.isnan(judges[0].low):
        few = judges[0].why or message("it has no interval")
        return False, message(
            "nothing can be said: the best judge's {statistic} is {figure}, and {why}",
            statistic=judges[0].statistic,
            figure=judges[0],
            why=few,
        )
    best = max(judges, key=lambda estimate: estimate.low)
    fields = {"statistic": best.statistic, "figure": best, "chance": chance}
    if best.low > chance:
        return True, message(
            "the best judge's {statistic} on held-out groups is {figure}, above {chance:.3g}", **fields
        )
    said = message(
        "the best judge's {statistic} on held-out groups is {figure}, which may be {chance:.3g} or less", **fields
    )
    if ended.p_value <= _SIGNIFICANT:
        return False, message(
            "nothing found yet: {said}; all verdicts together do better than on permuted targets (p = {p:.2g}), so "
            "more calls or more rated items may show it",
            said=said,
            p=ended.p_value,
        )
    return False, message(
        "nothing found: {said}, and all verdicts together do as well on permuted targets with p = {p:.2g}; more calls "
        "on these candidates are unlikely to help",
        said=said,
        p=ended.p_value,
    )
