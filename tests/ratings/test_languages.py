"""The language of items: declared by a column or by the user, or detected."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from alia_judge.benchmark import Benchmark, build_benchmark
from alia_judge.checks import run_checks
from alia_judge.errors import UsageError
from alia_judge.ratings import iter_items, load_ratings

TEXTS = {
    "a": "Su factura se cobrará el lunes que viene.",
    "b": "La factura es cobrarà dilluns vinent.",
    "c": "Faktura datorren astelehenean kobratuko da.",
    "d": "OK",
}


def _rows(**further: object) -> list[dict[str, object]]:
    return [
        {"item": item, "rater": rater, "score": score, "response": text, **further}
        for item, text in TEXTS.items()
        for rater, score in (("ana", 2), ("jon", 4))
    ]


def test_languages_are_detected_where_no_column_says_them_and_the_doubt_is_told() -> None:
    ratings = load_ratings(_rows())
    assert [item.language for item in ratings.items()] == ["es", "ca", "eu", None]
    assert ratings.language_doubt == 0.25
    assert ratings.notes[-1] == (
        "language: detected from the responses, as no column declares it: es 25%, ca 25%, eu 25%, in doubt 25%"
    )
    (outcome,) = run_checks(ratings, only=["AJ020"])
    assert outcome.status == "not applicable"


def test_languages_are_detected_when_they_are_first_asked_for_and_once_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def detect(texts: list[str]) -> list[str]:
        asked.extend(texts)
        return ["es"] * len(texts)

    monkeypatch.setattr("alia_judge.ratings.languages.detect_languages", detect)
    rows = [*_rows(), {"item": "e", "rater": "ana", "score": 2, "response": TEXTS["a"]}]
    ratings = load_ratings(rows)
    assert (len(ratings), ratings.matrix("rating").values.shape) == (9, (2, 5))
    assert asked == []
    copied = pickle.loads(pickle.dumps(ratings))  # noqa: S301 - our own bytes
    assert ratings.select(items=["a"]).item_column("language") == ["es"]
    assert ratings.notes[-1].endswith("es 100%, in doubt 0%")
    assert sorted(asked) == sorted(TEXTS.values())
    assert copied.language_doubt == ratings.language_doubt == 0


def test_a_declared_language_is_kept_and_its_name_becomes_a_tag() -> None:
    ratings = load_ratings(_rows(idioma="Euskera"))
    assert {item.language for item in ratings.items()} == {"eu"}
    assert ratings.language_doubt is None


def test_what_the_user_says_counts_for_items_that_declare_nothing() -> None:
    rows = _rows()
    rows[0]["lang"] = rows[1]["lang"] = "català"
    said = load_ratings(rows, language="castellano")
    assert [item.language for item in said.items()] == ["ca", "es", "es", "es"]
    assert said.notes[-1] == "language: es for 3 of 4 items, as said"
    # Without a word, those that are missing in a column of languages are missing.
    assert [item.language for item in load_ratings(rows).items()] == ["ca", None, None, None]
    with pytest.raises(UsageError, match="no language is called 'klingonés'"):
        load_ratings(rows, language="klingonés")


def test_ratings_without_texts_have_no_language() -> None:
    ratings = load_ratings([{"item": "a", "score": 1}, {"item": "b", "score": 2}])
    assert "language" not in ratings.item_table
    assert ratings.language_doubt is None


def test_an_item_has_the_same_language_whichever_way_it_is_read() -> None:
    rows = [{"id": item, "response": text} for item, text in TEXTS.items()]
    assert [item.language for item in iter_items(rows)] == [item.language for item in load_ratings(_rows()).items()]
    assert {item.language for item in iter_items(rows, language="galego")} == {"gl"}
    assert {item.language for item in iter_items([row | {"lang": "Catalan"} for row in rows])} == {"ca"}


def test_a_benchmark_keeps_the_languages_it_was_built_with(tmp_path: Path) -> None:
    rows = [row | {"item": f"{row['item']}{n}"} for n in range(5) for row in _rows()]
    benchmark = build_benchmark(load_ratings(rows), keep_duplicates_together=False)
    loaded = Benchmark.load(benchmark.freeze(tmp_path / "frozen"))
    assert loaded.fingerprint == benchmark.fingerprint
    assert [item.language for item in loaded.items] == [item.language for item in benchmark.items]
