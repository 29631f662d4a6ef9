"""DeepEval's test runs: what its metrics gave each test case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.source import Source

__all__ = ["READERS", "DeepEvalReader"]


class DeepEvalReader:
    """A saved test run (``testCases`` with ``metricsData``) or evaluation result (``test_results``, ``metrics_data``).

    A metric is a criterion; the model that judged is the annotator, where it is named.
    """

    name: ClassVar[str] = "deepeval"
    order: ClassVar[int] = 37

    def sniff(self, source: Source) -> bool:
        """Test cases with metrics."""
        if source.kind != "json":
            return False
        return any(isinstance(one, Mapping) and _metrics(one) for one in _cases(source.document())[1][:5])

    def read(self, source: Source, options: ReadOptions) -> RawRatings:  # noqa: ARG002 - the protocol's signature
        """Every score of every test case; a metric that failed has none."""
        raw = RawRatings(value_field="score")
        key, cases = _cases(source.document())
        for index, case in enumerate(cases):
            if not isinstance(case, Mapping):
                continue
            item = str(case.get("name") or case.get("id") or f"case-{index}")
            context = case.get("context") or _either(case, "retrievalContext", "retrieval_context")
            raw.add_item(
                item_id=item,
                prompt=case.get("input"),
                response=_either(case, "actualOutput", "actual_output"),
                reference=_either(case, "expectedOutput", "expected_output"),
                context="\n\n".join(map(str, context)) if isinstance(context, list) else context,
            )
            for place, metric in enumerate(_metrics(case)):
                who = _either(metric, "evaluationModel", "evaluation_model")
                raw.add(
                    path=(key, index, "metricsData" if "metricsData" in case else "metrics_data", place),
                    item_id=item,
                    criterion=metric.get("name"),
                    annotator_id=who or "deepeval",
                    value=metric.get("score"),
                    comment=metric.get("reason"),
                )
        document = source.document()
        raw.left_out = {name: 1 for name in document if name != key} if isinstance(document, Mapping) else {}
        return raw


def _cases(document: Any) -> tuple[str, list[Any]]:
    if isinstance(document, Mapping):
        for key in ("testCases", "test_cases", "test_results", "testResults"):
            if isinstance(document.get(key), list):
                return key, document[key]
    return "", []


def _metrics(case: Mapping[str, Any]) -> list[Any]:
    found = _either(case, "metricsData", "metrics_data")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _either(record: Mapping[str, Any], *names: str) -> Any:
    return next((record[name] for name in names if record.get(name) is not None), None)


READERS = (DeepEvalReader(),)
