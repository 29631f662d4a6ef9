"""``alia-judge evaluate``: how good is a judge, compared with whom, and how sure is that?"""

from __future__ import annotations

import math
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from alia_judge._json import dumps, write_atomic
from alia_judge._messages import Message, _, message, numbers
from alia_judge.cli._benchmark import test_of
from alia_judge.cli._console import JsonOption, SeedOption, command_line, console, say, write_json
from alia_judge.cli._evaluations import read_result
from alia_judge.cli._flags import with_flags
from alia_judge.cli._next import suggest, without
from alia_judge.cli._options import (
    ApiBaseOption,
    ConcurrencyOption,
    ExcludeSystemOption,
    ModelOption,
    RatingsOptions,
    ReportOption,
    ask_at,
    is_benchmark,
)
from alia_judge.cli._plan import PlanOption, plan_calls, tell_plan
from alia_judge.cli._progress import run_progress
from alia_judge.cli._published import AllowModelOption, DigestOption, say_asked, verdicts_of
from alia_judge.cli._recorded import evaluate_configurations, evaluate_recorded
from alia_judge.cli._seen import SeenOption, seen_of
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from alia_judge.evaluation import EvaluationOptions, EvaluationResult
    from alia_judge.evaluation.result import CriterionEvaluation
    from alia_judge.learnt import Seen
    from alia_judge.ratings import Ratings
    from alia_judge.records import Item
    from alia_judge.reporting import Page
    from alia_judge.stats.estimate import Estimate

__all__ = ["evaluate", "print_evaluation"]


