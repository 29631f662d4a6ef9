"""What becomes of every fault a server can have: the server's own count of requests and answers beside the store's.

Run: python benchmarks/faults.py
Writes benchmarks/results/faults.json, and prints the table of docs/design/tables.md.

For each fault, ten items are judged over a server on loopback that is told to do it: once for each item where it may
pass, always where it will not. The run is this library's own engine with four calls in flight, a limit of one second
for a call and a patience of half a minute with an item.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any

from _signature import signature, write
from throughput import loopback

import alia_judge as aj
from alia_judge.errors import ModelError

ITEMS = 10
LANGUAGES = ("en", "es", "ca", "eu", "gl")
#: What the server is told, by what it is called; those that pass do so after one time.
PASSING = {
    "429 without Retry-After": "429",
    "429 with Retry-After": "429 retry_after=0.1",
    "503": "503",
    "500": "500",
    "502, a page of HTML": "502",
    "no answer within the time limit": "timeout",
    "a slow drip": "drip seconds=20",
    "connection reset amid the body": "reset",
    "connection closed amid the body": "cut",
    "JSON cut short": "truncated",
    "gzip cut short": "bad_gzip",
    "an error under status 200": "error_in_200",
}
LASTING = {
    "no choices": "empty_choices",
    "empty answer": "empty",
    "content filter": "content_filter",
    **{f"refusal ({language})": f"refusal lang={language}" for language in LANGUAGES},
    "refusal marked by the provider": "structured_refusal",
    "a number off the scale": "off_scale",
    "a score in words (cuatro)": "word",
    "NaN": "nan",
    "several numbers": "several",
    "no score": "chatter",
    "cut by the token limit": "length",
    "ten thousand characters of reasoning": "reasoning",
    "no log-probabilities": "no_logprobs",
    "NaN among log-probabilities": "not_a_number",
    "half of an emoji": "half_emoji",
    "400": "400",
    "prompt too long": "context",
    "expired key": "401",
    "wrong model name": "404",
    "redirect": "redirect port=9",
}

HALF = {"log-probabilities in every other answer": "no_logprobs"}


def main() -> None:
    """Judge ten items under each fault, store the counts and print the table."""
    logging.getLogger("alia_judge").setLevel(logging.ERROR)
    faults = {name: f"{told} times=1" for name, told in PASSING.items()} | LASTING | HALF
    table: dict[str, dict[str, Any]] = {}
    with loopback(0.0) as server:
        for name, told in faults.items():
            server.reset()
            table[name] = judged(server, told, every=2 if name in HALF else 1)
    print(write("faults", {"faults": table, "items": ITEMS, "signature": signature("dspy")}))
    print("| fault | what came of ten items | requests | answered | stored | tried again |\n|---|---|---|---|---|---|")
    alike: dict[str, list[str]] = {}
    for name, row in table.items():
        came = " | ".join(str(row[key]) for key in ("outcome", "requests", "answered", "stored", "retries"))
        alike.setdefault(came, []).append(name)
    for came, names in alike.items():
        print(f"| {'; '.join(names)} | {came} |")


def judged(server: Any, told: str, *, every: int) -> dict[str, Any]:
    """The outcome of ten items, so many of them under one fault, and both sides' counts."""
    rubric = aj.Rubric(criterion="Coherence", scale=aj.Scale.ordinal(1, 5))
    judge = aj.Judge(rubric, lm=aj.resolve_lm("openai/judge", api_base=server.base_url, api_key="sk-loopback"))
    texts = [f"Text {n}. <<do:{told if n % every == 0 else 'ok'}>> <<answer:{1 + n % 5}>>" for n in range(ITEMS)]
    items = [aj.Item(item_id=str(n), response=text) for n, text in enumerate(texts)]
    options = aj.RunOptions(concurrency=4, timeout=1.0, patience=30.0, seed=0)
    store = aj.VerdictStore()
    retries = 0

    def note(progress: Any) -> None:
        nonlocal retries
        retries = progress.retries

    try:
        result = aj.run(judge, items, store=store, options=options, progress=note)
    except ModelError as error:
        outcome = f"one error: {str(error).split(':')[0]}"
    else:
        scored = Counter(verdict.method for verdict in result.verdicts if verdict.unscored is None)
        read = {"logprobs": "scored from log-probabilities", "text": "scored from the text"}
        reasons = Counter(verdict.unscored for verdict in result.verdicts if verdict.unscored is not None)
        said = [f"{n} {read[method]}" for method, n in scored.items()]
        outcome = ", ".join(said + [f"{n} unscored: `{reason}`" for reason, n in reasons.items()])
    stats = server.stats()
    return {
        "outcome": outcome,
        "requests": stats["requests"],
        "answered": stats["answered"],
        "stored": len(store),
        "retries": retries,
    }


if __name__ == "__main__":
    main()
