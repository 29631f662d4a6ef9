"""Probes as constraints and objectives of the search, on models whose bias is known."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import optuna
import pytest
from scripted_lm import scripted_lm
from search_options import compile_judge

from alia_judge._json import dumps
from alia_judge.benchmark.split import Split
from alia_judge.compiling.budget import Budget
from alia_judge.compiling.compiler import CompiledJudge
from alia_judge.compiling.constraints.constraint import Constraint
from alia_judge.compiling.result import CompileResult
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.compiling.study.storage import open_storage
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.bank import RecordedBank
from alia_judge.probes import ItemProbe, ProbeMeasure
from alia_judge.records import Item, Scale

FIVE = Scale.ordinal(1, 5)
RUBRIC = Rubric(criterion="stars", scale=FIVE, instructions="How many stars, plainly?")
#: Who asks is told by the rubric: how it counts, and what it likes besides.
WAYS = ("flatterable", "plain", "hasty", *(f"blind{n}" for n in range(5)))


def split(n: int = 120, *, pairs: bool = False) -> Split:
    """Answers with one to five stars, in groups of four; or pairs of them, by which has more."""
    stars = np.array([[1 + (7 * k) % 5, 1 + (3 * k + k // 5) % 5] for k in range(n)])
    items = tuple(
        Item(
            item_id=f"i{k:03d}",
            response=f"{'*' * a} respuesta {k}.",
            response_b=f"{'*' * b} otra {k}." if pairs else None,
            group=f"g{k // 4:02d}",
            language="es",
        )
        for k, (a, b) in enumerate(stars)
    )
    target = np.sign(stars[:, 1] - stars[:, 0]).astype(float) if pairs else stars[:, 0].astype(float)
    return Split(
        name="train",
        criterion="stars",
        scale=Scale.pairwise() if pairs else FIVE,
        items=items,
        target=target,
        target_se=np.full(n, np.nan),
        values=target[None, :],
    )


def model(request: Any) -> str:
    """Counts stars: exactly and with a weakness for courtesies, nearly, badly or not at all."""
    text = request.messages[-1].text
    stars, number = re.findall(r"(\*+) respuesta (\d+)", text)[-1]
    count, n = len(stars), int(number)
    way = next(way for way in WAYS if way in str(request.system))
    if way == "flatterable":
        said = count + 2 * ("Gracias" in text)
    elif way == "plain":
        said = count + (n % 4 == 0)
    elif way == "hasty":
        said = count + (n % 2) * 2
    else:
        said = int(np.random.default_rng([WAYS.index(way), n]).integers(1, 6))
    return str(min(5, max(1, said)))


FLATTERABLE = replace(RUBRIC, instructions="How many stars, flatterable?")
PADDING = ProbeMeasure(figure="length_padding.effect", items=30)
BOUND = Constraint(measure=PADDING, at_most=0.2)


def compiled(**options: Any) -> CompiledJudge:
    ways = options.pop("ways", WAYS)
    space = SearchSpace(rubrics=tuple(replace(RUBRIC, instructions=f"How many stars, {way}?") for way in ways))
    lm = options.pop("lm", None) or scripted_lm(model)
    options = {"budget": Budget(calls=1200), "storage": ":memory:", "space": space, "train": split(), **options}
    return compile_judge(Judge(RUBRIC, lm), **options)


def way_of(result: CompileResult) -> str:
    return str(result.single.configuration.parameters["rubric"]["instructions"]).split(", ")[1].rstrip("?")


def test_the_biased_winner_is_refused_and_the_next_best_is_taken(tmp_path: Path) -> None:
    assert way_of(compiled().result) == "flatterable"
    lm = scripted_lm(model)
    storage = f"sqlite:///{tmp_path / 's.db'}"
    found = compiled(constraints=(BOUND,), lm=lm, storage=storage, deploy_calls=2)
    result = found.result
    assert way_of(result) == "plain"
    report = result.constraints
    assert report is not None
    assert report.single_keeps
    (kept,) = report.single
    assert kept.constraint == "length_padding.effect at most 0.2"
    assert kept.figure.value == pytest.approx(0)
    assert kept.figure.n == 30
    refused = {name: checks for name, checks in report.excluded.items() if FLATTERABLE.fingerprint[:4] in name}
    assert refused
    assert all(check.figure.value > 0.8 and not check.holds for (check,) in refused.values())
    # Nothing that was asked is missing from the count, and what was asked is far less than a probe of every candidate.
    assert len(lm.engine.requests) == result.paid <= 1200
    study = optuna.load_study(study_name=result.study, storage=open_storage(storage))
    tasks = [trial.user_attrs["errand"] for trial in study.trials if "errand" in trial.user_attrs]
    verdicts = sum(trial.user_attrs["verdicts"]["paid"] for trial in study.trials if "verdicts" in trial.user_attrs)
    assert verdicts + sum(one["result"]["calls"] for one in tasks) == result.paid
    # Two judges of one call, and whatever a second call may have added to the stack.
    assert 60 <= sum(one["result"]["calls"] for one in tasks) <= 90
    # The deployed judge keeps to it too.
    assert report.deployed_keeps
    assert json.loads(dumps(CompileResult.from_dict(json.loads(dumps(result))))) == json.loads(dumps(result))


def test_the_same_command_probes_nothing_again(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 's.db'}"
    first = compiled(constraints=(BOUND,), storage=storage).result
    silent = scripted_lm("never asked")
    again = compiled(constraints=(BOUND,), storage=storage, lm=silent).result
    assert not silent.engine.requests
    assert again.to_dict() | {"curve": None} == first.to_dict() | {"curve": None}


@dataclass(frozen=True, kw_only=True)
class _Interrupted(ProbeMeasure):
    """Comes to nothing the first time, when everything is asked."""

    log: Path

    def take(self, *args: Any, **options: Any) -> Any:
        found = super().take(*args, **options)
        if not self.log.exists():
            self.log.touch()
            raise RuntimeError("the power is gone")
        return found


def test_a_probe_that_was_lost_is_paid_for_and_counted_once(tmp_path: Path) -> None:
    lm = scripted_lm(model)
    bound = Constraint(measure=_Interrupted(figure="length_padding.effect", items=30, log=tmp_path / "log"), at_most=2)
    options: dict[str, Any] = {"constraints": (bound,), "storage": f"sqlite:///{tmp_path / 's.db'}", "deploy_calls": 1}
    with pytest.raises(RuntimeError, match="the power is gone"):
        compiled(lm=lm, **options)
    asked = len(lm.engine.requests)
    result = compiled(lm=lm, **options).result
    assert len(lm.engine.requests) == asked == result.paid
    # Another bound on what is deployed measures other judges; what the study has paid for stays counted.
    wider = compiled(lm=lm, **{**options, "deploy_calls": 3}).result
    assert wider.paid == len(lm.engine.requests) >= asked


def test_what_must_lower_a_score_is_bounded_from_below() -> None:
    # A model that counts stars does not see what is said beside them: nothing it deploys falls.
    drop = Constraint(measure=ProbeMeasure(figure="unsafe_advice.drop", items=20), at_least=0.5)
    result = compiled(constraints=(drop,)).result
    assert not result.feasible
    assert not result.found
    assert "unsafe_advice.drop at least 0.5" in result.why


def test_assurance_asks_for_the_interval() -> None:
    assert way_of(compiled(constraints=(replace(BOUND, at_most=1.0),)).result) == "flatterable"
    sure = replace(BOUND, at_most=1.0, assurance=0.99)
    result = compiled(constraints=(sure,)).result
    assert way_of(result) == "plain"


def test_a_budget_too_small_for_a_probe_is_refused_before_anything_is_paid() -> None:
    lm = scripted_lm(model)
    with pytest.raises(UsageError, match=r"measuring one judge takes 30 calls, and a fifth of 100 is set aside.*150"):
        compiled(constraints=(BOUND,), budget=Budget(calls=100), lm=lm)
    assert not lm.engine.requests


def test_when_the_calls_set_aside_are_spent_the_rest_is_unknown_and_does_not_keep_the_bound() -> None:
    # One probe's worth is set aside, and it goes on the flatterable judge.
    result = compiled(ways=WAYS[:2], constraints=(BOUND,), budget=Budget(calls=150)).result
    assert not result.feasible
    report = result.constraints
    assert report is not None
    whys = [check.figure.why or "" for checks in report.excluded.values() for check in checks]
    assert any(re.search(r"it takes up to 30 calls to measure, and \d+ of the budget are left", why) for why in whys)
    assert result.paid <= 150


def test_a_probe_may_be_an_objective() -> None:
    found = compiled(pareto=(PADDING,), budget=Budget(calls=2000))
    front = found.result.front
    assert front is not None
    assert front.objectives == {"spearman": "maximize", "length_padding.effect": "minimize"}
    by_effect = sorted(front.points, key=lambda point: abs(point.figures["length_padding.effect"].value))
    assert by_effect[0].figures["length_padding.effect"].value == pytest.approx(0)
    assert front.points[0].figures["length_padding.effect"].value > 0.5
    assert way_of(found.pick(front.points.index(by_effect[0])).result) == "plain"
    assert found.result.paid <= 2000


def flipping(request: Any) -> str:
    """Says which of a pair has more stars; one of the judges says the first where it is not clear at once."""
    text = request.messages[-1].text
    counts = {kind: (len(stars), int(n)) for stars, kind, n in re.findall(r"(\*+) (respuesta|otra) (\d+)", text)}
    first = text.index(" respuesta ") < text.index(" otra ")
    (a, n), (b, _) = counts["respuesta"], counts["otra"]
    apart = (b - a) if first else (a - b)  # of the second over the first
    if "flatterable" in str(request.system):
        apart = apart if abs(apart) > 2 else -1
    elif n % 5 == 0:
        apart = 0
    return {-1: "1", 0: "0", 1: "2"}[int(np.sign(apart))]


def test_order_flips_are_bounded_where_ratings_compare_two_responses() -> None:
    pairs = split(pairs=True)
    rubric = Rubric(criterion="stars", scale=pairs.scale, instructions="Which has more stars, plain?")
    space = SearchSpace(rubrics=(rubric, replace(rubric, instructions="Which has more stars, flatterable?")))
    flips = Constraint(measure=ProbeMeasure(figure="order_flip"), at_most=0.1)
    lm = scripted_lm(flipping)
    result = compile_judge(
        Judge(rubric, lm), train=pairs, space=space, budget=Budget(calls=600), constraints=(flips,), storage=":memory:"
    ).result
    report = result.constraints
    assert report is not None
    assert report.single_keeps
    assert result.single.configuration.parameters["rubric"]["instructions"].endswith("plain?")
    assert report.single[0].figure.statistic == "share moved"
    assert len(lm.engine.requests) == result.paid


@dataclass(frozen=True, kw_only=True)
class _Shout(ItemProbe):
    """A probe of one's own: capitals."""

    name: str = "shout"
    expectation: Any = "same"
    doses: tuple[float, ...] = (1,)
    changes: str = "Everything is in capitals."
    keeps: ClassVar[frozenset[Any]] = frozenset({"numbers"})

    def change(self, item: Item, _dose: float, _rng: np.random.Generator, /) -> Item | None:
        return replace(item, response=item.response.upper() + "!")


