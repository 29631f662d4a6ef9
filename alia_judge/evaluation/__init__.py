"""Held-out figures, with what they must be compared with."""

from alia_judge._deprecation import old_names
from alia_judge.evaluation.agreement.profile import Profile
from alia_judge.evaluation.comparisons.comparison import Comparison
from alia_judge.evaluation.comparisons.drift import Drift
from alia_judge.evaluation.evaluate import evaluate_scores
from alia_judge.evaluation.live import evaluate_judge
from alia_judge.evaluation.monitoring.monitor import MonitorResult, WatchedFigure, monitor
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.ranking.leaderboard import Entry, Leaderboard
from alia_judge.evaluation.ranking.rank_judges import rank_judges
from alia_judge.evaluation.ranking.systems import rank_systems
from alia_judge.evaluation.repeated import second_look
from alia_judge.evaluation.result import CriterionEvaluation, EvaluationResult, Evidence, JudgeEvaluation
from alia_judge.evaluation.scores import Scores, read_scores
from alia_judge.evaluation.slices.parity import Parity
from alia_judge.evaluation.slices.slices import Slice

__all__ = [
    "Comparison",
    "CriterionEvaluation",
    "Drift",
    "Entry",
    "EvaluationOptions",
    "EvaluationResult",
    "Evidence",
    "JudgeEvaluation",
    "Leaderboard",
    "MonitorResult",
    "Parity",
    "Profile",
    "Scores",
    "Slice",
    "WatchedFigure",
    "evaluate_judge",
    "evaluate_scores",
    "monitor",
    "rank_judges",
    "rank_systems",
    "read_scores",
    "second_look",
]

__getattr__ = old_names(__name__, {"Watch": "WatchedFigure"})
