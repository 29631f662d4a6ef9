"""`LanguageJudge`: each item is judged by the rubric in its own language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds.composite import CompositeJudge, part_of
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Item, Judgments, Scale, Verdict

__all__ = ["LanguageJudge"]


class LanguageJudge(CompositeJudge):
    """Asks the judge whose rubric is in the item's language: one call an item.

    An item of another language, or of none that is declared, is judged by the first.

    Parameters
    ----------
    judges
        One for each language, on one scale.

    Raises
    ------
    UsageError
        If two are in one language, or their scales differ.

    Examples
    --------
    >>> from alia_judge.judging.rubrics.builtin import builtin_rubric
    >>> judge = LanguageJudge([Judge(builtin_rubric("helpfulness", language)) for language in ("es", "eu")])
    >>> judge.languages
    ('es', 'eu')
    """

    kind: ClassVar[str] = "by_language"

    def __init__(self, judges: Sequence[Judge]) -> None:
        if not judges:
            raise UsageError(message("a by_language judge needs a judge for at least one language, got none"))
        languages = [_base(judge.rubric.language) for judge in judges]
        if len(set(languages)) < len(languages):
            raise UsageError(
                message("there must be one rubric a language, got {languages}", languages=", ".join(languages))
            )
        if len({judge.scale for judge in judges}) > 1:
            raise UsageError(
                message("rubrics of several languages must be on one scale to be judges of the same thing")
            )
        super().__init__(judges[0].rubric, judges)

    @property
    def scale(self) -> Scale:
        """The scale of its verdicts: its members'."""
        return self.members[0].scale

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of its rubrics; the first is for every other."""
        return tuple(_base(member.rubric.language) for member in self.members)

    def asked(self, place: int, so_far: Sequence[Judgments], items: Sequence[Item]) -> list[Item | None]:  # noqa: ARG002
        """The items of the member's language; the first member is shown those of no other's too."""
        places = {language: number for number, language in enumerate(self.languages)}
        return [item if places.get(_base(item.language or ""), 0) == place else None for item in items]

    def combine(self, judgments: Sequence[Judgments], items: Sequence[Item]) -> list[Verdict]:
        """What the member said that was asked."""
        shown = np.array(
            [[view is not None for view in self.asked(place, (), items)] for place in range(len(self.members))]
        )
        return [part_of(judgments[int(place)], row, self.scale) for row, place in enumerate(shown.argmax(axis=0))]

    def options(self) -> dict[str, Any]:
        """None: the languages are the members' rubrics'."""
        return {}

    def described(self) -> list[str]:
        """Which languages there are."""
        return [
            message(
                "asks in the language of the item: {languages}; the first for every other",
                languages=", ".join(self.languages),
            )
        ]

    @classmethod
    def rebuilt(cls, rubric: Rubric, members: Sequence[Judge], **options: Any) -> Self:  # noqa: ARG003
        """A judge of this kind around its members."""
        return cls(members)


def _base(language: str) -> str:
    return language.replace("_", "-").split("-")[0].lower()
