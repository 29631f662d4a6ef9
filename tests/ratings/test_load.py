"""`load_ratings`: what each file becomes, and what it refuses, line by line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alia_judge.errors import DataError, UsageError
from alia_judge.ratings.load import load_ratings
from alia_judge.ratings.scales import parse_value
from alia_judge.records import Scale

ROWS = [
    {"item_id": "a", "annotator_id": "ana", "criterion": "tone", "value": 4, "response": "Hola, ¿qué tal?"},
    {"item_id": "a", "annotator_id": "jon", "criterion": "tone", "value": 5, "response": "Hola, ¿qué tal?"},
    {"item_id": "b", "annotator_id": "ana", "criterion": "tone", "value": 1, "response": "Kaixo"},
    {"item_id": "b", "annotator_id": "jon", "criterion": "tone", "value": 2, "response": "Kaixo"},
]


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def long_forms(folder: Path) -> dict[str, object]:
    """The same four ratings in every container of the long layout."""
    import datasets

    frame = pd.DataFrame(ROWS)
    frame.to_csv(folder / "r.csv", index=False)
    frame.to_csv(folder / "r.tsv", index=False, sep="\t")
    frame.to_csv(folder / "semicolon.txt", index=False, sep=";")
    frame.to_parquet(folder / "r.parquet")
    written(folder / "r.jsonl", "".join(json.dumps(row) + "\n" for row in ROWS))
    written(folder / "r.json", json.dumps(ROWS))
    return {
        "csv": folder / "r.csv",
        "tsv": str(folder / "r.tsv"),
        "semicolons": folder / "semicolon.txt",
        "parquet": folder / "r.parquet",
        "jsonl": folder / "r.jsonl",
        "json array": folder / "r.json",
        "frame": frame,
        "records": ROWS,
        "dataset": datasets.Dataset.from_list(ROWS),
    }


def test_every_container_of_the_long_layout_gives_the_same_ratings(tmp_path: Path) -> None:
    loaded = {name: load_ratings(source) for name, source in long_forms(tmp_path).items()}
    assert {ratings.fingerprint for ratings in loaded.values()} == {loaded["csv"].fingerprint}
    ratings = loaded["csv"]
    assert ratings.criteria == ("tone",)
    assert ratings.scales["tone"] == Scale.ordinal(1, 5)
    np.testing.assert_array_equal(ratings.matrix("tone").values, [[4, 1], [5, 2]])
    assert ratings.matrix("tone").annotators == ("ana", "jon")
    assert ratings.items()[0].response == "Hola, ¿qué tal?"


def test_common_names_are_guessed_and_shown(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", "Example ID,Rater,Score,Model\n7,ana,3,m1\n7,jon,2,m1\n9,ana,1,m2\n")
    ratings = load_ratings(path)
    assert "column 'Rater' read as annotator_id" in ratings.notes
    assert [item.system for item in ratings.items()] == ["m1", "m2"]


def test_the_users_columns_win_over_the_guess(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", "id,score,stars,who\n7,0.1,3,ana\n8,0.2,2,jon\n9,0.4,1,ana\n")
    ratings = load_ratings(path, columns={"value": "stars", "annotator_id": "who"}, criterion="help")
    assert ratings.of("help")["value"].tolist() == [3, 2, 1]
    assert ratings.annotators == ("ana", "jon")
    with pytest.raises(UsageError, match="names a column that is not there; there are: id, score, stars, who"):
        load_ratings(path, columns={"value": "nope"})


def test_all_bad_lines_are_reported_together_with_physical_line_numbers(tmp_path: Path) -> None:
    text = (
        "item_id,annotator_id,value,response\n"
        'a,ana,4,"two\nlines"\n'  # lines 2 and 3
        "a,jon,five,x\n"  # 4: a word among numbers, and another response
        "b,ana\n"  # 5: fields missing
        "\n"
        "b,,3,y\n"  # 7: nobody
        ",jon,3,y\n"  # 8: no item
        "b,jon,2,y\n"
    )
    with pytest.raises(DataError, match="five") as caught:
        load_ratings(written(tmp_path / "x.csv", text))
    places = [(problem.line, problem.field) for problem in caught.value.problems]
    assert places == [(4, "value"), (4, "response"), (5, None), (7, "annotator_id"), (8, "item_id")]
    assert all(problem.file and problem.expected and problem.remedy for problem in caught.value.problems)


def test_missing_values_are_kept_as_missing_and_not_dropped(tmp_path: Path) -> None:
    ratings = load_ratings(written(tmp_path / "x.csv", "item_id,annotator_id,value\na,x,1\na,y,\nb,x,NA\nb,y,3\n"))
    assert len(ratings) == 4
    assert int(ratings.table["value"].isna().sum()) == 2


def test_a_value_off_a_declared_scale_is_an_error_or_kept_as_found(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", "item_id,annotator_id,value\na,x,1\na,y,9\nb,x,3\n")
    scales = {"rating": Scale.ordinal(1, 5)}
    with pytest.raises(DataError, match=r"x\.csv:3: field 'value': '9' on rating; expected .* ordinal 1 to 5"):
        load_ratings(path, scales=scales)
    kept = load_ratings(path, scales=scales, invalid="keep")
    assert kept.table["found"].tolist() == [None, "9", None]
    assert np.isnan(kept.table["value"][1])


def test_a_whole_number_beyond_all_others_is_no_value() -> None:
    assert parse_value(10**400, Scale.ordinal(1, 5)) is None
    assert Scale.continuous(0, 1).parse(10**400) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("item_id,value,value\na,1,2\n", "names this column 2 times"),
        (
            "foo,bar\n1,2\n",
            r"no ratings of items by people .*; found `foo` .*, `bar` .*'item_id': 'NAME'",
        ),
        ('item_id,value\na,"1\n', "unexpected end of data"),
        ("item_id,annotator_id,value\n", "no ratings"),
    ],
)
def test_a_csv_that_cannot_be_used_says_why(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_ratings(written(tmp_path / "x.csv", text))


def test_bytes_that_are_not_utf8_are_reported_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("item_id,annotator_id,value,response\na,x,1,bien\nb,x,2,łże\n".encode("cp1250"))
    with pytest.raises(DataError, match=r"latin\.csv:3: bytes that are not UTF-8 text; .*encoding='cp1252'"):
        load_ratings(path)


def test_a_broken_json_line_does_not_hide_the_others(tmp_path: Path) -> None:
    good = json.dumps({"item_id": "a", "value": 1, "annotator_id": "x"})
    path = written(tmp_path / "x.jsonl", f'{good}\n{{"item_id": "b", \n{good[:-1]}\n[1]\n{good}\n')
    with pytest.raises(DataError, match="not JSON") as caught:
        load_ratings(path)
    assert [problem.line for problem in caught.value.problems] == [2, 3, 4]


def test_a_json_key_said_twice_is_not_swallowed(tmp_path: Path) -> None:
    path = written(tmp_path / "n.json", '{"ana": {"i1": 1,\n "i2": 2,\n "i1": 3},\n "jon": {"i1": 1}}')
    with pytest.raises(DataError, match=r"n\.json:3: field 'i1': the key occurs twice"):
        load_ratings(path)


def test_nested_labels_keep_the_annotator_as_identity_and_errors_keep_the_line(tmp_path: Path) -> None:
    document = {"ana": {"i1": "Yes", "i2": "No", "i3": "Partly"}, "jon": {"i1": "Yes", "i2": "Partly"}}
    ratings = load_ratings(written(tmp_path / "n.json", json.dumps(document, indent=1)))
    assert ratings.annotators == ("ana", "jon")
    assert ratings.scales["rating"].labels == ("No", "Partly", "Yes")
    document["jon"]["i3"] = ["Yes"]  # type: ignore[assignment]
    with pytest.raises(DataError, match=r"n\.json:10: field 'jon -> i3'"):
        load_ratings(written(tmp_path / "n.json", json.dumps(document, indent=1)))


def basse_line(idx: str, ratings: dict[str, list[float]]) -> str:
    summaries = {system: {"summ": f"Resumen {system} {idx}", "anns": {"Coherence": v}} for system, v in ratings.items()}
    return json.dumps({"idx": idx, "round": 1, "original_document": f"Noticia {idx}", "model_summaries": summaries})


def test_basse_items_are_named_by_line_and_system_and_positions_are_no_identity(tmp_path: Path) -> None:
    lines = [basse_line("u1", {"s1": [1, 2, 3], "human": [4, 5]}), basse_line("u2", {"s1": [5], "human": [4, 4]})]
    ratings = load_ratings(written(tmp_path / "b.jsonl", "\n".join(lines) + "\n"))
    assert [item.item_id for item in ratings.items()] == ["00/human", "00/s1", "01/human", "01/s1"]
    first = ratings.items()[1]
    assert (first.group, first.system, first.context, first.response) == ("00", "s1", "Noticia u1", "Resumen s1 u1")
    matrix = ratings.matrix("Coherence")
    assert not matrix.identified
    np.testing.assert_array_equal(matrix.values, [[4, 1, 4, 5], [5, 2, 4, np.nan], [np.nan, 3, np.nan, np.nan]])
    assert ratings.annotators == ()


def test_a_reordering_of_lines_keeps_the_fingerprint_and_a_changed_rating_does_not(tmp_path: Path) -> None:
    lines = [basse_line("u1", {"s1": [1, 2], "s2": [4, 5]}), basse_line("u2", {"s1": [5, 3], "s2": [4, 4]})]
    one = load_ratings(written(tmp_path / "1.jsonl", "\n".join(lines)))
    two = load_ratings(written(tmp_path / "2.jsonl", "\n".join(lines[::-1])))
    assert one.fingerprint == two.fingerprint
    changed = load_ratings(written(tmp_path / "3.jsonl", "\n".join(lines).replace("[4, 5]", "[4, 4]")))
    assert changed.fingerprint != one.fingerprint
    frame = pd.DataFrame(ROWS)
    original = load_ratings(frame).fingerprint
    assert load_ratings(frame.sample(frac=1, random_state=1)).fingerprint == original
    for column, value in (("value", 3), ("annotator_id", "eva"), ("response", "Hi"), ("item_id", "z")):
        other = frame.copy()
        other.loc[other["item_id"] == "b", column] = value
        assert load_ratings(other).fingerprint != original, column
    assert load_ratings(frame, scales={"tone": Scale.ordinal(0, 5)}).fingerprint != original


@pytest.mark.parametrize("invalid_line", ['{"model_summaries": 3, "original_document": "x"}', '{"a":'])
def test_a_broken_article_is_named_and_the_others_keep_their_ids(tmp_path: Path, invalid_line: str) -> None:
    text = "\n".join([basse_line("u1", {"s1": [1, 2]}), invalid_line, basse_line("u2", {"s1": [1, "x"]})])  # type: ignore[list-item]
    with pytest.raises(DataError) as caught:
        load_ratings(written(tmp_path / "b.jsonl", text))
    assert [problem.line for problem in caught.value.problems] == [2, 3]


def test_judge_bench_takes_individual_scores_else_the_mean(tmp_path: Path) -> None:
    document = {
        "annotations": [
            {"metric": "Fluency", "category": "graded", "worst": 1, "best": 5},
            {"metric": "safe", "category": "categorical", "labels_list": ["Yes", "No"]},
        ],
        "instances": [
            {"id": 3, "instance": {"user_prompt": "p", "response": "r"}, "annotations": {
                "Fluency": {"mean_human": 2.5, "individual_human_scores": [2, 3]},
                "safe": {"majority_human": "No"}}},
            {"id": 4, "instance": "plain", "annotations": {
                "Fluency": {"mean_human": 4, "individual_human_scores": [4, 4]}, "safe": {"majority_human": "Yes"}}},
        ],
    }  # fmt: skip
    ratings = load_ratings(written(tmp_path / "j.json", json.dumps(document, indent=1)))
    assert ratings.criteria == ("Fluency", "safe")
    assert ratings.scales == {"Fluency": Scale.ordinal(1, 5), "safe": Scale.binary(("No", "Yes"))}
    assert [(item.prompt, item.response) for item in ratings.items()] == [("p", "r"), ("", "plain")]
    assert ratings.of("safe")["value"].tolist() == [0.0, 1.0]
    document["instances"][1]["annotations"]["Fluency"]["individual_human_scores"] = [4, 9]  # type: ignore[index]
    with pytest.raises(DataError, match=r"j\.json:\d+: field 'individual_human_scores': 9 on Fluency"):
        load_ratings(written(tmp_path / "j.json", json.dumps(document, indent=1)))


def test_what_is_no_source_at_all(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.csv: there is no such file"):
        load_ratings(tmp_path / "gone.csv")
    with pytest.raises(UsageError, match="got int"):
        load_ratings(7)
    with pytest.raises(UsageError, match="there is no format 'xml'; there are: "):
        load_ratings(ROWS, format="xml")
    with pytest.raises(DataError, match="a layout that no reader knows"):
        load_ratings(written(tmp_path / "x.json", '{"a": 1}'))


def test_the_ratings_come_back_from_a_frame_and_from_parquet(tmp_path: Path) -> None:
    ratings = load_ratings(ROWS)
    assert load_ratings(ratings.to_frame(), scales=ratings.scales).fingerprint == ratings.fingerprint
    ratings.to_parquet(tmp_path / "out.parquet")
    assert load_ratings(tmp_path / "out.parquet").fingerprint == ratings.fingerprint
    assert load_ratings(ratings.to_dataset(), scales=ratings.scales).fingerprint == ratings.fingerprint


def test_further_columns_go_where_they_belong() -> None:
    rows = [row | {"topic": "billing" if row["item_id"] == "a" else "fraud", "mood": n} for n, row in enumerate(ROWS)]
    ratings = load_ratings(rows)
    assert [item.extra["topic"] for item in ratings.items()] == ["billing", "fraud"]
    assert ratings.table["mood"].tolist() == [0, 1, 2, 3]
    assert load_ratings(ratings.to_frame()).items() == ratings.items()
    renamed = load_ratings([{"item": row["item_id"], "score": row["value"], "article": "x"} for row in ROWS])
    assert renamed.item_column("article") == renamed.item_column("context") == ["x", "x"]
    with pytest.raises(UsageError, match="nothing named 'y' is known of the items; there are: context"):
        renamed.item_column("y")


def test_select_keeps_what_is_named() -> None:
    ratings = load_ratings(ROWS)
    assert ratings.select(items=["b"]).matrix("tone").item_ids == ("b",)
    assert ratings.select(drop_annotators=["ana"]).annotators == ("jon",)
    with pytest.raises(UsageError, match="no annotator 'eva'; there are: ana, jon"):
        ratings.select(annotators=["eva"])
    with pytest.raises(UsageError, match="there is no criterion 'x'; the ratings have: tone"):
        ratings.matrix("x")


def test_importing_the_package_loads_no_pandas() -> None:
    code = "import sys, alia_judge; print(sorted({'pandas', 'pyarrow', 'datasets'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
