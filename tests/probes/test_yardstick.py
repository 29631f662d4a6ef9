"""What people's ratings say of a change: a slope within groups, held to statsmodels, and none where there is none."""

from __future__ import annotations

import math

import numpy as np
import pytest

from alia_judge.probes import Change, probes_named, run_probes
from alia_judge.probes.yardstick import slope, yardstick
from alia_judge.records import Item, Scale


def answers(words: int = 8, groups: int = 12) -> tuple[list[Item], dict[str, float]]:
    """Four answers a prompt, whose ratings rise with log words within a prompt (by .5), and fall between prompts."""
    items, ratings, rng = [], {}, np.random.default_rng(4)
    for group in range(groups):
        for place in range(4):
            n = words + 3 * group + 5 * place
            name = f"{group}-{place}"
            items.append(Item(item_id=name, group=f"g{group}", prompt="q", response="uno " * n + ".", language="es"))
            ratings[name] = 3 + 0.5 * math.log1p(n + 1) - 0.4 * group + rng.normal(scale=0.1)
    return items, ratings


def test_the_slope_is_that_of_fixed_effects() -> None:
    import pandas as pd
    import statsmodels.formula.api as smf

    items, ratings = answers()
    table = pd.DataFrame(
        {
            "y": [ratings[item.item_id] for item in items],
            "x": [math.log1p(len(item.response.split())) for item in items],
            "g": [item.group for item in items],
        }
    )
    found = slope(items, ratings, "log_words")
    expected = smf.ols("y ~ x + C(g)", table).fit()
    assert found.value == pytest.approx(expected.params["x"], rel=1e-9)
    clustered = smf.ols("y ~ x + C(g)", table).fit(
        cov_type="cluster", cov_kwds={"groups": table["g"].astype("category").cat.codes}
    )
    assert found.high - found.value == pytest.approx(2.2 * clustered.bse["x"], rel=0.25)


def test_the_yardstick_is_the_slope_times_the_change() -> None:
    items, ratings = answers()
    report = run_probes(
        lambda given: np.array([ratings[item.item_id] for item in given]),
        items,
        Scale.ordinal(1, 5),
        probes=probes_named(["length_padding", "hedged_tone"]),
        ratings=ratings,
    )
    once, thrice = report.of("length_padding", 1).yardstick, report.of("length_padding", 3).yardstick
    assert 0 < once.value < thrice.value
    assert once.low < once.value < once.high
    assert report.of("hedged_tone").yardstick.why == "the change is none that ratings show"


def test_where_there_is_none_it_says_why() -> None:
    items, ratings = answers(groups=3)
    longer = [Change(items[0], items[1])]
    assert yardstick("length_padding", longer, items, None, level=0.95).why == "no ratings were given"
    assert yardstick("length_padding", longer, items, ratings, level=0.95).why == "3 groups have ratings, fewer than 5"
    same = [Item(item_id=str(n), group=str(n // 2), response="uno dos") for n in range(20)]
    flat = slope(same, {item.item_id: float(len(item.item_id)) for item in same}, "log_words")
    assert flat.why == "log_words does not vary among the items"
