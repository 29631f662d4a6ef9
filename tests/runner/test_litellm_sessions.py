"""What LiteLLM opens for a run is closed with the run."""

from __future__ import annotations

import sys
from typing import Any

import dspy
import pytest

import alia_judge as aj
from alia_judge.models.litellm_sessions import _sessions


@pytest.mark.filterwarnings("ignore::UserWarning:pydantic")
def test_a_run_through_litellm_leaves_no_session_open(openai_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    lm = dspy.LM("openai/judge", api_base=openai_server.base_url, cache=False, engine="litellm")
    judge = aj.Judge(aj.builtin_rubric("helpfulness", "es"), lm)
    before = {id(session) for session in _sessions()}
    result = aj.run(judge, [aj.Item(item_id=f"i{n}", response=f"<<answer:{n + 1}>>") for n in range(5)])
    assert len(result.verdicts) == 5
    assert "litellm" in sys.modules
    opened = [session for session in _sessions() if id(session) not in before]
    assert opened, "LiteLLM keeps its clients elsewhere; look where"
    assert all(session.closed for session in opened)
    again = aj.run(judge, [aj.Item(item_id="j", response="<<answer:3>>")])  # on a loop of its own
    assert again.verdicts[0].score == pytest.approx(3.0, abs=0.2)
