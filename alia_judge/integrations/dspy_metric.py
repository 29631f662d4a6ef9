"""Metrics for DSPy's own optimizers, with a warning of what a metric that sees one example cannot see.

`dspy.Evaluate`, `dspy.MIPROv2`, `dspy.SIMBA` and `dspy.BootstrapFewShot` take `closeness_metric`; `dspy.GEPA` takes
`feedback_metric`. `alia_judge.JudgeOptimizer` needs neither: it maximises a statistic of the whole set.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import dspy
import numpy as np

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.records import Scale

__all__ = ["PerItemMetricWarning", "closeness_metric", "feedback_metric"]


class PerItemMetricWarning(UserWarning):
    """The mean of a per-item metric is no measure of agreement."""


def closeness_metric(scale: Scale, examples: Sequence[Any] = ()) -> Callable[..., float | bool]:
    """How close a judge's score is to people's, for DSPy's optimizers: 1 on it, 0 a whole scale away.

    What is lost: the mean of it is highest for a judge that answers near the commonest score, whatever the item; it
    rewards the right level as much as the right order; and DSPy has no unscored example, so that one counts as 0, the
    least. Use it where an optimizer has to have a per-item metric, and judge its outcome by a statistic of the whole
    set (`alia_judge.evaluate_judge`).

    Parameters
    ----------
    scale
        The judge's scale.
    examples
        Training examples with ``score``; the warning then says how a judge fares that always answers the same.

    Returns
    -------
    callable
        ``metric(example, prediction, trace=None)``. While DSPy bootstraps demonstrations (`trace` is given) it says
        whether the score is within half a step of people's, so that no poor demonstration is kept.

    Warns
    -----
    PerItemMetricWarning
        Always: with what the metric loses.

    Raises
    ------
    UsageError
        If the scale is nominal, or an example has no score.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", PerItemMetricWarning)
    ...     metric = closeness_metric(Scale.ordinal(1, 5))
    >>> metric(dspy.Example(score=4), dspy.Prediction(score=3.0))
    0.75
    """
    _warn(scale, examples)

    def closeness(example: Any, prediction: Any, trace: Any = None) -> float | bool:
        distance = _distance(scale, example, prediction)
        if trace is not None:
            return distance <= _half_step(scale)
        return 1 - min(distance / (scale.high - scale.low), 1.0)

    return closeness


def feedback_metric(scale: Scale, examples: Sequence[Any] = ()) -> Callable[..., Any]:
    """`closeness_metric` with words on what was wrong, for `dspy.GEPA`.

    Parameters
    ----------
    scale, examples
        As for `closeness_metric`. An example's ``comments`` (a list of what annotators wrote), if it has any, are
        quoted.

    Returns
    -------
    callable
        ``metric(gold, pred, trace=None, pred_name=None, pred_trace=None)``, giving a `dspy.Prediction` with ``score``
        and ``feedback``.

    Warns
    -----
    PerItemMetricWarning
        As `closeness_metric`.

    Raises
    ------
    UsageError
        As `closeness_metric`.
    """
    _warn(scale, examples)

    def feedback(gold: Any, pred: Any, trace: Any = None, pred_name: Any = None, pred_trace: Any = None) -> Any:  # noqa: ARG001 - GEPA's own signature
        distance = _distance(scale, gold, pred)
        score = 1 - min(distance / (scale.high - scale.low), 1.0)
        return dspy.Prediction(score=score, feedback=_feedback(scale, gold, pred))

    return feedback


def _warn(scale: Scale, examples: Sequence[Any]) -> None:
    if not scale.ordered:
        raise UsageError(
            message("scores of a nominal scale are not near or far; compare them by equality in a metric of your own")
        )
    known = ""
    if examples:
        missing = [place for place, example in enumerate(examples) if example.get("score") is None]
        if missing:
            raise UsageError(
                message(
                    "example {missing} has no score; give each the consensus of people as 'score'", missing=missing[0]
                )
            )
        scores = np.array([float(example["score"]) for example in examples])
        middle = float(np.median(scores))
        blind = 1 - float(np.abs(scores - middle).mean()) / (scale.high - scale.low)
        known = f" On these {len(scores)} examples a judge that always answers {middle:g} has {blind:.3f}."
    warnings.warn(
        message(
            "a metric that sees one example at a time cannot tell whether a judge puts examples "
            "in the right order, and favours one that answers near the commonest score.{known} "
            "JudgeOptimizer maximises a statistic of the whole set; or compare what comes out by "
            "evaluate_judge.",
            known=known,
        ),
        PerItemMetricWarning,
        stacklevel=3,
    )


def _distance(scale: Scale, example: Any, prediction: Any) -> float:
    """Between the judge's score and people's; the whole scale where there is none."""
    score = prediction.get("score") if prediction is not None else None
    if score is None or math.isnan(float(score)):
        return scale.high - scale.low
    return abs(float(score) - float(example["score"]))


def _half_step(scale: Scale) -> float:
    points = scale.points
    if not points:
        return (scale.high - scale.low) / 20
    return min(b - a for a, b in itertools.pairwise(points)) / 2


def _feedback(scale: Scale, gold: Any, pred: Any) -> str:
    people = float(gold["score"])
    score = pred.get("score") if pred is not None else None
    if score is None:
        reason = pred.get("unscored") if pred is not None else None
        said = (
            f"People gave {people:g}. There was no score to read ({reason or 'no answer'}): answer with a score only."
        )
    else:
        apart = float(score) - people
        side = "right" if abs(apart) <= _half_step(scale) else f"{abs(apart):.2g} too {'high' if apart > 0 else 'low'}"
        span = f"on a scale from {scale.low:g} to {scale.high:g}"
        said = f"People gave {people:g} {span}; the judge gave {float(score):.2f}: {side}."
    comments = [str(comment) for comment in gold.get("comments") or () if str(comment).strip()]
    return said + (" What people wrote: " + " / ".join(comments) if comments else "")
