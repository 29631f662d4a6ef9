from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats as scipy_stats

from alia_judge._json import dumps
from alia_judge.errors import UsageError
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import RatedItems
from alia_judge.evaluation.slices.parity import Parity, parity
from alia_judge.records import Item, Scale
from alia_judge.stats import paired_difference
from alia_judge.stats.all_pairs import all_pairs
from alia_judge.stats.sparse_ratings import as_sparse

QUICK = EvaluationOptions(n_resamples=300)


def panel_of(target: np.ndarray, languages: list[str], keys: list[str] | None = None) -> RatedItems:
    items = tuple(
        Item(item_id=f"i{n:04}", response="x", language=tag or None, extra={} if keys is None else {"key": keys[n]})
        for n, tag in enumerate(languages)
    )
    return RatedItems(
        criterion="c", scale=Scale.continuous(-10, 10), items=items, target=target,
        target_se=np.full(target.size, 0.3), ratings=as_sparse(target[None]), annotators=(), groups=None, systems=None,
        fingerprint="", split=None,
    )  # fmt: skip


def test_a_language_that_is_worse_served_is_named_and_the_claim_says_no() -> None:
    rng = np.random.default_rng(0)
    target, languages = rng.normal(size=450), ["es", "eu", "ca"] * 150
    basque = np.array(languages) == "eu"
    scores = target + rng.normal(size=450) * np.where(basque, 3.0, 0.4)
    found = parity(panel_of(target, languages), scores, QUICK)
    assert found is not None
    widest = found.pairs[0]
    assert "eu" in (widest.first, widest.second)
    assert found.claim.startswith("agrees with people as well in every language: no, Spearman in eu less ")
    rho = {
        tag: scipy_stats.spearmanr(scores[np.array(languages) == tag], target[np.array(languages) == tag]).statistic
        for tag in ("ca", "es", "eu")
    }
    assert widest.difference.value == pytest.approx(rho[widest.first] - rho[widest.second])
    assert len(found.pairs) == 3


def test_alike_is_claimed_only_where_it_is_shown() -> None:
    rng = np.random.default_rng(1)
    for n, expected in (
        (3000, "yes, within 0.1"),
        (120, "not shown: no gap is found, but one above 0.1 cannot be ruled out"),
    ):
        target, languages = rng.normal(size=n), ["es", "eu"] * (n // 2)
        found = parity(panel_of(target, languages), target + rng.normal(size=n), QUICK)
        assert found is not None
        assert expected in found.claim
        assert (found.equivalence <= 0.1) == expected.startswith("yes")


def test_languages_that_share_documents_are_compared_on_the_same_resamples() -> None:
    rng = np.random.default_rng(2)
    drawn = rng.normal(size=(3, 400))
    drawn[1] += drawn[0]
    pairs = all_pairs(np.array([0.3, 0.2, 0.1]), drawn, 50)
    assert pairs.error[0, 1] == pytest.approx((drawn[0] - drawn[1]).std(ddof=1) * np.sqrt(50 / 49))
    assert pairs.half_width(0.95)[0, 1] == pytest.approx(scipy_stats.t.ppf(0.975, 49) * pairs.error[0, 1])


def test_the_same_response_in_two_languages_is_told_from_what_people_see() -> None:
    rng = np.random.default_rng(3)
    quality = rng.normal(size=200)
    # People find the translations half a point worse; the judge takes off a whole point.
    target = np.concatenate([quality, quality - 0.5]) + rng.normal(0, 0.1, 400)
    scores = np.concatenate([quality, quality - 1.0]) + rng.normal(0, 0.2, 400)
    keys = [f"r{n}" for n in range(200)] * 2
    human = panel_of(target, ["es"] * 200 + ["eu"] * 200, keys)
    options = EvaluationOptions(n_resamples=100, translations="key")
    found = parity(human, scores, options)
    assert found is not None
    (pair,) = found.translations
    assert (pair.first, pair.second, pair.n) == ("es", "eu", 200)
    assert pair.judge.value == pytest.approx(1.0, abs=0.1)
    assert pair.people.value == pytest.approx(0.5, abs=0.1)
    assert pair.excess.low < 0.5 < pair.excess.high
    assert found.translation_claim is not None
    assert "every language: no" in found.translation_claim
    assert dumps(Parity.from_dict(json.loads(dumps(found)))) == dumps(found)
    fair = parity(human, target + rng.normal(0, 0.2, 400), options)
    assert fair is not None
    assert "not refuted" in str(fair.translation_claim)
    with pytest.raises(UsageError, match="no item has a column 'other'"):
        parity(human, scores, EvaluationOptions(translations="other"))


def test_one_language_has_no_parity_and_a_handful_no_pair() -> None:
    target = np.random.default_rng(4).normal(size=60)
    assert parity(panel_of(target, ["es"] * 60), target, QUICK) is None
    found = parity(panel_of(target, ["es"] * 55 + ["eu"] * 5), target, QUICK)
    assert found is not None
    assert found.pairs == ()
    assert "cannot be said" in found.claim


def test_where_languages_are_alike_none_is_called_worse_more_often_than_stated() -> None:
    rng = np.random.default_rng(5)
    called = 0
    for _ in range(100):
        target = rng.normal(size=200)
        found = parity(
            panel_of(target, ["es", "eu", "ca", "gl"] * 50),
            target + rng.normal(size=200),
            EvaluationOptions(n_resamples=200),
        )
        called += found is not None and ": no, " in found.claim
    assert called <= 11  # of 100 at 5 %


def test_pairs_agree_with_the_paired_bootstrap() -> None:
    rng = np.random.default_rng(6)
    target = rng.normal(size=150)
    first, second = target + rng.normal(size=150), target + rng.normal(0, 2, size=150)
    expected = paired_difference(first, second, target, interval="t", n_resamples=2000).difference
    draws = [rng.integers(150, size=150) for _ in range(2000)]
    drawn = np.array([[scipy_stats.spearmanr(x[d], target[d]).statistic for d in draws[:500]] for x in (first, second)])
    half = all_pairs(np.array([0.0, 0.0]), drawn, 150).half_width(0.95)[0, 1]
    assert half == pytest.approx((expected.high - expected.low) / 2, rel=0.12)
