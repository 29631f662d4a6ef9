"""`hold_evaluation` and `hold_probes`: figures go with a judge only if they are of it, of its benchmark, and can be."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from alia_judge._messages import joined, message
from alia_judge.errors import UsageError
from alia_judge.judging.state import judge_digest
from alia_judge.stats.estimate import Estimate

if TYPE_CHECKING:
    from alia_judge.evaluation.result import CriterionEvaluation, EvaluationResult, JudgeEvaluation
    from alia_judge.probes import ProbeReport

__all__ = ["hold_evaluation", "hold_probes"]


def hold_evaluation(
    evaluation: EvaluationResult, state: Mapping[str, Any], *, benchmark: str | None, name: str
) -> None:
    """Refuse an evaluation that is not of this judge, or not of its benchmark, or says what cannot be.

    An evaluation that does not say of which judge it is (of scores, or by an earlier version) is taken at its author's
    word; whoever writes a file can write any figures that can be.

    Parameters
    ----------
    evaluation
        What `evaluate_judge` found.
    state
        The judge's.
    benchmark
        The fingerprint of the benchmark that it was made on; None where that is not known.
    name
        What the judge is called.

    Raises
    ------
    UsageError
        That says what does not fit.
    """
    remedy = message("evaluate this judge: alia-judge evaluate BENCHMARK --artifact DIR --json OUT")
    _hold_digest(
        evaluation.judge_digest, state, message("the evaluation is of another judge than {name}", name=name), remedy
    )
    if benchmark and evaluation.fingerprint and evaluation.fingerprint != benchmark:
        raise UsageError(
            message(
                "the evaluation is about benchmark {fingerprint}, not {benchmark}, on which {name} "
                "was made; evaluate the judge on the benchmark it is published for",
                fingerprint=evaluation.fingerprint[:12],
                benchmark=benchmark[:12],
                name=name,
            )
        )
    if not evaluation.criteria:
        raise UsageError(message("the evaluation has no criterion; expected one; {remedy}", remedy=remedy))
    for criterion, found in evaluation.criteria.items():
        if evaluation.subject is None and len(found.judges) != 1:
            raise UsageError(
                message(
                    "the evaluation is of {n} judges ({judges}) and does not say which is {name}; "
                    "expected one; {remedy}",
                    n=len(found.judges),
                    judges=", ".join(found.judges),
                    name=name,
                    remedy=remedy,
                )
            )
        if evaluation.subject is not None and evaluation.subject not in found.judges:
            raise UsageError(
                message(
                    "the evaluation is about {subject!r}, not among {judges}; {remedy}",
                    subject=evaluation.subject,
                    judges=", ".join(found.judges),
                    remedy=remedy,
                )
            )
        for wrong in _impossible(criterion, found):
            raise UsageError(
                message("the evaluation says what cannot be: {wrong}; {remedy}", wrong=wrong, remedy=remedy)
            )


def hold_probes(probes: ProbeReport, state: Mapping[str, Any], *, name: str) -> None:
    """Refuse a report of probes that is not of this judge, or says what cannot be.

    Raises
    ------
    UsageError
        That says what does not fit.
    """
    remedy = message("probe this judge: alia-judge probe DIR INPUT --json OUT")
    _hold_digest(probes.judge_digest, state, message("the probes are of another judge than {name}", name=name), remedy)
    for one in probes.results:
        for figure, estimate in vars(one).items():
            if isinstance(estimate, Estimate) and (wrong := _outside(estimate, -math.inf, math.inf)):
                raise UsageError(
                    message(
                        "the probes say what cannot be: {probe}.{figure} {wrong}; {remedy}",
                        probe=one.probe,
                        figure=figure,
                        wrong=wrong,
                        remedy=remedy,
                    )
                )


def _hold_digest(said: str | None, state: Mapping[str, Any], wrong: str, remedy: str) -> None:
    own = judge_digest(state)
    if said is not None and said != own:
        raise UsageError(
            message(
                "{wrong} (digest {said}, expected {own}); {remedy}",
                wrong=wrong,
                said=said[:12],
                own=own[:12],
                remedy=remedy,
            )
        )


def _impossible(criterion: str, found: CriterionEvaluation) -> Iterator[str]:
    for what, estimate in found.human.items():
        if wrong := _outside(estimate, -math.inf if "gap" in what else -1.0, 1.0):
            yield f"{criterion}: people's {what} {wrong}"
    for name, judge in found.judges.items():
        yield from (f"{name}, {criterion}: {wrong}" for wrong in _impossible_of(judge))


def _impossible_of(judge: JudgeEvaluation) -> Iterator[str]:
    whole = isinstance(judge.n_items, int) and isinstance(judge.n_asked, int)
    if not whole or not 0 <= judge.n_items <= judge.n_asked or judge.n_asked < 1:
        yield message("{n} items scored of {of}, a coverage outside 0 to 1", n=judge.n_items, of=judge.n_asked)
    for figure, estimate, low, high in _bounded(judge):
        if wrong := _outside(estimate, low, high):
            yield joined([figure, wrong])
    if judge.alt_test is not None and not 0.0 <= judge.alt_test.winning_rate <= 1.0:
        yield message("winning_rate {rate}, expected 0 to 1", rate=judge.alt_test.winning_rate)


def _bounded(judge: JudgeEvaluation) -> Iterator[tuple[str, Estimate, float, float]]:
    """Each figure with the bounds of what it can be."""
    others = {"surface": judge.surface, "within_system": judge.within_system, "wider": judge.wider}
    for level, estimates in {**judge.correlation, **others}.items():
        yield from ((f"{level}.{name}", estimate, -1.0, 1.0) for name, estimate in estimates.items())
    for name, estimate in judge.agreement.items():
        yield name, estimate, -math.inf, 1.0
    for name, estimate in judge.error.items():
        yield name, estimate, -math.inf if name == "bias" else 0.0, math.inf
    yield "share_of_ceiling", judge.share_of_ceiling, -math.inf, math.inf
    if judge.alt_test is not None:
        yield "advantage_probability", judge.alt_test.advantage, 0.0, 1.0


def _outside(estimate: Estimate, low: float, high: float) -> str | None:
    """What is wrong with a figure: no number, not finite, off its bounds, or its interval the wrong way round."""
    value = estimate.value
    if math.isnan(value):
        return None
    if not math.isfinite(value) or not low - 1e-9 <= value <= high + 1e-9:
        return message("{value:g}, expected a finite number from {low:g} to {high:g}", value=value, low=low, high=high)
    if math.isinf(estimate.low) or math.isinf(estimate.high) or estimate.low > estimate.high:
        return message(
            "{value:g} with an interval from {low:g} to {high:g}", value=value, low=estimate.low, high=estimate.high
        )
    return None
