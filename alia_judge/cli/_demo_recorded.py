"""The demo's first part: real people and real models, recorded; no model is asked, and nothing leaves the machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alia_judge._messages import _
from alia_judge.cli._console import console
from alia_judge.cli._search_display import search_display

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from alia_judge.benchmark import Benchmark, RatingsAudit
    from alia_judge.compiling.compiler import CompiledJudge
    from alia_judge.evaluation.result import EvaluationResult
    from alia_judge.models.bank import RecordedBank
    from alia_judge.ratings import Ratings

__all__ = ["Recorded", "recorded_part"]

_CRITERION = "Relevance"
_FILES = ("ratings.csv.gz", "configs.jsonl", "scores.parquet", "README.md")
_CALLS = 1500


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What the first part found, and the pages it made."""

    audit: RatingsAudit
    tuned: CompiledJudge
    evaluation: EvaluationResult
    pages: dict[str, Path]


def recorded_part(out: Path, begin: Callable[[str], None], say: Console, *, seed: int) -> Recorded:
    """Audit HANNA's ratings, search its recorded judges on half of the prompts, evaluate on the other half.

    Parameters
    ----------
    out
        Folder for the pages; the data are written out beside them, in ``hanna``.
    begin
        Told what a step is about to do.
    say
        Where it is told.
    seed
        Makes every figure repeatable.
    """
    from alia_judge.benchmark import audit_ratings, build_benchmark
    from alia_judge.compiling.budget import Budget
    from alia_judge.compiling.compiler import compile_judge
    from alia_judge.models.bank import RecordedBank
    from alia_judge.reporting import audit_page, evaluation_page, write_page

    folder = _written_out(out / "hanna")
    ratings = _ratings(folder)
    begin(_("Can these ratings be trusted?"))
    audit = audit_ratings(ratings, _CRITERION, seed=seed)
    pages = {_("what people agree on"): write_page(audit_page(audit, ratings), out / "audit.html")}
    _tell_audit(audit, say)

    benchmark = build_benchmark(ratings, criterion=_CRITERION, splits=(0.3, 0.2, 0.5), audit=audit, seed=seed)
    bank = RecordedBank.open(folder, scale=benchmark.scale)
    items, judges = len(benchmark.train) + len(benchmark.dev), len(bank.configurations)
    begin(
        _(
            "Search {judges} judges within {calls:,} of {items:,} calls",
            judges=judges,
            calls=_CALLS,
            items=items * judges,
        )
    )
    say.print(
        _(
            "A judge here is one of {models} models with one of {prompts} prompts. The search sees "
            "{items} stories, half of the set. To ask every judge about each of them would be "
            "{judges} x {items} = {all:,} calls; it may spend {calls:,}.",
            models=_several(bank, "model"),
            prompts=_several(bank, "rubric_style"),
            items=items,
            judges=judges,
            all=items * judges,
            calls=_CALLS,
        ),
        markup=False,
    )
    with search_display(console(), objective=_("Spearman correlation")) as progress:
        tuned = compile_judge(
            train=benchmark.train,
            dev=benchmark.dev,
            source=bank,
            budget=Budget(calls=_CALLS),
            storage=f"sqlite:///{folder / 'study.db'}",
            seed=seed,
            progress=progress,
        )
    say.print(
        _("{paid:,} calls were spent in {trials} trials.", paid=tuned.result.paid, trials=tuned.result.trials),
        markup=False,
    )

    begin(_("What that reaches on the prompts that were held out"))
    evaluation = _evaluated(tuned, benchmark, seed=seed)
    _tell_evaluation(evaluation, say)
    page = evaluation_page(evaluation, compiled=tuned.result, title=_("HANNA: recorded judges beside people"))
    pages[_("how good the judges are")] = write_page(page, out / "report.html")
    return Recorded(audit=audit, tuned=tuned, evaluation=evaluation, pages=pages)


def _written_out(folder: Path) -> Path:
    """The bundled files as files that every command reads."""
    folder.mkdir(parents=True, exist_ok=True)
    bundled = resources.files("alia_judge").joinpath("data", "hanna")
    for name in _FILES:
        (folder / name).write_bytes(bundled.joinpath(name).read_bytes())
    return folder


def _ratings(folder: Path) -> Ratings:
    from alia_judge.ratings import load_ratings
    from alia_judge.records import Scale

    ratings = load_ratings(folder / _FILES[0], scales={_CRITERION: Scale.ordinal(1, 5)})
    return replace(ratings, source="HANNA (Chhun et al., 2022 and 2024; numbers only, MIT)")


def _several(bank: RecordedBank, attribute: str) -> int:
    return len({configuration.parameters[attribute] for configuration in bank.configurations})


def _tell_audit(audit: RatingsAudit, say: Console) -> None:
    found = audit.criteria[_CRITERION]
    say.print(
        _(
            "{n_ratings:,} ratings of {n_items:,} stories, {n_annotators} people each. The "
            "agreement is Spearman's correlation: 1 is the same order, 0 is chance.",
            n_ratings=found.n_ratings,
            n_items=found.n_items,
            n_annotators=found.n_annotators,
        ),
        markup=False,
    )
    say.print(found.gate.reason, markup=False)
    if not found.gate.passed:
        say.print(
            _(
                "With your own ratings `alia-judge compile` would stop here (--no-gate goes on). The "
                "demo goes on: what can be had from ratings like these?"
            ),
            markup=False,
        )


def _evaluated(tuned: CompiledJudge, benchmark: Benchmark, *, seed: int) -> EvaluationResult:
    """The single judge, the deployed one and the stack without a bound on calls, on the held-out prompts."""
    from alia_judge.compiling.options import Deployment
    from alia_judge.evaluation import EvaluationOptions, evaluate_scores

    whole = tuned.redeploy(Deployment(calls="all"))
    items = benchmark.test.items
    bounded, unbounded = tuned.predict(items), whole.predict(items)
    scores = {
        _("the single judge (1 call)"): bounded.single,
        _(
            "at most 5 calls (takes {calls_per_item})", calls_per_item=tuned.deployed.stack.calls_per_item
        ): bounded.deployed,
        _(
            "the whole stack ({calls_per_item} calls)", calls_per_item=whole.deployed.stack.calls_per_item
        ): unbounded.deployed,
    }
    single = next(iter(scores))
    return evaluate_scores(
        benchmark.test,
        {name: dict(zip(bounded.item_ids, column.tolist(), strict=True)) for name, column in scores.items()},
        baseline=single,
        learnt=dict.fromkeys(scores, tuned.learnt),
        options=EvaluationOptions(seed=seed),
    )


def _tell_evaluation(evaluation: EvaluationResult, say: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    found = evaluation.criteria[_CRITERION]
    table = Table(title=_("Spearman correlation on {n_items} stories", n_items=found.n_items), title_justify="left")
    table.add_column(_("who"))
    table.add_column(_("with people [95% interval]"), no_wrap=True)
    rows: list[tuple[str, Any]] = [(_("one person, with the other two"), found.human["leave_one_out"])]
    rows += [(name, judge.correlation["item"]["spearman"]) for name, judge in found.judges.items()]
    rows.append((_("the ceiling: nobody can do better"), found.human["ceiling"]))
    for name, estimate in rows:
        table.add_row(Text(name), str(estimate))
    say.print(table)
    for name, judge in found.judges.items():
        for comparison in judge.comparisons:
            if comparison.baseline in found.judges:
                say.print(Text(f"{name}: {_(comparison.claim)}"))
