"""Write docs/probes.md from the probes, and docs/design/probes.md from what was measured of them.

Run: python tools/document_probes.py
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from alia_judge.probes.base import AnyProbe, JudgeProbe
from alia_judge.probes.registry import all_probes

__all__ = ["MEASURED", "PAGE", "document_measured", "document_probes", "measured"]

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "probes.md"
MEASURED = ROOT / "docs" / "design" / "probes.md"
_RESULTS = ("probe_detection", "probe_yardstick", "probe_embedded")

_INTRODUCTION = """# Probes

A probe changes a response, what the customer says about himself or herself, or the judge, and judges again. Some changes
must not move the score; others must lower it. [Do they tell biased judges apart, and do people prefer length
too?](design/probes.md)

```python
import numpy as np

import alia_judge as aj
from alia_judge.probes import run_probes

ratings = aj.load_sample()
report = run_probes(
    lambda items: np.array([min(5.0, max(1.0, len(item.response.split()) / 20)) for item in items]),  # counts words
    ratings.items(),
    ratings.scales["helpfulness"],
)
padding = report.of("length_padding")
print(padding.outcome, padding.effect, padding.moved_share)
assert padding.outcome == "moved"
assert report.of("wrong_prices", 10).outcome == "not shown to fall"
assert report.of("pair_order").outcome == "not applicable"
print(report.summary)
```

`judge_scorer(judge, store=...)` makes the first argument of a `Judge`; with it, the probes that change the judge run too.
On the command line:

```text
alia-judge probe my-judge items.csv --items 200 --store verdicts.db --json probes.json
alia-judge probe my-judge ratings.csv --criterion helpfulness --only length_padding --only truncation
alia-judge publish my-judge hf://org/name --evaluation evaluation.json --probes probes.json
```

## What is made of a change

Changes are made by rule. Those that add text do so in Spanish, Catalan, Basque, Galician or English; for another
language, or an item without a number to falsify, a probe is *not applicable*. A change that changed nothing, or more than
it may, is counted in `dropped`. With fewer than ten items left a probe says so.

| figure, for each dose | what it is |
|---|---|
| `shift` | mean change of the score, with its paired interval |
| `effect` | the same in standard deviations of the scores of the unchanged items |
| `moved_share` | share of items that moved by half a point of the scale or more |
| `rank_agreement` | Spearman's correlation of the scores before and after |
| `outcome` | at 5%, corrected over all probes and doses (Holm): *moved*, *not shown to move*, *fell*, *rose*, *not shown to fall* |

Not shown to move is not shown to stay: read the interval. Where only an order or a sample changes, *moved* says that more
than a twentieth of the items moved by half a point; where rubric or scale changes, that or that the mean shifted.

Length may matter to people, register to tone. With ratings (`run_probes(..., ratings=...)`, `--criterion`) a result has a
`yardstick`: how people's ratings of real answers to the same prompt go with words or list lines, times the change; an
association, not an experiment. No rule knows that a change matters: the year in "since 1990" is not a wrong price.
"""

_AFTER = """## Probes of your own

A class with the attributes and methods of `Probe` (or `JudgeProbe`, where the judge is changed) is one; `ItemProbe` does
the rest where each item is changed by itself. The entry point group `alia_judge.probes` registers it; `probe_conforms`
(`alia_judge.testing`) checks what every probe must pass.

```python
from dataclasses import replace

from alia_judge.probes import ItemProbe


class Shouting(ItemProbe):
    name = "shouting"
    expectation = "same"
    doses = (1,)
    changes = "The response is in capitals."

    def change(self, item, dose, rng):
        return replace(item, response=item.response.upper())


report = run_probes(
    lambda items: np.array([float(len(item.response)) for item in items]),
    ratings.items(),
    ratings.scales["helpfulness"],
    probes=[Shouting()],
)
assert report.effect("shouting").value == 0.0  # what a search is constrained by
```

## In a search and a gate

