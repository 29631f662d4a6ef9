from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from alia_judge.errors import ArtifactError, UsageError
from alia_judge.publishing.manifest import MANIFEST
from alia_judge.publishing.stores import HubStore, LocalStore, Store, open_store

FILES = {MANIFEST: b"{}", "judge.json": b'{"n": 1}', "sub/deep.json": "ñ".encode()}


@pytest.fixture
def hub_fake() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hub_fake", Path(__file__).with_name("hub_fake.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestLocalStore:
    def test_gives_back_what_it_was_given_and_leaves_nothing_beside_it(self, tmp_path: Path) -> None:
        store = LocalStore(tmp_path / "new" / "judge")
        assert store.push(FILES, message="first") == str(tmp_path / "new" / "judge")
        assert store.pull() == FILES
        assert [path.name for path in (tmp_path / "new").iterdir()] == ["judge"]

    def test_fills_an_empty_folder(self, tmp_path: Path) -> None:
        LocalStore(tmp_path).push(FILES, message="")
        assert LocalStore(tmp_path).pull() == FILES

    def test_never_replaces_what_is_no_judge(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.tex").write_text("years of work")
        with pytest.raises(ArtifactError, match="not a published judge"):
            LocalStore(tmp_path).push(FILES, message="", overwrite=True)
        assert (tmp_path / "thesis.tex").read_text() == "years of work"

    def test_replaces_an_earlier_judge_only_when_told(self, tmp_path: Path) -> None:
        store = LocalStore(tmp_path / "judge")
        store.push(FILES, message="")
        store.push(FILES, message="")  # the same once more: a command that was run again
        with pytest.raises(ArtifactError, match=r"published there already.*overwrite=True"):
            store.push({MANIFEST: b"2"}, message="")
        store.push({MANIFEST: b"2"}, message="", overwrite=True)
        assert store.pull() == {MANIFEST: b"2"}
        assert [path.name for path in tmp_path.iterdir()] == ["judge"]

    def test_a_failed_write_leaves_the_earlier_judge_and_no_debris(self, tmp_path: Path) -> None:
        store = LocalStore(tmp_path / "judge")
        store.push(FILES, message="")
        with pytest.raises(TypeError):
            store.push({MANIFEST: b"2", "bad": "text"}, message="", overwrite=True)  # type: ignore[dict-item]
        assert store.pull() == FILES
        assert [path.name for path in tmp_path.iterdir()] == ["judge"]

    def test_names_that_start_with_a_dot_belong_to_the_place(self, tmp_path: Path) -> None:
        store = LocalStore(tmp_path)
        store.push(FILES, message="")
        (tmp_path / ".git").mkdir()
        (tmp_path / ".git" / "HEAD").write_text("ref")
        (tmp_path / ".gitattributes").write_text("*")
        assert store.pull() == FILES

    def test_a_folder_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ArtifactError, match="nowhere: no such folder"):
            LocalStore(tmp_path / "nowhere").pull()


@pytest.mark.parametrize("target", ["hf://judge", "hf://", "hf://a/b/c", "hf:///b", "hf://a/"])
def test_a_hub_target_has_an_organisation_and_a_name(target: str) -> None:
    with pytest.raises(UsageError, match="hf://ORG/NAME"):
        open_store(target)


def test_targets_name_their_store(tmp_path: Path) -> None:
    assert open_store(tmp_path) == LocalStore(tmp_path)
    assert open_store("hf://org/judge") == HubStore("org/judge")
    assert all(isinstance(store, Store) for store in (open_store(tmp_path), open_store("hf://org/judge")))


# The Hub's client reads HF_ENDPOINT when it is imported: a process of its own.
PUSH_AND_PULL = """
import sys
from alia_judge.errors import ArtifactError
from alia_judge.publishing.stores import open_store
store = open_store("hf://org/judge")
where = store.push({"manifest.json": b"{}", "judge.json": "ñ".encode()}, message="first")
assert where.startswith("hf://org/judge@"), where
assert store.pull() == {"manifest.json": b"{}", "judge.json": "ñ".encode()}, store.pull()
try:
    store.push({"manifest.json": b"2"}, message="second")
except ArtifactError as error:
    assert "overwrite=True" in str(error), error
else:
    sys.exit("an earlier judge was overwritten unasked")
store.push({"manifest.json": b"2"}, message="second", overwrite=True)
assert store.pull() == {"manifest.json": b"2"}, store.pull()
try:
    open_store("hf://org/absent").pull()
except ArtifactError as error:
    assert "cannot be fetched" in str(error), error
else:
    sys.exit("an absent repository was read")
"""


def test_the_hub_store_speaks_through_the_real_client(tmp_path: Path, hub_fake: ModuleType) -> None:
    with hub_fake.fake_hub({".gitattributes": b"*"}) as (endpoint, files, requests):
        environment = os.environ | {
            "HF_ENDPOINT": endpoint,
            "HF_HOME": str(tmp_path / "hf"),
            "HF_TOKEN": "a-token-of-the-test",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_OFFLINE": "0",
        }
        done = subprocess.run(
            [sys.executable, "-c", PUSH_AND_PULL],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert files == {".gitattributes": b"*", "manifest.json": b"2"}
    # One commit a push: nobody ever fetches half a judge.
    assert sum("/commit/" in request for request in requests) == 2
