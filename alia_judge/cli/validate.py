"""``alia-judge validate``: how good are these ratings, and what can a judge reach on them?"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import typer

from alia_judge._messages import _, message, numbers
from alia_judge.cli._benchmark import open_ratings
from alia_judge.cli._console import JsonOption, SeedOption, say, write_json
from alia_judge.cli._flags import with_flags
from alia_judge.cli._next import suggest
from alia_judge.cli._options import RatingsOptions, ReportOption, column_mapping, is_benchmark
from alia_judge.cli._reading import print_readings, print_roles

if TYPE_CHECKING:
    from rich.console import Console

    from alia_judge.benchmark import CriterionAudit, RatingsAudit
    from alia_judge.checks import Finding
    from alia_judge.checks.finding import Severity
    from alia_judge.stats.estimate import Estimate

__all__ = ["print_audit", "validate"]

#: Annotators and findings that the terminal shows; the JSON and the report hold all.
_SHOWN = 12
#: Findings of one check that the terminal shows.
_OF_A_CHECK = 3
_SEVERITIES: dict[Severity, str] = {"error": message("error"), "warning": message("warning"), "info": message("info")}
_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}


@with_flags(read=RatingsOptions)
def validate(
    *,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="RATINGS...",
            help="Any file or folder of human ratings, several files of the same columns; 'sample' is the bundled one.",
        ),
    ],
    criterion: Annotated[
        str | None, typer.Option("--criterion", metavar="C", help="Look at one criterion only.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print every way to read the file that was weighed, with its score.")
    ] = False,
    report: ReportOption = None,
    names: Annotated[
        str | None,
        typer.Option("--names", metavar="MODEL", help="A spaCy pipeline that finds names and places, too."),
    ] = None,
    read: RatingsOptions,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Agreement, annotators, data checks, human ceiling, and whether a criterion's ratings are fit to tune on."""
    from alia_judge.benchmark import audit_ratings
    from alia_judge.checks import NameFinder

    ratings = files[0]
    if explain:
        print_readings(files, column_mapping(read.column), say(json))
    table = open_ratings(files if len(files) > 1 else ratings, read)
    finder = None if names is None else NameFinder(names)
    audit = audit_ratings(table, criterion, seed=seed, names=finder)
    print_audit(audit, say(json))
    say(json).print()
    print_roles(table, say(json))
    if report is not None:
        from alia_judge.reporting import audit_page, write_page

        write_page(audit_page(audit, table), report)
        say(json).print(_("report: {report}", report=report), markup=False)
    read_so = {
        "columns": [asdict(role) for role in table.roles],
        "left_out": dict(table.left_out),
        "unordered": {name: list(labels) for name, labels in table.unordered.items()},
    }
    write_json(json, {**audit.to_dict(), "read": read_so}, schema=audit.schema, signature=audit.signature)
    passed = [name for name, found in audit.criteria.items() if found.gate.passed]
    of = ("--criterion", (passed or list(audit.criteria))[0] if len(table.criteria) > 1 else None)
    if len(files) == 1 and is_benchmark(ratings):
        suggest("compile", ratings, "--model", "MODEL", "--calls", 400, "--artifact", "judge")
    elif table.unordered:
        name, labels = next(iter(table.unordered.items()))
        order = "<".join(chr(ord("A") + place) for place in range(len(labels)))
        again = replace(read, scale=(*read.scale, f"{name}={order}"))
        suggest("validate", *files, of, *again.words())
    elif len(files) == 1 and passed:
        suggest("build", ratings, of, *read.words(), "--out", "benchmark")
    elif len(files) == 1:
        suggest("annotate", ratings, of, *read.words(), "--budget", 100, "--out", "to-annotate.csv")


