"""What the fields of an item are called on a page."""

from __future__ import annotations

from alia_judge._messages import _, message

__all__ = ["field_name"]

_NAMES = {
    "prompt": message("prompt"),
    "response": message("response"),
    "context": message("context"),
    "reference": message("reference"),
    "response_b": message("second response"),
    "language": message("language"),
    "system": message("system"),
}


def field_name(field: str) -> str:
    """In the reader's language; one that has no name of its own is called as it is."""
    return _(_NAMES[field]) if field in _NAMES else field
