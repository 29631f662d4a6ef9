"""Does an answer of the embedded model depend on what was in its cache? Largest differences, in nats, by setting.

Run: python benchmarks/embedded_exactness.py

The same prompts are computed without a cache, and again with parts of them cached: all but the last token, most, half.
Given is the largest difference among the 200 likeliest tokens' log-probabilities. The last row is the engine's, which
computes a prompt without a cache where its last token would be alone in its batch.
"""

from __future__ import annotations

import json
import os
import platform
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import xllamacpp
from dspy.lm15 import Config, Message, Request

from alia_judge.models.gguf import GGUFEngine
from alia_judge.models.weights import embedded_model_path

RUBRIC = "Score how helpful the response is, from 1 to 5. "
#: Prompts of 32 to 160 tokens.
TEXTS = [
    "Say hi",
    "Rate this from one to five please, thank you very much",
    RUBRIC + "The fibre line has been down since Monday and nobody calls me back. " * 3,
    RUBRIC + "The fibre line has been down since Monday and nobody calls me back. " * 8,
]
#: Share of the text that is the same as the previous prompt's.
SHARED = {"all but the last token": 1.0, "most": 0.9, "half": 0.5}
Logprobs = dict[str, float]


def main() -> None:
    """Measure every setting, and store the table."""
    off = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    unified = {"flash_attn_type": off, "n_parallel": 4, "kv_unified": True, "n_ctx": 8192}
    table = {
        "llama.cpp, flash attention (its default)": by_cached_part(server()),
        "llama.cpp, no flash attention": by_cached_part(server(flash_attn_type=off)),
        "llama.cpp, no flash attention, four slots of one cache": {"in parallel": in_parallel(server(**unified))},
        "the engine": by_cached_part(Engine()),
    }
    signature = f"machine:{platform.machine()}|cores:{os.cpu_count()}|xllamacpp:{xllamacpp.__version__}"
    out = Path(__file__).with_name("results") / "embedded_exactness.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps({"signature": signature, "largest_difference_nats": table}, indent=2) + "\n")
    print(out.read_text())


class Engine:
    """The library's engine behind the same call as llama.cpp's server."""

    def __init__(self) -> None:
        self.engine = GGUFEngine(embedded_model_path(), threads=1)

    def handle_chat_completions(self, body: dict[str, Any]) -> dict[str, Any]:
        if not body["cache_prompt"]:
            # The engine always uses its cache: another prompt first leaves nothing of this one in it.
            fresh = GGUFEngine(embedded_model_path(), context=self.engine.context - 1, threads=1)
            return self._ask(fresh, body)
        return self._ask(self.engine, body)

    @staticmethod
    def _ask(engine: GGUFEngine, body: dict[str, Any]) -> dict[str, Any]:
        config = Config(max_tokens=1, logprobs=200)
        message = Message.user(body["messages"][0]["content"])
        (token,) = engine.complete(Request(model="embedded", messages=(message,), config=config)).logprobs
        tops = [{"token": top.token, "logprob": top.logprob} for top in token.top]
        return {"choices": [{"logprobs": {"content": [{"top_logprobs": tops}]}}]}


def server(**settings: Any) -> Any:
    params = xllamacpp.CommonParams()
    params.model.path = str(embedded_model_path())
    params.n_ctx, params.n_parallel, params.verbosity = 2048, 1, -1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    for name, value in settings.items():
        setattr(params, name, value)
    return xllamacpp.Server(params)


def logprobs(asked: Any, text: str, *, cache: bool) -> Logprobs:
    body = {"messages": [{"role": "user", "content": text}], "max_tokens": 1, "temperature": 0.0}
    raw = asked.handle_chat_completions({**body, "logprobs": True, "top_logprobs": 200, "cache_prompt": cache})
    return {top["token"]: top["logprob"] for top in raw["choices"][0]["logprobs"]["content"][0]["top_logprobs"]}


def difference(first: Logprobs, second: Logprobs) -> float:
    return max(abs(first[token] - second[token]) for token in first.keys() & second.keys())


def by_cached_part(asked: Any) -> dict[str, float]:
    uncached = [logprobs(asked, text, cache=False) for text in TEXTS]
    largest = {}
    for name, share in SHARED.items():
        differences = []
        for text, expected in zip(TEXTS, uncached, strict=True):
            before = text if share == 1.0 else text[: int(share * len(text))] + " And now for something else."
            logprobs(asked, before, cache=True)
            differences.append(difference(expected, logprobs(asked, text, cache=True)))
        largest[name] = round(max(differences), 3)
    return largest


def in_parallel(asked: Any) -> float:
    """Four at once, as they come, against one at a time."""
    texts = [f"{text} {number}" for number in range(2) for text in TEXTS]
    alone = [logprobs(asked, text, cache=False) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: logprobs(asked, text, cache=True), texts))
    return round(max(map(difference, alone, together)), 3)


if __name__ == "__main__":
    main()
