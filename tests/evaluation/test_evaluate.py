from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats as scipy_stats

from alia_judge._json import dumps
from alia_judge.errors import UsageError
from alia_judge.evaluation import EvaluationOptions, EvaluationResult, evaluate_scores, read_scores
from alia_judge.ratings.load import load_ratings
from alia_judge.ratings.table import Ratings
from alia_judge.records import Scale

QUICK = EvaluationOptions(n_resamples=200)
WORDS = ("respuesta", "clara", "breve", "larga", "sobre", "la", "factura", "el", "router", "avería", "en", "casa")


def rated(n_groups: int = 30, *, noise: float = 0.7, seed: int = 0) -> tuple[Ratings, dict[str, float]]:
    """Ratings of 4 systems in each group by 3 identified people, and the true quality of each item."""
    rng = np.random.default_rng(seed)
    truth, rows = {}, []
    for group in range(n_groups):
        for system in "wxyz":
            item = f"{group:02}/{system}"
            truth[item] = float(rng.normal(3 + "wxyz".index(system) / 3, 1))
            response = " ".join(rng.choice(WORDS, size=int(rng.integers(5, 40)))) + "."
            for annotator in ("ana", "jon", "uxue"):
                value = float(np.clip(np.round(truth[item] + rng.normal(0, noise)), 1, 5))
                rows.append(
                    {
                        "item_id": item,
                        "annotator_id": annotator,
                        "criterion": "helpful",
                        "value": value,
                        "response": response,
                        "group": f"{group:02}",
                        "system": system,
                        "language": "es" if group % 2 else "eu",
                    }
                )
    return load_ratings(rows, scales={"helpful": Scale.ordinal(1, 5)}), truth


def noisy(truth: dict[str, float], noise: float, seed: int = 1) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    return {item: value + float(rng.normal(0, noise)) for item, value in truth.items()}


class TestFigures:
    def test_item_level_is_scipy_on_the_mean_rating(self) -> None:
        ratings, truth = rated()
        judged = noisy(truth, 1.0)
        found = evaluate_scores(ratings, {"gpt": judged}, options=QUICK).judge()
        matrix = ratings.matrix("helpful")
        x, y = [judged[item] for item in matrix.item_ids], matrix.values.mean(axis=0)
        item = found.correlation["item"]
        assert item["spearman"].value == pytest.approx(scipy_stats.spearmanr(x, y).statistic)
        assert item["kendall"].value == pytest.approx(scipy_stats.kendalltau(x, y).statistic)
        assert item["pearson"].value == pytest.approx(scipy_stats.pearsonr(x, y).statistic)
        assert item["spearman"].groups == 30
        assert item["spearman"].low < item["spearman"].value < item["spearman"].high

    def test_other_levels(self) -> None:
        ratings, truth = rated()
        judged = noisy(truth, 1.0)
        found = evaluate_scores(ratings, {"gpt": judged}, options=QUICK).judge()
        matrix = ratings.matrix("helpful")
        y = dict(zip(matrix.item_ids, matrix.values.mean(axis=0), strict=True))
        within = []
        for group in range(30):
            items = [f"{group:02}/{system}" for system in "wxyz"]
            pair = [judged[item] for item in items], [y[item] for item in items]
            if len(set(pair[1])) > 1:
                within.append(scipy_stats.spearmanr(*pair).statistic)
        assert found.correlation["within_group"]["spearman"].value == pytest.approx(np.mean(within))
        means = [
            [np.mean([side[f"{group:02}/{system}"] for group in range(30)]) for system in "wxyz"]
            for side in (judged, y)
        ]
        assert found.correlation["system"]["pearson"].value == pytest.approx(np.corrcoef(*means)[0, 1])

    def test_a_reversed_scale_turns_people_and_judge_round_together(self) -> None:
        ratings, truth = rated(n_groups=8)
        reversed_ratings = load_ratings(ratings.to_frame(), scales={"helpful": Scale.ordinal(1, 5, reverse=True)})
        judged = {"gpt": noisy(truth, 1.0)}
        straight = evaluate_scores(ratings, judged, options=QUICK).judge()
        turned = evaluate_scores(reversed_ratings, judged, options=QUICK).judge()
        assert turned.correlation["item"]["spearman"].value == pytest.approx(
            straight.correlation["item"]["spearman"].value
        )
        assert turned.alt_test is not None
        assert straight.alt_test is not None
        assert turned.alt_test.winning_rate == straight.alt_test.winning_rate

    def test_the_human_figure_stands_beside(self) -> None:
        ratings, truth = rated()
        result = evaluate_scores(ratings, {"gpt": noisy(truth, 1.0)}, options=QUICK)
        human = result.criteria["helpful"].human
        assert 0.5 < human["leave_one_out"].value < human["ceiling"].value < 1
        share = result.judge().share_of_ceiling
        assert share.low < share.value < share.high

    def test_a_judge_that_only_counts_words_adds_nothing_to_surface_features(self) -> None:
        # People who like long answers, a judge who counts words, a judge who agrees with people beyond that.
        rng = np.random.default_rng(3)
        rows, length, insight = [], {}, {}
        for n in range(160):
            words, other = int(rng.integers(5, 60)), float(rng.normal())
            item = f"i{n:03}"
            length[item], insight[item] = words + float(rng.normal(0, 4)), words / 15 + other
            for annotator in "ab":
                value = float(np.clip(round(1 + words / 20 + other / 2 + rng.normal(0, 0.3)), 1, 5))
                response = "palabra " * words
                rows.append({"item_id": item, "annotator_id": annotator, "value": value, "response": response})
        ratings = load_ratings(rows, criterion="long", scales={"long": Scale.ordinal(1, 5)})
        result = evaluate_scores(ratings, {"counter": length, "reader": insight}, options=QUICK)
        counter, reader = (result.judge(name).surface for name in ("counter", "reader"))
        assert counter["spearman"].value == reader["spearman"].value > 0.6
        assert abs(counter["partial_spearman"].value) < 0.2
        assert reader["partial_spearman"].low > 0.4
        comparison = result.judge("counter").comparisons[0]
        assert comparison.claim.startswith("better than surface features alone: not shown, its gain is ")


