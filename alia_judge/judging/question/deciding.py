"""A rubric as a typed question to a decision model, and its distribution as a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.answer.probabilities import expected_score
from alia_judge.judging.answer.vocabulary import NO, PAIR_ANSWERS, YES
from alia_judge.judging.prompt.prompt import render_criterion
from alia_judge.judging.prompt.shown import Shown
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.judging.rubrics.wording import wording_for
from alia_judge.records import Scale, Usage, Verdict

__all__ = ["decision_question", "decision_state", "decision_verdict"]

#: Levels of a score that System One, DSPy and AnyJev take; of a choice as many options as the servers take.
_MOST_LEVELS = 10
_MOST_OPTIONS = 64


def decision_question(rubric: Rubric) -> dict[str, Any]:
    """What a decision model is asked: yes or no, a score of ordered levels, or a choice.

    Raises
    ------
    UsageError
        If the scale has no points, or more than there may be options.

    Examples
    --------
    >>> rubric = Rubric(criterion="Is it polite?", scale=Scale.binary())
    >>> decision_question(rubric)["type"]
    'noul'
    """
    scale, wording = rubric.scale, wording_for(rubric.language)
    if not scale.points:
        raise UsageError(
            message(
                "a decision model chooses among points, and a continuous scale has none; pass "
                "granularity= to ask on some"
            )
        )
    if len(scale.points) > _MOST_OPTIONS:
        raise UsageError(
            message(
                "a decision model chooses among at most {most_options} points, got {n}",
                most_options=_MOST_OPTIONS,
                n=len(scale.points),
            )
        )
    asked: dict[str, Any] = {"instructions": "\n\n".join([*render_criterion(rubric), wording.notice])}
    if scale.kind == "pairwise":
        first, second = wording.pair
        meant = {1.0: first, 2.0: second, 0.0: None}
        return {
            **asked,
            "type": "choice",
            "criteria": {f"{PAIR_ANSWERS[one]:g}": meant[PAIR_ANSWERS[one]] for one in scale.points},
        }
    words = {point: rubric.words(point) for point in scale.points}
    if _is_yes_no(scale):
        no, yes = scale.points
        meaning = {"true": rubric.anchors.get(yes), "false": rubric.anchors.get(no)}
        said = {name: text for name, text in meaning.items() if text}
        return {**asked, "type": "noul", **({"criteria": said} if said else {})}
    if scale.kind == "ordinal" and len(scale.points) <= _MOST_LEVELS:
        levels = [f"{point:g}: {text}" if text else f"{point:g}" for point, text in words.items()]
        return {**asked, "type": "score", "criteria": levels}
    named = scale.labels or tuple(f"{point:g}" for point in scale.points)
    return {
        **asked,
        "type": "choice",
        "criteria": {name: rubric.anchors.get(point) for name, point in zip(named, scale.points, strict=True)},
    }


def decision_state(shown: Shown, demos: Sequence[Mapping[str, Any]], texts: Mapping[str, Any]) -> str:
    """What the question is about: the item's texts in their fences, after the demonstrations with their scores."""
    shots = [f"{shown.render(demo, '')}\n= {demo['score']}" for demo in demos if demo.get("score") is not None]
    return "\n\n".join([*shots, shown.render(texts, "")])


def decision_verdict(probabilities: Sequence[float], scale: Scale, usage: Usage) -> Verdict:
    """The verdict of a distribution over a scale's points: read as log-probabilities are."""
    likely = tuple(probabilities)
    best = scale.points[int(np.argmax(likely))]
    score = float(expected_score(np.asarray(likely), scale.points)) if scale.ordered else best
    return Verdict(score=score, parsed=best, probabilities=likely, mass=1.0, method="logprobs", usage=usage)


def _is_yes_no(scale: Scale) -> bool:
    if scale.kind != "binary":
        return False
    no, yes = (label.casefold() for label in scale.labels) if scale.labels else ("no", "yes")
    return no in NO and yes in YES
