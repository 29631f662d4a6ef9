"""`Vote`: one label from the verdicts of several configurations, each weighed by what it says of each label."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.space.build import calls_of
from alia_judge.compiling.stack.candidates import Deployable, Learnt, Stacker, distilled
from alia_judge.compiling.stack.stack import Stack
from alia_judge.compiling.stack.weights import halfway_weights, unit
from alia_judge.errors import UsageError
from alia_judge.records import Configuration, Item, Judgments, Scale

__all__ = ["Vote", "VoteStacker"]

Floats = NDArray[np.float64]

#: Rounds in which each label in turn is given as often as people give it.
_ROUNDS = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class Vote:
    """The likeliest label, by a stack for each of them.

    Parameters
    ----------
    stacks
        For each point of the scale, how likely an item has it. All have the same configurations.
    offsets
        Added to each before they are compared; a label that people give often is given more readily.

    References
    ----------
    Kuncheva (2014). Combining pattern classifiers, chapter 4. (Votes, weighed votes, and what they leave.)
    """

    schema = "alia-judge/vote/1"

    stacks: tuple[Stack, ...]
    offsets: tuple[float, ...]

    @property
    def configurations(self) -> tuple[Configuration, ...]:
        """Who is asked."""
        return self.stacks[0].configurations

    @property
    def scale(self) -> Scale:
        """The scale of the labels."""
        return self.stacks[0].scale

    @property
    def calls_per_item(self) -> int:
        """Calls that one item takes."""
        return sum(map(calls_of, self.configurations))

    @property
    def name(self) -> str:
        """What is read, as of a `Stack`."""
        return self.stacks[0].name

    @property
    def rule(self) -> str:
        """How a label is found, in words."""
        return message("the likeliest of {n} labels; of each: {rule}", n=len(self.stacks), rule=self.stacks[0].rule)

    def predict(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> Floats:
        """Codes of n items' labels, shape (n,); NaN where nobody scored it. Parameters are those of `Stack.predict`."""
        shares = np.column_stack([one.predict(judgments, items) for one in self.stacks])
        return likeliest(shares, np.asarray(self.offsets), self.scale)

    def scores(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> Floats:
        """As `predict`, in the scale's own direction."""
        return self.scale.oriented(self.predict(judgments, items))

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "schema": self.schema,
            "scale": self.scale.to_dict(),
            "stacks": [one.to_dict() for one in self.stacks],
            "offsets": list(self.offsets),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`.

        Raises
        ------
        UsageError
            If there is not one stack and one offset for each label.
        """
        stacks, offsets = tuple(map(Stack.from_dict, data["stacks"])), tuple(map(float, data["offsets"]))
        if not stacks or {len(stacks), len(offsets)} != {len(stacks[0].scale.points)}:
            raise UsageError(
                message(
                    "a vote needs one stack and one offset for each label, got {n} and {n_offsets}",
                    n=len(stacks),
                    n_offsets=len(offsets),
                )
            )
        return cls(stacks=stacks, offsets=offsets)


class _LabelStacker(Stacker):
    """Makes stacks that say how likely an item has one label: halfway to one weight a judge whatever the label.

    Of a label that few items have little is known; how far a judge is to be believed is known from all of them.
    """

    def __init__(self, *given: Any, label: int, shared: Callable[[NDArray[np.intp], int], Floats]) -> None:
        super().__init__(*given)
        self._label, self._shared = label, shared

    @cached_property
    def _readings(self) -> Any:
        readings = self._read(self._settled, plain=False)
        alone = [1.0 if self._label else -1.0]  # one column is the score of a yes or no
        own = [alone if block.shape[1] == 1 else np.eye(block.shape[1])[self._label] for block in readings.blocks]
        return replace(readings, signs=np.concatenate(own))

    @property
    def wanted(self) -> Floats:
        """What weights are fitted to, shape (n,)."""
        return np.asarray(self._wanted)

    @property
    def said(self) -> Floats:
        """What each judge says for the label, shape (n, m)."""
        each = [self.features[:, part] @ self._readings.signs[part] for part in self._readings.columns]
        return np.asarray(np.stack(each, axis=1))

    def _weigh(self, standard: Floats, places: NDArray[np.intp], times: int) -> Floats:
        own = super()._weigh(standard, places, times)
        if self.plain:
            return own
        common, shared = np.zeros(len(own)), self._shared(places, times)
        for part, weight in zip(self._readings.columns, shared, strict=True):
            common[part] = weight * self._readings.signs[part]
        return np.asarray(unit(standard[places], common) + unit(standard[places], own))


class VoteStacker:
    """Makes votes as `Stacker` makes stacks, one stacker for each label; the parameters are its.

    Members of a vote of few are those whose readings best reproduce what all say of all labels.
    """

    def __init__(
        self,
        configurations: Sequence[Configuration],
        judged: Sequence[Judgments],
        settled: Sequence[int],
        learnt: Learnt,
        scale: Scale,
    ) -> None:
        self._learnt, self._scale = learnt, scale
        values = learnt.target.values
        given = scale.oriented(np.asarray(scale.points, dtype=np.float64))
        self._shares = np.array([np.mean(values == point) for point in given])
        self._found: dict[tuple[bytes, int], Floats] = {}
        self._stackers = [
            _LabelStacker(
                configurations,
                judged,
                settled,
                replace(
                    learnt,
                    target=replace(learnt.target, values=(values == point).astype(np.float64)),
                    objective=Objective(statistic="pearson"),
                ),
                scale,
                label=label,
                shared=self._weights_of_judges,
            )
            for label, point in enumerate(given)
        ]
        self.plain = self._stackers[0].plain
        self.everybody: Deployable | None = None

    @property
    def features(self) -> Floats:
        """The settled candidates' verdicts as stacks read them, shape (n, d)."""
        return self._stackers[0].features

    @cached_property
    def everything(self) -> Deployable:
        """The vote of all that are settled."""
        return self.of_leaves([one.everything for one in self._stackers])

    @property
    def leaves(self) -> list[Stacker]:
        """The stackers that it is made of: one for each label."""
        return [*self._stackers]

    def few(self, most: int) -> list[Deployable]:
        """Votes of 1, 2, ... `most` members."""
        return [self.of_leaves(one) for one in zip(*distilled(self._stackers, most), strict=True)]

    def _weights_of_judges(self, places: NDArray[np.intp], times: int) -> Floats:
        """One weight a judge, fitted to some of the items and all labels at once, shape (m,)."""
        key = (places.tobytes(), times)
        if key not in self._found:
            said = np.concatenate([one.said[places] for one in self._stackers])
            wanted = np.concatenate([one.wanted[places] for one in self._stackers])
            starts = np.arange(len(self._stackers))[:, None] * len(places)
            dealings = [
                [((fit + starts).ravel(), (predict + starts).ravel()) for fit, predict in folds]
                for folds in self._learnt.dealings(places, times)
            ]
            groups = np.tile(self._learnt.groupings[0][places], len(self._stackers))
            self._found[key] = halfway_weights(said, wanted, groups, dealings)
        return self._found[key]

    def of_leaves(self, stacks: Sequence[Deployable]) -> Deployable:
        """The vote of a stack for each label."""
        shares = np.column_stack([one.held_out for one in stacks])
        objective, target = self._learnt.objective, self._learnt.target
        tried = np.stack([np.zeros(shares.shape[1]), as_often(shares, self._shares)])
        labels = np.stack([likeliest(shares, one, self._scale) for one in tried])
        figures = np.nan_to_num(objective.rows(objective.readings_of_scores(labels, target), target), nan=-np.inf)
        best = int(np.argmax(figures))
        return Deployable(
            stack=Vote(  # type: ignore[arg-type]  # it is asked and read as a stack is
                stacks=tuple(one.stack for one in stacks), offsets=tuple(tried[best].tolist())
            ),
            held_out=labels[best],
            members=stacks[0].members,
        )


def likeliest(shares: Floats, offsets: Floats, scale: Scale) -> Floats:
    """The point of the largest share as the scale orients it, shape (n, K) -> (n,); NaN where there is none."""
    told = ~np.isnan(shares).any(axis=1)
    best = np.asarray(scale.points, dtype=np.float64)[np.argmax(np.nan_to_num(shares) + offsets, axis=1)]
    return np.asarray(scale.oriented(np.where(told, best, np.nan)))


def as_often(shares: Floats, wanted: Floats) -> Floats:
    """Offsets with which each label is the likeliest of as many items as people give it to, shape (K,)."""
    offsets = np.zeros(shares.shape[1])
    for _ in range(_ROUNDS):
        for label, share in enumerate(wanted):
            others = np.delete(shares + offsets, label, axis=1).max(axis=1)
            offsets[label] = -float(np.quantile(shares[:, label] - others, 1 - share))
        offsets -= offsets.mean()
    return offsets
