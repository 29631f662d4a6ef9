from __future__ import annotations

import math
from pathlib import Path

import pytest

from alia_judge.errors import DataError
from alia_judge.evaluation.scores import Scores, read_scores
from alia_judge.records import Scale

LIKERT = {"helpful": Scale.ordinal(1, 5)}
TWO = {"helpful": Scale.ordinal(1, 5), "polite": Scale.binary()}


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "scores.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_becomes_judges_in_its_order(tmp_path: Path) -> None:
    path = table(tmp_path, "item_id,judge,score\na,zeta,3\na,alpha,4.25\nb,zeta,-1\n")
    scores = read_scores(path, scales=LIKERT)
    assert scores.judges("helpful") == {"zeta": {"a": 3.0, "b": -1.0}, "alpha": {"a": 4.25}}
    assert list(scores.judges("helpful")) == ["zeta", "alpha"]


@pytest.mark.parametrize("cell", ["", "  ", "nan", "NaN", "null", "None", "N/A"])
def test_an_empty_score_is_unscored(tmp_path: Path, cell: str) -> None:
    scores = read_scores(table(tmp_path, f"item_id,judge,score\na,gpt,{cell}\n"), scales=LIKERT)
    assert math.isnan(scores.judges("helpful")["gpt"]["a"])


def test_criteria_are_kept_apart_and_strange_ones_passed_over(tmp_path: Path) -> None:
    text = "criterion,judge,item_id,score\nhelpful,gpt,a,2\npolite,gpt,a,yes\nfunny,gpt,a,9\nfunny,gpt,b,9\n"
    scores = read_scores(table(tmp_path, text), scales=TWO)
    assert scores.judges("helpful") == {"gpt": {"a": 2.0}}
    assert scores.judges("polite") == {"gpt": {"a": 1.0}}
    assert not scores.judges("funny")


def test_words_of_the_scale_are_scores_and_strange_labels_agree_with_nobody(tmp_path: Path) -> None:
    scale = Scale.nominal(["Location", "Time"])
    text = "item_id,judge,score\na,gpt,time\nb,gpt,None-of-the-above\nc,gpt,Ignore\nd,gpt,none-of-the-above\n"
    found = read_scores(table(tmp_path, text), scales={"relation": scale}).judges("relation")["gpt"]
    assert found["a"] == 1.0
    assert found["b"] == found["d"] != found["c"]
    assert not any(scale.contains(found[item]) for item in "bcd")


def test_every_bad_row_is_named_by_file_and_line(tmp_path: Path) -> None:
    text = 'item_id,judge,score\na,gpt,1\n"b\nc",gpt,good\n,gpt,1\na,gpt,2\nd,,3\ne,gpt,inf\n'
    path = table(tmp_path, text)
    with pytest.raises(DataError) as caught:
        read_scores(path, scales=LIKERT)
    assert [(problem.line, problem.field) for problem in caught.value.problems] == [
        (3, "score"),
        (5, "item_id"),
        (6, "item_id"),
        (7, "judge"),
        (8, "score"),
    ]
    assert f"{path}:6: field 'item_id': 'a' is scored twice by 'gpt', first on line 2" in str(caught.value)


@pytest.mark.parametrize(
    ("header", "scales", "message"),
    [
        ("reply,judge,score", LIKERT, "no column 'item_id' among 'reply', 'judge', 'score'"),
        ("item_id,judge,score", TWO, r"no column 'criterion'.*the ratings have 2 criteria"),
    ],
)
def test_missing_columns_are_named(tmp_path: Path, header: str, scales: dict[str, Scale], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_scores(table(tmp_path, f"{header}\na,gpt,1\n"), scales=scales)


def test_scores_about_something_else_altogether_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"no score for any rated criterion \(it has funny\); expected scores on helpful"
    ):
        read_scores(table(tmp_path, "item_id,judge,criterion,score\na,gpt,funny,1\n"), scales=LIKERT)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.csv: there is no such file"):
        read_scores(tmp_path / "nowhere.csv", scales=LIKERT)


def test_no_judge_on_a_criterion_is_no_error() -> None:
    assert Scores(by_criterion={}).judges("anything") == {}


def test_a_criterion_by_its_rubrics_name_in_another_language_is_the_rated_one() -> None:
    rows = [{"item_id": "a", "judge": "j", "criterion": "Helpfulness", "score": "4"}]
    scale = Scale.ordinal(1, 5)
    assert read_scores(rows, scales={"utilidad": scale, "tono": scale}).judges("utilidad") == {"j": {"a": 4.0}}
    tone = [{**rows[0], "criterion": "Tone and register"}]
    assert read_scores(tone, scales={"to": scale}).judges("to") == {"j": {"a": 4.0}}
    with pytest.raises(DataError, match="it has Helpfulness"):  # two could be meant
        read_scores(rows, scales={"utilidad": scale, "calidad": scale})
    with pytest.raises(DataError, match="it has Helpfulness"):
        read_scores(rows, scales={"salero": scale})


@pytest.mark.parametrize("words", [("A", "tie", "B"), ("model_a", "empate", "model_b"), ("-1", "0", "1")])
def test_sides_of_a_pair_have_many_names(words: tuple[str, ...]) -> None:
    rows = [{"item_id": f"i{n}", "judge": "j", "score": word} for n, word in enumerate(words)]
    assert read_scores(rows, scales={"x": Scale.pairwise()}).judges("x") == {"j": {"i0": -1.0, "i1": 0.0, "i2": 1.0}}


def test_pairs_by_numbers_with_two_readings_are_refused_and_other_scales_take_them() -> None:
    rows = [{"item_id": f"i{n}", "judge": "j", "score": n % 3} for n in range(9)]
    with pytest.raises(DataError, match=r"'j' answers a pair by 0, 1 and 2.* 0 may be a tie, or the first"):
        read_scores(rows, scales={"x": Scale.pairwise()})
    assert len(read_scores(rows, scales={"x": Scale.ordinal(0, 2)}).judges("x")["j"]) == 9
