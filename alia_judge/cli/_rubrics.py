"""The rubrics that ``alia-judge compile`` starts from: those that were named, or those built in for the criterion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alia_judge._messages import message
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from alia_judge.judging.rubrics.rubric import Rubric, RubricStyle
    from alia_judge.records import Item, Scale

__all__ = ["ChosenRubrics", "choose_rubrics", "languages_of", "named_rubric", "rubric_text"]

#: A language of fewer items than this share gets no rubric of its own by default.
_LEAST_SHARE = 0.1
#: In English a built-in rubric is tried in the two styles that differ most.
_ENGLISH: tuple[RubricStyle, ...] = ("anchored", "terse")


@dataclass(frozen=True, kw_only=True)
class ChosenRubrics:
    """What the judge is asked, before a search varies it.

    Parameters
    ----------
    rubrics
        Those to try; the first is the judge's own.
    said
        Which they are, in one line for the user.
    by_language
        Rubrics that follow the language of the item, each in several languages, tried beside the others.
    to_draft
        Whether a model drafts them before the search.
    """

    rubrics: tuple[Rubric, ...]
    said: str
    by_language: tuple[tuple[Rubric, ...], ...] = ()
    to_draft: bool = False


def choose_rubrics(
    named: Sequence[str], criterion: str, scale: Scale, items: Iterable[Item], *, drafted: bool = False
) -> ChosenRubrics:
    """The rubrics for a criterion.

    Parameters
    ----------
    named
        What ``--rubric`` says: ``NAME``, ``NAME:LANG``, a file, or ``none``; empty looks for a built-in one.
    criterion, scale
        Of the ratings.
    items
        Their languages decide in which a built-in rubric is asked.
    drafted
        Whether there is a model that can draft rubrics: then none is needed to begin with.

    Raises
    ------
    UsageError
        If nobody named a rubric and none is built in for the criterion, or a name means none.
    """
    from alia_judge.judging.prompt.styles import in_every_style
    from alia_judge.judging.rubrics.choosing import rubrics_for
    from alia_judge.judging.rubrics.matching import matching_rubric, named_in
    from alia_judge.judging.rubrics.rubric import Rubric

    languages = languages_of(items)
    bare = Rubric(criterion=criterion, scale=scale, language=_written(languages))
    if "none" in named and len(named) > 1:
        raise UsageError(message("--rubric none goes without a rubric; leave it out, or the other --rubric"))
    if list(named) == ["none"]:
        return ChosenRubrics(rubrics=(bare,), said=message("none, as asked: the criterion's name and the scale alone"))
    if named:
        found = [rubric for one in named for rubric in named_rubric(one, scale, languages)]
        distinct = tuple({rubric.fingerprint: rubric for rubric in found}.values())
        return ChosenRubrics(rubrics=distinct, said=", ".join(named))
    name = matching_rubric(criterion, languages)
    if name is not None:
        own = rubrics_for(name, scale, languages)
        english = rubrics_for(name, scale) if own[0].language != "en" else ()
        varied = (*in_every_style(own[0]), *(one for rubric in english for one in in_every_style(rubric, _ENGLISH)))
        tags = ", ".join(rubric.language for rubric in own)
        on = message("asked for people's labels") if scale.has_labels else message("5 is best")
        return ChosenRubrics(
            rubrics=varied,
            said=message(
                "the built-in {name} ({tags}) for {criterion!r}, {on}; --rubric FILE or NAME:LANG takes another",
                name=name,
                tags=tags,
                criterion=criterion,
                on=on,
            ),
            by_language=(own,) if len(own) > 1 else (),
        )
    if drafted:
        said = message(
            "none is known for {criterion!r}; the proposer drafts some first, from its name, the scale and train items",
            criterion=criterion,
        )
        return ChosenRubrics(rubrics=(bare,), said=said, to_draft=True)
    near = [f"{name}:{bare.language}" for name in named_in(criterion)]
    if near:
        shown = message("its words name {rubrics}", rubrics=", ".join(near))
    else:
        shown = message("alia-judge rubric list shows them")
    raise UsageError(
        message(
            "no built-in rubric is known for {criterion!r}, and a judge without one is asked for "
            "a name; give --rubric NAME ({shown}), or --rubric FILE of "
            "your own (to start from one: alia-judge rubric save {start} "
            "my-rubric.yaml), or --proposer MODEL, which drafts some first, or --rubric none",
            criterion=criterion,
            shown=shown,
            start=near[0] if near else f"helpfulness:{bare.language}",
        )
    )


def named_rubric(name: str, scale: Scale | None = None, languages: Sequence[str] = ()) -> tuple[Rubric, ...]:
    """What one ``--rubric`` names: a file, or a built-in rubric in a language or in the items'.

    Raises
    ------
    UsageError
        If there is no such file and none is built in under that name.
    DataError
        If the file is no rubric.
    """
    from alia_judge.judging.rubrics.builtin import BUILTIN_RUBRICS, builtin_rubric
    from alia_judge.judging.rubrics.choosing import rubrics_for
    from alia_judge.judging.rubrics.files import load_rubric
    from alia_judge.judging.rubrics.matching import matching_rubric
    from alia_judge.text.language import language_named

    if Path(name).is_file():
        return (load_rubric(name),)
    wanted, _, language = name.partition(":")
    known = wanted if wanted in BUILTIN_RUBRICS else matching_rubric(wanted, languages)
    if known is None or "/" in name or Path(wanted).suffix in (".yaml", ".yml", ".json", ".md"):
        raise UsageError(
            message(
                "--rubric {name}: there is no such file, and built in are {builtin_rubrics} (as NAME "
                "or NAME:LANG); write one of them, or the path of a rubric file",
                name=name,
                builtin_rubrics=", ".join(BUILTIN_RUBRICS),
            )
        )
    said = [language_named(language)] if language else list(languages)
    if language:
        builtin_rubric(known, said[0])  # refuses a language that it is not written in
    if scale is None:
        return (builtin_rubric(known, said[0] if said else "en"),)
    return rubrics_for(known, scale, said)


def languages_of(items: Iterable[Item]) -> list[str]:
    """The languages of the items, most frequent first, each of at least a tenth of those whose language is known."""
    count = Counter((item.language or "").replace("_", "-").split("-")[0].lower() for item in items)
    count.pop("", None)
    whole = sum(count.values())
    return [language for language, n in count.most_common() if n >= _LEAST_SHARE * whole]


def _written(languages: Sequence[str]) -> str:
    """The first of the items' languages in which prompts are written; else English."""
    from alia_judge.judging.rubrics.wording import LANGUAGES

    return next((language for language in languages if language in LANGUAGES), "en")


def rubric_text(rubric: Rubric) -> str:
    """A rubric as a file that `load_rubric` reads."""
    import yaml

    scale = rubric.scale
    short = f"{scale.low:g}-{scale.high:g}"
    plain = scale.kind == "ordinal" and not scale.labels and not scale.reverse
    written: dict[str, Any] = {
        "criterion": rubric.criterion,
        "scale": short if plain else scale.to_dict(),
        "language": rubric.language,
        "style": rubric.style,
        "instructions": rubric.instructions,
        "anchors": {int(point) if point.is_integer() else point: words for point, words in rubric.anchors.items()},
        "steps": list(rubric.steps),
    }
    return str(yaml.safe_dump(written, allow_unicode=True, sort_keys=False, width=120))
