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

from alia_judge._messages import _, numbers
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
    """Markdown in the reader's language, with the YAML front matter by which `datasets` finds the splits.

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
        _("{n} identified annotators", n=len(benchmark.ratings.annotators))
        if identified
        else _("annotators who are not identified (at most {n} an item)", n=int(counts.max()))
    )
    rated = _(
        "Human ratings, {scale}, by {who}{origin}.",
        scale=describe_scale(benchmark.scale),
        who=who,
        origin=_(", from `{source}`", source=_plain(_(source))) if source else "",
    )
    made = _(
        "Consensus: {method}{decided}. Frozen by alia-judge {version}.",
        method=benchmark.consensus.get("method"),
        decided=_adjudicated(benchmark),
        version=__version__,
    )
    looks = _(
        "The test split is for the last figure. Each look at it is written to `test-ledger.jsonl`; whoever opens it\n"
        "(`benchmark.open_test(by=...)`) says so there."
    )
    fingerprint = f"{_('Fingerprint')}: `{benchmark.fingerprint}`"
    return "\n".join([f"# {_plain(benchmark.criterion)}", "", rated, made, "", fingerprint, "", looks, ""])


def _adjudicated(benchmark: Benchmark) -> str:
    n, of = benchmark.consensus.get("adjudicated", 0), len(benchmark.items)
    return _(", and for {n} of {of} items the value that people decided on", n=n, of=of) if n else ""


def _composition(benchmark: Benchmark) -> str:
    columns = (_("split"), _("items"), _("groups"), _("ratings"), _("mean consensus"), _("sd"))
    lines = [f"## {_('What is in it')}", "", f"| {' | '.join(columns)} |", "|---|---|---|---|---|---|"]
    rated = benchmark.ratings.matrix(benchmark.criterion).ratings.size
    for name in SPLIT_NAMES:
        places = benchmark.places(name)
        if places.size:
            items = [benchmark.items[place] for place in places]
            groups = {item.item_id if item.group is None else (item.group,) for item in items}
            target = benchmark.scale.oriented(benchmark.target[places])
            lines.append(
                f"| {name} | {places.size} | {len(groups)} | {int(rated[places].sum())} "
                f"| {numbers(f'{target.mean():.3f}')} | {numbers(f'{target.std():.3f}')} |"
            )
    for field in ("language", "system"):
        values = Counter(getattr(item, field) for item in benchmark.items if item.item_id in benchmark.assignment)
        if len(values) > 1:
            named = {_("(none)") if value is None else _plain(value): count for value, count in values.items()}
            shown = ", ".join(f"{name} {count}" for name, count in sorted(named.items()))
            lines += ["", _("By {field}: {shown}.", field=_(field), shown=shown)]
    for doubt in map(_, split_doubts(benchmark)):
        lines += ["", f"{doubt[0].upper()}{doubt[1:]}."]
    return "\n".join([*lines, ""])


def _left_out(benchmark: Benchmark) -> str:
    heading = [f"## {_('What was left out')}", ""]
    annotators = benchmark.provenance.get("excluded_annotators") or {}
    items = benchmark.provenance.get("left_out_items") or {}
    said = [_("annotator `{name}`: {why}", name=_plain(name), why=_plain(_(why))) for name, why in annotators.items()]
    learnt = benchmark.provenance.get("annotators") or {}
    said += [
        _(
            "annotator `{name}` counts {weight:.2f} times what a typical one does (not left out)",
            name=_plain(name),
            weight=known["weight"],
        )
        for name, known in learnt.items()
        if known.get("weight", 1.0) < _LOW_WEIGHT
    ]
    said += [_("{n} items: {why}", n=n, why=_plain(_(why))) for why, n in Counter(items.values()).items()]
    return "\n".join([*heading, *([f"- {one}" for one in said] or [_("Nothing.")]), ""])


def _decided(benchmark: Benchmark) -> str:
    decisions = benchmark.provenance.get("decisions") or []
    if not decisions:
        return ""
    columns = (_("what"), "id", _("action"), _("value"), _("reason"), _("by"), _("when"))
    lines = [f"## {_('What people decided')}", "", f"| {' | '.join(columns)} |", "|---|---|---|---|---|---|---|"]
    for decision in decisions:
        cells = (_plain(decision[name]) for name in ("what", "id", "action", "value", "reason", "by", "when"))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _audited(benchmark: Benchmark) -> str:
    audit = benchmark.provenance.get("audit")
    lines = [f"## {_('What was checked')}", ""]
    if not audit:
        return "\n".join([*lines, _("No audit was kept with this benchmark."), ""])
    if audit["gate"]:
        lines += [_plain(_(audit["gate"]["reason"])), ""]
    ran = sum(status != "not applicable" for status in audit["checks"].values())
    lines.append(_("{n} of {of} checks applied.", n=ran, of=len(audit["checks"])))
    lines += [f"- {_plain(_(found))}" for found in audit["findings"]]
    return "\n".join([*lines, ""])


def _plain(text: str) -> str:
    """User text on one line, with nothing in it that Markdown or HTML would act on."""
    return " ".join(text.split()).translate({ord(character): f"&#{ord(character)};" for character in "\\`*_[]<>|#"})
