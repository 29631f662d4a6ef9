from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alia_judge.errors import DataError
from alia_judge.models.bank import RecordedBank, export_bank
from alia_judge.models.source import JudgmentSource
from alia_judge.records import Configuration, Item, Scale

ITEMS = [Item(item_id=name) for name in ("a", "b", "c")]


def _write(folder: Path, configs: list[dict[str, object]] | str, **columns: list[object]) -> Path:
    folder.mkdir(exist_ok=True)
    text = configs if isinstance(configs, str) else "".join(json.dumps(config) + "\n" for config in configs)
    (folder / "configs.jsonl").write_text(text)
    pq.write_table(pa.table(columns), folder / "scores.parquet")
    return folder


@pytest.fixture
def bank(tmp_path: Path) -> RecordedBank:
    # Rows in no particular order; configuration 1 has no verdict of c; probabilities do not sum to 1.
    folder = _write(
        tmp_path / "bank",
        [
            {"config_id": 0, "model": "m", "criterion": "x", "cost": 0.5},
            {"config_id": 1, "model": "n", "criterion": "y", "anything": [1, {"nested": True}]},
        ],
        config_id=[1, 0, 0, 1, 0],
        item_id=["b", "c", "a", "a", "b"],
        p1=[0.2, 0.0, 0.1, 0.4, 0.0],
        p2=[0.2, 0.5, 0.3, 0.0, 0.0],
    )
    return RecordedBank.open(folder)


def test_is_a_judgment_source(bank: RecordedBank) -> None:
    assert isinstance(bank, JudgmentSource)
    assert bank.scale == Scale.ordinal(1, 2)


def test_probabilities_are_normalised_and_missing_is_said(bank: RecordedBank) -> None:
    judgments = bank.judge(bank.configurations[1], ITEMS)
    np.testing.assert_allclose(judgments.probabilities, [[1, 0], [0.5, 0.5], [np.nan, np.nan]])
    np.testing.assert_allclose(judgments.score, [1, 1.5, np.nan])
    assert judgments.reasons == (None, None, "missing")


def test_no_mass_on_the_scale_is_unscored(bank: RecordedBank) -> None:
    judgments = bank.judge(bank.configurations[0], ITEMS)
    np.testing.assert_allclose(judgments.score, [1.75, np.nan, 2.0])
    assert judgments.reasons == (None, "no_score", None)


def test_paid_the_first_time_replayed_later(bank: RecordedBank) -> None:
    first = bank.configurations[0]
    assert (bank.judge(first, ITEMS[:2]).paid, bank.judge(first, ITEMS).replayed) == (2, 2)
    assert bank.paid(first, ITEMS) == [True, True, True]
    assert bank.paid(bank.configurations[1], ITEMS) == [False, False, False]
    assert bank.judge(bank.configurations[1], [Item(item_id="unknown")]).paid == 0


def test_a_verdict_asked_for_twice_in_one_call_is_paid_once(bank: RecordedBank) -> None:
    judgments = bank.judge(bank.configurations[0], [ITEMS[0], ITEMS[0]])
    assert (judgments.paid, judgments.replayed) == (1, 1)


def test_attributes_become_parameters(bank: RecordedBank) -> None:
    assert [configuration.parameters["config_id"] for configuration in bank.select(criterion="y")] == [1]
    assert bank.configurations[1].parameters["anything"] == [1, {"nested": True}]
    assert [bank.price(configuration) for configuration in bank.configurations] == [0.5, None]


def test_unknown_configuration(bank: RecordedBank) -> None:
    with pytest.raises(DataError, match=r"configs.jsonl: configuration .* is not in the bank"):
        bank.judge(Configuration(parameters={"model": "z"}), ITEMS)


def test_scores_instead_of_probabilities(tmp_path: Path) -> None:
    folder = _write(
        tmp_path, [{"config_id": "k"}], config_id=["k"] * 3, item_id=["a", "b", "c"], score=[1.0, 9.0, None]
    )
    judgments = RecordedBank.open(folder, scale=Scale.ordinal(1, 5)).judge(
        RecordedBank.open(folder).configurations[0], ITEMS
    )
    np.testing.assert_allclose(judgments.score, [1, np.nan, np.nan])
    assert judgments.reasons == (None, "off_scale", "no_score")
    assert np.isnan(judgments.probabilities).all()


