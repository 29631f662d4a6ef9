"""`mlflow_scorer`: a judge as a scorer of `mlflow.genai.evaluate`."""

from __future__ import annotations

import os
from typing import Any

from alia_judge._optional import require
from alia_judge.integrations._texts import texts_of

__all__ = ["mlflow_scorer"]


def mlflow_scorer(judge: Any, *, name: str | None = None, lm: Any = None) -> Any:
    """A judge as a scorer of MLflow's GenAI evaluation.

    Parameters
    ----------
    judge
        A judge (any `dspy.Module` of this library's), or where one was published: a folder, or ``hf://ORG/NAME``.
    name
        What MLflow calls the metric; the rubric's criterion by default.
    lm
        The model to ask, where `judge` is a published one; None is the one it names.

    Returns
    -------
    mlflow.genai.scorers.Scorer
        For ``mlflow.genai.evaluate(scorers=[...])``. Its feedback has the score as value, what the model wrote as
        rationale, and as source the judge and its model. What the judge does not score is an error with the reason:
        MLflow leaves it out of the mean.

    Raises
    ------
    MissingExtraError
        If MLflow is not installed.

    Examples
    --------
    >>> mlflow_scorer("my-judge")  # doctest: +SKIP
    """
    genai = require("mlflow.genai", extra="mlflow", purpose="a judge as an MLflow scorer")
    entities = require("mlflow.entities", extra="mlflow", purpose="a judge as an MLflow scorer")
    if isinstance(judge, (str, os.PathLike)):
        from alia_judge.publishing import load_judge

        judge = load_judge(judge, lm=lm)
    called = name or judge.rubric.criterion
    source = entities.AssessmentSource(source_type="LLM_JUDGE", source_id=judge.lm_identity())
    configuration = {"alia_judge.configuration": judge.configuration().key}

    @genai.scorer(name=called)  # type: ignore[untyped-decorator]
    def score(inputs: Any = None, outputs: Any = None, expectations: Any = None) -> Any:
        verdict = judge(**texts_of(inputs, outputs, expectations)).verdict
        given: dict[str, Any] = {"name": called, "source": source, "metadata": configuration}
        if verdict.unscored is not None:
            why = entities.AssessmentError(error_code=verdict.unscored.upper(), error_message=verdict.detail or "")
            return entities.Feedback(error=why, **given)
        return entities.Feedback(value=verdict.score, rationale=verdict.text or None, **given)

    return score
