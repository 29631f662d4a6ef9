"""Forms that ask the same question of one item after another, a rater a row: each answer becomes a row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from alia_judge._messages import message
from alia_judge.ratings.columns import listed
from alia_judge.ratings.roles.column import Column
from alia_judge.ratings.roles.names import hint, plain, tokens
from alia_judge.ratings.scales import is_missing
from alia_judge.ratings.tables import RawTable

__all__ = ["SUBMITTED", "numbered_questions", "with_a_row_an_answer"]

#: The column by which LimeSurvey's answers are told: a person a row.
SUBMITTED = "submitdate"
#: What forms call the time of an answer, in the languages that people export them in.
_WHEN = re.compile(
    r"timestamp|marca (temporal|de temps|de tempo|de hora)|denbora[- ]marka|horodat|carimbo|zeitstempel"
    r"|informazioni cronolog|start ?time|hora de inici|hasierako ordua|submitdate"
)
#: Words of a name from which it is a question, and not what a column is called.
_FEWEST_WORDS = 4
#: Points from which the answers to a question are ratings.
_RATINGS = 0.3
_NUMBER = re.compile(r"\d+")
_AGAIN = re.compile(r"(.+?)\.(\d+)", re.DOTALL)
#: Columns that LimeSurvey writes of its own accord, by the code before the dot, beside those that tell it.
_TELL_LIMESURVEY = frozenset((SUBMITTED, "lastpage", "startlanguage"))
_LIMESURVEY = frozenset(("id", "seed", "startdate", "datestamp", "ipaddr", "refurl", "interviewtime", "token"))
_TIMES = re.compile(r"interviewtime|groupTime\d*|\w+Time")
#: What it keeps of these: who, and when.
_KEPT = frozenset((SUBMITTED, "token"))


def numbered_questions(names: Sequence[str]) -> list[str]:
    """A form's columns with those that come again numbered as pandas does; other names are left as they are.

    Examples
    --------
    >>> numbered_questions(["Timestamp", "How clear is the text?", "How clear is the text?"])
    ['Timestamp', 'How clear is the text?', 'How clear is the text?.1']
    >>> numbered_questions(["Timestamp", "value", "value"])
    ['Timestamp', 'value', 'value']
    """
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if not any(map(_is_question, repeated)) or not any(map(_is_when, names)):
        return list(names)
    count: Counter[str] = Counter()
    numbered = []
    for name in names:
        numbered.append(f"{name}.{count[name]}" if count[name] else name)
        count[name] += 1
    return numbered if len(set(numbered)) == len(numbered) else list(names)


def with_a_row_an_answer(table: RawTable) -> RawTable:
    """A form's table with a row for each answer to a question that was asked again; any other as it is.

    The n-th time that a question was asked is about the n-th item. Where questions were asked differently often nothing
    tells which items are the same: the items of each are its own.

    Examples
    --------
    >>> asked = {"How clear is the text?": [4, 2], "How clear is the text?.1": [5, 1]}
    >>> found = with_a_row_an_answer(RawTable(columns={"Timestamp": ["9:00", "9:05"], **asked}, lines=[2, 3])).columns
    >>> found["item_id"], found["annotator_id"], found["value"]
    (['1', '2', '1', '2'], ['row-1', 'row-1', 'row-2', 'row-2'], [4, 5, 2, 1])
    """
    table, comments = _without_bookkeeping(table)
    if not any(map(_is_when, table.columns)):
        return table
    series = {name: again for name, again in _series(table.columns).items() if _are_ratings(table, again)}
    if not series:
        return table
    used = {name for again in series.values() for name in again}
    comments = {name: comment for name, comment in comments.items() if name in used}
    others = {
        name: cells for name, cells in table.columns.items() if name not in used and name not in comments.values()
    }
    people = next((name for name, cells in others.items() if _names_people(name, cells)), None)
    matched = len({len(again) for again in series.values()}) == 1
    asked = [
        (row, question, number, name)
        for row in range(len(table))
        for question, again in series.items()
        for number, name in enumerate(again, start=1)
    ]
    columns: dict[str, list[Any]] = {
        "item_id": [str(number) if matched else f"{question} [{number}]" for _, question, number, _ in asked],
        "annotator_id": [others[people][row] if people else f"row-{row + 1}" for row, *_ in asked],
        "criterion": [question for _, question, *_ in asked],
        "value": [table.columns[name][row] for row, *_, name in asked],
    }
    if comments:
        columns["comment"] = [
            table.columns[comments[name]][row] if name in comments else None for row, *_, name in asked
        ]
    columns |= {
        name: [cells[row] for row, *_ in asked]
        for name, cells in others.items()
        if name not in columns and name != people
    }
    times = ", ".join(f"{question!r:.60} ({len(again)})" for question, again in series.items())
    notes: list[str] = [
        message("questions that were asked again are read as a rating of one item after another: {times}", times=times)
    ]
    if not matched:
        notes.append(
            message("questions were asked differently often: no item of one is known to be an item of another")
        )
    once = [repr(name) for name, cells in others.items() if Column("rating", cells).value_like > _RATINGS]
    if once:
        notes.append(
            message("asked once, and read as facts of the person, not as ratings: {names}", names=listed(once, 12))
        )
    return table.from_rows(
        [row for row, *_ in asked],
        columns,
        notes=[*table.notes, *notes],
    )


def _is_question(name: str) -> bool:
    return len(tokens(name)) >= _FEWEST_WORDS


def _is_when(name: str) -> bool:
    return _WHEN.match(plain(name).lower()) is not None


def _series(names: Mapping[str, Any]) -> dict[str, list[str]]:
    """The columns of each question that was asked again, in order; beside such, of those that differ in a number."""
    found: dict[str, list[str]] = {}
    for name in names:
        match = _AGAIN.fullmatch(name)
        question = match[1] if match else ""
        if question in names and _is_question(question):
            found.setdefault(question, [question]).append(name)
    used = {name for again in found.values() for name in again}
    numbered: dict[str, list[str]] = {}
    for name in names:
        for digits in _NUMBER.finditer(name) if found and name not in used and _is_question(name) else ():
            numbered.setdefault(f"{name[: digits.start()]}#{name[digits.end() :]}", []).append(name)
    for question, again in numbered.items():
        if len(again) > 1 and used.isdisjoint(again):
            found[question] = again
            used.update(again)
    return found


def _are_ratings(table: RawTable, names: Sequence[str]) -> bool:
    return Column("rating", [cell for name in names for cell in table.columns[name]]).value_like > _RATINGS


def _names_people(name: str, cells: Sequence[Any]) -> bool:
    if name == "token":
        return not any(map(is_missing, cells))
    called = (hint(name, "annotator") > 0.5 and not _is_question(name)) or "@" in str(cells[0])
    return called and not any(map(is_missing, cells)) and len(set(map(str, cells))) == len(cells)


def _without_bookkeeping(table: RawTable) -> tuple[RawTable, dict[str, str]]:
    """LimeSurvey's table with its questions by their words, and the comment column of each; any other as it is."""
    codes = {name: re.split(r"\.\s|\.$", name, maxsplit=1)[0].strip() for name in table.columns}
    if len(_TELL_LIMESURVEY.intersection(codes.values())) < 2:
        return table, {}
    kept = _kept_rows(table, {code: name for name, code in codes.items()})
    names: dict[str, str] = {}
    dropped = []
    for name, code in codes.items():
        if code in _KEPT:
            names[name] = code
        elif code in _TELL_LIMESURVEY | _LIMESURVEY or _TIMES.fullmatch(code):
            dropped.append(name)
        else:
            names[name] = " ".join(name[len(code) :].lstrip(".").split()) or code
    new = numbered_questions(list(names.values()))
    if len(set(new)) < len(new):
        new = list(names)
    renamed = dict(zip(names, new, strict=True))
    by_code = {codes[name]: other for name, other in renamed.items()}
    comments = {by_code[code]: by_code[f"{code}[comment]"] for code in by_code if f"{code}[comment]" in by_code}
    columns = {other: [table.columns[name][row] for row in kept] for name, other in renamed.items()}
    left = sum(not is_missing(table.columns[name][row]) for name in dropped for row in kept)
    again = sum(not is_missing(cells[row]) for cells in table.columns.values() for row in range(len(table)))
    again -= sum(not is_missing(cells[row]) for cells in table.columns.values() for row in kept)
    read = table.from_rows(
        kept,
        columns,
        notes=[*table.notes, message("LimeSurvey's own columns (its ids, pages, times) are no ratings")],
        left_out={
            **table.left_out,
            **({"LimeSurvey's own columns": left} if left else {}),
            **({"answers that the same person gave again and completed": again} if again else {}),
        },
    )
    return read, comments


def _kept_rows(table: RawTable, by_code: Mapping[str, str]) -> list[int]:
    """The rows without those that a person broke off who completed another."""
    rows = list(range(len(table)))
    if "token" not in by_code or SUBMITTED not in by_code:
        return rows
    who, done = table.columns[by_code["token"]], table.columns[by_code[SUBMITTED]]
    completed = {who[row] for row in rows if not is_missing(done[row]) and not is_missing(who[row])}
    return [row for row in rows if not is_missing(done[row]) or who[row] not in completed]
