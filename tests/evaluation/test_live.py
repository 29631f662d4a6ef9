from __future__ import annotations

from pathlib import Path
from typing import Any

import dspy
import pytest
from scripted_lm import scripted_lm

from alia_judge.benchmark import Benchmark, build_benchmark
from alia_judge.evaluation import EvaluationOptions, evaluate_judge
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import CriteriaJudge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.ratings.load import load_ratings
from alia_judge.records import Scale
from alia_judge.runner import VerdictStore

SCALE = Scale.ordinal(1, 5)
QUICK = EvaluationOptions(n_resamples=50)


@pytest.fixture
def benchmark() -> Benchmark:
    """Responses that tell the loopback model what to answer: what people said, but for three items."""
    rows = []
    for n in range(60):
        value = 1 + n % 5
        told = {7: "<<do:refusal>>", 8: "<<do:off_scale>>"}.get(n, f"<<answer:{value}>>")
        response = f"{told} respuesta {'muy ' * (n % 11)}larga número {n}"
        rows += [
            {"item_id": f"i{n:02}", "annotator_id": who, "value": value, "response": response, "group": f"g{n // 2}"}
            for who in "ab"
        ]
    ratings = load_ratings(rows, criterion="utilidad", scales={"utilidad": SCALE})
    return build_benchmark(ratings, splits={"test": [f"g{n}" for n in range(30)], "train": [], "dev": []})


def judge_on(server: Any, **options: Any) -> Judge:
    lm = dspy.LM("openai/judge", api_base=server.base_url, api_key="x", cache=False, temperature=0.0)
    return Judge(Rubric(criterion="utilidad", scale=SCALE), lm, **options)


def test_a_judge_beside_the_untuned_one(benchmark: Benchmark, openai_server: Any) -> None:
    untuned = Judge(
        Rubric(criterion="utilidad", scale=SCALE, instructions="<<answer:3>> always"), judge_on(openai_server).lm
    )
    result = evaluate_judge(judge_on(openai_server), benchmark.test, baseline=untuned, options=QUICK)
    assert result.subject == "judge"
    assert result.split == "test"
    assert result.fingerprint == benchmark.fingerprint
    assert set(result.criteria["utilidad"].judges) == {"judge", "untuned judge"}
    found = result.judge()
    assert found.correlation["item"]["spearman"].value > 0.9
    assert (found.n_items, found.n_asked) == (58, 60)
    assert found.unscored == {"refusal": 1, "off_scale": 1}
    assert found.comparisons[0].baseline == "the untuned judge"
    assert found.usage["verdicts"] == 60
    assert found.usage["prompt_tokens"] > 60
    assert found.usage["cost"] is None  # the loopback model has no price


def test_a_look_is_written_down_before_the_first_call(benchmark: Benchmark, openai_server: Any) -> None:
    judge = judge_on(openai_server)
    evaluate_judge(judge, benchmark.test, options=QUICK)
    (look,) = benchmark.ledger.looks
    assert (look.by, look.purpose) == (judge.configuration().key, "evaluate")


def test_what_is_in_the_store_is_not_paid_again(benchmark: Benchmark, openai_server: Any, tmp_path: Path) -> None:
    with VerdictStore(tmp_path / "verdicts.db") as store:
        first = evaluate_judge(judge_on(openai_server), benchmark.test, store=store, options=QUICK)
        paid = openai_server.stats()["requests"]
        again = evaluate_judge(judge_on(openai_server), benchmark.test, store=store, options=QUICK)
    assert openai_server.stats()["requests"] == paid == 60
    assert again.judge() == first.judge()


def test_one_criterion_of_several_is_evaluated_on_the_calls_of_all(benchmark: Benchmark) -> None:
    def answer(request: Any) -> str:
        return f"Help: {1 + len(request.messages[-1].text) % 5}\nClarity: 2"

    likert = benchmark.test.scale
    criteria = [Rubric(criterion=name, scale=likert) for name in ("Help", "Clarity")]
    judge = CriteriaJudge(Rubric(criterion="Quality", scale=likert), criteria, scripted_lm(answer))
    with VerdictStore() as store:
        result = evaluate_judge(judge.only("Help"), benchmark.test, store=store, options=QUICK)
        paid = len(store)
        evaluate_judge(judge, benchmark.test, store=store, options=QUICK)
        assert len(store) == paid == len(benchmark.test)
    found = result.judge()
    assert found.coverage == 1.0
    assert found.usage is not None
    assert found.usage["verdicts"] == len(benchmark.test)
