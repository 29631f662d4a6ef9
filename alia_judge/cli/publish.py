"""``alia-judge publish``: put a tuned judge, with its evaluation, where others can load it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alia_judge._messages import _, message
from alia_judge.cli._console import JsonOption, say, write_json
from alia_judge.cli._evaluations import read_evaluation, read_result
from alia_judge.cli._next import suggest
from alia_judge.cli._options import is_benchmark
from alia_judge.cli._published import DigestOption
from alia_judge.errors import UsageError

__all__ = ["publish"]


def publish(
    artifact: Annotated[
        str, typer.Argument(metavar="ARTIFACT", help="A judge as compile --artifact wrote it, or a frozen benchmark.")
    ],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="A new folder, or hf://ORG/NAME.")],
    evaluation: Annotated[
        Path | None, typer.Option("--evaluation", metavar="JSON", help="What evaluate --json wrote, for the card.")
    ] = None,
    probes: Annotated[
        Path | None, typer.Option("--probes", metavar="JSON", help="What probe --json wrote, for the card.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="What the card calls it.")] = None,
    licence: Annotated[
        str | None, typer.Option("--licence", metavar="SPDX", help="Its demonstrations' licence binds.")
    ] = None,
    digest: DigestOption = None,
    private: Annotated[
        bool | None,
        typer.Option(
            "--private/--open",
            help="Whether a repository made for it on the Hub is; a benchmark with a test is private.",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a judge published there.")] = False,
    json: JsonOption = None,
) -> None:
    """Publish a judge as JSON and text with checksums and a card; loading it runs no code.

    A frozen benchmark is pushed to the Hub as a data set, with its datasheet as the card.
    """
    from alia_judge.probes import ProbeReport
    from alia_judge.publishing import load_judge, publish_benchmark, publish_judge, read_published

    if is_benchmark(artifact):
        of_judges = {
            "--evaluation": evaluation, "--probes": probes, "--name": name, "--licence": licence, "--digest": digest,
            "--overwrite": overwrite,
        }  # fmt: skip
        if given := [option for option, value in of_judges.items() if value]:
            raise UsageError(
                message(
                    "{artifact} is a frozen benchmark, which takes no {given}; leave it out",
                    artifact=artifact,
                    given=", ".join(given),
                )
            )
        where = publish_benchmark(artifact, target, private=private)
        say(json).print(_("published in {where}", where=where), markup=False)
        write_json(json, {"target": where}, schema="alia-judge/publish/1", signature=f"publish|benchmark:{where}")
        return

    benchmark = read_published(artifact, digest=digest).manifest.facts.get("benchmark")
    where = publish_judge(
        load_judge(artifact, digest=digest),
        target,
        benchmark_fingerprint=benchmark if isinstance(benchmark, str) else None,
        name=name,
        evaluation=None if evaluation is None else read_evaluation(evaluation),
        probes=None if probes is None else read_result(probes, ProbeReport, "probe"),
        licence=licence,
        overwrite=overwrite,
        private=private,
    )
    pinned = read_published(where).manifest.digest
    say(json).print(_("published in {where}\ndigest {pinned}", where=where, pinned=pinned), markup=False)
    write_json(
        json, {"target": where, "digest": pinned}, schema="alia-judge/publish/1", signature=f"publish|digest:{pinned}"
    )
    suggest("score", where, "ITEMS", "--out", "scores.csv")
