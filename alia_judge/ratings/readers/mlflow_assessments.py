"""MLflow's assessments: feedback of people and of judges on traces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.source import Source

__all__ = ["READERS", "MlflowReader"]


class MlflowReader:
    """Traces with assessments (``trace.to_json()``, a line or an element each, or rows of ``mlflow.search_traces``).

    An assessment's name is the criterion, its source's id the annotator. Expectations are references and no ratings; a
    feedback that another one overrides, or that is an error, does not count.
    """

    name: ClassVar[str] = "mlflow"
    order: ClassVar[int] = 38

    def sniff(self, source: Source) -> bool:
        """Records with a list of assessments that have names."""
        if source.kind not in ("json", "jsonl", "records"):
            return False
        return any(_named(record) for record in source.peek()[:5])

    def read(self, source: Source, options: ReadOptions) -> RawRatings:  # noqa: ARG002 - the protocol's signature
        """Every feedback on every trace."""
        raw = RawRatings(value_field="feedback")
        counts = {"expectations": 0, "feedback that was overridden": 0, "feedback that is an error": 0}
        for row, (line, record) in enumerate(source.records(), start=1):
            if not isinstance(record, Mapping):
                raw.problems.append(record)
                continue
            info = _part(record, "info", record)
            item = str(info.get("trace_id") or info.get("request_id") or f"row-{row}")
            data = _part(record, "data", record)
            raw.add_item(
                line=line,
                item_id=item,
                prompt=_text(data.get("request") or info.get("request_preview")),
                response=_text(data.get("response") or info.get("response_preview")),
            )
            given = list(_assessments(record))
            overridden = {one.get("overrides") for one in given}
            for one in given:
                feedback = one.get("feedback")
                if not isinstance(feedback, Mapping):
                    counts["expectations"] += 1
                elif one.get("assessment_id") in overridden - {None} or one.get("valid") is False:
                    counts["feedback that was overridden"] += 1
                elif feedback.get("error") is not None or one.get("error") is not None:
                    counts["feedback that is an error"] += 1
                else:
                    who = _part(one, "source", {})
                    raw.add(
                        line=line or row,
                        item_id=item,
                        criterion=one.get("assessment_name") or one.get("name"),
                        annotator_id=who.get("source_id") or who.get("source_type"),
                        value=feedback.get("value"),
                        comment=one.get("rationale"),
                        timestamp=one.get("create_time") or one.get("create_time_ms"),
                    )
        raw.left_out = {name: count for name, count in counts.items() if count}
        return raw


def _assessments(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    info = record.get("info")
    given = record.get("assessments") or (info.get("assessments") if isinstance(info, Mapping) else None)
    for one in given if isinstance(given, list) else []:
        if isinstance(one, Mapping):
            yield one


def _part(record: Mapping[str, Any], name: str, otherwise: Mapping[str, Any]) -> Mapping[str, Any]:
    found = record.get(name)
    return found if isinstance(found, Mapping) else otherwise


def _named(record: Mapping[str, Any]) -> bool:
    return any(("assessment_name" in one or "name" in one) and "source" in one for one in _assessments(record))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


READERS = (MlflowReader(),)
