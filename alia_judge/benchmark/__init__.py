"""From ratings to a frozen benchmark: `build_benchmark`, `Benchmark`, `audit_ratings`."""

from alia_judge.benchmark.audit import CriterionAudit, RatingsAudit, audit_ratings
from alia_judge.benchmark.benchmark import Benchmark
from alia_judge.benchmark.build import build_benchmark
from alia_judge.benchmark.consensus import Consensus, build_consensus
from alia_judge.benchmark.gate import Gate, GateRules
from alia_judge.benchmark.ledger import Look, TestLedger
from alia_judge.benchmark.split import Split, SplitName

__all__ = [
    "Benchmark",
    "Consensus",
    "CriterionAudit",
    "Gate",
    "GateRules",
    "Look",
    "RatingsAudit",
    "Split",
    "SplitName",
    "TestLedger",
    "audit_ratings",
    "build_benchmark",
    "build_consensus",
]
