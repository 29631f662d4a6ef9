"""A new check, probe, reader, readout, consensus model or statistic is one file: dropped into the folder, it is there.

Each file is written beside the library's own (a folder that is added to the package's path), found by the registry,
held to the conformance suite that `alia_judge.testing` ships, and used through the public functions.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alia_judge import Objective, testing
from alia_judge._registry import Registry
from alia_judge.benchmark.consensus import build_consensus
from alia_judge.benchmark.consensus.registry import consensus_models
from alia_judge.checks import all_checks, run_checks
from alia_judge.checks import registry as checks
from alia_judge.compiling.objective.statistics import all_statistics
from alia_judge.errors import UsageError
from alia_judge.judging.readouts import all_readouts, make_readout, readout_from_dict
from alia_judge.probes import Probe, all_probes, probes_named
from alia_judge.probes import registry as probes
from alia_judge.ratings import load_ratings
from alia_judge.ratings.readers import registry as readers
from alia_judge.records import Scale

CHECK = """
from alia_judge.checks.base import finding, result

class Shouting:
    code, name, severity, statistical = "X900", "shouting", "info", False
    looks_at = "Exclamation marks."
    meaning = "Somebody shouts."
    remedy = "Calm down."

    def run(self, data):
        loud = tuple(item.item_id for item in data.items if "!!" in item.response)
        return result(self, [finding(self, "loud", items=loud)] if loud else (), looked_at="items")

CHECKS = (Shouting(),)
"""
PROBE = """
from dataclasses import dataclass, replace
from alia_judge.probes.base import ItemProbe

@dataclass(frozen=True, kw_only=True)
class Capitals(ItemProbe):
    name: str = "capitals"
    expectation: str = "same"
    doses: tuple[float, ...] = (1,)
    changes: str = "The response is in capitals."

    def change(self, item, dose, rng, /):
        return replace(item, response=item.response.upper()) if item.response.upper() != item.response else None

PROBES = (Capitals(),)
"""
READER = """
from alia_judge.ratings.readers.base import RawRatings

class StarsReader:
    name, order = "stars", 5

    def sniff(self, source):
        peeked = source.peek()
        return bool(peeked) and "stars" in peeked[0] and "who" in peeked[0]

    def read(self, source, options):
        raw = RawRatings(value_field="stars")
        for line, row in source.records():
            raw.add(line=line or 1, item_id=row["what"], annotator_id=row["who"], criterion="stars",
                    value=len(row["stars"]))
        return raw

READERS = (StarsReader(),)
"""
READOUT = """
from dataclasses import dataclass, replace
from typing import ClassVar
import numpy as np
from alia_judge.judging.readouts.base import distributions, paired
from alia_judge.records import Scale

@dataclass(frozen=True, kw_only=True)
class Shifted:
    name: ClassVar[str] = "shifted"
    scale: Scale
    by: float = 0.0
    fitted_on: object = None

    def fit(self, judgments, target):
        both, fitted_on = paired(judgments, target, at_least=2)
        mean = self._mean(judgments)[both].mean()
        return replace(self, by=float(target[both].mean() - mean), fitted_on=fitted_on)

    def predict(self, judgments):
        return self._mean(judgments) + self.by

    def _mean(self, judgments):
        return distributions(judgments, self.scale) @ np.asarray(self.scale.points)

    def to_dict(self):
        return {"readout": self.name, "scale": self.scale.to_dict(), "by": self.by}

    @classmethod
    def from_dict(cls, data):
        return cls(scale=Scale.from_dict(data["scale"]), by=data["by"])

READOUTS = (Shifted,)
"""
MODEL = """
import numpy as np
from dataclasses import replace
from alia_judge.benchmark.consensus.simple import Mean

class Highest(Mean):
    name, order = "highest", 900

    def fit(self, observations):
        fitted = super().fit(observations)
        target = np.full(observations.n_items, np.nan)
        for item, value in zip(observations.item, observations.points[observations.code], strict=True):
            target[item] = np.nanmax([target[item], value])
        return replace(fitted, consensus=replace(fitted.consensus, method=self.name, target=target))

