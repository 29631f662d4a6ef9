"""``alia-judge models check``: what it says of a model that answers, and its one line and exit code where none does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_a_model_that_answers_is_described(run: Callable[..., Any], openai_server: Any) -> None:
    outcome = run("models", "check", "openai/judge", "--api-base", openai_server.base_url)
    assert outcome.code == 0
    assert "answers" in outcome.out
    assert "10 alternatives a token, 5 of the points 1 to 5 among them" in outcome.out
    assert "a judge on it reads its scores from log-probabilities" in outcome.out


@pytest.mark.parametrize(
    ("told", "problem", "remedy"),
    [
        ("401", "the key has expired", "set OPENAI_API_KEY to a key that may use this model"),
        ("404", "does not exist", "check the model's name against those the provider or server lists"),
        ("429", "Rate limit reached", "wait a while and check again"),
        ("500", "The server had an error", "check that its server runs"),
    ],
)
def test_a_model_that_does_not_answer_is_three_and_one_line_of_what_to_do(
    run: Callable[..., Any], openai_server: Any, tmp_path: Path, told: str, problem: str, remedy: str
) -> None:
    openai_server.default(told)
    out = tmp_path / "found.json"
    outcome = run("models", "check", "openai/judge", "--api-base", openai_server.base_url, "--json", out)
    assert outcome.code == 3
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1
    assert outcome.err.startswith("error: openai/judge@http://127.0.0.1")
    assert problem in outcome.err
    assert remedy in outcome.err
    found = json.loads(out.read_text("utf-8"))
    assert found["reachable"] is False
    assert remedy in found["remedy"]
    assert openai_server.stats()["requests"] == 1


def test_a_server_that_is_not_there_is_three(run: Callable[..., Any]) -> None:
    outcome = run("models", "check", "openai/judge", "--api-base", "http://127.0.0.1:9/v1", "--json", "-")
    assert outcome.code == 3
    assert json.loads(outcome.out)["problem"].endswith("Connection refused")
    assert "check that its server runs and that its address (--api-base" in outcome.err


def test_a_name_that_is_none_is_wrong_usage(run: Callable[..., Any]) -> None:
    assert run("models", "check", "openai/").code == 2
