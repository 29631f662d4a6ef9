"""Which consensus model predicts a rating that it has not seen best: chosen by that, not by taste."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.benchmark.consensus.base import ConsensusModel, Floats, Observations
from alia_judge.benchmark.consensus.bradley_terry import BradleyTerry
from alia_judge.benchmark.consensus.rasch import GeneralisedRasch
from alia_judge.benchmark.consensus.registry import default_method, models_for
from alia_judge.errors import UsageError
from alia_judge.records import Scale
from alia_judge.stats.sparse_ratings import SparseRatings

__all__ = ["ModelScore", "compare_consensus"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelScore(Record):
    """How well one model predicts held-out ratings.

    Parameters
    ----------
    model
        Its name.
    log_likelihood
        Mean log-probability that it gave to a held-out rating, in nats; higher is better.
    gain, gain_error
        The same less the baseline's on the same ratings, and its standard error over items.
    error
        Root mean squared error of the predicted mean; for labels, the share of wrong labels.
    n
        Held-out ratings.
    """

    model: str
    log_likelihood: float
    gain: float
    gain_error: float
    error: float
    n: int

    @property
    def better(self) -> bool:
        """Whether it is better than the baseline by more than two standard errors."""
        return self.gain > 2 * self.gain_error


def compare_consensus(
    values: Floats | SparseRatings,
    scale: Scale,
    *,
    identified: bool = True,
    models: Sequence[ConsensusModel] | None = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    n_repeats: int = 3,
    seed: int = 0,
) -> tuple[ModelScore, ...]:
    """Compare consensus models by the ratings they have not seen.

    In each repeat one rating, drawn at random, of every item with two or more is hidden, every model is fitted to the
    rest and predicts it: would this annotator have given this value to this item?

    Parameters
    ----------
    values
        Shape (n_rows, n_items): a row an annotator or a position, NaN where there is no rating; or `SparseRatings`.
    scale
        Their scale.
    identified
        Whether a row is a person.
    models
        The models to compare; by default all that are meant for such values.
    pairs
        Of preferences, the two systems that each item compares.
    n_repeats
        Repeats, at least 1.
    seed
        Of the draws.

    Returns
    -------
    tuple of ModelScore
        Best first. The baseline is the mean, or the majority of labels.

    Raises
    ------
    UsageError
        If no item has two ratings, or `n_repeats` is below 1.
    """
    if n_repeats < 1:
        raise UsageError(message("n_repeats must be at least 1, got {n_repeats}", n_repeats=n_repeats))
    observations = Observations.of(values, scale, identified=identified, pairs=pairs)
    if not (observations.per_item(np.ones(observations.item.size)) >= 2).any():
        raise UsageError(message("no item has two ratings, so none can be hidden and predicted"))
    meant = models if models is not None else [model for model in models_for(scale) if _can_fit(model, observations)]
    chosen = {model.name: model for model in meant}
    rng = np.random.default_rng(seed)
    logs: dict[str, list[Floats]] = {name: [] for name in chosen}
    errors: dict[str, list[Floats]] = {name: [] for name in chosen}
    for _ in range(n_repeats):
        hidden = _one_of_each(observations, rng)
        seen, asked = observations.take(~hidden), observations.take(hidden)
        for name, model in chosen.items():
            chance = model.fit(seen).predict(asked.annotator, asked.item)
            logs[name].append(np.log(np.maximum(chance[np.arange(chance.shape[0]), asked.code], 1e-12)))
            if scale.ordered:
                errors[name].append((chance @ observations.points - asked.value) ** 2)
            else:
                errors[name].append((chance.argmax(axis=1) != asked.code).astype(np.float64))
    baseline = default_method(scale) if default_method(scale) in chosen else next(iter(chosen))
    # The repeats of one item are not independent: they are averaged before the error is taken.
    per_item = {name: np.mean(found, axis=0) for name, found in logs.items()}
    scores = []
    for name in chosen:
        gain = per_item[name] - per_item[baseline]
        loss = float(np.mean(errors[name]))
        scores.append(
            ModelScore(
                model=name,
                log_likelihood=float(per_item[name].mean()),
                gain=float(gain.mean()),
                gain_error=float(gain.std(ddof=1) / math.sqrt(gain.size)) if gain.size > 1 else math.nan,
                error=math.sqrt(loss) if scale.ordered else loss,
                n=gain.size * n_repeats,
            )
        )
    return tuple(sorted(scores, key=lambda score: -score.log_likelihood))


def _can_fit(model: ConsensusModel, observations: Observations) -> bool:
    """Whether the ratings say what the model is about: who gave them, or between which systems."""
    if isinstance(model, GeneralisedRasch):
        # Where nobody is told apart it is the plain Rasch model under another name.
        return observations.identified
    return observations.pairs is not None or not isinstance(model, BradleyTerry)


def _one_of_each(observations: Observations, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """One rating at random of each item with two or more, in the order of the items."""
    order = np.lexsort((rng.random(observations.item.size), observations.item))
    items = observations.item[order]
    first = np.concatenate([[True], items[1:] != items[:-1]])
    several = observations.per_item(np.ones(observations.item.size)) >= 2
    hidden = np.zeros(observations.item.size, dtype=bool)
    hidden[order[first & several[items]]] = True
    return hidden
