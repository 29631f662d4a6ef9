"""One value an item of several people's: `build_consensus`, and `compare_consensus`, which says which way is best."""

from alia_judge.benchmark.consensus.adjudicated import adjudicated_consensus
from alia_judge.benchmark.consensus.base import Consensus, ConsensusModel, Fitted, Observations
from alia_judge.benchmark.consensus.comparison import ModelScore, compare_consensus
from alia_judge.benchmark.consensus.registry import build_consensus, consensus_model, default_method, models_for

__all__ = [
    "Consensus",
    "ConsensusModel",
    "Fitted",
    "ModelScore",
    "Observations",
    "adjudicated_consensus",
    "build_consensus",
    "compare_consensus",
    "consensus_model",
    "default_method",
    "models_for",
]
