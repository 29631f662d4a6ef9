"""Preferences between two answers, ties included, as MT-Bench and the Chatbot Arena publish them.

References
----------
.. [1] Zheng et al. (2023). "Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena". NeurIPS 2023.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from alia_judge.errors import Problem
from alia_judge.ratings.columns import guess_columns
from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.scales import is_missing
from alia_judge.ratings.source import Source
from alia_judge.records import Scale

__all__ = ["READERS", "PairwiseReader"]

_FIRST = frozenset({"model_a", "a", "first", "left", "1", "response_a", "output_a", "answer_a"})
_SECOND = frozenset({"model_b", "b", "second", "right", "2", "response_b", "output_b", "answer_b"})


class PairwiseReader:
    """Records with ``model_a``, ``model_b`` and ``winner`` (``model_a``, ``model_b``, or what begins with ``tie``).

    The item is the question with its two models in alphabetical order, whichever side they stood on: people who
    saw them the other way round rated the same item. The criterion is ``preference`` unless named.
    """

    name: ClassVar[str] = "pairwise"
    order: ClassVar[int] = 30

    def sniff(self, source: Source) -> bool:
        """Both models, and who won."""
        peeked = source.peek()
        return bool(peeked) and {"model_a", "model_b"} <= peeked[0].keys() and bool(_outcomes(peeked[0]))

    def read(self, source: Source, options: ReadOptions) -> RawRatings:
        """Every record is a preference."""
        criterion = options.criterion if options.criterion != ReadOptions.criterion else "preference"
        raw = RawRatings(value_field="winner", scales={criterion: Scale.pairwise()})
        said = {name: column for name, column in options.columns.items() if isinstance(column, str)}
        chosen: dict[str, str] = {}
        for row, (line, record) in enumerate(source.records(), start=1):
            if isinstance(record, Problem):
                raw.problems.append(record)
                continue
            place = line if line is not None else row
            if (
                not isinstance(record, Mapping)
                or is_missing(record.get("model_a"))
                or is_missing(record.get("model_b"))
            ):
                raw.problems.append(_problem(source, place, "model_a, model_b", "a record without its two models"))
                continue
            if not chosen:
                chosen = _columns(record, said)
            _add(raw, record, chosen, criterion, place, row)
        # A side that no tie was given on is still a scale with ties: the user may declare otherwise.
        return raw


READERS = (PairwiseReader(),)


def _add(
    raw: RawRatings, record: Mapping[str, Any], chosen: Mapping[str, str], criterion: str, line: int, row: int
) -> None:
    swapped = str(record["model_a"]) > str(record["model_b"])
    models = sorted((str(record["model_a"]), str(record["model_b"])))
    question = record.get(chosen.get("item_id", ""))
    group = str(row) if is_missing(question) else str(question)
    turn = f"/{record['turn']}" if not is_missing(record.get("turn")) else ""
    item_id = f"{group}/{models[0]}~{models[1]}{turn}"
    prompt, first = _conversation(record, "a")
    _, second = _conversation(record, "b")
    if swapped:
        first, second = second, first
    text = record.get(chosen.get("prompt", ""))
    raw.add_item(
        line=line, item_id=item_id, prompt=text if isinstance(text, str) else prompt, response=first,
        response_b=second, group=group, system_a=models[0], system_b=models[1],
        language=record.get(chosen.get("language", "")),
    )  # fmt: skip
    value = _value(record)
    who = record.get(chosen.get("annotator_id", ""))
    known = {} if "annotator_id" not in chosen else {"annotator_id": who}
    raw.add(
        line=line,
        item_id=item_id,
        criterion=criterion,
        value=-value if swapped and isinstance(value, float) else value,
        **known,
    )


def _columns(record: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, str]:
    taken = {"model_a", "model_b", "winner", "turn", *_outcomes(record)}
    names = [name for name in record if name not in taken]
    present = {**said} if said else {}
    if "item_id" not in present:
        question = next((name for name in ("question_id", "prompt_id", "id") if name in names), None)
        present |= {"item_id": question} if question else {}
    return guess_columns(names, {name: column for name, column in present.items() if column in names})


def _outcomes(record: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns that say who won: one of words, or one each of zeros and ones (Kaggle's form of the Arena)."""
    if "winner" in record:
        return ("winner",)
    flags = ("winner_model_a", "winner_model_b", "winner_tie")
    return flags if set(flags) <= record.keys() else ()


def _value(record: Mapping[str, Any]) -> Any:
    """-1.0, 0.0 or 1.0; what was found, where it is none of the words for these."""
    if "winner" not in record:
        flags = [record.get(name) for name in ("winner_model_a", "winner_tie", "winner_model_b")]
        won = [place for place, flag in enumerate(flags) if str(flag) in ("1", "1.0", "True", "true")]
        return float(won[0] - 1) if len(won) == 1 else str(flags)
    winner = record["winner"]
    if is_missing(winner):
        return None
    word = str(winner).strip().casefold()
    if word in _FIRST or word == str(record["model_a"]).casefold():
        return -1.0
    if word in _SECOND or word == str(record["model_b"]).casefold():
        return 1.0
    return 0.0 if word.startswith(("tie", "draw", "both", "neither", "equal")) else winner


def _conversation(record: Mapping[str, Any], side: str) -> tuple[str | None, str | None]:
    """What the user said and what the model answered last."""
    turns = record.get(f"conversation_{side}")
    if isinstance(turns, Sequence) and not isinstance(turns, str):
        said = [turn for turn in turns if isinstance(turn, Mapping)]
        asked = [str(turn.get("content")) for turn in said if turn.get("role") == "user"]
        answered = [str(turn.get("content")) for turn in said if turn.get("role") == "assistant"]
        return "\n\n".join(asked) or None, answered[-1] if answered else None
    for name in (f"response_{side}", f"output_{side}", f"answer_{side}"):
        if isinstance(record.get(name), str):
            return None, str(record[name])
    return None, None


def _problem(source: Source, line: int, field: str, what: str) -> Problem:
    return Problem(
        file=source.name,
        line=line,
        field=field,
        what=what,
        expected="model_a, model_b and winner",
        remedy="restore the fields, or remove the record",
    )
