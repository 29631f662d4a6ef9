"""A recorded bank: verdicts that models gave once, kept in a folder so that a search can be replayed without a model.

The folder holds ``configs.jsonl`` (one JSON object a configuration: ``config_id`` and any attributes) and
``scores.parquet`` (``config_id, item_id`` and either ``p1..pK``, the probability of each scale point, or ``score``: a
number, or a word of the ratings' scale; ``label`` is another name for it). Scores may be on another scale than
people's, stated as the configuration's ``scale`` (``"0-100"``, ``"5-1"``) or inferred.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from alia_judge._advice import advice
from alia_judge._json import dumps, write_atomic
from alia_judge._messages import joined, message
from alia_judge.errors import DataError, Problem
from alia_judge.models.bank_files import CONFIGS, SCORES, read_configurations, read_scores
from alia_judge.models.bank_scales import OwnScale, brought_onto, own_scales
from alia_judge.ratings.scales import describe_scale
from alia_judge.records import Configuration, Item, Judgments, Scale, Unscored

__all__ = ["RecordedBank", "export_bank"]

#: Probabilities of a judge of pairs that calls no ties.
_SIDES = 2


class RecordedBank:
    """Verdicts read from a bank folder, as a `JudgmentSource`.

    A verdict is paid for the first time it is asked for and replayed after that; the bank remembers this for as long as
    it is open. What a search has paid for over several runs is in its study.

    Parameters
    ----------
    configurations
        What was recorded, by ``config_id`` as the bank writes it. A configuration's parameters are its attributes, with
        ``config_id`` among them; the numeric attributes ``cost`` and ``seconds``, if any, are the price of one call
        and the time it takes.
    scale
        The scale of every verdict.
    item_ids
        The m items that have at least one verdict.
    offsets, items, values
        The verdicts sorted by configuration then item: configuration c has rows ``offsets[c]:offsets[c + 1]`` of
        `items` (indices into `item_ids`) and `values` (shape (rows, K) of probabilities, or (rows, 1) of scores).
    path
        The folder.
    own
        The scales of the configurations that score on another one than `scale`, by place.

    See Also
    --------
    RecordedBank.open : the way to get one.

    Examples
    --------
    >>> import alia_judge as aj
    >>> from importlib import resources
    >>> bank = aj.RecordedBank.open(resources.files("alia_judge") / "data" / "hanna")
    >>> len(bank.configurations), len(bank.item_ids)
    (20, 1056)
    >>> bank.configurations[0].parameters["model"]
    'Beluga-13B'
    """

    def __init__(
        self,
        *,
        configurations: Sequence[Configuration],
        scale: Scale,
        item_ids: Sequence[str],
        offsets: NDArray[np.int64],
        items: NDArray[np.int64],
        values: NDArray[np.float32],
        path: Path | None = None,
        own: Mapping[int, OwnScale] | None = None,
    ) -> None:
        self.configurations = tuple(configurations)
        self.path = path
        self.own = dict(own or {})
        self.item_ids = tuple(item_ids)
        self._scale = scale
        self._index = {configuration.key: place for place, configuration in enumerate(self.configurations)}
        self._item_index = {item_id: place for place, item_id in enumerate(item_ids)}
        self._offsets, self._items, self._values = offsets, items, values
        self._paid = np.zeros(len(items), dtype=np.bool_)

    @classmethod
    def open(cls, directory: str | Path, *, scale: Scale | None = None) -> Self:
        """Read and check a bank folder.

        Parameters
        ----------
        directory
            Folder with ``configs.jsonl`` and ``scores.parquet``.
        scale
            The scale that verdicts are given on, which is the ratings'. Scores of a configuration that states another
            (its attribute ``scale``, written as `parse_scale` reads it), or whose scores are off this one, are brought
            onto it: ends on ends and straight between; a reversed one is turned. Left out, ``p1..pK`` mean the points 1
            to K, and scores mean the whole points from the lowest recorded to the highest, or that interval where some
            score is not whole; labels have no meaning without it. Of pairs that people may call ties, ``p1`` and ``p2``
            alone are the first and the second.

        Raises
        ------
        DataError
            If a file is missing or malformed; the message names the file and the line (of Parquet: the row).

        Examples
        --------
        >>> bank = RecordedBank.open("bank")  # doctest: +SKIP
        >>> bank.judge(bank.configurations[0], items).score  # doctest: +SKIP
        """
        folder = Path(directory)
        configurations, ids = read_configurations(folder / CONFIGS)
        config_of, item_of, item_ids, values, named = read_scores(folder / SCORES, ids, scale)
        if named and values.shape[1] == _SIDES and scale is not None and scale == Scale.pairwise():
            values = np.insert(values, 1, 0.0, axis=1)  # judges of pairs that call no ties
        if scale is None:
            scale = _default_scale(values, probabilities=named)
        elif named and values.shape[1] != len(scale.points):
            raise DataError(
                Problem(
                    message(
                        "{shape} probability columns for a scale of {n} points",
                        shape=values.shape[1],
                        n=len(scale.points),
                    ),
                    message("one column p1..pK for each scale point"),
                    message("open the bank with the scale it was recorded on"),
                    file=str(folder / SCORES),
                )
            )
        own = {} if named else own_scales(configurations, config_of, values[:, 0], scale, folder / CONFIGS)
        rest = values[~np.isin(config_of, list(own)), 0].astype(np.float64)
        rest = rest[~np.isnan(rest)]  # what has no score is unscored, not off the scale
        if not named and len(rest) and not _may_be_score(rest, scale).any():
            raise DataError(
                Problem(
                    message(
                        "none of {n} recorded scores is on the scale of the ratings ({scale})", n=len(rest), scale=scale
                    ),
                    message("scores on that scale; on one with an order also between its points"),
                    message(
                        "say what scale they are on (the attribute scale in configs.jsonl), or declare the "
                        "ratings' as it is ({advice})",
                        advice=advice(python="scale=", command="--scale"),
                    ),
                    file=str(folder / SCORES),
                )
            )
        order = np.lexsort((item_of, config_of))
        config_of, item_of = config_of[order], item_of[order]
        twice = np.flatnonzero((np.diff(config_of) == 0) & (np.diff(item_of) == 0))
        if len(twice):
            rows = np.sort(order[[twice[0], twice[0] + 1]]) + 1
            raise DataError(
                Problem(
                    message(
                        "item {item_ids!r} has two verdicts of configuration {ids!r} (rows {rows} and {got})",
                        item_ids=item_ids[item_of[twice[0]]],
                        ids=list(ids)[config_of[twice[0]]],
                        rows=rows[0],
                        got=rows[1],
                    ),
                    message("one verdict a configuration and item"),
                    message("keep one of the two rows"),
                    file=str(folder / SCORES),
                    line=int(rows[1]),
                )
            )
        return cls(
            configurations=configurations,
            scale=scale,
            item_ids=item_ids,
            offsets=np.searchsorted(config_of, np.arange(len(configurations) + 1)),
            items=item_of,
            values=values[order],
            path=folder,
            own=own,
        )

    @property
    def scale(self) -> Scale:
        """The scale of every verdict."""
        return self._scale

    @property
    def scales_said(self) -> str:
        """What was inferred of the configurations' scales, in words; empty where nothing was."""
        found = Counter(describe_scale(one.scale) for one in self.own.values() if one.inferred)
        if not found:
            return ""
        parts = joined((message("{n} on {scale}", n=count, scale=words) for words, count in found.most_common()), ", ")
        return message(
            "of {n} configurations, {values} score off the ratings' scale ({scale}) and "
            "are read as scoring on another: {parts}; state a configuration's scale in {configs} "
            "where that is wrong",
            n=len(self.configurations),
            values=sum(found.values()),
            scale=describe_scale(self._scale),
            parts=parts,
            configs=CONFIGS,
        )

    def identity(self, configurations: Sequence[Configuration]) -> str:
        """A digest of all that the bank holds of some configurations, in whatever order its files have it."""
        digest = hashlib.sha256(dumps([self._scale.to_dict(), sorted(self.item_ids)], indent=None).encode())
        rank = np.empty(len(self.item_ids), dtype=np.int64)
        rank[np.argsort(np.array(self.item_ids, dtype=object))] = np.arange(len(rank))
        for configuration in configurations:
            place = self._place(configuration)
            rows = slice(int(self._offsets[place]), int(self._offsets[place + 1]))
            items = rank[self._items[rows]]
            order = np.argsort(items)
            digest.update(configuration.key.encode())
            digest.update(items[order].tobytes())
            digest.update(self._values[rows][order].tobytes())
        return digest.hexdigest()[:16]

    def select(self, **attributes: Any) -> tuple[Configuration, ...]:
        """The configurations whose attributes have these values; one without the attribute counts as matching.

        Examples
        --------
        >>> bank.select(criterion="Coherence")  # doctest: +SKIP
        """
        return tuple(
            configuration
            for configuration in self.configurations
            if all(configuration.parameters.get(name, value) == value for name, value in attributes.items())
        )

    def lacking(self, items: Sequence[Item], configurations: Sequence[Configuration]) -> list[str]:
        """Ids of the items on which none of the configurations has a verdict."""
        there = np.zeros(len(items), dtype=np.bool_)
        for configuration in configurations:
            there |= self._rows(configuration, items) >= 0
        return [item.item_id for item, known in zip(items, there, strict=True) if not known]

    def price(self, configuration: Configuration) -> float | None:
        """The price of one call, from the attribute ``cost``; None where the bank does not say."""
        cost = configuration.parameters.get("cost")
        return float(cost) if isinstance(cost, int | float) else None

    def _seconds(self, configuration: Configuration) -> float:
        """What one call takes, from the attribute ``seconds``; NaN where the bank does not say."""
        seconds = configuration.parameters.get("seconds")
        return float(seconds) if isinstance(seconds, int | float) else np.nan

    def judge(self, configuration: Configuration, items: Sequence[Item]) -> Judgments:
        """Recorded verdicts of `configuration` on `items`; an item without one is unscored, reason ``"missing"``."""
        rows = self._rows(configuration, items)
        found = rows >= 0
        new = np.unique(rows[found & ~self._paid[rows]])
        self._paid[new] = True
        n_points = self._values.shape[1] if self._values.shape[1] > 1 else len(self._scale.points)
        probabilities = np.full((len(items), n_points), np.nan)
        score = np.full(len(items), np.nan)
        values = self._values[rows[found]].astype(np.float64)
        if self._values.shape[1] > 1:
            mass = values.sum(axis=1, keepdims=True)
            with np.errstate(invalid="ignore"):
                probabilities[found] = np.where(mass > 0, values / mass, np.nan)
            score[found] = probabilities[found] @ np.asarray(self._scale.points)
        else:
            own = self.own.get(self._place(configuration))
            scale = self._scale if own is None else own.scale
            given = np.where(_may_be_score(values[:, 0], scale), values[:, 0], np.nan)
            score[found] = given if own is None else brought_onto(given, scale, self._scale)
        reasons = tuple(
            _reason(present, value, row, self._values) for present, value, row in zip(found, score, rows, strict=True)
        )
        return Judgments(
            item_ids=tuple(item.item_id for item in items),
            probabilities=probabilities,
            score=score,
            reasons=reasons,
            paid=len(new),
            replayed=int(found.sum()) - len(new),
            cost=np.nan if (price := self.price(configuration)) is None else price * len(items),
            seconds=self._seconds(configuration) * len(items),
        )

    def paid(self, configuration: Configuration, items: Sequence[Item]) -> Sequence[bool]:
        """Which of these verdicts this bank has already given since it was opened."""
        rows = self._rows(configuration, items)
        return [bool(paid) for paid in (rows >= 0) & self._paid[rows]]

    def _rows(self, configuration: Configuration, items: Sequence[Item]) -> NDArray[np.int64]:
        """Row of each verdict in the sorted columns, -1 where there is none."""
        place = self._place(configuration)
        low, high = int(self._offsets[place]), int(self._offsets[place + 1])
        wanted = np.array([self._item_index.get(item.item_id, -1) for item in items], dtype=np.int64)
        recorded = self._items[low:high]
        if not len(recorded):
            return np.full(len(wanted), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(recorded, wanted), len(recorded) - 1)
        rows: NDArray[np.int64] = np.where(recorded[at] == wanted, low + at, -1)
        return rows

    def _place(self, configuration: Configuration) -> int:
        try:
            return self._index[configuration.key]
        except KeyError:
            raise DataError(
                Problem(
                    message(
                        "configuration {name} is not in the bank",
                        name=configuration.name or dict(configuration.parameters),
                    ),
                    message("one of its {n} recorded configurations", n=len(self.configurations)),
                    message("search the bank's own configurations, or use a live source"),
                    file=None if self.path is None else str(self.path / CONFIGS),
                )
            ) from None


