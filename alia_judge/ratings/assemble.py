"""From what a reader found to `Ratings`: every value typed on a scale, every fault reported with its line."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from alia_judge._advice import advice
from alia_judge._messages import message, message_of
from alia_judge.errors import DataError, Problem
from alia_judge.ratings.columns import ITEM_FIELDS, RATING_EXTRAS
from alia_judge.ratings.conversations import conversation_in, messages_of, split_conversation, written_turns
from alia_judge.ratings.item_images import IN_TEXTS, with_images
from alia_judge.ratings.one_spelling import with_one_spelling
from alia_judge.ratings.readers.base import RATING_FIELDS, RawRatings
from alia_judge.ratings.saying import say_columns, say_scale
from alia_judge.ratings.scales import describe_scale, infer_scale, is_missing, missing_code, missing_words, parse_value
from alia_judge.ratings.source import Source
from alia_judge.ratings.table import Ratings
from alia_judge.ratings.worded_scales import partly_known
from alia_judge.records import Scale
from alia_judge.records.content import written_content

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["assemble"]

#: Any number at all.
_ANY = Scale.continuous(-1e308, 1e308)
#: More different labels than this, in half of the ratings or more, are texts.
_MOST_LABELS = 30
#: Ways of writing nothing that are named.
_SHOWN = 3


def assemble(
    raw: RawRatings,
    *,
    source: Source,
    scales: Mapping[str, Scale] | None = None,
    invalid: Literal["raise", "keep"] = "raise",
) -> Ratings:
    """Check and type what a reader found.

    Parameters
    ----------
    raw
        The reader's result.
    source
        Where it comes from, for errors.
    scales
        Scales the user declares, by criterion; they win over the source's own, and those over inference.
    invalid
        What becomes of a value that is not on its scale: an error, or a missing value that keeps what was found.

    Raises
    ------
    DataError
        With one `Problem` for each row that cannot be used, all together.
    """
    import pandas as pd

    problems = [replace(problem, file=problem.file or source.name) for problem in raw.problems]
    ratings = pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in raw.ratings.items()})
    for name in ("item_id", "criterion", "value"):
        if name not in ratings:
            ratings[name] = pd.Series([None] * len(ratings), dtype=object)
    if ratings.empty and not problems:
        problems.append(
            Problem(
                file=source.name,
                what=message("no ratings"),
                expected=message("at least one"),
                remedy=message("check the export"),
            )
        )
    place = _Places(source, raw.lines, raw.paths, raw.fields, raw.files)
    if "annotator_id" in ratings and all(map(is_missing, pd.unique(ratings["annotator_id"]))):
        # A column that names nobody is none.
        ratings = ratings.drop(columns="annotator_id")
    for name in ("item_id", "criterion", "annotator_id"):
        if name in ratings:
            ratings[name], faults = _identifiers(ratings[name], name, place)
            problems += faults
    ratings, spelt = with_one_spelling(ratings)
    declared = {**raw.scales, **(scales or {})}
    if "*" in declared and "criterion" in ratings:
        others = declared.pop("*")
        declared = {**dict.fromkeys(map(str, ratings["criterion"].cat.categories), others), **declared}
    typed_notes: list[str] = []
    unordered: dict[str, list[str]] = {}
    table, chosen, faults = _typed(ratings, declared, place, raw.value_field, typed_notes, unordered)
    if invalid == "raise":
        problems += faults
    items, faults = _items(raw, table, source)
    problems += faults
    table, items = _settle_extras(table, items, raw.of_ratings)
    items, read = _with_conversations(items)
    items = with_images(items)
    if problems:
        # One fault is said once, however many ratings stand beside it.
        raise DataError(sorted(dict.fromkeys(problems), key=lambda problem: problem.line or 0))
    notes = [
        *source.reading_notes,
        *raw.notes,
        *read,
        *spelt,
        *typed_notes,
        *map(_ask_order, unordered.items()),
        *(_scale_note(name, chosen[name], name in declared) for name in sorted(chosen)),
    ]
    return Ratings(
        table=table,
        item_table=items,
        scales=chosen,
        source=source.name,
        columns=dict(raw.columns),
        notes=tuple(notes),
        roles=raw.roles,
        left_out=raw.left_out,
        unordered={name: tuple(labels) for name, labels in unordered.items()},
    )


def _signs_of_nothing(criterion: str, unique: Any, codes: NDArray[np.intp]) -> list[str]:
    """What was written where there is no rating (``-``), which may have been meant as a label, in a sentence."""
    import numpy as np

    found = zip(*np.unique(codes, return_counts=True), strict=True)
    written = {
        text: int(count) for code, count in found if isinstance(unique[code], str) and (text := unique[code].strip())
    }
    if not written:
        return []
    return [
        message(
            "{name}: {called} was read as no rating, {n} times; if it is a label, write a word for it",
            name=criterion,
            called=", ".join(f"{text!r:.30}" for text in sorted(written, key=lambda text: -written[text])[:_SHOWN]),
            n=sum(written.values()),
        )
    ]


def _ask_order(found: tuple[str, list[str]]) -> str:
    criterion, labels = found
    order = "LOWEST<...<HIGHEST"
    how = say_scale(order, criterion)
    return message(
        "{criterion}: {labels} seem to have an order that is not known, and were read without "
        "one; say it, lowest first: {how}",
        criterion=criterion,
        labels=", ".join(labels),
        how=how,
    )


class _Places:
    """Where a row came from, for `Problem`s."""

    def __init__(
        self,
        source: Source,
        lines: list[int] | None,
        paths: list[tuple[str | int, ...]] | None = None,
        fields: list[str] | None = None,
        files: list[str] | None = None,
    ) -> None:
        self.source = source
        self.files = files
        self.lines = lines
        self.paths = paths
        self.fields = fields

    def of(self, row: int) -> dict[str, Any]:
        if self.lines is not None:
            line: int | None = self.lines[row]
        elif self.paths is not None:
            line = self.source.line_of(self.paths[row])
        else:
            line = row + 1
        file = self.source.name if self.files is None else self.files[row]
        return {"file": file, "line": line}

    def field(self, row: int, otherwise: str) -> str:
        """The column that a rating's value stands in."""
        if self.paths is not None and self.fields is not None and self.fields[row].startswith("$"):
            return " -> ".join(map(str, self.paths[row]))
        return otherwise if self.fields is None else self.fields[row]


