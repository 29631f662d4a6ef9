"""Conversations in a table's cell: the messages in OpenAI's shape, and the response and turns they are to a judge."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from typing import Any

from alia_judge.records import Item, Turn

__all__ = ["conversation_in", "messages_of", "split_conversation", "turns_of", "without_conversations", "written_turns"]

#: Columns that may hold one.
_COLUMNS = ("messages", "conversation", "turns", "dialogue")
#: Rows that tell whether it does.
_LOOKED_AT = 200


def conversation_in(names: Container[str]) -> list[str]:
    """Of the columns `names`, those that may hold a conversation, likeliest first."""
    return [name for name in _COLUMNS if name in names]


def messages_of(value: Any) -> list[Mapping[str, Any]] | None:
    """The messages in a cell, which has them as they are or as JSON text; None where it holds something else.

    Examples
    --------
    >>> messages_of('[{"role": "user", "content": "Hi"}]')
    [{'role': 'user', 'content': 'Hi'}]
    >>> messages_of("5") is None
    True
    """
    if isinstance(value, str):
        if not value.lstrip().startswith("["):
            return None
        try:
            value = json.loads(value)
        except ValueError:
            return None
    listed = value.tolist() if hasattr(value, "tolist") else value  # Parquet's lists come as arrays
    if not isinstance(listed, (list, tuple)) or not listed:
        return None
    messages = [message for message in listed if isinstance(message, Mapping) and "role" in message]
    return messages if len(messages) == len(listed) else None


def split_conversation(
    messages: Sequence[Mapping[str, Any]], response: str | None, images: list[str] | None = None
) -> tuple[tuple[Turn, ...], str]:
    """The turns and the response that follows them.

    Parameters
    ----------
    messages
        The conversation.
    response
        What another column gives as the response; it is then what follows the messages, or their last one again. None
        takes the last message.
    images
        Where to put the images that come with the messages.

    Raises
    ------
    ValueError
        If there is no response and the last message is not the assistant's, or a message has no role.
    """
    whole = response is None
    item = Item.from_messages("", messages) if whole else Item.from_fields("", {"turns": messages})
    if images is not None:
        images += item.images
    if response is None:
        return item.turns, item.response
    turns = item.turns
    if turns[-1].role == "assistant" and turns[-1].text.strip() == response.strip():
        turns = turns[:-1]
    return turns, response


def written_turns(turns: Sequence[Turn]) -> str | None:
    """Turns as the text that stands for them in a table; None for none."""
    if not turns:
        return None
    return json.dumps([{"role": turn.role, "text": turn.text} for turn in turns], ensure_ascii=False)


def turns_of(cell: Any) -> tuple[Turn, ...] | None:
    """The inverse of `written_turns`; None where the cell holds no conversation."""
    messages = messages_of(cell)
    return None if messages is None else Item.from_fields("", {"turns": messages}).turns


def without_conversations(
    columns: Mapping[str, Sequence[Any]], chosen: Mapping[str, str], said: Mapping[str, Any]
) -> dict[str, str]:
    """`chosen` without a column that was taken for the group by its name (``conversation``) and holds messages."""
    column = chosen.get("group")
    if column is None or "group" in said:
        return dict(chosen)
    if not any(messages_of(value) for value in columns[column][:_LOOKED_AT]):
        return dict(chosen)
    return {name: one for name, one in chosen.items() if name != "group"}
