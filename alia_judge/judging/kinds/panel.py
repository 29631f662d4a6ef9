"""`PanelJudge`: several judges of the same thing as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds.composite import CompositeJudge, first_reason, part_of
from alia_judge.judging.readouts import distributions
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Item, Judgments, Verdict

__all__ = ["PanelJudge", "Rule"]

Rule = Literal["mean", "median", "vote"]


class PanelJudge(CompositeJudge):
    """Asks several judges and takes their mean, median or vote.

    The mean is that of their distributions over the scale, so a member that is sure counts for more than one that is
    not; the median is of their scores; a vote goes to the point that most members find likeliest, and of equally many
    to the one with the higher mean probability.

    Parameters
    ----------
    members
        Judges with one scale.
    rule
        How their verdicts become one.
    weights
        One for each member, not negative, for ``"mean"`` and ``"vote"``: their reliability, which `fit` measures. None
        weighs all the same.
    quorum
        Members that must have a score for the panel to have one; None asks for more than half.

    References
    ----------
    Verga et al., "Replacing Judges with Juries", arXiv 2404.18796 (2024).

    Examples
    --------
    >>> import alia_judge as aj
    >>> rubric = aj.builtin_rubric("helpfulness", "es")
    >>> members = [aj.Judge(rubric, lm=f"openai/{name}") for name in ("gpt-4o-mini", "gpt-4o")]
    >>> len(aj.PanelJudge(members, rule="median").members)
    2
    """

    kind: ClassVar[str] = "panel"
    option_names: ClassVar[frozenset[str]] = frozenset({"rule", "weights", "quorum"})

    def __init__(
        self,
        members: Sequence[Judge],
        *,
        rule: Rule = "mean",
        weights: Sequence[float] | None = None,
        quorum: int | None = None,
    ) -> None:
        if not members:
            raise UsageError(message("a panel needs at least one member, got none"))
        super().__init__(members[0].rubric, members)
        if any(member.scale != self.scale for member in members):
            raise UsageError(message("the members of a panel must share one scale"))
        if rule not in get_args(Rule):
            raise UsageError(
                message("rule must be one of {rule}, got {got!r}", rule=", ".join(get_args(Rule)), got=rule)
            )
        if not self.scale.points or (rule != "vote" and not self.scale.ordered):
            raise UsageError(
                message(
                    "a panel's {rule} needs a scale of {more}",
                    rule=rule,
                    more=message("points") if rule == "vote" else message("ordered points"),
                )
            )
        self.rule: Rule = rule
        self.weights = tuple(float(weight) for weight in weights) if weights is not None else (1.0,) * len(members)
        if len(self.weights) != len(members) or min(self.weights) < 0 or not sum(self.weights):
            raise UsageError(
                message("weights must be one for each of the {n} members, none negative, not all 0", n=len(members))
            )
        self.quorum = quorum if quorum is not None else len(members) // 2 + 1
        if not 1 <= self.quorum <= len(members):
            raise UsageError(message("quorum must be from 1 to {n}, got {quorum}", n=len(members), quorum=self.quorum))

    def fit(self, judgments: Sequence[Judgments], target: NDArray[np.float64]) -> Self:
        """A copy that weighs each member by its reliability: one over its mean squared error against `target`.

        These are the weights of least variance for members whose errors are unrelated; judges on one model share
        theirs, so a fitted panel gains less than the weights promise.

        Parameters
        ----------
        judgments
            Raw verdicts of each member on the same n items.
        target
            Shape (n,), in the scale's own numbers; NaN leaves an item out.

        Raises
        ------
        UsageError
            If the rule takes no weights, a member has fewer than 2 items with a verdict and a target, or the scale has
            no order to be in error on.
        """
        if self.rule == "median" or not self.scale.ordered:
            raise UsageError(
                message(
                    "a panel's {rule} on a {kind} scale takes no weights; fit another rule",
                    rule=self.rule,
                    kind=self.scale.kind,
                )
            )
        points = np.asarray(self.scale.points)
        errors = [distributions(member, self.scale) @ points - target for member in judgments]
        for place, error in enumerate(errors, 1):
            if np.count_nonzero(~np.isnan(error)) < 2:
                raise UsageError(
                    message("member {place} has fewer than 2 items with a verdict and a target", place=place)
                )
        # A member that is never wrong would have all the weight: half a hundredth of a point is as good as none.
        squared = [max(float(np.nanmean(error**2)), 1e-4 * (self.scale.high - self.scale.low) ** 2) for error in errors]
        weights = 1.0 / np.asarray(squared)
        shares = (weights / weights.sum()).tolist()
        judge = type(self)(self.members, rule=self.rule, weights=shares, quorum=self.quorum)
        judge.learnt = None  # verdicts do not say which items they are about
        return judge

    def combine(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> list[Verdict]:
        """One verdict an item, from those of a quorum."""
        likely = np.stack([distributions(member, self.scale) for member in judgments])
        points, weights = np.asarray(self.scale.points), np.asarray(self.weights)
        verdicts = []
        for row in range(len(items)):
            parts = {f"member {n}": part_of(member, row, self.scale) for n, member in enumerate(judgments, 1)}
            said = ~np.isnan(likely[:, row, 0])
            share = weights[said]
            if said.sum() < self.quorum or not share.sum():
                reason, member = first_reason(judgments, row) or ("no_score", "")
                verdicts.append(
                    Verdict(unscored=reason, detail=f"{said.sum()} of {said.size} scored; {member}", parts=parts)
                )
                continue
            given = likely[said, row]
            mixed = (share / share.sum()) @ given
            if self.rule == "mean":
                score = float(mixed @ points)
            elif self.rule == "median":
                score = float(np.median(given @ points))
            else:
                votes = np.bincount(given.argmax(axis=1), weights=share, minlength=points.size)
                score = float(points[np.lexsort((mixed, votes))[-1]])
            measured = all(not np.isnan(member.probabilities[row]).any() for member in judgments)
            verdicts.append(
                Verdict(
                    score=score,
                    probabilities=tuple(mixed.tolist()) if measured else None,
                    method="logprobs" if measured else "text",
                    parts=parts,
                )
            )
        return verdicts

    def options(self) -> dict[str, Any]:
        """The rule, the weights and the quorum."""
        return {"rule": self.rule, "weights": list(self.weights), "quorum": self.quorum}

    @classmethod
    def rebuilt(cls, rubric: Rubric, members: Sequence[Judge], **options: Any) -> Self:  # noqa: ARG003
        """A panel of these members; the first one's rubric is the panel's."""
        return cls(members, **options)
