"""How much faster several of Ray's actors judge behind one server than one process does, in one run.

Run: python benchmarks/ray_actors.py [--rounds 3] [--items 6000]      (with `pip install 'alia-judge[ray]'`)

The loopback server of the tests answers each request after 50 ms. The same items are judged in turns by this library's
bulk path in one process, as `alia-judge score` does it, and by `judge_dataset` with one, two and four actors, 64 calls
in flight in all of them together, verdicts in one SQLite file. Two times are taken of each: the whole, and from the
first request that the server saw to its last answer, which leaves out what it takes to start actors and load the judge.
Each is set beside one process of the same round. Server, actors and Ray's own processes share the machine's cores.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from _signature import signature, write
from throughput import DELAY, PROMPT, loopback, our_judge, response_text

IN_FLIGHT, ACTORS, BATCH = 64, (1, 2, 4), 256
ONE = "one process"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--items", type=int, default=6000)
    parser.add_argument("--alone", nargs=3, default=None, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        one_process(*arguments.alone)
        return
    ways = [ONE, *(f"{n} actor{'s' * (n > 1)}" for n in ACTORS)]
    rounds: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    with loopback(DELAY) as server, tempfile.TemporaryDirectory() as folder:
        start_ray(server.base_url)
        import alia_judge as aj

        artifact = Path(folder) / "judge"
        aj.publish_judge(our_judge(server.base_url), artifact, name="throughput")
        for number in range(arguments.rounds):
            for way, actors in zip(ways, (0, *ACTORS), strict=True):
                server.reset()
                store = str(Path(folder) / f"{number}-{actors}.sqlite")
                found = clocked(server, arguments.items, str(artifact), store, actors)
                print(way, found, file=sys.stderr, flush=True)
                rounds[way].append(found)
    result = {"items": arguments.items, "in_flight": IN_FLIGHT, "rounds": rounds, "to_one_process": ratios(rounds)}
    print(write("ray_actors", {"signature": signature("ray", "dspy", "aiohttp"), **result}).read_text())


def ratios(rounds: dict[str, list[dict[str, float]]]) -> dict[str, dict[str, list[float]]]:
    """Of each way, to one process of the same round."""
    return {
        way: {
            name: [round(one[name] / alone[name], 2) for one, alone in zip(found, rounds[ONE], strict=True)]
            for name in found[0]
        }
        for way, found in rounds.items()
        if way != ONE
    }


def start_ray(address: str) -> None:
    """A node of as many cores as there are, whose actors find the server in their environment."""
    os.environ |= {"OPENAI_API_BASE": address, "OPENAI_API_KEY": "sk-loopback", "RAY_USAGE_STATS_ENABLED": "0",
                   "RAY_AUTH_MODE": "disabled", "RAY_raylet_start_wait_time_s": "300"}  # fmt: skip
    import ray

    ray.init(address="local", include_dashboard=False, log_to_driver=False, object_store_memory=200 * 2**20)
    ray.data.DataContext.get_current().enable_progress_bars = False


def clocked(server: Any, items: int, artifact: str, store: str, actors: int) -> dict[str, float]:
    """Items a second: between the server's first request and its last answer, and in all."""
    seen: list[float] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            stats = server.stats()
            if stats["requests"] and not seen:
                seen.append(time.perf_counter())
            if stats["answered"] >= items:
                seen.append(time.perf_counter())
                return
            time.sleep(0.05)

    watching = threading.Thread(target=watch)
    watching.start()
    started = time.perf_counter()
    try:
        if actors:
            scores = with_ray(items, artifact, store, actors)
        else:
            scores = int(subprocess.run(
                [sys.executable, __file__, "--alone", str(items), artifact, store],
                capture_output=True, text=True, check=True,
            ).stdout.splitlines()[-1])  # fmt: skip
        seconds = time.perf_counter() - started
    finally:
        done.set()
        watching.join()
    paid = server.stats()["requests"]
    if (scores, paid, len(seen)) != (items, items, 2):
        raise RuntimeError(f"expected {items} scores of {items} requests, got {scores} of {paid}")
    return {"per_second": items / (seen[1] - seen[0]), "per_second_in_all": items / seconds}


def with_ray(items: int, artifact: str, store: str, actors: int) -> int:
    """How many of so many rows are scored."""
    import ray

    from alia_judge.integrations.ray import judge_dataset

    rows = [{"item_id": str(number), "prompt": PROMPT, "response": response_text(number)} for number in range(items)]
    dataset = ray.data.from_items(rows, override_num_blocks=-(-items // BATCH))
    options = {"actors": actors, "batch_size": BATCH, "concurrency": IN_FLIGHT // actors, "store": store}
    return sum(row["score"] is not None for row in judge_dataset(dataset, artifact, **options).take_all())


def one_process(items: str, artifact: str, store: str) -> None:
    """Judge so many items, and print how many are scored."""
    import alia_judge as aj

    judge = aj.load_judge(artifact)
    texts = (
        aj.Item(item_id=str(number), prompt=PROMPT, response=response_text(number)) for number in range(int(items))
    )
    with aj.VerdictStore(store) as kept:
        result = aj.run(judge, texts, store=kept, options=aj.RunOptions(concurrency=IN_FLIGHT))
    print(sum(verdict.score is not None for verdict in result.verdicts))


if __name__ == "__main__":
    main()