def _identifiers(column: pd.Series[Any], name: str, place: _Places) -> tuple[pd.Categorical, list[Problem]]:
    """The column as sorted categories, and a problem for each row that has nothing in it."""
    import numpy as np
    import pandas as pd

    try:
        codes, unique = pd.factorize(column, use_na_sentinel=True)
    except TypeError:  # lists and objects have no hash; their text stands for them
        codes, unique = pd.factorize(column.map(_value_key), use_na_sentinel=True)
    # Two spellings of one number (1 and 1.0) or of one text with spaces around are one identifier.
    text = [_as_text(value) for value in unique]
    categories = sorted({value for value in text if value})
    index = {value: code for code, value in enumerate(categories)}
    recoded = np.array([*(index.get(value, -1) for value in text), -1])[codes]
    annotator = name == "annotator_id"
    problems = [
        Problem(
            **place.of(int(row)),
            field=name,
            what=message("empty"),
            expected=message("who gave the rating, as other rows have")
            if annotator
            else message("an identifier in every row"),
            remedy=message("fill it in, or leave the column out")
            if annotator
            else message("fill it in, or remove the row"),
        )
        for row in np.flatnonzero(recoded < 0)
    ]
    return pd.Categorical.from_codes(recoded, categories=pd.Index(categories, dtype=object)), problems


