"""``alia-judge validate``: how good are these ratings, and what can a judge reach on them?"""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alia_judge.cli._console import JsonOption, SeedOption, say, write_json
from alia_judge.cli._options import ColumnOption, EncodingOption, FormatOption, RatingsArgument, ScaleOption, load

if TYPE_CHECKING:
    from rich.console import Console

    from alia_judge.benchmark import CriterionAudit, RatingsAudit
    from alia_judge.checks import Finding

__all__ = ["print_audit", "validate"]

#: Annotators and findings that the terminal shows; the JSON and the report hold all.
_SHOWN = 12
_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}


def validate(
    ratings: RatingsArgument,
    criterion: Annotated[
        str | None, typer.Option("--criterion", metavar="C", help="Look at one criterion only.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="HTML", help="Also write a self-contained HTML page.")
    ] = None,
    format: FormatOption = None,  # noqa: A002 - the option's name
    column: ColumnOption = None,
    scale: ScaleOption = None,
    encoding: EncodingOption = None,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Agreement, annotators, data checks, human ceiling, and whether a criterion can carry tuning."""
    from alia_judge.benchmark import audit_ratings

    table = load(ratings, format=format, columns=column, scales=scale, encoding=encoding)
    audit = audit_ratings(table, criterion, seed=seed)
    print_audit(audit, say(json))
    if report is not None:
        from alia_judge.reporting import audit_page, write_page

        write_page(audit_page(audit, table), report)
        say(json).print(f"report: {report}", markup=False)
    write_json(json, audit.to_dict(), schema=audit.schema, signature=audit.signature)


def print_audit(audit: RatingsAudit, console: Console) -> None:
    """Print the audit so that it reads at a glance."""
    from rich.table import Table
    from rich.text import Text

    for note in audit.notes:
        console.print(Text(f"read as: {note}", style="dim"))
    overview = Table(title="Agreement between people", title_justify="left")
    for heading in (
        "criterion",
        "items",
        "annotators",
        "ratings",
        "alpha",
        "one person vs the others",
        "carries tuning",
    ):
        overview.add_column(heading, justify="left" if heading == "criterion" else "right")
    for name, found in audit.criteria.items():
        overview.add_row(
            Text(name),
            str(found.n_items),
            str(found.n_annotators) if found.identified else f"{found.n_annotators} (unnamed)",
            str(found.n_ratings),
            str(found.agreement["krippendorff_alpha"]),
            str(found.ceiling["spearman"]),
            Text("yes", style="green") if found.gate.passed else Text("no", style="red"),
        )
    console.print(overview)
    for name, found in audit.criteria.items():
        console.print(Text.assemble((name, "bold"), ": ", found.gate.reason))
    for name, found in audit.criteria.items():
        if found.annotators:
            console.print(_annotators(name, found))
    _print_findings(audit.findings, console)
    applied = sum(check.status != "not applicable" for check in audit.checks)
    console.print(Text(f"{applied} of {len(audit.checks)} checks applied; signature {audit.signature}", style="dim"))


def _annotators(name: str, found: CriterionAudit) -> object:
    from rich.table import Table
    from rich.text import Text

    shown = found.annotators[:_SHOWN]
    more = len(found.annotators) - len(shown)
    table = Table(
        title=f"Annotators on {name}, least reliable first" + (f" ({more} more in the JSON)" if more else ""),
        title_justify="left",
    )
    for heading in ("annotator", "ratings", "reliability", "leniency", "spread"):
        table.add_column(heading, justify="left" if heading == "annotator" else "right")
    for annotator in shown:
        reliability = f"{annotator.reliability:.3f} [{annotator.reliability_low:.3f}, {annotator.reliability_high:.3f}]"
        table.add_row(
            Text(annotator.annotator_id),
            str(annotator.n_ratings),
            reliability if annotator.why is None else f"undefined ({annotator.why})",
            *(
                "–" if isnan(value) else text
                for value, text in (
                    (annotator.leniency, f"{annotator.leniency:+.2f}"),
                    (annotator.spread, f"{annotator.spread:.2f}"),
                )
            ),
        )
    return table


def _print_findings(findings: tuple[Finding, ...], console: Console) -> None:
    from rich.text import Text

    if not findings:
        console.print("No check found anything.")
    for finding in findings[:_SHOWN]:
        style = _COLOURS[finding.severity]
        where = f" ({finding.location})" if finding.location else ""
        console.print(Text.assemble((f"{finding.code} {finding.severity}", style), f" {finding.message}{where}"))
        console.print(Text(f"      {finding.remedy}", style="dim"))
    if len(findings) > _SHOWN:
        console.print(f"... and {len(findings) - _SHOWN} more findings in the JSON and the report")
