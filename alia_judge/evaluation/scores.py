"""`read_scores`: the scores of anybody's judges, from a table of item, judge and score."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from alia_judge._messages import message
from alia_judge.benchmark.split import Split
from alia_judge.errors import DataError, Problem, expect
from alia_judge.ratings.columns import ITEM_FIELDS, guess_columns
from alia_judge.ratings.source import RawTable, Source
from alia_judge.ratings.table import Ratings
from alia_judge.ratings.verdicts import two_readings, verdict_value
from alia_judge.records import Scale
from alia_judge.text.spreadsheet import as_meant

__all__ = ["COLUMNS", "Scores", "read_scores"]

#: The columns of a table of scores: one row an item, judge and criterion.
COLUMNS = ("item_id", "judge", "criterion", "score")

#: Columns that are no judge's where each judge has a column of its own, beside those that describe an item.
_NO_JUDGE = frozenset({*COLUMNS, "split", "unscored", "detail", "parsed", "probabilities", "method", "text"})
#: What a column ``split`` says of an item that was learnt from.
_LEARNT = frozenset({"train", "dev", "val", "validation"})
#: Tables that people open with a spreadsheet.
_FOR_SPREADSHEETS = frozenset({".csv", ".tsv"})
#: How writers of tables say that there is no number.
_ABSENT = frozenset({"", "nan", "null", "none", "na", "n/a"})


@dataclass(frozen=True, kw_only=True, eq=False)
class Scores:
    """What some judges scored, by criterion, judge and item.

    Parameters
    ----------
    by_criterion
        Criterion -> judge -> item -> score; NaN is unscored. Judges stand in the order of the table.
    groups
        Item -> group, where the table has a column ``group``.
    learnt
        Judge -> the items that it learnt from, where the table has a column ``split``: those of train and dev.

    Examples
    --------
    >>> import alia_judge as aj
    >>> from alia_judge.evaluation import read_scores
    >>> rows = [{"item_id": "a", "judge": "mine", "criterion": "tone", "score": 4}]
    >>> read_scores(rows, scales={"tone": aj.Scale.ordinal(1, 5)}).by_criterion
    {'tone': {'mine': {'a': 4.0}}}
    """

    by_criterion: Mapping[str, Mapping[str, Mapping[str, float]]]
    groups: Mapping[str, str] = field(default_factory=dict)
    learnt: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def judges(self, criterion: str) -> Mapping[str, Mapping[str, float]]:
        """Judge -> item -> score on `criterion`; empty if no judge scored it."""
        return self.by_criterion.get(criterion, {})


def expect_scores(source: object, scores: object) -> None:
    """Refuse what is neither ratings nor a split, and what are no scores of judges by item.

    Raises
    ------
    UsageError
        If either is something else.
    """
    expect("source", source, (Ratings, Split), "load_ratings(...), or benchmark.test")
    expect("scores", scores, (Scores, Mapping), "read_scores(FILE, scales=...), or {judge: {item_id: score}}")
    for judge, by_item in scores.items() if isinstance(scores, Mapping) else ():
        expect(message("scores of {judge!r}", judge=judge), by_item, Mapping, message("{{judge: {{item_id: score}}}}"))


def read_scores(source: str | os.PathLike[str] | Any, *, scales: Mapping[str, Scale]) -> Scores:
    """Read a table with the columns ``item_id``, ``judge``, ``score`` and, where it covers several, ``criterion``.

    Or one column a judge: then every column whose cells are scores is a judge's, by its name. A column ``group``, where
    there is one, says what items share; a column ``split``, as ``compile --predictions`` writes it, from which items
    the judge learnt. Other columns are passed over.

    Parameters
    ----------
    source
        Path of a CSV, TSV, JSONL or Parquet file, or a data frame.
    scales
        The criteria that people rated, each with its scale. A table without a ``criterion`` column is about the only
        one. Scores may be in words where the scale has words, of a pair in any for a side or a tie. A word that a
        nominal scale does not hold is a verdict all the same, one that agrees with nobody.

    Returns
    -------
    Scores
        A missing or empty score is NaN: unscored. Numbers need not be on the scale: a judge may answer 0 to 100.

    Raises
    ------
    DataError
        With every row at fault, by file and line: a column is missing, a score is neither number nor word of the
        scale, an item is scored twice by one judge on one criterion, or pairs are answered by 0, 1 and 2, which has
        two readings.

    Examples
    --------
    >>> scores = read_scores(
    ...     [{"item_id": "a", "judge": "gpt", "score": "4"}, {"item_id": "b", "judge": "gpt", "score": ""}],
    ...     scales={"helpful": Scale.ordinal(1, 5)},
    ... )
    >>> scores.judges("helpful")
    {'gpt': {'a': 4.0, 'b': nan}}
    """
    opened = Source(os.fspath(source) if isinstance(source, os.PathLike) else source)
    table = _laid_out(opened.table(), opened, scales)
    _check_columns(table, opened.name, scales)
    by_criterion: dict[str, dict[str, dict[str, float]]] = {}
    seen: dict[tuple[str, str, str], int] = {}
    unknown: dict[str, None] = {}
    problems = list(table.problems)
    labels = {criterion: _LabelCoder(scale) for criterion, scale in scales.items()}
    only = next(iter(scales)) if len(scales) == 1 else None
    named = {name.casefold(): name for name in scales}
    meant: dict[str, str] = {}
    learnt: dict[str, set[str]] = {}
    splits = table.columns.get("split", [None] * len(table))
    for (line, item, judge, criterion, raw), split in zip(_rows(table, only, opened), splits, strict=True):
        try:
            criterion = named.get(criterion.casefold(), criterion) if criterion not in labels else criterion
            if criterion not in labels:
                criterion = meant.setdefault(criterion, _meant(criterion, scales))
            if criterion not in labels:
                unknown[criterion] = None
                continue
            key = (criterion, _required("judge", judge), _required("item_id", item))
            if key in seen:
                raise _Bad(
                    "item_id",
                    message(
                        "{item!r} is scored twice by {judge!r}, first on line {seen}",
                        item=item,
                        judge=judge,
                        seen=seen[key],
                    ),
                    message("one score"),
                    "",
                )
            seen[key] = line
            by_criterion.setdefault(criterion, {}).setdefault(judge, {})[item] = labels[criterion](raw)
            if "split" in table.columns:
                learnt.setdefault(judge, set()).update({item} if _text(split).casefold() in _LEARNT else ())
        except _Bad as bad:
            problems.append(
                Problem(
                    file=opened.name,
                    line=line,
                    field=bad.field,
                    what=bad.what,
                    expected=bad.expected,
                    remedy=bad.remedy or message("repair or remove the row"),
                )
            )
    for criterion, judges in by_criterion.items():
        for judge, by_item in judges.items():
            given = (value for value in by_item.values() if not math.isnan(value))
            unclear = two_readings(judge, given, scales[criterion], opened.name)
            problems += [] if unclear is None else [unclear]
    if problems:
        raise DataError(problems)
    if not by_criterion:
        raise DataError(
            Problem(
                file=opened.name,
                what=message(
                    "no score for any rated criterion (it has {unknown})",
                    unknown=", ".join(unknown) or message("no rows"),
                ),
                expected=message("scores on {scales}", scales=", ".join(scales)),
                remedy=message("check the criterion column against the ratings"),
            )
        )
    return Scores(
        by_criterion=by_criterion,
        groups=_groups(table, opened),
        learnt={judge: frozenset(items) for judge, items in learnt.items()},
    )


class _Bad(Exception):  # noqa: N818 - carried from the cell that is wrong to the row that knows its line
    def __init__(self, field: str, what: str, expected: str, remedy: str = "") -> None:
        super().__init__(what)
        self.field, self.what, self.expected, self.remedy = field, what, expected, remedy


class _LabelCoder:
    """From a cell to the number it stands for on one criterion's scale."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self.strangers: dict[str, float] = {}

    def knows(self, raw: Any) -> bool:
        """Whether a cell is a finite number, or a word of the scale."""
        text = str(raw).strip()
        if verdict_value(text, self.scale) is not None:
            return True
        try:
            return math.isfinite(float(text))
        except ValueError:
            return False

    def __call__(self, raw: Any) -> float:
        if raw is None or (isinstance(raw, float) and math.isnan(raw)):
            return math.nan
        text = str(raw).strip()
        point = verdict_value(text, self.scale)
        if point is not None:
            return point
        if text.casefold() in _ABSENT:
            return math.nan
        if self.scale.kind == "nominal":
            # Beyond the last code: equal to itself and to no label of the scale.
            return self.strangers.setdefault(text.casefold(), self.scale.points[-1] + 1 + len(self.strangers))
        try:
            number = float(text)
        except ValueError:
            number = math.inf
        if not math.isfinite(number):
            words = message(", or one of {labels}", labels=", ".join(self.scale.labels)) if self.scale.labels else ""
            raise _Bad(
                "score",
                message("{text!r} is no score", text=text),
                message("a finite number{words}, or nothing where unscored", words=words),
            )
        return number