def _as_text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _typed(
    ratings: pd.DataFrame,
    declared: Mapping[str, Scale],
    place: _Places,
    field: str,
    notes: list[str],
    unordered: dict[str, list[str]],
) -> tuple[pd.DataFrame, dict[str, Scale], list[Problem]]:
    """The table with numbers for values, the scale of each criterion, and a problem for each unusable value."""
    import numpy as np
    import pandas as pd

    # Few different values and many rows: each different value is looked at once.
    codes, unique = _factorized(ratings["value"])
    present = [None if not isinstance(value, _Container) and is_missing(value) else value for value in unique]
    missing = np.array([value is None for value in present], dtype=bool)
    criterion_codes = np.asarray(ratings["criterion"].cat.codes)
    names = list(ratings["criterion"].cat.categories)
    values = np.full(len(ratings), np.nan)
    found: NDArray[np.object_] = np.full(len(ratings), None, dtype=object)
    chosen: dict[str, Scale] = {}
    undecided: list[int] = []
    problems: list[Problem] = []
    for criterion, name in enumerate(names):
        rows = np.flatnonzero((criterion_codes == criterion) & ~missing[codes])
        counts = Counter(codes[rows].tolist())
        plain = {present[code]: count for code, count in counts.items() if not isinstance(present[code], _Container)}
        notes += _signs_of_nothing(name, unique, codes[(criterion_codes == criterion) & missing[codes]])
        code = None if name in declared else missing_code(plain)
        no_answer = [] if name in declared else missing_words(plain)
        if code is not None or no_answer:
            none = {
                key
                for key in counts
                if present[key] in no_answer or (code is not None and parse_value(present[key], _ANY) == code)
            }
            plain = {present[key]: count for key, count in counts.items() if key not in none and present[key] in plain}
            counts = Counter({key: count for key, count in counts.items() if key not in none})
            rows = rows[~np.isin(codes[rows], list(none))]
            called = ", ".join([*([f"{code:g}"] if code is not None else []), *map(repr, no_answer)])
            how = advice(python="scales=", command="--scale")
            notes.append(
                message(
                    "{name}: {called} was read as no rating (say the scale if it is one: {how})",
                    name=name,
                    called=called,
                    how=how,
                )
            )
        scale = declared.get(name) or infer_scale(plain)
        order = partly_known(scale.labels) if scale is not None and scale.kind == "nominal" else None
        if order is not None and name not in declared:
            known, unknown = order
            unordered[name] = [*known, *unknown]
        if name not in declared and scale is not None and _are_texts(scale, len(rows)):
            problems.append(_texts_for_ratings(name, scale, len(rows), field, place.source.name))
        several = None if name in declared or scale is None or scale.kind != "nominal" else _several_in(scale.labels)
        if several is not None:
            problems.append(_several_labels(name, several, field, place.source.name))
        if scale is None:
            undecided.append(criterion)
            scale = _fallback([present[code] for code in counts], chosen)
        chosen[name] = scale
        numbers = np.full(len(unique), np.nan)
        for code in counts:
            parsed = None if isinstance(present[code], _Container) else parse_value(present[code], scale)
            numbers[code] = np.nan if parsed is None else parsed
        values[rows] = numbers[codes[rows]]
        for row in rows[np.isnan(values[rows])]:
            found[row] = str(present[codes[row]])
            where = place.of(int(row)) | {"field": place.field(int(row), field)}
            problems.append(_off_scale(present[codes[row]], name, scale, name in declared, where))
    table = ratings.drop(columns=["value"]).assign(value=values)
    if any(text is not None for text in found):
        table["found"] = pd.Series(found, dtype=object, index=table.index)
    if "annotator_id" not in table:
        table["annotator_id"] = pd.Categorical([None] * len(table), categories=pd.Index([], dtype=object))
    if "position" in table:
        table["position"] = table["position"].astype("int64")
    else:
        # Counted without sorting: the order of appearance is all there is.
        table["position"] = table.groupby(["criterion", "item_id"], observed=True, sort=False).cumcount()
    extras = [name for name in table.columns if name not in (*RATING_FIELDS, "found")]
    table = table[[*RATING_FIELDS, *(["found"] if "found" in table else []), *extras]]
    return table, chosen, problems


def _factorized(column: pd.Series[Any]) -> tuple[NDArray[np.intp], Any]:
    import pandas as pd

    try:
        return pd.factorize(column, use_na_sentinel=False)
    except TypeError:
        keys = pd.Series([_value_key(value) for value in column], dtype=object)
        return pd.factorize(keys, use_na_sentinel=False)


def _value_key(value: Any) -> Any:
    # Lists and objects in a value's place cannot be hashed; their text stands for them and parses as nothing.
    plain = value.tolist() if getattr(value, "ndim", 0) else value  # Parquet's lists come as arrays
    return _Container(repr(plain)) if isinstance(plain, (list, dict, set)) else plain


class _Container(str):
    """A list or object where a rating should be: never a label."""

    __slots__ = ()


