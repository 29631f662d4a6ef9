"""`run_probes`: change items, judge both, and say what the change did."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alia_judge._version import __version__
from alia_judge.errors import UsageError
from alia_judge.probes.added_text import AddedText
from alia_judge.probes.base import Probe, ProbeResult
from alia_judge.probes.dropped_negation import DroppedNegation
from alia_judge.probes.markdown_layout import Layout
from alia_judge.probes.other_answer import OtherAnswer
from alia_judge.probes.pair_order import PairOrder
from alia_judge.probes.truncation import Truncation
from alia_judge.probes.typos import Typos
from alia_judge.probes.wrong_numbers import WrongNumbers
from alia_judge.records import Item, Scale
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.multiple import holm

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge
    from alia_judge.runner import Progress, RunOptions, VerdictStore

__all__ = ["PROBES", "ProbeReport", "judge_scorer", "run_probes"]

Floats = NDArray[np.float64]
#: n items to shape (n,) scores, NaN is unscored.
Scorer = Callable[[Sequence[Item]], Floats]
#: Fewer changed items than this say nothing.
_FEWEST = 10

#: Every probe, in the order of the report: what must not matter, then what must.
PROBES: tuple[Probe, ...] = (
    AddedText(name="length_padding", kind="padding", where="after", doses=(1, 3)),
    Layout(),
    AddedText(name="assertive_tone", kind="assertive", where="before"),
    AddedText(name="hedged_tone", kind="hedged", where="before"),
    AddedText(name="claimed_authority", kind="authority", where="before"),
    AddedText(name="injected_instruction", kind="injection", where="after"),
    Typos(),
    PairOrder(),
    WrongNumbers(),
    DroppedNegation(),
    OtherAnswer(),
    AddedText(name="invented_policy", kind="invented_policy", where="after", expectation="lower"),
    AddedText(name="unsafe_advice", kind="unsafe", where="after", expectation="lower"),
    Truncation(),
)


@dataclass(frozen=True, kw_only=True)
class ProbeReport:
    """What every probe did to one judge.

    Parameters
    ----------
    results
        One for each probe and dose.
    signature
        The settings that change the figures, one line.
    """

    schema = "alia-judge/probe/1"

    results: tuple[ProbeResult, ...]
    signature: str
    version: str = __version__

    def of(self, probe: str, dose: float | None = None) -> ProbeResult:
        """The result of one probe, at one dose or its strongest.

        Raises
        ------
        KeyError
            If there is none.
        """
        found = [one for one in self.results if one.probe == probe and dose in (None, one.dose)]
        if not found:
            raise KeyError(f"no result of probe {probe!r} at dose {dose}")
        return found[-1]

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "schema": self.schema,
            "version": self.version,
            "signature": self.signature,
            "probes": [one.to_dict() for one in self.results],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ProbeReport:
        """The inverse of `to_dict`.

        Raises
        ------
        ValueError
            If the schema is another one.
        """
        if data.get("schema") != cls.schema:
            raise ValueError(f"expected schema {cls.schema!r}, got {data.get('schema')!r}")
        return cls(
            results=tuple(ProbeResult.from_dict(one) for one in data["probes"]),
            signature=data["signature"],
            version=data["version"],
        )


def judge_scorer(
    judge: Judge,
    *,
    store: VerdictStore | None = None,
    options: RunOptions | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Scorer:
    """A judge as what `run_probes` asks: its scores, higher is better; verdicts in the store are not paid again."""
    from alia_judge.runner import run

    def score(items: Sequence[Item]) -> Floats:
        verdicts = run(judge, items, store=store, options=options, progress=progress).verdicts
        raw = [np.nan if verdict.score is None else verdict.score for verdict in verdicts]
        return judge.scale.oriented(np.array(raw, dtype=np.float64))

    return score


def run_probes(
    score: Scorer,
    items: Sequence[Item],
    scale: Scale,
    *,
    probes: Sequence[Probe] = PROBES,
    alpha: float = 0.05,
    level: float = 0.95,
    seed: int = 0,
) -> ProbeReport:
    """Judge items as they are and as each probe changes them.

    Parameters
    ----------
    score
        Scores of items, higher is better; `judge_scorer` makes it of a judge.
    items
        Real items, good and bad: a judge that calls everything bad cannot fall.
    scale
        Of the scores, for what counts as having moved.
    probes
        Which; all by default. One that applies to fewer than ten items is "not applicable", not passed.
    alpha
        The level of a claim, after Holm's correction over all probes and doses.
    level
        Nominal coverage of the intervals: Student's t over items' paired changes, or over groups' where items have
        them.
    seed
        Of the changes drawn at random.

    Returns
    -------
    ProbeReport

    Raises
    ------
    UsageError
        If there are fewer than ten items.

    Examples
    --------
    >>> items = [
    ...     Item(item_id=str(n), prompt=f"q{n}", response=f"Son {n} euros. Gracias.", language="es") for n in range(40)
    ... ]
    >>> counts_words = lambda given: np.array([float(len(item.response.split())) for item in given])
    >>> report = run_probes(counts_words, items, Scale.continuous(0, 100))
    >>> report.of("length_padding").outcome, report.of("wrong_numbers", 1).outcome, report.of("pair_order").outcome
    ('moved', 'not shown to fall', 'not applicable')
    """
    if len(items) < _FEWEST:
        raise UsageError(f"probes need at least {_FEWEST} items, got {len(items)}")
    original = score(items)
    results = [
        _one(probe, dose, score, items, original, scale, alpha, level, seed) for probe in probes for dose in probe.doses
    ]
    known = [place for place, result in enumerate(results) if not np.isnan(result.p_value)]
    adjusted = holm([results[place].p_value for place in known])
    for place, p_value in zip(known, adjusted, strict=True):
        results[place] = replace(results[place], p_value=float(p_value))
    signature = (
        f"probe|items:{len(items)}|probes:{len(results)}|alpha:{alpha:g}|level:{level:g}|seed:{seed}|v:{__version__}"
    )
    return ProbeReport(results=tuple(results), signature=signature)


def _one(
    probe: Probe,
    dose: float,
    score: Scorer,
    items: Sequence[Item],
    original: Floats,
    scale: Scale,
    alpha: float,
    level: float,
    seed: int,
) -> ProbeResult:
    # The same changes whatever other probes are run, and in whatever order.
    rng = np.random.default_rng([seed, *probe.name.encode(), round(dose * 1000)])
    changed = probe.perturb(items, dose, rng)
    places = [place for place, item in enumerate(changed) if item is not None]
    judged = np.full(len(items), np.nan)
    if len(places) >= _FEWEST:
        judged[places] = score([item for item in changed if item is not None])
    shift = judged - probe.expected(original)
    both = np.isfinite(shift)
    blank = ProbeResult(
        probe=probe.name,
        expectation=probe.expectation,
        dose=dose,
        n_items=int(both.sum()),
        shift=Estimate(statistic="mean shift", value=np.nan, n=int(both.sum())),
        effect=np.nan,
        moved_share=np.nan,
        p_value=np.nan,
        alpha=alpha,
    )
    if both.sum() < _FEWEST:
        can = "can be changed so" if len(places) < _FEWEST else "are scored both ways"
        return replace(blank, why=f"{min(len(places), int(both.sum()))} items {can}, fewer than {_FEWEST}")
    groups = np.array([item.group or f"item:{item.item_id}" for item in items])[both]
    estimate, p_value = _paired(shift[both], groups, level)
    spread = float(original[np.isfinite(original)].std())
    return replace(
        blank,
        shift=estimate,
        effect=estimate.value / spread if spread > 0 else np.nan,
        moved_share=float((np.abs(shift[both]) >= _noticeable(scale)).mean()),
        p_value=p_value,
    )


def _paired(shift: Floats, groups: NDArray[np.str_], level: float) -> tuple[Estimate, float]:
    """Mean shift with its t interval over groups, and the p-value of none."""
    names, codes = np.unique(groups, return_inverse=True)
    mean, units = float(shift.mean()), names.size
    estimate = Estimate(statistic="mean shift", value=mean, n=shift.size)
    if units < 2:
        return estimate, np.nan
    totals = np.bincount(codes, weights=shift - mean)
    error = float(np.sqrt(units / (units - 1) * (totals**2).sum())) / shift.size
    half = float(special.stdtrit(units - 1, (1 + level) / 2)) * error
    clustered = units < shift.size
    method = f"t over {'groups' if clustered else 'items'}"
    estimate = estimate.with_interval(
        mean - half, mean + half, level=level, method=method, groups=units if clustered else None
    )
    # No spread at all: every item moved alike, which is certain, or none moved.
    p_value = float(2 * special.stdtr(units - 1, -abs(mean) / error)) if error > 0 else float(mean == 0)
    return estimate, p_value


def _noticeable(scale: Scale) -> float:
    if scale.kind == "continuous":
        return (scale.high - scale.low) / 20
    return float(np.diff(scale.points).min()) / 2
