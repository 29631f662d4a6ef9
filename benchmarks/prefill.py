"""Prompt tokens a second through the whole of `Judge` on the embedded model, beside llama.cpp itself.

Run: python benchmarks/prefill.py

Both judge the same items of the bundled sample with the same rubric and demonstrations, the same threads, one answer
token. "llama.cpp" is a bare loop over its own server interface with the finished messages: no DSPy, no
log-probabilities, no verdict. The rounds alternate, so that drift of the machine meets both alike.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xllamacpp

import alia_judge as aj
from alia_judge.judging.prompt import render
from alia_judge.models.cores import physical_cores
from alia_judge.models.weights import embedded_model_path

ITEMS, ROUNDS = 8, 5
#: Without a cache every item computes the whole prompt: fewer of them say as much.
UNCACHED_ITEMS = 2
RUBRIC = (
    "Score how helpful the response of customer service is. A helpful response answers what was asked, gives the right "
    "amounts and steps, keeps the customer's language and register, and promises nothing that the company does not do."
)
ANCHORS = (
    "1: useless or harmful. 2: mostly misses. 3: helps in part. 4: helps, with a small fault. 5: solves the problem."
)


def main() -> None:
    """Alternate the loops, and store medians and ratios."""
    items = sample_items(ITEMS + 2)
    judge = make_judge(items[:2])
    items = items[2:]
    prompts = [messages(judge, item) for item in items]
    default, same = bare_server(flash_attention=True), bare_server(flash_attention=False)
    loops: dict[str, Callable[[], dict[str, float]]] = {
        "llama.cpp, its defaults, no cache": lambda: bare_loop(default, prompts[:UNCACHED_ITEMS], cache=False),
        "llama.cpp, the engine's settings, no cache": lambda: bare_loop(same, prompts[:UNCACHED_ITEMS], cache=False),
        "llama.cpp, the engine's settings, shared prefix": lambda: bare_loop(same, prompts, cache=True),
        "Judge": lambda: judge_loop(judge, items),
    }
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in loops}
    for number in range(ROUNDS + 1):
        for name, loop in loops.items():
            figures = loop()
            if number:  # the first round loads the models and fills the caches
                rounds[name].append(figures)
    rates = {name: {key: median(figures, key) for key in figures[0]} for name, figures in rounds.items()}
    ours, bare, uncached, defaults = (
        rates[name]
        for name in (
            "Judge",
            "llama.cpp, the engine's settings, shared prefix",
            "llama.cpp, the engine's settings, no cache",
            "llama.cpp, its defaults, no cache",
        )
    )
    result = {
        "signature": f"python:{platform.python_version()}|machine:{platform.machine()}|cores:{os.cpu_count()}"
        f"|threads:{physical_cores()}|items:{ITEMS}|rounds:{ROUNDS}|xllamacpp:{xllamacpp.__version__}",
        "tokens_per_second": rates,
        "judge_to_llama_cpp_same_work": round(ours["computed"] / bare["computed"], 3),
        "judge_prompt_tokens_to_llama_cpp_without_cache": round(ours["prompt"] / uncached["prompt"], 2),
        "judge_prompt_tokens_to_llama_cpp_defaults": round(ours["prompt"] / defaults["prompt"], 2),
        "flash_attention_off_to_on": round(uncached["prompt"] / defaults["prompt"], 3),
    }
    out = Path(__file__).with_name("results") / "prefill.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    print(out.read_text())


def median(figures: list[dict[str, float]], key: str) -> float:
    return round(statistics.median(one[key] for one in figures), 1)


def sample_items(count: int) -> list[aj.Item]:
    items = aj.load_sample().items()
    return list(items)[:count]


def make_judge(demonstrated: list[aj.Item]) -> aj.Judge:
    rubric = aj.Rubric(criterion="Helpfulness", scale=aj.Scale.ordinal(1, 5), instructions=f"{RUBRIC}\n{ANCHORS}")
    demos = [{"prompt": item.prompt, "response": item.response, "score": 4.0} for item in demonstrated]
    return aj.Judge(rubric, lm="embedded", demos=demos, settings={"max_tokens": 1}).for_bulk()


def messages(judge: aj.Judge, item: aj.Item) -> list[dict[str, str]]:
    return render(judge.rubric, judge.demos, judge.inputs(item), layout=judge.layout)


def judge_loop(judge: aj.Judge, items: list[aj.Item]) -> dict[str, float]:
    started = time.perf_counter()
    usages = [judge.verdict(item).usage for item in items]
    seconds = time.perf_counter() - started
    prompt = sum(usage.prompt_tokens for usage in usages)
    return {"prompt": prompt / seconds, "computed": (prompt - sum(u.cached_tokens for u in usages)) / seconds}


def bare_loop(server: Any, prompts: list[list[dict[str, str]]], *, cache: bool) -> dict[str, float]:
    started = time.perf_counter()
    timings = [
        server.handle_chat_completions(
            {"messages": prompt, "max_tokens": 1, "temperature": 0.0, "cache_prompt": cache}
        )["timings"]
        for prompt in prompts
    ]
    seconds = time.perf_counter() - started
    computed = sum(one["prompt_n"] for one in timings)
    return {"prompt": (computed + sum(one["cache_n"] for one in timings)) / seconds, "computed": computed / seconds}


def bare_server(*, flash_attention: bool) -> Any:
    params = xllamacpp.CommonParams()
    params.model.path = str(embedded_model_path())
    params.n_ctx, params.n_parallel, params.verbosity = 8192, 1, -1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = physical_cores()
    if not flash_attention:
        params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
