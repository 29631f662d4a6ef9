"""What a GGUF file says of itself before any weight is loaded: its context length and its control tokens."""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alia_judge._messages import message, message_of
from alia_judge.errors import ModelError

__all__ = ["GGUFMetadata", "read_gguf_metadata"]

_MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
#: struct codes of the scalar value types, by their number in the file format.
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
#: `tokenizer.ggml.token_type` of tokens that structure a conversation and never stand for text.
_CONTROL = 3


@dataclass(frozen=True, kw_only=True)
class GGUFMetadata:
    """Parts of a GGUF file's header.

    Parameters
    ----------
    name
        The model's own name, or an empty string.
    context_length
        How many tokens it was trained to see at once; None where the file does not say.
    control_tokens
        Texts that its tokenizer turns into control tokens (``<|im_start|>`` and its like).
    """

    name: str
    context_length: int | None
    control_tokens: tuple[str, ...]


def read_gguf_metadata(path: Path) -> GGUFMetadata:
    """Read the header of the GGUF file at `path`; no weight is touched.

    Raises
    ------
    ModelError
        If there is no such file, or it is no GGUF file of version 2 or 3.

    References
    ----------
    The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
    """
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as buffer:
            values = _Reader(buffer, path).header()
    except FileNotFoundError as error:
        raise ModelError(
            message("{path}: no such file; expected a GGUF model; check the path after 'gguf:'", path=path)
        ) from error
    except (struct.error, ValueError) as error:  # ValueError: an empty file cannot be mapped
        raise ModelError(
            message(
                "{path} is not a whole GGUF file ({error}); expected one; fetch it again",
                path=path,
                error=message_of(error),
            )
        ) from error
    length = values.get(f"{values.get('general.architecture')}.context_length")
    tokens, kinds = values.get("tokenizer.ggml.tokens", []), values.get("tokenizer.ggml.token_type", [])
    control = tuple(token for token, kind in zip(tokens, kinds, strict=False) if kind == _CONTROL and token)
    return GGUFMetadata(name=values.get("general.name", ""), context_length=length, control_tokens=control)


class _Reader:
    """A cursor over the header's bytes, all little-endian."""

    def __init__(self, buffer: mmap.mmap, path: Path) -> None:
        self.buffer, self.path, self.position = buffer, path, 0

    def header(self) -> dict[str, Any]:
        magic = self.buffer[:4]
        self.position = 4
        if magic != _MAGIC:
            raise ModelError(
                message(
                    "{path} is not a GGUF file (it begins with {magic!r}); expected a GGUF model",
                    path=self.path,
                    magic=magic,
                )
            )
        version = self.scalar("I")
        if version not in (2, 3):
            raise ModelError(
                message(
                    "{path} is GGUF version {version}; expected 2 or 3; convert it again",
                    path=self.path,
                    version=version,
                )
            )
        _tensors, count = self.scalar("Q"), self.scalar("Q")
        values = {}
        for _ in range(count):
            key = self.string()
            values[key] = self.value(self.scalar("I"))
        return values

    def scalar(self, code: str) -> Any:
        size = struct.calcsize(f"<{code}")
        (value,) = struct.unpack_from(f"<{code}", self.buffer, self.position)
        self.position += size
        return value

    def string(self) -> str:
        length = self.scalar("Q")
        start, self.position = self.position, self.position + length
        if self.position > len(self.buffer):
            raise struct.error("a string runs past the end of the file")
        return self.buffer[start : self.position].decode("utf-8", errors="replace")

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.string()
        if kind != _ARRAY:
            return self.scalar(_SCALARS[kind]) if kind in _SCALARS else self.unknown(kind)
        inner, length = self.scalar("I"), self.scalar("Q")
        if inner not in _SCALARS:
            return [self.value(inner) for _ in range(length)]
        code = f"<{length}{_SCALARS[inner]}"
        values = list(struct.unpack_from(code, self.buffer, self.position))
        self.position += struct.calcsize(code)
        return values

    def unknown(self, kind: int) -> Any:
        raise ModelError(
            message(
                "{path} holds a value of unknown type {kind}; expected a GGUF file of version 2 or 3",
                path=self.path,
                kind=kind,
            )
        )
