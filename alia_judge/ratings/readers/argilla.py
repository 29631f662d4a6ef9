"""Argilla records, as ``dataset.records.to_list()`` or a JSON export gives them, of version 2 or 1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from alia_judge._messages import message
from alia_judge.errors import Problem
from alia_judge.ratings.columns import ITEM_FIELDS, guess_columns
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.source import Source

__all__ = ["READERS", "ArgillaReader"]


#: How the flat export names who answered a question.
_USERS = ".responses.users"
_UNSUBMITTED = message("drafts and discarded answers")
_UNTOLD = message(
    "no answer says whether it was submitted, so drafts and discarded ones count, if "
    "there are any; the flat export says it (dataset.records.to_list(flatten=True))"
)
_KEPT = ("id", "status", "_server_id", "inserted_at", "updated_at", "vectors", "metadata")


class ArgillaReader:
    """Records with ``fields`` (the texts) and ``responses``: the questions are criteria, the users annotators.

    Version 2 has ``{question: [{value, user_id}]}``, version 1 ``[{user_id, values: {question: {value}}}]``, the flat
    export ``question.responses`` beside ``question.responses.users``. Drafts and discarded responses do not count;
    suggestions are a model's, and do not either.
    """

    name: ClassVar[str] = "argilla"
    order: ClassVar[int] = 40

    def sniff(self, source: Source) -> bool:
        """Fields and responses."""
        peeked = source.peek()
        if not peeked:
            return False
        nested = isinstance(peeked[0].get("fields"), Mapping) and "responses" in peeked[0]
        return nested or any(name.endswith(_USERS) for name in peeked[0] if isinstance(name, str))

    def read(self, source: Source, options: ReadOptions) -> RawRatings:  # noqa: ARG002 - the protocol's signature
        """Every submitted answer to every question."""
        raw = RawRatings(value_field="responses")
        nested: list[Any] = []
        for row, (line, record) in enumerate(source.records(), start=1):
            place = line if line is not None else row
            if isinstance(record, Problem):
                raw.problems.append(record)
                continue
            if isinstance(record, Mapping) and any(str(name).endswith(_USERS) for name in record):
                _read_flat(raw, record, place, row)
                continue
            fields = record.get("fields") if isinstance(record, Mapping) else None
            if not isinstance(fields, Mapping):
                raw.problems.append(_problem(source, place, "fields", message("no texts")))
                continue
            nested.append(record.get("responses"))
            item_id = record.get("id") or record.get("external_id") or record.get("_server_id") or f"row-{row}"
            raw.add_item(_item(fields, record.get("metadata")), line=place, item_id=item_id)
            for answer in _answers(record.get("responses")):
                if isinstance(answer, str):
                    raw.problems.append(_problem(source, place, "responses", answer))
                    continue
                if answer is None:
                    raw.left_out[_UNSUBMITTED] = raw.left_out.get(_UNSUBMITTED, 0) + 1
                    continue
                question, user, value = answer
                raw.add(line=place, item_id=item_id, criterion=question, annotator_id=user, value=value)
        if nested and not any(map(_says_status, nested)):
            raw.notes.append(_UNTOLD)
        return raw


READERS = (ArgillaReader(),)


def _read_flat(raw: RawRatings, record: Mapping[str, Any], line: int, row: int) -> None:
    """A record of the flat export: ``tone.responses``, ``tone.responses.users``, ``tone.responses.status``, texts."""
    questions = [name.removesuffix(_USERS) for name in record if name.endswith(_USERS)]
    own = tuple(f"{question}." for question in questions)
    item_id = record.get("id") or record.get("_server_id") or f"row-{row}"
    fields = {name: value for name, value in record.items() if not name.startswith(own) and name not in _KEPT}
    raw.add_item(_item(fields, None), line=line, item_id=item_id)
    for question in questions:
        values, users = _listed(record.get(f"{question}.responses")), _listed(record.get(f"{question}{_USERS}"))
        statuses = _listed(record.get(f"{question}.responses.status")) or ["submitted"] * len(values)
        for value, user, status in zip(values, users, statuses, strict=False):
            if _submitted(status):
                raw.add(line=line, item_id=item_id, criterion=question, annotator_id=user, value=value)
            else:
                raw.left_out[_UNSUBMITTED] = raw.left_out.get(_UNSUBMITTED, 0) + 1


def _listed(value: Any) -> list[Any]:
    plain = value.tolist() if hasattr(value, "tolist") else value
    return list(plain) if isinstance(plain, (list, tuple)) else [] if plain is None else [plain]


def _submitted(status: Any) -> bool:
    # Written as a word, or as the name of an enumeration's member.
    return status is None or str(status).rpartition(".")[2].casefold() == "submitted"


def _says_status(responses: Any) -> bool:
    """Whether some answer of a record says whether it was submitted."""
    given = list(responses.values()) if isinstance(responses, Mapping) else [responses]
    answers = [answer for part in given for answer in (part if isinstance(part, list) else [part])]
    return any(isinstance(answer, Mapping) and "status" in answer for answer in answers)


def _item(fields: Mapping[str, Any], metadata: Any) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for part in (fields, metadata if isinstance(metadata, Mapping) else {}):
        chosen = {name: column for name, column in guess_columns(part).items() if name in ITEM_FIELDS}
        known |= {name: part[column] for name, column in chosen.items() if name not in known}
        known |= {name: value for name, value in part.items() if name not in chosen.values() and name not in known}
    return known


def _answers(responses: Any) -> Iterator[tuple[str, Any, Any] | str | None]:
    """(question, user, value) of each submitted answer, None for another; a sentence where there should be one."""
    if responses is None:
        return
    if isinstance(responses, Mapping):
        for question, given in responses.items():
            for answer in given if isinstance(given, Sequence) and not isinstance(given, str) else [given]:
                if not isinstance(answer, Mapping) or "value" not in answer:
                    yield message("{answer!r:.60} in answer to {question}", answer=answer, question=question)
                elif _submitted(answer.get("status")):
                    yield str(question), answer.get("user_id"), answer["value"]
                else:
                    yield None
        return
    for response in responses if isinstance(responses, Sequence) and not isinstance(responses, str) else [responses]:
        if not isinstance(response, Mapping) or not isinstance(response.get("values", {}), Mapping):
            yield f"{response!r:.60}"
        elif not _submitted(response.get("status")):
            yield None
        else:
            for question, answer in response.get("values", {}).items():
                value = answer.get("value") if isinstance(answer, Mapping) else answer
                yield str(question), response.get("user_id"), value


def _problem(source: Source, line: int, field: str, what: str) -> Problem:
    return Problem(
        file=source.name,
        line=line,
        field=field,
        what=what,
        expected=message("an Argilla record: {{id, fields, responses: {{question: [{{value, user_id}}]}}}}"),
        remedy=message("export the records again (dataset.records.to_list(flatten=False))"),
    )
