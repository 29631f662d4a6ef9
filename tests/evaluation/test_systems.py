from __future__ import annotations

import numpy as np
import pytest

from alia_judge.errors import UsageError
from alia_judge.evaluation import EvaluationOptions, evaluate_scores
from alia_judge.evaluation.ranking.systems import rank_systems
from alia_judge.ratings.load import load_ratings
from alia_judge.ratings.table import Ratings
from alia_judge.records import Item, Scale

MEANS = {"w": 2.6, "x": 3.0, "y": 3.4, "z": 3.4}


def world(n: int, n_rated: int, *, seed: int = 0) -> tuple[list[Item], dict[str, float], Ratings]:
    """Items of four systems with known means, their true quality, and ratings of the first few."""
    rng = np.random.default_rng(seed)
    items = [Item(item_id=f"i{place:05}", system="wxyz"[place % 4], response="r") for place in range(n)]
    truth = {item.item_id: MEANS[item.system or ""] + float(rng.normal(0, 0.8)) for item in items}
    rows = [{"item_id": item.item_id, "value": truth[item.item_id], "system": item.system} for item in items[:n_rated]]
    return items, truth, load_ratings(rows, criterion="c", scales={"c": Scale.continuous(-5, 12)})


def test_a_biased_judge_is_corrected_and_saves_ratings() -> None:
    items, truth, ratings = world(4000, 400)
    rng = np.random.default_rng(1)
    # A point too kind, and kinder still to system x.
    judged = {
        item.item_id: truth[item.item_id] + 1 + 0.7 * (item.system == "x") + float(rng.normal(0, 0.2)) for item in items
    }
    blind = {item.item_id: float(rng.normal()) for item in items}
    seeing, guessing = (rank_systems(items, scores, ratings) for scores in (judged, blind))
    widths = []
    for ranking in (seeing, guessing):
        means = {row.system: row.mean for row in ranking.systems}
        for system, mean in MEANS.items():
            assert means[system].value == pytest.approx(mean, abs=0.3)
        widths.append(np.mean([mean.high - mean.low for mean in means.values()]))
    assert widths[0] < 0.6 * widths[1]


def test_unscored_items_and_reversed_scales() -> None:
    items, truth, _ = world(800, 200)
    rows = [{"item_id": item.item_id, "value": truth[item.item_id], "system": item.system} for item in items[:200]]
    ratings = load_ratings(rows, criterion="harm", scales={"harm": Scale.continuous(-5, 12, reverse=True)})
    judged = {item: value for item, value in truth.items() if item != "i00007"}
    assert rank_systems(items, judged, ratings).systems[0].system == "w"


def test_items_without_system_or_score_are_refused() -> None:
    items, truth, ratings = world(80, 40)
    with pytest.raises(UsageError, match="every item needs a system to rank; 'q' and 0 others have none"):
        rank_systems([*items, Item(item_id="q")], truth, ratings)
    with pytest.raises(UsageError, match="the judge scored none of the items"):
        rank_systems(items, {}, ratings)


class TestInAnEvaluation:
    def test_pairs_that_people_separate_and_the_judge_turns_round_are_named(self) -> None:
        items, truth, ratings = world(800, 800)
        judged = {item.item_id: truth[item.item_id] + (2.0 if item.system == "w" else 0.0) for item in items}
        found = evaluate_scores(ratings, {"j": judged}, options=EvaluationOptions(n_resamples=5)).judge().systems
        assert found is not None
        assert (found.pairs, found.unrated) == (6, 0)
        # y and z have one mean; all others are half a standard deviation apart or more.
        assert found.separated >= 4
        assert set(found.turned) >= {("x", "w"), ("y", "w"), ("z", "w")}
        assert found.agreed == found.separated - len(found.turned)
        means = {row.system: row.mean.value for row in found.ranking.systems}
        for system in MEANS:
            own = [truth[item.item_id] for item in items if item.system == system]
            assert means[system] == pytest.approx(np.mean(own))

    def test_items_that_nobody_rated_make_the_means_surer(self) -> None:
        items, truth, ratings = world(4000, 400)
        rng = np.random.default_rng(1)
        judged = {item.item_id: truth[item.item_id] + float(rng.normal(0, 0.2)) for item in items}
        options = EvaluationOptions(n_resamples=5)
        few, every = (
            evaluate_scores(ratings, {"j": judged}, items=given, options=options).judge().systems
            for given in (None, items)
        )
        assert few is not None
        assert every is not None
        assert every.unrated == 3600
        widths = [np.mean([row.mean.high - row.mean.low for row in one.ranking.systems]) for one in (few, every)]
        assert widths[1] < 0.6 * widths[0]
