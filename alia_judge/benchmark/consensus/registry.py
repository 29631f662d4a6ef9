"""Which consensus models there are, and `build_consensus`, which runs one."""

from __future__ import annotations

from collections.abc import Sequence

from alia_judge._messages import message
from alia_judge._registry import Registry
from alia_judge.benchmark.consensus.base import Consensus, ConsensusModel, Floats, Observations
from alia_judge.errors import UsageError
from alia_judge.records import Scale
from alia_judge.stats.sparse_ratings import SparseRatings

__all__ = ["build_consensus", "consensus_model", "consensus_models", "default_method", "models_for"]

#: Every model by name: the ``MODELS`` of each module of this folder, and those of the entry point group
#: ``alia_judge.consensus_models``.
consensus_models: Registry[ConsensusModel] = Registry(
    "alia_judge.benchmark.consensus",
    attribute="MODELS",
    group="alia_judge.consensus_models",
    what="consensus",
    key=lambda model: model.name,
    order=lambda model: model.order,
)


def default_method(scale: Scale) -> str:
    """``"mean"`` where values are ordered, ``"majority"`` where they are only labels."""
    return "mean" if scale.ordered else "majority"


def models_for(scale: Scale) -> tuple[ConsensusModel, ...]:
    """The models meant for such values."""
    return tuple(model for model in consensus_models().values() if model.applies(scale))


def consensus_model(name: str, scale: Scale) -> ConsensusModel:
    """The model of this name.

    Raises
    ------
    UsageError
        If there is none, or it is not meant for such values.
    """
    model = consensus_models.named(name)
    if not model.applies(scale):
        fitting = ", ".join(one.name for one in models_for(scale))
        raise UsageError(
            message(
                "consensus {name!r} is not meant for a {kind} scale; these are: {fitting}",
                name=name,
                kind=scale.kind,
                fitting=fitting,
            )
        )
    return model


def build_consensus(
    values: Floats | SparseRatings,
    scale: Scale,
    *,
    method: str | None = None,
    identified: bool = True,
    pairs: Sequence[tuple[str, str]] | None = None,
) -> Consensus:
    """The consensus of each item.

    Parameters
    ----------
    values
        Shape (n_rows, n_items): a row an annotator or a position, NaN where there is no rating; or `SparseRatings`.
    scale
        Their scale.
    method
        ``"mean"``, ``"median"``, ``"majority"``, ``"gaussian"``, ``"rasch"``, ``"generalised-rasch"``,
        ``"dawid-skene"``, ``"mace"``, ``"glad"`` or ``"bradley-terry"``; by default the mean of ordered values and the
        majority of labels.
    identified
        Whether a row is a person; if not, models take all people as alike.
    pairs
        Of preferences, the two systems that each item compares, length n_items.

    Raises
    ------
    UsageError
        If the method is unknown, or not meant for such values.

    Examples
    --------
    >>> import numpy as np
    >>> ratings = np.array([[1.0, 4.0, 2.0], [3.0, 4.0, np.nan]])
    >>> consensus = build_consensus(ratings, Scale.ordinal(1, 5))
    >>> consensus.target
    array([2., 4., 2.])
    >>> consensus.standard_error.round(3)
    array([0.707, 0.707, 1.   ])
    """
    model = consensus_model(method or default_method(scale), scale)
    observations = Observations.of(values, scale, identified=identified, pairs=pairs)
    return model.fit(observations).consensus
