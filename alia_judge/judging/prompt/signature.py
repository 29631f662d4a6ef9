"""The judge's DSPy signature: the texts of an item in, a score out, the rubric's instructions in between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dspy

from alia_judge.judging.rubrics.rubric import Rubric

__all__ = ["judge_signature"]

_PURPOSES = {
    "prompt": "what was asked",
    "turns": "the conversation before the response",
    "trace": "what tools were called with, and gave",
    "response": "the text to judge, or the first of a pair",
    "response_b": "the second of a pair",
    "context": "what the response should rest on",
    "reference": "a response known to be good",
    "responses": "the candidates of a list",
    "images": "what is looked at with the texts",
}
_LISTS = ("turns", "responses", "images")


def judge_signature(rubric: Rubric, outputs: Mapping[str, str] | None = None) -> Any:
    """The signature of a judge.

    Its instructions are the rubric's, so that an optimiser that rewrites a predictor's instructions rewrites what the
    prompt says of the criterion, and nothing else.

    Parameters
    ----------
    rubric
        What is judged.
    outputs
        What comes out, by name, where it is not a score.
    """
    fields: dict[str, Any] = {
        name: (list[Any] | None if name in _LISTS else str | None, dspy.InputField(desc=what))
        for name, what in _PURPOSES.items()
    }
    if outputs is None:
        fields["score"] = (float | None, dspy.OutputField(desc=f"{rubric.criterion}, a point of the scale"))
    for name, what in (outputs or {}).items():
        fields[name] = (Any, dspy.OutputField(desc=what))
    return dspy.Signature(fields, rubric.instructions or rubric.criterion)
