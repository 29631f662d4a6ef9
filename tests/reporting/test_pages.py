from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

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
    evaluation_markdown,
    evaluation_page,
    history_figure,
    intervals_figure,
    render,
    write_figures,
)
from alia_judge.reporting.computed import computed_prose
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
    assert page.headline[1].startswith("The items are held out by its author's word")
    assert [sentence[1:-1] for sentence in page.headline[2:]] == [claim[1:] for claim in judge.claims]
    assert page.signature == result.signature
    assert [section.title for section in page.sections] == [
        "Agreement with people",
        "Judge against consensus",
        "What the figures support",
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


def test_a_figure_that_no_judge_has_is_a_sentence_and_no_column() -> None:
    rows = [
        {"item_id": f"i{n}", "annotator_id": who, "value": 1 + (n + shift) % 5}
        for n in range(30)
        for shift, who in enumerate("ab")
    ]
    result = evaluate_scores(load_ratings(rows), {"j": {f"i{n}": n % 5 for n in range(30)}},
                             options=EvaluationOptions(n_resamples=20))  # fmt: skip
    page = render(evaluation_page(result))
    table = page[page.index("<thead") :]
    head = table[: table.index("</thead>")]
    assert "every item" in head
    assert "within groups" not in head
    assert "beyond surface" not in head
    assert "Within groups: undefined (the items have no groups)." in page


@pytest.fixture(scope="module")
def large() -> str:
    """The report on twenty thousand items with texts, of three judges in two languages."""
    rng = np.random.default_rng(0)
    truth = rng.normal(3, 1, 20_000)
    rows = [
        {
            "item_id": f"i{n:05}",
            "annotator_id": who,
            "value": float(np.clip(round(value), 1, 5)),
            "response": "palabra " * 10,  # were they all on the page, it would be too large
            "language": ("es", "eu")[n % 2],
            "system": f"s{n % 5}",
        }
        for n, value in enumerate(truth)
        for who in "ab"
    ]
    ratings = load_ratings(rows, criterion="c", scales={"c": Scale.ordinal(1, 5)})
    judged = {
        name: {f"i{n:05}": float(np.clip(value, 1, 5)) for n, value in enumerate(truth + rng.normal(size=20_000))}
        for name in ("old", "new", "other")
    }
    result = evaluate_scores(ratings, judged, baseline="old", options=EvaluationOptions(n_resamples=10))
    return render(evaluation_page(result))


@pytest.mark.slow
def test_a_report_over_twenty_thousand_items_stays_small(large: str) -> None:
    assert len(large.encode()) < 1_500_000


@pytest.mark.slow
@pytest.mark.chromium
def test_and_opens_in_a_browser(large: str, tmp_path: Path) -> None:
    """How long that takes is measured by benchmarks/report_opening.py."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium on this machine")
    # laid out at "load", before Chromium writes the document down
    probe = (
        "<script>addEventListener('load', () => { document.documentElement.dataset.laid = "
        "[...document.querySelectorAll('main h2')].filter(one => one.offsetHeight > 0).length })</script>"
    )
    path = tmp_path / "large.html"
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", large)
    path.write_text(bare.replace("</body>", f"{probe}</body>"), encoding="utf-8")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=True)
    laid = re.search(r'data-laid="(\d+)"', done.stdout)
    assert laid is not None, done.stdout[:200]
    assert int(laid.group(1)) == len(re.findall("<h2", large)) > 5


def test_versions_languages_and_commands_have_their_place(ratings: Ratings) -> None:
    rng = np.random.default_rng(2)
    rows = ratings.to_frame()
    rows["language"] = ["es" if int(item[1:3]) % 2 else "eu" for item in rows["item_id"]]
    spoken = load_ratings(rows, scales=dict(ratings.scales))
    ids = sorted(set(rows["item_id"]))
    judged = {
        name: {item: float(np.clip(int(item[1:3]) % 5 + 1 + rng.normal(0, noise), 1, 5)) for item in ids}
        for name, noise in ((f"old {HOSTILE}", 2.0), ("new", 0.3))
    }
    result = evaluate_scores(spoken, judged, baseline=f"old {HOSTILE}", options=EvaluationOptions(n_resamples=40))
    page = evaluation_page(result, commands=["alia-judge evaluate x"])
    titles = [section.title for section in page.sections]
    assert f"From old {HOSTILE} to new" in titles
    html = render(page)
    assert "alia-judge evaluate x" in html
    assert "one language less another" in html
    assert "<script" not in html


def test_the_summary_for_a_pull_request(result: EvaluationResult) -> None:
    text = evaluation_markdown(result)
    code = f"`{result.signature}`"  # in a code span it is text
    assert "<script" not in text.replace(code, "")
    assert "| flat | 0.833 | – |" in text
    assert code in text


def test_plots_are_written_as_png_under_safe_names(result: EvaluationResult, tmp_path: Path) -> None:
    page = evaluation_page(result)
    both = replace(page, sections=[replace(section, title=f"../{HOSTILE}") for section in page.sections])
    paths = write_figures(both, tmp_path / "figures")
    assert len(paths) >= 3
    assert all(path.parent == tmp_path / "figures" for path in paths)
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


def test_several_criteria_are_named_in_the_headings(result: EvaluationResult) -> None:
    (found,) = result.criteria.values()
    both = EvaluationResult(criteria={"a": found, "b": found}, signature="s", version="0")
    titles = [section.title for section in evaluation_page(both).sections]
    assert "a: Agreement with people" in titles
    assert "b: For whom" in titles


def test_a_page_names_how_its_intervals_were_made(result: EvaluationResult) -> None:
    last = evaluation_page(result).sections[-1].blocks[0]
    assert last.text == (
        f"On all rated items; fingerprint {result.fingerprint[:16]}. "
        "Intervals in brackets are of 95 %, by jackknife over groups; "
        "paired t bootstrap over groups, learning included; paired t bootstrap over groups; t over groups."
    )
    assert computed_prose("all ratings", "", []).text == "On all ratings; fingerprint not known."


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
        assert len([line for line in axes.lines if line.get_alpha() is None]) == 2  # an interval and its dot
        assert list(axes.figure.said.values()) == [("b: 0.500 [0.400, 0.600]", "")]

    def test_lengths_must_agree(self) -> None:
        with pytest.raises(UsageError, match=r"vectors of one length, got shapes \(2,\) and \(3,\)"):
            consensus_figure([1, 2], [1, 2, 3])
        with pytest.raises(UsageError, match=r"must have one length, got \[2, 1\]"):
            history_figure([1, 2], [1])
        with pytest.raises(UsageError, match="give both low and high, or neither"):
            history_figure([1], [1], low=[0])
