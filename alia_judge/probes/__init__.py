"""Bias and robustness: changes that must not move a judge's score, and changes that must."""

from alia_judge._deprecation import old_names
from alia_judge.probes.added_text import AddedText
from alia_judge.probes.age import Age
from alia_judge.probes.base import AnyProbe, Change, ItemProbe, JudgeProbe, Probe, Variant
from alia_judge.probes.demo_order import DemoOrder
from alia_judge.probes.dialect import Dialect
from alia_judge.probes.dropped_negation import DroppedNegation
from alia_judge.probes.layout import Layout
from alia_judge.probes.measure import ProbeMeasure
from alia_judge.probes.names import Names
from alia_judge.probes.other_answer import OtherAnswer
from alia_judge.probes.own_text import OwnText, rewriter
from alia_judge.probes.pair_order import PairOrder
from alia_judge.probes.registry import all_probes, probes_named
from alia_judge.probes.repeated_run import RepeatedRun
from alia_judge.probes.report import ProbeReport, ProbeResult
from alia_judge.probes.rubric_language import RubricLanguage
from alia_judge.probes.rubric_wording import RubricWording
from alia_judge.probes.run import run_probes
from alia_judge.probes.scale_variants import LabelOrder, ScalePoints
from alia_judge.probes.scorer import JudgeScorer, judge_scorer
from alia_judge.probes.swapped_entities import SwappedEntities
from alia_judge.probes.truncation import Truncation
from alia_judge.probes.typos import Typos
from alia_judge.probes.wrong_dates import WrongDates
from alia_judge.probes.wrong_language import WrongLanguage
from alia_judge.probes.wrong_numbers import WrongNumbers
from alia_judge.probes.wrong_prices import WrongPrices

__all__ = [
    "AddedText",
    "Age",
    "AnyProbe",
    "Change",
    "DemoOrder",
    "Dialect",
    "DroppedNegation",
    "ItemProbe",
    "JudgeProbe",
    "JudgeScorer",
    "LabelOrder",
    "Layout",
    "Names",
    "OtherAnswer",
    "OwnText",
    "PairOrder",
    "Probe",
    "ProbeMeasure",
    "ProbeReport",
    "ProbeResult",
    "RepeatedRun",
    "RubricLanguage",
    "RubricWording",
    "ScalePoints",
    "SwappedEntities",
    "Truncation",
    "Typos",
    "Variant",
    "WrongDates",
    "WrongLanguage",
    "WrongNumbers",
    "WrongPrices",
    "all_probes",
    "judge_scorer",
    "probes_named",
    "rewriter",
    "run_probes",
]

__getattr__ = old_names(__name__, {"PROBES": "all_probes()"})
