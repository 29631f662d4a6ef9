"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


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
