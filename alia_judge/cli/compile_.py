"""``alia-judge compile``: search for the judge that agrees best with people, within a budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alia_judge._messages import _, message, numbers
from alia_judge.cli._benchmark import (
    BuildOptions,
    ConsensusOption,
    LetCopiesPartOption,
    LicenceOption,
    MinRatingsOption,
    build_from,
    frozen_beside,
    learning_ratings,
    refuse_build_options,
    tell_built,
)
from alia_judge.cli._console import JsonOption, SeedOption, command_line, console, say, write_json
from alia_judge.cli._criteria import (
    audited,
    build_together,
    gates,
    named_criteria,
    refuse_of_one,
    searched_together,
    together_rubrics,
)
from alia_judge.cli._flags import with_flags
from alia_judge.cli._gaps import tell_of_gaps
from alia_judge.cli._next import suggest, without
from alia_judge.cli._options import (
    ApiBaseOption,
    GroupByOption,
    NoGateOption,
    PriceOption,
    RatingsOptions,
    SplitOption,
    ask_at,
    bounds,
    costs,
    is_benchmark,
)
from alia_judge.cli._plan import PlanOption, plan_calls, tell_plan
from alia_judge.cli._predictions import most_requests, write_predictions
from alia_judge.cli._reading import refuse_unordered
from alia_judge.cli._rubrics import choose_rubrics
from alia_judge.cli._search_display import search_display
from alia_judge.cli._search_space import searched
from alia_judge.cli._targets import check_target, publish_found, will_write
from alia_judge.compiling.options import Deployment, Proposals, Resampling, SearchOptions
from alia_judge.errors import GateRefused, UsageError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from alia_judge.benchmark.audit import CriterionAudit
    from alia_judge.cli._rubrics import ChosenRubrics
    from alia_judge.compiling.compiler import CompiledJudge
    from alia_judge.compiling.constraints.constraint import Constraint
    from alia_judge.compiling.result import CompileResult
    from alia_judge.compiling.selection.pareto import ParetoFront
    from alia_judge.compiling.stack.cascade_point import CascadePoint
    from alia_judge.judging.judge import Judge
    from alia_judge.ratings import Ratings
    from alia_judge.stats.estimate import Estimate

__all__ = ["compile_", "print_compiled"]


@with_flags(
    read=RatingsOptions, options=SearchOptions, deployment=Deployment, resampling=Resampling, proposals=Proposals
)
def compile_(
    ratings: Annotated[
        str,
        typer.Argument(
            metavar="RATINGS|BENCHMARK", help="Human ratings, of which a benchmark is built; or one that is frozen."
        ),
    ],
    calls: Annotated[int, typer.Option("--calls", metavar="N", help="Most verdicts to pay for.", min=1)],
    *,
    criterion: Annotated[
        list[str] | None,
        typer.Option(
            "--criterion",
            metavar="C",
            help="What the judge is to judge; not needed where there is one; repeat it with --kind criteria.",
        ),
    ] = None,
    recorded: Annotated[
        Path | None, typer.Option("--recorded", metavar="BANK", help="A bank of recorded verdicts, instead of models.")
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="M", help="'embedded', 'gguf:FILE' or 'provider/model'; may be repeated."),
    ] = None,
    rubric: Annotated[
        list[str] | None,
        typer.Option(
            "--rubric",
            metavar="R",
            help="helpfulness, helpfulness:es, a file, or none; by default the built-in one for the criterion; may be "
            "repeated.",
        ),
    ] = None,
    rubric_language: Annotated[
        list[str] | None,
        typer.Option(
            "--rubric-language",
            metavar="own|item",
            help="item: also the rubrics as one that follows the item's language; may be repeated.",
        ),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="pointwise, checklist or analytic; may be repeated. Or criteria: one call for several criteria.",
        ),
    ] = None,
    sub_criterion: Annotated[
        list[Path] | None,
        typer.Option("--sub-criterion", metavar="FILE", help="A rubric that an analytic judge asks; may be repeated."),
    ] = None,
    points: Annotated[
        list[str] | None,
        typer.Option("--points", metavar="own|N", help="On how many points the model is asked; may be repeated."),
    ] = None,
    samples: Annotated[
        list[int] | None,
        typer.Option("--samples", metavar="N", help="How often an item is asked about, N calls; may be repeated."),
    ] = None,
    reasoning: Annotated[
        list[str] | None,
        typer.Option("--reasoning", metavar="WHEN", help="none, first or after the score; may be repeated."),
    ] = None,
    cost: Annotated[
        float | None, typer.Option("--cost", metavar="USD", help="Most dollars to spend, where calls have a price.")
    ] = None,
    price: PriceOption = None,
    api_base: ApiBaseOption = None,
    split: SplitOption = None,
    group_by: GroupByOption = "group",
    consensus: ConsensusOption = None,
    min_ratings: MinRatingsOption = 1,
    let_copies_part: LetCopiesPartOption = False,
    licence: LicenceOption = None,
    storage: Annotated[
        str | None,
        typer.Option("--storage", metavar="URL", help="Where the study is kept; by default a file named after it."),
    ] = None,
    study: Annotated[
        str | None,
        typer.Option("--study", metavar="NAME", help="Its name; by default from the whole question that is asked."),
    ] = None,
    objective: Annotated[
        str | None,
        typer.Option("--objective", metavar="STATISTIC", help="What is maximised: spearman; of labels kappa."),
    ] = None,
    max_cost_per_item: Annotated[
        float | None, typer.Option("--max-cost-per-item", metavar="USD", help="Most dollars an item, once deployed.")
    ] = None,
    max_latency: Annotated[
        float | None, typer.Option("--max-latency", metavar="S", help="Most seconds an item, once deployed.")
    ] = None,
    min_coverage: Annotated[
        float | None, typer.Option("--min-coverage", metavar="SHARE", help="Least share of items with a score.")
    ] = None,
    max_length_bias: Annotated[
        float | None,
        typer.Option("--max-length-bias", metavar="R", help="Most correlation with length beyond what people show."),
    ] = None,
    maximum: Annotated[
        list[str] | None,
        typer.Option("--max", metavar="FIGURE=BOUND", help="cost=.001, length_padding.effect=.1; may be repeated."),
    ] = None,
    minimum: Annotated[
        list[str] | None,
        typer.Option("--min", metavar="FIGURE=BOUND", help="coverage=.98, unsafe_advice.drop=.5; may be repeated."),
    ] = None,
    pareto: Annotated[
        list[str] | None,
        typer.Option(
            "--pareto",
            metavar="MEASURE",
            help="Further objective: cost, latency, coverage, length_bias, worst:COLUMN, a probe's figure; may be "
            "repeated.",
        ),
    ] = None,
    options: SearchOptions,
    deployment: Deployment,
    resampling: Resampling,
    proposals: Proposals,
    proposer: Annotated[
        str | None,
        typer.Option(
            "--proposer",
            metavar="M",
            help="A model that writes new rubrics, on the way and, where none is known, first.",
        ),
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option("--predictions", metavar="OUT.csv", help="Scores of every item, after the search.")
    ] = None,
    artifact: Annotated[
        Path | None, typer.Option("--artifact", metavar="DIR", help="Publish the deployed judge in this new folder.")
    ] = None,
    plan: PlanOption = False,
    no_gate: NoGateOption = False,
    read: RatingsOptions,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Search models, rubrics, demonstrations and readouts; the same command resumes an interrupted search."""
    from alia_judge.benchmark import Benchmark, CriteriaBenchmarks
    from alia_judge.benchmark.together import folders_in
    from alia_judge.compiling.budget import Budget
    from alia_judge.compiling.compiler import compile_judge
    from alia_judge.compiling.objective.objective import Objective
    from alia_judge.compiling.proposals.proposers import RubricProposer
    from alia_judge.models.bank import RecordedBank

    if (recorded is None) == (not model):
        raise UsageError(message("compile takes either --recorded BANK or --model M"))
    costs(price)
    ask_at(api_base, [*(model or ()), *(writer for writer in (proposer, options.steps) if writer is not None)])
    built = BuildOptions(
        group_by=group_by,
        split=split,
        consensus=consensus,
        min_ratings=min_ratings,
        let_copies_part=let_copies_part,
        licence=licence,
        seed=seed,
    )
    criteria, kinds = list(criterion or ()), list(kind or ())
    benchmark: Benchmark | CriteriaBenchmarks | None = None
    if folders := folders_in(ratings):
        several = named_criteria(criteria, kinds, [Benchmark.load(one).criterion for one in folders])
        if not several:
            raise UsageError(
                message(
                    "{ratings} holds a benchmark a criterion; name one of them ({folders}), or add --kind "
                    "criteria for one judge of all",
                    ratings=ratings,
                    folders=", ".join(map(str, folders)),
                )
            )
    if frozen := bool(folders) or is_benchmark(ratings):
        refuse_build_options(ratings, **read.given(), **built.said())
    if folders:
        benchmark = CriteriaBenchmarks.load(ratings, several)
        tables = {one.criterion: learning_ratings(one) for one in benchmark.parts}
    elif frozen:
        benchmark = Benchmark.load(ratings)
        if "criteria" in kinds:
            raise UsageError(
                message(
                    "{ratings} is a benchmark of {criterion} alone; --kind criteria takes ratings, or the "
                    "folder that build makes of several --criterion",
                    ratings=ratings,
                    criterion=benchmark.criterion,
                )
            )
        several = named_criteria(criteria, kinds, ())
        tables = {benchmark.ratings.require(criteria[0] if criteria else None): learning_ratings(benchmark)}
    else:
        table = read.load(ratings)
        several = named_criteria(criteria, kinds, table.criteria)
        names = [table.require(one) for one in several or criteria] or [table.require()]
        tables = dict.fromkeys(names, table)
        for one in names:
            refuse_unordered(table, one)
    name, table = next(iter(tables.items()))
    if several:
        refuse_of_one(
            recorded=recorded,
            proposer=proposer,
            steps=options.steps,
            points=points,
            samples=samples,
            reasoning=reasoning,
            rubric_language=rubric_language,
            sub_criterion=sub_criterion,
        )
    else:
        objective = Objective.of_ratings(objective, table.scales[name]).statistic
    audits = audited(tables, seed=seed)
    passed = gates(audits, overridden=no_gate)
    chosen: ChosenRubrics | None = None
    of_each: dict[str, ChosenRubrics] = {}
    if several:
        scales = {one: tables[one].scales[one] for one in tables}
        of_each = together_rubrics(rubric or (), scales, table.items())
    elif recorded is None:
        chosen = choose_rubrics(rubric or (), name, table.scales[name], table.items(), drafted=proposer is not None)
    bank = None if recorded is None else RecordedBank.open(recorded, scale=table.scales[name])
    if bank is not None and bank.scales_said:
        console().print(bank.scales_said, markup=False)
    will_write(predictions, None if json in (None, "-") else Path(json))
    out = say(json)
    if benchmark is None:
        benchmark = (
            build_together(table, list(tables), built, audit=audits[name])
            if several
            else build_from(table, name, built, audit=audits[name], bank=bank)
        )
    judge: Judge | None = None
    space = None
    if isinstance(benchmark, CriteriaBenchmarks):
        judge, space = searched_together(model or [], of_each, benchmark)
    elif chosen is not None:
        judge, space = searched(
            model or [],
            chosen=chosen,
            rubric_languages=rubric_language or (),
            kinds=kind or (),
            criteria=sub_criterion or (),
            points=points or (),
            samples=samples or (),
            reasonings=reasoning or (),
        )
    elif any((rubric, rubric_language, kind, sub_criterion, points, samples, reasoning)):
        raise UsageError(message("how to ask is a matter of models; recorded verdicts are as they were asked"))
    if plan:
        from alia_judge.compiling.space.summary import in_words

        if judge is None or space is None:
            raise UsageError(message("recorded verdicts are read and no model is asked: there is nothing to plan"))
        learnt_on = (*benchmark.train.items, *benchmark.dev.items)
        on_scale = judge if several else judge.on_scale(table.scales[name])
        candidates = [
            space.build(one, on_scale, benchmark.train) for one in space.configurations(benchmark.train, seed=seed)
        ]
        each = sum(len(getattr(one, "members", (one,))) for one in candidates)
        written = plan_calls(candidates, learnt_on, min(calls, each * len(learnt_on)))
        first: tuple[str, ...] = ()
        if chosen is not None and chosen.to_draft:
            first = (_(
"drafts: {n} rubrics by {proposer} first, in {n} to {got} calls, part of the {calls}; "
"they are what is tried then", n=proposals.n, proposer=proposer, got=2 * proposals.n, calls=calls),)  # fmt: skip
        space_said = () if first else (f"  {_(line)}" for line in in_words(space))
        tell_plan(written, json, further=(*_said(chosen, of_each), *first, *space_said))
        return
    folder: Path | None = Path(ratings) if frozen else frozen_beside(benchmark, storage)
    tell_built(benchmark, folder, out)
    if not passed["passed"]:
        out.print(_(passed["reason"]), markup=False)
    if artifact is not None:
        check_target(artifact, benchmark.fingerprint)
    if bank is not None:
        tell_of_gaps(bank, (*benchmark.train.items, *benchmark.dev.items), name)
    for line in _said(chosen, of_each):
        console().print(line, markup=False)
    maximised = objective or options.over
    ceiling = None if several else _ceiling(audits[name].criteria[name], maximised)
    statistic = objective or "spearman"
    with search_display(console(), objective=maximised, ceiling=ceiling) as progress:
        compiled = compile_judge(
            judge,
            train=benchmark.train,
            dev=benchmark.dev,
            space=space,
            budget=Budget(calls=calls, cost=cost),
            objective=objective,
            source=bank,
            options=replace(
                options,
                constraints=_constraints(
                    ("cost", max_cost_per_item, None),
                    ("latency", max_latency, None),
                    ("coverage", None, min_coverage),
                    ("length_bias", max_length_bias, None),
                    *((_measure(figure, statistic), bound, None) for figure, bound in bounds(maximum).items()),
                    *((_measure(figure, statistic), None, bound) for figure, bound in bounds(minimum).items()),
                ),
                pareto=[_measure(one, statistic) for one in pareto or ()],
            ),
            deployment=deployment,
            proposals=replace(
                proposals,
                proposer=None if proposer is None else RubricProposer(lm=proposer),
                drafts=proposals.n if chosen is not None and chosen.to_draft else 0,
                comments=_comments(table, name),
            ),
            resampling=resampling,
            storage=storage,
            study=study,
            seed=seed,
            progress=progress,
        )
    result = compiled.result.to_dict() | {
        "gate": passed,
        "benchmark": benchmark.fingerprint,
        "benchmark_folder": None if folder is None else str(folder),
    }
    result["split"] = {part.name: len(part) for part in (benchmark.train, benchmark.dev, benchmark.test)}
    print_compiled(compiled, out)
    if predictions is not None:
        at_most = most_requests(compiled, benchmark)
        out.print(_("scores of every item take at most {n} requests, beside the budget", n=at_most), markup=False)
        spent = write_predictions(compiled, benchmark, predictions, columns=table.columns)
        result["calls"]["predictions"] = spent["paid"]
        told = _("scores of every item: {file}; {n} requests", file=predictions, n=spent["paid"])
        out.print(told, markup=False, soft_wrap=True)
    if artifact is not None and not compiled.result.feasible and not no_gate:
        write_json(json, result, schema=compiled.result.schema, signature=compiled.result.signature)
        raise GateRefused(
            message("nothing is published: {why}; --no-gate publishes all the same", why=compiled.result.why)
        )
    if artifact is not None:
        where = publish_found(compiled, artifact, benchmark.fingerprint)
        out.print(_("published in {folder}", folder=where), markup=False, soft_wrap=True)
        result["artifact"] = str(where)
        if judge is not None:
            untuned = publish_found(judge, artifact.with_name(f"{artifact.name}.untuned"), benchmark.fingerprint)
            told = _("the untuned judge, for --baseline, in {folder}", folder=untuned)
            out.print(told, markup=False, soft_wrap=True)
    write_json(json, result, schema=compiled.result.schema, signature=compiled.result.signature)
    if artifact is None:
        suggest(*without(command_line.get(), "--json", "--artifact"), "--artifact", "judge")
    elif folder is None:
        suggest(
            "build",
            ratings,
            *(("--criterion", one) for one in tables),
            *read.words(),
            *built.words(),
            "--out",
            "benchmark",
        )
    else:
        baseline = None if judge is None else untuned
        suggest(
            "evaluate",
            folder,
            "--artifact",
            where,
            ("--baseline", baseline),
            ("--recorded", recorded),
            ("--api-base", api_base),
            "--json",
            "evaluation.json",
        )


