"""``--kind criteria`` on the command line: one judge of several criteria, from ratings to what it scores and back."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from loopback import Loopback

from alia_judge.cli import main

N = 60


def rated(place: int) -> dict[str, int]:
    rng = np.random.default_rng([7, place])
    return {"utilidad": int(rng.integers(1, 6)), "tono": int(rng.integers(0, 11))}


def answers(body: Any, path: str, number: int) -> tuple[int, dict[str, str], Any]:
    asked = str(body["messages"])
    place = int(re.findall(r"respuesta(\d+)x", asked)[-1])
    rng = np.random.default_rng([place, len(asked) % 7])
    lines = []
    for name, value in rated(place).items():
        if f"{name}: [" in asked:
            told = value if name == "utilidad" else round(1 + 4 * value / 10)
            lines.append(f"{name}: {told if rng.random() < 0.8 else rng.integers(1, 6)}")
    choice = {"index": 0, "message": {"role": "assistant", "content": "\n".join(lines)}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    return 200, {}, {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice],
                     "usage": usage}  # fmt: skip


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with Loopback(answers) as running:
        monkeypatch.setenv("OPENAI_API_BASE", running.url)
        yield running


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "notas.csv").open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(["conversacion", "respuesta", "anotador", "utilidad", "tono"])
        for place in range(N):
            words = " ".join(f"palabra{place}{letter}" for letter in "abcdefg")
            for who in ("ana", "jon"):
                table.writerow([f"c{place // 2}", f"La respuesta{place}x dice {words}.", who, *rated(place).values()])
    return tmp_path


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return int(ended.value.code or 0)


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


TUNE = (
    "compile", "notas.csv", "--kind", "criteria", "--criterion", "utilidad", "--criterion", "tono",
    "--scale", "tono=0-10", "--model", "openai/m", "--calls", "90", "--storage", "sqlite:///s.db",
    "--group-by", "group",
)  # fmt: skip


def test_one_judge_from_ratings_to_scores_and_back(
    folder: Path, server: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*TUNE, "--plan") == 0
    assert "utilidad + tono" in capsys.readouterr().out
    assert not server.bodies
    ended = run(*TUNE, "--artifact", "judge", "--json", "out.json", "--predictions", "p.csv", "--over", "worst")
    told = capsys.readouterr()
    assert ended == 0, told
    result = read(folder / "out.json")
    assert result["calls"]["paid"] + result["calls"]["predictions"] == len(server.bodies)
    assert result["calls"]["paid"] <= 90
    assert set(result["criteria"]) == {"utilidad", "tono"}
    assert result["objective"].startswith("the worst of spearman of utilidad")
    assert result["gate"]["criteria"].keys() == {"utilidad", "tono"}
    assert "rubric of tono: the built-in tone" in told.err
    assert "utilidad" in told.out
    rows = rows_of(folder / "p.csv")
    assert {(row["judge"], row["criterion"]) for row in rows} == {
        (judge, name) for judge in ("single", "deployed") for name in ("utilidad", "tono")
    }
    benchmarks = Path(result["benchmark_folder"])
    assert sorted(path.name for path in benchmarks.iterdir()) == ["tono", "utilidad"]

    asked = len(server.bodies)
    assert run("evaluate", str(benchmarks), "--artifact", "judge", "--json", "e.json", "--report", "r.html",
               "--resamples", "50") == 0  # fmt: skip
    n_test = result["split"]["test"]
    each = result["deployed"]["calls_per_item"]
    assert len(server.bodies) - asked == each * n_test  # its calls answer both criteria
    assert set(read(folder / "e.json")["criteria"]) == {"utilidad", "tono"}
    assert "criteria:tono+utilidad|" in read(folder / "e.json")["signature"]
    assert "tono" in (folder / "r.html").read_text(encoding="utf-8")
    assert run("publish", "judge", "published", "--evaluation", "e.json") == 0
    card = (folder / "published" / "README.md").read_text(encoding="utf-8")
    assert "| utilidad | value and interval |" in card
    assert "| tono | value and interval |" in card

    assert run("score", "judge", "notas.csv", "--out", "scores.csv") == 0
    rows = rows_of(folder / "scores.csv")
    assert len(rows) == 2 * N
    assert [row["criterion"] for row in rows[:2]] == ["utilidad", "tono"]
    capsys.readouterr()
    assert run("evaluate", "notas.csv", "--scores", "scores.csv", "--json", "again.json", "--resamples", "50",
               "--scale", "tono=0-10") == 0  # fmt: skip
    found = read(folder / "again.json")["criteria"]
    assert all(one["judges"]["judge"]["coverage"] == 1.0 for one in found.values())
    assert run("leaderboard", "notas.csv", "--scores", "scores.csv", "--criterion", "tono", "--scale", "tono=0-10") == 0


def test_a_benchmark_of_one_criterion_is_not_of_several(
    folder: Path, server: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("build", "notas.csv", "--criterion", "utilidad", "--group-by", "group", "--out", "one") == 0
    assert run("compile", "one", "--kind", "criteria", "--criterion", "utilidad", "--criterion", "tono", "--model",
               "openai/m", "--calls", "10") == 2  # fmt: skip
    assert "one is a benchmark of utilidad alone" in " ".join(capsys.readouterr().err.split())
    assert not server.bodies


def test_a_run_file_with_a_list_of_criteria(folder: Path, server: Loopback) -> None:
    assert run("init", "notas.csv", "--criterion", "utilidad", "--criterion", "tono", "--scale", "tono=0-10", "--out",
               "judge.yaml", "--model", "openai/m") == 0  # fmt: skip
    text = (folder / "judge.yaml").read_text(encoding="utf-8")
    assert "criterion: [utilidad, tono]" in text
    (folder / "judge.yaml").write_text(text.replace("calls: 400", "calls: 60"))
    assert run("run", "judge.yaml") == 0
    made = folder / "judge-run"
    assert set(read(made / "evaluation.json")["criteria"]) == {"utilidad", "tono"}
    assert {path.name for path in (made / "benchmark").iterdir()} == {"utilidad", "tono"}
    asked = len(server.bodies)
    assert run("run", "judge.yaml") == 0
    assert len(server.bodies) == asked


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (TUNE[:2] + TUNE[4:], "add --kind criteria for one judge whose one call answers them all"),
        ((*TUNE, "--kind", "pointwise"), "--kind criteria stands alone"),
        ((*TUNE, "--samples", "3"), "--samples goes with a judge of one criterion"),
        ((*TUNE, "--rubric", "tone"), "write --rubric 'utilidad=tone'"),
        ((*TUNE[:6], *TUNE[8:]), "is of two criteria or more"),
        ((*TUNE, "--over", "best"), "over must be 'mean' or 'worst'"),
    ],
)
def test_what_does_not_go_together_is_wrong_usage(
    folder: Path, server: Loopback, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not server.bodies
