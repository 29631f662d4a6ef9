"""Every reader: what it makes of its own layout, and what all of them owe."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alia_judge.errors import DataError, UsageError
from alia_judge.ratings import Ratings, load_ratings
from alia_judge.ratings.readers.base import Reader
from alia_judge.ratings.readers.mlflow_assessments import session_item
from alia_judge.ratings.readers.registry import all_readers
from alia_judge.ratings.source import Source
from alia_judge.records import Scale

BASSE = [
    {"idx": f"u{n}", "original_document": "Noticia", "model_summaries": {
        s: {"summ": f"Resumen {s}", "anns": {"Coherence": [n + 1, n + 2]}} for s in ("s1", "s2")}}
    for n in range(3)
]  # fmt: skip
JUDGE_BENCH = {
    "annotations": [{"metric": "Fluency", "category": "graded", "worst": 1, "best": 5}],
    "instances": [
        {"id": n, "instance": "texto", "annotations": {"Fluency": {"individual_human_scores": [n + 1, 3]}}}
        for n in range(3)
    ],
}
NESTED = {"ana": {"i1": 1, "i2": 5}, "jon": {"i1": 2, "i2": 4}}
LONG = [{"item": i, "rater": r, "score": v} for i, r, v in (("i1", "ana", 1), ("i1", "jon", 2), ("i2", "ana", 5))]
WIDE = [
    {"item_id": "i1", "text": "x", "rater_1": 4, "rater_2": 5},
    {"item_id": "i2", "text": "y", "rater_1": 2, "rater_2": None},
    {"item_id": "i3", "text": "z", "rater_1": 1, "rater_2": 2},
]
SURVEY = [
    {
        "Timestamp": f"2026/05/0{n + 1} 10:00",
        "Email": f"{who}@example.org",
        **{f"Answer {q}: is it helpful?": 1 + (q * 2 + (n == q)) % 5 for q in range(1, 7)},
    }
    for n, who in enumerate(("ana", "eva", "jon", "miren", "pau", "uxia"))
]
COUNTS = [
    {"item": f"t{n}", **{f"votes_{value}": votes for value, votes in zip(range(1, 6), row, strict=True)}}
    for n, row in enumerate(
        [(5, 0, 0, 0, 0), (0, 3, 2, 0, 0), (0, 0, 1, 4, 0), (0, 0, 0, 0, 5), (1, 4, 0, 0, 0), (0, 0, 5, 0, 0)]
    )
]
PAIRWISE = [
    {"question_id": 81, "model_a": "gpt", "model_b": "alpaca", "winner": "model_a", "judge": "author_1", "turn": 1,
     "conversation_a": [{"role": "user", "content": "¿Qué?"}, {"role": "assistant", "content": "Así."}],
     "conversation_b": [{"role": "user", "content": "¿Qué?"}, {"role": "assistant", "content": "No sé."}]},
    {"question_id": 81, "model_a": "alpaca", "model_b": "gpt", "winner": "tie (inconsistent)", "judge": "author_2",
     "turn": 1,
     "conversation_a": [{"role": "user", "content": "¿Qué?"}, {"role": "assistant", "content": "No sé."}],
     "conversation_b": [{"role": "user", "content": "¿Qué?"}, {"role": "assistant", "content": "Así."}]},
]  # fmt: skip
ARGILLA = [
    {"id": f"r{n}", "fields": {"prompt": "p", "response": "r"}, "metadata": {"language": "eu"}, "suggestions": {},
     "responses": {"tone": [{"value": n + 1, "user_id": "u1"}, {"value": 3, "user_id": "u2", "status": "draft"}]}}
    for n in range(3)
]  # fmt: skip
ARGILLA_1 = [
    {"id": f"r{n}", "fields": {"text": "r"}, "responses": [
        {"user_id": "u1", "status": "submitted", "values": {"tone": {"value": n + 1}}},
        {"user_id": "u2", "status": "discarded", "values": {"tone": {"value": 5}}}]}
    for n in range(3)
]  # fmt: skip
LABEL_STUDIO = [
    {"id": n, "data": {"prompt": "p", "response": "r"}, "annotations": [
        {"completed_by": {"email": "ana@example.org"}, "lead_time": 12.5, "created_at": "2026-01-01", "result": [
            {"from_name": "tone", "type": "rating", "value": {"rating": n + 1}},
            {"from_name": "safe", "type": "choices", "value": {"choices": ["yes" if n else "no"]}},
            {"from_name": "span", "type": "labels", "value": {"start": 0}}]},
        {"completed_by": 7, "was_cancelled": True, "result": []}]}
    for n in range(3)
]  # fmt: skip
PRODIGY = [
    {"text": "r", "_input_hash": n, "_annotator_id": "ana", "_timestamp": 1700000000 + n, "answer": "accept",
     "options": [{"id": "good"}, {"id": "bad"}], "accept": ["good" if n else "bad"]}
    for n in range(3)
]  # fmt: skip
PRODIGY.append({"text": "r", "_input_hash": 9, "_annotator_id": "ana", "answer": "ignore", "options": [], "accept": []})

LEWIDI = {
    str(n): {"text": f"un mensaje {n}", "annotation task": "hate", "number of annotations": 3, "lang": "es",
             "annotations": ",".join(map(str, (n % 2, 1, 0))), "annotators": "Ann1,Ann2,Ann3", "hard_label": "1",
             "soft_label": {"0": 0.5, "1": 0.5}, "split": "train", "other_info": {"round": 1}}
    for n in range(3)
}  # fmt: skip
DOCCANO = [
    {"id": n, "text": f"un mensaje {n}", "label": [("bueno", "malo")[n % 2]] if n < 3 else [], "Comments": []}
    for n in range(4)
]
MQM = [
    {"system": system, "doc": "d1", "doc_id": 1, "seg_id": segment, "rater": rater, "source": "Hola",
     "target": "<v>Hi</v>", "category": category, "severity": severity}
    for system, segment, rater, category, severity in (
        ("A", 1, "rater1", "Accuracy/Mistranslation", "Major"), ("A", 1, "rater1", "Fluency/Punctuation", "Minor"),
        ("A", 1, "rater2", "No-error", "no-error"), ("B", 1, "rater1", "Non-translation!", "Major"),
        ("B", 1, "rater2", "Style/Awkward", "Minor"), ("B", 1, "rater2", "Style/Awkward", "Neutral"))
]  # fmt: skip
INSPECT = {
    "version": 2, "status": "success", "eval": {"task": "t", "model": "openai/m"}, "plan": {"name": "plan"},
    "results": {"total_samples": 3}, "samples": [
        {"id": n, "epoch": 1, "input": f"question {n}", "target": "Yes", "output": {"completion": "No"},
         "scores": {"match": {"value": "CIC"[n], "answer": "No", "explanation": "why"}, "grade": {"value": n + 1}}}
        for n in range(3)]}  # fmt: skip
PROMPTFOO = {"evalId": "e", "results": {"version": 3, "results": [
    {"testIdx": n // 2, "promptIdx": 0, "provider": {"id": f"openai:m{n % 2}"}, "prompt": {"raw": "Di {{x}}"},
     "vars": {"x": f"hola {n // 2}"}, "response": {"output": f"hola {n}"}, "success": True, "score": n / 4,
     "namedScores": {"clear": 1}, "gradingResult": {"reason": "ok"}}
    for n in range(4)]}, "config": {}}  # fmt: skip
DEEPEVAL = {"testFile": None, "testCases": [
    {"name": f"test_case_{n}", "input": "q", "actualOutput": "a", "expectedOutput": "b", "metricsData": [
        {"name": "Faithfulness", "threshold": 0.5, "score": n / 4, "reason": "r", "evaluationModel": "gpt"}]}
    for n in range(4)]}  # fmt: skip
MLFLOW = [
    {"info": {"trace_id": f"tr-{n}", "request_preview": "q", "response_preview": "a", "assessments": [
        {"assessment_id": f"a{n}", "assessment_name": "helpful", "trace_id": f"tr-{n}", "rationale": "bien",
         "source": {"source_type": "HUMAN", "source_id": "ana"}, "feedback": {"value": n + 1}},
        {"assessment_id": f"b{n}", "assessment_name": "helpful", "overrides": f"c{n}",
         "source": {"source_type": "LLM_JUDGE", "source_id": "gpt"}, "feedback": {"value": n + 2}},
        {"assessment_id": f"c{n}", "assessment_name": "helpful", "source": {"source_id": "gpt"},
         "feedback": {"value": 1}},
        {"assessment_name": "answer", "source": {"source_id": "ana"}, "expectation": {"value": "b"}}]},
     "data": {"spans": []}}
    for n in range(3)
]  # fmt: skip
LABEL_STUDIO_FLAT = [
    {"id": n // 2, "text": f"una respuesta {n // 2}", "tone": json.dumps([{"rating": 1 + n}]),
     "safe": ("yes", "no")[n % 2], "annotator": 7 + n % 2, "annotation_id": n, "created_at": "2026-01-01",
     "updated_at": "2026-01-02", "lead_time": 9.5}
    for n in range(4)
]  # fmt: skip
SHEET = [
    {"schema": "alia-judge/sheet/1", "sheet": "d1", "place": n + 1, "revision": n + 1, "item_id": f"i{n}",
     "annotator_id": "ana", "values": values, "skipped": skipped, "comment": comment, "seconds": 9.5,
     "timestamp": "2026-05-01T10:00:00.000Z", "again": False,
     "scales": {"tone": Scale.ordinal(1, 5).to_dict(), "kind": Scale.nominal(["query", "complaint"]).to_dict()}}
    for n, (values, skipped, comment) in enumerate([
        ({"tone": 2, "kind": "complaint"}, "", "curt"), ({"tone": 4}, "", ""), ({}, "language", ""),
        ({}, "", "later")])
]  # fmt: skip
ARGILLA_FLAT = [
    {"id": f"r{n}", "status": "completed", "prompt": "p", "response": f"r {n}", "tone.responses": [n + 1, 3],
     "tone.responses.users": ["u1", "u2"], "tone.responses.status": ["submitted", "draft"], "tone.suggestion": None}
    for n in range(3)
]  # fmt: skip

#: A small file of each layout: (how it is written, its content, ratings, criteria, annotators).
SAMPLES: dict[str, tuple[str, Any, int, tuple[str, ...], tuple[str, ...]]] = {
    "basse": ("jsonl", BASSE, 12, ("Coherence",), ()),
    "judge-bench": ("json", JUDGE_BENCH, 6, ("Fluency",), ()),
    "nested": ("json", NESTED, 4, ("rating",), ("ana", "jon")),
    "long": ("jsonl", LONG, 3, ("rating",), ("ana", "jon")),
    "wide": ("csv", WIDE, 5, ("rating",), ("rater_1", "rater_2")),
    "survey": (
        "csv",
        SURVEY,
        36,
        ("rating",),
        tuple(f"{w}@example.org" for w in ("ana", "eva", "jon", "miren", "pau", "uxia")),
    ),
    "counts": ("csv", COUNTS, 30, ("rating",), ()),
    "pairwise": ("jsonl", PAIRWISE, 2, ("preference",), ("author_1", "author_2")),
    "sheet": ("jsonl", SHEET, 3, ("kind", "tone"), ("ana",)),
    "argilla": ("json", ARGILLA, 3, ("tone",), ("u1",)),
    "label-studio": ("json", LABEL_STUDIO, 6, ("safe", "tone"), ("ana@example.org",)),
    "prodigy": ("jsonl", PRODIGY, 4, ("rating",), ("ana",)),
    "lewidi": ("json", LEWIDI, 9, ("rating",), ("Ann1", "Ann2", "Ann3")),
    "doccano": ("jsonl", DOCCANO, 4, ("rating",), ()),
    "mqm": ("csv", MQM, 4, ("mqm",), ("rater1", "rater2")),
    "inspect": ("json", INSPECT, 6, ("grade", "match"), ()),
    "promptfoo": ("json", PROMPTFOO, 8, ("clear", "score"), ()),
    "deepeval": ("json", DEEPEVAL, 4, ("Faithfulness",), ("gpt",)),
    "mlflow": ("json", MLFLOW, 3, ("helpful",), ("ana",)),
    "label-studio-flat": ("csv", LABEL_STUDIO_FLAT, 8, ("safe", "tone"), ("7", "8")),
}


def write(folder: Path, kind: str, content: Any) -> Path:
    path = folder / f"ratings.{kind}"
    if kind == "csv":
        pd.DataFrame(content).to_csv(path, index=False)
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(record) + "\n" for record in content))
    else:
        path.write_text(json.dumps(content, indent=1))
    return path


@pytest.mark.parametrize("reader", all_readers(), ids=lambda reader: reader.name)
class TestConformance:
    def test_it_has_a_sample_here_and_is_a_reader(self, reader: Reader) -> None:
        assert isinstance(reader, Reader)
        assert reader.name in SAMPLES

    def test_it_is_sniffed_from_its_own_layout_and_from_no_other(self, reader: Reader, tmp_path: Path) -> None:
        for name, (kind, content, *_) in SAMPLES.items():
            source = Source(write(tmp_path, kind, content))
            first = next(candidate for candidate in all_readers() if candidate.sniff(source))
            assert (first.name == reader.name) == (name == reader.name), name

    def test_it_reads_everything_and_says_who(self, reader: Reader, tmp_path: Path) -> None:
        kind, content, n_ratings, criteria, annotators = SAMPLES[reader.name]
        path = write(tmp_path, kind, content)
        ratings = load_ratings(path)
        assert (len(ratings), ratings.criteria, ratings.annotators) == (n_ratings, criteria, annotators)
        assert load_ratings(path, format=reader.name).fingerprint == ratings.fingerprint

    def test_what_it_read_survives_a_frame_and_a_parquet_file(self, reader: Reader, tmp_path: Path) -> None:
        kind, content, *_ = SAMPLES[reader.name]
        ratings = load_ratings(write(tmp_path, kind, content))
        again = load_ratings(ratings.to_frame(), format="long", scales=ratings.scales)
        assert again.fingerprint == ratings.fingerprint
        ratings.to_parquet(tmp_path / "out.parquet")
        assert load_ratings(tmp_path / "out.parquet").fingerprint == ratings.fingerprint

    def test_foreign_data_are_no_reason_to_raise(self, reader: Reader, tmp_path: Path) -> None:
        for content in ([], [[]], [1], {}, {"a": 1}, [{"fields": 3, "responses": 4}], [{"data": {}}], [None]):
            path = tmp_path / "x.json"
            path.write_text(json.dumps(content))
            assert reader.sniff(Source(path)) in (True, False)

    def test_a_value_that_is_no_rating_is_refused_with_file_and_line(self, reader: Reader, tmp_path: Path) -> None:
        kind, content, *_ = SAMPLES[reader.name]
        text = json.dumps(content)
        broken = json.loads(text)
        _spoil(reader.name, broken)
        path = write(tmp_path, kind, broken)
        with pytest.raises(DataError, match="rubbish") as caught:
            load_ratings(path, format=reader.name, scales=_scales(reader.name))
        assert all(
            problem.file == str(path) and problem.expected and problem.remedy for problem in caught.value.problems
        )
        assert caught.value.problems[0].line is not None


def _scales(name: str) -> dict[str, Scale]:
    return {"rating": Scale.binary(("bad", "good"))} if name == "prodigy" else {}


def _spoil(name: str, content: Any) -> None:
    if name == "basse":
        content[1]["model_summaries"]["s2"]["anns"]["Coherence"][1] = "rubbish"
    elif name == "judge-bench":
        content["instances"][1]["annotations"]["Fluency"]["individual_human_scores"][0] = "rubbish"
    elif name == "nested":
        content["jon"]["i2"] = "rubbish"
    elif name == "long":
        content[2]["score"] = "rubbish"
    elif name == "wide":
        content[1]["rater_1"] = "rubbish"
    elif name == "mqm":
        content[1]["severity"] = "rubbish"
    elif name == "lewidi":
        content["1"]["annotations"] = "1,rubbish,0"
    elif name == "doccano":
        content[1]["label"] = ["rubbish", "malo"]
    elif name == "inspect":
        content["samples"][1]["scores"]["grade"]["value"] = "rubbish"
    elif name == "promptfoo":
        content["results"]["results"][1]["score"] = "rubbish"
    elif name == "deepeval":
        content["testCases"][1]["metricsData"][0]["score"] = "rubbish"
    elif name == "mlflow":
        content[1]["info"]["assessments"][0]["feedback"]["value"] = "rubbish"
    elif name == "label-studio-flat":
        content[1]["tone"] = "rubbish"
    elif name == "survey":
        content[1]["Answer 2: is it helpful?"] = "rubbish"
    elif name == "counts":
        content[1]["votes_1"] = "rubbish"
    elif name == "pairwise":
        content[1]["winner"] = "rubbish"
    elif name == "sheet":
        content[1]["values"]["tone"] = "rubbish"
    elif name == "argilla":
        content[1]["responses"]["tone"][0]["value"] = "rubbish"
    elif name == "label-studio":
        content[1]["annotations"][0]["result"][0]["value"]["rating"] = "rubbish"
    else:
        content[1]["accept"] = ["rubbish"]


def test_a_sheet_brings_its_scales_and_counts_what_was_not_rated(tmp_path: Path) -> None:
    ratings = load_ratings(write(tmp_path, "jsonl", SHEET))
    assert ratings.scales["tone"] == Scale.ordinal(1, 5)
    assert ratings.left_out == {"skipped items": 1, "items with a comment and no rating": 1}
    assert set(ratings.table["sheet"]) == {"d1"}
    # What several people saved is one set of ratings, also in one file.
    others = [{**line, "annotator_id": "jon"} for line in SHEET]
    assert load_ratings(write(tmp_path, "jsonl", [*SHEET, *others])).annotators == ("ana", "jon")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"schema": "alia-judge/sheet/9"}, "no line of alia-judge/sheet/1"),
        ({"item_id": 3}, "3 instead of a text"),
        ({"values": [4]}, "instead of an object"),
        ({"values": {"manners": 4}}, "'manners' without a scale"),
        ({"values": {"tone": True}}, "True for 'tone'"),
        ({"scales": {"tone": {"kind": "ordinal", "points": [1]}}}, "no scale"),
        ({"scales": {"tone": Scale.ordinal(1, 7).to_dict()}}, "another scale of 'tone' than above"),
    ],
)
def test_a_line_of_a_sheet_that_was_changed_is_refused(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said) as caught:
        load_ratings(write(tmp_path, "jsonl", [SHEET[0], {**SHEET[1], **changed}]))
    assert caught.value.problems[0].line == 2


def test_a_pair_is_one_item_whichever_side_its_models_stood_on(tmp_path: Path) -> None:
    ratings = load_ratings(write(tmp_path, "jsonl", PAIRWISE))
    (item,) = ratings.items()
    assert item.item_id == "81/alpaca~gpt/1"
    assert (item.prompt, item.response, item.response_b, item.group) == ("¿Qué?", "No sé.", "Así.", "81")
    assert ratings.scales == {"preference": Scale.pairwise()}
    # author_1 preferred gpt, which is the second in the canonical order.
    assert ratings.of("preference").set_index("annotator_id")["value"].to_dict() == {"author_1": 1.0, "author_2": 0.0}


def test_kaggles_arena_form_of_preferences() -> None:
    rows = [
        {"id": 1, "model_a": "x", "model_b": "y", "prompt": "p", "response_a": "ra", "response_b": "rb",
         "winner_model_a": 0, "winner_model_b": 0, "winner_tie": 1},
        {"id": 2, "model_a": "y", "model_b": "x", "prompt": "p", "response_a": "ra", "response_b": "rb",
         "winner_model_a": 1, "winner_model_b": 0, "winner_tie": 0},
    ]  # fmt: skip
    ratings = load_ratings(rows)
    assert ratings.of("preference")["value"].tolist() == [0.0, 1.0]
    assert ratings.items()[1].response == "rb"


@pytest.mark.parametrize(
    ("columns", "text", "criteria", "annotators"),
    [
        ({}, "item,rater_a_tone,rater_a_help,rater_b_tone\ni1,1,2,3\ni2,5,4,3\n", ("help", "tone"),
         ("rater_a", "rater_b")),
        ({}, "item,annotator,tone,help\ni1,ana,1,2\ni2,ana,3,4\ni1,jon,1,2\n", ("help", "tone"), ("ana", "jon")),
        ({"annotators": ("ana", "jon")}, "item,ana,jon\ni1,1,2\ni2,3,\n", ("rating",), ("ana", "jon")),
        ({"criteria": ("tone", "help")}, "item,tone,help\ni1,1,2\ni2,3,4\n", ("help", "tone"), ()),
    ],
)  # fmt: skip
def test_wide_tables(
    tmp_path: Path, columns: dict[str, Any], text: str, criteria: tuple[str, ...], annotators: tuple[str, ...]
) -> None:
    path = tmp_path / "w.csv"
    path.write_text(text)
    ratings = load_ratings(path, columns=columns, format="wide")
    assert (ratings.criteria, ratings.annotators) == (criteria, annotators)


def test_a_wide_table_of_unknown_columns_says_what_to_say(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    path.write_text("item,ana,jon\ni1,1,2\n")
    with pytest.raises(DataError, match=r"no ratings of items by people .* say which: columns="):
        load_ratings(path, format="wide")
    with pytest.raises(UsageError, match="names a column that is not there"):
        load_ratings(path, format="wide", columns={"annotators": ("eva",)})


def test_argilla_of_version_1_and_submitted_answers_only() -> None:
    ratings = load_ratings(ARGILLA_1)
    assert (len(ratings), ratings.annotators) == (3, ("u1",))
    assert load_ratings(ARGILLA).items()[0].language == "eu"


def test_ratings_come_back_from_argilla_records() -> None:
    ratings = load_ratings(ARGILLA)
    again = load_ratings(ratings.to_argilla(), scales=ratings.scales)
    assert again.fingerprint == ratings.fingerprint


def test_label_studio_keeps_times_and_leaves_regions_and_cancelled_work_out() -> None:
    ratings = load_ratings(LABEL_STUDIO)
    assert ratings.of("tone")["seconds"].tolist() == [12.5] * 3
    assert ratings.scales["safe"] == Scale.binary(("no", "yes"))


def test_prodigy_ignored_tasks_are_missing() -> None:
    ratings = load_ratings(PRODIGY)
    assert int(ratings.table["value"].isna().sum()) == 1


def test_ids_that_hold_more_are_taken_apart_by_a_pattern() -> None:
    document = {
        who: {f"doc{d}__M{m}__{c}": d + m + 1 for d in (0, 1) for m in (0, 1) for c in ("tone", "help")} for who in "ab"
    }
    rows = [
        {"item": item, "rater": who, "score": value}
        for who, labels in document.items()
        for item, value in labels.items()
    ]
    ratings = load_ratings(rows, item_pattern=r"(?P<group>.+)__(?P<system>.+)__(?P<criterion>.+)")
    assert ratings.criteria == ("help", "tone")
    first = ratings.items()[0]
    assert (first.item_id, first.group, first.system) == ("doc0__M0", "doc0", "M0")
    with pytest.raises(DataError, match="'doc0__M0__tone' does not match item_pattern"):
        load_ratings(rows, item_pattern=r"(?P<group>\d+)__.+")
    with pytest.raises(UsageError, match="item_pattern names nothing"):
        load_ratings(rows, item_pattern=".+")


def test_a_dataset_dict_and_a_folder(tmp_path: Path) -> None:
    import datasets

    parts = datasets.DatasetDict({"a": datasets.Dataset.from_list(LONG[:2]), "b": datasets.Dataset.from_list(LONG[2:])})
    ratings = load_ratings(parts)
    assert len(ratings) == 3
    assert [item.extra["split"] for item in ratings.items()] == ["a", "b"]
    parts.save_to_disk(str(tmp_path / "saved"))
    assert load_ratings(tmp_path / "saved").fingerprint == ratings.fingerprint
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder, "jsonl", LONG)
    assert load_ratings(folder).fingerprint == load_ratings(LONG).fingerprint
    write(folder, "json", NESTED)
    with pytest.raises(
        DataError, match=r"ratings and ratings hold ratings, in different columns; .* give each as a file of its own"
    ):
        load_ratings(folder)
    (folder / "human_annotations.json").write_text(json.dumps(NESTED))
    assert load_ratings(folder).annotators == ("ana", "jon")


def test_an_address_on_the_hub_must_name_a_data_set() -> None:
    with pytest.raises(UsageError, match="it is written hf://datasets/ORG/NAME"):
        load_ratings("hf://datasets/only")


def test_excel_without_its_extra_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r.xlsx"
    path.write_bytes(b"PK")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ImportError, match=r"reading Excel files needs 'openpyxl'.*pip install 'alia-judge\[excel\]'"):
        load_ratings(path)


def test_excel_is_read(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    pd.DataFrame(LONG).to_excel(tmp_path / "r.xlsx", index=False)
    assert load_ratings(tmp_path / "r.xlsx").fingerprint == load_ratings(LONG).fingerprint


def test_a_polars_frame_is_read() -> None:
    polars = pytest.importorskip("polars")
    assert load_ratings(polars.DataFrame(LONG)).fingerprint == load_ratings(LONG).fingerprint


THIRD_PARTY = '''
from alia_judge.ratings.readers.base import RawRatings

class StarsReader:
    """Lines of ITEM*****."""

    name = "stars"
    order = 5

    def sniff(self, source):
        return source.path is not None and source.path.suffix == ".stars"

    def read(self, source, options):
        raw = RawRatings()
        for line, text in enumerate(source.text.splitlines(), start=1):
            item = text.rstrip("*")
            raw.add(line=line, item_id=item, criterion=options.criterion, value=len(text) - len(item))
        return raw
'''


def test_a_third_party_adds_a_reader_by_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stars_reader.py").write_text(THIRD_PARTY)
    info = tmp_path / "stars_reader-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stars-reader\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[alia_judge.readers]\nstars = stars_reader:StarsReader\n")
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "r.stars").write_text("a***\nb*****\nc*\n")
    ratings: Ratings = load_ratings(tmp_path / "r.stars")
    np.testing.assert_array_equal(ratings.matrix("rating").values, [[3, 5, 1]])


def test_argilla_in_its_flat_export_counts_submitted_answers_only() -> None:
    ratings = load_ratings(ARGILLA_FLAT)
    assert (len(ratings), ratings.criteria, ratings.annotators) == (3, ("tone",), ("u1",))
    assert ratings.left_out == {"drafts and discarded answers": 3}
    assert ratings.items()[0].response == "r 0"
    named = json.loads(json.dumps(ARGILLA).replace('"draft"', '"ResponseStatus.draft"'))
    assert len(load_ratings(named)) == 3


def test_an_experts_errors_weigh_what_mqm_says() -> None:
    values = load_ratings(MQM).matrix("mqm")
    assert values.item_ids == ("d1/1/A", "d1/1/B")
    np.testing.assert_allclose(values.values, [[-5.1, -25], [0, -1]])


def test_what_mlflow_overrides_or_expects_is_no_rating_and_is_named() -> None:
    left_out = {"expectations": 3, "feedback that was overridden": 3, "feedback of judges and code": 3}
    assert load_ratings(MLFLOW).left_out == left_out
    by_judges = json.loads(json.dumps(MLFLOW).replace("HUMAN", "LLM_JUDGE"))
    assert load_ratings(by_judges).annotators == ("ana", "gpt")  # where nobody else rated, theirs are the ratings


def test_what_a_trace_was_asked_and_answered_is_taken_out_of_its_json() -> None:
    turns = [{"role": "user", "content": "Hola"}, {"role": "assistant", "content": "Dígame"},
             {"role": "user", "content": "¿Cuándo?"}]  # fmt: skip
    asked = [{"question": "¿Cuándo?", "context": "De 9 a 11"}, {"messages": turns}, {"canal": "web"}]
    answered = [{"choices": [{"message": {"role": "assistant", "content": "Mañana."}}]}, "Mañana.", {"plan": "A"}]
    traces = [
        {
            **trace,
            "data": {
                "spans": [
                    {
                        "parent_id": None,
                        "attributes": {"mlflow.spanInputs": json.dumps(one), "mlflow.spanOutputs": json.dumps(other)},
                    }
                ]
            },
        }
        for trace, one, other in zip(MLFLOW, asked, answered, strict=True)
    ]
    plain, talk, own = load_ratings(traces).items()
    assert (plain.prompt, plain.context, plain.response) == ("¿Cuándo?", "De 9 a 11", "Mañana.")
    assert ([turn.text for turn in talk.turns], talk.response) == (["Hola", "Dígame", "¿Cuándo?"], "Mañana.")
    assert (own.prompt, own.response) == ('{"canal": "web"}', '{"plan": "A"}')


def _mlflow_trace(name: str, session: str, at: str, *assessments: dict[str, Any]) -> dict[str, Any]:
    said = {"mlflow.spanInputs": json.dumps({"question": f"q {name}"}), "mlflow.spanOutputs": json.dumps(f"a {name}")}
    tool = {"mlflow.spanInputs": '"of a tool"', "mlflow.spanOutputs": '"of a tool"'}
    spans = [{"parent_span_id": "1", "attributes": tool}, {"parent_span_id": None, "attributes": said}]
    info = {"trace_id": name, "request_time": at, "trace_metadata": {"mlflow.trace.session": session}}
    return {"info": {**info, "assessments": list(assessments)}, "data": {"spans": spans}}


def test_feedback_on_a_session_is_about_its_conversation_and_its_traces_are_a_group() -> None:
    def said(who: str, value: int, **metadata: str) -> dict[str, Any]:
        source = {"source_type": "HUMAN", "source_id": who}
        return {"assessment_name": "tone", "source": source, "feedback": {"value": value}, "metadata": metadata}

    traces = [
        _mlflow_trace("t2", "S", "2026-01-01T10:05:00Z"),
        _mlflow_trace("t1", "S", "2026-01-01T10:00:00Z", *(
            said(who, value, **{"mlflow.trace.session": "S"}) for who, value in (("ana", 4), ("jon", 2))
        )),
        _mlflow_trace("t3", "R", "2026-01-01T11:00:00Z", said("ana", 5)),
    ]  # fmt: skip
    ratings = load_ratings(traces)
    items = {item.item_id: item for item in ratings.items()}
    assert [turn.text for turn in items["S"].turns] == ["q t1", "a t1", "q t2"]
    assert (items["S"].response, items["S"].group) == ("a t2", "S")
    assert (items["t3"].prompt, items["t3"].group) == ("q t3", "R")
    told = ratings.of("tone")[["item_id", "annotator_id", "value"]].itertuples(index=False, name=None)
    assert set(told) == {("S", "ana", 4), ("S", "jon", 2), ("t3", "ana", 5)}


def test_a_second_and_a_fraction_of_it_are_in_order() -> None:
    times = ("2026-01-01T10:00:00.5Z", "2026-01-01T10:00:00Z", "2026-01-01T10:00:00.250Z")
    item = session_item([_mlflow_trace(f"t{n}", "S", at) for n, at in enumerate(times)])
    assert [turn.text for turn in item.turns if turn.role == "user"] == ["q t1", "q t2", "q t0"]


def test_a_doccano_file_is_a_persons(tmp_path: Path) -> None:
    for who in ("ana", "jon"):
        (tmp_path / f"{who}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in DOCCANO))
    ratings = load_ratings([tmp_path / "ana.jsonl", tmp_path / "jon.jsonl"])
    assert (ratings.annotators, len(ratings.of("rating")), len(ratings.item_table)) == (("ana", "jon"), 6, 4)
    assert load_ratings(tmp_path).fingerprint == ratings.fingerprint


def test_a_tools_layout_has_no_columns_to_name() -> None:
    with pytest.raises(
        UsageError, match=r"format 'argilla' reads its tool's own fields and uses no named column \(value=x\)"
    ):
        load_ratings(ARGILLA, format="argilla", columns={"value": "x"})


def _task(n: int, who: str, **more: Any) -> dict[str, Any]:
    """As the documentation of Prodigy's interfaces has a task."""
    hashes = {"_input_hash": n, "_task_hash": -n, "_annotator_id": f"set-{who}", "_session_id": f"set-{who}"}
    return {"text": f"t{n}", **hashes, "_timestamp": 1700000000 + n, "answer": "accept", **more}


