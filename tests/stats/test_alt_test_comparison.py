"""Oracle: `alt_test` of each judge, and the difference of what it finds; the authors' ranking of judges."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from alia_judge.errors import UsageError
from alia_judge.stats import AltTestComparison, alt_test, compare_alt_tests


@pytest.fixture
def panel() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    truth = rng.integers(1, 6, size=80)
    human = np.clip(truth + rng.integers(-1, 2, size=(3, 80)), 1, 5).astype(float)
    human[rng.random(human.shape) < 0.1] = np.nan
    judges = {
        "random": rng.integers(1, 6, size=80).astype(float),
        "good": truth.astype(float),
        "fair": np.clip(truth + rng.integers(-1, 2, size=80), 1, 5).astype(float),
    }
    return human, judges


def test_orders_judges_by_their_advantage_and_says_how_far_behind_each_is(panel):
    human, judges = panel
    found = compare_alt_tests(human, judges, score="neg_rmse")
    alone = {name: alt_test(human, judge, score="neg_rmse", interval="jackknife") for name, judge in judges.items()}
    assert [row.judge for row in found.judges] == ["good", "fair", "random"]
    for row in found.judges:
        assert row.result == alone[row.judge]
        gap = alone["good"].advantage_probability - alone[row.judge].advantage_probability
        assert row.behind.value == pytest.approx(gap)
    assert found.best.behind.value == 0
    assert found.judges[2].behind.low > 0


def test_the_same_items_make_a_difference_better_known_than_its_terms(panel):
    human, judges = panel
    close = judges["good"].copy()
    close[:5] = judges["fair"][:5]
    row = compare_alt_tests(human, {"good": judges["good"], "close": close}, score="neg_rmse").judges[1]
    own = row.result.advantage
    assert row.behind.high - row.behind.low < (own.high - own.low) / 2


def test_only_items_that_every_judge_has_labelled_count(panel):
    human, judges = panel
    judges["fair"][:20] = np.nan
    found = compare_alt_tests(human, judges, score="neg_rmse", groups=np.repeat(np.arange(20), 4))
    kept = np.where(np.arange(80) < 20, np.nan, judges["good"])
    good = next(row for row in found.judges if row.judge == "good")
    assert good.result.winning_rate == alt_test(human, kept, score="neg_rmse").winning_rate
    assert good.result.advantage_probability == alt_test(human, kept, score="neg_rmse").advantage_probability
    assert found.n_items == good.result.n_items
    assert good.behind.groups == 15


@pytest.mark.shared_data
def test_ranks_the_published_judges_as_their_figures_do(shared_data):
    folder = shared_data / "alt-test"
    rows = [
        row
        for row in csv.DictReader((folder / "published.csv").read_text(encoding="utf-8").splitlines())
        if row["dataset"] == "cebab_stars"
    ]
    human, judges = (
        json.loads((folder / "cebab_stars" / f"{side}_annotations.json").read_text(encoding="utf-8"))
        for side in ("human", "llm")
    )
    found = compare_alt_tests(human, judges, score="neg_rmse", epsilon=0.1)
    published = {row["judge"]: float(row["advantage_probability"]) for row in rows}
    assert [row.judge for row in found.judges] == sorted(published, key=lambda name: -published[name])
    assert found.best.judge == "gpt-4o"


def test_json_round_trip(panel):
    found = compare_alt_tests(*panel, score="neg_rmse")
    assert AltTestComparison.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    with pytest.raises(ValueError, match="expected schema 'alia-judge/alt-test-comparison/1', got 'another'"):
        AltTestComparison.from_dict({**found.to_dict(), "schema": "another"})


def test_says_what_was_wrong(panel):
    human, judges = panel
    with pytest.raises(UsageError, match="two judges or more, got 1"):
        compare_alt_tests(human, {"good": judges["good"]})
    empty = np.full(80, np.nan)
    with pytest.raises(UsageError, match="no item is labelled by every judge"):
        compare_alt_tests(human, {"good": judges["good"], "silent": empty})
