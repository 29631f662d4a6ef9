from __future__ import annotations

import math

import dspy
import numpy as np
import pytest
from scripted_lm import respond, scripted_lm

from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import CascadeJudge, ChecklistJudge, PairwiseJudge, PanelJudge, judge_from_state
from alia_judge.judging.readouts import judgments_of
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Item, Scale, Verdict
from alia_judge.runner import VerdictStore, run

LIKERT, PAIR = Scale.ordinal(1, 5), Scale.pairwise()


def _judge(answer: object, scale: Scale = LIKERT) -> Judge:
    return Judge(Rubric(criterion="Clarity", scale=scale), scripted_lm(answer))


def _sure(digit: int, probability: float = 1.0) -> object:
    rest = (1.0 - probability) / 4
    tops = {str(point): probability if point == digit else rest for point in range(1, 6) if point == digit or rest}
    return lambda request: respond(str(digit), tops=[tops])


# --- Both orders ---


def _pair(script: object, scale: Scale = PAIR) -> PairwiseJudge:
    return PairwiseJudge(Rubric(criterion="Clarity", scale=scale), scripted_lm(script))


def _better_is_good(request: dspy.lm15.Request) -> str:
    return "1" if request.messages[-1].text.index("good") < request.messages[-1].text.index("bad") else "2"


def test_a_fair_model_prefers_the_same_response_in_both_orders() -> None:
    judge = _pair(_better_is_good)
    verdict = judge(response="good", response_b="bad").verdict
    assert (verdict.score, verdict.parsed, verdict.detail) == (-1.0, -1.0, "position bias +0.000")
    assert judge(response="bad", response_b="good").score == 1.0


def test_a_model_that_always_takes_the_first_is_worth_a_tie_and_its_bias_shows() -> None:
    verdict = _pair("1")(response="good", response_b="bad").verdict
    assert (verdict.score, verdict.parsed, verdict.detail) == (0.0, 0.0, "position bias +1.000")
    verdict = _pair("2", Scale.pairwise(ties=False))(response="good", response_b="bad").verdict
    assert (verdict.score, verdict.parsed, verdict.detail) == (0.0, None, "position bias -1.000")


def test_both_orders_probabilities_by_hand() -> None:
    def answer(request: dspy.lm15.Request) -> object:
        straight = "[Response 1" in request.messages[-1].text and request.messages[-1].text.index("good") < 40
        return respond("1", tops=[{"1": 0.8, "2": 0.2} if straight else {"1": 0.6, "2": 0.3, "0": 0.1}])

    prediction = _pair(answer)(response="good", response_b="bad")
    # Straight: .8 first, .2 second. Turned: .6 for what is now the first, the item's second, .3, and .1 a tie.
    assert prediction.probabilities == pytest.approx(((0.8 + 0.3) / 2, 0.05, (0.2 + 0.6) / 2))
    assert prediction.score == pytest.approx(0.4 - 0.55)
    assert prediction.verdict.detail == f"position bias {((0.8 - 0.2) + (0.6 - 0.3)) / 2:+.3f}"


def test_a_pair_answered_in_one_order_only_is_unscored() -> None:
    def answer(request: dspy.lm15.Request) -> str:
        text = request.messages[-1].text
        return "1" if text.index("good") < text.index("bad") else "I'm sorry, I can't."

    prediction = _pair(answer)(response="good", response_b="bad")
    assert (prediction.unscored, prediction.verdict.detail) == ("refusal", "asked in order member 2 of 2")


def test_a_pair_and_its_mirror_image_share_their_calls() -> None:
    judge, store = _pair(_better_is_good), VerdictStore()
    first = run(judge, [Item(item_id="1", response="good", response_b="bad")], store=store)
    second = run(judge, [Item(item_id="2", response="bad", response_b="good")], store=store)
    assert (first.progress.paid, second.progress.paid) == (2, 0)
    assert first.verdicts[0].score == -second.verdicts[0].score == -1.0


def test_a_pairwise_judge_needs_a_pairwise_scale() -> None:
    with pytest.raises(UsageError, match="needs a pairwise scale, got a ordinal one"):
        _pair("1", LIKERT)