class TestCoverage:
    def test_missing_and_empty_scores_are_unscored_and_counted(self) -> None:
        ratings, truth = rated(n_groups=10)
        judged = noisy(truth, 1.0)
        del judged["00/w"]
        judged["01/x"] = math.nan
        found = evaluate_scores(ratings, {"gpt": judged}, options=QUICK).judge()
        assert (found.n_items, found.n_asked, found.coverage) == (38, 40, 0.95)
        assert found.unscored == {"missing": 2}
        assert found.correlation["item"]["spearman"].n == 38

    def test_reasons_are_counted_where_they_are_known(self) -> None:
        ratings, truth = rated(n_groups=10)
        judged = noisy(truth, 1.0)
        del judged["00/w"], judged["00/x"]
        found = evaluate_scores(ratings, {"gpt": judged}, reasons={"gpt": {"00/w": "refusal"}}, options=QUICK).judge()
        assert found.unscored == {"refusal": 1, "missing": 1}

    def test_items_nobody_rated_are_reported_and_change_nothing(self) -> None:
        ratings, truth = rated(n_groups=10)
        judged = noisy(truth, 1.0)
        plain = evaluate_scores(ratings, {"gpt": judged}, options=QUICK)
        more = evaluate_scores(ratings, {"gpt": judged | {"99/q": 5.0}}, options=QUICK)
        assert more.criteria["helpful"].unknown_items == {"gpt": ("99/q",)}
        assert more.judge() == plain.judge()

    def test_excluded_systems_are_out_of_everything_and_not_unknown(self) -> None:
        ratings, truth = rated(n_groups=10)
        options = EvaluationOptions(n_resamples=50, exclude_systems=("w", "x"))
        result = evaluate_scores(ratings, {"gpt": noisy(truth, 1.0)}, options=options)
        found = result.judge()
        assert (found.n_items, found.n_asked) == (20, 20)
        assert result.criteria["helpful"].unknown_items == {}
        system = found.correlation["system"]["spearman"]
        assert system.n == 2
        assert math.isnan(system.low)
        assert system.why == "an interval takes at least 5 systems to resample, got 2"
        assert str(system) == f"{system.value:.3f}"
        assert "without:w|without:x" in result.signature

    def test_a_judge_of_other_items_is_refused_with_an_example(self) -> None:
        ratings, _ = rated(n_groups=3)
        with pytest.raises(UsageError, match=r"no judge scored any of the 12 items.*'00/w'.*'doc-1'"):
            evaluate_scores(ratings, {"gpt": {"doc-1": 3.0}}, options=QUICK)


