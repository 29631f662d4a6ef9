"""What an evaluation says beyond its figures: flips, the unscored, themes, a second look, wider intervals."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats as scipy_stats

from alia_judge._json import dumps
from alia_judge.benchmark import merge_ratings
from alia_judge.errors import UsageError
from alia_judge.evaluation import EvaluationOptions, EvaluationResult, evaluate_scores, second_look
from alia_judge.evaluation.comparisons.drift import drift
from alia_judge.evaluation.slices.surprise import Disagreement
from alia_judge.evaluation.slices.themes import themes
from alia_judge.ratings.load import load_ratings
from alia_judge.ratings.table import Ratings
from alia_judge.records import Item, Scale

QUICK = EvaluationOptions(n_resamples=60)


def rated(n_groups: int = 25, seed: int = 0) -> tuple[Ratings, dict[str, float]]:
    rng = np.random.default_rng(seed)
    truth, rows = {}, []
    for group in range(n_groups):
        for system in "uvwxyz":
            item = f"{group:02}/{system}"
            truth[item] = float(rng.normal(3 + "uvwxyz".index(system) / 5, 1))
            response = "palabra " * int(rng.integers(5, 40))
            rows += [
                {
                    "item_id": item,
                    "annotator_id": who,
                    "value": float(np.clip(np.round(truth[item] + rng.normal(0, 0.6)), 1, 5)),
                    "response": response,
                    "group": f"{group:02}",
                    "system": system,
                }
                for who in ("ana", "jon", "uxue")
            ]
    return load_ratings(rows, criterion="c", scales={"c": Scale.ordinal(1, 5)}), truth


def noisy(truth: dict[str, float], noise: float, seed: int = 1) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    return {item: float(np.clip(value + rng.normal(0, noise), 1, 5)) for item, value in truth.items()}


class TestFlips:
    def test_a_version_that_came_nearer_is_told_from_one_that_went_away(self) -> None:
        ratings, truth = rated()
        judged = {"old": noisy(truth, 1.5), "new": noisy(truth, 0.4, 2)}
        found = evaluate_scores(ratings, judged, baseline="old", options=QUICK).judge("new").drift
        assert found is not None
        assert (found.before, found.n) == ("old", 150)
        assert found.nearer > found.farther
        assert found.p_value < 0.01
        old, new = (np.clip(np.round([judged[name][item] for item in sorted(truth)]), 1, 5) for name in ("old", "new"))
        assert (found.up, found.down) == ((new > old).sum(), (new < old).sum())
        assert found.p_value == scipy_stats.binomtest(found.nearer, found.nearer + found.farther).pvalue
        backwards = evaluate_scores(ratings, judged, baseline="new", options=QUICK).judge("old").drift
        assert backwards is not None
        assert (backwards.nearer, backwards.up) == (found.farther, found.down)

    def test_the_largest_changes_stand_first_and_the_same_judge_has_none(self) -> None:
        ratings, truth = rated(8)
        judged = noisy(truth, 0.5)
        changed = judged | {"03/v": 5.0 if judged["03/v"] < 3 else 1.0}
        result = evaluate_scores(
            ratings, {"old": judged, "new": changed, "same": judged}, baseline="old", options=QUICK
        )
        found, same = result.judge("new").drift, result.judge("same").drift
        assert found is not None
        assert [flip.item_id for flip in found.flips] == ["03/v"]
        assert same is not None
        assert (same.flipped, same.p_value, same.flips) == (0.0, 1.0, ())

    def test_scores_on_other_scales_are_compared_by_fifths(self) -> None:
        ratings, truth = rated(8)
        judged = noisy(truth, 0.5)
        percent = {item: 20 * score for item, score in judged.items()}
        result = evaluate_scores(ratings, {"points": judged, "percent": percent}, baseline="points", options=QUICK)
        human = result.evidence["c"].human
        found = drift(human, human.scores(percent), 3 + 2 * human.scores(percent), name="percent")
        assert found is not None
        assert found.flipped == 0.0


class TestUnscored:
    def test_a_judge_that_leaves_out_what_people_rate_low(self) -> None:
        ratings, truth = rated()
        judged = {item: score for item, score in noisy(truth, 0.5).items() if truth[item] > 2.5}
        rows = evaluate_scores(ratings, {"j": judged}, options=QUICK).judge().unscored_contrasts
        (consensus,) = [row for row in rows if row.what == "consensus"]
        assert consensus.unscored < consensus.scored
        assert consensus.difference.high < 0
        assert consensus.p_value < 0.05

    def test_where_it_leaves_out_by_chance_hardly_anything_is_shown(self) -> None:
        shown = 0
        for seed in range(25):
            ratings, truth = rated(12, seed=seed)
            rng = np.random.default_rng(seed)
            judged = {item: score for item, score in noisy(truth, 0.5).items() if rng.random() < 0.8}
            options = EvaluationOptions(n_resamples=2)
            rows = evaluate_scores(ratings, {"j": judged}, options=options).judge().unscored_contrasts
            assert {row.what for row in rows} >= {"consensus", "words in the response", "share of system u"}
            shown += any(row.p_value <= 0.05 for row in rows)
        assert shown <= 5

    def test_few_on_a_side_are_not_compared(self) -> None:
        ratings, truth = rated(6)
        judged = noisy(truth, 0.5)
        del judged["00/u"]
        assert evaluate_scores(ratings, {"j": judged}, options=QUICK).judge().unscored_contrasts == ()


@pytest.fixture(scope="module")
def result() -> EvaluationResult:
    ratings, truth = rated()
    return evaluate_scores(ratings, {"j": noisy(truth, 0.8)}, options=EvaluationOptions(n_resamples=300))


class TestWiderIntervals:
    def test_other_systems_and_other_people_make_them_wider(self, result: EvaluationResult) -> None:
        judge = result.judge()
        plain = judge.correlation["item"]["spearman"]
        for name in ("crossed", "annotators"):
            found = judge.wider[name]
            assert found.value == pytest.approx(plain.value)
            assert found.high - found.low > plain.high - plain.low
        assert judge.wider["crossed"].method == "t bootstrap over groups and systems"
        for name in ("system_crossed", "system_annotators"):
            assert judge.wider[name].value == pytest.approx(judge.correlation["system"]["spearman"].value)
            assert judge.wider[name].low < judge.wider[name].value < judge.wider[name].high
        within = judge.wider["within_system_crossed"]
        assert within.value == pytest.approx(judge.within_system["spearman"].value)
        plain = judge.within_system["spearman"]
        assert within.high - within.low > plain.high - plain.low

    def test_what_the_judge_left_out_counts_for_people_at_the_level_of_systems(self) -> None:
        ratings, truth = rated()
        given = noisy(truth, 0.8)
        partly = {item: value for place, (item, value) in enumerate(given.items()) if place % 5}
        judge = evaluate_scores(ratings, {"j": partly}, options=QUICK).judge()
        for name in ("system_crossed", "system_annotators"):
            assert judge.wider[name].value == pytest.approx(judge.correlation["system"]["spearman"].value)

    def test_within_systems(self, result: EvaluationResult) -> None:
        human, scores = result.evidence["c"].human, result.evidence["c"].scores["j"]
        assert human.systems is not None
        each = [
            scipy_stats.spearmanr(scores[human.systems == s], human.target[human.systems == s]).statistic
            for s in "uvwxyz"
        ]
        found = result.judge().within_system["spearman"]
        assert found.value == pytest.approx(np.mean(each))
        assert found.groups == 6

    def test_what_is_not_there_says_so(self) -> None:
        rows = [{"item_id": f"i{n}", "value": 1 + n % 5, "response": "x" * n} for n in range(40)]
        ratings = load_ratings(rows, scales={"rating": Scale.ordinal(1, 5)})
        judge = evaluate_scores(ratings, {"j": {f"i{n}": float(n % 5) for n in range(40)}}, options=QUICK).judge()
        assert judge.wider["crossed"].why == "the items have no systems"
        assert judge.wider["annotators"].why == "one rating an item"
        assert judge.wider["system_annotators"].why == "the items have no systems"
        assert judge.within_system["kendall"].why == "the items have no systems"

    def test_json_comes_back_and_older_json_is_read(self, result: EvaluationResult) -> None:
        data = json.loads(dumps(result))
        assert dumps(EvaluationResult.from_dict(data)) == dumps(result)
        (judge,) = data["criteria"]["c"]["judges"].values()
        for name in ("within_system", "wider", "unscored_contrasts", "parity", "drift", "profile"):
            del judge[name]
        assert EvaluationResult.from_dict(data).judge().profile is None


class TestThemes:
    def test_what_a_document_is_about_is_no_theme_and_what_sets_its_answers_apart_is(self) -> None:
        rng = np.random.default_rng(4)
        about = [[f"asunto{group}{'abcdef'[n]}" for n in range(6)] for group in "pqrstuvw"]
        rest = [f"resto{'abcdefghijklmnopqrst'[n]}" for n in range(20)]
        items, odd = [], []
        for group, topic in enumerate(about):
            for place in range(6):
                words = [*topic, *rng.choice(rest, 4)]
                if place == 0 and group < 5:
                    words += ["quieres", "profundice"]
                items.append(Item(item_id=f"{group}/{place}", response=" ".join(words), group=f"g{group}"))
                if place == 0 or group == 7:  # all answers about the last document are odd
                    odd.append(Disagreement(item_id=f"{group}/{place}", score=1.0, consensus=2.0, expected=1.0,
                                            surprise=1.0, ratings=(2.0,)))  # fmt: skip
        first, *_ = themes(odd, items, n_terms=2)
        assert set(first.terms) == {"quieres", "profundice"}
        assert set(first.item_ids) >= {f"{group}/0" for group in range(5)}
        assert first.groups >= 5
        assert not any(term.startswith("asuntow") for theme in themes(odd, items) for term in theme.terms)

    def test_disagreements_about_the_same_thing_are_one_theme_with_its_words(self) -> None:
        rng = np.random.default_rng(0)
        filler = ["hola", "gracias", "saludo", "equipo", "cliente", "servicio", "día", "ayuda"]
        topics = [["portabilidad", "línea", "número"], ["permanencia", "penalización", "contrato"]]
        items = [Item(item_id=f"o{n}", response=" ".join(rng.choice(filler, 8))) for n in range(150)]
        odd = []
        for n in range(12):
            words = [*rng.choice(filler, 4), *rng.permutation(topics[n % 2])]
            items.append(Item(item_id=f"d{n:02}", response=" ".join(words)))
            odd.append(Disagreement(item_id=f"d{n:02}", score=5.0 if n % 2 else 1.0, consensus=3.0, expected=3.0,
                                    surprise=(-1.0 if n % 2 else 1.0) * (20 - n), ratings=(3.0,)))  # fmt: skip
        found = themes(odd, items, n_terms=3)
        assert [set(theme.terms) for theme in found] == [set(topic) for topic in topics]
        assert [theme.too_high for theme in found] == [0, 6]
        assert found[0].item_ids == tuple(f"d{n:02}" for n in range(0, 12, 2))

    def test_nothing_in_common_is_no_theme(self) -> None:
        items = [Item(item_id=str(n), response=f"único{chr(97 + n) * 5}") for n in range(9)]
        odd = [Disagreement(item_id=str(n), score=1.0, consensus=2.0, expected=1.0, surprise=1.0, ratings=(2.0,))
               for n in range(9)]  # fmt: skip
        assert themes(odd, items) == ()
        assert themes([], items) == ()


@pytest.fixture(scope="module")
def looked() -> tuple[Ratings, EvaluationResult]:
    ratings, truth = rated(10)
    judged = noisy(truth, 0.4) | {"04/w": 5.0 if truth["04/w"] < 3 else 1.0}
    return ratings, evaluate_scores(ratings, {"j": judged}, options=QUICK)


class TestSecondLook:
    def test_the_most_surprising_come_first_and_the_verdict_is_not_shown(
        self, looked: tuple[Ratings, EvaluationResult]
    ) -> None:
        ratings, result = looked
        plan = second_look(result, most=5)
        assert plan.requests[0].item_id == "04/w"
        assert (len(plan.requests), plan.goal, plan.criterion) == (5, "disagreements", "c")
        for exported in (plan.to_argilla(ratings), plan.to_label_studio(ratings)):
            assert len(exported) == 5
            assert "score" not in json.dumps(exported)

    def test_answers_return_into_the_ratings(self, looked: tuple[Ratings, EvaluationResult], tmp_path: Path) -> None:
        ratings, result = looked
        plan = second_look(result, most=3)
        records = plan.to_argilla(ratings)
        for record in records:
            record["responses"] = {"c": [{"value": 2, "user_id": "mila", "status": "submitted"}]}
        tasks = plan.to_label_studio(ratings)
        for number, task in enumerate(tasks, start=1):
            # As the server exports it: an id of its own, and the result under the control's name.
            given = {"from_name": "c", "type": "rating", "value": {"rating": 4}}
            task |= {"id": number, "annotations": [{"completed_by": {"email": "iker"}, "result": [given]}]}
        answers = []
        for name, exported in (("argilla", records), ("label-studio", tasks)):
            path = tmp_path / f"{name}.json"
            path.write_text(json.dumps(exported), "utf-8")
            answers.append(load_ratings(path, scales={"c": ratings.scales["c"]}))
        merged = merge_ratings(ratings, *answers)
        assert len(merged) == len(ratings) + 6
        matrix = merged.matrix("c")
        column = matrix.item_ids.index("04/w")
        assert matrix.values[matrix.annotators.index("mila"), column] == 2
        assert matrix.values[matrix.annotators.index("iker"), column] == 4

    def test_what_cannot_be_looked_at_is_refused(self, looked: tuple[Ratings, EvaluationResult]) -> None:
        _, result = looked
        with pytest.raises(UsageError, match="there is no judge 'k'; there are: j"):
            second_look(result, "k")
        read = EvaluationResult.from_dict(json.loads(dumps(result)))
        with pytest.raises(UsageError, match="holds no items of criterion 'c'; it has: none"):
            second_look(read, criterion="c")
