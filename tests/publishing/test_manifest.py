from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alia_judge.errors import ArtifactError
from alia_judge.publishing.files import FilesInPlace
from alia_judge.publishing.manifest import MANIFEST, FileRecord, Manifest, seal, verify

SCHEMA = "alia-judge/artifact/1"


def sealed() -> dict[str, bytes]:
    return seal(
        {"judge.json": b'{"a": 1}', "README.md": "café".encode()},
        schema=SCHEMA,
        version="0.1.0",
        facts={"benchmark": "sha256:abc"},
    )


def test_what_was_sealed_verifies_and_its_facts_come_back() -> None:
    manifest, files = verify(sealed(), schema=SCHEMA)
    assert files == {name: data for name, data in sealed().items() if name != MANIFEST}
    assert manifest.facts == {"benchmark": "sha256:abc"}
    assert set(manifest.files) == {"judge.json", "README.md"}
    assert Manifest.from_dict(json.loads(sealed()[MANIFEST])) == manifest


@given(st.data())
def test_any_changed_byte_of_any_file_is_refused_by_the_name_of_that_file(data: st.DataObject) -> None:
    files = sealed()
    name = data.draw(st.sampled_from(sorted(files)))
    position = data.draw(st.integers(0, len(files[name]) - 1))
    flipped = bytearray(files[name])
    flipped[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ArtifactError, match=name):
        verify(files | {name: bytes(flipped)}, schema=SCHEMA)


def test_a_missing_file_is_named() -> None:
    files = sealed()
    del files["judge.json"]
    with pytest.raises(ArtifactError, match=r"^judge\.json: missing"):
        verify(files, schema=SCHEMA)


def test_a_file_that_was_added_is_named() -> None:
    with pytest.raises(ArtifactError, match=r"^setup\.py: not part of what was published"):
        verify(sealed() | {"setup.py": b"import os"}, schema=SCHEMA)


def test_everything_wrong_is_named_together() -> None:
    files = sealed() | {"extra": b"", "judge.json": b""}
    with pytest.raises(ArtifactError, match=r"judge\.json: changed(.|\n)*extra: not part"):
        verify(files, schema=SCHEMA)


def test_a_later_schema_is_refused_with_what_to_install() -> None:
    files = seal({"judge.json": b"{}"}, schema="alia-judge/artifact/9", version="7.0.0", facts={})
    with pytest.raises(ArtifactError, match=r"artifact/9.*written by alia-judge 7\.0\.0, install that"):
        verify(files, schema=SCHEMA)


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"\xff", b'"x"', b"null"])
def test_a_manifest_that_is_none_is_refused(text: bytes) -> None:
    with pytest.raises(ArtifactError, match=r"manifest\.json: not a manifest"):
        verify(sealed() | {MANIFEST: text}, schema=SCHEMA)


@pytest.mark.parametrize(
    "planted", [{"facts": "x"}, {"facts": [1]}, {"files": []}, {"version": None, "facts": "\ud800"}]
)
def test_a_manifest_with_fields_of_another_kind_is_refused(planted: dict[str, object]) -> None:
    text = json.dumps(json.loads(sealed()[MANIFEST]) | planted).encode()
    with pytest.raises(ArtifactError, match=r"manifest\.json: (a field is missing|changed)"):
        verify(sealed() | {MANIFEST: text}, schema=SCHEMA)


def test_nothing_is_read_before_the_manifest_allows_it() -> None:
    files, read = sealed() | {"huge": b"x"}, []

    def noted(name: str, most: int) -> bytes:
        read.append(name)
        return files[name][:most]

    sizes = {name: len(data) for name, data in files.items()}
    with pytest.raises(ArtifactError, match="huge: not part of what was published"):
        verify(FilesInPlace({**sizes, "huge": 3 << 30}, noted), schema=SCHEMA)
    with pytest.raises(
        ArtifactError, match=r"judge\.json: changed after publishing: expected 8 bytes, found 3221225472"
    ):
        verify(FilesInPlace({**sizes, "judge.json": 3 << 30}, noted), schema=SCHEMA)
    with pytest.raises(ArtifactError, match="schema 'x/1' is not one"):
        verify(FilesInPlace(sizes, lambda *_: b'{"schema": "x/1"}'), schema=SCHEMA)
    with pytest.raises(ArtifactError, match=r"manifest\.json: 3,221,225,472 bytes; expected at most"):
        verify(FilesInPlace({**sizes, MANIFEST: 3 << 30}, noted), schema=SCHEMA)
    assert set(read) == {MANIFEST}


def test_a_manifest_may_not_list_more_than_a_judge_can_be() -> None:
    manifest = Manifest(schema=SCHEMA, version="0", files={"a": FileRecord(sha256="0", size=3 << 30)}, facts={})
    files = {MANIFEST: manifest.to_bytes()}
    with pytest.raises(ArtifactError, match="lists 3,221,225,472 bytes; expected at most 268,435,456"):
        verify(FilesInPlace({MANIFEST: len(files[MANIFEST]), "a": 3 << 30}, lambda name, _: files[name]), schema=SCHEMA)


def test_a_folder_without_manifest_is_refused() -> None:
    with pytest.raises(ArtifactError, match=r"manifest\.json: missing; .*right folder"):
        verify({"README.md": b"x"}, schema=SCHEMA)


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../up", "a/../../b", "a\\b", "a//b", MANIFEST])
def test_only_plain_relative_names_are_sealed(name: str) -> None:
    with pytest.raises(ValueError, match="plain relative name"):
        seal({name: b""}, schema=SCHEMA, version="0", facts={})
