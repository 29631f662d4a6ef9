"""`decide`: the best reading of a table, or why the user must be asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from alia_judge._messages import message
from alia_judge.ratings.roles.asked_again import SUBMITTED
from alia_judge.ratings.roles.candidate import SURE, Candidate
from alia_judge.ratings.roles.column import Column, is_system, words_of
from alia_judge.ratings.roles.evidence import ROW, ColumnEvidence
from alia_judge.ratings.roles.explain import ATTRIBUTE_OF_ITEM, ATTRIBUTE_OF_PERSON, ATTRIBUTE_OF_RATING, COMMENT, TEXT
from alia_judge.ratings.roles.forms import a_persons_answers, are_of_themselves, on_one_scale, widest
from alia_judge.ratings.roles.names import called_result, grids, is_criterion, person_name, says_only_who, tokens
from alia_judge.ratings.roles.pairs import SIDE, differ_in_side, pair_candidates
from alia_judge.ratings.roles.results import comes_of
from alia_judge.ratings.roles.rows import row_candidates
from alia_judge.ratings.roles.said import Said
from alia_judge.ratings.roles.side_by_side import side_candidates
from alia_judge.ratings.roles.unmistakable import with_exact_names
from alia_judge.ratings.tables import ROW_OF_PART

__all__ = ["RoleDecision", "decide", "identity", "leaves_alike"]

#: The best reading must lead the next different one by this much (log-odds), else the question is put.
MARGIN = 1.6
#: In so few rows evidence is thin, and the lead must be larger by `_FEW_MORE`.
_FEW, _FEW_MORE = 6, 2.0
#: Points below which a reading has nothing for it.
_LEAST = 3.0
#: Readings whose items differ in so few that they are one.
_SAME_ITEMS = 1.02
#: How far a scale goes, in the name of a column: "out of 10", "sobre 10", "(/5)", "(1-7)", "de 0 a 100".
_GOES_TO = re.compile(r"(?:\bout of|\bsobre|\bde \d+ a|[(\[]\d+ ?[-–] ?|[(\[]/) ?(\d{1,3})\b", re.IGNORECASE)
#: Answers that a questionnaire adds up, at least; share of the rows in which their sum is right.
_ANSWERS, _MOSTLY = 4, 0.9
#: Words for asking the same of the same once more, in five languages.
_AGAIN = frozenset((
    "run", "rep", "repeat", "repetition", "trial", "attempt", "seed", "pass", "round", "iteration", "intento", "ronda",
    "vuelta", "repeticion", "intent", "volta", "repeticio", "saiakera", "errepikapena", "txanda", "rolda",
))  # fmt: skip
#: Share of a design's cells that have a row, at least.
_CROSSED = 0.8
#: Readings kept for explanation.
_KEPT = 8
_SETTLED = frozenset({ATTRIBUTE_OF_ITEM, ATTRIBUTE_OF_PERSON, "group", "system", "language", TEXT, COMMENT, SIDE})


@dataclass(kw_only=True)
class RoleDecision:
    """What was found out of a table.

    Parameters
    ----------
    evidence
        The table's evidence.
    readings
        The different readings, best first; empty where there is none.
    lead
        How far the best is ahead of the next, or of the other way round for a single column.
    doubts
        Why the user must be asked, in sentences; empty where the best reading is clearly best.
    unplaced
        Columns that the best reading has no place for.
    unreadable
        Whether no reading of the table as it is can be right, so that none is to be proposed.
    """

    evidence: ColumnEvidence
    readings: list[Candidate]
    lead: float
    doubts: list[str] = field(default_factory=list)
    unplaced: list[str] = field(default_factory=list)
    unreadable: bool = False

    @property
    def best(self) -> Candidate | None:
        """The best reading, sure or not."""
        return self.readings[0] if self.readings else None

    @property
    def sure(self) -> bool:
        """Whether the best reading is clearly best."""
        return bool(self.readings) and not self.doubts


def decide(
    evidence: ColumnEvidence, said: Said | None = None, *, layouts: Collection[str] | None = None
) -> RoleDecision:
    """Weigh every reading of a table.

    Parameters
    ----------
    evidence
        The table.
    said
        What the user says of its columns.
    layouts
        Only readings of these layouts; None for all.
    """
    told = said or Said()
    if not evidence.n or not evidence.columns:
        return RoleDecision(evidence=evidence, readings=[], lead=0.0, doubts=[message("there are no rows")])
    said = with_exact_names(evidence, told)
    found = _candidates(evidence, said, layouts) or _candidates(evidence, told, layouts)
    if not found and [column for column in evidence.columns if column.lift_comment()]:
        found = _candidates(evidence, said, layouts)
    readings = _different(evidence, found)
    if not readings:
        return RoleDecision(
            evidence=evidence, readings=[], lead=0.0, doubts=[message("no column holds anything like ratings")]
        )
    best = readings[0]
    unplaced = [] if told.value is not None or told.beside else _unplaced(evidence, said, best)
    margin = min(best.margin, 1.0) if unplaced else best.margin
    _sole_rater(evidence, best)
    lead = min(margin, best.score - readings[1].score if len(readings) > 1 else SURE)
    decision = RoleDecision(evidence=evidence, readings=readings[:_KEPT], lead=lead, unplaced=unplaced)
    decision.doubts = _doubts(evidence, told, decision)
    return decision


def _candidates(evidence: ColumnEvidence, said: Said, layouts: Collection[str] | None) -> list[Candidate]:
    free = not said.taken - said.named
    answers = free and are_of_themselves(evidence)
    form = answers or (free and SUBMITTED in evidence.place and said.item is None)
    rows = [] if form or not {"items", "counts"}.isdisjoint(said.beside) else list(row_candidates(evidence, said))
    found = [*rows, *pair_candidates(evidence, said, rows)]
    if not evidence.apart:
        found += side_candidates(evidence, said)
    if answers:
        found = widest(candidate for candidate in found if on_one_scale(evidence, candidate))
    return [candidate for candidate in found if layouts is None or candidate.layout in layouts]


def _different(evidence: ColumnEvidence, found: Sequence[Candidate]) -> list[Candidate]:
    """The readings that come to different ratings, best first."""
    seen: dict[object, Candidate] = {}
    for candidate in sorted(found, key=lambda candidate: -candidate.score):
        seen.setdefault(identity(evidence, candidate), candidate)
    readings = list(seen.values())[: 4 * _KEPT]
    return readings[:1] + [other for other in readings[1:] if not _alike(evidence, readings[0], other)]


def identity(evidence: ColumnEvidence, candidate: Candidate) -> tuple[object, ...]:
    """What makes a reading another one: readings of one identity come to the same ratings, up to names."""
    kind = "pairs" if candidate.layout == "pairs" else "beside" if candidate.beside else "rows"
    scheme: object = candidate.layout
    if candidate.layout in ("people", "both"):
        criteria: dict[str | None, int] = {}
        people: dict[str, int] = {}
        ordered = sorted(candidate.scheme.items())
        scheme = tuple(
            (criteria.setdefault(c, len(criteria)), people.setdefault(p, len(people))) for _, (c, p) in ordered
        )
    elif candidate.layout in ("long", "criteria"):
        scheme = ()
    single = candidate.item == ROW or evidence.size(candidate.item) >= evidence.n
    item: object = "row" if single and candidate.item else tuple(sorted({evidence.classes[x] for x in candidate.item}))
    who = None if candidate.annotator is None else evidence.classes[candidate.annotator]
    criterion = None if candidate.criterion is None else evidence.classes[candidate.criterion]
    people_of = tuple(sorted(candidate.people.items()))
    return kind, scheme, who, criterion, tuple(sorted(candidate.values)), people_of, item


def _alike(evidence: ColumnEvidence, best: Candidate, other: Candidate) -> bool:
    """Two texts that are alike in a few rows make no other reading."""
    if identity(evidence, best)[:-1] != identity(evidence, other)[:-1]:
        return False
    if ROW in (best.item, other.item) or not best.item or not other.item:
        return False
    together = evidence.size(tuple({*best.item, *other.item}))
    return together <= _SAME_ITEMS * min(evidence.size(best.item), evidence.size(other.item))


def _unplaced(evidence: ColumnEvidence, said: Said, best: Candidate) -> list[str]:
    """Columns that are called, or look like, person, system or value, and have no such place in the reading."""
    columns = evidence.columns
    left = [
        place
        for place, column in enumerate(columns)
        if place not in best.values
        and place not in said.taken
        and column.hints["value"] > 0.9
        and column.k > 1
        and column.kind not in ("text", "date")
        and best.roles[place].role in (ATTRIBUTE_OF_RATING, "nothing", COMMENT)
        and place not in evidence.results
        and not (best.layout == "pairs" and place in evidence.elected)
        and column.exact not in ("timestamp", "seconds", "comment", "position")
    ]
    left += _siblings(evidence, said, best)
    people = best.people.values()
    taken = {
        evidence.classes[x] for x in (*best.item, best.annotator, best.criterion, *people) if x is not None and x >= 0
    }
    if best.layout != "survey" or best.annotator is None:
        for place, column in enumerate(columns):
            if place in said.taken or evidence.classes[place] in taken or place in best.values or column.k < 2:
                continue
            if best.roles[place].role in _SETTLED or column.exact in ("timestamp", "seconds", "comment", "position"):
                continue
            person = (column.hints["annotator"] > 0.9 and column.kind != "text") or (
                column.people > 0.7 and column.k < 0.9 * evidence.n
            )
            system = column.hints["system"] > 0.9 and column.kind != "num"
            thing = column.hints["item"] > 0.9 and column.kind != "text" and 2 < column.k < evidence.n
            thing &= best.layout != "survey"
            if person or system or thing:
                left.append(place)
    return [columns[place].name for place in dict.fromkeys(left)]


def _siblings(evidence: ColumnEvidence, said: Said, best: Candidate) -> list[int]:
    """Columns named like those that hold the ratings, a number or a half of the name apart, that are none of them."""
    columns = evidence.columns
    if len(best.values) < 2:
        return []
    stems = Counter(words_of(columns[place]) for place in best.values if words_of(columns[place]))
    stem = next((stem for stem, count in stems.items() if count >= max(2, 0.4 * len(best.values))), None)
    marks = ["[" in columns[place].name for place in best.values]
    found = []
    for place, column in enumerate(columns):
        if place in best.values or best.roles[place].role == "item" or column.kind in ("empty", "text"):
            continue
        if place in said.taken or column.hints["comment"] or column.hints["time"]:
            continue
        numbered = tokens(column.name)[-1:] and (tokens(column.name)[-1].isdigit() or len(tokens(column.name)[-1]) == 1)
        if (stem is not None and words_of(column) == stem and numbered) or (all(marks) and "[" in column.name):
            found.append(place)
    return found


def leaves_alike(evidence: ColumnEvidence, candidate: Candidate) -> bool:
    """Whether a reading takes one column of a numbered series for its ratings, and leaves two others of it or more."""
    columns = evidence.columns

    def series(place: int) -> tuple[str, ...] | None:
        last = tokens(columns[place].name)[-1:]
        return words_of(columns[place]) if last and last[0].isdigit() else None

    if len(candidate.values) != 1:
        return False
    mine = series(candidate.values[0])
    others = sum(
        series(place) == mine and columns[place].value_like > 0
        for place in range(len(columns))
        if place not in candidate.values
    )
    return bool(mine) and others > 1


def _sole_rater(evidence: ColumnEvidence, best: Candidate) -> None:
    """One person did it all: a column says so in every row."""
    if best.annotator is not None or best.people or best.layout in ("people", "both", "counts"):
        return
    for place, column in enumerate(evidence.columns):
        if place in best.values:
            continue
        if column.k == 1 and max(column.hints["annotator"], column.people) > 0.9 and column.fill > 0.5:
            best.annotator = place
            best.give(place, "annotator", 0.3, message("one person's ratings"))
            return


def _doubts(evidence: ColumnEvidence, said: Said, decision: RoleDecision) -> list[str]:
    best = decision.readings[0]
    half = None if said.value is not None or said.beside else _half_opened(evidence)
    if half is not None:
        decision.unreadable = True
        return [half]
    if evidence.doubt is not None and said.value is None and not said.beside:
        return [evidence.doubt]
    named = _named(evidence, with_exact_names(evidence, said), best)
    needed = MARGIN + _FEW_MORE * (evidence.n < _FEW and not named)
    settled = said.value is not None or bool(said.beside) or named
    if said.value is None and not said.beside:
        beside = (
            _marks_spans(evidence, best)
            or _questionnaire(evidence)
            or _rates_systems(evidence, best)
            or _shares(evidence, best)
            or _ranks(evidence, best)
            or _coded_questions(evidence, best)
        )
        decision.unreadable = beside is not None
        beside = beside or _two_responses(evidence, best) or a_persons_answers(evidence, best)
        if beside is not None:
            return [beside]
    if best.score < _LEAST and not settled:
        return [message("no reading has much for it")]
    told = None
    if said.value is None and not said.beside:
        told = _others_people(evidence, best) or _scales_apart(evidence, best) or _tells_apart(evidence, best)
    told = told or (None if settled else _told_by_place(evidence, best))
    if told is not None:
        return [told]
    if decision.lead < needed:
        if decision.unplaced:
            shown = ", ".join(f"`{name}`" for name in decision.unplaced[:3])
            return [message("the likeliest reading has no place for {shown}", shown=shown)]
        if len(decision.readings) > 1 and best.score - decision.readings[1].score < needed:
            return [message("two readings are about as likely")]
        near = _near(evidence, best)
        return [
            message("{near} may be ratings or attributes", near=near)
            if near
            else message("some columns may be ratings or attributes")
        ]
    return _empty_people(evidence, best)


def _others_people(evidence: ColumnEvidence, best: Candidate) -> str | None:
    """Why the people may be others: what is called a result does not come of theirs, or they are called differently."""
    if best.layout == "people":
        given = [evidence.columns[place] for place in best.values if not called_result(evidence.columns[place].name)]
        result = next((column.name for column in _results(evidence, best) if not comes_of(column, given)), None)
        if result is not None:
            return message(
                "`{result}` is called like what came of the others' ratings, and not like a person", result=result
            )
    if best.layout == "both":
        words = [tokens(evidence.columns[place].name)[-2:] for place in best.values]
        called = {word[0] for word in words if len(word) > 1 and word[1].isdigit()}
        if len(who := sorted(filter(says_only_who, called))) > 1:
            names = ", ".join(f"`{name}`" for name in who)
            return message("people are called {names}: the same, numbered alike, or others", names=names)
    return None


def _scales_apart(evidence: ColumnEvidence, best: Candidate) -> str | None:
    """Why columns are no people or items of one scale: their names say how far each goes, and not as far."""
    if best.layout not in ("people", "survey"):
        return None
    names = [evidence.columns[place].name for place in best.values]
    stated = {name: max(map(int, found)) for name in names if (found := _GOES_TO.findall(name))}
    if len(set(stated.values())) < 2:
        return None
    least, most = min(stated, key=stated.__getitem__), max(stated, key=stated.__getitem__)
    return message("`{one}` and `{other}` say that they are on different scales", one=least, other=most)


def _told_by_place(evidence: ColumnEvidence, best: Candidate) -> str | None:
    """Why what looks like ratings may be of other items, whatever leads: rows told by their place."""
    if any(evidence.columns[place].name == ROW_OF_PART for place in best.item if place >= 0):
        return message("nothing names the items; rows in the same place of each sheet or file may be of one item")
    return None


def _tells_apart(evidence: ColumnEvidence, best: Candidate) -> str | None:
    """Why the rows of an item may be of several, or of people who are named: another column tells all of them apart."""
    criterion = () if best.criterion is None else (best.criterion,)
    if best.annotator is not None or best.layout not in ("long", "criteria") or best.item in (ROW, ()):
        return None
    key = (*best.item, *criterion)
    size = evidence.size(key)
    for place, column in enumerate(evidence.columns):
        free = best.roles[place].role == ATTRIBUTE_OF_RATING and column.kind in ("num", "word") and column.fact < 1
        free = free and _AGAIN.isdisjoint(tokens(column.name))
        if not free or not 1 < column.k < evidence.n or size > 0.5 * evidence.n:
            continue
        if evidence.n >= _CROSSED * size * column.k and evidence.size((*key, place)) == evidence.n:
            return message(
                "`{name}` tells the rows of each item apart: it may be part of the item, or say who rated",
                name=column.name,
            )
    return None


def _results(evidence: ColumnEvidence, best: Candidate) -> list[Column]:
    """Columns that are called a result and look like one person's ratings more, whether read as that or left out."""
    scale = set().union(*(evidence.columns[place].texts() for place in best.values))
    return [
        column
        for place, column in enumerate(evidence.columns)
        if called_result(column.name)
        and ((place in best.values and len(best.values) > 2) or (column.value_like > 0 and column.texts() <= scale))
        and place not in evidence.results
    ]


