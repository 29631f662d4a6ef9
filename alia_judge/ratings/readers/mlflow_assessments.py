"""MLflow's assessments: feedback of people and of judges on traces."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.ratings.columns import IMAGES
from alia_judge.ratings.conversations import written_turns
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.source import Source
from alia_judge.ratings.tool_records import item_from
from alia_judge.records import Item, Turn
from alia_judge.records.content import written_content

__all__ = ["READERS", "MlflowReader", "session_item", "trace_item"]

#: Where MLflow says which session a trace, or an assessment, is of.
_SESSION = "mlflow.trace.session"


class MlflowReader:
    """Traces with assessments (``trace.to_json()``, a line or an element each, or rows of ``mlflow.search_traces``).

    An assessment's name is the criterion, its source's id the annotator; several reviewers are several annotators.
    Expectations are references and no ratings; a feedback that another one overrides, or that is an error, does not
    count, and where people gave feedback, that of judges and code does not. A trace's inputs and outputs are taken
    apart as `item_from` takes them; what has no place there is left as the JSON that it is.

    Traces of one session are a group. Feedback on a session is about all of its conversation, in the order of the
    requests: an item of its own, which goes by the session's id.
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
        counts = {
            "expectations": 0,
            message("feedback that was overridden"): 0,
            message("feedback that is an error"): 0,
        }
        by_people = any(_by_person(one) for _, record in source.records() for one in _assessments(record))
        sessions = _sessions(record for _, record in source.records() if isinstance(record, Mapping))
        whole: set[str] = set()
        for row, (line, record) in enumerate(source.records(), start=1):
            if not isinstance(record, Mapping):
                raw.problems.append(record)
                continue
            info = _part(record, "info", record)
            item = str(info.get("trace_id") or info.get("request_id") or f"row-{row}")
            given = list(_assessments(record))
            group = _session(info)
            raw.add_item(line=line, item_id=item, **_fields(trace_item(record)), **({"group": group} if group else {}))
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
                    counts["feedback of judges and code"] = counts.get(message("feedback of judges and code"), 0) + 1
                else:
                    who = _part(one, "source", {})
                    session = _part(one, "metadata", {}).get(_SESSION)
                    about = item if session is None else str(session)
                    if session is not None and about not in whole:
                        whole.add(about)
                        raw.add_item(line=line, item_id=about, group=about, **_fields(session_item(sessions[about])))
                    raw.add(
                        line=line or row,
                        item_id=about,
                        criterion=one.get("assessment_name") or one.get("name"),
                        annotator_id=who.get("source_id") or who.get("source_type"),
                        value=feedback.get("value"),
                        comment=one.get("rationale"),
                        timestamp=one.get("create_time") or one.get("create_time_ms"),
                    )
        raw.left_out = {name: count for name, count in counts.items() if count}
        return raw


def trace_item(record: Mapping[str, Any]) -> Item:
    """What a judge is to see of one trace, as ``trace.to_dict()`` has it."""
    data, info = _part(record, "data", record), _part(record, "info", record)
    asked, answered = _said(data, info, "request"), _said(data, info, "response")
    try:
        return item_from(asked, answered, _expected(list(_assessments(record))))
    except UsageError:  # an application's own shape: all of it is shown
        return Item.from_fields("", {"prompt": written_content(asked), "response": written_content(answered)})


def session_item(records: Iterable[Mapping[str, Any]]) -> Item:
    """What a judge is to see of a session: the turns of its traces in order, and the last response."""
    turns: list[Turn] = []
    for record in sorted(records, key=_when):
        item = trace_item(record)
        asked = item.prompt or next((turn.text for turn in reversed(item.turns) if turn.role == "user"), None)
        turns += [Turn(role="user", text=asked)] if asked else []
        turns.append(Turn(role="assistant", text=item.response))
    *before, last = turns
    return Item.from_fields("", {"turns": before, "response": last.text})


def _sessions(records: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """The traces of each session, by its id."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        named = {_session(_part(record, "info", record))}
        named |= {_part(one, "metadata", {}).get(_SESSION) for one in _assessments(record)}
        for session in named - {None}:
            found.setdefault(str(session), []).append(record)
    return found


def _session(info: Mapping[str, Any]) -> str | None:
    metadata = _part(info, "trace_metadata", _part(info, "request_metadata", {}))
    session = metadata.get(_SESSION)
    return None if session is None else str(session)


def _when(record: Mapping[str, Any]) -> str:
    """When it was asked; both forms that there are sort as text, a fraction of a second after the second itself."""
    info = _part(record, "info", record)
    return str(info.get("request_time") or info.get("timestamp_ms") or "").removesuffix("Z")


def _said(data: Mapping[str, Any], info: Mapping[str, Any], name: str) -> Any:
    """A trace's request or response: from its data, its root span, or the preview; taken out of JSON."""
    spans = data.get("spans")
    listed = spans if isinstance(spans, list) else []
    root = next((one for one in listed if isinstance(one, Mapping) and not _parent(one)), {})
    key = "mlflow.spanInputs" if name == "request" else "mlflow.spanOutputs"
    value = data.get(name) or _part(root, "attributes", {}).get(key) or info.get(f"{name}_preview")
    if isinstance(value, str) and value[:1] in ('"', "{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _parent(span: Mapping[str, Any]) -> Any:
    return span.get("parent_span_id") or span.get("parent_id")


def _fields(item: Item) -> dict[str, Any]:
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
