"""`inspect_scorer`: a judge as a scorer of an Inspect task."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alia_judge._optional import require
from alia_judge.integrations._asked import AskedJudge
from alia_judge.ratings.tool_records import Columns, item_from_messages
from alia_judge.records import Item, Verdict

if TYPE_CHECKING:
    from alia_judge.runner import VerdictStore

__all__ = ["inspect_scorer"]

#: Keys of a sample's metadata that are fields of an item.
_BESIDE = ("context", "group", "system", "language")


def inspect_scorer(
    judge: Any,
    *,
    lm: Any = None,
    reference: bool = False,
    store: VerdictStore | str | Path | None = None,
    columns: Columns | None = None,
    name: str = "alia_judge",
) -> Any:
    """A judge as a scorer of an Inspect task.

    It is shown what was said before the model's last answer (a single question as the prompt, anything longer as
    turns, with calls of tools and their results), that answer as the response, and as context what the sample's
    metadata has under ``context``.

    Parameters
    ----------
    judge
        A judge (any `dspy.Module` of this library's), or where one was published: a folder, or ``hf://ORG/NAME``.
    lm
        The model to ask, where `judge` is a published one; None is the one it names.
    reference
        Whether the sample's target is a response known to be good, and shown to the judge. The letter of a choice
        stands for the choice's text.
    store
        Where verdicts are kept, so that a sample that is judged again is not paid for again: a store, a file or a
        database's address. None is a file beside a published folder, and memory for any other judge.
    columns
        Keys of the sample's metadata that hold a field of an item: ``{"context": "facts"}``.
    name
        What Inspect calls the scorer.

    Returns
    -------
    inspect_ai.scorer.Scorer
        For ``Task(scorer=...)``, with the mean and its standard error; of a judge of several criteria, of each. What
        the judge does not score has no score, with the reason in the explanation and the metadata: Inspect leaves it
        out of both, and counts it.

    Raises
    ------
    MissingExtraError
        If Inspect is not installed.

    Examples
    --------
    >>> inspect_scorer("my-judge")  # doctest: +SKIP
    """
    scoring = require("inspect_ai.scorer", extra="inspect", purpose="a judge as an Inspect scorer")
    asked = AskedJudge(judge, lm=lm, store=store)
    stated = {"model": asked.model, "configuration": asked.configuration}
    each = [scoring.mean(), scoring.stderr()]
    metrics: Any = dict.fromkeys((asked.criterion, *asked.criteria), each) if asked.criteria else each

    @scoring.scorer(metrics=metrics, name=name)  # type: ignore[untyped-decorator]
    def alia_judge() -> Any:
        async def score(state: Any, target: Any) -> Any:
            item = _item(state, target if reference else None, columns or {})
            verdicts = await asyncio.to_thread(asked, item)
            whole = verdicts[asked.criterion]
            why = {name: _reason(one) for name, one in verdicts.items() if one.unscored is not None}
            metadata = {**stated, **({"unscored": whole.unscored, "detail": whole.detail} if whole.unscored else {})}
            explanation = "; ".join(why.values()) or whole.text or None
            if not asked.criteria and whole.unscored is not None:
                return scoring.Score.unscored(answer=item.response, explanation=explanation, metadata=metadata)
            values = {name: float("nan") if one.score is None else one.score for name, one in verdicts.items()}
            return scoring.Score(
                value=values if asked.criteria else whole.score,
                answer=item.response,
                explanation=explanation,
                metadata=metadata,
            )

        return score

    return alia_judge()


def _reason(verdict: Verdict) -> str:
    return f"unscored: {verdict.unscored}" + (f" ({verdict.detail})" if verdict.detail else "")


def _item(state: Any, target: Any, columns: Columns) -> Item:
    metadata = state.metadata or {}
    beside = {field: metadata[field] for field in _BESIDE if metadata.get(field) is not None}
    for field, key in columns.items():
        beside[field] = metadata[key]
    if target is not None and target.text:
        beside["reference"] = _target(state, target)
    said = [_message(one) for one in state.messages]
    if said and said[-1]["role"] == "assistant":
        said.pop()  # the completion
    return item_from_messages(said, state.output.completion, **beside)


def _message(message: Any) -> dict[str, Any]:
    calls = getattr(message, "tool_calls", None) or ()
    called = [{"function": {"name": call.function, "arguments": call.arguments}} for call in calls]
    content = message.content if isinstance(message.content, str) else [part.model_dump() for part in message.content]
    return {"role": message.role, "content": content, "tool_calls": called}


def _target(state: Any, target: Any) -> str:
    """The target's text; of a letter that names a choice, the choice's."""
    choices = list(state.choices or ())
    places = {chr(ord("A") + place): choice.value for place, choice in enumerate(choices)}
    return "\n".join(places.get(one, one) for one in target)
