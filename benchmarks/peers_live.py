"""Peers' optimisers beside this library's search, live: the same model, items and number of requests.

Run: python benchmarks/peers_live.py [--data telecom,basse --basse BASSE.es.jsonl] [--requests 100] [--splits 1]
     [--methods NAME,NAME]
     [--api-base http://HOST/v1 --model NAME] [--items 16,16,24] [--characters 300] [--reflection-tokens 96]
Writes benchmarks/results/peers_live.json. Answers and lines go to benchmarks/out/, and the same command goes on there.

Without `--api-base` the model is the embedded one (135M parameters), served by llama.cpp on loopback. Each method
learns on the same items of the same groups through a proxy that counts its requests and answers none over `--requests`;
what it ends with scores the same held-out groups, whose requests are counted apart. All begin with the same judge: the
library's rubric, in Spanish, its answer begun for the model, the score the mean over the points' probabilities.

- `hand-written`: that judge, untuned.
- `bootstrap`, `mipro`, `gepa`, `simba`: DSPy's BootstrapFewShotWithRandomSearch, MIPROv2, GEPA and SIMBA on it.
  ``exact`` is their usual metric, whether the rounded score is people's; ``near`` this library's `closeness_metric`,
  and for GEPA `feedback_metric`. Their own model writes instructions, asked for as JSON. What they ask over the limit
  counts as wrong.
- `mlflow`: MLflow's `align` with SIMBA, from 3.18; `autorubric`: its `improve_rubric` on grading errors. Both judge in
  their own way, by objects that the model writes; they are imported where they are named in `--methods` (`pip install
  mlflow autorubric`), and are not in the project's environment.
- `single`, `five`, `all`: one search of this library; its judge of one call, its stack of at most five, and of all.

The items of `telecom` are the sample's replies (constructed, with simulated ratings of tone); those of `basse` are
system summaries (Coherence). Shown is the response alone, and only texts of at most `--characters` are taken, for a
processor is slow. Whole groups are drawn until a part has as many items as `--items` says: to learn on, to choose on
and held out. Intervals are percentiles of 2,000 bootstraps over held-out groups, of all splits together.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dspy
import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _counting_proxy import Account, CountingProxy
from _other_tools import autorubric_improve, mlflow_align, simba_settings
from _signature import signature, write

import alia_judge as aj
from alia_judge.integrations.dspy_metric import PerItemMetricWarning, closeness_metric, feedback_metric
from alia_judge.stats import quadratic_weighted_kappa
from alia_judge.stats.kernels import spearman_rows

OUT = Path(__file__).parent / "out"
BOOTSTRAPS, DEMOS = 2000, 2
Floats = np.ndarray


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a method learns on, and what it is tried on."""

    judge: aj.Judge
    train: Any
    dev: Any
    test: Any
    requests: int
    lm: Any
    writer: Any
    address: str
    model: str
    tokens: int
    seed: int


def main() -> None:
    """Run every method on every data set, then store the table."""
    arguments = parsed()
    logging.getLogger("dspy").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    drawn: dict[str, tuple[aj.Rubric, Any, str]] = {}
    drawn["telecom"] = (aj.builtin_rubric("tone", "es"), aj.load_sample(), "tone")
    if "basse" in arguments.data.split(","):
        drawn["basse"] = (aj.builtin_rubric("coherence", "es"), aj.load_ratings(arguments.basse), "Coherence")
    sizes = tuple(map(int, arguments.items.split(",")))
    kept = Kept(OUT / f"{arguments.name}.jsonl")
    with served(arguments) as (address, model):
        proxy = CountingProxy(address, OUT / f"{arguments.name}.answers.db", key=arguments.key, told=progress())
        for seed in range(arguments.splits):
            for name in arguments.data.split(","):
                rubric, ratings, criterion = drawn[name]
                parts = splits_of(ratings, criterion, arguments.characters, sizes, seed)
                run_methods(arguments, proxy, model, kept, name, seed, rubric, parts)
        proxy.close()
    failed = [line for line in kept.lines if "failed" in line]
    result = tabulated([line for line in kept.lines if "failed" not in line])
    about = {
        "model": arguments.model or "SmolLM2-135M-Instruct (Q4_1)",
        "requests": arguments.requests,
        "items": sizes,
        "characters": arguments.characters,
        "signature": signature("dspy", "gepa", "optuna", *(name for name in ELSEWHERE if find_spec(name)), seed=0),
    }
    print(markdown(result), write(arguments.name, {"table": result, "failed": failed, **about}), sep="\n")


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--basse", type=Path)
    parser.add_argument("--data", default="telecom", help="which data sets, with commas: telecom, basse")
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--splits", type=int, default=1)
    parser.add_argument("--methods", help="names, with commas; all but mlflow and autorubric where left out")
    parser.add_argument("--items", default="16,16,24", help="how many to learn on, to choose on and held out, about")
    parser.add_argument("--characters", type=int, default=300, help="longest text that is taken")
    parser.add_argument("--api-base", help="an OpenAI-compatible server, with /v1")
    parser.add_argument("--model")
    parser.add_argument("--key", default="none")
    parser.add_argument("--reflection-tokens", type=int, default=96, help="how long what a peer has written may be")
    parser.add_argument("--name", default="peers_live")
    return parser.parse_args()


