"""`WrongPrices`: every amount of money is too high by a factor."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from alia_judge.probes.base import Expectation, ItemProbe
from alia_judge.records import Item

__all__ = ["PROBES", "WrongPrices"]

_NUMBER = r"\d+(?:[.,]\d+)*"
# An amount stands before or after its currency, whose words are declined in Basque.
_PRICE = re.compile(
    rf"(?P<sign>[€£$]\s?)(?P<after>{_NUMBER})|(?P<before>{_NUMBER})(?=\s?(?:€|£|EUR\b|euro|céntim|cént\b))"
)
#: Marks of thousands and of decimals are told apart by what follows: one or two digits are decimals.
_DECIMALS = re.compile(r"([.,])(\d{1,2})$")


@dataclass(frozen=True, kw_only=True)
class WrongPrices(ItemProbe):
    """Every amount of money is multiplied: a dose is the factor."""

    name: str = "wrong_prices"
    expectation: Expectation = "lower"
    doses: tuple[float, ...] = (1.1, 2, 10)
    changes: str = "Every amount of money is too high. The dose is the factor: 1.1 is ten per cent too much."

    def change(self, item: Item, dose: float, _rng: np.random.Generator, /) -> Item | None:
        """None where there is no amount of money but zero."""
        text = _PRICE.sub(lambda found: _raised(found, dose), item.response)
        return replace(item, response=text) if text != item.response else None


def _raised(found: re.Match[str], factor: float) -> str:
    written = found["after"] or found["before"]
    decimals = _DECIMALS.search(written)
    whole = written[: decimals.start()] if decimals else written
    places = len(decimals[2]) if decimals else 0
    amount = int(re.sub(r"\D", "", whole)) + (int(decimals[2]) / 10**places if decimals else 0)
    # A whole amount stays whole and still changes: 10 per cent of 5 € is 1 €.
    raised = round(amount * factor, places) if decimals else int(np.ceil(amount * factor - 1e-9))
    return (found["sign"] or "") + f"{raised:.{places}f}".replace(".", decimals[1] if decimals else ".")


PROBES = (WrongPrices(),)
