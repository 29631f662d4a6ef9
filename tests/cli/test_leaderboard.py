"""``alia-judge leaderboard``: teams' scores, published judges and a bank on a hidden test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def benchmark(run: Callable[..., Any], team: Path, tmp_path: Path) -> Path:
    out = tmp_path / "benchmark"
    done = run("build", team / "ratings.csv", "--split", team / "split.json", "--out", out)
    assert done.code == 0, done.err
    return out


def test_teams_are_ranked_and_every_look_is_counted(
    run: Callable[..., Any], read: Any, team: Path, benchmark: Path, tmp_path: Path
) -> None:
    second = tmp_path / "team-b.csv"
    second.write_text((team / "scores.csv").read_text("utf-8").replace("noise", "hum"), "utf-8")
    arguments = ("leaderboard", benchmark, "--scores", team / "scores.csv", "--scores", second, "--resamples", 100,
                 "--json", tmp_path / "out.json", "--markdown", tmp_path / "board.md", "--report",
                 tmp_path / "board.html")  # fmt: skip
    done = run(*arguments)
    assert done.code == 0, done.err
    result = read(tmp_path / "out.json")
    assert result["schema"] == "alia-judge/leaderboard/1"
    assert {entry["judge"] for entry in result["entries"]} == {"scores: good", "team-b: good", "noise", "hum"}
    assert result["n_items"] == 24
    assert {entry["looks"] for entry in result["entries"]} == {1}
    assert result["entries"][0]["place"] == 1
    assert (tmp_path / "board.md").read_text("utf-8").startswith("**x: ")
    assert (tmp_path / "board.html").read_text("utf-8").startswith("<!doctype html>")
    assert run(*arguments).code == 0
    assert {entry["looks"] for entry in read(tmp_path / "out.json")["entries"]} == {2}


def test_a_file_is_one_teams_submission_whatever_is_in_it(
    run: Callable[..., Any], read: Any, team: Path, benchmark: Path, tmp_path: Path
) -> None:
    import alia_judge as aj

    rows = (team / "scores.csv").read_text("utf-8").splitlines()
    good = [row for row in rows[1:] if ",good," in row]
    noise = [row for row in rows[1:] if ",noise," in row]
    honest, many = tmp_path / "honest.csv", tmp_path / "many.csv"
    honest.write_text("\n".join([rows[0], *good]), "utf-8")
    flood = [row.replace(",noise,", f",n{n:03}\u2028,") for n in range(60) for row in noise]
    many.write_text("\n".join([rows[0], *flood]), "utf-8")
    done = run("leaderboard", benchmark, "--scores", honest, "--scores", many, "--resamples", 100, "--json",
               tmp_path / "out.json")  # fmt: skip
    assert done.code == 0, done.err
    entries = read(tmp_path / "out.json")["entries"]
    ranked = {entry["judge"]: (entry["place"], entry["place_last"]) for entry in entries if entry["place"] is not None}
    assert ranked == {"good": (1, 1), "n059\u2028": (2, 2)}, "what one team hands in ties nobody else"
    assert len(entries) == 61
    assert {entry["why"] for entry in entries if entry["place"] is None} == {
        "a team's last judge counts: of many that is n059\u2028"
    }
    renamed = many.read_text("utf-8").replace(",n0", ",renamed")
    many.write_text(renamed, "utf-8")
    assert (
        run("leaderboard", benchmark, "--scores", many, "--resamples", 100, "--json", tmp_path / "out.json").code == 0
    )
    assert {entry["looks"] for entry in read(tmp_path / "out.json")["entries"]} == {2}
    assert [look.by for look in aj.Benchmark.load(benchmark).ledger.looks] == ["honest", "many", "many"]


def test_a_recorded_bank_is_ranked_by_configuration(
    run: Callable[..., Any], read: Any, team: Path, tmp_path: Path
) -> None:
    done = run("leaderboard", team / "ratings.csv", "--recorded", team / "bank", "--resamples", 100, "--json",
               tmp_path / "out.json")  # fmt: skip
    assert done.code == 0, done.err
    result = read(tmp_path / "out.json")
    assert len(result["entries"]) == 6
    assert all(entry["looks"] is None for entry in result["entries"])
    figures = [entry["spearman"]["value"] for entry in result["entries"]]
    assert figures == sorted(figures, reverse=True)


def test_a_published_judge_is_run_on_the_test(
    run: Callable[..., Any], read: Any, team: Path, benchmark: Path, tmp_path: Path, openai_server: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    import alia_judge as aj

    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    lm = aj.resolve_lm("openai/judge-model", api_base=openai_server.base_url)
    rubric = aj.Rubric(criterion="x", scale=aj.Scale.ordinal(1, 5), instructions="Is it good?")
    aj.publish_judge(aj.Judge(rubric, lm=lm), tmp_path / "team-c")
    monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)
    done = run("leaderboard", benchmark, "--artifact", tmp_path / "team-c", "--model", "openai/judge-model",
               "--scores", team / "scores.csv", "--resamples", 100, "--json", tmp_path / "out.json")  # fmt: skip
    assert done.code == 0, done.err
    assert "team-c" in {entry["judge"] for entry in read(tmp_path / "out.json")["entries"]}


def test_a_teams_judge_asks_only_models_that_were_named(
    run: Callable[..., Any], read: Any, benchmark: Path, tmp_path: Path, openai_server: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    import alia_judge as aj

    monkeypatch.setenv("OPENAI_API_KEY", "of-the-organiser")
    rubric = aj.Rubric(criterion="x", scale=aj.Scale.ordinal(1, 5))
    team = tmp_path / "team-c"
    aj.publish_judge(aj.Judge(rubric, lm="openai/judge-model"), team)
    ask = ("leaderboard", benchmark, "--artifact", team, "--resamples", 100, "--api-base", openai_server.base_url)
    looks = len(aj.Benchmark.load(benchmark).ledger.looks)
    for named in ((), ("--allow-model", "openai/other")):
        refused = run(*ask, *named)
        assert (refused.code, refused.err.count("\n")) == (1, 1)
        assert "asks the model 'openai/judge-model', which you have not allowed" in refused.err
    assert openai_server.stats()["requests"] == 0
    assert len(aj.Benchmark.load(benchmark).ledger.looks) == looks
    done = run(*ask, "--allow-model", "openai/judge-model", "--json", tmp_path / "out.json")
    assert done.code == 0, done.err
    assert f"{team} asks openai/judge-model at {openai_server.base_url}" in done.err
    assert [entry["judge"] for entry in read(tmp_path / "out.json")["entries"]] == ["team-c"]


def test_labels_are_ranked_by_kappa_and_their_files_checked(run: Callable[..., Any], read: Any, tmp_path: Path) -> None:
    labels = ("avería", "baja", "factura")
    ratings, scores = tmp_path / "motivo.csv", tmp_path / "team.csv"
    ratings.write_text(
        "item_id,annotator_id,value\n"
        + "".join(f"i{n},{who},{labels[(n + (n % 7 == k)) % 3]}\n" for n in range(60) for k, who in enumerate("abc")),
        "utf-8",
    )
    scores.write_text(
        "item_id,judge,score\n"
        + "".join(f"i{n},{judge},{labels[(n + (n % every == 1)) % 3]}\n" for n in range(60)
                  for judge, every in (("good", 10), ("half", 2))),
        "utf-8",
    )  # fmt: skip
    done = run("leaderboard", ratings, "--scores", scores, "--resamples", 100, "--json", tmp_path / "out.json",
               "--report", tmp_path / "board.html", "--markdown", tmp_path / "board.md")  # fmt: skip
    assert done.code == 0, done.err
    result = read(tmp_path / "out.json")
    assert result["statistic"] == "kappa"
    assert [(entry["judge"], entry["place"]) for entry in result["entries"]] == [("good", 1), ("half", 2)]
    assert result["entries"][0]["kappa"]["low"] < result["entries"][0]["kappa"]["value"] < 1
    assert all("spearman" not in entry for entry in result["entries"])
    assert "kappa" in done.out
    for page in ("board.html", "board.md"):
        text = (tmp_path / page).read_text("utf-8")
        assert "kappa" in text
        assert "Spearman" not in text
    benchmark = tmp_path / "b"
    assert run("build", ratings, "--out", benchmark).code == 0
    done = run("leaderboard", benchmark, "--check", scores, "--json", tmp_path / "check.json")
    assert done.code == 0, done.err
    found = read(tmp_path / "check.json")
    assert found["can_be_ranked"]
    assert found["judges"]["good"]["missing"] == 0
    scores.write_text(scores.read_text("utf-8").replace("baja", "otra"), "utf-8")
    done = run("leaderboard", benchmark, "--check", scores, "--json", tmp_path / "check.json")
    assert done.code == 0, done.err
    strange = read(tmp_path / "check.json")["judges"]["good"]["strange"]
    assert strange > 0
    assert f"{strange} with a label that is none of avería, baja, factura" in done.out
    done = run("evaluate", ratings, "--scores", scores, "--resamples", 100, "--json", tmp_path / "e.json")
    assert done.code == 0, done.err
    (criterion,) = read(tmp_path / "e.json")["criteria"].values()
    confusion = criterion["judges"]["good"]["labels"]["confusion"]
    assert confusion["labels"] == ["avería", "baja", "factura", "(another label)"]
    assert sum(row[-1] for row in confusion["counts"]) == 20
    assert sum(row[1] for row in confusion["counts"]) == 0


def test_wrong_usage(run: Callable[..., Any], team: Path) -> None:
    done = run("leaderboard", team / "ratings.csv")
    assert (done.code, "--scores, --artifact or --recorded" in done.err) == (2, True)
    done = run("leaderboard", team / "ratings.csv", "--artifact", "x")
    assert (done.code, "needs a frozen benchmark" in done.err) == (2, True)