class TestUndefined:
    def test_a_constant_judge_has_no_correlation_and_says_why(self) -> None:
        ratings, truth = rated(n_groups=8)
        found = evaluate_scores(ratings, {"gpt": dict.fromkeys(truth, 3.0)}, options=QUICK).judge()
        spearman = found.correlation["item"]["spearman"]
        assert math.isnan(spearman.value)
        assert spearman.why == "the scores are constant"
        ranked = [comparison for comparison in found.comparisons if comparison.statistic == "Spearman"]
        assert ranked
        assert all(math.isnan(comparison.p_value) for comparison in ranked)
        assert all("cannot be said" in comparison.claim for comparison in ranked)

    def test_labels_are_evaluated_as_labels(self) -> None:
        rng = np.random.default_rng(0)
        labels = ["No", "Partially", "Yes"]
        truth = {f"i{n}": int(rng.integers(3)) for n in range(60)}
        rows = [
            {"item_id": item, "annotator_id": who, "value": labels[(code + (rng.random() < 0.2)) % 3]}
            for item, code in truth.items()
            for who in "abc"
        ]
        ratings = load_ratings(rows, scales={"rating": Scale.nominal(labels)})
        found = evaluate_scores(ratings, {"gpt": {item: float(code) for item, code in truth.items()}}, options=QUICK)
        judge = found.judge()
        assert judge.correlation["item"]["spearman"].why == "the criterion has labels and no grades"
        written = json.loads(dumps(found))["criteria"]["rating"]["judges"]["gpt"]
        assert "correlation" not in written
        assert written["labels"]["confusion"]["labels"] == labels
        assert judge.labels is not None
        assert judge.headline.value == written["labels"]["kappa"]["value"] > 0.8
        assert EvaluationResult.from_dict(json.loads(dumps(found))).judge() == judge
        assert judge.comparisons[0].baseline.startswith("always saying")
        assert judge.alt_test is not None
        assert judge.alt_test.score == "accuracy"
        assert judge.alt_test.winning_rate == 1.0

    def test_unidentified_annotators_have_no_alt_test(self) -> None:
        rows = [{"item_id": f"i{n}", "value": 1 + n % 5, "response": "x" * n} for n in range(30) for _ in range(2)]
        ratings = load_ratings(rows, scales={"rating": Scale.ordinal(1, 5)})
        found = evaluate_scores(ratings, {"gpt": {f"i{n}": float(n % 5) for n in range(30)}}, options=QUICK)
        data = json.loads(dumps(found))["criteria"]["rating"]["judges"]["gpt"]
        assert data["alt_test"] == {
            "winning_rate": None,
            "advantage_probability": None,
            "annotators": [],
            "why": "the ratings do not say who gave them",
        }
        assert data["correlation"]["within_group"]["spearman"]["why"] == "the items have no groups"
        assert data["correlation"]["system"]["kendall"]["why"] == "the items have no systems"


