"""Alpha that may be looked at after every item: against another way to compute it, and against chance."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from alia_judge.errors import UsageError
from alia_judge.stats import krippendorff_alpha, sequential_alpha


def _rated(rng: np.random.Generator, n: int, noise: float) -> np.ndarray:
    truth = rng.standard_normal(n)
    return np.clip(np.round(3 + truth[:, None] + noise * rng.standard_normal((n, 2))), 1, 5)


def test_the_value_is_close_to_krippendorffs() -> None:
    values = _rated(np.random.default_rng(1), 4000, 0.7)
    for level in ("interval", "nominal"):
        found = sequential_alpha(values, level=level, range_=(1, 5))
        assert found.value == pytest.approx(krippendorff_alpha(values.T, level=level).value, abs=0.02)
        assert found.low < found.value < found.high


def test_an_end_is_where_capital_that_is_counted_by_hand_reaches_the_bound() -> None:
    values = _rated(np.random.default_rng(2), 200, 0.6)
    found = sequential_alpha(values, range_=(1, 5))
    unit = (values - 1) / 4

    def refused(alpha: float) -> bool:
        """Products of what each stake makes of each pair of items, one by one."""
        stakes = [0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
        capital = dict.fromkeys(stakes, 1.0)
        for (a, b), (c, d) in zip(unit[::2], unit[1::2], strict=False):
            o = ((a - b) ** 2 + (c - d) ** 2) / 2
            e = sum((one - other) ** 2 for one, other in itertools.product((a, b), (c, d))) / 4
            z = o - (1 - alpha) * e  # its mean is 0 where alpha is this, and lower where it is higher
            most = (1 + alpha) / 2
            assert z <= most + 1e-12  # so that nobody can lose more than the stake
            for stake in stakes:
                capital[stake] *= 1 - stake * z / most
            if np.mean(list(capital.values())) >= 40:
                return True
        return False

    assert refused(found.low - 1e-4)
    assert not refused(found.low + 1e-4)


@pytest.mark.parametrize("noise", [0.5, 1.5])
def test_who_looks_after_every_item_is_misled_no_more_often_than_was_said(noise: float) -> None:
    # The truth, of a million items.
    values = _rated(np.random.default_rng(3), 1_000_000, noise)
    unit = (values - 1) / 4
    within = ((unit[:, 0] - unit[:, 1]) ** 2).mean()
    alpha = 1 - within / (2 * unit.var())
    wrong = plain = 0
    for seed in range(60):
        drawn = _rated(np.random.default_rng(100 + seed), 80, noise)
        # Once an end has passed the truth it stays beyond it: the last look knows of all.
        last = sequential_alpha(drawn, range_=(1, 5), confidence=0.8)
        wrong += not last.low <= alpha <= last.high
        looks = (
            krippendorff_alpha(drawn[:n].T, level="interval", interval="jackknife", confidence=0.8)
            for n in range(10, 81, 10)
        )
        plain += any(not look.low <= alpha <= look.high for look in looks)
    assert wrong <= 12  # 20% of 60
    assert plain > 12  # eight looks at the usual interval are too many


def test_what_has_no_alpha_says_why() -> None:
    assert "no two items" in sequential_alpha(np.empty((0, 2))).why
    assert "no two items" in sequential_alpha([[0.0, 1.0]]).why
    assert "always said the same" in sequential_alpha(np.full((9, 2), 0.5)).why
    for wrong in ([1.0, 2.0], [[1.0, np.nan]], [[1.0, 2.0, 3.0]]):
        with pytest.raises(UsageError, match=r"shape \(n, 2\)"):
            sequential_alpha(wrong)
    with pytest.raises(UsageError, match=r"in \[0, 1\]"):
        sequential_alpha([[1.0, 7.0]])
