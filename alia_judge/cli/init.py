"""``alia-judge init``: a commented run file, from what the ratings hold."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alia_judge._json import write_atomic
from alia_judge._messages import _, message
from alia_judge.cli._console import say
from alia_judge.cli._flags import with_flags
from alia_judge.cli._next import suggest
from alia_judge.cli._options import RatingsArgument, RatingsOptions
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from alia_judge.ratings import Ratings

__all__ = ["init"]

_TEMPLATE = """\
# The path of one judge: alia-judge run {name}
# Paths are relative to this file. A section is a command, its keys are the command's long options
# (alia-judge COMMAND --help), and "section: false" leaves it out. Run it again and it goes on where it was.
#
# {found}

ratings: {ratings}
criterion: {criterion}{others}
folder: {folder}  # audit, benchmark, study, judge and evaluation go here
{read}
validate:
  report: {folder}/audit.html

build:
  seed: 1
  # min_ratings: 2        # leave out items that fewer people rated

compile:
  model: [{model}]  # provider/model, embedded, or gguf:FILE; several are compared
  # api_base: http://localhost:8000/v1   # of a server of your own
  # price: 0.15,0.60     # of a model that no list has: dollars a million tokens of prompt and of answer
  calls: 400             # most requests to pay for
  {rubric}
  seed: 1

evaluate:
  report: {folder}/report.html
  seed: 1

# publish:
#   target: hf://ORG/NAME  # or a new folder
"""


@with_flags(read=RatingsOptions)
def init(
    *,
    ratings: RatingsArgument,
    out: Annotated[Path, typer.Option("--out", metavar="JUDGE.yaml", help="The run file to write, a new one.")],
    criterion: Annotated[
        list[str] | None,
        typer.Option(
            "--criterion", metavar="C", help="What to judge; by default the first there is; several by one judge."
        ),
    ] = None,
    model: Annotated[str, typer.Option("--model", metavar="M", help="The model to start with.")] = "MODEL",
    read: RatingsOptions,
) -> None:
    """Write a run file with comments from what the ratings hold; alia-judge run walks it."""
    if out.suffix.lower() not in (".yaml", ".yml"):
        raise UsageError(message("a run file is YAML, got {name!r}; name it {stem}.yaml", name=out.name, stem=out.stem))
    if out.exists():
        raise UsageError(message("{out} is there already; name a new file, or remove it", out=out))
    table = read.load(ratings)
    names = [table.require(one) for one in criterion or table.criteria[:1]]
    said = read.given() | ({} if read.decisions is None else {"decisions": _beside(str(read.decisions), out)})
    write_atomic(out, _written(table, names, ratings, out, model, said))
    say(None).print(
        _(
            "{out}: {names}, {n} items; edit what stands in CAPITALS",
            out=out,
            names=", ".join(names),
            n=len(table.item_table),
        ),
        markup=False,
    )
    suggest("run", out)


def _written(
    table: Ratings, criteria: list[str], ratings: str, out: Path, model: str, read: dict[str, str | list[str] | None]
) -> str:
    from alia_judge.cli._rubrics import languages_of
    from alia_judge.judging.rubrics.matching import matching_rubric

    languages = languages_of(table.items())
    rows = int(table.table["criterion"].isin(criteria).sum())
    people = table.table["annotator_id"].nunique() if "annotator_id" in table.table else 0
    found = _(
        "Found: {n} items, {rows} ratings of {criteria} by {people} people",
        n=len(table.item_table),
        rows=rows,
        criteria=", ".join(criteria),
        people=people or message("unnamed"),
    )
    found += f", in {', '.join(languages)}." if languages else "."
    tags = languages[0] if languages else "en"
    known = {name: matching_rubric(name, languages) for name in criteria}
    of = {name: f"{name}=" if len(criteria) > 1 else "" for name in criteria}
    said = (
        _(
            "# rubric: {items}  # built in, and taken by themselves; or a file of your own",
            items=_listed([f"{of[name]}{one}:{tags}" for name, one in known.items()]),
        )
        if None not in known.values()
        else _(
            "rubric: {items}  # none is built in for it: alia-judge rubric list, or rubric save NAME:LANG FILE",
            items=_listed([f"{of[name]}RUBRIC.yaml" for name, one in known.items() if one is None]),
        )
    )
    others = [one for one in table.criteria if one not in criteria]
    return _TEMPLATE.format(
        name=out.name,
        found=found,
        ratings=_quoted(_beside(ratings, out)),
        criterion=_quoted(criteria[0]) if len(criteria) == 1 else _listed(criteria),
        others=_("  # there are also: {others}; a list is judged by one judge, in one call", others=", ".join(others))
        if others
        else "",
        folder=f"{out.stem}-run",
        read=_section(read),
        model=_quoted(model),
        rubric=said,
    )


def _section(read: dict[str, str | list[str] | None]) -> str:
    import yaml

    return "\n" + str(yaml.safe_dump({"read": read}, allow_unicode=True, sort_keys=False)) if read else ""


def _beside(path: str, out: Path) -> str:
    """A path as the run file has it, relative to its own folder; what is no file stays as it is."""
    return os.path.relpath(path, out.resolve().parent) if Path(path).exists() else path


def _quoted(text: str) -> str:
    import yaml

    return str(yaml.safe_dump(text, allow_unicode=True, width=10_000)).splitlines()[0]


def _listed(texts: list[str]) -> str:
    import yaml

    return str(yaml.safe_dump(texts, allow_unicode=True, width=10_000, default_flow_style=True)).strip()
