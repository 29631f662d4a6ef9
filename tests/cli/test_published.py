"""Published figures on real ratings, through the command line. Origin: data/README.md beside the checkout."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ESTIMATE = {"value", "low", "high", "level", "method", "n", "groups"}
LEVELS = ("item", "within_group", "system")

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def basse(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The JSON of one run over BASSE-es and the six recorded judges."""
    from alia_judge.cli import main

    out = tmp_path_factory.mktemp("basse") / "out.json"
    folder = shared_data / "basse-es"
    with pytest.raises(SystemExit) as done:
        main(["evaluate", str(folder / "BASSE.es.jsonl"), "--scores", str(folder / "recorded_judges.csv"),
              "--resamples", "50", "--json", str(out)])  # fmt: skip
    assert not done.value.code
    return json.loads(out.read_text("utf-8"))


def test_the_json_is_as_the_interface_states_it(basse: Any) -> None:
    assert basse["schema"] == "alia-judge/evaluate/1"
    assert "\n" not in basse["signature"]
    assert len(basse["criteria"]) == 5
    for found in basse["criteria"].values():
        assert len(found["judges"]) == 6
        for judge in found["judges"].values():
            assert {"n_items", "coverage", "correlation", "alt_test", "share_of_ceiling", "surface"} <= set(judge)
            assert set(judge["correlation"]) == set(LEVELS)
            for level in LEVELS:
                assert set(judge["correlation"][level]) == {"spearman", "kendall", "pearson"}
                assert all(set(estimate) >= ESTIMATE for estimate in judge["correlation"][level].values())
            assert set(judge["alt_test"]) >= {"winning_rate", "advantage_probability", "annotators", "why"}
            assert set(judge["share_of_ceiling"]) >= ESTIMATE
            assert set(judge["surface"]) >= {"spearman", "partial_spearman"}


def test_every_row_of_the_published_system_level_table(basse: Any, shared_data: Path) -> None:
    with (shared_data / "basse-es" / "published_system_level.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 12
    for row in rows:
        for criterion in basse["criteria"]:
            found = basse["criteria"][criterion]["judges"][row["judge"]]["correlation"]["system"][row["statistic"]]
            assert found["value"] == pytest.approx(float(row[criterion]), abs=5.1e-4), (row, criterion)
            assert found["n"] == 20


#: Item-level Spearman on 900 system summaries: Coherence, 5W1H, Relevance, Consistency, Fluency.
ITEM_LEVEL = {
    "gpt-4o": (0.651, 0.462, 0.092, 0.090, 0.078),
    "gpt-4o-mini": (0.530, 0.262, 0.000, -0.011, -0.100),
    "Qwen2.5-7B-Instruct": (0.158, 0.001, 0.075, 0.060, -0.019),
}


@pytest.mark.parametrize("judge", ITEM_LEVEL)
def test_the_item_level_table(basse: Any, judge: str) -> None:
    for criterion, value in zip(
        ("Coherence", "5W1H", "Relevance", "Consistency", "Fluency"), ITEM_LEVEL[judge], strict=True
    ):
        found = basse["criteria"][criterion]["judges"][judge]["correlation"]["item"]["spearman"]["value"]
        assert found == pytest.approx(value, abs=5.1e-4), criterion


def test_few_judges_add_anything_to_surface_features(basse: Any) -> None:
    # Partial Spearman of GPT-4o on Coherence, and who else is above 0 (docs/evaluation.md).
    found = basse["criteria"]["Coherence"]["judges"]["gpt-4o"]["surface"]
    assert found["spearman"]["value"] == pytest.approx(0.711, abs=5e-3)
    assert found["partial_spearman"]["value"] == pytest.approx(0.305, abs=5e-3)
    above = [
        judge
        for criterion in basse["criteria"].values()
        for judge, each in criterion["judges"].items()
        if (each["surface"]["partial_spearman"]["low"] or -1) > 0
    ]
    assert above.count("gpt-4o") >= 4
    assert len(above) <= 10


@pytest.mark.slow
@pytest.mark.parametrize("dataset", ["wax", "lgbteen", "cebab_stars", "summeval"])
def test_every_row_of_the_published_alt_tests(
    run: Callable[..., Any], read: Any, shared_data: Path, tmp_path: Path, dataset: str
) -> None:
    folder = shared_data / "alt-test"
    judged = json.loads((folder / dataset / "llm_annotations.json").read_text("utf-8"))
    scores = tmp_path / "scores.csv"
    with scores.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["item_id", "judge", "score"])
        writer.writerows((item, judge, label) for judge, of in judged.items() for item, label in of.items())
    with (folder / "published.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["dataset"] == dataset]
    assert len(rows) == 6
    done = run("evaluate", folder / dataset / "human_annotations.json", "--scores", scores, "--alt-test-score",
               rows[0]["score"], "--epsilon", rows[0]["epsilon"], "--resamples", 5, "--json",
               tmp_path / "out.json")  # fmt: skip
    assert done.code == 0, done.err
    (found,) = read(tmp_path / "out.json")["criteria"].values()
    for row in rows:
        alt_test = found["judges"][row["judge"]]["alt_test"]
        assert alt_test["winning_rate"] == pytest.approx(float(row["winning_rate"]), abs=5.1e-3), row
        assert alt_test["advantage_probability"] == pytest.approx(float(row["advantage_probability"]), abs=5.1e-3), row
