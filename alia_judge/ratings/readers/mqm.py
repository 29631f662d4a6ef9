"""MQM: a row an error that an expert marked in a translation; the score is what the errors weigh.

References
----------
.. [1] Freitag et al. (2021). "Experts, Errors, and Context: A Large-Scale Study of Human Evaluation for Machine
   Translation". TACL 9. The weights are those of its Table 4.
"""

from __future__ import annotations

from typing import Any, ClassVar

from alia_judge._messages import message
from alia_judge.errors import Problem
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.scales import is_missing
from alia_judge.ratings.source import Source
from alia_judge.records import Scale

__all__ = ["READERS", "MqmReader", "mqm_weight"]

_SEVERITIES = frozenset({"critical", "major", "minor", "neutral", "no-error", "no error"})
#: The weight at which a segment's score ends: that of a translation that is none.
_MOST = 25.0


def mqm_weight(category: str, severity: str) -> float:
    """What an error weighs.

    Examples
    --------
    >>> mqm_weight("Accuracy/Mistranslation", "Major"), mqm_weight("Fluency/Punctuation", "Minor")
    (5.0, 0.1)
    >>> mqm_weight("Non-translation!", "Major"), mqm_weight("No-error", "no-error")
    (25.0, 0.0)
    """
    kind, grade = category.strip().casefold(), severity.strip().casefold()
    if kind.startswith(("no-error", "no error")) or grade.startswith(("no-error", "no error", "neutral")):
        return 0.0
    if kind.startswith("non-translation"):
        return _MOST
    if grade in ("major", "critical"):
        return 5.0
    return 0.1 if kind.startswith("fluency/punctuation") else 1.0


class MqmReader:
    """Tables with a column each for system, document, segment, rater, category and severity (WMT's ``mqm_*.tsv``).

    The rating of a segment by a rater is minus the weight of the errors marked, at least -25; the criterion is ``mqm``.
    """

    name: ClassVar[str] = "mqm"
    order: ClassVar[int] = 60

    def sniff(self, source: Source) -> bool:
        """These columns."""
        if source.kind not in ("delimited", "jsonl", "frame", "records", "parquet"):
            return False
        peeked = source.peek()
        names = {str(name).casefold() for name in peeked[0]} if peeked else set()
        return (
            {"system", "rater", "category", "severity"} <= names
            and bool(_segment(names))
            and bool(names & {"doc", "doc_id", "document"})
        )

    def read(self, source: Source, options: ReadOptions) -> RawRatings:
        """The score of every segment by every rater."""
        table = source.table()
        columns = {str(name).casefold(): cells for name, cells in table.columns.items()}
        criterion = options.named_criterion or "mqm"
        raw = RawRatings(
            value_field="severity", scales={criterion: Scale.continuous(-_MOST, 0)}, problems=list(table.problems)
        )
        document = next(columns[name] for name in ("doc", "document", "doc_id") if name in columns)
        segment = columns[_segment(set(columns))]
        weights: dict[tuple[str, str], float] = {}
        first: dict[tuple[str, str], int] = {}
        for row in range(len(table)):
            severity = str(columns["severity"][row])
            if severity.strip().casefold() not in _SEVERITIES:
                raw.problems.append(
                    Problem(
                        file=source.name,
                        line=row + 1 if table.lines is None else table.lines[row],
                        field="severity",
                        what=f"{severity!r:.60}",
                        expected=message("one of {severities}", severities=", ".join(sorted(_SEVERITIES))),
                        remedy=message("correct it, or remove the row"),
                    )
                )
                continue
            item = f"{document[row]}/{segment[row]}/{columns['system'][row]}"
            key = (item, str(columns["rater"][row]))
            if key not in first:
                first[key] = row
            weights[key] = weights.get(key, 0.0) + mqm_weight(
                str(columns["category"][row]), str(columns["severity"][row])
            )
        seen: set[str] = set()
        for (item, who), row in first.items():
            line = None if table.lines is None else table.lines[row]
            if item not in seen:
                seen.add(item)
                raw.add_item(
                    line=line,
                    item_id=item,
                    prompt=_marked(columns, "source", row),
                    response=_marked(columns, "target", row),
                    group=document[row],
                    system=columns["system"][row],
                )
            raw.add(
                line=line, item_id=item, criterion=criterion, annotator_id=who, value=-min(_MOST, weights[item, who])
            )
        marked = sum(weight > 0 for weight in weights.values())
        raw.notes = [
            *table.notes,
            message(
                "{n} rows of errors read as {n_first} scores, {marked} of them with errors",
                n=len(table),
                n_first=len(first),
                marked=marked,
            ),
        ]
        return raw


def _segment(names: set[str]) -> str:
    return next(
        (name for name in ("globalsegid", "global_seg_id", "seg_id", "segment_id", "docsegid", "seg") if name in names),
        "",
    )


def _marked(columns: dict[str, list[Any]], name: str, row: int) -> str | None:
    """A text without the marks of the error's span."""
    cell = columns[name][row] if name in columns else None
    return None if is_missing(cell) else str(cell).replace("<v>", "").replace("</v>", "")


READERS = (MqmReader(),)
