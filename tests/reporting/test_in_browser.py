"""Every report at every width, in both themes and on paper, as Chromium lays it out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from browser import Browser

from alia_judge.benchmark import audit_ratings
from alia_judge.evaluation import EvaluationOptions, evaluate_scores, rank_judges
from alia_judge.probes import run_probes
from alia_judge.ratings.load import load_ratings
from alia_judge.records import Item, Scale
from alia_judge.reporting import audit_page, evaluation_page, leaderboard_page, write_page

pytestmark = pytest.mark.chromium

WIDTHS = (360, 390, 500, 768, 1280, 1920)
#: Within the margins of a sheet of A4, at 96 pixels an inch.
PAPER = 718
REPORTS = ("evaluation", "audit", "leaderboard")
LONG = "tuned-on-the-verdicts-of-a-model-with-a-rather-long-name-v2"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    rng = np.random.default_rng(0)
    languages = ("ca", "en", "es", "eu", "gl")
    rows = [
        {
            "item_id": f"i{n:03}",
            "annotator_id": who,
            "value": float(np.clip(round(1 + n % 5 + rng.normal(0, 0.7)), 1, 5)),
            "prompt": "¿Por qué ha subido mi factura?",
            "response": "La factura incluye 14,50 € de un servicio. " * (1 + n % 4),
            "group": f"conversation {n // 5}",
            "system": f"system {n % 6}",
            "language": languages[n // 5 % 5],
        }
        for n in range(150)
        for who in ("ana", "jon", "somebody-with-a-long-address@example.org")
    ]
    ratings = load_ratings(rows, criterion="helpfulness", scales={"helpfulness": Scale.ordinal(1, 5)})
    judged = {
        name: {f"i{n:03}": float(np.clip(1 + n % 5 + rng.normal(0, noise), 1, 5)) for n in range(left_out, 150)}
        for name, noise, left_out in (("untuned", 2.0, 0), (LONG, 0.5, 12))
    }
    options = EvaluationOptions(n_resamples=40, by=("language", "system", "length"))
    evaluated = evaluate_scores(ratings, judged, baseline="untuned", options=options)
    items = [Item(item_id=str(n), prompt=str(n), response=f"Uno {n}. Dos.", language="es") for n in range(20)]
    probes = run_probes(lambda given: np.array([float(len(one.response)) for one in given]), items, Scale.ordinal(1, 5))
    made = {
        "evaluation": evaluation_page(evaluated, probes=probes, commands=["alia-judge evaluate ratings " + "x" * 200]),
        "audit": audit_page(audit_ratings(ratings, n_resamples=40), ratings),
        "leaderboard": leaderboard_page(rank_judges(ratings, judged, options=options)),
    }
    folder = tmp_path_factory.mktemp("reports")
    return {name: write_page(page, folder / f"{name}.html") for name, page in made.items()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as opened:
        yield opened


@pytest.mark.parametrize("report", REPORTS)
def test_no_page_is_wider_than_its_window_or_its_paper(report: str, pages: dict[str, Path], browser: Browser) -> None:
    for width in WIDTHS:
        browser.show(pages[report], width=width)
        assert browser.run("innerWidth") == width
        assert browser.overflow() == 0, f"at {width} pixels"
    browser.show(pages[report], width=PAPER, media="print")
    assert browser.overflow() == 0, "on paper"


def test_a_figure_fits_a_telephone_and_leads_to_its_rows(pages: dict[str, Path], browser: Browser) -> None:
    for width, kind in ((360, "narrow"), (390, "narrow"), (768, "wide"), (1600, "wide")):
        browser.show(pages["evaluation"], width=width)
        shown = browser.run(
            "[...document.querySelectorAll('figure svg')].filter((one) => one.getBoundingClientRect().width)"
            ".map((one) => [one.getAttribute('class'), one.getBoundingClientRect().right])"
        )
        assert {name for name, _right in shown} - {None} == {kind}  # None: small enough for both
        assert max(right for _name, right in shown) <= width
    link = "document.querySelector('figure svg.wide a')"
    assert LONG in browser.run(f"{link}.closest('svg').textContent")
    assert browser.run(f"document.querySelector({link}.getAttribute('href')).matches('tr')")
    assert browser.run(f"{link}.querySelector('title').textContent").startswith("untuned: 0.")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("report", REPORTS)
def test_every_text_can_be_read(report: str, theme: str, pages: dict[str, Path], browser: Browser) -> None:
    browser.show(pages[report], theme=theme)
    assert browser.run("matchMedia('(prefers-color-scheme: dark)').matches") == (theme == "dark")
    assert browser.faint() == []


@pytest.mark.parametrize("report", REPORTS)
def test_no_label_of_a_plot_lies_over_another(report: str, pages: dict[str, Path], browser: Browser) -> None:
    browser.show(pages[report])
    assert browser.run("document.querySelectorAll('figure svg text').length") > 5
    assert browser.colliding() == []


def test_what_is_faint_wide_or_collides_is_found(tmp_path: Path, browser: Browser) -> None:
    page = tmp_path / "poor.html"
    page.write_text(
        "<!doctype html><body style='background:#fff;color:#000'><p>plain<p style='color:#999'>faint"
        "<div style='width:2000px'>wide</div><figure><svg width=200 height=80><rect width=90 height=40 fill='#555'/>"
        "<text x=5 y=20>on grey</text><text x=120 y=60>one</text><text x=125 y=62>two</text></svg></figure>",
        encoding="utf-8",
    )
    browser.show(page)
    assert [text for _, text in browser.faint()] == ["faint", "on grey"]
    assert browser.colliding() == [["one", "two"]]
    assert browser.overflow() > 700
