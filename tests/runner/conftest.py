from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest
from openai_server import OpenAIServer


@pytest.fixture(scope="session")
def shared_server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


@pytest.fixture
def server(shared_server: OpenAIServer) -> OpenAIServer:
    """A real server on loopback that has been asked nothing yet."""
    shared_server.reset()
    return shared_server


@pytest.fixture(scope="session", autouse=True)
def _litellm_at_hand() -> None:
    """LiteLLM takes seconds to import, which is no part of a call under test."""
    importlib.import_module("litellm")
