"""Records: their JSON form and their equality follow from their fields."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from alia_judge._record import Record
from alia_judge.errors import AliaJudgeError, UsageError


@dataclass(frozen=True, kw_only=True, eq=False)
class Leaf(Record):
    number: float
    name: str = "a"


@dataclass(frozen=True, kw_only=True, eq=False)
class Tree(Record):
    schema = "test/tree/1"
    unwritten: ClassVar[frozenset[str]] = frozenset({"why"})
    in_json: ClassVar[Mapping[str, str]] = {"numbers": "figures"}

    leaves: tuple[Leaf, ...]
    by_name: Mapping[str, Leaf]
    numbers: tuple[float, ...] = ()
    pair: tuple[int, str] = (1, "x")
    maybe: float | None = None
    kind: Literal["one", "two"] = "one"
    by_count: Mapping[int, float] | None = None
    names: frozenset[str] = frozenset()
    anything: Any = None
    why: str | None = None


numbers = st.one_of(st.floats(allow_infinity=False), st.just(math.nan))
leaves = st.builds(Leaf, number=numbers, name=st.text(max_size=5))
trees = st.builds(
    Tree,
    leaves=st.lists(leaves, max_size=3).map(tuple),
    by_name=st.dictionaries(st.text(max_size=3), leaves, max_size=3),
    numbers=st.lists(numbers, max_size=3).map(tuple),
    pair=st.tuples(st.integers(), st.text(max_size=3)),
    maybe=st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
    kind=st.sampled_from(["one", "two"]),
    by_count=st.one_of(st.none(), st.dictionaries(st.integers(), numbers, max_size=2)),
    names=st.frozensets(st.text(max_size=3), max_size=3),
    why=st.one_of(st.none(), st.text(max_size=3)),
)


@given(tree=trees)
def test_a_record_equals_itself_after_json_and_hashes_alike(tree: Tree) -> None:
    text = json.dumps(tree.to_dict(), allow_nan=False)
    again = Tree.from_dict(json.loads(text))
    assert again == tree
    assert hash(again) == hash(tree)
    assert json.dumps(again.to_dict()) == text


def test_what_differs_is_not_equal() -> None:
    assert Leaf(number=math.nan) == Leaf(number=math.nan)
    assert Leaf(number=math.nan) != Leaf(number=0.0)
    assert Leaf(number=1.0) != Leaf(number=1.0, name="b")
    assert Leaf(number=1.0) != "leaf"


def test_the_form_is_plain() -> None:
    written = Tree(leaves=(Leaf(number=math.nan),), by_name={}, names=frozenset({"b", "a"})).to_dict()
    assert written["schema"] == "test/tree/1"
    assert written["leaves"] == [{"number": None, "name": "a"}]
    assert written["names"] == ["a", "b"]
    assert written["figures"] == []
    assert Tree.from_dict({**written, "figures": [1.5]}).numbers == (1.5,)
    del written["figures"]
    assert Tree.from_dict({**written, "numbers": [2.5]}).numbers == (2.5,)
    assert "why" not in written
    assert Tree(leaves=(), by_name={}, why="x").to_dict()["why"] == "x"


def test_another_schema_and_a_missing_field_are_refused() -> None:
    with pytest.raises(UsageError, match="expected schema 'test/tree/1', got 'other'"):
        Tree.from_dict({"schema": "other", "leaves": [], "by_name": {}})
    with pytest.raises(AliaJudgeError, match="Leaf lacks 'number'; it has 'name'"):
        Leaf.from_dict({"name": "a"})
    assert Leaf.from_dict({"number": 1, "later": True}) == Leaf(number=1.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Journey(Record):
    left_out: ClassVar[frozenset[str]] = frozenset({"memory"})
    in_json: ClassVar[Mapping[str, str]] = {"calls": "spent.calls", "dollars": "spent.dollars"}
    readers: ClassVar[Mapping[str, Callable[[Any], Any]]] = MappingProxyType({"by": str.upper})

    calls: int
    dollars: float | None
    weights: NDArray[np.float64]
    by: str | None = None
    memory: Any = None


def test_a_record_has_objects_of_its_own_arrays_and_fields_that_stay_out() -> None:
    made = Journey(calls=3, dollars=None, weights=np.array([1.0, np.nan]), by="SEA", memory=object())
    data = json.loads(json.dumps(made.to_dict()))
    assert data == {"spent": {"calls": 3, "dollars": None}, "weights": [1.0, None], "by": "SEA"}
    again = Journey.from_dict({**data, "by": "sea"})
    assert again == replace(made, memory=None)
    assert again.weights.dtype == np.float64
    assert Journey.from_dict({**data, "by": None}).by is None


def test_what_cannot_be_read_is_said_with_its_field() -> None:
    with pytest.raises(UsageError, match="Journey: by cannot be read from a int"):
        Journey.from_dict({"spent": {"calls": 1, "dollars": 0.1}, "weights": [1], "by": 3})
    with pytest.raises(UsageError, match=r"Journey lacks .*; it has nothing"):
        Journey.from_dict({})
