"""Decisions of people about items, annotators and ratings: a file beside the ratings, undone by deleting a line."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from alia_judge._json import write_atomic
from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import DataError, Problem
from alia_judge.ratings.columns import ITEM_FIELDS
from alia_judge.ratings.scales import describe_scale, parse_value
from alia_judge.text.language import language_tag

if TYPE_CHECKING:
    import pandas as pd

    from alia_judge.ratings.table import Ratings
    from alia_judge.records import Scale

__all__ = ["Decision", "decided", "load_decisions", "numbered_decisions", "rating_id", "save_decisions"]

What = Literal["item", "annotator", "rating"]
Action = Literal["keep", "fix", "drop"]

#: Between the parts of a rating's id.
_BETWEEN = " | "
#: What `fix` makes of an annotator who took the scale the wrong way round.
_REVERSE = "reverse"


@dataclass(frozen=True, kw_only=True, eq=False)
class Decision(Record):
    """What somebody decided.

    Parameters
    ----------
    what, id
        What it is about: an item or an annotator by its id, a rating by `rating_id`.
    action
        ``"keep"``: it was looked at and stays. ``"drop"``: it does not count. ``"fix"``: it becomes `value`.
    value
        Of a rating, the right one, as its scale has it. Of an annotator, ``"reverse"`` where the scale was taken the
        wrong way round, or the id of the same person's other account. Of an item, ``FIELD=VALUE``, one of its fields
        (``language=ca``, ``group=c7``, ``response=...``), or ``CRITERION=VALUE``: what was adjudicated. The ratings
        stay as they were given, and so does how far people agree; the consensus takes the decided value.
    reason, by, when
        Why, who and when, in any words.

    Examples
    --------
    >>> import alia_judge as aj
    >>> aj.Decision(what="item", id="q7", action="drop", reason="the answer is cut off", by="ana").action
    'drop'
    """

    what: What
    id: str
    action: Action
    value: str = ""
    reason: str = ""
    by: str = ""
    when: str = ""


_COLUMNS = tuple(field.name for field in fields(Decision))


def rating_id(item_id: str, annotator_id: str, criterion: str) -> str:
    """The id of a rating in a file of decisions; the criterion may be left out where there is one.

    Examples
    --------
    >>> rating_id("c7-2", "ana", "tone")
    'c7-2 | ana | tone'
    """
    return _BETWEEN.join((item_id, annotator_id, criterion))


def load_decisions(path: str | Path) -> tuple[Decision, ...]:
    """Read a file of decisions: CSV with the columns ``what,id,action`` and, where they are, ``value,reason,by,when``.

    Raises
    ------
    DataError
        With a problem for each line that is none: its file, line and column.

    Examples
    --------
    >>> import alia_judge as aj
    >>> from pathlib import Path
    >>> _ = Path("decisions.csv").write_text("what,id,action,reason\\nitem,q7,drop,cut off\\n", encoding="utf-8")
    >>> [(one.what, one.id, one.action) for one in aj.load_decisions("decisions.csv")]
    [('item', 'q7', 'drop')]
    """
    return tuple(numbered_decisions(path).values())


def numbered_decisions(path: str | Path) -> dict[int, Decision]:
    """The same, by the number of the line."""
    file = str(path)
    problems: list[Problem] = []
    found: dict[int, Decision] = {}
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else message("it is not UTF-8")
        raise DataError(
            Problem(
                file=file,
                what=message("the decisions cannot be read ({reason})", reason=reason),
                expected=message("a CSV file"),
                remedy=message("name the file with its folder, saved as UTF-8"),
            )
        ) from error
    lines = text.splitlines()
    delimiter = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    # A line ends where CSV has it end, not at every mark that ends a line of a text: a reason may hold U+2028.
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    columns = [name.strip().lower() for name in reader.fieldnames or ()]
    missing = [name for name in ("what", "id", "action") if name not in columns]
    if missing:
        raise DataError(
            Problem(
                file=file,
                line=1,
                what=message(
                    "no column {missing}, but {columns}",
                    missing=", ".join(missing),
                    columns=", ".join(columns) or message("nothing"),
                ),
                expected=message("the columns {columns}", columns=", ".join(_COLUMNS)),
                remedy=message("name them in the first line"),
            )
        )
    reader.fieldnames = columns
    for row in reader:
        given = {name: (row.get(name) or "").strip() for name in _COLUMNS}
        if not any(given.values()):
            continue
        fault = _fault(given)
        if fault is not None:
            problems.append(replace(fault, file=file, line=reader.line_num))
        else:
            found[reader.line_num] = Decision(**given)  # type: ignore[arg-type]  # their words were looked at
    if problems:
        raise DataError(problems)
    return found


def save_decisions(decisions: Iterable[Decision], path: str | Path) -> None:
    """Write decisions as `load_decisions` reads them."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for decision in decisions:
        # A carriage return alone would end the line: not every Python's writer puts it between quotes.
        writer.writerow({name: value.replace("\r", "\n") for name, value in decision.to_dict().items()})
    write_atomic(Path(path), stream.getvalue())


