"""What a message holds, as text: parts, calls of tools and their results, objects, refusals, and marks for the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alia_judge.records.images import MOST, image_mark, image_of

__all__ = ["is_content", "written_content", "written_message"]

#: Parts that are text, as OpenAI (chat and responses), Anthropic and Gemini call them.
_TEXTS = frozenset({"text", "input_text", "output_text", "summary_text"})
#: What a model thought was not said to anybody.
_THOUGHTS = frozenset({"thinking", "reasoning", "redacted_thinking", "thought"})
_CALLS = frozenset({"tool_use", "function_call", "tool_call", "server_tool_use"})
_RESULTS = frozenset({"tool_result", "function_call_output", "tool_response"})
#: What stands where something is that is no text.
_MARKS = {
    "image": ("image", "image_url", "input_image", "image_file", "output_image"),
    "audio": ("audio", "input_audio", "output_audio", "audio_url"),
    "video": ("video", "video_url", "input_video"),
    "file": ("file", "input_file", "document", "file_url"),
}
_MARK_OF = {name: mark for mark, names in _MARKS.items() for name in names}


def written_content(content: Any, images: list[str] | None = None) -> str:
    """Any content as text.

    Parameters
    ----------
    content
        A text, None, a list of parts in OpenAI's or Anthropic's shape, or any other value: an object or a number is
        written as JSON. What is no text (a part, DSPy's or Pillow's image, bytes) is a mark that says what is there:
        ``[image]``, ``[tool result] 19 C``, ``[refusal] I cannot help.`` A model's thoughts are left out.
    images
        Where to put the images that come with it, as data URIs, at most `images.MOST`; their marks then say which:
        ``[image 9ea2b262]``. None leaves them out, as what `image_of` does not take is left out in any case.

    Examples
    --------
    >>> image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    >>> written_content([{"type": "text", "text": "What is this?"}, image])
    'What is this?\\n[image]'
    >>> written_content({"plan": "A"})
    '{"plan": "A"}'
    """
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if hasattr(content, "tolist"):  # numpy's, as Parquet gives them
        return written_content(content.tolist(), images)
    if (mark := _object_mark(content, images)) is not None:
        return mark
    if isinstance(content, Mapping):
        return _part(content, images) if _is_part(content) else _json(content, images)
    if isinstance(content, Sequence) and not isinstance(content, (bytes, bytearray)):
        if all(isinstance(part, str) or (isinstance(part, Mapping) and _is_listed_part(part)) for part in content):
            said = (part if isinstance(part, str) else _part(part, images) for part in content)
            return "\n".join(filter(None, said))
        return _json(content, images)
    return _json(content, images)


def is_content(value: Any) -> bool:
    """Whether a value is what a message may hold and no object of data: parts in a list, or an image with its bytes.

    Examples
    --------
    >>> is_content([{"type": "text", "text": "Hi"}]), is_content([{"type": "tone", "score": 4}])
    (True, False)
    """
    if isinstance(value, Mapping):
        return isinstance(value.get("bytes"), (bytes, bytearray)) and set(value) <= {"bytes", "path"}
    if not isinstance(value, list) or not value:
        return False
    parts = [part for part in value if isinstance(part, Mapping)]
    others = [part for part in value if not isinstance(part, (Mapping, str))]
    return bool(parts) and not others and all(_is_plain_part(part) for part in parts)


def _is_plain_part(part: Mapping[str, Any]) -> bool:
    """Whether it is a part by its kind and by what goes with that."""
    kind = part.get("type")
    return _is_inline(part) or (kind in _TEXTS and "text" in part) or (kind in _MARK_OF and len(part) > 1)


def written_message(message: Mapping[str, Any], images: list[str] | None = None) -> str:
    """What a message says: its content, its refusal and its calls of tools; `images` as in `written_content`.

    Examples
    --------
    >>> written_message({"role": "assistant", "content": None, "refusal": "I cannot help."})
    '[refusal] I cannot help.'
    """
    said = [written_content(message.get("content", message.get("text")), images)]
    if refusal := message.get("refusal"):
        said.append(f"[refusal] {refusal}")
    said += _calls(message)
    return "\n".join(filter(None, said))


def _calls(message: Mapping[str, Any]) -> Iterator[str]:
    for call in message.get("tool_calls") or ():
        function = call.get("function") or call
        yield _call({**call, "name": function} if isinstance(function, str) else function)
    if isinstance(legacy := message.get("function_call"), Mapping):
        yield _call(legacy)


def _call(call: Mapping[str, Any]) -> str:
    given = call.get("arguments", call.get("input", ""))
    return f"{call.get('name', 'tool')}({given if isinstance(given, str) else _json(given, None)})"


def _is_part(part: Mapping[str, Any]) -> bool:
    """Whether a mapping is a part of a message, rather than an object that was said."""
    kind = part.get("type")
    if not isinstance(kind, str):
        return set(part) == {"text"} or _is_inline(part)
    return kind in _TEXTS | _THOUGHTS | _CALLS | _RESULTS | {"refusal"} or kind in _MARK_OF


def _is_listed_part(part: Mapping[str, Any]) -> bool:
    """Whether a mapping in a list is a part, be it of a kind that is not known."""
    return isinstance(part.get("type"), str) or _is_part(part)


def _is_inline(part: Mapping[str, Any]) -> bool:
    """Gemini's data beside text."""
    return len(part) == 1 and isinstance(part.get("inline_data", part.get("inlineData")), Mapping)


