"""`inspect_scorer`: a judge as a scorer of an Inspect task."""

from __future__ import annotations

import os
from typing import Any

from alia_judge._optional import require
from alia_judge.integrations._texts import one_text

__all__ = ["inspect_scorer"]


def inspect_scorer(judge: Any, *, lm: Any = None, reference: bool = False) -> Any:
    """A judge as a scorer of an Inspect task.

    Parameters
    ----------
    judge
        A judge (any `dspy.Module` of this library's), or where one was published: a folder, or ``hf://ORG/NAME``.
    lm
        The model to ask, where `judge` is a published one; None is the one it names.
    reference
        Whether the sample's target is a response known to be good, and shown to the judge.

    Returns
    -------
    inspect_ai.scorer.Scorer
        For ``Task(scorer=...)``, with the mean and its standard error. What the judge does not score has no score,
        with the reason in the metadata: Inspect leaves it out of both, and counts it.

    Raises
    ------
    MissingExtraError
        If Inspect is not installed.

    Examples
    --------
    >>> inspect_scorer("my-judge")  # doctest: +SKIP
    """
    scoring = require("inspect_ai.scorer", extra="inspect", purpose="a judge as an Inspect scorer")
    if isinstance(judge, (str, os.PathLike)):
        from alia_judge.publishing import load_judge

        judge = load_judge(judge, lm=lm)
    stated = {"model": judge.lm_identity(), "configuration": judge.configuration().key}

    @scoring.scorer(metrics=[scoring.mean(), scoring.stderr()], name="alia_judge")  # type: ignore[untyped-decorator]
    def alia_judge() -> Any:
        async def score(state: Any, target: Any) -> Any:
            response = state.output.completion
            verdict = (
                await judge.acall(
                    prompt=one_text(state.input_text),
                    response=response,
                    reference=target.text if reference and target.text else None,
                )
            ).verdict
            if verdict.unscored is not None:
                why = {"unscored": verdict.unscored, "detail": verdict.detail, **stated}
                return scoring.Score.unscored(answer=response, explanation=verdict.text or None, metadata=why)
            return scoring.Score(
                value=verdict.score, answer=response, explanation=verdict.text or None, metadata=dict(stated)
            )

        return score

    return alia_judge()
