"""``alia-judge leaderboard``: whose judge agrees best with people on a hidden test?"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alia_judge._json import write_atomic
from alia_judge._messages import _, message
from alia_judge.cli._benchmark import test_of
from alia_judge.cli._console import JsonOption, SeedOption, console, say, write_json
from alia_judge.cli._flags import with_flags
from alia_judge.cli._next import suggest
from alia_judge.cli._options import (
    ApiBaseOption,
    ExcludeSystemOption,
    ModelOption,
    RatingsOptions,
    ask_at,
    is_benchmark,
)
from alia_judge.cli._plan import PlanOption, plan_calls, tell_plan
from alia_judge.cli._progress import run_progress
from alia_judge.cli._published import AllowModelOption, judge_name, say_asked
from alia_judge.errors import DataError, Problem, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from alia_judge.benchmark import Split
    from alia_judge.evaluation import Leaderboard
    from alia_judge.judging.judge import Judge
    from alia_judge.records import Item, Scale
    from alia_judge.runner import Composite

__all__ = ["leaderboard"]

Judges = dict[str, Mapping[str, float]]


@with_flags(read=RatingsOptions)
def leaderboard(
    *,
    test: Annotated[
        str, typer.Argument(metavar="TEST", help="A frozen benchmark, whose test split counts; or human ratings.")
    ],
    scores: Annotated[
        list[Path] | None,
        typer.Option("--scores", metavar="SCORES.csv", help="A team's scores: item_id,judge,score; may be repeated."),
    ] = None,
    artifact: Annotated[
        list[str] | None,
        typer.Option("--artifact", metavar="DIR", help="A team's published judge, run on the test; may be repeated."),
    ] = None,
    recorded: Annotated[
        Path | None, typer.Option("--recorded", metavar="BANK", help="Every configuration of a recorded bank.")
    ] = None,
    check: Annotated[
        Path | None,
        typer.Option(
            "--check",
            metavar="TEAM.csv",
            help="Only say whether it could be ranked; no rating is read, no look.",
        ),
    ] = None,
    criterion: Annotated[str | None, typer.Option("--criterion", metavar="C", help="If there are several.")] = None,
    min_coverage: Annotated[
        float, typer.Option("--min-coverage", metavar="SHARE", help="Rank nobody who scored fewer of the items.")
    ] = 0.0,
    alpha: Annotated[float, typer.Option("--alpha", help="Chance of any false 'better' among all pairs.")] = 0.05,
    exclude_system: ExcludeSystemOption = None,
    n_resamples: Annotated[int, typer.Option("--resamples", metavar="N", help="Behind each interval.", min=2)] = 1000,
    report: Annotated[Path | None, typer.Option("--report", metavar="HTML", help="Also write a page.")] = None,
    markdown: Annotated[Path | None, typer.Option("--markdown", metavar="MD", help="Also write a table.")] = None,
    model: ModelOption = None,
    allow_model: AllowModelOption = None,
    digest: Annotated[
        list[str] | None,
        typer.Option("--digest", metavar="sha256:...", help="Each --artifact's digest, in their order."),
    ] = None,
    api_base: ApiBaseOption = None,
    store: Annotated[
        Path | None, typer.Option("--store", metavar="FILE", help="Verdicts already paid for, with --artifact.")
    ] = None,
    plan: PlanOption = False,
    read: RatingsOptions,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Rank judges on a hidden test, with ties where the data do not tell two apart.

    A file of scores, or an artifact, is one team's submission. Of several judges in a file the last is ranked and the
    others are listed. Every look at a benchmark's test split is written into its ledger, and counted by team. Of
    ratings that are no benchmark every judge is ranked.
    """
    from alia_judge.benchmark import Benchmark
    from alia_judge.evaluation import EvaluationOptions, Scores, rank_judges
    from alia_judge.evaluation.live import learnt_by
    from alia_judge.publishing import load_judge

    if check is not None:
        _check(test, check, min_coverage, json)
        return
    ask_at(api_base)
    if not (scores or artifact or recorded):
        raise UsageError(message("leaderboard takes --scores, --artifact or --recorded"))
    options = EvaluationOptions(
        seed=seed, n_resamples=n_resamples, alpha=alpha, exclude_systems=tuple(exclude_system or ())
    )
    looks = None
    if is_benchmark(test):
        benchmark = Benchmark.load(test)
        source: Split = test_of(benchmark, test)
        named = [judge_name(one) for one in artifact or ()]
        if repeated := next((name for name in named if named.count(name) > 1), None):
            raise UsageError(
                message(
                    "two artifacts are called {repeated!r}; give each submission's folder a name of its own",
                    repeated=repeated,
                )
            )
        judges, said, by_team = _submitted(scores or (), {source.criterion: source.scale}, source.criterion, named)
        if recorded is not None:
            _merge(judges, _recorded(recorded, source.criterion, source.scale, source.items), str(recorded))
        # With the hidden items and the organiser's key in hand, a team's judge asks what the organiser named.
        published = list(artifact or ())
        if digest and len(digest) != len(published):
            raise UsageError(
                message(
                    "--digest is given once for each --artifact: {n}, got {n_digest}",
                    n=len(published),
                    n_digest=len(digest),
                )
            )
        loaded = {
            one: load_judge(one, lm=model, allow_models=allow_model or (), digest=pinned)
            for one, pinned in itertools.zip_longest(published, digest or ())
        }
        if plan:
            each = sum(len(getattr(one, "members", (one,))) for one in loaded.values())
            tell_plan(plan_calls(list(loaded.values()), source.items, each * len(source)), json)
            return
        # A team chooses what its judges are called, so its looks are those of its file or artifact.
        for team in dict.fromkeys(by_team.get(judge, judge) for judge in judges):
            source.look(by=team, purpose="leaderboard")
        _merge(judges, _run(loaded, source, store=store), "--artifact")
        learnt = {judge_name(one): learnt_by(judge) for one, judge in loaded.items()}
        seen = [look.by for look in benchmark.ledger.looks]
        looks = {judge: seen.count(by_team.get(judge, judge)) for judge in judges}
        given = Scores(by_criterion={source.criterion: judges}, learnt=said)
        board = rank_judges(
            source, given, min_coverage=min_coverage, looks=looks, learnt=learnt, teams=by_team, options=options
        )
    else:
        if artifact:
            raise UsageError(
                message(
                    "--artifact needs a frozen benchmark; {test} is none; make one with: alia-judge build", test=test
                )
            )
        ratings = read.load(test)
        name = ratings.require(criterion)
        judges, said, _ = _submitted(scores or (), {name: ratings.scales[name]}, name)
        if recorded is not None:
            items = ratings.items(ratings.matrix(name).item_ids)
            _merge(judges, _recorded(recorded, name, ratings.scales[name], items), str(recorded))
        given = Scores(by_criterion={name: judges}, learnt=said)
        board = rank_judges(ratings, given, criterion=name, min_coverage=min_coverage, options=options)
    _print(board, say(json))
    if report is not None or markdown is not None:
        from alia_judge.reporting import leaderboard_markdown, leaderboard_page, write_page

        if report is not None:
            write_page(leaderboard_page(board), report)
        if markdown is not None:
            write_atomic(markdown, leaderboard_markdown(board))
    write_json(json, board.to_dict(), schema=board.schema, signature=board.signature)
    if is_benchmark(test):
        suggest("leaderboard", test, "--check", "TEAM")
    else:
        suggest("leaderboard", test, "--scores", "SCORES", ("--criterion", criterion))