def _coded_questions(evidence: ColumnEvidence, best: Candidate) -> str | None:
    """Why a survey's columns do not say what they rate: they are codes of two parts, and either may be the item."""
    names = [evidence.columns[place].name for place in best.values]
    told = all(criterion is not None and is_criterion(criterion) for criterion, _ in best.scheme.values())
    if best.layout != "survey" or told or SUBMITTED not in evidence.place or any(" " in name for name in names):
        return None
    if len(next(grids(names), {})) < len(names):
        return None
    return message(
        "{names} are codes of questions, and nothing tells which part is the item and which the criterion; export the "
        "answers with the questions' text",
        names=", ".join(f"`{name}`" for name in names[:3]),
    )


def _shares(evidence: ColumnEvidence, best: Candidate) -> str | None:
    """Why columns side by side are no ratings: each row of them adds up to one, or to a hundred per cent."""
    columns = [evidence.columns[place] for place in best.values]
    if best.layout not in ("people", "criteria", "survey") or len(columns) < 2 or all(one.whole for one in columns):
        return None
    sums = np.nansum([column.numbers for column in columns], axis=0)
    if not any(bool(np.all(np.abs(sums - whole) < 0.02 * whole)) for whole in (1.0, 100.0)):
        return None
    names = ", ".join(f"`{column.name}`" for column in columns[:3])
    return message(
        "{names} add up to the same in every row: shares, and no ratings; write how many people chose each", names=names
    )


