"""How many made-up files of ratings are read right at once, asked about with advice that works, or wrong in silence.

Run: python benchmarks/reading.py [--per-layout 3] [--seed 0]

Every layout with names in five languages and odd ones (`reading_corpus.py`), and files one of a kind, half of which
were not read before the reader was changed for the other half (`reading_strangers.py`). A file is right if items,
people, ratings, Krippendorff's alpha (by the `krippendorff` package) and the order of the values of every criterion are
those it was made of. A question is good if one of the readings it offers, said as it proposes, is right.
"""

from __future__ import annotations

import argparse
import re
import shlex
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
from _signature import signature, write
from reading_corpus import MadeUp, Truth, corpus
from reading_strangers import strangers

from alia_judge._advice import to_a_command
from alia_judge.errors import AliaJudgeError
from alia_judge.ratings import Ratings, load_ratings

OFFERED = re.compile(r"((?:--column (?:'[^']*'|\S+) ?)+): reads")


def main() -> None:
    """Make the files, read each, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-layout", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sets = {
        "layouts": corpus(options.per_layout, seed=options.seed),
        "strangers": strangers(held=False, seed=options.seed),
        "held": strangers(held=True, seed=options.seed),
    }
    result = {name: _outcomes(name, files) for name, files in sets.items()}
    write("reading", {**signature("krippendorff", "pandas", seed=options.seed), **result})


def _outcomes(name: str, files: Iterable[MadeUp]) -> dict[str, Any]:
    outcomes: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for made in files:
            outcomes[made.name] = outcome(made, Path(folder) / made.name)
            print(f"{outcomes[made.name]:14} {made.name}", flush=True)
    counts = Counter(outcomes.values())
    print(f"{name}: {len(outcomes)} files:", ", ".join(f"{count} {one}" for one, count in counts.most_common()))
    return {"files": len(outcomes), "outcomes": dict(counts.most_common()), "by_file": outcomes}


def outcome(made: MadeUp, folder: Path) -> str:
    """``right``, ``asks, good`` (one of the readings offered is right), ``asks`` or ``WRONG``."""
    paths = made.write(folder)
    source: Any = paths[0] if len(paths) == 1 else paths
    with warnings.catch_warnings(), to_a_command():
        warnings.simplefilter("ignore")
        try:
            return "right" if is_right(load_ratings(source, **made.options), made.truth) else "WRONG"
        except AliaJudgeError as error:
            for offered in OFFERED.findall(str(error)):
                said = dict(word.split("=", 1) for word in shlex.split(offered) if word != "--column")
                try:
                    if is_right(load_ratings(source, columns=said, **made.options), made.truth):
                        return "asks, good"
                except AliaJudgeError:
                    continue
            return "asks"


def is_right(ratings: Ratings, truth: Truth) -> bool:
    """Whether items, people, ratings and alpha are those of the truth, up to what things are called."""
    criteria = {criterion for _, _, criterion, _ in truth}
    if len(ratings.criteria) != len(criteria):
        return False
    # One criterion may be called anything.
    names = (
        dict(zip(sorted(criteria), ratings.criteria, strict=True)) if len(criteria) == 1 else {c: c for c in criteria}
    )
    for criterion in criteria:
        name = next((n for n in ratings.criteria if n.casefold() == names[criterion].casefold()), None)
        if name is None:
            return False
        rows = ratings.of(name)
        told = [row for row in truth if row[2] == criterion]
        worded = any(isinstance(value, str) for *_, value in told)
        points = {label: float(place) for place, label in enumerate(dict.fromkeys(value for *_, value in told))}
        if not worded and not _in_order(
            rows["value"].tolist(), [value for *_, value in told], ratings.scales[name].kind
        ):
            return False
        people = {who for _, who, _, _ in told if who is not None}
        if len(rows) != len(told) or rows["item_id"].nunique() != len({item for item, *_ in told}):
            return False
        if people and rows["annotator_id"].nunique() != len(people):
            return False
        found = alpha([list(group) for _, group in rows.groupby("item_id", observed=True)["value"]], worded=worded)
        by_item: dict[str, list[float]] = {}
        for item, _, _, value in told:
            by_item.setdefault(item, []).append(points[value] if worded else value)
        if abs(found - alpha(list(by_item.values()), worded=worded)) > 1e-9:
            return False
    return True


def _in_order(found: list[float], told: list[float], kind: str) -> bool:
    """Whether the values, lowest to highest, are as often there as those told: alpha sees no order turned."""
    counts = [[count for _, count in sorted(Counter(values).items())] for values in (found, told)]
    return counts[0] == counts[1] and (kind != "nominal" or len(counts[0]) < 3)


def alpha(units: list[list[float]], *, worded: bool = False) -> float:
    """Krippendorff's alpha by the krippendorff package; a list of values for each item.

    Of interval data, or of nominal ones where they are words.
    """
    most = max(map(len, units))
    values = np.full((most, len(units)), np.nan)
    for column, unit in enumerate(units):
        values[: len(unit), column] = unit
    return float(krippendorff.alpha(values, level_of_measurement="nominal" if worded else "interval"))


if __name__ == "__main__":
    main()
