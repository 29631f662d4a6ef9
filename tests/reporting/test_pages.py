from __future__ import annotations

import json

import numpy as np
import pytest

from alia_judge._json import dumps
from alia_judge.benchmark import audit_ratings
from alia_judge.errors import UsageError
from alia_judge.evaluation import EvaluationOptions, EvaluationResult, evaluate_scores
from alia_judge.probes import run_probes
from alia_judge.ratings.load import load_ratings
from alia_judge.ratings.table import Ratings
from alia_judge.records import Item, Scale
from alia_judge.reporting import (
    audit_page,
    bars_figure,
    consensus_figure,
    evaluation_page,
    history_figure,
    intervals_figure,
    render,
)
from alia_judge.stats.estimate import Estimate

HOSTILE = "<script>document.title='executed'</script>"


@pytest.fixture(scope="module")
def ratings() -> Ratings:
    rng = np.random.default_rng(0)
    rows = [
        {
            "item_id": f"i{n:02} {HOSTILE}",
            "annotator_id": who,
            "criterion": HOSTILE,
            "value": float(np.clip(round(1 + n % 5 + rng.normal(0, 0.7)), 1, 5)),
            "response": f"{HOSTILE} " * (n % 7 + 1),
            "group": f"g{n // 4}",
            "system": f"{HOSTILE}{n % 3}",
        }
        for n in range(60)
        for who in ("ana", "jon", HOSTILE)
    ]
    return load_ratings(rows, scales={HOSTILE: Scale.ordinal(1, 5)})


@pytest.fixture(scope="module")
def result(ratings: Ratings) -> EvaluationResult:
    rng = np.random.default_rng(1)
    judged = {
        HOSTILE: {f"i{n:02} {HOSTILE}": n % 5 + float(rng.normal()) for n in range(60)},
        "flat": {f"i{n:02} {HOSTILE}": 3.0 for n in range(50)},
    }
    return evaluate_scores(ratings, judged, options=EvaluationOptions(n_resamples=50, by=("system",)))


def test_an_evaluation_page_says_first_what_may_be_claimed(result: EvaluationResult) -> None:
    page = evaluation_page(result)
    judge = result.judge(HOSTILE)
    assert str(judge.correlation["item"]["spearman"]) in page.headline[0]
    assert [sentence[1:-1] for sentence in page.headline[1:]] == [claim[1:] for claim in judge.claims]
    assert page.signature == result.signature
    assert [section.title for section in page.sections] == [
        "Agreement with people",
        "Judge against consensus",
        "What may be claimed",
        "In place of an annotator",
        "Error and calibration",
        "For whom",
        "Systems",
        "Where it falls short",
        "How this was computed",
    ]


def test_every_text_of_the_data_is_escaped(result: EvaluationResult, ratings: Ratings) -> None:
    for page in (evaluation_page(result), audit_page(audit_ratings(ratings), ratings)):
        html = render(page)
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_a_result_read_from_json_has_tables_and_no_scatter(result: EvaluationResult) -> None:
    read = EvaluationResult.from_dict(json.loads(dumps(result)))
    titles = [section.title for section in evaluation_page(read).sections]
    assert "Judge against consensus" not in titles
    assert "Agreement with people" in titles
    render(evaluation_page(read))


def test_probes_and_a_search_have_their_sections(result: EvaluationResult) -> None:
    items = [Item(item_id=str(n), prompt=str(n), response=f"Uno {n}. Dos.", language="es") for n in range(20)]
    probes = run_probes(lambda given: np.array([float(len(one.response)) for one in given]), items, Scale.ordinal(1, 5))
    page = evaluation_page(result, probes=probes)
    (section,) = [section for section in page.sections if section.title == "What moves it"]
    assert [type(block).__name__ for block in section.blocks] == ["Plot", "Plot", "Table"]
    assert "not applicable: 0 items can be changed so, fewer than 10" in render(page)


@pytest.mark.slow
def test_a_report_over_twenty_thousand_items_stays_small() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(3, 1, 20_000)
    rows = [
        {
            "item_id": f"i{n:05}",
            "annotator_id": who,
            "value": float(np.clip(round(value), 1, 5)),
            "response": "palabra " * 40,
        }
        for n, value in enumerate(truth)
        for who in "ab"
    ]
    ratings = load_ratings(rows, criterion="c", scales={"c": Scale.ordinal(1, 5)})
    judged = {"judge": {f"i{n:05}": float(value) for n, value in enumerate(truth + rng.normal(size=20_000))}}
    result = evaluate_scores(ratings, judged, options=EvaluationOptions(n_resamples=10))
    assert len(render(evaluation_page(result)).encode()) < 1_000_000


def test_several_criteria_are_named_in_the_headings(result: EvaluationResult) -> None:
    (found,) = result.criteria.values()
    both = EvaluationResult(criteria={"a": found, "b": found}, signature="s", version="0")
    titles = [section.title for section in evaluation_page(both).sections]
    assert "a: Agreement with people" in titles
    assert "b: For whom" in titles


def test_an_audit_page_begins_with_the_gate(ratings: Ratings) -> None:
    audit = audit_ratings(ratings)
    page = audit_page(audit, ratings)
    assert page.headline == [audit.criteria[HOSTILE].gate.reason]
    assert page.sections[1].title == "What the checks found"


class TestFigures:
    def test_few_values_keep_their_places_and_many_are_run_together(self) -> None:
        few = consensus_figure([1, 2, 3] * 10, [1, 2, 3] * 10).axes[0]
        assert few.lines[0].get_xydata().tolist() == [[1, 1], [2, 2], [3, 3]]
        many = consensus_figure(np.arange(100.0), np.arange(100.0)).axes[0]
        assert len(many.lines[0].get_xdata()) == 10

    def test_unscored_items_are_left_out(self) -> None:
        axes = consensus_figure([1.0, 2.0, np.nan], [1.0, np.nan, 2.0]).axes[0]
        assert len(axes.collections[0].get_offsets()) == 1

    def test_nothing_to_draw_is_an_empty_plot(self) -> None:
        assert not consensus_figure([np.nan], [1.0]).axes[0].collections
        assert not intervals_figure({}, quantity="q").axes[0].texts
        assert not bars_figure({}, quantity="q").axes[0].patches

    def test_an_undefined_estimate_keeps_its_line_empty(self) -> None:
        estimates = {
            "a": Estimate(statistic="s", value=float("nan"), why="constant"),
            "b": Estimate(statistic="s", value=0.5, low=0.4, high=0.6, level=0.95, n=9),
        }
        axes = intervals_figure(estimates, quantity="q", reference=None).axes[0]
        assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
        assert len(axes.lines) == 2

    def test_lengths_must_agree(self) -> None:
        with pytest.raises(UsageError, match=r"vectors of one length, got shapes \(2,\) and \(3,\)"):
            consensus_figure([1, 2], [1, 2, 3])
        with pytest.raises(UsageError, match=r"must have one length, got \[2, 1\]"):
            history_figure([1, 2], [1])
        with pytest.raises(UsageError, match="give both low and high, or neither"):
            history_figure([1], [1], low=[0])
