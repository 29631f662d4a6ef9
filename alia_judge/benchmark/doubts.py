"""What a split came out as, where that is not what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from alia_judge._advice import advice
from alia_judge._messages import Message, message
from alia_judge.benchmark.splits import SPLIT_NAMES

if TYPE_CHECKING:
    from alia_judge.benchmark.benchmark import Benchmark

__all__ = ["split_doubts"]

#: Of the items that were wanted, and of train's standard deviation: with less than this share a split says little.
_HALF = 0.5


def split_doubts(benchmark: Benchmark) -> list[Message]:
    """Why figures on dev or test may say little: few items, or items rated alike; empty where neither is so.

    Whole groups stay together, and so do groups with nearly the same responses: where these are large, the parts cannot
    have the sizes that were asked for.

    Examples
    --------
    >>> import alia_judge as aj
    >>> split_doubts(aj.build_benchmark(aj.load_sample(), criterion="helpfulness"))
    []
    """
    wanted = benchmark.provenance.get("splits")
    whole = len(benchmark.assignment)
    target = {name: benchmark.target[benchmark.places(name)] for name in SPLIT_NAMES}
    spread = float(np.std(target["train"])) if target["train"].size else 0.0
    found: list[Message] = []
    for place, name in enumerate(SPLIT_NAMES[1:], start=1):
        share, part = wanted[place] if isinstance(wanted, list) else 0.0, target[name]
        if part.size < _HALF * share * whole:
            found.append(_small(benchmark, name, part.size, round(share * whole)))
        elif benchmark.scale.ordered and part.size > 1 and np.std(part) < _HALF * spread:
            found.append(
                message(
                    "people's scores of {criterion} vary little in {part} (standard deviation {sd:.2f}, in train "
                    "{spread:.2f}): a correlation there says little; another seed or a split of your own ({where}) may "
                    "part them better",
                    criterion=benchmark.criterion,
                    part=name,
                    sd=float(np.std(part)),
                    spread=spread,
                    where=advice(python="seed=, splits=", command="--seed, --split"),
                )
            )
    return found


def _small(benchmark: Benchmark, part: str, n: int, wanted: int) -> Message:
    joined = benchmark.provenance.get("groups_joined_by_near_duplicates", 0)
    if joined:
        return message(
            "{part} has {n} items where {wanted} were wanted: {joined} groups hold nearly the same responses as others "
            "and stay with them; where texts repeat by their nature, {remedy} lets them part",
            part=part,
            n=n,
            wanted=wanted,
            joined=joined,
            remedy=advice(python="keep_duplicates_together=False", command="--let-copies-part"),
        )
    return message(
        "{part} has {n} items where {wanted} were wanted: groups stay whole and some are large; group by something "
        "smaller ({remedy})",
        part=part,
        n=n,
        wanted=wanted,
        remedy=advice(python="group_by=", command="--group-by"),
    )
