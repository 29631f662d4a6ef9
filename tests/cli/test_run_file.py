"""`alia-judge init` and `run`: the whole path from one file, taken up where it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import alia_judge as aj
from alia_judge.cli import main


def _run(*command: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(command)
    return int(ended.value.code or 0)


@pytest.fixture
def world(tmp_path: Path, openai_server: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Any]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    rows = ["conversación;pregunta;respuesta;anotador;utilidad"]
    for n in range(60):
        worth = int(rng.integers(1, 6))
        for who in ("ana", "jon", "leo"):
            value = min(5, max(1, worth + int(rng.integers(-1, 2)) * (who == "leo")))
            rows.append(
                f"c{n // 2};¿Qué pasa con la factura {n}?;Su factura {n} se corrige mañana ({worth});{who};{value}"
            )
    (tmp_path / "v.csv").write_text("\ufeff" + "\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path, openai_server


def test_init_then_run_then_run_again(world: tuple[Path, Any], capsys: pytest.CaptureFixture[str]) -> None:
    folder, server = world
    assert _run("init", "v.csv", "--out", "judge.yaml", "--model", "openai/one") == 0
    text = (folder / "judge.yaml").read_text(encoding="utf-8")
    assert "criterion: utilidad" in text
    assert "helpfulness:es" in text
    text = text.replace("# api_base: http://localhost:8000/v1 ", f"api_base: {server.base_url} ").replace(
        "calls: 400", "calls: 60"
    )
    text = text.replace("# price: 0.15,0.60 ", "price: [0.15, 0.60] ")
    (folder / "judge.yaml").write_text(text, encoding="utf-8")
    assert _run("run", "judge.yaml") == 0, capsys.readouterr().err
    made = folder / "judge-run"
    for name in ("audit.json", "audit.html", "benchmark", "study.db", "judge", "evaluation.json", "report.html"):
        assert (made / name).exists(), name
    assert json.loads((made / "evaluation.json").read_text())["split"] == "test"
    paid = server.stats()["requests"]
    assert paid > 0
    assert json.loads((made / "search.json").read_text())["calls"]["cost"] > 0
    capsys.readouterr()
    assert aj.run_file(folder / "judge.yaml") == made
    said = capsys.readouterr().err
    assert said.count("done before, nothing changed") == 4
    assert server.stats()["requests"] == paid

    # Another budget searches on, with the verdicts it has, and keeps the earlier judge.
    (folder / "judge.yaml").write_text(text.replace("calls: 60", "calls: 80"), encoding="utf-8")
    assert _run("run", "judge.yaml") == 0, capsys.readouterr().err
    said = capsys.readouterr().err
    assert "build: done before" in said
    assert "compile: alia-judge compile" in said
    assert (made / "judge.earlier-1").exists()
    assert json.loads((made / "search.json").read_text())["calls"]["budget"] == 80


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("ratings: v.csv\ncriterion: utilidad\ncompile:\n  modle: [x]\n", r"judge.yaml:4: compile has no 'modle'"),
        ("ratings: v.csv\ncriterion: utilidad\ncompil:\n  model: [x]\n", r"judge.yaml:3: there is no section 'compil'"),
        ("ratings: v.csv\ncriterion: utilidad\ncompile:\n  calls: 5\n", r"judge.yaml:3: compile names no model"),
        ("criterion: utilidad\n", r"ratings is missing"),
        ("ratings: v.csv\ncriterion: [\n", r"judge.yaml:\d+: "),
        ("- a\n", r"there are no sections"),
        ("ratings: v.csv\ncriterion: utilidad\nbuild: 3\n", r"judge.yaml:3: build is no mapping"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    text: str, match: str, world: tuple[Path, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = world
    (folder / "judge.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(aj.DataError, match=match):
        aj.run_file(folder / "judge.yaml")
    assert _run("run", "judge.yaml") == 1


def test_a_file_that_is_there_is_not_overwritten(world: tuple[Path, Any], capsys: pytest.CaptureFixture[str]) -> None:
    folder, _ = world
    (folder / "mine.yaml").write_text("x")
    assert _run("init", "v.csv", "--out", "mine.yaml") == 2
    assert "mine.yaml is there already" in capsys.readouterr().err
