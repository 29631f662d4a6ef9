"""Bias and robustness: changes that must not move a judge's score, and changes that must."""

from alia_judge.probes.added_text import AddedText
from alia_judge.probes.base import Probe, ProbeResult
from alia_judge.probes.dropped_negation import DroppedNegation
from alia_judge.probes.markdown_layout import Layout
from alia_judge.probes.other_answer import OtherAnswer
from alia_judge.probes.pair_order import PairOrder
from alia_judge.probes.run import PROBES, ProbeReport, judge_scorer, run_probes
from alia_judge.probes.truncation import Truncation
from alia_judge.probes.typos import Typos
from alia_judge.probes.wrong_numbers import WrongNumbers

__all__ = [
    "PROBES",
    "AddedText",
    "DroppedNegation",
    "Layout",
    "OtherAnswer",
    "PairOrder",
    "Probe",
    "ProbeReport",
    "ProbeResult",
    "Truncation",
    "Typos",
    "WrongNumbers",
    "judge_scorer",
    "run_probes",
]
