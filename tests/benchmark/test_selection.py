"""`select_items`: strata in proportion, judges matched, and nothing that was not asked for."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from alia_judge.benchmark import Split, build_benchmark, select_items
from alia_judge.errors import UsageError
from alia_judge.ratings import load_ratings


@pytest.fixture(scope="module")
def split() -> Split:
    rng = np.random.default_rng(0)
    rows = [
        {"item": f"i{n:03d}", "rater": who, "score": int(np.clip(round(q + rng.normal(0, 0.5)), 1, 5)),
         "language": ("es", "eu", "ca")[n % 3], "system": f"s{n % 4}"}
        for n, q in enumerate(rng.normal(3, 1, 300))
        for who in "ab"
    ]  # fmt: skip
    return build_benchmark(load_ratings(rows), splits=(1.0, 0.0, 0.0)).train


def judges(split: Split, n: int, seed: int) -> np.ndarray:  # type: ignore[type-arg]
    rng = np.random.default_rng(seed)
    shared = rng.normal(0, 1, (3, len(split)))
    return np.array([rng.uniform(0, 0.8) * split.target + rng.normal(0, 1, 3) @ shared for _ in range(n)])


def test_strata_keep_their_shares(split: Split) -> None:
    selection = select_items(split, 60, seed=2)
    assert selection.method == "stratified"
    assert len(set(selection.indices)) == 60
    languages = Counter(split.items[index].language for index in selection.indices)
    assert set(languages.values()) <= {18, 19, 20, 21, 22}
    assert split.take(selection.indices).item_ids == selection.item_ids
    assert select_items(split, 60, seed=2).item_ids == selection.item_ids
    assert select_items(split, 60, seed=3).item_ids != selection.item_ids


def test_matching_makes_known_and_like_judges_correlate_as_on_the_whole(split: Split) -> None:
    both = judges(split, 60, seed=1)
    known, unseen = both[:30], both[30:]
    matched = select_items(split, 40, judgments=known)
    assert matched.method == "matched"
    assert matched.imbalance < 0.3
    errors = {}
    for name, chosen in (("matched", matched), ("stratified", select_items(split, 40))):
        places = list(chosen.indices)
        errors[name] = np.mean([
            abs(stats.spearmanr(j[places], split.target[places]).statistic - stats.spearmanr(j, split.target).statistic)
            for j in unseen
        ])  # fmt: skip
    assert errors["matched"] < 0.7 * errors["stratified"]


def test_unscored_items_are_survived_and_the_whole_split_is_itself(split: Split) -> None:
    scores = judges(split, 3, seed=4)
    scores[:, ::5] = np.nan
    assert len(select_items(split, 50, judgments=scores).indices) == 50
    assert select_items(split, len(split), judgments=scores).item_ids == split.item_ids


def test_what_cannot_be_chosen(split: Split) -> None:
    with pytest.raises(UsageError, match="size must lie between 2 and the split's 300 items, got 301"):
        select_items(split, 301)
    with pytest.raises(UsageError, match=r"a column for each of the 300 items, got shape \(1, 5\)"):
        select_items(split, 20, judgments=[1, 2, 3, 4, 5])
    with pytest.raises(UsageError, match="method='matched' needs judgments"):
        select_items(split, 20, method="matched")
