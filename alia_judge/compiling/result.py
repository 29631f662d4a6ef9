"""`CompileResult`: what a search found, what it spent, and how it got there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from alia_judge._record import Record
from alia_judge._version import __version__
from alia_judge.compiling.constraints.constraint import ConstraintReport
from alia_judge.compiling.proposals.report import ProposalReport
from alia_judge.compiling.proposals.steps import StepsReport
from alia_judge.compiling.race.progress import CurvePoint
from alia_judge.compiling.selection.judges import Deployed, Single
from alia_judge.compiling.selection.pareto import ParetoFront

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CompileResult", "Deployed", "Single"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CompileResult(Record):
    """What `compile_judge` found.

    Parameters
    ----------
    budget, paid, replayed
        Calls allowed; verdicts this study paid for; verdicts it asked for that were paid for before.
    cost
        What was paid in US dollars, where the source has prices; None otherwise.
    trials
        Requests in the study.
    split
        Number of items by split, as they were given.
    objective
        What was maximised, in words.
    single, deployed
        The judges.
    found
        Whether there is anything to find: False where even the best judge's objective may well be zero or worse.
    why
        What `found` rests on, in one sentence.
    stopped
        Why the search ended: ``"budget"``, ``"gain"`` or ``"exhausted"``.
    curve
        How it went.
    study, storage
        Where the study is.
    signature
        The settings that change the figures, one line.
    constraints
        What became of the constraints; None where there were none.
    front
        The judges to pick from where there were several objectives; None where there was one.
    proposals
        What became of proposing rubrics.
    steps
        What became of having evaluation steps written; None where nobody was to write any.

    Examples
    --------
    >>> import alia_judge as aj
    >>> from importlib import resources
    >>> folder = resources.files("alia_judge") / "data" / "hanna"
    >>> benchmark = aj.build_benchmark(aj.load_ratings(folder / "ratings.csv.gz"))
    >>> tuned = aj.compile_judge(
    ...     train=benchmark.train, source=aj.RecordedBank.open(folder), budget=aj.Budget(calls=200), storage=":memory:"
    ... )
    >>> tuned.result.paid, tuned.result.objective
    (200, 'spearman')
    """

    schema = "alia-judge/compile/1"
    in_json: ClassVar[Mapping[str, str]] = {
        **{name: f"calls.{name}" for name in ("budget", "paid", "replayed", "cost")},
        "front": "pareto",
    }
    also: ClassVar[tuple[str, ...]] = ("feasible",)

    budget: int
    paid: int
    replayed: int
    cost: float | None
    trials: int
    split: Mapping[str, int]
    objective: str
    single: Single
    deployed: Deployed
    found: bool
    why: str
    stopped: str
    curve: tuple[CurvePoint, ...]
    study: str
    storage: str
    signature: str
    constraints: ConstraintReport | None = None
    front: ParetoFront | None = None
    proposals: ProposalReport | None = None
    steps: StepsReport | None = None
    version: str = __version__

    @property
    def feasible(self) -> bool:
        """Whether some judge keeps to every constraint; True where there are none."""
        return self.constraints is None or self.constraints.single_keeps or self.constraints.deployed_keeps

    @property
    def in_short(self) -> dict[str, str]:
        """What whoever opens the study is told: both judges with their figures, and what that rests on."""
        single, deployed = self.single, self.deployed
        return {
            "result": self.why,
            "result of one call": f"{self.objective} {single.dev}: {single.configuration.name}",
            "result deployed": f"{self.objective} {deployed.dev}: {deployed.stack.name}, calls an item: "
            f"{deployed.stack.calls_per_item}",
        }

    @property
    def summary(self) -> str:
        """What was found, in a sentence."""
        return self.why

    def to_frame(self) -> pd.DataFrame:
        """A row for both judges, of each criterion where there are several: calls an item, agreement, what it is."""
        import pandas as pd

        rows = {
            "single": (self.single.calls_per_item, self.single.dev, self.single.configuration.name),
            "deployed": (self.deployed.stack.calls_per_item, self.deployed.dev, self.deployed.stack.name),
        }
        criteria = {"single": self.single.criteria, "deployed": self.deployed.criteria}
        return pd.DataFrame(
            [
                {"judge": name, **of, "calls an item": calls, **figure.columns(), "what it is": what}
                for name, (calls, dev, what) in rows.items()
                for of, figure in ([({"criterion": one}, each) for one, each in criteria[name].items()] or [({}, dev)])
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON form; of several criteria with the figures of each."""
        both = {"single": self.single.criteria, "deployed": self.deployed.criteria}
        found = {
            one: {name: {"dev": each[one].to_dict()} for name, each in both.items()} for one in self.single.criteria
        }
        return super().to_dict() | ({"criteria": found} if found else {})
