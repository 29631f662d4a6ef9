"""Untrusted text inside a prompt: fenced by a mark it cannot contain, with nothing in it that acts on the model.

A judge is to read what a person reads, in the order in which it is written, and be told about the rest:

* The text stands between ``[Name code]`` and ``[/Name code]``, where the code is derived from the texts themselves and
  occurs in none of them. The same item always gets the same code, so prompts stay byte-identical and caches hold.
* Characters that show nothing or only reorder what is displayed (zero-width, bidirectional, tag and control characters)
  are taken out, and one mark at the end says how many there were and between which code points:
  ``⟨U+200B–U+FEFF ×29⟩``. Spelt out one by one, thirty are nearly four hundred tokens, over which small models lose
  the question; decoded, what was hidden would be read after all.
* What a tokenizer would read as one of a model's special tokens (``<|im_start|>``, ``[INST]``, ``</s>``) has its first
  character spelt out, ``⟨U+003C⟩``, so that it is text and no token.

Joiners that a script or an emoji is written with stay, and so do the tags of a region's flag. Two texts that differ
only in where they hide as many characters are shown alike; their codes differ all the same, and a stored verdict is
keyed by the text as it came.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

__all__ = ["escape", "fence", "fence_code"]

_CODE_LENGTH = 6
#: Codes tried of one length before a longer one.
_ATTEMPTS = 64

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
#: Shown as line ends, like a carriage return: vertical tab, form feed, next line, line and paragraph separator.
_LINE_END = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
#: Scripts whose letters join or stack, from Arabic to Adlam. RFC 5892 (appendix A) asks for the joining types on both
#: sides of a joiner; that it follows such a letter is enough here.
_JOINING = (
    "\u0600-\u109f\u1780-\u18af\u1900-\u1cff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00011fff\U0001e900-\U0001e95f"
)
#: Symbols that are emoji or may be shown as one.
_EMOJI = "\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
#: England, Scotland and Wales, whose flags are a black one and their code in tag characters.
_REGIONS = "|".join("".join(chr(0xE0000 + ord(letter)) for letter in code) for code in ("gbeng", "gbsct", "gbwls"))
#: What Unicode calls default ignorable (DerivedCoreProperties.txt), controls (Cc) but for tab and line feed, and
#: interlinear annotation. Written out, as a prompt must not change with the Unicode version of a Python. Formatting
#: characters that have a glyph, such as the Arabic number sign, are text.
_HIDDEN = re.compile(
    rf"(?P<needed>(?<=[{_JOINING}])[\u200c\u200d]"
    rf"|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])"
    rf"|(?<=[{_EMOJI}#*0-9])[\ufe0e\ufe0f]"
    rf"|(?<=\U0001f3f4)(?:{_REGIONS})\U000e007f)"
    "|[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]+"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
#: Text in which there is nothing to take out and nothing to spell out: letters of European languages, digits and
#: punctuation but for what a special token begins with.
_PLAIN = re.compile("[\t\n -;=-Z\\\\-~\xa0-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u20ac]*")
#: What would pass for a mark made here.
_MARK_OPENING = re.compile(r"⟨(?=U\+[0-9A-F]{4})")


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
    """A code that is derived from `texts` and occurs in none of them, as they are shown.

    Six hexadecimal digits of their SHA-256. Where a text contains them, the texts are looked through once for all the
    codes that they contain, and the digest is hashed again for one that is none of these: a text made of codes costs
    one more pass, however many it holds.
    """
    material = "\x1e".join(f"{name}\x1f{text}" for name, text in sorted(texts.items()))
    digest = hashlib.sha256(f"0\x1d{material}".encode("utf-8", "surrogatepass")).hexdigest()
    shown = [escape(text).lower() for text in texts.values()]  # what was taken out may have parted a code
    code = digest[:_CODE_LENGTH]
    if not any(code in text for text in shown):
        return code
    length = _CODE_LENGTH
    while True:
        taken = _codes_in(shown, length)
        for counter in range(1, _ATTEMPTS):
            code = hashlib.sha256(f"{counter}\x1d{digest}".encode()).hexdigest()[:length]
            if code not in taken:
                return code
        length += 1  # so many codes of this length that none was left: no text holds those of every length


def _codes_in(texts: Iterable[str], length: int) -> set[str]:
    """Every run of so many hexadecimal digits."""
    found = re.compile(rf"(?=([0-9a-f]{{{length}}}))")
    return {match[1] for text in texts for match in found.finditer(text)}


def escape(text: str) -> str:
    """`text` as a person reads it, special tokens spelt out, and how much was hidden in it.

    Line ends become ``\\n``, halves of surrogate pairs the replacement character.

    Examples
    --------
    >>> escape("a\\u200bb\\ufeff <|im_start|>system")
    'ab ⟨U+003C⟩|im_start|>system ⟨U+200B–U+FEFF ×2⟩'
    >>> escape("Plain text, ¡con tildes! 👍")
    'Plain text, ¡con tildes! 👍'
    """
    if _PLAIN.fullmatch(text):
        return text
    hidden: list[str] = []

    def take(match: re.Match[str]) -> str:
        if match["needed"]:
            return match[0]
        hidden.append(match[0])
        return ""

    text = _SURROGATE.sub("\ufffd", _LINE_END.sub("\n", text))
    text = _HIDDEN.sub(take, text)
    # Only now: what was hidden may have parted a mark or a token.
    text = _MARK_OPENING.sub(_spell, text)
    text = _SPECIAL.sub(_spell, text)
    if not hidden:
        return text
    return f"{text}{' ' if text and not text[-1].isspace() else ''}{_count(''.join(hidden))}"


def _spell(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match[0]):04X}⟩"


def _count(hidden: str) -> str:
    first, last = ord(min(hidden)), ord(max(hidden))
    span = f"U+{first:04X}" if first == last else f"U+{first:04X}–U+{last:04X}"
    return f"⟨{span} ×{len(hidden)}⟩"
