"""The built-in rubric of a criterion as ratings on any scale, in any languages, can use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from alia_judge.judging.rubrics.builtin import builtin_rubric
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.judging.rubrics.wording import LANGUAGES
from alia_judge.records import Scale

__all__ = ["rubrics_for"]


def rubrics_for(name: str, scale: Scale, languages: Sequence[str] = ()) -> tuple[Rubric, ...]:
    """The built-in rubric `name` in each of `languages` that it is written in, in English where it is in none.

    Graded ratings keep the rubric's own points from 1 to 5, whose words it has: a judge's verdicts are put on the
    ratings' scale. For labels and pairs the rubric says what to look at, on the scale of the ratings and without
    words for points.

    Parameters
    ----------
    name
        One of `BUILTIN_RUBRICS`.
    scale
        Of the ratings.
    languages
        Of the items, most frequent first.

    Examples
    --------
    >>> [rubric.language for rubric in rubrics_for("tone", Scale.ordinal(1, 5), ["es", "pt", "ca"])]
    ['es', 'ca']
    """
    written = [language for language in languages if language in LANGUAGES] or ["en"]
    found = (builtin_rubric(name, language) for language in dict.fromkeys(written))
    graded = scale.kind in ("ordinal", "continuous")
    return tuple(rubric if graded else replace(rubric, scale=scale, anchors={}) for rubric in found)
