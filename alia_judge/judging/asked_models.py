"""`asked_models`: which models a judge asks, and where, read off the judge as it is."""

from __future__ import annotations

from typing import Any

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.demos.neighbours import EMBEDDING
from alia_judge.models.resolve import lm_address

__all__ = ["asked_models"]


def asked_models(judge: Any) -> list[str]:
    """The models that a judge of any kind asks, each once: its name, and its address where that is known.

    Examples
    --------
    >>> from alia_judge import Judge, Rubric, Scale
    >>> judge = Judge(Rubric(criterion="Clarity", scale=Scale.ordinal(1, 5)), "openai/gpt-4o-mini")
    >>> asked_models(judge)[0].split(" at ")[0]
    'openai/gpt-4o-mini'
    """
    found: dict[str, None] = {}
    for one in getattr(judge, "members", [judge]):
        try:
            lm = one.lm
        except UsageError:
            lm = None  # it has no model yet
        if lm is not None:
            address = lm_address(lm)
            name = message("{model} at {address}", model=lm.model, address=address) if address else str(lm.model)
            found[name] = None
        if one.neighbours is not None and one.neighbours.likeness.startswith(EMBEDDING):
            found[message("{model} (embeddings)", model=one.neighbours.likeness.removeprefix(EMBEDDING))] = None
    return list(found)
