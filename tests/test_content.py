"""What a message holds, as the text that a judge and a person see."""

from __future__ import annotations

from typing import Any

import dspy
import numpy as np
import pytest

from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.ratings import load_ratings
from alia_judge.records import Item, Scale
from alia_judge.records.content import written_content, written_message
from tests.scripted_lm import scripted_lm

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
RUBRIC = Rubric(criterion="Clarity", scale=Scale.ordinal(1, 5))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Hi", "Hi"),
        (None, ""),
        ([], ""),
        (4, "4"),
        (True, "true"),
        ({"plan": "A", "price": 20}, '{"plan": "A", "price": 20}'),
        ({"type": "plan", "price": 20}, '{"type": "plan", "price": 20}'),
        ([{"plan": "A"}, {"plan": "B"}], '[{"plan": "A"}, {"plan": "B"}]'),
        (["Hello", "there"], "Hello\nthere"),
        ([{"type": "text", "text": "What?"}, IMAGE], "What?\n[image]"),
        (
            [{"type": "input_text", "text": "Hi"}, {"type": "input_image", "image_url": "https://x/y.png"}],
            "Hi\n[image]",
        ),
        ([{"type": "output_text", "text": "Hi", "annotations": []}], "Hi"),
        ([{"type": "text", "text": {"value": "Hi", "annotations": []}}], "Hi"),
        ([{"text": "Hi"}], "Hi"),
        ([{"type": "image", "source": {"type": "base64", "data": "iVBORw0KGgo="}}], "[image]"),
        ([{"type": "input_audio", "input_audio": {"data": "UklGR", "format": "wav"}}], "[audio]"),
        ([{"type": "file", "file": {"filename": "bill.pdf", "file_data": "JVBERi0"}}], "[file: bill.pdf]"),
        ([{"type": "document", "title": "Bill", "source": {"type": "text", "data": "x"}}], "[file: Bill]"),
        ([{"type": "refusal", "refusal": "I cannot help."}], "[refusal] I cannot help."),
        (
            [{"type": "tool_use", "id": "t", "name": "weather", "input": {"city": "Bilbo"}}],
            'weather({"city": "Bilbo"})',
        ),
        (
            [{"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "19 C"}]}],
            "[tool result] 19 C",
        ),
        ([{"type": "function_call_output", "call_id": "t", "output": "19 C"}], "[tool result] 19 C"),
        ([{"type": "thinking", "thinking": "Hmm."}, {"type": "text", "text": "Hi"}], "Hi"),
        ([{"type": "hologram", "data": "AAAA"}], "[hologram]"),
        (np.array(["Hello", "there"]), "Hello\nthere"),
    ],
)
def test_content_is_written_out_or_marked(content: Any, text: str) -> None:
    assert written_content(content) == text


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": None, "refusal": "I cannot help."}, "[refusal] I cannot help."),
        ({"content": None, "function_call": {"name": "weather", "arguments": "{}"}}, "weather({})"),
        (
            {"content": "Let me look.", "tool_calls": [{"function": {"name": "w", "arguments": {"a": 1}}}]},
            'Let me look.\nw({"a": 1})',
        ),
        ({"content": "Hi", "reasoning_content": "a secret"}, "Hi"),
        ({"text": "Hi"}, "Hi"),
    ],
)
def test_a_message_says_its_refusal_and_its_calls(message: dict[str, Any], text: str) -> None:
    assert written_message({"role": "assistant", **message}) == text


def test_an_items_texts_are_texts() -> None:
    item = Item(item_id="a", response={"plan": "A"}, prompt=None, context=3)  # type: ignore[arg-type]
    assert (item.response, item.prompt, item.context, item.reference) == ('{"plan": "A"}', "", "3", None)


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (
            Item.from_messages("a", [{"role": "user", "content": "Draw"}, {"role": "assistant", "content": [IMAGE]}]),
            "\n[image e1e10747]\n",
        ),
        (
            Item.from_messages(
                "a", [{"role": "user", "content": "Q"}, {"role": "assistant", "content": {"plan": "A"}}]
            ),
            '"plan"',
        ),
        (Item.from_messages("a", [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": 4}]), "\n4\n"),
    ],
)
def test_a_judge_is_shown_what_was_said_or_a_mark(item: Item, text: str) -> None:
    lm = scripted_lm("4")
    assert Judge(RUBRIC, lm).verdict(item).score == 4.0
    assert text in lm.engine.requests[0].messages[-1].parts[0].text


@pytest.mark.parametrize("response", ["", "  \n", None])
def test_an_empty_response_is_never_judged(response: Any) -> None:
    lm = scripted_lm("4")
    verdict = Judge(RUBRIC, lm).verdict(Item(item_id="a", prompt="x", response=response))
    assert (verdict.score, verdict.unscored) == (None, "no_response")
    assert lm.engine.requests == []


def test_an_empty_side_of_a_pair_is_never_judged() -> None:
    lm = scripted_lm("1")
    judge = Judge(Rubric(criterion="Better", scale=Scale.pairwise()), lm)
    assert judge.verdict(Item(item_id="a", response="x", response_b="")).unscored == "no_response"
    assert lm.engine.requests == []


def test_a_prompt_of_messages_is_the_conversation() -> None:
    lm = scripted_lm("4")
    Judge(RUBRIC, lm)(prompt=[{"role": "user", "content": [{"type": "text", "text": "Hello"}, IMAGE]}], response="Hi")
    shown, mark, image, cue = lm.engine.requests[0].messages[-1].parts
    assert "Hello\n[image e1e10747]" in shown.text
    assert "image_url" not in shown.text
    assert (mark.text, image.data, cue.text) == ("[image e1e10747]", "iVBORw0KGgo=", "Score:")


def test_a_column_of_objects_is_read_as_json() -> None:
    rows = [
        {"item_id": f"i{n}", "annotator": who, "score": n % 5 + 1, "response": {"plan": "A", "n": n}}
        for n in range(4)
        for who in "ab"
    ]
    assert load_ratings(rows).items()[1].response == '{"plan": "A", "n": 1}'


def test_an_object_with_the_text_in_it_is_not_the_text() -> None:
    text = "Hola, ya hemos mirado su factura del mes {} y no hay error."
    rows = [
        {"item_id": f"i{n}", "annotator": who, "score": n % 5 + 1, "response": {"text": text.format(n), "model": "m"}}
        for n in range(20)
        for who in "ab"
    ]
    assert load_ratings(rows).items()[1].response == text.format(1)


class _Pillow:
    """What Pillow's images look like from outside."""


_Pillow.__module__, _Pillow.__name__ = "PIL.Image", "Image"
_PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.mark.parametrize(
    ("content", "written"),
    [
        (dspy.Image("data:image/png;base64,iVBORw0KGgo="), "[image]"),
        (_Pillow(), "[image]"),
        (_PNG, "[image]"),
        (bytearray(b"RIFF1234WAVE"), "[audio]"),
        (b"RIFF1234WEBP", "[image]"),
        (b"%PDF-1.7", "[file]"),
        ({"bytes": _PNG, "path": "cat.png"}, "[image: cat.png]"),
        ({"bytes": _PNG, "path": None}, "[image]"),
        ({"shown": _PNG, "said": "a cat"}, '{"shown": "[image]", "said": "a cat"}'),
        ([_PNG, "a cat"], '["[image]", "a cat"]'),
        ({"bytes": 12}, '{"bytes": 12}'),
    ],
)
def test_what_is_no_text_is_marked_whatever_holds_it(content: Any, written: str) -> None:
    assert written_content(content) == written