def print_audit(audit: RatingsAudit, console: Console) -> None:
    """Print the audit so that it reads at a glance: what is fit to tune on first, then why, who, and what was found.

    Parameters
    ----------
    audit
        What is printed.
    console
        Where to.
    """
    from rich.table import Table
    from rich.text import Text

    passed = [name for name, found in audit.criteria.items() if found.gate.passed]
    failed = [name for name in audit.criteria if name not in passed]
    if passed:
        console.print(Text.assemble((f"{_('Fit to tune on')}: ", "bold green"), ", ".join(passed)))
    if failed:
        console.print(Text.assemble((f"{_('Cannot, as they are')}: ", "bold red"), ", ".join(failed)))
    console.print(Text(_counted(audit.findings), style="bold"))
    console.print()
    overview = Table(title=_("Agreement between people"), title_justify="left")
    overview.add_column(_("criterion"), overflow="fold", min_width=9)
    for heading in (_("items"), _("people"), _("ratings")):
        overview.add_column(heading, justify="right", no_wrap=True)
    for heading in (_("alpha"), _("one person vs the others")):
        overview.add_column(heading, justify="right", overflow="fold")
    overview.add_column(_("best judge"), justify="right", max_width=max(map(len, _("best judge").split())))
    overview.add_column(_("tune"), no_wrap=True)
    for name, found in audit.criteria.items():
        human = found.ceiling.get("kappa", found.ceiling["spearman"])
        overview.add_row(
            Text(name),
            str(found.n_items),
            str(found.n_annotators) if found.identified else _("{n} (unnamed)", n=found.n_annotators),
            str(found.n_ratings),
            _figure(found.agreement["krippendorff_alpha"]),
            f"{_figure(human)} kappa" if "kappa" in found.ceiling else _figure(human),
            "–" if found.scale.has_labels else _number(found.gate.best_correlation, "{:.2f}"),
            Text(_("yes"), style="green") if found.gate.passed else Text(_("no"), style="red"),
        )
    console.print(overview)
    for name, found in audit.criteria.items():
        console.print(Text.assemble((name, "bold"), ": ", _(found.gate.reason)))
    for name, found in audit.criteria.items():
        if found.annotators:
            console.print()
            console.print(_annotators(name, found))
    console.print()
    _print_findings(audit.findings, console)
    applied = sum(check.status != "not applicable" for check in audit.checks)
    console.print()
    for note in audit.notes[:_SHOWN]:
        console.print(Text(_("read as: {note}", note=note), style="dim"))
    if len(audit.notes) > _SHOWN:
        console.print(Text(_("... and {n} more notes in the JSON", n=len(audit.notes) - _SHOWN), style="dim"))
    ran = _("{n} of {of} checks applied", n=applied, of=len(audit.checks))
    console.print(Text(_("{ran}; signature {signature}", ran=ran, signature=audit.signature), style="dim"))


def _counted(findings: tuple[Finding, ...]) -> str:
    counts = Counter(finding.severity for finding in findings)
    said = [_severity(severity, counts[severity]) for severity in _SEVERITIES if counts[severity]]
    return _("The checks found {found}.", found=", ".join(said)) if said else _("The checks found nothing.")


def _severity(severity: Severity, n: int) -> str:
    if severity == "error":
        return _("1 error") if n == 1 else _("{n} errors", n=n)
    if severity == "warning":
        return _("1 warning") if n == 1 else _("{n} warnings", n=n)
    return _("1 note") if n == 1 else _("{n} notes", n=n)


def _figure(estimate: Estimate) -> str:
    return _(estimate)


def _number(value: float, form: str) -> str:
    return "–" if math.isnan(value) else numbers(form.format(value))


def _annotators(name: str, found: CriterionAudit) -> object:
    from rich.table import Table
    from rich.text import Text

    shown = found.annotators[:_SHOWN]
    more = len(found.annotators) - len(shown)
    table = Table(
        title=_("Annotators on {name}, least reliable first", name=name)
        + (_(" ({more} more in the JSON)", more=more) if more else ""),
        title_justify="left",
    )
    graded = (_("leniency"), _("spread")) if found.scale.ordered else ()
    headings = [_("annotator"), _("ratings"), _("reliability"), *graded]
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left")
    for annotator in shown:
        low, high = (
            "–" if math.isnan(end) else f"{end:.3f}" for end in (annotator.reliability_low, annotator.reliability_high)
        )
        row: list[str | Text] = [
            Text(annotator.annotator_id),
            str(annotator.n_ratings),
            numbers(f"{annotator.reliability:.3f} [{low}, {high}]")
            if annotator.why is None
            else _("undefined ({why})", why=annotator.why),
            _number(annotator.leniency, "{:+.2f}"),
            _number(annotator.spread, "{:.2f}"),
        ]
        table.add_row(*row[: len(headings)])
    return table


def _print_findings(findings: tuple[Finding, ...], console: Console) -> None:
    from rich.text import Text

    together: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        # The same on several criteria is said once.
        key = (finding.code, finding.severity, finding.message, *finding.items[:1], *finding.annotators)
        together.setdefault(key, []).append(finding)
    by_check: dict[tuple[str, str], list[list[Finding]]] = {}
    for alike in together.values():
        by_check.setdefault((alike[0].code, alike[0].severity), []).append(alike)
    shown = 0
    for index, ((code, _of), found) in enumerate(by_check.items()):
        if shown >= _SHOWN:
            left = len(by_check) - index
            console.print(_("... and what {n} more checks found, in the JSON and the report (--report HTML)", n=left))
            break
        for alike in found[:_OF_A_CHECK]:
            finding = alike[0]
            where = _(finding.located([one.criterion for one in alike if one.criterion is not None]))
            place = f" ({where})" if where else ""
            console.print(
                Text.assemble(
                    (f"{code} {_(_SEVERITIES[finding.severity])}", _COLOURS[finding.severity]),
                    f" {_(finding.message)}{place}",
                )
            )
        shown += len(found[:_OF_A_CHECK])
        rest = len(found) - _OF_A_CHECK
        if rest > 0:
            said = _("... and {n} more of {code} in the JSON and the report (--report HTML)", n=rest, code=code)
            console.print(f"      {said}")
        # What to do is the same for all that a check finds.
        console.print(Text(f"      {_(found[0][0].remedy)}", style="dim"))
