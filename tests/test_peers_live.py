"""The benchmark of live peers: the proxy counts, bounds and remembers; beside a stand-in for a model, a FAKE."""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from loopback import Loopback, chat

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import peers_live
from _counting_proxy import CountingProxy
from _other_tools import simba_settings

import alia_judge as aj


def fake(body: Any, path: str, number: int) -> tuple[int, dict[str, str], Any]:
    """No model: the answer is the number of the request."""
    return 200, {}, chat(str(number))


def asked(url: str, text: str, temperature: float = 0.0) -> str:
    body = json.dumps({"messages": [{"role": "user", "content": text}], "temperature": temperature}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{url}/chat/completions", body)) as answer:
        return json.load(answer)["choices"][0]["message"]["content"]


def test_each_account_is_counted_bounded_and_answered_again_for_nothing(tmp_path: Path) -> None:
    with Loopback(fake) as server:
        proxy = CountingProxy(server.url, tmp_path / "answers.db")
        with proxy.account("one", 3) as one:
            assert asked(proxy.url, "a") == asked(proxy.url, "a") == "1"  # as a client's cache would have it
            assert asked(proxy.url, "b", 1.0) != asked(proxy.url, "b", 1.0)
            with pytest.raises(urllib.error.HTTPError, match="402"):
                asked(proxy.url, "c")
        assert (one.requests, one.refused, one.prompt_tokens) == (3, 1, 30)
        with proxy.account("two") as two:
            assert asked(proxy.url, "a") == "1"  # kept, and counted
        assert (two.requests, len(server.seen)) == (1, 3)
        proxy.close()
        again = CountingProxy(server.url, tmp_path / "answers.db")  # a run that was killed goes on
        with again.account("one", 3):
            assert [asked(again.url, "a"), asked(again.url, "b", 1.0)] == ["1", "2"]
        assert len(server.seen) == 3
        again.close()


def judging(body: Any, path: str, number: int) -> tuple[int, dict[str, str], Any]:
    """A judge that likes long replies, and a writer that fills in what it is asked for."""
    texts = [message["content"] for message in body["messages"]]
    if body["max_tokens"] == 2:
        return 200, {}, chat(str(min(5, 1 + len(texts[-2]) // 60)))
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema", {})
    return 200, {}, chat(json.dumps(dict.fromkeys(schema.get("properties", {}), "Be strict.")))


@pytest.mark.parametrize("method", ["bootstrap near", "mipro exact", "gepa near", "simba near"])
def test_an_optimiser_of_dspy_learns_within_its_requests_and_scores_what_is_held_out(
    method: str, tmp_path: Path
) -> None:
    parts = peers_live.splits_of(aj.load_sample(), "tone", 300, (6, 6, 6), 0)
    arguments = argparse.Namespace(requests=50, reflection_tokens=96, methods=method)
    kept = peers_live.Kept(tmp_path / "kept.jsonl")
    with Loopback(judging) as server:
        proxy = CountingProxy(server.url, tmp_path / "answers.db")
        peers_live.run_methods(arguments, proxy, "m", kept, "made", 0, aj.builtin_rubric("tone", "es"), parts)
        proxy.close()
    (line,) = peers_live.Kept(tmp_path / "kept.jsonl").lines
    assert "failed" not in line, line
    assert 10 < line["learning"]["requests"] <= 50
    assert None not in line["scores"]
    assert line["scoring"]["requests"] <= len(line["scores"]) == len(parts[2].items)


@pytest.mark.parametrize(("requests", "items"), [(100, 33), (100, 36), (1000, 60)])
def test_the_step_of_simba_fits_the_requests(requests: int, items: int) -> None:
    batch = simba_settings(requests, items, 2)["bsize"]
    assert 2 <= batch <= items
    assert 2 * batch + 3 + 3 * batch + 2 * items <= requests


def test_differences_are_paired_and_of_groups() -> None:
    rng = np.random.default_rng(0)
    target = rng.integers(1, 6, 40).tolist()
    spent = {"requests": 40, "refused": 0, "prompt_tokens": 400, "answer_tokens": 40, "seconds": 1.0}
    lines = [
        {"data": "made", "split": 0, "method": name, "scores": scores, "target": target, "learning": spent,
         "held_out": [f"g{place // 4}" for place in range(40)], "scoring": spent}
        for name, scores in (("hand-written", rng.random(40).tolist()), ("all", [*map(float, target[:-1]), None]))
    ]  # fmt: skip
    table = peers_live.tabulated(lines)["made"]
    assert table["all"]["spearman"]["value"] > 0.9
    assert table["all"]["unscored"] == 1
    difference = table["all"]["beyond"]["hand-written"]
    assert difference["value"] == pytest.approx(
        table["all"]["spearman"]["value"] - table["hand-written"]["spearman"]["value"], abs=2e-4
    )
    assert difference["low"] > 0
    assert "| all |" in peers_live.markdown({"made": table})
    # A second split that only one of them has is in its own figure, and not in the difference.
    again = [*lines, {**lines[0], "split": 1, "scores": [-score for score in lines[0]["scores"]]}]
    of_two = peers_live.tabulated(again)["made"]
    assert of_two["all"]["beyond"] == table["all"]["beyond"]
    assert of_two["hand-written"]["spearman"]["value"] == pytest.approx(0, abs=1e-4)
