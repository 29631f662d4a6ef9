"""Servers by situations, on loopback: how many end right, and how many end as another number without a word.

Run: python benchmarks/dialects.py [--show]

Each pair is one item judged over a loopback server that answers as the server's documentation and public reports have
it (tests/dialects.py): the right end is the score that was given, a stated reason why there is none, or the run's end
with a sentence. A silent error is a score where another, or none, is right. It takes a few minutes.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import sys
import warnings
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any


def main() -> None:
    """Judge every pair and store the counts."""
    exchanges = _exchanges()
    parser = argparse.ArgumentParser()
    parser.add_argument("--show", action="store_true", help="print every pair that does not end right")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    silent, wrong = 0, defaultdict(dict)
    for dialect, situation in exchanges.pairs():
        got, as_it_should = exchanges.outcome(dialect, situation)
        asked[dialect] += 1
        right[dialect] += as_it_should
        if not as_it_should:
            wrong[dialect][situation] = {"got": got, "right": list(exchanges.SITUATIONS[situation].right)}
            silent += got[0].isdigit()
            if arguments.show:
                print(f"{dialect}: {situation}: {got}", file=sys.stderr, flush=True)
    result = {
        "pairs": asked.total(),
        "right": right.total(),
        "silent_errors": silent,
        "by_server": {dialect: {"right": right[dialect], "of": asked[dialect]} for dialect in exchanges.DIALECTS},
        "not_right": wrong,
    }
    from _signature import signature, write

    print(write("dialects", {"signature": signature("dspy", "litellm", "aiohttp"), **result}).read_text())


def _exchanges() -> Any:
    """The tests' exchanges: a module of the same name as this one."""
    folder = Path(__file__).parents[1] / "tests"
    sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location("exchanges", folder / "dialects.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["exchanges"] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
