"""What must not change a reading: thoughts before it, and how long the answer is."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alia_judge.judging.answer import distractors, labels, numerals, objects, parsing, vocabulary
from alia_judge.judging.answer.parsing import parse_answer
from alia_judge.models import thinking
from alia_judge.models.thinking import FAMILIES, thoughts_of, without_thinking
from alia_judge.records import Scale

LIKERT = Scale.ordinal(1, 5)
FAITHFUL = Scale.binary(("unfaithful", "faithful"))
EXAMPLES = [family.example for family in FAMILIES if family.example]
ANSWERS = [
    ("4", LIKERT),
    ("Score: 4", LIKERT),
    ('{"score": 4}', LIKERT),
    ("Puntuación: 4\n\nOmite 2 datos.", LIKERT),
    ("**Faithful:** no", FAITHFUL),
    ("The reply is fine.", LIKERT),
    ("3 or 4", LIKERT),
]
#: What a thought may hold: whatever a judge weighs, in any words, but no mark of its own end.
THOUGHTS = st.text(
    alphabet=st.characters(exclude_characters="<>[]◁▷|╭╰│", exclude_categories=("Cs", "Cc")), max_size=80
)
WEIGHED = st.sampled_from(
    ["Score: 2", "\\boxed{3}", "Final score: 1.", '{"score": 5}', "Faithful: yes", "2 or 3?", "1. a\n2. b"]
)


@pytest.mark.parametrize("example", EXAMPLES)
@settings(deadline=None)
@given(st.sampled_from(ANSWERS), st.lists(st.one_of(THOUGHTS, WEIGHED), max_size=3))
def test_a_thought_before_an_answer_changes_nothing(example: str, answer: tuple[str, Scale], said: list[str]) -> None:
    text, scale = answer
    thought = " ".join(["Hmm", *said, "so."]).replace("assistantfinal", "").replace("\n", " ")
    alone, after = parse_answer(text, scale), parse_answer(example.format(thought.replace("{", "(")) + text, scale)
    assert (after.score, after.reason) == (alone.score, alone.reason)


@settings(deadline=None)
@given(st.sampled_from(EXAMPLES), st.sampled_from(EXAMPLES), st.sampled_from(ANSWERS))
def test_a_thought_may_speak_of_other_marks(outer: str, inner: str, answer: tuple[str, Scale]) -> None:
    text, scale = answer
    opening = inner.split("{}")[0].strip().replace("\n", " ")
    if "{}" in outer and not outer.startswith("{}"):
        alone, after = parse_answer(text, scale), parse_answer(outer.format(f"mark {opening} Score 3") + text, scale)
        assert after.score in (alone.score, None)  # never another number


@pytest.mark.parametrize("example", [one for one in EXAMPLES if not one.startswith(("{}", ">"))])
def test_a_thought_that_was_cut_is_no_answer(example: str) -> None:
    begun = example.split("{}")[0] + "I would say Score: 3"
    assert parse_answer(begun, LIKERT).score is None
    assert parse_answer(begun, LIKERT, truncated=True).reason == "truncated"


def test_an_answer_that_says_where_it_begins_is_read_from_there() -> None:
    assert parse_answer("It may be 3.\n</think>\n\n4", LIKERT).score == 4.0
    assert parse_answer("Score: 2 at first.\n<answer>4</answer>", LIKERT).score == 4.0
    assert parse_answer("<answer>2</answer> <answer>4</answer>", LIKERT).reason == "ambiguous"
    assert parse_answer("> 4", LIKERT).score == 4.0  # a quote and nothing else


@pytest.mark.parametrize(
    "message",
    [
        {"reasoning": "3?"},
        {"reasoning_content": "3?"},
        {"thinking": "3?"},
        {"reasoning_details": [{"type": "reasoning.text", "text": "3?"}]},
        {"reasoning_details": [{"type": "reasoning.summary", "summary": "3?"}]},
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "3?"}]},
                {"type": "text", "text": "4"},
            ]
        },
    ],
)
def test_thoughts_are_found_in_whatever_field_they_were_moved_to(message: dict[str, Any]) -> None:
    assert thoughts_of(message) == "3?"
    assert thoughts_of({"content": "4"}) == ""


class Counted:
    """A pattern that counts how many characters it was given to look at."""

    def __init__(self, pattern: re.Pattern[str], steps: list[int]) -> None:
        self._pattern, self._steps = pattern, steps

    def __getattr__(self, name: str) -> Any:
        given = getattr(self._pattern, name)
        if name not in ("match", "search", "finditer", "fullmatch", "sub", "findall"):
            return given

        def counted(*args: Any) -> Any:
            text = args[1] if name == "sub" else args[0]
            start = args[1] if len(args) > 1 and name != "sub" else 0
            end = args[2] if len(args) > 2 and name != "sub" else len(text)
            found = given(*args)
            # A search that goes on from where it found something has looked no further.
            stopped = found.end() if name == "search" and found is not None else end
            self._steps.append(max(0, min(end, stopped) - start))
            return found

        return counted


def _steps(text: str, scale: Scale, monkeypatch: pytest.MonkeyPatch, **asked: Any) -> int:
    steps: list[int] = []
    modules: list[ModuleType] = [distractors, labels, numerals, objects, parsing, vocabulary, thinking]
    with monkeypatch.context() as patched:
        for module in modules:
            for name, held in list(vars(module).items()):
                if isinstance(held, re.Pattern):
                    patched.setattr(module, name, Counted(held, steps))
        parse_answer(text, scale, **asked)
    return sum(steps)


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "1 ",
            "1\n",
            "1, ",
            "Score: 4 ",
            "score ",
            "score: ",
            "4/5 ",
            "~4 ",
            "3 or ",
            "1. a\n",
            "not 4 ",
            "{",
            '{"a":',
            "<think>",
        ),
        *(
            "</think>",
            "[[",
            "****",
            "    ",
            "\n",
            "yes no ",
            "faithful: no ",
            "⭐",
            "> 1\n",
            "$4 ",
            "1.",
            "a 1 b 2 c 3 ",
            "<1 ",
        ),
        *("(", "[", "\u200b", "４ ", "<details>", "analysis", "four ", "cuatro. ", "pass/fail "),
    ],
)
@pytest.mark.parametrize(
    "scale", [LIKERT, FAITHFUL, Scale.ordinal(1, 5, labels=("awful", "bad", "fair", "good", "great"))]
)
def test_reading_takes_steps_in_proportion_to_the_answer(
    unit: str, scale: Scale, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, large = (unit * (size // len(unit)) for size in (2048, 8192))
    few, many = (_steps(text, scale, monkeypatch) for text in (small, large))
    assert many <= 8 * max(few, len(small))  # four times the text; quadratic would be sixteen
    assert many <= 1000 * len(large)


@pytest.mark.parametrize("reasoning", ["none", "first", "after"])
def test_an_answer_without_end_is_read_where_its_score_was_asked_for(
    reasoning: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons = "It says so and so. " * 20_000
    text = f"{reasons}\nScore: 4" if reasoning == "first" else f"Score: 4\n{reasons}"
    parsed = parse_answer(text, LIKERT, reasoning=reasoning)
    assert parsed.score == 4.0
    assert text[parsed.start] == "4"
    assert _steps(text, LIKERT, monkeypatch, reasoning=reasoning) <= 1000 * parsing.LONGEST


def test_thoughts_are_blanked_in_their_place() -> None:
    text = "<think>3?</think>4"
    assert without_thinking(text).index("4") == text.index("4")
