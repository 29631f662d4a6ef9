"""`adjudicated_consensus`: what people decided about single items, as a layer over what they were rated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from alia_judge.benchmark.consensus.base import Consensus

__all__ = ["adjudicated_consensus"]


def adjudicated_consensus(
    consensus: Consensus, item_ids: Sequence[str], decided: Mapping[str, float] | None
) -> Consensus:
    """The consensus with the decided value of each item that was adjudicated.

    Parameters
    ----------
    consensus
        Of the ratings.
    item_ids
        Length n: the items in its order.
    decided
        Item -> value, in the scale's units; items that are not among `item_ids` are passed over.

    Returns
    -------
    Consensus
        Its settings say of how many items the value was decided (``adjudicated``), where it is of any. The standard
        error of a decided value is unknown (NaN): nobody measured one. `distribution` goes on showing the dissent.

    Examples
    --------
    >>> import numpy as np
    >>> from alia_judge.benchmark.consensus import build_consensus
    >>> from alia_judge.records import Scale
    >>> rated = build_consensus(np.array([[1.0, 4.0], [5.0, 4.0]]), Scale.ordinal(1, 5))
    >>> found = adjudicated_consensus(rated, ["a", "b"], {"a": 2.0})
    >>> found.target, dict(found.settings)
    (array([2., 4.]), {'adjudicated': 1})
    """
    place = {item: index for index, item in enumerate(item_ids)}
    known = {item: value for item, value in (decided or {}).items() if item in place}
    if not known:
        return consensus
    target, error = consensus.target.copy(), consensus.standard_error.copy()
    rows = np.array([place[item] for item in known], dtype=np.intp)
    target[rows], error[rows] = list(known.values()), np.nan
    return replace(
        consensus,
        target=target,
        standard_error=error,
        settings={**consensus.settings, "adjudicated": len(known)},
    )
