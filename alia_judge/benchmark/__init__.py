"""From ratings to a frozen benchmark: `build_benchmark`, `Benchmark`, `audit_ratings`."""

from alia_judge.benchmark.annotation import AnnotationPlan, merge_ratings, what_to_annotate
from alia_judge.benchmark.audit import CriterionAudit, RatingsAudit, audit_ratings
from alia_judge.benchmark.benchmark import Benchmark
from alia_judge.benchmark.build import build_benchmark
from alia_judge.benchmark.consensus import Consensus, ModelScore, build_consensus, compare_consensus
from alia_judge.benchmark.gate import Gate, GateRules
from alia_judge.benchmark.ledger import Look, TestLedger
from alia_judge.benchmark.preferences import PreferenceRanking, rank_by_preference
from alia_judge.benchmark.selection import Selection, select_items
from alia_judge.benchmark.split import Split, SplitName
from alia_judge.benchmark.together import CriteriaBenchmarks, build_benchmarks, joined_splits

__all__ = [
    "AnnotationPlan",
    "Benchmark",
    "Consensus",
    "CriteriaBenchmarks",
    "CriterionAudit",
    "Gate",
    "GateRules",
    "Look",
    "ModelScore",
    "PreferenceRanking",
    "RatingsAudit",
    "Selection",
    "Split",
    "SplitName",
    "TestLedger",
    "audit_ratings",
    "build_benchmark",
    "build_benchmarks",
    "build_consensus",
    "compare_consensus",
    "joined_splits",
    "merge_ratings",
    "rank_by_preference",
    "select_items",
    "what_to_annotate",
]
