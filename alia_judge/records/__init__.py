"""The nouns every layer shares: what is rated (`Item`, `Scale`), by people (`Rating`) and by a judge (`Verdict`)."""

from __future__ import annotations

from alia_judge.records.configuration import Configuration
from alia_judge.records.item import Item, Turn
from alia_judge.records.judgments import Judgments
from alia_judge.records.rating import Rating
from alia_judge.records.scale import Scale, ScaleKind
from alia_judge.records.verdict import Unscored, Usage, Verdict

__all__ = [
    "Configuration",
    "Item",
    "Judgments",
    "Rating",
    "Scale",
    "ScaleKind",
    "Turn",
    "Unscored",
    "Usage",
    "Verdict",
]