def _laid_out(table: RawTable, source: Source, scales: Mapping[str, Scale]) -> RawTable:
    """The table with one row a judge, whichever way it has them."""
    columns = dict(table.columns)
    if "item_id" not in columns:
        guessed = guess_columns(columns).get("item_id")
        if guessed is not None:
            columns["item_id"] = columns.pop(guessed)
    if "item_id" not in columns or "judge" in columns:
        return replace(table, columns=columns)
    n = len(table)
    if "score" in columns:  # of one judge, which the file is named after
        name = "judge" if source.path is None else source.path.stem
        return replace(table, columns={**columns, "judge": [name] * n})
    described = {column for name, column in guess_columns(columns).items() if name in (*ITEM_FIELDS, "timestamp")}
    judges = [
        name for name in columns if name not in _NO_JUDGE | described and _all_scores(columns[name], scales.values())
    ]
    if not judges:
        return replace(table, columns=columns)
    lines = list(table.lines if table.lines is not None else range(1, n + 1))
    return replace(
        table,
        lines=lines * len(judges),
        columns={
            **{name: list(column) * len(judges) for name, column in columns.items() if name not in judges},
            "judge": [name for name in judges for _ in range(n)],
            "score": [cell for name in judges for cell in columns[name]],
        },
    )


def _all_scores(cells: Sequence[Any], scales: Iterable[Scale]) -> bool:
    """Whether every cell of a column is a score on one of the scales, or nothing, and some is one."""
    given = [cell for cell in cells if _text(cell).strip().casefold() not in _ABSENT]
    return bool(given) and any(all(map(_LabelCoder(scale).knows, given)) for scale in scales)


