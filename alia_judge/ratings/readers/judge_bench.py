"""JUDGE-BENCH: one JSON object with its ``annotations`` (metrics) and ``instances`` (items with human scores).

References
----------
.. [1] Bavaresco et al. (2025). "LLMs instead of Human Judges? A Large Scale Empirical Study across 20 NLP Evaluation
   Tasks". ACL 2025. arXiv:2406.18403.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from alia_judge._messages import message
from alia_judge.errors import Problem
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.source import Source
from alia_judge.records import Scale

__all__ = ["READERS", "JudgeBenchReader"]

#: Keys of an instance's texts, for each of the item's fields, likeliest first.
_TEXTS = {
    "prompt": ("user_prompt", "prompt", "instruction", "question", "input"),
    "response": ("response", "output", "summary", "text", "answer"),
    "context": ("context", "document", "source", "article"),
    "reference": ("reference", "gold"),
}


class JudgeBenchReader:
    """Graded and categorical metrics; the individual human scores where given, else their mean or majority.

    The place in a list of individual scores is no identity.
    """

    name: ClassVar[str] = "judge-bench"
    order: ClassVar[int] = 20

    def sniff(self, source: Source) -> bool:
        """An object with ``annotations`` and ``instances``."""
        if source.kind != "json":
            return False
        document = source.document()
        return isinstance(document, Mapping) and {"annotations", "instances"} <= document.keys()

    def read(self, source: Source, options: ReadOptions) -> RawRatings:  # noqa: ARG002 - the protocol's signature
        """Every score of every instance on every metric."""
        document = source.document()
        raw = RawRatings(value_field="individual_human_scores")
        place = _Place(source, raw)
        raw.scales = _scales(document.get("annotations"), place)
        instances = document.get("instances")
        if not isinstance(instances, list):
            place.problem(
                ("instances",), message("no list of instances"), message("a list of {{id, instance, annotations}}")
            )
            return raw
        for index, instance in enumerate(instances):
            _read_instance(raw, place, index, instance)
        return raw


READERS = (JudgeBenchReader(),)


class _Place:
    """Says where a fault stands."""

    def __init__(self, source: Source, raw: RawRatings) -> None:
        self.source = source
        self.raw = raw

    def problem(self, path: tuple[str | int, ...], what: str, expected: str) -> None:
        line = self.source.line_of(path) or (self.source.line_of(path[:-1]) if path else None)
        self.raw.problems.append(
            Problem(
                file=self.source.name,
                line=line,
                field=".".join(map(str, path)),
                what=what,
                expected=expected,
                remedy=message("restore it or remove the instance"),
            )
        )


def _scales(metrics: Any, place: _Place) -> dict[str, Scale]:
    scales: dict[str, Scale] = {}
    for index, metric in enumerate(metrics if isinstance(metrics, list) else []):
        name = metric.get("metric") if isinstance(metric, Mapping) else None
        if not isinstance(name, str):
            place.problem(
                ("annotations", index),
                message("a metric without a name"),
                message("an object with 'metric' and 'category'"),
            )
            continue
        worst, best, labels = metric.get("worst"), metric.get("best"), metric.get("labels_list")
        if metric.get("category") == "graded" and isinstance(worst, (int, float)) and isinstance(best, (int, float)):
            scales[name] = _graded(worst, best)
        elif isinstance(labels, list) and len(labels) >= 2:
            words = [str(label) for label in labels]
            yes_no = {word.casefold() for word in words} == {"no", "yes"}
            scales[name] = Scale.binary(sorted(words, key=str.casefold)) if yes_no else Scale.nominal(words)
    return scales


def _graded(worst: float, best: float) -> Scale:
    low, high = sorted((worst, best))
    if float(low).is_integer() and float(high).is_integer() and high - low <= 10:
        return Scale.ordinal(int(low), int(high), reverse=worst > best)
    return Scale.continuous(low, high, reverse=worst > best)


def _read_instance(raw: RawRatings, place: _Place, index: int, instance: Any) -> None:
    path = ("instances", index)
    if not isinstance(instance, Mapping) or instance.get("id") is None:
        place.problem(path, message("an instance without an id"), message("an object {{id, instance, annotations}}"))
        return
    annotations = instance.get("annotations")
    if not isinstance(annotations, Mapping):
        place.problem((*path, "annotations"), message("no annotations"), message("an object: metric -> scores"))
        return
    raw.add_item(_texts(instance.get("instance")), item_id=instance["id"])
    for metric, scores in annotations.items():
        if not isinstance(scores, Mapping):
            place.problem(
                (*path, "annotations", metric), f"{scores!r:.60}", message("an object with individual_human_scores")
            )
            continue
        individual = scores.get("individual_human_scores")
        if isinstance(individual, list):
            for position, value in enumerate(individual):
                seat = (*path, "annotations", metric, "individual_human_scores", position)
                raw.add(item_id=instance["id"], criterion=metric, position=position, value=value, path=seat)
            continue
        key = next((key for key in ("mean_human", "majority_human") if scores.get(key) is not None), None)
        if key is None:
            place.problem(
                (*path, "annotations", metric),
                message("no human score"),
                message("individual_human_scores, or their mean"),
            )
            continue
        where = (*path, "annotations", metric, key)
        raw.add(item_id=instance["id"], criterion=metric, position=0, value=scores[key], path=where)


def _texts(instance: Any) -> dict[str, Any]:
    if isinstance(instance, str):
        return {"response": instance}
    if not isinstance(instance, Mapping):
        return {}
    texts: dict[str, Any] = {}
    taken: set[str] = set()
    for field, keys in _TEXTS.items():
        key = next((key for key in keys if isinstance(instance.get(key), str) and key not in taken), None)
        if key is not None:
            texts[field] = instance[key]
            taken.add(key)
    return texts | {key: value for key, value in instance.items() if key not in taken and key not in texts}
