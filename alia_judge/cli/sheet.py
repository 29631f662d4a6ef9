"""``alia-judge sheet``: items for one person to rate, as one HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alia_judge.cli._console import JsonOption, SeedOption, say, write_json
from alia_judge.cli._items import open_items
from alia_judge.cli._next import suggest
from alia_judge.cli._options import (
    ColumnOption,
    EncodingOption,
    FormatOption,
    LanguageOption,
    ScaleOption,
    reading,
)
from alia_judge.cli._targets import will_write
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from alia_judge.judging.rubrics.rubric import Rubric
    from alia_judge.records import Item, Scale

__all__ = ["sheet"]


def sheet(
    items: Annotated[
        str,
        typer.Argument(
            metavar="ITEMS", help="Ratings, a benchmark (train and dev), or a table of conversations nobody has rated."
        ),
    ],
    criterion: Annotated[
        list[str], typer.Option("--criterion", metavar="C", help="What is to be rated; repeat it for several.")
    ],
    annotator: Annotated[
        str, typer.Option("--annotator", metavar="NAME", help="Who rates; a pseudonym does: it stands in the ratings.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.html", help="The page to give to this person.")],
    n_items: Annotated[
        int | None,
        typer.Option("--items", metavar="N", help="Draw so many; the same --seed draws the same for all.", min=1),
    ] = None,
    rubric: Annotated[
        list[str] | None,
        typer.Option(
            "--rubric", metavar="[C=]R", help="NAME[:LANG] or a file; by default the one built in for the criterion."
        ),
    ] = None,
    rubric_language: Annotated[
        str | None,
        typer.Option("--rubric-language", metavar="LANG", help="The person's: ca, en, es, eu, gl; else the items'."),
    ] = None,
    again: Annotated[
        int, typer.Option("--again", metavar="N", help="So many items come twice: does the person agree again?", min=0)
    ] = 0,
    known: Annotated[
        Path | None,
        typer.Option("--known", metavar="FILE", help="Items whose answers you know, to stand among the others."),
    ] = None,
    format: FormatOption = None,  # noqa: A002 - the option's name
    column: ColumnOption = None,
    scale: ScaleOption = None,
    encoding: EncodingOption = None,
    language: LanguageOption = None,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Write one HTML file in which a person rates items, offline, with nothing installed; it saves what load_ratings
    reads.
    """
    from alia_judge.annotation.sheet import make_sheet, wording_language
    from alia_judge.ratings.scale_specs import parse_scale

    if out.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{out}: a sheet is an HTML page; give it a name that ends in .html")
    if len(set(criterion)) < len(criterion):
        raise UsageError(f"--criterion {', '.join(criterion)}: one comes twice; give each once")
    will_write(out)
    there, rated = open_items(
        items, criterion, format=format, column=column, scale=scale, encoding=encoding, language=language
    )
    # A scale that is said counts; then that of the ratings there are.
    scales: dict[str, Scale] = {} if rated is None else dict(rated.scales)
    for said in scale or ():
        name, _, written = said.rpartition("=")
        scales |= {one: parse_scale(written) for one in ([name] if name else criterion)}
    tag = None if rubric_language is None else wording_language(rubric_language)
    named = _named(rubric or (), criterion)
    asked = {name: _rubric(name, named.get(name), scales.get(name), tag, there) for name in criterion}
    made = make_sheet(
        there,
        asked,
        annotator=annotator,
        language=tag,
        n_items=n_items,
        again=again,
        known=() if known is None else open_items(str(known), criterion)[0],
        seed=seed,
    )
    made.write(out)
    say(json).print(
        f"{out}: {len(made.items)} items for {annotator} ({', '.join(criterion)}; {made.language}), "
        f"sheet {made.digest[:8]}",
        markup=False,
        soft_wrap=True,
    )
    write_json(
        json,
        {
            "sheet": made.digest,
            "annotator_id": annotator,
            "criteria": criterion,
            "language": made.language,
            "item_ids": [item.item_id for item in made.items],
            "out": out.name,
        },
        schema="alia-judge/sheet-made/1",
        signature=f"sheet|items:{len(made.items)}|again:{again}|seed:{seed}",
    )
    read = reading(format, column, None, encoding, language)
    suggest("merge", items, "SAVED.jsonl", *read, "--out", "ratings.csv")


def _named(given: Sequence[str], criteria: Sequence[str]) -> dict[str, str]:
    """What ``--rubric [C=]R`` says, by criterion."""
    found: dict[str, str] = {}
    for one in given:
        name, equals, rubric = one.partition("=")
        if not equals:
            name, rubric = criteria[0], one
            if len(criteria) > 1:
                raise UsageError(f"--rubric {one}: which of {', '.join(criteria)}? write --rubric '{name}={one}'")
        if name not in criteria or name in found:
            what = "twice" if name in found else "for a criterion that is not asked"
            raise UsageError(f"--rubric {one}: {what}; the criteria are {', '.join(criteria)}")
        found[name] = rubric
    return found


def _rubric(
    criterion: str, named: str | None, scale: Scale | None, language: str | None, items: Sequence[Item]
) -> Rubric:
    """The rubric that people are asked by, on the scale of the ratings where there are some."""
    from alia_judge.cli._rubrics import languages_of, named_rubric
    from alia_judge.judging.rubrics.builtin import builtin_rubric
    from alia_judge.judging.rubrics.matching import matching_rubric
    from alia_judge.judging.rubrics.rubric import Rubric
    from alia_judge.judging.rubrics.wording import LANGUAGES
    from alia_judge.records import Scale

    languages = languages_of(items)
    tag = language or next((one for one in languages if one in LANGUAGES), "en")
    pairs = scale is None and any(item.response_b is not None for item in items)
    wanted = Scale.pairwise() if pairs else scale
    name = None if named is not None else matching_rubric(criterion, languages)
    if named is not None:
        found = named_rubric(named, languages=[tag])[0]
    elif name is not None:
        found = builtin_rubric(name, tag)
    elif wanted is not None:
        found = Rubric(criterion=criterion, scale=wanted, language=tag)
    else:
        raise UsageError(
            f"no built-in rubric is known for {criterion!r}, and no scale; give --rubric FILE or NAME (alia-judge "
            f"rubric list shows them), or only a scale, --scale '{criterion}=1-5'"
        )
    if wanted is None or wanted == found.scale:
        return found
    # Its words are for points of another scale.
    return replace(found, scale=wanted, anchors={})
