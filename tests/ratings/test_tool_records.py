"""Records of other tools become items: each key has its place, and one without is refused by name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alia_judge.errors import UsageError
from alia_judge.ratings.tool_records import item_from
from alia_judge.records import Turn

TURNS = [
    {"role": "user", "content": "Hola"},
    {"role": "assistant", "content": "Dígame"},
    {"role": "user", "content": "¿Cuándo?"},
]


def test_plain_texts() -> None:
    item = item_from("¿Cuándo?", "Mañana.")
    assert (item.prompt, item.response, item.context, item.reference) == ("¿Cuándo?", "Mañana.", None, None)


@pytest.mark.parametrize(
    "name", ["prompt", "question", "query", "input", "request", "instruction", "pregunta", "galdera"]
)
@pytest.mark.parametrize("expected", ["expected_response", "reference", "ground_truth", "referencia"])
def test_a_mapping_by_the_names_that_tools_use(name: str, expected: str) -> None:
    item = item_from({name: "¿Cuándo?", "contexto": "De 9 a 11."}, "Mañana.", {expected: "El lunes.", "tools": ["x"]})
    assert (item.prompt, item.context, item.reference) == ("¿Cuándo?", "De 9 a 11.", "El lunes.")


@pytest.mark.parametrize("inputs", [TURNS, {"messages": TURNS}, {"history": TURNS}])
def test_a_conversation_is_turns(inputs: Any) -> None:
    item = item_from(inputs, "Mañana.")
    assert item.turns == tuple(Turn(role=one["role"], text=one["content"]) for one in TURNS)
    assert (item.prompt, item.response) == ("", "Mañana.")


@pytest.mark.parametrize(
    "outputs",
    [
        "Mañana.",
        {"response": "Mañana."},
        {"respuesta": "Mañana."},
        {"answer": "Mañana.", "model": "m", "usage": {"total_tokens": 3}},
        {"role": "assistant", "content": "Mañana."},
        {"role": "assistant", "content": [{"type": "text", "text": "Mañana."}]},
        [{"role": "assistant", "content": "Mañana."}],
        {"messages": [{"role": "assistant", "content": "Mañana."}]},
        {"id": "x", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Mañana."}}]},
    ],
)
def test_the_response_is_found_in_what_an_application_gives_back(outputs: Any) -> None:
    assert item_from({"question": "¿Cuándo?"}, outputs).response == "Mañana."


@pytest.mark.parametrize(
    ("inputs", "outputs"), [({"question": "q", "canal": "web"}, "r"), ({"question": "q"}, {"plan": "A", "n": 1})]
)
def test_a_key_without_a_place_is_refused_by_name(inputs: Any, outputs: Any) -> None:
    with pytest.raises(UsageError, match=r"has '(canal|plan)', which is no field of an item") as caught:
        item_from(inputs, outputs)
    assert "columns={'ignore': [" in str(caught.value)


def test_an_application_that_gives_back_the_whole_conversation_does_not_double_it() -> None:
    said = [*TURNS, {"role": "assistant", "content": "Mañana."}]
    item = item_from({"messages": TURNS}, {"messages": said})
    assert (len(item.turns), item.response) == (len(TURNS), "Mañana.")


def test_what_the_user_says_wins() -> None:
    said = {"prompt": "pregunta_3", "context": "answer", "ignore": ["session", "question"]}
    item = item_from(
        {"pregunta_3": "q", "session": 7, "question": "old"}, {"response": "r", "answer": "c"}, columns=said
    )
    assert (item.prompt, item.response, item.context) == ("q", "r", "c")
    shown = {"response": "r", "images": ["https://example.org/a.png"]}
    assert item_from("q", shown, columns={"ignore": ["images"]}).response == "r"
    with pytest.raises(UsageError, match="names a key that is not there; there are: question"):
        item_from({"question": "q"}, None, columns={"context": "facts"})
    with pytest.raises(UsageError, match="columns names the field 'colour'"):
        item_from({"question": "q"}, None, columns={"colour": "question"})


def test_two_keys_for_one_field_are_refused() -> None:
    with pytest.raises(UsageError, match="'query' for the prompt, and another key holds one, too"):
        item_from({"question": "a", "query": "b"}, "r")


def test_no_output_is_an_empty_response() -> None:
    assert item_from("¿?", None).response == ""


@given(st.dictionaries(st.text(min_size=1).filter(lambda key: key not in ("messages", "turns")), st.text(), max_size=5))
def test_nothing_is_lost_in_silence(inputs: dict[str, str]) -> None:
    """Whatever the keys: every text of the inputs is in the item, unless an error names a key."""
    item, refused = None, ""
    try:
        item = item_from(inputs, "r")
    except UsageError as error:
        refused = str(error)
    if item is None:
        assert any(repr(key) in refused for key in inputs)
    else:
        held = [*item.texts().values(), item.item_id, item.group, item.system, item.language]
        assert all(text in held for text in inputs.values() if text)
