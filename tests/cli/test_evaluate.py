"""``alia-judge evaluate``'s further outputs: report, PNG, Markdown, exports for another human look, versions."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import alia_judge as aj
from alia_judge._json import dumps
from alia_judge.benchmark import Benchmark
from alia_judge.cli import main
from alia_judge.probes import run_probes
from alia_judge.ratings.load import load_ratings

PNG = b"\x89PNG\r\n"


def test_every_output_in_one_run(run: Callable[..., Any], read: Any, team: Path, tmp_path: Path) -> None:
    done = run("evaluate", team / "ratings.csv", "--scores", team / "scores.csv", "--baseline", "noise", "--resamples",
               50, "--report", tmp_path / "page.html", "--figures", tmp_path / "figures", "--summary",
               tmp_path / "pr.md", "--argilla", tmp_path / "argilla.json", "--label-studio", tmp_path / "ls.json",
               "--second-look", 7, "--judge", "good", "--json", tmp_path / "out.json")  # fmt: skip
    assert done.code == 0, done.err
    judges = read(tmp_path / "out.json")["criteria"]["x"]["judges"]
    assert judges["good"]["drift"]["before"] == "noise"
    assert judges["noise"]["drift"] is None
    assert {row["what"] for row in judges["noise"]["unscored_contrasts"]} >= {"consensus"}
    levels = {"crossed", "annotators", "system_crossed", "system_annotators", "within_system_crossed"}
    assert set(judges["good"]["wider"]) == levels

    page = (tmp_path / "page.html").read_text("utf-8")
    assert f"alia-judge evaluate {team / 'ratings.csv'}" in page
    assert "From noise to good" in page
    figures = sorted((tmp_path / "figures").iterdir())
    assert len(figures) >= 3
    assert all(path.read_bytes().startswith(PNG) for path in figures)
    assert figures[0].name == "01-agreement-with-people.png"
    summary = (tmp_path / "pr.md").read_text("utf-8")
    assert "| good | 1.000 | " in summary
    assert "better than surface features alone" in summary

    for name in ("argilla", "ls"):
        exported = json.loads((tmp_path / f"{name}.json").read_text("utf-8"))
        assert len(exported) == 7
    records = json.loads((tmp_path / "argilla.json").read_text("utf-8"))
    for record in records:
        record["responses"] = {"x": [{"value": 3, "user_id": "mila", "status": "submitted"}]}
    answers = load_ratings(records)
    assert set(answers.annotators) == {"mila"}
    assert set(answers.item_table["item_id"]) <= set(pd.read_csv(team / "ratings.csv")["item_id"])


def test_items_that_nobody_rated_rank_the_systems(
    run: Callable[..., Any], read: Any, team: Path, tmp_path: Path
) -> None:
    ratings = pd.read_csv(team / "ratings.csv")
    sample = sorted(ratings["item_id"].drop_duplicates().sample(60, random_state=0))
    ratings[ratings["item_id"].isin(sample)].to_csv(tmp_path / "sample.csv", index=False)
    columns = ["item_id", "response", "group", "system"]
    ratings.drop_duplicates("item_id")[columns].to_csv(tmp_path / "items.csv", index=False)
    done = run("evaluate", tmp_path / "sample.csv", "--scores", team / "scores.csv", "--items", tmp_path / "items.csv",
               "--resamples", 20, "--json", tmp_path / "out.json")  # fmt: skip
    assert done.code == 0, done.err
    systems = read(tmp_path / "out.json")["criteria"]["x"]["judges"]["good"]["systems"]
    assert systems["unrated"] == 96 - len(sample)
    assert {row["system"] for row in systems["ranking"]["systems"]} == set(ratings["system"])


def test_an_unknown_version_or_judge_is_named(run: Callable[..., Any], team: Path, tmp_path: Path) -> None:
    common = ("evaluate", team / "ratings.csv", "--scores", team / "scores.csv", "--resamples", 5)
    done = run(*common, "--baseline", "older")
    assert (done.code, "the baseline 'older' is not among the judges: good, noise" in done.err) == (2, True)
    done = run(*common, "--argilla", tmp_path / "a.json")
    assert (done.code, "there are: good, noise" in done.err) == (2, True)
    (tmp_path / "x.json").write_text("{}", "utf-8")
    done = run(*common, "--compiled", tmp_path / "x.json", "--report", tmp_path / "r.html")
    assert (done.code, "not a result of compile" in done.err) == (1, True)


def test_the_report_shows_the_search_and_the_probes(run: Callable[..., Any], team: Path, tmp_path: Path) -> None:
    done = run("compile", team / "ratings.csv", "--criterion", "x", "--recorded", team / "bank", "--split",
               team / "split.json", "--calls", 200, "--storage", f"sqlite:///{tmp_path}/study.db", "--pareto",
               "worst:language", "--json", tmp_path / "compile.json")  # fmt: skip
    assert done.code == 0, done.err
    items = load_ratings(team / "ratings.csv").items()
    report = run_probes(
        lambda given: np.array([float(len(one.response)) for one in given]), items, aj.Scale.ordinal(1, 5)
    )
    (tmp_path / "probes.json").write_text(dumps(report), "utf-8")
    done = run("evaluate", team / "ratings.csv", "--scores", team / "scores.csv", "--resamples", 5, "--report",
               tmp_path / "page.html", "--compiled", tmp_path / "compile.json", "--probes",
               tmp_path / "probes.json")  # fmt: skip
    assert done.code == 0, done.err
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "The search" in page
    assert "200 calls were paid" in page or "of 200 calls" in page
    assert "None of these judges is better than another in everything" in page
    assert "What moves it" in page


@pytest.fixture(scope="module")
def searched(team: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``artifact/`` and ``predictions.csv`` of a search over the team's bank."""
    folder = tmp_path_factory.mktemp("searched")
    arguments = ["compile", team / "ratings.csv", "--criterion", "x", "--recorded", team / "bank", "--split",
                 team / "split.json", "--calls", 200, "--storage", f"sqlite:///{folder}/study.db", "--artifact",
                 folder / "artifact", "--predictions", folder / "predictions.csv"]  # fmt: skip
    with pytest.raises(SystemExit) as exit_:
        main([str(argument) for argument in arguments])
    assert not exit_.value.code
    return folder


