from __future__ import annotations

import math

import dspy
import numpy as np
import pytest
from scripted_lm import ScriptedEngine, respond, scripted_lm

from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import (
    AnalyticJudge,
    CascadeJudge,
    PairwiseJudge,
    PanelJudge,
    PreferenceJudge,
    SampledJudge,
    position_bias,
)
from alia_judge.judging.readouts import judgments_of
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Item, Scale, Usage, Verdict
from alia_judge.runner import VerdictStore, run

LIKERT = Scale.ordinal(1, 5)


def _rubric(name: str = "Quality", scale: Scale = LIKERT) -> Rubric:
    return Rubric(criterion=name, scale=scale)


def _judge(script: object, scale: Scale = LIKERT) -> Judge:
    return Judge(_rubric(scale=scale), scripted_lm(script))


# --- Several criteria, a call each ---


def _by_criterion(answers: dict[str, str]) -> object:
    def answer(request: dspy.lm15.Request) -> str:
        return next(said for name, said in answers.items() if f"Criterion: {name}" in str(request.system))

    return answer


def _analytic(answers: dict[str, str], **weights: object) -> AnalyticJudge:
    criteria = [_rubric("Clear"), _rubric("Wordy", Scale.ordinal(0, 10, reverse=True))]
    return AnalyticJudge(_rubric(), criteria, scripted_lm(_by_criterion(answers)), **weights)  # type: ignore[arg-type]


def test_criteria_are_weighed_from_worst_to_best_of_their_own_scale() -> None:
    verdict = _analytic({"Clear": "4", "Wordy": "2"})(response="x").verdict
    # Clear 4 of 1..5 is .75 good; wordy 2 of 0..10, where more is worse, is .8 good; two points each, from 1.
    assert verdict.score == pytest.approx(1.0 + 2.0 * 0.75 + 2.0 * 0.8)
    assert {name: part.score for name, part in verdict.parts.items()} == {"Clear": 4.0, "Wordy": 2.0}
    assert verdict.detail == "Clear 0.75; Wordy 0.80"


def test_a_missing_criterion_leaves_the_whole_unscored_unless_it_weighs_nothing() -> None:
    answers = {"Clear": "4", "Wordy": "hm"}
    verdict = _analytic(answers)(response="x").verdict
    assert (verdict.unscored, verdict.detail) == ("no_score", "criterion 2 of 2")
    assert (verdict.parts["Clear"].score, verdict.parts["Wordy"].unscored) == (4.0, "no_score")
    assert _analytic(answers, weights=(4.0, 0.0), intercept=1.0)(response="x").score == pytest.approx(4.0)


def test_criteria_need_names_and_an_order() -> None:
    with pytest.raises(UsageError, match="different names, got Clear"):
        AnalyticJudge(_rubric(), [_rubric("Clear"), _rubric("Clear")])
    with pytest.raises(UsageError, match="no better and worse to weigh: Topic"):
        AnalyticJudge(_rubric(), [_rubric("Topic", Scale.nominal(["a", "b"]))])
    with pytest.raises(UsageError, match="a weight for each of the 1 questions, got 2"):
        AnalyticJudge(_rubric(), [_rubric("Clear")], weights=(1.0, 2.0))


# --- A preference from scores ---


def _good_is_better(request: dspy.lm15.Request) -> object:
    good = "good" in request.messages[-1].text
    return respond("4" if good else "2", tops=[{"4": 0.5, "3": 0.5} if good else {"3": 0.25, "2": 0.75}])


def test_a_preference_is_the_probability_of_the_higher_score() -> None:
    prediction = PreferenceJudge(_judge(_good_is_better))(response="good", response_b="bad")
    # The first is higher unless both are 3: .5 * .25.
    assert prediction.probabilities == pytest.approx((0.875, 0.125, 0.0))
    assert prediction.score == pytest.approx(-0.875)
    assert {name: part.score for name, part in prediction.verdict.parts.items()} == {
        "response": 3.5,
        "response_b": 2.25,
    }
    turned = PreferenceJudge(_judge(_good_is_better), ties=False)(response="bad", response_b="good")
    assert turned.probabilities == pytest.approx((0.0625, 0.9375))


def test_where_more_is_worse_the_lower_score_is_preferred() -> None:
    worse = Judge(_rubric(scale=Scale.ordinal(1, 5, reverse=True)), scripted_lm(_good_is_better))
    assert PreferenceJudge(worse)(response="good", response_b="bad").score == pytest.approx(0.875)


def test_a_preference_shares_its_calls_with_the_pointwise_judge() -> None:
    judge, store = _judge(_good_is_better), VerdictStore()
    run(judge, [Item(item_id="1", response="good")], store=store)
    result = run(PreferenceJudge(judge), [Item(item_id="p", response="good", response_b="bad")], store=store)
    assert result.progress.paid == 1


# --- Samples ---


class _Dice:
    def __init__(self, *answers: str) -> None:
        self.answers = iter(answers)

    def __call__(self, request: dspy.lm15.Request) -> str:
        return next(self.answers)


