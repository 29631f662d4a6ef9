"""Whatever scores a test compares it with what the judge learnt from: in Python, page, card, gate and board."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scripted_lm import scripted_lm

from alia_judge.benchmark import Benchmark, build_benchmark
from alia_judge.errors import LeakFound
from alia_judge.evaluation import (
    EvaluationOptions,
    EvaluationResult,
    evaluate_judge,
    evaluate_scores,
    rank_judges,
    read_scores,
)
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import PanelJudge
from alia_judge.judging.readouts import Isotonic, judgments_of
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.learnt import LearntFrom
from alia_judge.publishing import check_published, load_judge, publish_judge, read_published
from alia_judge.ratings import load_ratings
from alia_judge.records import Verdict
from alia_judge.reporting import evaluation_markdown, evaluation_page

FEW = EvaluationOptions(n_resamples=20)


@pytest.fixture
def benchmark() -> Benchmark:
    rng = np.random.default_rng(0)
    words = np.array([f"palabra{n}" for n in range(500)])
    rows = [
        {
            "item_id": f"i{n:02}",
            "annotator_id": who,
            "tono": int(np.clip(1 + n % 5 + rng.integers(-1, 2), 1, 5)),
            "response": " ".join(np.random.default_rng(n).choice(words, 20)),
            "conversation": f"c{n // 2}",
        }
        for n in range(60)
        for who in "ab"
    ]
    return build_benchmark(load_ratings(rows), seed=0)


def scores(benchmark: Benchmark, shift: float = 0.0) -> dict[str, float]:
    near = benchmark.test.target + shift * (np.arange(len(benchmark.test)) % 3)
    return dict(zip(benchmark.test.item_ids, near.tolist(), strict=True))


def leaky(benchmark: Benchmark) -> LearntFrom:
    return LearntFrom.items_of((*benchmark.train.items, *benchmark.test.items[:4]), benchmark.origin)


def test_scores_are_refused_left_out_or_marked(benchmark: Benchmark) -> None:
    judged, learnt = {"j": scores(benchmark), "k": scores(benchmark, 0.1)}, {"j": leaky(benchmark)}
    n = len(benchmark.test)
    with pytest.raises(LeakFound, match=f"j: 4 of {n} items were learnt from"):
        evaluate_scores(benchmark.test, judged, learnt=learnt, options=FEW)
    others = evaluate_scores(benchmark.test, judged, learnt=learnt, seen="exclude", options=FEW)
    assert {judge: others.judge(judge).n_items for judge in judged} == {"j": n - 4, "k": n - 4}
    kept = evaluate_scores(benchmark.test, judged, learnt=learnt, seen="keep", options=FEW)
    assert kept.judge("j").n_items == n
    assert kept.judge("j").claims[0].startswith(f"NOT held out: 4 of {n}")
    assert all("that it learnt from)" in claim for claim in kept.judge("j").claims[1:])
    held = kept.judge("k").held_out
    assert held is not None
    assert held.sentence == "held out by its author's word: it has no record of what it learnt from"
    again = EvaluationResult.from_dict(json.loads(json.dumps(kept.to_dict(), default=float)))
    assert again.judge("j").held_out == kept.judge("j").held_out


def test_a_mark_stands_wherever_the_figures_do(benchmark: Benchmark) -> None:
    kept = evaluate_scores(
        benchmark.test, {"j": scores(benchmark)}, learnt={"j": leaky(benchmark)}, seen="keep", options=FEW
    )
    page = evaluation_page(kept)
    assert any("j (NOT held out)" in str(section) for section in page.sections)
    assert any(line.startswith("NOT held out: 4 of") for line in page.headline)
    markdown = evaluation_markdown(kept)
    assert "| j (NOT held out) |" in markdown
    whole = evaluate_scores(benchmark.test, {"j": scores(benchmark)}, learnt={"j": LearntFrom()}, options=FEW)
    assert "NOT held out" not in evaluation_markdown(whole)
    assert any("The items are held out: nothing was learnt from" in line for line in evaluation_page(whole).headline)


def test_a_judge_is_not_asked_and_no_look_is_taken(benchmark: Benchmark) -> None:
    judge = a_judge()
    judge.learnt = leaky(benchmark)
    with pytest.raises(LeakFound, match="seen='exclude' scores only the others"):
        evaluate_judge(judge, benchmark.test, options=FEW)
    assert not benchmark.ledger.looks
    assert not judge.lm.engine.requests
    result = evaluate_judge(judge, benchmark.test, seen="exclude", options=FEW)
    assert result.judge().n_asked == len(benchmark.test) - 4
    assert len(judge.lm.engine.requests) == len(benchmark.test) - 4
    assert result.learnt is not None


def test_a_demonstration_was_learnt_from(benchmark: Benchmark) -> None:
    shown = benchmark.test.items[0]
    judge = a_judge(demos=[{"response": shown.response, "score": 3}])
    with pytest.raises(LeakFound, match=f"1 of {len(benchmark.test)} items were learnt from.*{shown.item_id!r}"):
        evaluate_judge(judge, benchmark.test, options=FEW)
    with pytest.raises(LeakFound):
        evaluate_judge(PanelJudge([a_judge(), judge]), benchmark.test, options=FEW)


def test_of_what_was_fitted_by_hand_nothing_is_known(benchmark: Benchmark) -> None:
    judge = a_judge()
    verdicts = [Verdict(score=float(1 + n % 5), parsed=float(1 + n % 5)) for n in range(len(benchmark.train))]
    judge.readout = Isotonic(scale=judge.scale).fit(
        judgments_of(verdicts, judge.scale), np.asarray(benchmark.train.target)
    )
    assert judge.learnt is None
    judge.learnt = LearntFrom.items_of(benchmark.train.items, benchmark.origin)
    assert judge.learnt is not None
    assert len(judge.learnt) == len(benchmark.train)


def test_a_row_loses_its_place_and_only_that_one(benchmark: Benchmark, tmp_path: Path) -> None:
    judged = {"j": scores(benchmark), "k": scores(benchmark, 0.4), "m": scores(benchmark, 0.6)}
    board = rank_judges(benchmark.test, judged, learnt={"j": leaky(benchmark)}, options=FEW)
    by_name = {entry.judge: entry for entry in board.entries}
    assert by_name["j"].place is None
    assert "4 of" in str(by_name["j"].why)
    assert {by_name["k"].place, by_name["m"].place} <= {1, 2}
    # A file that says so itself, by its column split.
    first = benchmark.test.item_ids[0]
    rows = [f"{item},n,{score},{'train' if item == first else 'test'}" for item, score in judged["j"].items()]
    (tmp_path / "n.csv").write_text("\n".join(["item_id,judge,score,split", *rows]) + "\n")
    board = rank_judges(benchmark.test, read_scores(tmp_path / "n.csv", scales={"tono": benchmark.scale}), options=FEW)
    assert board.entries[0].place is None


def test_what_is_published_says_what_was_checked(benchmark: Benchmark, tmp_path: Path) -> None:
    judge = a_judge()
    judge.learnt = LearntFrom.items_of(benchmark.train.items, benchmark.origin)
    evaluation = evaluate_judge(judge, benchmark.test, options=FEW)
    publish_judge(judge, tmp_path / "whole", evaluation=evaluation)
    published = read_published(tmp_path / "whole")
    assert f"held out: compared with the {len(benchmark.train)} items that were learnt from" in published.card
    assert published.learnt is not None
    assert load_judge(tmp_path / "whole", lm=scripted_lm("3")).learnt is not None

    judge.learnt = leaky(benchmark)
    marked = evaluate_judge(judge, benchmark.test, seen="keep", options=FEW)
    publish_judge(judge, tmp_path / "marked", evaluation=marked)
    published = read_published(tmp_path / "marked")
    assert "NOT held out: 4 of" in published.card
    assert ", held out" not in published.card
    report = check_published(published, minimum={"coverage": 0.1})
    assert not report.passed
    assert "evaluated on 4 items that it learnt from" in report.reason
    for path in (tmp_path / "marked").iterdir():
        text = path.read_text("utf-8")
        assert not [item for item in benchmark.train.items if item.response in text], path
        assert "'i0" not in text

    old = replace(evaluation, criteria={
        name: replace(found, judges={one: replace(judge_, held_out=None) for one, judge_ in found.judges.items()})
        for name, found in evaluation.criteria.items()
    })  # fmt: skip
    publish_judge(judge, tmp_path / "old", evaluation=old)
    assert "held out by its author's word" in read_published(tmp_path / "old").card


def a_judge(**options: Any) -> Judge:
    rubric = Rubric(criterion="tono", scale=load_scale(), instructions="¿Es amable?")
    return Judge(rubric, scripted_lm(lambda request: str(1 + len(str(request)) % 5)), **options)


def load_scale() -> Any:
    from alia_judge.records import Scale

    return Scale.ordinal(1, 5)
