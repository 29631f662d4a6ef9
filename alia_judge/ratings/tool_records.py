"""What other tools' records hold, as the item that a judge is asked about: each key has a place, or is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.ratings.columns import IMAGES, ITEM_FIELDS, listed, names_of
from alia_judge.records import Item
from alia_judge.records.content import written_content, written_message

__all__ = ["Columns", "item_from", "item_from_messages"]

#: Which key holds a field of an item, and under ``"ignore"`` the keys that a judge is not to see.
Columns = Mapping[str, str | Iterable[str]]

_TEXTS = ("prompt", "context", "reference", "response_b", "trace")
#: Fields that `columns` may name.
_FIELDS = (*_TEXTS, "response", "turns", "item_id", "group", "system", "language", "ignore")
#: What tools call these fields besides the names of columns.
_MORE = {
    "prompt": ("question", "request", "user_input", "task"),
    "turns": ("messages", "conversation", "turns", "history", "chat_history", "dialogue"),
    "trace": ("trace", "tool_calls", "intermediate_steps"),
    "context": ("retrieved_context", "retrieved_contexts", "contexts", "documents", "facts"),
    "response": ("content", "message", "generated_text", "output_text", "result"),
}
_EXPECTED = ("expected_response", "expected_output", "expected_answer", "expected_facts", "ground_truth", "target")
#: What comes with an answer and is not part of it.
_ABOUT_AN_ANSWER = frozenset(
    {"id", "object", "created", "created_at", "model", "usage", "system_fingerprint", "finish_reason", "stop_reason",
     "role", "metadata", "latency", "type", "service_tier", "refusal"}
)  # fmt: skip


def item_from(inputs: Any, outputs: Any, expectations: Any = None, *, columns: Columns | None = None) -> Item:
    """The item in a record of inputs, outputs and expectations.

    Parameters
    ----------
    inputs
        What was asked: a text, a conversation (messages with ``role`` and ``content``), or a mapping whose keys are
        fields of an item under the names that columns of ratings have, or that tools use (``question``, ``messages``).
    outputs
        The response: a text, messages of which the last is it, a chat completion, or a mapping with it under a name
        that columns have.
    expectations
        A mapping; a known good response in it is the reference. What else it holds is for other scorers.
    columns
        Where names do not say it: ``{"prompt": "pregunta_3", "ignore": ["session"]}``.

    Raises
    ------
    UsageError
        If a key of the inputs or outputs has no place, or `columns` names one that is in none of the three.

    Examples
    --------
    >>> item = item_from({"question": "When?", "facts": "9 to 11."}, {"content": "At nine.", "role": "assistant"})
    >>> item.prompt, item.context, item.response
    ('When?', '9 to 11.', 'At nine.')
    """
    said = _said(columns)
    asked = _mapping(inputs, "prompt")
    answered = _mapping(_answer(outputs), "response")
    expected = {key: value for key, value in _mapping(expectations, "reference").items() if value is not None}
    _must_be_there(said, (*asked, *answered, *expected))
    found: dict[str, Any] = {}
    for key, value in asked.items():
        _place(found, said, "inputs", key, value, (*_TEXTS, "turns", "item_id", "group", "system", "language"))
    shown = None if IMAGES in said else answered.pop(IMAGES, None)
    for key, value in answered.items():
        if said.get(key) or key not in _ABOUT_AN_ANSWER:
            _place(found, said, "outputs", key, value, ("response", "response_b", "context", "trace", "turns"))
    for key, value in expected.items():
        field = said.get(key) or ("reference" if _is_called(key, "reference", _EXPECTED) else None)
        if field not in (None, "ignore"):
            found.setdefault(str(field), value)
    return _item({**found, **({IMAGES: shown} if shown else {})})


def item_from_messages(messages: Iterable[Any], response: Any, **fields: Any) -> Item:
    """The item of a conversation and the response that follows it; a conversation of one question is its prompt."""
    turns = [one for one in messages if one]
    if len(turns) == 1 and turns[0].get("role") == "user":
        images: list[str] = []
        prompt = written_message(turns[0], images)
        return _item({"prompt": prompt, "response": response, **fields, IMAGES: images})
    return _item({"turns": turns, "response": response, **fields})


def _said(columns: Columns | None) -> dict[str, str]:
    """Key -> field, as the user says."""
    said: dict[str, str] = {}
    for field, keys in (columns or {}).items():
        if field not in _FIELDS:
            raise UsageError(
                message(
                    "columns names the field {field!r}; fields are {fields}", field=field, fields=", ".join(_FIELDS)
                )
            )
        said |= dict.fromkeys([keys] if isinstance(keys, str) else keys, field)
    return said


def _must_be_there(said: Mapping[str, str], keys: Iterable[str]) -> None:
    there = list(keys)
    for key, field in said.items():
        if field != "ignore" and key not in there:
            raise UsageError(
                message(
                    "columns={{{field!r}: {key!r}}} names a key that is not there; there are: {there}",
                    field=field,
                    key=key,
                    there=listed(there),
                )
            )


def _mapping(value: Any, name: str) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return {str(key): one for key, one in value.items()}
    return {"messages" if _is_conversation(value) and name != "response" else name: value}


def _answer(outputs: Any) -> Any:
    """The response in what a model or an application gave back, with the messages before it."""
    if isinstance(outputs, Mapping) and isinstance(choices := outputs.get("choices"), list) and choices:
        first = choices[0]
        return first.get("message") or first.get("text") if isinstance(first, Mapping) else first
    messages: Any = outputs.get("messages") if isinstance(outputs, Mapping) else outputs
    if _is_conversation(messages):
        rest = dict(outputs) if isinstance(outputs, Mapping) else {}
        rest.pop("messages", None)
        *before, last = messages
        images: list[str] = []
        response = written_message(last, images)
        return {
            **rest,
            "response": response,
            **({"turns": before} if before else {}),
            **({IMAGES: images} if images else {}),
        }
    return outputs


def _is_conversation(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and bool(value)
        and all(isinstance(one, Mapping) and "role" in one for one in value)
    )


def _place(
    found: dict[str, Any], said: Mapping[str, str], where: str, key: str, value: Any, fields: Iterable[str]
) -> None:
    field = said.get(key) or next((one for one in fields if _is_called(key, one)), None)
    if field == "ignore" or value is None:
        return
    if field is None:
        raise UsageError(
            message(
                "{where} has {key!r}, which is no field of an item by its name; say which it is, "
                "columns={{'context': {key!r}}}, or that the judge is not to see it, "
                "columns={{'ignore': [{key!r}]}}",
                where=where,
                key=key,
            )
        )
    if field in found and field != "turns":
        raise UsageError(
            message(
                "{where} has {key!r} for the {field}, and another key holds one, too; leave one out "
                "with columns={{'ignore': [{key!r}]}}",
                where=where,
                key=key,
                field=field,
            )
        )
    before = found.get(field, [])
    repeated = field == "turns" and list(value[: len(before)]) == list(before)  # a graph gives back what it was given
    found[field] = [*before, *value] if before and not repeated else value


def _is_called(key: str, field: str, more: Iterable[str] = ()) -> bool:
    plain = key.casefold()
    return plain in (field, *_MORE.get(field, ()), *more) or plain in names_of(field)


def _item(found: Mapping[str, Any]) -> Item:
    fields = {name: value for name, value in found.items() if name not in ("item_id", "turns")}
    images: list[str] = [*fields.pop(IMAGES, ())]
    fields |= {name: str(value) for name, value in fields.items() if name in ITEM_FIELDS[-3:]}
    fields |= {name: written_content(value, images) for name, value in fields.items() if name in (*_TEXTS, "response")}
    fields[IMAGES] = images
    turns = list(_turns(found.get("turns")))
    item = Item.from_fields("", {"turns": turns, **fields})
    identity = str(found.get("item_id") or f"item-{item.digest()[:12]}")
    return Item.from_fields(identity, {"turns": turns, **fields})


def _turns(value: Any) -> Iterator[Mapping[str, Any]]:
    for one in value or ():
        if not isinstance(one, Mapping) or not one.get("role"):
            raise UsageError(
                message("a turn of a conversation is a mapping with role and content, got {one!r:.60}", one=one)
            )
        yield one
