"""Every column that a reading does not use is explained by it, or speaks against it."""

from __future__ import annotations

from alia_judge._messages import message
from alia_judge.ratings.roles.candidate import Candidate, Role
from alia_judge.ratings.roles.column import Column
from alia_judge.ratings.roles.evidence import ColumnEvidence
from alia_judge.ratings.roles.names import called_result
from alia_judge.ratings.roles.said import Said

__all__ = ["ATTRIBUTE_OF_ITEM", "ATTRIBUTE_OF_PERSON", "ATTRIBUTE_OF_RATING", "COMMENT", "NOTHING", "TEXT", "explain"]

TEXT = message("text of the item")
ATTRIBUTE_OF_ITEM = message("attribute of the item")
ATTRIBUTE_OF_PERSON = message("attribute of the annotator")
ATTRIBUTE_OF_RATING = message("attribute of the rating")
COMMENT = "comment"
NOTHING = "nothing"
#: Roles that a name may give, strongest first.
_BY_NAME = (
    "time", "comment", "weight", "person_attr", "item_attr", "system", "annotator", "group", "item", "admin",
)  # fmt: skip
#: Share of a column's values that are files or addresses, from which it shows items.
_FILES = 0.9
_CALLED = {"person_attr": ATTRIBUTE_OF_PERSON, "item_attr": ATTRIBUTE_OF_ITEM, "admin": NOTHING}


def explain(evidence: ColumnEvidence, candidate: Candidate, said: Said) -> None:
    """Give every column without a role the best of the rest; what stays unexplained costs."""
    scale: set[str] | None = None
    for place in range(len(evidence.columns)):
        if place in said.other:
            field = said.other[place]
            candidate.roles[place] = Role(message("left out") if field == "ignore" else field, 0.3, said.why(place))
        if place in candidate.roles:
            continue
        if candidate.beside and candidate.layout != "counts" and scale is None:
            scale = set().union(*(evidence.columns[value].texts() for value in candidate.values))
        candidate.roles[place] = _role(evidence, candidate, place, scale)


def _role(evidence: ColumnEvidence, candidate: Candidate, place: int, scale: set[str] | None) -> Role:
    column = evidence.columns[place]
    if column.kind in ("empty", "const"):
        if column.hints["annotator"] > 0.9 and column.kind == "const" and candidate.annotator is not None:
            return Role("annotator", -2.5, message("one person, though others are read as the people"))
        return Role(NOTHING, 0.0, "empty" if column.kind == "empty" else message("the same in every row"))
    if candidate.layout == "survey":
        return _in_a_raters_row(column)
    if column.kind == "text":
        return _free_text(evidence, candidate, place)
    if candidate.layout in ("people", "both") and called_result(column.name) and column.value_like > 0:
        return Role(NOTHING, 1.5, message("called like what came of the others' ratings"))
    item = candidate.item
    if item and evidence.fixes(item, place) == "yes":
        called = column.exact if column.exact in ("system", "group", "language") else None
        role = called or (
            "system" if column.hints["system"] > 0.5 else "group" if column.hints["group"] > 0.5 else None
        )
        return Role(
            role or ATTRIBUTE_OF_ITEM,
            1.5 - 1.5 * column.hints["annotator"],
            message("the same in all ratings of an item"),
        )
    if column.files > _FILES and column.k > 1 and item and evidence.fixes(item, place) == "no":
        return Role(ATTRIBUTE_OF_RATING, -5.0, message("files, or addresses, that differ within the item"))
    if candidate.annotator is not None and evidence.fixes((candidate.annotator,), place) == "yes":
        return Role(ATTRIBUTE_OF_PERSON, 1.5, message("the same in all ratings of a person"))
    if column.fact >= 0.5:
        return _by_its_name(evidence, candidate, place)
    if column.kind == "date":
        return Role("time", 0.4, "dates")
    likely = column.likeness + (column.people > 0.6)
    why = message("nothing fixes it")
    if likely > 0.5:
        why = message("nothing fixes it, though its values look like ratings or people")
    if candidate.layout == "counts":
        return Role(ATTRIBUTE_OF_RATING, -0.2, why)
    if column.people > 0.6:
        return Role(ATTRIBUTE_OF_RATING, -1.6, why)
    if column.hints["item"] >= 0.5 and 2 < column.k < 0.9 * column.n:
        shown = item and any(place >= 0 and evidence.columns[place].files > _FILES for place in item)
        if shown and candidate.annotator is None and evidence.size(item) >= evidence.n:
            return Role(ATTRIBUTE_OF_ITEM, -0.2, message("may be in the name of the item's file"))
        return Role(ATTRIBUTE_OF_RATING, -1.2, message("called like an id, and nothing fixes it"))
    same = scale is not None and column.texts() <= scale and column.value_like > 0.3
    return Role(ATTRIBUTE_OF_RATING, -0.4 - 0.6 * max(0.0, min(likely, 2.5)) - 1.5 * same, why)


def _in_a_raters_row(column: Column) -> Role:
    if column.kind == "text" and column.fill > 0.9:
        return Role(TEXT, -2.0, message("texts, in a rater's row"))
    if column.files > _FILES or column.hints["item"] >= 0.5:
        return Role(ATTRIBUTE_OF_PERSON, -1.0, message("called like an item, or a file, in a rater's row"))
    points = 0.5 if column.fact > 0.5 else -0.3 - 0.5 * max(0.0, column.likeness)
    return Role(ATTRIBUTE_OF_PERSON, points, message("one a rater"))


def _free_text(evidence: ColumnEvidence, candidate: Candidate, place: int) -> Role:
    column = evidence.columns[place]
    comment = column.hints["comment"] > 0 and column.exact != "response"
    told = evidence.fixes(candidate.item, place)
    if told == "yes" or (told == "moot" and column.fill > (0.9 if comment else 0.8)):
        return Role(TEXT, 1.5 if told == "yes" or column.k > 2 else 0.0, message("one text an item"))
    if comment or column.fill < 0.8 or column.k > 0.9 * column.n * column.fill:
        unlikely = not comment and column.fill >= 0.9
        points = -1.5 - 1.5 * (column.hints["text"] > 0.5) if unlikely else 0.5
        return Role(COMMENT, points, message("free text that nothing fixes"))
    return Role(TEXT, -2.2, message("texts come again, and differ within the item"))


def _by_its_name(evidence: ColumnEvidence, candidate: Candidate, place: int) -> Role:
    column, item = evidence.columns[place], candidate.item
    role = next((role for role in _BY_NAME if column.hints[role] >= 0.5), "item")
    if column.exact == "comment":
        role = "comment"
    elif column.exact in ("timestamp", "seconds"):
        role = "time"
    elif column.exact in ("system", "group"):
        role = column.exact
    varies = bool(item) and evidence.fixes(item, place) == "no"
    rater = candidate.annotator
    if role == "person_attr" and varies and rater is not None and evidence.fixes((rater,), place) == "no":
        return Role(ATTRIBUTE_OF_RATING, -2.5, message("called like a fact about people, but it varies within them"))
    if column.value_like > 1 and role in ("item_attr", "group") and varies:
        points = -1.0
    else:
        points = {"annotator": -1.6, "system": -4.5 if varies else 0.4, "item": -1.2}.get(role, 0.4)
    # Where items hardly repeat, what is called a system or a group is the item's.
    kept = role in ("time", "comment", "weight") or (role in ("system", "group") and not varies)
    return Role(_CALLED.get(role, role if kept else ATTRIBUTE_OF_RATING), points, message("by its name"))
