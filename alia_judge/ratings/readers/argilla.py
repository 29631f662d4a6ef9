"""Argilla records, as ``dataset.records.to_list()`` or a JSON export gives them, of version 2 or 1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from alia_judge.errors import Problem
from alia_judge.ratings.columns import ITEM_FIELDS, guess_columns
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.source import Source

__all__ = ["READERS", "ArgillaReader"]


class ArgillaReader:
    """Records with ``fields`` (the texts) and ``responses``: the questions are criteria, the users annotators.

    Version 2 has ``{question: [{value, user_id}]}``, version 1 ``[{user_id, values: {question: {value}}}]``.
    Drafts and discarded responses do not count; suggestions are a model's, and do not either.
    """

    name: ClassVar[str] = "argilla"
    order: ClassVar[int] = 40

    def sniff(self, source: Source) -> bool:
        """Fields and responses."""
        peeked = source.peek()
        return bool(peeked) and isinstance(peeked[0].get("fields"), Mapping) and "responses" in peeked[0]

    def read(self, source: Source, options: ReadOptions) -> RawRatings:  # noqa: ARG002 - the protocol's signature
        """Every submitted answer to every question."""
        raw = RawRatings(value_field="responses")
        for row, (line, record) in enumerate(source.records(), start=1):
            place = line if line is not None else row
            if isinstance(record, Problem):
                raw.problems.append(record)
                continue
            fields = record.get("fields") if isinstance(record, Mapping) else None
            if not isinstance(fields, Mapping):
                raw.problems.append(_problem(source, place, "fields", "no texts"))
                continue
            item_id = record.get("id") or record.get("external_id") or record.get("_server_id") or f"row-{row}"
            raw.add_item(_item(fields, record.get("metadata")), line=place, item_id=item_id)
            for answer in _answers(record.get("responses")):
                if isinstance(answer, str):
                    raw.problems.append(_problem(source, place, "responses", answer))
                    continue
                question, user, value = answer
                raw.add(line=place, item_id=item_id, criterion=question, annotator_id=user, value=value)
        return raw


READERS = (ArgillaReader(),)


def _item(fields: Mapping[str, Any], metadata: Any) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for part in (fields, metadata if isinstance(metadata, Mapping) else {}):
        chosen = {name: column for name, column in guess_columns(part).items() if name in ITEM_FIELDS}
        known |= {name: part[column] for name, column in chosen.items() if name not in known}
        known |= {name: value for name, value in part.items() if name not in chosen.values() and name not in known}
    return known


def _answers(responses: Any) -> Iterator[tuple[str, Any, Any] | str]:
    """(question, user, value) of each submitted answer; a sentence where there should be one."""
    if responses is None:
        return
    if isinstance(responses, Mapping):
        for question, given in responses.items():
            for answer in given if isinstance(given, Sequence) and not isinstance(given, str) else [given]:
                if not isinstance(answer, Mapping) or "value" not in answer:
                    yield f"{answer!r:.60} in answer to {question}"
                elif answer.get("status", "submitted") == "submitted":
                    yield str(question), answer.get("user_id"), answer["value"]
        return
    for response in responses if isinstance(responses, Sequence) and not isinstance(responses, str) else [responses]:
        if not isinstance(response, Mapping) or not isinstance(response.get("values", {}), Mapping):
            yield f"{response!r:.60}"
        elif response.get("status", "submitted") == "submitted":
            for question, answer in response.get("values", {}).items():
                value = answer.get("value") if isinstance(answer, Mapping) else answer
                yield str(question), response.get("user_id"), value


def _problem(source: Source, line: int, field: str, what: str) -> Problem:
    return Problem(
        file=source.name,
        line=line,
        field=field,
        what=what,
        expected="an Argilla record: {id, fields, responses: {question: [{value, user_id}]}}",
        remedy="export the records again (dataset.records.to_list(flatten=False))",
    )
