"""Which models a published judge may have asked, and the line that says which it will."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from alia_judge.cli._console import console

__all__ = ["AllowModelOption", "say_asked"]

AllowModelOption = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-model",
        metavar="M",
        help="A model, chat or embedding, that an artifact may have asked; may be repeated, and then no others are.",
    ),
]


def say_asked(artifact: str, judge: Any) -> None:
    """Say on stderr which models are about to be asked, and where."""
    from alia_judge.judging.asked_models import asked_models

    asked = " and ".join(asked_models(judge)) or "no model of its own: name one with --model"
    console().print(f"{artifact} asks {asked}", markup=False, soft_wrap=True)
