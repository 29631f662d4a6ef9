"""The demo's second part: one judge, live on this machine, on the constructed telecom sample."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from alia_judge._messages import _, message
from alia_judge.cli._console import console
from alia_judge.cli._progress import run_progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from alia_judge.probes import AnyProbe, ProbeReport
    from alia_judge.ratings import Ratings
    from alia_judge.records import Item

__all__ = ["Live", "live_part"]

_CRITERION = "helpfulness"
_LANGUAGES = ("es", "ca", "eu", "gl", "en")
#: Each reply is judged as it is and as each of the two probes changes it.
_WAYS = 3
#: Calls, and the seconds that they may take all together on a slow machine.
_CALLS, _SECONDS = 60, 240.0
#: Probes say nothing of fewer.
_FEWEST = 10
#: A conversation that is not in the sample, for the loaded judge.
_PROMPT = "Buenos días, llevo tres días sin fibra en casa y nadie me llama. ¿Cuándo vais a arreglarlo?"
_RESPONSE = (
    "Siento la espera. Su avería afecta a toda la calle y el técnico irá mañana entre las 9 y las 11. Los días sin "
    "servicio se le descontarán en la próxima factura; no tiene que hacer nada más."
)


@dataclass(frozen=True, kw_only=True)
class Live:
    """What the second part found."""

    model: str
    verdicts: dict[str, float | None]
    probes: ProbeReport
    artifact: Path
    score: float | None


def live_part(
    out: Path, begin: Callable[[str], None], say: Console, *, model: str, calls: int | None, seed: int
) -> Live:
    """Judge some replies, change them and judge again, publish the judge, load it and judge once more.

    Parameters
    ----------
    out
        Folder for the artifact and the verdicts, which a second run does not pay for again.
    begin
        Told what a step is about to do.
    say
        Where it is told.
    model
        The model that judges.
    calls
        About as many calls; None is as many as `_SECONDS` allow, at most `_CALLS`.
    seed
        Makes every figure repeatable.

    Raises
    ------
    MissingExtraError
        If it is the embedded model, and what runs it is not installed.
    ModelError
        If the model cannot be had or used.
    """
    from alia_judge._optional import require
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.rubrics.builtin import builtin_rubric
    from alia_judge.judging.state import judge_digest
    from alia_judge.models.resolve import resolve_lm
    from alia_judge.probes import judge_scorer, run_probes
    from alia_judge.publishing import load_judge, publish_judge
    from alia_judge.ratings import load_sample
    from alia_judge.runner import VerdictStore, run

    if model == "embedded":  # before its weights are fetched in vain
        require("xllamacpp", extra="embedded", purpose=_("the embedded model"))
    lm = resolve_lm(model)
    ratings = load_sample()
    # Asked for an object, the embedded model is held to one by a grammar, and leaves no item unscored.
    judge = Judge(builtin_rubric(_CRITERION, "es"), lm, output="json", settings={"max_tokens": 32})
    with VerdictStore(out / "live.verdicts.db") as store:
        items = _some(ratings, max((calls or _CALLS) // _WAYS, _FEWEST))
        if calls is None:
            items = _in_time(items, lambda some: run(judge, some, store=store), say)
        begin(
            _("A rubric in Spanish and the {model} model: a judge, asked about {n} replies", model=model, n=len(items))
        )
        with run_progress(console()) as progress:
            verdicts = run(judge, items, store=store, progress=progress).verdicts
        scores = {item.item_id: verdict.score for item, verdict in zip(items, verdicts, strict=True)}
        _tell_verdicts(items, scores, ratings, say)

        begin(_("Does it look at the right things? The same replies, changed"))
        with run_progress(console()) as progress:
            scorer = judge_scorer(judge, store=store, progress=progress)
            report = run_probes(scorer, items, judge.scale, probes=_probes(), seed=seed)
        report = replace(report, judge_digest=judge_digest(judge.dump_state()))
        _tell_probes(report, say)

    begin(_("The judge as a folder of JSON and text, loaded again, on a reply it never saw"))
    artifact = Path(
        publish_judge(
            judge, out / "judge", name=_("Helpfulness in telecom customer service"), probes=report,
            licence="apache-2.0", overwrite=True,
        )
    )  # fmt: skip
    judged = load_judge(artifact)(prompt=_PROMPT, response=_RESPONSE)
    say.print(_PROMPT, style="dim", markup=False)
    say.print(_RESPONSE, style="dim", markup=False)
    score = f"{judged.score:.2f}" if judged.score is not None else f"unscored ({judged.unscored})"
    say.print(_("score {score} on 1 to 5", score=score), markup=False)
    return Live(model=model, verdicts=scores, probes=report, artifact=artifact, score=judged.score)


def _some(ratings: Ratings, count: int) -> list[Item]:
    """As many replies of each language, one a customer as far as they go, and no operator's policies to read.

    The embedded model cannot use the policies, and they double its reading.
    """
    rated = replace(ratings, item_table=ratings.item_table.drop(columns=["context"])).items()
    of_language = {language: [item for item in rated if item.language == language] for language in _LANGUAGES}
    # Four replies a customer: a step of five takes another customer and another system each time, and each language
    # begins with another system.
    turned = {
        language: [mine[(5 * n + start) % len(mine)] for n in range(len(mine))]
        for start, (language, mine) in enumerate(of_language.items())
    }
    return [turned[_LANGUAGES[n % len(_LANGUAGES)]][n // len(_LANGUAGES)] for n in range(count)]


def _in_time(items: list[Item], judged: Callable[[list[Item]], object], say: Console) -> list[Item]:
    """As many of the items as there is time for, from what one call takes; a verdict is kept and not asked for again.

    The first call loads the model.
    """
    judged(items[:1])
    started = time.monotonic()
    judged(items[1:2])
    seconds = time.monotonic() - started
    count = min(len(items), max(int(_SECONDS / (_WAYS * max(seconds, 1e-9))), _FEWEST))
    if count < len(items):
        say.print(
            _(
                "A call takes {seconds:.0f} s on this machine: {n} replies, where a faster one judges {all}.",
                seconds=seconds,
                n=count,
                all=len(items),
            ),
            markup=False,
        )
    return items[:count]


def _probes() -> list[AnyProbe]:
    """One change that must not move the score, and one that must lower it, each at its highest dose."""
    from alia_judge.probes import probes_named

    return [replace(probe, doses=probe.doses[-1:]) for probe in probes_named(["length_padding", "truncation"])]  # type: ignore[type-var]


def _tell_verdicts(items: list[Item], scores: dict[str, float | None], ratings: Ratings, say: Console) -> None:
    import numpy as np
    from rich.table import Table
    from rich.text import Text

    matrix = ratings.matrix(_CRITERION)
    people = dict(zip(matrix.item_ids, np.nanmean(matrix.values, axis=0).tolist(), strict=True))
    table = Table(title=_("The first reply in each language; people are simulated here"), title_justify="left")
    table.add_column(_("the reply begins"), no_wrap=True)
    table.add_column(_("planted, severity"))
    for heading in (message("people"), message("judge")):
        table.add_column(_(heading), justify="right", no_wrap=True)
    for item in items[: len(_LANGUAGES)]:
        score = scores[item.item_id]
        words = f"{item.language}  {item.response[:32].rstrip()}..."
        defects = str(item.extra["defects"]).replace(":", " ").replace("_", " ") or _("nothing")
        row = (words, defects, f"{people[item.item_id]:.1f}", "-" if score is None else f"{score:.2f}")
        table.add_row(*map(Text, row))
    say.print(table)


def _tell_probes(report: ProbeReport, say: Console) -> None:
    from rich.text import Text

    for one in report.results:
        if one.expectation == "same":
            what = message("With courtesies that say nothing at its end, a reply must score the same")
        else:
            what = message("With the last {dose:.0%} of its words cut off, it must score lower", dose=one.dose)
        say.print(
            Text(
                _(
                    "{what}: {outcome} ({shift} points on {n_items} replies).",
                    what=what,
                    outcome=one.outcome,
                    shift=one.shift,
                    n_items=one.n_items,
                )
            )
        )
