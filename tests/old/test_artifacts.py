"""What version 0.1.0 published, froze and scored still opens; of what such a judge learnt from there is no record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scripted_lm import scripted_lm

from alia_judge.benchmark import Benchmark
from alia_judge.evaluation import EvaluationOptions, EvaluationResult, evaluate_judge, read_scores
from alia_judge.judging.kinds import KINDS
from alia_judge.learnt import compare
from alia_judge.models.bank import RecordedBank
from alia_judge.publishing import load_judge, load_recorded, read_published
from alia_judge.ratings import load_ratings
from alia_judge.records import Scale

OLD = Path(__file__).parent
ARTIFACTS = sorted(path.name for path in (OLD / "artifacts").iterdir())
LIKERT = Scale.ordinal(1, 5)


def test_there_is_one_of_every_kind() -> None:
    kinds = {json.loads(path.read_text("utf-8"))["state"].get("kind") for path in OLD.glob("artifacts/*/judge.json")}
    assert kinds - {None} == set(KINDS)
    assert {"judge", "criteria", "listwise", "stack", "recorded", "evaluated"} <= set(ARTIFACTS)


@pytest.mark.parametrize("name", ARTIFACTS)
def test_artifacts_load_as_without_a_record(name: str) -> None:
    folder = OLD / "artifacts" / name
    assert read_published(folder).learnt is None
    if name == "recorded":
        judge = load_recorded(folder, RecordedBank.open(OLD / "bank", scale=LIKERT))
        items = load_ratings(OLD / "ratings.csv").items()
        assert judge.predict(items).deployed.shape == (40,)
    else:
        judge = load_judge(folder, lm=scripted_lm("3"))
    assert judge.learnt is None


def test_its_figures_are_by_its_authors_word() -> None:
    benchmark = Benchmark.load(OLD / "benchmark")
    benchmark.ledger.path = None  # a look at the copy in the repository is no look
    judge = load_judge(OLD / "artifacts" / "judge", lm=scripted_lm(lambda request: str(len(str(request)) % 5 + 1)))
    result = evaluate_judge(judge, benchmark.test, options=EvaluationOptions(n_resamples=20))
    held = result.judge().held_out
    assert held is not None
    assert not held.checked
    assert held.sentence.startswith("held out by its author's word")


def test_its_evaluation_reads_and_says_nothing_of_what_was_held_out() -> None:
    result = EvaluationResult.from_dict(json.loads((OLD / "evaluation.json").read_text("utf-8")))
    assert result.judge().held_out is None
    assert result.learnt is None
    published = read_published(OLD / "artifacts" / "evaluated").evaluation
    assert published is not None
    assert published.judge().held_out is None


def test_a_benchmark_loads_and_compares() -> None:
    benchmark = Benchmark.load(OLD / "benchmark")
    assert (len(benchmark.train), len(benchmark.dev), len(benchmark.test)) == (20, 8, 12)
    assert benchmark.origin.copies == "together"
    assert benchmark.origin.ratings == benchmark.provenance["ratings_fingerprint"]
    assert compare(None, benchmark.test.items, benchmark.origin).recorded is None


def test_predictions_in_the_old_layout_say_what_was_learnt_from() -> None:
    scores = read_scores(OLD / "predictions.csv", scales={"utilidad": LIKERT})
    assert set(scores.judges("utilidad")) == {"single", "deployed"}
    lines = (OLD / "predictions.csv").read_text("utf-8").splitlines()[1:]
    assert scores.learnt["single"] == {line.split(",")[0] for line in lines if line.split(",")[1] != "test"}


def test_scores_in_the_old_layout_are_of_one_judge() -> None:
    with pytest.raises(ValueError, match="is scored twice"):
        read_scores(OLD / "scored.csv", scales={"utilidad": LIKERT})  # an item a rating, which 0.1.0 took for an item
