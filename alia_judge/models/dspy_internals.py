"""What this package needs of DSPy that DSPy does not export: the one file to look at when DSPy changes."""

from dspy._vendor.lm15.result import StreamAccumulator
from dspy._vendor.lm15.transports import TransportRequest
from dspy.clients.backend_selection import CLIENT_KEYS, select_backend
from dspy.clients.call_result import usage_dict
from dspy.clients.costs import estimate_cost
from dspy.clients.engines.base import validate_request
from dspy.clients.errors import error_boundary
from dspy.clients.execution import _engine as engine_of
from dspy.clients.execution import prepare
from dspy.clients.model_metadata import model_info, rate

__all__ = [
    "CLIENT_KEYS",
    "StreamAccumulator",
    "TransportRequest",
    "engine_of",
    "error_boundary",
    "estimate_cost",
    "model_info",
    "prepare",
    "rate",
    "select_backend",
    "usage_dict",
    "validate_request",
]
