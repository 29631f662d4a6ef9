"""Which items learn, which choose and which are held out: whole groups, alike in score, language and system."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message, message_of
from alia_judge.benchmark.split import SplitName
from alia_judge.errors import DataError, Problem, UsageError

__all__ = ["SPLIT_NAMES", "assign_groups", "read_split", "split_groups"]

SPLIT_NAMES: tuple[SplitName, ...] = get_args(SplitName)

#: Random orders tried; the one whose splits are most alike is kept.
_ATTEMPTS = 32


def split_groups(
    groups: Sequence[str],
    strata: Sequence[Sequence[Hashable]],
    *,
    fractions: Sequence[float],
    seed: int = 0,
) -> dict[str, SplitName]:
    """Assign each group to a split so that splits have the wanted sizes and are alike in every stratum.

    Parameters
    ----------
    groups
        The group of each of n items.
    strata
        Any number of labellings of the n items (score band, language, system), each of length n.
    fractions
        Shares of the items for train, dev and test; they sum to 1.
    seed
        Of the random orders in which groups are dealt.

    Returns
    -------
    dict
        ``{group: "train" | "dev" | "test"}``.

    Raises
    ------
    UsageError
        If the fractions do not sum to 1, or there are fewer groups than splits that want items.

    Notes
    -----
    Groups are dealt in a random order, larger first, each to the split that then fits best: the cost is the sum, over
    all strata, of the squared difference between the items a split has and should have, divided by the latter. Of 32
    random orders the best is kept. Exact stratification is impossible where whole groups must stay together.

    Examples
    --------
    >>> split = split_groups(list("aabbccdd"), [[1, 2] * 4], fractions=(0.5, 0.25, 0.25))
    >>> sorted(split.values())
    ['dev', 'test', 'train', 'train']
    """
    shares = _checked_fractions(fractions)
    names, codes = np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)
    wanting = int((shares > 0).sum())
    if len(names) < wanting:
        raise UsageError(
            message(
                "{wanting} splits need at least {wanting} groups, got {n}; group by something finer, "
                "or give fewer splits (a share of 0 leaves one empty)",
                wanting=wanting,
                n=len(names),
            )
        )
    table = _stratum_counts(codes, len(names), strata)
    rng = np.random.default_rng(seed)
    orders = np.stack([rng.permutation(len(names)) for _ in range(_ATTEMPTS)])
    best = min(_deal(table, shares, orders), key=lambda assignment: _cost(table, shares, assignment))
    return {str(name): SPLIT_NAMES[split] for name, split in zip(names, best, strict=True)}


def read_split(path: str | Path) -> dict[str, list[str]]:
    """A ``SPLIT.json``: ``{"train": [group, ...], "dev": [...], "test": [...]}``.

    Raises
    ------
    DataError
        If the file is not that.
    """
    file = Path(path)
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            Problem(
                file=str(path),
                line=getattr(error, "lineno", None),
                what=message("no split can be read ({error})", error=message_of(error)),
                expected=message('{{"train": [group, ...], "dev": [...], "test": [...]}}'),
                remedy=message("write the groups of each split as a list of strings"),
            )
        ) from error
    faults = _split_faults(data, str(path))
    if faults:
        raise DataError(faults)
    return {name: [str(group) for group in data[name]] for name in data}


def assign_groups(lists: Mapping[str, Sequence[str]], groups: Sequence[str]) -> dict[str, SplitName]:
    """The split of each group that explicit lists name; a group in no list is left out.

    Raises
    ------
    UsageError
        If a list names a split there is not, a group there is not, or a group stands in two lists.
    """
    known = set(groups)
    result: dict[str, SplitName] = {}
    for name, members in lists.items():
        split = next((known_name for known_name in SPLIT_NAMES if known_name == name), None)
        if split is None:
            raise UsageError(
                message(
                    "there is no split {name!r}; there are: {split_names}",
                    name=name,
                    split_names=", ".join(SPLIT_NAMES),
                )
            )
        unknown = [group for group in members if group not in known]
        if unknown:
            examples = ", ".join(sorted(known)[:5])
            raise UsageError(
                message(
                    "split {name!r} names group {unknown!r}, which no item has; groups are like: {examples}",
                    name=name,
                    unknown=unknown[0],
                    examples=examples,
                )
            )
        for group in members:
            if group in result:
                raise UsageError(
                    message(
                        "group {group!r} is in both {result!r} and {name!r}; it can be in one",
                        group=group,
                        result=result[group],
                        name=name,
                    )
                )
            result[group] = split
    return result


def _split_faults(data: Any, file: str) -> list[Problem]:
    if not isinstance(data, Mapping) or not data:
        return [_split_problem(file, None, f"a {type(data).__name__}")]
    faults = []
    for name, members in data.items():
        if name not in SPLIT_NAMES:
            faults.append(_split_problem(file, str(name), f"a split named {name!r}"))
        elif not isinstance(members, list) or not all(isinstance(group, (str, int)) for group in members):
            faults.append(_split_problem(file, str(name), f"{members!r:.40}"))
    return faults


def _split_problem(file: str, field: str | None, what: str) -> Problem:
    return Problem(
        file=file,
        field=field,
        what=what,
        expected=message('{{"train": [group, ...], "dev": [...], "test": [...]}}'),
        remedy=message("write the groups of each split as a list of strings"),
    )


def _checked_fractions(fractions: Sequence[float]) -> NDArray[np.float64]:
    shares = np.asarray(fractions, dtype=np.float64)
    if shares.shape != (len(SPLIT_NAMES),) or (shares < 0).any() or not np.isclose(shares.sum(), 1):
        raise UsageError(
            message(
                "fractions must be 3 shares that sum to 1 (train, dev, test), got {fractions}",
                fractions=tuple(fractions),
            )
        )
    return shares


def _stratum_counts(
    codes: NDArray[np.intp], n_groups: int, strata: Sequence[Sequence[Hashable]]
) -> NDArray[np.float64]:
    """Items of each group in each stratum, shape (n_groups, n_strata); the first column counts all of them."""
    columns = [np.bincount(codes, minlength=n_groups)]
    for labels in strata:
        texts = np.array([str(label) for label in labels])
        columns += [np.bincount(codes[texts == label], minlength=n_groups) for label in np.unique(texts)]
    return np.stack(columns, axis=1).astype(np.float64)


def _deal(table: NDArray[np.float64], shares: NDArray[np.float64], orders: NDArray[np.intp]) -> NDArray[np.intp]:
    """The split of each group, for each of r orders in which groups are dealt; shape (r, n_groups) -> the same."""
    attempts = np.arange(len(orders))
    orders = np.stack([order[np.argsort(-table[order, 0], kind="stable")] for order in orders])
    wanted = shares[:, None] * table.sum(axis=0)
    have = np.zeros((len(orders), *wanted.shape))
    weight = np.where(wanted > 0, 1.0 / np.maximum(wanted, 1.0), 0.0)
    # The total counts as much as all strata together: sizes come first.
    weight[:, 0] *= table.shape[1]
    assignment = np.zeros(orders.shape, dtype=np.intp)
    for place, groups in enumerate(orders.T):
        dealt = table[groups][:, None]
        gain = ((have + dealt - wanted) ** 2 - (have - wanted) ** 2) * weight
        cost = np.where(shares > 0, gain.sum(axis=2), np.inf)
        # Never run out of groups before every split has one.
        empty = (have[:, :, 0] == 0) & (shares > 0)
        short = len(table) - place <= empty.sum(axis=1, keepdims=True)
        chosen = np.argmin(np.where(short & ~empty, np.inf, cost), axis=1)
        assignment[attempts, groups] = chosen
        have[attempts, chosen] += dealt[:, 0]
    return assignment


def _cost(table: NDArray[np.float64], shares: NDArray[np.float64], assignment: NDArray[np.intp]) -> float:
    wanted = shares[:, None] * table.sum(axis=0)
    have = np.stack([table[assignment == split].sum(axis=0) for split in range(len(shares))])
    weight = 1.0 / np.maximum(wanted, 1.0)
    weight[:, 0] *= table.shape[1]
    return float(((have - wanted) ** 2 * weight).sum())
