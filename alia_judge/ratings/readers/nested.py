"""Annotator -> item -> label, in one JSON object: the layout of the alt-test's data.

References
----------
.. [1] Calderon, Reichart & Dror (2025). "The Alternative Annotator Test for LLM-as-a-Judge". ACL 2025.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from alia_judge.errors import Problem
from alia_judge.ratings.columns import guess_columns
from alia_judge.ratings.json_lines import line_of
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.source import Source

__all__ = ["READERS", "NestedReader"]


class NestedReader:
    """A JSON object whose keys are annotators and whose values are objects: item -> label, a string or a number."""

    name: ClassVar[str] = "nested"
    order: ClassVar[int] = 80

    def sniff(self, source: Source) -> bool:
        """An object of objects, most of whose values are plain."""
        if source.kind != "json":
            return False
        document = source.document()
        if not isinstance(document, Mapping) or not document:
            return False
        if {"item_id", "value"} <= guess_columns(map(str, document)).keys():
            # A data frame written column by column (`DataFrame.to_json`): its keys are columns, not people.
            return False
        nested = [value for value in document.values() if isinstance(value, Mapping)]
        if 2 * len(nested) <= len(document):
            return False
        labels = [label for value in nested for label in list(value.values())[:20]]
        plain = sum(not isinstance(label, (Mapping, list)) for label in labels)
        return 2 * plain > len(labels)

    def read(self, source: Source, options: ReadOptions) -> RawRatings:
        """Every label, under its annotator's name and the item's key."""
        raw = RawRatings(value_field="label")
        document = source.document()
        if not isinstance(document, Mapping):
            raw.problems.append(
                _problem(source, (), f"a JSON {type(document).__name__}", "an object: annotator -> item -> label")
            )
            return raw
        for annotator, labels in document.items():
            if not isinstance(labels, Mapping):
                raw.problems.append(_problem(source, (annotator,), f"{labels!r:.60}", "an object: item -> label"))
                continue
            for item, label in labels.items():
                if isinstance(label, (Mapping, list)):
                    raw.problems.append(_problem(source, (annotator, item), f"{label!r:.60}", "one label"))
                    continue
                raw.add(
                    item_id=item,
                    criterion=options.criterion,
                    annotator_id=annotator,
                    value=label,
                    path=(annotator, item),
                )
        return raw


READERS = (NestedReader(),)


def _problem(source: Source, path: tuple[str, ...], what: str, expected: str) -> Problem:
    return Problem(
        file=source.name,
        line=line_of(source.text, path) if source.path is not None else None,
        field=" -> ".join(path) or None,
        what=what,
        expected=expected,
        remedy="correct it or remove it",
    )
