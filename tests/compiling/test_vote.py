"""Votes: what is deployed where people give labels."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scripted_lm import scripted_lm

from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.stack.candidates import Deployable, Learnt
from alia_judge.compiling.stack.criteria import stack_from_dict
from alia_judge.compiling.stack.stacked_judge import StackedJudge
from alia_judge.compiling.stack.vote import Vote, VoteStacker, as_often
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Configuration, Item, Judgments, Scale

NOMINAL = Scale.nominal(("praise", "question", "insult"))
KAPPA = Objective(statistic="kappa")


def _judged(codes: np.ndarray, n_labels: int = 3) -> Judgments:
    return Judgments(
        item_ids=tuple(map(str, range(len(codes)))),
        probabilities=np.full((len(codes), n_labels), np.nan),
        score=codes,
        reasons=(None,) * len(codes),
    )


def _made(
    n: int, rng: np.random.Generator, *, right: tuple[float, ...], shares: tuple[float, ...] = (0.5, 0.3, 0.2)
) -> tuple[np.ndarray, list[Judgments]]:
    """Labels, and judges who give the right one so often; the last one says each label's next instead."""
    labels = rng.choice(len(shares), n, p=shares).astype(float)
    judged = []
    for share in right:
        said = np.where(rng.random(n) < share, labels, rng.integers(0, len(shares), n))
        judged.append(_judged(said, len(shares)))
    judged.append(_judged((np.where(rng.random(n) < 0.9, labels, 0) + 1) % len(shares), len(shares)))
    return labels, judged


def _stacker(labels: np.ndarray, judged: list[Judgments], scale: Scale = NOMINAL) -> VoteStacker:
    groups = np.array([f"g{place % (len(labels) // 3)}" for place in range(len(labels))])
    learnt = Learnt(target=Target(values=labels, groups=groups, scale=scale), objective=KAPPA, groupings=(groups,))
    names = [Configuration(parameters={"model": str(place)}) for place in range(len(judged))]
    return VoteStacker(names, judged, range(len(judged)), learnt, scale)


def _kappa(scores: np.ndarray, labels: np.ndarray, scale: Scale = NOMINAL) -> float:
    target = Target(values=labels, groups=np.array([str(place) for place in range(len(labels))]), scale=scale)
    return float(KAPPA.rows(scores[None], target)[0])


def _predicted(one: Deployable, judged: list[Judgments]) -> np.ndarray:
    items = [Item(item_id=str(place), response="x") for place in range(len(judged[0].score))]
    return one.stack.predict([judged[member] for member in one.members], items)


def test_a_vote_is_above_its_best_member_and_learns_who_means_something_else() -> None:
    rng = np.random.default_rng(0)
    labels, judged = _made(600, rng, right=(0.5, 0.4, 0.3, 0.2))
    stacker = _stacker(labels[:300], [_judged(one.score[:300]) for one in judged])
    new, wanted = [_judged(one.score[300:]) for one in judged], labels[300:]
    found = _kappa(_predicted(stacker.everything, new), wanted)
    assert found > max(_kappa(one.score, wanted) for one in new) + 0.1
    # The one that always names the next label is as good as one that is right nine times in ten.
    assert 4 in stacker.few(1)[0].members
    assert abs(_kappa(stacker.everything.held_out, labels[:300]) - found) < 0.1


def test_with_few_ratings_it_is_the_plain_majority() -> None:
    rng = np.random.default_rng(1)
    labels, judged = _made(36, rng, right=(0.6, 0.6, 0.6))
    judged = judged[:3]
    stacker = _stacker(labels, judged)
    assert stacker.plain
    vote = stacker.everything
    said = np.array([one.score for one in judged])
    agreed = np.array([len(set(column)) == 1 for column in said.T])
    assert agreed.sum() > 5
    np.testing.assert_array_equal(_predicted(vote, judged)[agreed], said[0, agreed])


def test_a_rare_yes_is_given_as_often_as_people_give_it() -> None:
    scale = Scale.binary(("no", "yes"))
    rng = np.random.default_rng(2)
    labels = (rng.random(600) < 0.08).astype(float)
    judged = [
        Judgments(
            item_ids=tuple(map(str, range(600))),
            probabilities=np.full((600, 2), np.nan),
            score=np.clip(0.3 * labels + 0.25 * rng.random(600), 0, 1),
            reasons=(None,) * 600,
        )
        for _ in range(3)
    ]
    vote = _stacker(labels, judged, scale).everything
    said = _predicted(vote, judged)
    assert set(np.unique(said)) == {0.0, 1.0}
    assert 0.5 < said.mean() / labels.mean() < 2.0
    assert _kappa(said, labels, scale) > 0.4


@pytest.mark.parametrize("seed", range(3))
def test_offsets_give_every_label_its_share(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares = rng.normal([0.6, 0.3, 0.1, 0.1], 0.3, (2000, 4))
    wanted = np.array([0.4, 0.3, 0.2, 0.1])
    given = np.bincount(np.argmax(shares + as_often(shares, wanted), axis=1), minlength=4) / 2000
    np.testing.assert_allclose(given, wanted, atol=0.01)


def test_it_comes_back_from_json_and_one_without_a_stack_for_each_label_is_refused() -> None:
    labels, judged = _made(90, np.random.default_rng(3), right=(0.7, 0.5))
    vote = _stacker(labels, judged).everything
    again = stack_from_dict(json.loads(json.dumps(vote.stack.to_dict())))
    assert isinstance(again, Vote)
    assert "likeliest of 3 labels" in again.rule
    items = [Item(item_id=str(place), response="x") for place in range(90)]
    np.testing.assert_array_equal(again.predict(judged, items), _predicted(vote, judged))
    with pytest.raises(UsageError, match="one stack and one offset"):
        Vote.from_dict({**vote.stack.to_dict(), "offsets": [0.0]})


def test_live_it_answers_with_a_label() -> None:
    labels, judged = _made(90, np.random.default_rng(4), right=(0.8, 0.7))
    vote = _stacker(labels, judged).everything.stack
    lm = scripted_lm("question")
    judges = [Judge(Rubric(criterion=f"kind {place}", scale=NOMINAL), lm) for place in range(3)]
    answer = StackedJudge(vote, judges)(response="Why?")
    assert answer.score in NOMINAL.points
