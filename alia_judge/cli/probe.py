"""``alia-judge probe``: what moves a judge that must not, and what does not that must?"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alia_judge._messages import _, message
from alia_judge.cli._benchmark import test_of
from alia_judge.cli._console import JsonOption, SeedOption, console, say, write_json
from alia_judge.cli._next import suggest
from alia_judge.cli._options import (
    ApiBaseOption,
    ColumnOption,
    EncodingOption,
    LanguageOption,
    ModelOption,
    ReadingOptions,
    ask_at,
    column_mapping,
    is_benchmark,
)
from alia_judge.cli._plan import PlanOption, plan_calls, tell_plan
from alia_judge.cli._progress import run_progress
from alia_judge.cli._published import AllowModelOption, DigestOption, VerdictsOption, say_asked, verdicts_of
from alia_judge.cli._seen import SeenOption, seen_of
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from alia_judge.learnt import HeldOut, LearntFrom, Origin, Seen
    from alia_judge.probes import AnyProbe, ProbeReport, ProbeResult
    from alia_judge.records import Item

__all__ = ["print_probes", "probe"]

#: Half the width of an effect's bar, and the effect that fills it.
_CELLS, _FULL = 8, 1.0
#: Items compared at once with what the judge learnt from.
_CHUNK = 512
_COLOURS = {"moved": "red", "rose": "red", "not shown to fall": "yellow", "not applicable": "dim"}


def probe(
    artifact: Annotated[str, typer.Argument(metavar="ARTIFACT", help="A published judge: a folder, or hf://ORG/NAME.")],
    source: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="Real items, good and bad: CSV, TSV, JSON lines or Parquet; RATINGS with --criterion; or a BENCHMARK.",
        ),
    ],
    most: Annotated[int, typer.Option("--items", metavar="N", help="Take N items, drawn by the seed.", min=10)] = 200,
    criterion: Annotated[
        str | None,
        typer.Option("--criterion", help="INPUT has human ratings of it: the yardstick where they show a change."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="PROBE", help="Run this probe; may be repeated.")
    ] = None,
    own_text: Annotated[
        bool, typer.Option("--own-text", help="Also have the judge's model rewrite each response, a call an item more.")
    ] = False,
    alpha: Annotated[float, typer.Option("--alpha", help="Level of every claim.")] = 0.05,
    seen: SeenOption = None,
    model: ModelOption = None,
    allow_model: AllowModelOption = None,
    digest: DigestOption = None,
    api_base: ApiBaseOption = None,
    store: VerdictsOption = None,
    plan: PlanOption = False,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    language: LanguageOption = None,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Change items by rule, and the judge, judge again, and say what the change did."""
    from alia_judge.benchmark import Benchmark
    from alia_judge.judging.kinds import about
    from alia_judge.judging.state import judge_digest
    from alia_judge.learnt import NOWHERE, Origin
    from alia_judge.probes import all_probes, judge_scorer, probes_named, run_probes
    from alia_judge.publishing import load_judge
    from alia_judge.ratings import iter_items
    from alia_judge.runner import VerdictStore

    ask_at(api_base)
    judge = load_judge(artifact, lm=model, allow_models=allow_model, digest=digest)
    wish = seen_of(seen)
    people, origin, benchmark = None, NOWHERE, None
    given: Iterable[Item]
    if is_benchmark(source):
        benchmark = Benchmark.load(source)
        test = test_of(benchmark, source)
        given, origin = test.items, test.origin
        if criterion is not None:
            people = dict(zip(test.item_ids, test.target.tolist(), strict=True))
    elif criterion is None:
        given = iter_items(source, columns=column_mapping(column), encoding=encoding, language=language)
    else:
        ratings = ReadingOptions(column=tuple(column or ()), encoding=encoding, language=language).load(source)
        people = _consensus(ratings, ratings.require(criterion))
        given, origin = ratings.items(sorted(people)), Origin(ratings=ratings.fingerprint)
    items, held = _drawn(given, most, seed, judge.learnt, origin, wish)
    held = replace(held, by_word=artifact.startswith("hf://"))
    probes = probes_named(only) if only else all_probes()
    if own_text:
        probes = _with_own_text(probes, judge)
    if plan:
        doses = 1 + sum(max(len(one.doses), 1) for one in probes)
        tell_plan(plan_calls([judge], items, doses * len(items) * len(getattr(judge, "members", (judge,)))), json)
        return
    if benchmark is not None:
        benchmark.test.look(by=judge.configuration().key, purpose="probe")
    say_asked(artifact, judge)
    # Of a judge that answers several criteria, what it says of this one.
    of = criterion if criterion is not None or benchmark is None else benchmark.criterion
    asked = judge if of is None else about(judge, of)
    with VerdictStore(verdicts_of(artifact, store)) as verdicts, run_progress(console()) as progress:
        score = judge_scorer(asked, store=verdicts, progress=progress)
        report = run_probes(score, items, asked.scale, probes=probes, ratings=people, alpha=alpha, seed=seed)
    report = replace(report, held_out=held, judge_digest=judge_digest(judge.dump_state()))
    print_probes(report, say(json))
    write_json(json, report.to_dict(), schema=report.schema, signature=report.signature)
    if json in (None, "-"):
        suggest("evaluate", "BENCHMARK", "--artifact", artifact, ("--api-base", api_base))
    else:
        suggest("publish", artifact, "TARGET", "--probes", json)