LABELS = [{"id": name, "text": name.title()} for name in ("RUDE", "WRONG", "LONG")]


@pytest.mark.parametrize("said", [{"config": {"choice_style": "multiple"}}, {}])
def test_prodigy_several_options_are_a_yes_or_no_each(said: dict[str, Any]) -> None:
    chosen = {(n, who): ["RUDE", "LONG"][: (n + k) % 3] for n in range(6) for k, who in enumerate(("ana", "jon"))}
    tasks = [_task(n, who, options=LABELS, accept=one, **said) for (n, who), one in chosen.items()]
    tasks.append(_task(9, "ana", options=LABELS, accept=["WRONG"], answer="ignore", **said))
    ratings = load_ratings(tasks)
    assert dict(ratings.scales) == dict.fromkeys(("LONG", "RUDE", "WRONG"), Scale.binary(("no", "yes")))
    for criterion in ratings.criteria:
        rated = ratings.of(criterion).dropna(subset="value")
        told = {(int(item), who.removeprefix("set-")): value for item, who, value in
                zip(rated["item_id"], rated["annotator_id"], rated["value"], strict=True)}  # fmt: skip
        assert told == {key: float(criterion in one) for key, one in chosen.items()}


def test_prodigy_comparisons_are_preferences() -> None:
    answers = ("accept", "reject", "ignore")
    tasks = [
        _task(n, who, input={"text": f"¿{n}?"}, accept={"text": f"a{n}"}, reject={"text": f"b{n}"},
              mapping={"A": "accept", "B": "reject"}, answer=answers[(n + k) % 3])
        for n in range(6) for k, who in enumerate(("ana", "jon"))
    ]  # fmt: skip
    for task in tasks:
        del task["text"]
    ratings = load_ratings(tasks)
    assert ratings.scales[ratings.criteria[0]].kind == "pairwise"
    assert ratings.table["value"].isna().sum() == 4
    first = next(item for item in ratings.items() if item.item_id == "1")
    assert (first.prompt, first.response, first.response_b) == ("¿1?", "a1", "b1")
    rated = ratings.table[(ratings.table["item_id"] == "1") & (ratings.table["annotator_id"] == "set-ana")]
    assert rated["value"].tolist() == [1.0]


def test_prodigy_spans_alone_are_no_ratings_and_beside_options_are_none() -> None:
    spans = [{"start": 0, "end": 2, "label": "PER"}]
    with pytest.raises(DataError, match="a task that marks spans, and rates no item as a whole"):
        load_ratings([_task(n, "ana", spans=spans, tokens=[]) for n in range(4)])
    marked = [
        _task(n, who, spans=spans, options=LABELS, accept=[LABELS[(n + k) % 3]["id"]])
        for n in range(6)
        for k, who in enumerate(("ana", "jon"))
    ]
    assert len(load_ratings(marked)) == 12
    labelled = [_task(n, "ana", spans=spans, label="PER", answer=("accept", "reject")[n % 2]) for n in range(4)]
    assert load_ratings(labelled).criteria == ("PER",)
