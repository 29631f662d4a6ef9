"""Physical cores, on machines whose topology is written out for the test."""

from __future__ import annotations

import os

import pytest

from alia_judge.models import cores


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with these hardware threads per core, of which the process may use some."""

    def build(siblings: dict[int, str], allowed: set[int]) -> None:
        for processor, listed in siblings.items():
            folder = tmp_path / f"cpu{processor}" / "topology"
            folder.mkdir(parents=True)
            (folder / "thread_siblings_list").write_text(f"{listed}\n")
        monkeypatch.setattr(cores, "_TOPOLOGY", tmp_path)
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: allowed, raising=False)

    return build


TWO_CORES_OF_TWO_THREADS = {0: "0,2", 1: "1,3", 2: "0,2", 3: "1,3"}


@pytest.mark.parametrize(
    ("siblings", "allowed", "expected"),
    [
        pytest.param(TWO_CORES_OF_TWO_THREADS, {0, 1, 2, 3}, 2, id="two threads of a core are one core"),
        pytest.param(TWO_CORES_OF_TWO_THREADS, {0, 2}, 1, id="both threads of the one core allowed"),
        pytest.param({0: "0", 1: "1"}, {0, 1}, 2, id="no hyper-threading"),
        pytest.param({}, {0, 1, 2}, 3, id="a container that hides the topology"),
    ],
)
def test_cores_are_counted_among_the_processors_allowed(machine, siblings, allowed, expected):
    machine(siblings, allowed)
    assert cores.physical_cores() == expected


def test_where_there_is_no_affinity_every_processor_counts(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert cores.physical_cores() == 6
