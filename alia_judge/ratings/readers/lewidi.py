"""LeWiDi (Learning With Disagreements): items with all annotations and who gave them.

References
----------
.. [1] Leonardelli et al. (2023). "SemEval-2023 Task 11: Learning with Disagreements (LeWiDi)". SemEval 2023.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from alia_judge._messages import message
from alia_judge.errors import Problem
from alia_judge.ratings.columns import ITEM_FIELDS, guess_columns
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.source import Source

__all__ = ["READERS", "LewidiReader"]

#: Keys that say what can be computed from the annotations.
_DERIVED = ("number of annotations", "number of annotators", "hard_label", "soft_label")


class LewidiReader:
    """An object of items: ``{"1": {"text", "annotations": "0,1,1", "annotators": "Ann1,Ann2,Ann3", "lang", ...}}``.

    Annotations are a text with commas, a list, or (2025) an object annotator -> label; ``nan`` is none.
    """

    name: ClassVar[str] = "lewidi"
    order: ClassVar[int] = 25

    def sniff(self, source: Source) -> bool:
        """Items with annotations and their annotators."""
        if source.kind != "json":
            return False
        document = source.document()
        some = list(document.values())[:5] if isinstance(document, Mapping) else []
        return bool(some) and all(
            (
                isinstance(one, Mapping)
                and "annotations" in one
                and ("annotators" in one or "number of annotations" in one)
                and not isinstance(one["annotations"], list | type(None))
            )
            or (isinstance(one, Mapping) and isinstance(one.get("annotations"), Mapping) and "soft_label" in one)
            for one in some
        )

    def read(self, source: Source, options: ReadOptions) -> RawRatings:
        """Every annotation of every item."""
        raw = RawRatings(value_field="annotations")
        for item, record in source.document().items():
            given = record.get("annotations") if isinstance(record, Mapping) else None
            people = record.get("annotators") if isinstance(record, Mapping) else None
            if isinstance(given, Mapping):
                people, values = list(given), list(given.values())
            else:
                people, values = _parts(people), _parts(given)
            if not values or (people and len(people) != len(values)):
                raw.problems.append(
                    Problem(
                        file=source.name,
                        line=source.line_of((item,)),
                        field=f"{item} -> annotations",
                        what=message("{n} annotations by {n_people} annotators", n=len(values), n_people=len(people)),
                        expected=message("one annotation for each annotator"),
                        remedy=message("restore them, or remove the item"),
                    )
                )
                continue
            raw.add_item(_item(record), item_id=item)
            for place, value in enumerate(values):
                who = {"annotator_id": people[place]} if people else {}
                raw.add(path=(item, "annotations"), item_id=item, criterion=options.criterion, value=value, **who)
        raw.left_out = {
            message("what follows from the annotations (hard_label, soft_label, their number)"): len(_DERIVED)
        }
        return raw


def _parts(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [part.strip() for part in str(value).split(",")] if value not in (None, "") else []


def _item(record: Mapping[str, Any]) -> dict[str, Any]:
    """The item's texts and further facts; a text that is an object of texts (a dialogue) is written out."""
    plain: dict[str, Any] = {}
    for name, value in record.items():
        if name in ("annotations", "annotators", *_DERIVED):
            continue
        if isinstance(value, Mapping) and name == "text":
            plain["response"] = "\n".join(f"{key}: {text}" for key, text in value.items())
        elif isinstance(value, Mapping):
            plain |= {f"{name}.{key}": one for key, one in value.items() if not isinstance(one, (dict, list))}
        elif not isinstance(value, list):
            plain[name] = value
    chosen = {field: column for field, column in guess_columns(plain).items() if field in ITEM_FIELDS}
    known = {field: plain[column] for field, column in chosen.items()}
    return known | {name: value for name, value in plain.items() if name not in chosen.values() and name not in known}


READERS = (LewidiReader(),)
