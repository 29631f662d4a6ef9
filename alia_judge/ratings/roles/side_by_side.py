"""Readings with ratings side by side: a column a person, a criterion and person, an item, or a value and its votes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from alia_judge._messages import message
from alia_judge.ratings.roles.asked_again import SUBMITTED
from alia_judge.ratings.roles.candidate import Candidate, Layout
from alia_judge.ratings.roles.column import Column
from alia_judge.ratings.roles.evidence import ROW, ColumnEvidence, Key, common_scale, intraclass
from alia_judge.ratings.roles.explain import NOTHING, TEXT, explain
from alia_judge.ratings.roles.names import (
    called_result,
    grids,
    hint,
    is_criterion,
    is_quality,
    person_half,
    person_name,
    plain,
    says_only_who,
    tokens,
)
from alia_judge.ratings.roles.said import Said
from alia_judge.ratings.roles.variance import weigh_columns
from alia_judge.ratings.roles.votes import add_up, weigh_counts

__all__ = ["side_candidates"]

Grid = Mapping[str, tuple[str, str]]
#: A name hints at a person, and does not only allow one, from here on.
_SAYS_WHO = 0.9
#: What tools that ask people put into a rater's row.
_TOOL = re.compile(
    r"start|end ?date|recorded|timestamp|marca temporal|hora de|progress|response ?id|fecha de|data d|submitdate"
)


def side_candidates(evidence: ColumnEvidence, said: Said) -> Iterator[Candidate]:
    """Every reading of this kind that nothing rules out."""
    if said.value is not None or "criteria" in said.beside:
        return
    free = _value_columns(evidence, said)
    subsets = _subsets(evidence, said, free)
    named_grids = [set(cols) for cols, grid in subsets if grid and _criteria_in(grid)]
    for columns, grid in subsets:
        for item, criterion in _bases(evidence, said, columns, free, grid):
            if "counts" in said.beside:
                layouts = [_counts(evidence, said, columns, item)] if criterion is None else []
            elif "items" in said.beside or (SUBMITTED in evidence.place and not said.beside):
                layouts = [_survey(evidence, said, columns, grid, [])]
            else:
                layouts = [_people(evidence, said, columns, item, criterion)]
                if grid and criterion is None:
                    layouts.append(_both(evidence, said, columns, grid, item))
                if criterion is None and "annotators" not in said.beside:
                    layouts.append(_counts(evidence, said, columns, item))
                    if len(columns) >= 3:
                        layouts.append(_survey(evidence, said, columns, grid, named_grids))
                if len(columns) >= 3 and "annotators" not in said.beside:
                    layouts += [
                        _survey(evidence, replace(said, annotator=who, criterion=what), columns, None, named_grids)
                        for who, what in _several_rows(evidence, said, columns)
                    ]
            yield from (layout for layout in layouts if layout is not None)


def _value_columns(evidence: ColumnEvidence, said: Said) -> list[int]:
    return [
        place
        for place, column in enumerate(evidence.columns)
        if column.value_like > -0.1
        and column.fact_beside < 0.75
        and column.fill > 0
        and not column.name.startswith("$")
        and place not in said.taken
        and place not in evidence.results
    ]


def _subsets(evidence: ColumnEvidence, said: Said, free: list[int]) -> list[tuple[tuple[int, ...], Grid | None]]:
    """Columns that may belong together: by their names, their scale, a grid of names, what is left when sums go."""
    columns = evidence.columns
    if said.beside:
        named = next(iter(said.beside.values()))
        whole = next((g for g in grids([columns[p].name for p in named]) if len(g) == len(named)), None)
        return [(tuple(named), None), *([(tuple(named), whole)] if whole else [])]
    if len(free) < 2:
        return []
    groups: dict[object, list[int]] = {}
    for place in free:
        column = columns[place]
        words = tokens(column.name)
        if len(words) > 1:
            if words[-1].isdigit() or len(words[-1]) == 1:
                groups.setdefault(("stem", words[:-1]), []).append(place)
            groups.setdefault(("start", words[0]), []).append(place)
            groups.setdefault(("end", words[-1]), []).append(place)
        if person_name(column.name) > 0.2:
            groups.setdefault("people", []).append(place)
        numeric = column.kind == "num"
        groups.setdefault(("scale", column.kind, numeric and float(np.nanmax(column.points)) > 11), []).append(place)
        if numeric:
            ends = (float(np.nanmin(column.points)), float(np.nanmax(column.points)))
            groups.setdefault(("ends", ends), []).append(place)
    for place in free:  # pandas calls columns of one name X, X.1, X.2
        series = groups.get(("stem", tokens(columns[place].name)))
        if series is not None:
            groups["stem", tokens(columns[place].name)] = sorted([*series, place])
    people = groups.get("people", [])
    if len(people) > 1:  # names that no list knows, between two that it knows
        groups["between"] = [place for place in free if people[0] <= place <= people[-1]]
    groups["all"] = free
    for name, group in list(groups.items()):  # beside people what came of their ratings, and is nobody's
        groups["given", name] = [place for place in group if not called_result(columns[place].name)]
    subsets: list[tuple[tuple[int, ...], Grid | None]] = [(tuple(g), None) for g in groups.values() if len(g) > 1]
    subsets += [
        (tuple(evidence.place[name] for name in grid), grid) for grid in grids([columns[place].name for place in free])
    ]
    subsets += [(rest, None) for rest in add_up(evidence, free)]
    unique: dict[tuple[tuple[int, ...], str], tuple[tuple[int, ...], Grid | None]] = {}
    for subset in subsets:
        unique.setdefault((subset[0], str(subset[1])), subset)
    return list(unique.values())


def _criteria_in(grid: Grid) -> bool:
    return any(is_criterion(half) for cut in grid.values() for half in cut) or all("[" in name for name in grid)


def _bases(
    evidence: ColumnEvidence, said: Said, places: Sequence[int], free: list[int], grid: Grid | None
) -> list[tuple[Key, int | None]]:
    """What may be the item beside these columns, and the criterion where a column names one."""
    columns, n = evidence.columns, evidence.n
    keys = _keys(evidence, said, free)
    item = said.item if said.item is not None else (keys[0],) if keys else ROW
    bases: list[tuple[Key, int | None]] = [(item, said.criterion)]
    if grid is not None or said.criterion is not None:
        return bases
    for place, column in enumerate(columns):
        named = column.kind == "word" and 2 <= column.k <= 12 and column.fill > 0.97
        if (
            not named
            or column.exact == "system"
            or column.hints["annotator"]
            or column.people >= 0.5
            or place in places
            or place in said.taken
        ):
            continue
        found = [
            (other,)
            for other in (sorted(set(evidence.classes)) if said.item is None else said.item)
            if other not in places
            and other not in evidence.results
            and other != place
            and (other not in said.taken or said.item is not None)
            and columns[other].k < 0.8 * n
            and (columns[other].hints["annotator"] < _SAYS_WHO or said.item is not None)
            and evidence.size((other, place)) >= 0.98 * n
        ]
        bases += [(item, place) for item in found[:2]]
    return bases


def _keys(evidence: ColumnEvidence, said: Said, free: Sequence[int]) -> list[int]:
    """Columns with a value of its own in each row, likeliest to name the item first."""
    columns, n = evidence.columns, evidence.n
    keys = {
        evidence.classes[place]
        for place, column in enumerate(columns)
        if place not in free
        and place not in said.taken
        and column.k >= 0.98 * n
        and column.fill > 0.97
        and column.kind in ("word", "num", "text", "const")
        and (column.kind != "num" or column.whole)
    }

    def likely(place: int) -> float:
        exact = any(column.exact == "item_id" for column in evidence.members(place))
        text = columns[place].kind == "text"
        called = evidence.best_hint(place, "item") + 0.6 * evidence.best_hint(place, "text")
        return -(called + 2.0 * exact + 0.5 * text + 0.3 * (place == 0))

    return sorted(keys, key=likely)


def _start(
    evidence: ColumnEvidence,
    layout: Layout,
    places: Sequence[int],
    item: Key,
    criterion: int | None,
    scheme: Mapping[int, tuple[str | None, str]],
    said: Said,
) -> Candidate:
    """A candidate with the values, the item and the criterion counted."""
    columns = evidence.columns
    candidate = Candidate(
        layout=layout, item=item, annotator=said.annotator, criterion=criterion, values=list(places), scheme=scheme
    )
    fits = common_scale(columns[place] for place in places)
    several = any(name is not None for name, _ in scheme.values())
    for place, fit in zip(places, fits, strict=True):
        column = columns[place]
        if said.beside:
            candidate.give(place, "value", 1.5, said.why(place))
        elif fit or several or layout == "counts":  # people (and items in a survey) are rated on one scale
            points = float(np.clip(column.value_like + 1.0 - 2 * column.fact_beside, -3, 1.5))
            candidate.give(place, "value", points, message("values of one scale"))
        else:
            candidate.give(place, "value", -2.5, message("values of another scale"))
    for place in evidence.results.difference(places):
        candidate.give(place, NOTHING, 0.4, message("worked out of the others"))
    for place in item if item != ROW else ():
        for index, column in enumerate(columns):
            if evidence.classes[index] != evidence.classes[place] or index in candidate.roles:
                continue
            text = column.kind == "text"
            candidate.give(index, TEXT if text else "item", 1.5 if text else 0.3, message("one a row"))
            points = 0.9 * column.hints["item"] - 1.6 * column.hints["annotator"] - column.people + 0.3 * column.things
            points += 1.0 * (column.exact == "item_id")
            candidate.add(
                points,
                message(
                    "`{name}` is called like {more}",
                    name=column.name,
                    more=message("people") if column.hints["annotator"] else message("an item"),
                ),
            )
    if criterion is not None:
        column = columns[criterion]
        candidate.give(criterion, "criterion", 0.3, message("names what is rated"))
        points = -0.5 + 2.2 * column.criteria + 1.8 * column.hints["criterion"]
        points += evidence.n / max(1, evidence.size(item)) > 0.8 * column.k
        candidate.add(points - 2 * column.systems - 2 * column.hints["system"], message("a criterion a row"))
    if layout != "survey" and item == ROW:
        again = any(c.kind == "text" and c.k < 0.9 * evidence.n and c.fill > 0.9 for c in columns)
        candidate.add(-0.5 - 1.5 * again, message("no column names the item, or texts come again"))
    return candidate


def _people(
    evidence: ColumnEvidence, said: Said, places: Sequence[int], item: Key, criterion: int | None
) -> Candidate | None:
    if said.annotator is not None:
        return None
    scheme: dict[int, tuple[str | None, str]] = {place: (None, evidence.columns[place].name) for place in places}
    candidate = _start(evidence, "people", places, item, criterion, scheme, said)
    _whose(evidence, candidate)
    weigh_columns(evidence, candidate, "people")
    candidate.add(-0.3, "prior")
    again = criterion is None and item != ROW and evidence.size(item) < 0.9 * evidence.n
    candidate.add(-3.0 * again, message("an item stands in several rows"))
    explain(evidence, candidate, said)
    return candidate


def _whose(evidence: ColumnEvidence, candidate: Candidate) -> None:
    """Columns that say who gave the ratings in each column, numbered as these are (``Anotador 1``, ``Nota 1``)."""
    last = {place: tokens(evidence.columns[place].name)[-1:] for place in range(len(evidence.columns))}
    people: dict[int, int] = {}
    for place in candidate.values:
        found = [
            other
            for other, column in enumerate(evidence.columns)
            if other not in candidate.values
            and other not in candidate.item
            and says_only_who(column.name)
            and column.kind not in ("text", "date", "empty")
            and last[other] == last[place]
            and last[place]
            and (last[place][0].isdigit() or len(last[place][0]) == 1)
        ]
        if len(found) != 1:
            return
        people[place] = found[0]
    candidate.people = people
    candidate.add(3.0, message("each column of ratings has one that says whose they are"))
    for place, other in people.items():
        candidate.give(
            other,
            "annotator",
            1.0,
            message("says whose the ratings in `{name}` are", name=evidence.columns[place].name),
        )


def _both(evidence: ColumnEvidence, said: Said, places: Sequence[int], grid: Grid, item: Key) -> Candidate | None:
    """Names of criterion and person."""
    if said.annotator is not None:
        return None
    halves = [{cut[side] for cut in grid.values()} for side in (0, 1)]
    like = [float(np.mean([person_half(half) for half in found])) for found in halves]
    who = 0 if like[0] > like[1] else 1
    scheme: dict[int, tuple[str | None, str]] = {
        evidence.place[name]: (cut[1 - who], cut[who]) for name, cut in grid.items()
    }
    settled = [place for place, cut in scheme.items() if any(half is not None and called_result(half) for half in cut)]
    given = [scheme[place] for place in scheme if place not in settled]
    if len({person for _, person in given}) > 1 and {criterion for criterion, _ in given}:
        # "tone_rater_1", "tone_rater_2", "tone_final"; "ana mean": what they settled on, or come to, is nobody's.
        scheme = {place: cut for place, cut in scheme.items() if place not in settled}
        places = list(scheme)
    beside = [
        place
        for place, (half, _) in scheme.items()
        if half is not None and (says_only_who(half) or hint(half, "comment") > 0)
    ]
    if 0 < len(beside) < len(scheme):
        # "Rater 1", "Score 1", "Comment 1": who gave the rating between, and what was said of it.
        scheme = {place: cut for place, cut in scheme.items() if place not in beside}
        places = list(scheme)
    candidate = _start(evidence, "both", places, item, None, scheme, said)
    for place in settled:
        if place not in scheme:
            candidate.give(place, NOTHING, 0.4, message("worked out of the others"))
    _whose(evidence, candidate)
    candidate.add(2.2 * abs(like[0] - like[1]), message("names are criterion and person"))
    candidate.add(2.0 * like[who] - 0.5, message("one half of the names numbers people"))
    agreement = []
    for criterion in halves[1 - who]:
        group = [place for place, (name, _) in scheme.items() if name == criterion]
        if len(group) > 1:
            rows = np.tile(np.arange(evidence.n), len(group))
            agreement.append(intraclass(rows, np.concatenate([evidence.columns[place].measured for place in group])))
    within = float(np.mean(agreement or [0]))
    candidate.add(
        float(np.clip(2 * within, -0.5, 1.5)),
        message("people agree within an item and criterion (ICC {within:.2f})", within=within),
    )
    explain(evidence, candidate, said)
    return candidate


def _counts(evidence: ColumnEvidence, said: Said, places: Sequence[int], item: Key) -> Candidate | None:
    columns = [evidence.columns[place] for place in places]
    if said.annotator is not None or len(columns) < 2:
        return None
    if not said.beside and 2 * sum(is_quality(column.name) for column in columns) >= len(columns):
        return None  # qualities are rated, and chosen by nobody
    counted = [column.points[~np.isnan(column.points)] for column in columns]
    if not all(len(points) and points.min() >= 0 and bool(np.all(points % 1 == 0)) for points in counted):
        return None
    scheme: dict[int, tuple[str | None, str]] = {place: (None, evidence.columns[place].name) for place in places}
    candidate = _start(evidence, "counts", places, item, None, scheme, said)
    if not weigh_counts(evidence, candidate, said):
        return None
    explain(evidence, candidate, said)
    return candidate


def _survey(
    evidence: ColumnEvidence, said: Said, places: Sequence[int], grid: Grid | None, named_grids: list[set[int]]
) -> Candidate | None:
    """A rater a row, an item a column; or an item and criterion."""
    columns = [evidence.columns[place] for place in places]
    who = _rater(evidence, said, places)
    halves = [0.0, 0.0]
    if grid:
        halves = [float(np.mean([_criterion_half(cut[side]) for cut in grid.values()])) for side in (0, 1)]
    used = grid if grid and max(halves) - min(halves) > 0.5 else None
    side = 0 if halves[0] > halves[1] else 1
    scheme: dict[int, tuple[str | None, str]] = (
        {evidence.place[name]: (cut[side], cut[1 - side]) for name, cut in used.items()}
        if used
        else {place: (None, evidence.columns[place].name) for place in places}
    )
    candidate = _start(evidence, "survey", places, (), said.criterion, scheme, said)
    candidate.annotator = who
    asks = float(np.mean([len(column.name.split()) > 3 or "?" in column.name for column in columns]))
    points = 1.8 * asks + 1.2 * float(np.mean([_thing(column) for column in columns]))
    points -= 1.5 * float(np.mean([person_name(column.name) > 0.5 for column in columns]))
    points -= 1.5 * float(np.mean([is_criterion(column.name) and not used and not asks for column in columns]))
    candidate.add(points - 0.6, message("names like questions or items"))
    if who is not None:
        members = evidence.members(who)
        points = 2.0 * max(c.hints["annotator"] for c in members) + max(c.people for c in members)
        points -= 1.5 * max(c.hints["item"] for c in members) + max(c.things for c in members)
        points -= 1.5 * max(c.kind == "text" for c in members)
        candidate.add(points, message("`{name}` in each row: people", name=evidence.columns[who].name))
        rows = (who,) if said.criterion is None else (who, said.criterion)
        candidate.add(-4.0 * (evidence.size(rows) < 0.9 * evidence.n), message("a person stands in several rows"))
        for index, _ in enumerate(evidence.columns):
            if evidence.classes[index] == evidence.classes[who] and index not in candidate.roles:
                candidate.give(index, "annotator", 0.3, message("one a row"))
    everywhere = evidence.columns
    tool = any(_TOOL.match(plain(column.name).lower()) for column in everywhere)
    points = 1.8 * tool + 0.6 * any(column.kind == "date" for column in everywhere)
    points += 0.5 * any(column.hints["person_attr"] > 0.5 for column in everywhere)
    candidate.add(points, message("times and facts of a person in the row"))
    candidate.add(abs(halves[0] - halves[1]) * bool(used), message("names are item and criterion"))
    candidate.add(
        -4.0 * (not used and any(found >= set(places) for found in named_grids)), message("the names are a grid")
    )
    weigh_columns(evidence, candidate, "items")
    explain(evidence, candidate, said)
    return candidate


def _several_rows(evidence: ColumnEvidence, said: Said, places: Sequence[int]) -> list[tuple[int, int]]:
    """A person and a criterion that tell a survey's rows apart together, where people have a row for each criterion."""
    columns, n = evidence.columns, evidence.n
    free = [place for place in range(len(columns)) if place not in places and place not in said.taken]
    people = [place for place in free if columns[place].hints["annotator"] > _SAYS_WHO and 1 < columns[place].k < n]
    named = [
        place
        for place in free
        if 2 <= columns[place].k <= 12 and max(columns[place].hints["criterion"], columns[place].criteria) > 0.5
    ]
    return [
        (who, what)
        for who in (people if said.annotator is None else [said.annotator])
        for what in (named if said.criterion is None else [said.criterion])
        if what != who and evidence.size((who, what)) >= 0.98 * n
    ]


def _rater(evidence: ColumnEvidence, said: Said, places: Sequence[int]) -> int | None:
    if said.annotator is not None:
        return said.annotator
    columns, n = evidence.columns, evidence.n
    may = set(_keys(evidence, said, _value_columns(evidence, said)))
    may |= {
        evidence.classes[place]
        for place, column in enumerate(columns)
        if place not in places and place not in said.taken and column.hints["annotator"] > 0.5 and column.k > 0.8 * n
    }
    ordered = sorted(may - set(places), key=lambda place: -evidence.best_hint(place, "annotator"))
    return ordered[0] if ordered else None


def _thing(column: Column) -> bool:
    about = hint(column.name, "item") > 0 or hint(column.name, "text") > 0
    return about or tokens(column.name)[:1] == ("q",)


def _criterion_half(half: str) -> float:
    thing = bool(hint(half, "item") or hint(half, "text")) or "?" in half or half.isdigit()
    return float(is_criterion(half)) - float(thing)
