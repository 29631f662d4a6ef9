"""Tests by betting: what they must never do, and what they must see. Origin of the values: simulation, seeds below."""

from __future__ import annotations

import numpy as np
import pytest

from alia_judge.errors import UsageError
from alia_judge.stats import betting_interval, betting_test, exchangeability_test


class TestMean:
    def test_the_evidence_is_the_mean_of_the_bettors_products(self) -> None:
        stakes = [0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
        values, bound = [0.2, 0.9, 0.4], 0.3
        expected = np.mean([np.prod([1 + f * (x / bound - 1) for x in values]) for f in stakes])
        assert betting_test(values, bound).evidence[-1] == pytest.approx(expected)

    def test_the_range_and_the_side_only_turn_the_values_round(self) -> None:
        values = np.random.default_rng(0).random(50)
        plain = betting_test(values, 0.4).evidence
        assert betting_test(1 + 4 * values, 1 + 4 * 0.4, range_=(1, 5)).evidence == pytest.approx(plain)
        assert betting_test(1 - values, 0.6, side="lower").evidence == pytest.approx(plain)

    @pytest.mark.parametrize("mean", [0.03, 0.5, 0.9])
    def test_false_alarms_stay_below_alpha_however_often_one_looks(self, mean: float) -> None:
        rng = np.random.default_rng(1)
        alarms = sum(betting_test(rng.random(1000) < mean, mean, alpha=0.1).alarm is not None for _ in range(300))
        assert alarms <= 300 * 0.1 + 3 * np.sqrt(300 * 0.09)

    def test_a_worse_mean_is_seen_and_a_better_one_never_is(self) -> None:
        rng = np.random.default_rng(2)
        worse = betting_test(rng.random(500) < 0.4, 0.2)
        assert worse.alarm is not None
        assert worse.alarm < 120
        assert worse.p_value <= 0.05
        assert betting_test(rng.random(500) < 0.1, 0.2).alarm is None

    def test_the_interval_holds_at_every_time_at_once(self) -> None:
        rng = np.random.default_rng(3)
        missed = 0
        for _ in range(100):
            # The interval after the last value is the intersection of all: it misses if any of them ever did.
            found = betting_interval(rng.beta(1, 4, size=300), confidence=0.9)
            missed += not found.low <= 0.2 <= found.high
        assert missed <= 19

    def test_the_interval_ends_where_the_test_would_have_refused(self) -> None:
        values = np.random.default_rng(4).random(200) ** 2
        found = betting_interval(values, confidence=0.9)
        assert betting_test(values, found.low - 1e-6, alpha=0.05).alarm is not None
        assert betting_test(values, found.low + 1e-6, alpha=0.05).alarm is None
        assert betting_test(values, found.high + 1e-6, side="lower", alpha=0.05).alarm is not None

    def test_nothing_seen_is_no_evidence(self) -> None:
        test = betting_test([], 0.5)
        assert (test.alarm, test.p_value) == (None, 1.0)
        assert betting_interval([]).why == "nothing was observed yet"

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (([0.5, 1.2], 0.5), r"values must lie in \[0, 1\], got 1.2 among them"),
            (([0.5, -0.2, 0.9], 0.5), r"values must lie in \[0, 1\], got -0.2 among them"),
            (([0.5], 1.0), "bound must lie strictly between 0 and 1, got 1.0"),
        ],
    )
    def test_what_cannot_be_bet_on_is_refused(self, arguments: tuple[list[float], float], message: str) -> None:
        with pytest.raises(UsageError, match=message):
            betting_test(*arguments)


class TestExchangeability:
    @pytest.mark.parametrize("levels", [None, 5])
    def test_false_alarms_stay_below_alpha_with_few_reference_values(self, levels: int | None) -> None:
        rng = np.random.default_rng(5)

        def draw(size: int) -> np.ndarray:
            return rng.normal(size=size) if levels is None else rng.integers(levels, size=size).astype(float)

        alarms = sum(
            exchangeability_test(draw(30), draw(400), alpha=0.1, rng=rng).alarm is not None for _ in range(200)
        )
        assert alarms <= 200 * 0.1 + 3 * np.sqrt(200 * 0.09)

    @pytest.mark.parametrize(("shift", "spread", "within"), [(1.0, 1.0, 60), (-1.0, 1.0, 60), (0.0, 0.4, 120)])
    def test_another_level_or_spread_is_seen(self, shift: float, spread: float, within: int) -> None:
        rng = np.random.default_rng(6)
        test = exchangeability_test(rng.normal(size=300), rng.normal(shift, spread, size=300))
        assert test.alarm is not None
        assert test.alarm <= within

    def test_only_the_order_of_the_values_counts(self) -> None:
        rng = np.random.default_rng(7)
        before, after = rng.normal(size=100), rng.normal(size=100)
        plain = exchangeability_test(before, after, rng=1).evidence
        assert exchangeability_test(np.exp(before), np.exp(after), rng=1).evidence == pytest.approx(plain)

    def test_no_reference_and_no_stream(self) -> None:
        assert exchangeability_test([], []).alarm is None
        assert exchangeability_test([], [1.0, 2.0]).evidence.size == 2
