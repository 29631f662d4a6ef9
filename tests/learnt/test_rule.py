"""One rule says which items were learnt from: what is one, and what only looks like one."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alia_judge.errors import LeakFound, UsageError
from alia_judge.learnt import NOWHERE, HeldOut, LearntFrom, Origin, compare, settle
from alia_judge.records import Item

LONG = "Puede partir el importe de la factura en tres plazos sin intereses desde la aplicación cuando quiera"
OTHER = "El técnico pasará mañana por su casa entre las nueve y las once para cambiar el router averiado del todo"
V = Origin(benchmark="b-of-v", ratings="v")


def item(identity: str, response: str = "", **fields: Any) -> Item:
    return Item(item_id=identity, response=response, **fields)


def seen(
    learnt: list[Item], scored: list[Item], origin: Origin = NOWHERE, learnt_in: Origin = NOWHERE
) -> dict[str, str]:
    return dict(compare(LearntFrom.items_of(learnt, learnt_in), scored, origin).learnt)


@pytest.mark.parametrize(
    ("learnt", "scored", "why"),
    [
        (item("1", "Sí."), item("1", "Sí."), "the same item"),
        (item("1", "Sí."), item("1", " Sí.\n"), "the same item"),
        (item("1", "Sí.", prompt="¿Va?"), item("1", "Sí."), "the same item"),  # one side does not say what was asked
        (item("1"), item("1"), "the same item"),  # neither side has a text
        (item("1", "Sí."), item("1"), None),
        (item("1"), item("1", "Sí."), None),
        (item("1", "Sí."), item("1", "No."), None),
        (item("1", "Sí.", prompt="¿Va?"), item("1", "Sí.", prompt="¿Llueve?"), None),
        (item("1", "Sí."), item("2", "Sí."), None),  # too short to be told as a copy
        (item("1", LONG), item("2", LONG), "a near-copy"),
        (item("1", LONG), item("2", LONG.upper() + "!"), "a near-copy"),
        (item("1", LONG), item("1", OTHER), None),
        (item("1", "Sí.", group="c", prompt="¿Va?"), item("2", "No.", group="c", prompt="¿Va?"), "the same group"),
        (item("1", "Sí.", group="c", prompt="¿Va?"), item("2", "No.", group="c", prompt="¿Llueve?"), None),
        (item("1", "Sí.", group="c", prompt="¿Va?"), item("2", "No.", group="d", prompt="¿Va?"), None),
        (item("1", "Sí.", group="c"), item("2", "No.", group="c"), None),  # groups numbered alike
        (item("1", "Sí.", group="c", context="Voz."), item("2", "No.", group="c", context="Voz."), "the same group"),
    ],
)  # fmt: skip
def test_the_rule(learnt: Item, scored: Item, why: str | None) -> None:
    assert seen([learnt], [scored]) == ({} if why is None else {scored.item_id: why})


def test_a_group_of_the_same_ratings_needs_no_prompt() -> None:
    learnt, scored = [item("1", "Sí.", group="c")], [item("2", "No.", group="c")]
    assert seen(learnt, scored, replace(V, benchmark="another"), V) == {"2": "the same group"}
    assert seen(learnt, scored, Origin(ratings="w"), V) == {}


def test_an_instruction_that_every_group_was_given_tells_no_group_from_another() -> None:
    learnt = [item(str(n), f"r{n}", group=str(n % 4), prompt="Resuma el texto.") for n in range(8)]
    assert seen(learnt, [item("x", "otro", group="1", prompt="Resuma el texto.")]) == {}


def test_two_files_that_number_their_items_share_none() -> None:
    march = [item(str(n), f"{LONG} {n} {'marzo ' * (n % 7)}") for n in range(1, 41)]
    april = [item(str(n), f"{OTHER} {n} {'abril ' * (n % 7)}") for n in range(1, 41)]
    assert seen(march, april) == {}


@pytest.mark.parametrize(
    ("copies", "same_benchmark", "leaks"),
    [
        ("together", True, False),  # it kept near-copies on one side: what looks like one lies below the threshold
        ("together", False, True),
        ("as given", True, True),
        ("parted", True, False),  # the user said that texts repeat there
        ("parted", False, False),
    ],
)
def test_near_copies_by_what_became_of_them(copies: Any, same_benchmark: bool, leaks: bool) -> None:
    learnt_in = Origin(benchmark="b", ratings="v", copies=copies)
    origin = replace(learnt_in, benchmark="b" if same_benchmark else "c")
    assert seen([item("1", LONG)], [item("2", LONG)], origin, learnt_in) == ({"2": "a near-copy"} if leaks else {})


def test_what_is_too_short_is_counted_not_claimed() -> None:
    record = LearntFrom.items_of([item("1", LONG), item("2", "Sí.")])
    found = compare(record, [item("a", "No."), item("b", OTHER), item("2", "Sí."), item("c")])
    assert (dict(found.learnt), found.too_short) == ({"2": "the same item"}, 1)
    assert "1 are too short to be told as copies" in settle({"j": found}, "exclude")[0]["j"].sentence


def test_without_a_record_it_is_the_authors_word() -> None:
    found = compare(None, [item("1", LONG)])
    assert not found.checked
    assert found.sentence.startswith("held out by its author's word")
    record = LearntFrom.items_of([item("1", LONG)])
    theirs = compare(record, [item("2", OTHER)], by_word=True)
    assert not theirs.checked
    assert "author's word" in theirs.sentence
    assert compare(record, [item("2", OTHER)]).checked
    assert compare(LearntFrom(), [item("2", OTHER)]).sentence == "held out: nothing was learnt from"


class TestWhatIsDone:
    HELD: ClassVar[dict[str, HeldOut]] = {
        "j": HeldOut(n=3, recorded=5, learnt={"a": "the same item"}),
        "k": HeldOut(n=3, recorded=0),
    }

    def test_refused_with_the_number_and_which(self) -> None:
        with pytest.raises(LeakFound, match=r"j: 1 of 3 items were learnt from \(1 the same item\): 'a'"):
            settle(self.HELD, "refuse")

    def test_left_out_for_every_judge(self) -> None:
        held, out = settle(self.HELD, "exclude")
        assert out == {"a"}
        assert held["j"].checked
        assert "1 of 3 that were learnt from left out" in held["j"].sentence

    def test_kept_and_marked(self) -> None:
        held, out = settle(self.HELD, "keep")
        assert not out
        assert held["j"].marked
        assert held["j"].sentence.startswith("NOT held out")
        assert not held["k"].marked

    def test_nothing_left_is_said(self) -> None:
        with pytest.raises(UsageError, match="all 1 items were learnt from"):
            settle({"j": HeldOut(n=1, recorded=1, learnt={"a": "the same item"})}, "exclude")

    def test_an_unknown_wish_is_refused(self) -> None:
        with pytest.raises(UsageError, match="seen must be one of refuse, exclude, keep, got 'maybe'"):
            settle(self.HELD, "maybe")  # type: ignore[arg-type]

    def test_json_comes_back(self) -> None:
        for found in (*self.HELD.values(), settle(self.HELD, "exclude")[0]["j"]):
            assert HeldOut.from_dict(json.loads(json.dumps(found.to_dict()))) == found


WORDS = [f"palabra{n}" for n in range(400)]
replies = st.integers(min_value=0, max_value=10**9).map(
    lambda seed: " ".join(random.Random(seed).choices(WORDS, k=random.Random(seed).randint(1, 40)))
)
items = st.lists(
    st.builds(
        lambda n, response, group, prompt: item(f"reply-{n}", response, group=group, prompt=prompt),
        st.integers(0, 10**6),
        replies,
        st.sampled_from([None, "g1", "g2", "g3"]),
        st.sampled_from(["", "¿Va?", "¿Llueve?"]),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda one: one.item_id,
)


@settings(max_examples=40, deadline=None)
@given(items, st.randoms())
def test_whatever_was_learnt_from_is_found_in_any_order_and_nothing_else_by_id(learnt: list[Item], rng: Any) -> None:
    shuffled = rng.sample(learnt, len(learnt))
    record = LearntFrom.from_dict(json.loads(json.dumps(LearntFrom.items_of(learnt, V).to_dict())))
    assert set(compare(record, shuffled, V).learnt) == {one.item_id for one in learnt}
    strangers = [replace(one, item_id=f"x{n}", response="No.", group=None) for n, one in enumerate(shuffled)]
    assert compare(record, strangers, V).learnt == {}
    whole = LearntFrom.all_of([record, LearntFrom.items_of(shuffled[:1])])
    assert whole is not None
    assert set(compare(whole, shuffled, V).learnt) == {one.item_id for one in learnt}


@settings(max_examples=40, deadline=None)
@given(items)
def test_no_text_and_no_id_is_in_a_record(learnt: list[Item]) -> None:
    said = json.dumps(LearntFrom.items_of(learnt, V).to_dict())
    for one in learnt:
        assert one.item_id not in said
        assert not [word for word in one.response.split() if word in said]
        assert one.group is None or f'"{one.group}"' not in said


def test_the_size_is_bounded() -> None:
    def size(n: int) -> float:
        made = [item(f"id-{k}", f"{LONG} {k}", group=f"g{k % 9}", prompt=f"p{k % 9}") for k in range(n)]
        return (len(json.dumps(LearntFrom.items_of(made, V).to_dict())) - 400) / n

    assert size(200) <= 400
    assert size(20) <= 400


def test_sketches_of_very_many_share_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alia_judge.learnt.record._WHOLE_SKETCHES", 50)
    made = [item(str(n), " ".join(random.Random(n).choices(WORDS, k=30))) for n in range(200)]
    record = LearntFrom.items_of(made)
    assert record.sources[0].near.shape == (200, 8)  # a quarter of the bits for four times the items
    assert set(compare(record, [replace(one, item_id=f"x{one.item_id}") for one in made]).learnt) == {
        f"x{n}" for n in range(200)
    }


@pytest.mark.parametrize(
    "break_it",
    [
        lambda data: data.update(schema="alia-judge/learnt-from/9"),
        lambda data: data["sources"][0].update(ids="AAAA"),
        lambda data: data["sources"][0].pop("near"),
        lambda data: data["sources"][0].update(copies="somehow"),
        lambda data: data["sources"][0].update(bits=0),
    ],
)
def test_a_record_that_does_not_hold_together_is_refused(break_it: Callable[[Any], Any]) -> None:
    data = json.loads(json.dumps(LearntFrom.items_of([item("1", LONG)]).to_dict()))
    break_it(data)
    with pytest.raises(ValueError, match=r"record|schema|base64|values"):
        LearntFrom.from_dict(data)
