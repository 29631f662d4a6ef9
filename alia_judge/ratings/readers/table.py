"""Tables of any layout, from any file or frame: roles of columns decided together, one reader for each layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from alia_judge._messages import message
from alia_judge.errors import DataError, Problem
from alia_judge.ratings.assemble import assemble
from alia_judge.ratings.columns import known_names
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.roles.candidate import Candidate
from alia_judge.ratings.roles.decision import RoleDecision, decide
from alia_judge.ratings.roles.evidence import ColumnEvidence
from alia_judge.ratings.roles.joining import joined
from alia_judge.ratings.roles.question import question
from alia_judge.ratings.roles.reading import raw_ratings
from alia_judge.ratings.roles.said import Said, check_used, resolve
from alia_judge.ratings.roles.tabling import evidence_of, tables_of
from alia_judge.ratings.source import Source
from alia_judge.ratings.tables import RawTable

if TYPE_CHECKING:
    from alia_judge.ratings.table import Ratings

__all__ = [
    "READERS",
    "CountsReader",
    "LongReader",
    "NestedReader",
    "PairwiseReader",
    "SurveyReader",
    "TableReader",
    "WideReader",
    "decisions",
]


#: Rows that must be whole for a table with broken ones to be asked about.
_ENOUGH = 6


class TableReader:
    """Any table: every layout is weighed, and the best is read if it is clearly best; else the question is put."""

    name: ClassVar[str] = "table"
    order: ClassVar[int] = 90
    #: The layouts that are weighed; None for all.
    layouts: ClassVar[frozenset[str] | None] = None

    def sniff(self, source: Source) -> bool:
        """The table is clearly of one of these layouts, from all of it and from what the user says of its columns."""
        try:
            found = decisions(source, source.said)
        except DataError:
            return False
        best = found[0].best if found else None
        if best is None or not found[0].sure:
            return False
        return self._is_own(source, best.layout)

    def _is_own(self, source: Source, layout: str) -> bool:  # noqa: ARG002 - some layouts ask the source, too
        return self.layouts is None or layout in self.layouts

    def read(self, source: Source, options: ReadOptions) -> RawRatings:
        """The ratings of the best reading.

        Raises
        ------
        DataError
            If no reading is clearly best: what is not clear, what to say, and what each gave when it was tried.
        UsageError
            If the user names a column that is not there.
        """
        found = decisions(source, options.columns, self.layouts)
        if not found and source.memo["problems"]:
            raise DataError(source.memo["problems"])
        if not found and source.kind == "json":
            raise DataError(_unknown(source))
        if not found or not any(len(decision.evidence.table) for decision in found):
            return RawRatings(problems=[p for decision in found for p in decision.evidence.table.problems])
        decision = found[0]
        best = decision.best
        if best is None or not decision.sure:
            broken = decision.evidence.table.problems
            if broken and len(decision.evidence.table) < _ENOUGH:
                # Too few rows are whole to tell anything from them.
                raise DataError(broken)
            raise DataError([*broken, self._question(source, options, decision)])
        said = resolve(options.columns, list(decision.evidence.table.columns))
        raw = raw_ratings(decision.evidence, best, said, options.named_criterion)
        check_used(said, best, raw, list(decision.evidence.table.columns))
        raw.scales = {**source.declared_scales, **raw.scales}
        rated = [other for other in found[1:] if other.sure and len(other.evidence.table) > 1]
        if rated and not options.columns:
            together = _together(source, [decision, *rated], options)
            if together is None:
                raise DataError(_not_joined(source, decision, rated))
            raw, found = together, [decision, *(other for other in found[1:] if other not in rated)]
        others = [other.evidence.table.title or message("another table") for other in found[1:]]
        if others:
            raw.notes.insert(
                0,
                message(
                    "{title} read, not {others}",
                    title=decision.evidence.table.title or message("a table"),
                    others=", ".join(others),
                ),
            )
            raw.left_out |= dict(zip(others, map(_cells, found[1:]), strict=True))
        return raw

    def _question(self, source: Source, options: ReadOptions, decision: RoleDecision) -> Problem:
        def attempt(columns: Mapping[str, str]) -> tuple[Candidate, Ratings] | None:
            said = {**options.columns, **columns}
            tried = decisions(source, said, self.layouts)[0]
            if tried.best is None or not tried.sure:
                return None
            told = resolve(said, list(tried.evidence.table.columns))
            raw = raw_ratings(tried.evidence, tried.best, told, options.named_criterion)
            check_used(told, tried.best, raw, list(tried.evidence.table.columns))
            return tried.best, assemble(raw, source=source, invalid="keep")

        line = decision.evidence.table.header_line if source.kind == "delimited" else None
        return question(decision, file=source.name, line=line, attempt=attempt)


def _together(source: Source, tables: Sequence[RoleDecision], options: ReadOptions) -> RawRatings | None:
    """The ratings of tables whose columns are the same under other names, as one; None where they are not."""
    parts = [
        (one, one.best.layout, raw_ratings(one.evidence, one.best, Said(), options.named_criterion))
        for one in tables
        if one.best is not None
    ]
    kinds = {(layout, *sorted(raw.columns)) for _, layout, raw in parts}
    criteria = {frozenset(raw.ratings["criterion"]) for *_, raw in parts}
    if len(criteria) > 1 and any(options.criterion in named for named in criteria):
        return None  # what one of them rates has no name: it may be what the other rates, or not
    whole = RawRatings(roles=tuple(role for *_, raw in parts for role in raw.roles))
    seen: set[tuple[str, ...]] = set()
    for one, _, raw in parts:
        if len(kinds) > 1 or "annotator_id" not in raw.ratings:
            return None
        names = (raw.ratings[name] for name in ("item_id", "annotator_id", "criterion"))
        given = {tuple(map(str, row)) for row in zip(*names, strict=True)}
        if not seen.isdisjoint(given):
            return None
        seen |= given
        title = one.evidence.table.title
        whole.join(raw, file=f"{source.name}, {title}" if title else str(source.name))
        whole.columns = whole.columns or raw.columns
    return whole


def _not_joined(source: Source, read: RoleDecision, others: Sequence[RoleDecision]) -> Problem:
    """A sheet or file with ratings of its own that those of another one do not join."""
    names = ", ".join(other.evidence.table.title or message("another table") for other in others[:4])
    return Problem(
        file=source.name,
        what=message(
            "{title} and {names} hold ratings, in different columns",
            title=read.evidence.table.title or message("one table"),
            names=names,
        ),
        expected=message("one table of ratings, or several of the same columns"),
        remedy=message("give each as a file of its own, or the same columns"),
    )


def _unknown(source: Source) -> Problem:
    return Problem(
        file=source.name,
        line=1,
        what=message("a layout that no reader knows"),
        expected=message("a list of objects, or an object of objects, with ratings in them"),
        remedy=message(
            "write one object a rating with {known_names} (of a data frame: to_json(orient='records'))",
            known_names=", ".join(known_names()[:4]),
        ),
    )


def decisions(
    source: Source, columns: Mapping[str, str | tuple[str, ...]], layouts: frozenset[str] | None = None
) -> list[RoleDecision]:
    """What was decided of each table of a source, the one with the best reading first; computed once.

    Raises
    ------
    DataError
        If the source cannot be read.
    UsageError
        If a named column is in none of the tables.
    """
    key = (repr(sorted(columns.items())), layouts)
    if key not in source.memo:
        if "evidence" not in source.memo:
            tables = tables_of(source)
            source.memo["evidence"] = _evidence(tables)
            source.memo["problems"] = [problem for table in tables if not table.columns for problem in table.problems]
        evidence = source.memo["evidence"]
        if len(evidence) == 1:
            said = [resolve(columns, list(one.table.columns)) for one in evidence]
        else:
            said = [_said_of(columns, list(one.table.columns)) for one in evidence]
            if columns and not any(found.taken for found in said):
                resolve(columns, [name for one in evidence for name in one.table.columns])
        found = [decide(one, told, layouts=layouts) for one, told in zip(evidence, said, strict=True)]
        found.sort(key=lambda decision: -(decision.best.score if decision.best else -100.0))
        source.memo[key] = found
    return source.memo[key]  # type: ignore[no-any-return]


def _evidence(tables: Sequence[RawTable]) -> list[ColumnEvidence]:
    """The evidence of each table, those that say more of what another one names joined to it."""
    evidence = [evidence_of(table) for table in tables if table.columns]
    if len(evidence) < 2:
        return evidence
    found = [decide(one) for one in evidence]
    found.sort(key=lambda decision: -(decision.best.score if decision.best else -100.0))
    whole = joined(found[0], found[1:])
    if whole is None:
        return evidence
    return [evidence_of(whole[0]), *(one.evidence for one in whole[1])]


def _said_of(columns: Mapping[str, str | tuple[str, ...]], present: list[str]) -> Said:
    try:
        return resolve(columns, present)
    except ValueError:
        return Said()


def _cells(decision: RoleDecision) -> int:
    return sum(int((column.codes >= 0).sum()) for column in decision.evidence.columns)


class LongReader(TableReader):
    """One rating a row, or several in a cell; the rater, criterion and texts where there are any."""

    name: ClassVar[str] = "long"
    order: ClassVar[int] = 84
    layouts: ClassVar[frozenset[str] | None] = frozenset({"long"})


class WideReader(TableReader):
    """Ratings side by side: a column for each criterion, each person, or each of both."""

    name: ClassVar[str] = "wide"
    order: ClassVar[int] = 85
    layouts: ClassVar[frozenset[str] | None] = frozenset({"criteria", "people", "both"})


class SurveyReader(TableReader):
    """A rater a row and an item a column, as forms and survey tools export answers."""

    name: ClassVar[str] = "survey"
    order: ClassVar[int] = 86
    layouts: ClassVar[frozenset[str] | None] = frozenset({"survey"})


class CountsReader(TableReader):
    """An item a row and a value a column, the cell how many people chose it."""

    name: ClassVar[str] = "counts"
    order: ClassVar[int] = 87
    layouts: ClassVar[frozenset[str] | None] = frozenset({"counts"})


class PairwiseReader(TableReader):
    """Preferences between two answers, ties included, as MT-Bench, the Chatbot Arena and people's own sheets have them.

    References
    ----------
    .. [1] Zheng et al. (2023). "Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena". NeurIPS 2023.
    """

    name: ClassVar[str] = "pairwise"
    order: ClassVar[int] = 83
    layouts: ClassVar[frozenset[str] | None] = frozenset({"pairs"})


class NestedReader(TableReader):
    """JSON objects keyed by data: by annotator (as the alt-test has it), by item, by criterion, by row.

    References
    ----------
    .. [1] Calderon, Reichart & Dror (2025). "The Alternative Annotator Test for LLM-as-a-Judge". ACL 2025.
    """

    name: ClassVar[str] = "nested"
    order: ClassVar[int] = 82

    def _is_own(self, source: Source, layout: str) -> bool:  # noqa: ARG002 - any layout
        return any("$key2" in one.table.columns for one in source.memo["evidence"])


READERS = (NestedReader(), PairwiseReader(), LongReader(), WideReader(), SurveyReader(), CountsReader())
