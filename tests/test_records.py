from __future__ import annotations

import hashlib
import json

import pytest

from alia_judge.records import Configuration, Item, Turn, Verdict
from alia_judge.runner import VerdictStore

MESSAGES = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": [{"type": "text", "text": "My line is down."}, {"type": "image_url", "image_url": {}}]},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"function": {"name": "line_state", "arguments": '{"line": 1}'}}],
    },
    {"role": "tool", "content": "fault: 4711"},
    {"role": "assistant", "content": "A technician comes tomorrow."},
]


def test_a_conversation_is_its_turns_and_its_last_reply() -> None:
    item = Item.from_messages("a", MESSAGES, group="g")
    assert item.response == "A technician comes tomorrow."
    assert item.turns[1] == Turn(role="user", text="My line is down.\n[image]")
    assert item.turns[2] == Turn(role="assistant", text='line_state({"line": 1})')
    assert item.texts()["turn 4 (tool)"] == "fault: 4711"
    assert item.group == "g"


@pytest.mark.parametrize(
    ("messages", "found"),
    [([], "no message"), (MESSAGES[:2], "'user'"), ([{"content": "x"}], "role")],
    ids=["none", "no reply", "no role"],
)
def test_a_conversation_without_a_reply_is_refused(messages: list[dict[str, object]], found: str) -> None:
    with pytest.raises(ValueError, match=found):
        Item.from_messages("a", messages)


def test_what_a_judge_is_shown_decides_an_items_digest() -> None:
    item = Item(item_id="a", response="x")
    # As it was before items had turns: a store paid for then still counts.
    assert item.digest() == "58e3fa9b5ae63bfebe3b816f4bb6c4bc4dddedfc8a33449f493327e0ae637508"
    digests = {
        item.digest(),
        Item(item_id="a", response="x", turns=(Turn(role="user", text="y"),)).digest(),
        Item(item_id="a", response="x", turns=(Turn(role="assistant", text="y"),)).digest(),
        Item(item_id="a", response="x", trace="y").digest(),
        Item(item_id="a", response="x", responses=("y",)).digest(),
    }
    assert len(digests) == 5


@pytest.mark.parametrize(
    "text",
    ["", 'quoted "so" \\ and \t\n\r\f\b\x00\x1f\x7f', "¡canción! 👍 \u2028\u200b\u202e", "cut within an emoji \ud83d"],
)
def test_a_digest_is_that_of_canonical_json_whatever_the_text(text: str) -> None:
    item = Item(item_id="a", prompt=text, response=text, context="c", turns=(Turn(role='a "b"', text=text),))
    canonical = json.dumps(item.texts(), sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert item.digest() == hashlib.sha256(canonical).hexdigest()


def test_the_parts_of_a_verdict_survive_json_and_the_store() -> None:
    parts = {"clear": Verdict(score=4.0, probabilities=(0.0, 1.0)), "kind": Verdict(unscored="no_score", detail="none")}
    verdict = Verdict(score=4.0, text="clear: 4", parts=parts)
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict
    store, configuration = VerdictStore(), Configuration(parameters={"a": 1})
    store.put(configuration, "m", 0, [("ab", verdict), ("cd", Verdict(score=1.0))])
    assert store.get(configuration, "m", 0, ["ab", "cd"]) == {"ab": verdict, "cd": Verdict(score=1.0)}
