"""`CriteriaQuestion`: several criteria asked about in one call, and one verdict read for each."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge.judging.answer.answer import Answer
from alia_judge.judging.answer.objects import read_object, value_of
from alia_judge.judging.answer.parsing import Parsed, parse_answer
from alia_judge.judging.answer.structured import response_format, shape, written
from alia_judge.judging.answer.verdict import verdict_of, withheld
from alia_judge.judging.answer.vocabulary import REFUSAL
from alia_judge.judging.prompt.prompt import Opening, laid_out, render_criterion, render_scale
from alia_judge.judging.prompt.shown import Shown
from alia_judge.judging.question.deciding import decision_question, decision_verdict
from alia_judge.judging.question.granularity import mapped_back, nearest_point, same_points
from alia_judge.judging.question.question import Question
from alia_judge.judging.question.weighing import Weighing, levels
from alia_judge.judging.readouts import judgments_of
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.judging.rubrics.wording import wording_for
from alia_judge.models.decisions import Decided
from alia_judge.models.thinking import without_thinking
from alia_judge.records import Scale, Usage, Verdict

__all__ = ["CriteriaQuestion", "criteria_levels", "even_weights"]

_MARKS = r"[\s*_`\"'#>|-]*"


class CriteriaQuestion(Question):
    """Asks for a line, or a field, for each criterion.

    Parameters
    ----------
    rubric
        What the whole is judged on.
    criteria
        The criteria, each with a name of its own.
    scales
        The scale of the verdicts on each criterion; None is that of its rubric, on which it is asked.
    **asked
        As for `Question`; reasons are not asked for.
    """

    def __init__(
        self, rubric: Rubric, criteria: Sequence[Rubric], *, scales: Mapping[str, Scale] | None = None, **asked: Any
    ) -> None:
        super().__init__(rubric, **asked)
        self.criteria = tuple(criteria)
        self._scales = {criterion.criterion: criterion.scale for criterion in self.criteria}
        self._given = self._scales if scales is None else scales

    def open(self, demos: Sequence[Mapping[str, Any]]) -> Opening:
        """The criteria one after the other, and how to answer."""
        wording, rubric = wording_for(self.rubric.language), self.rubric
        named = {name: f"[{_span(scale)}]" for name, scale in self._scales.items()}
        blocks = [wording.many_expert if rubric.style == "expert" else wording.many_role]
        if rubric.criterion != " + ".join(named):  # a whole that is called by its parts says nothing that they do not
            blocks += render_criterion(rubric)
        for criterion in self.criteria:
            blocks += [*render_criterion(criterion), render_scale(criterion)]
        blocks += [wording.notice, *([wording.whole] if self.subject == "conversation" else [])]
        if self.output == "json":
            blocks.append(wording.ask_json.format(shape=shape(list(named))))
        else:
            lines = [f"{name}: {span}" for name, span in named.items()]
            blocks.append("\n".join([wording.ask_many, *lines]))
        shown = Shown(names=wording.fields, required=("response",), wording=wording, subject=self.subject)
        first = f"{self.criteria[0].criterion}:" if self.layout == "prefill" else ""
        answered = [(demo, self._answered(demo, first)) for demo in demos if self._scores(demo)]
        return laid_out("\n\n".join(blocks), answered, shown, layout=self.layout, cue=first)

    def format(self) -> dict[str, Any]:
        """A number for each criterion."""
        return response_format(self._scales)

    def read(self, answer: Answer) -> Verdict:
        """A verdict with a part for each criterion; its own score weighs all that have an order the same."""
        kept = withheld(answer)
        if kept is not None:
            return Verdict(unscored=kept.reason, detail=kept.detail, text=answer.text, usage=answer.usage)
        found = self._found(answer)
        parts = {
            name: replace(
                verdict_of(said, answer, self._scales[name], min_mass=math.inf), text="", usage=Usage(cost=0.0)
            )
            for name, said in found.items()
        }
        return self._whole(parts, answer.text, answer.usage)

    def decisions(self) -> dict[str, Any]:
        """A question for each criterion, all of them in one request."""
        return {criterion.criterion: decision_question(criterion) for criterion in self.criteria}

    def decided(self, decided: Decided, usage: Usage) -> Verdict:
        """As `read`, of a decision model's distributions."""
        parts = {
            name: decision_verdict(decided.probabilities[name], scale, Usage(cost=0.0))
            for name, scale in self._scales.items()
        }
        return self._whole(parts, "", usage)

    def _whole(self, asked: Mapping[str, Verdict], text: str, usage: Usage) -> Verdict:
        parts = {
            name: part if same_points(self._given[name], scale) else mapped_back(part, scale, self._given[name])
            for (name, part), scale in zip(asked.items(), self._scales.values(), strict=True)
        }
        missing = next(((name, part) for name, part in parts.items() if part.unscored is not None), None)
        if missing is None:
            weights = even_weights(self.rubric.scale, self._given)
            evenly = Weighing.given(self.rubric.scale, len(self.criteria), weights, None)
            score = float(evenly.scores(criteria_levels([parts], self._given), self.rubric.scale)[0])
            return Verdict(score=score, text=text, usage=usage, parts=parts, method=_method(parts))
        name, part = missing
        detail = f"{name}: {part.detail or part.unscored}"
        return Verdict(unscored=part.unscored, detail=detail, text=text, usage=usage, parts=parts)

    def _found(self, answer: Answer) -> dict[str, Parsed]:
        truncated = answer.finish_reason == "length"
        if self.output == "json" and (read := read_object(answer.text, list(self._scales))) is not None:
            return {
                name: value_of(name, *read, scale, partial(parse_answer, scale=scale))
                for name, scale in self._scales.items()
            }
        # What was begun for the model is the first criterion's name.
        begun = f"{self.criteria[0].criterion}:" if self.layout == "prefill" else ""
        return {
            name: _line(name, scale, answer.text, begun, list(self._scales), truncated=truncated)
            for name, scale in self._scales.items()
        }

    def _scores(self, demo: Mapping[str, Any]) -> dict[str, float]:
        """The demonstrated points, by criterion; none unless there is one for each."""
        given = demo.get("scores") or {}
        points: dict[str, float] = {}
        for name, scale in self._scales.items():
            value = given.get(name)
            if value is not None and not isinstance(value, str) and not same_points(self._given[name], scale):
                value = nearest_point(float(value), self._given[name], scale)
            point = None if value is None else scale.parse(value if isinstance(value, str) else float(value))
            if point is None:
                return {}
            points[name] = point
        return points

    def _answered(self, demo: Mapping[str, Any], begun: str) -> str:
        points = self._scores(demo)
        if self.output == "json":
            return written(points)
        return "\n".join(f"{name}: {point:g}" for name, point in points.items()).removeprefix(begun).strip()


