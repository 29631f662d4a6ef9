from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import Ridge as SklearnRidge
from statsmodels.miscmodels.ordinal_model import OrderedModel

from alia_judge.errors import UsageError
from alia_judge.judging import readouts
from alia_judge.judging.readouts import (
    Cuts,
    Expected,
    Isotonic,
    Ordinal,
    Readout,
    Ridge,
    all_readouts,
    distributions,
    judgments_of,
    make_readout,
    readout_from_dict,
)
from alia_judge.judging.readouts.retired import Argmax, Temperature
from alia_judge.records import Judgments, Scale, Verdict

LIKERT = Scale.ordinal(1, 5)
POINTS = np.array(LIKERT.points)


def _judgments(n: int = 200, seed: int = 0) -> tuple[Judgments, NDArray[np.float64]]:
    """Noisy distributions around a hidden quality, with a few unscored and a few without log-probabilities."""
    rng = np.random.default_rng(seed)
    target = rng.integers(1, 6, n).astype(float)
    logits = -((POINTS[None, :] - target[:, None]) ** 2) / 2 + rng.normal(0, 1.5, (n, 5))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    score = POINTS[probabilities.argmax(axis=1)]
    probabilities[::17] = np.nan  # text only
    score[::13] = np.nan
    probabilities[::13] = np.nan
    reasons = tuple("refusal" if math.isnan(value) else None for value in score)
    judgments = Judgments(item_ids=tuple(map(str, range(n))), probabilities=probabilities, score=score, reasons=reasons)
    return judgments, target


@pytest.mark.parametrize("name", sorted(all_readouts()))
def test_every_readout_keeps_the_contract(name: str) -> None:
    judgments, target = _judgments()
    readout = make_readout(name, LIKERT)
    assert isinstance(readout, Readout)
    fitted = readout.fit(judgments, target)
    scores = fitted.predict(judgments)
    assert scores.shape == target.shape
    assert np.array_equal(np.isnan(scores), ~judgments.scored)
    again = readout_from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert again == fitted
    assert np.array_equal(again.predict(judgments), scores, equal_nan=True)
    if fitted.fitted_on is not None:
        assert fitted.fitted_on.n == judgments.scored.sum()
        assert fitted.fitted_on.mean == pytest.approx(target[judgments.scored].mean())
    kept = judgments.scored
    assert np.corrcoef(scores[kept], target[kept])[0, 1] > 0.5


@pytest.mark.parametrize("name", sorted(all_readouts()))
def test_nothing_but_the_fit_decides_a_score(name: str) -> None:
    judgments, target = _judgments()
    fitted = make_readout(name, LIKERT).fit(judgments, target)
    first = Judgments(
        item_ids=judgments.item_ids[1:2],
        probabilities=judgments.probabilities[1:2],
        score=judgments.score[1:2],
        reasons=judgments.reasons[1:2],
    )
    assert fitted.predict(first)[0] == pytest.approx(fitted.predict(judgments)[1])


@pytest.mark.parametrize("name", ["cuts", "isotonic", "ordinal", "ridge"])
def test_a_fit_needs_verdicts_and_targets(name: str) -> None:
    judgments, target = _judgments(20)
    with pytest.raises(UsageError, match=r"needs at least \d items with a verdict and a target, got 0"):
        make_readout(name, LIKERT).fit(judgments, np.full_like(target, np.nan))
    with pytest.raises(UsageError, match=r"target must have shape \(20,\), got \(3,\)"):
        make_readout(name, LIKERT).fit(judgments, target[:3])


@pytest.mark.parametrize("name", ["isotonic", "ordinal", "ridge"])
def test_what_is_not_fitted_says_so(name: str) -> None:
    with pytest.raises(UsageError, match="not fitted"):
        make_readout(name, LIKERT).predict(_judgments(5)[0])


def test_an_unknown_readout_is_refused() -> None:
    with pytest.raises(UsageError, match=r"there is no readout 'magic'; there are: cuts, expected, "):
        make_readout("magic", LIKERT)


def test_argmax_and_expected_by_hand() -> None:
    judgments = Judgments(
        item_ids=("a", "b", "c"),
        probabilities=np.array([[0.1, 0.2, 0.0, 0.4, 0.3], [np.nan] * 5, [np.nan] * 5]),
        score=np.array([4.0, 2.0, np.nan]),
        reasons=(None, None, "empty"),
    )
    assert Argmax(scale=LIKERT).predict(judgments) == pytest.approx([4.0, 2.0, np.nan], nan_ok=True)
    assert Expected(scale=LIKERT).predict(judgments) == pytest.approx([3.6, 2.0, np.nan], nan_ok=True)


def test_a_score_between_points_is_shared_so_that_its_mean_stays() -> None:
    judgments = judgments_of([Verdict(score=3.25)], LIKERT)
    assert distributions(judgments, LIKERT)[0] == pytest.approx([0, 0, 0.75, 0.25, 0])


def test_isotonic_agrees_with_scikit_learn() -> None:
    judgments, target = _judgments()
    kept = judgments.scored
    scores = Expected(scale=LIKERT).predict(judgments)[kept]
    oracle = IsotonicRegression(out_of_bounds="clip").fit(scores, target[kept])
    ours = Isotonic(scale=LIKERT).fit(judgments, target).predict(judgments)[kept]
    assert ours == pytest.approx(oracle.predict(scores))


