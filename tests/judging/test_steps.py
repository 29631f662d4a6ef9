from __future__ import annotations

from dataclasses import replace

import dspy
import pytest
from scripted_lm import respond, scripted_lm

from alia_judge.errors import ModelError, UsageError
from alia_judge.judging.question.steps import with_steps
from alia_judge.judging.rubrics.builtin import builtin_rubric
from alia_judge.judging.rubrics.wording import LANGUAGES

BARE = replace(builtin_rubric("tone", "es"), steps=())


def test_steps_are_written_once_and_frozen_into_the_rubric() -> None:
    model = scripted_lm("<think>1. hm\n2. no</think>Pasos:\n1. **Lee la respuesta.**\n2) Busca el saludo.\n- Puntúa.")
    rubric = with_steps(BARE, model)
    assert rubric.steps == ("Lee la respuesta.", "Busca el saludo.", "Puntúa.")
    assert replace(rubric, steps=()) == BARE
    (asked,) = model.engine.requests
    assert "Escribe los pasos" in asked.messages[0].text
    assert BARE.criterion in asked.messages[0].text
    assert "de 5 pasos" in asked.messages[0].text


def test_a_step_cut_off_is_left_out_and_no_more_are_taken_than_asked_for() -> None:
    def answer(request: dspy.lm15.Request) -> object:
        return respond("1. Read.\n2. Compare.\n3. Sco", finish_reason="length")

    assert with_steps(BARE, scripted_lm(answer)).steps == ("Read.", "Compare.")
    assert with_steps(BARE, scripted_lm("1. a\n2. b\n3. c"), most=2).steps == ("a", "b")


def test_what_is_no_list_is_an_error() -> None:
    with pytest.raises(ModelError, match="wrote no list of steps for 'Tono y registro"):
        with_steps(BARE, scripted_lm("I would read it."))
    with pytest.raises(UsageError, match="has steps already"):
        with_steps(builtin_rubric("tone"), scripted_lm(""))
    with pytest.raises(UsageError, match="most must be at least 2, got 1"):
        with_steps(BARE, scripted_lm(""), most=1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_steps_are_asked_for_in_the_rubrics_language(language: str) -> None:
    model = scripted_lm("1. a\n2. b")
    with_steps(replace(builtin_rubric("tone", language), steps=()), model, most=7)
    assert " 7 " in model.engine.requests[0].messages[0].text
