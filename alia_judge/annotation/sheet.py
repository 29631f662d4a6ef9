"""`make_sheet`: items for one person to rate, as one HTML file that needs nothing but a browser."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np

from alia_judge._json import write_atomic
from alia_judge._messages import message
from alia_judge.annotation.asked import check_items
from alia_judge.annotation.page import sheet_page
from alia_judge.errors import UsageError
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.judging.rubrics.wording import wording_for
from alia_judge.records import Item

__all__ = ["Sheet", "make_sheet"]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Items for one person to rate; `make_sheet` makes it.

    Parameters
    ----------
    annotator
        Who rates: what the saved ratings call the person.
    items
        In the order in which they are shown. An item that comes again, to see whether the person agrees with
        themselves, stands twice.
    criteria
        What is asked of each item: the rubric of every criterion, under the name that the ratings have for it.
    language
        Of the page's own words: ``ca``, ``en``, ``es``, ``eu`` or ``gl``.
    """

    annotator: str
    items: tuple[Item, ...]
    criteria: Mapping[str, Rubric] = field(default_factory=lambda: MappingProxyType({}))
    language: str = "en"

    @property
    def digest(self) -> str:
        """SHA-256 of who is asked what about which texts in which order; saved ratings carry it."""
        asked = [
            self.annotator,
            self.language,
            {name: rubric.fingerprint for name, rubric in self.criteria.items()},
            [[item.item_id, item.digest()] for item in self.items],
        ]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()

    def html(self) -> str:
        """The page: one document that fetches nothing, in which no text of an item can run.

        Examples
        --------
        >>> from alia_judge.judging.rubrics.builtin import builtin_rubric
        >>> item = Item(item_id="a", prompt="<script>alert(1)</script>", response="Hola.")
        >>> sheet = make_sheet([item], {"helpfulness": builtin_rubric("helpfulness", "es")}, annotator="ana")
        >>> "alert" in sheet.html(), "<script>alert" in sheet.html(), "https://" in sheet.html()
        (True, False, False)
        """
        return sheet_page(
            self.items,
            self.criteria,
            annotator=self.annotator,
            language=self.language,
            digest=self.digest,
        )

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write `html` to `path`, atomically; gives the path."""
        target = Path(path)
        write_atomic(target, self.html())
        return target


def make_sheet(
    items: Iterable[Item],
    criteria: Mapping[str, Rubric],
    *,
    annotator: str,
    language: str | None = None,
    n_items: int | None = None,
    again: int = 0,
    known: Sequence[Item] = (),
    seed: int = 0,
) -> Sheet:
    """A sheet of items for one person.

    Parameters
    ----------
    items
        What there is to rate, each id once.
    criteria
        What is asked of each: ``{what the ratings call it: its rubric}``.
    annotator
        What the ratings are to call the person; a pseudonym does.
    language
        Of the page's own words; by default that of the first rubric.
    n_items
        How many of `items` to draw; by default all. Everybody who is given the same `seed` is given the same ones.
    again
        How many of them come a second time; at least half of the sheet lies between.
    known
        Items whose answers are known to whoever makes the sheet, to stand among the others. The answers are not on it.
    seed
        Of which items are drawn. Their order is drawn for each person anew.

    Raises
    ------
    UsageError
        If there is nothing to rate or nothing to ask, an id comes twice, more items are wanted than there are, or a
        page cannot ask for it: a ranking of candidates.

    Examples
    --------
    >>> from alia_judge.judging.rubrics.builtin import builtin_rubric
    >>> items = [Item(item_id=str(n), response=f"Respuesta {n}.") for n in range(9)]
    >>> sheet = make_sheet(items, {"tone": builtin_rubric("tone", "ca")}, annotator="ana", n_items=4, again=1)
    >>> len(sheet.items), len({item.item_id for item in sheet.items}), sheet.language
    (5, 4, 'ca')
    """
    there = tuple(items)
    if not annotator.strip():
        raise UsageError(
            message("a sheet is for a person: annotator is empty; give the name that the ratings are to have")
        )
    if not criteria:
        raise UsageError(message("a sheet asks for at least one criterion, got none; give criteria={{name: rubric}}"))
    check_items(there, tuple(known))
    wanted = len(there) if n_items is None else n_items
    if not 1 <= wanted <= len(there):
        raise UsageError(
            message("{wanted} items are wanted and there are {n}; ask for 1 to {n}", wanted=wanted, n=len(there))
        )
    if not 0 <= again <= wanted // 2:
        raise UsageError(
            message(
                "again must be from 0 to half of the {wanted} items, got {again}: a repeat stands well after the first",
                wanted=wanted,
                again=again,
            )
        )
    drawn = [there[index] for index in np.random.default_rng(seed).permutation(len(there))[:wanted]]
    own = np.random.default_rng([seed, *hashlib.sha256(annotator.encode("utf-8", "surrogatepass")).digest()])
    shown = [*drawn, *known]
    shown = [shown[index] for index in own.permutation(len(shown))]
    # Half of the sheet lies between, so that nobody remembers what they said a minute ago.
    half = len(shown) // 2
    for first in sorted(own.permutation(half)[:again]):
        shown.insert(int(own.integers(first + half, len(shown) + 1)), shown[first])
    tag = wording_language(next(iter(criteria.values())).language if language is None else language)
    return Sheet(annotator=annotator, items=tuple(shown), criteria=MappingProxyType(dict(criteria)), language=tag)


def wording_language(language: str) -> str:
    """The language of a page's words that a tag means.

    Raises
    ------
    UsageError
        If there are none in it.
    """
    wording_for(language)
    return language.replace("_", "-").split("-")[0].lower()