def _marks_spans(evidence: ColumnEvidence, best: Candidate) -> str | None:
    """Why rows are no ratings of an item: each marks a place in its text, and one person several."""
    if not evidence.spans:
        return None
    who = () if best.annotator is None else (best.annotator,)
    what = () if best.criterion is None else (best.criterion,)
    once = best.item == ROW or evidence.size((*best.item, *who, *what)) > 0.9 * evidence.n
    if once and best.annotator is not None:
        return None
    names = ", ".join(f"`{evidence.columns[place].name}`" for place in sorted(evidence.spans)[:4])
    return message(
        "{names} are places in a text: rows mark spans, and rate no item as a whole; write a row for each item and "
        "person with what came of their marks (how many, how severe)",
        names=names,
    )


def _questionnaire(evidence: ColumnEvidence) -> str | None:
    """Why numbered answers are no ratings: each row is a person, of whom their sum tells something, as of anxiety."""
    columns = evidence.columns
    if evidence.n < _FEW or not any(column.hints["person_attr"] > 0.9 for column in columns):
        return None
    answers: dict[tuple[str, ...], list[Column]] = {}
    for column in columns:
        if column.kind in ("num", "const") and tokens(column.name)[-1:] and tokens(column.name)[-1].isdigit():
            answers.setdefault(words_of(column), []).append(column)
    for total in columns:
        numbered = [other for other in answers.get(tokens(total.name), []) if other is not total]
        if total.kind != "num" or len(numbered) < _ANSWERS:
            continue
        sums = np.sum([column.numbers for column in numbered], axis=0)
        if float(np.mean(np.abs(sums - total.numbers) < 1e-9)) > _MOSTLY:
            return message(
                "`{total}` is the sum of `{first}` to `{last}`: a questionnaire in which each row's person tells of "
                "themselves, and rates no item that others rate, too",
                total=total.name,
                first=numbered[0].name,
                last=numbered[-1].name,
            )
    return None


