"""The question that is put where no reading is clearly best: each with what to say for it, tried, and its result."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from alia_judge._messages import joined, message
from alia_judge.errors import AliaJudgeError, Problem
from alia_judge.ratings.columns import listed
from alia_judge.ratings.roles.candidate import Candidate
from alia_judge.ratings.roles.decision import RoleDecision, identity, leaves_alike
from alia_judge.ratings.roles.evidence import ROW, ColumnEvidence
from alia_judge.ratings.roles.found import found_in
from alia_judge.ratings.saying import say_columns, several

if TYPE_CHECKING:
    from alia_judge.ratings.table import Ratings

__all__ = ["Advice", "advise", "question", "summary"]

#: Readings that a question shows.
_SHOWN = 3
#: Different values of a column that may alone hold the ratings.
_FEW_VALUES = 12
#: Shares of a criterion's ratings off its scale (one may always be), and of ratings that are one person's second of an
#: item, beyond which a reading is none to propose.
_FAULTS, _AGAIN = 0.05, 0.5
#: Names that an error lists.
_NAMES = 6
#: Reads the file with these columns said: the reading that this makes the best and its ratings, None if the user would
#: be asked again.
Try = Callable[[Mapping[str, str]], "tuple[Candidate, Ratings] | None"]


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What to say for a reading, and what came of it when it was tried.

    Parameters
    ----------
    columns
        As ``columns=`` takes it.
    result
        "reads 24 items by 8 people, alpha .40".
    """

    columns: Mapping[str, str]
    result: str


def advise(decision: RoleDecision, candidate: Candidate, attempt: Try) -> Advice | None:
    """What to say for a reading, if saying it on this file gives just that reading; None if it does not.

    Parameters
    ----------
    decision
        That the reading is one of.
    candidate
        The reading.
    attempt
        Reads the file with columns said.
    """
    evidence = decision.evidence
    columns = _columns(evidence, candidate)
    if columns is None:
        return None
    for further in _further(decision, candidate):
        found = _read_with(attempt, {**columns, **further})
        if found is None or not _is_that(evidence, found[0], candidate):
            continue
        if _is_worth_saying(found[1]):
            return Advice(columns={**columns, **further}, result=summary(found[1]))
    return None


def _is_that(evidence: ColumnEvidence, found: Candidate, candidate: Candidate) -> bool:
    """Whether one reading is the other; in a survey a rater a row is one, whatever column, or none, is their name."""
    if candidate.layout == "survey" and candidate.annotator is None:
        found = replace(found, annotator=None)
    return identity(evidence, found) == identity(evidence, candidate)


def _is_worth_saying(ratings: Ratings) -> bool:
    """Whether a reading is no plain misreading: few values off a scale, few by one person of one item again."""
    table = ratings.table
    slips = True
    if "found" in table:
        wrong = table["found"].notna()
        by_criterion = wrong[wrong | table["value"].notna()].groupby(table["criterion"])
        slips = bool((by_criterion.sum() <= (_FAULTS * by_criterion.size()).clip(lower=1)).all())
    again = int(table.duplicated(["item_id", "annotator_id", "criterion"]).sum()) if ratings.annotators else 0
    return slips and again <= _AGAIN * len(ratings)


def _further(decision: RoleDecision, candidate: Candidate) -> list[dict[str, str]]:
    """What else may have to be said: that some columns are nothing to go by."""
    columns = decision.evidence.columns
    nobody = [
        column.name
        for place, column in enumerate(columns)
        if candidate.annotator is None
        and not candidate.beside
        and place not in (*candidate.item, candidate.criterion, *candidate.values)
        and any(place == other.annotator for other in decision.readings)
    ]
    unplaced = [name for name in decision.unplaced if decision.evidence.place[name] not in candidate.item]
    ways: list[dict[str, str]] = [{}]
    ways += [{"ignore": several(names)} for names in (unplaced, nobody, [*unplaced, *nobody]) if names]
    return ways