class TestBaseline:
    def test_a_gain_has_a_paired_interval_and_a_claim(self) -> None:
        ratings, truth = rated(n_groups=40)
        judged = {"tuned": noisy(truth, 0.6), "untuned": noisy(truth, 2.5, seed=2)}
        result = evaluate_scores(ratings, judged, baseline="untuned", options=QUICK)
        against = {comparison.baseline: comparison for comparison in result.judge("tuned").comparisons}
        gain = against["the untuned judge"]
        assert gain.difference.value == pytest.approx(gain.judge_value - gain.baseline_value)
        assert gain.difference.low > 0
        assert gain.shown
        assert gain.claim.startswith("better than the untuned judge: yes, by 0.")
        assert "the untuned judge" not in {one.baseline for one in result.judge("untuned").comparisons}

    def test_a_judge_that_is_worse_is_called_worse(self) -> None:
        ratings, truth = rated(n_groups=40)
        judged = {"tuned": noisy(truth, 2.5), "untuned": noisy(truth, 0.6, seed=2)}
        result = evaluate_scores(ratings, judged, baseline="untuned", options=QUICK)
        comparison = result.judge("tuned").comparisons[0]
        assert not comparison.shown
        assert comparison.claim.startswith("better than the untuned judge: no, it is worse, by 0.")

    def test_an_unknown_baseline_is_refused(self) -> None:
        ratings, truth = rated(n_groups=3)
        with pytest.raises(UsageError, match="the baseline 'old' is not among the judges: gpt"):
            evaluate_scores(ratings, {"gpt": truth}, baseline="old", options=QUICK)


class TestContract:
    def test_json_is_strict_and_comes_back(self) -> None:
        ratings, truth = rated(n_groups=8)
        options = EvaluationOptions(n_resamples=50, by=("language",))
        result = evaluate_scores(
            ratings, {"gpt": noisy(truth, 1.0), "flat": dict.fromkeys(truth, 1.0)}, options=options
        )
        text = dumps(result)
        data = json.loads(text)
        assert data["schema"] == "alia-judge/evaluate/1"
        judge = data["criteria"]["helpful"]["judges"]["gpt"]
        assert set(judge) >= {"n_items", "coverage", "correlation", "alt_test", "share_of_ceiling", "surface"}
        assert set(judge["correlation"]) == {"item", "within_group", "system"}
        assert set(judge["correlation"]["item"]) == {"spearman", "kendall", "pearson"}
        estimate = judge["correlation"]["item"]["spearman"]
        assert set(estimate) >= {"value", "low", "high", "level", "method", "n", "groups"}
        assert set(judge["alt_test"]) >= {
            "winning_rate",
            "advantage_probability",
            "epsilon",
            "score",
            "annotators",
        }
        assert dumps(EvaluationResult.from_dict(data)) == text

    def test_another_schema_is_refused(self) -> None:
        with pytest.raises(ValueError, match="expected schema 'alia-judge/evaluate/1', got 'x'"):
            EvaluationResult.from_dict({"schema": "x"})

    def test_the_same_seed_gives_the_same_bytes_and_another_other_intervals(self) -> None:
        ratings, truth = rated(n_groups=8)
        judged = {"gpt": noisy(truth, 1.0)}
        first, again, other = (
            evaluate_scores(ratings, judged, options=EvaluationOptions(n_resamples=50, seed=seed)) for seed in (1, 1, 2)
        )
        assert dumps(first) == dumps(again)
        item, length = (
            [find(result.judge()) for result in (first, other)]
            for find in (
                lambda judge: judge.correlation["item"]["spearman"],
                lambda judge: judge.comparisons[0].difference,
            )
        )
        assert item[0] == item[1]  # the jackknife draws nothing
        assert length[0].value == length[1].value
        assert (length[0].low, length[0].high) != (length[1].low, length[1].high)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"level": 1.0}, "level must lie between 0 and 1, got 1.0"),
            ({"alpha": 0}, "alpha must lie between 0 and 1, got 0"),
            ({"epsilon": 1.5}, "epsilon must be 0 to 1, got 1.5"),
            ({"n_resamples": 0}, "n_resamples must be at least 1, got 0"),
        ],
    )
    def test_options_out_of_range_are_refused(self, options: dict[str, float], message: str) -> None:
        with pytest.raises(UsageError, match=message):
            EvaluationOptions(**options)  # type: ignore[arg-type]

    def test_an_unknown_criterion_column_or_system_is_named_with_those_there_are(self) -> None:
        ratings, truth = rated(n_groups=3)
        with pytest.raises(UsageError, match="no criterion 'polite'; there are: helpful"):
            evaluate_scores(ratings, {"gpt": truth}, criterion="polite")
        with pytest.raises(
            UsageError,
            match="no item has a column 'dialect' to slice by; there are: disagreement, group, language",
        ):
            evaluate_scores(ratings, {"gpt": truth}, options=EvaluationOptions(by=("dialect",), n_resamples=9))
        with pytest.raises(UsageError, match="system 'q'; there are: w, x, y, z"):
            evaluate_scores(ratings, {"gpt": truth}, options=EvaluationOptions(exclude_systems=("q",)))


