"""What a refused call was refused for: its item, the account, or one setting; one table for every engine and server.

A server that words a refusal in a way of its own is one more pattern here, with where it is from. Patterns are read
without regard to case over the message and the short codes beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dspy import (
    ContextWindowExceededError,
    LMAuthError,
    LMBillingError,
    LMConfigurationError,
    LMRateLimitError,
    LMUnsupportedFeatureError,
    LMUnsupportedModelError,
)

from alia_judge._messages import Message
from alia_judge.models.error_body import ErrorBody, read_error
from alia_judge.models.lm15_reply import reply_of
from alia_judge.models.waiting import asked_wait, wait_in_words

__all__ = [
    "Reason",
    "Refusal",
    "fewer_alternatives",
    "named_settings",
    "reads_text_alone",
    "refusal_of",
    "token_limit",
    "wait_of",
]

#: ``"context_too_long"``, ``"content_filter"``, ``"bad_image"``: of the item. ``"quota"``: nothing more is answered
#: until somebody pays. ``"key"``, ``"model"``: nothing is. ``"rate"``: later. ``"other"``: of a setting, or unknown.
Reason = Literal["context_too_long", "content_filter", "bad_image", "quota", "key", "model", "rate", "other"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a call was refused for.

    Parameters
    ----------
    reason
        See `Reason`.
    message
        The server's words, with its codes, on one line.
    setting
        Which part of the request the server names as the one at fault; empty for none.
    """

    reason: Reason
    message: str
    setting: str = ""


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


