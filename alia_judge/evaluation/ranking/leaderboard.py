"""`Leaderboard`: judges in order of their agreement with people, with ties; `rank_judges` makes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.learnt import HeldOut
from alia_judge.stats.estimate import Estimate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Entry", "Leaderboard"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Entry(Record):
    """One judge's place.

    Parameters
    ----------
    judge
        Its name.
    place, place_last
        The best place and the last one that the data allow: one more than the judges shown to be better, and what the
        judges shown to be worse leave. Judges with the same `place` are tied. None where it is not ranked.
    spearman, kappa
        With the consensus over **all** items, Spearman's correlation of grades or Cohen's kappa of labels; the other is
        None. An unscored item counts as the judge's own mean, of labels as a label that nobody gave, so that nobody
        gains by leaving hard items out.
    coverage, n_items
        Share and number of the items that it scored.
    above
        Its figure less that of the judge in the row above, with its paired interval; None in the first row.
    above_p
        Of no such difference, two-sided, corrected for every pair of judges (Holm).
    languages
        Language -> the same figure on its items.
    looks
        How often this judge, or its team's, was scored on the test, by the benchmark's ledger; None where there is
        no ledger.
    why
        Why it is not ranked.
    held_out
        Whether it learnt from any of the items, by its author's word; None in what version 0.1.0 wrote.
    team
        Whose submission it is; None where each judge is one of its own.

    Examples
    --------
    >>> import alia_judge as aj
    >>> from alia_judge.evaluation import rank_judges
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> best = rank_judges(ratings, {"the truth": truth}, criterion="tone").entries[0]
    >>> best.judge, best.places, best.coverage
    ('the truth', '1', 1.0)
    """

    unwritten = frozenset({"spearman", "kappa"})

    judge: str
    place: int | None
    place_last: int | None
    spearman: Estimate | None = None
    kappa: Estimate | None = None
    coverage: float
    n_items: int
    above: Estimate | None = None
    above_p: float = np.nan
    languages: Mapping[str, Estimate] = field(default_factory=dict)
    looks: int | None = None
    why: str | None = None
    held_out: HeldOut | None = None
    team: str | None = None

    @property
    def figure(self) -> Estimate:
        """What it is ranked by."""
        found = self.kappa if self.spearman is None else self.spearman
        if found is None:
            raise UsageError(message("the entry of {judge!r} has neither spearman nor kappa", judge=self.judge))
        return found

    @property
    def places(self) -> str:
        """The place as it is shown: ``"1"``, or ``"1-3"`` where the data allow several."""
        if self.place is None:
            return ""
        return str(self.place) if self.place == self.place_last else f"{self.place}-{self.place_last}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Leaderboard(Record):
    """Judges in order of their agreement with people.

    Parameters
    ----------
    criterion
        What was rated.
    n_items
        Items of the test.
    entries
        One a judge, the highest figure first; those that are not ranked stand last.
    best
        The first judge's figure, less what picking the best of so many adds by luck.
    beside
        What a judge is worth knowing next to: ``"one person against the others"``, ``"surface features alone"``.
    statistic
        What judges are ranked by: ``"spearman"``, or ``"kappa"`` where the criterion has labels.
    alpha
        The level at which one judge is shown to be better than another.
    signature, fingerprint, split
        The settings that change the figures; of the ratings or the benchmark; which part of it.

    Examples
    --------
    >>> import alia_judge as aj
    >>> from alia_judge.evaluation import rank_judges
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> board = rank_judges(ratings, {"the truth": truth}, criterion="tone")
    >>> board.n_items, board.statistic, [entry.judge for entry in board.entries]
    (180, 'spearman', ['the truth'])
    """

    schema = "alia-judge/leaderboard/1"
    also: ClassVar[tuple[str, ...]] = ("summary",)

    criterion: str
    n_items: int
    entries: tuple[Entry, ...]
    best: Estimate
    beside: Mapping[str, Estimate]
    alpha: float
    signature: str
    fingerprint: str = ""
    split: str | None = None
    statistic: str = "spearman"

    @property
    def quantity(self) -> str:
        """What judges are ranked by, as it is shown."""
        return {"spearman": "Spearman"}.get(self.statistic, self.statistic)

    @property
    def summary(self) -> str:
        """Who is first, in a sentence."""
        first = [entry.judge for entry in self.entries if entry.place == 1]
        if not first:
            return message("{criterion}: no judge can be ranked", criterion=self.criterion)
        if len(first) == 1:
            return message(
                "{criterion}: {first} is first, {quantity} {best} after correction for having been picked",
                criterion=self.criterion,
                first=first[0],
                quantity=self.quantity,
                best=self.best,
            )
        return message(
            "{criterion}: {n} judges share the first place, as none is shown to be better: "
            "{first}; the highest {quantity} is {best} after correction for having been picked",
            criterion=self.criterion,
            n=len(first),
            first=", ".join(first),
            quantity=self.quantity,
            best=self.best,
        )

    def to_frame(self) -> pd.DataFrame:
        """A row a judge: its places, its figure with the interval, its coverage, why it is not ranked."""
        import pandas as pd

        return pd.DataFrame(
            [
                {"place": entry.places, "judge": entry.judge, **entry.figure.columns(), "coverage": entry.coverage,
                 "why": entry.why or ""}
                for entry in self.entries
            ]
        )  # fmt: skip
