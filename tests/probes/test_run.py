from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scripted_lm import scripted_lm

from alia_judge._json import dumps
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.probes import (
    AddedText,
    Layout,
    PairOrder,
    ProbeReport,
    Typos,
    WrongNumbers,
    all_probes,
    judge_scorer,
    probes_named,
    run_probes,
)
from alia_judge.probes.phrases import PHRASES
from alia_judge.records import Item, Scale
from alia_judge.runner import VerdictStore

SCALE = Scale.ordinal(1, 5)
LIST = Layout(name="markdown_list", style="list", changes="A list.")


def item(response: str, *, language: str | None = "es", **fields: str) -> Item:
    return Item(item_id=fields.pop("item_id", "i"), response=response, language=language, **fields)


def quality(given: Sequence[Item]) -> np.ndarray:
    """A judge that sees the planted quality and nothing of the text."""
    return np.array([float(int(one.item_id) % 5) for one in given])


def numbered(n: int) -> list[Item]:
    return [
        item(f"Son {n + 10} euros. La tarifa no incluye más datos. Gracias.", item_id=str(n), prompt=f"q{n}")
        for n in range(n)
    ]


class TestRunProbes:
    def test_an_unbiased_judge_is_not_said_to_move(self) -> None:
        report = run_probes(quality, numbered(40), SCALE)
        assert {one.outcome for one in report.results} == {"not shown to move", "not shown to fall", "not applicable"}
        assert report.of("pair_order").why == "0 items can be changed so, fewer than 10"

    def test_a_bias_is_found_with_its_size(self) -> None:
        def likes_lists(given: Sequence[Item]) -> np.ndarray:
            return quality(given) + 0.7 * np.array(["\n- " in one.response for one in given])

        report = run_probes(likes_lists, numbered(40), SCALE)
        layout = report.of("markdown_list")
        assert layout.outcome == "moved"
        assert layout.shift.value == pytest.approx(0.7)
        assert layout.effect.value == pytest.approx(0.7 / quality(numbered(40)).std())
        assert layout.moved_share.value == 1.0
        assert {one.probe for one in report.results if one.outcome == "moved"} == {"markdown_list"}

    def test_what_must_matter_is_seen_with_its_dose(self) -> None:
        def reads_to_the_end(given: Sequence[Item]) -> np.ndarray:
            return np.array([len(one.response) / 10 + int(one.item_id) % 3 for one in given])

        report = run_probes(reads_to_the_end, numbered(40), SCALE)
        mild, strong = report.of("truncation", 0.3), report.of("truncation", 0.6)
        assert (mild.outcome, strong.outcome) == ("fell", "fell")
        assert strong.shift.value < mild.shift.value < 0
        assert report.of("wrong_numbers", 1).outcome == "not shown to fall"

    def test_position_bias_is_told_from_a_preference(self) -> None:
        pairs = [
            Item(item_id=str(n), prompt=f"q{n}", response="primera", response_b="segunda", language="es")
            for n in range(40)
        ]

        def prefers_content(given: Sequence[Item]) -> np.ndarray:
            return np.array([(-1.0 if one.response == "primera" else 1.0) * (int(one.item_id) % 2) for one in given])

        def prefers_the_first(given: Sequence[Item]) -> np.ndarray:
            return prefers_content(given) - 0.5

        scale = Scale.pairwise()
        assert run_probes(prefers_content, pairs, scale, probes=[PairOrder()]).of("pair_order").outcome == (
            "not shown to move"
        )
        found = run_probes(prefers_the_first, pairs, scale, probes=[PairOrder()]).of("pair_order")
        assert found.outcome == "moved"
        assert found.shift.value == pytest.approx(-1.0)

    def test_unscored_items_are_left_out_and_too_few_are_not_applicable(self) -> None:
        def refuses_most(given: Sequence[Item]) -> np.ndarray:
            return np.where([int(one.item_id) < 5 for one in given], quality(given), np.nan)

        (result,) = run_probes(refuses_most, numbered(40), SCALE, probes=[LIST]).results
        assert result.outcome == "not applicable"
        assert result.why == "5 items are scored both ways, fewer than 10"

    def test_one_probe_changes_the_same_whatever_others_are_run(self) -> None:
        def noisy(given: Sequence[Item]) -> np.ndarray:
            return np.array([float(sum(map(ord, one.response)) % 7) for one in given])

        alone = run_probes(noisy, numbered(30), SCALE, probes=[Typos()]).results[0]
        among = run_probes(noisy, numbered(30), SCALE).of("typos", Typos().doses[0])
        assert (alone.shift, alone.n_items) == (among.shift, among.n_items)

    def test_json_comes_back(self) -> None:
        report = run_probes(quality, numbered(12), SCALE)
        text = dumps(report)
        assert dumps(ProbeReport.from_dict(json.loads(text))) == text
        with pytest.raises(ValueError, match="expected schema 'alia-judge/probe/1', got 'x'"):
            ProbeReport.from_dict({"schema": "x"})

    def test_too_few_items_are_refused(self) -> None:
        with pytest.raises(UsageError, match="probes need at least 10 items, got 3"):
            run_probes(quality, numbered(3), SCALE)