def _check(test: str, team: Path, min_coverage: float, json: str | None) -> None:
    from alia_judge.cli._team_file import check_team_file

    if not is_benchmark(test):
        raise UsageError(
            message("--check holds a file against a frozen benchmark; {test} is none; make one with: build", test=test)
        )
    found = check_team_file(Path(test), team)
    for sentence in found.sentences():
        say(json).print(sentence, markup=False, soft_wrap=True)
    fault = found.fault(team, min_coverage)
    write_json(
        json,
        {**found.to_dict(), "can_be_ranked": fault is None, "why": fault},
        schema=found.schema,
        signature=f"leaderboard-check|criterion:{found.criterion}|min coverage:{min_coverage:g}",
    )
    if fault is not None:
        expected = message("a score for each item of the test")
        raise DataError(Problem(what=fault, expected=expected, remedy=message("see the items that teams were given")))
    suggest("leaderboard", test if found.ranks else "BENCHMARK", "--scores", team)


def _submitted(
    files: Sequence[Path], scales: Mapping[str, Scale], criterion: str, taken: Sequence[str] = ()
) -> tuple[Judges, dict[str, frozenset[str]], dict[str, str]]:
    """The judges of all files, what these say that each learnt from, and whose they are: a file is a team's.

    Two judges of one name, or one that is called as an artifact, are told apart by their files' names.
    """
    from alia_judge.evaluation import read_scores

    given = {path: read_scores(path, scales=scales) for path in files}
    names = [*taken, *(judge for found in given.values() for judge in found.judges(criterion))]
    judges: Judges = {}
    learnt: dict[str, frozenset[str]] = {}
    teams: dict[str, str] = {}
    stems = [path.stem for path in files]
    for path, found in given.items():
        called = {
            judge: judge if names.count(judge) == 1 else f"{path.stem}: {judge}" for judge in found.judges(criterion)
        }
        _merge(judges, {called[judge]: by_item for judge, by_item in found.judges(criterion).items()}, str(path))
        learnt |= {called[judge]: items for judge, items in found.learnt.items() if judge in called}
        teams |= dict.fromkeys(called.values(), path.stem if stems.count(path.stem) == 1 else str(path))
    return judges, learnt, teams


