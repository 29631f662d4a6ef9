from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from alia_judge.errors import ArtifactError, UsageError
from alia_judge.publishing.manifest import MANIFEST, seal
from alia_judge.publishing.stores import HubStore, LocalStore, Store, open_store


def _version(number: int, **files: bytes) -> dict[str, bytes]:
    judge = f'{{"n": {number}}}'.encode()
    return seal({"judge.json": judge, **files}, schema="alia-judge/artifact/1", version="0", facts={})


FILES = seal(
    {"judge.json": b'{"n": 1}', "sub/deep.json": "ñ".encode()}, schema="alia-judge/artifact/1", version="0", facts={}
)
SECOND = _version(2)


def sealed_elsewhere() -> bytes:
    return seal({"x": b""}, schema="somebody/else/1", version="0", facts={})[MANIFEST]


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
        assert store.push(FILES, title="first") == str(tmp_path / "new" / "judge")
        assert store.pull() == FILES
        assert [path.name for path in (tmp_path / "new").iterdir()] == ["judge"]

    def test_fills_an_empty_folder(self, tmp_path: Path) -> None:
        LocalStore(tmp_path).push(FILES, title="")
        assert LocalStore(tmp_path).pull() == FILES

    def test_never_replaces_what_is_no_judge(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.tex").write_text("years of work")
        with pytest.raises(ArtifactError, match="not a published judge"):
            LocalStore(tmp_path).push(FILES, title="", overwrite=True)
        assert (tmp_path / "thesis.tex").read_text() == "years of work"

    def test_replaces_an_earlier_judge_only_when_told(self, tmp_path: Path) -> None:
        store = LocalStore(tmp_path / "judge")
        store.push(FILES, title="")
        store.push(FILES, title="")  # the same once more: a command that was run again
        with pytest.raises(ArtifactError, match=r"published there already.*overwrite=True"):
            store.push(SECOND, title="")
        store.push(SECOND, title="", overwrite=True)
        assert store.pull() == SECOND
        assert [path.name for path in tmp_path.iterdir()] == ["judge"]

    def test_a_failed_write_leaves_the_earlier_judge_and_no_debris(self, tmp_path: Path) -> None:
        store = LocalStore(tmp_path / "judge")
        store.push(FILES, title="")
        with pytest.raises(TypeError):
            store.push({**SECOND, "bad": "text"}, title="", overwrite=True)  # type: ignore[dict-item]
        assert store.pull() == FILES
        assert [path.name for path in tmp_path.iterdir()] == ["judge"]

    def test_names_that_start_with_a_dot_belong_to_the_place(self, tmp_path: Path) -> None:
        store = LocalStore(tmp_path)
        store.push(FILES, title="")
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


def test_what_is_not_the_judges_stays(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.push(FILES, title="")
    rest = {".git/HEAD": "ref", ".gitattributes": "*", "notes.txt": "years of work", "sub/mine.txt": "mine"}
    for name, text in rest.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.warns(UserWarning, match=r"notes\.txt, sub/mine\.txt is no part of the judge and stays"):
        store.push(SECOND, title="", overwrite=True)
    assert {name: (tmp_path / name).read_text() for name in rest} == rest
    assert set(store.pull()) == {*SECOND, "notes.txt", "sub/mine.txt"}
    assert not (tmp_path / "sub" / "deep.json").exists()


@pytest.mark.parametrize("manifest", [b'{"name": "a web page", "icons": []}', b"{}", b"no JSON", sealed_elsewhere()])
def test_a_folder_with_anybody_elses_manifest_is_no_judge(tmp_path: Path, manifest: bytes) -> None:
    (tmp_path / MANIFEST).write_bytes(manifest)
    with pytest.raises(ArtifactError, match="not a published judge"):
        LocalStore(tmp_path).push(FILES, title="", overwrite=True)
    assert (tmp_path / MANIFEST).read_bytes() == manifest


_KILLED = """
import json, os, shutil, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_stores import FILES, SECOND
from alia_judge.publishing.stores import LocalStore

def end_before(last):
    steps = 0
    def hook(event, arguments):
        nonlocal steps
        if event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir") or (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        ):
            steps += 1
            if steps == last:
                os._exit(9)
    sys.addaudithook(hook)

seen, step, ended = [], 0, 9
while ended == 9:
    step += 1
    store = LocalStore(Path(sys.argv[2]) / f"judge {step}")
    store.push(FILES, title="")
    (store.folder / ".git").mkdir()
    child = os.fork()
    if child == 0:
        end_before(step)
        store.push(SECOND, title="", overwrite=True)
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    found = dict(store.pull())
    store.push(SECOND, title="", overwrite=True)
    seen.append({
        "ended": ended,
        "version": 1 if found == FILES else 2 if found == SECOND else None,
        "after": dict(store.pull()) == SECOND,
        "there": sorted(path.name for path in store.folder.iterdir()),
    })
print(json.dumps(seen))
"""


def test_killed_at_any_step_one_version_is_in_place_and_the_same_push_goes_on(tmp_path: Path) -> None:
    """A process that ends before its n-th change of the file system, for every n."""
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, Path(__file__).parent, tmp_path],
        check=False, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    versions = [one["version"] for one in seen]
    assert versions == sorted(versions), "the first version until the second is whole, and then the second"
    assert {1, 2} == set(versions)
    assert [one["ended"] for one in seen] == [9] * (len(seen) - 1) + [0]
    assert all(one["after"] for one in seen)
    assert all(set(one["there"]) <= {".git", "sub", *SECOND} for one in seen)


# The Hub's client reads HF_ENDPOINT when it is imported: a process of its own.
PUSH_AND_PULL = """
import sys
sys.path.insert(0, sys.argv[1])
from test_stores import FILES, SECOND
from alia_judge.errors import ArtifactError
from alia_judge.publishing.stores import open_store
store = open_store("hf://org/judge")
where = store.push(FILES, title="first", private=True)
assert where.startswith("hf://org/judge@"), where
assert store.pull() == FILES, dict(store.pull())
assert store.push(FILES, title="the same") == where
try:
    store.push(SECOND, title="second")
except ArtifactError as error:
    assert "overwrite=True" in str(error), error
else:
    sys.exit("an earlier judge was overwritten unasked")
store.push(SECOND, title="second", overwrite=True)
assert store.pull() == SECOND, dict(store.pull())
try:
    open_store("hf://org/absent").pull()
except ArtifactError as error:
    assert "cannot be read: there is no such repository" in str(error), error
else:
    sys.exit("an absent repository was read")
"""


def _in_a_process_of_its_own(script: str, endpoint: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(folder / "hf"),
        "HF_TOKEN": "a-token-of-the-test",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_OFFLINE": "0",
    }
    return subprocess.run(
        [sys.executable, "-c", script, Path(__file__).parent],
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def test_the_hub_store_speaks_through_the_real_client(tmp_path: Path, hub_fake: ModuleType) -> None:
    with hub_fake.fake_hub({".gitattributes": b"*"}) as (endpoint, files, requests):
        done = _in_a_process_of_its_own(PUSH_AND_PULL, endpoint, tmp_path)
    assert done.returncode == 0, done.stderr
    assert files == {".gitattributes": b"*", **SECOND}
    # One commit a push, and none for what is there already: nobody ever fetches half a judge.
    assert sum("/commit/" in request for request in requests) == 2
    assert hub_fake.created(requests)[0].get("visibility") == "private"


def test_a_repository_that_is_no_judge_is_left_alone(tmp_path: Path, hub_fake: ModuleType) -> None:
    script = """
import sys
sys.path.insert(0, sys.argv[1])
from test_stores import FILES
from alia_judge.publishing.stores import open_store
open_store("hf://org/judge").push(FILES, title="first", overwrite=True)
"""
    thesis = {"thesis.tex": b"years of work", "manifest.json": b"{}"}
    with hub_fake.fake_hub(dict(thesis)) as (endpoint, files, _):
        done = _in_a_process_of_its_own(script, endpoint, tmp_path)
    assert "the repository already holds 2 files and is not a published judge" in done.stderr
    assert files == thesis


_REFUSED = """
import sys
sys.path.insert(0, sys.argv[1])
from test_stores import FILES
from alia_judge.errors import ArtifactError
from alia_judge.publishing.stores import open_store
store = open_store("hf://org/judge")
for doing in (store.pull, lambda: store.push(FILES, title="x")):
    try:
        doing()
    except ArtifactError as error:
        print(error)
"""


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "the Hub does not know you (401); log in with 'hf auth login', or set HF_TOKEN"),
        (403, "your token may not do that there (403)"),
        (404, "there is no such repository or revision, or it is private (404)"),
        (None, "the Hub cannot be reached; check the network"),
    ],
)
def test_what_the_hub_refuses_is_one_sentence(
    tmp_path: Path, hub_fake: ModuleType, status: int | None, said: str
) -> None:
    with hub_fake.fake_hub(refuse=status) as (endpoint, _, _):
        where = endpoint if status is not None else "http://127.0.0.1:9"
        done = _in_a_process_of_its_own(_REFUSED, where, tmp_path)
    assert done.returncode == 0, done.stderr
    reading, writing = done.stdout.splitlines()
    assert f"cannot be read: {said}" in reading
    assert f"cannot be written: {said}" in writing
