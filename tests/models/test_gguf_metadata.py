"""A GGUF header that is not one is refused by name."""

from __future__ import annotations

import struct

import pytest

from alia_judge.errors import ModelError
from alia_judge.models.gguf import GGUFEngine
from alia_judge.models.gguf_metadata import read_gguf_metadata


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def gguf(*pairs: bytes, version: int = 3, magic: bytes = b"GGUF") -> bytes:
    return magic + struct.pack("<IQQ", version, 0, len(pairs)) + b"".join(pairs)


NAME = text("general.name") + struct.pack("<I", 8) + text("Tiny")
ARCHITECTURE = text("general.architecture") + struct.pack("<I", 8) + text("llama")
CONTEXT = text("llama.context_length") + struct.pack("<II", 4, 2048)
TOKENS = text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 3) + text("a") + text("<|end|>") + text("b")
KINDS = text("tokenizer.ggml.token_type") + struct.pack("<IIQ3i", 9, 5, 3, 1, 3, 1)


def test_a_header_is_read_without_its_weights(tmp_path):
    path = tmp_path / "tiny.gguf"
    path.write_bytes(gguf(NAME, ARCHITECTURE, CONTEXT, TOKENS, KINDS))
    metadata = read_gguf_metadata(path)
    assert (metadata.name, metadata.context_length, metadata.control_tokens) == ("Tiny", 2048, ("<|end|>",))


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "is not a whole GGUF file"),
        (b"PK\x03\x04 a zip", "begins with b'PK"),
        (gguf(NAME, version=99), "is GGUF version 99; expected 2 or 3"),
        (gguf(NAME)[:-2], "is not a whole GGUF file"),
        (gguf(text("odd") + struct.pack("<I", 77)), "unknown type 77"),
    ],
)
def test_anything_else_is_refused_by_name(tmp_path, content, match):
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=match) as refusal:
        GGUFEngine(path)
    assert str(path) in str(refusal.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"absent\.gguf: no such file"):
        read_gguf_metadata(tmp_path / "absent.gguf")
