"""What every kind of judge must do, whatever it judges and however it asks."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import json
from collections.abc import Callable
from typing import Any

import dspy
import pytest
from scripted_lm import respond, scripted_lm

from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import (
    AnalyticJudge,
    CascadeJudge,
    ChecklistJudge,
    CriteriaJudge,
    LanguageJudge,
    ListwiseJudge,
    PairwiseJudge,
    PanelJudge,
    PreferenceJudge,
    SampledJudge,
    judge_from_state,
)
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Item, Scale, Turn, Verdict
from alia_judge.runner import VerdictStore, run, stream

LIKERT, YES_NO, TOPICS = Scale.ordinal(1, 5), Scale.binary(), Scale.nominal(["billing", "fault", "other"])
PAIR = Scale.pairwise()
STEPS = ("Is it clear?", "Is it complete?", "Is it polite?")


def _rubric(scale: Scale, **fields: Any) -> Rubric:
    return Rubric(criterion="Helpfulness", scale=scale, instructions="Does it help?", **fields)


def _lm(script: Any) -> dspy.LM:
    return scripted_lm(script)


def _pointwise(scale: Scale, **settings: Any) -> Callable[[Any], Any]:
    return lambda script: Judge(_rubric(scale), _lm(script), **settings)


KINDS: dict[str, Callable[[Any], Any]] = {
    "graded": _pointwise(LIKERT),
    "binary": _pointwise(YES_NO),
    "nominal": _pointwise(TOPICS),
    "continuous": _pointwise(Scale.continuous(0, 5)),
    "single message": _pointwise(LIKERT, layout="single"),
    "begun answer": _pointwise(LIKERT, layout="prefill"),
    "reasons first": _pointwise(LIKERT, reasoning="first"),
    "reasons after": _pointwise(LIKERT, reasoning="after"),
    "nearest demonstrations": _pointwise(
        LIKERT, demos=[{"response": f"text {n}", "score": n} for n in range(1, 6)], neighbours=2
    ),
    "one order": _pointwise(PAIR),
    "both orders": lambda script: PairwiseJudge(_rubric(PAIR), _lm(script)),
    "checklist": lambda script: ChecklistJudge(_rubric(LIKERT, steps=STEPS), _lm(script)),
    "analytic": lambda script: AnalyticJudge(
        _rubric(LIKERT),
        [Rubric(criterion=name, scale=scale) for name, scale in (("Clear", LIKERT), ("Polite", YES_NO))],
        _lm(script),
    ),
    "criteria in one call": lambda script: CriteriaJudge(
        _rubric(LIKERT),
        [Rubric(criterion=name, scale=scale) for name, scale in (("Clear", LIKERT), ("Polite", YES_NO))],
        _lm(script),
    ),
    "ranking": lambda script: ListwiseJudge(_rubric(LIKERT), 2, _lm(script)),
    "object": _pointwise(LIKERT, output="json"),
    "other points": _pointwise(LIKERT, granularity=101),
    "in the item's language": lambda script: LanguageJudge(
        [Judge(_rubric(LIKERT, language=language), _lm(script)) for language in ("es", "en")]
    ),
    "conversation": _pointwise(LIKERT, subject="conversation"),
    "preference": lambda script: PreferenceJudge(Judge(_rubric(LIKERT), _lm(script))),
    "samples": lambda script: SampledJudge(Judge(_rubric(LIKERT), _lm(script)), 3),
    "panel": lambda script: PanelJudge(
        [Judge(_rubric(LIKERT, style=style), _lm(script)) for style in ("anchored", "terse", "expert")]
    ),
    "cascade": lambda script: CascadeJudge(
        Judge(_rubric(LIKERT, style="terse"), _lm(script)), Judge(_rubric(LIKERT), _lm(script)), spread=0.5
    ),
}
kinds = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS.keys())


def _digits(request: dspy.lm15.Request) -> str:
    """An answer that every scale has, 1 or 0, by a digest of what is shown, behind the cue that reasons need."""
    shown = next(message.text for message in reversed(request.messages) if message.role == "user")
    digit = int(hashlib.sha256(shown.encode()).hexdigest(), 16) % 2
    if "responses, the best first" in _system(request):
        return f"{1 + digit}, {2 - digit}"
    if "Clear: [1-5]" in _system(request):
        return f"Clear: {1 + digit}\nPolite: {digit}"
    if "JSON" in _system(request):
        return json.dumps({"score": 1 + digit})
    return f"Because.\nScore: {max(digit, 1 if '1-5' in _system(request) else digit)}"


def _system(request: dspy.lm15.Request) -> str:
    return request.system or request.messages[0].text


def _with_logprobs(request: dspy.lm15.Request) -> Any:
    if "Clear: [1-5]" in _system(request):
        tokens = ["Clear: ", "1", "\n", "Polite: ", "1"]
        tops = [{token: 1.0} for token in tokens]
        tops[1], tops[4] = {"1": 0.75, "2": 0.25}, {"1": 0.75, "0": 0.25}
        return respond("".join(tokens), tops=tops, tokens=tokens)
    if "responses, the best first" in _system(request):
        return respond("1, 2", tops=[{"1": 0.75, "2": 0.25}, {",": 1.0}, {" 2": 1.0}])
    if "JSON" in _system(request):
        tokens = ['{"score": ', "1", "}"]
        return respond("".join(tokens), tops=[{tokens[0]: 1.0}, {"1": 0.75, "2": 0.25}, {"}": 1.0}], tokens=tokens)
    return respond("1", tops=[{"1": 0.75, "2": 0.25}] if "0 = no" not in _system(request) else [{"1": 0.75, "0": 0.25}])


def _items(n: int = 6) -> list[Item]:
    return [
        Item(
            item_id=str(k),
            prompt="Help!",
            turns=(Turn(role="user", text="Hello"), Turn(role="assistant", text=f"Yes? {k}")),
            trace=f"look_up({k})",
            response=f"text {k}",
            response_b=f"other {k}",
            responses=(f"text {k}", f"other {k}"),
        )
        for k in range(n)
    ]


def _texts(item: Item) -> dict[str, Any]:
    return item.fields()


@kinds
def test_it_gives_a_verdict_on_its_scale(make: Callable[[Any], Any]) -> None:
    judge = make(_digits)
    prediction = judge(**_texts(_items()[0]))
    assert isinstance(prediction.verdict, Verdict)
    assert prediction.score == prediction.verdict.score
    assert judge.scale.low <= prediction.score <= judge.scale.high


@kinds
def test_asked_again_or_asynchronously_it_says_the_same(make: Callable[[Any], Any]) -> None:
    judge = make(_digits)
    texts = _texts(_items()[0])
    scores = [judge(**texts).score, judge(**texts).score, asyncio.run(judge.acall(**texts)).score]
    assert len(set(scores)) == 1


@kinds
def test_a_batch_keeps_its_order(make: Callable[[Any], Any]) -> None:
    judge = make(_digits)
    examples = [dspy.Example(**_texts(item)).with_inputs(*_texts(item)) for item in _items()]
    batch = [prediction.score for prediction in judge.batch(examples, disable_progress_bar=True)]
    assert batch == [judge(**_texts(item)).score for item in _items()]


@kinds
def test_its_state_survives_json(make: Callable[[Any], Any]) -> None:
    judge = make(_digits)
    lm = _lm(_digits)
    state = json.loads(json.dumps(judge.dump_state()))
    loaded = judge_from_state(state, lm)
    assert type(loaded) is type(judge)
    assert loaded.configuration() == judge.configuration()
    assert loaded(**_texts(_items()[0])).score == judge(**_texts(_items()[0])).score
    other = make(_digits)
    other.load_state(state)
    assert other.configuration() == judge.configuration()


@kinds
def test_a_copy_is_the_same_judge_on_the_same_model(make: Callable[[Any], Any]) -> None:
    judge = make(_digits)
    twin = copy.deepcopy(judge)
    assert twin.configuration() == judge.configuration()
    assert twin.lm_identity() == judge.lm_identity()
    assert twin(**_texts(_items()[0])).score == judge(**_texts(_items()[0])).score


@kinds
def test_the_runner_gives_what_a_call_gives_and_pays_once(make: Callable[[Any], Any]) -> None:
    judge, store = make(_digits), VerdictStore()
    first = run(judge, _items(), store=store)
    assert [verdict.score for verdict in first.verdicts] == [judge(**_texts(item)).score for item in _items()]
    assert [judged.item.item_id for judged in first.judged] == [item.item_id for item in _items()]
    assert first.progress.paid == len(store) > 0
    second = run(judge, _items(), store=store)
    assert second.progress.paid == 0
    assert all(judged.replayed for judged in second.judged)
    assert second.verdicts == first.verdicts
    assert [judged.verdict for judged in stream(judge, iter(_items()), store=store)] == list(first.verdicts)


@kinds
def test_a_model_that_refuses_leaves_it_unscored(make: Callable[[Any], Any]) -> None:
    judge = make("I'm sorry, but I can't.")
    prediction = judge(**_texts(_items()[0]))
    assert (prediction.score, prediction.unscored) == (None, "refusal")
    result = run(judge, _items())
    assert [verdict.unscored for verdict in result.verdicts] == ["refusal"] * 6
    assert result.progress.unscored == 6


@kinds
def test_log_probabilities_are_used_where_there_are_any(make: Callable[[Any], Any]) -> None:
    judge = make(_with_logprobs)
    prediction = judge(**_texts(_items()[0]))
    if judge.scale.kind == "continuous":
        assert prediction.verdict.method == "text"
    else:
        assert prediction.verdict.method == "logprobs"
        assert prediction.probabilities is None or sum(prediction.probabilities) == pytest.approx(1.0)


@kinds
def test_an_unchanged_bootstrap_gives_it_demonstrations(make: Callable[[Any], Any]) -> None:
    judge = make(_digits)
    trainset = [dspy.Example(**_texts(item), score=judge.scale.low).with_inputs(*_texts(item)) for item in _items(4)]
    optimiser = dspy.BootstrapFewShot(metric=lambda *_: True, max_bootstrapped_demos=2, max_labeled_demos=0)
    compiled = optimiser.compile(judge, trainset=trainset)
    assert type(compiled) is type(judge)
    assert len(compiled.demos) >= 2
    assert compiled.configuration() != judge.configuration()
    assert compiled(**_texts(_items()[5])).score is not None