@with_flags(read=RatingsOptions)
def evaluate(
    *,
    ratings: Annotated[
        str, typer.Argument(metavar="RATINGS", help="Human ratings; or a frozen benchmark, whose test split counts.")
    ],
    scores: Annotated[
        Path | None, typer.Option("--scores", metavar="SCORES.csv", help="Scores of any judges: item_id,judge,score.")
    ] = None,
    artifact: Annotated[
        str | None, typer.Option("--artifact", metavar="DIR", help="A published judge to run on the benchmark's test.")
    ] = None,
    recorded: Annotated[
        Path | None,
        typer.Option("--recorded", metavar="BANK", help="The bank of --artifact's search, or of --configuration."),
    ] = None,
    configuration: Annotated[
        list[str] | None,
        typer.Option("--configuration", metavar="ID", help="One of the bank; may be repeated. All of a small bank."),
    ] = None,
    split: Annotated[
        Path | None, typer.Option("--split", metavar="SPLIT.json", help="That of --artifact's search, with --recorded.")
    ] = None,
    group_by: Annotated[
        str, typer.Option("--group-by", metavar="COLUMN", help="That of --artifact's search, with --recorded.")
    ] = "group",
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            metavar="DIR|NAME",
            help="The untuned judge or an earlier version: published, with --artifact; else by its name.",
        ),
    ] = None,
    criterion: Annotated[str | None, typer.Option("--criterion", metavar="C", help="Evaluate on one only.")] = None,
    alt_test_score: Annotated[
        str | None, typer.Option("--alt-test-score", metavar="accuracy|neg_rmse", help="By the scale unless given.")
    ] = None,
    epsilon: Annotated[float, typer.Option("--epsilon", help="The alt-test's bonus for the judge.")] = 0.2,
    alpha: Annotated[float, typer.Option("--alpha", help="Level of every test and claim.")] = 0.05,
    exclude_system: ExcludeSystemOption = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="COLUMN", help="Also by the values of a column.")
    ] = None,
    translations: Annotated[
        str | None, typer.Option("--translations", metavar="COLUMN", help="Translations of a response share its value.")
    ] = None,
    items: Annotated[
        Path | None,
        typer.Option("--items", metavar="FILE", help="All that was scored, where people rated a sample."),
    ] = None,
    n_resamples: Annotated[int, typer.Option("--resamples", metavar="N", help="Behind each interval.", min=1)] = 1000,
    report: ReportOption = None,
    brief: Annotated[
        Path | None, typer.Option("--brief", metavar="HTML", help="Also write one screen for whoever has to decide.")
    ] = None,
    summary: Annotated[
        Path | None, typer.Option("--summary", metavar="MD", help="Also write Markdown for a pull request.")
    ] = None,
    figures: Annotated[
        Path | None, typer.Option("--figures", metavar="DIR", help="Also write the report's plots as PNG.")
    ] = None,
    compiled: Annotated[
        Path | None, typer.Option("--compiled", metavar="JSON", help="What compile --json wrote, for the report.")
    ] = None,
    probes: Annotated[
        Path | None, typer.Option("--probes", metavar="JSON", help="What probe --json wrote, for the report.")
    ] = None,
    argilla: Annotated[
        Path | None, typer.Option("--argilla", metavar="JSON", help="Write disagreements worth a second look.")
    ] = None,
    label_studio: Annotated[
        Path | None, typer.Option("--label-studio", metavar="JSON", help="The same, as Label Studio's tasks.")
    ] = None,
    second_looks: Annotated[
        int, typer.Option("--second-look", metavar="N", help="How many disagreements those two hold.", min=1)
    ] = 50,
    judge: Annotated[
        str | None, typer.Option("--judge", metavar="J", help="Whose disagreements and screen, of several judges.")
    ] = None,
    seen: SeenOption = None,
    model: ModelOption = None,
    allow_model: AllowModelOption = None,
    digest: DigestOption = None,
    api_base: ApiBaseOption = None,
    store: Annotated[
        Path | None,
        typer.Option("--store", metavar="FILE", help="Verdicts already paid for; ARTIFACT.verdicts.sqlite by default."),
    ] = None,
    concurrency: ConcurrencyOption = None,
    plan: PlanOption = False,
    read: RatingsOptions,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Correlations with intervals, the human ceiling, the alt-test, and a judge that only counts words."""
    from alia_judge.evaluation import EvaluationOptions, evaluate_scores, read_scores, second_look

    ask_at(api_base)
    if (scores is None) == (artifact is None and recorded is None):
        raise UsageError(message("evaluate takes one of --scores SCORES.csv, --artifact DIR and --recorded BANK"))
    if recorded is None and (configuration or split is not None):
        raise UsageError(message("--configuration and --split are about a bank: give --recorded BANK, too"))
    options = EvaluationOptions(
        seed=seed,
        n_resamples=n_resamples,
        alpha=alpha,
        epsilon=epsilon,
        alt_test_score=_alt_test_score(alt_test_score),
        exclude_systems=tuple(exclude_system or ()),
        by=tuple(by or ()),
        translations=translations,
    )
    keep = seen_of(seen)
    more = None if items is None else _items(items, read.encoding)

    if recorded is not None and artifact is not None:
        if configuration or baseline is not None:
            raise UsageError(message("a recorded artifact is set beside its own best configuration: leave that out"))
        result, table = evaluate_recorded(
            ratings,
            artifact,
            recorded,
            read=partial(read.load, ratings),
            criterion=criterion,
            split=split,
            group_by=group_by,
            digest=digest,
            seen=keep,
            options=options,
        )
    elif recorded is not None:
        result, table = evaluate_configurations(
            ratings,
            recorded,
            configuration or (),
            read=partial(read.load, ratings),
            criterion=criterion,
            baseline=baseline,
            options=options,
        )
    elif artifact is not None:
        result, table = _run(
            ratings,
            artifact,
            criterion=criterion,
            baseline=baseline,
            model=model,
            allow_models=allow_model,
            digest=digest,
            store=store,
            concurrency=concurrency,
            seen=keep,
            options=options,
            plan=plan,
            json=json,
        )
    elif is_benchmark(ratings):
        from alia_judge.benchmark import Benchmark

        benchmark = Benchmark.load(ratings)
        given = read_scores(scores, scales={benchmark.criterion: benchmark.scale})
        table = benchmark.ratings
        result = evaluate_scores(
            test_of(benchmark, ratings),
            given,
            criterion=criterion,
            baseline=baseline,
            items=more,
            seen=keep,
            options=options,
        )
        benchmark.test.look(by=f"scores:{scores}", purpose="evaluate")
    else:
        table = read.load(ratings)
        wanted = table.criteria if criterion is None else (table.require(criterion),)
        given = read_scores(scores, scales={name: table.scales[name] for name in wanted})
        result = evaluate_scores(
            table, given, criterion=criterion, baseline=baseline, items=more, seen=keep, options=options
        )
    print_evaluation(result, say(json))
    unscored = [name for name in table.criteria if name not in result.criteria] if criterion is None else []
    if unscored:
        say(json).print(_("rated and scored by no judge: {names}", names=", ".join(unscored)), markup=False)
    if report is not None or figures is not None or summary is not None:
        page = _page(result, compiled=compiled, probes=probes)
        written = _write_report(page, result, report=report, figures=figures, summary=summary)
        say(json).print("\n".join(f"{_(what)}: {path}" for what, path in written), markup=False)
    if brief is not None:
        from alia_judge.reporting import brief_page, write_page

        write_page(brief_page(result, judge=judge, criterion=criterion), brief)
        say(json).print(_("one screen: {path}", path=brief), markup=False)
    if argilla is not None or label_studio is not None:
        look = second_look(result, judge, criterion, most=second_looks)
        for path, records in ((argilla, look.to_argilla(table)), (label_studio, look.to_label_studio(table))):
            if path is not None:
                write_atomic(path, dumps(records) + "\n")
    content = {**result.to_dict(), "unscored_criteria": unscored}
    write_json(json, content, schema=result.schema, signature=result.signature)
    kept = None if json in (None, "-") else json
    if artifact is not None and recorded is None and kept is not None:
        suggest("publish", artifact, "published", "--evaluation", kept)
    elif report is None or artifact is not None:
        to = ("--report", "report.html") if report is None else ("--json", "evaluation.json")
        suggest(*without(command_line.get(), "--json", "--report"), *to)
    else:
        ranked = scores is not None and all(found.scale.ordered for found in result.criteria.values())
        command = "leaderboard" if ranked else "validate"
        suggest(command, ratings, ("--scores", scores if ranked else None), ("--criterion", criterion), *read.words())


def _items(path: Path, encoding: str | None) -> list[Item]:
    from alia_judge.ratings.items import iter_items

    return list(iter_items(path, encoding=encoding))


def _page(result: EvaluationResult, *, compiled: Path | None, probes: Path | None) -> Page:
    from alia_judge.compiling.result import CompileResult
    from alia_judge.probes import ProbeReport
    from alia_judge.reporting import evaluation_page

    return evaluation_page(
        result,
        compiled=None if compiled is None else read_result(compiled, CompileResult, "compile"),
        probes=None if probes is None else read_result(probes, ProbeReport, "probe"),
        commands=[shlex.join(["alia-judge", *command_line.get()])],
    )


def _write_report(
    page: Page, result: EvaluationResult, *, report: Path | None, figures: Path | None, summary: Path | None
) -> list[tuple[str, Path]]:
    from alia_judge.reporting import evaluation_markdown, write_figures, write_page

    written: list[tuple[str, Path]] = []
    if report is not None:
        written.append((message("report"), write_page(page, report)))
    if figures is not None:
        written += [(message("figure"), path) for path in write_figures(page, figures)]
    if summary is not None:
        write_atomic(summary, evaluation_markdown(result))
        written.append((message("summary"), summary))
    return written


def _alt_test_score(text: str | None) -> Literal["accuracy", "neg_rmse"] | None:
    if text is None:
        return None
    if text == "accuracy":
        return "accuracy"
    if text == "neg_rmse":
        return "neg_rmse"
    raise UsageError(message("--alt-test-score takes accuracy or neg_rmse, got {text!r}", text=text))


def _run(
    ratings: str,
    artifact: str,
    *,
    criterion: str | None,
    baseline: str | None,
    model: str | None,
    allow_models: Sequence[str] | None,
    digest: str | None,
    store: Path | None,
    concurrency: int | None,
    seen: Seen,
    options: EvaluationOptions,
    plan: bool,
    json: str | None,
) -> tuple[EvaluationResult, Ratings]:
    """Run a published judge on the test split of a benchmark, or of each criterion's; the first's ratings beside."""
    from alia_judge.benchmark import Benchmark
    from alia_judge.benchmark.together import folders_in
    from alia_judge.evaluation import evaluate_judge
    from alia_judge.publishing import load_judge
    from alia_judge.runner import RunOptions, VerdictStore

    folders = [str(folder) for folder in folders_in(ratings)] or [ratings]
    if not is_benchmark(folders[0]):
        raise UsageError(
            message(
                "--artifact needs a frozen benchmark, whose test split is scored; {ratings} is none; "
                "make one with: alia-judge build; what was found in a bank needs --recorded BANK "
                "instead",
                ratings=ratings,
            )
        )
    benchmarks = [Benchmark.load(folder) for folder in folders]
    if criterion is not None:
        benchmarks = [one for one in benchmarks if one.criterion == criterion] or benchmarks
        benchmarks[0].ratings.require(criterion)
    tests = [test_of(one, ratings) for one in benchmarks]
    judge = load_judge(artifact, lm=model, allow_models=allow_models, digest=digest)
    untuned = None if baseline is None else load_judge(baseline, lm=model, allow_models=allow_models)
    if plan:
        asked = [one for one in (judge, untuned) if one is not None]
        each = sum(len(getattr(one, "members", (one,))) for one in asked)
        tell_plan(plan_calls(asked, tests[0].items, each * len(tests[0])), json)
        raise typer.Exit
    for where, one in ((artifact, judge), *(((baseline, untuned),) if baseline is not None else ())):
        say_asked(where, one)
    with VerdictStore(verdicts_of(artifact, store)) as verdicts, run_progress(console()) as progress:
        result = evaluate_judge(
            judge,
            tests,
            baseline=untuned,
            run_options=RunOptions(concurrency=concurrency),
            seen=seen,
            by_word=artifact.startswith("hf://"),
            store=verdicts,
            options=options,
            progress=progress,
        )
    return result, benchmarks[0].ratings


#: What people reach, as it is called.
_HUMAN = {"leave_one_out": message("leave one out"), "ceiling": message("ceiling")}


def print_evaluation(result: EvaluationResult, out: Console) -> None:
    """Print the headline figures of every judge, and what the figures support."""
    from rich.text import Text

    result = result.marked()
    for criterion, found in result.criteria.items():
        if found.scale.has_labels:
            out.print(_labels_table(criterion, found))
        else:
            table, missing = _grades_table(criterion, found)
            out.print(table)
            for line in missing:
                out.print(Text(line))
        for name, figure in found.human.items() if not found.scale.has_labels else ():
            out.print(Text(f"{_('people')}: {_(_HUMAN.get(name, name))} {_cell(figure)}"))
        for name, judge in found.judges.items():
            if judge.held_out is not None and not judge.held_out.marked:
                out.print(Text(f"{_called(name)}: {_(judge.held_out.sentence)}"))
            for claim in judge.claims:
                out.print(Text(f"{_called(name)}: {_(claim)}"))
    out.print(Text(_("signature {signature}", signature=result.signature), style="dim"))


def _grades_table(criterion: str, found: CriterionEvaluation) -> tuple[Table, list[str]]:
    """The table, and a line for each figure that no judge has: it would be a column of the same word."""
    from rich.table import Table
    from rich.text import Text

    judges = found.judges.values()
    columns: dict[str, list[Estimate]] = {
        _("item"): [judge.correlation["item"]["spearman"] for judge in judges],
        _("within group"): [judge.correlation["within_group"]["spearman"] for judge in judges],
        _("system"): [judge.correlation["system"]["spearman"] for judge in judges],
        _("of one person"): [judge.share_of_ceiling for judge in judges],
        _("beyond surface"): [judge.surface["partial_spearman"] for judge in judges],
    }
    shown = {
        heading: figures
        for heading, figures in columns.items()
        if heading == _("item") or any(math.isfinite(one.value) for one in figures)
    }
    title = _("{criterion}: {n} items, Spearman", criterion=criterion, n=found.n_items)
    table = Table(title=title, title_justify="left")
    for place, heading in enumerate((_("judge"), _("scored"), *shown)):
        table.add_column(heading, justify="right" if place else "left")
    for place, (name, judge) in enumerate(found.judges.items()):
        table.add_row(
            Text(_called(name)), f"{judge.coverage:.0%}", *(_cell(figures[place]) for figures in shown.values())
        )
    missing = {heading: figures[0].why for heading, figures in columns.items() if heading not in shown and figures}
    undefined = _("undefined")
    return table, [f"{heading}: {undefined}" + (f", {_(why)}" if why else "") for heading, why in missing.items()]


def _called(name: str) -> str:
    """A judge's name as it is; one that was given here, in the reader's language."""
    return _(name) if isinstance(name, Message) else name


def _labels_table(criterion: str, found: CriterionEvaluation) -> Table:
    from rich.table import Table
    from rich.text import Text

    title = _("{criterion}: {n} items, labels against people's", criterion=criterion, n=found.n_items)
    table = Table(title=title, title_justify="left")
    headings = (
        _("judge"),
        _("scored"),
        _("kappa"),
        _("accuracy"),
        _("largest class"),
        _("balanced accuracy"),
        _("macro F1"),
    )
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left")
    for name, judge in found.judges.items():
        labels = judge.labels
        if labels is None:
            continue
        table.add_row(
            Text(_called(name)),
            f"{judge.coverage:.0%}",
            _cell(labels.figures["kappa"]),
            _cell(labels.figures["accuracy"]),
            numbers(f"{labels.majority:.3f}"),
            _cell(labels.figures["balanced_accuracy"]),
            _cell(labels.figures["macro_f1"]),
        )
    return table


def _cell(estimate: object) -> str:
    text = str(estimate)
    return _("undefined") if text.startswith("undefined") else numbers(text)
