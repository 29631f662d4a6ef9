"""Consensus models: what each must do, what it recovers of known annotators, and which predicts unseen ratings."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from alia_judge.benchmark import build_benchmark, build_consensus, compare_consensus
from alia_judge.benchmark.consensus import ConsensusModel, Observations, models_for
from alia_judge.benchmark.consensus.glad import Glad
from alia_judge.benchmark.consensus.glad import _loss as glad_loss
from alia_judge.benchmark.consensus.rasch import GeneralisedRasch, _loss
from alia_judge.errors import UsageError
from alia_judge.ratings import load_ratings
from alia_judge.records import Scale

LIKERT = Scale.ordinal(1, 5)
LABELS = Scale.nominal(["a", "b", "c"])
SCALES = {"ordinal": LIKERT, "binary": Scale.binary(), "nominal": LABELS, "continuous": Scale.continuous(0, 100)}


def graded(seed: int = 0, n: int = 400) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Grades by five people of known leniency, discrimination and noise, a third missing; and the qualities."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(0, 1, n)
    leniency, slope, noise = (0.0, 0.0, 0.8, 0.0, 0.0), (1.0, 1.0, 1.0, 0.4, 1.0), (0.5, 0.5, 0.5, 0.5, 2.5)
    raw = np.array([3 + b + a * quality + rng.normal(0, s, n) for b, a, s in zip(leniency, slope, noise, strict=True)])
    values = np.clip(np.round(raw), 1, 5)
    values[rng.random(values.shape) < 0.3] = np.nan
    return values, quality


def labelled(seed: int = 0, n: int = 300) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Labels by three people who are mostly right and two who always say the first. Also the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n)
    good = [np.where(rng.random(n) < 0.8, truth, rng.integers(0, 3, n)) for _ in range(3)]
    spam = [np.where(rng.random(n) < 0.95, 0, truth) for _ in range(2)]
    return np.array([*good, *spam], dtype=np.float64), truth.astype(np.float64)


CASES = [(name, model) for name, scale in SCALES.items() for model in models_for(scale)]


@pytest.mark.parametrize(("name", "model"), CASES, ids=[f"{model.name}-{name}" for name, model in CASES])
@pytest.mark.parametrize("identified", [True, False], ids=["identified", "anonymous"])
class TestConformance:
    def test_targets_are_on_the_scale_and_predictions_are_probabilities(
        self, name: str, model: ConsensusModel, identified: bool
    ) -> None:
        scale = SCALES[name]
        rng = np.random.default_rng(1)
        points = np.array(scale.points) if scale.points else rng.uniform(0, 100, 50)
        values = rng.choice(points, size=(4, 30))
        values[rng.random(values.shape) < 0.4] = np.nan
        values[:, 7] = np.nan
        observations = Observations.of(values, scale, identified=identified)
        fitted = model.fit(observations)
        rated = ~np.isnan(values).all(axis=0)
        target = fitted.consensus.target
        assert np.isnan(target[~rated]).all()
        assert ((target[rated] >= scale.low) & (target[rated] <= scale.high)).all()
        chance = fitted.predict(observations.annotator, observations.item)
        np.testing.assert_allclose(chance.sum(axis=1), 1.0, atol=1e-6)
        assert (chance >= 0).all()
        assert len(fitted.consensus.annotators) in (0, 4 if identified else 0)
        again = model.fit(observations).consensus
        np.testing.assert_array_equal(target, again.target)

    def test_one_rating_and_one_value_throughout_are_survived(
        self, name: str, model: ConsensusModel, identified: bool
    ) -> None:
        scale = SCALES[name]
        for values in (np.full((3, 20), scale.low), np.array([[scale.low]])):
            target = model.fit(Observations.of(values, scale, identified=identified)).consensus.target
            assert np.isfinite(target).all()
            assert abs(target - scale.low).max() <= (scale.high - scale.low) / 2


def test_the_simple_ones_by_hand() -> None:
    values = np.array([[1.0, 4.0, 2.0], [3.0, 4.0, np.nan], [3.0, np.nan, np.nan]])
    np.testing.assert_allclose(build_consensus(values, LIKERT, method="mean").target, [7 / 3, 4, 2])
    np.testing.assert_allclose(build_consensus(values, LIKERT, method="median").target, [3, 4, 2])
    np.testing.assert_allclose(build_consensus(values, LIKERT, method="majority").target, [3, 4, 2])
    # Pooled within variance: ((1-7/3)² + 2 (3-7/3)² + 0) / (2 + 1).
    pooled = np.sqrt((16 / 9 + 8 / 9) / 3)
    np.testing.assert_allclose(build_consensus(values, LIKERT).standard_error, pooled / np.sqrt([3, 2, 1]))


def test_the_gaussian_model_recovers_leniency_discrimination_and_noise() -> None:
    values, quality = graded()
    consensus = build_consensus(values, LIKERT, method="gaussian")
    first, _, lenient, flat, noisy = consensus.annotators
    assert lenient["leniency"] - first["leniency"] == pytest.approx(0.7, abs=0.2)
    assert flat["discrimination"] < 0.65 * first["discrimination"]
    assert noisy["noise"] > 1.5 * first["noise"]
    assert noisy["weight"] < 0.3 < 1.0 < first["weight"]
    mean = build_consensus(values, LIKERT, method="mean")
    assert _correlation(consensus.target, quality) > _correlation(mean.target, quality) + 0.03


@pytest.mark.parametrize("method", ["rasch", "generalised-rasch"])
def test_the_rasch_models_recover_severity_and_beat_the_mean(method: str) -> None:
    values, quality = graded()
    consensus = build_consensus(values, LIKERT, method=method)
    assert consensus.annotators[2]["leniency"] > max(consensus.annotators[row]["leniency"] for row in (0, 1)) + 0.5
    mean = build_consensus(values, LIKERT, method="mean")
    assert _correlation(consensus.target, quality) > _correlation(mean.target, quality) - 0.01
    if method == "generalised-rasch":
        weights = [known["weight"] for known in consensus.annotators]
        assert weights[4] == min(weights)


def test_the_rasch_gradient_is_the_derivative() -> None:
    values, _ = graded(n=30)
    observations = Observations.of(values, LIKERT, identified=True)
    rng = np.random.default_rng(0)
    parameters = rng.normal(0, 0.3, 2 * 5 + 5)
    expected = rng.random((5, 31, 5))
    _, gradient = _loss(parameters, expected, observations, True)
    for index in range(parameters.size):
        step = np.zeros(parameters.size)
        step[index] = 1e-6
        up, down = (_loss(parameters + sign * step, expected, observations, True)[0] for sign in (1, -1))
        assert gradient[index] == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-4)


REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "annotator_models.json").read_text())["labels"]


def reference_labels() -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    values = [[np.nan if label is None else float(label) for label in row] for row in REFERENCE["values"]]
    return np.array(values), np.array(REFERENCE["truth"], dtype=float)


def test_glad_gives_what_crowd_kit_gives() -> None:
    values, _ = reference_labels()
    # Labels as probable as one another, as crowd-kit takes them.
    consensus = Glad(prior=False).fit(Observations.of(values, LABELS, identified=True)).consensus
    expected = REFERENCE["glad"]
    np.testing.assert_allclose(consensus.distribution, expected["probability"], atol=2e-3)
    np.testing.assert_allclose([known["ability"] for known in consensus.annotators], expected["ability"], atol=2e-3)
    assert consensus.difficulty is not None
    np.testing.assert_allclose(-np.log(consensus.difficulty), expected["log_ease"], atol=5e-3)


@pytest.mark.parametrize("method", ["dawid-skene", "mace"])
def test_label_models_agree_with_crowd_kits_on_nearly_all_items_and_are_right_as_often(method: str) -> None:
    values, truth = reference_labels()
    ours = build_consensus(values, LABELS, method=method).target
    theirs = np.array(REFERENCE[method.replace("-", "_")], dtype=float)
    # Not the same model to the last term: theirs has no prior (Dawid-Skene) or a variational one (MACE).
    assert np.mean(ours == theirs) >= 0.95
    assert np.mean(ours == truth) >= np.mean(theirs == truth)


def test_glads_gradient_is_the_derivative() -> None:
    values, _ = labelled(n=12)
    observations = Observations.of(values, LABELS, identified=True)
    rng = np.random.default_rng(0)
    parameters, true = rng.normal(1, 0.5, 5 + 12), rng.random(observations.item.size)
    _, gradient = glad_loss(parameters, true, observations, 3)
    for index in range(parameters.size):
        step = np.zeros(parameters.size)
        step[index] = 1e-6
        up, down = (glad_loss(parameters + sign * step, true, observations, 3)[0] for sign in (1, -1))
        assert gradient[index] == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-5)


def test_glad_finds_the_hard_items_and_who_turns_the_labels_round() -> None:
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 2, 300)
    hard = np.arange(300) < 100
    right = rng.random((6, 300)) < np.where(hard, 0.6, 0.95)
    right[5] = ~right[5]
    consensus = build_consensus(np.where(right, truth, 1 - truth).astype(float), SCALES["binary"], method="glad")
    assert consensus.difficulty is not None
    assert np.median(consensus.difficulty[hard]) > 1.5 * np.median(consensus.difficulty[~hard])
    abilities = [known["ability"] for known in consensus.annotators]
    assert abilities[5] < 0 < min(abilities[:5])


@pytest.mark.parametrize("method", ["dawid-skene", "mace", "glad"])
def test_label_models_see_through_spammers(method: str) -> None:
    values, truth = labelled()
    consensus = build_consensus(values, LABELS, method=method)
    majority = build_consensus(values, LABELS, method="majority")
    assert np.mean(consensus.target == truth) > np.mean(majority.target == truth) + 0.05
    weights = [known["weight"] for known in consensus.annotators]
    assert max(weights[3:]) < min(weights[:3])


def test_held_out_ratings_choose_the_model_that_knows_the_annotators() -> None:
    values, _ = graded()
    scores = compare_consensus(values, LIKERT, n_repeats=1)
    by_name = {score.model: score for score in scores}
    assert scores[0].model in ("gaussian", "generalised-rasch", "dawid-skene")
    assert by_name["gaussian"].better
    assert by_name["gaussian"].error < by_name["mean"].error
    assert by_name["mean"].gain == 0.0
    with pytest.raises(UsageError, match="no item has two ratings"):
        compare_consensus(values[:1], LIKERT)


def test_where_nobody_is_told_apart_a_model_of_annotators_is_not_offered_twice() -> None:
    values, _ = graded(n=60)
    assert GeneralisedRasch.name not in {score.model for score in compare_consensus(values, LIKERT, identified=False)}


def test_methods_that_do_not_exist_or_do_not_fit() -> None:
    values, _ = labelled(n=20)
    with pytest.raises(UsageError, match="there is no consensus 'mode'; there are: mean, median"):
        build_consensus(values, LABELS, method="mode")
    with pytest.raises(
        UsageError, match="'mean' is not meant for a nominal scale; these are: majority, dawid-skene, mace, glad"
    ):
        build_consensus(values, LABELS, method="mean")


def test_a_benchmark_takes_the_best_model_and_lists_whom_it_trusts_little() -> None:
    values, _ = graded(n=120)
    rows = [
        {"item": f"i{item:03d}", "rater": f"r{row}", "score": values[row, item]}
        for row, item in zip(*np.nonzero(~np.isnan(values)), strict=True)
    ]
    benchmark = build_benchmark(load_ratings(rows), consensus="auto")
    models = benchmark.provenance["consensus_models"]
    assert benchmark.consensus["method"] == models[0]["model"]
    assert benchmark.provenance["annotators"]["r4"]["weight"] < 0.8
    assert set(benchmark.train.annotators) == {f"r{row}" for row in range(5)}


@pytest.mark.shared_data
def test_on_real_ratings_a_model_that_knows_the_annotators_predicts_better_than_the_mean(shared_data: Path) -> None:
    ratings = load_ratings(shared_data / "alt-test" / "cebab_stars" / "human_annotations.json")
    matrix = ratings.matrix("rating")
    scores = {s.model: s for s in compare_consensus(matrix.values, ratings.scales["rating"], n_repeats=2)}
    assert scores["gaussian"].better
    assert scores["gaussian"].error < 0.8 < scores["mean"].error


def _correlation(one: np.ndarray, two: np.ndarray) -> float:  # type: ignore[type-arg]
    known = ~np.isnan(one)
    return float(np.corrcoef(one[known], two[known])[0, 1])
