"""Write the bundled sample's ratings from its texts: simulated annotators, every parameter stated here.

Nobody rated these texts. Each item of ``alia_judge/data/telecom_items.jsonl`` carries the defects planted in its
response; `truth` derives what it deserves from them, and seven simulated annotators see that through their own
leniency, discrimination, noise and habits. ``alia_judge/data/telecom_ratings.csv`` is what comes out, always the same::

    python tools/make_sample.py            # write
    python tools/make_sample.py --check    # exit 1 if the file in the tree is not what would be written

A rating's random numbers depend on the seed, the item, the annotator and the criterion alone: new defects in one item
change only that item's ratings. They come from `random.Random`, seeded by text, which is the same on every platform.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import NormalDist
from typing import Any

__all__ = ["ANNOTATORS", "CRITERIA", "Annotator", "make_ratings", "read_items", "truth"]

ROOT = Path(__file__).resolve().parents[1]
ITEMS = ROOT / "alia_judge" / "data" / "telecom_items.jsonl"
RATINGS = ROOT / "alia_judge" / "data" / "telecom_ratings.csv"
COMMENTS = Path(__file__).with_name("sample_comments.json")

SEED = 2026
CRITERIA = ("helpfulness", "tone")
FIELDS = ("item_id", "annotator_id", "criterion", "value", "comment", "timestamp", "seconds")
#: Share of the low ratings (1 or 2) of a response with a defect that come with a comment.
COMMENTED = 0.6
#: Share of the conversations that get a fourth annotator.
FOURTH = 0.5
FIRST_SESSION = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Annotator:
    """How one simulated annotator turns the truth into a rating.

    The rating is ``3 + discrimination * (truth - 3) + leniency + bias[language] + noise * N(0, 1)``, rounded and
    brought into 1..5. Defects of the kinds in `overlooks` are not seen: the truth is then what it is without them.
    A `careless` annotator draws from `CARELESS` whatever the item, in a few seconds.
    """

    name: str
    leniency: float = 0.0
    discrimination: float = 1.0
    noise: float = 0.5
    bias: Mapping[str, float] | None = None
    overlooks: frozenset[str] = frozenset()
    careless: bool = False


#: Probabilities of 1..5 from an annotator who does not read.
CARELESS = (0.08, 0.12, 0.25, 0.35, 0.20)

ANNOTATORS = (
    Annotator(name="sim-01", noise=0.45),
    Annotator(name="sim-02", leniency=0.3, noise=0.6),
    Annotator(name="sim-03", leniency=-0.5, noise=0.55),
    Annotator(name="sim-04", leniency=0.2, noise=0.6, overlooks=frozenset({"wrong_amount", "invents_policy"})),
    Annotator(name="sim-05", discrimination=0.7, noise=1.0),
    Annotator(name="sim-06", noise=0.6, bias={"ca": -0.7, "eu": -0.7, "gl": -0.7}),
    Annotator(name="sim-07", careless=True),
)


def truth(defects: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """What a response deserves on each criterion, from 5 down to 1, by the defects planted in it.

    Helpfulness loses each defect's severity; a wrong register costs it only half of that, rounded down. Tone loses
    the severity of a wrong register, and half of that of a wrong language or of padding, rounded up. Neither falls
    below 1.

    Examples
    --------
    >>> truth([])
    {'helpfulness': 5, 'tone': 5}
    >>> truth([{"kind": "wrong_amount", "severity": 2}, {"kind": "wrong_register", "severity": 3}])
    {'helpfulness': 2, 'tone': 2}
    """
    losses = [_loss(defect["kind"], defect["severity"]) for defect in defects]
    return {criterion: max(1, 5 - sum(loss[place] for loss in losses)) for place, criterion in enumerate(CRITERIA)}


def _loss(kind: str, severity: int) -> tuple[int, int]:
    if kind == "wrong_register":
        return severity // 2, severity
    if kind in ("wrong_language", "padding"):
        return severity, (severity + 1) // 2
    return severity, 0


def read_items(path: Path = ITEMS) -> list[dict[str, Any]]:
    """The items with their texts, defects and truth, in the file's order."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def make_ratings(
    items: Sequence[Mapping[str, Any]], comments: Mapping[str, Mapping[str, Sequence[str]]], *, seed: int = SEED
) -> str:
    """The ratings of all annotators as CSV text, by item, annotator and criterion.

    Parameters
    ----------
    items
        As `read_items` gives them.
    comments
        By language and kind of defect, what an annotator may say of it, with ``{evidence}`` and ``{instead_of}`` for
        the defect's own.
    seed
        Same seed, same text.
    """
    panels = {group: _panel(group, seed) for group in dict.fromkeys(item["group"] for item in items)}
    rows = []
    for annotator in ANNOTATORS:
        mine = [item for item in items if annotator in panels[item["group"]]]
        for item, (finished, seconds) in zip(mine, _pace(mine, annotator, seed), strict=True):
            for criterion in CRITERIA:
                draw = random.Random(f"{seed}/{item['item_id']}/{annotator.name}/{criterion}")
                value = _value(item, annotator, criterion, draw)
                comment = _comment(item, annotator, criterion, value, comments, draw)
                rows.append(
                    (
                        item["item_id"],
                        annotator.name,
                        criterion,
                        value,
                        comment,
                        f"{finished:%Y-%m-%dT%H:%M:%SZ}",
                        seconds,
                    )
                )
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(FIELDS)
    writer.writerows(sorted(rows))
    return stream.getvalue()