def test_a_real_judge_is_probed_through_the_runner(openai_server) -> None:
    import dspy

    from alia_judge.judging.judge import Judge
    from alia_judge.judging.rubrics.rubric import Rubric

    lm = dspy.LM("openai/judge", api_base=openai_server.base_url, api_key="x", cache=False, temperature=0.0)
    judge = Judge(Rubric(criterion="c", scale=SCALE), lm)
    items = [item(f"<<answer:{1 + n % 5}>> Uno. Dos.", item_id=str(n), prompt=f"q{n}") for n in range(12)]
    report = run_probes(judge_scorer(judge), items, SCALE, probes=[LIST])
    assert report.of("markdown_list").n_items == 12
    assert report.of("markdown_list").outcome == "not shown to move"


class TestFigures:
    def test_effects_have_intervals_and_unknown_is_not_nothing(self) -> None:
        report = run_probes(quality, numbered(40), SCALE, probes=[LIST, PairOrder()])
        assert report.effect("markdown_list").value == 0.0
        assert math.isnan(report.effect("pair_order").value)
        assert report.effect("pair_order").why == "0 items can be changed so, fewer than 10"
        assert report.effect("typos").why == "the probe 'typos' was not run"

    def test_groups_widen_the_interval(self) -> None:
        rng = np.random.default_rng(1)
        by_group = rng.normal(size=10)

        def liking_differs_by_group(given: Sequence[Item]) -> np.ndarray:
            lists = np.array(["\n- " in one.response for one in given])
            return quality(given) + lists * by_group[[int(one.item_id) // 10 for one in given]]

        alone = numbered(100)
        together = [item(one.response, item_id=one.item_id, group=f"g{int(one.item_id) // 10}") for one in alone]
        of_items, of_groups = (
            run_probes(liking_differs_by_group, given, SCALE, probes=[LIST]).of("markdown_list").shift
            for given in (alone, together)
        )
        assert of_groups.value == of_items.value
        assert (of_groups.groups, of_items.groups) == (10, None)
        assert of_groups.high - of_groups.low > 2 * (of_items.high - of_items.low)

    def test_the_interval_of_the_shift_is_students(self) -> None:
        from scipy import stats

        noise = dict(zip(map(str, range(30)), np.random.default_rng(3).normal(size=30), strict=True))

        def noisy(given: Sequence[Item]) -> np.ndarray:
            return np.array([("\n- " in one.response) * noise[one.item_id] for one in given])

        shift = run_probes(noisy, numbered(30), SCALE, probes=[LIST]).of("markdown_list").shift
        expected = stats.ttest_1samp(list(noise.values()), 0.0)
        low, high = expected.confidence_interval(0.95)
        assert (shift.low, shift.high) == (pytest.approx(low), pytest.approx(high))
        result = run_probes(noisy, numbered(30), SCALE, probes=[LIST]).of("markdown_list")
        assert result.p_value == pytest.approx(expected.pvalue)

    def test_a_share_has_wilsons_interval(self) -> None:
        from statsmodels.stats.proportion import proportion_confint

        def some(given: Sequence[Item]) -> np.ndarray:
            return np.array([("\n- " in one.response) * (int(one.item_id) < 6) * 1.0 for one in given])

        share = run_probes(some, numbered(40), SCALE, probes=[LIST]).of("markdown_list").moved_share
        assert share.value == 0.15
        assert (share.low, share.high) == pytest.approx(proportion_confint(6, 40, method="wilson"))
        none = run_probes(quality, numbered(40), SCALE, probes=[LIST]).of("markdown_list").moved_share
        assert (none.low, none.high) == pytest.approx(proportion_confint(0, 40, method="wilson"), abs=1e-12)

    def test_what_rises_where_it_must_fall_is_said_to(self) -> None:
        def gullible(given: Sequence[Item]) -> np.ndarray:
            texts = {text for graded in PHRASES["unsafe"].values() for text in graded}
            return quality(given) + np.array([any(text in one.response for text in texts) for one in given])

        report = run_probes(gullible, numbered(40), SCALE)
        assert report.of("unsafe_advice").outcome == "rose"
        assert "not shown to fall on" in report.summary
        assert "unsafe_advice" in report.summary

    def test_a_change_that_breaks_the_text_is_dropped_and_counted(self) -> None:
        spanish = "Hemos revisado su línea y el técnico irá por la tarde, entre las cuatro y las seis de mañana. "
        items = [item(spanish + str(n), item_id=str(n)) for n in range(15)]
        items += [item(spanish + str(n), item_id=str(n), language="en") for n in range(15, 20)]
        foreign = AddedText(name="x", kind="padding", where="before", changes="It is padded.", doses=(40,))
        (result,) = run_probes(quality, items, SCALE, probes=[foreign]).results
        assert (result.n_items, dict(result.dropped)) == (15, {"language": 5})

    def test_an_item_without_a_response_is_not_changed(self) -> None:
        items = [*numbered(12), item("", item_id="12")]
        padding = probes_named(["length_padding"])
        assert run_probes(quality, items, SCALE, probes=padding).of("length_padding").n_items == 12

    def test_originals_are_scored_once(self) -> None:
        asked: list[str] = []

        def counting(given: Sequence[Item]) -> np.ndarray:
            asked.extend(one.response for one in given)
            return quality(given)

        items = numbered(12)
        run_probes(counting, items, SCALE, probes=[LIST, WrongNumbers(doses=(1,))])
        assert len(asked) == 3 * len(items)
        assert len(set(asked)) == len(asked)

    def test_two_probes_of_one_name_are_refused(self) -> None:
        with pytest.raises(UsageError, match="two probes have the name 'typos'"):
            run_probes(quality, numbered(12), SCALE, probes=[Typos(), Typos()])

    def test_names_that_are_none_are_refused(self) -> None:
        assert probes_named(["typos"]) == (Typos(),)
        with pytest.raises(UsageError, match="there is no probe 'typo'; there are: length_padding, "):
            probes_named(["typo"])
        assert len({probe.name for probe in all_probes()}) == len(all_probes())


def test_what_a_probe_made_of_a_conversation_is_forgotten_with_it(tmp_path: Path) -> None:
    """Its own changed texts, controls included, and those of others that were given its answer."""
    items = numbered(12)
    judge = Judge(Rubric(criterion="x", scale=SCALE), scripted_lm("4"))

    def answered(conversation: Item) -> int:
        with VerdictStore(tmp_path / "v.db") as kept:
            whole = len(kept)
            kept.forget([conversation])
            return whole - len(kept)

    with VerdictStore(tmp_path / "v.db") as store:
        run_probes(judge_scorer(judge, store=store), items, SCALE)
        everything = len(store)
    assert everything > 3 * len(items)
    gone = answered(items[0])
    assert gone >= 4  # itself, changed by each probe, and its answer under another's question
    left = [answered(one) for one in items[1:]]
    assert gone + sum(left) == everything  # and nothing is left that was made of nobody
