"""How long servers ask to wait, as each of them says it."""

from __future__ import annotations

import email.utils
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alia_judge.models.waiting import asked_wait, duration, wait_in_words

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("2", 2.0),
        ("0.5", 0.5),
        ("1500ms", 1.5),
        ("20s", 20.0),
        ("7m12s", 432.0),
        ("1h30m", 5400.0),
        ("1 hour and 5 minutes", 3900.0),
        ("3 minutes", 180.0),
        ("2 days", 172_800.0),
        (email.utils.formatdate(NOW + 3, usegmt=True), 3.0),
        ("2027-01-15T08:00:09Z", 9.0),
        (str(int(NOW) + 30), 30.0),
        (str(int(NOW * 1000) + 30_000), 30.0),
        ("-3", 0.0),
        (email.utils.formatdate(NOW - 90, usegmt=True), 0.0),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("7x", None),
    ],
)
def test_a_time_is_read_in_every_spelling(said, seconds):
    assert duration(said, now=NOW) == seconds


@given(st.text(max_size=60))
def test_whatever_is_said_is_a_time_that_may_be_waited_or_none(said):
    seconds = duration(said)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Rate limit reached for gpt-4o. Please try again in 2.5s. Visit https://x.example/limits", 2.5),  # OpenAI
        ("Please try again in 7m12.5s.", 432.5),  # Groq
        ("Please retry in 42.5s.", 42.5),  # Gemini
        ("Please retry after 60 seconds.", 60.0),  # Azure
        ("Too many requests, wait 3 minutes", 180.0),
        ("Rate limited: 20 requests a minute", None),
        ("try again later", None),
    ],
)
def test_a_wait_is_found_in_a_message(message, seconds):
    assert wait_in_words(message) == seconds


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"Retry-After": "2"}, {}, 2.0),
        ({"retry-after-ms": "1500", "Retry-After": "2"}, {}, 1.5),
        ({"x-ms-retry-after-ms": "250"}, {}, 0.25),
        ({"retry-after": "7m12s"}, {}, 432.0),
        ({}, {"error": {"details": [{"@type": "google.rpc.RetryInfo", "retryDelay": "3s"}]}}, 3.0),
        ({}, {"retry_after": 4}, 4.0),
        ({}, {"parameters": {"retry_after_ms": 400}}, 0.4),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s"}, {}, 360.0),
        ({"x-ratelimit-remaining-tokens": "9", "x-ratelimit-reset-tokens": "6m0s"}, {}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "12"}, {}, 12.0),
        ({}, {}, None),
    ],
)
def test_a_wait_is_found_wherever_it_stands(headers, body, seconds):
    assert asked_wait(headers.items(), json.dumps(body).encode(), "") == seconds
