"""``alia-judge demo``: the main path on the bundled sample, from ratings to a judge that loads and judges."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alia_judge._json import dumps, write_atomic
from alia_judge.cli._console import JsonOption, SeedOption, console, say, write_json
from alia_judge.cli._next import suggest
from alia_judge.cli._progress import duration, run_progress
from alia_judge.cli._search_display import search_display
from alia_judge.cli.compile_ import print_compiled
from alia_judge.cli.evaluate import print_evaluation
from alia_judge.cli.validate import print_audit
from alia_judge.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from alia_judge.benchmark import Benchmark, RatingsAudit
    from alia_judge.judging.rubrics.rubric import Rubric
    from alia_judge.ratings import Ratings

__all__ = ["demo"]

_CRITERION = "helpfulness"
#: A conversation that is not in the sample, for the loaded judge.
_PROMPT = "Buenos días, llevo tres días sin fibra en casa y nadie me llama. ¿Cuándo vais a arreglarlo?"
_RESPONSE = (
    "Siento la espera. Su avería afecta a toda la calle y el técnico irá mañana entre las 9 y las 11. Los días sin "
    "servicio se le descontarán en la próxima factura; no tiene que hacer nada más."
)


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where everything lands.")] = Path("demo"),
    calls: Annotated[int, typer.Option("--calls", metavar="N", help="Budget of the search.", min=10)] = 60,
    model: Annotated[str, typer.Option("--model", metavar="M", help="The model that judges.")] = "embedded",
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Audit, freeze, compile with the embedded model, evaluate, publish, load, judge, report: in minutes, no key."""
    from alia_judge.benchmark import audit_ratings
    from alia_judge.compiling.budget import Budget
    from alia_judge.compiling.compiler import compile_judge
    from alia_judge.compiling.options import Deployment
    from alia_judge.compiling.space.space import SearchSpace
    from alia_judge.evaluation import evaluate_judge
    from alia_judge.judging.judge import Judge
    from alia_judge.models.resolve import resolve_lm
    from alia_judge.publishing import load_judge, publish_judge
    from alia_judge.ratings import load_sample
    from alia_judge.reporting import audit_page, evaluation_page, write_page
    from alia_judge.runner import VerdictStore

    started = time.monotonic()
    say_ = say(json)
    steps = _Steps(say_)
    steps.begin("Ratings: constructed customer-service texts, simulated annotators, five languages")
    ratings = load_sample()
    audit = audit_ratings(ratings, _CRITERION, seed=seed)
    print_audit(audit, say_)
    write_page(audit_page(audit, ratings), out / "audit.html")

    steps.begin("Benchmark: consensus, split by conversation, frozen")
    benchmark = _benchmark(ratings, audit, out / "benchmark", seed=seed)
    say_.print(repr(benchmark), markup=False)

    steps.begin(f"Search: {calls} calls to the {model} model, live; interrupted, the same command goes on")
    rubrics = _rubrics(benchmark)
    # Asked for an object, the embedded model is held to one by a grammar, and leaves no item unscored.
    untuned = Judge(rubrics[0], resolve_lm(model), output="json", settings={"max_tokens": 32})
    with search_display(console(), objective="spearman") as progress:
        tuned = compile_judge(
            untuned,
            train=benchmark.train,
            dev=benchmark.dev,
            space=SearchSpace(rubrics=rubrics, demo_counts=(0, 2)),
            budget=Budget(calls=calls),
            deployment=Deployment(calls=1),
            storage=f"sqlite:///{out / 'study.db'}",
            seed=seed,
            progress=progress,
        )
    print_compiled(tuned, say_)

    steps.begin("Evaluation: the held-out conversations, beside the untuned judge and what length alone gives")
    with VerdictStore(out / "study.verdicts.db") as store, run_progress(console()) as progress:
        evaluation = evaluate_judge(tuned.judge, benchmark.test, baseline=untuned, store=store, progress=progress)
    print_evaluation(evaluation, say_)
    write_atomic(out / "evaluation.json", dumps(evaluation) + "\n")
    write_page(evaluation_page(evaluation, compiled=tuned.result), out / "report.html")

    steps.begin("Publication: a directory of JSON and text, loaded again, judging a conversation it never saw")
    where = publish_judge(
        tuned.judge, out / "judge", name="Helpfulness in telecom customer service", evaluation=evaluation,
        licence="apache-2.0", overwrite=True,
    )  # fmt: skip
    judged = load_judge(where)(prompt=_PROMPT, response=_RESPONSE)
    say_.print(f"{_PROMPT}\n{_RESPONSE}", style="dim", markup=False)
    score = f"{judged.score:.2f}" if judged.score is not None else f"unscored ({judged.unscored})"
    say_.print(f"score {score} on 1 to 5", markup=False)
    seconds = time.monotonic() - started
    say_.print(f"\nDone in {duration(seconds)}. Open {out / 'report.html'} and {out / 'audit.html'}.", markup=False)
    say_.print(
        "A model of 135 million parameters judges little better than chance: the path is what this shows. "
        "Point --model at a larger one.",
        markup=False,
    )
    write_json(
        json,
        {
            "benchmark": benchmark.fingerprint,
            "compile": tuned.result.to_dict(),
            "evaluation": evaluation.to_dict(),
            "score": judged.score,
            "seconds": round(seconds, 1),
        },
        schema="alia-judge/demo/1",
        signature=f"demo|model:{model}|calls:{calls}|seed:{seed}",
    )
    suggest("validate", "RATINGS")


class _Steps:
    """Numbers the steps as they begin."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._count = 0

    def begin(self, what: str) -> None:
        from rich.text import Text

        self._count += 1
        self._console.print(Text(f"\n{self._count}. {what}", style="bold"))


def _benchmark(ratings: Ratings, audit: RatingsAudit, folder: Path, *, seed: int) -> Benchmark:
    """The frozen benchmark; one that is there from an interrupted run must be the same."""
    from alia_judge.benchmark import Benchmark, build_benchmark

    built = build_benchmark(
        _without_context(ratings),
        criterion=_CRITERION,
        splits=(0.6, 0.2, 0.2),
        audit=audit,
        licence="Apache-2.0",
        seed=seed,
    )
    if not folder.exists():
        built.freeze(folder)
    frozen = Benchmark.load(folder)
    if frozen.fingerprint != built.fingerprint:
        raise UsageError(f"{folder} holds another benchmark, of another seed or version; take another --out")
    return frozen


def _without_context(ratings: Ratings) -> Ratings:
    """The ratings without the operator's policies: the embedded model cannot use them, and they double its reading."""
    return replace(ratings, item_table=ratings.item_table.drop(columns=["context"]))


def _rubrics(benchmark: Benchmark) -> tuple[Rubric, ...]:
    from alia_judge.judging.rubrics.rubric import Rubric

    english = Rubric(
        criterion=_CRITERION,
        scale=benchmark.scale,
        instructions="How far does the reply of customer service solve the customer's problem?",
        anchors={1: "useless, wrong or harmful", 3: "helps in part", 5: "solves it"},
    )
    spanish = Rubric(
        criterion="utilidad",
        scale=benchmark.scale,
        language="es",
        instructions="¿Hasta qué punto resuelve la respuesta el problema del cliente?",
        anchors={1: "inútil, errónea o dañina", 3: "ayuda en parte", 5: "lo resuelve"},
    )
    return tuple(replace(rubric, style=style) for rubric in (english, spanish) for style in ("anchored", "terse"))
