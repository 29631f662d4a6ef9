"""A team's files, small: ratings, somebody's scores, a bank; and the command line, run in this process."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import pytest

from alia_judge.cli import main


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run ``alia-judge`` with these arguments; what it sets in the environment ends with it, as a process's would."""

    def call(*arguments: object) -> Outcome:
        capsys.readouterr()
        with patch.dict(os.environ), pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Outcome(int(exit_.value.code or 0), out, err)

    return call


@pytest.fixture
def read() -> Callable[[Path], Any]:
    """JSON as strict readers see it: no NaN."""

    def load(path: Path) -> Any:
        def refuse(constant: str) -> None:
            raise AssertionError(f"{constant} in {path}")

        return json.loads(path.read_text("utf-8"), parse_constant=refuse)

    return load


@pytest.fixture(scope="session")
def made() -> Any:
    """The compiler tests' bank of known truth."""
    path = Path(__file__).parents[1] / "compiling" / "made_bank.py"
    spec = importlib.util.spec_from_file_location("made_bank_for_cli", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def team(made: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``ratings.csv`` (three raters near the truth), ``scores.csv`` (two judges), ``bank/``, ``items.jsonl``."""
    folder = tmp_path_factory.mktemp("team")
    items, truth = made.items_and_truth()
    rng = np.random.default_rng(5)
    with (folder / "ratings.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["item_id", "annotator_id", "criterion", "value", "response", "group", "system", "language"])
        for item, true in zip(items, truth, strict=True):
            for rater in ("ana", "jon", "eva"):
                value = int(np.clip(true + rng.integers(-1, 2), 1, 5))
                writer.writerow(
                    [item.item_id, rater, "x", value, item.response, item.group, item.system, item.language]
                )
    with (folder / "scores.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["item_id", "judge", "score"])
        for item, true in zip(items, truth, strict=True):
            writer.writerow([item.item_id, "good", true + rng.normal(0, 0.5)])
            writer.writerow([item.item_id, "noise", "" if item.item_id.endswith("s3") else rng.normal()])
    made.make_bank(folder / "bank", items, truth, [0.9, 0.1, 0.5, 0.0, 0.3, 0.2])
    with (folder / "items.jsonl").open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps({"item_id": item.item_id, "response": item.response}) + "\n" for item in items)
    groups = sorted({item.group for item in items})
    split = {"train": groups[:6], "dev": groups[6:8], "test": groups[8:11]}
    (folder / "split.json").write_text(json.dumps(split))
    return folder
