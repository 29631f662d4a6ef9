"""`audit_ratings`: agreement as the reference computes it, and a gate that says why."""

from __future__ import annotations

import json
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from alia_judge._json import dumps
from alia_judge.benchmark import RatingsAudit, audit_ratings
from alia_judge.benchmark.audit import CriterionAudit, _resamples
from alia_judge.errors import UsageError
from alia_judge.ratings import load_ratings
from alia_judge.records import Scale

SETS = (
    "basse-es/BASSE.es.jsonl",
    "alt-test/wax/human_annotations.json",
    "alt-test/cebab_stars/human_annotations.json",
    "alt-test/lgbteen/human_annotations.json",
    "alt-test/summeval/human_annotations.json",
    "judge-bench/newsroom.json",
    "judge-bench/dices_350_expert.json",
)


@pytest.mark.shared_data
@pytest.mark.parametrize("name", SETS)
def test_every_real_set_is_audited_and_alpha_is_the_krippendorff_packages(shared_data: Path, name: str) -> None:
    ratings = load_ratings(shared_data / name)
    audit = audit_ratings(ratings, n_resamples=20, checks=False)
    for criterion, found in audit.criteria.items():
        alpha = found.agreement["krippendorff_alpha"]
        values = ratings.matrix(criterion).values
        if (~np.isnan(values)).sum(axis=0).max() < 2:
            assert np.isnan(alpha.value)
            assert alpha.why == "no item has two ratings"
            assert not found.gate.passed
            continue
        level = ratings.scales[criterion].level
        assert alpha.value == pytest.approx(krippendorff.alpha(values, level_of_measurement=level), abs=1e-12)
    text = dumps(audit)
    assert dumps(RatingsAudit.from_dict(json.loads(text))) == text


@pytest.mark.shared_data
def test_the_gate_passes_what_people_agree_on_and_refuses_what_they_do_not(shared_data: Path) -> None:
    audit = audit_ratings(load_ratings(shared_data / SETS[0]), checks=False)
    verdicts = {name: found.gate.passed for name, found in audit.criteria.items()}
    assert verdicts["Coherence"]
    assert verdicts["5W1H"]
    assert not verdicts["Fluency"]
    assert not verdicts["Consistency"]
    fluency = audit.criteria["Fluency"]
    assert fluency.n_annotators == 3
    assert not fluency.identified
    assert fluency.annotators == ()
    assert fluency.annotators_why == "the data do not say who gave a rating"
    assert fluency.gate.reason.startswith("People agree with one another .34 on Fluency (alpha .37).")
    assert "no judge can be expected to correlate above .68" in fluency.gate.reason