def even_weights(scale: Scale, scales: Mapping[str, Scale]) -> list[float]:
    """The same weight for each criterion that has an order, and none for the others."""
    ordered = [one.ordered for one in scales.values()]
    even = iter(Weighing.even(scale, max(sum(ordered), 1)).weights)
    return [next(even) if has_order else 0.0 for has_order in ordered]


def criteria_levels(parts: Sequence[Mapping[str, Verdict]], scales: Mapping[str, Scale]) -> NDArray[np.float64]:
    """How good each criterion is, shape (n, criteria); 0 of one that has no order, NaN where there is no verdict."""
    missing = Verdict(unscored="missing")
    columns = [np.zeros(len(parts)) for _ in scales]
    for place, (name, scale) in enumerate(scales.items()):
        if scale.ordered:
            columns[place] = levels(judgments_of([one.get(name, missing) for one in parts], scale), scale)
    return np.stack(columns, axis=1)


def _line(name: str, scale: Scale, text: str, begun: str, names: Sequence[str], *, truncated: bool) -> Parsed:
    """The value on the line of a criterion, or why there is none; two different lines of one name are ambiguous."""
    plain = begun + without_thinking(text)
    number = names.index(name) + 1
    pattern = re.compile(
        rf"^{_MARKS}(?:{number}[.)]\s*)?{_MARKS}{re.escape(name)}{_MARKS}(?:\([^()\n]*\){_MARKS})?[:=]([^\n]*)$",
        re.IGNORECASE | re.MULTILINE,
    )
    said = []
    for match in pattern.finditer(plain):
        end_cut = truncated and match.end() == len(plain)
        parsed = parse_answer(match[1], scale, truncated=end_cut)
        if parsed.score is not None:
            parsed = replace(parsed, start=parsed.start + match.start(1) - len(begun))
        said.append(parsed)
    if not said and REFUSAL.search(plain):
        return Parsed(reason="refusal", detail=text.strip()[:200])
    if not said:
        return Parsed(reason="truncated" if truncated else "no_score", detail=f"no line for {name!r}")
    values = {parsed.score for parsed in said}
    return said[0] if len(values) == 1 else Parsed(reason="ambiguous", detail=f"{len(said)} lines for {name!r}")


def _method(parts: Mapping[str, Verdict]) -> Any:
    return "logprobs" if all(part.method == "logprobs" for part in parts.values()) else "text"


def _span(scale: Scale) -> str:
    points = scale.points
    consecutive = all(b - a == 1 for a, b in itertools.pairwise(points))
    if not points or (consecutive and len(points) > 2):
        return f"{scale.low:g}-{scale.high:g}"
    return "/".join(f"{point:g}" for point in points)
