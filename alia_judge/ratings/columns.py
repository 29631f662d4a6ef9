"""Which column of a table holds what: guessed from common names, said by the user where the guess is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from alia_judge.errors import UsageError

__all__ = ["ITEM_FIELDS", "RATING_EXTRAS", "TEXT_FIELDS", "guess_columns", "known_names"]

#: `Item`'s fields that hold text.
TEXT_FIELDS = ("prompt", "response", "context", "reference", "response_b")
#: Every field of `Item` but its id and extras.
ITEM_FIELDS = (*TEXT_FIELDS, "group", "system", "language")
#: What a rating may carry beside its value.
RATING_EXTRAS = ("comment", "timestamp", "seconds")

#: Names people give these columns, likeliest first, compared without case, spaces, hyphens or underscores.
_ALIASES: dict[str, tuple[str, ...]] = {
    "item_id": ("item_id", "item", "example_id", "sample_id", "task_id", "instance_id", "record_id", "idx", "id"),
    "annotator_id": (
        "annotator_id", "annotator", "rater_id", "rater", "worker_id", "worker", "user_id", "user", "coder", "judge",
        "evaluator", "labeler", "anotador", "anotadora",
    ),
    "criterion": ("criterion", "dimension", "aspect", "metric", "criteria", "question", "criterio", "attribute"),
    "value": ("value", "rating", "score", "label", "grade", "annotation", "answer", "stars", "nota", "puntuacion"),
    "position": ("position", "rating_index"),
    "prompt": ("prompt", "instruction", "question_text", "input", "query", "user_message"),
    "response": ("response", "output", "completion", "answer_text", "text", "summary", "reply", "respuesta"),
    "context": ("context", "document", "article", "source_text", "passage", "contexto"),
    "reference": ("reference", "gold", "reference_answer", "referencia"),
    "response_b": ("response_b", "output_b", "completion_b"),
    "group": ("group", "group_id", "conversation_id", "document_id", "doc_id", "dialogue_id", "source_id", "grupo"),
    "system": ("system", "model", "model_id", "system_id", "sistema"),
    "language": ("language", "lang", "locale", "idioma", "lengua"),
    "comment": ("comment", "comments", "rationale", "explanation", "justification", "comentario"),
    "timestamp": ("timestamp", "created_at", "submitted_at", "time", "date", "fecha"),
    "seconds": ("seconds", "duration", "lead_time", "time_spent", "elapsed", "segundos"),
}  # fmt: skip


def known_names() -> tuple[str, ...]:
    """The library's names for columns, in the order they are guessed."""
    return tuple(_ALIASES)


def guess_columns(present: Iterable[str], said: Mapping[str, str] | None = None) -> dict[str, str]:
    """The source's column for each of the library's names.

    Parameters
    ----------
    present
        The source's columns.
    said
        What the user said, ``{library's name: source's column}``; it wins over any guess.

    Returns
    -------
    dict
        ``{library's name: source's column}``, only those found. Each column serves once.

    Raises
    ------
    UsageError
        If the user names a column that is not there.

    Examples
    --------
    >>> guess_columns(["Example ID", "rater", "score", "model"])
    {'item_id': 'Example ID', 'annotator_id': 'rater', 'value': 'score', 'system': 'model'}
    """
    columns = list(present)
    said = dict(said or {})
    for name, column in said.items():
        if column not in columns:
            raise UsageError(
                f"columns={{{name!r}: {column!r}}} names a column that is not there; there are: {', '.join(columns)}"
            )
    taken = set(said.values())
    chosen: dict[str, str] = {}
    for name, aliases in _ALIASES.items():
        if name in said:
            chosen[name] = said[name]
            continue
        free = {_plain(column): column for column in reversed(columns) if column not in taken}
        found = next((free[_plain(alias)] for alias in aliases if _plain(alias) in free), None)
        if found is not None:
            chosen[name] = found
            taken.add(found)
    return chosen


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
