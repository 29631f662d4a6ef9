"""The rubric in the item's own language."""

from __future__ import annotations

import json
from typing import Any

import pytest
from scripted_lm import scripted_lm

from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import LanguageJudge, judge_from_state
from alia_judge.judging.rubrics.builtin import builtin_rubric
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Item, Scale
from alia_judge.runner import VerdictStore, run

LANGUAGES = ("es", "eu", "en")


def _script(request: Any) -> str:
    """A different answer to each language's prompt."""
    said = {builtin_rubric("tone", language).criterion: str(n) for n, language in enumerate(LANGUAGES, 2)}
    return next(answer for name, answer in said.items() if f": {name}\n" in str(request.system))


def _judge(lm: Any = None) -> LanguageJudge:
    return LanguageJudge(
        [Judge(builtin_rubric("tone", language), lm or scripted_lm(_script)) for language in LANGUAGES]
    )


ITEMS = [
    Item(item_id="a", response="Buenas", language="es"),
    Item(item_id="b", response="Egun on", language="eu-ES"),
    Item(item_id="c", response="Good day", language="en"),
    Item(item_id="d", response="Bo día", language="gl"),
    Item(item_id="e", response="Hm"),
]


def test_each_item_is_asked_about_once_in_its_language_and_the_others_in_the_first() -> None:
    store = VerdictStore()
    result = run(_judge(), ITEMS, store=store)
    assert [verdict.score for verdict in result.verdicts] == [2, 3, 4, 2, 2]
    assert result.progress.paid == 5
    assert run(_judge(), ITEMS, store=store).progress.paid == 0


def test_the_same_text_in_two_languages_is_two_questions() -> None:
    """A verdict's key has the item's texts and not its language, so that the rubric asked has to be part of it."""
    same = [Item(item_id=language, response="OK", language=language) for language in ("es", "eu")]
    assert [verdict.score for verdict in run(_judge(), same, store=VerdictStore()).verdicts] == [2, 3]


def test_called_by_itself_it_takes_the_language_beside_the_texts() -> None:
    judge = _judge()
    assert judge(response="Egun on", language="eu").score == 3
    assert judge(response="Egun on").score == 2


def test_a_member_that_declines_leaves_the_item_unscored() -> None:
    verdict = run(_judge(scripted_lm("I am not able to judge this.")), ITEMS[:1]).verdicts[0]
    assert verdict.unscored is not None
    assert verdict.unscored != "missing"


def test_state_and_back() -> None:
    judge = judge_from_state(json.loads(json.dumps(_judge().dump_state())), scripted_lm(_script))
    assert isinstance(judge, LanguageJudge)
    assert judge.languages == LANGUAGES
    assert judge.configuration() == _judge().configuration()
    assert [verdict.score for verdict in run(judge, ITEMS).verdicts] == [2, 3, 4, 2, 2]


def test_one_rubric_a_language_on_one_scale() -> None:
    spanish = Judge(builtin_rubric("tone", "es"))
    with pytest.raises(UsageError, match="one rubric a language, got es, es"):
        LanguageJudge([spanish, spanish])
    with pytest.raises(UsageError, match="must be on one scale"):
        LanguageJudge([spanish, Judge(Rubric(criterion="tone", scale=Scale.ordinal(1, 3)))])
    with pytest.raises(UsageError, match="at least one language, got none"):
        LanguageJudge([])
