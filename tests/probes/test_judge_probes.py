"""Probes that change the judge: what it is asked must change as they say, and the scores come back to its scale."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import dspy
import numpy as np
import pytest
from scripted_lm import scripted_lm

from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds.panel import PanelJudge
from alia_judge.judging.rubrics.builtin import builtin_rubric
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.probes import (
    DemoOrder,
    JudgeProbe,
    LabelOrder,
    RepeatedRun,
    RubricLanguage,
    RubricWording,
    ScalePoints,
    Variant,
    all_probes,
    judge_scorer,
    run_probes,
)
from alia_judge.probes.variants import varied
from alia_judge.records import Item, Scale
from alia_judge.runner import VerdictStore

RNG = np.random.default_rng
SCALE = Scale.ordinal(1, 5)
ITEMS = [Item(item_id=f"i{n}", prompt=f"q{n}", response=f"Calidad {n % 5}. Y más.", language="es") for n in range(20)]
RUBRIC = Rubric(criterion="c", scale=SCALE, instructions="¿Ayuda?", anchors={1: "nada", 5: "todo"}, language="es")


def said(request: Any) -> str:
    """All that a request says, system message and all."""
    return "\n".join([str(getattr(request, "system", "") or ""), *(message.text for message in request.messages)])


def fair(request: Any) -> str:
    """A judge that reads the quality planted in the response, and the scale that it is asked on."""
    asked = said(request)
    low, high = map(int, re.search(r"Escala: (\d+)-(\d+)", asked).groups())
    best = int(re.search(r"lo mejor es (\d+)", asked)[1])
    quality = int(re.findall(r"Calidad (\d)", asked)[-1])
    score = low + round(quality / 4 * (high - low))
    return str(score if best == high else low + high - score)


def judge(script: Callable[[Any], str] | str = fair, **settings: Any) -> Judge:
    return Judge(settings.pop("rubric", RUBRIC), scripted_lm(script), top_logprobs=0, **settings)


def run(probe: JudgeProbe, of: Judge, **settings: Any) -> Any:
    return run_probes(judge_scorer(of, **settings), ITEMS, SCALE, probes=[probe]).results


@pytest.mark.parametrize(
    "probe", [probe for probe in all_probes() if isinstance(probe, JudgeProbe)], ids=lambda p: p.name
)
class TestEveryJudgeProbe:
    """The conformance suite of probes that change the judge."""

    def test_it_is_one(self, probe: JudgeProbe) -> None:
        assert isinstance(probe, JudgeProbe)
        assert list(probe.doses) == sorted(probe.doses)
        assert probe.changes.endswith((".", "`."))

    def test_it_leaves_the_judge_as_it_was(self, probe: JudgeProbe) -> None:
        demos = [dspy.Example(response=f"r{n}", score=float(n)) for n in range(1, 5)]
        one = Judge(builtin_rubric("helpfulness", "es"), scripted_lm("3"), demos=demos, top_logprobs=0)
        before = one.configuration()
        for dose in probe.doses:
            variant = probe.variant(one, dose, RNG(0))
            assert one.configuration() == before
            if isinstance(variant, str):
                assert probe.name == "rubric_in_es"
            elif probe.name != "repeated_run":
                assert variant.judge.configuration() != before

    def test_a_judge_that_reads_the_scale_is_not_said_to_move(self, probe: JudgeProbe) -> None:
        for result in run(probe, judge()):
            assert result.outcome in ("not shown to move", "not applicable")
            if result.why is None:
                assert result.rank_agreement.value == pytest.approx(1.0)
                assert result.moved_share.value == 0.0


class TestScales:
    def test_counted_from_the_other_end(self) -> None:
        stubborn = judge(lambda request: "4")
        (result,) = run(LabelOrder(), stubborn)
        # It says 4 whatever 4 means: first it is good, then it is bad.
        assert result.shift.value == pytest.approx(-2.0)
        assert result.outcome == "moved"

    @pytest.mark.parametrize(("dose", "low", "high"), [(2, 1, 9), (25, 0, 100)])
    def test_finer_points_are_asked_for_and_mapped_back(self, dose: float, low: int, high: int) -> None:
        demos = [{"response": "r", "score": 2.0}]
        variant = ScalePoints().variant(judge(demos=demos), dose, RNG(0))
        assert isinstance(variant, Variant)
        assert (variant.judge.scale.low, variant.judge.scale.high) == (low, high)
        assert dict(variant.judge.rubric.anchors) == {float(low): "nada", float(high): "todo"}
        assert variant.judge.demos[0]["score"] == low + dose
        assert variant.to_original(np.array([low, low + dose, high])).tolist() == [1.0, 2.0, 5.0]

    def test_a_finer_scale_that_is_reversed_stays_so(self) -> None:
        rubric = Rubric(criterion="c", scale=Scale.ordinal(1, 5, reverse=True), language="es")
        (result, *_) = run(ScalePoints(), judge(rubric=rubric))
        assert result.shift.value == pytest.approx(0.0)
        assert result.rank_agreement.value == pytest.approx(1.0)

    @pytest.mark.parametrize(
        ("probe", "settings", "why"),
        [
            (LabelOrder(), {"rubric": Rubric(criterion="c", scale=Scale.pairwise())}, "a pairwise scale has no end"),
            (ScalePoints(), {"rubric": Rubric(criterion="c", scale=Scale.binary())}, "only a scale of numbers"),
            (
                ScalePoints(),
                {"rubric": Rubric(criterion="c", scale=SCALE, instructions="Un 5 es perfecto.")},
                "instructions name numbers",
            ),
            (
                LabelOrder(),
                {"rubric": Rubric(criterion="c", scale=Scale(kind="ordinal", points=(0, 1, 5)))},
                "not spaced alike",
            ),
        ],
    )
    def test_where_it_cannot_be_done_it_says_why(self, probe: JudgeProbe, settings: dict, why: str) -> None:
        found = probe.variant(judge(**settings), probe.doses[0], RNG(0))
        assert isinstance(found, str)
        assert why in found


class TestRubrics:
    def test_the_built_in_rubric_in_another_language(self) -> None:
        one = Judge(builtin_rubric("tone", "es"), scripted_lm("3"))
        variant = RubricLanguage(name="r", language="eu", changes="In Basque.").variant(one, 1, RNG(0))
        assert isinstance(variant, Variant)
        assert variant.judge.rubric == builtin_rubric("tone", "eu")
        mine = RubricLanguage(name="r", language="eu", changes="In Basque.")
        assert "not a built-in one" in mine.variant(judge(), 1, RNG(0))
        theirs = Rubric(criterion="k", scale=SCALE, language="eu")
        given = RubricLanguage(name="r", language="eu", changes="In Basque.", rubric=theirs)
        assert given.variant(judge(), 1, RNG(0)).judge.rubric == theirs

    def test_other_words_are_those_that_were_asked(self) -> None:
        one = judge()
        prompts = []
        for dose in (1, 2):
            variant = RubricWording().variant(one, dose, RNG(0))
            variant.judge.verdict(ITEMS[0])
            prompts.append(said(variant.judge.lm.engine.requests[-1]))
        assert all("Ten en cuenta esta cuestión y ninguna otra. ¿Ayuda? Tenla presente" in prompt for prompt in prompts)
        assert ["mucha experiencia" in prompt for prompt in prompts] == [False, True]

    def test_scores_that_scatter_with_the_wording_are_found_though_their_mean_stays(self) -> None:
        def swayed(request: Any) -> str:
            asked = said(request)
            framed = "Ten en cuenta" in asked
            return ("15"[int(re.search(r"q(\d+)", asked)[1]) % 2]) if framed else "3"

        first, _ = run(RubricWording(), judge(swayed))
        assert first.shift.value == pytest.approx(0.0)
        assert (first.question, first.moved_share.value, first.outcome) == ("either", 1.0, "moved")

    def test_paraphrases_that_people_wrote(self) -> None:
        written = Rubric(criterion="c", scale=SCALE, instructions="¿Es de ayuda?", language="es")
        probe = RubricWording(paraphrases=(written,))
        assert probe.doses == (1.0,)
        assert probe.variant(judge(), 1, RNG(0)).judge.rubric == written
        other = RubricWording(paraphrases=(Rubric(criterion="c", scale=Scale.binary()),))
        assert other.variant(judge(), 1, RNG(0)) == "the paraphrase is on another scale than the judge"


class TestOrderAndRepetition:
    def test_demonstrations_are_shuffled_never_left_as_they_were(self) -> None:
        demos = [{"response": f"r{n}", "score": n} for n in (1, 2)]
        for seed in range(5):
            variant = DemoOrder().variant(judge(demos=demos), 1, RNG(seed))
            assert [demo["score"] for demo in variant.judge.demos] == [2, 1]
        assert DemoOrder().variant(judge(), 1, RNG(0)) == "the judge has 0 demonstrations, and an order takes two"

    def test_a_judge_that_scatters_is_found_though_its_mean_stays(self) -> None:
        seen: set[str] = set()

        def undecided(request: Any) -> str:
            asked = said(request)
            again, _ = asked in seen, seen.add(asked)
            return ("15"[int(re.search(r"q(\d+)", asked)[1]) % 2]) if again else "3"

        (result,) = run(RepeatedRun(), judge(undecided))
        assert result.shift.value == pytest.approx(0.0)
        assert (result.question, result.outcome) == ("scatter", "moved")
        assert result.moved_share.value > 0.2
        (steady,) = run(RepeatedRun(), judge())
        assert steady.outcome == "not shown to move"

    def test_a_store_pays_for_each_verdict_once(self) -> None:
        one = judge()
        store = VerdictStore()
        run(RepeatedRun(), one, store=store)
        asked = len(one.lm.engine.requests)
        assert asked == 2 * len(ITEMS)
        run(RepeatedRun(), one, store=store)
        assert len(one.lm.engine.requests) == asked


class TestPanels:
    def test_each_member_is_changed(self) -> None:
        panel = PanelJudge([judge(), judge(settings={"temperature": 0.5})])
        variant = varied(panel, RubricWording(), 1, RNG(0))
        assert isinstance(variant, Variant)
        assert ["Ten en cuenta" in member.rubric.instructions for member in variant.judge.members] == [True, True]
        assert not any("Ten en cuenta" in member.rubric.instructions for member in panel.members)
        (result, _) = run_probes(judge_scorer(panel), ITEMS, SCALE, probes=[RubricWording()]).results
        assert result.n_items == 20

    @pytest.mark.parametrize("probe", [LabelOrder(), ScalePoints(), RepeatedRun()], ids=lambda probe: probe.name)
    def test_what_a_panel_cannot_do_it_says(self, probe: JudgeProbe) -> None:
        assert varied(PanelJudge([judge()]), probe, probe.doses[0], RNG(0)) == (
            "a panel has one verdict an item, on its members' scale"
        )


def test_a_function_of_scores_has_no_judge_to_change() -> None:
    (result,) = run_probes(lambda given: np.arange(len(given)) / 4, ITEMS, SCALE, probes=[LabelOrder()]).results
    assert result.why == "it changes the judge, and only its scores were given"
