"""`load_sample`: the bundled files as `Ratings`, and said to be simulated."""

from __future__ import annotations

from alia_judge.ratings import load_ratings, load_sample
from alia_judge.records import Scale


def test_the_sample_loads_whole() -> None:
    sample = load_sample()
    assert sample.criteria == ("helpfulness", "tone")
    assert dict(sample.scales) == dict.fromkeys(sample.criteria, Scale.ordinal(1, 5))
    assert len(sample.annotators) == 7
    items = sample.items()
    assert len(items) == 180
    assert {item.language for item in items} == {"ca", "en", "es", "eu", "gl"}
    assert len({item.group for item in items}) == 45
    assert {item.system for item in items} == {"alpha", "beta", "gamma", "delta"}
    assert all(item.prompt and item.response and item.context for item in items)
    assert set(sample.table["item_id"]) == {item.item_id for item in items}


def test_the_planted_truth_comes_along_but_not_into_what_a_judge_sees() -> None:
    item = load_sample().items(["es-02-delta"])[0]
    assert item.extra == {
        "situation": "moving",
        "parallel": "p2-delta",
        "defects": "wrong_register:3 wrong_amount:3",
        "true_helpfulness": 1,
        "true_tone": 2,
    }
    assert set(item.texts()) == {"prompt", "context", "response"}


def test_it_says_that_it_is_simulated() -> None:
    source = load_sample().source
    assert source is not None
    assert "simulated" in source
    assert "constructed" in source


def test_it_survives_a_frame_unchanged() -> None:
    sample = load_sample()
    assert load_ratings(sample.to_frame(), scales=sample.scales).fingerprint == sample.fingerprint
