"""Which model answers: the embedded one, any GGUF file, LiteLLM strings and servers, or a recorded bank.

Importing this loads nothing heavy: each public name is imported from its module when it is first used.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alia_judge.models.check import ModelCheck, check_model
    from alia_judge.models.logprobs import TokenAlternatives, token_alternatives
    from alia_judge.models.resolve import lm_identity, resolve_lm
    from alia_judge.models.weights import embedded_model_path

# LiteLLM, when it is imported, and DSPy, when it prices a call, would fetch today's price list from the network: three
# tries and seconds behind a closed one. Whoever wants it sets the variable to False.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")

_HOME = {
    "ModelCheck": "check",
    "TokenAlternatives": "logprobs",
    "check_model": "check",
    "embedded_model_path": "weights",
    "lm_identity": "resolve",
    "resolve_lm": "resolve",
    "token_alternatives": "logprobs",  # the name of a module  # nosec B105
}

__all__ = [
    "ModelCheck",
    "TokenAlternatives",
    "check_model",
    "embedded_model_path",
    "lm_identity",
    "resolve_lm",
    "token_alternatives",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
