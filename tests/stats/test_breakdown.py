"""Oracles: `fleiss_kappa` and `krippendorff_alpha` on the same ratings, and pairs counted one by one."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alia_judge.errors import DegenerateDataWarning, UsageError
from alia_judge.stats import (
    CategoryAgreement,
    DisagreementBreakdown,
    category_agreement,
    disagreement,
    fleiss_kappa,
    krippendorff_alpha,
)

GOLDEN = json.loads((Path(__file__).parents[1] / "reference" / "agreement.json").read_text(encoding="utf-8"))
SPARSE = np.array(GOLDEN["sparse"], dtype=float)
COMPLETE = np.array(GOLDEN["complete"])
DISTANCES = {
    "nominal": lambda a, b: float(a != b),
    "interval": lambda a, b: (a - b) ** 2,
    "ratio": lambda a, b: ((a - b) / (a + b)) ** 2,
}

ratings = hnp.arrays(
    float,
    st.tuples(st.integers(2, 5), st.integers(2, 10)),
    elements=st.one_of(st.integers(1, 5).map(float), st.just(np.nan)),
)


def test_kappa_of_a_category_is_fleiss_kappa_against_the_rest():
    for row in category_agreement(COMPLETE):
        assert row.kappa == pytest.approx(float(fleiss_kappa(row.category == COMPLETE)), abs=1e-12)
        assert row.n_ratings == np.count_nonzero(row.category == COMPLETE)


def test_specific_agreement_counts_pairs():
    for row in category_agreement(SPARSE):
        given_, alike = 0.0, 0.0
        for column in SPARSE.T:
            present = column[~np.isnan(column)]
            for i in range(present.size):
                if present[i] == row.category and present.size >= 2:
                    given_ += 1
                    alike += np.mean(np.delete(present, i) == row.category)
        assert row.n_ratings == given_
        assert row.agreement == pytest.approx(alike / given_, abs=1e-12)
    assert sum(row.share for row in category_agreement(SPARSE)) == pytest.approx(1.0)


def test_kappa_of_the_only_category_is_undefined_and_survives_json():
    (row,) = category_agreement([[2, 2], [2, 2]])
    assert np.isnan(row.kappa)
    again = CategoryAgreement.from_dict(json.loads(json.dumps(row.to_dict())))
    assert np.isnan(again.kappa)
    assert again.agreement == 1.0
    assert category_agreement([[1, 2]]) == ()


@pytest.mark.parametrize("level", DISTANCES)
def test_shares_are_those_of_pairs_counted_one_by_one(level):
    annotators, items = np.zeros(SPARSE.shape[0]), np.zeros(SPARSE.shape[1])
    n_ratings = 0
    for item, column in enumerate(SPARSE.T):
        present = np.flatnonzero(~np.isnan(column))
        if present.size < 2:
            continue
        n_ratings += present.size
        for i, j in itertools.combinations(present, 2):
            part = 2 * DISTANCES[level](column[i], column[j]) / (present.size - 1)
            annotators[[i, j]] += part / 2
            items[item] += part
    found = disagreement(SPARSE, level)
    assert found.observed == pytest.approx(items.sum() / n_ratings)
    assert [row.share for row in found.annotators] == pytest.approx(list(annotators / annotators.sum()))
    assert found.items == pytest.approx(tuple(items / items.sum()))
    shares_of_ratings = [row.n_ratings / n_ratings for row in found.annotators]
    assert [row.ratio * share for row, share in zip(found.annotators, shares_of_ratings, strict=True)] == pytest.approx(
        [row.share for row in found.annotators]
    )


@pytest.mark.parametrize("level", ["nominal", "interval"])
def test_observed_disagreement_is_alphas(level):
    shared = SPARSE[:, np.count_nonzero(~np.isnan(SPARSE), axis=0) >= 2]
    given_ = shared[~np.isnan(shared)]
    apart = [DISTANCES[level](a, b) for a, b in itertools.permutations(given_, 2)]
    alpha = 1 - disagreement(SPARSE, level).observed / np.mean(apart)
    assert alpha == pytest.approx(float(krippendorff_alpha(SPARSE, level)))


def test_a_careless_and_a_lenient_annotator_stand_out():
    rng = np.random.default_rng(0)
    truth = rng.integers(2, 5, size=200)
    values = np.clip(truth + rng.integers(-1, 2, size=(5, 200)) * (rng.random((5, 200)) < 0.3), 1, 5)
    values[1] = rng.integers(1, 6, size=200)
    values[3] = truth + 1
    found = disagreement(values)
    assert max(found.annotators, key=lambda row: row.ratio).annotator == 1
    assert found.annotators[1].ratio > 1.5
    assert max(found.annotators, key=lambda row: row.offset).annotator == 3
    assert found.annotators[3].offset == pytest.approx(1.0, abs=0.15)
    assert found.annotators[0].offset == pytest.approx(-0.25, abs=0.15)


@given(values=ratings, level=st.sampled_from(["nominal", "ordinal", "interval", "ratio"]), data=st.data())
def test_shares_add_up_and_follow_their_annotators(values, level, data):
    shared = values[:, np.count_nonzero(~np.isnan(values), axis=0) >= 2]
    assume(any(np.unique(column[~np.isnan(column)]).size > 1 for column in shared.T))
    rows, columns = (data.draw(st.permutations(range(n))) for n in values.shape)
    found, moved = disagreement(values, level), disagreement(values[rows][:, columns], level)
    assert sum(row.share for row in found.annotators) == pytest.approx(1.0)
    assert sum(found.items) == pytest.approx(1.0)
    assert [moved.annotators[place].share for place in range(len(rows))] == pytest.approx(
        [found.annotators[row].share for row in rows]
    )
    assert moved.items == pytest.approx(tuple(found.items[column] for column in columns))


def test_json_round_trip():
    found = disagreement(SPARSE)
    again = DisagreementBreakdown.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again == found
    assert float(again) == found.observed
    with pytest.raises(ValueError, match="expected schema 'alia-judge/disagreement/1', got 'another'"):
        DisagreementBreakdown.from_dict({**found.to_dict(), "schema": "another"})


def test_no_disagreement_has_no_shares():
    with pytest.warns(DegenerateDataWarning, match="every item's ratings are equal"):
        found = disagreement([[1, 2], [1, 2]], "nominal")
    assert found.observed == 0
    assert np.isnan([row.share for row in found.annotators]).all()
    assert np.isnan(found.annotators[0].offset)
    again = DisagreementBreakdown.from_dict(json.loads(json.dumps(found.to_dict())))
    assert np.isnan(again.items).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1, 2]],), "an item with two ratings or more, got none"),
        (([[1, 2], [1, 2]], "metric"), "level must be one of .* got 'metric'"),
        (([[1, -2], [1, 2]], "ratio"), "must not be negative, got -2"),
    ],
)
def test_says_what_was_wrong(arguments, message):
    with pytest.raises(UsageError, match=message):
        disagreement(*arguments)
