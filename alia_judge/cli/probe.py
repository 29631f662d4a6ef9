"""``alia-judge probe``: what moves a judge that must not, and what does not that must?"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alia_judge.cli._console import JsonOption, SeedOption, console, say, write_json
from alia_judge.cli._options import ColumnOption, ModelOption, column_mapping
from alia_judge.cli._progress import run_progress

if TYPE_CHECKING:
    from rich.console import Console

    from alia_judge.probes import ProbeReport

__all__ = ["print_probes", "probe"]


def probe(
    artifact: Annotated[str, typer.Argument(metavar="ARTIFACT", help="A published judge: a folder, or hf://ORG/NAME.")],
    source: Annotated[
        str, typer.Argument(metavar="INPUT", help="Real items, good and bad: CSV, TSV, JSON lines or Parquet.")
    ],
    most: Annotated[int, typer.Option("--items", metavar="N", help="Take the first N items.", min=10)] = 200,
    alpha: Annotated[float, typer.Option("--alpha", help="Level of every claim.")] = 0.05,
    model: ModelOption = None,
    store: Annotated[Path | None, typer.Option("--store", metavar="FILE", help="Verdicts already paid for.")] = None,
    column: ColumnOption = None,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Change items by rule, judge them again, and say what the change did."""
    from alia_judge.probes import judge_scorer, run_probes
    from alia_judge.publishing import load_judge
    from alia_judge.ratings import iter_items
    from alia_judge.runner import VerdictStore

    judge = load_judge(artifact, lm=model)
    items = list(itertools.islice(iter_items(source, columns=column_mapping(column)), most))
    with VerdictStore(store) as verdicts, run_progress(console()) as progress:
        score = judge_scorer(judge, store=verdicts, progress=progress)
        report = run_probes(score, items, judge.scale, alpha=alpha, seed=seed)
    print_probes(report, say(json))
    write_json(json, report.to_dict(), schema=report.schema, signature=report.signature)


def print_probes(report: ProbeReport, out: Console) -> None:
    """Print what every probe did."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title="What moves the judge", title_justify="left")
    for heading in ("change", "dose", "should the score move?", "items", "mean shift", "outcome"):
        table.add_column(heading, justify="left" if heading in ("change", "outcome") else "right")
    for one in report.results:
        table.add_row(
            Text(one.probe),
            f"{one.dose:g}",
            "no" if one.expectation == "same" else "lower",
            str(one.n_items),
            str(one.shift) if one.shift.defined else "-",
            Text(one.outcome),
        )
    out.print(table)
    out.print(Text(f"signature {report.signature}", style="dim"))
