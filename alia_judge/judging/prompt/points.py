"""`PointsShown`: in which order a prompt lists the points of a scale, and what it calls them."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Scale

__all__ = ["AS_USUAL", "PointNames", "PointOrder", "PointsShown"]

PointOrder = Literal["ascending", "descending"]
#: ``"digits"``: the scale's own numbers; ``"letters"``: A, B, C ... in the order they are listed in; ``"words"``: the
#: scale's labels, or else the numbers in words.
PointNames = Literal["digits", "letters", "words"]

#: Whole numbers from 0 to 10 in words, by language.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    "es": ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez"),
    "ca": ("zero", "u", "dos", "tres", "quatre", "cinc", "sis", "set", "vuit", "nou", "deu"),
    "eu": ("zero", "bat", "bi", "hiru", "lau", "bost", "sei", "zazpi", "zortzi", "bederatzi", "hamar"),
    "gl": ("cero", "un", "dous", "tres", "catro", "cinco", "seis", "sete", "oito", "nove", "dez"),
}
#: What stands for a named point where the answer is read: no number that anybody would write.
_FIRST_CODE = 1001.0


@dataclass(frozen=True, kw_only=True)
class PointsShown:
    """How the points of a scale are listed and called.

    A model may prefer what is listed first, or a digit or letter whatever it stands for; listing the points the other
    way round, or calling them something else, shows how much, and the mean of both orders takes it out.

    Parameters
    ----------
    order
        From the lowest or from the highest.
    names
        What they are called.

    Examples
    --------
    >>> shown = PointsShown(order="descending", names="letters")
    >>> shown.named(Rubric(criterion="Tone", scale=Scale.ordinal(1, 3)))
    {3.0: 'A', 2.0: 'B', 1.0: 'C'}
    """

    order: PointOrder = "ascending"
    names: PointNames = "digits"

    def __post_init__(self) -> None:
        for name, known in (("order", PointOrder), ("names", PointNames)):
            if getattr(self, name) not in get_args(known):
                raise UsageError(
                    message(
                        "the points' {name} is one of {known}, got {value!r}",
                        name=name,
                        known=", ".join(get_args(known)),
                        value=getattr(self, name),
                    )
                )

    @property
    def usual(self) -> bool:
        """Whether it is how points are shown unless anything is said."""
        return self.order == "ascending" and self.names == "digits"

    def check(self, rubric: Rubric) -> None:
        """Refuse a scale whose points cannot be listed so.

        Raises
        ------
        UsageError
            If the scale has no points of its own to list, more than there are letters, or points without words.
        """
        if self.usual:
            return
        scale = rubric.scale
        if not scale.points or scale.kind == "pairwise":
            raise UsageError(
                message("a {kind} scale has no points to list in another order or by other names", kind=scale.kind)
            )
        if self.names == "letters" and len(scale.points) > len(string.ascii_uppercase):
            raise UsageError(
                message("there are letters for at most 26 points, got {n}; take names 'digits'", n=len(scale.points))
            )
        if self.names == "words" and not scale.labels and not all(point in range(11) for point in scale.points):
            raise UsageError(
                message("there are words for whole points from 0 to 10; give the scale labels, or take 'digits'")
            )

    def named(self, rubric: Rubric) -> dict[float, str]:
        """The name of each point, in the order they are listed in."""
        scale = rubric.scale
        points = scale.points if self.order == "ascending" else tuple(reversed(scale.points))
        if self.names == "letters":
            return dict(zip(points, string.ascii_uppercase, strict=False))
        if self.names == "words":
            words = _WORDS[rubric.language.replace("_", "-").split("-")[0].lower()]
            return {point: scale.label(point) if scale.labels else words[int(point)] for point in points}
        return {point: f"{point:g}" for point in points}

    def asked(self, rubric: Rubric) -> tuple[Scale, dict[float, float]]:
        """The scale that the answer is written on, and for each of its points the rubric's."""
        if self.names == "digits":
            return rubric.scale, {point: point for point in rubric.scale.points}
        named = self.named(rubric)
        codes = tuple(_FIRST_CODE + place for place in range(len(named)))
        asked = Scale(kind="nominal", points=codes, labels=tuple(named.values()))
        return asked, dict(zip(codes, named, strict=True))


#: How points are shown unless anything is said.
AS_USUAL = PointsShown()
