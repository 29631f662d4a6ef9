from __future__ import annotations

import json
import math
from collections.abc import Sequence

import numpy as np
import pytest

from alia_judge._json import dumps
from alia_judge.errors import UsageError
from alia_judge.probes import (
    PROBES,
    AddedText,
    Layout,
    PairOrder,
    ProbeReport,
    Typos,
    WrongNumbers,
    judge_scorer,
    probes_named,
    run_probes,
)
from alia_judge.probes.phrases import PHRASES
from alia_judge.records import Item, Scale

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
    from alia_judge.judging.rubric import Rubric

    lm = dspy.LM("openai/judge", api_base=openai_server.base_url, api_key="x", cache=False, temperature=0.0)
    judge = Judge(Rubric(criterion="c", scale=SCALE), lm)
    items = [item(f"<<answer:{1 + n % 5}>> Uno. Dos.", item_id=str(n), prompt=f"q{n}") for n in range(12)]
    report = run_probes(judge_scorer(judge), items, SCALE, probes=[LIST])
    assert report.of("markdown_list").n_items == 12
    assert report.of("markdown_list").outcome == "not shown to move"
