"""The ledger of looks at a test split: whatever a team calls its judge, however many processes look, and torn lines."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alia_judge.benchmark import TestLedger
from alia_judge.errors import ArtifactError

#: Any string of Python, half an emoji too.
_NAMES = st.lists(st.text(st.characters() | st.sampled_from("\u2028\u2029\x85\x0b\x0c\x1c\r\n\ud83d"), max_size=8))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "test-ledger.jsonl"


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=_NAMES)
def test_whatever_a_judge_is_called_the_ledger_stays_readable(path: Path, names: list[str]) -> None:
    path.unlink(missing_ok=True)
    for name in names:
        TestLedger(path).record(by=name, purpose=name)
    assert [(look.by, look.purpose) for look in TestLedger(path).looks] == [(name, name) for name in names]


def test_one_that_an_earlier_version_wrote_with_such_a_name_opens_again(path: Path) -> None:
    """0.1.0 wrote names as they are and then took U+2028 in one for the end of a line."""
    lines: list[str] = []
    for by in ("a", "b\u2028c", "d\x85e"):
        previous = hashlib.sha256(lines[-1].encode() if lines else b"").hexdigest()
        look = {"at": "2026-01-01T00:00:00+00:00", "by": by, "purpose": "leaderboard", "previous": previous}
        lines.append(json.dumps(look, ensure_ascii=False))
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    TestLedger(path).record(by="f")
    assert [look.by for look in TestLedger(path).looks] == ["a", "b\u2028c", "d\x85e", "f"]


_LOOKS = """
import sys
from pathlib import Path
from alia_judge.benchmark import TestLedger
for number in range(25):
    TestLedger(Path(sys.argv[1])).record(by=f"{sys.argv[2]} \\u2028 {number}")
"""


def test_eight_processes_look_at_once(path: Path) -> None:
    running = [subprocess.Popen([sys.executable, "-c", _LOOKS, path, str(number)]) for number in range(8)]
    assert [one.wait(timeout=900) for one in running] == [0] * 8
    looks = [look.by for look in TestLedger(path).looks]
    assert sorted(looks) == sorted(f"{process} \u2028 {number}" for process in range(8) for number in range(25))
    for process in range(8):
        own = [look for look in looks if look.startswith(f"{process} ")]
        assert own == sorted(own, key=lambda look: int(look.split()[-1])), "a process's own looks are in their order"


def test_a_line_torn_at_any_byte_is_no_look_and_its_place_is_taken(path: Path) -> None:
    for name in ("a", "b"):
        TestLedger(path).record(by=name)
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(first, len(whole) + 1):
        path.write_bytes(whole[:end])
        # Without its newline the last line is a look all the same.
        there = ["a", "b"] if end >= len(whole) - 1 else ["a"]
        assert [look.by for look in TestLedger(path).looks] == there
        TestLedger(path).record(by="c")
        assert [look.by for look in TestLedger(path).looks] == [*there, "c"]
        assert path.read_bytes().endswith(b"\n")


def test_a_damaged_line_before_the_last_is_told_and_nothing_is_written_after_it(path: Path) -> None:
    for name in "abc":
        TestLedger(path).record(by=name)
    ledger = TestLedger(path)
    raw = path.read_bytes().replace(b'"b"', b'"x"')
    path.write_bytes(raw)
    with pytest.raises(ArtifactError, match=r"test-ledger\.jsonl:3: this look does not follow"):
        ledger.record(by="d")
    assert path.read_bytes() == raw


def test_a_lock_that_is_not_let_go_is_an_error_that_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from filelock import FileLock

    ledger = TestLedger(path)
    monkeypatch.setattr("alia_judge.benchmark.ledger._PATIENCE", 0.1)
    with (
        FileLock(path.with_name(f".{path.name}.lock")),
        pytest.raises(ArtifactError, match="another process has held the test ledger"),
    ):
        ledger.record(by="a")


def test_a_folder_that_cannot_be_written_is_read_all_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    TestLedger(path).record(by="a")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    # The tests may run as root, whom no mode keeps from writing.
    monkeypatch.setattr("alia_judge.benchmark.ledger.FileLock.acquire", refuse)
    monkeypatch.setattr(TestLedger, "_write", refuse)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ledger = TestLedger(path)
        assert [look.by for look in ledger.looks] == ["a"]
    with pytest.warns(UserWarning, match="counted in this process only"):
        ledger.record(by="b")
    assert [look.by for look in ledger.looks] == ["a", "b"]
