from __future__ import annotations

import math
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from alia_judge.errors import UsageError
from alia_judge.evaluation import EvaluationOptions, evaluate_scores
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.probes import run_probes
from alia_judge.probes.figures import probe_figure
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
    report = check_published(published, minimum={"coverage": 0.95}, maximum={"markdown_list.moved_share": 0.05})
    assert not report.passed
    assert "coverage: 0.900, expected at least 0.95" in report.reason
    assert "markdown_list.moved_share: 1.000, expected at most 0.05" in report.reason


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
        ("typos@some.shift", "a dose is a number, as in truncation@0.3.drop, got 'some'"),
        ("typos.median", "a probe has shift, effect, drop, moved_share, rank_agreement, got 'median'"),
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
    assert "| markdown\\_list | 1 | no | 1.000" in published.card
    assert "not applicable: 0 items can be changed so" in published.card


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("markdown_list.shift", 1.0),
        ("markdown_list.effect.low", math.nan),
        ("length_padding@1.drop", math.nan),
        ("length_padding@1.moved_share.high", None),
        ("length_padding@1.shift", 0.0),
    ],
)
def test_figures_of_probes_by_dose_and_end(published: Published, name: str, value: float | None) -> None:
    (requirement,) = check_published(published, maximum={name: 9}).requirements
    if value is None:
        value = published.probes.of("length_padding", 1).moved_share.high
        assert 0 < value < 1
    assert requirement.value == pytest.approx(value, nan_ok=True)


def test_a_judge_that_likes_what_must_lower_its_score_does_not_pass_for_one_that_falls() -> None:
    items = [Item(item_id=str(n), prompt=str(n), response=f"Uno {n}. Dos.", language="es") for n in range(20)]
    liked = run_probes(
        lambda given: np.array([float("contraseña" in one.response) + int(one.item_id) % 2 for one in given]),
        items,
        Scale.continuous(0, 2),
    )
    assert liked.of("unsafe_advice").outcome == "rose"
    assert probe_figure(liked, "unsafe_advice.drop") == (pytest.approx(-2.0), None)
    assert probe_figure(liked, "unsafe_advice.effect")[0] == pytest.approx(2.0)
    assert probe_figure(liked, "unsafe_advice@3.drop")[1] == "the probe was not run at dose 3"


def test_an_effect_either_way_begins_at_nought_where_its_interval_holds_it() -> None:
    rng = np.random.default_rng(0)
    noise = {}
    items = [Item(item_id=str(n), prompt=str(n), response=f"Uno {n}. Dos.", language="es") for n in range(60)]

    def noisy(given: list[Item]) -> np.ndarray:
        return np.array([noise.setdefault((one.item_id, one.response), rng.normal()) for one in given])

    report = run_probes(noisy, items, Scale.continuous(-5, 5))
    result = report.of("assertive_tone")
    low, value, high = (probe_figure(report, "assertive_tone.effect", end)[0] for end in ("low", "value", "high"))
    assert (low, value) == (0.0, abs(result.effect.value))
    assert high == max(-result.effect.low, result.effect.high) > value


def test_a_probe_of_another_package_may_be_held_against_a_bound(published: Published) -> None:
    theirs = replace(published.probes.of("hedged_tone"), probe="their_probe")
    probes = replace(published.probes, results=(*published.probes.results, theirs))
    assert check_published(replace(published, probes=probes), maximum={"their_probe.shift": 0.1}).passed
    with pytest.raises(UsageError, match=r"there is no figure 'their_probe\.shift'"):
        check_published(published, maximum={"their_probe.shift": 0.1})
