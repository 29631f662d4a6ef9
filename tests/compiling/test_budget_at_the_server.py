"""A budget of calls is of requests: however many fail and are tried again, the server is asked no more than it says."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import alia_judge as aj
from alia_judge.compiling.study.storage import MEMORY
from alia_judge.errors import UsageError

BUDGET = 40


@pytest.mark.parametrize("storage", ["sqlite", "journal", "memory"])
def test_calls_that_are_tried_again_take_from_the_budget_to_its_very_last(
    storage: str, made: ModuleType, openai_server: Any, tmp_path: Path
) -> None:
    # Every third call fails, those at the end of the budget as well.
    openai_server.queue(*["ok", "ok", "500"] * BUDGET)
    items, truth = made.items_and_truth()
    rubrics = [
        aj.Rubric(criterion="x", scale=made.SCALE, instructions=f"Look at {what} alone.") for what in ("tone", "facts")
    ]
    lm = aj.resolve_lm("openai/judge", api_base=openai_server.base_url, api_key="none")
    places = {"sqlite": f"sqlite:///{tmp_path / 'study.db'}", "journal": str(tmp_path / "a.journal"), "memory": MEMORY}
    for _ in range(2):  # and once more, when nothing is left of it
        compiled = aj.compile_judge(
            aj.Judge(rubrics[0], lm=lm),
            train=made.make_split(items, truth, np.arange(32)),
            space=aj.SearchSpace(rubrics=rubrics, demo_counts=(0,)),
            budget=aj.Budget(calls=BUDGET),
            storage=places[storage],
            study="one",
        )
        sent = openai_server.stats()["requests"]
        assert 0.8 * BUDGET <= sent <= BUDGET
        assert compiled.result.paid <= BUDGET
        if storage == "memory":
            break


def test_what_is_scored_after_a_search_is_no_part_of_its_budget(
    made: ModuleType, openai_server: Any, tmp_path: Path
) -> None:
    items, truth = made.items_and_truth()
    rubrics = [
        aj.Rubric(criterion="x", scale=made.SCALE, instructions=f"Look at {what} alone.") for what in ("tone", "facts")
    ]
    judge = aj.Judge(rubrics[0], aj.resolve_lm("openai/judge", api_base=openai_server.base_url, api_key="none"))
    paid = []
    for again in (False, True):
        compiled = aj.compile_judge(
            judge,
            train=made.make_split(items, truth, np.arange(32)),
            space=aj.SearchSpace(rubrics=rubrics, demo_counts=(0,)),
            budget=aj.Budget(calls=BUDGET),
            storage=f"sqlite:///{tmp_path / 'study.db'}",
            study="one",
        )
        paid.append(compiled.result.paid)
        found = compiled.predict(items[32:])  # more than the budget would pay for
        assert not np.isnan(found.single).any()
        assert not np.isnan(found.deployed).any()
        assert (found.paid == 0) == again
    assert paid[0] == paid[1] <= BUDGET


def test_an_allowance_is_somebodys() -> None:
    with pytest.raises(UsageError, match="give payer= too"):
        aj.RunOptions(allowance=3)


def test_what_is_not_sent_is_no_verdict(openai_server: Any, made: ModuleType, tmp_path: Path) -> None:
    """An item whose call failed when nothing was left to try again is unasked: it is not held against the judge."""
    openai_server.queue("500", "ok", "500")
    judge = aj.Judge(
        aj.Rubric(criterion="x", scale=made.SCALE),
        aj.resolve_lm("openai/judge", api_base=openai_server.base_url, api_key="none"),
    )
    options = aj.RunOptions(concurrency=1, seed=0, patience=20.0, payer="me", allowance=3)
    for store in (aj.VerdictStore(), aj.VerdictStore(tmp_path / "verdicts.db")):
        openai_server.reset()
        openai_server.queue("500", "ok", "500")
        given = made.items_and_truth()[0][:4]
        with store:
            result = aj.run(judge, given, store=store, options=options)
            assert openai_server.stats()["requests"] == store.sent("me") == result.progress.sent == 3
            assert [one.unscored for one in result.verdicts].count("missing") == 3
            assert len(store) == 1
