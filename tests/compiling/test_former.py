"""What version 0.1.0 wrote: its verdicts are found, or their loss is told before anything is paid for."""

from __future__ import annotations

import gzip
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import optuna
import pytest

import alia_judge as aj
from alia_judge.errors import ChangedWarning, UsageError
from alia_judge.runner import VerdictStore

OLD = Path(__file__).parents[1] / "old"
ADDRESS = json.loads((OLD / "made.json").read_text())["address"]


@pytest.fixture(scope="module")
def old() -> ModuleType:
    """What made the files, to ask the same again."""
    spec = importlib.util.spec_from_file_location("made_by_0_1_0", OLD / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def kept(tmp_path: Path, old: ModuleType) -> Path:
    """The files as 0.1.0 left them."""
    for name in old.FILES:
        (tmp_path / name).write_bytes(gzip.decompress((OLD / f"{name}.gz").read_bytes()))
    return tmp_path


class _Asked(Exception):
    """A request was sent: nobody is at the old address."""


@pytest.fixture(autouse=True)
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    from alia_judge.judging.judge import Judge

    async def refuse(*_: Any, **__: Any) -> Any:
        raise _Asked

    monkeypatch.setattr(Judge, "averdict", refuse)


def test_the_verdicts_of_a_store_are_found(kept: Path, old: ModuleType) -> None:
    with VerdictStore(kept / "verdicts.db") as store:
        assert len(store) == 8
        result = aj.run(old.judge(ADDRESS), old.ratings().items()[:8], store=store)
    assert (result.progress.paid, result.progress.replayed) == (0, 8)
    assert all(verdict.probabilities is not None for verdict in result.verdicts)


def test_a_study_of_that_name_is_refused_with_what_is_lost(kept: Path, old: ModuleType) -> None:
    with pytest.raises(
        UsageError, match=r"'named' was begun by version 0\.1\.0.* 42 paid verdicts stay in it; give this"
    ):
        old.search(ADDRESS, str(kept / "study.journal"), study="named")


def test_a_study_of_the_same_search_is_told_of_and_its_verdicts_cost_nothing(kept: Path, old: ModuleType) -> None:
    with pytest.warns(
        ChangedWarning, match=r"begun by version 0\.1\.0.*42 paid verdicts those that .*study\.verdicts\.db"
    ):
        result = old.search(ADDRESS, f"sqlite:///{kept / 'study.db'}").result
    assert (result.paid, result.replayed) == (0, 42)


def test_verdicts_that_were_kept_in_memory_are_told_to_be_lost(kept: Path, old: ModuleType) -> None:
    storage = str(kept / "study.journal")
    backend = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(storage))
    optuna.copy_study(
        from_study_name="named", from_storage=backend, to_study_name="helpfulness spearman old", to_storage=backend
    )
    (kept / "study.verdicts.db").unlink()
    with (
        pytest.warns(ChangedWarning, match=r"'helpfulness spearman old' .* 42 paid verdicts none is found again, and"),
        pytest.raises(_Asked),
    ):
        old.search(ADDRESS, storage)


def test_the_one_database_of_every_study_is_told_of(
    kept: Path, old: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kept / "study.db").rename(kept / "alia-judge.db")
    (kept / "study.verdicts.db").rename(kept / "alia-judge.verdicts.db")
    monkeypatch.chdir(kept)
    with pytest.warns(ChangedWarning, match=r"alia-judge\.db was the default storage of version 0\.1\.0"):
        result = old.search(ADDRESS, None).result
    assert (result.paid, result.replayed) == (0, 42)
    assert result.storage == f"sqlite:///{result.study.replace(' ', '-')}.db"
