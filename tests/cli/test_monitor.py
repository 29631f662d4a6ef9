"""``alia-judge monitor``: a judge evaluated, published as JSON, and looked at again."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest


def write(folder: Path, name: str, *, noise: float, seed: int, n: int = 300) -> tuple[Path, Path]:
    """``NAME.csv`` with a judge's scores and ``NAME-ratings.csv`` with one person's ratings, of the same items."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(3, 1, n)
    said = np.clip(np.round(quality + rng.normal(0, 0.6, n)), 1, 5)
    scores = np.clip(quality + rng.normal(0, noise, n), 1, 5)
    paths = folder / f"{name}.csv", folder / f"{name}-ratings.csv"
    for path, header, values in zip(
        paths, (("item_id", "judge", "score"), ("item_id", "annotator_id", "value")), (scores, said), strict=True
    ):
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(header)
            writer.writerows((f"{name}{place:04}", "j", value) for place, value in enumerate(values))
    return paths


@pytest.fixture
def evaluation(run: Callable[..., Any], tmp_path: Path) -> Path:
    scores, ratings = write(tmp_path, "published", noise=0.5, seed=0)
    out = tmp_path / "evaluation.json"
    done = run("evaluate", ratings, "--scores", scores, "--resamples", 20, "--json", out)
    assert done.code == 0, done.err
    return out


def test_exit_codes_and_json(run: Callable[..., Any], read: Any, evaluation: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    scores, ratings = write(tmp_path, "well", noise=0.5, seed=1)
    done = run("monitor", evaluation, "--scores", scores, "--ratings", ratings, "--json", out)
    assert done.code == 0, done.err
    result = read(out)
    assert result["schema"] == "alia-judge/monitor/1"
    assert result["alarms"] == []
    assert {"published", "now", "bound", "evidence", "p_value", "alarm"} <= set(result["watches"]["error"])

    scores, ratings = write(tmp_path, "ill", noise=2.5, seed=2)
    ill = ("monitor", evaluation, "--scores", scores, "--ratings", ratings, "--json", out)
    refused = run(*ill)
    assert refused.code == 3
    assert "--no-gate" in refused.err
    assert "order" in read(out)["alarms"]
    assert run(*ill, "--no-gate").code == 0


def test_what_is_no_evaluation_is_named(run: Callable[..., Any], evaluation: Path, tmp_path: Path) -> None:
    scores, _ = write(tmp_path, "well", noise=0.5, seed=1)
    done = run("monitor", scores, "--scores", scores)
    assert done.code == 1
    assert "not a result of evaluate" in done.err
    done = run("monitor", evaluation, "--scores", scores, "--judge", "nobody")
    assert (done.code, "it has: j" in done.err) == (2, True)
