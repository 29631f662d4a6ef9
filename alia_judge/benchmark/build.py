"""`build_benchmark`: from ratings to train, dev and test, ready to freeze."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge._advice import advice
from alia_judge._messages import message
from alia_judge.benchmark.audit import RatingsAudit
from alia_judge.benchmark.benchmark import Benchmark
from alia_judge.benchmark.consensus import ModelScore, adjudicated_consensus, build_consensus, compare_consensus
from alia_judge.benchmark.split import SplitName
from alia_judge.benchmark.splits import assign_groups, read_split, split_groups
from alia_judge.errors import UsageError, expect
from alia_judge.learnt.record import Copies
from alia_judge.ratings.table import Ratings
from alia_judge.records import Item
from alia_judge.text.near_duplicates import near_duplicates

__all__ = ["build_benchmark"]

#: Score bands that splits are balanced over.
_BANDS = 4


def build_benchmark(
    ratings: Ratings,
    *,
    criterion: str | None = None,
    group_by: str | None = "group",
    splits: Sequence[float] | Mapping[str, Sequence[str]] | str | Path = (0.5, 0.2, 0.3),
    consensus: str | None = None,
    min_ratings: int = 1,
    exclude_annotators: Mapping[str, str] | Iterable[str] = (),
    keep_duplicates_together: bool = True,
    audit: RatingsAudit | None = None,
    licence: str | None = None,
    seed: int = 0,
) -> Benchmark:
    """Choose what is learnt from, what is chosen on and what is held out, and freeze the consensus of each item.

    Parameters
    ----------
    ratings
        What people said.
    criterion
        The criterion; may be left out where there is one.
    group_by
        The items' field or extra column whose values stay together (a document, a conversation); None splits item by
        item. The default, ``"group"``, does so too where items have no group.
    splits
        Shares for train, dev and test; or the groups of each, ``{"train": [...], "dev": [...], "test": [...]}`` (a
        group in none is left out); or the path of a JSON file that says so.
    consensus
        How ratings become one value an item (see `build_consensus`); ``"auto"`` takes the model that predicts held-out
        ratings best, and says so in the provenance. The provenance lists what a model learnt of each annotator.
    min_ratings
        Items with fewer ratings are left out, and named in the benchmark's provenance.
    exclude_annotators
        Annotators whose ratings do not count, with the reason for each.
    keep_duplicates_together
        Whether groups that hold nearly the same response stay in one split. Explicit splits are taken as they are;
        the provenance counts the pairs that they part, which are no held-out items unless this is False.
    audit
        The audit these ratings went through: which checks ran, what they found and what the gate said is kept in the
        provenance and the datasheet.
    licence
        Of the texts and ratings (an SPDX identifier or ``cc-by-nc-sa-4.0``), for the datasheet.
    seed
        Of the split.

    Returns
    -------
    Benchmark

    Raises
    ------
    UsageError
        If the criterion, column, group or annotator is unknown, or no item is left.

    Examples
    --------
    >>> from alia_judge.ratings import load_ratings
    >>> ratings = load_ratings(
    ...     [
    ...         {"item": f"i{n}", "rater": rater, "score": (n + shift) % 5 + 1, "document": f"d{n // 4}"}
    ...         for n in range(40)
    ...         for rater, shift in (("ana", 0), ("jon", 1))
    ...     ]
    ... )
    >>> benchmark = build_benchmark(ratings, group_by="document", seed=1)
    >>> len(benchmark.train), len(benchmark.dev), len(benchmark.test)
    (20, 8, 12)
    """
    expect("ratings", ratings, Ratings, "load_ratings(...)")
    name = ratings.require(criterion)
    reasons = _reasons(exclude_annotators)
    chosen = ratings.select(criteria=[name], drop_annotators=reasons)
    matrix = chosen.matrix(name)
    counts = matrix.ratings.size
    enough = counts >= min_ratings
    rated = set(matrix.item_ids)
    left_out = {item: message("no rating") for item in chosen.item_table["item_id"] if item not in rated}
    left_out |= {
        item: message("{count} ratings, fewer than {min_ratings}", count=count, min_ratings=min_ratings)
        for item, count in zip(matrix.item_ids, counts.tolist(), strict=True)
        if count < min_ratings
    }
    if not enough.any():
        raise UsageError(
            message(
                "no item has {min_ratings} ratings on {name!r}; the most any has is {counts}",
                min_ratings=min_ratings,
                name=name,
                counts=int(counts.max()),
            )
        )
    kept = chosen.select(items=[item for item, keep in zip(matrix.item_ids, enough, strict=True) if keep])
    scale = kept.scales[name]
    values, identified = kept.matrix(name).ratings, kept.identified(name)
    pairs = _pairs(kept, name)
    scores: tuple[ModelScore, ...] = ()
    if consensus == "auto":
        scores = compare_consensus(values, scale, identified=identified, pairs=pairs, seed=seed)
        consensus = scores[0].model
    result = build_consensus(values, scale, method=consensus, identified=identified, pairs=pairs)
    result = adjudicated_consensus(result, kept.matrix(name).item_ids, kept.adjudicated.get(name))
    # The benchmark's ratings are what was said; its target is what was decided.
    kept = replace(kept, adjudicated={})
    kept = _regrouped(kept, group_by)
    items = kept.items()
    lasting = kept.lasting_ids()
    groups = [_group_of(item) for item in items]
    joined = 0
    if isinstance(splits, (str, Path)):
        splits = read_split(splits)
    if isinstance(splits, Mapping):
        by_group = assign_groups(splits, groups)
    else:
        # Dealt by lasting names, so that a file with its lines in another order gives the same split.
        names = [lasting.items.get(item.item_id, item.item_id) for item in items]
        stable = [lasting.groups.get(group, group) for group in groups]
        bound = _bound_together(items, stable) if keep_duplicates_together else dict(zip(stable, stable, strict=True))
        joined = sum(group != leader for group, leader in bound.items())
        wanting, left = sum(share > 0 for share in splits), len(set(bound.values()))
        if joined and left < wanting <= len(set(stable)):
            where = advice(python="splits=", command="--split SPLIT.json")
            part = advice(python="keep_duplicates_together=False", command="--let-copies-part")
            raise UsageError(
                message(
                    "{joined} of {n} groups hold near-duplicates of another's items and stay with it: "
                    "that leaves {left} for {wanting} splits; see which (check AJ003 of validate) and "
                    "drop the copies, or say which go where ({where}), or let them part where texts "
                    "repeat by their nature ({part})",
                    joined=joined,
                    n=len(set(stable)),
                    left=left,
                    wanting=wanting,
                    where=where,
                    part=part,
                )
            )
        order = sorted(range(len(items)), key=lambda index: names[index])
        dealt = split_groups(
            [bound[stable[index]] for index in order],
            _strata([items[index] for index in order], result.target[order]),
            fractions=splits,
            seed=seed,
        )
        by_group = {group: dealt[bound[lasting_name]] for group, lasting_name in zip(groups, stable, strict=True)}
    assignment: dict[str, SplitName] = {
        item.item_id: by_group[group] for item, group in zip(items, groups, strict=True) if group in by_group
    }
    left_out |= {item.item_id: message("its group is in no split") for item in items if item.item_id not in assignment}
    if not assignment:
        raise UsageError(message("no item is in any split; check the groups that the split names"))
    copies: Copies = "together" if not isinstance(splits, Mapping) else "as given"
    if not keep_duplicates_together:
        copies = "parted"
    return Benchmark(
        criterion=name,
        scale=scale,
        ratings=kept,
        items=items,
        target=result.target,
        target_se=result.standard_error,
        assignment=assignment,
        group_by=group_by,
        consensus={"method": result.method, **result.settings},
        provenance={
            "ratings_fingerprint": ratings.source_fingerprint,
            "decisions": [decision.to_dict() for decision in ratings.decisions],
            "source": Path(ratings.source).name if ratings.source else None,
            "licence": licence,
            "seed": seed,
            "splits": "explicit" if isinstance(splits, Mapping) else [float(share) for share in splits],
            "min_ratings": min_ratings,
            "groups_joined_by_near_duplicates": joined,
            "copies": copies,
            "near_copies_parted": 0 if copies == "together" else _parted(items, assignment),
            "excluded_annotators": reasons,
            "left_out_items": left_out,
            "audit": None if audit is None else _of_audit(audit, name),
            "consensus_models": [score.to_dict() for score in scores],
            "annotators": dict(zip(kept.matrix(name).annotators, map(dict, result.annotators), strict=False)),
        },
    )


def _pairs(ratings: Ratings, criterion: str) -> list[tuple[str, str]] | None:
    """The two systems that each item of a pairwise criterion compares, where the items say so."""
    if ratings.scales[criterion].kind != "pairwise" or not {"system_a", "system_b"} <= set(ratings.item_table.columns):
        return None
    sides = (ratings.item_column(name) for name in ("system_a", "system_b"))
    return [(str(first), str(second)) for first, second in zip(*sides, strict=True)]


def _of_audit(audit: RatingsAudit, criterion: str) -> dict[str, Any]:
    gate = audit.criteria[criterion].gate if criterion in audit.criteria else None
    return {
        "signature": audit.signature,
        "checks": {check.code: check.status for check in audit.checks},
        "findings": [
            message("{code} {severity}: {said}", code=one.code, severity=message(one.severity), said=one.message)
            for one in audit.findings
        ],
        "gate": None if gate is None else {"passed": gate.passed, "reason": gate.reason},
    }


def _reasons(excluded: Mapping[str, str] | Iterable[str]) -> dict[str, str]:
    if isinstance(excluded, Mapping):
        return {str(name): str(reason) for name, reason in excluded.items()}
    return {str(name): message("excluded by the user") for name in excluded}


def _regrouped(ratings: Ratings, group_by: str | None) -> Ratings:
    """The ratings with `group_by`'s value for each item's group."""
    import pandas as pd

    if group_by == "group":
        return ratings
    table = ratings.item_table.drop(columns=["group", "lasting_group"], errors="ignore")
    if group_by is None:
        return replace(ratings, item_table=table)
    values = [None if value is None else str(value) for value in ratings.item_column(group_by)]
    return replace(ratings, item_table=table.assign(group=pd.Series(values, dtype=object, index=table.index)))


def _group_of(item: Item) -> str:
    return item.group if item.group is not None else f"item:{item.item_id}"


def _bound_together(items: Sequence[Item], groups: Sequence[str]) -> dict[str, str]:
    """The group that stands for each: one for all that are linked by nearly the same response."""
    leader = {group: group for group in groups}

    def find(group: str) -> str:
        while leader[group] != group:
            leader[group] = group = leader[leader[group]]
        return group

    for first, second, _ in near_duplicates([item.response for item in items]):
        one, other = sorted((find(groups[first]), find(groups[second])))
        leader[other] = one
    return {group: find(group) for group in leader}


def _parted(items: Sequence[Item], assignment: Mapping[str, SplitName]) -> int:
    """How many pairs of near-copies have one in the test and the other in train or dev."""
    sides = [None if item.item_id not in assignment else assignment[item.item_id] == "test" for item in items]
    pairs = near_duplicates([item.response for item in items])
    return sum(None not in (sides[one], sides[other]) and sides[one] != sides[other] for one, other, _ in pairs)


def _strata(items: Sequence[Item], target: NDArray[np.float64]) -> list[list[Any]]:
    edges = np.unique(np.quantile(target, np.arange(1, _BANDS) / _BANDS))
    strata: list[list[Any]] = [np.searchsorted(edges, target).tolist()]
    for name in ("language", "system"):
        values = [getattr(item, name) for item in items]
        if len(set(values)) > 1:
            strata.append(values)
    return strata
