"""What servers answer, by dialect and situation, written from their documentation and public reports; no keys, no servers.

A dialect says how a server words an answer and a refusal; a situation, what befalls one call, and what is right: the
score 4, an unscored verdict of one of some reasons, or the run's end. `tests/runner/test_every_dialect.py` replays a part
on loopback, `benchmarks/dialects.py` all of it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loopback import Reply, chat, token

SCORE = "4"
TOKENS = [token("4", math.log(0.9), **{"5": math.log(0.08), "3": math.log(0.01)})]


@dataclass(kw_only=True)
class Dialect:
    """How one server speaks.

    Parameters
    ----------
    model, path
        The model's name as `resolve_lm` takes it, and the path under the server's root.
    protocol
        ``"chat"``, ``"responses"``, ``"anthropic"`` or ``"gemini"``.
    refusal
        A refusal's body from (message, code, status).
    words
        Its own words for a situation, where it has any.
    logprobs
        Whether it gives log-probabilities.
    options
        Further arguments of `resolve_lm`.
    thought
        The field of its message that holds what the model thought.
    """

    model: str
    refusal: Callable[[str, str, int], Any]
    words: Mapping[str, tuple[int, str, str]]
    path: str = "/v1"
    protocol: str = "chat"
    logprobs: bool = True
    options: Mapping[str, Any] = None  # type: ignore[assignment]
    thought: str = "reasoning_content"


def _openai(message: str, code: str, status: int) -> Any:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code or None}}


def _flat(message: str, code: str, status: int) -> Any:
    return {"object": "error", "message": message, "type": code or "BadRequestError", "param": None, "code": status}


def _nested(message: str, code: str, status: int) -> Any:
    return {"error": {"message": message, "type": code or "BadRequestError", "param": None, "code": status}}


def _string(message: str, code: str, status: int) -> Any:
    return {"error": message, "error_type": code or "validation"}


def _azure(message: str, code: str, status: int) -> Any:
    inner = {"code": "ResponsibleAIPolicyViolation"} if code == "content_filter" else None
    return {"error": {"message": message, "code": code or str(status), "param": None, "innererror": inner}}


def _anthropic(message: str, code: str, status: int) -> Any:
    kinds = {429: "rate_limit_error", 401: "authentication_error", 404: "not_found_error", 529: "overloaded_error"}
    return {"type": "error", "error": {"type": kinds.get(status, code or "invalid_request_error"), "message": message}}


def _google(message: str, code: str, status: int) -> Any:
    kinds = {400: "INVALID_ARGUMENT", 429: "RESOURCE_EXHAUSTED", 401: "UNAUTHENTICATED", 404: "NOT_FOUND"}
    return {"error": {"code": status, "message": message, "status": kinds.get(status, "INTERNAL")}}


def _message(message: str, code: str, status: int) -> Any:
    return {"message": message, "id": "abc"}


def _mistral(message: str, code: str, status: int) -> Any:
    return {"object": "error", "message": {"detail": [{"type": "value_error", "loc": ["body"], "msg": message}]}}


def _detail(message: str, code: str, status: int) -> Any:
    return {"detail": message}


def _openrouter(message: str, code: str, status: int) -> Any:
    raw = json.dumps({"error": {"message": message, "code": code}})
    return {
        "error": {"code": status, "message": "Provider returned error", "metadata": {"raw": raw, "provider_name": "X"}}
    }


_TPM = (
    "Request too large for model on tokens per min (TPM): Limit 6000, Requested 9000, please reduce your message size."
)
DIALECTS: dict[str, Dialect] = {
    "OpenAI chat": Dialect(
        model="openai/alias",
        refusal=_openai,
        words={
            "context": (400, "This model's maximum context length is 8192 tokens.", "context_length_exceeded"),
            "filter": (
                400,
                "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
                "invalid_prompt",
            ),
            "quota": (
                429,
                "You exceeded your current quota, please check your plan and billing.",
                "insufficient_quota",
            ),
        },
    ),
    "OpenAI responses": Dialect(
        model="openai/gpt-4.1-mini",
        refusal=_openai,
        protocol="responses",
        logprobs=False,
        options={"model_type": "responses"},
        words={
            "context": (400, "Your input exceeds the context window of this model.", "context_length_exceeded"),
            "filter": (400, "Invalid prompt: flagged as potentially violating our usage policy.", "invalid_prompt"),
        },
    ),
    "Azure": Dialect(
        model="openai/deployment",
        refusal=_azure,
        path="/openai/v1",
        words={
            "filter": (
                400,
                "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
                "content_filter",
            ),
            "rate": (429, "Requests have exceeded call rate limit. Please retry after 1 second.", "429"),
        },
    ),
    "Anthropic": Dialect(
        model="anthropic/claude-sonnet-4-5",
        refusal=_anthropic,
        protocol="anthropic",
        logprobs=False,
        words={
            "context": (400, "prompt is too long: 208310 tokens > 200000 maximum", ""),
            "filter": (400, "Output blocked by content filtering policy", ""),
            "quota": (400, "Your credit balance is too low to access the Anthropic API.", ""),
            "overloaded": (529, "Overloaded", "overloaded_error"),
        },
    ),
    "Gemini": Dialect(
        model="gemini/gemini-2.5-flash",
        refusal=_google,
        path="/v1beta",
        protocol="gemini",
        logprobs=False,
        words={
            "context": (
                400,
                "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
                "",
            ),
            "logprobs": (400, "Logprobs is not enabled for models/gemini-2.5-flash", ""),
        },
    ),
    "Gemini compatible": Dialect(
        model="openai/gemini-2.5-flash",
        refusal=lambda *said: [_google(*said)],
        path="/v1beta/openai",
        logprobs=False,
        words={
            "context": (
                400,
                "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
                "",
            ),
            "logprobs": (400, "Logprobs is not enabled for models/gemini-2.5-flash", ""),
            "system": (400, "Developer instruction is not enabled for models/gemma-3-27b-it", ""),
        },
    ),
    "Mistral": Dialect(
        model="openai/mistral-small",
        refusal=_mistral,
        logprobs=False,
        words={
            "context": (
                400,
                "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
                "",
            ),
            "logprobs": (422, "logprobs: Extra inputs are not permitted", ""),
        },
    ),
    "Cohere": Dialect(
        model="openai/command-a",
        refusal=_message,
        path="/compatibility/v1",
        words={
            "context": (
                400,
                "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000.",
                "",
            ),
        },
    ),
    "DeepSeek": Dialect(
        model="deepseek/deepseek-chat",
        refusal=_openai,
        words={
            "filter": (400, "Content Exists Risk", ""),
            "quota": (402, "Insufficient Balance", ""),
            "schema": (400, "This response_format type is unavailable now", ""),
        },
    ),
    "DashScope": Dialect(
        model="openai/qwen-plus",
        refusal=_openai,
        path="/compatible-mode/v1",
        words={
            "filter": (400, "Input data may contain inappropriate content.", "data_inspection_failed"),
            "context": (400, "Range of input length should be [1, 30720]", "invalid_parameter_error"),
            "quota": (400, "Access denied, please make sure your account is in good standing.", "Arrearage"),
        },
    ),
    "xAI": Dialect(
        model="openai/grok-4",
        refusal=lambda message, code, status: {"code": code or "invalid-argument", "error": message},
        words={
            "context": (
                400,
                "This model's maximum prompt length is 131072 but the request contains 145678 tokens.",
                "",
            ),
            "filter": (403, "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO", ""),
            "quota": (
                429,
                "Your team has either used all available credits or reached its monthly spending limit.",
                "",
            ),
        },
    ),
    "OpenRouter": Dialect(
        model="openai/vendor/model",
        refusal=_openrouter,
        path="/api/v1",
        thought="reasoning",
        words={
            "filter": (
                403,
                'The model requires moderation. Your input was flagged for "violence". No credits were charged.',
                "",
            ),
            "quota": (402, "This request requires more credits, or fewer max_tokens.", ""),
        },
    ),
    "Groq": Dialect(
        model="openai/llama-3.3-70b",
        refusal=_openai,
        path="/openai/v1",
        thought="reasoning",
        words={
            "context": (413, _TPM, "rate_limit_exceeded"),
            "rate": (429, "Rate limit reached. Please try again in 1.2s.", "rate_limit_exceeded"),
            "logprobs": (400, "property 'logprobs' is unsupported", ""),
        },
    ),
    "vLLM 0.9": Dialect(model="openai/Qwen/Qwen3-8B", refusal=_flat, words={}),
    "vLLM 0.11": Dialect(
        model="openai/Qwen/Qwen3-8B",
        refusal=_nested,
        thought="reasoning",
        words={
            "context": (
                400,
                "'max_tokens' or 'max_completion_tokens' is too large: 16. This model's maximum context length is 4096 tokens and your request has 4090 input tokens (16 > 4096 - 4090).",
                "",
            ),
        },
    ),
    "SGLang": Dialect(
        model="openai/default",
        refusal=_flat,
        words={
            "context": (400, "The input (5000 tokens) is longer than the model's context length (4096 tokens).", ""),
        },
    ),
    "Ollama": Dialect(
        model="openai/llama3.2",
        refusal=_nested,
        thought="reasoning",
        words={"context": (400, "input length exceeds maximum context length", "")},
    ),
    "llama.cpp": Dialect(
        model="openai/gguf",
        refusal=_nested,
        words={
            "context": (
                400,
                "the request exceeds the available context size, try increasing it",
                "exceed_context_size_error",
            ),
        },
    ),
    "TGI": Dialect(
        model="openai/tgi",
        refusal=_string,
        words={
            "context": (
                422,
                "Input validation error: `inputs` must have less than 4095 tokens. Given: 5000",
                "validation",
            ),
            "overloaded": (429, "Model is overloaded", "overloaded"),
        },
    ),
    "LM Studio": Dialect(
        model="openai/local",
        refusal=_string,
        words={
            "context": (400, "Trying to keep the first 5000 tokens when context the overflows.", ""),
        },
    ),
    "LiteLLM proxy": Dialect(
        model="openai/team-model",
        refusal=_openai,
        words={
            "filter": (
                400,
                "litellm.BadRequestError: litellm.ContentPolicyViolationError: AzureException - The response was filtered",
                "400",
            ),
            "context": (
                400,
                "litellm.ContextWindowExceededError: This model's maximum context length is 8192 tokens.",
                "400",
            ),
        },
    ),
    "FastAPI gateway": Dialect(model="openai/gateway", refusal=_detail, words={}),
}

#: How a model that looks at no images says so.
_BLIND: dict[str, tuple[int, str, str]] = {
    **dict.fromkeys(
        ("OpenAI chat", "OpenAI responses", "Azure"),
        (400, "Invalid content type. image_url is only supported by certain models.", "invalid_value"),
    ),
    "Anthropic": (400, "'claude-2.1' does not support image input.", ""),
    "Gemini": (400, "Image input modality is not enabled for models/gemini-pro", ""),
    "Mistral": (400, "Image input is not enabled for this model", ""),
    "DeepSeek": (
        400,
        "Failed to deserialize the JSON body into the target type: messages[1]: unknown variant `image_url`, expected "
        "`text` at line 1 column 802",
        "invalid_request_error",
    ),
    "xAI": (400, "Image inputs are not supported by this model.", ""),
    "OpenRouter": (404, "No endpoints found that support image input", ""),
    "Groq": (400, "messages[1].content must be a string", ""),
    "vLLM 0.9": (400, "alias is not a multimodal model", ""),
    "vLLM 0.11": (400, "At most 0 image(s) may be provided in one prompt.", ""),
    "Ollama": (400, "this model does not support image input (ref: b8bd630e)", ""),
    "llama.cpp": (
        500,
        "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
        "server_error",
    ),
    "TGI": (422, "messages[1].content: invalid type: sequence, expected a string", "validation"),
    "LM Studio": (400, "Model does not support images. Please use a model that does.", ""),
    "LiteLLM proxy": (400, "The provided model is not a vision model. Please provide a vision model.", ""),
    "FastAPI gateway": (422, "messages.1.content: Input should be a valid string", ""),
}
for _name, _said in _BLIND.items():
    DIALECTS[_name].words = {**DIALECTS[_name].words, "blind": _said}

#: What any server may say of a situation.
_WORDS: dict[str, tuple[int, str, str]] = {
    "context": (400, "This model's maximum context length is 4096 tokens. However, you requested 5012 tokens.", ""),
    "filter": (400, "The prompt was blocked by the content filter.", "content_filter"),
    "image": (400, "Could not process image", ""),
    "blind": (400, "This model does not support image input.", ""),
    "rate": (429, "Rate limit reached, please try again in 0.3s.", "rate_limit_exceeded"),
    "quota": (402, "Insufficient Balance", "insufficient_quota"),
    "key": (401, "Incorrect API key provided.", "invalid_api_key"),
    "model": (404, "The model `alias` does not exist.", "model_not_found"),
    "overloaded": (503, "The engine is currently overloaded, please try again later.", "overloaded"),
    "internal": (500, "Internal server error", "server_error"),
    "logprobs": (400, "logprobs are not supported with this model", "unsupported_parameter"),
    "alternatives": (400, "top_logprobs must be less than or equal to 5", "invalid_value"),
    "temperature": (400, "Unsupported value: 'temperature' does not support 0 with this model.", "unsupported_value"),
    "limit": (
        400,
        "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        "unsupported_parameter",
    ),
    "system": (400, "System role not supported", ""),
    "schema": (400, "response_format json_schema is not supported by this model", ""),
    "unexplained": (400, "Bad request", ""),
}


def answered(dialect: Dialect, body: Any, text: str | None, *, finish: str = "stop", thought: str = "") -> Any:
    """An answer in the dialect's protocol."""
    if dialect.protocol == "anthropic":
        blocks = [{"type": "thinking", "thinking": thought, "signature": "x"}] if thought else []
        blocks += [{"type": "text", "text": text}] if text else []
        reason = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}[finish]
        usage = {"input_tokens": 9, "output_tokens": 1}
        return {"id": "m", "type": "message", "role": "assistant", "model": "c", "content": blocks} | {
            "stop_reason": reason,
            "usage": usage,
        }
    if dialect.protocol == "gemini":
        parts = ([{"text": thought, "thought": True}] if thought else []) + ([{"text": text}] if text else [])
        reason = {"stop": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY"}[finish]
        candidate = {"content": {"role": "model", "parts": parts}, "finishReason": reason}
        return {"candidates": [candidate], "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 1}}
    if dialect.protocol == "responses":
        output: list[Any] = [{"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": thought}]}]
        said = [{"type": "output_text", "text": text or "", "annotations": []}]
        output = (output if thought else []) + [
            {"type": "message", "id": "o", "role": "assistant", "status": "completed", "content": said}
        ]
        cut = {"reason": "max_output_tokens" if finish == "length" else "content_filter"} if finish != "stop" else None
        status = "completed" if finish == "stop" else "incomplete"
        usage = {"input_tokens": 9, "output_tokens": 1, "total_tokens": 10}
        return {"id": "x", "object": "response", "model": "m", "status": status, "output": output} | {
            "incomplete_details": cut,
            "usage": usage,
            "error": None,
        }
    logprobs = TOKENS if text == SCORE and dialect.logprobs and body.get("logprobs") else None
    return chat(text, finish=finish, logprobs=logprobs, **({dialect.thought: thought} if thought else {}))


