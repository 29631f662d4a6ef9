"""Scores that are codes for no score are told, and never averaged."""

from __future__ import annotations

import math

import pytest

import alia_judge as aj
from alia_judge.errors import DegenerateDataWarning
from alia_judge.evaluation.failure_codes import failure_codes
from alia_judge.records import Scale

LIKERT = Scale.ordinal(1, 5)
GOOD = {f"i{n}": float(1 + n % 5) for n in range(40)}


@pytest.mark.parametrize("code", [-1.0, 0.0, 99.0, -99.0, 999.0])
def test_a_code_is_unscored_and_said(code: float) -> None:
    ratings = aj.load_ratings(
        [
            {"item_id": item, "annotator": who, "score": value, "response": f"text {item}"}
            for item, value in GOOD.items()
            for who in ("ana", "jon")
        ],
        scales={"rating": "1-5"},
    )
    options = aj.EvaluationOptions(n_resamples=50)
    with pytest.warns(DegenerateDataWarning, match=rf"{code:g} \(2\) lie off the scale of 1 to 5"):
        found = aj.evaluate_scores(ratings, {"j": {**GOOD, "i3": code, "i7": code}}, options=options).judge("j")
    assert float(found.correlation["item"]["spearman"].value) == pytest.approx(1.0)
    assert found.unscored == {"off_scale": 2}
    assert found.coverage == pytest.approx(38 / 40)


@pytest.mark.parametrize(
    ("scores", "scale", "codes"),
    [
        ({**GOOD, "i0": -1.0}, LIKERT, {"i0": -1.0}),
        ({**GOOD, "i0": 0.0}, Scale.ordinal(0, 5), {}),  # a point of it
        ({**GOOD, "i0": -1.0}, Scale.ordinal(-2, 5), {}),
        ({item: value * 20 for item, value in GOOD.items()} | {"i0": 0.0}, LIKERT, {}),  # another scale
        ({item: value - 3 for item, value in GOOD.items()}, LIKERT, {}),  # from -2 to 2
        ({item: value - 1 for item, value in GOOD.items()}, LIKERT, {}),  # counted from 0
        ({**GOOD, "i0": 3.7}, LIKERT, {}),
        ({**GOOD, "i0": 6.0}, LIKERT, {}),
        ({**GOOD, "i0": math.nan}, LIKERT, {}),
        ({"a": -1.0, "b": -1.0, "c": 3.0}, LIKERT, {}),
        ({**GOOD, "i0": -1.0}, Scale.nominal(["a", "b"]), {}),
    ],
)
def test_what_may_be_a_score_is_one(scores: dict[str, float], scale: Scale, codes: dict[str, float]) -> None:
    assert failure_codes(scores, scale) == codes