def decided(
    ratings: Ratings, decisions: Sequence[Decision], *, file: str | None = None, lines: Sequence[int] | None = None
) -> Ratings:
    """The ratings as people decided. Every id is one of the ratings as they were read; of two decisions about the same,
    the last counts. Whether an item stays and what each of its fields should be are different things.

    Parameters
    ----------
    ratings
        As they were read.
    decisions
        In the order in which they were made.
    file, lines
        Where the decisions come from, for errors.

    Raises
    ------
    DataError
        If a decision is about something that is not there, or its value is none.
    """
    last = {(decision.what, decision.id, _field(decision)): decision for decision in decisions}
    line = {decision: number for number, decision in zip(lines or (), decisions, strict=False)}
    places = _Places(ratings)
    faults = ((decision, places.fault(decision)) for decision in last.values())
    problems = [replace(fault, file=file, line=line.get(decision)) for decision, fault in faults if fault is not None]
    if problems:
        raise DataError(problems)
    table, items = ratings.table, ratings.item_table
    keep = np.ones(len(table), dtype=bool)
    values = table["value"].to_numpy(dtype=np.float64).copy()
    renamed: dict[str, str] = {}
    adjudicated = {name: dict(by_item) for name, by_item in ratings.adjudicated.items()}
    for decision in last.values():
        rows = places.rows(decision)
        if decision.action == "drop":
            keep[rows] = False
        elif decision.action == "fix" and decision.what == "rating":
            scale = ratings.scales[str(table["criterion"].iloc[rows[0]])]
            values[rows[0]] = parse_value(decision.value, scale)
        elif decision.action == "fix" and decision.what == "annotator" and decision.value == _REVERSE:
            for name, scale in ratings.scales.items():
                own = rows[(table["criterion"] == name).to_numpy()[rows]]
                values[own] = scale.low + scale.high - values[own]
        elif decision.action == "fix" and decision.what == "annotator":
            renamed[decision.id] = decision.value
        elif decision.action == "fix" and _field(decision) in ITEM_FIELDS:
            items = _with_field(items, decision)
        elif decision.action == "fix":
            name, _, value = decision.value.partition("=")
            adjudicated.setdefault(name, {})[decision.id] = _parsed(value, ratings.scales[name])
    if not keep.any():
        raise DataError(
            Problem(
                file=file,
                what=message("every rating is dropped"),
                expected=message("some that stay"),
                remedy=message("delete lines of the decisions"),
            )
        )
    table = table.assign(value=values)
    if renamed:
        table = table.assign(annotator_id=_renamed(table["annotator_id"], renamed))
    table = table[keep].reset_index(drop=True)
    for name in ("item_id", "criterion", "annotator_id"):
        table[name] = table[name].cat.remove_unused_categories()
    rated = set(table["item_id"].cat.categories)
    counts = {action: sum(decision.action == action for decision in last.values()) for action in get_args(Action)}
    said = ", ".join(f"{count} {action}" for action, count in counts.items() if count)
    return replace(
        ratings,
        table=table,
        item_table=items[items["item_id"].isin(rated)].reset_index(drop=True),
        scales={name: ratings.scales[name] for name in table["criterion"].cat.categories},
        notes=(*ratings.notes, message("decisions of people: {said}", said=said or message("none"))),
        decisions=(*ratings.decisions, *last.values()),
        adjudicated=adjudicated,
        undecided_fingerprint=ratings.undecided_fingerprint or ratings.fingerprint,
    )


