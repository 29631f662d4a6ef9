"""Prompt tokens a second through the whole of `Judge` on the embedded model, beside llama.cpp itself.

Run: python benchmarks/prefill.py

All judge the same items of the bundled sample with the same rubric and demonstration, the same threads, one answer
token. "llama.cpp" is its own server interface called with the finished messages: no DSPy, no log-probabilities, no
verdict. Each item is asked of all in turn, so that a busy machine slows all alike; a ratio is the median over items and
rounds.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import xllamacpp

import alia_judge as aj
from alia_judge.judging.prompt.prompt import render
from alia_judge.models.cores import physical_cores
from alia_judge.models.weights import embedded_model_path

ITEMS, ROUNDS = 4, 2
RUBRIC = (
    "Score how helpful the response of customer service is. A helpful response answers what was asked, gives the right "
    "amounts and steps, keeps the customer's language and register, and promises nothing that the company does not do. "
    "1: useless or harmful. 2: mostly misses. 3: helps in part. 4: helps, with a small fault. 5: solves the problem."
)
DEFAULTS = "llama.cpp, its defaults, no cache"
UNCACHED = "llama.cpp, the engine's settings, no cache"
SHARED = "llama.cpp, the engine's settings, shared prefix"
OURS = "Judge"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One prompt: its seconds, its tokens, and how many of them were computed."""

    seconds: float
    prompt: int
    computed: int


def main() -> None:
    """Ask each item of all, and store rates and ratios."""
    demonstrated, *items = islice(aj.load_sample().items(), ITEMS + 1)
    judge = make_judge(demonstrated)
    default = bare_server(flash_attention=True)
    uncached, shared = bare_server(flash_attention=False), bare_server(flash_attention=False)
    contenders: dict[str, Callable[[aj.Item], Asked]] = {
        DEFAULTS: lambda item: ask_bare(default, messages(judge, item), cache=False),
        UNCACHED: lambda item: ask_bare(uncached, messages(judge, item), cache=False),
        SHARED: lambda item: ask_bare(shared, messages(judge, item), cache=True),
        OURS: lambda item: ask_judge(judge, item),
    }
    for ask in contenders.values():  # the first loads the model and fills the cache
        ask(items[-1])
    asked: dict[str, list[Asked]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for item in items:
            for name, ask in contenders.items():
                asked[name].append(ask(item))
    result = {
        "signature": f"python:{platform.python_version()}|machine:{platform.machine()}|cores:{os.cpu_count()}"
        f"|threads:{physical_cores()}|items:{ITEMS}|rounds:{ROUNDS}|xllamacpp:{xllamacpp.__version__}",
        "prompt_tokens": round(statistics.mean(one.prompt for one in asked[OURS])),
        "computed_tokens": {name: round(statistics.mean(one.computed for one in ones)) for name, ones in asked.items()},
        "computed_per_second": {name: rate(ones, "computed") for name, ones in asked.items()},
        "prompt_per_second": {name: rate(ones, "prompt") for name, ones in asked.items()},
        "judge_to_llama_cpp_same_work": ratio(asked[OURS], asked[SHARED], "computed"),
        "judge_prompts_to_llama_cpp_without_cache": ratio(asked[OURS], asked[UNCACHED], "prompt"),
        "judge_prompts_to_llama_cpp_defaults": ratio(asked[OURS], asked[DEFAULTS], "prompt"),
        "flash_attention_off_to_on": ratio(asked[UNCACHED], asked[DEFAULTS], "prompt"),
    }
    out = Path(__file__).with_name("results") / "prefill.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    print(out.read_text())


def rate(asked: list[Asked], what: str) -> float:
    return round(sum(getattr(one, what) for one in asked) / sum(one.seconds for one in asked), 1)


def ratio(ours: list[Asked], theirs: list[Asked], what: str) -> float:
    """Median, over the prompts, of the ratio of the tokens a second."""
    pairs = zip(ours, theirs, strict=True)
    each = [getattr(a, what) / a.seconds / (getattr(b, what) / b.seconds) for a, b in pairs]
    return round(statistics.median(each), 3)


def make_judge(demonstrated: aj.Item) -> aj.Judge:
    rubric = aj.Rubric(criterion="Helpfulness", scale=aj.Scale.ordinal(1, 5), instructions=RUBRIC)
    demo = {"prompt": demonstrated.prompt, "response": demonstrated.response, "score": 4.0}
    return aj.Judge(rubric, lm="embedded", demos=[demo], settings={"max_tokens": 1}).for_bulk()


def messages(judge: aj.Judge, item: aj.Item) -> list[dict[str, str]]:
    return render(judge.rubric, judge.demos, judge.inputs(item), layout=judge.layout)


def ask_judge(judge: aj.Judge, item: aj.Item) -> Asked:
    started = time.perf_counter()
    usage = judge.verdict(item).usage
    seconds = time.perf_counter() - started
    computed = usage.prompt_tokens - usage.cached_tokens
    return Asked(seconds=seconds, prompt=usage.prompt_tokens, computed=computed)


def ask_bare(server: Any, prompt: list[dict[str, str]], *, cache: bool) -> Asked:
    body = {"messages": prompt, "max_tokens": 1, "temperature": 0.0, "cache_prompt": cache}
    started = time.perf_counter()
    timings = server.handle_chat_completions(body)["timings"]
    seconds = time.perf_counter() - started
    return Asked(seconds=seconds, prompt=timings["prompt_n"] + timings["cache_n"], computed=timings["prompt_n"])


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