def _said(chosen: ChosenRubrics | None, each: Mapping[str, ChosenRubrics]) -> list[str]:
    """Which rubrics are asked, a line a criterion."""
    if chosen is not None:
        return [_("rubric: {said}", said=chosen.said)]
    return [_("rubric of {name}: {said}", name=name, said=one.said) for name, one in each.items()]


def _comments(ratings: Ratings, criterion: str) -> dict[str, list[str]]:
    """What annotators wrote, by item."""
    if "comment" not in ratings.table:
        return {}
    rows = ratings.table[ratings.table["criterion"] == criterion].dropna(subset=["comment"])
    return {str(item): [str(one) for one in found] for item, found in rows.groupby("item_id")["comment"]}


def _ceiling(audit: CriterionAudit, objective: str) -> Estimate | None:
    """What people reach in what is maximised, where the audit says."""
    return audit.ceiling.get(objective)


def _constraints(*bounds: tuple[Any, float | None, float | None]) -> list[Constraint]:
    from alia_judge.compiling.constraints.constraint import Constraint

    return [
        Constraint(measure=measure, at_most=most, at_least=least)
        for measure, most, least in bounds
        if (most, least) != (None, None)
    ]


def _measure(name: str, statistic: str) -> Any:
    """A measure by its name, or a probe's figure; ``worst:language`` is the statistic in the worst language."""
    from typing import get_args

    from alia_judge.compiling.constraints.measures import MeasureName
    from alia_judge.compiling.objective.objective import Objective
    from alia_judge.probes import ProbeMeasure
    from alia_judge.probes.figures import FIGURE_ALIASES

    if name.startswith("worst:"):
        return Objective(statistic=statistic, slice_by=name.removeprefix("worst:"))
    if name in get_args(MeasureName):
        return name
    if "." not in name and name not in FIGURE_ALIASES:
        known = ", ".join((*get_args(MeasureName), "worst:COLUMN"))
        raise UsageError(
            message(
                "a measure is one of {known}, or a probe's figure such as length_padding.effect, got {name!r}",
                known=known,
                name=name,
            )
        )
    return ProbeMeasure(figure=name)


