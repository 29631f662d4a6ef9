"""What a search may be told besides what it searches: `SearchOptions`, `Deployment`, `Proposals`, `Resampling`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from alia_judge._advice import advice
from alia_judge._flags import flag
from alia_judge._messages import message
from alia_judge.compiling.budget import DeployCalls, most_calls
from alia_judge.compiling.selection.cascading import Cascading
from alia_judge.errors import UsageError

if TYPE_CHECKING:  # the command line reads its flags here, and imports nothing heavy for its help
    from alia_judge.compiling.constraints.constraint import Constraint
    from alia_judge.compiling.constraints.measures import MeasureName
    from alia_judge.compiling.objective.objective import Objective
    from alia_judge.compiling.proposals.brief import Proposer

__all__ = ["Deployment", "Proposals", "Reads", "Resampling", "SearchOptions", "from_former_names"]

#: What a deployed judge may read.
Reads = Literal["verdicts", "surface"]


@dataclass(frozen=True, kw_only=True)
class SearchOptions:
    """How a search goes, and what it must keep to.

    Parameters
    ----------
    crossed
        A column in which folds overlap neither: ``"system"``, or a name in `Item.extra`. A readout is then not rewarded
        for recognising a system.
    over
        Of several criteria, what is maximised of their figures: the ``"mean"``, or the ``"worst"``.
    stop_gain
        Stop when the next hundred calls are expected to gain less than this. 0 spends the budget.
    constraints
        Bounds on coverage, cost, latency, bias or anything measured: candidates that all but certainly break one get
        no more calls, and no judge that breaks one is named while there is another.
    pareto
        Further objectives (``"cost"``, ``"length_bias"``, another `Objective` ...): the search then spends on whoever
        may be on the front, and ``result.front`` holds the judges to `pick` from.
    steps
        A model that writes evaluation steps for the rubrics that have none, once and before anything is judged: a
        `dspy.LM`, or a name that `resolve_lm` knows. They are tried beside going without, and its calls are part of the
        budget.
    verdicts
        SQLite file that keeps live verdicts; None keeps them beside the study (`verdicts_beside`).
    concurrency
        Calls in flight; None is as `RunOptions` has it.

    Raises
    ------
    UsageError
        If an option is off its range, or a measure unknown.

    Examples
    --------
    >>> import alia_judge as aj
    >>> bound = aj.Constraint(measure="length_bias", at_most=0.1)
    >>> len(aj.SearchOptions(constraints=[bound], stop_gain=0.002).constraints)
    1
    """

    crossed: Sequence[str] = field(default=(), metadata=flag("--crossed", metavar="COLUMN"))
    over: Literal["mean", "worst"] = field(default="mean", metadata=flag("--over", metavar="mean|worst"))
    stop_gain: float = field(default=0.0, metadata=flag("--stop-gain", kind=float, metavar="GAIN"))
    constraints: Sequence[Constraint] = ()
    pareto: Sequence[MeasureName | Objective] = ()
    steps: Any | None = field(default=None, metadata=flag("--steps", metavar="M"))
    verdicts: str | Path | None = None
    concurrency: int | None = field(default=None, metadata=flag("--concurrency", kind=int, metavar="N", least=1))

    def __post_init__(self) -> None:
        for name in ("crossed", "constraints", "pareto"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.over not in ("mean", "worst"):
            raise UsageError(message("over must be 'mean' or 'worst', got {over!r}", over=self.over))
        if self.stop_gain < 0:
            raise UsageError(message("stop_gain must not be negative, got {stop_gain}", stop_gain=self.stop_gain))
        if self.pareto:
            from alia_judge.compiling.constraints.measures import measure_name

            for measure in self.pareto:
                measure_name(measure)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What the judge that a search deploys may read, and how many calls an item it may take.

    Parameters
    ----------
    reads
        What it may read: ``"verdicts"``, and ``"surface"`` for surface features beside them.
    calls
        Most calls an item, once deployed; by default the fewest within a standard error of the best, of 5 or of as
        many as the best single judge takes by itself. ``"all"`` sets no bound, and takes back configurations that the
        race dropped where judges look alike.
    cascade
        Ask a cheap stack first, and all only where that is likely to move the score.
    risk
        Share of all items that judges may score and be off by more than the tolerance; the doubtful go to people.
    tolerance
        How many points of the scale count as off, for the risk.
    cost
        Most dollars an item of a cascade, on average; calls where no price is known.

    Raises
    ------
    UsageError
        If there is nothing of that name to read, `calls` is below 1, or the cascade's numbers are off their range.

    Examples
    --------
    >>> import alia_judge as aj
    >>> aj.Deployment(calls=1).surface, aj.Deployment(reads=("verdicts", "surface")).surface
    (False, True)
    """

    reads: Sequence[Reads] = field(default=("verdicts",), metadata=flag("--readout", metavar="R"))
    calls: DeployCalls = field(
        default=None, metadata=flag("--deploy-calls", kind=int, metavar="K|all", least=1, word="all")
    )
    cascade: bool = field(default=False, metadata=flag("--cascade", kind=bool))
    risk: float | None = field(default=None, metadata=flag("--risk", kind=float, metavar="SHARE"))
    tolerance: float = field(default=1.0, metadata=flag("--tolerance", kind=float, metavar="POINTS"))
    cost: float | None = field(default=None, metadata=flag("--item-cost", kind=float, metavar="USD"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "reads", tuple(self.reads))
        unknown = set(self.reads) - set(get_args(Reads))
        if unknown:
            raise UsageError(
                message(
                    "a deployed judge reads 'verdicts' and 'surface', got {unknown}",
                    unknown=", ".join(map(repr, sorted(unknown))),
                )
            )
        most_calls(self.calls)
        if self.risk is not None and not 0.0 < self.risk < 1.0:
            raise UsageError(message("risk is a share of the items, between 0 and 1, got {risk}", risk=self.risk))
        if not self.tolerance >= 0.0:
            raise UsageError(message("tolerance must be 0 or more points, got {tolerance}", tolerance=self.tolerance))
        if self.risk is None and self.tolerance != type(self).tolerance:
            too = advice(python="risk=", command="--risk SHARE")
            raise UsageError(
                message(
                    "a tolerance of {tolerance:g} says what counts as off for a risk; give {too} too",
                    tolerance=self.tolerance,
                    too=too,
                )
            )
        if self.cost is not None and not self.cost > 0.0:
            raise UsageError(message("an item costs more than nothing, got a bound of {cost:g}", cost=self.cost))
        if self.cost is not None and not self.cascade:
            too = advice(python="cascade=True", command="--cascade")
            raise UsageError(
                message("an item's cost of {cost:g} bounds a cascade; give {too} too", cost=self.cost, too=too)
            )

    @property
    def cascading(self) -> Cascading | None:
        """What is asked of a cascade; None where there is none."""
        if not self.cascade and self.risk is None:
            return None
        return Cascading(stages=self.cascade, risk=self.risk, tolerance=self.tolerance, cost=self.cost)

    @property
    def surface(self) -> bool:
        """Whether surface features may be read."""
        return "surface" in self.reads


@dataclass(frozen=True, kw_only=True)
class Proposals:
    """Who writes new rubrics before the search and while it is under way, how many and how often.

    Parameters
    ----------
    proposer
        Who writes, from train items on which the best judge and people differ (`RubricProposer`, `DSPyProposer`, or
        your own); its calls and dollars are part of the budget. None: nobody.
    n
        How many rubrics to ask it for, each round.
    rounds
        How often, at equal shares of the budget: once when half of it is spent, twice after a third and two thirds.
    drafts
        How many rubrics to have drafted before the search, from the criterion's name, the scale and a dozen train items
        with their ratings and comments: they take the place of rubrics that say nothing. The proposer has to be able
        to (`RubricProposer` is).
    comments
        What annotators wrote of an item, by its id, for the proposer to read.

    Raises
    ------
    UsageError
        If a number is too low, or the proposer cannot draft.

    Examples
    --------
    >>> import alia_judge as aj
    >>> aj.Proposals(proposer=aj.RubricProposer(lm="openai/gpt-4o-mini"), n=6).rounds
    1
    """

    proposer: Proposer | None = None
    n: int = field(default=4, metadata=flag("--proposals", kind=int, metavar="N", least=1))
    rounds: int = field(default=1, metadata=flag("--proposal-rounds", kind=int, metavar="R", least=1))
    drafts: int = 0
    comments: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.proposer is not None and not hasattr(self.proposer, "propose"):
            raise UsageError(
                message("proposer is of type {kind}; give RubricProposer(lm=NAME)", kind=type(self.proposer).__name__)
            )
        if self.n < 1:
            raise UsageError(message("proposals must be at least 1, got {n}", n=self.n))
        if self.rounds < 1:
            raise UsageError(message("proposal_rounds must be at least 1, got {rounds}", rounds=self.rounds))
        if self.drafts < 0:
            raise UsageError(message("drafts must not be negative, got {drafts}", drafts=self.drafts))
        if self.drafts and not hasattr(self.proposer, "draft"):
            raise UsageError(
                message(
                    "drafts need a proposer that has draft(), as RubricProposer has, got {kind}",
                    kind=type(self.proposer).__name__,
                )
            )


@dataclass(frozen=True, kw_only=True)
class Resampling:
    """How sure the figures of a search are made: none of this changes what is asked.

    Parameters
    ----------
    n_folds
        Parts that the groups are cut into to fit readouts and stacks on the others.
    n_resamples
        Bootstrap resamples of each figure.
    n_permutations
        Permutations of the target in the test of all verdicts together.

    Raises
    ------
    UsageError
        If a number is too small to say anything.

    Examples
    --------
    >>> import alia_judge as aj
    >>> aj.Resampling(n_resamples=1000).n_folds
    5
    """

    n_folds: int = field(default=5, metadata=flag("--folds", kind=int, metavar="N", least=2))
    n_resamples: int = field(default=200, metadata=flag("--resamples", kind=int, metavar="N", least=20))
    n_permutations: int = field(default=199, metadata=flag("--permutations", kind=int, metavar="N", least=39))

    def __post_init__(self) -> None:
        for name, least in (("n_folds", 2), ("n_resamples", 20), ("n_permutations", 39)):
            if getattr(self, name) < least:
                raise UsageError(
                    message(
                        "{name} must be at least {least}, got {value}",
                        name=name,
                        least=least,
                        value=getattr(self, name),
                    )
                )


#: Former keyword of `compile_judge` -> the class that has it now, and its name there.
_FORMER: Mapping[str, tuple[type, str]] = {
    **{one.name: (SearchOptions, one.name) for one in fields(SearchOptions)},
    "readouts": (Deployment, "reads"),
    "deploy_calls": (Deployment, "calls"),
    "proposer": (Proposals, "proposer"),
    "proposals": (Proposals, "n"),
    "proposal_rounds": (Proposals, "rounds"),
    "comments": (Proposals, "comments"),
}


def from_former_names(
    function: str,
    former: Mapping[str, Any],
    options: SearchOptions | None,
    deployment: Deployment | None,
    proposals: Proposals | int | None,
) -> tuple[SearchOptions, Deployment, Proposals]:
    """The options of a call, whichever names it used; a `DeprecationWarning` says the new name of each former one.

    Raises
    ------
    UsageError
        If an option is given by both names.
    TypeError
        If there is no such option.
    """
    given = dict(former)
    if isinstance(proposals, int):
        given["proposals"], proposals = proposals, None
    unknown = sorted(given.keys() - _FORMER.keys())
    if unknown:
        raise TypeError(f"{function}() got an unexpected keyword argument {unknown[0]!r}")
    now: dict[type, Any] = {SearchOptions: options, Deployment: deployment, Proposals: proposals}
    twice = sorted(name for name in given if now[_FORMER[name][0]] is not None)
    if twice:
        home, new = _FORMER[twice[0]]
        raise UsageError(
            message(
                "{twice} is given twice; leave it out, as {kind}(...) has {new}",
                twice=twice[0],
                kind=home.__name__,
                new=new,
            )
        )
    for name in given:
        home, new = _FORMER[name]
        said = f"{_PARAMETER[home]}={home.__name__}({new}=...)"
        warnings.warn(
            message("{function}({name}=...) is now {function}({said})", function=function, name=name, said=said),
            DeprecationWarning,
            stacklevel=3,
        )
    for home, chosen in now.items():
        mine = {_FORMER[name][1]: value for name, value in given.items() if _FORMER[name][0] is home}
        mine = {name: value for name, value in mine.items() if value is not None}
        now[home] = replace(chosen or home(), **mine)
    return now[SearchOptions], now[Deployment], now[Proposals]


#: The parameter of `compile_judge` that takes each.
_PARAMETER = {SearchOptions: "options", Deployment: "deployment", Proposals: "proposals"}
