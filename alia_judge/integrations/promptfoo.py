"""`promptfoo_grader`: a judge as the grader of promptfoo, in one Python process that promptfoo keeps."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alia_judge.errors import ModelError
from alia_judge.integrations._asked import AskedJudge
from alia_judge.ratings.tool_records import Columns, item_from
from alia_judge.records import Scale, Verdict

if TYPE_CHECKING:
    from alia_judge.runner import VerdictStore

__all__ = ["promptfoo_grader"]


def promptfoo_grader(
    judge: Any,
    *,
    lm: Any = None,
    store: VerdictStore | str | Path | None = None,
    columns: Columns | None = None,
    pass_at: float | None = None,
) -> Callable[[str, Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]:
    """A judge as what promptfoo's ``llm-rubric`` asks, as the ``call_api`` of a file of one's own.

    The text that promptfoo writes for a grader is not read: the judge has its own rubric. It is shown the output, and
    the test's variables as fields of an item, by the names that columns of ratings have.

    Parameters
    ----------
    judge
        A judge (any `dspy.Module` of this library's), or where one was published: a folder, or ``hf://ORG/NAME``.
    lm
        The model to ask, where `judge` is a published one; None is the one it names.
    store
        Where verdicts are kept, so that an output that is graded again is not paid for again: a store, a file or a
        database's address. None is a file beside a published folder, and memory for any other judge.
    columns
        Where the names of variables do not say which field of an item they are: ``{"context": "canal", "ignore":
        ["id"]}``. A variable without a place is an error.
    pass_at
        The point of the scale from which an output passes; None leaves it to promptfoo's ``threshold``.

    Returns
    -------
    callable
        Gives ``output`` with ``pass``, ``score`` (0 is the worst end of the scale, 1 the best) and ``reason``;
        ``cost`` and ``tokenUsage``; in ``metadata`` the score on the scale, the model and the configuration. Where the
        judge does not score the output it raises: promptfoo counts an error apart, where it would make a grader that
        says so a score of 0.

    Examples
    --------
    >>> call_api = promptfoo_grader("my-judge", pass_at=4)  # doctest: +SKIP
    """
    asked = AskedJudge(judge, lm=lm, store=store)

    def call_api(prompt: str, options: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001
        variables = dict(context.get("vars") or {})
        output = variables.pop("output", None)
        variables.pop("rubric", None)
        verdict = asked(item_from(variables, _plain(output), columns=columns))[asked.criterion]
        if verdict.score is None:
            raise ModelError(f"unscored: {verdict.unscored}" + (f" ({verdict.detail})" if verdict.detail else ""))
        usage, share = verdict.usage, _share(verdict.score, asked.scale)
        passes = pass_at is None or share >= _share(pass_at, asked.scale)
        return {
            "output": {"pass": passes, "score": share, "reason": _reason(asked, verdict)},
            "cost": usage.cost or 0.0,
            "tokenUsage": {
                "total": usage.prompt_tokens + usage.completion_tokens,
                "prompt": usage.prompt_tokens,
                "completion": usage.completion_tokens,
            },
            "metadata": {"score": verdict.score, "model": asked.model, "configuration": asked.configuration},
        }

    return call_api


def _plain(output: Any) -> Any:
    """promptfoo reads an output that is JSON; a judge is shown what a person would see."""
    return output if output is None or isinstance(output, str) else json.dumps(output, ensure_ascii=False)


def _share(score: float, scale: Scale) -> float:
    """From 0, the worst end of the scale, to 1, the best."""
    share = (score - scale.low) / (scale.high - scale.low)
    return 1.0 - share if scale.reverse else share


def _reason(asked: AskedJudge, verdict: Verdict) -> str:
    said = f"{asked.criterion} {verdict.score:.2f} of {asked.scale.low:g} to {asked.scale.high:g}"
    return f"{said}: {verdict.text.strip()}" if any(one.isalpha() for one in verdict.text) else said
