"""The bundled ratings are what the script writes from the texts, and behave as its annotators are said to."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from scipy.stats import spearmanr

DATA = Path(__file__).resolve().parents[2] / "alia_judge" / "data"

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def rows() -> Rows:
    with (DATA / "telecom_ratings.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def by_annotator(rows: Rows, criterion: str = "helpfulness") -> dict[str, dict[str, int]]:
    ratings: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        if row["criterion"] == criterion:
            ratings[row["annotator_id"]][row["item_id"]] = int(row["value"])
    return ratings


def comments(make_sample: ModuleType) -> Any:
    return json.loads(make_sample.COMMENTS.read_text("utf-8"))


def test_the_script_writes_the_file_byte_for_byte(make_sample: ModuleType, items: list[dict[str, Any]]) -> None:
    text = make_sample.make_ratings(items, comments(make_sample))
    assert (DATA / "telecom_ratings.csv").read_bytes() == text.encode("utf-8")


def test_another_seed_gives_other_ratings(make_sample: ModuleType, items: list[dict[str, Any]]) -> None:
    known = comments(make_sample)
    assert make_sample.make_ratings(items, known, seed=1) != make_sample.make_ratings(items, known, seed=2)


def test_a_changed_defect_changes_only_its_item(make_sample: ModuleType, items: list[dict[str, Any]]) -> None:
    before = make_sample.make_ratings(items, comments(make_sample)).splitlines()
    changed = [dict(item) for item in items]
    changed[0]["defects"] = [{"kind": "unsafe_advice", "severity": 4}]
    after = make_sample.make_ratings(changed, comments(make_sample)).splitlines()
    different = [line for line, other in zip(after, before, strict=True) if line != other]
    assert different
    assert {line.split(",")[0] for line in different} == {items[0]["item_id"]}


def test_each_conversation_has_three_or_four_annotators_on_both_criteria(
    rows: Rows, items: list[dict[str, Any]]
) -> None:
    panels: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        panels[row["item_id"], row["criterion"]].add(row["annotator_id"])
    assert len(rows) == sum(len(panel) for panel in panels.values())  # nobody rates an item twice
    for item in items:
        panel = panels[item["item_id"], "helpfulness"]
        assert len(panel) in (3, 4)
        assert panel == panels[item["item_id"], "tone"] == panels[f"{item['group']}-alpha", "tone"]


def test_the_annotators_are_as_their_parameters_say(
    rows: Rows, items: list[dict[str, Any]], make_sample: ModuleType
) -> None:
    truth = {item["item_id"]: item["truth"]["helpfulness"] for item in items}
    language = {item["item_id"]: item["language"] for item in items}
    ratings = by_annotator(rows)
    assert sorted(ratings) == [annotator.name for annotator in make_sample.ANNOTATORS]
    rho = {who: spearmanr([truth[i] for i in said], list(said.values())).statistic for who, said in ratings.items()}
    careless = next(annotator.name for annotator in make_sample.ANNOTATORS if annotator.careless)
    assert abs(rho.pop(careless)) < 0.3
    assert min(rho.values()) > 0.5

    def lean(who: str, languages: set[str]) -> float:
        gaps = [value - truth[item] for item, value in ratings[who].items() if language[item] in languages]
        return sum(gaps) / len(gaps)

    everywhere = {"ca", "en", "es", "eu", "gl"}
    assert lean("sim-02", everywhere) > lean("sim-01", everywhere) > lean("sim-03", everywhere)
    assert lean("sim-06", {"ca", "eu", "gl"}) < lean("sim-06", {"es", "en"}) - 0.3


def test_ratings_are_on_the_scale_and_paced_like_work(rows: Rows, make_sample: ModuleType) -> None:
    assert {row["value"] for row in rows} == {"1", "2", "3", "4", "5"}
    clocks: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for row in rows:
        if row["criterion"] == "tone":
            clocks[row["annotator_id"]].append((datetime.fromisoformat(row["timestamp"]), int(row["seconds"])))
    for who, work in clocks.items():
        work.sort()
        assert all(later[0] > earlier[0] for earlier, later in pairwise(work)), who
    median = {who: sorted(seconds for _, seconds in work)[len(work) // 2] for who, work in clocks.items()}
    assert median.pop("sim-07") < 10 < min(median.values())


def test_comments_stand_beside_low_ratings_only(rows: Rows, make_sample: ModuleType) -> None:
    commented = [row for row in rows if row["comment"]]
    assert {row["item_id"][:2] for row in commented} == {"ca", "en", "es", "eu", "gl"}
    assert all(int(row["value"]) <= 2 for row in commented)
    assert not any("{" in row["comment"] for row in commented)
    known = comments(make_sample)
    assert {language: set(kinds) for language, kinds in known.items()} == {key: set(known["es"]) for key in known}


def test_check_tells_a_stale_file(
    make_sample: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make_sample.main(["--check"]) == 0
    stale = tmp_path / "telecom_ratings.csv"
    stale.write_bytes((DATA / "telecom_ratings.csv").read_bytes() + b"x")
    monkeypatch.setattr(make_sample, "RATINGS", stale)
    assert make_sample.main(["--check"]) == 1
    assert "out of date" in capsys.readouterr().err
    assert make_sample.main([]) == 0
    assert stale.read_bytes() == (DATA / "telecom_ratings.csv").read_bytes()


def test_the_readme_states_every_annotator(make_sample: ModuleType) -> None:
    readme = (DATA / "README.md").read_text("utf-8")
    assert "simulated" in readme.splitlines()[0]
    assert "Apache-2.0" in readme
    assert f"seed {make_sample.SEED}" in readme
    rows = {row[0]: row[1:] for row in ([cell.strip() for cell in line.split("|")[1:-1]] for line in table(readme))}
    for annotator in make_sample.ANNOTATORS:
        *numbers, habit = rows[annotator.name]
        if annotator.careless:
            assert ", ".join(f"{share:g}" for share in make_sample.CARELESS) in habit
            continue
        assert numbers == [f"{annotator.leniency:+g}", f"{annotator.discrimination:g}", f"{annotator.noise:g}"]
        assert all(f"`{kind}`" in habit for kind in annotator.overlooks)
        assert all(f"{shift:g}" in habit and language in habit for language, shift in (annotator.bias or {}).items())


def table(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| sim-")]
