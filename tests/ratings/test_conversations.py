"""Ratings of conversations: the turns a judge sees come with them, whatever file they were in, and stay with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scripted_lm import scripted_lm

import alia_judge as aj
from alia_judge.benchmark import Benchmark
from alia_judge.checks import redact_ratings
from alia_judge.ratings.items import iter_items
from alia_judge.records import Turn

N = 12


def messages(number: int) -> list[dict[str, str]]:
    return [
        {"role": "user", "content": f"My line {number} is down."},
        {"role": "assistant", "content": "Have you restarted the router?"},
        {"role": "user", "content": f"Yes. Write to me{number}@example.org."},
        {"role": "assistant", "content": f"A technician comes on day {number}."},
    ]


TURNS = tuple(Turn(role=message["role"], text=message["content"]) for message in messages(3)[:-1])


def rows(column: str = "messages", *, as_text: bool = False, wide: bool = False) -> list[dict[str, Any]]:
    table: list[dict[str, Any]] = []
    for number in range(N):
        said: Any = json.dumps(messages(number)) if as_text else messages(number)
        row = {"item_id": f"i{number:02d}", column: said, "channel": "chat"}
        scores = {rater: 1 + (number + place) % 5 for place, rater in enumerate(("ana", "jon", "maria"))}
        if wide:
            table.append({**row, **{f"rater_{place}": score for place, score in enumerate(scores.values())}})
        else:
            table += [{**row, "annotator": rater, "score": score} for rater, score in scores.items()]
    return table


def written(folder: Path, form: str, column: str, *, wide: bool) -> Path:
    path = folder / f"ratings.{form}"
    table = rows(column, as_text=form == "csv", wide=wide)
    if form == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in table), "utf-8")
    elif form == "parquet":
        pd.DataFrame(table).to_parquet(path)
    else:
        pd.DataFrame(table).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("wide", [False, True], ids=["long", "wide"])
@pytest.mark.parametrize("column", ["messages", "conversation", "turns", "dialogue"])
@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_column_of_conversations_is_turns_and_response(tmp_path: Path, form: str, column: str, wide: bool) -> None:
    ratings = aj.load_ratings(written(tmp_path, form, column, wide=wide))
    item = ratings.items()[3]
    assert (item.turns, item.response) == (TURNS, "A technician comes on day 3.")
    assert (item.group, dict(item.extra)) == (None, {"channel": "chat"})
    assert any("read as the conversation before the response" in note for note in ratings.notes)


def test_beside_a_response_the_messages_are_what_came_before_it() -> None:
    before, whole = messages(3)[:-1], messages(3)
    answered = {"annotator": "ana", "score": 4, "response": whole[-1]["content"]}
    table = [{"item_id": "a", "messages": before, **answered}, {"item_id": "b", "messages": whole, **answered}]
    for items in (aj.load_ratings(table).items(), tuple(iter_items(table))):
        assert [(item.turns, item.response) for item in items] == [(TURNS, "A technician comes on day 3.")] * 2


def test_a_conversation_without_a_reply_is_left_as_it_was_and_said_so() -> None:
    table = [{"item_id": "a", "messages": messages(1)[:1], "annotator": "ana", "score": 4}]
    ratings = aj.load_ratings(table)
    assert ratings.items()[0].turns == ()
    assert "a conversation to judge ends with a message of 'assistant'" in " ".join(ratings.notes)


@pytest.mark.parametrize("column", ["turns", "conversation"])
def test_a_column_of_that_name_that_holds_none_is_what_it_was(column: str) -> None:
    table = [{"item_id": n, "response": "Yes.", column: 5 + n % 2, "score": 1 + n % 5} for n in range(6)]
    item = aj.load_ratings(table).items()[1]
    assert item.turns == ()
    assert item.group == ("6" if column == "conversation" else None)
    assert dict(item.extra) == ({"turns": 6} if column == "turns" else {})


def test_turns_survive_parquet_and_freezing_and_count_in_the_fingerprint(tmp_path: Path) -> None:
    ratings = aj.load_ratings(rows())
    ratings.to_parquet(tmp_path / "ratings.parquet")
    back = aj.load_ratings(tmp_path / "ratings.parquet")
    assert back.items() == ratings.items()
    assert back.fingerprint == ratings.fingerprint
    another = rows()
    for row in another[:3]:
        row["messages"] = [{"role": "user", "content": "My line is slow."}, *row["messages"][1:]]
    assert aj.load_ratings(another).fingerprint != ratings.fingerprint
    benchmark = aj.build_benchmark(ratings, group_by=None)
    frozen = Benchmark.load(benchmark.freeze(tmp_path / "frozen"))
    assert frozen.items == benchmark.items
    assert frozen.fingerprint == benchmark.fingerprint
    assert frozen.items[3].turns == TURNS


def test_turns_are_redacted_too() -> None:
    item = redact_ratings(aj.load_ratings(rows())).items()[3]
    assert item.turns[2].text == "Yes. Write to [e-mail]."
    assert item.turns[0] == TURNS[0]


def test_a_judge_of_conversations_sees_them_and_is_evaluated() -> None:
    benchmark = aj.build_benchmark(aj.load_ratings(rows()), group_by=None)
    rubric = aj.Rubric(criterion="Help", scale=aj.Scale.ordinal(1, 5))
    judge = aj.Judge(rubric, scripted_lm(lambda request: "4"), subject="conversation")
    assert [judged.verdict.score for judged in aj.run(judge, benchmark.items).judged] == [4.0] * N
    shown = "\n".join(request.messages[-1].text for request in judge.lm.engine.requests)
    assert all(f"My line {number} is down." in shown for number in range(N))


def test_items_of_another_encoding_are_read(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_bytes("item_id;response\na;Sí, mañana.\n".encode("cp1252"))
    with pytest.warns(UserWarning, match=r"items\.csv: encoding: read as Windows-1252"):
        assert [item.response for item in iter_items(path)] == ["Sí, mañana."]
    path.write_bytes("item_id;response\na;Ja, på måndag.\n".encode("cp1252"))
    assert [item.response for item in iter_items(path, encoding="cp1252")] == ["Ja, på måndag."]
    with pytest.raises(aj.DataError, match=r"items\.csv:2: .*encoding='cp1252'"):
        list(iter_items(path))
    path.write_text("item_id,response\na,Sí.\n", "utf-16")
    assert [item.response for item in iter_items(path)] == ["Sí."]
    long = "x" * 200_000
    path.write_text(f"item_id,response\na,{long}\n", "utf-8")
    assert [item.response for item in iter_items(path)] == [long]