def _part(part: Mapping[str, Any], images: list[str] | None) -> str:
    if _is_inline(part):
        (held,) = part.values()
        kind = str(held.get("mime_type") or held.get("mimeType")).partition("/")[0]
        return _part({"type": kind if kind in _MARKS else "file", **held}, images)
    kind = part.get("type", "text")
    if kind in _TEXTS:
        held = part.get("text")
        return written_content(held.get("value") if isinstance(held, Mapping) else held, images)
    if kind in _THOUGHTS:
        return ""
    if kind in _CALLS:
        return _call(part)
    if kind in _RESULTS:
        return f"[tool result] {written_content(part.get('content', part.get('output')), images)}".rstrip()
    if kind == "refusal":
        return f"[refusal] {part.get('refusal') or part.get('text') or ''}".rstrip()
    held = next((part[name] for name in ("file", "document", "source") if isinstance(part.get(name), Mapping)), part)
    if kind not in _MARK_OF and isinstance(part.get("text"), str):
        return str(part["text"])
    name, mark = held.get("filename") or held.get("title") or part.get("title"), _MARK_OF.get(kind, kind)
    if mark == "image":
        return _image(part, name, images)
    return f"[{mark}: {name}]" if isinstance(name, str) else f"[{mark}]"


def _image(value: Any, name: Any, images: list[str] | None) -> str:
    """The mark of an image, which is put to the others if it is one that can be shown."""
    image = None if images is None else image_of(value)
    if images is None or image is None or (image not in images and len(images) == MOST):
        return f"[image: {name}]" if isinstance(name, str) else "[image]"
    if image not in images:
        images.append(image)
    return image_mark(image, name)


#: How files begin that are an image or a sound.
_MAGIC = {
    "image": (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*"),
    "audio": (b"ID3", b"OggS", b"fLaC", b"\xff\xfb"),
}


def _object_mark(value: Any, images: list[str] | None) -> str | None:
    """The mark of what is no text and no JSON: DSPy's and Pillow's images, bytes, a Parquet's files."""
    kind = type(value)
    if kind.__module__.partition(".")[0] in ("dspy", "PIL"):
        bases = {base.__name__.removesuffix("File").lower() for base in kind.__mro__} & set(_MARK_OF)
        mark = _MARK_OF[min(bases)] if bases else None
        return None if mark is None else _image(value, None, images) if mark == "image" else f"[{mark}]"
    if isinstance(value, Mapping) and "bytes" in value and set(value) <= {"bytes", "path"}:
        if not isinstance(value["bytes"], (bytes, bytearray)):
            return None
        path = value.get("path")
        mark = _object_mark(value["bytes"], None) or "[file]"
        if mark == "[image]":
            return _image(value, path, images)
        return f"{mark[:-1]}: {path}]" if isinstance(path, str) else mark
    if isinstance(value, (bytes, bytearray)):
        begins = bytes(value[:12])
        webp = begins[:4] == b"RIFF"
        found = "image" if begins[8:] == b"WEBP" else "audio" if webp else "file"
        found = next((mark for mark, starts in _MAGIC.items() if begins.startswith(starts)), found)
        return _image(value, None, images) if found == "image" else f"[{found}]"
    return None


def _json(value: Any, images: list[str] | None) -> str:
    return json.dumps(value, ensure_ascii=False, default=lambda held: _object_mark(held, images) or str(held))
