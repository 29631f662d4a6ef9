"""promptfoo's results: what its assertions gave each answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.source import Source

__all__ = ["READERS", "PromptfooReader"]


class PromptfooReader:
    """``promptfoo eval --output results.json``: ``{results: {results: [{provider, vars, prompt, response, score}]}}``.

    The criterion is ``score``, and each of `namedScores`; the item is a test with a provider and prompt, its group the
    test.
    """

    name: ClassVar[str] = "promptfoo"
    order: ClassVar[int] = 36

    def sniff(self, source: Source) -> bool:
        """Results within results, with providers."""
        if source.kind != "json":
            return False
        found = _results(source.document())
        return bool(found) and all(isinstance(one, Mapping) and "provider" in one for one in found[:5])

    def read(self, source: Source, options: ReadOptions) -> RawRatings:  # noqa: ARG002 - the protocol's signature
        """Every score of every answer."""
        raw = RawRatings(value_field="score")
        document = source.document()
        for index, result in enumerate(_results(document)):
            variables = result.get("vars") if isinstance(result.get("vars"), Mapping) else {}
            provider = result.get("provider")
            system = (provider.get("label") or provider.get("id")) if isinstance(provider, Mapping) else provider
            test = result.get(
                "testIdx",
                result.get("testCase", {}).get("description", index)
                if isinstance(result.get("testCase"), Mapping)
                else index,
            )
            group = f"test-{test}"
            item = f"{group}/{system}" + (f"/{result['promptIdx']}" if result.get("promptIdx") else "")
            prompt = result.get("prompt")
            response = result.get("response")
            raw.add_item(
                variables,
                item_id=item,
                prompt=prompt.get("raw") if isinstance(prompt, Mapping) else prompt,
                response=_text(response.get("output") if isinstance(response, Mapping) else response),
                system=system,
                group=group,
            )
            grading = result.get("gradingResult")
            why = grading.get("reason") if isinstance(grading, Mapping) else None
            scores = {"score": result.get("score"), **(result.get("namedScores") or {})}
            for name, value in scores.items():
                raw.add(path=("results", "results", index), item_id=item, criterion=name, value=value, comment=why)
        raw.left_out = {key: 1 for key in document if key != "results"}
        return raw


def _results(document: Any) -> list[Any]:
    inner = document.get("results") if isinstance(document, Mapping) else None
    found = inner.get("results") if isinstance(inner, Mapping) else None
    return found if isinstance(found, list) else []


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


READERS = (PromptfooReader(),)
