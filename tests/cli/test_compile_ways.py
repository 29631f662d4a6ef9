"""`alia-judge compile` with other ways of asking, probes as bounds and money, against the loopback server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alia_judge.cli import main
from alia_judge.compiling.study.storage import open_storage
from alia_judge.publishing import load_judge

RUBRIC = 'criterion: clarity\nscale: 1-5\nlanguage: {language}\nsteps: ["Is it short?", "Is it plain?"]\n'


def _run(command: list[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        main(command)
    return int(ended.value.code or 0)


@pytest.fixture
def command(tmp_path: Path, openai_server: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A search of 80 answers, about half of which say themselves what the server is to answer."""
    monkeypatch.setenv("OPENAI_API_KEY", "the-loopback-server-asks-for-none")
    monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)  # as --api-base sets it, and put back at the end
    rng = np.random.default_rng(0)
    rows = ["item_id,annotator_id,criterion,value,response,group,language"]
    for n in range(80):
        value = int(rng.integers(1, 6))
        words = " ".join(f"w{n}x{k}" for k in range(int(rng.integers(5, 20))))
        told = f" <<answer:{value}>>" if n % 2 else ""
        language = "eu" if n % 3 else "es"
        rows += [f"i{n},{who},clarity,{value},{words}{told}.,g{n // 2},{language}" for who in ("ana", "jon")]
    (tmp_path / "ratings.csv").write_text("\n".join(rows) + "\n")
    for language in ("es", "eu"):
        (tmp_path / f"{language}.yaml").write_text(RUBRIC.format(language=language))
    (tmp_path / "plain.yaml").write_text("criterion: plain\nscale: 1-5\n")
    return [
        *("compile", str(tmp_path / "ratings.csv"), "--criterion", "clarity", "--model", "openai/judge"),
        *("--storage", f"sqlite:///{tmp_path / 's.db'}", "--json", str(tmp_path / "out.json")),
    ]


def _result(tmp_path: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((tmp_path / "out.json").read_text())
    return result


def test_every_way_of_asking_is_an_option_and_every_call_is_counted(
    command: list[str], tmp_path: Path, openai_server: Any
) -> None:
    ways = [
        *("--rubric", str(tmp_path / "es.yaml"), "--rubric", str(tmp_path / "eu.yaml"), "--rubric-language", "item"),
        *("--kind", "pointwise", "--kind", "checklist", "--kind", "analytic"),
        *("--sub-criterion", str(tmp_path / "plain.yaml"), "--sub-criterion", str(tmp_path / "es.yaml")),
        *("--points", "own", "--points", "10", "--samples", "1", "--samples", "2", "--reasoning", "none"),
    ]
    assert _run([*command, *ways, "--calls", "2500", "--artifact", str(tmp_path / "judge"), "--no-gate"]) == 0
    result = _result(tmp_path)
    assert result["calls"]["paid"] == openai_server.stats()["requests"] <= 2500
    study = _names(tmp_path)
    for part in ("kind=checklist", "kind=analytic", "granularity=10", "samples=2", "rubric_language=item"):
        assert any(part in name for name in study), part
    assert load_judge(tmp_path / "judge").scale.points == (1, 2, 3, 4, 5)


def _names(tmp_path: Path) -> set[str]:
    import optuna

    storage = open_storage(f"sqlite:///{tmp_path / 's.db'}")
    (name,) = optuna.study.get_all_study_names(storage)
    return {trial.user_attrs["name"] for trial in optuna.load_study(study_name=name, storage=storage).trials}


def test_a_probe_is_a_bound_and_an_objective(command: list[str], tmp_path: Path, openai_server: Any) -> None:
    bound = ["--max", "length_padding.effect=5", "--pareto", "typos.effect", "--calls", "600", "--deploy-calls", "1"]
    assert _run([*command, *bound]) == 0
    result = _result(tmp_path)
    assert result["calls"]["paid"] == openai_server.stats()["requests"] <= 600
    assert result["constraints"]["single"][0]["constraint"] == "length_padding.effect at most 5"
    assert result["pareto"]["objectives"] == {"spearman": "maximize", "typos.effect": "minimize"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--max", "length_padding=.1"], "or a probe's figure such as length_padding.effect, got 'length_padding'"),
        (["--max", "length_padding.size=.1"], "a probe has shift, effect, drop"),
        (["--max", "no_such.effect=.1"], "there is no probe 'no_such'"),
        (["--max", "cost"], "a bound is FIGURE=NUMBER"),
        (["--points", "many"], "--points takes a number of points, or own for the scale's, got 'many'"),
        (["--rubric-language", "eu"], "--rubric-language is own or item, got 'eu'"),
        (["--kind", "listwise"], "'listwise' cannot be searched item by item"),
    ],
)
def test_wrong_options_are_wrong_usage(
    options: list[str], message: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run([*command, *options, "--calls", "300"]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
