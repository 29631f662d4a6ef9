"""A frozen benchmark as a data set on the Hub, through the real client against a fake of the Hub's HTTP interface."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from alia_judge.benchmark import build_benchmark
from alia_judge.errors import UsageError
from alia_judge.publishing import publish_benchmark
from alia_judge.ratings import load_ratings


@pytest.fixture
def hub_fake() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hub_fake", Path(__file__).with_name("hub_fake.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    rows = [
        {"item_id": f"i{n:02}", "annotator_id": who, "value": 1 + (n * 7 + (who == "b")) % 5, "response": f"text {n}"}
        for n in range(40)
        for who in "ab"
    ]
    benchmark = build_benchmark(load_ratings(rows, criterion="c"), criterion="c")
    return benchmark.freeze(tmp_path / "benchmark")


_PUSH = """
import sys
from alia_judge.cli import main
main(["publish", sys.argv[1], "hf://org/judge", *sys.argv[2:]])
"""


def _push(frozen: Path, endpoint: str, *options: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(frozen.parent / "hf"),
        "HF_TOKEN": "a-token-of-the-test",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_OFFLINE": "0",
    }
    return subprocess.run(
        [sys.executable, "-c", _PUSH, frozen, *options],
        env=environment, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip


def test_it_is_pushed_whole_private_and_once(frozen: Path, hub_fake: ModuleType) -> None:
    with hub_fake.fake_hub({".gitattributes": b"*"}) as (endpoint, files, requests):
        done = _push(frozen, endpoint)
        assert done.returncode == 0, done.stderr
        again = _push(frozen, endpoint)
        assert again.returncode == 0, again.stderr
        assert sum("/commit/" in request for request in requests) == 1
        made: dict[str, Any] = hub_fake.created(requests)[0]
        assert (made["type"], made.get("visibility")) == ("dataset", "private")
        there = {path.relative_to(frozen).as_posix(): path.read_bytes() for path in frozen.rglob("*") if path.is_file()}
        own = {name: data for name, data in there.items() if not name.startswith(".")}
        assert files == {".gitattributes": b"*", **own}
        assert files["README.md"].startswith(b"---\npretty_name:")
        files["CHECKSUMS.sha256"] = b"another"
        other = _push(frozen, endpoint)
    assert other.returncode == 1
    assert "a frozen benchmark is never written over" in other.stderr


def test_open_only_where_it_is_said(frozen: Path, hub_fake: ModuleType) -> None:
    with hub_fake.fake_hub({}) as (endpoint, _, requests):
        assert _push(frozen, endpoint, "--open").returncode == 0
        assert hub_fake.created(requests)[0].get("visibility") == "public"
        assert _push(frozen, endpoint, "--name", "x").returncode == 2


@pytest.mark.parametrize("target", ["somewhere", "hf://x", "hf://a/b/c", "hf:///b"])
def test_it_goes_to_the_hub(frozen: Path, target: str) -> None:
    with pytest.raises(UsageError, match="hf://ORG/NAME"):
        publish_benchmark(frozen, target)
