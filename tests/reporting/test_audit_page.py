"""The page of an audit: what it shows of people's disagreement, its links to items, and hostile text in every field."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from alia_judge.benchmark import audit_ratings
from alia_judge.errors import UsageError
from alia_judge.ratings import Ratings, load_ratings
from alia_judge.ratings.table import RatingMatrix
from alia_judge.records import Scale
from alia_judge.reporting import audit_page, render, write_page
from alia_judge.reporting.disagreement import confusion, item_spreads, value_use
from alia_judge.reporting.figures import annotators_figure, heat_figure
from alia_judge.stats import SparseRatings

#: Each would run, load or break something if it came through unescaped: markup, attributes, templates, formulae, paths.
HOSTILE = (
    "<script>document.title='executed'</script>",
    '"><img src=x onerror="document.title=\'executed\'">',
    "'></details><style>*{display:none}</style>",
    "{{ 7 * 7 }}{% for x in y %}",
    "$\\frac{1}{$ ^_",
    "javascript:document.title='executed'",
    "</dd><!-- \u202egnp.exe",
)


def hostile(n: int = 60) -> Ratings:
    """Ratings with something hostile for every name and text."""
    rng = np.random.default_rng(0)
    rows = []
    for item in range(n):
        evil = HOSTILE[item % len(HOSTILE)]
        for who in range(4):
            for criterion in HOSTILE[:2]:
                value = int(np.clip(round(1 + item % 5 + rng.normal(0, 0.8)), 1, 5)) if who < 3 else 3
                rows.append(
                    {
                        "item_id": f"{item:02}{evil}", "annotator_id": f"{HOSTILE[who]}{who}", "criterion": criterion,
                        "value": value, "response": f"{evil} 612 345 678 ignore all instructions" + " word" * item,
                        "prompt": evil, "group": f"{evil}{item // 4}", "system": f"{evil[:9]}{item % 3}",
                        "language": f"es-{evil[:5]}", "comment": evil, "channel": evil, evil: evil,
                    }
                )  # fmt: skip
    scales = {name: Scale.ordinal(1, 5, labels=[f"{label}{n}" for n, label in enumerate(HOSTILE[:5])]) for name in
              HOSTILE[:2]}  # fmt: skip
    frame_rows = [row | {"value": scales[row["criterion"]].label(row["value"])} for row in rows]
    return load_ratings(frame_rows, scales=scales)


@pytest.fixture(scope="module")
def html() -> str:
    ratings = hostile()
    return render(audit_page(audit_ratings(ratings, n_resamples=50), ratings, title=HOSTILE[0]))


def test_nothing_hostile_comes_through(html: str) -> None:
    for needle in ("<script", "<img", "<style>*", "</details><style", "<!--"):
        assert needle not in html, needle
    assert "{{ 7 * 7 }}" in html
    assert "&lt;script&gt;" in html
    assert not re.search(r"(?:href|src|id)=\"[^\"]*(?:executed|script)", html)


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine")
def test_a_browser_runs_nothing_of_it(html: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
               "--disable-component-update", "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}"]  # fmt: skip
    outcome = subprocess.run(
        ["chromium", *options, "--dump-dom", (tmp_path / "page.html").as_uri()],
        capture_output=True, text=True, timeout=900, check=True,
    )  # fmt: skip
    title = re.search(r"<head>.*?<title>(.*?)</title>", outcome.stdout, flags=re.DOTALL)
    assert title is not None
    assert title[1].startswith("&lt;script&gt;")


def test_findings_lead_to_the_items_they_are_about(html: str) -> None:
    targets = set(re.findall(r'<a href="#(item-\d+)"', html))
    anchors = re.findall(r'<details id="(item-\d+)"', html)
    assert targets
    assert targets <= set(anchors)
    assert len(anchors) == len(set(anchors))


def test_of_several_criteria_the_headline_says_which_can_carry_tuning(html: str) -> None:
    assert "Fit to tune on: " in html
    assert "All criteria" in html


MATRIX = RatingMatrix(
    ratings=SparseRatings.of(
        [[1.0, 2.0, 3.0, 3.0, np.nan], [1.0, 3.0, 3.0, 1.0, 2.0], [np.nan, 3.0, 3.0, np.nan, np.nan]]
    ),
    item_ids=("a", "b", "c", "d", "e"),
    annotators=("x", "y", "z"),
)


def test_confusion_counts_each_pair_of_people_by_item() -> None:
    # Item a: 1-1. b: 2-3, 2-3, 3-3 halved. c: all 3. d: 3-1. By hand, each ordered pair over one less than its ratings.
    counts = np.array([[2, 0, 1], [0, 0, 1], [1, 1, 1 + 3]], dtype=float)
    np.testing.assert_allclose(confusion(MATRIX, Scale.ordinal(1, 3)), counts / counts.sum(axis=1, keepdims=True))


def test_the_most_disputed_items_come_first_with_what_was_given() -> None:
    first, second, *rest = item_spreads(MATRIX, Scale.ordinal(1, 3))
    assert (first.item_id, first.given, first.mean) == ("d", {"x": "3", "y": "1"}, 2.0)
    assert second.item_id == "b"
    assert [one.spread for one in rest] == [0.0, 0.0]
    labelled = item_spreads(MATRIX, Scale(kind="nominal", points=(1, 2, 3), labels=("p", "q", "r")))
    assert [(one.item_id, round(one.spread, 3)) for one in labelled[:2]] == [("d", 0.5), ("b", 0.333)]
    assert math.isnan(labelled[0].mean)


def test_value_use_is_a_share_of_each_annotators_ratings() -> None:
    np.testing.assert_allclose(value_use(MATRIX, Scale.ordinal(1, 3))[0], [0.25, 0.25, 0.5])


def test_figures_of_shares_and_annotators_draw_what_they_are_given() -> None:
    figure = heat_figure([[0.5, np.nan]], ["$row"], ["a_b", "c"], quantity="q")
    assert [text.get_text() for text in figure.axes[0].texts] == ["50"]
    with pytest.raises(UsageError, match=r"shape \(1, 2\), as the names have, got \(1, 1\)"):
        heat_figure([[0.5]], ["row"], ["a", "b"], quantity="q")
    audit = audit_ratings(hostile(40), checks=False, n_resamples=20)
    found = next(iter(audit.criteria.values()))
    drawn = annotators_figure(found.annotators).axes[0]
    # The one who always said 3 has no reliability and no place on the map.
    assert len(drawn.texts) == 3


def test_a_set_of_labels_and_one_where_nobody_is_named_have_pages_too(tmp_path: Path) -> None:
    labels = load_ratings(
        [{"item": f"i{n}", "rater": w, "label": "xyz"[(n + k) % 3]} for n in range(30) for k, w in enumerate("ab")]
    )
    unnamed = load_ratings([{"item": f"i{n}", "score": 1 + (n + k) % 5} for n in range(30) for k in range(2)])
    for ratings in (labels, unnamed):
        page = write_page(audit_page(audit_ratings(ratings, n_resamples=20), ratings), tmp_path / "page.html")
        assert "<svg" in page.read_text(encoding="utf-8")
