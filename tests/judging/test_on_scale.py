"""A rubric on its own points for ratings on any graded scale: verdicts come out on the ratings' scale, best on best."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.question.granularity import mapped_back
from alia_judge.judging.rubrics.builtin import builtin_rubric
from alia_judge.records import Scale, Verdict

HALF = Scale(kind="ordinal", points=tuple(1 + n / 2 for n in range(9)))
SCALES = [HALF, Scale.ordinal(0, 10), Scale.ordinal(0, 100), Scale.continuous(0, 100), Scale.ordinal(1, 3)]
RUBRIC = builtin_rubric("helpfulness", "es")


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_the_model_is_asked_on_the_rubrics_points(scale: Scale) -> None:
    judge = Judge(RUBRIC).on_scale(scale)
    assert judge.scale == scale
    assert judge.rubric == RUBRIC
    prompt = judge._ask(judge.rubric).open(()).messages[0]["content"]
    assert "1-5" in prompt
    assert RUBRIC.anchors[5.0] in prompt


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_state_and_configuration_keep_the_scale(scale: Scale) -> None:
    judge = Judge(RUBRIC).on_scale(scale)
    assert Judge.from_state(judge.dump_state()).scale == scale
    assert judge.configuration() != Judge(RUBRIC).configuration()
    assert judge.on_scale(RUBRIC.scale).configuration() == Judge(RUBRIC).configuration()


@given(
    likely=st.lists(st.floats(0.01, 1.0), min_size=5, max_size=5),
    low=st.integers(-5, 5),
    steps=st.integers(1, 30),
    reverse=st.booleans(),
)
def test_the_expected_score_keeps_its_place_between_the_worst_and_the_best(likely, low, steps, reverse) -> None:
    likely = [share / sum(likely) for share in likely]
    expected = sum(point * share for point, share in zip(range(1, 6), likely, strict=True))
    scale = Scale.ordinal(low, low + steps, reverse=reverse)
    found = mapped_back(Verdict(score=expected, parsed=None, probabilities=tuple(likely)), Scale.ordinal(1, 5), scale)
    goodness = (expected - 1) / 4
    place = (found.score - scale.low) / (scale.high - scale.low)
    assert place == pytest.approx(1 - goodness if reverse else goodness)
    again = sum(point * share for point, share in zip(scale.points, found.probabilities, strict=True))
    assert again == pytest.approx(found.score)


def test_labels_are_no_grades() -> None:
    with pytest.raises(UsageError, match=r"is on 5 points from 1 to 5 and the ratings are on labels formal, brusco"):
        Judge(RUBRIC).on_scale(Scale.nominal(["formal", "brusco"]))
