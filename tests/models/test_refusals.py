"""What servers say when they refuse, in their words and layouts, and what it is taken for."""

from __future__ import annotations

import json

import dspy
import pytest

from alia_judge._messages import Message, message
from alia_judge.models.error_body import read_error
from alia_judge.models.refusals import (
    Refusal,
    fewer_alternatives,
    named_settings,
    reads_text_alone,
    refusal_of,
    token_limit,
)

ASKED = ("temperature", "max_tokens", "logprobs", "top_logprobs", "response_format", "top_k")

#: Wordings by the reason they mean, with who says so; others than those the patterns were written from.
WORDS = {
    "context_too_long": [
        "This endpoint's maximum context length is 32768 tokens. However, you requested about 40000.",  # OpenRouter
        "Input length 9000 exceeds the maximum allowed input length of 8192.",  # TensorRT
        "inputs tokens + max_new_tokens must be <= 8192. Given: 9000 inputs tokens and 16 max_new_tokens",  # Fireworks
        "The prompt is too long: 9000, model maximum context length: 8192",  # Fireworks
        "Request body too large for model",  # GitHub Models
        "exceeded max context length",  # Ollama
        "Your input exceeds the context window of this model. Please adjust your input.",  # OpenAI
        "ValidationException: Input is too long for requested model.",  # Bedrock
        "The input token count (40000) exceeds the maximum number of tokens allowed (32768).",  # Gemini
        "Please reduce the length of the prompt.",  # older OpenAI
        "too many input tokens",  # AI21
        "the request exceeds the available context size. try increasing the context size or enable context shift",
    ],
    "content_filter": [
        "The content of the prompt was blocked because of a violation of our guidelines.",
        "Your request was rejected as a result of our safety system.",  # OpenAI
        "Response blocked by guardrail",  # Bedrock
        "Output data may contain inappropriate content.",  # DashScope
        "The request was rejected because it was considered high risk: content moderation",  # Moonshot
        "系统检测到输入或生成内容可能包含不安全或敏感内容",  # Zhipu
        "Content violates usage guidelines.",  # xAI
        "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",  # OpenAI
    ],
    "bad_image": [
        "image exceeds 5 MB maximum: 6000000 bytes > 5242880 bytes",  # Anthropic
        "Could not process image",  # Anthropic
        "Invalid image data: cannot identify image file",  # vLLM
        "The image data you provided does not represent a valid image.",  # OpenAI
        "image_url: unsupported image format",
        "This model does not support image input.",
    ],
    "quota": [
        "Insufficient Balance",  # DeepSeek
        "Your credit balance is too low to access the Anthropic API.",
        "You exceeded your current quota, please check your plan and billing details.",  # OpenAI
        "This request requires more credits, or fewer max_tokens.",  # OpenRouter
        "Access denied, please make sure your account is in good standing. (Arrearage)",  # DashScope
        "Your team has used all available credits or reached its monthly spending limit.",  # xAI
        "余额不足或无可用资源包,请充值。",  # Zhipu
    ],
    "other": [
        "Invalid value for 'messages'",
        "Unsupported parameter: 'logprobs' is not supported with this model.",
        "You are not allowed to request logprobs from this model",
        "`temperature` is deprecated for this model.",
        "System role not supported",
        "parameter.enable_thinking must be set to false for non-streaming calls",
        "Your account has been flagged for potentially violating our usage policies.",
        "max_tokens is too large: 100000. This model supports at most 16384 completion tokens",
        "Unrecognized request argument supplied: safety_settings",
    ],
}


@pytest.mark.parametrize(("reason", "message"), [(reason, said) for reason, words in WORDS.items() for said in words])
def test_a_refusal_is_taken_for_what_it_is(reason, message):
    assert refusal_of(ValueError(message)).reason == reason


