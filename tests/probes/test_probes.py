from __future__ import annotations

import json
import re
from collections.abc import Sequence

import numpy as np
import pytest

from alia_judge._json import dumps
from alia_judge.errors import UsageError
from alia_judge.probes import (
    PROBES,
    AddedText,
    DroppedNegation,
    Layout,
    OtherAnswer,
    PairOrder,
    Probe,
    ProbeReport,
    Truncation,
    Typos,
    WrongNumbers,
    judge_scorer,
    run_probes,
)
from alia_judge.probes.phrases import PHRASES
from alia_judge.ratings.sample import load_sample
from alia_judge.records import Item, Scale

RNG = np.random.default_rng
SCALE = Scale.ordinal(1, 5)


def item(response: str, *, language: str | None = "es", **fields: str) -> Item:
    return Item(item_id=fields.pop("item_id", "i"), response=response, language=language, **fields)


def sample_items() -> tuple[Item, ...]:
    return load_sample().items()


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
class TestEveryProbe:
    """The conformance suite: what the contract asks of any probe, on the bundled sample."""

    def test_it_is_one(self, probe: Probe) -> None:
        assert isinstance(probe, Probe)
        assert list(probe.doses) == sorted(probe.doses)

    def test_it_changes_texts_and_nothing_else_of_an_item(self, probe: Probe) -> None:
        items = sample_items()
        for dose in probe.doses:
            changed = probe.perturb(items, dose, RNG(0))
            assert len(changed) == len(items)
            for before, after in zip(items, changed, strict=True):
                if after is None:
                    continue
                assert after.response != before.response
                assert (after.item_id, after.prompt, after.context, after.group) == (
                    before.item_id,
                    before.prompt,
                    before.context,
                    before.group,
                )

    def test_the_same_seed_makes_the_same_changes(self, probe: Probe) -> None:
        items = sample_items()
        dose = probe.doses[-1]
        assert probe.perturb(items, dose, RNG(7)) == probe.perturb(items, dose, RNG(7))

    def test_it_applies_to_every_language_of_the_sample(self, probe: Probe) -> None:
        if isinstance(probe, PairOrder):
            pytest.skip("the sample has no pairs")
        changed = probe.perturb(sample_items(), probe.doses[0], RNG(0))
        assert {one.language for one in changed if one is not None} == {"es", "ca", "eu", "gl", "en"}

    def test_an_empty_response_is_no_fault(self, probe: Probe) -> None:
        assert len(probe.perturb([item("")], probe.doses[0], RNG(0))) == 1


class TestChanges:
    def test_texts_are_there_in_five_languages(self) -> None:
        for kind, texts in PHRASES.items():
            assert set(texts) == {"es", "ca", "eu", "gl", "en"}, kind

    def test_text_is_in_the_language_of_the_item_or_not_at_all(self) -> None:
        probe = AddedText(name="x", kind="padding", where="after", doses=(1, 2))
        basque = probe.change(item("Bai.", language="eu-ES"), 2, RNG(0))
        assert basque is not None
        assert basque.response == f"Bai. {PHRASES['padding']['eu']} {PHRASES['padding']['eu']}"
        assert probe.change(item("Oui.", language="fr"), 1, RNG(0)) is None
        assert probe.change(item("?", language=None), 1, RNG(0)) is None

    def test_numbers_change_in_value_never_to_nought(self) -> None:
        for seed in range(20):
            changed = WrongNumbers().change(item("Son 30,50 € el 2 de mayo."), 3, RNG(seed))
            assert changed is not None
            first, cents, day = (int(text) for text in re.findall(r"\d+", changed.response))
            assert (first != 30, cents != 50, day != 2, first >= 10) == (True, True, True, True)
        assert WrongNumbers().change(item("Son 30 €."), 3, RNG(0)) is None

    def test_a_negation_is_dropped_and_an_answer_no_is_not_one(self) -> None:
        dropped = DroppedNegation().change(item("No, la tarifa no incluye llamadas."), 1, RNG(0))
        assert dropped is not None
        assert dropped.response == "No, la tarifa incluye llamadas."
        assert DroppedNegation().change(item("No."), 1, RNG(0)) is None
        assert DroppedNegation().change(item("Notará la diferencia."), 1, RNG(0)) is None

    def test_typos_leave_numbers_ends_and_length_alone(self) -> None:
        text = "La factura de 120 euros incluye mantenimiento."
        changed = Typos().change(item(text), 1.0, RNG(0))
        assert changed is not None
        assert len(changed.response) == len(text)
        assert sorted(changed.response) == sorted(text)
        assert "120" in changed.response
        for before, after in zip(text.split(), changed.response.split(), strict=True):
            assert (before[0], before[-1]) == (after[0], after[-1])

    def test_layout_keeps_the_words(self) -> None:
        changed = Layout().change(item("Uno. Dos y tres."), 1, RNG(0))
        assert changed is not None
        assert changed.response == "- Uno.\n- Dos y tres."
        assert Layout().change(item("Solo una."), 1, RNG(0)) is None

    def test_truncation_cuts_the_share_that_it_says(self) -> None:
        changed = Truncation().change(item("uno dos  tres cuatro cinco seis siete ocho nueve diez"), 0.6, RNG(0))
        assert changed is not None
        assert changed.response == "uno dos  tres cuatro"
        assert Truncation().change(item("uno dos"), 0.6, RNG(0)) is None

    def test_another_answer_comes_from_another_group_in_the_same_language(self) -> None:
        items = [
            item("a", item_id="1", group="g1"),
            item("b", item_id="2", group="g1"),
            item("c", item_id="3", group="g2"),
            item("d", item_id="4", group="g3", language="eu"),
        ]
        changed = OtherAnswer().perturb(items, 1, RNG(0))
        assert [one and one.response for one in changed[:2]] == ["c", "c"]
        assert changed[3] is None


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
        layout = report.of("markdown_layout")
        assert layout.outcome == "moved"
        assert layout.shift.value == pytest.approx(0.7)
        assert layout.effect == pytest.approx(0.7 / quality(numbered(40)).std())
        assert layout.moved_share == 1.0
        assert {one.probe for one in report.results if one.outcome == "moved"} == {"markdown_layout"}

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

        (result,) = run_probes(refuses_most, numbered(40), SCALE, probes=[Layout()]).results
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
    report = run_probes(judge_scorer(judge), items, SCALE, probes=[Layout()])
    assert report.of("markdown_layout").n_items == 12
    assert report.of("markdown_layout").outcome == "not shown to move"