def test_what_a_search_found_in_a_bank_is_evaluated_on_what_it_never_saw(
    run: Callable[..., Any], read: Any, team: Path, searched: Path, tmp_path: Path
) -> None:
    common = ("--artifact", searched / "artifact", "--recorded", team / "bank", "--resamples", 50)
    done = run("evaluate", team / "ratings.csv", *common, "--split", team / "split.json", "--report",
               tmp_path / "page.html", "--json", tmp_path / "out.json")  # fmt: skip
    assert done.code == 0, done.err
    result = read(tmp_path / "out.json")
    assert (result["subject"], result["split"]) == ("judge", "test")
    judges = result["criteria"]["x"]["judges"]
    predictions = pd.read_csv(searched / "predictions.csv").query("split == 'test'")
    predictions = predictions.pivot_table(index="item_id", columns="judge", values="score")
    consensus = pd.read_csv(team / "ratings.csv").groupby("item_id")["value"].mean()
    for judge, column in (("judge", "deployed"), ("its best single configuration", "single")):
        expected = stats.spearmanr(predictions[column], consensus.loc[predictions.index]).statistic
        assert judges[judge]["n_asked"] == 24
        assert judges[judge]["correlation"]["item"]["spearman"]["value"] == pytest.approx(expected)
    assert judges["judge"]["comparisons"][0]["baseline"] == "its best single configuration"

    # The same split frozen: the look at its test is written down.
    done = run("build", team / "ratings.csv", "--criterion", "x", "--split", team / "split.json", "--out",
               tmp_path / "frozen")  # fmt: skip
    assert done.code == 0, done.err
    done = run("evaluate", tmp_path / "frozen", *common, "--json", tmp_path / "frozen.json")
    assert done.code == 0, done.err
    assert read(tmp_path / "frozen.json")["criteria"] == result["criteria"]
    assert len(Benchmark.load(tmp_path / "frozen").ledger.looks) == 1


def test_an_artifact_is_not_evaluated_on_what_it_learnt_from(
    run: Callable[..., Any], team: Path, searched: Path
) -> None:
    common = ("evaluate", team / "ratings.csv", "--artifact", searched / "artifact")
    done = run(*common, "--recorded", team / "bank")  # the default split, which is not that of the search
    assert done.code == 3
    assert re.search(r"of 32 items were learnt from \(\d+ the same item", done.err), done.err
    kept = run(*common, "--recorded", team / "bank", "--seen", "keep", "--resamples", 20)
    assert (kept.code, "NOT held out" in kept.out) == (0, True)
    done = run(*common)
    assert (done.code, "needs --recorded BANK" in done.err) == (2, True)


def test_configurations_of_a_bank_are_not_evaluated_on_what_they_were_shown(
    run: Callable[..., Any], read: Any, team: Path, tmp_path: Path
) -> None:
    bank = tmp_path / "bank"
    shutil.copytree(team / "bank", bank)
    lines = [json.loads(line) for line in (bank / "configs.jsonl").read_text("utf-8").splitlines()]
    lines[1]["demo_item_ids"] = ["g03/s0", "g03/s1", "g05/s7"]
    (bank / "configs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    common = ("evaluate", team / "ratings.csv", "--recorded", bank, "--resamples", 20, "--json", tmp_path / "out.json")
    done = run(*common, "--configuration", 0, "--configuration", 4)
    assert done.code == 0, done.err
    judges = read(tmp_path / "out.json")["criteria"]["x"]["judges"]
    assert {name: judge["n_items"] for name, judge in judges.items()} == {"0": 96, "4": 96}
    done = run(*common, "--configuration", 0, "--baseline", 1)
    assert done.code == 0, done.err
    assert "16 items left out" in done.err
    judges = read(tmp_path / "out.json")["criteria"]["x"]["judges"]
    assert {name: judge["n_items"] for name, judge in judges.items()} == {"0": 80, "1": 80}
    assert judges["0"]["drift"]["before"] == "1"
    done = run(*common, "--configuration", 17)
    assert (done.code, "has no configuration '17' about 'x'" in done.err) == (2, True)


def test_a_figure_that_no_judge_has_is_a_line_and_no_column(run: Callable[..., Any], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows, scores = ["item_id,annotator,score,response"], ["item_id,judge,score"]
    for n in range(30):
        quality = rng.integers(1, 6)
        for who in "abc":
            score = int(np.clip(quality + rng.integers(-1, 2), 1, 5))
            rows.append(f"i{n},{who},{score},Respuesta {n} de la empresa sobre la factura del mes {n * 7 % 31}")
        scores.append(f"i{n},mine,{quality}")
    (tmp_path / "r.csv").write_text("\n".join(rows), "utf-8")
    (tmp_path / "s.csv").write_text("\n".join(scores), "utf-8")
    done = run("evaluate", tmp_path / "r.csv", "--scores", tmp_path / "s.csv", "--resamples", 20)
    assert done.code == 0, done.err
    assert "within group: undefined, the items have no groups" in done.out
    assert "system: undefined, the items have no systems" in done.out
    table = done.out[: done.out.index("within group:")]
    assert "undefined" not in table
