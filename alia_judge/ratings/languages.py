"""The language of each item: as a column declares it, as the user says, or detected from the response."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from alia_judge._messages import joined, message
from alia_judge.ratings.later import Later
from alia_judge.text.language import detect_language, detect_languages, language_named, language_tag

if TYPE_CHECKING:
    import pandas as pd

    from alia_judge.ratings.table import Ratings

__all__ = ["item_language", "with_languages"]

_DETECTING = threading.RLock()


def item_language(declared: str | None, response: str, *, said: str | None, column: bool) -> str | None:
    """The language of one item that is read without the others.

    Parameters
    ----------
    declared
        What its row declares.
    response
        Its response.
    said
        The tag of the language of items that declare none; None where the user says nothing.
    column
        Whether some column declares languages: then those that are missing are not detected.
    """
    tag = _tag(declared) or said
    return tag if tag is not None or column or not response.strip() else detect_language(response)


def with_languages(ratings: Ratings, said: str | None = None) -> Ratings:
    """The ratings with the language of each item.

    Parameters
    ----------
    ratings
        As they were read. Where a column declares languages, their names become tags (``"castellano"`` is ``"es"``).
    said
        The language of every item of which no column declares one; by default it is detected from the responses where
        no column declares any.

    Returns
    -------
    Ratings
        With a note of what was done and, where languages are detected, `Ratings.language_doubt`. They are detected when
        somebody first asks for either, or for the items.

    Raises
    ------
    UsageError
        If `said` names no language.
    """
    table = ratings.item_table
    tag = None if said is None else language_named(said)
    declared: list[str | None] = [None] * len(table)
    if "language" in table:
        declared = [_tag(value) for value in table["language"]]
    if tag is None and not any(declared):
        found = _Detection(ratings)
        return replace(
            ratings,
            item_table=Later(found.item_table),
            notes=Later(found.notes),
            language_doubt=Later(found.doubt),
        )
    notes = ratings.notes
    if tag is not None:
        missing = declared.count(None)
        declared = [tag if language is None else language for language in declared]
        notes = (
            *notes,
            message("language: {tag} for {missing} of {n} items, as said", tag=tag, missing=missing, n=len(table)),
        )
    return replace(ratings, item_table=_with_column(table, declared), notes=notes)


class _Detection:
    """The languages of items that declare none, detected once, by whichever thread asks first."""

    def __init__(self, ratings: Ratings) -> None:
        self.ratings = ratings

    def item_table(self) -> pd.DataFrame:
        table = self.ratings.item_table
        return _with_column(table, self._languages[0]) if any(self._languages[0]) else table

    def notes(self) -> tuple[str, ...]:
        languages, answered = self._languages
        if not answered:
            return self.ratings.notes
        shares = _shares(languages, answered)
        return (
            *self.ratings.notes,
            message("language: detected from the responses, as no column declares it: {shares}", shares=shares),
        )

    def doubt(self) -> float | None:
        languages, answered = self._languages
        return 1 - sum(language is not None for language in languages) / answered if answered else None

    @property
    def _languages(self) -> tuple[list[str | None], int]:
        with _DETECTING:
            return self._detected

    @cached_property
    def _detected(self) -> tuple[list[str | None], int]:
        """The language of each item, and how many have a response."""
        texts = _responses(self.ratings.item_table)
        different = [text for text in dict.fromkeys(texts) if text]
        known = dict(zip(different, detect_languages(different), strict=True))
        return [known.get(text) for text in texts], sum(bool(text) for text in texts)


def _with_column(table: pd.DataFrame, languages: Sequence[str | None]) -> pd.DataFrame:
    import pandas as pd

    return table.assign(language=pd.Series(languages, dtype=object, index=table.index))


def _responses(table: pd.DataFrame) -> list[str]:
    columns = [table[name].tolist() for name in ("response", "response_b") if name in table]
    if not columns:
        return [""] * len(table)
    given = zip(*columns, strict=True)
    return ["\n".join(part for part in parts if isinstance(part, str) and part.strip()) for parts in given]


def _tag(value: object) -> str | None:
    return language_tag(value) or None if isinstance(value, str) else None


def _shares(languages: Sequence[str | None], answered: int) -> str:
    counts = Counter(language for language in languages if language is not None)
    shares = [f"{tag} {count / answered:.0%}" for tag, count in counts.most_common()]
    return joined([*shares, message("in doubt {share:.0%}", share=1 - sum(counts.values()) / answered)], ", ")
