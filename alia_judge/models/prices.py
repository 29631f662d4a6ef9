"""What a call costs at list price."""

from __future__ import annotations

import dspy
from dspy.clients.model_metadata import model_info, rate

from alia_judge.models.gguf import GGUFEngine

__all__ = ["list_price"]


def list_price(lm: dspy.BaseLM, *, prompt_tokens: float, answer_tokens: float) -> float | None:
    """US dollars of one call, by the price list that DSPy carries and without any discount.

    Parameters
    ----------
    lm
        Who would be asked.
    prompt_tokens, answer_tokens
        How long the prompt and the answer are.

    Returns
    -------
    float or None
        0 for a model in this process; None where no price is listed, as for a server of one's own.
    """
    engine = getattr(lm, "engine", None)
    if isinstance(engine, GGUFEngine):
        return 0.0
    if not isinstance(engine, str):
        return None
    provider, slash, name = lm.model.partition("/")
    info = model_info(provider if slash else "openai", name or lm.model)
    prompt, answer = rate(info, "input_cost_per_token"), rate(info, "output_cost_per_token")
    if prompt is None or answer is None:
        return None
    return float(prompt_tokens * prompt + answer_tokens * answer)