def test_a_quota_that_comes_back_is_a_limit_of_rate():
    """Gemini says the same of a minute's quota as of a month's, and when to come back."""
    words = "You exceeded your current quota, please check your plan and billing details."
    assert refusal_of(dspy.LMRateLimitError(words, status=429)).reason == "quota"
    assert refusal_of(dspy.LMRateLimitError(words, status=429, retry_after=20.0)).reason == "rate"
    assert refusal_of(dspy.LMRateLimitError(f"{words} Please retry in 20.5s.", status=429)).reason == "rate"


LAYOUTS = {
    "nested": lambda said: {"error": {"message": said, "type": "BadRequestError", "param": None, "code": 400}},
    "flat": lambda said: {"object": "error", "message": said, "type": "BadRequestError", "param": None, "code": 400},
    "error is a sentence": lambda said: {"error": said, "error_type": "validation"},
    "message": lambda said: {"message": said},
    "detail": lambda said: {"detail": said},
    "detail is a list": lambda said: {"detail": [{"loc": ["body", "x"], "msg": said, "type": "value_error"}]},
    "detail is an object": lambda said: {"detail": {"error": {"message": said}}},
    "a list": lambda said: [{"error": {"code": 400, "message": said, "status": "INVALID_ARGUMENT"}}],
    "errors": lambda said: {"errors": [{"message": said}]},
    "the upstream's in its own": lambda said: {
        "error": {"message": "Provider returned error", "metadata": {"raw": json.dumps({"error": {"message": said}})}}
    },
    "JSON in a message": lambda said: {"error": {"message": json.dumps({"message": said})}},
    "code and error": lambda said: {"code": "invalid-argument", "error": said},
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("said", ["prompt is too long: 208310 tokens > 200000 maximum", "Content Exists Risk"])
def test_the_words_are_found_in_every_layout(layout, said):
    assert said in read_error(json.dumps(LAYOUTS[layout](said)).encode()).message


@pytest.mark.parametrize("body", [b"", b"null", b"4", b"[]", b"{}", b"[" * 9_000, b'{"error": null}', b"\xff\xfe\x00"])
def test_a_body_that_says_nothing_is_no_error_of_its_own(body):
    assert isinstance(read_error(body).message, str)


def test_a_page_is_read_without_its_markup():
    page = b"<html><head><title>502</title><style>p {}</style></head><body><h1>502 Bad Gateway</h1></body></html>"
    assert read_error(page).message == "502 Bad Gateway"


def test_what_a_server_says_is_one_line_that_acts_on_no_terminal():
    said = refusal_of(ValueError("no\x1b]0;title\x07\nthis\u202e")).message
    assert said.isprintable()


@pytest.mark.parametrize(
    ("message", "first"),
    [
        ("Unsupported value: 'temperature' does not support 0 with this model.", "temperature"),
        ("property 'logprobs' is unsupported", "logprobs"),  # Groq
        ("`top_logprobs` must be <= 5", "top_logprobs"),
        ('Invalid JSON payload received. Unknown name "topK": Cannot find field.', None),  # Gemini, of another name
        ("Unrecognized request argument supplied: top_k", "top_k"),
        ("'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", "max_tokens"),
        ("Developer instruction is not enabled for models/gemma-3-27b-it", "system"),  # Gemini
        ("Conversation roles must alternate user/assistant/user/assistant/...", "system"),  # Mistral's template
        ("This response_format type is unavailable now", "response_format"),  # DeepSeek
        ("json_schema is not supported", "response_format"),
        ("This model only supports streaming", "stream"),
        ("Streaming is required for operations that may take longer than 10 minutes", "stream"),  # Anthropic
        ("Logprobs are not supported for this model", "logprobs"),
        ("the engine is tired", None),
    ],
)
def test_the_setting_that_is_refused_is_found(message, first):
    assert next(iter(named_settings(Refusal("other", message), ASKED)), None) == first


def test_the_setting_that_a_server_points_to_comes_first():
    quoted = Refusal("other", "invalid request {temperature: 0, max_tokens: 16}", setting="max_tokens")
    assert named_settings(quoted, ASKED)[0] == "max_tokens"


@pytest.mark.parametrize(
    ("message", "asked", "fewer"),
    [
        ("Requested sample logprobs of 20, which is greater than max allowed: 5", 20, 5),  # vLLM
        ("top_logprobs must be less than or equal to 8", 20, 8),
        ("the supported range is from 1 (inclusive) to 6 (exclusive)", 20, 5),  # Vertex
        ("logprobs must be in the range [0, 20), got 20", 20, 19),
        ("Invalid value: must be in [0, 11]", 20, 11),
        ("top_logprobs must be between 0 and 5", 20, 5),  # Fireworks
        ("Input should be less than 10", 20, 9),
        ("top_logprobs is too large", 20, 5),
        ("top_logprobs is too large", 5, 0),
        ("this model gives no logprobs", 20, 0),
    ],
)
def test_how_many_alternatives_a_server_gives_is_read_from_its_refusal(message, asked, fewer):
    assert fewer_alternatives(message, asked) == fewer


@pytest.mark.parametrize(
    ("message", "asked", "limit"),
    [
        ("max_tokens is too large: 512. This model supports at most 256 completion tokens", 512, 256),
        ("Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 4", 4, 16),
        ("max_tokens must be at least 100", 16, 100),
        ("max_tokens is not allowed here", 16, None),
    ],
)
def test_another_limit_on_tokens_is_read_from_its_refusal(message, asked, limit):
    assert token_limit(message, asked) == limit


@pytest.mark.parametrize(
    "message",
    [
        "Model do not support image input.",  # Volcengine, by zai-org/feedback#570
        "this model does not support image input (ref: b8bd630e)",  # ollama/ollama#17301
        "image input is not supported by this server",  # ggml-org/llama.cpp#13566
        "No endpoints found that support image input",  # OpenRouter, by JohnnyZ93/oai-compatible-copilot#229
        "messages[94]: unknown variant `image_url`, expected `text` at line 1 column 802043",  # DeepSeek
        "message[0].content must be a string",  # Groq, by vercel/ai#2837
        "Invalid content type. image_url is only supported by certain models.",  # OpenAI, by vllm-project/vllm#11629
        "The provided model is not a vision model. Please provide a vision model.",  # BerriAI/litellm#7908
        "The server was not compiled for multimodal or the model projector can't be loaded.",  # llamafile#320
        "json: cannot unmarshal array into Go struct field ChatMessage.messages.content of type string",
        "messages.1.content: Input should be a valid string",  # FastAPI
        "Qwen/Qwen2.5-7B-Instruct is not a multimodal model",  # vLLM
        "At most 0 image(s) may be provided in one prompt.",
    ],
)
def test_a_model_that_looks_at_no_image_is_told_by_its_words(message: str) -> None:
    assert reads_text_alone(Refusal("other", message))


@pytest.mark.parametrize(
    "message",
    [
        "Could not process image",
        "image_url: unsupported image format",
        "unsupported image media type image/bmp",
        "The image format is not supported by this model",
        "This model does not support image format webp",
        "Images larger than 8000 pixels are not supported by this model",
        "does not support images with an alpha channel",
        "At most 1 image(s) may be provided in one prompt.",
        "Unable to process input image. Please retry or report",
        "At least one of the image dimensions exceed max allowed size: 8000 pixels",
    ],
)
def test_what_is_wrong_with_one_image_says_nothing_of_the_model(message: str) -> None:
    assert not reads_text_alone(Refusal("bad_image", message))


def test_a_sentence_of_ours_stays_marked_but_where_it_holds_a_secret() -> None:
    def refused(said: str) -> Refusal:
        error = dspy.LMServerError(message("the server broke off its answer: {broken}", broken=said), model="openai/m")
        return refusal_of(error, ("sk-123456",))

    assert isinstance(refused("overloaded").message, Message)
    without = refused("sk-123456").message
    assert without == "the server broke off its answer: [secret]"
    assert not isinstance(without, Message)
