"""The figure of a search: one row a candidate, its interval over the ones before, its calls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alia_judge.compiling.race.watched import WatchedCandidate, WatchedStudy, WatchedTelling
from alia_judge.reporting import candidates_figure
from alia_judge.reporting.figures.shown_figure import ShownFigure


def watched(n: int) -> WatchedStudy:
    before = (WatchedTelling(items=8, value=0.4, low=-0.4, high=0.9),)
    made = [
        WatchedCandidate(name=f"judge {k}", items=24, calls=24 - k, value=0.3, low=-0.1, high=0.6, before=before)
        for k in range(n)
    ]
    return WatchedStudy(
        study="s", objective="spearman", requests=2, running=0, calls=40, candidates=tuple(made), curve=()
    )


def test_a_row_has_its_interval_the_ones_before_and_its_calls() -> None:
    figure = candidates_figure(watched(3))
    assert isinstance(figure, ShownFigure)
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == ["24 calls", "23 calls", "22 calls"]
    widths = [line.get_xdata()[1] - line.get_xdata()[0] for line in axes.lines if len(line.get_xdata()) == 2]
    assert sorted({round(float(one), 6) for one in widths}) == [0.0, 0.7, 1.0, 1.3]  # 0 and 1: lines across
    assert next(said.text for said in figure.said.values()) == "judge 0: 0.300 [-0.100, 0.600], 24 calls"


def test_only_so_many_are_shown_and_none_is_no_error() -> None:
    assert len(candidates_figure(watched(20)).axes[0].texts) == 12
    assert candidates_figure(watched(0)).axes[0].texts[:] == []


def test_in_spanish_a_figure_has_its_comma_and_a_name_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIA_JUDGE_LANG", "es")
    (one,) = watched(1).candidates
    figure = candidates_figure(replace(watched(1), candidates=(replace(one, name="llama-3.1"),)))
    assert isinstance(figure, ShownFigure)
    assert next(said.text for said in figure.said.values()).startswith("llama-3.1: 0,300 [-0,100; 0,600]")
