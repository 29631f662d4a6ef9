from __future__ import annotations

from alia_judge.judging.neighbours import NearestDemos

POOL = [
    {"response": "The bill is wrong", "score": 1},
    {"response": "The line is down again", "score": 2},
    {"response": "My bill has doubled", "score": 3},
    {"response": "Gràcies per l'ajuda", "score": 4},
]


def test_the_likest_stands_last() -> None:
    nearest = NearestDemos(POOL).nearest({"response": "Is my bill wrong?"}, 2)
    assert [demo["score"] for demo in nearest] == [3, 1]


def test_a_rare_word_in_a_short_text_weighs_most() -> None:
    pool = [{"response": "line line line fault"}, {"response": "line"}, {"response": "line and a rare word among many"}]
    index = NearestDemos(pool)
    assert index.nearest({"response": "line"}, 1) == [pool[0]]  # it says so three times
    assert index.nearest({"response": "a rare line"}, 1) == [pool[2]]


def test_an_item_is_not_shown_its_own_score() -> None:
    nearest = NearestDemos(POOL).nearest({"response": "The bill is wrong"}, 4)
    assert [demo["score"] for demo in nearest if demo["score"] == 1] == []
    assert len(nearest) == 3


def test_without_a_word_in_common_the_pool_goes_by_its_order() -> None:
    assert [demo["score"] for demo in NearestDemos(POOL).nearest({"response": "zzz"}, 2)] == [2, 1]


def test_an_empty_pool_has_nothing_to_show() -> None:
    assert NearestDemos([]).nearest({"response": "x"}, 3) == []
