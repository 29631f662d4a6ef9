"""The judge's DSPy signature: the texts of an item in, a score out, the rubric's instructions in between."""

from __future__ import annotations

from typing import Any

import dspy

from alia_judge.judging.rubric import Rubric

__all__ = ["judge_signature"]

_PURPOSES = {
    "prompt": "what was asked",
    "response": "the text to judge, or the first of a pair",
    "response_b": "the second of a pair",
    "context": "what the response should rest on",
    "reference": "a response known to be good",
}


def judge_signature(rubric: Rubric) -> Any:
    """The signature of a judge.

    Its instructions are the rubric's, so that an optimiser that rewrites a predictor's instructions rewrites what the
    prompt says of the criterion, and nothing else.
    """
    fields: dict[str, Any] = {name: (str | None, dspy.InputField(desc=what)) for name, what in _PURPOSES.items()}
    fields["score"] = (float | None, dspy.OutputField(desc=f"{rubric.criterion}, a point of the scale"))
    return dspy.Signature(fields, rubric.instructions or rubric.criterion)
