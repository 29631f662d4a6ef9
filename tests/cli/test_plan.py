"""`--plan` says what a command would ask and sends nothing, whatever the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import alia_judge as aj
from alia_judge.cli import main


@pytest.fixture
def world(tmp_path: Path, openai_server: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Any]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    ratings = aj.load_sample()
    aj.build_benchmark(ratings, criterion="helpfulness").freeze(tmp_path / "bench")
    judge = aj.Judge(
        aj.builtin_rubric("helpfulness", "es"),
        lm=aj.resolve_lm("openai/one", api_base=openai_server.base_url, api_key="sk-x"),
    )
    aj.publish_judge(judge, tmp_path / "judge")
    (tmp_path / "items.csv").write_text(
        'item_id,prompt,response\ni1,¿Cuándo?,Mañana\ni2,¿Mi número?,"Llame al 600 123 456, gracias."\n'
    )
    return tmp_path, openai_server


@pytest.mark.parametrize(
    "command",
    [
        ["compile", "{}/bench", "--criterion", "helpfulness", "--model", "openai/one", "--calls", "50"],
        ["score", "{}/judge", "{}/items.csv", "--out", "{}/out.csv"],
        ["evaluate", "{}/bench", "--artifact", "{}/judge"],
        ["probe", "{}/judge", "{}/bench"],
        ["leaderboard", "{}/bench", "--artifact", "{}/judge", "--allow-model", "openai/one"],
    ],
    ids=lambda command: command[0],
)
def test_nothing_is_sent_and_nothing_written(
    command: list[str], world: tuple[Path, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, server = world
    before = sorted(path.name for path in folder.iterdir())
    looks = _looks(folder)
    out = folder / "plan.json"
    with pytest.raises(SystemExit) as ended:
        main([*(part.format(folder) for part in command), "--api-base", server.base_url, "--plan", "--json", str(out)])
    assert not ended.value.code, capsys.readouterr().err
    plan = json.loads(out.read_text())
    assert plan["schema"] == "alia-judge/plan/1"
    assert plan["requests"] > 0
    assert plan["texts_leave"] is False  # a server on this machine
    assert any("openai/one" in one for one in plan["asks"])
    assert "nothing was sent" in capsys.readouterr().out
    assert server.stats()["requests"] == 0
    out.unlink()
    assert sorted(path.name for path in folder.iterdir()) == before
    assert _looks(folder) == looks


def _looks(folder: Path) -> int:
    return len(aj.Benchmark.load(folder / "bench").ledger.looks)


def test_personal_data_are_counted(world: tuple[Path, Any], capsys: pytest.CaptureFixture[str]) -> None:
    folder, server = world
    command = ["score", str(folder / "judge"), str(folder / "items.csv"), "--out", str(folder / "out.csv"), "--plan"]
    with pytest.raises(SystemExit):
        main([*command, "--api-base", server.base_url])
    assert "1 of 2 items hold personal data" in capsys.readouterr().out
