"""A judge's parts as JSON, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

import dspy

from alia_judge._json import dumps
from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.demos.neighbours import EMBEDDING, Neighbours
from alia_judge.judging.prompt.shown import FIELDS, plain_turns
from alia_judge.models.recorded_model import allowed_name
from alia_judge.records import Item
from alia_judge.records.content import written_content

__all__ = [
    "as_example",
    "demonstrated",
    "judge_digest",
    "neighbours_of",
    "plain_example",
    "plain_neighbours",
    "recorded_demos",
]

#: A demonstration is shown with the marks of its images.
_SHOWN = (*(name for name in FIELDS if name != "images"), "score", "scores", "ranking", "reasons")


def as_example(demo: Any) -> Any:
    """A demonstration as DSPy keeps it: its texts written out, its images as the marks in them."""
    example = demo if isinstance(demo, dspy.Example) else dspy.Example(**demo)
    held = {name: example[name] for name in FIELDS if name in example and name not in ("turns", "responses", "images")}
    written = {name: written_content(one) for name, one in held.items() if not isinstance(one, (str, type(None)))}
    return example.copy(**written).without("images") if written or "images" in example else example


def demonstrated(demo: Any) -> Item:
    """The item that a demonstration shows, without an id where it has none."""
    shown = plain_example(demo)
    return Item.from_fields(str(demo.get("item_id") or ""), {field: shown[field] for field in FIELDS if field in shown})


def plain_example(demo: Any) -> dict[str, Any]:
    """A demonstration as JSON, without what makes no difference to the prompt."""
    plain = {field: demo[field] for field in _SHOWN if field in demo and demo[field] is not None}
    return {**plain, "turns": plain_turns(plain["turns"])} if plain.get("turns") else plain


def recorded_demos(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The demonstrations in DSPy's state of a predictor; of the rest of that state nothing is taken.

    Raises
    ------
    UsageError
        If one is not an object.
    """
    demos = state.get("demos")
    if not isinstance(demos, list) or not all(isinstance(demo, Mapping) for demo in demos):
        raise UsageError(message("the demonstrations on record must be a list of objects"))
    return [dict(demo) for demo in demos]


def plain_neighbours(neighbours: Neighbours | None) -> Any:
    """As JSON: the number alone where there is no more to it, as it was before there was a choice."""
    if neighbours is None or neighbours == Neighbours(k=neighbours.k):
        return None if neighbours is None else neighbours.k
    return neighbours.to_dict()


def neighbours_of(plain: Any, *, allowed: Collection[str] | None = None) -> Neighbours | None:
    """The inverse of `plain_neighbours`; an embedding model must be among those `allowed`, where None is any.

    Raises
    ------
    UsageError
        If its embedding model is not allowed, or its name carries an address.
    """
    if plain is None or isinstance(plain, int):
        return None if plain is None else Neighbours(k=plain)
    neighbours = Neighbours.from_dict(plain)
    if neighbours.likeness.startswith(EMBEDDING):
        allowed_name(neighbours.likeness.removeprefix(EMBEDDING), allowed)
    return neighbours


def judge_digest(state: Mapping[str, Any]) -> str:
    """SHA-256 of all in a judge's state that decides its verdicts: the same before it is published and once loaded.

    Of a model its name counts, for its settings are completed where it is made.

    Parameters
    ----------
    state
        Of a judge of any kind, as ``dump_state`` gives it or a published one keeps it.
    """
    plain = json.loads(dumps(_deciding(state)))
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _deciding(state: Mapping[str, Any]) -> dict[str, Any]:
    if "members" in state:
        return {**state, "members": [_deciding(member) for member in state["members"]]}
    if "judge" not in state:
        return dict(state)
    own, predictor = state["judge"], state["predict"]
    model = own["model"] and own["model"]["name"]
    shown = {"demos": predictor["demos"], "instructions": predictor["signature"]["instructions"]}
    return {"judge": {**own, "model": model}, **shown}
