"""`Item`: what is rated, and the `Turn`s of a conversation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import orjson

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.records.content import written_content, written_message
from alia_judge.records.images import carried, with_marks

__all__ = ["Item", "Turn"]


#: Words by which a message names an item.
_FIRST_WORDS = 6


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One turn of a conversation: who spoke (``"user"``, ``"assistant"``, ``"tool"``, a name), and what was said.

    Examples
    --------
    >>> import alia_judge as aj
    >>> aj.Turn(role="user", text="My line is down.").text
    'My line is down.'
    """

    role: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """What people and judges look at: a response to a prompt, with where it comes from.

    Parameters
    ----------
    item_id
        Unique within a set of ratings.
    prompt, response, context, reference
        The texts; an object or a number is written as JSON. They are data: never executed, never a path, fenced
        before any model sees them. In a pairwise set `response` is the first of the pair and `response_b` the
        second.
    turns
        The conversation before `response`, its last reply. `from_messages` makes both of a list of messages.
    trace
        What tools were called with, and gave, before the response.
    responses
        The candidates of a list to be ranked; `response` is then empty.
    images
        What is looked at with the texts, as data URIs, each marked in one of them by a code of its content:
        ``[image 9ea2b262]``. They come with the content of a text (parts of messages, bytes, DSPy's and Pillow's
        images), or are given here as any of these and marked in the prompt. What lies at an address or a path is not
        looked up: it stays a mark without a code.
    group
        What the item shares with others (a document, a conversation): groups never straddle a split, and intervals
        resample groups.
    system
        Who wrote the response.
    language
        BCP 47 tag of the response's declared language (``"eu"``).
    extra
        Any further columns, by name.

    Examples
    --------
    >>> import alia_judge as aj
    >>> item = aj.Item(item_id="q1/bot", prompt="How much is it?", response="30 euros.", group="q1", system="bot")
    >>> item.response, item.group
    ('30 euros.', 'q1')
    """

    item_id: str
    prompt: str = ""
    response: str = ""
    context: str | None = None
    reference: str | None = None
    response_b: str | None = None
    turns: tuple[Turn, ...] = ()
    trace: str | None = None
    responses: tuple[str, ...] = ()
    images: tuple[str, ...] = field(default=(), repr=False)
    group: str | None = None
    system: str | None = None
    language: str | None = None
    extra: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        found: list[str] = []
        for name in ("prompt", "response", "context", "reference", "response_b", "trace"):
            value = getattr(self, name)
            if type(value) is not str and (value is not None or name in ("prompt", "response")):
                object.__setattr__(self, name, written_content(value, found))
        if self.images or found:
            images = carried(self.images, found)
            object.__setattr__(self, "images", images)
            object.__setattr__(self, "prompt", with_marks(self.prompt, images, self.texts().values()))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "extra": dict(self.extra)}  # a mapping proxy cannot be pickled

    @classmethod
    def from_messages(cls, item_id: str, messages: Sequence[Mapping[str, Any]], **fields: Any) -> Item:
        """An item of a conversation in OpenAI's shape: the last message is the response, those before it its turns.

        Parameters
        ----------
        item_id
            Unique within a set.
        messages
            Mappings with ``role`` and ``content``. What is no text is written out or marked, as `written_content`
            does: parts, calls of tools and their results, refusals, objects, images.
        **fields
            Any other field of an item.

        Raises
        ------
        UsageError
            If there is no message, one has no role, or the last is not the assistant's.

        Examples
        --------
        >>> said = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
        >>> item = Item.from_messages("a", said)
        >>> item.turns, item.response
        ((Turn(role='user', text='Hi'),), 'Hello')
        """
        images: list[str] = [*fields.pop("images", ())]
        turns = tuple(_turn(message, images) for message in messages)
        if not turns or turns[-1].role != "assistant":
            found = "no message" if not turns else f"a message of {turns[-1].role!r}"
            raise UsageError(
                message("a conversation to judge ends with a message of 'assistant', got {found}", found=found)
            )
        return cls(item_id=item_id, turns=turns[:-1], response=turns[-1].text, images=tuple(images), **fields)

    def fields(self) -> dict[str, Any]:
        """The texts that a judge, or a demonstration, is given of it, by field, as JSON; only what there is."""
        named: dict[str, Any] = {
            "context": self.context,
            "reference": self.reference,
            "prompt": self.prompt or None,
            "turns": [{"role": turn.role, "text": turn.text} for turn in self.turns] or None,
            "trace": self.trace,
            "response": self.response if self.response or not self.responses else None,
            "response_b": self.response_b,
            "responses": list(self.responses) or None,
        }
        return {name: value for name, value in named.items() if value is not None}

    @classmethod
    def from_fields(cls, item_id: str, fields: Mapping[str, Any]) -> Item:
        """The inverse of `fields`, but for what a judge is not given; a field of None is absent."""
        given = {name: value for name, value in fields.items() if value is not None}
        images: list[str] = [*given.pop("images", ())]
        turns = tuple(turn if isinstance(turn, Turn) else _turn(turn, images) for turn in given.pop("turns", ()))
        responses = tuple(written_content(text, images) for text in given.pop("responses", ()))
        return cls(item_id=item_id, turns=turns, responses=responses, images=tuple(images), **given)

    def texts(self) -> dict[str, str]:
        """The texts a judge sees, by field; only those there are. Turns and candidates are numbered."""
        named = {"context": self.context, "reference": self.reference, "prompt": self.prompt or None}
        for number, turn in enumerate(self.turns, 1):
            named[f"turn {number} ({turn.role})"] = turn.text
        named |= {"trace": self.trace, "response": self.response, "response_b": self.response_b}
        for number, text in enumerate(self.responses, 1):
            named[f"response {number}"] = text
        return {name: text for name, text in named.items() if text is not None}

    @property
    def called(self) -> str:
        """What a message calls it: its id, its conversation, and the first words of what is judged.

        Examples
        --------
        >>> Item(item_id="item-3f", group="c12", response="La factura se corrige mañana por la tarde.").called
        "item 'item-3f' (conversation 'c12', 'La factura se corrige mañana por ...')"
        """
        words = (self.response or next(iter(self.responses), "") or self.prompt).split()
        first = f"{' '.join(words[:_FIRST_WORDS])}{' ...' if len(words) > _FIRST_WORDS else ''}"
        known = [*([] if self.group is None else [f"conversation {self.group!r}"]), *([repr(first)] if first else [])]
        return f"item {self.item_id!r}" + (f" ({', '.join(known)})" if known else "")

    def digest(self) -> str:
        """SHA-256 of the texts a judge sees: the item's part of a verdict's cache key.

        Of ``json.dumps(item.texts(), sort_keys=True, ensure_ascii=False)``, written out here: where verdicts are read
        from a store, the general encoder takes longer than all the rest.
        """
        texts = self.texts()
        members = b", ".join([b"%s: %s" % (_quoted(name), _quoted(texts[name])) for name in sorted(texts)])
        return hashlib.sha256(b"{%s}" % members).hexdigest()


def _quoted(text: str) -> bytes:
    """A JSON string in UTF-8."""
    try:
        return orjson.dumps(text)
    except TypeError:  # half of a surrogate pair, which a text cut short may end on, and UTF-8 cannot carry
        return json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _turn(written: Mapping[str, Any], images: list[str]) -> Turn:
    role = written.get("role")
    if not isinstance(role, str) or not role:
        raise UsageError(message("a message needs a role, got {role!r}", role=role))
    return Turn(role=role, text=written_message(written, images))