def print_probes(report: ProbeReport, out: Console) -> None:
    """Print what every probe did: a sentence, then a line a probe and dose, what is amiss first in colour."""
    from rich.table import Table
    from rich.text import Text

    from alia_judge.probes.report import OUTCOMES

    said = _(report.summary)
    out.print(Text(f"{said[:1].upper()}{said[1:]}."))
    if report.held_out is not None and not report.held_out.marked:
        out.print(Text(_("the items are {sentence}", sentence=report.held_out.sentence)))
    for expectation, title in (("same", _("Must not move the score")), ("lower", _("Must lower the score"))):
        tried = [one for one in report.results if one.expectation == expectation and one.why is None]
        if not tried:
            continue
        table = Table(title=title, title_justify="left", title_style="bold")
        for heading in (message("change"), message("dose"), message("items")):
            table.add_column(_(heading), justify="left" if heading == "change" else "right", no_wrap=True)
        table.add_column(_("lower | higher"), no_wrap=True)
        for heading in (message("effect, SD"), message("moved"), message("outcome")):
            table.add_column(_(heading), justify="left" if heading == "outcome" else "right", no_wrap=True)
        for one in tried:
            table.add_row(
                Text(one.probe),
                f"{one.dose:g}",
                str(one.n_items),
                _bar(one),
                _(one.effect) if one.effect.defined else "-",
                f"{one.moved_share.value:.0%}",
                Text(_(OUTCOMES[one.outcome]), style=_COLOURS.get(one.outcome, "green")),
            )
        out.print(table)
    people = [one for one in report.results if one.yardstick.defined]
    for one in people:
        out.print(
            Text(
                _(
                    "{probe} ({dose:g}): shift {shift}; people's ratings go {yardstick}",
                    probe=one.probe,
                    dose=one.dose,
                    shift=one.shift,
                    yardstick=one.yardstick,
                )
            )
        )
    skipped = {one.probe: one.why for one in report.results if one.why is not None}
    for why in dict.fromkeys(skipped.values()):
        named = ", ".join(name for name, reason in skipped.items() if reason == why)
        out.print(Text(_("not applicable: {named}: {why}", named=named, why=why), style="dim"))
    out.print(Text(_("signature {signature}", signature=report.signature), style="dim"))


def _bar(one: ProbeResult) -> Text:
    """The effect as a bar to the left (lower) or right (higher) of the middle, a standard deviation long at most."""
    from rich.text import Text

    effect = one.effect.value if one.effect.defined else 0.0
    cells = min(_CELLS, round(abs(effect) / _FULL * _CELLS))
    left = ("█" * cells if effect < 0 else "").rjust(_CELLS)
    right = ("█" * cells if effect > 0 else "").ljust(_CELLS)
    return Text(f"{left}|{right}", style=_COLOURS.get(one.outcome, "green"))


def _drawn(
    source: Iterable[Item], most: int, seed: int, learnt: LearntFrom | None, origin: Origin, wish: Seen
) -> tuple[list[Item], HeldOut]:
    """A random sample of at most `most` items, in their order, and what the judge learnt from of it.

    Each item is as likely as any other. Where nobody says what to do about items that the judge learnt from, they are
    passed over as long as there are enough others.

    Raises
    ------
    LeakFound
        If there are not.
    """
    from alia_judge.learnt import compare, settle

    every, others = _Reservoir(most, seed), _Reservoir(most, seed)
    stream = iter(source)
    while chunk := list(itertools.islice(stream, _CHUNK)):
        found = compare(learnt, chunk, origin).learnt
        for item in chunk:
            every.offer(item)
            if item.item_id not in found:
                others.offer(item)
    if wish != "keep" and (wish == "exclude" or others.offered >= most):
        every = others
    items = every.kept()
    if not items and every is others:
        raise UsageError(message("every item was learnt from: nothing is left to probe with; give other items"))
    held, out = settle({"judge": compare(learnt, items, origin)}, wish)
    return [item for item in items if item.item_id not in out], held["judge"]


class _Reservoir:
    """Reservoir sampling: each `most` of the items offered are as likely as any others."""

    def __init__(self, most: int, seed: int) -> None:
        import numpy as np

        self._rng = np.random.default_rng(seed)
        self._most = most
        self._kept: list[tuple[int, Item]] = []
        self.offered = 0

    def offer(self, item: Item) -> None:
        """Take an item into account."""
        if self.offered < self._most:
            self._kept.append((self.offered, item))
        elif (slot := int(self._rng.integers(self.offered + 1))) < self._most:
            self._kept[slot] = (self.offered, item)
        self.offered += 1

    def kept(self) -> list[Item]:
        """The sample, in the order in which its items were offered."""
        return [item for _, item in sorted(self._kept, key=lambda pair: pair[0])]


def _consensus(ratings: Any, criterion: str) -> dict[str, float]:
    """People's mean rating by item, higher is better."""
    import numpy as np

    matrix = ratings.matrix(criterion)
    mean = ratings.scales[criterion].oriented(np.nanmean(matrix.values, axis=0))
    return dict(zip(matrix.item_ids, mean.tolist(), strict=True))


def _with_own_text(probes: Sequence[AnyProbe], judge: Any) -> tuple[AnyProbe, ...]:
    """The probes, `own_text` among them with the judge's model (a panel's first member's) to write."""
    from alia_judge.probes import OwnText, rewriter

    lm = getattr(judge, "lm", None) or judge.members[0].lm
    written = OwnText(write=rewriter(lm))
    if not any(one.name == written.name for one in probes):
        return (*probes, written)
    return tuple(replace(one, write=written.write) if isinstance(one, OwnText) else one for one in probes)
