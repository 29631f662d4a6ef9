from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats as scipy_stats

from alia_judge.errors import UsageError
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import RatedItems
from alia_judge.evaluation.slices.slices import slices
from alia_judge.records import Item, Scale
from alia_judge.stats.sparse_ratings import as_sparse

QUICK = EvaluationOptions(n_resamples=300)


def panel_of(
    target: np.ndarray, languages: list[str], *, groups: np.ndarray | None = None, **extra: list[str]
) -> RatedItems:
    items = tuple(
        Item(
            item_id=f"i{n:04}",
            response="x",
            language=language or None,
            extra={name: values[n] for name, values in extra.items()},
        )
        for n, language in enumerate(languages)
    )
    return RatedItems(
        criterion="c",
        scale=Scale.continuous(-10, 10),
        items=items,
        target=target,
        target_se=np.full(target.size, 0.3),
        ratings=as_sparse(target[None]),
        annotators=(),
        groups=groups,
        systems=None,
        fingerprint="",
        split=None,
    )


@pytest.fixture
def uneven() -> tuple[RatedItems, np.ndarray]:
    """A judge that reads Spanish and guesses at Basque, where it also scores a point too high."""
    rng = np.random.default_rng(0)
    target = rng.normal(size=400)
    languages = ["es", "eu"] * 200
    basque = np.array(languages) == "eu"
    scores = target + rng.normal(size=400) * np.where(basque, 3.0, 0.3) + basque
    return panel_of(target, languages), scores


def test_languages_are_sliced_unasked_and_the_worse_one_is_named(uneven: tuple[RatedItems, np.ndarray]) -> None:
    human, scores = uneven
    found = slices(human, scores, QUICK)
    assert set(found) == {"language"}
    spanish, basque = found["language"]["es"], found["language"]["eu"]
    inside = np.arange(1, 400, 2)
    rho = scipy_stats.spearmanr(scores[inside], human.target[inside]).statistic
    assert basque.correlation["spearman"].value == pytest.approx(rho)
    assert basque.difference.value == pytest.approx(-spanish.difference.value)
    assert (basque.worse, spanish.worse) == (True, False)
    assert basque.difference.high < 0
    assert basque.offset.low > 0
    assert basque.offset.value == pytest.approx(1.0, abs=0.5)


def test_one_language_or_none_is_no_slice() -> None:
    target = np.random.default_rng(0).normal(size=60)
    assert slices(panel_of(target, ["es"] * 60), target, QUICK) == {}
    assert slices(panel_of(target, [""] * 60), target, QUICK) == {}


def test_a_handful_is_counted_and_not_judged() -> None:
    target = np.random.default_rng(0).normal(size=60)
    found = slices(panel_of(target, ["es"] * 55 + ["eu"] * 5), target, QUICK)["language"]["eu"]
    assert (found.n_items, found.n_asked) == (5, 5)
    assert found.correlation["spearman"].why == "5 scored items, fewer than 20"
    assert not found.difference.defined
    assert not found.worse


def test_a_slice_of_few_groups_is_not_compared_with_the_rest() -> None:
    rng = np.random.default_rng(0)
    target = rng.normal(size=200)
    groups = np.repeat(np.arange(20), 10).astype(str)
    topic = ["odd"] * 30 + ["rest"] * 170
    human = panel_of(target, ["es"] * 200, groups=groups, topic=topic)
    found = slices(human, target + rng.normal(size=200), EvaluationOptions(n_resamples=100, by=("topic",)))["topic"]
    assert found["odd"].difference.why == "the slice or the rest has fewer than 5 groups"
    assert found["odd"].correlation["spearman"].method == "jackknife over items"


def test_a_column_that_nothing_has_is_refused() -> None:
    target = np.arange(40.0)
    with pytest.raises(UsageError, match="no item has a column 'dialect' to slice by; there are: language"):
        slices(panel_of(target, ["es"] * 40), target, EvaluationOptions(by=("dialect",)))


def test_unscored_items_lower_the_coverage_of_their_slice_alone(uneven: tuple[RatedItems, np.ndarray]) -> None:
    human, scores = uneven
    scores = scores.copy()
    scores[1::4] = np.nan
    found = slices(human, scores, QUICK)["language"]
    assert (found["es"].coverage, found["eu"].coverage) == (1.0, 0.5)


def test_where_languages_are_alike_none_is_called_worse_more_often_than_stated() -> None:
    rng = np.random.default_rng(4)
    called = 0
    for _ in range(60):
        target = rng.normal(size=150)
        human = panel_of(target, ["es", "eu", "ca"] * 50)
        found = slices(human, target + rng.normal(size=150), EvaluationOptions(n_resamples=100))
        called += any(part.worse for part in found["language"].values())
    assert called <= 7  # of 60 at the 5 % level; Benjamini and Yekutieli are on the safe side


def test_length_disagreement_score_range_and_predicates_are_columns_too() -> None:
    rng = np.random.default_rng(0)
    target = rng.normal(size=90)
    human = panel_of(target, ["es"] * 90, topic=[f"t{n % 7}" for n in range(90)])
    items = tuple(replace(item, response="una palabra " * (n % 30 + 1)) for n, item in enumerate(human.items))
    human = replace(human, items=items, ratings=as_sparse(np.stack([target, target + np.arange(90) / 90])))
    scores = target + rng.normal(size=90)
    scores[:6] = np.nan
    mine = human.with_columns(scores, {"from t3": lambda item: item.extra["topic"] == "t3"})
    found = slices(
        mine, scores, EvaluationOptions(n_resamples=50, by=("length", "disagreement", "score range", "from t3"))
    )
    assert set(found["length"]) == {"short", "medium", "long"}
    assert [found["disagreement"][name].n_asked for name in ("low", "medium", "high")] == [30, 30, 30]
    assert {name: part.n_asked for name, part in found["score range"].items()} == {
        "": 6,
        "low": 28,
        "medium": 28,
        "high": 28,
    }
    assert found["from t3"]["yes"].n_asked == sum(n % 7 == 3 for n in range(90))
    kept = mine.take(np.arange(90) < 40)
    assert len(kept.column("length")) == 40


def test_two_columns_are_sliced_by_their_intersections() -> None:
    rng = np.random.default_rng(3)
    target = rng.normal(size=240)
    languages, kinds = ["es", "eu"] * 120, ["long"] * 120 + ["short"] * 120
    lost = (np.array(languages) == "eu") & (np.array(kinds) == "short")
    scores = target + rng.normal(size=240) * np.where(lost, 4.0, 0.3)
    human = panel_of(target, languages, kind=kinds)
    found = slices(human, scores, EvaluationOptions(n_resamples=300, by=("language+kind",)))["language+kind"]
    assert {name: part.n_items for name, part in found.items()} == dict.fromkeys(
        ("es and long", "es and short", "eu and long", "eu and short"), 60
    )
    assert [name for name, part in found.items() if part.worse] == ["eu and short"]
    with pytest.raises(UsageError, match="no item has a column 'dialect'"):
        slices(human, scores, EvaluationOptions(by=("language+dialect",)))
