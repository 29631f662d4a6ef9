"""``alia-judge score``: judge items with a published judge."""

from __future__ import annotations

import itertools
import math
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from alia_judge._messages import _, message
from alia_judge.cli._console import JsonOption, console, say, write_json
from alia_judge.cli._next import suggest
from alia_judge.cli._options import (
    ApiBaseOption,
    ColumnOption,
    ConcurrencyOption,
    EncodingOption,
    LanguageOption,
    ModelOption,
    PriceOption,
    ask_at,
    column_mapping,
    costs,
)
from alia_judge.cli._plan import PlanOption, plan_calls, tell_plan
from alia_judge.cli._progress import run_progress
from alia_judge.cli._published import AllowModelOption, DigestOption, judge_name, say_asked
from alia_judge.cli._scores_file import score_row, scores_file
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from alia_judge.publishing import Published
    from alia_judge.records import Item, Unscored, Verdict
    from alia_judge.runner import Judged

__all__ = ["score"]

#: Verdicts written to the file at once.
_BATCH = 1024


def score(
    artifact: Annotated[str, typer.Argument(metavar="ARTIFACT", help="A published judge: a folder, or hf://ORG/NAME.")],
    source: Annotated[str, typer.Argument(metavar="INPUT", help="Items: CSV, TSV, JSON lines or Parquet.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="OUT.parquet", help="Where the verdicts go: .parquet, .csv or .jsonl.")
    ],
    model: ModelOption = None,
    allow_model: AllowModelOption = None,
    digest: DigestOption = None,
    price: PriceOption = None,
    api_base: ApiBaseOption = None,
    recorded: Annotated[
        Path | None,
        typer.Option("--recorded", metavar="BANK", help="The bank of a judge that was found among recorded verdicts."),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option("--store", metavar="FILE", help="Verdicts already paid for; OUT.verdicts.sqlite by default."),
    ] = None,
    concurrency: ConcurrencyOption = None,
    max_calls: Annotated[
        int | None, typer.Option("--calls", metavar="N", help="Stop before more calls.", min=1)
    ] = None,
    max_cost: Annotated[float | None, typer.Option("--cost", metavar="USD", help="Stop before it costs more.")] = None,
    ask_again: Annotated[
        list[str] | None,
        typer.Option(
            "--ask-again",
            metavar="REASON",
            help="Ask again about items that are stored as unscored for this reason (refusal, content_filter ...).",
        ),
    ] = None,
    to_people: Annotated[
        Path | None,
        typer.Option("--to-people", metavar="FILE", help="Where items go that the judge leaves to people."),
    ] = None,
    plan: PlanOption = False,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    language: LanguageOption = None,
    json: JsonOption = None,
) -> None:
    """Judge every item of a file once; what was paid for once is not paid for again.

    OUT has the columns item_id, judge, criterion and score, then those of INPUT, then what else the verdict says. A
    judge of several criteria writes a row for each of them besides the row of the whole. What a judge leaves to people
    is unscored in OUT, and a row of --to-people with the columns of INPUT.
    """
    from alia_judge.compiling.stack.stacked_judge import StackedJudge
    from alia_judge.judging.kinds import criteria_of
    from alia_judge.publishing import load_judge, read_published
    from alia_judge.ratings.items import count_items, iter_rows
    from alia_judge.runner import RunOptions, VerdictStore, stream

    costs(price)
    ask_at(api_base)
    given = _once(iter_rows(source, columns=column_mapping(column), encoding=encoding, language=language))
    own: deque[dict[str, Any]] = deque()
    items = _apart(given, own)
    counts: Counter[str] = Counter()
    name = judge_name(artifact)
    if recorded is not None:
        published = read_published(artifact, digest=digest)
        signature = f"score|digest:{published.manifest.digest}|recorded"
        criterion = _recorded_criterion(published.judge)
        judged = _replayed(artifact, published, recorded, items)
        _write(_counted(judged, counts), own, out, source=source, judge=name, whole=criterion, people=to_people)
    else:
        judge = load_judge(artifact, lm=model, allow_models=allow_model, digest=digest)
        if plan:
            every = list(items)
            tell_plan(plan_calls([judge], every, len(every) * len(getattr(judge, "members", (judge,)))), json)
            return
        signature = f"score|configuration:{judge.configuration().key}|model:{judge.lm_identity()}"
        options = RunOptions(
            concurrency=concurrency,
            max_calls=max_calls,
            max_cost=max_cost,
            ask_again=cast("list[Unscored]", ask_again or []),
        )
        kept = store if store is not None else out.with_suffix(".verdicts.sqlite")
        total = count_items(source, encoding=encoding)
        first = list(itertools.islice(items, 1))  # a file that cannot be read is told before anything else
        say_asked(artifact, judge)
        with VerdictStore(kept) as verdicts, run_progress(console()) as show:
            judged = stream(
                judge,
                itertools.chain(first, items),
                store=verdicts,
                options=options,
                progress=lambda now: show(now if total is None else replace(now, total=total)),
            )
            _write(
                _counted(judged, counts),
                own,
                out,
                source=source,
                judge=name,
                whole=None if isinstance(judge, StackedJudge) and criteria_of(judge) else judge.rubric.criterion,
                criteria=criteria_of(judge),
                people=to_people,
            )
    n_items = counts["paid"] + counts["replayed"]
    reasons = {name.removeprefix("unscored:"): n for name, n in sorted(counts.items()) if name.startswith("unscored:")}
    why = ", ".join(f"{reason} {n}" for reason, n in reasons.items())
    say(json).print(
        _(
            "{n_items} items, {scored} scored, {got} unscored{why}; {paid} paid, {replayed} replayed; in {out}",
            n_items=n_items,
            scored=counts["scored"],
            got=n_items - counts["scored"],
            why=why and f" ({why})",
            paid=counts["paid"],
            replayed=counts["replayed"],
            out=out,
        ),
        markup=False,
        soft_wrap=True,  # a path broken in two is no path
    )
    write_json(
        json,
        {
            "items": n_items,
            "scored": counts["scored"],
            "unscored": reasons,
            "calls": {"paid": counts["paid"], "replayed": counts["replayed"]},
            "out": out.name,
            **({} if to_people is None else {"to_people": to_people.name}),
        },
        schema="alia-judge/score/1",
        signature=signature,
    )
    suggest("evaluate", "RATINGS", "--scores", out)


def _replayed(artifact: str, published: Published, recorded: Path, items: Iterator[Item]) -> Iterator[Judged]:
    """Score items with what was found among recorded verdicts."""
    from alia_judge.models.bank import RecordedBank
    from alia_judge.publishing import load_recorded
    from alia_judge.records import Scale, Verdict
    from alia_judge.runner import Judged

    scale = Scale.from_dict(published.judge["state"]["deployed"]["stack"]["scale"])
    compiled = load_recorded(artifact, RecordedBank.open(recorded, scale=scale), digest=published.manifest.digest)
    while chunk := list(itertools.islice(items, _BATCH)):
        predicted = compiled.predict(chunk)
        people = [False] * len(chunk) if predicted.to_people is None else predicted.to_people.tolist()
        for item, score, left in zip(chunk, predicted.deployed.tolist(), people, strict=True):
            verdict = (
                Verdict(unscored="to_people", detail="the judges may be off by too much", method="recorded")
                if left
                else Verdict(unscored="missing", detail="the bank has no verdict of it", method="recorded")
                if math.isnan(score)
                else Verdict(score=score, method="recorded")
            )
            yield Judged(item=item, sample=0, verdict=verdict, raw=verdict, replayed=True)


def _counted(judged: Iterable[Judged], counts: Counter[str]) -> Iterator[Judged]:
    for one in judged:
        counts["replayed" if one.replayed else "paid"] += 1
        counts["scored" if one.verdict.unscored is None else f"unscored:{one.verdict.unscored}"] += 1
        yield one


def _once(rows: Iterable[tuple[Item, dict[str, Any]]]) -> Iterator[tuple[Item, dict[str, Any]]]:
    """The rows without those of an item that there was before: an item is judged once, however many rows it has."""
    given: set[str] = set()
    for item, own in rows:
        if item.item_id not in given:
            given.add(item.item_id)
            yield item, own


def _apart(rows: Iterable[tuple[Item, dict[str, Any]]], own: deque[dict[str, Any]]) -> Iterator[Item]:
    """The items; each one's own columns wait in `own`, as verdicts come in the order of the items."""
    for item, columns in rows:
        own.append(columns)
        yield item


def _write(
    judged: Iterable[Judged],
    own: deque[dict[str, Any]],
    out: Path,
    *,
    source: str,
    judge: str,
    whole: str | None = None,
    criteria: tuple[str, ...] = (),
    people: Path | None = None,
) -> None:
    """Write the verdicts as they come, and to `people` the items that the judge leaves to them."""
    rows: list[dict[str, Any]] = []
    left: list[dict[str, Any]] = []
    if people is not None and people.resolve() == out.resolve():
        raise UsageError(message("--out and --to-people are one file, {out}; give each a name of its own", out=out))
    with ExitStack() as files:  # both are opened before anything is asked
        file = files.enter_context(scores_file(out, source=source))
        of_people = None if people is None else files.enter_context(scores_file(people, source=source))
        for one in judged:
            columns = own.popleft()
            if one.verdict.unscored == "to_people":
                left.append({"item_id": one.item.item_id, **columns})
            parts = one.verdict.parts
            # Where the whole answer is missing, so is each part, for the same reason.
            of_whole = [] if whole is None and criteria else [(whole, one.verdict)]
            said = [*of_whole, *((name, parts.get(name, one.verdict)) for name in criteria)]
            rows += [_row(one.item.item_id, judge, criterion, verdict, columns) for criterion, verdict in said]
            if len(rows) >= _BATCH:
                file.write(rows)
                rows.clear()
        file.write(rows)
        if of_people is not None:
            of_people.write(left)


def _row(item_id: str, judge: str, criterion: str | None, verdict: Verdict, own: Mapping[str, Any]) -> dict[str, Any]:
    return score_row(
        own,
        item_id=item_id,
        judge=judge,
        criterion=criterion,
        score=verdict.score,
        unscored=verdict.unscored,
        detail=verdict.detail,
        parsed=verdict.parsed,
        probabilities=verdict.probabilities,
        method=verdict.method,
        text=verdict.text,
    )


def _recorded_criterion(judge: Mapping[str, Any]) -> str | None:
    """The criterion that recorded configurations are about, where they name one."""
    parameters = judge["state"]["single"]["configuration"]
    return str(parameters["criterion"]) if "criterion" in parameters else None
