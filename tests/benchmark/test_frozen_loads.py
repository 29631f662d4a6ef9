"""What is frozen can be loaded and evaluated, whatever stood in the table's columns."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from alia_judge.benchmark import Benchmark, build_benchmark
from alia_judge.errors import AliaJudgeError
from alia_judge.evaluation import EvaluationOptions, evaluate_scores
from alia_judge.ratings import load_ratings
from alia_judge.ratings.columns import ITEM_FIELDS, RATING_EXTRAS

#: Names that mean something here or in a frozen file, and names that mean nothing anywhere.
_NAMES = st.sampled_from(
    [
        *ITEM_FIELDS,
        *RATING_EXTRAS,
        "turns",
        "messages",
        "position",
        "criterion",
        "found",
        "extra",
        "target",
        "target_se",
        "ratings",
        "split",
        "lasting_id",
        "lasting_group",
        "question",
        "counts",
        "annotator_id",
        "item_id",
        "index",
        "",
        " ",
        "a,b",
        "ñ: 'x'",
        "$row",
        "$key",
        "0",
        "tema\n2",
        "system_a",
        "system_b",
    ]
)
_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
_CELLS = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "NA", "null", "ana", "es", "[]", "{}", '[{"role": "user", "content": "x"}]', "1,5"]),
    _TEXTS,
    st.integers(-3, 99),
    st.floats(width=32, allow_infinity=False),  # JSON has none
    st.booleans(),
    st.just([{"role": "assistant", "content": "Bai."}]),
    st.lists(st.integers(0, 3), max_size=3),
)


@st.composite
def _tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A rating a row of 6 to 9 items, with further columns: of the item or the rating, empty, constant or odd."""
    n, people = draw(st.integers(6, 9)), draw(st.integers(1, 3))
    rows = [
        {"ref": f"i{item}", "quien": f"p{who}", "nota": draw(st.sampled_from([1, 2, 3, 4, 5, 4.0, "5", None]))}
        for item in range(n)
        for who in range(people)
    ]
    for name in draw(st.lists(_NAMES, unique=True, max_size=5)):
        kind = draw(st.sampled_from(["item", "rating", "constant", "seldom"]))
        constant = draw(_CELLS)
        for row, cells in zip(rows, draw(st.lists(_CELLS, min_size=len(rows), max_size=len(rows))), strict=True):
            row[name] = {"rating": cells, "constant": constant, "seldom": None}.get(kind, cells)
        if kind == "item":
            for row in rows:
                row[name] = next(other[name] for other in rows if other["ref"] == row["ref"])
        if kind == "seldom":
            rows[draw(st.integers(0, len(rows) - 1))][name] = constant
    return rows


@pytest.mark.filterwarnings("ignore::alia_judge.errors.DegenerateDataWarning")
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=_tables(), whole=st.booleans())
def test_what_is_frozen_is_loaded_and_evaluated(rows: list[dict[str, Any]], whole: bool) -> None:
    columns = {"item_id": "ref", "annotator_id": "quien", "value": "nota"}
    try:
        ratings = load_ratings(rows, columns=columns, scales={"*": "1-5"})
        built = build_benchmark(ratings, group_by="group" if whole else None, keep_duplicates_together=False)
    except AliaJudgeError:
        assume(False)  # what cannot be read, or split, is refused before anything is frozen
    with tempfile.TemporaryDirectory() as folder:
        loaded = Benchmark.load(built.freeze(Path(folder) / "frozen"))
        assert loaded.fingerprint == built.fingerprint
        assert loaded.items == built.items
        np.testing.assert_array_equal(loaded.target, built.target)
        scores = {item.item_id: 1 + place % 5 for place, item in enumerate(loaded.test.items)}
        result = evaluate_scores(loaded.test, {"judge": scores}, options=EvaluationOptions(n_resamples=20))
        assert result.judge("judge", loaded.criterion).n_items == len(loaded.test)
