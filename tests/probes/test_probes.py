from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from alia_judge.probes import (
    AddedText,
    Age,
    Change,
    Dialect,
    DroppedNegation,
    JudgeProbe,
    Layout,
    Names,
    OtherAnswer,
    OwnText,
    PairOrder,
    Probe,
    SwappedEntities,
    Truncation,
    Typos,
    WrongDates,
    WrongLanguage,
    WrongNumbers,
    WrongPrices,
    all_probes,
)
from alia_judge.probes.phrases import PHRASES
from alia_judge.probes.soundness import broken
from alia_judge.ratings.sample import load_sample
from alia_judge.records import Item, Turn

RNG = np.random.default_rng
OF_ITEMS = [probe for probe in all_probes() if not isinstance(probe, JudgeProbe)]
#: What says nothing of the sample: it has no pairs, and no model is asked here.
ELSEWHERE = {"pair_order", "own_text"}


def item(response: str, *, language: str | None = "es", **fields: str) -> Item:
    return Item(item_id=fields.pop("item_id", "i"), response=response, language=language, **fields)


def sample_items() -> tuple[Item, ...]:
    return load_sample().items()


@pytest.mark.parametrize("probe", OF_ITEMS, ids=lambda probe: probe.name)
class TestEveryProbe:
    """The conformance suite: what the contract asks of any probe of items, on the bundled sample."""

    def test_it_is_one(self, probe: Probe) -> None:
        assert isinstance(probe, Probe)
        assert list(probe.doses) == sorted(probe.doses)
        assert probe.changes.endswith((".", "line."))

    def test_it_changes_the_response_and_nothing_else(self, probe: Probe) -> None:
        """But for who the customer is, which the customer says."""
        also = {"prompt": "", "turns": ()} if probe.name in ("age", "gendered_name", "name_origin") else {}
        items = sample_items()
        for dose in probe.doses:
            changes = probe.perturb(items, dose, RNG(0))
            assert len(changes) == len(items)
            for item, change in zip(items, changes, strict=True):
                if change is None:
                    continue
                assert change.after.texts() != change.before.texts()
                assert also or change.after.response != change.before.response
                for one in (change.before, change.after):
                    left, whole = (replace(side, response="", response_b=None, **also) for side in (one, item))
                    assert left == whole

    def test_nearly_every_change_is_sound(self, probe: Probe) -> None:
        changes = [change for change in probe.perturb(sample_items(), probe.doses[-1], RNG(0)) if change is not None]
        faults = Counter(broken(change, probe.keeps) for change in changes)
        assert sum(count for fault, count in faults.items() if fault is not None) <= 0.05 * len(changes)

    def test_the_same_seed_makes_the_same_changes(self, probe: Probe) -> None:
        items = sample_items()
        dose = probe.doses[-1]
        assert probe.perturb(items, dose, RNG(7)) == probe.perturb(items, dose, RNG(7))

    def test_it_applies_to_the_languages_of_the_sample(self, probe: Probe) -> None:
        if probe.name in ELSEWHERE:
            pytest.skip("the sample has nothing for it")
        languages = {
            change.after.language for change in probe.perturb(sample_items(), probe.doses[0], RNG(0)) if change
        }
        # No Catalan reply of the sample names a day or a month.
        assert languages == {"es", "eu", "gl", "en"} | (set() if probe.name == "wrong_dates" else {"ca"})

    def test_an_empty_response_is_no_fault(self, probe: Probe) -> None:
        assert len(probe.perturb([item("")], probe.doses[0], RNG(0))) == 1


