"""Forms in which a row is a person who tells of themselves: what they answer are no ratings of items."""

from __future__ import annotations

from collections.abc import Iterable

from alia_judge._messages import message
from alia_judge.ratings.roles.asked_again import SUBMITTED
from alia_judge.ratings.roles.candidate import Candidate
from alia_judge.ratings.roles.evidence import ColumnEvidence, common_scale
from alia_judge.ratings.roles.names import hint, tokens

__all__ = ["a_persons_answers", "are_of_themselves", "on_one_scale", "widest"]

#: Words of a name from which it is a question; questions that a form has at least; facts of the person.
_WORDS, _QUESTIONS, _FACTS = 3, 5, 2
#: Share of the questions that speak of whoever answers; share of a form's answers that are on the scale of the items.
_OWN, _MOST = 0.3, 0.5
#: Words by which a question speaks of whoever answers it, in five languages and in Portuguese.
_SELF = frozenset((
    "i", "my", "me", "mine", "myself", "your", "yourself", "yo", "mi", "mis", "mio", "mia", "tu", "tus", "soy", "jo",
    "meu", "meva", "meus", "meves", "teu", "teva", "soc", "nire", "nik", "naiz", "zure", "zara", "mina", "minha",
    "tua", "voce", "sua", "seu",
))  # fmt: skip


def are_of_themselves(evidence: ColumnEvidence) -> bool:
    """Whether a table is a form about those who answered it: facts of each person beside questions of their own.

    Parameters
    ----------
    evidence
        The table.

    Examples
    --------
    >>> from alia_judge.ratings.tables import RawTable
    >>> asked = ["My home life", "Your free time", "I am happy now", "My health today", "I trust my team"]
    >>> columns = {"Age": [31, 45], "Gender": ["f", "m"], **{name: [3, 4] for name in asked}}
    >>> are_of_themselves(ColumnEvidence(RawTable(columns=columns, lines=[2, 3])))
    True
    """
    facts = sum(column.hints["person_attr"] == 1 for column in evidence.columns)
    names = [column.name for column in evidence.columns]
    asked = [name for name in names if len(tokens(name)) >= _WORDS and not _names_an_item(name)]
    own = sum(not _SELF.isdisjoint(tokens(name)) for name in asked)
    return facts >= _FACTS and len(asked) >= max(_QUESTIONS, len(names) / 2) and own >= _OWN * len(asked)


def _names_an_item(name: str) -> bool:
    return any(hint(name, role) > 0 for role in ("item", "text", "system", "value"))


def on_one_scale(evidence: ColumnEvidence, candidate: Candidate) -> bool:
    """Whether a reading takes a form's questions for items, and all of them are answered on one scale."""
    columns = [evidence.columns[place] for place in candidate.values]
    return candidate.layout == "survey" and all(common_scale(columns))


def widest(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The readings of whose columns no other takes some more."""
    found = list(candidates)
    taken = {frozenset(candidate.values) for candidate in found}
    return [one for one in found if not any(frozenset(one.values) < others for others in taken)]


def a_persons_answers(evidence: ColumnEvidence, best: Candidate) -> str | None:
    """Why a form's answers are perhaps no ratings: they are of whoever answered, or most are on other scales.

    Parameters
    ----------
    evidence, best
        The table, and its likeliest reading.
    """
    if are_of_themselves(evidence):
        return message(
            "each row is one person's answers to questions about themselves, and nothing is rated that others rate, too"
        )
    answers = sum(column.value_like > 0 for column in evidence.columns)
    if SUBMITTED in evidence.place and best.layout == "survey" and len(best.values) < _MOST * answers:
        return message(
            "each row is one person's answers to a form, most on other scales; nothing tells which rate something"
        )
    return None