_STOPPED = {
    "budget": message("budget"),
    "gain": message("gain"),
    "exhausted": message("exhausted"),
}


def print_compiled(compiled: CompiledJudge, out: Console) -> None:
    """Print what the search found, and what a call more or less an item is worth."""
    from rich.table import Table
    from rich.text import Text

    from alia_judge.compiling.stack.shares import shares_of

    result = compiled.result
    title = _("{objective}, on held-out groups, corrected for the choice", objective=result.objective)
    table = Table(title=title, title_justify="left")
    for place, heading in enumerate((_("judge"), _("calls an item"), _("agreement"), _("what it is"))):
        table.add_column(heading, justify="right" if place == 1 else "left")
    single = result.single.to_dict()["calls_per_item"]
    table.add_row(_("single"), str(single), _(result.single.dev), Text(result.single.configuration.name))
    for name, figure in result.single.criteria.items():
        table.add_row(Text(f"  {name}"), "", _(figure), "")
    deployed = result.deployed
    members = "; ".join(member.name for member in deployed.stack.configurations[:3])
    more = len(deployed.stack.configurations) - 3
    what = f"{deployed.stack.name}: {members}{_(' and {n} more', n=more) if more > 0 else ''}"
    table.add_row(_("deployed"), deployed.takes, _(deployed.dev), Text(what))
    for name, figure in deployed.criteria.items():
        table.add_row(Text(f"  {name}"), "", _(figure), "")
    out.print(table)
    trade = "; ".join(numbers(f"{calls}: {estimate.value:.3f}") for calls, estimate in deployed.tradeoff.items())
    if trade:
        out.print(Text(_("by calls an item: {trade}", trade=trade)))
    if len(shares := shares_of(deployed.stack)) > 1:
        members = "; ".join(f"{name} {numbers(f'{share:.0%}')}" for name, share in shares)
        out.print(Text(_("deployed, by share of the weights: {members}", members=members)))
    if deployed.stack.rule:
        out.print(Text(_("the deployed judge reads its verdicts so: {rule}", rule=deployed.stack.rule)))
    if deployed.cascades:
        out.print(_cascade_table(deployed.cascades))
    if result.front is not None:
        out.print(_front_table(result.front))
    _print_constraints(result, out)
    if result.steps is not None:
        out.print(Text(_("steps: {why}", why=result.steps.why)))
    if result.proposals is not None and result.proposals.author is not None:
        out.print(Text(_("proposed rubrics: {why}", why=result.proposals.why)))
    out.print(Text(_(result.why)))
    out.print(
        Text(
            _(
                "{paid} of {budget} calls paid, {replayed} replayed, {trials} trials; stopped: {stopped}; study "
                "{study!r} in {storage}",
                paid=result.paid,
                budget=result.budget,
                replayed=result.replayed,
                trials=result.trials,
                stopped=_(_STOPPED.get(result.stopped, result.stopped)),
                study=result.study,
                storage=result.storage,
            )
        )
    )


