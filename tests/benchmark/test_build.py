"""`build_benchmark`: splits by group, consensus, fingerprint."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alia_judge.benchmark import audit_ratings, build_benchmark
from alia_judge.benchmark.doubts import split_doubts
from alia_judge.errors import DataError, UsageError
from alia_judge.ratings import Ratings, load_ratings
from alia_judge.records import Scale


def simulated(n_groups: int = 20, per_group: int = 6, seed: int = 3) -> pd.DataFrame:
    """Three raters of `n_groups` conversations in two languages by two systems; quality differs by item."""
    rng = np.random.default_rng(seed)
    rows = []
    for group in range(n_groups):
        for place in range(per_group):
            quality = rng.normal(3, 1)
            for rater in ("ana", "jon", "eva"):
                value = int(np.clip(round(quality + rng.normal(0, 0.5)), 1, 5))
                rows.append({
                    "item_id": f"{group:02d}-{place}", "annotator_id": rater, "criterion": "help", "value": value,
                    "response": f"answer {group} {place}", "group": f"g{group:02d}", "system": f"s{place % 2}",
                    "language": "es" if group % 3 else "eu", "conversation": f"c{group // 2}",
                })  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def ratings() -> Ratings:
    return load_ratings(simulated())


def test_splits_have_the_wanted_sizes_share_no_group_and_cover_all_items(ratings: Ratings) -> None:
    benchmark = build_benchmark(ratings, splits=(0.5, 0.25, 0.25))
    splits = (benchmark.train, benchmark.dev, benchmark.test)
    assert [len(split) for split in splits] == [60, 30, 30]
    groups = [set(split.groups.tolist()) for split in splits]
    assert sum(map(len, groups)) == len(set().union(*groups)) == 20
    assert set().union(*(split.item_ids for split in splits)) == set(ratings.matrix("help").item_ids)


def test_splits_are_alike_in_language_and_score(ratings: Ratings) -> None:
    benchmark = build_benchmark(ratings, splits=(0.5, 0.25, 0.25))
    shares = [np.mean([item.language == "eu" for item in split.items]) for split in (benchmark.train, benchmark.test)]
    assert abs(shares[0] - shares[1]) < 0.11
    assert abs(benchmark.train.target.mean() - benchmark.test.target.mean()) < 0.15


def test_the_same_seed_gives_the_same_split_and_another_seed_another(ratings: Ratings) -> None:
    assert build_benchmark(ratings, seed=1).fingerprint == build_benchmark(ratings, seed=1).fingerprint
    assert build_benchmark(ratings, seed=1).test.item_ids != build_benchmark(ratings, seed=2).test.item_ids


def test_the_fingerprint_follows_the_content_and_not_the_order_of_lines() -> None:
    frame = simulated()
    original = build_benchmark(load_ratings(frame)).fingerprint
    assert build_benchmark(load_ratings(frame.sample(frac=1, random_state=0))).fingerprint == original
    frame.loc[0, "value"] = 6 - frame.loc[0, "value"] if frame.loc[0, "value"] != 3 else 4
    assert build_benchmark(load_ratings(frame)).fingerprint != original


def test_the_target_is_the_mean_turned_round_on_a_reversed_scale(ratings: Ratings) -> None:
    plain = build_benchmark(ratings)
    values = plain.test.values
    np.testing.assert_allclose(plain.test.target, np.nanmean(values, axis=0))
    reversed_scale = {"help": Scale.ordinal(1, 5, reverse=True)}
    turned = build_benchmark(load_ratings(simulated(), scales=reversed_scale))
    assert turned.test.item_ids == plain.test.item_ids
    np.testing.assert_allclose(turned.test.target, 6 - plain.test.target)
    np.testing.assert_array_equal(turned.test.values, values)


def test_group_by_another_column_keeps_its_values_together(ratings: Ratings) -> None:
    benchmark = build_benchmark(ratings, group_by="system", splits=(0.5, 0.5, 0.0))
    assert set(benchmark.train.groups.tolist()) in ({"s0"}, {"s1"})
    assert len(benchmark.test) == 0
    with pytest.raises(UsageError, match="nothing named 'nothing' is known of the items; there are: "):
        build_benchmark(ratings, group_by="nothing")


def test_groups_that_share_nearly_the_same_response_stay_in_one_split() -> None:
    frame = simulated()
    text = "Su línea ya funciona y el cargo de la factura de mayo se le devuelve en tres días hábiles"
    copies = {f"{group:02d}-0": f"{text} {group}" for group in range(0, 20, 2)}
    frame["response"] = [copies.get(item, text) for item, text in zip(frame["item_id"], frame["response"], strict=True)]
    for seed in range(3):
        benchmark = build_benchmark(load_ratings(frame), seed=seed)
        assert len({benchmark.assignment[item] for item in copies}) == 1
        assert benchmark.provenance["groups_joined_by_near_duplicates"] == 9
    apart = build_benchmark(load_ratings(frame), keep_duplicates_together=False)
    assert len({apart.assignment[item] for item in copies}) > 1


def test_a_split_that_copies_forbid_says_so() -> None:
    frame = simulated()
    frame["response"] = "Su línea ya funciona y el cargo de la factura de mayo se le devuelve en tres días hábiles"
    ratings = load_ratings(frame)
    said = r"19 of 20 groups hold near-duplicates .* leaves " r"1 for 3 splits.*keep_duplicates_together=False"
    with pytest.raises(UsageError, match=said):
        build_benchmark(ratings)
    assert len(build_benchmark(ratings, keep_duplicates_together=False).test) > 0


def test_explicit_splits_leave_out_what_they_do_not_name(ratings: Ratings, tmp_path: Path) -> None:
    wanted = {"train": ["g00", "g01"], "dev": [], "test": ["g05"]}
    benchmark = build_benchmark(ratings, splits=wanted)
    assert (len(benchmark.train), len(benchmark.dev), len(benchmark.test)) == (12, 0, 6)
    assert benchmark.provenance["left_out_items"]["02-0"] == "its group is in no split"
    path = tmp_path / "SPLIT.json"
    path.write_text(json.dumps(wanted))
    assert build_benchmark(ratings, splits=path).fingerprint == benchmark.fingerprint
    path.write_text('{"training": ["g00"]}')
    with pytest.raises(DataError, match=r"SPLIT\.json: field 'training': a split named 'training'; expected"):
        build_benchmark(ratings, splits=path)


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ({"train": ["g00"], "test": ["g99"]}, "names group 'g99', which no item has; groups are like: g00"),
        ({"train": ["g00"], "test": ["g00"]}, "group 'g00' is in both 'train' and 'test'"),
        ({"training": ["g00"]}, "there is no split 'training'"),
        ((0.5, 0.2), "must be 3 shares that sum to 1"),
        ((0.5, 0.2, 0.5), "must be 3 shares that sum to 1"),
    ],
)
def test_splits_that_cannot_be(ratings: Ratings, splits: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        build_benchmark(ratings, splits=splits)  # type: ignore[arg-type]


def test_too_few_groups_for_the_splits() -> None:
    frame = simulated(n_groups=2)
    with pytest.raises(UsageError, match="3 splits need at least 3 groups, got 2"):
        build_benchmark(load_ratings(frame))


def test_items_and_annotators_left_out_are_named_with_the_reason() -> None:
    frame = simulated()
    frame = frame.drop(frame[(frame["item_id"] == "00-0") & (frame["annotator_id"] != "ana")].index)
    benchmark = build_benchmark(load_ratings(frame), min_ratings=2, exclude_annotators={"eva": "at chance"})
    assert benchmark.provenance["left_out_items"] == {"00-0": "1 ratings, fewer than 2"}
    assert benchmark.provenance["excluded_annotators"] == {"eva": "at chance"}
    assert benchmark.train.annotators == ("ana", "jon")
    with pytest.raises(UsageError, match="no item has 4 ratings on 'help'; the most any has is 3"):
        build_benchmark(load_ratings(frame), min_ratings=4)


def test_the_audit_goes_into_the_provenance_and_the_datasheet(ratings: Ratings, tmp_path: Path) -> None:
    audit = audit_ratings(ratings, n_resamples=50)
    benchmark = build_benchmark(ratings, audit=audit)
    kept = benchmark.provenance["audit"]
    assert kept["checks"]["AJ001"] == "clean"
    assert kept["checks"]["AJ015"] == "not applicable"
    assert kept["gate"]["passed"]
    card = (benchmark.freeze(tmp_path / "frozen") / "README.md").read_text()
    assert "## What was checked\n\nPeople agree with one another" in card
    assert f"{sum(status != 'not applicable' for status in kept['checks'].values())} of 24 checks applied" in card


def test_opening_the_test_split_is_written_down(ratings: Ratings) -> None:
    benchmark = build_benchmark(ratings)
    benchmark.train.look(by="compiler")
    assert benchmark.ledger.count == 0
    benchmark.open_test(by="judge ab12")
    benchmark.test.look(by="judge cd34")
    assert [look.by for look in benchmark.ledger.looks] == ["judge ab12", "judge cd34"]


def test_a_split_that_is_not_what_was_asked_for_says_so(ratings: Ratings, tmp_path: Path) -> None:
    assert split_doubts(build_benchmark(ratings)) == []
    canned = simulated()
    canned.loc[canned["group"] < "g14", "response"] = "Llame al teléfono de atención al cliente, por favor, y espere."
    small = build_benchmark(load_ratings(canned), splits=(1 / 3, 1 / 3, 1 / 3))
    few = [part for part in (small.dev, small.test) if len(part) < 20]
    said = split_doubts(small)
    assert [doubt.split(":")[0] for doubt in said] == [
        f"{one.name} has {len(one)} items where 40 were wanted" for one in few
    ]
    assert few
    assert "13 groups hold nearly the same responses" in said[0]
    assert "keep_duplicates_together=False lets them part" in said[0]
    small.freeze(tmp_path / "b")
    assert f"{few[0].name.title()} has {len(few[0])} items where 40 were wanted" in (
        tmp_path / "b" / "README.md"
    ).read_text("utf-8")
    one_large = simulated(n_groups=4).assign(group=lambda table: table["group"].where(table["group"] == "g03", "g00"))
    one_large.loc[one_large["item_id"] == "02-0", "group"] = "g02"
    assert "group by something smaller (group_by=)" in split_doubts(build_benchmark(load_ratings(one_large)))[0]


def test_a_test_that_people_rated_alike_says_so() -> None:
    ratings = load_ratings(simulated(n_groups=60, per_group=1))
    means = ratings.table.groupby("item_id", observed=True)["value"].mean()
    alike = {str(item).split("-")[0] for item in means.index if 2.6 <= means[item] <= 3.4}
    parts = {
        "test": [f"g{group}" for group in alike],
        "train": [f"g{n:02d}" for n in range(60) if f"{n:02d}" not in alike],
    }
    said = split_doubts(build_benchmark(ratings, splits=parts))
    assert [doubt.split(" (")[0] for doubt in said] == ["people's scores of help vary little in test"]
    # Labels have no spread, though their codes would.
    names = simulated(n_groups=60, per_group=1)
    names["value"] = names["value"].map(dict(enumerate(("rojo", "azul", "verde", "gris", "malva"), start=1)))
    names.loc[names["group"].isin(parts["test"]), "value"] = "gris"
    assert split_doubts(build_benchmark(load_ratings(names), splits=parts)) == []
