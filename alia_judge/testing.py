"""Conformance suites for what other packages add: checks, probes, readers, readouts, consensus models, statistics.

Each function raises `AssertionError` with what does not hold. Call the one for your kind in a test of your package.

Examples
--------
>>> from alia_judge.checks import all_checks
>>> for check in all_checks():
...     check_conforms(check)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge._json import dumps
from alia_judge.benchmark.consensus.base import ConsensusModel, Observations
from alia_judge.benchmark.split import Split
from alia_judge.checks import Check, CheckData, Finding
from alia_judge.compiling.objective.statistics.base import NeedsOther, SetStatistic
from alia_judge.compiling.objective.target import Target
from alia_judge.judging.readouts import Readout
from alia_judge.probes import Probe
from alia_judge.ratings import Ratings, load_ratings, load_sample
from alia_judge.ratings.readers.base import RawRatings, Reader, ReadOptions
from alia_judge.ratings.source import Source
from alia_judge.records import Item, Judgments, Scale

__all__ = [
    "check_conforms",
    "consensus_model_conforms",
    "probe_conforms",
    "reader_conforms",
    "readout_conforms",
    "statistic_conforms",
]

Floats = NDArray[np.float64]
_HOSTILE = "<script>alert(1)</script> {{ x }} \x00 ' \" \\ \u202e"
_SCALES: Mapping[str, Scale] = {
    "ordinal": Scale.ordinal(1, 5),
    "binary": Scale.binary(),
    "nominal": Scale.nominal(("a", "b", "c")),
    "continuous": Scale.continuous(0, 100),
}


def check_conforms(check: Check) -> None:
    """A data check describes itself, survives awkward ratings, gives the same twice, and says why it cannot look."""
    assert isinstance(check, Check), f"{check!r} lacks a part of the protocol Check"
    assert check.severity in ("error", "warning", "info"), f"severity {check.severity!r}"
    for name in ("looks_at", "meaning", "remedy"):
        text = getattr(check, name)
        assert text == text.strip(), f"{name} begins or ends with a space"
        assert text.endswith("."), f"{name} is one or more sentences, got {text!r}"
    for what, ratings in _awkward().items():
        first, again = (check.run(CheckData(ratings=ratings, criteria=ratings.criteria)) for _ in range(2))
        assert dumps(first) == dumps(again), f"{what}: the second look differs"
        assert first.code == check.code, f"{what}: the result has code {first.code!r}"
        assert (first.why is not None) == (first.status == "not applicable"), f"{what}: 'why' goes with not applicable"
        assert bool(first.findings) == (first.status == "found"), f"{what}: findings go with status 'found'"
        for finding in first.findings:
            assert Finding.from_dict(finding.to_dict()) == finding, f"{what}: a finding does not come back from JSON"


def probe_conforms(probe: Probe) -> None:
    """A probe of items changes the response or what the customer says, the same by the same seed; its doses ascend."""
    assert isinstance(probe, Probe), f"{probe!r} lacks a part of the protocol Probe"
    assert list(probe.doses) == sorted(probe.doses), f"doses must ascend, got {list(probe.doses)}"
    assert len(probe.doses), "a probe has one dose at least"
    assert probe.expectation in ("same", "lower"), f"expectation {probe.expectation!r}"
    assert probe.changes.strip().endswith("."), f"changes is one or two sentences, got {probe.changes!r}"
    items = load_sample().items()
    for dose in probe.doses:
        first, again = (probe.perturb(items, dose, np.random.default_rng(7)) for _ in range(2))
        assert first == again, f"dose {dose:g}: the same seed makes other changes"
        assert len(first) == len(items), f"dose {dose:g}: {len(first)} changes of {len(items)} items"
        for item, change in zip(items, first, strict=True):
            if change is not None:
                assert change.after.texts() != change.before.texts(), f"{item.item_id}: nothing is changed"
                for one in (change.before, change.after):
                    other = {name for name, text in one.texts().items() if item.texts().get(name) != text}
                    other = {name for name in other if not name.startswith(("response", "prompt", "turn "))}
                    assert not other, f"{item.item_id}: changes {sorted(other)}, too"


def reader_conforms(reader: Reader, source: Any, *, foreign: Any = None) -> RawRatings:
    """A reader knows its own files, leaves others alone, and gives columns of one length with where they stand.

    Parameters
    ----------
    reader
        The reader.
    source
        Something that it reads: a path or records.
    foreign
        Something that it does not; None for a table of single ratings.

    Returns
    -------
    RawRatings
        What it read.
    """
    assert isinstance(reader, Reader), f"{reader!r} lacks a part of the protocol Reader"
    other = foreign if foreign is not None else [{"item": "a", "rater": "x", "score": 3}]
    assert reader.sniff(Source(source)), f"{reader.name} does not know its own source"
    assert not reader.sniff(Source(other)), f"{reader.name} takes what is not its own"
    read = reader.read(Source(source), ReadOptions())
    lengths = {len(values) for values in read.ratings.values()}
    assert len(lengths) == 1, f"columns of ratings are of several lengths: {sorted(lengths)}"
    assert len({len(values) for values in read.items.values()}) <= 1, "columns of items are of several lengths"
    if read.lines is not None:
        assert len(read.lines) == lengths.pop(), "there is a line for each rating, or none at all"
    return read


def readout_conforms(readout: type[Any]) -> None:
    """A readout keeps what is unscored unscored, comes back from JSON, and scores an item by the fit alone."""
    scale = _SCALES["ordinal"]
    judgments, target = _judgments(scale)
    fitted: Readout = readout(scale=scale).fit(judgments, target)
    assert isinstance(fitted, Readout), f"{readout.__name__} lacks a part of the protocol Readout"
    scores = fitted.predict(judgments)
    assert scores.shape == target.shape, f"scores have shape {scores.shape}, targets {target.shape}"
    assert np.array_equal(np.isnan(scores), ~judgments.scored), "an item has a score if, and only if, it has a verdict"
    again = readout.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert np.array_equal(again.predict(judgments), scores, equal_nan=True), "it does not come back from JSON"
    alone = Judgments(
        item_ids=judgments.item_ids[1:2],
        probabilities=judgments.probabilities[1:2],
        score=judgments.score[1:2],
        reasons=judgments.reasons[1:2],
    )
    assert np.isclose(fitted.predict(alone)[0], scores[1]), "a score depends on which items are scored beside it"


def consensus_model_conforms(model: ConsensusModel) -> None:
    """A consensus model gives targets on the scale and probabilities that sum to 1, and survives poor data."""
    applied = {name: scale for name, scale in _SCALES.items() if model.applies(scale)}
    assert applied, f"{model.name} applies to no scale"
    for name, scale in applied.items():
        rng = np.random.default_rng(1)
        points = np.array(scale.points) if scale.points else rng.uniform(0, 100, 50)
        values = rng.choice(points, size=(4, 30))
        values[rng.random(values.shape) < 0.4] = np.nan
        values[:, 7] = np.nan
        for identified in (True, False):
            observations = Observations.of(values, scale, identified=identified)
            fitted = model.fit(observations)
            target, rated = fitted.consensus.target, ~np.isnan(values).all(axis=0)
            assert np.isnan(target[~rated]).all(), f"{name}: an item without ratings has a target"
            inside = (target[rated] >= scale.low) & (target[rated] <= scale.high)
            assert inside.all(), f"{name}: targets leave the scale"
            chance = fitted.predict(observations.annotator, observations.item)
            assert np.allclose(chance.sum(axis=1), 1.0, atol=1e-6), f"{name}: predictions are no probabilities"
            again = model.fit(observations).consensus.target
            assert np.array_equal(target, again, equal_nan=True), f"{name}: a second fit differs"
        one = model.fit(Observations.of(np.array([[scale.low]]), scale, identified=True)).consensus.target
        assert np.isfinite(one).all(), f"{name}: a single rating has no target"


def statistic_conforms(statistic: SetStatistic) -> None:
    """A statistic of a search stays in its bounds, judges each candidate by itself, and knows what the blind have."""
    rng = np.random.default_rng(3)
    n, scale = 40, _SCALES["ordinal"]
    values = rng.integers(1, 6, n).astype(np.float64)
    target = Target(
        values=values,
        groups=np.repeat(np.arange(10), 4).astype(str),
        scale=scale,
        ratings=np.clip(values + rng.integers(-1, 2, (3, n)), 1, 5) if statistic.ratings else None,
    )
    split = Split(
        name="train",
        criterion="c",
        scale=scale,
        items=tuple(Item(item_id=str(place), response="x") for place in range(n)),
        target=values,
        target_se=np.full(n, 0.3),
        values=np.clip(values + rng.integers(-1, 2, (3, n)), 1, 5),
        annotators=("a", "b", "c"),
    )
    try:
        statistic.needs(split)
    except NeedsOther as lacking:
        raise AssertionError(f"it needs {lacking}: this suite knows graded ratings of three people only") from None
    good = np.clip(values + rng.normal(0, 0.3, n), 1, 5)
    scores = np.stack([good, rng.permutation(good), rng.uniform(1, 5, n)])
    read = statistic.readings_of_scores(scores, target)
    found = statistic.rows(read, target)
    assert found.shape == (3,), f"rows give shape (m,), got {found.shape}"
    low, high = statistic.bounds
    assert ((found >= low - 1e-9) & (found <= high + 1e-9)).all(), f"{found} leave the bounds {statistic.bounds}"
    alone = np.concatenate([statistic.rows(row[None, :], target) for row in read])
    assert np.allclose(alone, found), "a candidate's figure depends on the others"
    chance: Any = statistic.chance
    if callable(chance):
        blind = statistic.readings_of_scores(chance(target, np.random.default_rng(0)), target)
        chance = float(np.nanmax(statistic.rows(blind, target)))
    assert found[0] > chance, f"a good judge has {found[0]:.3f}, which is not above the chance {chance:.3f}"
    assert found[0] > found[1], "a good judge is not better than the same scores in another order"


def _judgments(scale: Scale, n: int = 120) -> tuple[Judgments, Floats]:
    """Verdicts that agree with a target, some without probabilities and some without a score."""
    rng = np.random.default_rng(0)
    points = np.asarray(scale.points)
    target = rng.choice(points, n)
    logits = -((points[None, :] - target[:, None]) ** 2) / 2 + rng.normal(0, 1.5, (n, len(points)))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    score = points[probabilities.argmax(axis=1)].astype(np.float64)
    probabilities[::17] = np.nan
    score[::13], probabilities[::13] = np.nan, np.nan
    judgments = Judgments(
        item_ids=tuple(map(str, range(n))),
        probabilities=probabilities,
        score=score,
        reasons=tuple("refusal" if np.isnan(value) else None for value in score),
    )
    return judgments, target


def _awkward() -> dict[str, Ratings]:
    """Ratings that have nothing to compare, or too much of the same, or labels without an order."""
    same = [{"item": f"i{n}", "rater": who, "score": 3, "response": "sí"} for n in range(30) for who in "ab"]
    labels = [
        {"item": f"i{n}", "rater": who, "label": ("x", "y", "z")[(n * k) % 3]}
        for n in range(30)
        for k, who in enumerate("abc")
    ]
    hostile = [{"item": _HOSTILE + str(n), "rater": _HOSTILE, "score": n % 5, "response": _HOSTILE} for n in range(30)]
    return {
        "one rating": load_ratings([{"item": "a", "score": 3}]),
        "one value": load_ratings(same),
        "labels": load_ratings(labels),
        "anonymous": load_ratings([{"item": f"i{n // 3}", "score": n % 5 + 1} for n in range(90)]),
        "hostile text": load_ratings(hostile),
    }
