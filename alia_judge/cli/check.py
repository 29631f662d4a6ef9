"""``alia-judge check``: does a published judge still meet what a team asks of it?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from alia_judge._json import write_atomic
from alia_judge._messages import _
from alia_judge.cli._console import JsonOption, say, write_json
from alia_judge.cli._evaluations import read_evaluation, read_result
from alia_judge.cli._next import suggest
from alia_judge.cli._options import bounds
from alia_judge.cli._published import DigestOption
from alia_judge.errors import GateRefused

__all__ = ["check"]


def check(
    artifact: Annotated[str, typer.Argument(metavar="ARTIFACT", help="A published judge: a folder, or hf://ORG/NAME.")],
    minimum: Annotated[
        list[str] | None,
        typer.Option("--min", metavar="FIGURE=BOUND", help="spearman.low=.4; may be repeated."),
    ] = None,
    maximum: Annotated[
        list[str] | None, typer.Option("--max", metavar="FIGURE=BOUND", help="order_flip=.05; may be repeated.")
    ] = None,
    evaluation: Annotated[
        Path | None,
        typer.Option("--evaluation", metavar="JSON", help="What evaluate --json wrote, in place of the published one."),
    ] = None,
    probes: Annotated[
        Path | None,
        typer.Option("--probes", metavar="JSON", help="What probe --json wrote, in place of the published ones."),
    ] = None,
    junit: Annotated[Path | None, typer.Option("--junit", metavar="XML", help="Also write JUnit's XML.")] = None,
    github: Annotated[bool, typer.Option("--github", help="Also print GitHub's annotations.")] = False,
    digest: DigestOption = None,
    no_gate: Annotated[
        bool, typer.Option("--no-gate", help="Exit 0 although a bound is not kept; the result says so.")
    ] = False,
    json: JsonOption = None,
) -> None:
    """Hold a published judge's evaluation and probes against bounds; exit 3 if one is not kept."""
    from alia_judge.probes import ProbeReport
    from alia_judge.publishing import check_published, read_published

    published = read_published(artifact, digest=digest)
    if evaluation is not None:
        published = replace(published, evaluation=read_evaluation(evaluation))
    if probes is not None:
        published = replace(published, probes=read_result(probes, ProbeReport, "probe"))
    report = check_published(published, minimum=bounds(minimum), maximum=bounds(maximum))
    out = say(json)
    for requirement in report.requirements:
        out.print(f"{_('met    ') if requirement.met else _('NOT MET')} {_(requirement.told())}", markup=False)
    if junit is not None:
        write_atomic(junit, report.to_junit() + "\n")
    if github and not report.passed:
        print(report.to_github(), file=out.file)
    result = {**report.to_dict(), "overridden": no_gate and not report.passed}
    write_json(json, result, schema=report.schema, signature=report.signature)
    if not report.passed and not no_gate:
        raise GateRefused(report.reason)
    suggest("publish", artifact, "TARGET", ("--evaluation", evaluation), ("--probes", probes))