# --- Checklist ---

STEPS = ("Is it clear?", "Is it complete?", "Is it polite?", "Is it short?")
CHECKLIST = Rubric(criterion="Clarity", scale=LIKERT, steps=STEPS)


def _answers(request: dspy.lm15.Request) -> str:
    """Yes to the questions that the response names by their last word."""
    word = next(step for step in STEPS if step in request.system).rstrip("?").split()[-1]
    return "yes" if word in request.messages[-1].text else "no"


@pytest.mark.parametrize(
    ("response", "score"), [("dark", 1.0), ("clear", 2.0), ("clear polite", 3.0), ("clear complete polite short", 5.0)]
)
def test_equal_weights_span_the_scale(response: str, score: float) -> None:
    assert ChecklistJudge(CHECKLIST, scripted_lm(_answers))(response=response).score == score


def test_the_verdict_shows_what_its_score_is_made_of() -> None:
    verdict = ChecklistJudge(CHECKLIST, scripted_lm(_answers))(response="clear").verdict
    assert verdict.detail == "Is it clear? 1.00; Is it complete? 0.00; Is it polite? 0.00; Is it short? 0.00"


def test_on_a_reversed_scale_a_yes_lowers_the_score() -> None:
    rubric = Rubric(criterion="Clarity", scale=Scale.ordinal(1, 5, reverse=True), steps=STEPS)
    judge = ChecklistJudge(rubric, scripted_lm(_answers))
    assert [judge(response=text).score for text in ("dark", "clear complete polite short")] == [5.0, 1.0]


def test_fitted_weights_are_found_again_and_never_negative() -> None:
    rng = np.random.default_rng(0)
    answers = rng.integers(0, 2, (60, 4)).astype(float)
    questions = [judgments_of([Verdict(score=yes) for yes in answers[:, place]], Scale.binary()) for place in range(4)]
    judge = ChecklistJudge(CHECKLIST, scripted_lm(_answers))
    target = 1.5 + answers @ np.array([2.0, 1.0, 0.5, 0.0])
    fitted = judge.fit(questions, target)
    assert (*fitted.weights, fitted.intercept) == pytest.approx((2.0, 1.0, 0.5, 0.0, 1.5), abs=1e-6)
    assert fitted(response="clear").score == pytest.approx(3.5)
    assert judge_from_state(fitted.dump_state(), scripted_lm(_answers))(response="clear").score == pytest.approx(3.5)
    assert min(judge.fit(questions, 3.0 - answers[:, 0]).weights) >= 0.0
    with pytest.raises(UsageError, match="4 weights need more complete items than that, got 4"):
        judge.fit(questions, np.where(np.arange(60) < 4, 3.0, np.nan))


def test_a_question_without_an_answer_leaves_the_item_unscored() -> None:
    def answer(request: dspy.lm15.Request) -> str:
        return "Perhaps." if "polite" in request.system else "yes"

    prediction = ChecklistJudge(CHECKLIST, scripted_lm(answer))(response="x")
    assert (prediction.unscored, prediction.verdict.detail) == ("no_score", "question 3 of 4")


def test_questions_are_asked_and_answered_in_the_rubrics_language() -> None:
    rubric = Rubric(criterion="Claritat", scale=LIKERT, steps=("S'entén?",), language="ca")
    lm = scripted_lm("Sí")
    assert ChecklistJudge(rubric, lm)(response="x").score == 5.0
    assert "1 = sí" in lm.engine.requests[0].system


def test_a_checklist_needs_questions() -> None:
    with pytest.raises(UsageError, match="this rubric has none"):
        ChecklistJudge(Rubric(criterion="Clarity", scale=LIKERT))
    with pytest.raises(UsageError, match="a weight for each of the 4 questions, got 1"):
        ChecklistJudge(CHECKLIST, weights=[1.0])


# --- Panel ---


@pytest.mark.parametrize(
    ("rule", "weights", "score"),
    [
        ("mean", None, (1 + 4 + 4) / 3),
        ("mean", [1, 0, 0], 1.0),
        ("mean", [2, 1, 1], 2.5),
        ("median", None, 4.0),
        ("vote", None, 4.0),
        ("vote", [3, 1, 1], 1.0),
    ],
)
def test_the_rules_of_a_panel(rule: str, weights: list[float] | None, score: float) -> None:
    panel = PanelJudge([_judge("1"), _judge("4"), _judge("4")], rule=rule, weights=weights)
    assert panel(response="x").score == pytest.approx(score)


