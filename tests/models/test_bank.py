from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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


MANY = [f"i{place:02d}" for place in range(20)]
MANY_ITEMS = [Item(item_id=item_id) for item_id in MANY]


def _scored_by(tmp_path: Path, configs: list[dict[str, Any]], scores: list[list[float]]) -> Path:
    """A bank of a score an item for each configuration."""
    return _write(
        tmp_path,
        configs,
        config_id=[one["config_id"] for one in configs for _ in MANY],
        item_id=MANY * len(configs),
        score=[float(score) for row in scores for score in row],
    )


@pytest.mark.parametrize("ratings", [Scale.ordinal(1, 5), Scale.continuous(-27, 0), Scale.ordinal(1, 5, reverse=True)])
def test_each_configuration_scores_on_its_own_scale(tmp_path: Path, ratings: Scale) -> None:
    share = np.linspace(0, 1, 20)  # from worst to best
    configs: list[dict[str, Any]] = [
        {"config_id": "percent"},
        {"config_id": "stars", "scale": "1-5"},
        {"config_id": "penalty", "scale": "9..0"},
        {"config_id": "theirs"},
    ]
    own = ratings.oriented(ratings.low + share * (ratings.high - ratings.low))
    scores = [100 * share, 1 + 4 * share, 9 * (1 - share), own]
    bank = RecordedBank.open(_scored_by(tmp_path, configs, [list(one) for one in scores]), scale=ratings)
    for configuration in bank.configurations:
        judgments = bank.judge(configuration, MANY_ITEMS)
        np.testing.assert_allclose(judgments.score, own, atol=1e-5)
    assert "of 4 configurations, 1 score off the ratings' scale" in bank.scales_said
    assert "1 on continuous 0 to 100" in bank.scales_said


def test_a_stated_scale_holds_and_one_that_is_none_is_refused(tmp_path: Path) -> None:
    scores = [[*([50.0] * 12), *([120.0] * 8)]]
    folder = _scored_by(tmp_path / "stated", [{"config_id": 0, "scale": "0-100"}], scores)
    bank = RecordedBank.open(folder, scale=Scale.ordinal(1, 5))
    assert bank.judge(bank.configurations[0], MANY_ITEMS).reasons == (None,) * 12 + ("off_scale",) * 8
    assert bank.scales_said == ""
    for stated in ("good", "cat,dog", 7):
        folder = _scored_by(tmp_path / str(stated), [{"config_id": 0, "scale": stated}], scores)
        with pytest.raises(DataError, match=r"configs.jsonl: the scale of configuration 0: .*'0-100'"):
            RecordedBank.open(folder, scale=Scale.ordinal(1, 5))


def test_a_slip_off_the_scale_is_no_scale_and_one_that_is_unusual_is_its_own_range(tmp_path: Path) -> None:
    slips = [3.0] * 16 + [9.0] * 4
    wide = [float(place * 30) for place in range(20)]
    folder = _scored_by(tmp_path, [{"config_id": 0}, {"config_id": 1}], [slips, wide])
    bank = RecordedBank.open(folder, scale=Scale.ordinal(1, 5))
    assert bank.judge(bank.configurations[0], MANY_ITEMS).reasons.count("off_scale") == 4
    np.testing.assert_allclose(bank.judge(bank.configurations[1], MANY_ITEMS).score, np.linspace(1, 5, 20))
    again = RecordedBank.open(export_bank(tmp_path / "copy", bank, bank.configurations[1:], MANY_ITEMS))
    np.testing.assert_allclose(again.judge(again.configurations[0], MANY_ITEMS).score, np.linspace(1, 5, 20), atol=1e-6)


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


@pytest.mark.parametrize("column", ["score", "label"])
@pytest.mark.parametrize(
    ("scale", "words", "values"),
    [
        (Scale.pairwise(), ["A", "tie", "B"], [-1, 0, 1]),
        (Scale.pairwise(), ["model_a", "Empate", "model_b"], [-1, 0, 1]),
        (Scale.pairwise(), ["respuesta 1", "berdin", "respuesta 2"], [-1, 0, 1]),
        (Scale.nominal(["queja", "alta", "baja"]), ["Baja", "queja", "alta"], [2, 0, 1]),
        (Scale.ordinal(1, 5), ["4", "1", "5"], [4, 1, 5]),
        (Scale.ordinal(1, 3, labels=["bad", "fair", "good"]), ["good", "bad", "Fair"], [3, 1, 2]),
        (Scale.binary(["no", "yes"]), ["yes", "no", "yes"], [1, 0, 1]),
    ],
)
def test_verdicts_in_words_are_points_of_the_scale(
    tmp_path: Path, column: str, scale: Scale, words: list[str], values: list[float]
) -> None:
    ids: dict[str, list[object]] = {"config_id": [0, 0, 0], "item_id": ["a", "b", "c"]}
    folder = _write(tmp_path / "bank", [{"config_id": 0}], **ids, **{column: list(words)})
    bank = RecordedBank.open(folder, scale=scale)
    np.testing.assert_allclose(bank.judge(bank.configurations[0], ITEMS).score, values)


def test_words_that_the_scale_does_not_have_are_unscored_and_refused_where_it_has_none(tmp_path: Path) -> None:
    ids: dict[str, list[object]] = {"config_id": [0, 0, 0], "item_id": ["a", "b", "c"]}
    folder = _write(tmp_path / "bank", [{"config_id": 0}], **ids, score=["B", "I cannot say", None])
    bank = RecordedBank.open(folder, scale=Scale.pairwise())
    judgments = bank.judge(bank.configurations[0], ITEMS)
    np.testing.assert_allclose(judgments.score, [1, np.nan, np.nan])
    assert judgments.reasons == (None, "off_scale", "no_score")
    with pytest.raises(DataError, match=r"no score is a word of the scale \(B, I cannot say\); .*queja, alta"):
        RecordedBank.open(folder, scale=Scale.nominal(["queja", "alta"]))
    with pytest.raises(DataError, match=r"score is words \(B, I cannot say\), and no scale says .* scale="):
        RecordedBank.open(folder)


def test_pairs_that_are_numbered_by_side_are_read_and_those_with_two_readings_refused(tmp_path: Path) -> None:
    ids: dict[str, list[object]] = {"config_id": [0] * 6, "item_id": list("abcdef")}
    sides = _write(tmp_path / "sides", [{"config_id": 0}], **ids, score=[1, 2, 2, 2, 2, 2])
    bank = RecordedBank.open(sides, scale=Scale.pairwise())
    np.testing.assert_allclose(bank.judge(bank.configurations[0], ITEMS).score, [-1, 1, 1])
    either = _write(tmp_path / "either", [{"config_id": 0}], **ids, score=[0, 1, 2, 2, 2, 2])
    with pytest.raises(DataError, match="0 may be a tie, or the first of the pair"):
        RecordedBank.open(either, scale=Scale.pairwise())


def test_two_probabilities_of_a_pair_are_its_sides_where_people_call_ties(tmp_path: Path) -> None:
    ids: dict[str, list[object]] = {"config_id": [0, 0], "item_id": ["a", "b"]}
    folder = _write(tmp_path / "bank", [{"config_id": 0}], **ids, p1=[0.75, 0.1], p2=[0.25, 0.9])
    bank = RecordedBank.open(folder, scale=Scale.pairwise())
    judgments = bank.judge(bank.configurations[0], ITEMS[:2])
    np.testing.assert_allclose(judgments.probabilities, [[0.75, 0, 0.25], [0.1, 0, 0.9]], rtol=1e-6)
    np.testing.assert_allclose(judgments.score, [-0.5, 0.8], rtol=1e-6)