def _check_columns(table: RawTable, name: str | None, scales: Mapping[str, Scale]) -> None:
    needed = ["item_id", "judge", "score"] + (["criterion"] if len(scales) > 1 else [])
    absent = [column for column in needed if column not in table.columns]
    if not absent:
        return
    reason = message(" (the ratings have {n} criteria)", n=len(scales)) if absent == ["criterion"] else ""
    raise DataError(
        Problem(
            file=name,
            line=1 if table.lines is not None else None,
            what=message(
                "no column {absent} among {columns}",
                absent=", ".join(map(repr, absent)),
                columns=", ".join(map(repr, table.columns)) or message("none"),
            ),
            expected=message("the columns {needed}{reason}", needed=", ".join(needed), reason=reason),
            remedy=message(
                "name the columns so, one row a judge and item; or give each judge a column of its own, and choose one "
                "criterion"
            )
            if reason
            else message("name the columns so, one row a judge and item; or give each judge a column of its own"),
        )
    )


def _rows(table: RawTable, only: str | None, opened: Source) -> Iterator[tuple[int, str, str, str, Any]]:
    n = len(table)
    name = _named_in(opened)
    lines: Sequence[int] = table.lines if table.lines is not None else range(1, n + 1)
    criteria: Sequence[Any] = table.columns.get("criterion", [only] * n)
    columns = table.columns
    for line, item, judge, criterion, raw in zip(
        lines, columns["item_id"], columns["judge"], criteria, columns["score"], strict=True
    ):
        yield line, name(_text(item)), name(_text(judge)), name(_text(criterion)), raw


def _groups(table: RawTable, opened: Source) -> dict[str, str]:
    if "group" not in table.columns:
        return {}
    name = _named_in(opened)
    pairs = zip(table.columns["item_id"], table.columns["group"], strict=True)
    return {name(_text(item)): name(_text(group)) for item, group in pairs if _text(group).strip()}


def _meant(criterion: str, scales: Mapping[str, Scale]) -> str:
    """The rated criterion that goes by the same built-in rubric, where it is one: a judge of "utilidad" may be asked in
    English, and its scores are then of "Helpfulness"."""
    from alia_judge.judging.rubrics.matching import matching_rubric
    from alia_judge.judging.rubrics.wording import LANGUAGES

    rubric = matching_rubric(criterion, LANGUAGES)
    same = [name for name in scales if rubric is not None and matching_rubric(name, LANGUAGES) == rubric]
    return same[0] if len(same) == 1 else criterion


def _named_in(opened: Source) -> Callable[[str], str]:
    """How a name stands in a table: in CSV, scores are written so that a spreadsheet runs none of their texts."""
    return as_meant if Path(opened.name or "").suffix.lower() in _FOR_SPREADSHEETS else str


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _required(field: str, text: str) -> str:
    if not text.strip():
        raise _Bad(field, "nothing", message("the {whose}'s name", whose=field.removesuffix("_id")))
    return text
