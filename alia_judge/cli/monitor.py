"""``alia-judge monitor``: is a judge in use still what its evaluation said?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alia_judge._messages import message
from alia_judge.cli._console import JsonOption, SeedOption, say, write_json
from alia_judge.cli._evaluations import published_evaluation
from alia_judge.cli._next import suggest
from alia_judge.cli._options import ColumnOption, EncodingOption, FormatOption, column_mapping
from alia_judge.cli._seen import SeenOption, seen_of
from alia_judge.errors import GateRefused, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alia_judge.evaluation import EvaluationResult
    from alia_judge.learnt import HeldOut
    from alia_judge.ratings import Ratings

__all__ = ["monitor"]


def monitor(
    evaluation: Annotated[
        str, typer.Argument(metavar="EVALUATION", help="The JSON of evaluate, or a published judge that has one.")
    ],
    scores: Annotated[
        Path,
        typer.Option("--scores", metavar="SCORES.csv", help="Every verdict since then, in order: item_id,judge,score."),
    ],
    ratings: Annotated[
        str | None, typer.Option("--ratings", metavar="RATINGS", help="Every rating of some of them since then.")
    ] = None,
    criterion: Annotated[str | None, typer.Option("--criterion", metavar="C", help="If there are several.")] = None,
    judge: Annotated[str | None, typer.Option("--judge", metavar="J", help="Which judge of SCORES.")] = None,
    evaluated_as: Annotated[
        str | None, typer.Option("--evaluated-as", metavar="J", help="Its name in EVALUATION, if another.")
    ] = None,
    alpha: Annotated[float, typer.Option("--alpha", help="Chance of any false alarm, ever.")] = 0.05,
    reference: Annotated[
        str,
        typer.Option(
            "--reference",
            metavar="interval|figure",
            help="Alarm where worse than the published interval, or than the figure itself (sees smaller declines).",
        ),
    ] = "interval",
    seen: SeenOption = None,
    no_gate: Annotated[bool, typer.Option("--no-gate", help="Exit 0 although there is an alarm.")] = False,
    format: FormatOption = None,  # noqa: A002 - the option's name
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Compare new verdicts, and fresh ratings of some, with a published evaluation; exit 3 on an alarm.

    Run it as often as you like, each time with everything since the evaluation: the tests stay valid.
    """
    from alia_judge.evaluation import monitor as look
    from alia_judge.evaluation import read_scores
    from alia_judge.learnt import settle
    from alia_judge.ratings import load_ratings

    if not 0 < alpha < 1:
        raise UsageError(message("--alpha must lie between 0 and 1, got {alpha!r}", alpha=alpha))
    published = published_evaluation(evaluation)
    known = tuple(published.criteria)
    name = criterion or known[0]
    if name not in known or (criterion is None and len(known) > 1):
        raise UsageError(message("name a --criterion of the evaluation: {known}", known=", ".join(known)))
    of_criterion = published.criteria[name]
    scales = {name: of_criterion.scale}
    given = read_scores(scores, scales=scales)
    judges = given.judges(name)
    if judge is None and len(judges) != 1:
        raise UsageError(
            message(
                "{scores} has several judges; name one with --judge: {judges}", scores=scores, judges=", ".join(judges)
            )
        )
    judge = judge if judge is not None else next(iter(judges))
    if judge not in judges:
        raise UsageError(
            message(
                "{scores} has no judge {judge!r}; it has: {judges}",
                scores=scores,
                judge=judge,
                judges=", ".join(judges),
            )
        )
    fresh = None
    if ratings is not None:
        fresh = load_ratings(
            ratings, format=format, columns=column_mapping(column), criterion=name, scales=scales, encoding=encoding
        )
    held = _held_out(published, judges[judge], given.learnt.get(judge), fresh)
    held, left_out = settle(held, seen_of(seen))
    if left_out and fresh is not None:
        fresh = fresh.select(items=[item.item_id for item in fresh.items() if item.item_id not in left_out])
    verdicts = {item: score for item, score in judges[judge].items() if item not in left_out}
    evaluated = evaluated_as or (judge if judge in of_criterion.judges else None)
    result = look(
        published,
        verdicts,
        fresh,
        criterion=name,
        judge=evaluated,
        groups=given.groups,
        alpha=alpha,
        reference=reference,  # type: ignore[arg-type]  # checked there, by name
        seed=seed,
    )
    out = say(json)
    for watch in result.watches.values():
        out.print(watch.sentence, markup=False)
    out.print(result.summary, markup=False)
    for sentence in dict.fromkeys(one.sentence for one in held.values()):
        out.print(sentence, markup=False)
    result_json = result.to_dict() | {"held_out": {name: one.to_dict() for name, one in held.items()}}
    write_json(json, result_json, schema=result.schema, signature=result.signature)
    if result.alarms and not no_gate:
        raise GateRefused(message("{summary}; --no-gate exits with 0 all the same", summary=result.summary))
    suggest("monitor", evaluation, "--scores", "SCORES", "--ratings", "RATINGS", ("--criterion", criterion))


def _held_out(
    published: EvaluationResult, verdicts: Mapping[str, float], said: frozenset[str] | None, fresh: Ratings | None
) -> dict[str, HeldOut]:
    """What of the ratings since then the judge learnt from, and of its verdicts by their own column ``split``."""
    from alia_judge.learnt import HeldOut, Origin, compare

    found: dict[str, HeldOut] = {}
    if said is not None:
        learnt = {item: "the same item" for item in verdicts if item in said}
        found["verdicts"] = HeldOut(n=len(verdicts), recorded=len(said), learnt=learnt)
    if fresh is not None:
        found["ratings"] = compare(published.learnt, fresh.items(), Origin(ratings=fresh.fingerprint))
    return found
