"""What a model thought aloud: the marks that models and servers put around it, and the fields they move it to.

One registry for every reader: a family of models that marks its thoughts in a way of its own is one more entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["FAMILIES", "SPECIAL_TOKENS", "Family", "thought_spans", "thoughts_of", "without_thinking"]


@dataclass(frozen=True, kw_only=True)
class Family:
    """How a family of models, or of front ends, marks its thoughts; patterns of `re`, read without regard to case.

    Parameters
    ----------
    name
        Who writes so.
    opens
        What a thought begins with; empty where nothing marks it.
    closes
        What it ends with. Met without a beginning, everything before it was thought: templates that open the thought
        themselves leave the model to close it.
    answers
        What the answer begins with; everything before it is no answer.
    whole
        A thought from its beginning to its end.
    example
        A thought that says ``{}``, for tests and for people.
    alone
        Whether the ends count only where this family's beginning was met: they are words that an answer may hold.
    """

    name: str
    example: str
    opens: str = ""
    closes: str = ""
    answers: str = ""
    whole: str = ""
    alone: bool = False


_WORDS = r"(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection)"
#: Words that head a section as well, so that only a tag of angle brackets makes a thought of them.
_SECTIONS = (
    r"(?:scratch[_-]?pad|analysis|rationale|(?:inner|internal)[_-]?monologue|deliberation|planning"
    r"|chain[_-]of[_-]thought|step[_-]by[_-]step|cot)"
)
_PREFIX = r"\s?(?!(?:start|begin|end)_)(?:[A-Za-z]{1,20}[:_-]?)?"
_SUFFIX = r"(?:[_-](?:process|steps?|mode|block|content))?\s?"
_OPEN, _SHUT = r"(?:[<\[◁]|&lt;)", r"(?:[>\]▷]|&gt;)"
_ATTRIBUTES = r"(?:\s[^<>\n]{0,80})?"
_HEADER = r"(?:[^<\n]{0,60}(?:<\|constrain\|>[^<\n]{0,20})?)<\|message\|>"

#: Every known way to mark a thought. Sources: the chat templates of the models named, the reasoning parsers of vLLM and
#: SGLang, OpenAI's description of the harmony format.
FAMILIES: tuple[Family, ...] = (
    Family(
        name="Solar Open",
        example="<|think|>{}<|end|><|begin|>assistant<|content|>",
        opens=r"<\|think\|>",
        closes=r"<\|content\|>|<\|/think\|>",
    ),
    Family(
        name="tags: DeepSeek, Qwen, Seed, LongCat, EXAONE, Kimi, Magistral ([THINK]), scratchpads",
        example="<think>{}</think>",
        opens=rf"{_OPEN}\|?{_PREFIX}{_WORDS}{_SUFFIX}\|?{_SHUT}|<{_PREFIX}(?:{_WORDS}|{_SECTIONS}){_SUFFIX}{_ATTRIBUTES}>",
        closes=rf"{_OPEN}\|?/{_PREFIX}{_WORDS}{_SUFFIX}\|?{_SHUT}|</{_PREFIX}{_SECTIONS}{_SUFFIX}>",
    ),
    Family(
        name="Sky-T1, OpenThinker: thought and solution blocks",
        example="<|begin_of_thought|>{}<|end_of_thought|>",
        opens=r"<\|(?:begin|start)_of_(?:thought|thinking|reasoning)\|>",
        closes=r"<\|end_of_(?:thought|thinking|reasoning)\|>",
        answers=r"<\|(?:begin|start)_of_(?:solution|answer|response)\|>",
    ),
    Family(
        name="Command A Reasoning",
        example="<|START_THINKING|>{}<|END_THINKING|>",
        opens=r"<\|START_THINKING\|>",
        closes=r"<\|END_THINKING\|>",
        answers=r"<\|START_(?:RESPONSE|TEXT)\|>",
    ),
    Family(
        name="gpt-oss: harmony",
        example="<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>",
        opens=rf"<\|channel\|>\s?(?!final\b)\w{{1,20}}{_HEADER}",
        closes=r"<\|(?:end|call)\|>",
        answers=rf"<\|channel\|>\s?final\b{_HEADER}",
        alone=True,
    ),
    Family(
        name="gpt-oss: harmony whose marks were decoded away",
        example="analysis{}assistantfinal",
        opens=r"(?-i:\A\s{0,20}(?:assistant)?(?:analysis|commentary)(?=[^\s:.,;!?'’-]))",
        closes=r"(?-i:assistantfinal)",
        alone=True,
    ),
    Family(
        name="Gemma: channels",
        example="<|channel>thought\n{}<channel|>",
        opens=r"<\|channel>",
        closes=r"<channel\|>",
    ),
    Family(
        name="Gemma, MedGemma: reserved tokens",
        example="<unused94>thought\n{}<unused95>",
        opens=r"<unused94>",
        closes=r"<unused95>",
    ),
    Family(
        name="Gemma, Gemini: a channel whose marks were decoded away; nothing says where it ends",
        example="",
        opens=r"(?-i:\Athought\n)",
    ),
    Family(
        name="Granite: sentences",
        example="Here is my thought process:\n{}\nHere is my response:\n",
        opens=r"\A\s{0,20}Here(?:'s|’s| is) my thought process\b:?",
        closes=r"Here(?:'s|’s| is) my response\b:?",
        alone=True,
    ),
    Family(
        name="Apriel: sentences",
        example="Here are my reasoning steps:\n{}\n[BEGIN FINAL RESPONSE]\n",
        opens=r"\A\s{0,20}Here are my reasoning steps\b:?",
        closes=r"\[BEGIN FINAL RESPONSE\]",
    ),
    Family(
        name="Apertus",
        example="<|inner_prefix|>{}<|inner_suffix|>",
        opens=r"<\|inner_prefix\|>",
        closes=r"<\|inner_suffix\|>",
    ),
    Family(
        name="GLM: the answer in a box",
        example="{}\n<|begin_of_box|>",
        answers=r"<\|begin_of_box\|>",
    ),
    Family(
        name="R1's training format, Hunyuan, ERNIE, Marco-o1, Reflection, LLaVA-CoT: the answer in tags",
        example="{}\n<answer>",
        answers=r"<(?:answer|final_answer|solution|response|output|conclusion)>",
    ),
    Family(
        name="Ollama's terminal",
        example="Thinking...\n{}\n...done thinking.\n\n",
        opens=r"\A\s{0,20}Thinking\.\.\.\s",
        closes=r"\.\.\.done thinking\.",
        alone=True,
    ),
    Family(
        name="Open WebUI and other front ends: a folded section",
        example="<details>\n<summary>Thought for 3 seconds</summary>\n{}\n</details>\n",
        opens=rf"<details{_ATTRIBUTES}>",
        closes=r"</details>",
        alone=True,
    ),
    Family(
        name="a fenced block that is called so",
        example="```thinking\n{}\n```\n",
        opens=rf"```{_WORDS}\n",
        closes=r"\n```",
        alone=True,
    ),
    Family(
        name="front ends: a drawn box",
        example="╭─ Thinking ─╮\n│ {} │\n╰────────────╯\n",
        opens=rf"[╭┌┏╔][─━═\s]{{1,20}}{_WORDS}[^\n]{{0,80}}",
        closes=r"[╰└┗╚][─━═]{1,200}[╯┘┛╝]?",
        alone=True,
    ),
    Family(
        name="front ends: a block quote before the answer",
        example="> {}\n\n",
        whole=r"\A\s{0,20}(?:>[^\n]*\n\s{0,20})+(?=[^>\s])",
    ),
)

#: Tokens of chat templates that a server left in the text, or lists among the answer's.
SPECIAL_TOKENS = re.compile(
    r"<\|[\w:▁]{1,40}\|>|<｜[^｜<>\n]{1,40}｜>|<\|\w{1,40}>|<\w{1,40}\|>|</?s>|<(?:bos|eos|pad|unk)>|<unused\d{1,3}>"
    r"|<(?:start|end)_of_turn>|\[/?INST\]|\[(?:BEGIN|END) FINAL RESPONSE\]"
    r"|</?(?:answer|final_answer|solution|response|output|conclusion)>",
    re.IGNORECASE,
)

_ROLES = ("opens", "closes", "answers", "whole")
_MARKS = re.compile(
    "|".join(
        f"(?P<{role}{number}>{getattr(family, role)})"
        for number, family in enumerate(FAMILIES)
        for role in _ROLES
        if getattr(family, role)
    ),
    re.IGNORECASE,
)
#: What the marks of `_MARKS` mean, by the name of their group.
_MEANT = {f"{role}{number}": (number, role) for number in range(len(FAMILIES)) for role in _ROLES}
#: Fields that hold no thought: a message with no other is as good as read.
_NOT_THOUGHT = frozenset({"role", "content", "refusal", "tool_calls", "annotations", "audio", "function_call"})
#: Where servers put a thought that they took out of the answer: vLLM and DeepSeek; newer vLLM, SGLang, OpenRouter and
#: Groq; Ollama and Anthropic; OpenRouter's list of parts.
_FIELDS = ("reasoning_content", "reasoning", "thinking", "thought", "reasoning_details")


def thought_spans(text: str) -> list[tuple[int, int]]:
    """Where in `text` is no answer but thought, in characters, in order; one pass over the text.

    Examples
    --------
    >>> thought_spans("<think>3?</think>4")
    [(0, 17)]
    """
    spans: list[tuple[int, int]] = []
    opened, begun, answered = -1, 0, False
    for mark in _MARKS.finditer(text):
        number, role = _MEANT[mark.lastgroup or ""]
        if opened >= 0:
            # Within a thought only its own end counts: it may well speak of other marks.
            if number == opened and role in ("closes", "answers"):
                spans.append((begun, mark.end()))
                opened = -1
                if role == "answers":
                    spans, answered = [(0, mark.end())], True
        elif role == "opens":
            opened, begun = number, mark.start()
        elif role == "whole":
            spans.append(mark.span())
        elif role == "closes" and not FAMILIES[number].alone:
            spans, answered = [(0, mark.end())], False
        elif role == "answers" and not answered:
            spans, answered = [(0, mark.end())], True
    return [*spans, (begun, len(text))] if opened >= 0 else spans


def without_thinking(text: str) -> str:
    """`text` with what a model thought aloud blanked out, so that everything else keeps its place.

    Examples
    --------
    >>> without_thinking("<think>3?</think>4").strip()
    '4'
    """
    return "".join(_blanked(text, thought_spans(text)))


def thoughts_of(message: Any) -> str:
    """What a server says that the model thought: the text of whichever field of its message holds it; empty if none.

    Parameters
    ----------
    message
        The ``message`` of an OpenAI-style choice, as a mapping or with attributes.

    Examples
    --------
    >>> thoughts_of({"content": "4", "reasoning_details": [{"type": "reasoning.text", "text": "3 or 4?"}]})
    '3 or 4?'
    """
    if type(message) is dict and type(message.get("content")) is str and _NOT_THOUGHT.issuperset(message):
        return ""
    for name in _FIELDS:
        held = message.get(name) if isinstance(message, Mapping) else getattr(message, name, None)
        if said := "\n".join(_texts(held)):
            return said
    content = message.get("content") if isinstance(message, Mapping) else getattr(message, "content", None)
    if isinstance(content, list):  # Mistral and Anthropic list thoughts among the parts
        thought = [
            part for part in content if isinstance(part, Mapping) and part.get("type") in ("thinking", "reasoning")
        ]
        return "\n".join(_texts(thought))
    return ""


def _texts(held: Any) -> Iterator[str]:
    """The texts in a field, whatever it is made of."""
    if isinstance(held, str):
        if held:
            yield held
    elif isinstance(held, Mapping):
        for name in ("text", "thinking", "reasoning", "summary", "content"):
            yield from _texts(held.get(name))
    elif isinstance(held, (list, tuple)):
        for part in held:
            yield from _texts(part)


def _blanked(text: str, spans: list[tuple[int, int]]) -> Iterator[str]:
    place = 0
    for start, end in spans:
        if end > place:
            yield text[place:start]
            yield " " * (end - max(start, place))
            place = end
    yield text[place:]
