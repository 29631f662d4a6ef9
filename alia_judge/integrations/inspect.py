"""`inspect_scorer`: a judge as a scorer of an Inspect task."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from alia_judge._messages import message
from alia_judge._optional import require
from alia_judge.errors import UsageError
from alia_judge.integrations._asked import AskedJudge
from alia_judge.publishing import read_published
from alia_judge.ratings.tool_records import Columns, item_from_messages
from alia_judge.records import Item, Verdict
from alia_judge.runner import VerdictStore

__all__ = ["inspect_scorer", "registered"]

#: Judges that were given as they are, by what a log says of them.
_HERE: dict[str, AskedJudge] = {}

#: Keys of a sample's metadata that are fields of an item.
_BESIDE = ("context", "group", "system", "language")


def inspect_scorer(
    judge: Any,
    *,
    lm: Any = None,
    reference: bool = False,
    store: VerdictStore | str | Path | None = None,
    columns: Columns | None = None,
    name: str | None = None,
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
        What Inspect calls the scorer; None is ``judge``, and ``criteria`` for a judge of several.

    Returns
    -------
    inspect_ai.scorer.Scorer
        For ``Task(scorer=...)``, with the mean and its standard error; of a judge of several criteria, of each. What
        the judge does not score has no score, with the reason in the explanation and the metadata: Inspect leaves it
        out of both, and counts it. The log names the published judge and its digest, and Inspect can make the scorer
        again from it: ``inspect score LOG --scorer alia_judge/judge -S judge=my-judge``.

    Raises
    ------
    MissingExtraError
        If Inspect is not installed.

    Examples
    --------
    >>> inspect_scorer("my-judge")  # doctest: +SKIP
    """
    require("inspect_ai.scorer", extra="inspect", purpose="a judge as an Inspect scorer")
    published = isinstance(judge, (str, os.PathLike))
    told: dict[str, Any] = {"reference": reference, "columns": None if columns is None else dict(columns)}
    if published and (lm is None or isinstance(lm, str)) and not isinstance(store, VerdictStore):
        where = str(judge) if str(judge).startswith("hf://") else str(Path(judge).resolve())
        told |= {"judge": where, "digest": read_published(where).manifest.digest, "lm": lm}
        told["store"] = None if store is None else str(store)
        asked = _published(where, lm, told["store"])
    else:
        asked = AskedJudge(judge, lm=lm, store=store)
        told["judge"] = f"in memory, configuration {asked.configuration}"
        _HERE[told["judge"]] = asked
    several = bool(asked.criteria)
    return registered(name or ("criteria" if several else "judge"), criteria=several)(**told)


@cache
def registered(name: str, *, criteria: bool) -> Callable[..., Any]:
    """The scorer of this name as Inspect registers it: what it is made with stands in the log, and makes it again.

    Parameters
    ----------
    name
        What Inspect calls it.
    criteria
        Whether the judge gives a value for each of several criteria.
    """
    scoring = require("inspect_ai.scorer", extra="inspect", purpose="a judge as an Inspect scorer")
    each = [scoring.mean(), scoring.stderr()]

    @scoring.scorer(metrics={"*": each} if criteria else each, name=name)  # type: ignore[untyped-decorator]
    def made(
        judge: str,
        digest: str | None = None,
        lm: str | None = None,
        reference: bool = False,
        store: str | None = None,
        columns: dict[str, Any] | None = None,
    ) -> Any:
        asked = _HERE.get(judge) or _published(judge, lm, store)
        if digest is not None and read_published(judge).manifest.digest != digest:
            raise UsageError(
                message(
                    "{judge} is another judge than the log's, whose digest is {digest}; leave digest out",
                    judge=judge,
                    digest=digest,
                )
            )
        return _scorer(asked, reference=reference, columns=columns or {}, judge=judge, digest=digest)

    factory: Callable[..., Any] = made
    return factory


def _scorer(asked: AskedJudge, *, reference: bool, columns: Columns, judge: str, digest: str | None) -> Any:
    scoring = require("inspect_ai.scorer", extra="inspect", purpose="a judge as an Inspect scorer")
    stated = {"model": asked.model, "configuration": asked.configuration, "judge": judge, "digest": digest}

    async def score(state: Any, target: Any) -> Any:
        item = _item(state, target if reference else None, columns)
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


@lru_cache(maxsize=64)
def _published(judge: str, lm: str | None, store: str | None) -> AskedJudge:
    return AskedJudge(judge, lm=lm, store=store)


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
