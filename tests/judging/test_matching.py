"""A criterion's name, in people's words and languages, leads to its built-in rubric or to none; never the opposite."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alia_judge.judging.rubrics.builtin import BUILTIN_RUBRICS, builtin_rubric
from alia_judge.judging.rubrics.choosing import rubrics_for
from alia_judge.judging.rubrics.matching import matching_rubric
from alia_judge.judging.rubrics.wording import LANGUAGES
from alia_judge.records import Scale

PEOPLE_WRITE = [
    ("utilidad", "helpfulness"),
    ("Útil", "helpfulness"),
    ("Utilidad (1-5)", "helpfulness"),
    ("calidad_de_la_respuesta", "helpfulness"),
    ("erabilgarritasuna", "helpfulness"),
    ("tono", "tone"),
    ("Ton", "tone"),
    ("trato", "tone"),
    ("corrección", "correctness"),
    ("correcció", "correctness"),
    ("zuzentasuna", "correctness"),
    ("seguridad", "safety"),
    ("seguridade", "safety"),
    ("nota seguretat", "safety"),
    ("estereotipos", "stereotypes"),
    ("Estereotips i biaixos", "stereotypes"),
    ("lenguajeInclusivo", "inclusive_language"),
    ("hizkera-inklusiboa", "inclusive_language"),
    ("protección de datos", "privacy"),
    ("Coherence", "coherence"),
]


@pytest.mark.parametrize(("written", "rubric"), PEOPLE_WRITE)
def test_what_people_write_is_found(written: str, rubric: str) -> None:
    assert matching_rubric(written) == rubric


@pytest.mark.parametrize("written", ["inutilidad", "toxicidad", "alucinaciones", "salero", "5W1H", "", "1-5", "rating"])
def test_what_points_the_other_way_or_is_not_known_is_not(written: str) -> None:
    assert matching_rubric(written, ["es", "ca", "eu", "gl", "en"]) is None


def test_two_letters_count_in_their_own_language_only() -> None:
    assert matching_rubric("to", ["ca"]) == "tone"
    assert matching_rubric("to", ["es", "en"]) is None
    assert matching_rubric("to") is None


@given(
    name=st.sampled_from(BUILTIN_RUBRICS),
    language=st.sampled_from(LANGUAGES),
    case=st.sampled_from([str.upper, str.lower, str.title]),
    around=st.sampled_from(["{}", " {} ", "{} (1-5)", "{}_5", "¿{}?"]),
)
def test_every_rubric_is_found_by_its_own_name_in_its_language(name, language, case, around) -> None:
    written = around.format(case(builtin_rubric(name, language).criterion))
    assert matching_rubric(written, [language]) == name


def test_labels_and_pairs_keep_what_to_look_at_and_their_own_points() -> None:
    labels = Scale.nominal(["formal", "neutro", "brusco"])
    (rubric,) = rubrics_for("tone", labels, ["es"])
    assert (rubric.scale, dict(rubric.anchors)) == (labels, {})
    assert rubric.instructions == builtin_rubric("tone", "es").instructions
    (graded,) = rubrics_for("tone", Scale.continuous(0, 100), ["es"])
    assert len(graded.anchors) == 5