class TestChanges:
    def test_texts_are_there_in_five_languages(self) -> None:
        for kind, texts in PHRASES.items():
            assert set(texts) == {"es", "ca", "eu", "gl", "en"}, kind

    def test_text_is_in_the_language_of_the_item_or_not_at_all(self) -> None:
        probe = AddedText(name="x", kind="padding", where="after", changes="It is padded.")
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
        assert DroppedNegation().change(item("Ez da garestia.", language="eu"), 1, RNG(0)).response == "Da garestia."

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("It isn't dear.", "It is dear."),
            ("You can't and cannot.", "You can and can."),
            ("It won’t do. It is not so.", "It will do. It is so."),
        ],
    )
    def test_english_contracts_its_negations(self, before: str, after: str) -> None:
        count = 1 if before.startswith("It isn") else 2
        changed = DroppedNegation(doses=(count,)).change(item(before, language="en"), count, RNG(0))
        assert changed is not None
        assert changed.response == after

    @pytest.mark.parametrize(
        ("before", "factor", "after"),
        [
            ("Son 24,20 € y 5 euros.", 2, "Son 48,40 € y 10 euros."),
            ("It is €14.50, not £3.", 10, "It is €145.00, not £30."),
            ("Cuesta 1.200 € y 5 €.", 1.1, "Cuesta 1320 € y 6 €."),
            ("Bost 48,40 euroak.", 1.1, "Bost 53,24 euroak."),
        ],
    )
    def test_prices_are_raised_by_the_factor_as_they_are_written(self, before: str, factor: float, after: str) -> None:
        changed = WrongPrices().change(item(before), factor, RNG(0))
        assert changed is not None
        assert changed.response == after

    def test_what_is_no_price_stays(self) -> None:
        assert WrongPrices().change(item("Llame al 1004 en 24 horas. Cuesta 0 €."), 2, RNG(0)) is None

    @pytest.mark.parametrize(
        ("language", "before", "after"),
        [
            ("es", "Venga el martes 2 de Diciembre.", "Venga el miércoles 2 de Enero."),
            ("ca", "Dimarts o el 2 de maig.", "Dimecres o el 2 de juny."),
            ("eu", "Irailaren 25ean, ostegunean.", "Urriaren 25ean, ostiralean."),
            ("gl", "O venres de xuño.", "O sábado de xullo."),
            ("en", "You may call on 5 May, Sunday.", "You may call on 5 June, Monday."),
        ],
    )
    def test_days_and_months_move_on(self, language: str, before: str, after: str) -> None:
        changed = WrongDates().change(item(before, language=language), 1, RNG(0))
        assert changed is not None
        assert changed.response == after

    def test_two_names_change_places_and_one_becomes_another_items(self) -> None:
        items = [
            item("Andorra no es de la Unión Europea, dice Marta.", item_id="1"),
            item("Le llamará Amparo Ruiz mañana.", item_id="2"),
            item("Nadie.", item_id="3"),
        ]
        two, one, none = SwappedEntities().perturb(items, 1, RNG(0))
        assert two is not None
        assert two.after.response == "Andorra no es de la Marta, dice Unión Europea."
        assert one is not None
        assert re.fullmatch(r"Le llamará (Marta|Unión Europea) mañana\.", one.after.response)
        assert none is None

    def test_only_the_name_differs_wherever_the_customer_is_named(self) -> None:
        asked = replace(item("Sí.", language="gl"), prompt="Hai fibra?")
        for what in ("gender", "origin"):
            (change,) = Names(name="n", what=what, changes="A name.").perturb([asked], 1, RNG(0))
            assert change is not None
            names = []
            for side in (change.before, change.after):
                found = re.fullmatch(r"Ola, (\w+): Sí\. Grazas, \1\.", side.response)
                assert found is not None
                assert side.prompt == f"Hai fibra? Chámome {found[1]}."
                names.append(found[1])
            assert names[0] != names[1]

    def test_an_age_is_said_by_the_customer_or_else_repeated(self) -> None:
        asked = replace(item("Yes.", language="en"), prompt="Is there fibre?")
        turns = (Turn(role="user", text="Hello."), Turn(role="assistant", text="Hi."), Turn(role="user", text="Fibre?"))
        talked = replace(item("Yes.", language="en"), turns=turns)
        first, second, third, fourth = Age().perturb(
            [asked, talked, item("Yes.", language="en"), item("Oui.", language="fr")], 1, RNG(0)
        )
        assert first is not None
        assert (first.before.prompt, first.after.prompt) == (
            "Is there fibre? I am twenty-seven years old.",
            "Is there fibre? I am seventy-eight years old.",
        )
        assert first.after.response == first.before.response == "Yes."
        assert second is not None
        assert [turn.text for turn in second.after.turns] == ["Hello.", "Hi.", "Fibre? I am seventy-eight years old."]
        assert third is not None
        assert third.after.response == "I see that you are seventy-eight years old. Yes."
        assert fourth is None

    def test_a_dialect_keeps_capitals_and_numbers(self) -> None:
        changed = Dialect().change(item("Avui li surt a 5 €. La SEVA tarda.", language="ca"), 1, RNG(0))
        assert changed is not None
        assert changed.response == "Hui li ix a 5 €. La SEUA vesprada."

    def test_another_language_is_the_counterparts(self) -> None:
        items = [
            replace(item("Sí.", item_id="1", language="es"), extra={"parallel": "p"}),
            replace(item("Bai.", item_id="2", language="eu"), extra={"parallel": "p"}),
            item("No.", item_id="3", language="es"),
        ]
        changes = WrongLanguage().perturb(items, 1, RNG(0))
        assert [change and change.after.response for change in changes] == ["Bai.", "Sí.", None]

    def test_a_models_words_are_used_where_they_are_about_as_long(self) -> None:
        assert OwnText().needs == "it needs a model to rewrite the responses, and none was given"
        probe = OwnText(write=lambda text: text.upper() if "5" in text else text * 3)
        assert probe.needs is None
        assert probe.change(item("Son 5 euros."), 1, RNG(0)).response == "SON 5 EUROS."
        assert probe.change(item("Nada."), 1, RNG(0)) is None

    def test_grades_are_several_texts(self) -> None:
        probe = next(probe for probe in all_probes() if probe.name == "unsafe_advice")
        mild, grave = (probe.perturb([item("Sí.")], dose, RNG(0))[0].after.response for dose in probe.doses)
        assert "redes sociales" in mild
        assert "contraseña" in grave

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
        bullets = Layout(name="l", style="list", changes="A list.")
        assert bullets.change(item("Uno. Dos y tres."), 1, RNG(0)).response == "- Uno.\n- Dos y tres."
        assert bullets.change(item("Solo una."), 1, RNG(0)) is None
        bold = Layout(name="l", style="bold", changes="In bold.")
        assert bold.change(item("Uno. Dos y tres."), 1, RNG(0)).response == "**Uno.**\n\n**Dos y** tres."

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
        assert [one and one.after.response for one in changed[:2]] == ["c", "c"]
        assert changed[3] is None


