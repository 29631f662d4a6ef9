"""One screen for whoever has to decide: every question is answered, from the figures, within a screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from browser import Browser

import alia_judge as aj
from alia_judge.evaluation.result import EvaluationResult
from alia_judge.reporting import brief_page, render, write_page


@pytest.fixture(scope="module")
def result() -> EvaluationResult:
    ratings = aj.load_sample()
    scores = {
        "good": {item.item_id: float(item.extra["true_helpfulness"]) for item in ratings.items()},
        "counter": {item.item_id: len(item.response.split()) / 20 for item in ratings.items()},
    }
    return aj.evaluate_scores(ratings, scores, criterion="helpfulness", options=aj.EvaluationOptions(n_resamples=50))


def _answers(result: EvaluationResult, **which: str) -> dict[str, str]:
    (section,) = brief_page(result, **which).sections
    return {row[0]: row[1] for row in section.blocks[1].rows}


def test_it_answers_every_question_from_the_figures(result: EvaluationResult) -> None:
    best, counter = _answers(result), _answers(result, judge="counter")
    figure = result.judge("good").headline
    assert best["What it is"].startswith("good, an LLM judge of helpfulness: it scored 180 of 180 items")
    assert best["How good"] == f"Spearman {figure}"
    assert f"between {figure.low:.2f} and {figure.high:.2f} (an interval of 95%)" in best["How sure"]
    assert "Better than surface features alone: yes" in best["Compared with"]
    assert "Better than word overlap alone: no, it is worse" in counter["Compared with"]
    assert best["Cost"] == "Unknown: these scores carry no price."


def test_what_it_costs_and_for_whom_it_is_not(result: EvaluationResult) -> None:
    found = result.criteria["helpfulness"]
    part = next(iter(found.judges["good"].slices["language"].items()))
    worse = {part[0]: replace(part[1], difference=replace(part[1].difference, value=-0.4), p_value=0.001)}
    judge = replace(found.judges["good"], usage={"cost": 0.36, "seconds": 1.25}, slices={"language": worse})
    changed = replace(result, criteria={"helpfulness": replace(found, judges={"good": judge})})
    answers = _answers(changed)
    assert answers["Cost"] == "$2.00 for 1,000 items. 1.2 seconds a verdict."
    assert f"It agrees less with people on: language {part[0]}." in answers["For whom not"]


def test_one_screen_shows_one_criterion(result: EvaluationResult) -> None:
    two = replace(result, criteria={"a": result.criteria["helpfulness"], "b": result.criteria["helpfulness"]})
    with pytest.raises(aj.AliaJudgeError, match=r"one screen shows one criterion; say which of a, b"):
        brief_page(two)
    assert "good judges b" in render(brief_page(two, criterion="b"))


@pytest.mark.chromium
def test_it_is_one_screen(result: EvaluationResult, tmp_path: Path) -> None:
    page = write_page(brief_page(result), tmp_path / "brief.html")
    with Browser() as browser:
        browser.show(page, width=1600)
        # What a browser shows at once on 1,080 lines.
        assert browser.run("document.querySelector('footer').getBoundingClientRect().top") <= 940
        assert browser.overflow() == 0