def _columns(evidence: ColumnEvidence, candidate: Candidate) -> dict[str, str] | None:
    """What ``columns=`` has to say for a reading; None where that cannot be said."""
    names = [column.name for column in evidence.columns]
    said: dict[str, str] = {}
    if candidate.item not in (ROW, ()):
        places = [place for place in candidate.item if place not in {p for pair in candidate.sides for p in pair}]
        if places:
            said["item_id"] = several(names[place] for place in places)
    if candidate.annotator is not None:
        said["annotator_id"] = names[candidate.annotator]
    if candidate.criterion is not None:
        said["criterion"] = names[candidate.criterion]
    values = [names[place] for place in candidate.values]
    if candidate.layout in ("long", "pairs") and len(values) == 1:
        said["value"] = values[0]
    else:
        field = {
            "criteria": "criteria",
            "people": "annotators",
            "both": "annotators",
            "survey": "items",
            "counts": "counts",
        }
        if candidate.layout not in field:
            return None
        said[field[candidate.layout]] = _pattern(values, names) or several(values)
    return said


def _pattern(values: Sequence[str], names: Sequence[str]) -> str | None:
    """A pattern for many columns that begin alike and are the only ones to do so."""
    if len(values) <= _NAMES:
        return None
    start = values[0]
    while start and not all(value.startswith(start) for value in values):
        start = start[:-1]
    if len(start) < 2 or [name for name in names if name.startswith(start)] != list(values) or "," in start:
        return None
    return f"{start}*"


def summary(ratings: Ratings) -> str:
    """What a reading comes to, in a few words: items, people, ratings, alpha of each criterion."""
    said = []
    for criterion in ratings.criteria[:4]:
        rows = ratings.of(criterion)
        alpha = _alpha(ratings, criterion)
        again = len(rows) - ratings.matrix(criterion).ratings.value.size
        parts: list[str] = [f"{criterion}: "] if len(ratings.criteria) > 1 else []
        parts.append(message("{n} ratings", n=len(rows)))
        if again:
            parts.append(message(", {again} of them a person's second of an item", again=again))
        agreement = message(", no agreement to see") if alpha is None else message(", alpha {alpha:.2f}", alpha=alpha)
        said.append(joined([*parts, agreement], ""))
    people = len(ratings.annotators)
    who = (
        message("by {people} people", people=people)
        if people > 1
        else message("by one person")
        if people
        else message("by nobody who is named")
    )
    more = [message(" and {n} more criteria", n=len(ratings.criteria) - 4)] if len(ratings.criteria) > 4 else []
    wrong = int(ratings.table["found"].notna().sum()) if "found" in ratings.table else 0
    if wrong:
        more.append(message("; {wrong} cells are off the scale and would be refused", wrong=wrong))
    return message(
        "reads {n} items {who} ({said}{more})",
        n=len(ratings.item_table),
        who=who,
        said=joined(said, "; "),
        more=joined(more, ""),
    )


def _alpha(ratings: Ratings, criterion: str) -> float | None:
    from alia_judge.stats.alpha import krippendorff_alpha

    scale = ratings.scales[criterion]
    level = {"continuous": "interval", "ordinal": "ordinal", "pairwise": "ordinal"}.get(scale.kind, "nominal")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = ratings.matrix(criterion, by="position").values
        if not values.size:
            return None
        estimate = krippendorff_alpha(values, level=level)  # type: ignore[arg-type]
    return estimate.value if estimate.value == estimate.value else None


def question(decision: RoleDecision, *, file: str | None, line: int | None, attempt: Try) -> Problem:
    """The one problem that says what is not clear and what to say about it.

    Parameters
    ----------
    decision
        Why the user must be asked.
    file, line
        Of the table, or of its header.
    attempt
        Reads the file with columns said.
    """
    why = joined(decision.doubts, "; ")
    advice = [] if decision.unreadable else _tried(decision, attempt)
    if not advice:
        return _none_to_see(decision, why, file, line)
    ways = joined((joined([say_columns(one.columns), one.result], ": ") for one in advice), " | ")
    return Problem(
        file=file,
        line=line,
        what=message(
            "it is not clear how this table is to be read: {why}; its columns, likeliest ratings first: {columns}",
            why=why,
            columns=listed([decision.evidence.columns[place].name for place in _by_importance(decision)], 10),
        ),
        expected=message("one reading that is clearly best"),
        remedy=message("say which is right (each was tried on this file): {ways}", ways=ways),
    )


