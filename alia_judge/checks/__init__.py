"""Coded checks of human ratings, one file a check: `run_checks`."""

from alia_judge.checks.base import Check, CheckData
from alia_judge.checks.finding import CheckResult, Finding
from alia_judge.checks.redaction import redact_ratings
from alia_judge.checks.registry import all_checks, run_checks
from alia_judge.text.names import NameFinder
from alia_judge.text.personal_data import find_personal_data, redact

__all__ = [
    "Check",
    "CheckData",
    "CheckResult",
    "Finding",
    "NameFinder",
    "all_checks",
    "find_personal_data",
    "redact",
    "redact_ratings",
    "run_checks",
]
