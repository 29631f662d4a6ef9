"""Calls a second over a server that takes 50 ms for each: the library's bulk path beside what people use, in one run.

Run: python benchmarks/throughput.py [--others PYTHON] [--rounds 3] [--without CONTENDER ...]
     python benchmarks/throughput.py --memory

A loopback server in a process of its own speaks OpenAI's protocol and answers after 50 ms with a score and its
log-probabilities. Each contender judges the same 3,000 items in a fresh process, 64 at once, in turns, so that drift of
the machine meets all alike; figures are the best of the rounds, and those that take half a minute have one round.
`PYTHON` is an interpreter with mlflow and deepeval, which are not among this library's dependencies; without them they
are named as not run. ``--memory`` measures peak memory over growing numbers of items, up to a million, and draws it.
Either takes several minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

ITEMS, CONCURRENCY, DELAY = 3000, 64, 0.05
RUBRIC = "Score how helpful the response is, from 1 (useless) to 5 (solves the problem). Answer with the number alone."
PROMPT = "My fibre line has been down since Monday and nobody calls me back. " * 4
OURS = "alia_judge, new verdicts into a store"
REPLAY = "alia_judge, the same again from the store"
BARE = "bare aiohttp"
Rate = dict[str, float]
Rates = dict[str, Rate]


def main() -> None:
    """Run every contender in turn and store the figures, or run the one asked for and print its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--others", default=None, metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without", nargs="*", default=[], choices=CONTENDERS, metavar="CONTENDER")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--only", nargs=2, default=None, metavar=("CONTENDER", "ADDRESS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        name, address = arguments.only
        print(json.dumps(contender(name)(address)))
    elif arguments.memory:
        peaks, processor = memory_curve()
        store("throughput_memory", {"peak_megabytes": peaks, "processor_ms_per_item": processor})
        draw(peaks)
    else:
        store("throughput", compare(arguments.others, arguments.rounds, arguments.without))


def contender(name: str) -> Callable[[str], Any]:
    """What runs alone in its process, by the name `run_alone` was given."""
    kind, _, rest = name.partition(" ")
    if kind == "fill":
        return partial(fill, folder=Path(rest))
    if kind in COUNTS:
        count, _, folder = rest.partition(" ")
        return partial(memory, kind=kind, count=int(count), folder=Path(folder))
    return CONTENDERS[name]


def compare(others: str | None, rounds: int, without: list[str]) -> dict[str, Any]:
    """Best calls a second of each contender, and ratios."""
    rates: dict[str, list[Rate]] = {}
    failures: dict[str, str] = {}
    with loopback(DELAY) as server:
        for number in range(rounds):
            server.default("ok")
            for name in [name for name in CONTENDERS if name not in without]:  # those that want other answers come last
                python = others if name in OTHERS and others is not None else sys.executable
                if name in failures or (name in SLOW and number):
                    continue
                if name in OTHERS:
                    server.default("say", text=THEIR_ANSWER)
                try:
                    for label, rate in run_alone(python, name, server.base_url).items():
                        rates.setdefault(label, []).append(rate)
                except RuntimeError as error:
                    failures[name] = str(error)
                server.default("ok")
                print(name, "done", file=sys.stderr, flush=True)
    best = {label: max(one["per_second"] for one in ones) for label, ones in rates.items()}
    processor = {label: min(one["cpu_ms"] for one in ones) for label, ones in rates.items()}
    dspys = max(rate for label, rate in best.items() if label.startswith("DSPy"))
    return {
        "calls_per_second": {label: round(rate, 1) for label, rate in best.items()},
        "processor_ms_per_call": {label: round(value, 3) for label, value in processor.items()},
        "all_rounds": {label: [round(one["per_second"], 1) for one in ones] for label, ones in rates.items()},
        "ideal": CONCURRENCY / DELAY,
        "ours_to_bare_aiohttp": round(best[OURS] / best[BARE], 3),
        "ours_to_best_dspy": round(best[OURS] / dspys, 2),
        "did_not_run": failures,
        "settings": {"items": ITEMS, "concurrency": CONCURRENCY, "server_seconds": DELAY, "rounds": rounds},
    }


