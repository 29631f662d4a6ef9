from __future__ import annotations

import copy
import json
import pickle

import pytest

from alia_judge.errors import UsageError
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Scale

LIKERT = Scale.ordinal(1, 5)


def _rubric(**changes: object) -> Rubric:
    fields: dict[str, object] = {
        "criterion": "Coherencia",
        "scale": LIKERT,
        "instructions": "¿Las frases se siguen unas de otras?",
        "anchors": {5: "Bien trabado.", 1: "Frases sueltas."},
        "steps": ("Lee el texto.", "Busca saltos."),
        "language": "es",
    }
    return Rubric(**{**fields, **changes})


def test_a_rubric_survives_json() -> None:
    rubric = _rubric()
    assert Rubric.from_dict(json.loads(json.dumps(rubric.to_dict()))) == rubric


def test_copies_are_equal_and_hash_alike() -> None:
    rubric = _rubric()
    for twin in (copy.deepcopy(rubric), pickle.loads(pickle.dumps(rubric))):  # noqa: S301 - our own bytes
        assert twin == rubric
        assert hash(twin) == hash(rubric)


def test_anchors_are_kept_by_point_in_order() -> None:
    assert list(_rubric().anchors) == [1.0, 5.0]


@pytest.mark.parametrize(
    "change",
    [
        {"criterion": "Fluidez"},
        {"instructions": "Otra cosa."},
        {"anchors": {5: "Bien trabado."}},
        {"steps": ()},
        {"language": "gl"},
        {"style": "terse"},
        {"scale": Scale.ordinal(1, 5, reverse=True)},
    ],
)
def test_every_field_changes_the_fingerprint(change: dict[str, object]) -> None:
    assert _rubric(**change).fingerprint != _rubric().fingerprint


def test_the_order_of_anchors_does_not_change_the_fingerprint() -> None:
    assert _rubric(anchors={1: "Frases sueltas.", 5: "Bien trabado."}).fingerprint == _rubric().fingerprint


def test_labels_stand_in_for_missing_anchors() -> None:
    rubric = Rubric(
        criterion="Tono", scale=Scale.ordinal(1, 3, labels=("mal", "pasable", "bien")), anchors={3: "Cortés."}
    )
    assert [rubric.words(point) for point in rubric.scale.points] == ["mal", "pasable", "Cortés."]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"criterion": "  "}, "a rubric needs a criterion"),
        (
            {"anchors": {6: "Más que perfecto."}},
            "anchor 6 is off the scale of 'Coherencia', which has points 1, 2, 3, 4, 5",
        ),
        ({"style": "verbose"}, "style must be one of anchored, terse, checklist, expert, got 'verbose'"),
        ({"style": "checklist", "steps": ()}, "needs steps to check, got none"),
        ({"instructions": "Cut \ud83d"}, "half of a character stands in the instructions of 'Coherencia'"),
        ({"anchors": {5: "\ude00 cut"}}, "half of a character stands in the anchors"),
        ({"steps": ("whole", "\ud83d")}, "half of a character stands in the steps"),
        ({"criterion": "Tono \ud83d"}, "half of a character stands in the criterion"),
        ({"language": "fr"}, "language must be one of ca, en, es, eu, gl, got 'fr'"),
    ],
)
def test_what_cannot_be_a_rubric_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        _rubric(**change)