def _none_to_see(decision: RoleDecision, why: str, file: str | None, line: int | None) -> Problem:
    """That a table holds nothing to propose: what was looked for, what was found, what a table of ratings is like."""
    remedy = message("write such a table of what you have")
    if not decision.unreadable:
        remedy = message(
            "{remedy}; if a column holds ratings, say which: {column}",
            remedy=remedy,
            column=say_columns({"item_id": "NAME", "value": "NAME"}),
        )
    columns = found_in(decision.evidence, _by_importance(decision))
    if decision.readings and not decision.unreadable:
        what = message("it is not clear how this table is to be read: {why}; found {columns}", why=why, columns=columns)
    else:
        what = message(
            "no ratings of items by people are to be seen in this table: {why}; looked for few values that come again "
            "(marks, labels, yes and no), given to items that something names; found {columns}",
            why=why,
            columns=columns,
        )
    return Problem(
        file=file,
        line=line,
        what=what,
        expected=message(
            "a row for each rating ({names}: who rated what, and how), or an item a row and a person a column",
            names="item_id,annotator_id,value",
        ),
        remedy=remedy,
    )


def _tried(decision: RoleDecision, attempt: Try) -> list[Advice]:
    """What to say for the likeliest readings, each tried."""
    advice: list[Advice] = []
    for candidate in _of_each_layout(decision.readings):
        if leaves_alike(decision.evidence, candidate):
            continue
        found = advise(decision, candidate, attempt)
        if found is not None and all(found.columns != other.columns for other in advice):
            advice.append(found)
        if len(advice) == _SHOWN:
            break
    said = [{"ignore": several(decision.unplaced)}] if decision.unplaced else []
    if not advice or _unnamed(decision.evidence):
        said += _each_alone(decision)
    for columns in said:
        tried = _read_with(attempt, columns)
        result = None if tried is None or not _is_worth_saying(tried[1]) else summary(tried[1])
        if result is not None and all(result != other.result for other in advice):
            advice.append(Advice(columns=columns, result=result))
    return advice


def _unnamed(evidence: ColumnEvidence) -> bool:
    """Whether nothing names the columns, so that their names say nothing of them."""
    return all(re.fullmatch(r"column \d+", column.name) for column in evidence.columns)


def _each_alone(decision: RoleDecision) -> list[dict[str, str]]:
    """What to say for each column of few values to be the only ratings of the likeliest items, likeliest first."""
    columns = decision.evidence.columns
    best = decision.best
    item = {} if best is None else _columns(decision.evidence, best) or {}
    item = {field: name for field, name in item.items() if field == "item_id"}
    places = [place for place in _by_importance(decision) if columns[place].kind in ("num", "word")]
    few = [place for place in places if columns[place].k < decision.evidence.n / 2 and columns[place].fact < 0.5]
    few = [place for place in few if 2 <= columns[place].k <= _FEW_VALUES and columns[place].name not in item.values()]
    none = {*decision.unplaced, *(columns[place].name for place in (*few, *(best.values if best else ())))}
    said = []
    for place in few[:_SHOWN]:
        others = sorted(none - {columns[place].name, *item.values()}) if item else []
        said.append({**item, "value": columns[place].name, **({"ignore": several(others)} if others else {})})
    return said


def _read_with(attempt: Try, columns: Mapping[str, str]) -> tuple[Candidate, Ratings] | None:
    """What comes of it if these columns are said; None where that is no reading."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return attempt(columns)
    except (AliaJudgeError, ValueError):
        return None


def _of_each_layout(readings: Sequence[Candidate]) -> list[Candidate]:
    """The likeliest reading of each layout, then the others: two of one layout may leave out the one that is meant."""
    first: dict[str, Candidate] = {}
    for candidate in readings:
        first.setdefault(candidate.layout, candidate)
    return [*first.values(), *(one for one in readings if one is not first[one.layout])]


def _by_importance(decision: RoleDecision) -> list[int]:
    """The columns: those like ratings first, those that say the same in every row last."""
    columns = decision.evidence.columns

    def rank(place: int) -> tuple[float, int]:
        column = columns[place]
        return (100.0 if column.kind in ("empty", "const") else -column.likeness, place)

    shown = [place for place in range(len(columns)) if not columns[place].name.startswith("$row")]
    return sorted(shown, key=rank)
