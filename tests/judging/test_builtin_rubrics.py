from __future__ import annotations

import re
from pathlib import Path

import pytest

import alia_judge.judging
from alia_judge.errors import UsageError
from alia_judge.judging.kinds import ChecklistJudge
from alia_judge.judging.prompt.prompt import render_rubric
from alia_judge.judging.rubrics.builtin import BUILTIN_RUBRICS, builtin_rubric
from alia_judge.judging.rubrics.wording import LANGUAGES

#: Words that occur in nearly every text of a language and in none of the others as a whole word.
TELLTALE = {
    "en": {"the", "is", "of", "it"},
    "es": {"y", "lo", "está", "¿"},
    "ca": {"i", "amb", "és", "el que"},
    "eu": {"eta", "du", "da", "edo"},
    "gl": {"é", "unha", "ou", "co", "non"},
}
each = pytest.mark.parametrize("name", BUILTIN_RUBRICS)
in_each_language = pytest.mark.parametrize("language", LANGUAGES)


@each
@in_each_language
def test_every_point_has_an_anchor_and_every_step_is_a_question(name: str, language: str) -> None:
    rubric = builtin_rubric(name, language)
    assert rubric.language == language
    assert sorted(rubric.anchors) == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert len(set(rubric.anchors.values())) == 5
    assert len(rubric.steps) == 3
    for text in (rubric.instructions, *rubric.steps):
        assert "?" in text
        assert ("¿" in text) == (language == "es")
    for text in rubric.anchors.values():
        assert text.endswith(".")
        assert text[0].isupper()


@each
@in_each_language
def test_the_words_are_those_of_the_language(name: str, language: str) -> None:
    rubric = builtin_rubric(name, language)
    text = " ".join([rubric.instructions, *rubric.anchors.values(), *rubric.steps]).lower()
    words = set(re.findall(r"\w+", text)) | {mark for mark in ("¿", "el que") if mark in text}
    counts = {other: len(telltale & words) for other, telltale in TELLTALE.items()}
    assert max(counts, key=lambda other: counts[other]) == language, counts


@in_each_language
def test_no_sentence_is_left_untranslated(language: str) -> None:
    for name in BUILTIN_RUBRICS:
        mine, others = builtin_rubric(name, language), [builtin_rubric(name, o) for o in LANGUAGES if o != language]
        for other in others:
            assert not set(mine.anchors.values()) & set(other.anchors.values())
            assert not set(mine.steps) & set(other.steps)
            assert mine.instructions != other.instructions


@each
@in_each_language
@pytest.mark.parametrize("style", ["anchored", "terse", "checklist", "expert"])
def test_every_style_can_be_rendered_and_asked_as_a_checklist(name: str, language: str, style: str) -> None:
    rubric = builtin_rubric(name, language, style=style)
    assert rubric.criterion in render_rubric(rubric)
    assert len(ChecklistJudge(rubric).members) == 3


def test_the_list_of_names_is_the_folder() -> None:
    folder = Path(alia_judge.judging.__file__).parent / "rubrics" / "texts"
    assert sorted(path.stem for path in folder.iterdir()) == list(BUILTIN_RUBRICS)


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match=r"a built-in rubric is one of clarity, .*, got 'wit'"):
        builtin_rubric("wit")
    with pytest.raises(UsageError, match="language must be one of ca, en, es, eu, gl, got 'fr'"):
        builtin_rubric("tone", "fr")
