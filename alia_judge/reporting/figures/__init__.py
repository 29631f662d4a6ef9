"""Plots as matplotlib figures: a notebook shows them, a report embeds them."""

from alia_judge.reporting.figures.annotators import annotators_figure
from alia_judge.reporting.figures.bars import bars_figure
from alia_judge.reporting.figures.calibration import calibration_figure
from alia_judge.reporting.figures.candidates import candidates_figure
from alia_judge.reporting.figures.consensus import consensus_figure
from alia_judge.reporting.figures.difficulty import difficulty_figure
from alia_judge.reporting.figures.heat import heat_figure
from alia_judge.reporting.figures.history import history_figure
from alia_judge.reporting.figures.intervals import intervals_figure

__all__ = [
    "annotators_figure",
    "bars_figure",
    "calibration_figure",
    "candidates_figure",
    "consensus_figure",
    "difficulty_figure",
    "heat_figure",
    "history_figure",
    "intervals_figure",
]