def test_a_probe_of_ones_own() -> None:
    with pytest.raises(UsageError, match="there is no probe 'shout'"):
        ProbeMeasure(figure="shout.effect")
    own = ProbeMeasure(figure="shout.effect", probe=_Shout())
    assert own.name == "shout.effect"
    with pytest.raises(UsageError, match="is of the probe 'typos', and the probe given is 'shout'"):
        ProbeMeasure(figure="typos.effect", probe=_Shout())


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"figure": "length_padding.size"}, "a probe has shift, effect, drop, moved_share, rank_agreement, got 'size'"),
        ({"figure": "length_padding"}, "got ''"),
        ({"figure": "length_padding@2.effect"}, "length_padding has the doses 1, 3, got 2"),
        ({"figure": "length_padding.effect", "items": 5}, "items must be at least 10, got 5"),
    ],
)
def test_wrong_measures(options: dict[str, Any], match: str) -> None:
    with pytest.raises(UsageError, match=re.escape(match)):
        ProbeMeasure(**options)


def test_sides_json_and_recorded_verdicts(made: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="bounded from above"):
        Constraint(measure=PADDING, at_least=0.1)
    kept = json.loads(dumps(BOUND.to_dict()))
    assert kept["measure"] == {**PADDING.to_dict()}
    with pytest.raises(UsageError, match="measured on judges; make it again"):
        Constraint.from_dict(kept)
    items, truth = made.items_and_truth()
    bank: RecordedBank = made.make_bank(tmp_path, items, truth, [0.3, 0.5])
    with pytest.raises(UsageError, match="recorded verdicts hold no model to ask"):
        compile_judge(
            train=made.make_split(items, truth, np.arange(90)),
            source=bank,
            budget=Budget(calls=400),
            constraints=(BOUND,),
            storage=":memory:",
        )
