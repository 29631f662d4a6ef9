"""`Rubric`: what a judge is asked, as data: a criterion, its scale, what each point means, and in which language."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.judging.rubrics.wording import wording_for
from alia_judge.ratings.json_lines import holds_half
from alia_judge.records import Scale

__all__ = ["Rubric", "RubricStyle"]

#: How much of the rubric the prompt spells out: all of it; the scale's ends only; the steps as a checklist; or all of
#: it under a stricter opening.
RubricStyle = Literal["anchored", "terse", "checklist", "expert"]
_STYLES: tuple[RubricStyle, ...] = get_args(RubricStyle)


@dataclass(frozen=True, kw_only=True, eq=False)
class Rubric(Record):
    """What a judge is asked. Everything a prompt says besides the item, its demonstrations and the fixed wording.

    Parameters
    ----------
    criterion
        Its name, in the user's words (``"Coherence"``).
    scale
        The values a verdict may take.
    instructions
        What the criterion means and what to look at, in `language`.
    anchors
        Words for points of the scale, by point. A point may have none; a point off the scale is refused. Where a scale
        has labels and a point has no anchor, the label stands in.
    steps
        Evaluation steps (G-Eval's), or the questions of a checklist.
    language
        BCP 47 tag of the rubric's own words; the fixed wording of the prompt follows it. Items may be in any language.
    style
        How much the prompt spells out: ``"anchored"`` everything, ``"terse"`` no anchors and no steps,
        ``"checklist"`` the steps as things to check before scoring, ``"expert"`` everything under a stricter opening.

    Raises
    ------
    UsageError
        If a field is empty that may not be, a text holds half of a character, an anchor is off the scale, or the
        language or style is unknown.

    Examples
    --------
    >>> rubric = Rubric(
    ...     criterion="Coherencia", scale=Scale.ordinal(1, 5), language="es",
    ...     instructions="¿Las frases se siguen unas de otras?",
    ...     anchors={1: "Frases sueltas, sin relación.", 5: "Un todo bien trabado."},
    ... )
    >>> rubric.anchors[5.0]
    'Un todo bien trabado.'
    >>> Rubric.from_dict(rubric.to_dict()) == rubric
    True
    """

    schema = "alia-judge/rubric/1"

    criterion: str
    scale: Scale
    instructions: str = ""
    anchors: Mapping[float, str] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    language: str = "en"
    style: RubricStyle = "anchored"

    def __post_init__(self) -> None:
        if not self.criterion.strip():
            raise UsageError(message("a rubric needs a criterion, got an empty one"))
        if self.style not in _STYLES:
            raise UsageError(
                message(
                    "a rubric's style must be one of {styles}, got {style!r}",
                    styles=", ".join(_STYLES),
                    style=self.style,
                )
            )
        if self.style == "checklist" and not self.steps:
            raise UsageError(message("a rubric of style 'checklist' needs steps to check, got none"))
        for name, text in (("criterion", self.criterion), ("instructions", self.instructions), ("steps", self.steps),
                           ("anchors", self.anchors)):  # fmt: skip
            if holds_half(text):
                raise UsageError(
                    message(
                        "half of a character stands in the {name} of {criterion!r} (an emoji cut in two), "
                        "which can be written to no file; write it whole, or leave it out",
                        name=name,
                        criterion=self.criterion,
                    )
                )
        wording_for(self.language)
        anchors = {float(point): words for point, words in sorted(self.anchors.items(), key=lambda pair: pair[0])}
        for point in anchors:
            if not self.scale.contains(point):
                raise UsageError(
                    message(
                        "anchor {point:g} is off the scale of {criterion!r}, which has {span}",
                        point=point,
                        criterion=self.criterion,
                        span=_span(self),
                    )
                )
        object.__setattr__(self, "anchors", MappingProxyType(anchors))
        object.__setattr__(self, "steps", tuple(self.steps))

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __deepcopy__(self, memo: dict[int, Any]) -> Rubric:
        return self  # immutable all through; a mapping proxy cannot be copied

    def __reduce__(self) -> tuple[Any, ...]:
        return Rubric.from_dict, (self.to_dict(),)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the rubric's canonical JSON, in hexadecimal: the same words give the same one."""
        text = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def words(self, point: float) -> str:
        """What `point` means: its anchor, else the scale's label where that is a word, else nothing."""
        if point in self.anchors:
            return self.anchors[point]
        return self.scale.label(point) if self.scale.labels else ""

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {**super().to_dict(), "anchors": {f"{point:g}": words for point, words in self.anchors.items()}}


def _span(rubric: Rubric) -> str:
    scale = rubric.scale
    if scale.kind == "continuous":
        return f"values from {scale.low:g} to {scale.high:g}"
    return "points " + ", ".join(f"{point:g}" for point in scale.points)