@pytest.fixture(scope="module")
def basse(shared_data: Path) -> EvaluationResult:
    ratings = load_ratings(shared_data / "basse-es" / "BASSE.es.jsonl")
    scores = read_scores(shared_data / "basse-es" / "recorded_judges.csv", scales=ratings.scales)
    return evaluate_scores(ratings, scores, options=EvaluationOptions(n_resamples=20))


class TestPublishedFigures:
    """What others published on real ratings. Origin: data/README.md beside the checkout."""

    @pytest.mark.shared_data
    @pytest.mark.parametrize(
        ("judge", "criterion", "value"),
        [
            ("gpt-4o", "Coherence", 0.651),
            ("gpt-4o", "5W1H", 0.462),
            ("gpt-4o", "Relevance", 0.092),
            ("gpt-4o", "Consistency", 0.090),
            ("gpt-4o", "Fluency", 0.078),
            ("gpt-4o-mini", "Coherence", 0.530),
            ("gpt-4o-mini", "Fluency", -0.100),
            ("Qwen2.5-7B-Instruct", "Coherence", 0.158),
        ],
    )
    def test_item_level(self, basse: EvaluationResult, judge: str, criterion: str, value: float) -> None:
        found = basse.judge(judge, criterion)
        assert found.correlation["item"]["spearman"].value == pytest.approx(value, abs=5.1e-4)
        assert (found.n_items, found.n_asked) == (900, 990)

    @pytest.mark.shared_data
    def test_every_row_of_the_system_level_table(self, basse: EvaluationResult, shared_data: Path) -> None:
        with (shared_data / "basse-es" / "published_system_level.csv").open(encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        assert len(rows) == 12
        for row in rows:
            for criterion in ("Coherence", "Consistency", "Fluency", "Relevance", "5W1H"):
                estimate = basse.judge(row["judge"], criterion).correlation["system"][row["statistic"]]
                assert estimate.value == pytest.approx(float(row[criterion]), abs=5.1e-4), (row, criterion)

    @pytest.mark.shared_data
    @pytest.mark.parametrize("dataset", ["wax", "lgbteen", "cebab_stars"])
    def test_alt_test_rows(self, shared_data: Path, tmp_path: Path, dataset: str) -> None:
        # summeval, with 6,400 items, runs where the alt-test itself is tested.
        ratings = load_ratings(shared_data / "alt-test" / dataset / "human_annotations.json")
        judged = json.loads((shared_data / "alt-test" / dataset / "llm_annotations.json").read_text(encoding="utf-8"))
        table = tmp_path / "scores.csv"
        with table.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["item_id", "judge", "score"])
            writer.writerows((item, judge, label) for judge, of in judged.items() for item, label in of.items())
        with (shared_data / "alt-test" / "published.csv").open(encoding="utf-8") as stream:
            published = [row for row in csv.DictReader(stream) if row["dataset"] == dataset]
        options = EvaluationOptions(
            n_resamples=5, epsilon=float(published[0]["epsilon"]), alt_test_score=published[0]["score"]
        )
        result = evaluate_scores(ratings, read_scores(table, scales=ratings.scales), options=options)
        assert len(published) == 6
        for row in published:
            alt_test = result.judge(row["judge"]).alt_test
            assert alt_test is not None
            assert alt_test.winning_rate == pytest.approx(float(row["winning_rate"]), abs=5.1e-3)
            assert alt_test.advantage_probability == pytest.approx(float(row["advantage_probability"]), abs=5.1e-3)