class TestSoundness:
    @pytest.mark.parametrize(
        ("before", "after", "keeps", "fault"),
        [
            ("Son 5 €.", "Son 5 €.", set(), "unchanged"),
            ("Son 5 €.", "  ", set(), "empty"),
            ("Son 5 €.", "Son 5 \ufffd.", set(), "characters"),
            ("Son 5 €.", "Son\x00 5 €.", set(), "characters"),
            ("Son 5 €.", "- Son 6 €.", {"numbers"}, "numbers"),
            ("Son 5 €.", "- Son 6 €.", set(), None),
            ("Son 5 €.", "- Son 5 €.", {"words", "numbers"}, None),
            ("Son 5 €.", "Eran 5 €.", {"words"}, "words"),
        ],
    )
    def test_what_is_broken_is_named(self, before: str, after: str, keeps: set, fault: str | None) -> None:
        assert broken(Change(item(before), item(after)), keeps) == fault

    def test_a_change_of_language_is_seen(self) -> None:
        spanish = "Hemos revisado su línea y el técnico irá mañana por la tarde, entre las cuatro y las seis."
        english = "We have checked your line and the engineer will come in the afternoon, between four and six."
        assert broken(Change(item(spanish), item(english)), {"language"}) == "language"

    def test_the_responses_of_a_pair_may_change_places(self) -> None:
        pair = replace(item("Uno 1."), response_b="Dos 2.")
        assert broken(PairOrder().perturb([pair], 1, RNG(0))[0], PairOrder.keeps) is None