#: A prompt that does not fit. Each with who says so.
_CONTEXT = _any(
    r"context_length_exceeded|exceed_context_size|string_above_max_length|context_window_exceeded",  # OpenAI, llama.cpp
    r"context[ _]?(?:length|window|size|limit)s?\b(?! (?:is |must be )?(?:not )?supported)",  # most
    r"max(?:imum)? (?:model|prompt|input|sequence) len(?:gth)?",  # vLLM, xAI, TensorRT-LLM
    r"prompt[^.]{0,60}(?:too (?:long|large|big)|exceeds?|longer than)",  # Anthropic, vLLM, Zhipu, Ollama
    r"(?:input|request|text|message)s?[^.]{0,40} (?:is|are) too (?:long|large|big)\b",  # Bedrock, Cohere
    r"\binputs?[^.]{0,60}(?:longer than|exceeds?\b)",  # SGLang, Gemini, Together
    r"(?:input|total|prompt) token(?:s|[ _]count)[^.]{0,60}(?:exceed|limit|larger|greater|maximum)",  # OpenAI, Gemini
    r"token (?:count|limit)[^.]{0,40}(?:exceed|reached|max)|exceed\w*[^.]{0,30} token limit",  # Databricks, Moonshot
    r"too many (?:input |prompt )?tokens|tokens?[^.]{0,80}cannot exceed",  # Cohere, AI21
    r"reduce (?:the length of (?:the |your )?|your )(?:messages?|prompt|input|text)",  # OpenAI, Groq
    r"shorter (?:prompt|input|text)|shorten (?:the |your )?(?:prompt|input|text)",  # Cohere, LM Studio
    r"inputs?`? (?:tokens? .{0,60}must be <=|must have less than \d+ tokens)",  # TGI
    r"requested tokens?\b[^.]{0,40}exceed|trying to keep the first \d+ tokens",  # llama-cpp-python, LM Studio
    r"range of input length",  # DashScope
    r"request too large[^.]{0,80}(?:tokens? per min|\btpm\b)|tokens must be reduced",  # OpenAI and Groq: can never pass
    r"(?:payload|entity|body) too large|request_too_large",  # a gateway's 413
)
#: What is the account's, and not the item's, though it speaks of content.
_ACCOUNT = _any(
    r"your (?:account|organi[sz]ation|project|access|api key|ip)\b[^.]{0,60}(?:flag|suspend|block|disabl|deactiv)"
)
#: An item that a provider will not have judged.
_FILTER = _any(
    r"content[ _-]?(?:filter|management policy|policy|moderation|safety)|content_policy_violation",  # Azure, LiteLLM
    r"responsible ?ai|responsibleaipolicyviolation",  # Azure
    r"violat\w*[^.]{0,40}(?:usage|polic|guideline|terms)|usage (?:polic(?:y|ies)|guidelines)",  # OpenAI, xAI
    r"flagged (?:as|for|by)|your (?:input|prompt|request|message) (?:was|has been|is) flagged|invalid_prompt",  # OpenAI
    r"requires? moderation|moderation_blocked|failed (?:the )?moderation|safety_check|safety system",  # OpenRouter, xAI
    r"content exists risk",  # DeepSeek
    r"data_?inspection|inappropriate content|datainspectionfailed",  # DashScope
    r"sensitive (?:content|information|words?)|sensitive_words|contentfilter|unsafe content",  # Zhipu, one-api
    r"敏感|不安全|违规",  # the same in Chinese
    r"(?:prompt|input|output|response|candidate|request|content)s? (?:was |were |is |has been )?blocked\b",  # Gemini
    r"blocked (?:by|due to)[^.]{0,60}(?:filter|safety|guardrail|policy)|guardrail",  # Bedrock, Portkey
    r"prohibited[_ ]content|\bblocklist\b|\brecitation\b|\bspii\b|finish_?reason:? ?(?:safety|\"safety\")",  # Gemini
)
#: A picture that could not be read, or that this model does not look at.
_IMAGE = _any(
    r"(?:invalid|unsupported|corrupt\w*|could not|cannot|can't|failed to|unable to|error)[^.]{0,60}\b(?:image|picture)",
    r"\bimages?(?:_url)?\b[^.]{0,60}(?:invalid|not supported|unsupported|not valid|could not|cannot|too (?:large|small)"
    r"|exceeds?|corrupt|malformed|failed)",
    r"(?:does not|doesn't|not) support (?:image|vision|multimodal)|not a multimodal model",
    r"(?:not|represent) a valid image|invalid_image|image_parse_error",
)
#: What is wrong with one image, and not with the model's eyes.
_OF_ONE = r"(?!\w* ?(?:format|type|media|size|file|resolution|dimension|with|of|larger|over|above|that))"
#: A model that looks at no picture at all, or a server that takes no parts. Each with who says so.
_BLIND = _any(
    r"(?:n't|\bnot|\bcannot|\bno)\b[^.]{0,40}\b(?:support|accept)(?:s|ed)?\b[^.]{0,40}"
    rf"\b(?:images?|vision|multi-?modal|pictures?)\b{_OF_ONE}",  # Ollama, LM Studio, xAI, Volcengine
    r"\bmodel\b[^.]{0,30}(?:n't|\bnot|\bcannot)\b (?:see|view|look at|read|process|handle) (?:images|pictures)",
    rf"\b(?:images?|vision|multi-?modal)\b(?:{_OF_ONE}[^.]){{0,30}} (?:is|are) (?:not |un)"
    # llama.cpp, Mistral, xAI, Gemini
    r"(?:supported|enabled|available|allowed)[^.]{0,30}(?:model|endpoint|deployment|server|$|[.-])",
    r"\bnot a (?:multi-?modal|vision|vlm)\b|\btext[ -]only\b|only supports? text",  # vLLM, LiteLLM, SGLang
    r"at most 0 image|endpoints found that support image|missing data required for image",  # vLLM, OpenRouter, Ollama
    r"unknown variant `image_url`|invalid (?:content )?type[.:]? ?['\"`]?image_url",  # DeepSeek, OpenAI
    r"content\b[^.]{0,60}(?:must be a|should be a valid|is not a|expected a?) ?string",  # Groq, FastAPI
    r"(?:cannot unmarshal|invalid type:?) (?:array|sequence|list).{0,80}string",  # servers in Go and Rust
    r"reads text, not image|\bmmproj\b|not compiled for multimodal",  # the embedded one, llama.cpp, llamafile
)
#: No money, or no more of what was bought.
_QUOTA = _any(
    r"insufficient[_ -](?:quota|balance|credits?|funds?|user_quota)",  # OpenAI, DeepSeek, one-api
    r"exceeded your current quota|current_quota|billing_(?:hard_limit|not_active|error)|hard limit",  # OpenAI, Moonshot
    r"credit balance is too low|(?:not enough|out of|requires more) credits",  # Anthropic, OpenRouter, Together
    r"arrearage|overdue[- ]payment|account[^.]{0,30}(?:overdue|arrears)",  # DashScope
    r"payment[_ ]required|(?:monthly|spend(?:ing)?) (?:spend(?:ing)? )?(?:limit|cap)",  # xAI, Gemini
    r"余额不足|欠费|quota[^.]{0,20}(?:exhausted|used up|depleted)|\ballocationquota\b",  # Zhipu, DashScope
)
_PAYMENT_REQUIRED, _UNAUTHORISED, _TOO_MANY, _TOO_LARGE = 402, 401, 429, 413
_FORBIDDEN = 403


