"""The deployed judge of a live search: asked one at a time, in bulk, and after it was published."""

from __future__ import annotations

from pathlib import Path

import dspy
import numpy as np
import pytest
from scripted_lm import scripted_lm

from alia_judge.compiling.stack.features import FeatureMap
from alia_judge.compiling.stack.stack import Member, Stack
from alia_judge.compiling.stack.stacked_judge import StackedJudge
from alia_judge.errors import ArtifactError, UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.readouts import judgments_of
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.publishing import load_judge, publish_judge
from alia_judge.records import Item, Scale
from alia_judge.runner import RunOptions, VerdictStore, run

SCALE = Scale.ordinal(1, 5)
AS_IT_IS = FeatureMap(values=np.empty(0), ranks=np.empty(0), centre=0.0, spread=1.0)
ITEMS = [Item(item_id=str(number), response=f"text {number}") for number in range(12)]


def _digit(request: dspy.lm15.Request) -> str:
    """1 to 5 by the number in the response; one point more under the rubric called strict."""
    whole = f"{request.system}{request.messages}"
    number = int(request.messages[-1].text.split("text ")[1].split("\n")[0])
    return str(1 + (number + ("strict" in whole)) % 5)


def _stacked(lm: dspy.LM) -> StackedJudge:
    members = [Judge(Rubric(criterion=name, scale=SCALE), lm) for name in ("plain", "strict")]
    stack = Stack(
        configurations=tuple(member.configuration() for member in members),
        scale=SCALE,
        members=tuple(
            Member(maps=(AS_IT_IS,) * 5, weights=np.array(weights), probabilities=True)
            for weights in ([-0.4, -0.1, 0.0, 0.1, 0.4], [-0.2, 0.0, 0.0, 0.0, 0.2])
        ),
        intercept=3.0,
    )
    return StackedJudge(stack, members)


def test_one_at_a_time_and_in_bulk_agree_with_the_stack() -> None:
    judge = _stacked(scripted_lm(_digit))
    bulk = run(judge, ITEMS)
    single = [judge(response=item.response).score for item in ITEMS]
    raw = [run(member, ITEMS).verdicts for member in judge.members]
    expected = judge.stack.predict([judgments_of(verdicts, SCALE) for verdicts in raw], ITEMS)
    assert [verdict.score for verdict in bulk.verdicts] == pytest.approx(expected.tolist())
    assert single == pytest.approx(expected.tolist())
    assert len(set(np.round(expected, 6))) == 5


def test_each_members_verdict_is_paid_for_once(tmp_path: Path) -> None:
    judge = _stacked(scripted_lm(_digit))
    with VerdictStore(tmp_path / "store.db") as store:
        assert run(judge.members[0], ITEMS, store=store).progress.paid == 12
        assert run(judge, ITEMS, store=store).progress.paid == 12
        again = run(judge, ITEMS, store=store)
    assert (again.progress.paid, again.progress.replayed, again.progress.done) == (0, 24, 12)
    assert all(judged.replayed for judged in again.judged)


def test_several_samples_are_refused() -> None:
    with pytest.raises(UsageError, match="one verdict an item"):
        run(_stacked(scripted_lm(_digit)), ITEMS, options=RunOptions(samples=2))


def test_what_no_member_scores_is_unscored() -> None:
    answer = _stacked(scripted_lm("I cannot help with that."))(response="text 1")
    assert (answer.score, answer.unscored) == (None, "no_score")


def test_published_and_loaded_it_gives_the_same_verdicts(tmp_path: Path) -> None:
    lm = scripted_lm(_digit)
    judge = _stacked(lm)
    where = publish_judge(judge, tmp_path / "judge", name="Both")
    loaded = load_judge(where, lm=lm)
    assert isinstance(loaded, StackedJudge)
    assert loaded.configuration() == judge.configuration()
    assert [loaded(response=item.response).score for item in ITEMS] == [
        judge(response=item.response).score for item in ITEMS
    ]
    judge_json = tmp_path / "judge" / "judge.json"
    judge_json.write_text(judge_json.read_text("utf-8").replace('"intercept": 3.0', '"intercept": 4.0'), "utf-8")
    with pytest.raises(ArtifactError, match=r"judge\.json"):
        load_judge(where, lm=lm)


def test_a_stack_needs_its_judges() -> None:
    judge = _stacked(scripted_lm(_digit))
    with pytest.raises(UsageError, match="needs as many judges"):
        StackedJudge(judge.stack, judge.members[:1])
