"""What `check_model` says of a model, against servers that are told what they can do, and of the embedded one."""

from __future__ import annotations

import json
import math

import dspy
import pytest

from alia_judge.models.check import ModelCheck, check_model
from alia_judge.models.resolve import resolve_lm


@pytest.fixture
def lm(openai_server):
    return resolve_lm("openai/judge", api_base=openai_server.base_url, api_key="sk-secret")


def test_a_server_that_can_do_everything(lm, openai_server):
    openai_server.default("ok", delay=0.05)
    found = check_model(lm)
    assert found.reachable
    assert found.answer in set("12345")
    assert (found.alternatives, found.scale_seen) == (10, 5)
    assert (found.deterministic, found.largest_difference) == (True, 0.0)
    assert found.structured_output
    assert 0.05 < found.seconds_per_call < 0.5
    assert found.calls_per_second > 2 / found.seconds_per_call  # eight at once, not one after another
    assert found.dollars_per_thousand is None  # nobody lists a price for a server of one's own


def test_a_server_without_log_probabilities_or_schema(lm, openai_server):
    openai_server.default("no_logprobs")
    found = check_model(lm)
    assert (found.alternatives, found.scale_seen) == (0, 0)
    assert math.isnan(found.largest_difference)
    assert found.structured_output is False


def test_settings_that_hold_it_to_given_answers_are_found_by_what_they_do(lm, openai_server):
    assert check_model(lm).guided_by == ()
    openai_server.default("guided")
    assert check_model(lm).guided_by == ("guided_choice",)
    assert check_model(dspy.LM("openai/judge", api_base=openai_server.base_url, api_key="k")).guided_by is None


def test_log_probabilities_are_compared_up_to_where_the_answers_part(lm, openai_server):
    """After that they answer different questions, and a difference says nothing of the model."""
    openai_server.queue(("say", {"text": "4 2 2"}), "ok", ("say", {"text": "4 5 2"}))
    found = check_model(lm)
    assert found.deterministic is False
    # The second token's digits are three apart: 1.5 nats for each step, as the server tells it.
    assert found.largest_difference == pytest.approx(4.5, abs=0.1)


def test_an_answer_that_changes_is_not_deterministic(lm, openai_server):
    openai_server.queue(("say", {"text": "4"}), "ok", ("say", {"text": "3"}))
    assert check_model(lm).deterministic is False


@pytest.mark.parametrize(("instruction", "problem"), [("401", "key has expired"), ("500", "had an error")])
def test_a_model_that_does_not_answer_is_a_finding(lm, openai_server, instruction, problem):
    openai_server.default(instruction)
    found = check_model(lm)
    assert not found.reachable
    assert problem in found.problem
    assert openai_server.stats()["requests"] == 1


def test_a_wrong_address_is_a_finding():
    found = check_model(resolve_lm("openai/judge", api_base="http://127.0.0.1:9/v1"))
    assert "Connection refused" in found.problem


def test_it_is_json_without_the_key_and_comes_back(lm):
    found = check_model(lm)
    written = json.dumps(found.to_dict())
    assert "sk-secret" not in written
    assert ModelCheck.from_dict(json.loads(written)) == found


def test_the_price_is_the_price_lists(monkeypatch):
    from alia_judge.models.prices import list_price

    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    # gpt-4o-mini: 0.15 dollars a million prompt tokens, 0.60 a million answered: 1,000 x (1,000 + 4 tokens)
    assert list_price(dspy.LM("openai/gpt-4o-mini"), prompt_tokens=1000, answer_tokens=4) == pytest.approx(
        1000 * 0.15e-6 + 4 * 0.60e-6
    )
    assert list_price(dspy.LM("openai/nobody-sells-this"), prompt_tokens=1000, answer_tokens=4) is None


@pytest.mark.embedded
def test_the_embedded_model_can_do_everything_and_costs_nothing(embedded_lm):
    found = check_model(embedded_lm)
    assert found.reachable
    assert (found.alternatives >= 20, found.scale_seen) == (True, 5)
    assert (found.deterministic, found.largest_difference, found.prefix_cached) == (True, 0.0, True)
    assert found.structured_output
    assert found.dollars_per_thousand == 0.0
    assert found.guided_by == ("grammar",)