def refusal_of(error: BaseException, secrets: Sequence[str] = ()) -> Refusal:
    """What a failed call was refused for, whichever engine it went through.

    Parameters
    ----------
    error
        As the engine raised it.
    secrets
        What is taken out of the words: some servers send a key back.

    Examples
    --------
    >>> refusal_of(ValueError("prompt is too long: 208310 tokens > 200000 maximum")).reason
    'context_too_long'
    >>> refusal_of(ValueError("Content Exists Risk")).reason
    'content_filter'
    """
    said = _said(error)
    status = getattr(error, "status", None)
    text = " ".join((said.message, *said.codes))
    message = _line(said)
    own = getattr(error, "message", None)
    if isinstance(own, Message) and own == message and not any(secret in own for secret in secrets):
        message = own  # a sentence of this library's, which can be shown in the reader's language
    else:
        for secret in secrets:
            message = message.replace(secret, "[secret]")
    return Refusal(reason=_reason(error, text, status), message=message, setting=said.setting)


def reads_text_alone(refusal: Refusal) -> bool:
    """Whether a question with images was refused because this model, or its server, takes none at all.

    Examples
    --------
    >>> reads_text_alone(Refusal("bad_image", "This model does not support image input."))
    True
    >>> reads_text_alone(Refusal("bad_image", "Could not process image"))
    False
    """
    return _BLIND.search(f"{refusal.message} {refusal.setting}") is not None


def wait_of(error: BaseException) -> float | None:
    """Seconds that the server asked to wait before the call is tried again; None where it did not say."""
    seconds = getattr(error, "retry_after", None)
    if seconds is not None:
        return float(seconds)
    headers, body = reply_of(error)
    return asked_wait(headers, body, _said(error).message)


def _reason(error: BaseException, text: str, status: int | None) -> Reason:
    if status == _UNAUTHORISED:
        return "key"
    if _QUOTA.search(text) or isinstance(error, LMBillingError) or status == _PAYMENT_REQUIRED:
        waits = getattr(error, "retry_after", None) is not None or wait_in_words(text) is not None
        return "rate" if waits and status == _TOO_MANY else "quota"
    if not _ACCOUNT.search(text) and _FILTER.search(text):
        return "content_filter"
    if isinstance(error, ContextWindowExceededError) or status == _TOO_LARGE or _CONTEXT.search(text):
        return "context_too_long"
    if isinstance(error, LMRateLimitError) or status == _TOO_MANY:
        return "rate"
    if _IMAGE.search(text):
        return "bad_image"
    if isinstance(error, LMUnsupportedModelError):
        return "model"
    # A key that may not ask for one thing may well ask for the rest.
    return "key" if isinstance(error, LMAuthError) and status != _FORBIDDEN else "other"


#: How servers call the parts of a request: what is sent, and the words that name it.
_NAMES: Mapping[str, re.Pattern[str]] = {
    "top_logprobs": _any(r"top_?log_?probs?|number of (?:log_?probs|alternatives)|sample logprobs"),
    "logprobs": _any(r"log_?probs?\b|log[- ]probabilit|responselogprobs|out of range float values"),
    "enable_thinking": _any(r"enable_thinking\b.{0,60}(?:false|non-?stream)"),
    "stream": _any(
        r"only supports? (?:the )?stream|stream(?:ing)?[- ]only|streaming is required|stream must be",
        r"(?:enable|set|use|requires?) (?:the )?[`'\"]?stream(?:ing)?\b|non-?stream\w* .{0,40}(?:not|un)",
    ),
    "temperature": _any(r"\btemperature\b"),
    "max_completion_tokens": _any(r"max_completion_tokens"),
    "max_tokens": _any(r"\bmax_?(?:output_|new_)?tokens\b|maxoutputtokens"),
    "system": _any(
        r"system[ _](?:role|message|prompt|instruction)|developer instruction|\"?'?system'?\"? role",
        r"role[^.]{0,40}\bsystem\b|roles must alternate|only .{0,20}user.{0,20}assistant",
    ),
    "response_format": _any(
        r"response_?format|json_?(?:schema|object|mode)|structured[ _]?outputs?|guided|grammar",
        r"responseschema|output_format",
    ),
}


