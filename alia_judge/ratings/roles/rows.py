"""Readings in which a row is one person's view of one item: a rating a row, or a column a criterion."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np

from alia_judge._messages import message
from alia_judge.ratings.roles.candidate import SURE, Candidate
from alia_judge.ratings.roles.column import Column, words_of
from alia_judge.ratings.roles.evidence import ROW, ColumnEvidence, Key
from alia_judge.ratings.roles.explain import explain
from alia_judge.ratings.roles.names import generic, is_of_a_thing, is_quality, is_scale_word, tokens
from alia_judge.ratings.roles.said import Said
from alia_judge.ratings.roles.variance import weigh_columns

__all__ = ["row_candidates"]

#: Ratings a person from which what never varies within people surely is theirs.
_MANY = 5

#: Points of a column that may be ratings, which is asked about; different words that it may have; rows in which such a
#: column says something else than in all others, at most; rows below which it may say the same in all by chance.
_MAY_BE, _FEW_WORDS, _RARE, _FEW_ROWS = 0.7, 7, 2, 12
#: Points from which a column is like ratings; hint from which it is called something.
_LIKE, _CALLED = 0.2, 0.5
#: Points from which values are ratings and no people; share of the rows from which different values are of rows, and of
#: no people; the most that a small scale goes to, and the share of the rows that a wide one's different values are.
_NO_PERSON, _NEW, _SMALL, _MANY_VALUES = 1.5, 0.98, 11, 0.4
#: How many of each are tried, likeliest first.
_ITEMS, _PAIRS, _PEOPLE, _CRITERIA = 9, 8, 6, 5


def row_candidates(evidence: ColumnEvidence, said: Said) -> Iterator[Candidate]:
    """Every reading of this kind that nothing rules out."""
    items, people, criteria = _items(evidence, said), _people(evidence, said), _criteria(evidence, said)
    for item, annotator, criterion in product(items, people, criteria):
        if _ruled_out(evidence, said, item, annotator, criterion):
            continue
        candidate = _with_values(evidence, said, item, annotator, criterion)
        if candidate is None:
            continue
        _weigh_item(evidence, candidate)
        _weigh_annotator(evidence, candidate)
        _weigh_criterion(evidence, candidate)
        _weigh_agreement(evidence, candidate)
        if len(candidate.values) > 1:
            weigh_columns(evidence, candidate, "criteria")
        explain(evidence, candidate, said)
        yield candidate


def _usable(evidence: ColumnEvidence, said: Said) -> list[int]:
    """The first column of each class that may part the rows (an item's id beside the date on which it was rated)."""
    series: dict[tuple[str, ...], list[int]] = {}
    for place, column in enumerate(evidence.columns):
        words = tokens(column.name)
        numbered = len(words) > 1 and (words[-1].isdigit() or (len(words[-1]) == 1 and words[-1].isalpha()))
        if numbered and not generic(column.name) and column.k <= 40:
            series.setdefault(words_of(column), []).append(place)
    # What stands among several columns of ratings is one, too.
    rated = {stem: sum(evidence.columns[place].value_like > 0.3 for place in places) for stem, places in series.items()}
    beside = {place for stem, places in series.items() if rated[stem] > 2 for place in places}
    chosen: dict[int, int] = {}
    for place, column in enumerate(evidence.columns):
        first = evidence.classes[place]
        told = first in said.taken and said.other.get(first) != "ignore"
        if place in evidence.spans or (column.is_answer and place not in said.taken):
            continue
        if not told and place not in beside and place not in said.taken and _parts_rows(column):
            chosen.setdefault(first, place)
    return sorted(chosen.values())


def _parts_rows(column: Column) -> bool:
    return column.kind not in ("empty", "const", "date") and not (column.kind == "num" and not column.whole)


def _items(evidence: ColumnEvidence, said: Said) -> list[Key]:
    if said.item is not None:
        return [said.item]
    first = _usable(evidence, said)
    single = [
        place
        for place in first
        if evidence.columns[place].k >= _fewest(evidence, place)
        and evidence.columns[place].fill > 0.97
        and not (evidence.columns[place].value_like > 1 and _only_values(evidence, place))
    ]
    # Where something is called like items, what looks like values, or is called like people or said of them, is none.
    likely_items = [place for place in single if not _is_called_else(evidence, place)]
    rated = {p for p in likely_items if evidence.columns[p].value_like > _LIKE and _only_values(evidence, p)}
    if any(_may_name(evidence, place) for place in likely_items if place not in rated):
        single = [place for place in likely_items if place not in rated]
    elif sum(column.hints["person_attr"] == 1 for column in evidence.columns) > 1:
        single = [place for place in single if not _of_people(evidence, place)]

    def likely(place: int) -> float:
        column = evidence.columns[place]
        text = evidence.best_hint(place, "text") * (column.kind == "text")
        called = evidence.best_hint(place, "item") + text + _exact(evidence, place, "item_id")
        return -(called + float(np.log10(max(1, column.k))))

    ordered: list[Key] = [(place,) for place in sorted(single, key=likely)[:_ITEMS]]
    return [ROW, *ordered, *_pairs(evidence, first, ordered)]


def _only_values(evidence: ColumnEvidence, place: int) -> bool:
    """Whether a column is no text, and called like neither an item nor its texts or systems."""
    members = evidence.members(place)
    called = max(evidence.best_hint(place, role) for role in ("item", "system", "group"))
    return called < _CALLED and not any(column.kind == "text" for column in members)


def _may_name(evidence: ColumnEvidence, place: int) -> bool:
    """Whether a column's name, or its values, are like those that name items."""
    column = evidence.columns[place]
    named = max(evidence.best_hint(place, "item"), column.things) >= _CALLED
    return named or (column.kind == "word" and column.k > _NEW * evidence.n)


def _is_called_else(evidence: ColumnEvidence, place: int) -> bool:
    """Whether a column is called like people, or what is said of people or of items."""
    hints = evidence.columns[place].hints
    return _of_people(evidence, place) or hints["item"] < max(hints["annotator"], hints["item_attr"]) == 1


def _of_people(evidence: ColumnEvidence, place: int) -> bool:
    return evidence.columns[place].hints["person_attr"] == 1 and not _exact(evidence, place, "item_id")


def _fewest(evidence: ColumnEvidence, place: int) -> int:
    """How many different values a column must have to name items: three, fewer if it is called like that."""
    if evidence.columns[place].name.startswith("$key") or _exact(evidence, place, "response"):
        return 2
    return 3 - (evidence.best_hint(place, "item") > 0.9) - _exact(evidence, place, "item_id")


def _exact(evidence: ColumnEvidence, place: int, field: str) -> bool:
    return any(column.exact == field for column in evidence.members(place))


def _pairs(evidence: ColumnEvidence, first: list[int], single: list[Key]) -> list[Key]:
    """Two columns that tell the item together: a document and a system."""
    pairs: list[Key] = []
    columns = evidence.columns
    texts = [place for place, column in enumerate(columns) if column.kind == "text"]
    may = [
        place
        for place in first
        if columns[place].kind != "text"
        and columns[place].fill > 0.97
        and columns[place].value_like <= 1.9
        and not _is_rated(columns[place])
        and not _shares_words(evidence, place)
    ]
    for one, other in combinations(may, 2):
        pair = (one, other)
        if len(pairs) >= _PAIRS or evidence.size(pair) <= 1.2 * max(columns[one].k, columns[other].k):
            continue
        named = max(evidence.best_hint(one, "system"), evidence.best_hint(other, "system"))
        shown = any(
            evidence.fixes(pair, text) == "yes"
            and evidence.fixes((one,), text) == "no"
            and evidence.fixes((other,), text) == "no"
            for text in texts
        )
        if any(evidence.size(key) == evidence.size(pair) == evidence.size(pair + key) for key in single):
            continue
        few = min(columns[one].k, columns[other].k) <= 12 and "word" in (columns[one].kind, columns[other].kind)
        if named or shown or max(columns[one].systems, columns[other].systems) > 0.5 or few:
            pairs.append(pair)
    return pairs


def _people(evidence: ColumnEvidence, said: Said) -> list[int | None]:
    if said.annotator is not None:
        return [said.annotator]
    columns = evidence.columns
    may = [
        place
        for place in _usable(evidence, said)
        if columns[place].kind != "text"
        and columns[place].k >= 2
        and columns[place].fill > 0.5
        and (evidence.best_hint(place, "annotator") or not _is_no_person(evidence, place))
        and not columns[place].criterion_name
        and not _of_people(evidence, place)
    ]
    may.sort(
        key=lambda place: (
            -(
                3 * evidence.best_hint(place, "annotator")
                + columns[place].people
                + _exact(evidence, place, "annotator_id")
            )
        )
    )
    return [None, *may[:_PEOPLE]]


def _is_rated(column: Column) -> bool:
    """Whether name and values both say that a column holds ratings."""
    return column.called_value > 0.9 and column.value_like > _LIKE


def _shares_words(evidence: ColumnEvidence, place: int) -> bool:
    """Whether a column's few words are those of another one: a scale on which both are rated, and no names."""
    column = evidence.columns[place]
    if column.kind != "word" or column.k > _FEW_WORDS or column.systems > 0.5 or not _only_values(evidence, place):
        return False
    others = [other for other in evidence.columns if other is not column and other.kind == "word"]
    return column.value_like > _LIKE and any(len(column.texts() & other.texts()) > 1 for other in others)


def _is_no_person(evidence: ColumnEvidence, place: int) -> bool:
    """Whether values show that a column does not say who rated: small numbers, a scale's, a new one in each row."""
    column = evidence.columns[place]
    if (
        column.value_like > _NO_PERSON
        or _is_rated(column)
        or (column.k > _NEW * evidence.n and not _exact(evidence, place, "annotator_id"))
    ):
        return True
    if is_of_a_thing(column.name) and max(column.hints[role] for role in ("item", "text", "group")) == 1:
        return True
    wide = column.kind == "num" and column.value_like > _LIKE and float(np.nanmax(column.points)) > _SMALL
    return (
        wide
        and column.k > _MANY_VALUES * evidence.n
        and any(
            other.kind == "num" and other.called_value > _CALLED and float(np.nanmax(other.points)) > _SMALL
            for other in evidence.columns
            if other is not column and other.value_like > _LIKE
        )
    )


def _criteria(evidence: ColumnEvidence, said: Said) -> list[int | None]:
    if said.criterion is not None:
        return [said.criterion]
    columns = evidence.columns
    may = [
        place
        for place in _usable(evidence, said)
        if columns[place].kind == "word"
        and 2 <= columns[place].k <= 40
        and not evidence.best_hint(place, "annotator")
        and columns[place].hints["value"] < 1
        and columns[place].exact != "system"
        and columns[place].files < 0.9
        and not _of_people(evidence, place)
    ]
    may.sort(key=lambda place: -_exact(evidence, place, "criterion"))
    return [None, *may[:_CRITERIA]]


def _ruled_out(evidence: ColumnEvidence, said: Said, item: Key, annotator: int | None, criterion: int | None) -> bool:
    """An item has several people and criteria, a person several criteria; a column is one thing."""
    used = set() if item == ROW else {evidence.classes[place] for place in item}
    if (
        annotator is not None
        and annotator != said.annotator
        and (evidence.classes[annotator] in used or annotator == criterion)
    ):
        return True
    if criterion is not None and criterion != said.criterion and evidence.classes[criterion] in used:
        return True
    free = said.item is None
    if item != ROW and free:
        # Where everybody has rated his own items, nothing shows that it is a person but its name.
        unnamed = annotator is not None and said.annotator is None and not _exact(evidence, annotator, "annotator_id")
        if unnamed and annotator is not None and evidence.fixes(item, annotator) == "yes":
            return True
        if criterion is not None and said.criterion is None and evidence.fixes(item, criterion) == "yes":
            return True
    if annotator is not None and criterion is not None and said.annotator is None and said.criterion is None:
        return "yes" in (evidence.fixes((annotator,), criterion), evidence.fixes((criterion,), annotator))
    return False


def _with_values(
    evidence: ColumnEvidence, said: Said, item: Key, annotator: int | None, criterion: int | None
) -> Candidate | None:
    """The candidate with the columns that hold its ratings; None where none does."""
    candidate = Candidate(layout="long", item=item, annotator=annotator, criterion=criterion, values=[])
    likeness = _likeness(evidence, said, item, annotator, criterion)
    if said.value is not None:
        kept = [(SURE, said.value)]
    elif "criteria" in said.beside:
        kept = [(SURE, place) for place in said.beside["criteria"]]
    else:
        kept = [(points, place) for points, place in likeness if points > _LIKE] or likeness[:1]
        kept = kept if criterion is None else likeness[:1]
        if not kept or kept[0][0] < -0.5:
            return None
        _margin(evidence, candidate, likeness, kept)
        kept = _one_called_value(evidence, candidate, kept)
    candidate.values = sorted(place for _, place in kept)
    if criterion is not None:
        others = sum(points > 2 for points, place in likeness if place not in candidate.values)
        candidate.add(-0.5 * others, message("other columns look like ratings"))
    for points, place in kept:
        column = evidence.columns[place]
        if len(kept) > 1 and annotator is None:  # as in the layouts with people side by side
            points = max(points, column.value_like + 1 - 2 * column.fact_beside)
        role = "value" if criterion is not None or len(kept) == 1 else message("value of a criterion")
        why = (
            said.why(place)
            if points >= SURE
            else message("{k} different values, which vary within items and people", k=column.k)
        )
        candidate.give(place, role, float(np.clip(points, -3, 1.5)) + 0.8 * (column.exact == "value"), why)
    candidate.layout = "long" if len(kept) == 1 and "criteria" not in said.beside else "criteria"
    return candidate


def _likeness(
    evidence: ColumnEvidence, said: Said, item: Key, annotator: int | None, criterion: int | None
) -> list[tuple[float, int]]:
    """How much each free column is like ratings here, likeliest first."""
    classes = evidence.classes
    used = {classes[place] for place in (item if item != ROW else ())}
    used |= {classes[place] for place in (annotator, criterion) if place is not None}
    ranked: list[tuple[float, int]] = []
    for place, column in enumerate(evidence.columns):
        taken = place in (*item, annotator, criterion) or (classes[place] in used and column.called_value < 0.9)
        if place in said.taken or taken or column.value_like < -3 or place in evidence.results:
            continue
        if evidence.apart and column.name not in evidence.apart:
            continue
        points = column.likeness - 4 * any(other.kind == "text" for other in evidence.members(place))
        if column.k == 1:
            # Everybody said the same: everything fixes it, and only the ratings it stands among show what it is.
            ranked.append((points + 0.8 if _among_ratings(evidence, place) else -1.0, place))
            continue
        if item != ROW and evidence.n > 1.2 * evidence.size(item) and (told := evidence.fixes(item, place)) != "moot":
            if told == "yes":
                points -= 2.5 if column.called_value > 0.9 else 5
            else:
                points += 0.5 + (max(column.hints["item_attr"], column.hints["group"]) > 0.5 and column.value_like > 1)
        if annotator is not None and evidence.n >= 1.5 * evidence.columns[annotator].k:
            told = evidence.fixes((annotator,), place)
            load = evidence.n / evidence.columns[annotator].k
            points += {"yes": -4.0 - 2.0 * (load >= _MANY), "no": 0.3, "moot": 0.0}[told]
        if criterion is not None and evidence.fixes((criterion,), place) == "yes":
            points -= 4
        ranked.append((points, place))
    return sorted(_between(evidence, _with_siblings(evidence, ranked)), reverse=True)


def _between(evidence: ColumnEvidence, ranked: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """What stands between two columns of ratings, and is like them but for its name or its one value, may be one."""
    found = {place: points for points, place in ranked}
    for place, points in found.items():
        column = evidence.columns[place]
        beside = [place - 1, place + 1]
        few = column.kind == "word" and 1 < column.k <= _FEW_WORDS
        if points > _LIKE or not (few or column.value_like > _LIKE) or column.exact is not None:
            continue
        if column.k == 1 and evidence.n >= _FEW_ROWS:
            continue
        if any(hint == 1 for role, hint in column.hints.items() if role != "value"):
            continue
        if all(found.get(one, -1) > _LIKE and evidence.columns[one].kind == column.kind for one in beside):
            found[place] = _MAY_BE
    return [(points, place) for place, points in found.items()]


def _with_siblings(evidence: ColumnEvidence, ranked: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """Of a family of which most are like ratings, those that hardly vary are so as much as the least of these."""
    found = {place: points for points, place in ranked}
    for family in evidence.families:
        inside = [found[place] for place in family if place in found and evidence.columns[place].k > 1]
        like = [points for points in inside if points > _LIKE]
        if len(like) > 1 and 2 * len(like) >= len(inside):
            rare = [p for p in family if p in found and evidence.n - evidence.columns[p].counts.max() <= _RARE]
            found |= {place: max(found[place], min(like)) for place in rare}
    return [(points, place) for place, points in found.items()]


def _among_ratings(evidence: ColumnEvidence, place: int) -> bool:
    """Whether a column of one value is called as several columns of ratings are, or like what people rate."""
    own = tokens(evidence.columns[place].name)
    beside = [column for other, column in enumerate(evidence.columns) if other != place and column.value_like > 0.3]
    alike = sum(len(own) > 1 and tokens(column.name)[:1] == own[:1] and column.k > 1 for column in beside)
    criteria = sum(column.criterion_name > 0 and column.k > 1 for column in beside)
    words = evidence.columns[place].texts()
    qualities = sum(is_quality(column.name) and column.k > 1 and words < column.texts() for column in beside)
    if qualities and is_quality(evidence.columns[place].name):
        return True
    same = sum(column.kind == "word" and words < column.texts() for column in beside)
    if same > 1 and all(map(is_scale_word, words)):
        return True
    return alike > 1 or (evidence.columns[place].criterion_name > 0 and criteria > 1)


def _margin(
    evidence: ColumnEvidence, candidate: Candidate, likeness: list[tuple[float, int]], kept: list[tuple[float, int]]
) -> None:
    """How far single columns are from being values, or none."""
    columns = evidence.columns
    # The only column that is called the value is it, however little its values look like it.
    sole = kept[0][1] if len(kept) == 1 and columns[kept[0][1]].called_value > 0.9 else None
    if candidate.criterion is None:
        near = [2 * abs(points - _LIKE) + 0.2 for points, place in likeness if place != sole]
        candidate.margin = min([*near, SURE])
    if candidate.item == ROW or evidence.n < 1.2 * evidence.size(candidate.item):
        # Nothing repeats, so nothing shows that a column is no attribute.
        places = [place for _, place in kept]
        odd = [place for place in places if not columns[place].called_value]
        if odd and (len(odd) < len(places) or len({columns[place].kind for place in odd}) > 1):
            candidate.margin = min(candidate.margin, 1.0)


def _one_called_value(
    evidence: ColumnEvidence, candidate: Candidate, kept: list[tuple[float, int]]
) -> list[tuple[float, int]]:
    """Where one column is called the value and none a criterion the others lose; if not by much, the user is asked."""
    columns = evidence.columns
    called = [place for _, place in kept if columns[place].hints["value"] > 0.9 and not columns[place].criterion_name]
    if candidate.criterion is not None or len(called) != 1 or len(kept) < 2:
        return kept
    if any(columns[place].criterion_name for _, place in kept):
        return kept
    rest = max(points for points, place in kept if place not in called)
    if columns[called[0]].exact == "value":
        rest -= 1.0
    candidate.margin = min(candidate.margin, 2.5 - 0.8 * rest)
    return [(points, place) for points, place in kept if place in called]


def _weigh_item(evidence: ColumnEvidence, candidate: Candidate) -> None:
    item, columns, n = candidate.item, evidence.columns, evidence.n
    criterion = (candidate.criterion,) if candidate.criterion is not None else ()
    if item == ROW:
        candidate.add(-1.2, message("each row is an item"))
        if any(column.kind == "text" and column.k < 0.9 * n and column.fill > 0.9 for column in columns):
            candidate.add(-1.0, message("though texts come again"))
        no_text = all(column.kind != "text" for column in columns)
        candidate.add(-1.5 * (candidate.annotator is not None and no_text), message("no item though people are named"))
        return
    share = 1 / len(item)
    for place in item:
        if place in candidate.roles:
            continue
        members = evidence.members(place)
        called = max(
            1.2 * max(column.hints["item"] for column in members),
            0.9 * max(column.hints["text"] * (column.kind == "text") for column in members),
            0.5 * max(column.hints["group"] for column in members),
        )
        exact = any(column.exact == "item_id" for column in members)
        candidate.add(
            share * (called + 1.5 * exact), message("`{name}` is called like an item", name=columns[place].name)
        )
        people = 2.0 * max(column.hints["annotator"] for column in members)
        people += 1.5 * max(column.people for column in members)
        candidate.add(-people * share * (not exact), message("`{name}` looks like people", name=columns[place].name))
        who = candidate.annotator
        alone = not exact and (who is None or evidence.best_hint(who, "annotator") < 0.9)
        alone = alone and max(column.hints["annotator"] for column in members) > 0.9
        candidate.add(-3.0 * alone, message("nobody else is called like people"))
        candidate.add(0.5 * max(column.things for column in members), message("ids of items"))
        attribute = 0.8 * max(column.hints["person_attr"] for column in members)
        attribute += 3.0 * min(column.hints["time"] == 1 for column in members)
        attribute += 0.8 * (columns[place].hints["item_attr"] > 0.5 and columns[place].hints["item"] == 0)
        candidate.add(-attribute, message("called like an attribute"))
        for index, column in enumerate(columns):
            if evidence.classes[index] == evidence.classes[place]:
                text = column.kind == "text"
                role, points = (message("text of the item"), 1.5) if text else ("item", 0.3 + 1.2 * column.files)
                why = message("one text an item") if text else message("parts the rows into items")
                candidate.give(index, role, points, why)
    if len(item) > 1:
        _weigh_two(evidence, candidate)
    else:
        systems = max(evidence.best_hint(item[0], "system"), *(column.systems for column in evidence.members(item[0])))
        candidate.add(-3.0 * (systems > 0.9), message("systems alone are no items"))
    size = evidence.size(item)
    per = n / evidence.size(item + criterion)
    candidate.add(2.0 if per >= 1.8 else 0.7 if per >= 1.5 else 0, message("{per:.1f} ratings an item", per=per))
    if per >= 1.8:
        counts = np.bincount(evidence.codes(item + criterion))
        counts = counts[counts > 0]
        even, mean = counts.std(), counts.mean()
        points = 1.8 if even == 0 and size >= 6 else 0.8 if even < 0.25 * mean else -0.4 if even > mean else 0.0
        candidate.add(points, message("as many for each item"))
    if candidate.annotator is None and per > 1 and not candidate.sure:
        _weigh_finer(evidence, candidate)
    sure = max(evidence.best_hint(place, "item") for place in item) > 0.9
    keyed = all(columns[place].name.startswith("$key") for place in item)
    candidate.add(-(1.0 if sure or keyed else 3.0) * (size < 3), message("hardly any items"))


def _weigh_finer(evidence: ColumnEvidence, candidate: Candidate) -> None:
    """Ids that part the rows of an item further: where nobody is named these are of several items as well as people."""
    item, columns, n = candidate.item, evidence.columns, evidence.n
    key = item if candidate.criterion is None else (*item, candidate.criterion)
    size = evidence.size(key)
    for place, column in enumerate(columns):
        called = max(column.hints["item"], column.things, column.files) >= _CALLED or is_of_a_thing(column.name)
        if place in key or not called or column.kind in ("text", "date") or column.name == "$row" or column.fill < 1:
            continue
        finer = size < column.k == evidence.size((*key, place))
        candidate.add(
            -4.0 * (finer and column.k < n),
            message("`{name}` parts the items further, and comes again", name=column.name),
        )
        if finer or column.k < n == evidence.size((*key, place)):
            candidate.margin = min(candidate.margin, 1.0)


def _weigh_two(evidence: ColumnEvidence, candidate: Candidate) -> None:
    """Two columns together as the item: a document and a system speaks for it, a person or a criterion against."""
    item, columns = candidate.item, evidence.columns

    def best(role: str) -> float:
        return max(evidence.best_hint(place, role) for place in item)

    points = -1.0 + 2.2 * max(best("system"), *(columns[place].systems for place in item))
    points -= 2.5 * max(columns[place].criteria for place in item) + 1.5 * best("criterion")
    points -= 1.5 * any(columns[p].hints["item_attr"] == 1 and columns[p].hints["item"] < 0.5 for p in item)
    points -= 2 * max(best("annotator"), best("person_attr")) + 1.2 * max(columns[place].people for place in item)
    keyed = all(columns[place].name.startswith("$key") for place in item)
    candidate.add(points - 2.0 * (keyed and best("system") == 0), message("the item is two columns together"))


def _weigh_annotator(evidence: ColumnEvidence, candidate: Candidate) -> None:
    item, columns, n = candidate.item, evidence.columns, evidence.n
    criterion = (candidate.criterion,) if candidate.criterion is not None else ()
    size = evidence.size(item)
    per = n / evidence.size(item + criterion) if item != ROW else 1.0
    if candidate.annotator is None:
        candidate.add(-1.0, message("nobody is named"))
        candidate.add(-0.3 * (per <= 1.05), message("one rating an item"))
        return
    place = candidate.annotator
    column, members = columns[place], evidence.members(place)
    repeated = 0.0
    if item != ROW:
        repeated = 1 - evidence.size((*item, place, *criterion)) / n
    said_once = max(-4.0, 2.2 * (1 - 8 * repeated)) if per >= 1.2 else 0.0
    candidate.add(said_once, message("nobody rates an item twice") if repeated < 0.01 else f"{repeated:.0%} repeated")
    called = max(member.hints["annotator"] for member in members)
    exact = any(member.exact == "annotator_id" for member in members)
    other_roles = ("system", "item_attr", "person_attr", "time", "group", "criterion", "comment", "weight", "item")
    bad = max(max(member.hints[role] for role in other_roles) for member in members)
    points = 2.2 * called + 1.5 * exact - (1.5 * bad if not called else 0)
    candidate.add(
        points,
        message(
            "`{name}` is called like {more}",
            name=column.name,
            more=message("people") if called else message("something else"),
        ),
    )
    numbered = any(character.isdigit() for value in column.values[:20] for character in str(value))
    thing = not called and numbered and is_of_a_thing(column.name) and max(member.people for member in members) < 0.5
    candidate.add(-3.0 * thing, message("`{name}` is called like a thing", name=column.name))
    named = 1.3 * max(member.people for member in members) - 2.5 * max(member.criteria for member in members)
    candidate.add(named - max(member.things for member in members) * (not called), message("names of people"))
    load = n / max(1, column.k)
    light = -2.0 + 1.2 * called - 2.0 * (called < 0.9 and load < 1.2)
    candidate.add(
        0.8 if load >= 3 else 0 if load >= 1.6 else light * (not exact),
        message("{load:.1f} ratings a person", load=load),
    )
    if item != ROW:
        repeats = per >= 1.2 or (bool(criterion) and n >= 1.2 * size)
        if repeats:
            alone = evidence.fixes(item, place) == "yes"
            candidate.add((-4.0 if per >= 1.2 else -1.0) * alone, message("an item has one person only"))
        one_item = any(evidence.fixes((place,), other) == "yes" for other in item)
        candidate.add(-4.0 * (one_item and column.k < 0.9 * n), message("a person has one item only"))
        more = float(np.clip(0.4 * np.log2(size / max(1, column.k)), -1.2, 1.2))
        candidate.add(more, message("more items than people") if size > column.k else message("more people than items"))
    texts = any(member.kind == "text" for member in members) and (called < 0.9 or column.kind == "text")
    candidate.add(-1.0 * (column.value_like > 1 and not called) - 4.0 * texts, message("few small values, or texts"))
    unknown = per < 1.2 and not called and max(member.people for member in members) < 0.5
    candidate.add(-3.0 * unknown, message("nothing shows that it is a person"))
    if per < 1.2 and called < 1 and not exact and not candidate.sure:
        # Nobody rates with anybody else, so nothing but the name shows that these are people.
        candidate.margin = min(candidate.margin, 1.0)
    if not called:
        wordy = column.kind == "word" and not numbered and max(member.people for member in members) < 0.3
        systems = 2.5 * max(member.systems for member in members) + 6.0 * max(m.hints["system"] for m in members)
        systems += 2.0 * any(member.exact == "system" for member in members)
        candidate.add(-(systems + 1.0 * wordy), message("could be systems"))
    for index, _ in enumerate(columns):
        if evidence.classes[index] == evidence.classes[place] and index not in candidate.roles:
            candidate.give(index, "annotator", 0.3, message("one person's ratings"))


def _weigh_criterion(evidence: ColumnEvidence, candidate: Candidate) -> None:
    if candidate.criterion is None:
        return
    place, item = candidate.criterion, candidate.item
    column, members = evidence.columns[place], evidence.members(place)
    other_roles = ("system", "item_attr", "person_attr", "time", "group", "comment", "annotator", "item")
    bad = max(max(member.hints[role] for role in other_roles) for member in members)
    points = -1.2 + 2.2 * max(member.hints["criterion"] for member in members)
    points += 2.6 * max(member.criteria for member in members) - 2.5 * bad
    points += 1.0 * any(member.exact == "criterion" for member in members)
    points -= 3 * max(member.people for member in members) + max(member.things for member in members)
    points -= 5 * max(member.systems for member in members)
    candidate.add(points, message("`{name}` as criterion: its name and its words", name=column.name))
    if item != ROW:
        annotator = (candidate.annotator,) if candidate.annotator is not None else ()
        fixed = 4.0 * (evidence.fixes(item, place) == "yes")
        fixed += 4.0 * (bool(annotator) and evidence.fixes(annotator, place) == "yes")
        candidate.add(-fixed, message("the criterion is fixed by item or person"))
        both = item + annotator
        candidate.add(1.0 * (evidence.n / evidence.size(both) > 0.8 * column.k), message("each item on each criterion"))
        needless = bool(annotator) and evidence.size(both) > 0.98 * evidence.n
        candidate.add(-2.5 * needless, message("not needed to tell rows apart"))
    for index, _ in enumerate(evidence.columns):
        if evidence.classes[index] == evidence.classes[place] and index not in candidate.roles:
            candidate.give(index, "criterion", 0.3, message("names what is rated"))


def _weigh_agreement(evidence: ColumnEvidence, candidate: Candidate) -> None:
    """The item explains the value, more than the person does."""
    item = candidate.item
    criterion = (candidate.criterion,) if candidate.criterion is not None else ()
    if item == ROW or evidence.n < 1.5 * evidence.size(item + criterion):
        return
    values = candidate.values[:4]
    items = float(np.mean([evidence.within(item + criterion, place) for place in values]))
    candidate.add(
        float(np.clip(2.5 * items, -0.6, 2)), message("people agree within an item (ICC {items:.2f})", items=items)
    )
    if candidate.annotator is not None:
        key = (candidate.annotator, *criterion)
        person = float(np.mean([evidence.within(key, place) for place in values]))
        candidate.add(
            -float(np.clip(2 * (person - max(items, 0)), 0, 1.5)),
            message("a person's ratings are more alike (ICC {person:.2f})", person=person),
        )
        candidate.add(-4.0 * (person > 0.97), message("the person fixes the value"))
