"""`alia-judge compile` with bounds and several objectives, on a made bank."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alia_judge.cli import main


def _run(command: list[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        main(command)
    return int(ended.value.code or 0)


@pytest.fixture
def world(tmp_path: Path) -> list[str]:
    rng = np.random.default_rng(0)
    truth = rng.integers(1, 6, 80)
    words = rng.integers(5, 60, 80)
    rows = ["item_id,annotator_id,criterion,value,response,group,language"]
    for n in range(80):
        response = " ".join(f"w{n}x{k}" for k in range(words[n]))
        language = "eu" if n % 2 else "es"
        rows += [
            f"i{n},{who},clarity,{np.clip(truth[n] + shift, 1, 5)},{response},g{n // 4},{language}"
            for who, shift in (("ana", 0), ("jon", n % 3 == 0))
        ]
    (tmp_path / "ratings.csv").write_text("\n".join(rows) + "\n")
    bank = tmp_path / "bank"
    bank.mkdir()
    strengths = [(0.9, 0.05, 1.0), (0.7, 0.0, 0.001), (0.3, 0.0, 0.0005)]
    (bank / "configs.jsonl").write_text(
        "".join(
            json.dumps({"config_id": k, "judge": f"j{k}", "cost": cost, "criterion": "clarity"}) + "\n"
            for k, (_, _, cost) in enumerate(strengths)
        )
    )
    scores = [
        np.clip(3 + s * (truth - 3) + bias * (words - 32) + rng.normal(0, 0.7, 80), 1, 5) for s, bias, _ in strengths
    ]
    shares = np.exp(-((np.arange(1, 6) - np.concatenate(scores)[:, None]) ** 2))
    shares /= shares.sum(axis=1, keepdims=True)
    table = {"config_id": np.repeat(np.arange(3), 80), "item_id": [f"i{n}" for n in range(80)] * 3}
    pq.write_table(pa.table(table | {f"p{k + 1}": shares[:, k] for k in range(5)}), bank / "scores.parquet")
    command = [
        "compile",
        str(tmp_path / "ratings.csv"),
        "--criterion",
        "clarity",
        "--recorded",
        str(bank),
        "--calls",
        "240",
    ]
    return [*command, "--storage", f"sqlite:///{tmp_path / 's.db'}", "--json", str(tmp_path / "out.json")]


def test_bounds_and_a_front(world: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bounds = ["--max-cost-per-item", "0.01", "--min-coverage", "0.9", "--max-length-bias", "0.9"]
    assert _run([*world, *bounds, "--pareto", "cost", "--pareto", "worst:language"]) == 0
    out = json.loads((tmp_path / "out.json").read_text())
    assert out["feasible"]
    assert out["single"]["configuration"]["judge"] == "j1"
    assert [one["holds"] for one in out["constraints"]["single"]] == [True, True, True]
    assert any("j0" in name for name in out["constraints"]["excluded"])
    assert out["pareto"]["objectives"] == {
        "spearman": "maximize",
        "cost": "minimize",
        "spearman, 100% worst language": "maximize",
    }
    assert all(set(point["figures"]) == set(out["pareto"]["objectives"]) for point in out["pareto"]["points"])
    shown = capsys.readouterr().out
    assert "none of these is better than another in everything" in shown
    assert "excluded by constraints" in shown


def test_nothing_is_published_where_nothing_keeps_to_the_bounds(
    world: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [*world, "--min-coverage", "1.5", "--artifact", str(tmp_path / "judge")]
    assert _run(command) == 3
    assert "nothing is published: no judge keeps to the constraints" in capsys.readouterr().err
    assert not (tmp_path / "judge").exists()
    assert json.loads((tmp_path / "out.json").read_text())["feasible"] is False
    assert _run([*command, "--no-gate"]) == 0, capsys.readouterr().err
    assert (tmp_path / "judge").exists()


def test_an_unknown_measure_is_wrong_usage(world: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _run([*world, "--pareto", "beauty"]) == 2
    assert "a measure is one of coverage, cost, latency, length_bias" in capsys.readouterr().err
