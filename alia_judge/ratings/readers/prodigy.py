"""Prodigy's JSON lines: one answered task a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from alia_judge._messages import message
from alia_judge.errors import Problem
from alia_judge.ratings.columns import ITEM_FIELDS, guess_columns
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.source import Source
from alia_judge.records import Scale

__all__ = ["READERS", "ProdigyReader"]

#: What is marked in a text, an image or a sound, and rates no item as a whole.
_MARKED = ("spans", "relations", "audio_spans")
_YES_OR_NO = Scale.binary(("no", "yes"))


class ProdigyReader:
    """Tasks with ``answer``: options chosen (``accept``), a label accepted or rejected, or one of two texts preferred.

    Where several options may be chosen (``choice_style: multiple``, or somebody chose several), each is a criterion
    with a yes or a no. A task whose options were rejected, or that was ignored, is a missing value. Marked spans
    without options or a label are refused. The item is ``_input_hash``; the annotator ``_annotator_id``, or else
    ``_session_id``.

    References
    ----------
    .. [1] Prodigy, "Annotation interfaces", https://prodi.gy/docs/api-interfaces.
    """

    name: ClassVar[str] = "prodigy"
    order: ClassVar[int] = 60

    def sniff(self, source: Source) -> bool:
        """An answer and a hash."""
        peeked = source.peek()
        return bool(peeked) and {"answer", "_input_hash"} <= peeked[0].keys()

    def read(self, source: Source, options: ReadOptions) -> RawRatings:
        """Every answered task."""
        raw = RawRatings(value_field="accept")
        tasks: list[tuple[int, Mapping[str, Any]]] = []
        for row, (line, task) in enumerate(source.records(), start=1):
            place = line if line is not None else row
            if isinstance(task, Problem):
                raw.problems.append(task)
            elif not isinstance(task, Mapping) or task.get("answer") not in ("accept", "reject", "ignore"):
                found = task.get("answer") if isinstance(task, Mapping) else task
                raw.problems.append(_no_answer(source, place, found))
            elif _marks(task):
                raw.problems.append(_marked(source, place))
            else:
                tasks.append((place, task))
        several = any(_is_multiple(task) for _, task in tasks)
        labels = list(dict.fromkeys(label for _, task in tasks for label in _offered(task)))
        for place, task in tasks:
            item_id = task.get("_input_hash")
            raw.add_item(_item(task), line=place, item_id=item_id)
            known = _known(task)
            if several and _has_options(task):
                for label, value in _each(task, labels):
                    raw.add(line=place, item_id=item_id, criterion=label, value=value, **known)
                    raw.scales[label] = _YES_OR_NO
                continue
            criterion, value = _value(task, options.criterion)
            if _sides(task) is not None:
                raw.scales[criterion] = Scale.pairwise()
            elif not _has_options(task):
                raw.scales[criterion] = _YES_OR_NO
            raw.add(line=place, item_id=item_id, criterion=criterion, value=value, **known)
        return raw


READERS = (ProdigyReader(),)


def _no_answer(source: Source, line: int, found: Any) -> Problem:
    return Problem(
        file=source.name,
        line=line,
        field="answer",
        what=f"{found!r:.60}",
        expected=message("accept, reject or ignore"),
        remedy=message("export the data set again (prodigy db-out)"),
    )


def _marked(source: Source, line: int) -> Problem:
    return Problem(
        file=source.name,
        line=line,
        field="spans",
        what=message("a task that marks spans, and rates no item as a whole"),
        expected=message("options (choice, textcat.manual), a label (classification) or two texts (compare)"),
        remedy=message("write a row for each item and person with what came of their marks (how many, how severe)"),
    )


def _marks(task: Mapping[str, Any]) -> bool:
    """Whether all that a task tells is what was marked in it."""
    asked = _has_options(task) or "label" in task or _sides(task) is not None
    return not asked and any(isinstance(task.get(name), list) for name in _MARKED)


def _has_options(task: Mapping[str, Any]) -> bool:
    return _sides(task) is None and ("accept" in task or "options" in task)


def _is_multiple(task: Mapping[str, Any]) -> bool:
    config, accepted = task.get("config"), task.get("accept")
    style = config.get("choice_style") if isinstance(config, Mapping) else None
    return style == "multiple" or (isinstance(accepted, list) and len(accepted) > 1)


def _offered(task: Mapping[str, Any]) -> list[str]:
    """The options of a task, those first that it lists, then what was accepted without being listed."""
    options, accepted = task.get("options"), task.get("accept")
    listed = [one.get("id") for one in options if isinstance(one, Mapping)] if isinstance(options, list) else []
    return [str(one) for one in (*listed, *(accepted if isinstance(accepted, list) else ())) if one is not None]


def _each(task: Mapping[str, Any], labels: Sequence[str]) -> list[tuple[str, str | None]]:
    """A yes or a no for each option of a task; in a file that lists no options, for each that anybody chose."""
    accepted = task.get("accept") or []
    chosen = set(map(str, accepted if isinstance(accepted, list) else [accepted]))
    offered = dict.fromkeys(_offered(task)) if isinstance(task.get("options"), list) and task["options"] else labels
    answered = task["answer"] == "accept"
    return [(label, ("yes" if label in chosen else "no") if answered else None) for label in offered]


def _sides(task: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """The texts of a comparison, the one that ``accept`` prefers and the other; None where it is none."""
    sides = task.get("accept"), task.get("reject")
    if not all(isinstance(side, Mapping) for side in sides):
        return None
    first, second = ({key: value for key, value in side.items() if isinstance(value, str)} for side in sides)  # type: ignore[union-attr]
    return first.get("text", first.get("html")), second.get("text", second.get("html"))


def _known(task: Mapping[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    if "_annotator_id" in task or "_session_id" in task:
        known["annotator_id"] = task.get("_annotator_id") or task.get("_session_id")
    if "_timestamp" in task:
        known["timestamp"] = task["_timestamp"]
    return known


def _item(task: Mapping[str, Any]) -> dict[str, Any]:
    meta = task.get("meta") if isinstance(task.get("meta"), Mapping) else {}
    known: dict[str, Any] = {}
    for part in (task, meta or {}):
        chosen = guess_columns([name for name in part if isinstance(part[name], str) and not name.startswith("_")])
        known |= {name: part[column] for name, column in chosen.items() if name in ITEM_FIELDS and name not in known}
    sides = _sides(task)
    if sides is not None:
        asked = task.get("input")
        known |= {"response": sides[0], "response_b": sides[1]}
        if isinstance(asked, Mapping) and isinstance(asked.get("text"), str):
            known["prompt"] = asked["text"]
    return known


def _value(task: Mapping[str, Any], criterion: str) -> tuple[str, Any]:
    if _sides(task) is not None:
        return criterion, {"accept": -1.0, "reject": 1.0, "ignore": None}[task["answer"]]
    if _has_options(task):
        accepted = task.get("accept") or []
        if task["answer"] != "accept" or not accepted:
            return criterion, None
        return criterion, accepted[0] if isinstance(accepted, list) and len(accepted) == 1 else accepted
    label = str(task.get("label") or criterion)
    return label, {"accept": "yes", "reject": "no", "ignore": None}[task["answer"]]