def test_samples_have_a_mean_and_a_spread() -> None:
    judge = SampledJudge(_judge(_Dice("2", "4", "3")), 3)
    verdict = judge(response="x").verdict
    assert verdict.score == 3.0
    assert verdict.detail == "3 of 3 samples, standard deviation 1.000"
    assert [part.score for part in verdict.parts.values()] == [2.0, 4.0, 3.0]
    assert judge.members[0].settings["temperature"] == 1.0


def test_samples_are_paid_for_by_number() -> None:
    store, items = VerdictStore(), [Item(item_id="1", response="x")]
    three = run(SampledJudge(_judge(_Dice("2", "4", "3")), 3), items, store=store)
    five = run(SampledJudge(_judge(_Dice("5", "1")), 5), items, store=store)
    assert (three.progress.paid, five.progress.paid, len(store)) == (3, 2, 5)
    assert (three.verdicts[0].score, five.verdicts[0].score) == (3.0, 3.0)
    assert [part.score for part in five.verdicts[0].parts.values()] == [2.0, 4.0, 3.0, 5.0, 1.0]
    assert three.verdicts[0].usage.completion_tokens == 3


def test_dspys_own_cache_does_not_make_samples_the_same() -> None:
    model = dspy.LM("test/cached samples", engine=ScriptedEngine(_Dice("2", "4", "5", "1", "1", "1")), cache=True)
    judge = SampledJudge(Judge(_rubric("Cached"), model), 3)
    assert [part.score for part in judge(response="x").verdict.parts.values()] == [2.0, 4.0, 5.0]


def test_most_samples_must_have_a_score() -> None:
    assert SampledJudge(_judge(_Dice("2", "hm", "4")), 3)(response="x").score == 3.0
    verdict = SampledJudge(_judge(_Dice("2", "hm", "hm")), 3)(response="x").verdict
    assert (verdict.unscored, verdict.detail) == ("no_score", "1 of 3 samples scored; sample 2 of 3")


def test_samples_that_would_all_be_the_same_are_refused() -> None:
    with pytest.raises(UsageError, match="temperature 0 are all the same"):
        SampledJudge(_judge("4"), 3, temperature=0.0)
    with pytest.raises(UsageError, match="at least 2, got 1"):
        SampledJudge(_judge("4"), 1)


# --- Panel weights, a cascade's cost, position bias over a run ---


def test_panel_weights_are_one_over_the_squared_error() -> None:
    panel = PanelJudge([_judge("4"), _judge("4")])
    target = np.array([1.0, 2.0, 3.0, 4.0, math.nan])
    exact = judgments_of([Verdict(score=x, parsed=x) for x in (1.0, 2.0, 4.0, 4.0, 5.0)], LIKERT)
    off = judgments_of([Verdict(score=x, parsed=x) for x in (3.0, 4.0, 5.0, 2.0)] + [Verdict(unscored="empty")], LIKERT)
    fitted = panel.fit([exact, off], target)
    assert fitted.weights == pytest.approx((4.0 / (4.0 + 0.25), 0.25 / (4.0 + 0.25)))
    with pytest.raises(UsageError, match="takes no weights"):
        PanelJudge([_judge("4")], rule="median").fit([exact], target)
    with pytest.raises(UsageError, match="member 1 has fewer than 2"):
        panel.fit([exact, off], np.full(5, math.nan))


def test_a_cascades_cost_is_stated() -> None:
    cascade = CascadeJudge(_judge("4"), _judge("4"), spread=0.5)
    sure = Verdict(score=4.0, probabilities=(0, 0, 0, 1.0, 0), usage=Usage(cost=0.001))
    unsure = Verdict(score=3.0, probabilities=(0.5, 0, 0, 0, 0.5), usage=Usage(cost=0.001))
    cost = cascade.cost([sure, sure, sure, unsure], [Verdict(score=4.0, usage=Usage(cost=0.02))])
    assert (cost.n, cost.share, cost.calls_per_item) == (4, 0.25, 1.25)
    assert cost.dollars_per_thousand == pytest.approx(1.0 + 0.25 * 20.0)
    # Clopper-Pearson for 1 of 4, from R: binom.test(1, 4)$conf.int
    assert (cost.low, cost.high) == pytest.approx((0.006309463, 0.805879596))
    assert cascade.cost([sure, unsure]).to_dict()["dollars_per_thousand"] is None
    assert cascade.cost([sure]).dollars_per_thousand == pytest.approx(1.0)
    with pytest.raises(UsageError, match="got none"):
        cascade.cost([])


def test_position_bias_over_many_pairs() -> None:
    def answer(request: dspy.lm15.Request) -> str:
        text = request.messages[-1].text
        return "1" if "same" in text or text.index("good") < text.index("bad") else "2"

    judge = PairwiseJudge(_rubric(scale=Scale.pairwise()), scripted_lm(answer))
    pairs = [("good", "bad"), ("bad", "good"), ("same good", "same bad"), ("same bad", "same good")]
    items = [Item(item_id=str(n), response=a, response_b=b) for n, (a, b) in enumerate(pairs)]
    bias = position_bias(run(judge, items).verdicts)
    assert (bias.n, bias.mean, bias.contradicted) == (4, 0.5, 0.5)
    assert position_bias([]).to_dict() == {"n": 0, "mean": None, "contradicted": None}
    with pytest.raises(UsageError, match="PairwiseJudge"):
        position_bias([Verdict(score=1.0)])
