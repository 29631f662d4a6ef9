"""`second_look`: the disagreements worth another human look, as a plan that annotation tools can be given."""

from __future__ import annotations

from alia_judge._messages import message
from alia_judge.benchmark.annotation import AnnotationPlan, AnnotationRequest
from alia_judge.errors import UsageError
from alia_judge.evaluation.result import EvaluationResult
from alia_judge.evaluation.slices.surprise import disagreements

__all__ = ["second_look"]


def second_look(
    result: EvaluationResult,
    judge: str | None = None,
    criterion: str | None = None,
    *,
    most: int = 50,
    ratings_each: int = 1,
) -> AnnotationPlan:
    """Which items to show to people again, because the judge surprises there: one of the two sides may be wrong.

    Parameters
    ----------
    result
        An evaluation of this process, not one that was read from JSON: it must still hold its items.
    judge, criterion
        Which one; may be left out where there is one.
    most
        How many items at most, the most surprising first.
    ratings_each
        Further ratings wanted of each.

    Returns
    -------
    AnnotationPlan
        ``plan.to_argilla(ratings)`` and ``plan.to_label_studio(ratings)`` are what those tools take; neither holds the
        judge's score, which would bias whoever looks. Their answers are read by `load_ratings` and joined to the
        ratings by `merge_ratings`.

    Raises
    ------
    UsageError
        If the result holds no items, there is no such judge, or it disagrees nowhere.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> result = aj.evaluate_scores(ratings, {"the truth": truth}, criterion="tone")
    >>> plan = second_look(result, most=5)
    >>> len(plan.to_argilla(ratings))
    5
    """
    if criterion is None and len(result.evidence) == 1:
        (criterion,) = result.evidence
    evidence = result.evidence.get(criterion or "")
    if evidence is None:
        raise UsageError(
            message(
                "the evaluation holds no items of criterion {criterion!r}; it has: {evidence}",
                criterion=criterion,
                evidence=", ".join(result.evidence) or message("none"),
            )
        )
    name = judge or result.subject or (next(iter(evidence.scores)) if len(evidence.scores) == 1 else None)
    if name is None or name not in evidence.scores:
        raise UsageError(
            message("there is no judge {name!r}; there are: {scores}", name=name, scores=", ".join(evidence.scores))
        )
    found = disagreements(evidence.human, evidence.scores[name], most=most)
    if not found:
        raise UsageError(message("{name} disagrees with people nowhere; there is nothing to look at again", name=name))
    return AnnotationPlan(
        criterion=evidence.human.criterion,
        goal="disagreements",
        requests=tuple(
            AnnotationRequest(item_id=one.item_id, n=ratings_each, have=len(one.ratings), gain=abs(one.surprise))
            for one in found
        ),
    )