MODELS = (Highest(),)
"""
STATISTIC = """
import numpy as np
from alia_judge.compiling.objective.statistics.base import SetStatistic

def _closeness(scores, target):
    return -np.abs(scores - target.values).mean(axis=1)

STATISTICS = (
    SetStatistic(
        name="closeness",
        says="Less the mean absolute error.",
        rows=_closeness,
        bounds=(-np.inf, 0.0),
        chance=lambda target, rng: np.full((1, len(target)), np.median(target.values)),
        weighted=False,
    ),
)
"""


@pytest.fixture
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Put one file into the folder of a registry."""
    dropped: list[str] = []

    def put(registry: Registry[Any], name: str, code: str) -> None:
        package = importlib.import_module(registry._package)
        folder = tmp_path / registry._package
        folder.mkdir()
        (folder / f"{name}.py").write_text(code)
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
        monkeypatch.setattr(registry, "_own", None)
        importlib.invalidate_caches()
        dropped.append(f"{registry._package}.{name}")

    yield put
    for module in dropped:
        monkeypatch.delitem(__import__("sys").modules, module, raising=False)


def test_a_check_is_one_file(drop: Any) -> None:
    drop(checks._checks, "x900_shouting", CHECK)
    (check,) = (one for one in all_checks() if one.code == "X900")
    testing.check_conforms(check)
    ratings = load_ratings([{"item": "a", "score": 1, "response": "¡Hola!!"}, {"item": "b", "score": 2}])
    (outcome,) = run_checks(ratings, only=["X900"])
    assert outcome.findings[0].items == ("a",)


def test_a_probe_is_one_file(drop: Any) -> None:
    drop(probes._probes, "capitals", PROBE)
    (probe,) = probes_named(["capitals"])
    assert isinstance(probe, Probe)
    testing.probe_conforms(probe)
    assert "capitals" in [one.name for one in all_probes()]


def test_a_reader_is_one_file(drop: Any) -> None:
    drop(readers._readers, "stars", READER)
    rows = [{"what": f"i{n}", "who": who, "stars": "*" * (n % 5 + 1)} for n in range(6) for who in ("ana", "jon")]
    testing.reader_conforms(readers.reader_named("stars"), rows)
    ratings = load_ratings(rows)
    assert ratings.criteria == ("stars",)
    assert len(ratings) == 12


def test_a_readout_is_one_file(drop: Any) -> None:
    drop(all_readouts, "shifted", READOUT)
    testing.readout_conforms(all_readouts.named("shifted"))
    readout = make_readout("shifted", Scale.ordinal(1, 5))
    assert readout_from_dict(readout.to_dict()) == readout


def test_a_consensus_model_is_one_file(drop: Any) -> None:
    drop(consensus_models, "highest", MODEL)
    testing.consensus_model_conforms(consensus_models.named("highest"))
    values = np.array([[1.0, 4.0], [3.0, np.nan]])
    assert build_consensus(values, Scale.ordinal(1, 5), method="highest").target.tolist() == [3.0, 4.0]


def test_a_statistic_of_a_search_is_one_file(drop: Any) -> None:
    with pytest.raises(UsageError, match="objective must be one of"):
        Objective(statistic="closeness")
    drop(all_statistics, "closeness", STATISTIC)
    testing.statistic_conforms(all_statistics.named("closeness"))
    objective = Objective(statistic="closeness")
    assert objective.of.bounds == (-np.inf, 0.0)
    with pytest.raises(UsageError, match="closeness has no weighted form"):
        Objective(statistic="closeness", weighted=True)


@pytest.mark.parametrize("statistic", all_statistics().values(), ids=lambda one: one.name)
def test_every_statistic_of_the_library_conforms(statistic: Any) -> None:
    testing.statistic_conforms(statistic)


def test_a_suite_says_what_does_not_hold() -> None:
    from dataclasses import replace

    wrong = replace(all_statistics.named("spearman"), bounds=(0.9, 1.0))
    with pytest.raises(AssertionError, match="leave the bounds"):
        testing.statistic_conforms(wrong)
    with pytest.raises(AssertionError, match="not above the chance"):
        testing.statistic_conforms(replace(all_statistics.named("spearman"), chance=1.0))
