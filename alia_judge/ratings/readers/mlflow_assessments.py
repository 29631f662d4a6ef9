"""MLflow's assessments: feedback of people and of judges on traces."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from alia_judge.errors import UsageError
from alia_judge.ratings.columns import IMAGES
from alia_judge.ratings.conversations import written_turns
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.source import Source
from alia_judge.ratings.tool_records import item_from
from alia_judge.records.content import written_content

__all__ = ["READERS", "MlflowReader"]


class MlflowReader:
    """Traces with assessments (``trace.to_json()``, a line or an element each, or rows of ``mlflow.search_traces``).

    An assessment's name is the criterion, its source's id the annotator; several reviewers are several annotators.
    Expectations are references and no ratings; a feedback that another one overrides, or that is an error, does not
    count, and where people gave feedback, that of judges and code does not. A trace's inputs and outputs are taken
    apart as `item_from` takes them; what has no place there is left as the JSON that it is.
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
        by_people = any(_by_person(one) for _, record in source.records() for one in _assessments(record))
        for row, (line, record) in enumerate(source.records(), start=1):
            if not isinstance(record, Mapping):
                raw.problems.append(record)
                continue
            info = _part(record, "info", record)
            item = str(info.get("trace_id") or info.get("request_id") or f"row-{row}")
            data = _part(record, "data", record)
            given = list(_assessments(record))
            asked = _said(data, info, "request")
            answered = _said(data, info, "response")
            raw.add_item(line=line, item_id=item, **_fields(asked, answered, _expected(given)))
            overridden = {one.get("overrides") for one in given}
            for one in given:
                feedback = one.get("feedback")
                if not isinstance(feedback, Mapping):
                    counts["expectations"] += 1
                elif one.get("assessment_id") in overridden - {None} or one.get("valid") is False:
                    counts["feedback that was overridden"] += 1
                elif feedback.get("error") is not None or one.get("error") is not None:
                    counts["feedback that is an error"] += 1
                elif by_people and not _by_person(one):
                    counts["feedback of judges and code"] = counts.get("feedback of judges and code", 0) + 1
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


def _said(data: Mapping[str, Any], info: Mapping[str, Any], name: str) -> Any:
    """A trace's request or response: from its data, its root span, or the preview; taken out of JSON."""
    spans = data.get("spans")
    listed = spans if isinstance(spans, list) else []
    root = next((one for one in listed if isinstance(one, Mapping) and not one.get("parent_id")), {})
    key = "mlflow.spanInputs" if name == "request" else "mlflow.spanOutputs"
    value = data.get(name) or _part(root, "attributes", {}).get(key) or info.get(f"{name}_preview")
    if isinstance(value, str) and value[:1] in ('"', "{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _fields(asked: Any, answered: Any, expected: Mapping[str, Any]) -> dict[str, Any]:
    """What a judge is to see of a trace."""
    try:
        item = item_from(asked, answered, expected)
    except UsageError:  # an application's own shape: all of it is shown
        return {"prompt": written_content(asked), "response": written_content(answered)}
    found = {name: getattr(item, name) for name in ("prompt", "response", "context", "reference")}
    if item.turns:
        found["turns"] = written_turns(item.turns)
    if item.images:
        found[IMAGES] = item.images
    return {name: value for name, value in found.items() if value}


def _expected(assessments: list[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in assessments:
        expectation = one.get("expectation")
        if isinstance(expectation, Mapping):
            found.setdefault(str(one.get("assessment_name") or one.get("name")), expectation.get("value"))
    return found


def _by_person(assessment: Mapping[str, Any]) -> bool:
    return _part(assessment, "source", {}).get("source_type") == "HUMAN" and "feedback" in assessment


def _assessments(record: Any) -> Iterator[Mapping[str, Any]]:
    info = record.get("info")
    if not isinstance(record, Mapping):
        return
    given = record.get("assessments") or (info.get("assessments") if isinstance(info, Mapping) else None)
    for one in given if isinstance(given, list) else []:
        if isinstance(one, Mapping):
            yield one


def _part(record: Mapping[str, Any], name: str, otherwise: Mapping[str, Any]) -> Mapping[str, Any]:
    found = record.get(name)
    return found if isinstance(found, Mapping) else otherwise


def _named(record: Mapping[str, Any]) -> bool:
    return any(("assessment_name" in one or "name" in one) and "source" in one for one in _assessments(record))


READERS = (MlflowReader(),)