def named_settings(refusal: Refusal, asked: Iterable[str]) -> list[str]:
    """Which parts of the request a refusal names, the likeliest first.

    The one the server points to comes first, then those its words name, in their order: servers quote the request, and
    what is quoted comes last.

    Parameters
    ----------
    refusal
        What was said.
    asked
        The settings that were sent; others are not looked for, but for those that a server may want instead.

    Examples
    --------
    >>> named_settings(Refusal("other", "`temperature` is deprecated for this model."), ["temperature", "seed"])
    ['temperature']
    """
    asked = list(asked)
    patterns = {name: re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE) for name in asked} | {
        name: pattern
        for name, pattern in _NAMES.items()
        if name in asked or name in ("enable_thinking", "stream", "system")
    }
    places = {}
    for name, pattern in patterns.items():
        if refusal.setting and pattern.search(refusal.setting):
            places[name] = -1
        elif found := pattern.search(refusal.message):
            places[name] = found.start()
    # What a longer name holds is not named itself: "top_logprobs", "max_completion_tokens in place of max_tokens".
    return sorted(places, key=lambda name: (places[name], -len(name)))


_BOUNDS = (
    (re.compile(r"[\[(]\s*\d+\s*,\s*(\d+)\s*\)"), -1),
    (re.compile(r"[\[(]\s*\d+\s*,\s*(\d+)\s*\]"), 0),
    (re.compile(r"(\d+)\s*\(exclusive\)"), -1),
    (
        re.compile(
            r"(?:less than or equal to|at most|no more than|not exceed|up to|<=|≤|between \d+ (?:and|to)|from \d+ to"
            r"|cannot exceed|\bmax(?:imum)?(?: allowed)?(?: value)?(?: is| of)?:?)\s*(\d+)"
        ),
        0,
    ),
    (re.compile(r"(?:less than|below|smaller than|<)\s*(\d+)"), -1),
)
_NUMBER = re.compile(r"(?<![\w.])\d{1,7}(?![\w.]*\d)")
_TOO_HIGH = re.compile(
    r"too (?:large|many|high|big)|exceed|max|limit|at most|range|greater|between|up to", re.IGNORECASE
)
#: What to try after a refusal of so many that names no number.
_COMMON_LIMIT = 5


def fewer_alternatives(message: str, asked: int) -> int:
    """How many alternatives of a token to ask for, after `asked` were refused in these words; 0 for none.

    Examples
    --------
    >>> fewer_alternatives("the supported range is from 1 (inclusive) to 6 (exclusive)", 20)
    5
    >>> fewer_alternatives("You are not allowed to request logprobs from this model", 20)
    0
    """
    bound = _bound(message, asked)
    if bound is not None:
        return bound
    smaller = [number for number in map(int, _NUMBER.findall(message)) if 0 < number < asked]
    if smaller:
        return max(smaller)
    return _COMMON_LIMIT if asked > _COMMON_LIMIT and _TOO_HIGH.search(message) else 0


def token_limit(message: str, asked: int) -> int | None:
    """Another limit on an answer's tokens that the words of a refusal name; None where they name none.

    Examples
    --------
    >>> token_limit("Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 4", 4)
    16
    """
    bound = _bound(message, asked)
    if bound:
        return bound
    least = re.search(r"(?:at least|>=|≥|greater than or equal to|minimum(?: value)?(?: is| of)?:?)\s*(\d+)", message)
    return int(least[1]) if least and int(least[1]) > asked else None


def _bound(message: str, asked: int) -> int | None:
    lowered = message.lower()
    for pattern, beyond in _BOUNDS:
        for found in pattern.findall(lowered):
            if 0 <= int(found) + beyond < asked:
                return int(found) + beyond
    return None


def _said(error: BaseException) -> ErrorBody:
    message = getattr(error, "message", None) or str(error)
    code = getattr(error, "provider_code", None)
    # What this library says of a setting has its own words; the reply that led to it is not looked for.
    _, body = ((), b"") if isinstance(error, (LMUnsupportedFeatureError, LMConfigurationError)) else reply_of(error)
    if body:
        read = read_error(body)
        if read.message:
            return ErrorBody(message=read.message, codes=read.codes, setting=read.setting)
    # SDKs append their advice and tracebacks, with this machine's paths, after an empty line.
    text = str(message).partition("\n\n")[0]
    return ErrorBody(message=" ".join(text.split()), codes=(str(code),) if code else ())


def _line(said: ErrorBody) -> str:
    """On one line, without what would act on a terminal."""
    codes = [code for code in said.codes if not code.isdigit() and code not in said.message]
    text = f"{said.message} ({', '.join(codes)})" if codes else said.message
    return "".join(letter if letter.isprintable() else " " for letter in text)
