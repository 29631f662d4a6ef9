"""The language of each item: as a column declares it, as the user says, or detected from the response."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from alia_judge.text.language import detect_language, language_named, language_tag

if TYPE_CHECKING:
    import pandas as pd

    from alia_judge.ratings.table import Ratings

__all__ = ["item_language", "with_languages"]


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
        With a note of what was done and, where languages were detected, `Ratings.language_doubt`.

    Raises
    ------
    UsageError
        If `said` names no language.
    """
    import pandas as pd

    table = ratings.item_table
    tag = None if said is None else language_named(said)
    declared: list[str | None] = [None] * len(table)
    if "language" in table:
        declared = [_tag(value) for value in table["language"]]
    notes: tuple[str, ...] = ()
    doubt: float | None = None
    if tag is not None:
        missing = declared.count(None)
        declared = [tag if language is None else language for language in declared]
        notes = (f"language: {tag} for {missing} of {len(table)} items, as said",)
    elif not any(declared):
        texts = _responses(table)
        declared = [detect_language(text) if text else None for text in texts]
        answered = sum(bool(text) for text in texts)
        if not answered:
            return ratings
        doubt = 1 - sum(language is not None for language in declared) / answered
        notes = (f"language: detected from the responses, as no column declares it: {_shares(declared, answered)}",)
    if not any(declared):
        return replace(ratings, notes=(*ratings.notes, *notes), language_doubt=doubt)
    column = pd.Series(declared, dtype=object, index=table.index)
    return replace(
        ratings, item_table=table.assign(language=column), notes=(*ratings.notes, *notes), language_doubt=doubt
    )


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
    return ", ".join([*shares, f"in doubt {1 - sum(counts.values()) / answered:.0%}"])
