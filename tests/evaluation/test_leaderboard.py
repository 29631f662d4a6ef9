from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from alia_judge._json import dumps
from alia_judge.errors import UsageError
from alia_judge.evaluation import EvaluationOptions, Leaderboard, rank_judges
from alia_judge.ratings.load import load_ratings
from alia_judge.ratings.table import Ratings
from alia_judge.records import Scale
from alia_judge.reporting import leaderboard_markdown, leaderboard_page, render
from alia_judge.stats import paired_difference, spearman

QUICK = EvaluationOptions(n_resamples=300)


def world(n: int = 240, seed: int = 0) -> tuple[Ratings, dict[str, float]]:
    """Ratings by two people of items in groups of four, in two languages, and the items' quality."""
    rng = np.random.default_rng(seed)
    truth = {f"i{place:04}": float(rng.normal(3, 1)) for place in range(n)}
    rows = [
        {
            "item_id": item,
            "annotator_id": who,
            "value": float(np.clip(round(quality + rng.normal(0, 0.5)), 1, 5)),
            "group": f"g{place // 4}",
            "language": ("es", "eu")[place // 4 % 2],
            "response": "palabra " * (place % 13 + 1),
        }
        for place, (item, quality) in enumerate(truth.items())
        for who in ("ana", "jon")
    ]
    return load_ratings(rows, criterion="c", scales={"c": Scale.ordinal(1, 5)}), truth


def noisy(truth: dict[str, float], noise: float, seed: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    return {item: quality + float(rng.normal(0, noise)) for item, quality in truth.items()}


@pytest.fixture(scope="module")
def board() -> Leaderboard:
    ratings, truth = world()
    judges = {
        "noise": noisy(truth, 9.0, 1),
        "good": noisy(truth, 0.5, 2),
        "as good": noisy(truth, 0.5, 3),
        "fair": noisy(truth, 1.5, 4),
    }
    return rank_judges(ratings, judges, options=QUICK)


def test_judges_that_are_alike_share_their_place(board: Leaderboard) -> None:
    places = {entry.judge: entry.places for entry in board.entries}
    assert places["good"] == places["as good"] == "1-2"
    assert (places["fair"], places["noise"]) == ("3", "4")
    assert [entry.place for entry in board.entries] == sorted(entry.place or 0 for entry in board.entries)
    assert "share the first place" in board.summary


def test_each_is_compared_with_the_one_above_on_the_same_items(board: Leaderboard) -> None:
    ratings, truth = world()
    matrix = ratings.matrix("c")
    target = matrix.values.mean(axis=0)
    fair = board.entries[2]
    assert fair.judge == "fair"
    other = {"good": noisy(truth, 0.5, 2), "as good": noisy(truth, 0.5, 3)}[board.entries[1].judge]
    groups = [f"g{place // 4}" for place in range(240)]
    expected = paired_difference(
        [noisy(truth, 1.5, 4)[item] for item in matrix.item_ids], [other[item] for item in matrix.item_ids], target,
        groups=groups, interval="t", n_resamples=2000,
    )  # fmt: skip
    assert fair.above is not None
    assert fair.above.value == pytest.approx(expected.difference.value)
    assert fair.above.groups == 60
    assert (fair.above.low, fair.above.high) == pytest.approx(
        (expected.difference.low, expected.difference.high), abs=0.02
    )


def test_leaving_hard_items_out_does_not_pay() -> None:
    ratings, truth = world()
    plain = noisy(truth, 1.0, 2)
    # It answers only where it knows that it is right.
    picky = {item: score for item, score in plain.items() if abs(score - truth[item]) < 0.4}
    board = rank_judges(ratings, {"plain": plain, "picky": picky}, options=QUICK)
    by_name = {entry.judge: entry for entry in board.entries}
    scored = sorted(picky)
    target = dict(zip(ratings.matrix("c").item_ids, ratings.matrix("c").values.mean(axis=0), strict=True))
    flattering = spearman([picky[item] for item in scored], [target[item] for item in scored]).value
    assert flattering > by_name["plain"].spearman.value > by_name["picky"].spearman.value
    assert by_name["picky"].coverage < 0.5
    strict = rank_judges(ratings, {"plain": plain, "picky": picky}, min_coverage=0.9, options=QUICK)
    last = strict.entries[-1]
    assert (last.judge, last.place) == ("picky", None)
    assert last.why is not None
    assert last.why.endswith("% of the items, fewer than 90%")


def test_languages_have_columns_of_their_own(board: Leaderboard) -> None:
    assert list(board.entries[0].languages) == ["es", "eu"]
    assert board.entries[0].languages["eu"].n == 120
    assert set(board.beside) == {"one person against the others", "surface features alone"}


def test_a_judge_that_cannot_be_ranked_says_why() -> None:
    ratings, truth = world(80)
    board = rank_judges(ratings, {"flat": dict.fromkeys(truth, 3.0), "good": truth}, options=QUICK)
    assert [entry.judge for entry in board.entries] == ["good", "flat"]
    assert board.entries[0].places == "1"
    assert board.entries[1].why == "the scores are constant"


def test_where_all_judges_are_alike_none_is_shown_to_be_better_more_often_than_stated() -> None:
    told_apart = 0
    for seed in range(40):
        ratings, truth = world(100, seed=seed)
        judges = {f"j{judge}": noisy(truth, 1.0, 1000 * seed + judge) for judge in range(6)}
        board = rank_judges(ratings, judges, options=EvaluationOptions(n_resamples=200))
        told_apart += any(entry.place != 1 for entry in board.entries)
    assert told_apart <= 6  # of 40 at 5 %


def test_json_page_and_markdown(board: Leaderboard) -> None:
    assert dumps(Leaderboard.from_dict(json.loads(dumps(board)))) == dumps(board)
    html = render(leaderboard_page(board))
    assert "1–2" in html
    table = leaderboard_markdown(board)
    assert "| 3 | fair |" in table
    assert board.signature in table


def test_names_stay_text() -> None:
    ratings, truth = world(60)
    name = "<script>alert(1)</script>|[x](y)"
    board = rank_judges(ratings, {name: truth, "other": noisy(truth, 1.0, 1)}, options=QUICK)
    assert "<script" not in render(leaderboard_page(board))
    table = leaderboard_markdown(board)
    assert "<script" not in table
    assert r"\|\[x\](y)" in table


def test_what_cannot_be_ranked_is_refused() -> None:
    ratings, truth = world(20)
    with pytest.raises(UsageError, match="no judge scored any of the 20 items"):
        rank_judges(ratings, {"a": {"other": 1.0}})
    with pytest.raises(UsageError, match=r"min_coverage must be 0 to 1, got 95"):
        rank_judges(ratings, {"a": truth}, min_coverage=95)


def labelled(labels: list[str], n: int = 300) -> tuple[Ratings, dict[str, str]]:
    """Labels of three people, in groups of two, each right four times of five; and the true ones."""
    rng = np.random.default_rng(3)
    truth = {f"i{place:03}": labels[int(rng.integers(len(labels)))] for place in range(n)}
    rows = [
        {
            "item_id": item,
            "annotator_id": who,
            "value": label if rng.random() < 0.8 else labels[int(rng.integers(len(labels)))],
            "group": f"g{place // 2}",
            "language": ("es", "gl")[place // 2 % 2],
        }
        for place, (item, label) in enumerate(truth.items())
        for who in ("ana", "jon", "uxia")
    ]
    scale = Scale.binary(labels) if len(labels) == 2 else Scale.nominal(labels)
    return load_ratings(rows, criterion="motivo", scales={"motivo": scale}), truth


def judged(truth: dict[str, str], labels: list[str], right: float, seed: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    codes = {label: float(code) for code, label in enumerate(labels)}
    return {
        item: codes[label] if rng.random() < right else float(rng.integers(len(labels)))
        for item, label in truth.items()
    }


@pytest.mark.parametrize("labels", [["no", "yes"], ["baja", "factura", "otro", "portabilidad"]])
def test_judges_of_labels_are_ranked_by_kappa(labels: list[str]) -> None:
    ratings, truth = labelled(labels)
    judges = {
        "noise": judged(truth, labels, 0.0, 1),
        "good": judged(truth, labels, 0.9, 2),
        "as good": judged(truth, labels, 0.9, 4),
    }
    judges["gaps"] = {item: label for item, label in judges["good"].items() if item > "i099"}
    board = rank_judges(ratings, judges, options=QUICK)
    assert board.statistic == "kappa"
    assert {entry.judge: entry.places for entry in board.entries} == {
        "good": "1-2", "as good": "1-2", "gaps": "3", "noise": "4",
    }  # fmt: skip
    by_name = {entry.judge: entry for entry in board.entries}
    majority = {}
    for item, column in zip(ratings.matrix("motivo").item_ids, ratings.matrix("motivo").values.T, strict=True):
        values, counts = np.unique(column, return_counts=True)
        if (counts == counts.max()).sum() == 1:
            majority[item] = values[counts.argmax()]
    for name, judge in judges.items():
        given = [judge.get(item, -1.0) for item in majority]
        found = by_name[name].kappa
        assert found is not None
        assert by_name[name].spearman is None
        assert found.value == pytest.approx(cohen_kappa_score(list(majority.values()), given))
        assert found.n == len(majority)
        assert found.low < found.value < found.high
        assert set(by_name[name].languages) == {"es", "gl"}
    assert board.best.value < by_name[board.entries[0].judge].figure.value
    assert list(board.beside) == ["one person against the others"]
    assert 0.3 < board.beside["one person against the others"].value < 0.95
    assert dumps(Leaderboard.from_dict(json.loads(dumps(board)))) == dumps(board)
    for shown in (render(leaderboard_page(board)), leaderboard_markdown(board), board.summary):
        assert "kappa" in shown
        assert "Spearman" not in shown


def test_what_people_are_divided_on_and_who_says_nothing_rank_nobody() -> None:
    rows = [
        {"item_id": f"i{place}", "annotator_id": who, "value": "ab"[(place + (who == "jon" and place % 5 == 0)) % 2]}
        for place in range(40)
        for who in ("ana", "jon")
    ]
    ratings = load_ratings(rows, criterion="c", scales={"c": Scale.nominal(["a", "b"])})
    judges = {
        "right": {f"i{place}": float(place % 2) for place in range(40)},
        "silent": {"i0": float("nan")},
        "one label": {f"i{place}": 0.0 for place in range(40)},
    }
    board = rank_judges(ratings, judges, options=QUICK)
    by_name = {entry.judge: entry for entry in board.entries}
    assert by_name["right"].figure.value == 1
    assert by_name["right"].figure.n == 32
    assert by_name["one label"].figure.value == 0
    assert by_name["silent"].why == "it gave none of the labels"
