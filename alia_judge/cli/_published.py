"""What commands are told about a published judge: its digest, the models it may have asked; and which it will ask."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from alia_judge._messages import _
from alia_judge.cli._console import console

__all__ = ["AllowModelOption", "DigestOption", "VerdictsOption", "judge_name", "say_asked", "verdicts_of"]

VerdictsOption = Annotated[
    Path | None,
    typer.Option(
        "--store", metavar="FILE", help="Verdicts already paid for; ARTIFACT.verdicts.sqlite where it is a folder."
    ),
]
AllowModelOption = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-model",
        metavar="M",
        help="A model, chat or embedding, that an artifact may have asked; may be repeated, and then no others are.",
    ),
]

DigestOption = Annotated[
    str | None,
    typer.Option("--digest", metavar="sha256:...", help="The digest that the published judge must have."),
]


def judge_name(artifact: str) -> str:
    """What a published judge is called where it stands among others: its folder's name, or its place on the Hub."""
    return artifact if artifact.startswith("hf://") else Path(artifact).resolve().name


def say_asked(artifact: str, judge: Any) -> None:
    """Say on stderr which models are about to be asked, and where."""
    from alia_judge.judging.asked_models import asked_models

    asked = _(" and ").join(map(_, asked_models(judge))) or _("no model of its own: name one with --model")
    console().print(_("{artifact} asks {asked}", artifact=artifact, asked=asked), markup=False, soft_wrap=True)


def verdicts_of(artifact: str, store: Path | None) -> Path | None:
    """Where a published judge's verdicts are kept, so that none is paid for twice: beside its folder, or where said."""
    from alia_judge.publishing import verdicts_beside

    return store if store is not None else verdicts_beside(artifact)