def _panel(group: str, seed: int) -> list[Annotator]:
    """Three or four annotators, who rate all the responses of a conversation."""
    draw = random.Random(f"{seed}/{group}/panel")
    return draw.sample(ANNOTATORS, 4 if draw.random() < FOURTH else 3)


def _value(item: Mapping[str, Any], annotator: Annotator, criterion: str, draw: random.Random) -> int:
    if annotator.careless:
        return draw.choices(range(1, 6), weights=CARELESS)[0]
    seen = truth([defect for defect in item["defects"] if defect["kind"] not in annotator.overlooks])[criterion]
    shift = annotator.leniency + (annotator.bias or {}).get(item["language"], 0.0)
    felt = 3 + annotator.discrimination * (seen - 3) + shift + annotator.noise * _normal(draw)
    return min(5, max(1, round(felt)))


def _normal(draw: random.Random) -> float:
    # By the inverse of the distribution: one uniform number a draw, whatever the platform. Zero has no inverse.
    return NormalDist().inv_cdf(min(max(draw.random(), 1e-12), 1 - 1e-12))


def _comment(
    item: Mapping[str, Any],
    annotator: Annotator,
    criterion: str,
    value: int,
    comments: Mapping[str, Mapping[str, Sequence[str]]],
    draw: random.Random,
) -> str:
    """On a low rating, sometimes, what is worst in the response; in its conversation's language."""
    place = CRITERIA.index(criterion)
    noticed = [
        defect
        for defect in item["defects"]
        if defect["kind"] not in annotator.overlooks and _loss(defect["kind"], defect["severity"])[place]
    ]
    if annotator.careless or value > 2 or not noticed or draw.random() >= COMMENTED:
        return ""
    worst = max(noticed, key=lambda defect: _loss(defect["kind"], defect["severity"])[place])
    return draw.choice(comments[item["language"]][worst["kind"]]).format_map(worst)


def _pace(items: Sequence[Mapping[str, Any]], annotator: Annotator, seed: int) -> list[tuple[datetime, int]]:
    """When each item was finished and the seconds it took: reading at 15 to 25 characters a second, 25 items a day."""
    now = FIRST_SESSION + timedelta(hours=ANNOTATORS.index(annotator))
    pace = []
    for place, item in enumerate(items):
        draw = random.Random(f"{seed}/{item['item_id']}/{annotator.name}/pace")
        if place and place % 25 == 0:
            now = now.replace(hour=8 + draw.randrange(8), minute=draw.randrange(60)) + timedelta(days=1)
        length = sum(len(item[field]) for field in ("prompt", "context", "response"))
        seconds = (
            draw.randint(3, 8) if annotator.careless else round(length / draw.uniform(15, 25)) + draw.randint(5, 30)
        )
        now += timedelta(seconds=seconds + draw.randint(1, 20))
        pace.append((now, seconds))
    return pace


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the ratings, or with ``--check`` compare them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the file in the tree, write nothing")
    check = parser.parse_args(arguments).check
    items = read_items()
    for item in items:
        if item["truth"] != truth(item["defects"]):
            sys.stderr.write(
                f"error: {item['item_id']}: truth is not what its defects give: {truth(item['defects'])}\n"
            )
            return 1
    text = make_ratings(items, json.loads(COMMENTS.read_text(encoding="utf-8")))
    if check:
        same = RATINGS.read_bytes() == text.encode("utf-8")
        sys.stderr.write("the ratings are what the texts give\n" if same else f"error: {RATINGS.name} is out of date\n")
        return 0 if same else 1
    RATINGS.write_bytes(text.encode("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