def simulated(noise: dict[str, float], n: int = 200, seed: int = 5) -> pd.DataFrame:
    """Grades 1 to 5 of `n` items whose quality is known, by annotators of known noise."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(3, 1, n)
    return pd.DataFrame(
        (f"i{item:03d}", who, int(np.clip(round(quality[item] + rng.normal(0, sd)), 1, 5)))
        for who, sd in noise.items()
        for item in range(n)
    ).set_axis(["item_id", "annotator_id", "value"], axis=1)


def test_annotators_come_least_reliable_first_with_their_leniency() -> None:
    frame = simulated({"ana": 0.4, "jon": 0.4, "bad": 5.0})
    lenient = frame["annotator_id"] == "jon"
    frame.loc[lenient, "value"] = (frame.loc[lenient, "value"] + 1).clip(upper=5)
    found = audit_ratings(load_ratings(frame), checks=False).criteria["rating"]
    by_name = {annotator.annotator_id: annotator for annotator in found.annotators}
    assert found.annotators[0].annotator_id == "bad"
    assert by_name["bad"].reliability < 0.3 < 0.4 < by_name["ana"].reliability
    assert by_name["jon"].leniency > 0.4 > by_name["ana"].leniency
    assert by_name["ana"].reliability_low < by_name["ana"].reliability < by_name["ana"].reliability_high


def test_a_constant_annotator_has_no_reliability_and_the_audit_says_why() -> None:
    frame = simulated({"ana": 0.4, "jon": 0.4, "flat": 0.1})
    frame.loc[frame["annotator_id"] == "flat", "value"] = 3
    found = audit_ratings(load_ratings(frame), checks=False).criteria["rating"]
    flat = next(annotator for annotator in found.annotators if annotator.annotator_id == "flat")
    assert np.isnan(flat.reliability)
    assert flat.why == "this annotator gave one value to every shared item"


def test_ratings_wanted_would_indeed_pass() -> None:
    frame = simulated({"ana": 1.6, "jon": 1.6}, n=300)
    found = audit_ratings(load_ratings(frame), checks=False).criteria["rating"]
    assert not found.gate.passed
    assert found.gate.ratings_wanted is not None
    # The same people's noise, with as many more raters as the gate asked for.
    more = {f"r{index}": 1.6 for index in range(2 + round(found.gate.ratings_wanted / 300 + 0.5))}
    again = audit_ratings(load_ratings(simulated(more, n=300)), checks=False).criteria["rating"]
    assert again.gate.reliability == pytest.approx(0.5, abs=0.12)
    assert again.gate.reliability > found.gate.reliability


def test_too_few_shared_items_are_not_enough_to_know() -> None:
    frame = simulated({"ana": 0.3, "jon": 0.3}, n=10)
    gate = audit_ratings(load_ratings(frame), checks=False).criteria["rating"].gate
    assert not gate.passed
    assert "10 of 10 items have two ratings or more, 20 are needed" in gate.reason
    with pytest.raises(UsageError, match="there is no criterion 'x'"):
        audit_ratings(load_ratings(frame), "x")


def test_the_same_seed_gives_the_same_audit_and_slices_follow_language() -> None:
    frame = simulated({"ana": 0.5, "jon": 0.5})
    frame["language"] = np.where(frame["item_id"] < "i100", "es", "eu")
    ratings = load_ratings(frame)
    one, two = audit_ratings(ratings, seed=4), audit_ratings(ratings, seed=4)
    assert dumps(one) == dumps(two)
    assert set(one.criteria["rating"].slices["language"]) == {"es", "eu"}


def test_slices_have_agreement_ceiling_and_annotators_of_their_own() -> None:
    frame = simulated({"ana": 0.4, "jon": 0.4, "eva": 0.4}, n=120)
    number = frame["item_id"].str[1:].astype(int)
    frame["language"] = np.where(number % 2, "es", "eu")
    frame["conversation_id"] = "c" + (number // 30).astype(str)
    # Of the items in Basque eva has no idea.
    lost = (frame["annotator_id"] == "eva") & (frame["language"] == "eu")
    frame.loc[lost, "value"] = np.random.default_rng(0).integers(1, 6, int(lost.sum()))
    slices = audit_ratings(load_ratings(frame), checks=False, n_resamples=100).criteria["rating"].slices
    assert set(slices) == {"language", "group"}
    assert set(slices["group"]) == {"c0", "c1", "c2", "c3"}
    spanish, basque = slices["language"]["es"], slices["language"]["eu"]
    assert (basque.n_items, basque.n_ratings) == (60, 180)
    assert basque.agreement["krippendorff_alpha"].high < spanish.agreement["krippendorff_alpha"].low
    assert basque.ceiling["spearman"].value < spanish.ceiling["spearman"].value
    worst = basque.annotators[0]
    assert worst.annotator_id == "eva"
    assert worst.reliability_high < min(one.reliability_low for one in spanish.annotators)


def test_the_gate_says_what_to_get_for_how_many_items_and_what_the_next_step_costs() -> None:
    frame = simulated({"ana": 2.5, "jon": 2.5}, n=300)
    gate = audit_ratings(load_ratings(frame), checks=False, n_resamples=100).criteria["rating"].gate
    assert gate.ratings_wanted is not None
    assert gate.items_wanted is not None
    each = -(-gate.ratings_wanted // gate.items_wanted)
    assert each >= 2
    items = -(-gate.ratings_wanted // each)
    assert (
        f"Get {each} more ratings for about {items} items, those with fewest first, or drop it"
        in gate.reason.replace("drop the criterion", "drop it")
    )
    assert f"about {gate.ratings_for_next} more ratings would make that" in gate.reason
    assert f"about {gate.items_for_next} more items would make that" in gate.reason


def test_rank_correlations_of_many_items_rest_on_fewer_resamples() -> None:
    assert [_resamples(1000, n) for n in (0, 100, 4000, 8000, 100_000)] == [1000, 1000, 1000, 500, 200]
    assert _resamples(50, 100_000) == 50


def test_labels_are_held_against_one_another_by_kappa_and_correlate_with_nothing() -> None:
    rng = np.random.default_rng(0)
    rows = [
        {"item_id": f"i{n}", "annotator_id": who, "value": "abc"[n % 3 if rng.random() < 0.8 else int(rng.integers(3))]}
        for n in range(60)
        for who in ("ana", "jon", "eva")
    ]
    ratings = load_ratings(rows, criterion="c", scales={"c": Scale.nominal(["a", "b", "c"])})
    found = audit_ratings(ratings, checks=False, n_resamples=50).criteria["c"]
    values = ratings.matrix("c").values
    figures = []
    for row in range(3):
        others = np.delete(values, row, axis=0)
        agreed = others[0] == others[1]
        figures.append(cohen_kappa_score(values[row][agreed], others[0][agreed]))
    assert found.ceiling["kappa"].value == pytest.approx(np.mean(figures))
    assert found.ceiling["kappa"].low < found.ceiling["kappa"].value < found.ceiling["kappa"].high
    assert "correlate" not in found.gate.reason
    assert "to be told apart" not in found.gate.reason
    assert CriterionAudit.from_dict("c", found.to_dict()).ceiling["kappa"].value == found.ceiling["kappa"].value
