"""`SwappedEntities`: who or what it is about is somebody or something else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alia_judge.probes.base import Change, Expectation, Invariant
from alia_judge.probes.phrases import base_language
from alia_judge.records import Item

__all__ = ["PROBES", "SwappedEntities"]

Floats = NDArray[np.float64]
# Capitalised words inside a sentence, as many as follow one another; no acronyms, and not the first word.
_ENTITY = re.compile(r"(?<=[\w,;:)] )(?:[^\W\d_a-zà-ÿ][a-zà-ÿ]\w+)(?:\s[^\W\d_a-zà-ÿ][a-zà-ÿ]\w+)*")


@dataclass(frozen=True, kw_only=True)
class SwappedEntities:
    """Names in the response change places; where there is one, it becomes one of another item in the language."""

    keeps: ClassVar[frozenset[Invariant]] = frozenset({"numbers"})
    needs: ClassVar[str | None] = None

    name: str = "swapped_entities"
    expectation: Expectation = "lower"
    doses: tuple[float, ...] = (1,)
    changes: str = (
        "Two names in the response (words capitalised inside a sentence) change places; where there is one, it becomes "
        "a name from another item in the same language."
    )

    def perturb(self, items: Sequence[Item], _dose: float, rng: np.random.Generator, /) -> list[Change | None]:
        """None where the response has no name."""
        pools: dict[str, set[str]] = {}
        for item in items:
            pools.setdefault(base_language(item), set()).update(_ENTITY.findall(item.response))
        names = {language: sorted(pool) for language, pool in pools.items()}
        return [_swapped(item, names[base_language(item)], rng) for item in items]

    def expected(self, scores: Floats, /) -> Floats:
        """The same scores."""
        return scores


def _swapped(item: Item, pool: Sequence[str], rng: np.random.Generator) -> Change | None:
    own = list(dict.fromkeys(_ENTITY.findall(item.response)))
    if len(own) >= 2:
        first, second = own[0], own[1]
    else:
        others = [name for name in pool if name not in item.response and name not in item.prompt]
        if not own or not others:
            return None
        first, second = own[0], str(rng.choice(others))
    turned = {first: second, second: first}
    either = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(turned, key=len, reverse=True)))
    return Change(item, replace(item, response=either.sub(lambda found: turned[found[0]], item.response)))


PROBES = (SwappedEntities(),)
