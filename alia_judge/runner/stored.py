"""`Stored`: one row of a verdict store; and a verdict as the text in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import orjson

from alia_judge.records import Usage, Verdict

__all__ = ["Stored", "read", "written"]


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@dataclass(frozen=True, kw_only=True)
class Stored:
    """One row of a store.

    Parameters
    ----------
    configuration, parameters
        The key of what was asked, and its parameters as JSON.
    model
        The identity of the model that answered.
    sample
        The number of the sample.
    item
        The digest of the item's texts (`Item.digest`).
    verdict
        The raw verdict.
    """

    configuration: str
    parameters: str
    model: str
    sample: int
    item: str
    verdict: Verdict


def written(verdict: Verdict) -> str:
    """The fields in order: half the length of an object with names, and quicker to read."""
    usage = verdict.usage
    fields: tuple[Any, ...] = (
        verdict.score,
        verdict.unscored,
        verdict.detail,
        verdict.parsed,
        verdict.probabilities,
        verdict.mass,
        verdict.method,
        verdict.text,
        (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens, usage.cost, usage.seconds),
    )
    # What a verdict does not have is left out at the end: so it was written before there was any of it.
    further = (
        {name: written(part) for name, part in verdict.parts.items()},
        verdict.asked,
        verdict.revision,
        verdict.images,
    )
    there = max((place for place, one in enumerate(further, 1) if one), default=0)
    fields = (*fields, *further[:there])
    return _ENCODER.encode(fields)


def read(text: str) -> Verdict:
    """The inverse of `written`; a ValueError or TypeError where it is damaged."""
    score, unscored, detail, parsed, probabilities, mass, method, written, usage, *more = orjson.loads(text)
    prompt_tokens, completion_tokens, cached_tokens, cost, seconds = usage
    return Verdict(
        score=score,
        unscored=unscored,
        detail=detail,
        parsed=parsed,
        probabilities=None if probabilities is None else tuple(probabilities),
        mass=mass,
        method=method,
        text=written,
        usage=Usage(
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            cached_tokens=cached_tokens,
            cost=cost,
            seconds=seconds,
        ),
        parts={name: read(part) for name, part in more[0].items()} if more else {},
        asked=tuple(more[1]) if len(more) > 1 else (),
        revision=more[2] if len(more) > 2 else "",
        images=more[3] if len(more) > 3 else 0,
    )