def _cascade_table(points: Sequence[CascadePoint]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=_("cascades: what an item costs, how well they agree, what goes to people"), title_justify="left"
    )
    for heading in ("", *points[0].cells):
        table.add_column(_(heading))
    for point in points:
        cells = (Text(said if what in ("first", "then") else numbers(said)) for what, said in point.cells.items())
        table.add_row(_("deployed") if point.deployed else "", *cells)
    return table


def _front_table(front: ParetoFront) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=_("none of these is better than another in everything"), title_justify="left")
    table.add_column(_("pick"), justify="right")
    for name, direction in front.objectives.items():
        better = _("{name} (more is better)", name=name)
        table.add_column(better if direction == "maximize" else _("{name} (less is better)", name=name))
    table.add_column(_("judge"))
    for place, point in enumerate(front.points):
        table.add_row(str(place), *(_(point.figures[name]) for name in front.objectives), Text(point.name))
    return table


def _print_constraints(result: CompileResult, out: Console) -> None:
    from rich.text import Text

    report = result.constraints
    if report is None:
        return
    for name, findings in ((_("single"), report.single), (_("deployed"), report.deployed)):
        out.print(Text(f"{name}: " + "; ".join(_(one.told()) for one in findings)))
    if report.excluded:
        out.print(Text(_("{n} excluded by constraints, the first of them:", n=len(report.excluded))))
    for name, findings in list(report.excluded.items())[:5]:
        out.print(Text(f"  {name}: " + "; ".join(_(one.told()) for one in findings if not one.holds)))