def _are_texts(scale: Scale, n_ratings: int) -> bool:
    """Whether the labels are no labels: nearly every rating has one of its own."""
    return scale.kind == "nominal" and len(scale.points) > max(_MOST_LABELS, n_ratings // 2)


def _several_in(labels: Sequence[str]) -> str | None:
    """A label that is several of the others in one cell (``queja;ironía`` beside ``queja`` and ``ironía``)."""
    for mark in (";", "|", ",", "/", "+", "#"):
        joined = {label: [part.strip() for part in label.split(mark)] for label in labels if mark in label}
        alone = {label.strip() for label in labels if mark not in label}
        if joined and all(alone.issuperset(parts) for parts in joined.values()):
            return next(iter(joined))
    return None


def _several_labels(criterion: str, label: str, field: str, file: str | None) -> Problem:
    return Problem(
        file=file,
        field=field,
        what=message(
            "several labels in a cell on {criterion}, such as {label!r:.60}", criterion=criterion, label=label
        ),
        expected=message("one label a rating"),
        remedy=message(
            "write a column for each label with yes or no; or declare the scale, if each "
            "combination is a label of its own ({advice})",
            advice=advice(python="scales=", command="--scale"),
        ),
    )


def _texts_for_ratings(criterion: str, scale: Scale, n_ratings: int, field: str, file: str | None) -> Problem:
    return Problem(
        file=file,
        field=field,
        what=message(
            "{n} different values in {n_ratings} ratings on {criterion}, among them {labels!r:.50}",
            n=len(scale.points),
            n_ratings=n_ratings,
            criterion=criterion,
            labels=scale.labels[0],
        ),
        expected=message("ratings: numbers, or the same few labels again and again"),
        remedy=message(
            "say which column holds the rating: {column}, or declare the scale",
            column=say_columns({"value": "NAME"}),
        ),
    )


def _fallback(values: list[Any], others: Mapping[str, Scale]) -> Scale:
    """A scale for a criterion on which everybody gave one value: that of a criterion it fits, or the plainest."""
    if not values:
        return Scale.ordinal(1, 5)
    value = values[0]
    for scale in others.values():
        if parse_value(value, scale) is not None:
            return scale
    try:
        number = float(value)
    except (TypeError, ValueError):
        return Scale.nominal([str(value).strip(), "(other)"])
    if number.is_integer() and 1 <= number <= 5:
        return Scale.ordinal(1, 5)
    return Scale.continuous(min(number, 0.0), max(number, 1.0))


def _off_scale(value: Any, criterion: str, scale: Scale, declared: bool, where: Mapping[str, Any]) -> Problem:
    words = describe_scale(scale)
    dated = (
        message(" (a spreadsheet makes a date of 4/5: format the column as text)")
        if hasattr(value, "isoformat")
        else ""
    )
    return Problem(
        **where,
        what=message("{value!r:.80} on {criterion}{dated}", value=value, criterion=criterion, dated=dated),
        expected=message(
            "a value of the scale {more}: {words}",
            more=message("declared") if declared else message("that the other values show"),
            words=words,
        ),
        remedy=message(
            "correct the value, leave it empty if there was no rating, or declare the scale ({advice})",
            advice=advice(python="scales=", command="--scale"),
        ),
    )


def _scale_note(criterion: str, scale: Scale, declared: bool) -> str:
    return message(
        "{criterion}: {scale} ({how})",
        criterion=criterion,
        scale=describe_scale(scale),
        how=message("declared") if declared else message("inferred from the values"),
    )


def _settle_extras(
    table: pd.DataFrame, items: pd.DataFrame, of_ratings: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Move the further columns that say the same in every rating of an item (its topic, its channel) to the items."""
    import numpy as np
    import pandas as pd

    known = {*RATING_FIELDS, *RATING_EXTRAS, *of_ratings, "found", *items.columns}
    further = [name for name in table.columns if name not in known]
    rated = np.asarray(table["item_id"].cat.codes)
    if not further or (rated < 0).any():
        return table, items
    # The first rating of each item that has one, and where each row of the items looks for it.
    codes, first = np.unique(rated, return_index=True)
    place = np.searchsorted(codes, rated)
    by_item = {str(item): row for item, row in zip(table["item_id"].cat.categories[codes], first, strict=True)}
    rows = [by_item.get(str(item), -1) for item in items["item_id"]]
    moved: dict[str, pd.Series[Any]] = {}
    for name in further:
        same = _factorized(table[name])[0]
        if (same == same[first][place]).all():
            values = table[name].to_numpy(dtype=object)
            moved[name] = pd.Series(
                [values[row] if row >= 0 else None for row in rows], dtype=object, index=items.index
            )
    return table.drop(columns=list(moved)), pd.concat([items, pd.DataFrame(moved, index=items.index)], axis=1)


def _with_conversations(items: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The items with their turns, and their last reply as the response, where a column holds conversations."""
    import pandas as pd

    for name in conversation_in(items.columns):
        found = [messages_of(value) for value in items[name]]
        if not any(found):
            continue
        given = items["response"] if "response" in items else [None] * len(items)
        turns: list[str | None] = []
        responses: list[str | None] = []
        images: list[list[str]] = [list(held or ()) for held in items.get(IN_TEXTS, [None] * len(items))]
        for messages, response, shown in zip(found, given, images, strict=True):
            try:
                before, reply = ((), response) if messages is None else split_conversation(messages, response, shown)
            except (ValueError, TypeError, AttributeError) as error:
                return items, [
                    message("column {name!r} is not read as conversations: {error}", name=name, error=message_of(error))
                ]
            turns.append(written_turns(before))
            responses.append(reply or None)
        columns: dict[str, list[Any]] = {"response": responses, "turns": turns}
        if any(images):
            columns[IN_TEXTS] = images
        read = items.drop(columns=name).assign(
            **{column: pd.Series(values, dtype=object, index=items.index) for column, values in columns.items()}
        )
        return read, [message("column {name!r} read as the conversation before the response", name=name)]
    return items, []


def _items(raw: RawRatings, table: pd.DataFrame, source: Source) -> tuple[pd.DataFrame, list[Problem]]:
    """One row an item that was rated, and a problem for each row that says otherwise of it than an earlier one."""
    import numpy as np
    import pandas as pd

    rated = list(table["item_id"].cat.categories)
    if not raw.items.keys() - {"item_id"}:
        return pd.DataFrame({"item_id": pd.Series(rated, dtype=object)}), []
    place = _Places(source, raw.item_lines, raw.item_paths, files=raw.item_files)
    codes, unique = _factorized(pd.Series(raw.items["item_id"], dtype=object).fillna(""))
    text = [_as_text(value) for value in unique]
    known = sorted({*rated, *text} - {""})
    index = {item: code for code, item in enumerate(known)}
    item = np.array([*(index.get(value, -1) for value in text), -1])[codes]
    items: dict[str, list[Any]] = {"item_id": known}
    images: dict[int, list[str]] = {}
    problems: list[Problem] = []
    for name, column in raw.items.items():
        if name == "item_id":
            continue
        # An item says the same in most of its rows: each different thing it says is looked at once.
        said, values = _factorized(pd.Series(column, dtype=object))
        pairs = np.where(item < 0, -1, item * (len(values) + 1) + said)
        rows = np.sort(np.unique(pairs, return_index=True)[1])
        first: list[Any] = [None] * len(known)
        for row in rows[item[rows] >= 0].tolist():
            value = column[row]
            if value is None or (isinstance(value, float) and math.isnan(value)):
                continue
            given = value
            if name in ITEM_FIELDS and not isinstance(value, str):
                given = written_content(value, images.setdefault(int(item[row]), []))
            if name in ITEM_FIELDS and not given:
                continue
            if first[item[row]] is None:
                first[item[row]] = given
            elif name in ITEM_FIELDS and first[item[row]] != given:
                problems += _another(known[item[row]], name, place, np.flatnonzero(pairs == pairs[row]).tolist())
        items[name] = first
    if any(images.values()):
        items[IN_TEXTS] = [images.get(code) for code in range(len(known))]
    # As objects: pandas would make NaN of what is None, and text is text or nothing.
    return pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in items.items()}), problems


def _another(item: str, field: str, place: _Places, rows: list[int]) -> list[Problem]:
    return [
        Problem(
            **place.of(row),
            field=field,
            what=message("item {item!r} has another {field} here than on an earlier line", item=item, field=field),
            expected=message("one {field} for each item", field=field),
            remedy=message("give different items different ids, or make the rows agree"),
        )
        for row in rows
    ]
