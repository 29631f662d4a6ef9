"""Reports: one self-contained HTML page, every user text escaped; and the figures in it, for notebooks."""

from alia_judge.reporting.audit import audit_page
from alia_judge.reporting.brief import brief_page
from alia_judge.reporting.evaluation import evaluation_page
from alia_judge.reporting.evaluation_text import evaluation_markdown
from alia_judge.reporting.figure_files import write_figures
from alia_judge.reporting.figures import (
    annotators_figure,
    bars_figure,
    calibration_figure,
    candidates_figure,
    consensus_figure,
    difficulty_figure,
    heat_figure,
    history_figure,
    intervals_figure,
)
from alia_judge.reporting.leaderboard import leaderboard_markdown, leaderboard_page
from alia_judge.reporting.page import Page, render, write_page

__all__ = [
    "Page",
    "annotators_figure",
    "audit_page",
    "bars_figure",
    "brief_page",
    "calibration_figure",
    "candidates_figure",
    "consensus_figure",
    "difficulty_figure",
    "evaluation_markdown",
    "evaluation_page",
    "heat_figure",
    "history_figure",
    "intervals_figure",
    "leaderboard_markdown",
    "leaderboard_page",
    "render",
    "write_figures",
    "write_page",
]
