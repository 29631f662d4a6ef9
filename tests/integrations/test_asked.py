"""A judge as other tools ask it, many items at once."""

from __future__ import annotations

from typing import Any

import pytest

from alia_judge.integrations._asked import AskedJudge
from alia_judge.records import Item


def test_each_text_has_its_own_verdict_whatever_its_id(artifact: str, openai_server: Any) -> None:
    asked = AskedJudge(artifact)
    texts = ["<<answer:4>> Mañana.", "<<answer:2>> No.", "<<answer:4>> Mañana."]
    before = openai_server.stats()["requests"]
    found = asked.every([Item(item_id="c1", prompt="¿Cuándo?", response=text) for text in texts])
    assert [one[asked.criterion].score for one in found] == pytest.approx([4, 2, 4], abs=0.2)
    assert openai_server.stats()["requests"] - before == 2
