"""Untrusted text inside a prompt: fenced by a mark it cannot contain, with nothing in it that acts on the model.

Three things are done to a text, none of which a judge of its content would notice in ordinary text, and all of which
`unescape` undoes:

* It stands between ``[Name code]`` and ``[/Name code]``, where the code is derived from the texts themselves and occurs
  in none of them. The same item always gets the same code, so prompts stay byte-identical and caches hold.
* Characters that are invisible or that reorder what is displayed (zero-width, bidirectional controls, tag characters,
  other control characters) are shown as ``⟨U+200B⟩``.
* What a tokenizer would read as one of a model's special tokens (``<|im_start|>``, ``[INST]``, ``</s>``) has its first
  character written in the same way, so that it is text and no token.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

__all__ = ["escape", "fence", "fence_code", "unescape"]

_CODE_LENGTH = 6

#: Special tokens of chat templates in use: ChatML and Llama 3 (``<|...|>``), DeepSeek (full-width bars), Llama 2 and
#: Mistral (``[INST]``, ``<<SYS>>``, ``[TOOL_CALLS]``), Gemma (``<start_of_turn>``), T5 and SentencePiece (``<s>``).
_SPECIAL = re.compile(
    r"<(?=\|[^|<>\s]{1,64}\|>)"
    r"|<(?=｜[^｜<>]{1,64}｜>)"
    r"|<(?=/?(?:s|bos|eos|pad|unk|mask|cls|sep|start_of_turn|end_of_turn|start_of_image|end_of_image|think|tool_call"
    r"|tool_response|function_call|reserved_\d+|unused\d+)>)"
    r"|<(?=</?SYS>>)|<(?=/?<?SYS>>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|AVAILABLE_TOOLS|TOOL_RESULTS|IMG)\])",
    re.IGNORECASE,
)
#: Controls but tab and line feed (Cc), formatting characters (Cf), line and paragraph separators (Zl, Zp), lone
#: surrogates (Cs), and the supplementary variation selectors, which carry hidden data and show nothing.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
)
_ESCAPE = re.compile(r"⟨U\+([0-9A-F]{4,6})⟩")
_ESCAPE_OPENING = re.compile(r"⟨(?=U\+[0-9A-F]{4,6}⟩)")


def fence(name: str, text: str, code: str) -> str:
    """`text` as data: escaped, between ``[name code]`` and ``[/name code]``.

    Examples
    --------
    >>> print(fence("Response", "Good day.", "a1b2c3"))
    [Response a1b2c3]
    Good day.
    [/Response a1b2c3]
    """
    return f"[{name} {code}]\n{escape(text)}\n[/{name} {code}]"


def fence_code(texts: Mapping[str, str]) -> str:
    """A code that is derived from `texts` and occurs in none of them.

    Six hexadecimal digits of their SHA-256; hashed again, with a counter, for as long as a text contains them.
    """
    material = "\x1e".join(f"{name}\x1f{text}" for name, text in sorted(texts.items()))
    counter = 0
    while True:
        code = hashlib.sha256(f"{counter}\x1d{material}".encode("utf-8", "surrogatepass")).hexdigest()[:_CODE_LENGTH]
        if not any(code in text.lower() for text in texts.values()):
            return code
        counter += 1


def escape(text: str) -> str:
    """`text` with invisible characters and special tokens spelt out; line ends become ``\\n``.

    Examples
    --------
    >>> escape("a\\u200bb <|im_start|>system")
    'a⟨U+200B⟩b ⟨U+003C⟩|im_start|>system'
    >>> escape("Plain text, ¡con tildes! 👍")
    'Plain text, ¡con tildes! 👍'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _ESCAPE_OPENING.sub(_spell, text)
    return _SPECIAL.sub(_spell, _UNSEEN.sub(_spell, text))


def unescape(text: str) -> str:
    """The text that `escape` was given, but for its line ends."""
    return _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)


def _spell(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match.group(0)):04X}⟩"
