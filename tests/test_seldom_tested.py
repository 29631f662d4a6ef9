"""What a sample of mutants showed that nobody tested: signs, scales, privacy, ties and the first in line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scripted_lm import scripted_lm

from alia_judge.errors import UsageError
from alia_judge.evaluation import EvaluationOptions, rank_judges
from alia_judge.evaluation.rated_items import RatedItems
from alia_judge.evaluation.slices.surprise import disagreements, expected_consensus
from alia_judge.judging.answer.parsing import parse_answer
from alia_judge.judging.answer.structured import shape
from alia_judge.judging.answer.vocabulary import PAIR_ANSWERS
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import PanelJudge
from alia_judge.judging.readouts import Ordinal, judgments_of
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.publishing import publish_judge
from alia_judge.publishing.stores import open_store
from alia_judge.ratings import load_ratings
from alia_judge.ratings.columns import guess_columns
from alia_judge.ratings.dialect import guess_delimiter
from alia_judge.records import Item, Scale, Verdict
from alia_judge.stats import Estimate, optimism
from alia_judge.stats.all_pairs import all_pairs
from alia_judge.stats.sparse_ratings import as_sparse

FIVE = Scale.ordinal(1, 5)
RUBRIC = Rubric(criterion="help", instructions="How helpful is it?", scale=FIVE)


def _files(folder: Any) -> str:
    return "\n".join(path.read_text("utf-8", errors="replace") for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("several", [False, True], ids=["one judge", "a panel"])
def test_a_published_judge_holds_nothing_of_its_authors_session(tmp_path: Any, several: bool) -> None:
    """Traces, training examples and the author's model stay at home: they hold customers' texts and addresses."""
    judges = []
    for _ in range(2 if several else 1):
        judge = Judge(RUBRIC, scripted_lm("4"))
        judge.predict.traces = [{"inputs": "the customer's secret"}]
        judge.predict.train = [{"response": "a training secret", "score": 3}]
        judges.append(judge)
    where = publish_judge(PanelJudge(judges) if several else judges[0], tmp_path / "judge")
    written = _files(tmp_path / "judge")
    assert where
    assert "customer's secret" not in written
    assert "training secret" not in written


def test_the_card_names_the_models_that_a_judge_asks(tmp_path: Any) -> None:
    judge = Judge(RUBRIC, scripted_lm("4"))
    publish_judge(judge, tmp_path / "judge")
    card = (tmp_path / "judge" / "README.md").read_text("utf-8")
    assert f"`{judge.lm.model}`" in card
    assert judge.lm.model in card.split("---")[1]  # the metadata name it, too


@pytest.mark.parametrize("target", ["hf://a//b", "hf:////", "hf://a/b/", "hf:///a/b"])
def test_a_target_on_the_hub_has_one_slash(target: str) -> None:
    with pytest.raises(UsageError, match="hf://ORG/NAME"):
        open_store(target)


def test_the_sign_of_a_difference_does_not_decide_its_p_value() -> None:
    up = Estimate(statistic="gap", value=0.3, n=20).with_error(0.1, level=0.95, freedom=19, method="t")
    down = Estimate(statistic="gap", value=-0.3, n=20).with_error(0.1, level=0.95, freedom=19, method="t")
    assert up.p_value() == down.p_value() < 0.01


def _people(target: np.ndarray, errors: np.ndarray) -> RatedItems:
    return RatedItems(
        criterion="c",
        scale=Scale.continuous(-20, 20),
        items=tuple(Item(item_id=f"i{place:03}", response="x") for place in range(target.size)),
        target=target,
        target_se=errors,
        ratings=as_sparse(target[None]),
        annotators=(),
        groups=None,
        systems=None,
        fingerprint="",
        split=None,
    )


def test_surprise_is_the_residual_in_standard_errors_of_the_consensus() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=60)
    target = 2 * scores + rng.normal(0, 0.3, 60)
    errors = rng.uniform(0.2, 0.9, 60)
    residual = target - expected_consensus(scores, target)
    found = {one.item_id: one for one in disagreements(_people(target, errors), scores, most=60)}
    for place in range(60):
        if residual[place]:
            assert found[f"i{place:03}"].surprise == pytest.approx(residual[place] / errors[place])
    sizes = [abs(one.surprise) for one in disagreements(_people(target, errors), scores, most=60)]
    assert sizes == sorted(sizes, reverse=True)


def test_where_no_error_is_known_the_spread_of_the_residuals_stands_in() -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(size=60)
    target = 2 * scores + rng.normal(0, 0.3, 60)
    residual = target - expected_consensus(scores, target)
    (first, *_) = disagreements(_people(target, np.full(60, np.nan)), scores)
    assert abs(first.surprise) == pytest.approx(np.abs(residual).max() / residual.std())


def test_the_first_of_a_ranking_has_nobody_above_and_the_others_have() -> None:
    rng = np.random.default_rng(0)
    truth = {f"i{place:03}": float(rng.integers(1, 6)) for place in range(80)}
    ratings = load_ratings(
        [{"item_id": item, "annotator_id": who, "value": value} for item, value in truth.items() for who in "ab"],
        scales={"*": FIVE},
    )
    judges = {
        name: {item: value + float(rng.normal(0, noise)) for item, value in truth.items()}
        for name, noise in (("good", 0.3), ("fair", 2.0), ("poor", 6.0))
    }
    first, second, third = rank_judges(ratings, judges, options=EvaluationOptions(n_resamples=200)).entries
    assert (first.judge, first.above) == ("good", None)
    assert math.isnan(first.above_p)
    for below, over in ((second, first), (third, second)):
        assert below.above is not None
        assert below.above.value == pytest.approx(below.spearman.value - over.spearman.value)
        assert below.above.value < 0


@pytest.mark.parametrize("usual", [",", ";"])
def test_what_a_file_is_called_decides_where_a_header_has_as_many_commas_as_semicolons(usual: str) -> None:
    assert guess_delimiter("item, id;rater;score, 1 to 5\n", usual) == usual
    assert guess_delimiter("item, id;rater;score, 1 to 5;when\n", ",") == ";"
    assert guess_delimiter("item, id;rater,score, 1 to 5,when\n", ";") == ","


@pytest.mark.parametrize(
    ("columns", "said", "found"),
    [
        (["item", "answer"], {}, {"item_id": "item", "value": "answer"}),  # what a rating and a response are called
        (["item", "rater", "score"], {"group": "rater"}, {"item_id": "item", "value": "score", "group": "rater"}),
    ],
)
def test_a_column_serves_once(columns: list[str], said: dict[str, str], found: dict[str, str]) -> None:
    assert guess_columns(columns, said) == found


def test_where_scores_part_the_ratings_the_slope_is_held_by_its_penalty() -> None:
    """Two points, three items on each, all told apart: at the optimum 6 / (1 + exp(slope)) is 0.02 slope."""
    two = Scale.ordinal(1, 2)
    target = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])
    fitted = Ordinal(scale=two).fit(judgments_of([Verdict(score=score) for score in target], two), target)
    assert 6 / (1 + math.exp(fitted.slope)) == pytest.approx(0.02 * fitted.slope, rel=1e-3)


def test_a_pairs_p_value_is_students_with_a_degree_of_freedom_less_than_there_are_units() -> None:
    figures, replicates = np.array([0.5, 0.3]), np.random.default_rng(0).normal(size=(2, 40)) / 8
    error = np.std(replicates[0] - replicates[1], ddof=1) * np.sqrt(6 / 5)
    pairs = all_pairs(figures, replicates, 6)
    assert pairs.p_value[0, 1] == pytest.approx(2 * stats.t.sf(0.2 / error, df=5))
    assert pairs.p_value[0, 1] == pairs.p_value[1, 0]


def test_what_is_corrected_for_having_been_picked_says_of_how_many() -> None:
    rng = np.random.default_rng(0)
    target = rng.normal(size=50)
    found = optimism(target + rng.normal(size=(7, 50)), target, n_resamples=20, rng=0)
    assert found.corrected.settings["candidates"] == 7
    assert Estimate(statistic="spearman", value=0.5).n == 0  # unknown, until somebody says


@pytest.mark.parametrize(
    "said", ['{"score": {"value": 4}}', '{"score": "4"}', '{"score": 4}', '{"verdict": {"score": 4}}']
)
def test_a_score_is_read_from_an_object_within_an_object(said: str) -> None:
    assert parse_answer(said, FIVE).score == 4


def test_a_preference_is_asked_for_as_one_two_or_zero() -> None:
    assert PAIR_ANSWERS == {-1.0: 1.0, 0.0: 0.0, 1.0: 2.0}


@pytest.mark.parametrize(
    ("said", "point"), [('{"pass": 1, "fail": 0}', 0), ('{"fail": 1}', 1), ('{"fail": 0}', 0), ('{"fail": true}', 1)]
)
def test_one_and_zero_under_a_labels_name_say_yes_and_no(said: str, point: float) -> None:
    assert parse_answer(said, Scale.nominal(["pass", "fail"])).score == point


def test_the_object_that_a_prompt_shows_spells_names_as_people_do() -> None:
    assert shape(["corrección", "質"]) == '{"corrección": ..., "質": ...}'
