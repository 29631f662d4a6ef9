"""Columns whose names say one role and nothing else are taken at their word, unless their values say otherwise."""

from __future__ import annotations

from dataclasses import replace

from alia_judge.ratings.columns import guess_columns
from alia_judge.ratings.roles.evidence import ColumnEvidence
from alia_judge.ratings.roles.said import Said

__all__ = ["with_exact_names"]

#: More different criteria than these are texts.
_MOST_CRITERIA = 60
#: Rows below which values cannot contradict a name, and below which they show nothing at all.
_FEW, _NO_EVIDENCE = 6, 3


def with_exact_names(evidence: ColumnEvidence, said: Said) -> Said:
    """What the user says, and what names say beyond doubt (``item_id``, ``rater``, ``criterio``, ``puntuación``).

    A name is not taken at its word where the column's values contradict it: an item that is new in each row though the
    texts come again, a value that is a text, a criterion of a hundred texts.
    """
    told = said.taken
    exact: dict[str, int | None] = {}
    for place, column in enumerate(evidence.columns):
        field = "value" if column.name == "$value" else column.exact
        if field in ("item_id", "annotator_id", "criterion", "value") and place not in said.taken:
            # Two of one name: neither is sure.
            exact[field] = None if field in exact else place
    found = {field: place for field, place in exact.items() if place is not None}
    if "item_id" not in found and evidence.n < _NO_EVIDENCE:
        # One row or two show nothing: a name that may say it says it.
        called = guess_columns([column.name for column in evidence.columns]).get("item_id")
        found |= {"item_id": evidence.place[called]} if called and evidence.place[called] not in told else {}
    item, value, criterion = found.get("item_id"), found.get("value"), found.get("criterion")
    annotator = found.get("annotator_id")
    if item is not None and said.item is None and not _renames_rows(evidence, item):
        said = replace(said, item=(item,))
    elif item is None and said.item is None:
        said = replace(said, item=_texts(evidence, said) or _document_and_system(evidence, said))
    if annotator is not None and said.annotator is None and not said.beside and _are_people(evidence, annotator):
        said = replace(said, annotator=annotator)
    if value is not None and said.value is None and not said.beside and _is_value(evidence, value):
        said = replace(said, value=value)
    if criterion is not None and said.criterion is None and _is_criterion(evidence, criterion):
        said = replace(said, criterion=criterion)
    return replace(said, named=said.taken - told)


def _texts(evidence: ColumnEvidence, said: Said) -> tuple[int, ...] | None:
    """The texts that are called so tell the item where no other column could name it: no id that parts them further."""
    columns = evidence.columns
    response = [p for p, c in enumerate(columns) if c.exact == "response" and c.kind == "text" and p not in said.taken]
    if len(response) != 1 or columns[response[0]].fill < 0.9 or any(c.exact == "response_b" for c in columns):
        return None
    called = ("prompt", "context", "reference")
    varying = [
        p for p, c in enumerate(columns) if c.exact in called and c.k > 1 and c.fill > 0.9 and p not in said.taken
    ]
    key = (*response, *varying)
    size = evidence.size(key)
    for place, column in enumerate(columns):
        may_name = column.hints["item"] >= 0.5 or column.exact == "system"
        if place not in key and may_name and column.kind != "text" and evidence.size((*key, place)) > size:
            return None
    return key


def _document_and_system(evidence: ColumnEvidence, said: Said) -> tuple[int, int] | None:
    """A document and a system that are called so name the item together where there is no text."""
    found: dict[str, int] = {}
    for place, column in enumerate(evidence.columns):
        if column.kind == "text" or column.exact == "item_id":
            return None
        if column.exact in ("group", "system") and place not in said.taken and column.fill > 0.9:
            found.setdefault(column.exact, place)
    return (found["group"], found["system"]) if len(found) == 2 else None


def _renames_rows(evidence: ColumnEvidence, item: int) -> bool:
    """Whether a column called the item numbers the rows, or one row's item is not that of its texts and systems."""
    columns, n = evidence.columns, evidence.n
    if columns[item].fill < 0.5:
        return True
    if n < _FEW:
        return False
    unique = columns[item].k >= n
    for place, column in enumerate(columns):
        if place == item or column.kind in ("empty", "const"):
            continue
        text = column.kind == "text" and column.hints["comment"] == 0 and column.fill > 0.9
        if unique and text and column.k < 0.9 * n:
            return True
        if column.exact == "system" and evidence.fixes((item,), place) == "no":
            return True
        if (
            text
            and column.exact == "response"
            and evidence.fixes((item,), place) == "no"
            and column.k > 1.5 * columns[item].k
        ):
            return True
    return False


def _are_people(evidence: ColumnEvidence, annotator: int) -> bool:
    column = evidence.columns[annotator]
    # The library's own name says it of long names, too, where they come again as people do.
    ours = column.name == "annotator_id" and 2 * column.k <= evidence.n
    return column.k > 1 and (ours or column.kind not in ("text", "date")) and column.fill > 0.5


def _is_value(evidence: ColumnEvidence, value: int) -> bool:
    column = evidence.columns[value]
    if f"{column.name}.1" in evidence.place:  # pandas calls columns of one name X, X.1, X.2: none of them is the value
        return False
    return column.kind == "const" or (column.kind not in ("text", "date", "empty") and column.value_like > -3.5)


def _is_criterion(evidence: ColumnEvidence, criterion: int) -> bool:
    column = evidence.columns[criterion]
    kinds = ("word", "num", "const", *(("text",) if column.name == "criterion" else ()))
    return column.kind in kinds and 1 <= column.k <= _MOST_CRITERIA