class _Places:
    """Where in the ratings the things are that decisions are about."""

    def __init__(self, ratings: Ratings) -> None:
        self.ratings = ratings
        table = ratings.table
        self._item = table["item_id"].astype(str).to_numpy(dtype=object)
        self._annotator = table["annotator_id"].astype(object).to_numpy(dtype=object)
        self._items = {str(item) for item in ratings.item_table["item_id"]}
        self._ratings: dict[str, int] | None = None

    def fault(self, decision: Decision) -> Problem | None:
        known = self._known(decision.what)
        if decision.id not in known:
            near = difflib.get_close_matches(decision.id, sorted(known)[:5000], n=1)
            return Problem(
                field="id",
                what=message("no {what} {id!r} in the ratings", what=decision.what, id=decision.id),
                expected=message(
                    "one of theirs{more}", more=message(", such as {near!r}", near=near[0]) if near else ""
                ),
                remedy=message("correct the id, or delete the line"),
            )
        if decision.action != "fix":
            return None
        wanted = self._wanted(decision)
        if wanted is None:
            return None
        return Problem(
            field="value",
            what=message("{value!r:.80} for {what} {id!r}", value=decision.value, what=decision.what, id=decision.id),
            expected=wanted,
            remedy=message("correct the value"),
        )

    def rows(self, decision: Decision) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        if decision.what == "rating":
            return np.array([self._by_rating()[decision.id]], dtype=np.intp)
        return np.flatnonzero((self._item if decision.what == "item" else self._annotator) == decision.id)

    def _known(self, what: What) -> Iterable[str]:
        if what == "rating":
            return self._by_rating()
        return self._items if what == "item" else set(self.ratings.annotators)

    def _wanted(self, decision: Decision) -> str | None:
        """What a value should have been; None where it is right."""
        if decision.what == "rating":
            row = self._by_rating()[decision.id]
            scale = self.ratings.scales[str(self.ratings.table["criterion"].iloc[row])]
            return (
                message("a value of the scale: {scale}", scale=describe_scale(scale))
                if np.isnan(_parsed(decision.value, scale))
                else None
            )
        if decision.what == "annotator":
            others = set(self.ratings.annotators) - {decision.id}
            return (
                None
                if decision.value == _REVERSE or decision.value in others
                else message("{reverse!r}, or another annotator", reverse=_REVERSE)
            )
        name, equals, value = decision.value.partition("=")
        if equals and name in ITEM_FIELDS:
            return None
        if not equals or name not in self.ratings.scales:
            known = ", ".join((*ITEM_FIELDS, *self.ratings.criteria))
            return message("FIELD=VALUE or CRITERION=VALUE, the first one of {known}", known=known)
        if np.isnan(_parsed(value, self.ratings.scales[name])):
            return message("a value of the scale: {scale}", scale=describe_scale(self.ratings.scales[name]))
        rows = self.rows(decision)
        table = self.ratings.table
        rated = (table["criterion"].iloc[rows] == name) & table["value"].iloc[rows].notna()
        return (
            None
            if rated.any()
            else message("a criterion on which somebody rated the item, which nobody did on {name}", name=name)
        )

    def _by_rating(self) -> dict[str, int]:
        """The first row of each rating, by its id, with and (of a single criterion) without the criterion."""
        if self._ratings is None:
            table = self.ratings.table
            named = table["criterion"].astype(str)
            ids = [
                (rating_id(item, who, criterion), item, who)
                for item, who, criterion in zip(self._item, self._annotator, named, strict=True)
                if isinstance(who, str)
            ]
            rows = np.flatnonzero(table["annotator_id"].notna().to_numpy())
            self._ratings = {}
            for row, (whole, item, who) in zip(rows.tolist(), ids, strict=True):
                self._ratings.setdefault(whole, row)
                if len(self.ratings.criteria) == 1:
                    self._ratings.setdefault(_BETWEEN.join((item, who)), row)
        return self._ratings


def _fault(given: Mapping[str, str]) -> Problem | None:
    for name, words in (("what", get_args(What)), ("action", get_args(Action))):
        if given[name] not in words:
            return Problem(
                field=name,
                what=f"{given[name]!r:.80}",
                expected=message("one of {words}", words=", ".join(words)),
                remedy=message("correct it, or delete the line"),
            )
    if not given["id"]:
        return Problem(
            field="id",
            what=message("nothing"),
            expected=message("the {what}'s id", what=given["what"]),
            remedy=message("fill it in"),
        )
    if given["action"] == "fix" and not given["value"]:
        return Problem(
            field="value",
            what=message("nothing"),
            expected=message("what a fix makes of it"),
            remedy=message("fill it in"),
        )
    return None


def _field(decision: Decision) -> str:
    """What of an item a fix is about; nothing where it is the whole of it."""
    return decision.value.partition("=")[0] if decision.what == "item" and decision.action == "fix" else ""


def _parsed(value: str, scale: Scale) -> float:
    """NaN for what is no value of the scale."""
    parsed = parse_value(value, scale)
    return np.nan if parsed is None else float(parsed)


def _with_field(items: pd.DataFrame, decision: Decision) -> pd.DataFrame:
    import pandas as pd

    name, _, value = decision.value.partition("=")
    value = language_tag(value) if name == "language" else value
    column = list(items[name]) if name in items else [None] * len(items)
    column = [value or None if item == decision.id else old for item, old in zip(items["item_id"], column, strict=True)]
    return items.assign(**{name: pd.Series(column, dtype=object, index=items.index)})


def _renamed(column: pd.Series[Any], renamed: Mapping[str, str]) -> Any:
    import pandas as pd

    names = [renamed.get(name, name) if isinstance(name, str) else None for name in column.astype(object)]
    present = sorted({name for name in names if name is not None})
    return pd.Categorical(names, categories=pd.Index(present, dtype=object))