def test_a_tied_vote_goes_to_the_likelier_point() -> None:
    panel = PanelJudge([_judge(_sure(2, 0.9)), _judge(_sure(5, 0.6))], rule="vote")
    assert panel(response="x").score == 2.0


def test_a_quorum_must_have_a_score() -> None:
    refuses = "I'm sorry, I can't."
    members = [_judge("4"), _judge(refuses), _judge(refuses)]
    prediction = PanelJudge(members)(response="x")
    assert (prediction.unscored, prediction.verdict.detail) == ("refusal", "1 of 3 scored; member 2 of 3")
    assert PanelJudge(members, quorum=1)(response="x").score == 4.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PanelJudge([]), "at least one member, got none"),
        (lambda: PanelJudge([_judge("1"), _judge("1", Scale.binary())]), "must share one scale"),
        (lambda: PanelJudge([_judge("1")], rule="max"), "rule must be one of mean, median, vote, got 'max'"),
        (lambda: PanelJudge([_judge("1")], weights=[0.0]), "none negative, not all 0"),
        (lambda: PanelJudge([_judge("1")], quorum=2), "quorum must be from 1 to 1, got 2"),
        (
            lambda: PanelJudge([_judge("1", Scale.nominal(["a", "b"]))]),
            "a panel's mean needs a scale of ordered points",
        ),
    ],
)
def test_what_is_no_panel_is_refused(make: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make()


# --- Cascade ---


def _mixed(request: dspy.lm15.Request) -> object:
    return _sure(4, 0.5 if "hard" in request.messages[-1].text else 0.98)(request)


def test_only_what_the_cheap_judge_is_unsure_of_costs_a_dear_call() -> None:
    cheap, expensive = (
        _judge(_mixed),
        Judge(Rubric(criterion="Clarity", scale=LIKERT, style="expert"), scripted_lm("2")),
    )
    cascade = CascadeJudge(cheap, expensive, spread=0.5)
    items = [Item(item_id=str(n), response=f"{'hard' if n % 4 == 0 else 'easy'} {n}") for n in range(20)]
    store = VerdictStore()
    result = run(cascade, items, store=store)
    assert result.progress.paid == len(store) == 25
    assert len(expensive.lm.engine.requests) == 5
    assert [verdict.detail for verdict in result.verdicts[:2]] == ["the expensive judge", "the cheap judge"]
    assert [round(verdict.score) for verdict in result.verdicts[:2]] == [2, 4]
    assert run(cascade, items, store=store).progress.paid == 0


def test_without_log_probabilities_the_cheap_judge_cannot_tell() -> None:
    assert CascadeJudge(_judge("4"), _judge("2"), spread=0.5)(response="x").score == 2.0


def test_where_the_dear_judge_has_no_score_neither_has_the_cascade() -> None:
    prediction = CascadeJudge(_judge("4"), _judge("no idea"), spread=0.5)(response="x")
    assert (prediction.unscored, prediction.verdict.detail) == ("no_score", "the expensive judge")


def test_a_spread_by_hand() -> None:
    cheap = judgments_of([Verdict(score=4.0, probabilities=(0.0, 0.0, 0.25, 0.5, 0.25))], LIKERT)
    for spread, unsure in ((math.sqrt(0.5) - 1e-9, True), (math.sqrt(0.5) + 1e-9, False)):
        assert CascadeJudge(_judge("4"), _judge("4"), spread=spread).unsure(cheap).tolist() == [unsure]


def test_an_unknown_kind_is_refused() -> None:
    state = PanelJudge([_judge("4")]).dump_state()
    with pytest.raises(UsageError, match=r"kind must be one of .*panel.*, got 'jury'"):
        judge_from_state({**state, "kind": "jury"})
    with pytest.raises(UsageError, match="not the state of a cascade judge"):
        CascadeJudge.from_state(state)