def run_methods(
    arguments: argparse.Namespace,
    proxy: CountingProxy,
    model: str,
    kept: Kept,
    data: str,
    seed: int,
    rubric: aj.Rubric,
    splits: Sequence[Any],
) -> None:
    """What each method reaches, where that is not known yet."""
    lm = aj.resolve_lm(f"openai/{model}", api_base=proxy.url, api_key="none", max_tokens=2, temperature=0.0)
    writer = aj.resolve_lm(
        f"openai/{model}", api_base=proxy.url, api_key="none", max_tokens=arguments.reflection_tokens, temperature=1.0
    )
    judge = aj.Judge(rubric, lm, layout="prefill")
    train, dev, test = splits
    task = Task(
        judge=judge,
        train=train,
        dev=dev,
        test=test,
        requests=arguments.requests,
        lm=lm,
        writer=writer,
        address=proxy.url,
        model=model,
        tokens=arguments.reflection_tokens,
        seed=seed,
    )
    wanted = arguments.methods.split(",") if arguments.methods else [name for name in METHODS if name not in ELSEWHERE]
    for method in wanted:
        names = OURS if method == "ours" else (method,)
        if all(kept.has(data, seed, name) for name in names):
            continue
        begun = time.monotonic()
        with proxy.account(f"{data} {seed} {method}", task.requests) as learning:
            try:
                scorers = METHODS[method](task)
            except Exception as error:  # noqa: BLE001 - a peer that cannot work with this model is a finding
                said = f"{type(error).__name__}: {error}".strip().splitlines()[0]
                told = {"data": data, "split": seed, "failed": said, "learning": learning.figures()}
                for name in names:
                    kept.add({**told, "method": name})
                continue
        for name, score in scorers.items():
            with proxy.account(f"{data} {seed} {name} held out") as scoring:
                scores = score(test.items)
            kept.add(
                {
                    "data": data,
                    "split": seed,
                    "method": name,
                    "scores": [None if np.isnan(one) else round(float(one), 6) for one in scores],
                    "target": test.target.tolist(),
                    "held_out": [item.group for item in test.items],
                    "learning": learning.figures(),
                    "scoring": scoring.figures(),
                    "minutes": round((time.monotonic() - begun) / 60, 2),
                }
            )


# --- Methods: each learns, and gives what scores new items, by name ---

Scorer = Callable[[Sequence[aj.Item]], Floats]


def of_judge(judge: Any) -> Scorer:
    """Scores by a judge that is called item by item; an item that fails has none."""

    def score(items: Sequence[aj.Item]) -> Floats:
        said = []
        for item in items:
            try:
                found = judge(**({"response": item.response})).score
            except dspy.LMError:
                found = None
            said.append(np.nan if found is None else float(found))
        return np.array(said)

    return score


def hand_written(task: Task) -> dict[str, Scorer]:
    """The rubric as it is."""
    return {"hand-written": of_judge(task.judge)}


def ours(task: Task) -> dict[str, Scorer]:
    """One search of this library, and three judges of it."""
    space = replace(aj.SearchSpace.around(task.judge), demo_counts=(0, DEMOS))
    tuned = aj.compile_judge(
        task.judge,
        train=task.train,
        dev=task.dev,
        space=space,
        budget=aj.Budget(calls=task.requests),
        storage=":memory:",
        seed=task.seed,
    )
    print(tuned.summary, flush=True)
    few, every = (tuned.redeploy(aj.Deployment(calls=calls)) for calls in (5, "all"))
    return {"single": of_run(tuned.judge), "five": of_run(few.module), "all": of_run(every.module)}