def _half_opened(evidence: ColumnEvidence) -> str | None:
    """Why columns out of JSON are no ratings side by side: numbered entries are rows in some, and columns in others."""
    names = [column.name for column in evidence.columns]
    rows = {name.split("..", 1)[0] for name in names if ".." in name}
    half = sorted((rows & _numbered(names)) | _numbered(evidence.table.unopened))
    if not half:
        return None
    return message(
        "`{name}` has numbered entries that hold further lists, which are not opened; write a row for each rating",
        name=half[0],
    )


def _numbered(paths: Iterable[str]) -> set[str]:
    """What has numbered entries in some paths: ``questions`` of ``questions.0.bart.tone``."""
    return {found[1] for path in paths if (found := re.match(r"(.+?)\.\d+\.", path))}


def _ranks(evidence: ColumnEvidence, best: Candidate) -> str | None:
    """Why columns side by side are no ratings: each row has every place from first to last once."""
    columns = [evidence.columns[place] for place in best.values]
    if best.layout not in ("people", "criteria") or len(columns) < 3 or evidence.n < _FEW:
        return None
    given = np.sort([column.numbers for column in columns], axis=0)
    if not bool(np.all(given == np.arange(1, len(columns) + 1)[:, None])):
        return None
    names = ", ".join(f"`{column.name}`" for column in columns[:3])
    return message(
        "{names} have the places 1 to {n} in every row: a ranking, and no ratings; write a row for each",
        names=names,
        n=len(columns),
    )


