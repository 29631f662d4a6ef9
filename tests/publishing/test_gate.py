from __future__ import annotations

import math
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from alia_judge.errors import UsageError
from alia_judge.evaluation import EvaluationOptions, evaluate_scores
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubric import Rubric
from alia_judge.probes import run_probes
from alia_judge.publishing import Published, check_published, publish_judge, read_published
from alia_judge.ratings.load import load_ratings
from alia_judge.records import Item, Scale

SCALE = Scale.ordinal(1, 5)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    rows = [
        {"item_id": f"i{n:02}", "annotator_id": who, "value": 1 + (n * 7 + (who == "b")) % 5, "response": "r" * n}
        for n in range(40)
        for who in "ab"
    ]
    ratings = load_ratings(rows, criterion="c", scales={"c": SCALE})
    result = evaluate_scores(
        ratings,
        {"judge": {f"i{n:02}": 1.0 + (n * 7) % 5 for n in range(36)}},
        options=EvaluationOptions(n_resamples=50),
    )
    items = [Item(item_id=str(n), prompt=str(n), response=f"Uno {n}. Dos.", language="es") for n in range(20)]
    probes = run_probes(lambda given: np.array([float("\n" in one.response) for one in given]), items, SCALE)
    folder = tmp_path_factory.mktemp("gate") / "judge"
    judge = Judge(Rubric(criterion="c", scale=SCALE), "openai/judge")
    publish_judge(judge, folder, name="evil\nname\x00::warning::", evaluation=result, probes=probes)
    return read_published(folder)


def test_bounds_that_are_kept(published: Published) -> None:
    judge = published.evaluation.judge()
    report = check_published(
        published,
        minimum={"spearman": 0.1, "spearman.low": -1, "coverage": 0.9, "winning_rate": 0},
        maximum={"mae": 3, "length_padding.shift": 0.0},
    )
    assert report.passed
    assert report.requirements[0].value == judge.correlation["item"]["spearman"].value
    assert report.requirements[1].value == judge.correlation["item"]["spearman"].low
    assert report.reason.endswith("meets all 6 requirements")


def test_bounds_that_are_not_kept_are_named(published: Published) -> None:
    report = check_published(published, minimum={"coverage": 0.95}, maximum={"markdown_layout.moved_share": 0.05})
    assert not report.passed
    assert "coverage: 0.900, expected at least 0.95" in report.reason
    assert "markdown_layout.moved_share: 1.000, expected at most 0.05" in report.reason


def test_what_was_never_measured_does_not_pass(published: Published) -> None:
    report = check_published(published, minimum={"system.spearman": -1}, maximum={"order_flip": 1.0})
    assert [requirement.met for requirement in report.requirements] == [False, False]
    assert all(math.isnan(requirement.value) for requirement in report.requirements)
    assert "unknown (the items have no systems)" in report.reason
    bare = replace(published, evaluation=None, probes=None)
    assert "published without an evaluation" in check_published(bare, minimum={"spearman": 0}).reason
    assert "published without probes" in check_published(bare, maximum={"order_flip": 1}).reason


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sperman", "there is no figure 'sperman'; there are: spearman, "),
        ("spearman.middle", r"there is no figure 'spearman\.middle'"),
        ("typos.median", "a probe has shift, effect and moved_share, got 'median'"),
    ],
)
def test_unknown_figures_are_refused(published: Published, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_published(published, minimum={name: 0.5})


def test_nothing_asked_is_refused(published: Published) -> None:
    with pytest.raises(UsageError, match="check needs at least one bound"):
        check_published(published)


def test_outputs_for_ci_hold_hostile_names(published: Published) -> None:
    report = check_published(published, minimum={"coverage": 0.95, "spearman": -1})
    suite = ElementTree.fromstring(report.to_junit())
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.find("failure") is not None for case in suite] == [True, False]
    (line,) = report.to_github().splitlines()
    assert line.startswith("::error title=alia-judge check::evil%0Aname")
    data = report.to_dict()
    assert data["schema"] == "alia-judge/check/1"
    assert data["passed"] is False


def test_the_card_says_what_moves_it(published: Published) -> None:
    assert "| markdown\\_layout | 1 | no | 1.000" in published.card
    assert "not applicable: 0 items can be changed so" in published.card