def run_alone(python: str, name: str, address: str) -> Any:
    """One contender in a fresh process."""
    environment = {
        **os.environ,
        "OPENAI_API_KEY": "sk-loopback",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "DEEPEVAL_TELEMETRY_OPT_OUT": "YES",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_TRACKING_URI": f"sqlite:///{tempfile.gettempdir()}/throughput-mlflow.db",
        "MLFLOW_GENAI_EVAL_MAX_WORKERS": str(CONCURRENCY),
    }
    command = [python, __file__, "--only", name, address]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1800, check=False)
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"not done after {error.timeout:.0f} s") from error
    if done.returncode:
        raise RuntimeError((done.stderr.strip() or "no output").splitlines()[-1])
    return json.loads(done.stdout.splitlines()[-1])


def loopback(delay: float) -> Any:
    """The tests' server, in a process of its own."""
    path = Path(__file__).parents[1] / "tests" / "openai_server.py"
    spec = importlib.util.spec_from_file_location("openai_server", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.OpenAIServer(delay=delay)


def store(name: str, result: dict[str, Any]) -> None:
    from _signature import signature, write

    print(write(name, {"signature": signature("dspy", "litellm", "aiohttp"), **result}).read_text())


# --- What is asked: the same of every contender ---


def response_text(number: int) -> str:
    return f"Ticket {number}. " + "Unplug the router, wait two minutes, and plug it in again. " * 5


def body(number: int, model: str) -> dict[str, Any]:
    messages = [
        {"role": "system", "content": RUBRIC},
        {"role": "user", "content": f"Prompt: {PROMPT}\n\nResponse: {response_text(number)}\n\nScore:"},
    ]
    asked = {"temperature": 0.0, "max_tokens": 16, "logprobs": True, "top_logprobs": 20}
    return {"model": model, "messages": messages, **asked}


def clocked(work: Callable[[], Any], calls: int = ITEMS) -> Rate:
    """Calls a second, and the processor time of each: what a busy machine does not stretch."""
    started, worked = time.perf_counter(), time.process_time()
    work()
    seconds, processor = time.perf_counter() - started, time.process_time() - worked
    return {"per_second": calls / seconds, "cpu_ms": 1000 * processor / calls}


def in_flight(ask: Callable[[int], Awaitable[Any]]) -> Callable[[], Awaitable[None]]:
    """All the items through `ask`, so many at once on one event loop."""
    numbers = iter(range(ITEMS))

    async def worker() -> None:
        for number in numbers:
            await ask(number)

    async def everything() -> None:
        await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))

    return everything


# --- The contenders ---


def aiohttp_bare(address: str) -> Rates:
    import aiohttp

    async def main() -> None:
        headers = {"Authorization": "Bearer sk-loopback"}
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

            async def ask(number: int) -> Any:
                async with session.post(f"{address}/chat/completions", json=body(number, "judge")) as response:
                    return await response.json()

            await in_flight(ask)()

    return {BARE: clocked(lambda: asyncio.run(main()))}


def dspy_bare(address: str, *, engine: str, threads: bool) -> Rates:
    import dspy
    from dspy.lm15 import request_from_openai_chat

    dspy.configure(disable_history=True)
    lm = dspy.LM("openai/judge", api_base=address, api_key="sk-loopback", cache=False, engine=engine, num_retries=0)

    def request(number: int) -> Any:
        return request_from_openai_chat(body(number, "openai/judge"))

    def in_threads() -> None:
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            list(pool.map(lambda number: lm(request(number)), range(ITEMS)))

    if threads:
        return {f"DSPy, {engine}, threads": clocked(in_threads)}
    everything = in_flight(lambda number: lm.acall(request=request(number)))
    return {f"DSPy, {engine}, async": clocked(lambda: asyncio.run(everything()))}


def litellm_batch(address: str) -> Rates:
    import litellm

    bodies = [body(number, "openai/judge") for number in range(ITEMS)]
    messages = [one.pop("messages") for one in bodies]
    work = partial(
        litellm.batch_completion,
        messages=messages,
        max_workers=CONCURRENCY,
        api_base=address,
        api_key="sk-loopback",
        **bodies[0],
    )
    return {"litellm.batch_completion": clocked(work)}