def _rates_systems(evidence: ColumnEvidence, best: Candidate) -> str | None:
    """Why columns of ratings side by side are neither criteria nor people: each rates what another system answered."""
    columns = [evidence.columns[place] for place in best.values]
    if best.layout not in ("criteria", "people") or len(columns) < 2:
        return None
    names = ", ".join(f"`{column.name}`" for column in columns[:3])
    if all(is_system(column.name) for column in columns):
        return message(
            "{names} are called like systems, which are neither criteria nor people; write a row for each system",
            names=names,
        )
    if best.layout == "criteria" and all(column.systems > 0.9 for column in columns):
        return message("{names} hold names of systems: a ranking, and no ratings", names=names)
    return None


def _two_responses(evidence: ColumnEvidence, best: Candidate) -> str | None:
    """Why columns side by side may be ratings of two responses, each of which is an item."""
    columns = [evidence.columns[place] for place in best.values]
    if best.layout not in ("criteria", "people") or len(columns) < 2:
        return None
    names = ", ".join(f"`{column.name}`" for column in columns[:3])
    others = [column for column in evidence.columns if column not in columns and not called_result(column.name)]
    texts = [column for column in others if column.kind == "text" or column.hints["text"] > 0]
    two = [pair for pair in combinations(columns, 2) if differ_in_side(pair[0].name, pair[1].name)]
    if two and any(differ_in_side(one.name, other.name) for one, other in combinations(texts, 2)):
        return message(
            "{names} seem to rate two responses of one row; write a row for each response, or say what they are",
            names=names,
        )
    return None