def test_ridge_agrees_with_scikit_learn() -> None:
    judgments, target = _judgments()
    kept = judgments.scored
    features = distributions(judgments, LIKERT)[kept]
    oracle = SklearnRidge(alpha=0.7, tol=1e-12).fit(features, target[kept])
    ours = Ridge(scale=LIKERT, penalty=0.7).fit(judgments, target)
    assert ours.predict(judgments)[kept] == pytest.approx(oracle.predict(features))


def test_ridge_chooses_the_penalty_of_least_leave_one_out_error() -> None:
    judgments, target = _judgments(40)
    kept = judgments.scored
    features, known = distributions(judgments, LIKERT)[kept], target[kept]
    errors = {}
    for penalty in np.logspace(-3, 3, 13):
        left_out = [
            SklearnRidge(alpha=penalty, tol=1e-12)
            .fit(np.delete(features, row, 0), np.delete(known, row))
            .predict(features[row : row + 1])[0]
            for row in range(len(known))
        ]
        errors[float(penalty)] = np.mean((np.array(left_out) - known) ** 2)
    assert Ridge(scale=LIKERT).fit(judgments, target).penalty == min(errors, key=errors.__getitem__)


def test_ordinal_agrees_with_statsmodels() -> None:
    judgments, target = _judgments(400)
    kept = judgments.scored
    x = Expected(scale=LIKERT).predict(judgments)[kept]
    x = (x - x.mean()) / x.std()
    oracle = OrderedModel(target[kept].astype(int), x[:, None], distr="logit").fit(method="bfgs", disp=False)
    ours = Ordinal(scale=LIKERT).fit(judgments, target)
    # Ours has a weak prior on the slope; with 369 items it moves nothing in the second place.
    assert ours.slope == pytest.approx(oracle.params[0], rel=1e-2)
    assert ours.distribution(judgments)[kept] == pytest.approx(oracle.predict(), abs=5e-3)


def test_temperature_recovers_the_one_that_was_taken_away() -> None:
    rng = np.random.default_rng(3)
    honest = rng.dirichlet(np.ones(5) * 0.8, 500)
    target = honest @ POINTS
    sharpened = honest**2.0 / (honest**2.0).sum(axis=1, keepdims=True)
    judgments = Judgments(
        item_ids=tuple(map(str, range(500))),
        probabilities=sharpened,
        score=POINTS[sharpened.argmax(axis=1)],
        reasons=(None,) * 500,
    )
    fitted = Temperature(scale=LIKERT).fit(judgments, target)
    assert fitted.temperature == pytest.approx(2.0, rel=1e-3)
    assert fitted.predict(judgments) == pytest.approx(target, abs=1e-3)


def test_a_reversed_scale_stays_in_its_own_numbers() -> None:
    reverse = Scale.ordinal(1, 5, reverse=True)
    judgments, target = _judgments()
    assert np.array_equal(
        Expected(scale=reverse).predict(judgments), Expected(scale=LIKERT).predict(judgments), equal_nan=True
    )
    assert Ridge(scale=reverse).fit(judgments, target).weights == Ridge(scale=LIKERT).fit(judgments, target).weights


def test_a_continuous_scale_has_scores_and_no_points() -> None:
    scale = Scale.continuous(0, 1)
    judgments = judgments_of([Verdict(score=0.25, parsed=0.25), Verdict(unscored="empty")], scale)
    assert Expected(scale=scale).predict(judgments) == pytest.approx([0.25, np.nan], nan_ok=True)
    three = judgments_of([Verdict(score=0.25)] * 3, scale)
    with pytest.raises(UsageError, match="a continuous scale has no points"):
        Ridge(scale=scale).fit(three, np.array([0.1, 0.2, 0.3]))


@pytest.mark.parametrize("name", ["argmax", "temperature"])
def test_a_retired_readout_still_opens_and_says_so(name: str) -> None:
    with pytest.warns(DeprecationWarning, match="isotonic"):
        readout = make_readout(name, LIKERT)
    with pytest.warns(DeprecationWarning, match=name):
        assert readout_from_dict(readout.to_dict()) == readout
    assert name not in all_readouts()
    with pytest.warns(DeprecationWarning, match="retired"):
        assert getattr(readouts, name.capitalize()) is type(readout)


def _least_error(scores: np.ndarray, target: np.ndarray, points: np.ndarray) -> float:
    """The least squared error of any cuts, by trying them all."""
    edges = [-1e9, *((scores[1:] + scores[:-1]) / 2), 1e9]
    return min(
        float(((points[np.searchsorted(sorted(cuts), scores, side="right")] - target) ** 2).sum())
        for cuts in itertools.combinations_with_replacement(edges, len(points) - 1)
    )


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from([1.0, 2.0, 3.0])),
        min_size=2,
        max_size=7,
        unique_by=lambda one: one[0],
    )
)
def test_cuts_are_the_best_there_are(rows: list[tuple[int, float]]) -> None:
    rows.sort()
    scores, target = np.array([1.0 + one / 20 for one, _ in rows]), np.array([value for _, value in rows])
    scale = Scale.ordinal(1, 3)
    judgments = judgments_of([Verdict(score=float(score)) for score in scores], scale)
    read = Cuts(scale=scale).fit(judgments, target).predict(judgments)
    assert ((read - target) ** 2).sum() == pytest.approx(_least_error(scores, target, np.array(scale.points)))


def test_unfitted_cuts_round_to_the_nearest_point() -> None:
    judgments = judgments_of([Verdict(score=2.4), Verdict(score=2.6), Verdict(unscored="empty")], LIKERT)
    assert Cuts(scale=LIKERT).predict(judgments) == pytest.approx([2.0, 3.0, np.nan], nan_ok=True)
