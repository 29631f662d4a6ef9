"""Intervals and abstentions keep what they promise, over many draws of calibration and test items."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from alia_judge.errors import UsageError
from alia_judge.judging.readouts import Abstain, ConformalInterval, Expected, Readout, readout_from_dict
from alia_judge.records import Judgments, Scale

LIKERT = Scale.ordinal(1, 5)
POINTS = np.array(LIKERT.points)
EXPECTED = Expected(scale=LIKERT)


def _draw(n: int, rng: np.random.Generator) -> tuple[Judgments, NDArray[np.float64]]:
    """Verdicts that are the less reliable the wider they are spread."""
    quality, noise = rng.uniform(1.5, 4.5, n), rng.uniform(0.2, 1.2, n)
    centre = quality + rng.normal(0, 1, n) * noise * 0.6
    weights = np.exp(-((POINTS[None, :] - centre[:, None]) ** 2) / (2 * noise[:, None] ** 2))
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    judgments = Judgments(
        item_ids=tuple(map(str, range(n))),
        probabilities=probabilities,
        score=POINTS[probabilities.argmax(axis=1)],
        reasons=(None,) * n,
    )
    return judgments, np.clip(quality + rng.normal(0, 1, n) * noise * 0.5, 1, 5)


def test_an_interval_holds_as_many_ratings_as_it_says() -> None:
    rng = np.random.default_rng(0)
    held = []
    for _ in range(200):
        fitted = ConformalInterval(readout=EXPECTED, level=0.8).fit(*_draw(49, rng))
        judgments, target = _draw(50, rng)
        low, high = fitted.predict(judgments)
        held.append(np.mean((low <= target) & (target <= high)))
    # With 49 items the coverage is 40/50 exactly on average; 10,000 test items leave a standard error under .005.
    assert np.mean(held) == pytest.approx(0.8, abs=0.015)


def test_an_interval_is_wide_where_the_model_was_unsure_and_within_the_scale() -> None:
    rng = np.random.default_rng(1)
    fitted = ConformalInterval(readout=EXPECTED).fit(*_draw(200, rng))
    judgments, _ = _draw(200, rng)
    low, high = fitted.predict(judgments)
    assert low.min() >= 1.0
    assert high.max() <= 5.0
    inside = (low > 1.0) & (high < 5.0)
    spread = np.sqrt(judgments.probabilities @ POINTS**2 - (judgments.probabilities @ POINTS) ** 2)
    assert np.corrcoef(high[inside] - low[inside], spread[inside])[0, 1] > 0.99


def test_too_few_items_for_a_level_give_the_whole_scale() -> None:
    fitted = ConformalInterval(readout=EXPECTED, level=0.9).fit(*_draw(8, np.random.default_rng(2)))
    assert math.isinf(fitted.quantile)
    low, high = fitted.predict(_draw(5, np.random.default_rng(3))[0])
    assert (low.tolist(), high.tolist()) == ([1.0] * 5, [5.0] * 5)
    again = ConformalInterval.from_dict(json.loads(json.dumps(fitted.to_dict())), EXPECTED)
    assert again == fitted


def test_abstaining_keeps_the_risk_it_states() -> None:
    rng = np.random.default_rng(4)
    broken, answered = [], []
    for _ in range(200):
        fitted = Abstain(readout=EXPECTED, tolerance=0.75, risk=0.15, confidence=0.9).fit(*_draw(300, rng))
        judgments, target = _draw(2000, rng)
        scores = fitted.predict(judgments)
        said = ~np.isnan(scores)
        answered.append(said.mean())
        broken.append(said.any() and np.mean(np.abs(scores - target)[said] > 0.75) > 0.15)
    assert np.mean(broken) <= 0.1 + 2 * math.sqrt(0.1 * 0.9 / 200)
    assert 0.3 < np.mean(answered) < 0.95


def test_where_nothing_can_be_promised_nothing_is_answered() -> None:
    rng = np.random.default_rng(5)
    few = Abstain(readout=EXPECTED).fit(*_draw(10, rng))
    assert few.threshold < 0
    assert np.isnan(few.predict(_draw(10, rng)[0])).all()


def test_an_abstaining_readout_is_a_readout_and_survives_json() -> None:
    fitted = Abstain(readout=EXPECTED, risk=0.3).fit(*_draw(100, np.random.default_rng(6)))
    assert isinstance(fitted, Readout)
    assert readout_from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Abstain(readout=EXPECTED, risk=0.0), "risk must be between 0 and 1, got 0.0"),
        (lambda: Abstain(readout=EXPECTED, tolerance=-1.0), "tolerance must be 0 or more"),
        (lambda: ConformalInterval(readout=EXPECTED, level=1.0), "level must be between 0 and 1, got 1.0"),
        (lambda: ConformalInterval(readout=EXPECTED, floor=0.0), "floor must be positive"),
        (lambda: ConformalInterval(readout=EXPECTED).predict(_draw(3, np.random.default_rng(0))[0]), "not fitted"),
        (lambda: Abstain(readout=EXPECTED).predict(_draw(3, np.random.default_rng(0))[0]), "not fitted"),
    ],
)
def test_what_cannot_be_promised_is_refused(make: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make()
