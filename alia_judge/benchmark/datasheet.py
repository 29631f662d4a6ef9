"""The datasheet of a frozen benchmark: what it is, where it comes from, what was left out, for people to read.

References
----------
.. [1] Gebru et al. (2021). "Datasheets for Datasets". Communications of the ACM 64(12).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from alia_judge._version import __version__
from alia_judge.benchmark.doubts import split_doubts
from alia_judge.benchmark.splits import SPLIT_NAMES
from alia_judge.ratings.scales import describe_scale

if TYPE_CHECKING:
    from alia_judge.benchmark.benchmark import Benchmark

__all__ = ["write_datasheet"]

#: Annotators whose ratings count less than this, of what a typical one's do, are listed.
_LOW_WEIGHT = 0.5


def write_datasheet(benchmark: Benchmark, files: Mapping[str, str]) -> str:
    """Markdown with the YAML front matter by which `datasets` finds the splits.

    Parameters
    ----------
    benchmark
        What is described.
    files
        The Parquet file of each split.
    """
    parts = [
        _front_matter(benchmark, files),
        _summary(benchmark),
        _composition(benchmark),
        _left_out(benchmark),
        _decided(benchmark),
        _audited(benchmark),
    ]
    return "\n".join(part for part in parts if part)


def _front_matter(benchmark: Benchmark, files: Mapping[str, str]) -> str:
    languages = sorted({item.language for item in benchmark.items if item.language})
    lines = ["---", f"pretty_name: {json.dumps(f'{benchmark.criterion} benchmark', ensure_ascii=False)}"]
    licence = benchmark.provenance.get("licence")
    if licence:
        lines.append(f"license: {json.dumps(str(licence), ensure_ascii=False)}")
    if languages:
        lines += ["language:", *(f"- {json.dumps(language)}" for language in languages)]
    lines += ["tags:", "- llm-as-a-judge", "- human-ratings", "configs:", "- config_name: default", "  data_files:"]
    for name in SPLIT_NAMES:
        if name in files:
            lines += [f"  - split: {'validation' if name == 'dev' else name}", f"    path: {files[name]}"]
    return "\n".join([*lines, "---", ""])


def _summary(benchmark: Benchmark) -> str:
    counts = benchmark.ratings.matrix(benchmark.criterion).ratings.size
    source = benchmark.provenance.get("source")
    identified = benchmark.ratings.identified(benchmark.criterion)
    who = (
        f"{len(benchmark.ratings.annotators)} identified annotators"
        if identified
        else f"annotators who are not identified (at most {int(counts.max())} an item)"
    )
    return f"""# {_plain(benchmark.criterion)}

Human ratings, {describe_scale(benchmark.scale)}, by {who}{f", from `{_plain(source)}`" if source else ""}.
Consensus: {benchmark.consensus.get("method")}{_adjudicated(benchmark)}. Frozen by alia-judge {__version__}.

Fingerprint: `{benchmark.fingerprint}`

The test split is for the last figure. Each look at it is written to `test-ledger.jsonl`; whoever opens it
(`benchmark.open_test(by=...)`) says so there.
"""


def _adjudicated(benchmark: Benchmark) -> str:
    n = benchmark.consensus.get("adjudicated", 0)
    return f", and for {n} of {len(benchmark.items)} items the value that people decided on" if n else ""


def _composition(benchmark: Benchmark) -> str:
    lines = [
        "## What is in it",
        "",
        "| split | items | groups | ratings | mean consensus | sd |",
        "|---|---|---|---|---|---|",
    ]
    for name in SPLIT_NAMES:
        split = benchmark.split(name)
        if len(split):
            lines.append(
                f"| {name} | {len(split)} | {len(set(split.groups.tolist()))} | {int((~np.isnan(split.values)).sum())} "
                f"| {split.target.mean():.3f} | {split.target.std():.3f} |"
            )
    for field in ("language", "system"):
        values = Counter(getattr(item, field) for item in benchmark.items if item.item_id in benchmark.assignment)
        if len(values) > 1:
            shown = ", ".join(f"{_plain(str(value))} {count}" for value, count in sorted(values.items(), key=str))
            lines += ["", f"By {field}: {shown}."]
    for doubt in split_doubts(benchmark):
        lines += ["", f"{doubt[0].upper()}{doubt[1:]}."]
    return "\n".join([*lines, ""])


def _left_out(benchmark: Benchmark) -> str:
    lines = ["## What was left out", ""]
    annotators = benchmark.provenance.get("excluded_annotators") or {}
    items = benchmark.provenance.get("left_out_items") or {}
    lines += [f"- annotator `{_plain(name)}`: {_plain(str(reason))}" for name, reason in annotators.items()]
    learnt = benchmark.provenance.get("annotators") or {}
    lines += [
        f"- annotator `{_plain(name)}` counts {known['weight']:.2f} times what a typical one does (not left out)"
        for name, known in learnt.items()
        if known.get("weight", 1.0) < _LOW_WEIGHT
    ]
    lines += [f"- {count} items: {_plain(reason)}" for reason, count in Counter(items.values()).items()]
    if len(lines) == 2:
        lines.append("Nothing.")
    return "\n".join([*lines, ""])


def _decided(benchmark: Benchmark) -> str:
    decisions = benchmark.provenance.get("decisions") or []
    if not decisions:
        return ""
    lines = [
        "## What people decided",
        "",
        "| what | id | action | value | reason | by | when |",
        "|---|---|---|---|---|---|---|",
    ]
    for decision in decisions:
        cells = (_plain(decision[name]) for name in ("what", "id", "action", "value", "reason", "by", "when"))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _audited(benchmark: Benchmark) -> str:
    audit = benchmark.provenance.get("audit")
    lines = ["## What was checked", ""]
    if not audit:
        return "\n".join([*lines, "No audit was kept with this benchmark.", ""])
    if audit["gate"]:
        lines += [_plain(audit["gate"]["reason"]), ""]
    ran = sum(status != "not applicable" for status in audit["checks"].values())
    lines.append(f"{ran} of {len(audit['checks'])} checks applied.")
    lines += [f"- {_plain(found)}" for found in audit["findings"]]
    return "\n".join([*lines, ""])


def _plain(text: str) -> str:
    """User text on one line, with nothing in it that Markdown or HTML would act on."""
    return " ".join(text.split()).translate({ord(character): f"&#{ord(character)};" for character in "\\`*_[]<>|#"})
