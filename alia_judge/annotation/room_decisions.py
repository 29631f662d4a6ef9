"""`RoomDecisions`: what organisers decide about a room's items, as a layer over what people said; all can be undone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, get_args

from alia_judge._messages import message
from alia_judge.annotation.answer import value_on
from alia_judge.annotation.room_file import RoomFile
from alia_judge.errors import UsageError
from alia_judge.evaluation.scores import Scores
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.ratings.columns import ITEM_FIELDS
from alia_judge.ratings.decisions import Decision, save_decisions

__all__ = ["DECISIONS", "NoDecision", "RoomDecisions"]

#: The file beside the room's own, as ``--decisions`` takes it.
DECISIONS = "decisions.csv"

Kind = Literal["adjudication", "look", "validation"]
#: What may come of each: of a second look, that people were wrong is a fix, that the judge is wrong a keep.
_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "adjudication": ("fix", "keep", "drop"),
    "look": ("fix", "keep", "ask"),
    "validation": ("keep", "fix", "drop"),
}
_LONGEST = 10_000


class NoDecision(UsageError):  # noqa: N818 - what the server answers
    """What was said is no decision about an item of the room."""


class RoomDecisions(RoomFile):
    """What was decided in a room, by whom and why.

    Whatever is decided is on disk when a call returns, and in ``decisions.csv`` beside the room's file. What is undone
    stays in the room's file, and leaves that one.
    """

    def decide(
        self,
        person: int,
        item_id: str,
        *,
        kind: str,
        action: str,
        reason: str,
        criterion: str = "",
        value: object = "",
        judge: str = "",
    ) -> int:
        """Keep a decision; its number.

        Parameters
        ----------
        person
            Which organiser decides.
        item_id
            About what.
        kind
            ``"adjudication"`` of people's ratings, second ``"look"`` at a disagreement with a judge, ``"validation"``
            of the item.
        action
            ``"keep"``, ``"fix"`` or ``"drop"``; of a look ``"fix"`` (people were wrong), ``"keep"`` (the judge is) or
            ``"ask"`` (the guideline is unclear: `reason` is the question).
        reason
            Why, in any words.
        criterion, value
            What is fixed: a value of the criterion; without one, ``FIELD=VALUE`` of the item.
        judge
            Of a look, who was disagreed with.

        Raises
        ------
        NoDecision
            If there is no such item, criterion, kind or action, the value is none, or nothing says why.
        """
        if kind not in get_args(Kind) or action not in _ACTIONS[kind]:
            known = "; ".join(f"{one}: {', '.join(actions)}" for one, actions in _ACTIONS.items())
            raise NoDecision(f"no decision {action!r:.30} of kind {kind!r:.30}; there are: {known}")
        if not isinstance(reason, str) or not reason.strip() or len(reason) > _LONGEST:
            raise NoDecision(f"reason must say why, in at most {_LONGEST} characters")
        item = self._item(item_id)
        if item is None:
            raise NoDecision(f"there is no item {item_id!r:.60} in this room")
        if criterion not in ("", *self.criteria) or (not criterion and kind != "validation"):
            raise NoDecision(f"criterion must be one of {', '.join(self.criteria)}, got {criterion!r:.60}")
        written = self._value(criterion, value) if action == "fix" else ""
        with self._transaction():
            saw = self._database.execute(
                "SELECT 1 FROM shown WHERE item = ? AND criterion = ? AND person = ?", (item, criterion, person)
            ).fetchone()
            number = self._database.execute(
                "INSERT INTO decided (kind, item, criterion, judge, action, value, reason, saw, person, at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (kind, item, criterion, _whole(judge), action, written, _whole(reason), "judge" if saw else "", person,
                 self._at()),
            ).lastrowid  # fmt: skip
        self.save()
        return int(number or 0)

    def undo(self, number: int) -> None:
        """Take a decision back; it stays in the room's file as undone.

        Raises
        ------
        NoDecision
            If there is none of this number, or it was undone before.
        """
        with self._transaction():
            found = self._database.execute(
                "UPDATE decided SET undone = ? WHERE id = ? AND undone IS NULL", (self._at(), number)
            )
            if not found.rowcount:
                raise NoDecision(f"there is no decision {number!r:.30} to undo")
        self.save()

    def decided(self) -> list[dict[str, Any]]:
        """Every decision that was not undone, in the order in which they were made."""
        rows = self._database.execute(
            "SELECT d.id, d.kind, i.item_id, d.criterion, d.judge, d.action, d.value, d.reason, d.saw, w.name, d.at, "
            "d.answer FROM decided d JOIN items i ON i.id = d.item JOIN people w ON w.id = d.person "
            "WHERE d.undone IS NULL ORDER BY d.id"
        )
        names = (
            "id",
            "kind",
            "item_id",
            "criterion",
            "judge",
            "action",
            "value",
            "reason",
            "saw",
            "by",
            "at",
            "answer",
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    def decisions(self) -> tuple[Decision, ...]:
        """The same as `load_decisions` reads them, of the items that are in an export: those that somebody rated.

        Questions about the guideline are none.
        """
        rated = {
            item
            for (item,) in self._database.execute(
                "SELECT i.item_id FROM items i WHERE EXISTS "
                "(SELECT 1 FROM places p WHERE p.item = i.id AND p.state IN ('rated', 'extra'))"
            )
        }
        return tuple(
            Decision(
                what="item",
                id=one["item_id"],
                action=one["action"],
                value=one["value"],
                reason=_said(one),
                by=one["by"],
                when=one["at"],
            )
            for one in self.decided()
            if one["action"] != "ask" and one["item_id"] in rated
        )

    def save(self) -> None:
        """Write ``decisions.csv`` beside the room's file, once there was a decision."""
        found, path = self.decisions(), self.folder / DECISIONS
        if found or path.exists():
            save_decisions(found, path)

    def give_scores(self, scores: Scores) -> int:
        """Keep judges' scores of the room's items, in place of those the room had; how many that are.

        Raises
        ------
        UsageError
            If none is of an item of the room.
        """
        known = dict(self._database.execute("SELECT item_id, id FROM items"))
        rows = [
            (judge, criterion, known[item], score)
            for criterion in self.criteria
            for judge, by_item in scores.judges(criterion).items()
            for item, score in by_item.items()
            if item in known and score == score  # NaN is unscored
        ]
        if not rows:
            raise UsageError(
                message("none of the scores is of an item of this room; give those of its items, by their ids")
            )
        with self._transaction():
            self._database.execute("DELETE FROM scores")
            self._database.executemany("INSERT INTO scores VALUES (?, ?, ?, ?)", rows)
            self._database.execute(
                "INSERT INTO facts VALUES ('scored', '1') ON CONFLICT (name) DO UPDATE SET value = value + 1"
            )
        return len(rows)

    def scores(self, criterion: str) -> dict[str, dict[str, float]]:
        """Judge -> item -> score."""
        found: dict[str, dict[str, float]] = {}
        for judge, item, score in self._database.execute(
            "SELECT s.judge, i.item_id, s.score FROM scores s JOIN items i ON i.id = s.item WHERE s.criterion = ? "
            "ORDER BY s.judge, i.id",
            (criterion,),
        ):
            found.setdefault(judge, {})[item] = score
        return found

    def show_verdict(self, person: int, item_id: str, criterion: str) -> dict[str, str]:
        """What each judge said, by the words of the scale; that this organiser saw it is on disk when this returns."""
        scale = self.criteria[criterion].scale
        with self._transaction():
            self._database.execute(
                "INSERT INTO shown (item, criterion, person, at) SELECT id, ?, ?, ? FROM items WHERE item_id = ?",
                (criterion, person, self._at(), item_id),
            )
        said = {judge: by_item[item_id] for judge, by_item in self.scores(criterion).items() if item_id in by_item}
        return {judge: scale.label(score) for judge, score in said.items()}

    def answer(self, number: int, text: str) -> None:
        """Answer a question about the guideline: what the next version of the rubric is to say.

        Raises
        ------
        NoDecision
            If there is no such question, or no text.
        """
        if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
            raise NoDecision(f"an answer must have a text of at most {_LONGEST} characters")
        with self._transaction():
            found = self._database.execute(
                "UPDATE decided SET answer = ?, answered = ? WHERE id = ? AND action = 'ask' AND undone IS NULL",
                (_whole(text), self._at(), number),
            )
            if not found.rowcount:
                raise NoDecision(f"there is no question {number!r:.30}")

    def next_rubric(self, criterion: str) -> Rubric:
        """The rubric with every answer to a question about it among its steps.

        Raises
        ------
        UsageError
            If there is no such criterion, or no question about it was answered.
        """
        if criterion not in self.criteria:
            raise UsageError(
                message(
                    "there is no criterion {criterion!r}; there are: {criteria}",
                    criterion=criterion,
                    criteria=", ".join(self.criteria),
                )
            )
        rubric = self.criteria[criterion]
        answers = [one["answer"] for one in self.decided() if one["criterion"] == criterion and one["answer"]]
        new = tuple(dict.fromkeys(one for one in answers if one not in rubric.steps))
        if not new:
            raise UsageError(
                message(
                    "no question about {criterion} was answered yet; its rubric stays as it is", criterion=criterion
                )
            )
        return replace(rubric, steps=(*rubric.steps, *new))

    def item(self, item_id: str) -> dict[str, Any]:
        """The texts of an item, by field."""
        (text,) = self._database.execute("SELECT item FROM items WHERE item_id = ?", (item_id,)).fetchone()
        found: dict[str, Any] = json.loads(text)
        return found

    def has(self, item_id: object) -> bool:
        """Whether there is such an item."""
        return self._item(item_id) is not None

    def item_ids(self) -> list[str]:
        """Every item, in the order in which the room was made."""
        return [item for (item,) in self._database.execute("SELECT item_id FROM items ORDER BY id")]

    def version(self) -> tuple[int, ...]:
        """Changes with whatever people say and organisers decide."""
        row = self._database.execute(
            "SELECT coalesce(max(s.id), 0), (SELECT count(*) FROM people), "
            "(SELECT count(*) FROM places WHERE state = 'rated'), "  # what came late may count without a word more
            "coalesce((SELECT CAST(value AS INTEGER) FROM facts WHERE name = 'scored'), 0), "
            "(SELECT coalesce(max(id), 0) + count(undone) + count(answer) FROM decided) FROM said s"
        ).fetchone()
        return tuple(row)

    def _item(self, item_id: object) -> int | None:
        """The number of an item; None where there is none."""
        if not isinstance(item_id, str) or item_id != _halves_out(item_id):
            return None
        row = self._database.execute("SELECT id FROM items WHERE item_id = ?", (item_id,)).fetchone()
        return None if row is None else int(row[0])

    def _value(self, criterion: str, value: object) -> str:
        if not criterion:
            name, equals, _ = str(value).partition("=")
            if not equals or name not in ITEM_FIELDS:
                raise NoDecision(f"a fix is FIELD=VALUE, the field one of {', '.join(ITEM_FIELDS)}; got {value!r:.60}")
            return _whole(str(value))
        scale = self.criteria[criterion].scale
        kept = value_on(scale, value, criterion)
        return f"{criterion}={kept if isinstance(kept, str) else f'{kept:g}'}"


def _said(one: Mapping[str, Any]) -> str:
    """The reason, and what whoever decided had seen."""
    wrong = f"the judge {one['judge']} is wrong: " if one["kind"] == "look" and one["action"] == "keep" else ""
    seen = " (the judge's verdict was seen)" if one["saw"] or one["kind"] == "look" else ""
    return f"{wrong}{one['reason']}{seen}"


def _whole(text: str) -> str:
    """Half of a character can be written to no file."""
    return _halves_out(text.strip())


def _halves_out(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
