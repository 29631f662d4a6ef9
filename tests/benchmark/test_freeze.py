"""Freezing: the same benchmark comes back, and a changed byte does not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from alia_judge.benchmark import Benchmark, TestLedger, build_benchmark
from alia_judge.errors import ArtifactError, UsageError
from alia_judge.ratings import load_ratings

RECORDS = [
    {
        "item_id": f"i{n:02d}", "annotator_id": rater, "value": (n * shift) % 5 + 1, "group": f"g{n // 3}",
        "response": f"<script>alert({n})</script> texto", "prompt": "¿Qué?", "comment": "bien" if n == 2 else None,
        "language": "es", "seconds": n * 1.5,
    }
    for n in range(30)
    for rater, shift in (("ana", 1), ("jon", 2))
]  # fmt: skip


@pytest.fixture
def benchmark() -> Benchmark:
    return build_benchmark(load_ratings(RECORDS), group_by="group", licence="cc-by-4.0")


def test_what_is_frozen_comes_back_the_same(benchmark: Benchmark, tmp_path: Path) -> None:
    back = Benchmark.load(benchmark.freeze(tmp_path / "frozen"))
    assert back.fingerprint == benchmark.fingerprint
    assert back.provenance == benchmark.provenance
    for name in ("train", "dev", "test"):
        one, two = benchmark.split(name), back.split(name)
        assert one.items == two.items
        np.testing.assert_array_equal(one.values, two.values)
        np.testing.assert_array_equal(one.target, two.target)
        np.testing.assert_array_equal(one.target_se, two.target_se)
        assert one.annotators == two.annotators == ("ana", "jon")
    assert back.ratings.of("rating")["comment"].notna().sum() == 2


@pytest.mark.parametrize("group_by", [None, "language"])
def test_other_groups_come_back_too(group_by: str | None, tmp_path: Path) -> None:
    splits = (0.5, 0.2, 0.3) if group_by is None else (1.0, 0.0, 0.0)
    benchmark = build_benchmark(load_ratings(RECORDS), group_by=group_by, splits=splits)
    assert Benchmark.load(benchmark.freeze(tmp_path / "frozen")).fingerprint == benchmark.fingerprint


def test_items_without_text_come_back(tmp_path: Path) -> None:
    bare = [{name: row[name] for name in ("item_id", "annotator_id", "value")} for row in RECORDS]
    benchmark = build_benchmark(load_ratings(bare))
    assert Benchmark.load(benchmark.freeze(tmp_path / "frozen")).fingerprint == benchmark.fingerprint


@pytest.mark.parametrize("name", ["data/test.parquet", "benchmark.json", "README.md"])
def test_a_changed_byte_is_refused_by_name(benchmark: Benchmark, tmp_path: Path, name: str) -> None:
    folder = benchmark.freeze(tmp_path / "frozen")
    path = folder / name
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(ArtifactError, match=f"{name} was changed after it was frozen"):
        Benchmark.load(folder)


def test_a_missing_file_an_added_one_and_a_forged_fingerprint_are_refused(benchmark: Benchmark, tmp_path: Path) -> None:
    import hashlib

    folder = benchmark.freeze(tmp_path / "one")
    (folder / "data" / "more.parquet").write_bytes(b"x")
    with pytest.raises(ArtifactError, match=r"more\.parquet is no part of the frozen benchmark"):
        Benchmark.load(folder)
    (folder / "data" / "more.parquet").unlink()
    (folder / "README.md").unlink()
    with pytest.raises(ArtifactError, match=r"README\.md is missing"):
        Benchmark.load(folder)

    folder = benchmark.freeze(tmp_path / "two")
    manifest = json.loads((folder / "benchmark.json").read_text())
    manifest["consensus"] = {"method": "median"}
    (folder / "benchmark.json").write_text(json.dumps(manifest))
    sums = [line for line in (folder / "CHECKSUMS.sha256").read_text().splitlines() if "benchmark.json" not in line]
    sums.append(f"{hashlib.sha256((folder / 'benchmark.json').read_bytes()).hexdigest()}  benchmark.json")
    (folder / "CHECKSUMS.sha256").write_text("\n".join(sums) + "\n")
    with pytest.raises(ArtifactError, match="the content has fingerprint"):
        Benchmark.load(folder)
    with pytest.raises(ArtifactError, match="is no frozen benchmark"):
        Benchmark.load(tmp_path)


def _contents(folder: Path) -> dict[Path, bytes]:
    """Every file but the ledger's lock, which holds nothing."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}


def test_a_frozen_benchmark_is_never_written_over(benchmark: Benchmark, tmp_path: Path) -> None:
    folder = benchmark.freeze(tmp_path / "frozen")
    before = _contents(folder)
    assert benchmark.freeze(folder) == folder  # the same again, as when a cell of a notebook is run twice
    assert _contents(folder) == before
    with pytest.raises(UsageError, match="holds another benchmark"):
        replace(benchmark, target=benchmark.target + 1).freeze(folder)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("do not touch")
    with pytest.raises(UsageError, match="is there already; freeze to a new folder"):
        benchmark.freeze(tmp_path / "notes")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["frozen", "notes"]


def test_the_folder_is_a_data_set_with_a_card(
    benchmark: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    folder = benchmark.freeze(tmp_path / "frozen")
    card = (folder / "README.md").read_text()
    assert card.startswith("---\npretty_name:")
    assert 'license: "cc-by-4.0"' in card
    loaded = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    assert {name: len(part) for name, part in loaded.items()} == {
        "train": len(benchmark.train),
        "validation": len(benchmark.dev),
        "test": len(benchmark.test),
    }


def test_looks_at_the_test_split_are_kept_beside_the_frozen_benchmark(benchmark: Benchmark, tmp_path: Path) -> None:
    folder = benchmark.freeze(tmp_path / "frozen")
    Benchmark.load(folder).open_test(by="judge 1")
    Benchmark.load(folder).test.look(by="judge 2", purpose="leaderboard")
    looks = Benchmark.load(folder).ledger.looks
    assert [(look.by, look.purpose) for look in looks] == [("judge 1", "open"), ("judge 2", "leaderboard")]
    ledger = folder / "test-ledger.jsonl"
    ledger.write_text("".join(ledger.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(ArtifactError, match=r"test-ledger\.jsonl:1: this look does not follow"):
        Benchmark.load(folder)


def test_a_ledger_that_cannot_be_written_counts_in_memory_and_says_so(tmp_path: Path) -> None:
    ledger = TestLedger(tmp_path / "no" / "such" / "folder.jsonl")
    with pytest.warns(UserWarning, match="counted in this process only"):
        ledger.record(by="judge 1")
    assert ledger.count == 1
