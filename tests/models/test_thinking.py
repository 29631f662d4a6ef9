from __future__ import annotations

import pytest

from alia_judge.models.logprobs import TokenAlternatives
from alia_judge.models.thinking import spelling


@pytest.mark.parametrize(
    ("text", "generated", "kept"),
    [
        ("Score: 10", ["A 9", " or 10", "?", "Score", ":", " 1", "0"], ["Score", ":", " 1", "0"]),
        ("\n4\n", ["A 4 or 5", "</think>", "\n4", "\n", "<eos>"], ["\n4"]),
        ("4", ["4", "4"], ["4"]),
        ("4", ["A", "B"], []),
        ("", ["4"], []),
        ("4", [], []),
    ],
)
def test_the_last_tokens_that_spell_the_answer_are_its_own(text, generated, kept):
    tokens = [TokenAlternatives(token=token, logprob=-0.1, top=((token, -0.1),)) for token in generated]
    assert [token.token for token in spelling(text, tokens)] == kept
