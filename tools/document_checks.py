"""Write docs/checks.md from the checks, and docs/design/checks.md from what was measured of them.

Run: python tools/document_checks.py
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from alia_judge.checks.base import Check
from alia_judge.checks.registry import all_checks

__all__ = ["document_checks", "document_measured"]

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "checks.md"
MEASURED = ROOT / "docs" / "design" / "checks.md"

#: Where faults were planted, as the benchmark calls it.
_SOURCES = ("simulated", "cebab_stars", "summeval")
#: What telling a text's language may come to.
_KINDS = ("right", "wrong", "in doubt")

_INTRODUCTION = """# Checks

`validate` and `audit_ratings` run every check. Each result is found, clean, or *not applicable* with the reason. Findings say
where, how many, what it means and what to do. [How well each finds what was planted](design/checks.md).

```python
import alia_judge as aj
from alia_judge.checks import run_checks

for outcome in run_checks(aj.load_sample(), only=["AJ015", "AJ020"]):
    print(outcome.code, outcome.status, outcome.looked_at)
    for finding in outcome.findings:
        print("  ", finding.severity, finding.message)
```
"""
_A_CHECK_OF_YOUR_OWN = """## A check of your own

Register a class like `alia_judge.checks.Check` under the entry point group `alia_judge.checks`, with a code that does not
begin with `AJ`; it must pass `alia_judge.testing.check_conforms`.
"""


def main() -> None:
    """Write the pages."""
    PAGE.write_text(document_checks(), "utf-8")
    MEASURED.write_text(document_measured(), "utf-8")


def document_checks() -> str:
    """The page as Markdown."""
    own = [check for check in all_checks() if check.code.startswith("AJ")]
    parts = [_INTRODUCTION, _kinds(own), *(_section(check) for check in own)]
    measured = [_languages_in_short(_results("language_detection")), _personal_in_short()]
    return "\n".join([*parts, *measured, _A_CHECK_OF_YOUR_OWN])


def document_measured() -> str:
    """The page of what was measured, as Markdown."""
    parts = [
        "# What the checks find\n",
        _planted(_results("planted_faults")),
        _languages(_results("language_detection")),
        _personal(_results("personal_data")),
    ]
    return "\n".join(parts)


def _languages_in_short(measured: Mapping[str, Any]) -> str:
    replies, sentences = measured["replies"], measured["sample_sentences"]
    return "\n".join(
        [
            "## Languages, measured",
            "",
            f"Of {sum(replies[kind] for kind in _KINDS)} short replies in five languages {replies['right']} were told "
            f"right and {replies['wrong']} wrong;",
            f"of {sum(sentences[kind] for kind in _KINDS)} sentences of three to twelve words {sentences['right']} and "
            f"{sentences['wrong']}. The others were in doubt",
            "([tables](design/checks.md#languages)).",
            "",
        ]
    )


def _personal_in_short() -> str:
    numbers, names = (_results("personal_data")[part] for part in ("numbers", "names"))
    planted, found, alarms = (
        sum(counts[key] for counts in numbers["by_kind"].values()) for key in ("planted", "found", "false_alarms")
    )
    of_names, found_names, name_alarms = (
        sum(counts[key] for counts in names["by_kind"].values()) for key in ("planted", "found", "false_alarms")
    )
    return "\n".join(
        [
            "## Personal data, measured",
            "",
            f"In {numbers['texts']} made-up texts in five languages {found} of {planted} telephones, addresses and numbers "
            f"were found, with {alarms} false",
            "alarms. Names and places are looked for by a spaCy pipeline that you install: the Spanish",
            f"`{names['model']}` found {found_names} of {of_names}, with {name_alarms} false alarms. Read before you redact",
            "([tables](design/checks.md#personal-data)).",
            "",
        ]
    )


def _results(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text("utf-8"))
    return found


def _kinds(own: Sequence[Check]) -> str:
    """Which checks are of which severity, and which are statistical."""
    of = {
        severity: ", ".join(check.code for check in own if check.severity == severity) for severity in ("error", "info")
    }
    statistical = ", ".join(check.code for check in own if check.statistical)
    return "\n".join(
        [
            "| severity | checks |",
            "|---|---|",
            *(f"| {severity} | {codes} |" for severity, codes in of.items()),
            "| warning | the others |",
            f"| statistical | {statistical} |",
            "",
            "A *statistical* check keeps the chance of any false alarm, over all annotators and criteria, at .05 (Holm's",
            "procedure), and says nothing of effects too small to matter.",
            "",
        ]
    )


def _section(check: Check) -> str:
    return "\n".join(
        [
            f"## {check.code} {check.name}",
            "",
            f"**Looks at.** {check.looks_at}",
            "",
            f"**Means.** {check.meaning}",
            "",
            f"**Do.** {check.remedy}",
            "",
        ]
    )


def _planted(measured: Mapping[str, Any]) -> str:
    alarms = {code: rate for code, rate in measured["false_alarms"].items() if rate}
    shown = ", ".join(f"{code} {rate:.3f}" for code, rate in alarms.items()) or "none"
    lines = [
        "## Planted faults",
        "",
        "`python benchmarks/planted_faults.py --data ../shared/data` plants each fault in clean simulated ratings (200",
        "items, 6 annotators, 2 criteria) and, where it needs no texts or times, in real ones. In the order of the",
        "strengths: the share of what was planted that the check names; in brackets, of those it names, the share that",
        "are not at fault (nor named before anything was planted).",
        "",
        f"Share of clean data sets on which a check finds anything: {shown}; every other check none.",
        "",
        "| fault | check | strengths | simulated | cebab_stars | summeval |",
        "|---|---|---|---|---|---|",
    ]
    for fault, strengths in measured["simulated"].items():
        cells = [_cells(measured.get(source, {}), fault, list(strengths)) for source in _SOURCES]
        lines.append(f"| {fault} | {measured['codes'][fault]} | {_strengths(list(strengths))} | {' | '.join(cells)} |")
    for source in _SOURCES[1:]:
        if source in measured:
            found = "; ".join(f"{code}: {', '.join(said)}" for code, said in measured[source]["untouched"].items())
            lines += ["", f"Found in {source} as it is: {found}."]
    return "\n".join([*lines, "", f"Signature: `{measured['signature']}`", ""])


def _strengths(strengths: Sequence[str]) -> str:
    """``0.3, 0.6 points`` of ``0.3 points`` and ``0.6 points``."""
    numbers, units = zip(*(strength.split(" ", 1) for strength in strengths), strict=True)
    return f"{', '.join(numbers)} {units[0]}"


def _cells(part: Mapping[str, Any], fault: str, strengths: Sequence[str]) -> str:
    """What was found at each strength; once where it is the same at all."""
    found = [_cell(part.get(fault, {}).get(strength)) for strength in strengths]
    return found[0] if len(set(found)) == 1 else ", ".join(found)


def _cell(found: Mapping[str, float] | None) -> str:
    if found is None:
        return ""
    wrong = f" ({found['wrongly_named']:.2f})" if found["wrongly_named"] else ""
    return f"{found['recall']:.2f}{wrong}"


def _languages(measured: Mapping[str, Any]) -> str:
    lines = [
        "## Languages",
        "",
        f"`{measured['signature']['command']}`: short replies of a telecom company, and every sentence of three to",
        "twelve words of the bundled sample. A text is in doubt where no language has half of the probability; AJ020",
        f"asks for nine tenths. {measured['replies']['milliseconds_a_text']} ms a reply.",
        "",
        "| texts | words each | language | right | wrong | in doubt |",
        "|---|---|---|---|---|---|",
    ]
    for name, shown in (("replies", "replies"), ("sample_sentences", "sentences of the sample")):
        found = measured[name]
        rows = {"all": found, **found["by_language"]}
        for language, counts in rows.items():
            cells = (str(counts[kind]) for kind in _KINDS)
            lines.append(f"| {shown} | {found['words_a_text']} | {language} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _personal(measured: Mapping[str, Any]) -> str:
    numbers, names = measured["numbers"], measured["names"]
    lines = [
        "## Personal data",
        "",
        f"`{numbers['signature']['command']}` searches {numbers['texts']} made-up texts of telecom customer service in five",
        "languages: half hold something personal, a fifth of the telephones and e-mail addresses in words (*seis uno dos",
        "...*, *ana arroba ejemplo punto org*), which no rule here finds; the others hold amounts, orders, IMEIs and other",
        "numbers. What they showed was mended: other people's texts will be harder. Names and places are looked for only on",
        f"request, here with the Spanish `{names['model']}` on all five languages.",
        "",
        "| kind | planted | found | under its own kind | false alarms |",
        "|---|---|---|---|---|",
    ]
    for part in (numbers, names):
        for kind, counts in part["by_kind"].items():
            cells = (counts["planted"], counts["found"], counts["right"], counts["false_alarms"])
            lines.append(f"| {kind} | {' | '.join(map(str, cells))} |")
    lines += ["", "| language | planted | found | false alarms | names and places planted | found | false alarms |"]
    lines.append("|---|---|---|---|---|---|---|")
    for language, counts in numbers["by_language"].items():
        own = names["by_language"][language]
        cells = [found[key] for found in (counts, own) for key in ("planted", "found", "false_alarms")]
        lines.append(f"| {language} | {' | '.join(map(str, cells))} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
