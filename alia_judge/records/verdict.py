"""`Verdict`: what a judge said of an item, why it gave no score, and what that took."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from alia_judge._messages import message
from alia_judge.errors import UsageError

__all__ = ["Unscored", "Usage", "Verdict"]

#: Why a judge gave no score. A failure is a reason, never a number.
Unscored = Literal[
    "empty",  # no text at all
    "truncated",  # stopped by the token limit before a score
    "refusal",  # the model declined to judge
    "no_score",  # text without a score in it
    "ambiguous",  # several different scores
    "off_scale",  # a number that the scale does not hold
    "content_filter",  # the provider withheld the answer
    "context_too_long",  # the prompt does not fit the model
    "bad_image",  # the model could not look at the item's picture
    "error",  # the call failed for good; `Verdict.detail` says how
    "no_response",  # the item's response is empty: there is nothing to judge, and no model was asked
    "missing",  # a recorded source has no verdict for this item
    "to_people",  # the judge leaves it to people: it would too likely be wrong
]


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What one LM call consumed. Costs are US dollars as the provider's price list gives them; None where unknown."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cost: float | None = None
    seconds: float = 0.0

    @classmethod
    def total(cls, usages: Iterable[Usage]) -> Usage:
        """What several calls consumed together; the cost is unknown where one of theirs is."""
        spent = list(usages)
        costs = [usage.cost for usage in spent]
        return cls(
            prompt_tokens=sum(usage.prompt_tokens for usage in spent),
            completion_tokens=sum(usage.completion_tokens for usage in spent),
            cached_tokens=sum(usage.cached_tokens for usage in spent),
            cost=None if None in costs else math.fsum(cost for cost in costs if cost is not None),
            seconds=sum(usage.seconds for usage in spent),
        )


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a judge said of one item: a score, or unscored with a reason. Never both, never neither.

    Parameters
    ----------
    score
        The judge's score after its readout; None if unscored.
    unscored
        Why there is no score; None if there is one.
    detail
        More on the reason, for people.
    parsed
        The score the model wrote, before any readout; None if it wrote none.
    probabilities
        Probability of each scale point, normalised over the scale (they sum to 1); None where the model gave no
        log-probabilities.
    mass
        Share of the model's probability that fell on the scale before normalising: low means that the model was
        about to say something else.
    method
        ``"logprobs"`` if the score is read from log-probabilities, ``"text"`` if from the written answer, or
        ``"recorded"``.
    text
        What the model wrote, as it wrote it.
    asked
        What the model was asked otherwise than the judge wished, because it had refused that: ``"without
        log-probabilities"``. Empty where it was asked as the judge has it.
    images
        How many of the item's images the model was shown; 0 where it was given their marks alone.
    revision
        What the server said of who answered: the model by its own name, and its fingerprint. It is no part of what was
        asked, and two verdicts that differ in it alone are equal.
    parts
        Verdicts that one answer gave besides: of each criterion, of each question, of each candidate. They have no
        usage of their own.

    Examples
    --------
    >>> import alia_judge as aj
    >>> aj.Verdict(score=4.0).score
    4.0
    >>> aj.Verdict(unscored="refusal", detail="I cannot rate this.").score is None
    True
    """

    score: float | None = None
    unscored: Unscored | None = None
    detail: str | None = None
    parsed: float | None = None
    probabilities: tuple[float, ...] | None = None
    mass: float | None = None
    method: Literal["logprobs", "text", "recorded"] = "text"
    text: str = ""
    usage: Usage = field(default_factory=Usage)
    asked: tuple[str, ...] = ()
    images: int = 0
    revision: str = field(default="", compare=False)
    parts: Mapping[str, Verdict] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if (self.score is None) == (self.unscored is None):
            raise UsageError(message("a verdict has either a score or a reason why it is unscored"))

    def answered(self, asked: tuple[str, ...], revision: str, images: int = 0) -> Verdict:
        """This verdict with how it was asked, and of whom: of every call of a run, so without `replace`'s checks."""
        verdict = object.__new__(Verdict)
        verdict.__dict__.update(self.__dict__, asked=asked, revision=revision, images=images)
        return verdict

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        from dataclasses import asdict

        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Verdict:
        """The inverse of `to_dict`."""
        fields = dict(data)
        if fields.get("probabilities") is not None:
            fields["probabilities"] = tuple(fields["probabilities"])
        fields["asked"] = tuple(fields.get("asked", ()))
        fields["usage"] = Usage(**fields.get("usage", {}))
        fields["parts"] = {name: cls.from_dict(part) for name, part in fields.get("parts", {}).items()}
        return cls(**fields)
