"""`Ratings`: one long table of what people said, and one of what they said it about."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from alia_judge._advice import advice
from alia_judge._json import dumps
from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.ratings.columns import IMAGES, ITEM_FIELDS
from alia_judge.ratings.conversations import turns_of
from alia_judge.ratings.later import LaterField
from alia_judge.ratings.roles.account import ColumnRole
from alia_judge.ratings.source import PARQUET_METADATA
from alia_judge.records import Item, Scale
from alia_judge.stats.sparse_ratings import SparseRatings

if TYPE_CHECKING:
    import datasets
    import pandas as pd

    from alia_judge.ratings.decisions import Decision

__all__ = ["RatingMatrix", "Ratings"]


@dataclass(frozen=True, kw_only=True, eq=False)
class RatingMatrix:
    """The ratings of one criterion, by row and item.

    Parameters
    ----------
    ratings
        Of shape (n_rows, n_items). A row is an annotator, or a position in the items' lists where annotators are not
        identified.
    item_ids
        The items in ascending order, length n_items; only those that have a rating.
    annotators
        The annotators in ascending order, length n_rows; empty where rows are positions.
    rows
        Which of the rows of `Ratings.of` each of `ratings` is; None of a part.
    """

    ratings: SparseRatings
    item_ids: tuple[str, ...]
    annotators: tuple[str, ...] = ()
    rows: NDArray[np.intp] | None = None

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """The ratings as an array of shape (n_rows, n_items), NaN where there is none.

        It takes 8 bytes a row and item: of a thousand people and a hundred thousand items nearly a gigabyte.
        """
        return self.ratings.dense()

    @property
    def identified(self) -> bool:
        """Whether the rows are annotators."""
        return bool(self.annotators)


@dataclass(frozen=True, kw_only=True, eq=False)
class Ratings:
    """Human ratings, typed and checked; `load_ratings` makes them.

    Parameters
    ----------
    table
        One row a rating: `item_id`, `criterion`, `annotator_id` (categories; no annotator where the data do not say),
        `position` (its place among the item's ratings, from 0), `value` (NaN: no rating was given), `found` (what
        stood in the place of an unusable value, where such were kept), and extras (`comment`, `timestamp`, ...).
    item_table
        One row an item, by ascending `item_id`, with any of `Item`'s fields and extras. Its turns are JSON text.
    scales
        The scale of each criterion.
    source
        Where it was read from.
    columns
        The source's column for each of the library's names, where the source had columns.
    notes
        What was guessed in reading: columns, scales, languages. Languages are detected when the notes, the doubt or
        the items are first asked for, and not where only the ratings are.
    language_doubt
        Share of the items with a response whose language could not be told, where it was detected; None where a column
        or the user declared it.
    decisions
        What people decided about these ratings, and was done.
    undecided_fingerprint
        Of the ratings before the decisions; None where there were none.
    adjudicated
        Criterion -> item -> the value that people decided it has. A layer of its own over the ratings: `table` holds
        what was said, and only the consensus takes the decided value.
    roles
        What each column, or key, of the source was read as, and why; empty where the source has none.
    left_out
        What of the source is in no rating and no item, and how many cells that are.
    unordered
        The labels of criteria whose words surely have an order that is not known (some are words of a known scale):
        read as nominal, and nothing should be tuned on them before the order is said (``scales=``, ``--scale``).

    Examples
    --------
    >>> from alia_judge.ratings.load import load_ratings
    >>> ratings = load_ratings(
    ...     [
    ...         {"item": "a", "rater": "ana", "score": 4, "response": "Hola."},
    ...         {"item": "a", "rater": "jon", "score": 5},
    ...         {"item": "b", "rater": "ana", "score": 2, "response": "Kaixo."},
    ...     ]
    ... )
    >>> ratings.criteria
    ('rating',)
    >>> ratings.matrix("rating").values
    array([[ 4.,  2.],
           [ 5., nan]])
    >>> ratings.items()[1].response
    'Kaixo.'
    """

    table: pd.DataFrame
    item_table: LaterField[pd.DataFrame] = LaterField()  # noqa: RUF009 - a descriptor is the class's
    scales: Mapping[str, Scale]
    source: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    notes: LaterField[tuple[str, ...]] = LaterField(())  # noqa: RUF009 - a descriptor is the class's
    language_doubt: LaterField[float | None] = LaterField(None)  # noqa: RUF009 - a descriptor is the class's
    decisions: tuple[Decision, ...] = ()
    undecided_fingerprint: str | None = None
    adjudicated: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    roles: tuple[ColumnRole, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    unordered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        return (
            f"<Ratings: {len(self)} ratings of {len(self.item_table)} items on {', '.join(self.criteria)}"
            f"{f' from {self.source}' if self.source else ''}>"
        )

    @property
    def criteria(self) -> tuple[str, ...]:
        """The criteria, ascending."""
        return tuple(str(name) for name in self.table["criterion"].cat.categories)

    @property
    def annotators(self) -> tuple[str, ...]:
        """The annotators of all criteria, ascending; empty where none is identified."""
        return tuple(str(name) for name in self.table["annotator_id"].cat.categories)

    def require(self, criterion: str | None = None) -> str:
        """`criterion` if it was rated; without one, the only criterion there is.

        Raises
        ------
        UsageError
            If there is no such criterion, or none was named among several.
        """
        if criterion is None and len(self.criteria) == 1:
            return self.criteria[0]
        if criterion is None or criterion not in self.criteria:
            known = ", ".join(self.criteria)
            if criterion is not None:
                raise UsageError(
                    message(
                        "there is no criterion {criterion!r}; the ratings have: {criteria}",
                        criterion=criterion,
                        criteria=known,
                    )
                )
            first = self.criteria[0] if self.criteria else "NAME"
            raise UsageError(
                message(
                    "name a criterion ({said}); the ratings have: {criteria}",
                    said=advice(python=f"criterion={first!r}", command=f"--criterion {shlex.quote(first)}"),
                    criteria=known,
                )
            )
        return criterion

    def of(self, criterion: str) -> pd.DataFrame:
        """The rows of `table` on one criterion that hold a rating."""
        table = self.table
        return table[(table["criterion"] == self.require(criterion)) & table["value"].notna()]

    def identified(self, criterion: str) -> bool:
        """Whether every rating on `criterion` says who gave it."""
        annotators = self.of(criterion)["annotator_id"]
        return len(annotators) > 0 and bool(annotators.notna().all())

    def matrix(self, criterion: str, *, by: Literal["annotator", "position"] | None = None) -> RatingMatrix:
        """The ratings on `criterion` as an array.

        Parameters
        ----------
        criterion
            Which one.
        by
            What a row is: by default an annotator where all are identified, else a position. Positions are compact
            (as many rows as the most-rated item has ratings) and serve wherever it does not matter who said what.

        Raises
        ------
        UsageError
            If rows shall be annotators and not all are identified.

        Notes
        -----
        Where one annotator rated an item twice, the first rating counts; check AJ001 names the others.
        """
        rows = self.of(criterion)
        identified = self.identified(criterion)
        if by == "annotator" and not identified:
            raise UsageError(
                message("not every rating on {criterion!r} says who gave it; use by='position'", criterion=criterion)
            )
        items = rows["item_id"].cat.remove_unused_categories()
        columns = np.asarray(items.cat.codes, dtype=np.intp)
        item_ids = tuple(str(item) for item in items.cat.categories)
        if by == "position" or not identified:
            names: tuple[str, ...] = ()
            lines = np.asarray(rows["position"], dtype=np.intp)
            lines = np.unique(lines, return_inverse=True)[1] if len(lines) else lines
        else:
            annotators = rows["annotator_id"].cat.remove_unused_categories()
            names = tuple(str(annotator) for annotator in annotators.cat.categories)
            lines = np.asarray(annotators.cat.codes, dtype=np.intp)
        values = np.asarray(rows["value"], dtype=np.float64)
        n_rows = int(lines.max()) + 1 if len(lines) else 0
        # By item, then by row; stable, so that the first of several ratings is the one that stays.
        order = np.argsort(columns * max(n_rows, 1) + lines, kind="stable")
        lines, columns = lines[order], columns[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (lines[1:] != lines[:-1]) | (columns[1:] != columns[:-1])
        ratings = SparseRatings(
            rater=lines[first], item=columns[first], value=values[order][first], shape=(n_rows, len(item_ids))
        )
        return RatingMatrix(ratings=ratings, item_ids=item_ids, annotators=names, rows=order[first])

    def items(self, item_ids: Iterable[str] | None = None) -> tuple[Item, ...]:
        """The items, by ascending id, or those asked for in that order.

        Raises
        ------
        UsageError
            If an id is not among the items.
        """
        known = self._items
        if item_ids is None:
            return tuple(known.values())
        wanted = list(item_ids)
        unknown = [item for item in wanted if item not in known]
        if unknown:
            raise UsageError(
                message(
                    "no item {unknown!r} in these ratings ({n} of {n_wanted} are unknown)",
                    unknown=unknown[0],
                    n=len(unknown),
                    n_wanted=len(wanted),
                )
            )
        return tuple(known[item] for item in wanted)

    def item_column(self, name: str) -> list[Any]:
        """What `name` says of each item, by ascending id: a field, a further column, or the source's name for one.

        Raises
        ------
        UsageError
            If nothing of that name is known of the items.
        """
        table = self.item_table
        own = {column: field for field, column in self.columns.items()}
        found = next((column for column in (name, own.get(name)) if column in table.columns), None)
        if found is None:
            known = ", ".join(str(column) for column in table.columns if column != "item_id")
            raise UsageError(
                message(
                    "nothing named {name!r} is known of the items; there are: {known}",
                    name=name,
                    known=known or message("only their ids"),
                )
            )
        return list(table[found])

    @cached_property
    def _items(self) -> dict[str, Item]:
        frame = self.item_table
        fields = [name for name in ITEM_FIELDS if name in frame.columns]
        extras = [str(name) for name in frame.columns if name not in (*ITEM_FIELDS, "item_id")]
        result: dict[str, Item] = {}
        for record in frame.to_dict(orient="records"):
            turns = turns_of(record.get("turns"))
            if turns is not None:
                record["turns"] = None  # no further column, but what the response answers
            given = {name: record[name] for name in fields if record[name] is not None}
            extra = {name: record[name] for name in extras if not _is_nothing(record[name])}
            if isinstance(extra.get(IMAGES), tuple):
                given[IMAGES] = extra.pop(IMAGES)
            result[record["item_id"]] = Item(item_id=record["item_id"], **given, turns=turns or (), extra=extra)
        return result

    def select(
        self,
        *,
        criteria: Iterable[str] | None = None,
        items: Iterable[str] | None = None,
        annotators: Iterable[str] | None = None,
        drop_annotators: Iterable[str] = (),
    ) -> Ratings:
        """The ratings restricted to what is named.

        Raises
        ------
        UsageError
            If a criterion, item or annotator is not there, or nothing would be left.
        """
        table = self.table
        keep = np.ones(len(table), dtype=bool)
        if criteria is not None:
            keep &= table["criterion"].isin([self.require(name) for name in criteria]).to_numpy()
        if items is not None:
            keep &= table["item_id"].isin([item.item_id for item in self.items(items)]).to_numpy()
        if annotators is not None:
            keep &= table["annotator_id"].isin(self._known_annotators(annotators)).to_numpy()
        dropped = self._known_annotators(drop_annotators)
        if dropped:
            keep &= ~table["annotator_id"].isin(dropped).to_numpy()
        if not keep.any():
            raise UsageError(message("no rating is left of this selection"))
        kept = table[keep].reset_index(drop=True)
        for name in ("item_id", "criterion", "annotator_id"):
            kept[name] = kept[name].cat.remove_unused_categories()
        rated = set(kept["item_id"].cat.categories)
        item_table = self.item_table[self.item_table["item_id"].isin(rated)].reset_index(drop=True)
        scales = {name: self.scales[name] for name in kept["criterion"].cat.categories}
        unordered = {name: labels for name, labels in self.unordered.items() if name in scales}
        of_these = {
            name: {item: value for item, value in by_item.items() if item in rated}
            for name, by_item in self.adjudicated.items()
            if name in scales
        }
        adjudicated = {name: by_item for name, by_item in of_these.items() if by_item}
        return replace(
            self, table=kept, item_table=item_table, scales=scales, unordered=unordered, adjudicated=adjudicated
        )

    def decide(self, decisions: str | Path | Sequence[Decision]) -> Ratings:
        """The ratings as people decided: what is dropped does not count, what is fixed has its new value.

        Parameters
        ----------
        decisions
            A file (`load_decisions`), or decisions in the order in which they were made; of two about the same thing
            the last counts.

        Returns
        -------
        Ratings
            With the `decisions` that were carried out; a benchmark built of them lists them in its datasheet.

        Raises
        ------
        DataError
            If a decision is about something that is not there, or its value is none.

        Examples
        --------
        >>> from alia_judge.ratings import Decision, load_ratings
        >>> ratings = load_ratings([{"item": item, "rater": "ana", "score": n} for n, item in enumerate("abc", 1)])
        >>> fixed = Decision(what="rating", id="b | ana", action="fix", value="3", reason="slip", by="jon")
        >>> ratings.decide([fixed, Decision(what="item", id="a", action="drop")]).matrix("rating").values
        array([[3., 3.]])
        """
        from alia_judge.ratings.decisions import decided, numbered_decisions

        if isinstance(decisions, (str, Path)):
            numbered = numbered_decisions(decisions)
            return decided(self, list(numbered.values()), file=str(decisions), lines=list(numbered))
        return decided(self, decisions)

    @property
    def source_fingerprint(self) -> str:
        """The fingerprint of what was read, before anybody decided anything."""
        return self.undecided_fingerprint or self.fingerprint

    def _known_annotators(self, names: Iterable[str]) -> list[str]:
        wanted = list(names)
        unknown = sorted(set(wanted) - set(self.annotators))
        if unknown:
            raise UsageError(
                message(
                    "no annotator {unknown!r}; there are: {annotators}",
                    unknown=unknown[0],
                    annotators=", ".join(self.annotators) or message("none named"),
                )
            )
        return wanted

    def to_frame(self, *, texts: bool = True) -> pd.DataFrame:
        """One long plain data frame, a row a rating, with the items' fields beside it if `texts`.

        ``load_ratings(ratings.to_frame(), scales=ratings.scales)`` gives the same ratings back.
        """
        frame = self.table.copy()
        for name in ("item_id", "criterion", "annotator_id"):
            frame[name] = frame[name].astype(object)
        if frame["annotator_id"].isna().all():
            frame = frame.drop(columns="annotator_id")
        if texts:
            known = self.item_table.drop(
                columns=[name for name in self.item_table if name in frame and name != "item_id"]
            )
            frame = frame.merge(known, on="item_id", how="left")
        return frame

    def to_parquet(self, path: str | Path) -> None:
        """Write the long table with its scales; `load_ratings` reads it back whole."""
        import pyarrow
        import pyarrow.parquet

        table = pyarrow.Table.from_pandas(self.to_frame(), preserve_index=False)
        scales = dumps({"scales": self.scales}, indent=None)
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), PARQUET_METADATA: scales.encode()})
        pyarrow.parquet.write_table(table, Path(path))

    def to_dataset(self) -> datasets.Dataset:
        """The long table as a `datasets.Dataset`."""
        import datasets

        return datasets.Dataset.from_pandas(self.to_frame(), preserve_index=False)

    def to_argilla(self) -> list[dict[str, Any]]:
        """Records as Argilla 2 has them (``rg.Record.from_dict``), with each rating as a submitted response.

        A rating by nobody known is filed under its position (``position-0``); `load_ratings` reads the records back.
        """
        answers: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for row in self.to_frame(texts=False).to_dict(orient="records"):
            if not np.isnan(row["value"]):
                scale = self.scales[row["criterion"]]
                value = scale.label(row["value"]) if scale.labels else row["value"]
                user = row.get("annotator_id") or f"position-{row['position']}"
                given = answers.setdefault(row["item_id"], {}).setdefault(row["criterion"], [])
                given.append({"value": value, "user_id": user, "status": "submitted"})
        return [
            {
                "id": item.item_id,
                "fields": item.texts(),
                "metadata": {
                    name: value
                    for name, value in {"group": item.group, "system": item.system, "language": item.language}.items()
                    if value is not None
                },
                "responses": answers.get(item.item_id, {}),
            }
            for item in self.items()
        ]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the content: scales, items with their texts, and every rating, in canonical order.

        The order of lines does not change it; one changed rating, text or scale does. Where ids are only the place of
        a line in its file (BASSE), what the reader knows as the item's lasting id stands in for them.
        """
        import pandas as pd

        digest = hashlib.sha256(b"alia-judge/ratings/1\n")
        digest.update(dumps(self.scales, indent=None, sort_keys=True).encode())
        lasting = self.lasting_ids()
        # A column that is empty for all of these items is none: it is not written, and so not read back.
        fields = [name for name in ITEM_FIELDS if name in self.item_table and self.item_table[name].notna().any()]
        if "turns" in self.item_table and any(turns_of(value) for value in self.item_table["turns"]):
            fields.append("turns")
        described = self.item_table[fields].to_dict(orient="records")
        lines = []
        for item, record in zip(self.item_table["item_id"], described, strict=True):
            if "group" in record:
                record["group"] = lasting.groups.get(record["group"], record["group"])
            lines.append(json.dumps([lasting.items.get(item, item), record], sort_keys=True, ensure_ascii=False))
        digest.update("\n".join(sorted(lines)).encode("utf-8", "surrogateescape"))
        table = self.table
        columns: dict[str, NDArray[np.generic]] = {}
        for name in ("criterion", "item_id", "annotator_id"):
            categories = [str(value) for value in table[name].cat.categories]
            if name == "item_id":
                categories = [lasting.items.get(value, value) for value in categories]
            ranks = pd.Series(categories, dtype=object).rank(method="first").to_numpy(dtype=np.int64, na_value=0)
            codes = np.asarray(table[name].cat.codes, dtype=np.int64)
            columns[name] = np.where(codes >= 0, np.append(ranks, -1)[codes], -1)
            digest.update(dumps(sorted(categories), indent=None).encode("utf-8", "surrogateescape"))
        values = np.asarray(table["value"], dtype="<f8")
        order = np.lexsort((values, columns["annotator_id"], columns["item_id"], columns["criterion"]))
        for column in columns.values():
            digest.update(column[order].astype("<i8").tobytes())
        digest.update(np.where(np.isnan(values), np.nan, values)[order].astype("<f8").tobytes())
        if self.adjudicated:
            settled = {
                name: {lasting.items.get(item, item): value for item, value in by_item.items()}
                for name, by_item in self.adjudicated.items()
            }
            digest.update(json.dumps(settled, sort_keys=True).encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def lasting_ids(self) -> LastingIds:
        """Ids that survive a reordering of the file's lines, where the reader's own do not."""
        frame = self.item_table
        if "lasting_id" not in frame.columns:
            return LastingIds(items={}, groups={})
        ids = zip(frame["item_id"], frame["lasting_id"], strict=True)
        items = {item: lasting for item, lasting in ids if lasting and isinstance(lasting, str)}
        groups: dict[str, str] = {}
        if {"group", "lasting_group"} <= set(frame.columns):
            pairs = zip(frame["group"], frame["lasting_group"], strict=True)
            groups = {
                group: lasting for group, lasting in pairs if group is not None and lasting and isinstance(lasting, str)
            }
        return LastingIds(items=items, groups=groups)


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


@dataclass(frozen=True, kw_only=True)
class LastingIds:
    """The lasting id of each item and group whose own id is only its place in a file; empty where ids are ids."""

    items: Mapping[str, str]
    groups: Mapping[str, str]
