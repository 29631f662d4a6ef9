"""Rubrics written for this library: a dozen criteria, each in five languages, with words for every point."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.rubrics.files import rubric_from_mapping
from alia_judge.judging.rubrics.rubric import Rubric, RubricStyle
from alia_judge.judging.rubrics.wording import LANGUAGES, wording_for

__all__ = ["BUILTIN_RUBRICS", "builtin_rubric"]

#: Their names: the criterion in English.
BUILTIN_RUBRICS: tuple[str, ...] = (
    "clarity",
    "coherence",
    "correctness",
    "faithfulness",
    "fluency",
    "helpfulness",
    "inclusive_language",
    "privacy",
    "refusal",
    "relevance",
    "safety",
    "stereotypes",
    "tone",
)


def builtin_rubric(name: str, language: str = "en", *, style: RubricStyle = "anchored") -> Rubric:
    """The built-in rubric of a criterion, on a scale from 1 to 5.

    Parameters
    ----------
    name
        One of `BUILTIN_RUBRICS`. ``"correctness"`` judges against the item's reference, ``"faithfulness"`` against its
        context; ``"tone"`` is for customer service; ``"refusal"`` judges whether and how a reply declines. On all of
        them 5 is best: free of stereotypes, not full of them.
    language
        One of ``ca``, ``en``, ``es``, ``eu``, ``gl``.
    style
        As in `Rubric`. The steps are questions whose yes is good, so the rubric also serves `ChecklistJudge`.

    Raises
    ------
    UsageError
        If there is none of that name, or not in that language.

    Examples
    --------
    >>> builtin_rubric("coherence", "gl").anchors[5.0]
    'Un todo ben trabado, con cada frase no seu sitio.'
    """
    if name not in BUILTIN_RUBRICS:
        raise UsageError(
            message(
                "a built-in rubric is one of {builtin_rubrics}, got {name!r}",
                builtin_rubrics=", ".join(BUILTIN_RUBRICS),
                name=name,
            )
        )
    wording_for(language)  # refuses a language that is not there
    base = language.replace("_", "-").split("-")[0].lower()
    return rubric_from_mapping({**_written(name)[base], "scale": "1-5", "language": base, "style": style})


@cache
def _written(name: str) -> dict[str, Any]:
    text = (files("alia_judge.judging.rubrics") / "texts" / f"{name}.yaml").read_text("utf-8")
    written: dict[str, Any] = yaml.safe_load(text)
    return {language: written[language] for language in LANGUAGES}
