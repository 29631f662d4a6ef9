"""``alia-judge rubric``: the rubrics that are built in, and whether one of your own can be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alia_judge._messages import _, language, message
from alia_judge.cli._console import JsonOption, say, write_json
from alia_judge.cli._help import PanelledCommand, PanelledGroup
from alia_judge.cli._next import suggest
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from alia_judge.judging.rubrics.rubric import Rubric

__all__ = ["app"]

app = typer.Typer(cls=PanelledGroup, help="List, show, save and check rubrics.", no_args_is_help=True)

#: What a saved file begins with.
_HEAD = """\
# A rubric: what the judge is asked. Edit it freely, then: alia-judge rubric check {file}
# scale: the points the judge chooses from; anchors: what a point means; steps: questions whose yes is good.
# style: anchored, terse (without anchors and steps), checklist or expert.
"""


@app.command("list", cls=PanelledCommand)
def list_(json: JsonOption = None) -> None:
    """The built-in rubrics: names, languages, and what each asks."""
    from rich.table import Table

    from alia_judge.judging.rubrics.builtin import BUILTIN_RUBRICS, builtin_rubric
    from alia_judge.judging.rubrics.wording import LANGUAGES

    rubrics = {name: builtin_rubric(name) for name in BUILTIN_RUBRICS}
    own = language() if language() in LANGUAGES else "en"
    asked = {name: builtin_rubric(name, own) for name in BUILTIN_RUBRICS}
    table = Table(
        title=_("built-in rubrics, each in {languages}, from 1 to 5 (best)", languages=", ".join(LANGUAGES)),
        title_justify="left",
    )
    table.add_column(_("name"), no_wrap=True)
    table.add_column(_("asks"))
    for name, rubric in asked.items():
        table.add_row(name, rubric.instructions)
    out = say(json)
    out.print(table)
    listed = {name: {"languages": list(LANGUAGES), "asks": rubric.instructions} for name, rubric in rubrics.items()}
    write_json(json, {"rubrics": listed}, schema="alia-judge/rubrics/1", signature=f"rubrics|n:{len(listed)}")
    suggest("rubric", "show", f"{next(iter(listed))}:{own}")


@app.command("show", cls=PanelledCommand)
def show(
    name: Annotated[str, typer.Argument(metavar="NAME[:LANG]", help="A built-in rubric, or a rubric file.")],
    json: JsonOption = None,
) -> None:
    """The whole of one rubric, as its file would be."""
    from alia_judge.cli._rubrics import rubric_text

    rubric = _one(name)
    say(json).print(rubric_text(rubric), markup=False, end="")
    write_json(json, {"rubric": rubric.to_dict()}, schema="alia-judge/rubric-shown/1", signature=rubric.fingerprint)
    if Path(name).is_file():
        suggest("rubric", "check", name)
    else:
        suggest("rubric", "save", name, "my-rubric.yaml")


@app.command("save", cls=PanelledCommand)
def save(
    name: Annotated[str, typer.Argument(metavar="NAME:LANG", help="A built-in rubric.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The .yaml file to write, which must not be there.")],
) -> None:
    """Write a built-in rubric into a file, to be edited."""
    from alia_judge._json import write_atomic
    from alia_judge.cli._rubrics import rubric_text

    if file.suffix.lower() not in (".yaml", ".yml"):
        raise UsageError(
            message("a rubric is saved as YAML, got {name!r}; name it {stem}.yaml", name=file.name, stem=file.stem)
        )
    if file.exists():
        raise UsageError(message("{file} is there already; name a new file, or remove it", file=file))
    rubric = _one(name)
    write_atomic(file, _HEAD.format(file=file) + rubric_text(rubric))
    say(None).print(
        _(
            "{file}: {criterion} ({language}), to be edited",
            file=file,
            criterion=rubric.criterion,
            language=rubric.language,
        ),
        markup=False,
        soft_wrap=True,
    )
    suggest("rubric", "check", file)


@app.command("check", cls=PanelledCommand)
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A rubric of your own: .yaml, .json or .md.")],
    json: JsonOption = None,
) -> None:
    """Read a rubric file and show the prompt that comes of it; exit 1 with the line where it cannot be read."""
    from alia_judge.judging.prompt.prompt import render_rubric
    from alia_judge.judging.rubrics.files import load_rubric

    rubric = load_rubric(file)
    text = render_rubric(rubric)
    missing = [f"{point:g}" for point in rubric.scale.points if not rubric.words(point)]
    out = say(json)
    out.print(text, markup=False)
    out.rule(style="dim")
    points = f"{len(rubric.scale.points)} points" if rubric.scale.points else _("a continuous scale")
    out.print(
        _(
            "{file} can be used: {criterion} in {language}, {points}, {n} steps",
            file=file,
            criterion=rubric.criterion,
            language=rubric.language,
            points=points,
            n=len(rubric.steps),
        )
        + (_("; no words for {missing}", missing=", ".join(missing)) if missing and rubric.anchors else "")
        + (_("; no words for any point") if not rubric.anchors and not rubric.scale.labels else ""),
        markup=False,
    )
    write_json(
        json,
        {"rubric": rubric.to_dict(), "prompt": text, "points_without_words": missing},
        schema="alia-judge/rubric-check/1",
        signature=rubric.fingerprint,
    )
    suggest("compile", "BENCHMARK", "--model", "MODEL", "--rubric", file, "--calls", 400, "--artifact", "judge")


def _one(name: str) -> Rubric:
    from alia_judge.cli._rubrics import named_rubric

    return named_rubric(name)[0]
