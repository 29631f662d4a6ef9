from __future__ import annotations

import pytest

from alia_judge.models.logprobs import TokenAlternatives
from alia_judge.models.thinking import spoken


def tokens(*texts: str) -> tuple[TokenAlternatives, ...]:
    return tuple(TokenAlternatives(token=text, logprob=-0.1, top=((text, -0.1),)) for text in texts)


def texts_of(found: tuple[TokenAlternatives, ...]) -> list[str]:
    return [token.token for token in found]


def test_an_answer_without_thinking_is_left_as_it_is():
    given = tokens(" ", "4", "<eos>")
    assert spoken("4", given) == ("4", given)


@pytest.mark.parametrize("text", ["<think>Is it a 2?</think>\n\n4", "Is it a 2?</think>4", "<think></think>4 "])
def test_thinking_in_the_text_is_cut_off_with_its_tokens(text):
    answer, kept = spoken(text, tokens("<think>", "Is it a ", "2", "?", "</think>", "\n\n", "4", "<eos>"))
    assert answer.strip() == "4"
    assert texts_of(kept) == ["4"]


def test_tokens_of_thinking_that_the_server_moved_elsewhere_are_left_out():
    answer, kept = spoken("Score: 10", tokens("A 9", " or 10", "?", "Score", ":", " 1", "0"), thought=True)
    assert answer == "Score: 10"
    assert texts_of(kept) == ["Score", ":", " 1", "0"]


def test_thinking_that_never_ends_is_no_answer():
    assert spoken("  <think>A 4 at first sight", tokens("<think>", "A 4")) == ("", ())


def test_tokens_that_do_not_spell_the_answer_are_no_witness():
    assert spoken("4", tokens("A", "B"), thought=True) == ("4", ())
