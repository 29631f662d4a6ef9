from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alia_judge.judging.answer.probabilities import PointProbabilities, expected_score, point_probabilities
from alia_judge.models.logprobs import TokenAlternatives
from alia_judge.records import Scale

LIKERT = Scale.ordinal(1, 5)
TEN = Scale.ordinal(1, 10)


def _token(tops: dict[str, float], chosen: str | None = None) -> TokenAlternatives:
    chosen = chosen if chosen is not None else max(tops, key=lambda token: tops[token])
    ranked = sorted(tops.items(), key=lambda pair: -pair[1])
    return TokenAlternatives(
        token=chosen, logprob=math.log(tops[chosen]), top=tuple((token, math.log(p)) for token, p in ranked)
    )


def _found(found: PointProbabilities | None) -> PointProbabilities:
    assert found is not None
    return found


def test_the_ways_to_write_a_point_add_up() -> None:
    token = _token({"4": 0.4, " 4": 0.2, "**4": 0.05, "▁4": 0.05, "４": 0.05, "5": 0.2, "The": 0.05})
    found = _found(point_probabilities([token], LIKERT))
    assert found.mass == pytest.approx(0.95)
    assert found.probabilities == pytest.approx((0, 0, 0, 0.75 / 0.95, 0.2 / 0.95))


def test_g_eval_equation_1() -> None:
    # sum_i p(s_i) s_i by hand: (0.1*1 + 0.2*2 + 0.4*4 + 0.2*5) / 0.9
    token = _token({"1": 0.1, "2": 0.2, "4": 0.4, "5": 0.2})
    found = _found(point_probabilities([token], LIKERT))
    assert expected_score(np.array(found.probabilities), LIKERT.points) == pytest.approx(3.1 / 0.9)


def test_labels_and_numerals_are_the_same_point() -> None:
    token = _token({"yes": 0.3, "Yes": 0.2, "1": 0.1, "no": 0.3})
    found = _found(point_probabilities([token], Scale.binary()))
    assert found.probabilities == pytest.approx((0.3 / 0.9, 0.6 / 0.9))


def test_ten_as_two_tokens_that_were_written() -> None:
    tokens = [_token({"1": 0.8, "9": 0.2}), _token({"0": 0.9, ".": 0.06, "5": 0.04})]
    found = _found(point_probabilities(tokens, TEN, score=10.0, text="10"))
    # "1" then "0" is 10; "1" then a full stop is 1; "15" is off the scale.
    assert found.probabilities[9] == pytest.approx(0.8 * 0.9 / found.mass)
    assert found.probabilities[0] == pytest.approx(0.8 * 0.06 / found.mass)
    assert found.probabilities[8] == pytest.approx(0.2 / found.mass)
    assert found.mass == pytest.approx(0.2 + 0.8 * 0.96)


def test_a_space_after_a_one_ends_it() -> None:
    tokens = [_token({"1": 1.0}), _token({" 0": 0.6, "0": 0.4})]
    found = _found(point_probabilities(tokens, TEN, score=1.0, text="1 0"))
    assert found.probabilities[0] == pytest.approx(0.6)
    assert found.probabilities[9] == pytest.approx(0.4)


def test_what_the_list_of_alternatives_leaves_out_ends_a_finished_point() -> None:
    tokens = [_token({"1": 1.0}), _token({"0": 0.25})]
    found = _found(point_probabilities(tokens, TEN, score=10.0, text="10"))
    assert found.probabilities[9] == pytest.approx(0.25)
    assert found.probabilities[0] == pytest.approx(0.75)


def test_a_one_that_was_not_written_may_be_one_or_ten() -> None:
    found = _found(point_probabilities([_token({"7": 0.6, "1": 0.4})], TEN, score=7.0, text="7"))
    assert found.probabilities[0] == found.probabilities[9] == pytest.approx(0.2)


def test_a_one_that_ended_the_answer_is_one() -> None:
    found = _found(point_probabilities([_token({"1": 0.6, "7": 0.4})], TEN, score=1.0, text="1"))
    assert found.probabilities[0] == pytest.approx(0.6)


def test_the_score_is_found_where_it_stands() -> None:
    tokens = [_token({"Score": 1.0}), _token({":": 1.0}), _token({" ": 1.0}), _token({"4": 0.7, "5": 0.3})]
    found = _found(point_probabilities(tokens, LIKERT, score=4.0, text="Score: 4", start=7))
    assert found.probabilities[3] == pytest.approx(0.7)


def test_white_space_that_the_server_stripped_from_the_text_does_not_shift_the_place() -> None:
    tokens = [_token({"\n": 1.0}), _token({" 3": 0.1, " 4": 0.9}, chosen=" 4"), _token({".": 1.0})]
    found = _found(point_probabilities(tokens, LIKERT, score=4.0, text="4.", start=0))
    assert found.probabilities[3] == pytest.approx(0.9)


def test_without_a_score_the_first_real_token_is_read() -> None:
    tokens = [_token({"\n\n": 1.0}), _token({"The": 0.6, "4": 0.3, "2": 0.1}), _token({" text": 1.0})]
    found = _found(point_probabilities(tokens, LIKERT))
    assert found.mass == pytest.approx(0.4)
    assert found.probabilities[3] == pytest.approx(0.75)


def test_a_label_of_several_tokens_is_followed_where_it_was_written() -> None:
    scale = Scale.nominal(["partly right", "partly wrong", "wrong"])
    tokens = [_token({" partly": 0.8, " wrong": 0.2}), _token({" right": 0.9, " wrong": 0.1})]
    found = _found(point_probabilities(tokens, scale))
    assert found.probabilities == pytest.approx((0.72, 0.08, 0.2))


def test_a_label_of_several_tokens_is_divided_where_it_was_not() -> None:
    scale = Scale.nominal(["partly right", "partly wrong", "wrong"])
    found = _found(point_probabilities([_token({" wrong": 0.6, " partly": 0.4})], scale))
    assert found.probabilities == pytest.approx((0.2, 0.2, 0.6))


def test_the_alternatives_to_an_opening_mark_are_read_too() -> None:
    tokens = [_token({"[": 0.6, "4": 0.3, "5": 0.1}), _token({"Response": 1.0})]
    found = _found(point_probabilities(tokens, LIKERT))
    assert found.mass == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("tokens", "scale"),
    [
        ([], LIKERT),
        ([_token({"4": 1.0})], Scale.continuous(0, 5)),
        ([_token({"The": 1.0})], LIKERT),
        ([_token({" ": 1.0})], LIKERT),
    ],
)
def test_where_there_is_nothing_to_read_there_is_nothing(tokens: list[TokenAlternatives], scale: Scale) -> None:
    assert point_probabilities(tokens, scale) is None


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["1", "0", "10", "2", " 3", ".", "yes", "The", "", "\n"]),
            st.floats(0.001, 1.0),
            min_size=1,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_probabilities_sum_to_one_and_mass_to_no_more(positions: list[dict[str, float]]) -> None:
    tokens = [_token({token: p / sum(tops.values()) for token, p in tops.items()}) for tops in positions]
    found = point_probabilities(tokens, TEN)
    if found is not None:
        assert sum(found.probabilities) == pytest.approx(1.0)
        assert 0.0 < found.mass <= 1.0
        assert min(found.probabilities) >= 0.0
