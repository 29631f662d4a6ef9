"""What people are to be asked about which items, as ``sheet`` and ``room create`` take it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from alia_judge._messages import message
from alia_judge.cli._items import open_items
from alia_judge.cli._options import ReadingOptions
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from alia_judge.judging.rubrics.rubric import Rubric
    from alia_judge.records import Item, Scale

__all__ = ["CriteriaOption", "ItemsArgument", "RubricLanguageOption", "RubricsOption", "ask_about"]

ItemsArgument = Annotated[
    str,
    typer.Argument(
        metavar="ITEMS", help="Ratings, a benchmark (train and dev), or a table of conversations nobody has rated."
    ),
]
CriteriaOption = Annotated[
    list[str], typer.Option("--criterion", metavar="C", help="What is to be rated; repeat it for several.")
]
RubricsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--rubric", metavar="[C=]R", help="NAME[:LANG] or a file; by default the one built in for the criterion."
    ),
]
RubricLanguageOption = Annotated[
    str | None,
    typer.Option("--rubric-language", metavar="LANG", help="The people's: ca, en, es, eu, gl; else the items'."),
]


def ask_about(
    source: str,
    criteria: Sequence[str],
    *,
    rubric: Sequence[str] = (),
    tag: str | None = None,
    read: ReadingOptions,
) -> tuple[tuple[Item, ...], Mapping[str, Rubric]]:
    """The items, and the rubric of each criterion, in the language `tag` or in the items'.

    Raises
    ------
    UsageError
        If a criterion comes twice, or nothing says how it is to be rated.
    """
    from alia_judge.ratings.scale_specs import parse_scale

    if len(set(criteria)) < len(criteria):
        raise UsageError(
            message("--criterion {criteria}: one comes twice; give each once", criteria=", ".join(criteria))
        )
    there, rated = open_items(source, criteria, read)
    # A scale that is said counts; then that of the ratings there are.
    scales: dict[str, Scale] = {} if rated is None else dict(rated.scales)
    for said in read.scale:
        name, _, written = said.rpartition("=")
        scales |= {one: parse_scale(written) for one in ([name] if name else criteria)}
    named = _named(rubric, criteria)
    return there, {name: _rubric(name, named.get(name), scales.get(name), tag, there) for name in criteria}


def _named(given: Sequence[str], criteria: Sequence[str]) -> dict[str, str]:
    """What ``--rubric [C=]R`` says, by criterion."""
    found: dict[str, str] = {}
    for one in given:
        name, equals, rubric = one.partition("=")
        if not equals:
            name, rubric = criteria[0], one
            if len(criteria) > 1:
                raise UsageError(
                    message(
                        "--rubric {one}: which of {criteria}? write --rubric '{name}={one}'",
                        one=one,
                        criteria=", ".join(criteria),
                        name=name,
                    )
                )
        if name not in criteria or name in found:
            what = message("twice") if name in found else message("for a criterion that is not asked")
            raise UsageError(
                message(
                    "--rubric {one}: {what}; the criteria are {criteria}",
                    one=one,
                    what=what,
                    criteria=", ".join(criteria),
                )
            )
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
            message(
                "no built-in rubric is known for {criterion!r}, and no scale; give --rubric FILE or "
                "NAME (alia-judge rubric list shows them), or only a scale, --scale '{criterion}=1-5'",
                criterion=criterion,
            )
        )
    if wanted is None or wanted == found.scale:
        return found
    # Its words are for points of another scale.
    return replace(found, scale=wanted, anchors={})