def refused(dialect: Dialect, name: str, headers: Mapping[str, str] | None = None) -> Reply:
    """A refusal in the dialect's words and layout."""
    status, message, code = dialect.words.get(name) or _WORDS[name]
    return status, headers or {}, dialect.refusal(message, code, status)


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What befalls the calls of one item.

    Parameters
    ----------
    act
        From (dialect, body, how many calls there were) to a reply.
    right
        ``SCORE``, reasons why there is none, or ``"end"`` where the run ends with a sentence.
    judge
        Settings of the judge.
    for_protocols
        Where it can occur; empty for everywhere.
    prompt
        The item's.
    """

    act: Callable[[Dialect, Any, int], Reply]
    right: tuple[str, ...]
    judge: Mapping[str, Any] = None  # type: ignore[assignment]
    for_protocols: tuple[str, ...] = ()
    prompt: Any = ""


def _says(text: str | None, *right: str, **how: Any) -> Situation:
    return Situation(act=lambda dialect, body, _: (200, {}, answered(dialect, body, text, **how)), right=right)


def _refuses(name: str, *right: str, when: Callable[[Any], bool] = lambda _: True, **more: Any) -> Situation:
    def act(dialect: Dialect, body: Any, _: int) -> Reply:
        return refused(dialect, name) if when(body) else (200, {}, answered(dialect, body, SCORE))

    return Situation(act=act, right=right, **more)


def _once(reply: Callable[[Dialect, Any], Reply]) -> Situation:
    def act(dialect: Dialect, body: Any, number: int) -> Reply:
        return reply(dialect, body) if number == 1 else (200, {}, answered(dialect, body, SCORE))

    return Situation(act=act, right=(SCORE,))


def _limit(body: Any) -> int:
    config = body.get("generationConfig") or {}
    found = [body.get(name) for name in ("max_tokens", "max_completion_tokens", "max_output_tokens")]
    return int(next(filter(None, [*found, config.get("maxOutputTokens")]), 10**6))


def _thinks(dialect: Dialect, body: Any, _: int) -> Reply:
    if _limit(body) < 1000:
        return 200, {}, answered(dialect, body, None, finish="length", thought="A 2, or a 3?")
    return 200, {}, answered(dialect, body, SCORE, thought="A 2, or a 3? No.")


def _thinks_aloud(dialect: Dialect, body: Any, _: int) -> Reply:
    if _limit(body) < 1000:
        return 200, {}, answered(dialect, body, "<think>\nA 2, or a 3?", finish="length")
    return 200, {}, answered(dialect, body, "<think>\nA 2, or a 3?\n</think>\n\n4")


#: A picture of one pixel.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
_IMAGE = ({"type": "text", "text": "Draw it."}, {"type": "image_url", "image_url": f"data:image/png;base64,{PIXEL}"})


def images_in(dialect: Dialect, body: Any) -> int:
    """How many of the picture a request shows, in the protocol's own parts."""
    if dialect.protocol == "gemini":
        parts = [part for content in body["contents"] for part in content["parts"]]
        held = [part.get("inlineData") or part.get("inline_data") or {} for part in parts]
        return sum(one.get("data") == PIXEL and "image/png" in one.values() for one in held)
    messages = body["input"] if dialect.protocol == "responses" else body["messages"]
    parts = [part for message in messages for part in message["content"] if isinstance(part, dict)]
    whole = f"data:image/png;base64,{PIXEL}"
    right = {
        "chat": {"type": "image_url", "image_url": {"url": whole}},
        "responses": {"type": "input_image", "image_url": whole},
        "anthropic": {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
    }[dialect.protocol]
    return sum(part == right for part in parts)


def _looks(dialect: Dialect, body: Any, _: int) -> Reply:
    """The score, where it is shown the picture; another where it is not."""
    return 200, {}, answered(dialect, body, SCORE if images_in(dialect, body) == 1 else "1")


def _sees_nothing(dialect: Dialect, body: Any, _: int) -> Reply:
    """A refusal of whatever is no text."""
    said = json.dumps(body)
    return refused(dialect, "blind") if PIXEL in said else (200, {}, answered(dialect, body, SCORE))


_CHAT = ("chat",)
SITUATIONS: dict[str, Situation] = {
    "plain": _says(SCORE, SCORE),
    "with its name": _says("Score: 4", SCORE),
    "bold": _says("**4**", SCORE),
    "of five": _says("4/5", SCORE),
    "thought apart": _says(SCORE, SCORE, thought="A 2, or rather a 3?"),
    "thought aloud": _says("<think>A 2, or a 3?</think>4", SCORE),
    "thinks beyond the limit": Situation(act=_thinks, right=(SCORE,)),
    "thinks aloud beyond the limit": Situation(act=_thinks_aloud, right=(SCORE,)),
    "cut in its reasons": _says("The response has 3 faults and 2 merits, so", "truncated", finish="length"),
    "refuses in words": _says("I'm sorry, but I can't rate this content.", "refusal", "no_score"),
    "withheld": _says(None, "content_filter", "empty", finish="content_filter"),
    "nothing": _says("", "empty"),
    "off the scale": _says("9", "off_scale"),
    "two scores": _says("3 or 4", "ambiguous"),
    "chatter": _says("This response is rather pleasant to read.", "no_score"),
    "too long": _refuses("context", "context_too_long"),
    "filtered": _refuses("filter", "content_filter"),
    "a picture": Situation(act=_looks, right=(SCORE,), prompt=_IMAGE),
    "no eyes": Situation(act=_sees_nothing, right=(SCORE,), prompt=_IMAGE),
    "bad image": _refuses("image", "bad_image", prompt=_IMAGE),
    "quota": _refuses("quota", "end"),
    "wrong key": _refuses("key", "end"),
    "no such model": _refuses("model", "end"),
    "rate limit once": _once(lambda dialect, _: refused(dialect, "rate", {"Retry-After": "0.2"})),
    "overloaded once": _once(lambda dialect, _: refused(dialect, "overloaded")),
    "internal error once": _once(lambda dialect, _: refused(dialect, "internal")),
    "a page once": _once(lambda *_: (502, {"Content-Type": "text/html"}, b"<html><h1>502 Bad Gateway</h1></html>")),
    "half an answer once": _once(
        lambda dialect, body: (200, {}, json.dumps(answered(dialect, body, "2")).encode()[:-9])
    ),
    "an error in an answer once": _once(lambda *_: (200, {}, {"error": {"message": "The engine died", "code": 500}})),
    "no logprobs": _refuses("logprobs", SCORE, when=lambda body: bool(body.get("logprobs")), for_protocols=_CHAT),
    "few alternatives": _refuses(
        "alternatives", SCORE, when=lambda body: (body.get("top_logprobs") or 0) > 5, for_protocols=_CHAT
    ),
    "no temperature": _refuses("temperature", SCORE, when=lambda body: "temperature" in body),
    "another limit": _refuses("limit", SCORE, when=lambda body: "max_tokens" in body, for_protocols=_CHAT),
    "no system": _refuses(
        "system", SCORE, when=lambda body: body["messages"][0]["role"] == "system", for_protocols=_CHAT
    ),
    "no schema": _refuses(
        "schema", SCORE, when=lambda body: "response_format" in body, for_protocols=_CHAT, judge={"output": "json"}
    ),
    "does not say": _refuses("unexplained", SCORE, when=lambda body: "temperature" in body, for_protocols=_CHAT),
    "broken off": Situation(
        act=lambda dialect, body, number: (
            (200, {}, chat("2", finish="error")) if number == 1 else (200, {}, answered(dialect, body, SCORE))
        ),
        right=(SCORE,),
        for_protocols=_CHAT,
    ),
}


def pairs() -> list[tuple[str, str]]:
    """Every dialect with every situation that can occur in it."""
    return [
        (dialect, situation)
        for dialect, spoken in DIALECTS.items()
        for situation, found in SITUATIONS.items()
        if not found.for_protocols or spoken.protocol in found.for_protocols
    ]


def outcome(dialect: str, situation: str) -> tuple[str, bool]:
    """Judge one item in a situation; what came of it (a score, a reason, or ``"end"``), and whether it is right."""
    from loopback import Loopback

    from alia_judge.errors import ModelError
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.rubrics.rubric import Rubric
    from alia_judge.models.limits import forget_logprobs
    from alia_judge.models.resolve import resolve_lm
    from alia_judge.records import Item, Scale
    from alia_judge.runner import RunOptions, run

    spoken, found = DIALECTS[dialect], SITUATIONS[situation]
    forget_logprobs()
    with Loopback(lambda body, _, number: found.act(spoken, body, number)) as server:
        options = {"api_base": server.root + spoken.path, "api_key": "k", **(spoken.options or {})}
        judge = Judge(
            Rubric(criterion="Coherence", scale=Scale.ordinal(1, 5)),
            resolve_lm(spoken.model, **options),
            **(found.judge or {}),
        )
        item = Item(item_id="a", prompt=found.prompt, response="It works.")
        try:
            (verdict,) = run(
                judge, [item], options=RunOptions(patience=8.0, timeout=8.0, concurrency=1, seed=0)
            ).verdicts
        except ModelError:
            got = "end"
        else:
            got = verdict.unscored or f"{verdict.parsed:g}"
    return got, got in found.right
