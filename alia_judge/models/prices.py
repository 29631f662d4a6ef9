"""What a call costs at list price."""

from __future__ import annotations

import math
from collections.abc import Sequence

import dspy

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.models.dspy_internals import model_info, rate
from alia_judge.models.gguf import GGUFEngine
from alia_judge.models.limits import asked_at

__all__ = ["Price", "as_price", "give_price", "given_price", "list_price"]

#: US dollars a million tokens of the prompt, and a million tokens of the answer.
Price = tuple[float, float]
_MILLION = 1e6
#: What users said, by model and address; for every model that has no other price, under None.
_given: dict[tuple[str, str] | None, Price] = {}


def as_price(said: str | Sequence[float]) -> Price:
    """A price as people write it.

    Parameters
    ----------
    said
        ``"0.15,0.60"`` or ``(0.15, 0.60)``: US dollars a million tokens of prompt and of answer.

    Raises
    ------
    UsageError
        If it is something else.

    Examples
    --------
    >>> as_price("0.15,0.60")
    (0.15, 0.6)
    """
    parts = said.split(",") if isinstance(said, str) else said
    try:
        prompt, answer = (float(part) for part in parts)
    except (TypeError, ValueError):
        prompt, answer = math.nan, math.nan
    if not (0 <= prompt < math.inf and 0 <= answer < math.inf):
        raise UsageError(
            message(
                "a price is US dollars a million tokens of the prompt and of the answer, as in 0.15,0.60; got {said!r}",
                said=said,
            )
        )
    return prompt, answer


def give_price(price: Price | None, lm: dspy.BaseLM | None = None) -> None:
    """Say what a model's calls cost; without `lm`, those of every model in this process that no list has.

    None takes back what was said before.
    """
    place = None if lm is None else asked_at(lm)
    if price is None:
        _given.pop(place, None)
    else:
        _given[place] = price


def given_price(lm: dspy.BaseLM, *, listed: bool) -> Price | None:
    """What somebody said that the model's calls cost; where it has a list price, only what was said of it alone."""
    if not _given:
        return None
    return _given.get(asked_at(lm), None if listed else _given.get(None))


def list_price(lm: dspy.BaseLM, *, prompt_tokens: float, answer_tokens: float) -> float | None:
    """US dollars of one call, as somebody said (`give_price`), or by the list in DSPy, without any discount.

    Parameters
    ----------
    lm
        Who would be asked.
    prompt_tokens, answer_tokens
        How long the prompt and the answer are.

    Returns
    -------
    float or None
        0 for a model in this process; None where no price is known, as for a server of one's own.
    """
    engine = getattr(lm, "engine", None)
    if isinstance(engine, GGUFEngine):
        return 0.0
    prices = _listed(lm) if isinstance(engine, str) else None
    given = given_price(lm, listed=prices is not None)
    if given is not None:
        prices = given[0] / _MILLION, given[1] / _MILLION
    return None if prices is None else float(prompt_tokens * prices[0] + answer_tokens * prices[1])


def _listed(lm: dspy.BaseLM) -> Price | None:
    """Dollars a token of prompt and of answer, by the list."""
    provider, slash, name = lm.model.partition("/")
    info = model_info(provider if slash else "openai", name or lm.model)
    prompt, answer = rate(info, "input_cost_per_token"), rate(info, "output_cost_per_token")
    return None if prompt is None or answer is None else (float(prompt), float(answer))
