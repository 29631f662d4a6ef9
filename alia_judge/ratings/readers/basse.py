"""BASSE: one article a line, its summaries by system, each criterion's ratings in a list.

References
----------
.. [1] Barnes et al. (2025). "Summarization Metrics for Spanish and Basque: Do Automatic Scores and LLM-Judges
   Correlate with Humans?" arXiv:2503.17039.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from alia_judge._messages import message
from alia_judge.errors import Problem
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.source import Source

__all__ = ["READERS", "BasseReader"]


class BasseReader:
    """JSON lines: ``original_document`` and ``model_summaries -> SYSTEM -> {summ, anns -> criterion -> list}``.

    The item is ``DD/SYSTEM``: the article's line from 00 and the key in ``model_summaries``; human summaries are
    systems too. The place in a list is the rater's seat, which other people take on other articles: no identity.
    """

    name: ClassVar[str] = "basse"
    order: ClassVar[int] = 10

    def sniff(self, source: Source) -> bool:
        """The first record has its two keys."""
        if source.kind not in ("jsonl", "json", "records"):
            return False
        peeked = source.peek()
        return bool(peeked) and {"original_document", "model_summaries"} <= peeked[0].keys()

    def read(self, source: Source, options: ReadOptions) -> RawRatings:  # noqa: ARG002 - the protocol's signature
        """Every rating of every summary on every criterion."""
        raw = RawRatings(value_field="anns")
        article = -1
        for line, record in source.records():
            # A blank line is no article; a broken one is, so that those after it keep their ids.
            article += 1
            if isinstance(record, Problem):
                raw.problems.append(record)
                continue
            _read_article(raw, record, f"{article:02d}", line, source.name)
        return raw


READERS = (BasseReader(),)


def _read_article(raw: RawRatings, record: Any, group: str, line: int | None, file: str | None) -> None:
    summaries = record.get("model_summaries") if isinstance(record, Mapping) else None
    if not isinstance(summaries, Mapping):
        raw.problems.append(
            _problem(
                file, line, "model_summaries", message("no summaries"), message("an object: system -> {{summ, anns}}")
            )
        )
        return
    lasting = record.get("idx")
    for system, summary in summaries.items():
        field = f"model_summaries.{system}"
        if not isinstance(summary, Mapping) or not isinstance(summary.get("summ"), str):
            raw.problems.append(
                _problem(file, line, field, message("no summary text"), message("an object with the text in 'summ'"))
            )
            continue
        annotations = summary.get("anns")
        if not isinstance(annotations, Mapping):
            raw.problems.append(
                _problem(file, line, f"{field}.anns", message("no ratings"), message("an object: criterion -> list"))
            )
            continue
        item_id = f"{group}/{system}"
        known = {"lasting_id": f"{lasting}/{system}", "lasting_group": lasting} if isinstance(lasting, str) else {}
        known |= {"round": record["round"]} if "round" in record else {}
        raw.add_item(
            line=line, item_id=item_id, context=record.get("original_document"), response=summary["summ"],
            group=group, system=system, **known,
        )  # fmt: skip
        for criterion, values in annotations.items():
            if not isinstance(values, list):
                raw.problems.append(
                    _problem(file, line, f"{field}.anns.{criterion}", f"{values!r}", message("a list of ratings"))
                )
                continue
            for position, value in enumerate(values):
                raw.add(line=line, item_id=item_id, criterion=criterion, position=position, value=value)


def _problem(file: str | None, line: int | None, field: str, what: str, expected: str) -> Problem:
    return Problem(
        file=file, line=line, field=field, what=what, expected=expected, remedy=message("restore it or remove it")
    )
