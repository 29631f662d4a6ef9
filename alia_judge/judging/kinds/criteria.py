"""`CriteriaJudge`: several criteria in one call, with a verdict for each."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.answer.verdict import likeliest_point
from alia_judge.judging.judge import Judge
from alia_judge.judging.prompt.signature import judge_signature
from alia_judge.judging.question.criteria import CriteriaQuestion, criteria_levels, even_weights
from alia_judge.judging.question.granularity import check_scale, same_points
from alia_judge.judging.question.question import Question
from alia_judge.judging.question.weighing import Weighing
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Scale, Verdict

__all__ = ["CriteriaJudge"]

#: What its answers have no use for.
_NO_SETTINGS = frozenset({"reasoning", "readout"})
#: Tokens for a line: a name and a number.
_LINE_TOKENS = 24


class CriteriaJudge(Judge):
    """Judges several criteria by one call: a line for each, or a field of a JSON object.

    The verdict's `parts` are the criteria's verdicts, each read from the log-probabilities at its own place; its score
    weighs them as `AnalyticJudge` does, which asks each by a call of its own: that costs as many calls as criteria, and
    keeps one answer from leaning on the one before it. `only` gives the judge of one criterion, on the same calls.

    The weights are no part of what is stored: they may be fitted to ratings when the calls are paid.

    Parameters
    ----------
    rubric
        What the whole is judged on; its scale is that of the score.
    criteria
        The criteria, each with its own scale and words. A nominal one has no better and worse: it weighs nothing.
    lm, **settings
        As for `Judge`; demonstrations have ``scores``, by criterion. There are no reasons and no readout.
    weights, intercept
        As in `Weighing`; None weighs all that have an order the same.
    scales
        The scale of the verdicts on each criterion, by name: its people's. None is that of its rubric, on which it is
        asked either way.
    focus
        The only criterion its verdicts are of (`only`); None is the whole.

    Raises
    ------
    UsageError
        If criteria share a name, are pairwise, or none has an order, or the focus is none of them.

    Examples
    --------
    >>> import alia_judge as aj
    >>> parts = [aj.builtin_rubric("helpfulness", "es"), aj.builtin_rubric("tone", "es")]
    >>> judge = aj.CriteriaJudge(parts[0], parts, lm="openai/gpt-4o-mini")
    >>> [one.criterion for one in judge.criteria]
    ['Utilidad', 'Tono y registro']
    """

    def __init__(
        self,
        rubric: Rubric,
        criteria: Sequence[Rubric],
        lm: Any = None,
        *,
        demos: Iterable[Any] = (),
        weights: Sequence[float] | None = None,
        intercept: float | None = None,
        scales: Mapping[str, Scale] | None = None,
        focus: str | None = None,
        **settings: Any,
    ) -> None:
        if refused := sorted(_NO_SETTINGS & settings.keys()):
            raise UsageError(
                message(
                    "a judge of several criteria has no {refused}; AnalyticJudge's have", refused=", ".join(refused)
                )
            )
        self.criteria = tuple(criteria)
        names = [criterion.criterion for criterion in self.criteria]
        if twice := [name for name, count in Counter(map(str.casefold, names)).items() if count > 1]:
            raise UsageError(
                message("criteria must have different names, got {twice} more than once", twice=", ".join(twice))
            )
        if any(criterion.scale.kind == "pairwise" for criterion in self.criteria):
            raise UsageError(message("criteria of a pair are asked one by one, by PairwiseJudge"))
        given = scales or {}
        if unknown := [name for name in given if name not in names]:
            raise UsageError(
                message(
                    "scales are of the criteria {names}, got {unknown!r}", names=", ".join(names), unknown=unknown[0]
                )
            )
        for criterion in self.criteria:
            if criterion.criterion in given:
                check_scale(criterion, given[criterion.criterion])
        #: The scale of the verdicts on each criterion.
        self.scales = {one.criterion: given.get(one.criterion, one.scale) for one in self.criteria}
        if not any(scale.ordered for scale in self.scales.values()):
            raise UsageError(message("none of the criteria has better and worse, so there is no score to weigh"))
        if weights is None:
            weights = even_weights(rubric.scale, self.scales)
        self.weighing = Weighing.given(rubric.scale, len(self.criteria), weights, intercept)
        if focus is not None and focus not in names:
            raise UsageError(
                message("focus must be one of {names}, got {focus!r}", names=", ".join(names), focus=focus)
            )
        self.focus = focus
        super().__init__(rubric, lm, demos=demos, **settings)

    def only(self, criterion: str) -> Self:
        """The judge of one criterion: it asks the same question, shares every stored verdict, and gives that part.

        Raises
        ------
        UsageError
            If there is no such criterion.
        """
        names = [one.criterion for one in self.criteria]
        if criterion not in names:
            raise UsageError(
                message(
                    "criterion must be one of {names}, got {criterion!r}", names=", ".join(names), criterion=criterion
                )
            )
        judge = copy.deepcopy(self)
        judge.focus = criterion
        return judge

    def on_scales(self, scales: Mapping[str, Scale]) -> Self:
        """This judge with verdicts on these scales, by criterion; it is asked on those of its rubrics either way.

        Raises
        ------
        UsageError
            If a criterion's rubric has no straight line to its scale (labels, pairs).
        """
        for criterion in self.criteria:
            check_scale(criterion, scales[criterion.criterion])
        judge = copy.deepcopy(self)
        judge.scales = {name: scales[name] for name in self.scales}
        judge._prepared = None
        return judge

    @property
    def scale(self) -> Scale:
        """The scale of its verdicts: the whole's, or that of its only criterion."""
        return self._rubric.scale if self.focus is None else self.scales[self.focus]

    @property
    def rubrics(self) -> list[Rubric]:
        """The whole's, then the criteria's."""
        return [self.rubric, *self.criteria]

    def fit(self, verdicts: Sequence[Verdict], target: NDArray[np.float64]) -> Self:
        """A copy whose weights have least squared error to `target`; none counts backwards.

        Parameters
        ----------
        verdicts
            Raw verdicts on n items.
        target
            Shape (n,), in the scale's own numbers; NaN leaves an item out.
        """
        answers = self._levels(verdicts)
        ordered = [scale.ordered for scale in self.scales.values()]
        found = Weighing.fitted(self._rubric.scale, answers[:, ordered], target)
        weights = np.zeros(len(ordered))
        weights[ordered] = found.weights
        judge = copy.deepcopy(self)
        judge.weighing = Weighing(weights=tuple(weights.tolist()), intercept=found.intercept)
        judge.learnt = None  # verdicts do not say which items they are about
        return judge

    def read(self, verdict: Verdict) -> Verdict:
        """The parts weighed into a score, or the one part this judge is of."""
        if not verdict.parts:
            return verdict
        if self.focus is not None:
            return replace(verdict.parts[self.focus], text=verdict.text, usage=verdict.usage)
        score = float(self.weighing.scores(self._levels([verdict]), self._rubric.scale)[0])
        if np.isnan(score):
            return verdict
        return replace(verdict, score=score, unscored=None, detail=None)

    def described(self) -> list[str]:
        """The sum, term by term."""
        terms = zip(self.criteria, self.weighing.weights, strict=True)
        return [
            message("starts from {start:.3f}, and stays within its scale", start=self.weighing.intercept),
            *(message("{weight:+.3f} for {name}", weight=weight, name=one.criterion) for one, weight in terms),
        ]

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        """As `Judge.dump_state`, with the criteria, their weights and the only one this judge is of."""
        state = super().dump_state(json_mode=json_mode)
        state["judge"] |= {
            "criteria": [criterion.to_dict() for criterion in self.criteria],
            "weighing": self.weighing.to_dict(),
            "focus": self.focus,
        }
        return state

    @classmethod
    def _arguments(cls, own: Mapping[str, Any]) -> dict[str, Any]:
        arguments = super()._arguments(own)
        return {
            **{name: value for name, value in arguments.items() if name not in _NO_SETTINGS},
            "criteria": [Rubric.from_dict(criterion) for criterion in own["criteria"]],
            "focus": own["focus"],
            "scales": {name: Scale.from_dict(scale) for name, scale in own.get("scales", {}).items()},
            **Weighing.from_dict(own["weighing"]).to_dict(),
        }

    def _kind(self) -> str:
        return "criteria"

    def _settled(self) -> dict[str, Any]:
        # Verdicts that were paid for before criteria had scales of their own are found again.
        moved = {
            one.criterion: self.scales[one.criterion].to_dict()
            for one in self.criteria
            if not same_points(self.scales[one.criterion], one.scale)
        }
        criteria = [criterion.to_dict() for criterion in self.criteria]
        return {**super()._settled(), "criteria": criteria, **({"scales": moved} if moved else {})}

    def _signature(self) -> Any:
        return judge_signature(self._rubric, {"scores": "a point of the scale for each criterion"})

    def _ask(self, rubric: Rubric) -> Question:
        asked = {name: value for name, value in self._asked_with().items() if name != "reasoning"}
        return CriteriaQuestion(rubric, self.criteria, scales=self.scales, **asked)

    def _record(self, verdict: Verdict) -> dict[str, Any]:
        return {"scores": {name: likeliest_point(part, self.scales[name]) for name, part in verdict.parts.items()}}

    def _tokens(self) -> int | None:
        return _LINE_TOKENS * len(self.criteria)

    def _levels(self, verdicts: Sequence[Verdict]) -> NDArray[np.float64]:
        return criteria_levels([verdict.parts for verdict in verdicts], self.scales)