def mlflow_judge(address: str) -> Rates:
    import mlflow
    from mlflow.genai.judges import make_judge

    os.environ["OPENAI_API_BASE"] = os.environ["OPENAI_BASE_URL"] = address
    judge = make_judge(name="help", instructions=f"{RUBRIC} {{{{ inputs }}}} {{{{ outputs }}}}", model="openai:/judge")
    # Fewer: it needs seconds, not milliseconds, for each.
    data = [
        {"inputs": {"prompt": PROMPT}, "outputs": {"response": response_text(number)}} for number in range(ITEMS // 100)
    ]
    work = partial(mlflow.genai.evaluate, data=data, scorers=[judge])
    return {"MLflow evaluate with make_judge": clocked(work, len(data))}


def deepeval_geval(address: str) -> Rates:
    from deepeval import evaluate
    from deepeval.evaluate import AsyncConfig, CacheConfig, DisplayConfig
    from deepeval.metrics import GEval
    from deepeval.models import GPTModel
    from deepeval.test_case import LLMTestCase, LLMTestCaseParams

    model = GPTModel(model="gpt-4o", base_url=address, _openai_api_key="sk-loopback")
    fields = [LLMTestCaseParams.INPUT, LLMTestCaseParams.ACTUAL_OUTPUT]
    metric = GEval(name="help", evaluation_steps=[RUBRIC], evaluation_params=fields, model=model)
    cases = [LLMTestCase(input=PROMPT, actual_output=response_text(number)) for number in range(ITEMS // 20)]
    work = partial(
        evaluate,
        cases,
        [metric],
        async_config=AsyncConfig(max_concurrent=CONCURRENCY, throttle_value=0),
        cache_config=CacheConfig(write_cache=False),
        display_config=DisplayConfig(show_indicator=False, print_results=False),
    )
    return {"DeepEval evaluate with GEval": clocked(work, len(cases))}


def alia_judge_bulk(address: str) -> Rates:
    import alia_judge as aj

    judge = our_judge(address)
    items = list(our_items(ITEMS))
    options = aj.RunOptions(concurrency=CONCURRENCY)
    with tempfile.TemporaryDirectory() as folder, aj.VerdictStore(Path(folder) / "verdicts.sqlite") as store:
        paid = clocked(lambda: checked(aj.run(judge, items, store=store, options=options), paid=ITEMS))
        replayed = clocked(lambda: checked(aj.run(judge, items, store=store, options=options), paid=0))
    return {OURS: paid, REPLAY: replayed}


def our_judge(address: str) -> Any:
    import alia_judge as aj

    rubric = aj.Rubric(criterion="Helpfulness", scale=aj.Scale.ordinal(1, 5), instructions=RUBRIC)
    return aj.Judge(rubric, lm=aj.resolve_lm("openai/judge", api_base=address))


def our_items(count: int) -> Iterator[Any]:
    import alia_judge as aj

    for number in range(count):
        yield aj.Item(item_id=str(number), prompt=PROMPT, response=response_text(number))


def checked(result: Any, *, paid: int) -> None:
    """A fast figure for the wrong work would be worth nothing."""
    if (result.progress.paid, result.progress.unscored) != (paid, 0) or result.verdicts[0].probabilities is None:
        raise RuntimeError(f"expected {paid} paid calls, all scored from log-probabilities; got {result.progress}")


# --- Memory ---


def memory_curve() -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """Peak memory of a process that streams so many items, and its processor time for each: by kind, and by number.

    New ones are asked over the server, as `stream` does. What is replayed is read from one store that holds them all,
    by `stream`, and by ``alia-judge score``, which also reads the items from a file of JSON lines and writes Parquet.
    """
    peaks: dict[str, dict[str, float]] = {kind: {} for kind in COUNTS}
    processor: dict[str, dict[str, float]] = {kind: {} for kind in COUNTS}
    with loopback(0.0) as server, tempfile.TemporaryDirectory() as folder:
        run_alone(sys.executable, f"fill {folder}", server.base_url)
        print("store filled", file=sys.stderr, flush=True)
        for kind, counts in COUNTS.items():
            for count in counts:
                found = run_alone(sys.executable, f"{kind} {count} {folder}", server.base_url)
                peaks[kind][str(count)], processor[kind][str(count)] = found["peak"], found["cpu_ms"]
                print(kind, count, found, file=sys.stderr, flush=True)
    return peaks, processor


def draw(curve: dict[str, dict[str, float]]) -> None:
    """Peak memory over the number of items."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3.2), layout="constrained")
    axes = figure.subplots()
    labels = {"new": "asked for and stored", "replayed": "read from the store", "score": "alia-judge score, replayed"}
    for kind, label in labels.items():
        axes.plot([int(count) for count in curve[kind]], list(curve[kind].values()), marker="o", label=label)
    axes.set(xscale="log", xlabel="items", ylabel="peak memory, MB", ylim=(0, None))
    axes.legend()
    figure.savefig(Path(__file__).with_name("results") / "throughput_memory.png", dpi=80)


def fill(address: str, *, folder: Path) -> dict[str, float]:
    """A store that holds a verdict of every item there will be, the same for each."""
    import alia_judge as aj

    judge = our_judge(address)
    verdict = aj.Verdict(score=4.0, parsed=4.0, probabilities=(0.0, 0.1, 0.2, 0.6, 0.1), text="4")
    rows = ((item.digest(), verdict) for item in our_items(max(map(max, COUNTS.values()))))
    with aj.VerdictStore(folder / "verdicts.sqlite") as store:
        while batch := list(itertools.islice(rows, 10_000)):
            store.put(judge.configuration(), judge.lm_identity(), 0, batch)
    return {}


def memory(address: str, *, kind: str, count: int, folder: Path) -> dict[str, float]:
    """Judge `count` items and keep nothing; the process's peak memory in megabytes, and processor time an item."""
    judge = our_judge(address)
    started = time.process_time()
    if kind == "score":
        started = score(judge, address, count, folder)
    else:
        path = folder / ("verdicts.sqlite" if kind == "replayed" else f"new-{count}.sqlite")
        streamed(judge, count, path, paid=0 if kind == "replayed" else count)
    worked = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"peak": round(peak, 1), "cpu_ms": round(1000 * worked / count, 4)}


def streamed(judge: Any, count: int, path: Path, *, paid: int) -> None:
    """Every item through `stream`."""
    import alia_judge as aj
    from alia_judge.runner import stream

    with aj.VerdictStore(path) as store:
        options = aj.RunOptions(concurrency=CONCURRENCY)
        replayed = [one.replayed for one in stream(judge, our_items(count), store=store, options=options)]
    if (len(replayed), replayed.count(False)) != (count, paid):
        raise RuntimeError(f"expected {count} verdicts, {paid} of them paid; got {len(replayed)}")


def score(judge: Any, address: str, count: int, folder: Path) -> float:
    """``alia-judge score`` over a file of so many items; when it began."""
    import alia_judge as aj
    from alia_judge.cli import main as command

    artifact, items, out = (folder / name for name in (f"artifact-{count}", f"items-{count}.jsonl", f"{count}.parquet"))
    aj.publish_judge(judge, artifact, name="throughput")
    with items.open("w") as lines:
        for item in our_items(count):
            lines.write(json.dumps({"item_id": item.item_id, "prompt": item.prompt, "response": item.response}) + "\n")
    kept = ["--store", folder / "verdicts.sqlite", "--api-base", address]
    result = folder / f"score-{count}.json"
    started = time.process_time()
    try:
        command([str(word) for word in ("score", artifact, items, "--out", out, "--json", result, *kept)])
    except SystemExit as done:
        if done.code:
            raise RuntimeError(f"score ended with exit code {done.code}") from done
        calls = json.loads(result.read_text())["calls"]
        if calls != {"paid": 0, "replayed": count}:
            raise RuntimeError(f"expected {count} replayed, got {calls}") from done
    return started


CONTENDERS: dict[str, Callable[[str], Any]] = {
    "aiohttp": aiohttp_bare,
    "alia_judge": alia_judge_bulk,
    "dspy lm15 async": partial(dspy_bare, engine="lm15", threads=False),
    "dspy lm15 threads": partial(dspy_bare, engine="lm15", threads=True),
    "dspy litellm async": partial(dspy_bare, engine="litellm", threads=False),
    "dspy litellm threads": partial(dspy_bare, engine="litellm", threads=True),
    "litellm": litellm_batch,
    "mlflow": mlflow_judge,
    "deepeval": deepeval_geval,
}
OTHERS = ("mlflow", "deepeval")
SLOW = (*OTHERS, "litellm", "dspy litellm async", "dspy litellm threads")
#: MLflow's and DeepEval's judges want a JSON object: one that satisfies both.
THEIR_ANSWER = json.dumps({"score": 4, "reason": "clear", "result": "4", "rationale": "clear"})
#: Items judged for the curve of each kind.
COUNTS = {
    "new": (3_000, 10_000, 30_000, 100_000),
    "replayed": (10_000, 100_000, 1_000_000),
    "score": (10_000, 100_000, 1_000_000),
}


if __name__ == "__main__":
    main()