def of_run(judge: Any) -> Scorer:
    """Scores by a judge of this library, every call of it counted."""

    def score(items: Sequence[aj.Item]) -> Floats:
        verdicts = aj.run(judge, items, store=aj.VerdictStore()).verdicts
        return np.array([np.nan if one.score is None else one.score for one in verdicts])

    return score


def bootstrap(task: Task, metric: Any) -> Any:
    """Demonstrations by random search."""
    search = dspy.BootstrapFewShotWithRandomSearch(
        metric=metric,
        max_bootstrapped_demos=DEMOS,
        max_labeled_demos=DEMOS,
        num_candidate_programs=16,
        num_threads=1,
        max_errors=10**6,
    )
    return search.compile(task.judge, trainset=examples(task.train), valset=examples(task.dev))


def mipro(task: Task, metric: Any) -> Any:
    """Instructions and demonstrations by MIPROv2."""
    candidates = 3
    trials = max(1, task.requests // len(task.dev.items) - 1)
    search = dspy.MIPROv2(
        metric=metric,
        prompt_model=task.writer,
        task_model=task.lm,
        max_bootstrapped_demos=DEMOS,
        max_labeled_demos=DEMOS,
        auto=None,
        num_candidates=candidates,
        num_threads=1,
        max_errors=10**6,
        seed=task.seed + 9,
    )
    return search.compile(
        task.judge,
        trainset=examples(task.train),
        valset=examples(task.dev),
        num_trials=trials,
        minibatch=False,
        program_aware_proposer=False,
    )


def gepa(task: Task, metric: Any) -> Any:
    """Instructions by reflection."""
    search = dspy.GEPA(
        metric=metric, max_metric_calls=task.requests, reflection_lm=task.writer, num_threads=1, seed=task.seed
    )
    return search.compile(task.judge, trainset=examples(task.train), valset=examples(task.dev))


def simba(task: Task, metric: Any) -> Any:
    """Rules and demonstrations from what varies between samples."""
    known = [*examples(task.train), *examples(task.dev)]
    search = dspy.SIMBA(metric=metric, prompt_model=task.writer, **simba_settings(task.requests, len(known), DEMOS))
    judge = task.judge.deepcopy()
    judge.set_lm(task.lm)
    with dspy.context(max_errors=10**6):
        return search.compile(judge, trainset=known, seed=task.seed)


def by_exact_match(scale: aj.Scale, known: Sequence[Any]) -> Any:  # noqa: ARG001
    """The usual metric: whether the rounded score is people's."""

    def exact(gold: Any, said: Any, trace: Any = None, pred_name: Any = None, pred_trace: Any = None) -> bool:  # noqa: ARG001
        score = said.get("score") if said is not None else None
        return score is not None and round(float(score)) == round(float(gold["score"]))

    return exact


def with_metric(compiled: Callable[[Task, Any], Any], metric: Any, name: str) -> Callable[[Task], dict[str, Scorer]]:
    """A method of DSPy's with a metric."""

    def method(task: Task) -> dict[str, Scorer]:
        known = [*examples(task.train), *examples(task.dev)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PerItemMetricWarning)
            made = metric(task.judge.scale, known)
        # What a peer's model writes is asked for as JSON, in which a server holds small models to the fields asked for.
        with dspy.context(lm=task.lm, adapter=dspy.JSONAdapter()):
            return {name: of_judge(compiled(task, made))}

    return method


OURS = ("single", "five", "all")
#: Methods of packages that are not in the project's environment, named as these are.
ELSEWHERE = ("autorubric", "mlflow")
METHODS: Mapping[str, Callable[[Task], dict[str, Scorer]]] = {
    "hand-written": hand_written,
    "ours": ours,
    "autorubric": lambda task: {"autorubric": autorubric_improve(task)},
    "bootstrap exact": with_metric(bootstrap, by_exact_match, "bootstrap exact"),
    "bootstrap near": with_metric(bootstrap, closeness_metric, "bootstrap near"),
    "gepa near": with_metric(gepa, feedback_metric, "gepa near"),
    "gepa exact": with_metric(gepa, by_exact_match, "gepa exact"),
    "mlflow": lambda task: {"mlflow": mlflow_align(task, DEMOS)},
    "mipro exact": with_metric(mipro, by_exact_match, "mipro exact"),
    "mipro near": with_metric(mipro, closeness_metric, "mipro near"),
    "simba exact": with_metric(simba, by_exact_match, "simba exact"),
    "simba near": with_metric(simba, closeness_metric, "simba near"),
}


# --- Data ---


def splits_of(ratings: Any, criterion: str, characters: int, sizes: Sequence[int], seed: int) -> list[Any]:
    """Train, dev and test by groups, of short texts, the response alone shown."""
    matrix = set(ratings.matrix(criterion).item_ids)
    items = [
        item for item in ratings.items() if item.item_id in matrix and item.system and len(item.response) <= characters
    ]
    of_group: dict[str, list[str]] = {}
    for item in items:
        of_group.setdefault(str(item.group), []).append(item.item_id)
    parts: dict[str, list[str]] = {"train": [], "dev": [], "test": []}
    left = iter(np.random.default_rng(seed).permutation(sorted(of_group)).tolist())
    for groups, size in zip(parts.values(), sizes, strict=True):
        while sum(len(of_group[one]) for one in groups) < size and (drawn := next(left, None)) is not None:
            groups.append(drawn)
    chosen = ratings.select(criteria=[criterion], items=[item.item_id for item in items])
    benchmark = aj.build_benchmark(chosen, criterion=criterion, splits=parts)
    return [
        replace(
            split,
            items=tuple(replace(item, prompt=None, context=None, reference=None, turns=()) for item in split.items),
            ledger=None,
        )
        for split in (benchmark.train, benchmark.dev, benchmark.test)
    ]


def examples(split: Any) -> list[Any]:
    """A split as DSPy has it."""
    return [
        dspy.Example(response=item.response, score=float(score)).with_inputs("response")
        for item, score in zip(split.items, split.scale.oriented(split.target), strict=True)
    ]


# --- The served model, and what is kept ---


@contextmanager
def served(arguments: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Address and name of the model; the embedded one is served here."""
    if arguments.api_base:
        yield arguments.api_base, arguments.model
        return
    import os

    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import xllamacpp

    from alia_judge.models.weights import embedded_model_path

    params = xllamacpp.CommonParams()
    params.model.path = str(embedded_model_path())
    params.n_ctx, params.n_parallel = 4096, 1  # autorubric asks in 2,000 tokens; a second slot computes nothing faster
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.cache_ram_mib, params.verbosity = 512, -1
    params.warmup = params.fit_params = params.ui = False
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1", "smollm2"
    del server


def progress() -> Callable[[Account], None]:
    """A line on stderr every ten seconds."""
    last = 0.0

    def told(account: Account) -> None:
        nonlocal last
        if time.monotonic() - last >= 10:
            last = time.monotonic()
            bound = "" if account.limit is None else f" of {account.limit}"
            print(f"{account.name}: {account.requests}{bound} requests", file=sys.stderr, flush=True)

    return told


class Kept:
    """What has been measured, a line of JSON each, in a file that outlives the run."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(exist_ok=True)
        text = path.read_text("utf-8") if path.exists() else ""
        self.lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines() if line.endswith("}")]

    def has(self, data: str, split: int, method: str) -> bool:
        """Whether it is known."""
        return any((one["data"], one["split"], one["method"]) == (data, split, method) for one in self.lines)

    def add(self, line: dict[str, Any]) -> None:
        """Keep a line."""
        self.lines.append(line)
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")
        print(line["data"], line["split"], line["method"], line.get("failed") or figures(line), flush=True)


# --- Figures ---


def figures(line: Mapping[str, Any], places: Sequence[int] | None = None) -> dict[str, float]:
    """Spearman and quadratic kappa of a line's scores on held-out items (some of them, where `places` says which)."""
    scores = np.array([np.nan if one is None else one for one in line["scores"]], dtype=float)
    target = np.array(line["target"], dtype=float)
    scores = np.where(np.isnan(scores), np.nanmean(scores) if (~np.isnan(scores)).any() else 0.0, scores)
    chosen = np.arange(len(target)) if places is None else np.asarray(places)
    rho = float(np.nan_to_num(spearman_rows(scores[None, chosen], target[chosen])[0]))
    if places is not None:
        return {"spearman": rho}
    rounded = np.clip(np.round(scores), 1, 5).astype(int)
    kappa = quadratic_weighted_kappa(rounded, np.round(target).astype(int), interval="jackknife")
    return {"spearman": rho, "kappa": float(kappa.value)}


def tabulated(lines: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By data set and method: figures, costs, and differences from the rubric as it is and from this library's."""
    table: dict[str, dict[str, Any]] = {}
    for data in dict.fromkeys(line["data"] for line in lines):
        here = [line for line in lines if line["data"] == data]
        drawn = replicates(here)
        for method in dict.fromkeys(line["method"] for line in here):
            own = [line for line in here if line["method"] == method]
            known = [figures(line) for line in own]
            items = sum(len(line["scores"]) for line in own)
            table.setdefault(data, {})[method] = {
                "splits": len(own),
                "items": items,
                "spearman": interval(
                    np.mean([*drawn[method].values()], axis=0), float(np.mean([one["spearman"] for one in known]))
                ),
                "kappa": float(np.mean([one["kappa"] for one in known])),
                "unscored": sum(one is None for line in own for one in line["scores"]),
                "requests_learning": float(np.mean([line["learning"]["requests"] for line in own])),
                "refused": float(np.mean([line["learning"]["refused"] for line in own])),
                "tokens_learning": float(
                    np.mean([line["learning"]["prompt_tokens"] + line["learning"]["answer_tokens"] for line in own])
                ),
                "requests_an_item": sum(line["scoring"]["requests"] for line in own) / items,
                "tokens_an_item": sum(
                    line["scoring"]["prompt_tokens"] + line["scoring"]["answer_tokens"] for line in own
                )
                / items,
                "beyond": {
                    other: apart(here, drawn, method, other)
                    for other in ("hand-written", "single", "five", "all")
                    if other in drawn and other != method
                },
            }
    return table


def replicates(here: Sequence[Mapping[str, Any]]) -> dict[str, dict[int, Floats]]:
    """Each method's Spearman by split in bootstraps over groups, the same draws for all methods and splits."""
    names = sorted({group for line in here for group in line["held_out"]})
    rng = np.random.default_rng(0)
    draws = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=BOOTSTRAPS)
    place = {name: number for number, name in enumerate(names)}
    found: dict[str, dict[int, Floats]] = {}
    for line in here:
        own = np.array([place[group] for group in line["held_out"]])
        rows = [figures(line, np.repeat(np.arange(len(own)), draw[own]))["spearman"] for draw in draws]
        found.setdefault(line["method"], {})[line["split"]] = np.array(rows)
    return found


def apart(
    here: Sequence[Mapping[str, Any]], drawn: Mapping[str, Mapping[int, Floats]], method: str, other: str
) -> dict[str, float]:
    """How far a method's Spearman is above another's, on the splits that both have."""
    known = {(line["method"], line["split"]): figures(line)["spearman"] for line in here}
    both = sorted(drawn[method].keys() & drawn[other].keys())
    rows = [drawn[method][split] - drawn[other][split] for split in both]
    return interval(np.mean(rows, axis=0), float(np.mean([known[method, one] - known[other, one] for one in both])))


def interval(drawn: Floats, value: float) -> dict[str, float]:
    """A figure with the 95% percentiles of its bootstraps."""
    low, high = np.percentile(drawn, [2.5, 97.5])
    return {"value": round(float(value), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def markdown(table: Mapping[str, Mapping[str, Any]]) -> str:
    """The table for the documentation."""
    lines = []
    for data, rows in table.items():
        lines += [
            f"| {data} | Spearman | beyond hand-written | beyond all | kappa | requests, tokens to learn | an item |",
            "|---|---|---|---|---|---|---|",
        ]
        for method, row in rows.items():
            beyond = [shown(row["beyond"].get(other)) for other in ("hand-written", "all")]
            learning = f"{row['requests_learning']:.0f}, {row['tokens_learning']:,.0f}"
            scoring = f"{row['requests_an_item']:.1f}, {row['tokens_an_item']:.0f}"
            cells = [method, shown(row["spearman"]), *beyond, f"{row['kappa']:.2f}", learning, scoring]
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)


def shown(one: Mapping[str, float] | None) -> str:
    """A figure with its interval."""
    return "" if one is None else f"{one['value']:.3f} [{one['low']:.3f}, {one['high']:.3f}]"


if __name__ == "__main__":
    main()
