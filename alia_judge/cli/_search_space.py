"""The space that ``alia-judge compile`` searches, from its options."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alia_judge._messages import message
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from alia_judge.cli._rubrics import ChosenRubrics
    from alia_judge.compiling.space.space import SearchSpace
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.rubrics.rubric import Rubric

__all__ = ["searched"]


def searched(
    models: Sequence[str],
    *,
    chosen: ChosenRubrics,
    rubric_languages: Sequence[str] = (),
    kinds: Sequence[str] = (),
    criteria: Sequence[Path] = (),
    points: Sequence[str] = (),
    samples: Sequence[int] = (),
    reasonings: Sequence[str] = (),
) -> tuple[Judge, SearchSpace]:
    """The judge to start from and the space around it.

    Parameters
    ----------
    models
        Names of models, at least one.
    chosen
        The rubrics to try, the first of them the judge's own.
    criteria
        Files of the rubrics that an analytic judge asks one by one.
    rubric_languages, kinds, points, samples, reasonings
        What the options of the same names say; empty is the default.

    Raises
    ------
    UsageError
        If an option is wrong, or the rubrics are not such that one may follow the item's language.
    """
    from dataclasses import replace

    from alia_judge.compiling.space.space import SearchSpace
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.rubrics.files import load_rubric
    from alia_judge.models.resolve import resolve_lm

    # A small model keeps to a number where its answer is begun for it; only llama.cpp in this process continues one.
    local = all(name == "embedded" or name.startswith("gguf:") for name in models)
    judge = Judge(chosen.rubrics[0], resolve_lm(models[0]), layout="prefill" if local else "chat")
    space = SearchSpace.around(judge, models=models if len(models) > 1 else ())
    named: dict[str, Any] = {
        "rubrics": chosen.rubrics,
        "rubrics_by_language": _followed(chosen.rubrics, rubric_languages) if rubric_languages else chosen.by_language,
        "kinds": tuple(kinds),
        "criteria": tuple(load_rubric(path) for path in criteria),
        "granularities": tuple(_points(one) for one in points),
        "samples": tuple(samples),
        "reasonings": tuple(reasonings),
    }
    return judge, replace(space, **{name: value for name, value in named.items() if value})


def _followed(rubrics: Sequence[Rubric], languages: Sequence[str]) -> tuple[tuple[Rubric, ...], ...]:
    """For ``item``, the rubrics of each style as one that follows the item's language."""
    if unknown := sorted(set(languages) - {"own", "item"}):
        raise UsageError(message("--rubric-language is own or item, got {unknown!r}", unknown=unknown[0]))
    if "item" not in languages:
        return ()
    styles = list(dict.fromkeys(rubric.style for rubric in rubrics))
    return tuple(tuple(rubric for rubric in rubrics if rubric.style == style) for style in styles)


def _points(text: str) -> int | None:
    if text == "own":
        return None
    try:
        return int(text)
    except ValueError:
        raise UsageError(
            message("--points takes a number of points, or own for the scale's, got {text!r}", text=text)
        ) from None
