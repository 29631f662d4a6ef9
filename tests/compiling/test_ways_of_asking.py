"""Axes of the space that ask in other ways: kinds, samples, points and languages, with every call counted."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import optuna
import pytest
from scripted_lm import respond, scripted_lm
from search_options import compile_judge

from alia_judge._json import dumps
from alia_judge.compiling.budget import Budget
from alia_judge.compiling.compiled import judge_of
from alia_judge.compiling.compiler import CompiledJudge
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.options import Deployment
from alia_judge.compiling.result import CompileResult
from alia_judge.compiling.selection.judges import Single
from alia_judge.compiling.space.build import build_judge, calls_of
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.compiling.stack.candidates import Learnt, Stacker
from alia_judge.compiling.stack.stacked_judge import StackedJudge
from alia_judge.compiling.study.rebuild import rebuild_judge
from alia_judge.compiling.study.storage import open_storage
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import AnalyticJudge, ChecklistJudge, LanguageJudge, SampledJudge
from alia_judge.judging.readouts import Expected
from alia_judge.judging.rubrics.builtin import builtin_rubric
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.publishing import load_judge, publish_judge
from alia_judge.records import Configuration, Scale
from alia_judge.runner import LiveSource, run
from alia_judge.stats.estimate import Estimate

FIVE = Scale.ordinal(1, 5)
RUBRIC = Rubric(
    criterion="x", scale=FIVE, instructions="Is it x?", anchors={1: "no x", 3: "some x", 5: "all x"}, steps=("A?", "B?")
)
CRITERIA = (Rubric(criterion="clear", scale=FIVE), Rubric(criterion="kind", scale=Scale.binary()))
TONES = (builtin_rubric("tone", "es"), builtin_rubric("tone", "eu"))


@pytest.fixture
def train(made: ModuleType) -> Any:
    items, truth = made.items_and_truth()
    return made.make_split(items, truth, np.arange(96))


def everything(**options: Any) -> SearchSpace:
    return SearchSpace(
        **{
            "rubrics": (RUBRIC, replace(RUBRIC, style="terse")),
            "kinds": ("pointwise", "checklist", "analytic"),
            "criteria": CRITERIA,
            "granularities": (None, 3, 5, 10),
            "samples": (1, 4),
            "rubrics_by_language": (TONES,),
            **options,
        }
    )


# --- What is combined with what ---


def test_orders_and_names_of_the_points_are_axes(train: Any) -> None:
    space = SearchSpace(
        models=("openai/m", "typesafe/jev"),
        rubrics=(RUBRIC,),
        point_orders=("ascending", "descending", "both"),
        point_names=("digits", "letters", "words"),
        granularities=(None, 101),
        samples=(1, 4),
    )
    found = space.configurations(train)
    asked = [one for one in found if one.parameters["model"] == "openai/m"]
    listed = {(one.parameters.get("point_order"), one.parameters.get("point_names")) for one in asked}
    assert len(listed) == 9
    # On 101 points there are neither letters nor words; samples are of what is listed as usual.
    assert {one.parameters.get("point_names") for one in asked if "granularity" in one.parameters} == {None}
    assert not any("samples" in one.parameters for one in asked if one.parameters.get("point_order"))
    assert not any("point_order" in one.parameters for one in found if one.parameters["model"] == "typesafe/jev")
    both = next(
        one
        for one in asked
        if (one.parameters.get("point_order"), one.parameters.get("point_names")) == ("both", "letters")
    )
    assert calls_of(both) == 2
    assert SearchSpace.from_dict(json.loads(json.dumps(space.to_dict()))) == space
    assert "order of the points: ascending, descending, both" in str(space)
    assert "point_orders" not in SearchSpace().to_dict()


def test_both_orders_are_averaged(train: Any) -> None:
    said = {"A, B, C, D, E (E is best)": {"A": 0.6, "E": 0.4}, "A, B, C, D, E (A is best)": {"A": 0.6, "E": 0.4}}
    lm = scripted_lm(
        lambda request: respond("A", tops=[next(tops for shown, tops in said.items() if shown in request.system)])
    )
    space = SearchSpace(point_orders=("both",), point_names=("letters",))
    (configuration,) = space.configurations(train)
    verdict = build_judge(configuration, Judge(RUBRIC, lm), {})(response="x").verdict
    # It prefers whatever is called A: the mean of both orders says that it knows nothing.
    assert verdict.probabilities == pytest.approx((0.5, 0, 0, 0, 0.5))
    assert verdict.score == pytest.approx(3.0)
    labels = Rubric(criterion="kind", scale=Scale.nominal(["bill", "fault"]))
    lm = scripted_lm(lambda request: respond("A", tops=[{"A": 0.9, "B": 0.1}]) if "A, B" in request.system else "B")
    judge = build_judge(configuration, Judge(labels, lm), {})
    assert judge(response="x").score in (0.0, 1.0)


def test_parts_that_do_not_go_together_are_not_multiplied(train: Any) -> None:
    space = everything(demo_counts=(0, 2), settings=({}, {"temperature": 0.0}))
    found = space.configurations(train)
    by_kind: dict[str, list[Configuration]] = {}
    for one in found:
        by_kind.setdefault(str(one.parameters.get("kind", "pointwise")), []).append(one)
    # Two styles ask the same two questions, and of criteria there is one set: with each of the two settings.
    assert len(by_kind["checklist"]) == len(by_kind["analytic"]) == 2
    assert not any("demo_item_ids" in one.parameters for one in by_kind["checklist"] + by_kind["analytic"])
    # 5 points are the scale's own. Two rubrics ask once at two settings and four times at one (never at temperature 0);
    # the two of an item's own language ask once. All with and without demonstrations.
    assert len(by_kind["pointwise"]) == 2 * 3 * (2 * (2 + 1) + 2)
    assert {one.parameters.get("granularity") for one in found} == {None, 3, 10}
    samples = [one for one in found if one.parameters.get("samples") == 4]
    assert {one.parameters["settings"]["temperature"] for one in samples} == {1.0}
    assert {calls_of(one) for one in samples} == {4}
    assert len({one.key for one in found}) == len(found)


def test_json_and_back_and_in_words(train: Any) -> None:
    space = everything()
    again = SearchSpace.from_dict(json.loads(json.dumps(space.to_dict())))
    assert again == space
    assert again.configurations(train) == space.configurations(train)
    text = str(space)
    assert f"rubric in the item's language: {TONES[0].criterion} anchored es, eu" in text
    assert "kind: pointwise, checklist, analytic (of clear, kind)" in text
    assert "points asked: the scale's own, 3 (keeps 3 of 5 anchors), 5, 10 (keeps 2 of 5 anchors)" in text
    assert "samples: 1, 4" in text
    older = {name: value for name, value in SearchSpace().to_dict().items() if name not in ("kinds", "samples")}
    assert SearchSpace.from_dict(older) == SearchSpace()


def test_nothing_of_it_is_on_by_default(train: Any) -> None:
    for space in (SearchSpace(), SearchSpace.around(RUBRIC, models=["a"])):
        assert {calls_of(one) for one in space.configurations(train)} == {1}
        plain = {"model", "rubric", "rubric_style", "rubric_language", "layout"}
        demos = {"n_demos", "demo_strategy", "demo_item_ids"}
        assert {name for one in space.configurations(train) for name in one.parameters} <= plain | demos


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"kinds": ("listwise",)}, "'listwise' cannot be searched item by item: it ranks several responses at once"),
        ({"kinds": ("pairwise",)}, "'pairwise' cannot be searched item by item: a pair is one item"),
        ({"kinds": ("cascade",)}, "'cascade' cannot be searched item by item"),
        ({"kinds": ("sampled",)}, r"how often to ask is an axis of its own: samples=\(1, 5\)"),
        ({"kinds": ("criteria",)}, "one call for several criteria is searched from a CriteriaJudge"),
        ({"kinds": ("wise",)}, "kinds are pointwise, checklist, analytic, got wise"),
        ({"kinds": ("analytic",)}, "kind 'analytic' and criteria go together"),
        ({"criteria": CRITERIA}, "kind 'analytic' and criteria go together"),
        ({"samples": (0,)}, "samples must be at least 1, got 0"),
        ({"granularities": ()}, "granularities needs at least one value"),
        ({"rubrics": (RUBRIC,), "granularities": (1,)}, "granularity must be from 2 to 101 points, got 1"),
        (
            {"rubrics": (replace(RUBRIC, instructions="Is it 5?"),), "granularities": (10,)},
            "names points of its scale in its instructions",
        ),
        ({"rubrics_by_language": (TONES[:1],)}, r"in two languages or more, one a language; got \['es'\]"),
        ({"rubrics_by_language": (TONES,), "recorded": [Configuration(parameters={})]}, "either recorded"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_why(options: dict[str, Any], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        SearchSpace(**options)


def test_the_judges_own_rubric_is_checked_before_anything_is_paid_for(train: Any) -> None:
    judge = Judge(replace(RUBRIC, steps=("Would you give it a 4?",)), scripted_lm("3"))
    with pytest.raises(UsageError, match="names points of its scale"):
        compile_judge(
            judge,
            train=train,
            space=SearchSpace(granularities=(10,)),
            budget=Budget(calls=50),
            storage=":memory:",
        )
    assert not judge.lm.engine.requests


def test_a_checklist_needs_steps(train: Any) -> None:
    space = SearchSpace(rubrics=(replace(RUBRIC, steps=()),), kinds=("checklist",))
    with pytest.raises(UsageError, match="kind 'checklist' asks a rubric's steps; pass rubrics with some"):
        space.configurations(train)


@pytest.mark.parametrize(
    ("scale", "options", "match"),
    [
        (Scale.nominal(["a", "b"]), {"samples": (1, 3)}, "a mean of samples needs ordered points, got a nominal scale"),
        (Scale.binary(), {"kinds": ("analytic",), "criteria": CRITERIA}, "graded score, got a binary scale"),
        (FIVE, {"kinds": ("analytic",), "criteria": (CRITERIA[0],) * 2}, "criteria must have different names"),
    ],
)
def test_what_does_not_go_with_the_scale_is_refused_before_anything_is_paid_for(
    scale: Scale, options: dict[str, Any], match: str, train: Any
) -> None:
    judge = Judge(Rubric(criterion="x", scale=scale), scripted_lm("1"))
    target = train.target % 2
    split = replace(train, scale=scale, target=target, values=target[None, :])
    with pytest.raises(UsageError, match=match):
        compile_judge(judge, train=split, space=SearchSpace(**options), budget=Budget(calls=50), storage=":memory:")
    assert not judge.lm.engine.requests


# --- What is built ---


def test_builds_what_each_configuration_says(train: Any) -> None:
    template = Judge(RUBRIC, scripted_lm("3"), subject="conversation", top_logprobs=5)
    kinds = {}
    for one in everything(settings=({"temperature": 0.4},), reasonings=("first",)).configurations(train):
        judge = build_judge(Configuration(parameters=json.loads(json.dumps(dict(one.parameters)))), template, {})
        kinds[type(judge)] = judge
        members = [judge] if isinstance(judge, Judge) else judge.members
        if not isinstance(judge, LanguageJudge):
            assert len(members) == calls_of(one)
        for member in members:
            assert (member.reasoning, member.subject, member.top_logprobs) == ("first", "conversation", 5)
            assert member.settings == {"temperature": 0.4}
            assert member.granularity == one.parameters.get("granularity")
    assert set(kinds) == {Judge, ChecklistJudge, AnalyticJudge, LanguageJudge, SampledJudge}
    assert kinds[LanguageJudge].languages == ("es", "eu")
    assert [one.rubric.instructions for one in kinds[ChecklistJudge].members] == ["A?", "B?"]


# --- Every call is counted ---


@pytest.fixture
def asked(openai_server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("OPENAI_API_KEY", "the-loopback-server-asks-for-none")
    monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)
    return openai_server


def search(train: Any, space: SearchSpace, **options: Any) -> CompiledJudge:
    judge = Judge(RUBRIC, "openai/judge")
    options = {"budget": Budget(calls=400), "storage": ":memory:", **options}
    return compile_judge(judge, train=train, space=space, **options)


@pytest.mark.parametrize(
    "space",
    [
        SearchSpace(samples=(1, 3)),
        SearchSpace(rubrics=(RUBRIC,), kinds=("pointwise", "checklist")),
        SearchSpace(kinds=("pointwise", "analytic"), criteria=(*CRITERIA, Rubric(criterion="short", scale=FIVE))),
        SearchSpace(rubrics=(RUBRIC,), rubrics_by_language=(TONES,), granularities=(None, 3)),
    ],
    ids=["samples", "checklist", "analytic", "language and points"],
)
def test_the_server_counts_what_the_study_counts(space: SearchSpace, train: Any, asked: Any, tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 's.db'}"
    compiled = search(train, space, storage=storage)
    result = compiled.result
    assert asked.stats()["requests"] == result.paid <= 400
    study = optuna.load_study(study_name=result.study, storage=open_storage(storage))
    assert sum(trial.user_attrs["verdicts"]["paid"] for trial in study.trials) == result.paid
    assert json.loads(dumps(CompileResult.from_dict(json.loads(dumps(result))))) == json.loads(dumps(result))
    # The same command pays for nothing; neither does a judge that is rebuilt from a trial, on what it has judged.
    assert search(train, space, storage=storage).result.paid == result.paid
    assert asked.stats()["requests"] == result.paid
    by_name = {one.name: one for one in space.configurations(train)}
    template = Judge(RUBRIC, "openai/judge")
    for trial in study.trials:
        built = space.build(by_name[trial.user_attrs["name"]], template, train)
        assert rebuild_judge(storage, result.study, trial.number).configuration() == built.configuration()
        elsewhere = rebuild_judge(storage, result.study, trial.number, lm=scripted_lm("4"))
        assert elsewhere.configuration() == built.configuration()
        assert set(elsewhere.lm_identity().split("+")) == {Judge(RUBRIC, scripted_lm("4")).lm_identity()}


def test_a_sample_shares_the_verdict_of_one_call_and_is_stored_by_its_number(train: Any, asked: Any) -> None:
    settings = ({"temperature": 1.0},)
    alone = search(train, SearchSpace(settings=settings), budget=Budget(calls=2000))
    assert alone.result.paid == 96
    both = search(train, SearchSpace(settings=settings, samples=(1, 3)), budget=Budget(calls=2000))
    # 96 verdicts of one call, and of three, of which the first is the same call.
    assert both.result.paid == 3 * 96
    assert asked.stats()["requests"] == 96 + 3 * 96
    assert set(asked.stats()["by_messages"].values()) == {4}


def test_a_verdict_of_several_calls_takes_as_much_of_the_budget(train: Any, asked: Any) -> None:
    space = SearchSpace(samples=(6,))
    result = search(train, space, budget=Budget(calls=120)).result
    assert result.paid == 120 == asked.stats()["requests"]
    assert result.single.to_dict()["calls_per_item"] == 6


def test_what_is_deployed_keeps_to_its_calls_an_item(train: Any, asked: Any) -> None:
    space = SearchSpace(
        rubrics=tuple(replace(RUBRIC, instructions=f"Is it x, way {n}?") for n in range(3)), samples=(1, 3)
    )
    wide = search(train, space, budget=Budget(calls=3000))
    for calls in (1, 2, 4):
        few = wide.redeploy(Deployment(calls=calls))
        assert few.deployed.stack.calls_per_item <= calls
        assert calls_of(few.single.configuration) <= calls
        assert max(few.deployed.tradeoff) <= calls
    paid = asked.stats()["requests"]
    # Known from the start, no call goes to what could never be deployed.
    narrow = search(train, space, budget=Budget(calls=3000), deploy_calls=2).result
    assert narrow.paid == 3 * 96 == asked.stats()["requests"] - paid
    with pytest.raises(UsageError, match="every configuration takes more than 2 calls an item"):
        search(train, SearchSpace(samples=(3,)), deploy_calls=2)


# --- What is deployed and published ---


def by_stars(request: Any) -> Any:
    """Says how many words there are, with a probability on each point of whatever scale it is asked on."""
    words = len(re.findall(r"palabra", request.messages[-1].text))
    low, high = map(int, (re.findall(r"(\d+)-(\d+)", str(request.system)) or [(0, 1)])[0])
    share = min(words, 60) / 60
    points = np.arange(low, min(high, 9) + 1)
    weights = np.exp(-8 * np.abs((points - low) / (points[-1] - low) - share))
    likely = {str(point): float(weight) for point, weight in zip(points, weights / weights.sum(), strict=True)}
    return respond(max(likely, key=lambda point: likely[point]), tops=[likely])


@pytest.mark.parametrize("readout", ["expected", "ridge"])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_single_judge_of_another_kind_is_called_published_and_loaded(
    readout: str, reverse: bool, train: Any, tmp_path: Path
) -> None:
    scale = Scale.ordinal(1, 5, reverse=reverse)
    rubric = replace(RUBRIC, scale=scale)
    lm = scripted_lm(by_stars)
    template = Judge(rubric, lm)
    space = SearchSpace(
        rubrics=(rubric,),
        kinds=("pointwise", "checklist"),
        granularities=(None, 3, 9),
        samples=(1, 2),
        rubrics_by_language=((rubric, replace(rubric, language="eu")),),
    )
    items = train.items[:40]
    for one in space.configurations(train):
        built = build_judge(one, template, {})
        raw = _judgments(built, items)
        read: Any = Expected(scale=scale)
        if readout == "ridge":
            from alia_judge.judging.readouts import make_readout

            read = make_readout("ridge", scale).fit(raw, train.target[:40])
        nothing = Estimate(statistic="spearman", value=0.5)
        named = Single(configuration=one, readout=read, dev=nothing, expected=nothing)
        judge = judge_of(named, lambda configuration: build_judge(configuration, template, {}))
        scores = [verdict.score for verdict in run(judge, items).verdicts]
        np.testing.assert_allclose(scores, read.predict(raw), atol=1e-9)
        where = publish_judge(judge, tmp_path / one.key, name="x")
        loaded = load_judge(where, lm=lm)
        assert [verdict.score for verdict in run(loaded, items).verdicts] == scores
        called = (
            loaded(response=items[3].response, language=items[3].language)
            if "rubrics" in one.parameters
            else (loaded(response=items[3].response))
        )
        assert called.score == pytest.approx(scores[3])


def _judgments(judge: Any, items: Any) -> Any:
    from alia_judge.judging.readouts import judgments_of

    raw = [one.raw for one in run(judge, items).judged]
    return judgments_of(raw, judge.scale, [item.item_id for item in items])


def test_a_stack_of_several_kinds_says_the_same_everywhere(train: Any, tmp_path: Path) -> None:
    lm = scripted_lm(by_stars)
    space = SearchSpace(
        rubrics=(RUBRIC,),
        kinds=("pointwise", "checklist", "analytic"),
        criteria=CRITERIA,
        granularities=(None, 9),
        samples=(1, 2),
        rubrics_by_language=((RUBRIC, replace(RUBRIC, language="eu")),),
    )
    target = np.array([min(len(item.response.split()), 60) / 15 + 1 for item in train.items]).round()
    split = replace(train, target=target, values=target[None, :])
    configurations = space.configurations(split)
    template = Judge(RUBRIC, lm)
    source = LiveSource(lambda one: build_judge(one, template, {}), FIVE)
    judgments = [source.judge(one, split.items) for one in configurations]
    learnt = Learnt(
        target=Target(values=target, groups=split.groups, scale=FIVE),
        objective=Objective(),
        groupings=(split.groups,),
    )
    stack = Stacker(configurations, judgments, range(len(configurations)), learnt, FIVE).everything.stack
    # Of one call: a score, on nine points too, in the item's language, on nine points there. Two samples of the first
    # two; two questions; two criteria.
    assert stack.calls_per_item == 4 + 2 * 2 + 2 + 2
    whole = StackedJudge(stack, [build_judge(one, template, {}) for one in configurations])
    items = split.items[:20]
    asked = len(lm.engine.requests)
    scores = [one.score for one in run(whole, items).verdicts]
    # Every other item is in no language of the two: what the first is asked of it then, on either number of points, is
    # asked by another member anyway, and paid for once.
    assert len(lm.engine.requests) - asked == stack.calls_per_item * len(items) - 2 * len(items) // 2
    np.testing.assert_allclose(scores, stack.predict([source.judge(one, items) for one in configurations], items))
    loaded = load_judge(publish_judge(whole, tmp_path / "judge", name="x"), lm=lm)
    assert [one.score for one in run(loaded, items).verdicts] == scores
    assert loaded(response=items[1].response, language=items[1].language).score == pytest.approx(scores[1])
    assert (asyncio.run(loaded.acall(response=items[1].response, language=items[1].language))).score == pytest.approx(
        scores[1]
    )
    card = Path(publish_judge(whole, tmp_path / "stack", name="x"), "README.md").read_text("utf-8")
    assert "kind checklist" in card
    assert re.search(r"kind by\\?_language: asks in the language of the item: en, eu", card)


# --- Steps that a model writes ---


def test_steps_are_written_once_and_frozen_in_every_trial(train: Any, tmp_path: Path) -> None:
    plain = replace(RUBRIC, steps=())
    lm, writer = scripted_lm(by_stars), scripted_lm("1. Look for x.\n2. Count them.\n3. Decide.")
    space = SearchSpace(rubrics=(plain, replace(plain, style="terse")), kinds=("pointwise", "checklist"))
    storage = f"sqlite:///{tmp_path / 's.db'}"
    options: dict[str, Any] = {"train": train, "space": space, "budget": Budget(calls=300), "storage": storage}
    result = compile_judge(Judge(plain, lm), steps=writer, **options).result
    assert result.steps is not None
    assert (result.steps.written, result.steps.calls, len(writer.engine.requests)) == (1, 1, 1)
    assert result.steps.why == "test/scripted wrote steps for 1 of 1 rubrics without any"
    assert result.paid == len(lm.engine.requests) + 1 <= 300
    assert json.loads(dumps(CompileResult.from_dict(json.loads(dumps(result))))) == json.loads(dumps(result))
    study = optuna.load_study(study_name=result.study, storage=open_storage(storage))
    asked = [trial.user_attrs["request"]["configuration"] for trial in study.trials]
    found = {(one.get("kind"), one["rubric_style"], tuple(one["rubric"]["steps"])) for one in asked}
    steps = ("Look for x.", "Count them.", "Decide.")
    assert found == {
        (None, "anchored", ()),
        (None, "terse", ()),
        (None, "anchored", steps),
        (None, "checklist", steps),
        ("checklist", "checklist", steps),
    }
    # Another who would write something else is not asked for what there is.
    other = scripted_lm("1. Guess.\n2. Guess again.")
    again = compile_judge(Judge(plain, scripted_lm("never asked")), steps=other, **options).result
    assert not other.engine.requests
    assert (again.study, again.paid) == (result.study, result.paid)


def test_a_model_that_writes_no_steps_does_no_harm_and_is_told_of(train: Any) -> None:
    plain = replace(RUBRIC, steps=())
    result = compile_judge(
        Judge(plain, scripted_lm(by_stars)),
        train=train,
        space=SearchSpace(),
        budget=Budget(calls=100),
        storage=":memory:",
        steps=scripted_lm("I am a small model."),
    ).result
    assert result.steps is not None
    assert result.steps.written == 0
    assert "wrote no list of steps" in result.steps.why
    assert result.paid <= 100
