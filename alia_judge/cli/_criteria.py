"""``--kind criteria``: one judge of several criteria, from the options that are otherwise of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from alia_judge._messages import joined, message
from alia_judge.cli._benchmark import BuildOptions, build_options
from alia_judge.cli._options import gate
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from alia_judge.benchmark import CriteriaBenchmarks, RatingsAudit
    from alia_judge.cli._rubrics import ChosenRubrics
    from alia_judge.compiling.space.space import SearchSpace
    from alia_judge.judging.kinds import CriteriaJudge
    from alia_judge.ratings import Ratings
    from alia_judge.records import Item

__all__ = [
    "audited",
    "build_together",
    "gates",
    "named_criteria",
    "refuse_of_one",
    "searched_together",
    "together_rubrics",
]


def named_criteria(criterion: Sequence[str], kinds: Sequence[str], known: Sequence[str]) -> list[str]:
    """The criteria that one judge is to answer in one call; none where it is a judge of one.

    Raises
    ------
    UsageError
        If several are named for a judge of one, or too few for a judge of several.
    """
    if "criteria" not in kinds:
        if len(criterion) > 1:
            raise UsageError(
                message(
                    "a judge is of one criterion, got {criterion}; add --kind criteria for one judge "
                    "whose one call answers them all, or name one",
                    criterion=", ".join(criterion),
                )
            )
        return []
    if list(kinds) != ["criteria"]:
        raise UsageError(
            message("--kind criteria stands alone: what it asks is another question; leave the other --kind out")
        )
    names = list(criterion) or list(known)
    if len(names) < 2:
        raise UsageError(
            message(
                "--kind criteria is of two criteria or more, got {names}; repeat --criterion", names=", ".join(names)
            )
        )
    return names


def refuse_of_one(**given: Any) -> None:
    """Refuse options that go with one criterion a call.

    Raises
    ------
    UsageError
        If any was given.
    """
    if named := [f"--{name.replace('_', '-')}" for name, value in given.items() if value]:
        raise UsageError(
            message(
                "{named} goes with a judge of one criterion; leave it out of --kind criteria", named=", ".join(named)
            )
        )


def audited(tables: Mapping[str, Ratings], *, seed: int) -> dict[str, RatingsAudit]:
    """What the gate says of each criterion."""
    from alia_judge.benchmark import audit_ratings

    return {name: audit_ratings(table, name, checks=False, seed=seed) for name, table in tables.items()}


def gates(audits: Mapping[str, RatingsAudit], *, overridden: bool) -> dict[str, Any]:
    """What a result says of the gate: of one criterion its own, of several whether all pass, and each.

    Raises
    ------
    GateRefused
        If the ratings of one refuse and nobody overrides them.
    """
    each = {name: gate(audit.criteria[name].gate, name, overridden=overridden) for name, audit in audits.items()}
    if len(each) == 1:
        return next(iter(each.values()))
    refused = [one["reason"] for one in each.values() if not one["passed"]]
    reason = joined(refused or [one["reason"] for one in each.values()], "; ")
    return {"passed": not refused, "reason": reason, "criteria": each}


def build_together(
    ratings: Ratings, criteria: Sequence[str], options: BuildOptions, *, audit: RatingsAudit | None = None
) -> CriteriaBenchmarks:
    """The benchmarks of several criteria on one split."""
    from alia_judge.benchmark import CriteriaBenchmarks, build_benchmarks

    return CriteriaBenchmarks(build_benchmarks(ratings, criteria, audit=audit, **build_options(options)))


def together_rubrics(
    named: Sequence[str], criteria: Mapping[str, Any], items: Sequence[Item]
) -> dict[str, ChosenRubrics]:
    """The rubrics of each criterion, called as the ratings call it; `criteria` has their scales.

    ``--rubric C=R`` is of one criterion, ``--rubric none`` of all that have no other.

    Raises
    ------
    UsageError
        If a rubric is said for no criterion, or one has none and none is built in.
    """
    from alia_judge.cli._rubrics import choose_rubrics

    of: dict[str, list[str]] = {name: [] for name in criteria}
    for one in named:
        name, equals, rubric = one.partition("=")
        if one == "none":
            continue
        if not equals or name not in of:
            first = next(iter(criteria))
            raise UsageError(
                message(
                    "--rubric {one}: which of {criteria}? write --rubric '{first}={rubric}'",
                    one=one,
                    criteria=", ".join(criteria),
                    first=first,
                    rubric=rubric or one,
                )
            )
        of[name].append(rubric)
    fallback = ["none"] if "none" in named else []
    chosen = {name: choose_rubrics(of[name] or fallback, name, scale, items) for name, scale in criteria.items()}
    return {
        name: replace(one, rubrics=tuple(replace(rubric, criterion=name) for rubric in one.rubrics))
        for name, one in chosen.items()
    }


def searched_together(
    models: Sequence[str], chosen: Mapping[str, ChosenRubrics], benchmarks: CriteriaBenchmarks
) -> tuple[CriteriaJudge, SearchSpace]:
    """The judge to start from and the space around it."""
    from alia_judge.compiling.space.build import rubrics_together
    from alia_judge.compiling.space.space import SearchSpace
    from alia_judge.judging.kinds import CriteriaJudge
    from alia_judge.judging.rubrics.rubric import Rubric
    from alia_judge.models.resolve import resolve_lm

    sets = rubrics_together([one.rubrics for one in chosen.values()])
    whole = Rubric(criterion=benchmarks.criterion, scale=benchmarks.train.scale, language=sets[0][0].language)
    local = all(name == "embedded" or name.startswith("gguf:") for name in models)
    judge = CriteriaJudge(
        whole,
        sets[0],
        resolve_lm(models[0]),
        scales={one.criterion: one.scale for one in benchmarks.parts},
        layout="prefill" if local else "chat",
    )
    space = SearchSpace.around(judge, models=models if len(models) > 1 else ())
    return judge, replace(space, together=sets)
