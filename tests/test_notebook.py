"""What a notebook shows and forgives: short results with tables, cells run twice, arguments of another type."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from scripted_lm import scripted_lm

import alia_judge as aj
from alia_judge.evaluation import EvaluationOptions, rank_judges
from alia_judge.judging.kinds import PanelJudge
from alia_judge.probes.report import ProbeReport


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The objects of a notebook, in its order."""
    folder = tmp_path_factory.mktemp("notebook")
    ratings = aj.load_sample()
    audit = aj.audit_ratings(ratings, "helpfulness", checks=False, n_resamples=50)
    benchmark = aj.build_benchmark(ratings, criterion="helpfulness", audit=audit)
    judge = aj.Judge(aj.builtin_rubric("helpfulness", "es"), lm=scripted_lm(lambda text: str(1 + len(str(text)) % 5)))
    run = aj.run(judge, benchmark.dev)
    few = aj.Resampling(n_resamples=20, n_permutations=39)
    ask: dict[str, Any] = {
        "train": benchmark.train, "dev": benchmark.dev, "budget": aj.Budget(calls=40), "resampling": few,
        "storage": f"sqlite:///{folder / 's.db'}",
    }  # fmt: skip
    tuned = aj.compile_judge(judge, **ask)
    rng = np.random.default_rng(0)
    pairs = list(zip(benchmark.test.item_ids, benchmark.test.target, strict=True))
    scores = {name: {item: float(value + rng.normal()) for item, value in pairs} for name in "ab"}
    options = EvaluationOptions(n_resamples=50)
    evaluation = aj.evaluate_scores(benchmark.test, scores, options=options)
    board = rank_judges(benchmark.test, scores, options=options)
    return locals()


SHOWN = ("ratings", "audit", "benchmark", "judge", "run", "tuned", "evaluation", "board")


def test_nothing_that_a_prompt_shows_is_longer_than_a_screen(cells: dict[str, Any]) -> None:
    parts = {name: cells[name] for name in SHOWN} | {
        "train": cells["benchmark"].train,
        "of a criterion": cells["audit"].criteria["helpfulness"],
        "result": cells["tuned"].result,
        "single": cells["tuned"].single,
        "deployed": cells["tuned"].deployed,
        "one judge": cells["evaluation"].judge("a"),
        "all judges": cells["evaluation"].criteria["helpfulness"],
        "entry": cells["board"].entries[0],
        "judged": cells["run"].judged[0],
        "space": aj.SearchSpace.around(cells["judge"]),
        "panel": PanelJudge([cells["judge"]] * 9),
    }
    for name, one in parts.items():
        lines = repr(one).splitlines()
        assert len(lines) <= 20, name
        assert max(map(len, lines)) <= 700, name
    assert re.search(r"dev=-?\.?\d", repr(cells["tuned"].result))
    assert "<function" not in repr(cells["tuned"])


def test_results_are_tables(cells: dict[str, Any]) -> None:
    rows = {"audit": 1, "run": len(cells["benchmark"].dev), "tuned": 2, "board": 2}
    for name, n in rows.items():
        frame = cells[name].to_frame()
        assert len(frame) == n, name
        assert cells[name]._repr_html_().count("<table") == 1, name
    frame = cells["evaluation"].to_frame().set_index(["judge", "level", "figure"])
    estimate = cells["evaluation"].judge("a").correlation["item"]["spearman"]
    assert frame.loc[("a", "item", "spearman"), "value"] == estimate.value
    assert frame.loc[("a", "item", "spearman"), "high"] == estimate.high
    assert list(cells["benchmark"].train.to_frame()["target"]) == list(cells["benchmark"].train.target)
    report = ProbeReport(results=(), signature="probe")
    assert report.to_frame().empty


def test_what_is_shown_stays_text(cells: dict[str, Any]) -> None:
    name = "<script>alert(1)</script>"
    board = rank_judges(
        cells["benchmark"].test, {name: cells["scores"]["a"]}, options=EvaluationOptions(n_resamples=20)
    )
    assert "<script" not in board._repr_html_()
    assert "&lt;script" in board._repr_html_()


def test_cells_run_twice_are_no_crash(cells: dict[str, Any], tmp_path: Path) -> None:
    for _ in range(2):
        cells["benchmark"].freeze(tmp_path / "benchmark")
        again = aj.compile_judge(cells["judge"], **cells["ask"])
        aj.publish_judge(cells["judge"], tmp_path / "judge")
    assert again.result.to_dict() == cells["tuned"].result.to_dict()
    aj.load_judge(tmp_path / "judge", lm=cells["judge"].lm)
    with pytest.raises(aj.AliaJudgeError, match="a judge is published there already"):
        aj.publish_judge(cells["judge"], tmp_path / "judge", name="another")


