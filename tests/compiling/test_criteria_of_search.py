"""One judge for several criteria: one call an item answers all, each has its own readout, one budget pays for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from loopback import Loopback, chat

import alia_judge as aj
from alia_judge.benchmark import joined_splits
from alia_judge.compiling.budget import Budget
from alia_judge.compiling.compiler import CompiledJudge, compile_judge
from alia_judge.compiling.objective.criteria import CriteriaObjective, CriteriaTarget
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.options import Deployment, SearchOptions
from alia_judge.compiling.result import CompileResult
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.compiling.stack.candidates import Learnt, Stacker
from alia_judge.compiling.stack.criteria import CriteriaStacker, stack_from_dict
from alia_judge.compiling.stack.vote import VoteStacker
from alia_judge.errors import Interrupted, UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import CriteriaJudge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.resolve import resolve_lm
from alia_judge.records import Configuration, Item, Judgments, Scale
from alia_judge.stats import spearman

N = 120
FIVE = Scale.ordinal(1, 5)
#: Instructions of a rubric -> how well the server then reads clarity and tone (share of the items it gets right).
GOOD_AT = {"for clarity": (0.98, 0.25), "for tone": (0.5, 0.55), "for neither": (0.2, 0.2)}


def truth() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    return {
        "clarity": rng.integers(1, 6, N),
        "tone": rng.integers(1, 6, N),
        "safe": rng.integers(0, 2, N),
        "fluency": rng.integers(0, 11, N),
    }


def answers(body: Any, path: str, number: int) -> tuple[int, dict[str, str], Any]:
    asked = str(body["messages"])
    place = int(re.findall(r"item(\d+)x", asked)[-1])
    skill = next((share for words, share in GOOD_AT.items() if words in asked), (0.9, 0.9))
    right, lines = truth(), []
    for name, share in (("clarity", skill[0]), ("tone", skill[1]), ("safe", 0.9), ("fluency", 0.9)):
        if re.search(rf"{name}: \[", asked):
            rng = np.random.default_rng([place, len(name), int(share * 100)])
            value = right[name][place] if rng.random() < share else rng.choice(right[name])
            if name == "fluency":  # asked on the five points of its rubric
                value = round(1 + 4 * value / 10)
            lines.append(f"{name}: {value}")
    if not lines:  # asked about one criterion alone
        lines.append(str(right["clarity"][place]))
    message = {"role": "assistant", "content": "\n".join(lines)}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    said = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    return 200, {}, said


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback(answers) as running:
        yield running


def benchmarks(*criteria: str) -> tuple[aj.Benchmark, ...]:
    rows = []
    for place in range(N):
        for who in ("ana", "jon"):
            words = " ".join(f"w{place}{letter}" for letter in "abcdef")
            row: dict[str, Any] = {"item": f"i{place}", "rater": who, "response": f"item{place}x {words}"}
            row |= {"conversation": f"c{place // 2}", **{name: int(truth()[name][place]) for name in criteria}}
            rows.append(row)
    scales: dict[str, Any] = {"clarity": "1-5", "tone": "1-5", "safe": Scale.binary(), "fluency": "0-10"}
    ratings = aj.load_ratings(rows, scales={name: scales[name] for name in criteria})
    return aj.build_benchmarks(ratings, criteria, group_by="conversation", splits=(0.6, 0.0, 0.4))


def rubric(criterion: str, says: str = "", scale: Scale = FIVE) -> Rubric:
    return Rubric(criterion=criterion, scale=scale, instructions=says)


def search(
    server: Loopback, *criteria: str, storage: str = ":memory:", calls: int = 400, **options: Any
) -> tuple[CompiledJudge, tuple[aj.Benchmark, ...]]:
    made = benchmarks(*criteria)
    scales = {"safe": Scale.binary()}
    judge = CriteriaJudge(
        rubric("whole"),
        [rubric(name, scale=scales.get(name, FIVE)) for name in criteria],
        resolve_lm("openai/m", api_base=server.url, api_key="none"),
    )
    sets = [tuple(rubric(name, says, scales.get(name, FIVE)) for name in criteria) for says in GOOD_AT]
    tuned = compile_judge(
        judge,
        train=[one.train for one in made],
        space=SearchSpace(together=tuple(sets)),
        budget=Budget(calls=calls),
        storage=storage,
        **{"deployment": Deployment(calls=1), **options},
    )
    return tuned, made


def asked(tuned: CompiledJudge) -> str:
    return str(tuned.single.configuration.parameters["criteria"][0]["instructions"])


def test_the_mean_takes_one_configuration_and_the_worst_another(server: Loopback) -> None:
    mean, _ = search(server, "clarity", "tone")
    worst, _ = search(server, "clarity", "tone", options=SearchOptions(over="worst"))
    assert asked(mean) == "for clarity"
    assert asked(worst) == "for tone"
    by_criterion = mean.result.to_dict()["criteria"]
    assert by_criterion["clarity"]["single"]["dev"]["value"] > 0.7 > by_criterion["tone"]["single"]["dev"]["value"]
    figures = [one.value for one in mean.single.criteria.values()]  # each is corrected for the choice made on the whole
    assert np.mean(figures) == pytest.approx(mean.single.dev.value, abs=0.02)
    assert len(mean.result.study) < 60
    assert "worst" in worst.result.objective
    with pytest.raises(UsageError, match="score of one criterion"):
        mean.redeploy(Deployment(cascade=True))
    assert "worst" in worst.result.why
    assert CompileResult.from_dict(mean.result.to_dict()).to_dict() == mean.result.to_dict()
    frame = mean.to_frame()
    assert frame[["judge", "criterion"]].to_numpy().tolist() == [
        [judge, name] for judge in ("single", "deployed") for name in ("clarity", "tone")
    ]


def test_four_criteria_cost_as_many_requests_as_one(server: Loopback) -> None:
    """Counted by the server: three rubrics on every learning item, whatever they are asked about."""
    counts = {}
    for criteria in (("clarity",), ("clarity", "tone", "safe", "fluency")):
        before = len(server.bodies)
        if len(criteria) == 1:
            (benchmark,) = benchmarks("clarity", "tone")[:1]
            judge = Judge(rubric("clarity"), resolve_lm("openai/m", api_base=server.url, api_key="none"))
            space = SearchSpace(rubrics=tuple(rubric("clarity", says) for says in GOOD_AT))
            tuned = compile_judge(
                judge, train=benchmark.train, space=space, budget=Budget(calls=400), storage=":memory:"
            )
        else:
            tuned, _ = search(server, *criteria)
        counts[len(criteria)] = len(server.bodies) - before
        assert tuned.result.paid == counts[len(criteria)]
    assert counts[4] == counts[1] == 3 * len(benchmark.train)


def test_each_criterion_has_its_own_statistic_readout_and_scale(server: Loopback, tmp_path: Path) -> None:
    tuned, made = search(server, "clarity", "safe", "fluency")
    assert tuned.result.objective == "the mean of spearman of clarity, kappa of safe, spearman of fluency"
    assert tuned.single.criteria["safe"].statistic == "kappa"
    found = tuned.predict(made[0].test.items)
    assert found.criteria == ("clarity", "safe", "fluency")
    assert found.deployed.shape == (len(made[0].test), 3)
    for place, benchmark in enumerate(made):  # each on the scale of its own ratings
        error = np.abs(found.deployed[:, place] - benchmark.test.target)
        assert np.median(error) <= 0.2 * (benchmark.scale.high - benchmark.scale.low)
    folder = aj.publish_judge(tuned, tmp_path / "judge")
    judge = aj.load_judge(folder, lm=resolve_lm("openai/m", api_base=server.url, api_key="none"))
    item = made[0].test.items[0]
    verdict = judge(**item.fields()).verdict
    np.testing.assert_allclose([part.score for part in verdict.parts.values()], found.deployed[0], atol=1e-6)
    only = judge.only("fluency")
    assert only.scale == made[2].scale
    assert only(**item.fields()).score == pytest.approx(found.deployed[0, 2])
    card = (tmp_path / "judge" / "README.md").read_text()
    assert all(f"**{name}**" in card for name in ("clarity", "safe", "fluency"))


def test_a_stack_of_several_calls_reads_every_criterion(server: Loopback, tmp_path: Path) -> None:
    tuned, made = search(server, "clarity", "tone", deployment=Deployment(calls=2))
    assert 1 in tuned.deployed.tradeoff
    pair = tuned.redeploy(Deployment(calls="all"))
    assert pair.deployed.stack.calls_per_item == 3
    assert [one.name for one in pair.deployed.stack.parts.values()] == ["verdicts", "verdicts"]
    before = len(server.bodies)
    found = pair.predict(made[0].test.items[:4])
    assert len(server.bodies) - before == 12
    judge = aj.load_judge(
        aj.publish_judge(pair, tmp_path / "pair"), lm=resolve_lm("openai/m", api_base=server.url, api_key="none")
    )
    judged = aj.run(judge, made[0].test.items[:4]).verdicts
    np.testing.assert_allclose([[p.score for p in one.parts.values()] for one in judged], found.deployed, atol=1e-6)
    with_surface = tuned.redeploy(Deployment(calls=1, reads=("verdicts", "surface")))
    assert set(with_surface.deployed.criteria) == {"clarity", "tone"}


def tells_by_tone(body: Any, path: str, number: int) -> tuple[int, dict[str, str], Any]:
    place = int(re.findall(r"item(\d+)x", str(body["messages"]))[-1])
    rng, right = np.random.default_rng(place), truth()
    said = {
        "clarity": right["clarity"][place] if rng.random() < 0.2 else rng.integers(1, 6),
        "tone": right["clarity"][place] if rng.random() < 0.8 else rng.integers(1, 6),
        "safe": right["safe"][place],
    }
    return 200, {}, chat("\n".join(f"{name}: {value}" for name, value in said.items()))


def test_what_a_call_says_on_other_criteria_is_read_for_each(tmp_path: Path) -> None:
    """Its word on tone tells clarity better than its word on clarity does; a vote of labels reads its own alone."""
    with Loopback(tells_by_tone) as server:
        tuned, (clarity, *_) = search(server, "clarity", "tone", "safe")
        assert len(server.bodies) == tuned.result.paid
        asked_before = len(server.bodies)
        found = tuned.redeploy(Deployment(calls="all")).predict(clarity.test.items)
        assert len(server.bodies) - asked_before == found.paid
        alone, together = (
            float(spearman(scores[:, 0], clarity.test.target).value) for scores in (found.single, found.deployed)
        )
        assert together > alone + 0.2
        parts = tuned.redeploy(Deployment(calls="all")).deployed.stack.parts
        assert {member.beside for member in parts["clarity"].members} == {("tone", "safe")}
        assert {member.beside for stack in parts["safe"].stacks for member in stack.members} == {()}
        lm = resolve_lm("openai/m", api_base=server.url, api_key="none")
        judge = aj.load_judge(aj.publish_judge(tuned.redeploy(Deployment(calls="all")), tmp_path / "judge"), lm=lm)
        item = clarity.test.items[0]
        assert judge.only("clarity")(**item.fields()).score == pytest.approx(found.deployed[0, 0], abs=1e-6)


def test_ratings_of_one_criterion_take_a_judge_of_several_that_is_held_to_it(tmp_path: Path) -> None:
    made = benchmarks("clarity", "tone")[0]
    for behave, reads in ((answers, ()), (tells_by_tone, ("tone",))):
        with Loopback(behave) as running:
            lm = resolve_lm("openai/m", api_base=running.url, api_key="none")
            judge = CriteriaJudge(rubric("whole"), [rubric("clarity"), rubric("tone")], lm).only("clarity")
            sets = tuple(tuple(rubric(name, says) for name in ("clarity", "tone")) for says in GOOD_AT)
            search = {
                "train": made.train,
                "space": SearchSpace(together=sets),
                "budget": Budget(calls=300),
                "deployment": Deployment(calls="all"),
                "storage": f"sqlite:///{tmp_path / f'{len(reads)}.db'}",
            }
            tuned = compile_judge(judge, **search)
            again = compile_judge(judge, **search)
            assert again.deployed.to_dict() == tuned.deployed.to_dict()
            found = tuned.predict(made.test.items)
            reached = [float(spearman(scores, made.test.target).value) for scores in (found.single, found.deployed)]
            if reads:
                assert {member.beside for member in tuned.deployed.stack.members} == {reads}
                assert reached[1] > reached[0] + 0.2
            else:
                assert asked(tuned) == "for clarity"
                assert reached[0] > 0.9  # of clarity, and not of the whole
            item = made.test.items[0]
            np.testing.assert_allclose([tuned(**item.fields()).score], found.deployed[:1], atol=1e-6)
            np.testing.assert_allclose([tuned.judge(**item.fields()).score], found.single[:1], atol=1e-6)
    assert SearchSpace.around(judge).demo_counts == (0,)


def test_a_search_that_was_stopped_pays_for_nothing_twice(server: Loopback, tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'study.db'}"

    def stop(progress: Any) -> None:
        if progress.calls >= 20:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        search(server, "clarity", "tone", storage=storage, progress=stop)
    assert 20 <= len(server.bodies) < 3 * 72
    resumed, made = search(server, "clarity", "tone", storage=storage)
    assert len(server.bodies) == 3 * len(made[0].train) == resumed.result.paid
    fresh, _ = search(server, "clarity", "tone")
    assert resumed.single.to_dict() == fresh.single.to_dict()
    assert resumed.deployed.to_dict() == fresh.deployed.to_dict()


def test_evaluation_takes_the_part_that_its_split_is_of(server: Loopback) -> None:
    tuned, (clarity, tone) = search(server, "clarity", "tone")
    before = len(server.bodies)
    store = aj.VerdictStore()
    found = [aj.evaluate_judge(tuned, one.test, store=store).judge() for one in (clarity, tone)]
    assert len(server.bodies) - before == len(clarity.test)  # the second is answered by the first's calls
    assert found[0].correlation["item"]["spearman"].value > found[1].correlation["item"]["spearman"].value + 0.2
    assert [one.held_out.recorded if one.held_out else 0 for one in found] == [len(clarity.train)] * 2


def test_what_goes_with_one_criterion_is_refused(server: Loopback) -> None:
    made = benchmarks("clarity", "tone")
    trains = [one.train for one in made]
    lm = resolve_lm("openai/m", api_base=server.url, api_key="none")
    budget = Budget(calls=10)
    with pytest.raises(UsageError, match="take a CriteriaJudge"):
        compile_judge(Judge(rubric("clarity"), lm), train=trains, budget=budget)
    both = CriteriaJudge(rubric("whole"), [rubric("clarity"), rubric("other")], lm)
    with pytest.raises(UsageError, match="the judge's criteria are clarity, other, and those of the splits clarity, t"):
        compile_judge(both, train=trains, budget=budget)
    both = CriteriaJudge(rubric("whole"), [rubric("clarity"), rubric("tone")], lm)
    with pytest.raises(UsageError, match="has no samples"):
        compile_judge(both, train=trains, space=SearchSpace(samples=(1, 3)), budget=budget)
    uneven = CriteriaJudge(rubric("whole"), [rubric("clarity"), rubric("tone")], lm, weights=(3.0, 1.0))
    with pytest.raises(UsageError, match="leave weights= and intercept= out"):
        compile_judge(uneven, train=trains, budget=budget)
    with pytest.raises(UsageError, match="same part of different criteria"):
        compile_judge(both, train=[trains[0], trains[0]], budget=budget)
    with pytest.raises(UsageError, match="over must be 'mean' or 'worst'"):
        SearchOptions(over="best")  # type: ignore[arg-type]
    worst = SearchOptions(over="worst")
    with pytest.raises(UsageError, match="leave it out of a search on one criterion"):
        compile_judge(Judge(rubric("clarity"), lm), train=trains[0], budget=budget, options=worst)
    mean = CriteriaObjective.over(trains, None)
    with pytest.raises(UsageError, match="a CriteriaObjective, which says so itself"):
        compile_judge(both, train=trains, budget=budget, objective=mean, options=worst)


class TestBenchmarks:
    def test_every_group_is_in_the_same_split_of_each(self) -> None:
        made = benchmarks("clarity", "tone", "safe")
        assert len({tuple(sorted(one.assignment.items())) for one in made}) == 1
        assert len({one.fingerprint for one in made}) == 3
        assert len({one.origin for one in made}) == 1
        sides = [set(part.groups.tolist()) for part in (made[0].train, made[1].test)]
        assert not set.intersection(*sides)

    def test_items_that_lack_a_criterion_are_left_out_and_named(self) -> None:
        rows = [
            {"item": f"i{n}", "rater": who, "criterion": name, "score": 1 + n % 5}
            for n in range(40)
            for who in ("a", "b")
            for name in (("x",) if n < 4 else ("x", "y"))
        ]
        made = aj.build_benchmarks(aj.load_ratings(rows), ["x", "y"])
        assert [len(one.items) for one in made] == [36, 36]
        assert set(made[0].provenance["left_out_items"]) == {"i0", "i1", "i2", "i3"}

    def test_the_whole_is_the_mean_level_of_what_has_an_order(self) -> None:
        made = benchmarks("clarity", "fluency")
        whole = joined_splits([one.train for one in made])
        levels = [(made[0].train.target - 1) / 4, made[1].train.target / 10]
        assert whole.scale == Scale.continuous(0, 1)
        np.testing.assert_allclose(whole.target, np.mean(levels, axis=0))
        with pytest.raises(UsageError, match="two or more, each named once"):
            aj.build_benchmarks(made[0].ratings, ["clarity"])


def _targets(values: Sequence[np.ndarray]) -> CriteriaTarget:
    groups = np.array([str(place) for place in range(len(values[0]))])
    parts = {name: Target(values=one, groups=groups, scale=FIVE) for name, one in zip("ab", values, strict=True)}
    return CriteriaTarget(values=np.mean(values, axis=0), groups=groups, scale=FIVE, parts=parts)


@pytest.mark.parametrize("worst", [0.0, 0.5, 1.0])
def test_the_objective_is_the_mix_of_each_criterions_own(worst: float) -> None:
    rng = np.random.default_rng(0)
    target = _targets([rng.random(30), rng.random(30)])
    scores = rng.random((5, 30, 2))
    one = Objective(statistic="spearman")
    objective = CriteriaObjective(parts={"a": one, "b": one}, worst=worst)
    each = np.stack([one.rows(scores[..., 0], target.parts["a"]), one.rows(scores[..., 1], target.parts["b"])])
    expected = (1 - worst) * each.mean(axis=0) + worst * each.min(axis=0)
    np.testing.assert_allclose(objective.rows(scores, target), expected)
    taken = np.arange(7, 19)
    again = [one.value(scores[0, taken, place], target.parts[name].take(taken)) for place, name in enumerate("ab")]
    found = objective.rows(scores[:, taken], target.take(taken))[0]
    assert found == pytest.approx((1 - worst) * np.mean(again) + worst * min(again))


def test_a_criterion_without_a_figure_counts_as_nothing_and_not_as_left_out() -> None:
    rng = np.random.default_rng(1)
    target = _targets([rng.random(30), rng.random(30)])
    scores = np.stack([target.parts["a"].values, np.full(30, 3.0)], axis=-1)[None]
    one = Objective(statistic="spearman")
    assert CriteriaObjective(parts={"a": one, "b": one}).rows(scores, target)[0] == pytest.approx(0.5)
    assert CriteriaObjective(parts={"a": one, "b": one}, worst=1.0).rows(scores, target)[0] == 0.0
    assert np.isnan(CriteriaObjective(parts={"a": one, "b": one}).rows(np.full((1, 30, 2), 3.0), target)[0])


def test_verdicts_are_on_the_ratings_scales_whatever_points_are_asked() -> None:
    judge = CriteriaJudge(rubric("whole"), [rubric("clarity"), rubric("fluency")]).on_scales(
        {"clarity": FIVE, "fluency": Scale.ordinal(0, 10, reverse=True)}
    )
    opened = judge.messages(**Item(item_id="0", response="r").fields())
    assert "fluency: [1-5]" in str(opened)
    again = CriteriaJudge.from_state(judge.dump_state())
    assert again.scales == judge.scales
    assert again.configuration() == judge.configuration()
    with pytest.raises(UsageError, match="no verdict on the one can be put on the other"):
        judge.on_scales({"clarity": Scale.nominal(("a", "b", "c")), "fluency": FIVE})


def test_labels_are_voted_for_beside_scores_by_the_same_members() -> None:
    rng = np.random.default_rng(5)
    n, binary = 100, Scale.binary()
    graded, labels = rng.integers(1, 6, n).astype(float), rng.integers(0, 2, n).astype(float)
    configurations = [Configuration(parameters={"n": number}) for number in range(5)]
    groups = np.array([str(place // 2) for place in range(n)])

    def judged(values: np.ndarray, scale: Scale, right: float) -> Judgments:
        said = np.where(rng.random(n) < right, values, rng.permutation(values))
        return Judgments(
            item_ids=tuple(map(str, range(n))),
            probabilities=np.full((n, len(scale.points)), np.nan),
            score=said,
            reasons=(None,) * n,
        )

    def learnt(values: np.ndarray, scale: Scale, statistic: str) -> Learnt:
        target = Target(values=values, groups=groups, scale=scale)
        return Learnt(target=target, objective=Objective(statistic=statistic), groupings=(groups,))

    shares = (0.2, 0.7, 0.3, 0.6, 0.1)
    given = {
        "a": [judged(graded, FIVE, share) for share in shares],
        "b": [judged(labels, binary, share) for share in shares],
    }
    stacker = CriteriaStacker(
        {
            "a": Stacker(configurations, given["a"], range(5), learnt(graded, FIVE, "spearman"), FIVE),
            "b": VoteStacker(configurations, given["b"], range(5), learnt(labels, binary, "kappa"), binary),
        }
    )
    few = stacker.few(3)
    assert [one.stack.calls_per_item for one in few] == [1, 2, 3]
    assert set(few[1].members) == {1, 3}  # the best on both
    assert [type(part).__name__ for part in few[1].stack.parts.values()] == ["Stack", "Vote"]
    again = stack_from_dict(few[1].stack.to_dict())
    both = [
        Judgments(item_ids=one.item_ids, probabilities=one.probabilities, score=one.score, reasons=one.reasons,
                  parts={name: parts[place] for name, parts in given.items()})
        for place, one in enumerate(given["a"]) if place in few[1].members
    ]  # fmt: skip
    items = [Item(item_id=str(place), response="r") for place in range(n)]
    told = again.scores([both[sorted(few[1].members).index(member)] for member in few[1].members], items)
    assert told.shape == (n, 2)
    assert set(told[:, 1]) == {0.0, 1.0}
    assert np.mean(told[:, 1] == labels) > 0.7
