"""Ranking by preference: known strengths come back, ties and guessers included."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from alia_judge.benchmark import (
    PreferenceRanking,
    build_benchmark,
    build_consensus,
    compare_consensus,
    rank_by_preference,
)
from alia_judge.benchmark.consensus.bradley_terry import preference_loss
from alia_judge.benchmark.preferences import _preferences
from alia_judge.errors import UsageError
from alia_judge.ratings import Ratings, load_ratings

STRENGTHS = {"alpha": 1.0, "beta": 0.3, "gamma": -0.3, "delta": -1.0}


def simulated(n: int = 1500, seed: int = 0) -> Ratings:
    """Preferences with ties by four people, the last of whom guesses."""
    rng = np.random.default_rng(seed)
    rows = []
    for question in range(n):
        first, second = rng.permutation(list(STRENGTHS))[:2]
        a, b = STRENGTHS[first], STRENGTHS[second]
        weights = np.exp([a, np.log(0.5) + (a + b) / 2, b])
        who = f"r{question % 4}"
        chance = np.full(3, 1 / 3) if who == "r3" else weights / weights.sum()
        outcome = ("model_a", "tie", "model_b")[rng.choice(3, p=chance)]
        rows.append({"question_id": question, "model_a": first, "model_b": second, "winner": outcome, "judge": who})
    return load_ratings(rows)


def test_strengths_ties_and_guessers_come_back() -> None:
    ranking = rank_by_preference(simulated())
    assert [system.system for system in ranking.systems] == list(STRENGTHS)
    for system in ranking.systems:
        assert system.low < STRENGTHS[system.system] < system.high
    assert ranking.tie == pytest.approx(0.5, abs=0.15)
    assert ranking.guesses["r3"] > 0.6 > 0.4 > max(ranking.guesses[f"r{row}"] for row in range(3))
    assert PreferenceRanking.from_dict(ranking.to_dict()) == ranking


def test_the_gradient_is_the_derivative() -> None:
    ratings = simulated(n=40)
    _, _, data = _preferences(ratings, "preference", careless=True)
    parameters = np.random.default_rng(0).normal(0, 0.5, 4 + 1 + 4)
    _, gradient = preference_loss(parameters, data)
    for index in range(parameters.size):
        step = np.zeros(parameters.size)
        step[index] = 1e-6
        up, down = (preference_loss(parameters + sign * step, data)[0] for sign in (1, -1))
        assert gradient[index] == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-6)


def test_grades_are_no_preferences() -> None:
    graded = load_ratings([{"item": f"i{n}", "score": n % 5 + 1} for n in range(10)])
    with pytest.raises(UsageError, match="'rating' is ordinal; preferences need a pairwise scale"):
        rank_by_preference(graded)


REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "annotator_models.json").read_text())["preferences"]


def test_strengths_are_those_of_choix_and_the_guesser_that_of_crowd_kit() -> None:
    rows = [
        {
            "question_id": n,
            "model_a": row["left"],
            "model_b": row["right"],
            "winner": row["label"],
            "judge": row["worker"],
        }
        for n, row in enumerate(REFERENCE["rows"])
    ]
    ratings = load_ratings(rows)
    plain = {system.system: system.strength for system in rank_by_preference(ratings, careless=False).systems}
    expected = dict(zip(REFERENCE["systems"], REFERENCE["bradley_terry"], strict=True))
    # choix has no ties; here there are none in 400, which leaves a tie's chance at a quarter of a per cent.
    assert plain == pytest.approx(expected, abs=0.01)
    guesses = rank_by_preference(ratings).guesses
    skills = REFERENCE["noisy_skills"]
    assert max(guesses, key=guesses.__getitem__) == min(skills, key=skills.__getitem__) == "r4"
    assert rank_by_preference(ratings, careless=False).guesses == {}


def several(n: int = 200, seed: int = 3, own_spread: float = 1.0) -> Ratings:
    """Pairs of answers that four people each compare, one guessing; what is the pair's own beside the systems'."""
    rng = np.random.default_rng(seed)
    rows = []
    for question in range(n):
        first, second = rng.permutation(list(STRENGTHS))[:2]
        own = rng.normal(0, own_spread)
        for who in range(4):
            leaning = STRENGTHS[first] - STRENGTHS[second] + own
            weights = np.exp([leaning / 2, np.log(0.5), -leaning / 2])
            chance = np.full(3, 1 / 3) if who == 3 else weights / weights.sum()
            outcome = ("model_a", "tie", "model_b")[rng.choice(3, p=chance)]
            rows.append(
                {"question_id": question, "model_a": first, "model_b": second, "winner": outcome, "judge": f"r{who}"}
            )
    return load_ratings(rows)


def test_as_a_consensus_it_predicts_unseen_preferences_better_than_the_mean() -> None:
    ratings = several()
    benchmark = build_benchmark(ratings, consensus="auto", seed=1)
    scores = {score["model"]: score for score in benchmark.provenance["consensus_models"]}
    assert scores["bradley-terry"]["gain"] > 2 * scores["bradley-terry"]["gain_error"] > 0
    chosen = build_benchmark(ratings, consensus="bradley-terry", seed=1)
    weights = {name: known["weight"] for name, known in chosen.provenance["annotators"].items()}
    assert min(weights, key=weights.__getitem__) == "r3"
    # The more the answers differ within a pair of systems, the less these say beside the item's own votes.
    apart = build_benchmark(several(own_spread=4.0), consensus="bradley-terry", seed=1)
    assert apart.consensus["votes_of_the_strengths"] <= 4 < 16 <= chosen.consensus["votes_of_the_strengths"]
    assert np.abs(np.concatenate([part.target for part in (chosen.train, chosen.dev, chosen.test)])).max() < 1


def test_without_the_systems_it_is_not_offered_and_says_what_it_needs() -> None:
    ratings = several(30)
    matrix, scale = ratings.matrix("preference"), ratings.scales["preference"]
    assert "bradley-terry" not in {score.model for score in compare_consensus(matrix.values, scale, n_repeats=1)}
    with pytest.raises(UsageError, match="must know which two systems each item compares"):
        build_consensus(matrix.values, scale, method="bradley-terry")
