"""`WrongNumbers`: numbers that are not so."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from alia_judge.probes.base import Expectation, ItemProbe
from alia_judge.records import Item

__all__ = ["PROBES", "WrongNumbers"]


@dataclass(frozen=True, kw_only=True)
class WrongNumbers(ItemProbe):
    """Numbers are changed: a dose is how many, the first ones."""

    name: str = "wrong_numbers"
    expectation: Expectation = "lower"
    doses: tuple[float, ...] = (1, 3)
    changes: str = "The first digit of a number becomes another one. The dose is how many numbers, the first ones."

    def change(self, item: Item, dose: float, rng: np.random.Generator, /) -> Item | None:
        """One digit of each number becomes another; None where there are fewer numbers than the dose."""
        numbers = list(re.finditer(r"\d+", item.response))
        if len(numbers) < dose:
            return None
        text = list(item.response)
        for number in numbers[: int(dose)]:
            # The first digit counts most, and never becomes a zero.
            digit = int(text[number.start()])
            others = [other for other in range(1, 10) if other != digit]
            text[number.start()] = str(rng.choice(others))
        return replace(item, response="".join(text))


PROBES = (WrongNumbers(),)
