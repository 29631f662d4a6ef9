"""Recorded verdicts as ``evaluate`` takes them: what a search over a bank published, or configurations by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from alia_judge._messages import _, message
from alia_judge.cli._benchmark import BuildOptions, build_from
from alia_judge.cli._console import console
from alia_judge.cli._options import is_benchmark
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from alia_judge.benchmark import Split
    from alia_judge.evaluation import EvaluationOptions, EvaluationResult
    from alia_judge.learnt import Seen
    from alia_judge.models.bank import RecordedBank
    from alia_judge.ratings import Ratings
    from alia_judge.records import Configuration, Item

__all__ = ["SINGLE", "evaluate_configurations", "evaluate_recorded"]

#: What the artifact's judge of one configuration is called beside the one that it deploys.
SINGLE: str = message("its best single configuration")
#: More configurations than this take minutes, and are compared with one another better on a leaderboard.
_MOST = 20


def evaluate_recorded(
    ratings: str,
    artifact: str,
    bank: Path,
    *,
    read: Callable[[], Ratings],
    criterion: str | None,
    split: Path | None,
    group_by: str,
    digest: str | None,
    seen: Seen,
    options: EvaluationOptions,
) -> tuple[EvaluationResult, Ratings]:
    """What ``compile --recorded --artifact`` published, on the test items of a benchmark.

    Of ratings that are no frozen benchmark, the split of the search is made again.

    Raises
    ------
    LeakFound
        If the search learnt from some of them, and these are refused.
    UsageError
        If the split holds no test items.
    """
    from alia_judge.benchmark import Benchmark
    from alia_judge.evaluation import evaluate_scores
    from alia_judge.evaluation.live import JUDGE
    from alia_judge.judging.state import judge_digest
    from alia_judge.learnt import compare, settle
    from alia_judge.models.bank import RecordedBank
    from alia_judge.publishing import load_recorded, read_published

    published = read_published(artifact, digest=digest)
    if is_benchmark(ratings):
        benchmark = Benchmark.load(ratings)
        opened = RecordedBank.open(bank, scale=benchmark.scale)
    else:
        table = read()
        name = table.require(criterion)
        opened = RecordedBank.open(bank, scale=table.scales[name])
        settings = BuildOptions(group_by=group_by, split=split, seed=options.seed)
        benchmark = build_from(table, name, settings, bank=opened)
    test = benchmark.test
    if not len(test):
        raise UsageError(
            message("the split of {artifact} has no test items; compile it on a split that has some", artifact=artifact)
        )
    compiled = load_recorded(artifact, opened)
    settle({JUDGE: compare(compiled.learnt, test.items, test.origin)}, seen)  # a look that is refused is none
    test.look(by=published.manifest.digest, purpose="evaluate")
    found = compiled.predict(test.items)
    given = {JUDGE: found.deployed, SINGLE: found.single}
    scores = {judge: dict(zip(found.item_ids, values.tolist(), strict=True)) for judge, values in given.items()}
    learnt = dict.fromkeys(given, compiled.learnt)
    result = evaluate_scores(test, scores, baseline=SINGLE, learnt=learnt, seen=seen, options=options)
    digest_of_judge = judge_digest(published.judge["state"])
    return replace(result, subject=JUDGE, learnt=compiled.learnt, judge_digest=digest_of_judge), benchmark.ratings


def evaluate_configurations(
    ratings: str,
    bank: Path,
    configurations: Sequence[str],
    *,
    read: Callable[[], Ratings],
    criterion: str | None,
    baseline: str | None,
    options: EvaluationOptions,
) -> tuple[EvaluationResult, Ratings]:
    """Configurations of a bank, by their ids, without the groups of items that any of them was shown.

    Raises
    ------
    UsageError
        If the bank has none of an id, or nobody names one of very many.
    """
    from alia_judge.benchmark import Benchmark, Split
    from alia_judge.evaluation import evaluate_scores
    from alia_judge.models.bank import RecordedBank

    source: Ratings | Split
    if is_benchmark(ratings):
        benchmark = Benchmark.load(ratings)
        table, name, source = benchmark.ratings, benchmark.criterion, benchmark.test
        items = source.items
    else:
        table = read()
        name = table.require(criterion)
        source, items = table, table.items(table.matrix(name).item_ids)
    opened = RecordedBank.open(bank, scale=table.scales[name])
    chosen = _chosen(opened, name, [*configurations, *([] if baseline is None else [baseline])], bank)
    kept = _unseen(items, table, chosen.values())
    if len(kept) < len(items):
        console().print(
            _("{n} items left out: a configuration was shown some of their groups", n=len(items) - len(kept))
        )
        items = tuple(items[place] for place in kept)
        source = source.take(kept) if isinstance(source, Split) else source.select(items=[one.item_id for one in items])
    scores: dict[str, Mapping[str, float]] = {}
    for config_id, configuration in chosen.items():
        if isinstance(source, Split):
            source.look(by=f"{bank.name}: {config_id}", purpose="evaluate")
        judgments = opened.judge(configuration, items)
        scores[config_id] = dict(zip(judgments.item_ids, judgments.score.tolist(), strict=True))
    return evaluate_scores(source, scores, criterion=name, baseline=baseline, options=options), table


def _unseen(items: Sequence[Item], ratings: Ratings, configurations: Iterable[Configuration]) -> list[int]:
    """Places of the items of whose groups no configuration was shown any."""
    shown = {item for configuration in configurations for item in configuration.parameters.get("demo_item_ids", ())}
    group = {item.item_id: item.group or item.item_id for item in ratings.items()}
    barred = {group.get(item, item) for item in shown}
    return [place for place, item in enumerate(items) if group[item.item_id] not in barred]


def _chosen(bank: RecordedBank, criterion: str, wanted: Sequence[str], folder: Path) -> dict[str, Configuration]:
    about = {str(one.parameters["config_id"]): one for one in bank.select(criterion=criterion)}
    unknown = [config_id for config_id in wanted if config_id not in about]
    if unknown:
        raise UsageError(
            message(
                "{folder} has no configuration {unknown!r} about {criterion!r}; its ids are in configs.jsonl",
                folder=folder,
                unknown=unknown[0],
                criterion=criterion,
            )
        )
    if not wanted and len(about) > _MOST:
        raise UsageError(
            message(
                "{folder} has {n} configurations about {criterion!r}; name some with --configuration, "
                "or rank all of them with alia-judge leaderboard --recorded",
                folder=folder,
                n=len(about),
                criterion=criterion,
            )
        )
    return {config_id: about[config_id] for config_id in dict.fromkeys(wanted or about)}
