"""`run_probes`: change items or the judge, judge again, and say what the change did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge._version import __version__
from alia_judge.errors import UsageError
from alia_judge.probes.base import AnyProbe, Change, Expectation, JudgeProbe, Probe, Question
from alia_judge.probes.measuring import clusters, measured, unmeasured
from alia_judge.probes.registry import all_probes
from alia_judge.probes.report import UNRATED, ProbeReport, ProbeResult
from alia_judge.probes.scorer import JudgeScorer, Scorer
from alia_judge.probes.soundness import broken
from alia_judge.probes.variants import varied
from alia_judge.probes.yardstick import yardstick
from alia_judge.records import Item, Scale
from alia_judge.stats.multiple import holm

__all__ = ["run_probes"]

Floats = NDArray[np.float64]
#: Fewer changed items than this say nothing.
_FEWEST = 10


def run_probes(
    score: Scorer,
    items: Sequence[Item],
    scale: Scale,
    *,
    probes: Sequence[AnyProbe] | None = None,
    ratings: Mapping[str, float] | None = None,
    alpha: float = 0.05,
    level: float = 0.95,
    seed: int = 0,
) -> ProbeReport:
    """Judge items as they are and as each probe changes them.

    Parameters
    ----------
    score
        Scores of items, higher is better. `judge_scorer` makes it of a judge; with any other function, probes that
        change the judge itself are not applicable.
    items
        Real items, good and bad: a judge that calls everything bad cannot fall.
    scale
        Of the scores, for what counts as having moved.
    probes
        Which; None for `all_probes`. One that applies to fewer than ten items is "not applicable", not passed.
    ratings
        People's consensus by item, higher is better: the yardstick of the changes that ratings show.
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
        If there are fewer than ten items, or two probes have one name.

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
        raise UsageError(message("probes need at least {fewest} items, got {n}", fewest=_FEWEST, n=len(items)))
    chosen = all_probes() if probes is None else tuple(probes)
    twice = [name for name, count in Counter(probe.name for probe in chosen).items() if count > 1]
    if twice:
        raise UsageError(message("two probes have the name {twice!r}", twice=twice[0]))
    setting = _Setting(
        items=items,
        original=np.asarray(score(items), dtype=np.float64),
        score=score,
        scale=scale,
        ratings=ratings,
        alpha=alpha,
        level=level,
    )
    results = [_one(probe, dose, setting, seed) for probe in chosen for dose in probe.doses]
    known = [place for place, result in enumerate(results) if not np.isnan(result.p_value)]
    for place, p_value in zip(known, holm([results[place].p_value for place in known]), strict=True):
        results[place] = replace(results[place], p_value=float(p_value))
    signature = (
        f"probe|items:{len(items)}|probes:{len(results)}|alpha:{alpha:g}|level:{level:g}|seed:{seed}|v:{__version__}"
    )
    return ProbeReport(results=tuple(results), signature=signature)


@dataclass(frozen=True, kw_only=True)
class _Setting:
    """What every probe is run on."""

    items: Sequence[Item]
    original: Floats
    score: Scorer
    scale: Scale
    ratings: Mapping[str, float] | None
    alpha: float
    level: float

    def scores(self, asked: Sequence[Item]) -> Floats:
        """Scores of items, those of the originals as they were given."""
        known = {id(item): value for item, value in zip(self.items, self.original, strict=True)}
        new = [item for item in asked if id(item) not in known]
        fresh = iter(self.score(new) if new else ())
        return np.array([known[id(item)] if id(item) in known else next(fresh) for item in asked], dtype=np.float64)


def _one(probe: AnyProbe, dose: float, setting: _Setting, seed: int) -> ProbeResult:
    # The same changes whatever other probes are run, and in whatever order.
    rng = np.random.default_rng([seed, *probe.name.encode(), round(dose * 1000)])
    if isinstance(probe, JudgeProbe):
        return _of_judge(probe, dose, setting, rng)
    return _of_items(probe, dose, setting, rng)


def _of_items(probe: Probe, dose: float, setting: _Setting, rng: np.random.Generator) -> ProbeResult:
    if probe.needs is not None:
        return _not_applicable(probe, dose, setting, 0, probe.needs)
    sound: list[Change] = []
    dropped: Counter[str] = Counter()
    for change in probe.perturb(setting.items, dose, rng):
        fault = None if change is None else broken(change, probe.keeps)
        if change is not None and fault is None:
            sound.append(change)
        elif fault is not None:
            dropped[fault] += 1
    if len(sound) < _FEWEST:
        why = message("{n} items can be changed so, fewer than {fewest}", n=len(sound), fewest=_FEWEST)
        return replace(_not_applicable(probe, dose, setting, len(sound), why), dropped=dict(dropped))
    if isinstance(setting.score, JudgeScorer):
        setting.score.changed(sound, setting.items)
    before = probe.expected(setting.scores([change.before for change in sound]))
    after = setting.scores([change.after for change in sound])
    result = _compared(probe, dose, setting, before, after, [change.before for change in sound])
    people = yardstick(probe.name, sound, setting.items, setting.ratings, level=setting.level)
    return replace(result, dropped=dict(dropped), yardstick=people)


def _of_judge(probe: JudgeProbe, dose: float, setting: _Setting, rng: np.random.Generator) -> ProbeResult:
    if not isinstance(setting.score, JudgeScorer):
        return _not_applicable(probe, dose, setting, 0, message("it changes the judge, and only its scores were given"))
    variant = varied(setting.score.judge, probe, dose, rng)
    if isinstance(variant, str):
        return _not_applicable(probe, dose, setting, 0, variant)
    after = setting.score.of(variant)(setting.items)
    return _compared(probe, dose, setting, setting.original, after, setting.items)


def _compared(
    probe: AnyProbe, dose: float, setting: _Setting, before: Floats, after: Floats, items: Sequence[Item]
) -> ProbeResult:
    both = np.isfinite(before) & np.isfinite(after)
    n = int(both.sum())
    if n < _FEWEST:
        return _not_applicable(
            probe, dose, setting, n, message("{n} items are scored both ways, fewer than {fewest}", n=n, fewest=_FEWEST)
        )
    groups = clusters([item for item, scored in zip(items, both, strict=True) if scored])
    spread = float(setting.original[np.isfinite(setting.original)].std())
    question: Question = probe.question if isinstance(probe, JudgeProbe) else "shift"
    figures, p_value = measured(
        before[both],
        after[both],
        groups,
        spread=spread,
        scale=setting.scale,
        level=setting.level,
        question=question,
    )
    return ProbeResult(
        probe=probe.name,
        expectation=_expectation(probe),
        dose=dose,
        n_items=n,
        p_value=p_value,
        question=question,
        alpha=setting.alpha,
        **figures,
    )


def _not_applicable(probe: AnyProbe, dose: float, setting: _Setting, n: int, why: str) -> ProbeResult:
    return ProbeResult(
        probe=probe.name,
        expectation=_expectation(probe),
        dose=dose,
        n_items=n,
        p_value=np.nan,
        alpha=setting.alpha,
        why=why,
        yardstick=replace(UNRATED, why=why),
        **unmeasured(n, why),
    )


def _expectation(probe: AnyProbe) -> Expectation:
    return "same" if isinstance(probe, JudgeProbe) else probe.expectation