def test_a_run_takes_a_table(cells: dict[str, Any], tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["a", "b", "a"], "pregunta": ["p", "q", "p"], "respuesta": ["r", "s", "r"]})
    frame.to_csv(tmp_path / "items.csv", index=False)
    for table in (frame, tmp_path / "items.csv", str(tmp_path / "items.csv"), frame.to_dict("records")):
        assert list(aj.run(cells["judge"], table).to_frame()["item_id"]) == ["a", "b"]


WRONG: dict[str, Callable[[Any], Any]] = {
    "rubric": lambda c: aj.Judge("helpfulness"),  # type: ignore[arg-type]
    "a model": lambda c: aj.resolve_lm(3),  # type: ignore[arg-type]
    "lm": lambda c: aj.check_model("openai/x"),  # type: ignore[arg-type]
    "ratings": lambda c: aj.audit_ratings("ratings.csv"),  # type: ignore[arg-type]
    "ratings ": lambda c: aj.build_benchmark(pd.DataFrame({"a": [1]}), criterion="x"),  # type: ignore[arg-type]
    "ratings  ": lambda c: aj.redact_ratings("ratings.csv"),  # type: ignore[arg-type]
    "ratings   ": lambda c: aj.merge_ratings(c["ratings"], "answers.csv"),
    "split": lambda c: aj.evaluate_judge(c["judge"], c["benchmark"]),
    "split ": lambda c: aj.select_items(c["ratings"], 3),
    "judge": lambda c: aj.evaluate_judge("judge", c["benchmark"].dev),  # type: ignore[arg-type]
    "judge ": lambda c: aj.publish_judge("judge", "x"),  # type: ignore[arg-type]
    "judge  ": lambda c: aj.compile_judge("judge", **c["ask"]),  # type: ignore[arg-type]
    "evaluation": lambda c: aj.publish_judge(c["judge"], "x", evaluation={}),  # type: ignore[arg-type]
    "source": lambda c: aj.load_judge(3),  # type: ignore[arg-type]
    "source ": lambda c: rank_judges("ratings.csv", {}),  # type: ignore[arg-type]
    "scores": lambda c: aj.evaluate_scores(c["benchmark"].dev, [1.0]),  # type: ignore[arg-type]
    "scores of 'i0'": lambda c: aj.evaluate_scores(c["benchmark"].dev, {"i0": 3.0}),  # type: ignore[dict-item]
    "calls": lambda c: aj.Budget(calls="300"),  # type: ignore[arg-type]
    "train": lambda c: aj.compile_judge(c["judge"], **{**c["ask"], "train": c["benchmark"]}),
    "budget": lambda c: aj.compile_judge(c["judge"], **{**c["ask"], "budget": 300}),
    "space": lambda c: aj.compile_judge(c["judge"], **c["ask"], space=[]),
    "options": lambda c: aj.compile_judge(c["judge"], **c["ask"], options={}),
    "options ": lambda c: aj.run(c["judge"], c["benchmark"].dev, options={}),  # type: ignore[arg-type]
    "store": lambda c: aj.run(c["judge"], c["benchmark"].dev, store="v.db"),  # type: ignore[arg-type]
    "storage": lambda c: aj.compile_judge(c["judge"], **{**c["ask"], "storage": optuna.storages.InMemoryStorage()}),
    "proposer": lambda c: aj.Proposals(proposer="openai/x"),  # type: ignore[arg-type]
    "models": lambda c: aj.SearchSpace(models=(c["judge"].lm,)),
    "models ": lambda c: aj.SearchSpace(models="openai/x"),  # type: ignore[arg-type]
    "rubrics": lambda c: aj.SearchSpace(rubrics=("helpfulness",)),  # type: ignore[arg-type]
    "a run": lambda c: aj.run(c["judge"], ["a response"]),
    "a run ": lambda c: aj.run(c["judge"], 3),
    "a run  ": lambda c: aj.run("judge", c["benchmark"].dev),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", WRONG)
def test_an_argument_of_another_type_is_our_error_and_says_what_to_give(name: str, cells: dict[str, Any]) -> None:
    with pytest.raises(aj.AliaJudgeError, match=rf"(?s)^{name.strip()}.*(give |make )"):
        WRONG[name](cells)
