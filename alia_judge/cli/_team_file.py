"""``leaderboard --check``: whether a team's file of scores can be ranked, without a look at any rating."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alia_judge._messages import _, message
from alia_judge.errors import UsageError

__all__ = ["TeamFile", "check_team_file"]


@dataclass(frozen=True, kw_only=True)
class TeamFile:
    """What a team's file has of a test.

    Parameters
    ----------
    criterion, n
        What is scored, and how many items there are.
    judges
        Judge -> ``scored`` items, ``missing`` (with no score) and ``unknown`` ones (not of the test, left out), and how
        many of the scored ones it ``learnt_from`` by its own column ``split``; of labels, how many have one that the
        scale does not (``strange``).
    examples
        The first missing and unknown id of each.
    labels
        Of a criterion that has labels.
    ranks
        Whether the benchmark has the ratings to rank by: its public part has none.
    """

    schema = "alia-judge/leaderboard-check/1"

    criterion: str
    n: int
    judges: Mapping[str, Mapping[str, int]]
    examples: Mapping[str, str]
    ranks: bool
    labels: tuple[str, ...] = ()

    def sentences(self) -> list[str]:
        """What there is, a line a judge."""
        said = []
        for judge, found in self.judges.items():
            parts = [
                _(
                    "{scored} of {n} items scored (coverage {share:.0%})",
                    scored=found["scored"],
                    n=self.n,
                    share=found["scored"] / self.n,
                )
            ]
            if found["missing"]:
                parts.append(
                    _(
                        "{missing} without a score, {examples!r} the first",
                        missing=found["missing"],
                        examples=self.examples[f"{judge} missing"],
                    )
                )
            if found["unknown"]:
                example = self.examples[f"{judge} unknown"]
                parts.append(
                    _(
                        "{unknown} that are not of the test, {example!r} the first",
                        unknown=found["unknown"],
                        example=example,
                    )
                )
            if found.get("strange"):
                parts.append(
                    _(
                        "{strange} with a label that is none of {labels}, which is wrong",
                        strange=found["strange"],
                        labels=", ".join(self.labels),
                    )
                )
            if found["learnt_from"]:
                parts.append(
                    _(
                        "{learnt_from} that it says it learnt from: it will not be ranked",
                        learnt_from=found["learnt_from"],
                    )
                )
            said.append(f"{judge}: {'; '.join(parts)}")
        return said

    def fault(self, file: Path, min_coverage: float) -> str | None:
        """Why the file cannot be ranked; None where it can."""
        for judge, found in self.judges.items():
            if not found["scored"]:
                return message(
                    "{file}: {judge} scored none of the {n} items of the test", file=file, judge=judge, n=self.n
                )
            if found["scored"] < min_coverage * self.n:
                return message(
                    "{file}: {judge} scored {scored} of {n} items, fewer than {min_coverage:.0%}",
                    file=file,
                    judge=judge,
                    scored=found["scored"],
                    n=self.n,
                    min_coverage=min_coverage,
                )
        return None

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        judges = {name: dict(one) for name, one in self.judges.items()}
        return {"criterion": self.criterion, "n_items": self.n, "judges": judges}


def check_team_file(folder: Path, team: Path) -> TeamFile:
    """Hold a team's file against the items of a frozen benchmark's test, whole or its public part.

    Raises
    ------
    DataError
        If the file cannot be read, or has no score for the criterion.
    UsageError
        If the benchmark has no test items.
    """
    from alia_judge.evaluation import read_scores
    from alia_judge.evaluation.agreement.labels import strange_label
    from alia_judge.records import Scale

    manifest = json.loads((folder / "benchmark.json").read_text("utf-8"))
    criterion, scale = manifest["criterion"], Scale.from_dict(manifest["scale"])
    ids, names = _test_ids(folder, manifest), scale.kind == "nominal"
    given = read_scores(team, scales={criterion: scale})
    judges: dict[str, dict[str, int]] = {}
    examples: dict[str, str] = {}
    for judge, by_item in given.judges(criterion).items():
        scored = [item for item in ids if not math.isnan(by_item.get(item, math.nan))]
        missing = [item for item in ids if math.isnan(by_item.get(item, math.nan))]
        unknown = [item for item in by_item if item not in ids]
        examples |= {f"{judge} missing": missing[0]} if missing else {}
        examples |= {f"{judge} unknown": unknown[0]} if unknown else {}
        judges[judge] = {
            "scored": len(scored),
            "missing": len(missing),
            "unknown": len(unknown),
            **({"strange": sum(by_item[item] >= strange_label(scale) for item in scored)} if names else {}),
            "learnt_from": len(given.learnt.get(judge, frozenset()).intersection(scored)),
        }
    return TeamFile(
        criterion=criterion,
        n=len(ids),
        judges=judges,
        examples=examples,
        ranks="test" in manifest["files"],
        labels=scale.labels or (),
    )


def _test_ids(folder: Path, manifest: Mapping[str, Any]) -> dict[str, None]:
    """The test's ids in order: of all that is there, nothing else is read."""
    from alia_judge.benchmark.public import TEST_ITEMS

    if "test" in manifest["files"]:
        import pyarrow.parquet as parquet

        table = parquet.read_table(folder / manifest["files"]["test"], columns=["item_id"])
        return dict.fromkeys(table["item_id"].to_pylist())
    if (folder / TEST_ITEMS).is_file():
        with (folder / TEST_ITEMS).open(encoding="utf-8", newline="") as stream:
            return dict.fromkeys(row["item_id"] for row in csv.DictReader(stream))
    raise UsageError(message("{folder} has no test items to hold a file of scores against", folder=folder))
