"""Exchanges of each dialect, replayed on loopback: the right verdict, and never another number."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dialects import DIALECTS, SITUATIONS, outcome, pairs

from alia_judge.models.limits import forget_logprobs

# LiteLLM's own types make pydantic remark on them when they are first used.
pytestmark = pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning")


@pytest.fixture(autouse=True)
def _nothing_known_of_any_model() -> Iterator[None]:
    yield
    forget_logprobs()


def test_there_are_as_many_as_are_claimed() -> None:
    assert len(DIALECTS) >= 20
    assert len(pairs()) >= 500


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_situation_ends_right_whoever_it_befalls(situation: str) -> None:
    """A different part of the dialects for each situation; all of them are in benchmarks/dialects.py."""
    place = list(SITUATIONS).index(situation)
    befallen = [dialect for dialect, found in pairs() if found == situation]
    for dialect in befallen[place % 5 :: 5]:
        got, right = outcome(dialect, situation)
        assert right, f"{dialect}: {got}, expected {' or '.join(SITUATIONS[situation].right)}"