def export_bank(
    directory: str | Path, source: Any, configurations: Sequence[Configuration], items: Sequence[Item]
) -> Path:
    """Write the verdicts of `configurations` on `items` as a bank folder, so that the run can be replayed.

    Parameters
    ----------
    directory
        Where to write ``configs.jsonl`` and ``scores.parquet``.
    source
        A `JudgmentSource`; what it has not paid for yet, it pays for now.
    configurations, items
        What to write. An unscored verdict is not written, and so is missing from the bank.

    Returns
    -------
    pathlib.Path
        The folder.

    Examples
    --------
    >>> import alia_judge as aj
    >>> from importlib import resources
    >>> bank = aj.RecordedBank.open(resources.files("alia_judge") / "data" / "hanna")
    >>> items = [aj.Item(item_id=name) for name in bank.item_ids[:50]]
    >>> folder = aj.export_bank("small", bank, bank.configurations[:3], items)
    >>> len(aj.RecordedBank.open(folder).configurations)
    3
    """
    folder = Path(directory)
    n_points = len(source.scale.points)
    lines: list[str] = []
    columns: dict[str, list[Any]] = {"config_id": [], "item_id": []}
    blocks: list[NDArray[np.float64]] = []
    judged = [(configuration, source.judge(configuration, items)) for configuration in configurations]
    with_probabilities = n_points > 1 and all(
        np.isfinite(judgments.probabilities[judgments.scored]).all() for _, judgments in judged
    )
    for number, (configuration, judgments) in enumerate(judged):
        # Scores are written on the source's scale, whichever the configuration scored on.
        attributes = {
            name: value for name, value in configuration.parameters.items() if name not in ("config_id", "scale")
        }
        lines.append(dumps({"config_id": number, **attributes}, indent=None))
        kept = judgments.scored
        columns["config_id"] += [number] * int(kept.sum())
        columns["item_id"] += [item_id for item_id, keep in zip(judgments.item_ids, kept, strict=True) if keep]
        blocks.append(judgments.probabilities[kept] if with_probabilities else judgments.score[kept, None])
    block = np.concatenate(blocks) if blocks else np.empty((0, 1))
    names = [f"p{point}" for point in range(1, n_points + 1)] if with_probabilities else ["score"]
    arrays = {name: pa.array(block[:, column].astype(np.float32)) for column, name in enumerate(names)}
    write_atomic(folder / CONFIGS, "".join(line + "\n" for line in lines))
    sink = pa.BufferOutputStream()
    pq.write_table(
        pa.table(
            {
                "config_id": pa.array(columns["config_id"], pa.int32()),
                "item_id": pa.array(columns["item_id"], pa.string()).dictionary_encode(),
                **arrays,
            }
        ),
        sink,
    )
    write_atomic(folder / SCORES, sink.getvalue().to_pybytes())
    return folder


def _reason(present: np.bool_, value: np.float64, row: np.int64, values: NDArray[np.float32]) -> Unscored | None:
    if not present:
        return "missing"
    if not np.isnan(value):
        return None
    return "no_score" if values.shape[1] > 1 or np.isnan(values[row, 0]) else "off_scale"


def _may_be_score(values: NDArray[np.float64], scale: Scale) -> NDArray[np.bool_]:
    """Which values a judge may have given: points of the scale, and what lies between two where they have an order."""
    if scale.ordered:
        return (values >= scale.low) & (values <= scale.high)
    return np.isin(values, scale.points)


def _default_scale(values: NDArray[np.float32], *, probabilities: bool) -> Scale:
    if probabilities:
        return Scale.ordinal(1, values.shape[1])
    known = values[np.isfinite(values)]
    if not len(known):
        return Scale.continuous(0, 1)
    low, high = float(known.min()), float(known.max())
    if low < high and np.array_equal(known, np.round(known)):
        return Scale.ordinal(int(low), int(high))
    return Scale.continuous(low, high if high > low else low + 1)
