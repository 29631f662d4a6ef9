"""What a failed call means: try again, give up on the item, or give up on the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from dspy import (
    LMAuthError,
    LMBillingError,
    LMConfigurationError,
    LMError,
    LMInvalidRequestError,
    LMProviderError,
    LMStreamAssemblyError,
    LMUnexpectedError,
    LMUnsupportedFeatureError,
    LMUnsupportedModelError,
    is_retryable_lm_error,
)

from alia_judge._messages import message
from alia_judge.models.refusals import refusal_of, wait_of
from alia_judge.models.secrets import secrets_of

__all__ = ["Fault", "fault_of"]

#: Every item would meet the same: a wrong key, no credit, a wrong model name, a setting the model refuses.
_OF_THE_MODEL = (LMAuthError, LMBillingError, LMConfigurationError, LMUnsupportedModelError, LMUnsupportedFeatureError)
#: An answer that arrived broken (cut short, not JSON, without a choice in it) may arrive whole the next time.
_BROKEN_ANSWER = (LMStreamAssemblyError, LMUnexpectedError)
_OK, _OVERLOADED, _TOO_EARLY = 200, 503, 425
_REDIRECTS = (300, 400)
_DETAIL = 300


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A failed call.

    Parameters
    ----------
    consequence
        ``"retry"``: what failed may pass. ``"item"``: this item will not be answered. ``"model"``: none will.
    detail
        What happened, for people.
    pushback
        Whether the server asked for fewer calls (429, 503): all calls slow down, not only this one.
    retry_after
        Seconds the server asked to wait, if it did.
    """

    consequence: Literal["retry", "item", "model"]
    detail: str
    pushback: bool = False
    retry_after: float | None = None


def fault_of(error: BaseException, lm: Any = None) -> Fault | None:
    """What `error` means for a bulk run on `lm`; None if it is no failure of a call, but a bug or the user's."""
    if isinstance(error, TimeoutError):
        return Fault(consequence="retry", detail=message("the call took longer than its time limit"))
    if not isinstance(error, LMError):
        return None
    refusal = refusal_of(error, () if lm is None else secrets_of(lm))
    said = refusal.message if len(refusal.message) <= _DETAIL else refusal.message[:_DETAIL]
    detail = message(
        "{kind}: [{model}] {said}",
        kind=type(error).__name__,
        model=error.model,
        said=said or message("HTTP {status}", status=str(error.status)),
    )
    if error.status is not None and _REDIRECTS[0] <= error.status < _REDIRECTS[1]:
        # Not followed: what a server says must not decide where the key and the items go.
        detail = message(
            "the server redirects, which is not followed; set api_base to where it serves ({detail})", detail=detail
        )
        return Fault(consequence="model", detail=detail)
    if refusal.reason == "quota":
        detail = message(
            "its quota or credit is used up; see to the account and run this again ({detail})", detail=detail
        )
        return Fault(consequence="model", detail=detail)
    if isinstance(error, _OF_THE_MODEL):
        return Fault(consequence="model", detail=detail)
    if isinstance(error, LMInvalidRequestError):
        return Fault(consequence="item", detail=detail)
    pushback = refusal.reason == "rate" or error.status == _OVERLOADED
    # A provider's error that is none of its kinds, under a status of success: the body was not the answer it should be.
    broken = isinstance(error, _BROKEN_ANSWER) or (type(error) is LMProviderError and error.status in (None, _OK))
    transient = broken or error.status == _TOO_EARLY or is_retryable_lm_error(error)
    return Fault(
        consequence="retry" if transient else "item",
        detail=detail,
        pushback=pushback,
        retry_after=wait_of(error),
    )
