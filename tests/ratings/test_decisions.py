"""Decisions of people: a file that changes what counts, is recorded, and is undone by deleting a line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from alia_judge.benchmark import Benchmark, audit_ratings, build_benchmark
from alia_judge.benchmark.audit import RatingsAudit
from alia_judge.errors import DataError
from alia_judge.evaluation import evaluate_scores
from alia_judge.evaluation.rated_items import rated_items
from alia_judge.ratings import Decision, Ratings, load_decisions, load_ratings, rating_id, save_decisions

LAST = "2026-11-29"


def _ratings() -> Ratings:
    return load_ratings(
        [
            {"item": item, "rater": rater, "tone": tone, "help": 3, "response": f"texto {item}", "language": "es"}
            for item, scores in {"a": (1, 2, 5), "b": (2, 3, 4), "c": (5, 5, 1)}.items()
            for rater, tone in zip(("ana", "jon", "eva"), scores, strict=True)
        ],
        scales={"*": "1-5"},
    )


def _decide(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(["what,id,action,value,reason,by,when", *lines]) + "\n", encoding="utf-8")
    return path


def test_each_action_on_each_thing(tmp_path: Path) -> None:
    file = _decide(
        tmp_path / "decisions.csv",
        f"rating,a | ana | tone,fix,4,slip,marta,{LAST}",
        "rating,b | jon | tone,drop,,,,",
        "annotator,eva,fix,reverse,took 1 for the best,,",
        "item,c,fix,language=Català,,,",
        "item,a,keep,,read twice,marta,",
    )
    ratings = _ratings().decide(file)
    matrix = ratings.matrix("tone")
    assert matrix.annotators == ("ana", "eva", "jon")
    # eva's 5, 4, 1 turned round; jon's rating of b is gone.
    assert matrix.values[:2].tolist() == [[4, 2, 5], [1, 2, 5]]
    assert matrix.values[2, [0, 2]].tolist() == [2, 5]
    assert [item.language for item in ratings.items()] == ["es", "es", "ca"]
    assert ratings.notes[-1] == "decisions of people: 1 keep, 3 fix, 1 drop"
    assert ratings.decisions[0] == Decision(
        what="rating", id="a | ana | tone", action="fix", value="4", reason="slip", by="marta", when=LAST
    )
    assert ratings.source_fingerprint == _ratings().fingerprint != ratings.fingerprint


def test_dropped_items_and_annotators_are_gone_and_two_accounts_become_one() -> None:
    dropped = _ratings().decide(
        [Decision(what="item", id="a", action="drop"), Decision(what="annotator", id="eva", action="drop")]
    )
    assert [item.item_id for item in dropped.items()] == ["b", "c"]
    assert dropped.annotators == ("ana", "jon")
    merged = _ratings().decide([Decision(what="annotator", id="jon", action="fix", value="ana")])
    assert merged.annotators == ("ana", "eva")
    assert merged.matrix("tone").values[0].tolist() == [1, 2, 5]  # of two ratings of an item the first counts


def test_deleting_the_line_undoes_it_and_the_last_of_two_counts() -> None:
    drop = Decision(what="item", id="a", action="drop")
    ratings = _ratings()
    assert ratings.decide([]).fingerprint == ratings.fingerprint
    assert len(ratings.decide([drop]).items()) == 2
    assert len(ratings.decide([drop, Decision(what="item", id="a", action="keep")]).items()) == 3
    # Nothing happens to the ratings that were read.
    assert len(ratings.items()) == 3


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    decisions = (
        Decision(what="rating", id=rating_id("a", "ana", "tone"), action="fix", value="4", reason='said "slip", yes'),
        Decision(what="annotator", id="eva", action="keep", by="marta", when=LAST),
    )
    save_decisions(decisions, tmp_path / "decisions.csv")
    assert load_decisions(tmp_path / "decisions.csv") == decisions
    for mark in "\u2028\x0b\x0c\x85\r\n":  # as a word processor pastes them
        pasted = Decision(what="item", id="a", action="drop", reason=f"one{mark}two", by="ana")
        save_decisions([pasted, decisions[0]], tmp_path / "decisions.csv")
        read = load_decisions(tmp_path / "decisions.csv")
        assert (read[0].reason.split(), read[0].by, read[1]) == (["one", "two"], "ana", decisions[0]), repr(mark)
    # As a spreadsheet in Spain saves it.
    (tmp_path / "es.csv").write_text("﻿What;ID;Action\nitem;a;drop\n\n", encoding="utf-8")
    assert load_decisions(tmp_path / "es.csv") == (Decision(what="item", id="a", action="drop"),)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("items,a,drop,,,,", "decisions.csv:2: field 'what': 'items'; expected one of item, annotator, rating"),
        ("item,a,delete,,,,", "decisions.csv:2: field 'action': 'delete'; expected one of keep, fix, drop"),
        ("item,,drop,,,,", "decisions.csv:2: field 'id': nothing; expected the item's id"),
        ("rating,a | ana | tone,fix,,,,", "decisions.csv:2: field 'value': nothing; expected what a fix makes of it"),
        (
            "item,aa,drop,,,,",
            "decisions.csv:2: field 'id': no item 'aa' in the ratings; expected one of theirs, such as",
        ),
        (
            "rating,a | ana | tone,fix,9,,,",
            "csv:2: field 'value': '9' for rating 'a | ana | tone'; expected a value of the scale",
        ),
        ("annotator,ana,fix,nobody,,,", "expected 'reverse', or another annotator"),
        ("item,a,fix,catalan,,,", "expected FIELD=VALUE or CRITERION=VALUE, the first one of prompt, response"),
        ("item,a,fix,tone=9,,,", "'tone=9' for item 'a'; expected a value of the scale"),
    ],
)
def test_what_is_no_decision_is_one_error_with_its_line(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(DataError) as error:
        _ratings().decide(_decide(tmp_path / "decisions.csv", line))
    assert says in str(error.value)


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("item,drop\na,yes\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"d.csv:1: no column what, id, action, but item, drop"):
        load_decisions(tmp_path / "d.csv")
    with pytest.raises(DataError, match="the decisions cannot be read"):
        load_decisions(tmp_path / "nowhere.csv")


def test_decisions_are_kept_by_the_audit_and_the_benchmark(tmp_path: Path) -> None:
    rows = [
        {"item": f"i{n}", "rater": rater, "score": (n + k) % 5 + 1} for n in range(30) for k, rater in enumerate("xyz")
    ]
    ratings = load_ratings(rows).decide([Decision(what="item", id="i3", action="drop", reason="<b>spam</b>", by="m")])
    audit = audit_ratings(ratings, checks=False, n_resamples=20)
    assert RatingsAudit.from_dict(audit.to_dict()).decisions == ratings.decisions
    benchmark = build_benchmark(ratings)
    folder = benchmark.freeze(tmp_path / "frozen")
    sheet = (folder / "README.md").read_text("utf-8")
    assert "| item | i3 | drop |  | &#60;b&#62;spam&#60;/b&#62; | m |  |" in sheet
    assert Benchmark.load(folder).provenance["decisions"] == [ratings.decisions[0].to_dict()]


def test_an_adjudicated_value_is_a_layer_over_the_ratings(tmp_path: Path) -> None:
    rows = [
        {"item": f"i{n:02d}", "rater": rater, "score": (n + k) % 5 + 1}
        for n in range(30)
        for k, rater in enumerate("xyz")
    ]
    raw = load_ratings(rows)
    lines = ("item,i03,fix,rating=5,the others read another invoice,m,", "item,i03,fix,language=ca,,m,")
    ratings = raw.decide(_decide(tmp_path / "decisions.csv", *lines, "item,i03,keep,,,m,"))
    assert ratings.adjudicated == {"rating": {"i03": 5.0}}
    # What people said, and so how far they agree, is what it was.
    assert np.array_equal(ratings.matrix("rating").values, raw.matrix("rating").values)
    assert ratings.fingerprint != raw.fingerprint == ratings.source_fingerprint
    (human,), (before,) = rated_items(ratings), rated_items(raw)
    changed = human.target != before.target
    assert [item.item_id for item, yes in zip(human.items, changed, strict=True) if yes] == ["i03"]
    assert np.isnan(human.target_se[changed]).all()
    assert human.target[changed].tolist() == [5.0]
    benchmark = build_benchmark(ratings)
    assert benchmark.consensus["adjudicated"] == 1
    assert build_benchmark(raw).fingerprint != benchmark.fingerprint
    folder = benchmark.freeze(tmp_path / "frozen")
    assert "and for 1 of 30 items the value that people decided on" in (folder / "README.md").read_text("utf-8")
    again = Benchmark.load(folder)
    assert again.fingerprint == benchmark.fingerprint
    judged = {"j": {f"i{n:02d}": float(n % 5 + 1) for n in range(30)}}
    assert "adjudicated:1|" in evaluate_scores(ratings, judged).signature
    assert "adjudicated" not in evaluate_scores(raw, judged).signature
    # The last line about the same field counts; deleting it undoes it.
    twice = raw.decide([Decision(what="item", id="i03", action="fix", value=f"rating={value}") for value in (5, 2)])
    assert twice.adjudicated == {"rating": {"i03": 2.0}}
    assert raw.adjudicated == {}
    assert ratings.select(items=["i04"]).adjudicated == {}