def _merge(judges: Judges, more: Mapping[str, Mapping[str, float]], where: str) -> None:
    twice = judges.keys() & more.keys()
    if twice:
        raise UsageError(
            message(
                "{where}: there is a judge {twice!r} already; give each submission a name of its own",
                where=where,
                twice=min(twice),
            )
        )
    judges.update(more)


def _recorded(bank: Path, criterion: str, scale: Scale, items: Sequence[Item]) -> Judges:
    """The configurations of a bank that were asked about this criterion, or about none by name."""
    from alia_judge.models.bank import RecordedBank

    opened = RecordedBank.open(bank, scale=scale)
    judges: Judges = {}
    for configuration in opened.configurations:
        of = configuration.parameters.get("criterion", criterion)
        if str(of).casefold() == criterion.casefold():
            judgments = opened.judge(configuration, items)
            name = str(configuration.parameters["config_id"])
            judges[name] = dict(zip(judgments.item_ids, judgments.score.tolist(), strict=True))
    if not judges:
        raise UsageError(message("{bank} has no configuration about {criterion!r}", bank=bank, criterion=criterion))
    return judges


def _run(artifacts: Mapping[str, Judge | Composite], split: Split, *, store: Path | None) -> Judges:
    from alia_judge.evaluation.live import judged
    from alia_judge.runner import VerdictStore

    judges: Judges = {}
    if not artifacts:
        return judges
    with VerdictStore(store) as verdicts, run_progress(console()) as progress:
        for artifact, judge in artifacts.items():
            say_asked(artifact, judge)
            name = judge_name(artifact)
            _merge(judges, {name: judged(judge, split, by=name, store=verdicts, progress=progress)}, artifact)
    return judges


def _print(board: Leaderboard, out: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    from alia_judge.reporting.page import number

    table = Table(
        title=_(
            "{criterion}: {n} items, {quantity}", criterion=board.criterion, n=board.n_items, quantity=board.quantity
        ),
        title_justify="left",
    )
    for heading in (
        message("place"),
        message("judge"),
        board.quantity,
        message("less the one above"),
        message("p, corrected"),
        message("coverage"),
    ):
        table.add_column(_(heading), justify="left" if heading == "judge" else "right")
    for entry in board.entries:
        table.add_row(
            entry.places,
            Text(entry.judge),
            _(entry.figure),
            "" if entry.above is None else _(entry.above),
            "" if entry.above is None else number(entry.above_p),
            f"{entry.coverage:.0%}",
        )
    out.print(table)
    for name, found in board.beside.items():
        out.print(Text(f"{_(name)}: {_(found)}"))
    for entry in board.entries:
        if entry.why is not None:
            out.print(Text(_("{judge} is not ranked: {why}", judge=entry.judge, why=entry.why)))
        elif entry.held_out is not None:
            out.print(Text(f"{entry.judge}: {_(entry.held_out.sentence)}"))
    out.print(Text(_(board.summary)))
    out.print(Text(_("signature {signature}", signature=board.signature), style="dim"))