def _named(evidence: ColumnEvidence, said: Said, best: Candidate) -> bool:
    """Whether names, or the user, say what each column is that the reading rests on: little evidence then does."""
    columns = evidence.columns

    def item_like(place: int) -> bool:
        members = evidence.members(place)
        return place in (said.item or ()) or any(
            c.hints["item"] > 0.9 or c.exact == "item_id" or c.hints["text"] > 0.9 or c.hints["group"] > 0.9
            for c in members
        )

    def value_like(place: int) -> bool:
        column = columns[place]
        if best.layout in ("people", "both"):
            return person_name(column.name) >= 0.8 or column.hints["value"] > 0 or best.layout == "both"
        return column.name == "$value" or column.called_value > 0

    if best.item not in (ROW, ()) and best.layout != "pairs" and not all(map(item_like, best.item)):
        return all(columns[place].name.startswith("$key") for place in best.item) and best.annotator is not None
    if best.annotator is not None and not (
        columns[best.annotator].hints["annotator"] > 0 or columns[best.annotator].people > 0.5
    ):
        return best.annotator in said.taken
    if best.criterion is not None and not columns[best.criterion].hints["criterion"]:
        return best.criterion in said.taken
    return best.item != ROW and best.layout != "survey" and all(map(value_like, best.values))


def _near(evidence: ColumnEvidence, best: Candidate) -> str:
    doubtful = [evidence.columns[place].name for place in best.values if not evidence.columns[place].called_value]
    return ", ".join(f"`{name}`" for name in doubtful[:3])


def _empty_people(evidence: ColumnEvidence, best: Candidate) -> list[str]:
    """Nothing yet: an empty rater beside a rating is reported with its line when the rows are read."""
    if best.annotator is None or best.layout == "pairs":
        return []
    nobody = evidence.columns[best.annotator].codes < 0
    rated = np.any([evidence.columns[place].codes >= 0 for place in best.values], axis=0)
    missing = int((nobody & rated).sum())
    if missing > 0.2 * evidence.n:
        name = evidence.columns[best.annotator].name
        return [
            message(
                "`{name}` is empty in {missing} of the {rated} rows that have ratings",
                name=name,
                missing=missing,
                rated=int(rated.sum()),
            )
        ]
    return []
