"""From a model's answer to a `Verdict`: what it wrote, what it nearly wrote, or why there is no score."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from alia_judge.judging.answer.answer import Answer
from alia_judge.judging.answer.layout import Reasoning
from alia_judge.judging.answer.parsing import Parsed, parse_answer
from alia_judge.judging.answer.probabilities import (
    ImpossibleLogprobError,
    PointProbabilities,
    expected_score,
    point_probabilities,
)
from alia_judge.judging.answer.vocabulary import PAIR_ANSWERS
from alia_judge.records import Scale, Unscored, Verdict

__all__ = ["asked_scale", "likeliest_point", "raw_verdict", "verdict_of", "withheld"]

#: Answers that say nothing of a score, but whose log-probabilities may: the model was about to write one.
_SILENT: tuple[Unscored, ...] = ("empty", "truncated", "no_score")
#: Characters of an answer that may well come again.
_SHORT = 32


def raw_verdict(answer: Answer, scale: Scale, *, min_mass: float, reasoning: Reasoning = "none") -> Verdict:
    """The verdict before any fitted readout.

    Where there are log-probabilities its score is the expected score (for a nominal scale, the likeliest point); where
    there are none, the score that was written. An answer that declines, contradicts itself or leaves the scale is
    unscored, whatever its log-probabilities. One that merely says something else is scored from them if the scale had
    at least `min_mass` of the probability.

    Parameters
    ----------
    answer
        What the model gave back.
    scale
        The values a score may take.
    min_mass
        Between 0 and 1.
    reasoning
        On which side of the score its reasons were asked for.
    """
    asked = asked_scale(scale)
    written = withheld(answer) or _parsed(answer, asked, reasoning, named=scale.kind == "pairwise")
    return verdict_of(written, answer, scale, min_mass=min_mass)


def verdict_of(written: Parsed, answer: Answer, scale: Scale, *, min_mass: float) -> Verdict:
    """`raw_verdict` of a score that was already found in the answer, or was not."""
    asked, order = _asked(scale)
    found: PointProbabilities | None = None
    if written.reason is None or written.reason in _SILENT:
        try:
            found = point_probabilities(
                answer.tokens,
                asked,
                score=written.score,
                text=answer.text,
                start=written.start,
                thought=answer.thought,
            )
        except ImpossibleLogprobError as error:
            return Verdict(unscored="error", detail=str(error), text=answer.text, usage=answer.usage)
        if written.reason is not None and found is not None and found.mass < min_mass:
            found = None
    parsed = None if written.score is None else _point(written.score, asked, scale, order)
    if found is not None:
        likely = tuple(found.probabilities[place] for place in order)
        return Verdict(
            score=_score(likely, scale),
            parsed=parsed,
            probabilities=likely,
            mass=found.mass,
            method="logprobs",
            text=answer.text,
            usage=answer.usage,
        )
    return Verdict(
        score=parsed,
        unscored=written.reason,
        detail=written.detail,
        parsed=parsed,
        text=answer.text,
        usage=answer.usage,
    )


def likeliest_point(verdict: Verdict, scale: Scale) -> float | None:
    """The point that was written, or else was likeliest; None if unscored."""
    if verdict.parsed is not None or verdict.probabilities is None:
        return verdict.parsed
    return scale.points[int(np.argmax(verdict.probabilities))]


def withheld(answer: Answer) -> Parsed | None:
    """Why there is no answer to read, where the provider says so."""
    if answer.finish_reason == "content_filter":
        return Parsed(reason="content_filter", detail="the provider withheld the answer")
    if answer.refusal is not None:
        return Parsed(reason="refusal", detail=answer.refusal.strip()[:200])
    return None


def asked_scale(scale: Scale) -> Scale:
    """The scale that the answer is written on: that of a pair is asked for in numerals of its own."""
    return _asked(scale)[0]


def _parsed(answer: Answer, scale: Scale, reasoning: Reasoning, *, named: bool) -> Parsed:
    read = _parse_again if len(answer.text) <= _SHORT else parse_answer
    return read(
        answer.text,
        scale,
        truncated=answer.finish_reason == "length",
        named=named,
        reasoning=reasoning,
    )


#: Most answers are a bare number, the same few over and over.
_parse_again = lru_cache(maxsize=4096)(parse_answer)


def _asked(scale: Scale) -> tuple[Scale, tuple[int, ...]]:
    """The scale the answer is written on, and for each point of `scale` its place there: they differ for a pair."""
    if scale.kind != "pairwise":
        return scale, tuple(range(len(scale.points)))
    answers = sorted(PAIR_ANSWERS[point] for point in scale.points)
    order = tuple(answers.index(PAIR_ANSWERS[point]) for point in scale.points)
    return Scale(kind="ordinal", points=tuple(answers)), order


def _point(written: float, asked: Scale, scale: Scale, order: tuple[int, ...]) -> float:
    return scale.points[order.index(asked.points.index(written))] if scale.points else written


def _score(likely: tuple[float, ...], scale: Scale) -> float:
    if scale.ordered:
        return float(expected_score(np.asarray(likely), scale.points))
    return scale.points[int(np.argmax(likely))]