`report.effect("length_padding")` is an `Estimate`, undefined with the reason in `why` where the probe was not run or not
applicable. A search is bound by it, or aims at it, as `aj.ProbeMeasure(figure="length_padding.effect")`
([compiling](compiling.md#probes)); `alia-judge check` holds a published judge to bounds ([gating in CI](gating.md)).
"""


def document_probes() -> str:
    """The page as Markdown."""
    of_judge = [probe for probe in all_probes() if isinstance(probe, JudgeProbe)]
    of_items = [probe for probe in all_probes() if not isinstance(probe, JudgeProbe)]
    parts = [
        _INTRODUCTION,
        _table("What must not matter: the response", [one for one in of_items if one.expectation == "same"]),
        _table("What must not matter: the judge", of_judge),
        _table("What must matter", [one for one in of_items if one.expectation == "lower"]),
    ]
    return "\n".join([*parts, _AFTER])


def document_measured(detection: Mapping[str, Any], yardstick: Mapping[str, Any], embedded: Mapping[str, Any]) -> str:
    """The page of what was measured, as Markdown.

    Parameters
    ----------
    detection
        What ``benchmarks/probe_detection.py`` stored.
    yardstick
        What ``benchmarks/probe_yardstick.py`` stored.
    embedded
        What ``benchmarks/probe_embedded.py`` stored.
    """
    return "\n".join(["# What the probes find\n", _detected(detection), _people(yardstick), _embedded(embedded)])


def _table(title: str, probes: Sequence[AnyProbe]) -> str:
    rows = [
        f"| `{probe.name}` | {probe.changes} | {', '.join(f'{dose:g}' for dose in probe.doses)} |" for probe in probes
    ]
    return "\n".join([f"## {title}", "", "| probe | what changes | doses |", "|---|---|---|", *rows, ""])


def _detected(found: Mapping[str, Any]) -> str:
    of_judges = [row for row in found["rows"] if row["of"] == "judge"]
    others = [row for row in found["rows"] if row["of"] != "judge"]
    return "\n".join(
        [
            "## Do they tell biased judges apart?",
            "",
            _wrapped(
                f"""Mock judges of the bundled sample's replies know each one's true helpfulness, add noise
                ({found["noise"]:g} standard deviations of the truth), and have one bias of a known strength, in the
                same unit; {found["repeats"]} judges a row (`python benchmarks/probe_detection.py`). *Found*: the probe
                made for the bias says *moved*. *False alarm*: any other of the {max(row["probes"] for row in others)}
                probes of responses that must not matter does (for length, none that adds words counts). Position is
                tried on pairs. Figures on {" and ".join(map(str, _between(others)))} items are in
                `benchmarks/results/probe_detection.json`."""
            ),
            "",
            *_detection_table(others),
            "",
            _wrapped(
                f"""Judges that are swayed by what they are asked, by the {max(row["probes"] for row in of_judges)} probes
                of the judge. The strength of the first four is a shift of every score; that of the last two is the
                spread of what single scores are moved by, and .2 of that hardly moves any by half a point."""
            ),
            "",
            *_detection_table(of_judges),
            "",
        ]
    )


def _detection_table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    sizes = [size for size in sorted({row["items"] for row in rows}) if size not in _between(rows)]
    lines = []
    for bias, strength in dict.fromkeys((row["bias"], row["strength"]) for row in rows):
        of_size = {row["items"]: row for row in rows if (row["bias"], row["strength"]) == (bias, strength)}
        cells = [_share(of_size[size][figure]) for figure in ("detected", "false_alarm") for size in sizes]
        lines.append(f"| {bias} | {strength:g} | {' | '.join(cells)} |")
    heads = [*(f"found, {size} items" for size in sizes), *(f"false alarm, {size}" for size in sizes)]
    return [f"| bias | strength | {' | '.join(heads)} |", f"|---|---|{'---|' * len(heads)}", *lines]


def _between(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """The sizes that stand in the benchmark's result alone: all but the smallest and the largest."""
    return sorted({row["items"] for row in rows})[1:-1]


def _people(found: Mapping[str, Any]) -> str:
    judges = list(dict.fromkeys(who for row in found["rows"].values() for who in row if who != "people"))
    rows = [
        f"| {name} | {_interval(row['people'])} | {' | '.join(_value(row.get(judge)) for judge in judges)} |"
        for name, row in found["rows"].items()
    ]
    return "\n".join(
        [
            "## Do people prefer length too?",
            "",
            _wrapped(
                """Points that people's ratings, and recorded judges' scores, gain where an answer to the same prompt
                has twice the words (`python benchmarks/probe_yardstick.py --data ../shared/data`). A padding probe alone
                would call the same shift a bias in all five criteria of BASSE."""
            ),
            "",
            f"| ratings | people | {' | '.join(judges)} |",
            f"|---|---|{'---|' * len(judges)}",
            *rows,
            "",
        ]
    )


def _value(estimate: Mapping[str, Any] | None) -> str:
    return "" if estimate is None else f"{estimate['value']:+.2f}"


def _embedded(found: Mapping[str, Any]) -> str:
    run = [one for one in found["probes"] if one["why"] is None]
    shown = [one for one in run if one["outcome"] in ("moved", "fell", "rose")]
    rows = [
        f"| `{one['probe']}` | {one['dose']:g} | {one['n_items']} | {_interval(one['effect'])} | "
        f"{_share(one['moved_share']['value'])} | {one['outcome']} |"
        for one in shown
    ]
    took = "" if found["seconds"] is None else f" in {found['seconds']} s"
    return "\n".join(
        [
            "## A live judge: the embedded model",
            "",
            _wrapped(
                f"""{found["judge"]}, over {found["items"]} replies of the bundled sample drawn at random, each probe
                at one dose (`python benchmarks/probe_embedded.py`). So few replies show large effects only. Nobody
                tuned it; its scores correlate {_interval(found["spearman"])} with the true helpfulness of the
                replies. It shows how a judge is probed, not what a good one does. {len(run) - len(shown)} of {len(run)}
                probes and doses showed nothing (`benchmarks/results/probe_embedded.json`); these did, in standard
                deviations of its scores:"""
            ),
            "",
            "| probe | dose | items | effect | moved | outcome |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            f"{found['calls']} verdicts{took}; run again on the same store it paid for {found['calls_again']}.",
            "",
        ]
    )


def _wrapped(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 115, break_long_words=False, break_on_hyphens=False)


def _interval(estimate: Mapping[str, Any]) -> str:
    if estimate["value"] is None:
        return ""
    if estimate["low"] is None:
        return f"{estimate['value']:+.2f}"
    return f"{estimate['value']:+.2f} [{estimate['low']:+.2f}, {estimate['high']:+.2f}]"


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.2f}"


def measured() -> list[dict[str, Any]]:
    """The results of the benchmarks, in the order that `document_measured` takes them."""
    paths = [ROOT / "benchmarks" / "results" / f"{name}.json" for name in _RESULTS]
    return [json.loads(path.read_text("utf-8")) for path in paths]


if __name__ == "__main__":
    PAGE.write_text(document_probes(), encoding="utf-8")
    MEASURED.write_text(document_measured(*measured()), encoding="utf-8")
