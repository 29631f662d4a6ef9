"""The token of the score, where what a server lists is not what it gives as the answer."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alia_judge.judging.answer.alignment import token_at
from alia_judge.judging.answer.answer import Answer
from alia_judge.judging.answer.probabilities import point_probabilities
from alia_judge.judging.answer.verdict import raw_verdict
from alia_judge.models.logprobs import TokenAlternatives, token_alternatives
from alia_judge.models.thinking import FAMILIES
from alia_judge.records import Scale, Usage

LIKERT = Scale.ordinal(1, 5)
FOUR = {"4": 0.9, "5": 0.09, "3": 0.009}


def _entry(token: str, tops: dict[str, float] | None = None, **more: object) -> dict[str, object]:
    tops = tops or {token: 0.9}
    alternatives = [{"token": said, "logprob": math.log(p)} for said, p in tops.items()]
    return {"token": token, "logprob": math.log(tops.get(token, 0.5)), "top_logprobs": alternatives, **more}


def _verdict(text: str, entries: list[dict[str, object]], scale: Scale = LIKERT, *, thought: bool = False):
    answer = Answer(
        text=text,
        tokens=tuple(token_alternatives(entries)),
        finish_reason="stop",
        refusal=None,
        usage=Usage(),
        thought=thought,
    )
    return raw_verdict(answer, scale, min_mass=0.1)


def _plain(tokens: list[str]) -> list[TokenAlternatives]:
    return [TokenAlternatives(token=token, logprob=-0.1, top=((token, -0.1),)) for token in tokens]


@pytest.mark.parametrize(
    ("text", "start", "generated", "at"),
    [
        ("Score: 10", 7, ["A 9", " or 10", "?", "Score", ":", " 1", "0"], 5),
        ("\n4\n", 1, ["A 4 or 5", "</think>", "\n4", "\n", "<eos>"], 2),
        ("4", 0, ["A", "B"], None),
        ("4", 0, [], None),
        ("4", 0, ["4", "\n", "4"], None),  # a stop string, or a thought nobody told of
        ("4", 0, ["<s>", "4", "</s>"], 1),
        ("4", 0, ["4", "\n", "Next"], 0),  # the stop string was cut from the text
        ("**4**", 2, ["4"], 0),
        ("4", 0, ["**", "4", "**"], 1),
        ("🙂 4", 2, ["\ufffd", "\ufffd", " 4"], 2),
        ("Año: 4", 5, ["AÃ±o", ":", " 4"], 2),  # a tokenizer's own spelling
    ],
)
def test_the_token_of_a_character_or_none(text: str, start: int, generated: list[str], at: int | None) -> None:
    assert token_at(_plain(generated), text, start) == at


@pytest.mark.parametrize("example", [family.example for family in FAMILIES if family.example and family.opens])
@settings(deadline=None)
@given(st.sampled_from(["3 or 4", "Score: 2", "4", "4 or 5 4"]), st.booleans())
def test_thoughts_listed_in_any_mark_are_no_evidence(example: str, said: str, thought: bool) -> None:
    marks = example.format(said)
    entries = [_entry(mark, {mark: 0.5, "2": 0.4}) for mark in (marks[:7], marks[7:])]
    verdict = _verdict("4", [*entries, _entry("4", FOUR)], thought=thought)
    assert verdict.method == "logprobs"
    assert verdict.score == pytest.approx((0.9 * 4 + 0.09 * 5 + 0.009 * 3) / 0.999)


def test_thoughts_without_marks_are_told_by_the_server_or_by_the_end() -> None:
    thoughts = [_entry("4", {"4": 0.6, "2": 0.4}), _entry(" or 5? ", None)]
    assert _verdict("4", [*thoughts, _entry("4", FOUR)], thought=True).mass == pytest.approx(0.999)
    assert _verdict("4", [_entry("2"), _entry(" or 5? "), _entry("4", FOUR)]).mass == pytest.approx(0.999)


@pytest.mark.parametrize(
    "spelt",
    [
        ["<0xEF>", "<0xBC>", "<0x94>", "<0x95>"],  # llama.cpp, SentencePiece
        ["bytes:\\xef", "bytes:\\xbc", "bytes:\\x94", "bytes:\\x95"],  # OpenAI
    ],
)
def test_a_digit_of_three_bytes_is_read_at_its_last(spelt: list[str]) -> None:
    first, second, four, five = spelt
    entries = [_entry(first, {first: 1.0}), _entry(second, {second: 1.0}), _entry(four, {four: 0.8, five: 0.2})]
    verdict = _verdict("４", entries)
    assert verdict.method == "logprobs"
    assert verdict.probabilities == pytest.approx((0, 0, 0, 0.8, 0.2))


def test_a_replacement_character_is_read_from_its_bytes() -> None:
    emoji = "🙂".encode()
    entries = [_entry("\ufffd", bytes=[emoji[0], emoji[1]]), _entry("\ufffd", bytes=[emoji[2], emoji[3]])]
    verdict = _verdict("🙂 4", [*entries, _entry(" 4", {" 4": 0.9, " 5": 0.1})])
    assert verdict.probabilities == pytest.approx((0, 0, 0, 0.9, 0.1))


def test_a_token_that_does_not_begin_the_score_is_no_evidence() -> None:
    # The server lists the tokens of something else; the fourth character falls on another number.
    tokens = _plain(["2", "2", "2"])
    assert point_probabilities(tokens, LIKERT, score=4.0, text="222", start=0) is None
    faithful = Scale.binary(("unfaithful", "faithful"))
    verdict = _verdict(
        "Faithful: no", [_entry("Faithful"), _entry(":"), _entry(" no", {" no": 0.9, " yes": 0.1})], faithful
    )
    assert (verdict.score, verdict.method) == (0.0, "text")


def test_a_token_without_a_figure_leaves_the_others_in_their_place() -> None:
    entries = [{"token": "4", "logprob": None, "top_logprobs": []}, _entry("."), _entry(" 2", {" 2": 0.9, " 1": 0.1})]
    verdict = _verdict("4. 2", entries)
    assert verdict.method == "text"


def test_token_numbers_in_place_of_tokens_are_no_evidence() -> None:
    verdict = _verdict("4", [_entry("token_id:19", {"token_id:19": 0.9, "token_id:20": 0.09})])
    assert (verdict.score, verdict.method) == (4.0, "text")


@pytest.mark.parametrize("value", [1000.0, 1.6, math.inf])
def test_an_impossible_probability_is_that_answers_error(value: float) -> None:
    verdict = _verdict("4", [{"token": "4", "logprob": value, "top_logprobs": [{"token": "4", "logprob": value}]}])
    assert (verdict.score, verdict.unscored) == (None, "error")
    assert "log-probability" in str(verdict.detail)


def test_rounding_above_zero_and_minus_infinity_are_probabilities() -> None:
    entries = [{"token": "4", "logprob": 1e-6, "top_logprobs": [{"token": "5", "logprob": -math.inf}]}]
    assert _verdict("4", entries).score == 4.0


@settings(deadline=None)
@given(
    st.sampled_from(["", "Okay, ", "Score: ", "**", " ", "It has 2 faults.\n"]),
    st.sampled_from(["", ".", " out of 5", "\n\nGood."]),
)
def test_the_mass_is_never_below_the_tokens_own_probability(before: str, after: str) -> None:
    text = f"{before}4{after}"
    entries = [*([_entry(before)] if before else []), _entry("4", FOUR), *([_entry(after)] if after else [])]
    verdict = _verdict(text, entries)
    if verdict.method == "logprobs":
        assert verdict.mass is not None
        assert verdict.mass >= 0.9 - 1e-9
        assert verdict.parsed == 4.0
