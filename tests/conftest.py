"""What every test may ask for."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# On a busy machine an example takes seconds: Hypothesis holds none to a clock.
settings.register_profile("without a clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("without a clock")

# DSPy and LiteLLM would fetch today's price list from the network; tests take the one they carry.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")

# LiteLLM's synchronous embedding asks for the thread's event loop, has one made where none ever was, and leaves it; it
# was collected in another test. A thread that was told that it has none is told so again, and no loop is left.
asyncio.set_event_loop(None)

# What a shell starts in the background ignores Ctrl-C, what `nohup` starts the end of its terminal, and so would every
# process that a test starts: those of the tests that send signals could not be stopped.
if threading.current_thread() is threading.main_thread():
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: None)  # the run itself goes on


@pytest.fixture(autouse=True)
def no_price_of_another_test() -> Iterator[None]:
    """What a test says that models cost holds for the process, and not for the next test."""
    yield
    if (prices := sys.modules.get("alia_judge.models.prices")) is not None:
        prices._given.clear()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The development data beside the repository: real ratings and recorded judgments, never part of it."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the development data folder (../shared/data) is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def embedded_lm() -> Any:
    """The real embedded model as a `dspy.LM`, loaded once; its first use on a machine fetches it (93 MB).

    One thread: several test processes share the cores, and threads of one model that wait for each other then crawl.
    """
    from alia_judge.models.resolve import resolve_lm

    return resolve_lm("embedded", threads=1)


@pytest.fixture(scope="session")
def openai_server_process() -> Iterator[Any]:
    """The loopback server's process; tests ask for `openai_server`, which has forgotten what others told it."""
    spec = importlib.util.spec_from_file_location("openai_server", Path(__file__).with_name("openai_server.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.OpenAIServer() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """A PostgreSQL server of our own; its folder is none of pytest's, which no other user may enter."""
    spec = importlib.util.spec_from_file_location("postgres", Path(__file__).with_name("postgres.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with tempfile.TemporaryDirectory() as folder, module.PostgresServer(Path(folder)) as server:
        yield server


@pytest.fixture
def openai_server(openai_server_process: Any) -> Any:
    """A real server on loopback that speaks OpenAI's chat protocol and does as it is told: see openai_server.py."""
    openai_server_process.reset()
    return openai_server_process
