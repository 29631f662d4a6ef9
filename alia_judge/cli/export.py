"""``alia-judge export``: a published judge in a form for whoever cannot run this library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from alia_judge._messages import _
from alia_judge.cli._console import JsonOption, say, write_json
from alia_judge.cli._options import ModelOption
from alia_judge.cli._published import AllowModelOption, DigestOption

__all__ = ["export"]


def export(
    artifact: Annotated[str, typer.Argument(metavar="ARTIFACT", help="A published judge: a folder, or hf://ORG/NAME.")],
    to: Annotated[Literal["prompt"], typer.Option("--to", help="prompt: the exact messages and settings, as JSON.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.json", help="Where it goes; shown without.")
    ] = None,
    field: Annotated[
        list[str] | None,
        typer.Option("--field", metavar="FIELD", help="A text that items have: prompt and response by default."),
    ] = None,
    model: ModelOption = None,
    allow_model: AllowModelOption = None,
    digest: DigestOption = None,
    json: JsonOption = None,
) -> None:
    """Write what a judge sends, with a place for each text of an item, and say what is lost by using it alone."""
    from alia_judge._json import dumps
    from alia_judge.publishing import export_prompt, load_judge

    judge = load_judge(artifact, lm=model, allow_models=allow_model, digest=digest)
    exported = export_prompt(judge, fields=field or ("prompt", "response"))
    shown = say(json)
    if out is not None:
        out.write_text(dumps(exported), encoding="utf-8")
    else:
        for number, one in enumerate(exported.prompts, 1):
            settings = ", ".join(f"{name} {value}" for name, value in one.settings.items())
            shown.print(
                _(
                    "prompt {number} of {n}: {model}; {settings}\n",
                    number=number,
                    n=len(exported.prompts),
                    model=one.model,
                    settings=settings,
                ),
                markup=False,
            )
            for message in one.messages:
                shown.print(f"--- {message['role']} ---\n{message['content']}\n", markup=False, soft_wrap=True)
    shown.print(_("lost by using it without alia_judge:"), markup=False)
    for line in exported.lost:
        shown.print(f"- {_(line)}", markup=False)
    if out is not None:
        n = len(exported.prompts)
        shown.print(
            _("{n} prompts in {out}", n=n, out=out) if n > 1 else _("1 prompt in {out}", out=out),
            markup=False,
            soft_wrap=True,
        )
    write_json(
        json,
        exported.to_dict(),
        schema=exported.schema,
        signature=f"export|to:{to}|configuration:{judge.configuration().key}",
    )