def test_a_recorded_score_between_two_points_is_a_score(tmp_path: Path) -> None:
    folder = _write(
        tmp_path, [{"config_id": "k"}], config_id=["k"] * 3, item_id=["a", "b", "c"], score=[3.25, 5.5, 1.0]
    )
    bank = RecordedBank.open(folder, scale=Scale.ordinal(1, 5))
    judgments = bank.judge(bank.configurations[0], ITEMS)
    np.testing.assert_allclose(judgments.score, [3.25, np.nan, 1])
    assert judgments.reasons == (None, "off_scale", None)
    named = RecordedBank.open(folder, scale=Scale.nominal(["a", "b"]))  # labels have nothing between them
    assert named.judge(named.configurations[0], ITEMS).reasons == ("off_scale", "off_scale", None)


def test_scores_of_another_scale_than_the_ratings_are_refused(tmp_path: Path) -> None:
    folder = _write(tmp_path, [{"config_id": "k"}], config_id=["k"] * 2, item_id=["a", "b"], score=[70.0, 85.0])
    with pytest.raises(DataError, match=r"scores.parquet: none of 2 recorded scores is on the scale of the ratings"):
        RecordedBank.open(folder, scale=Scale.ordinal(1, 5))


def test_export_then_open_gives_the_same_verdicts(bank: RecordedBank, tmp_path: Path) -> None:
    copy = RecordedBank.open(export_bank(tmp_path / "copy", bank, bank.configurations, ITEMS))
    for before, after in zip(bank.configurations, copy.configurations, strict=True):
        assert dict(before.parameters) == dict(after.parameters)
        np.testing.assert_allclose(bank.judge(before, ITEMS).score, copy.judge(after, ITEMS).score, atol=1e-6)


@pytest.mark.parametrize(
    ("configs", "match"),
    [
        ('{"config_id": 0}\n{"config_id": 0}\n', r"configs.jsonl:2: config_id 0 again \(first on line 1\)"),
        ('{"config_id": 0}\nnonsense\n', r"configs.jsonl:2: not JSON"),
        ('{"model": "m"}\n', r"configs.jsonl:1: no config_id"),
        ("", r"configs.jsonl: no configuration"),
    ],
)
def test_bad_configurations_name_the_line(tmp_path: Path, configs: str, match: str) -> None:
    folder = _write(tmp_path, configs, config_id=[0], item_id=["a"], score=[1.0])
    with pytest.raises(DataError, match=match):
        RecordedBank.open(folder)


@pytest.mark.parametrize(
    ("columns", "match"),
    [
        ({"config_id": [0, 7], "item_id": ["a", "a"], "score": [1.0, 1.0]}, r"scores.parquet:2: config_id 7 is not in"),
        ({"config_id": [0, 0], "item_id": ["a", "a"], "score": [1.0, 1.0]}, r"scores.parquet:2: item 'a' has two"),
        ({"config_id": [0], "item_id": ["a"]}, r"scores.parquet: no column score"),
        ({"config_id": [0], "item_id": ["a"], "p1": [0.5], "p3": [0.5]}, r"scores.parquet: columns p1, p3"),
        ({"config_id": [0], "item_id": ["a"], "p1": [0.9], "p2": [0.9]}, r"scores.parquet:1: probabilities 0.9, 0.9"),
        ({"config_id": [0], "item_id": ["a"], "p1": [-2.3], "p2": [-0.1]}, r"scores.parquet:1: .*not log-prob"),
    ],
)
def test_bad_scores_name_the_row(tmp_path: Path, columns: dict[str, list[object]], match: str) -> None:
    folder = _write(tmp_path, [{"config_id": 0}], **columns)
    with pytest.raises(DataError, match=match):
        RecordedBank.open(folder)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"configs.jsonl: no such file"):
        RecordedBank.open(tmp_path)
    (tmp_path / "configs.jsonl").write_text('{"config_id": 0}\n')
    with pytest.raises(DataError, match=r"scores.parquet: no such file"):
        RecordedBank.open(tmp_path)
    (tmp_path / "scores.parquet").write_text("nonsense")
    with pytest.raises(DataError, match=r"scores.parquet: not Parquet"):
        RecordedBank.open(tmp_path)


def test_scale_must_fit_the_columns(bank: RecordedBank) -> None:
    with pytest.raises(DataError, match="2 probability columns for a scale of 5 points"):
        RecordedBank.open(bank.path, scale=Scale.ordinal(1, 5))


@pytest.mark.shared_data
def test_the_recorded_bank_opens(shared_data: Path) -> None:
    bank = RecordedBank.open(shared_data / "basse-es" / "bank")
    assert len(bank.configurations) == 408
    assert len(bank.select(criterion="Relevance")) == 24
    judgments = bank.judge(bank.configurations[0], [Item(item_id="00/human-ann1")])
    raw = np.array([0.1219, 0.0838, 0.1219, 0.1382, 0.1382])  # the file's first row
    np.testing.assert_allclose(judgments.probabilities[0], raw / raw.sum(), rtol=1e-5)
