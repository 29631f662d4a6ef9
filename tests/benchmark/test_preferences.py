"""Ranking by preference: known strengths come back, ties and guessers included."""

from __future__ import annotations

import numpy as np
import pytest

from alia_judge.benchmark import PreferenceRanking, rank_by_preference
from alia_judge.benchmark.preferences import _loss, _Preferences
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
    data = _Preferences.of(ratings, "preference")
    parameters = np.random.default_rng(0).normal(0, 0.5, 4 + 1 + 4)
    _, gradient = _loss(parameters, data)
    for index in range(parameters.size):
        step = np.zeros(parameters.size)
        step[index] = 1e-6
        up, down = (_loss(parameters + sign * step, data)[0] for sign in (1, -1))
        assert gradient[index] == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-6)


def test_grades_are_no_preferences() -> None:
    graded = load_ratings([{"item": f"i{n}", "score": n % 5 + 1} for n in range(10)])
    with pytest.raises(UsageError, match="'rating' is ordinal; preferences need a pairwise scale"):
        rank_by_preference(graded)
