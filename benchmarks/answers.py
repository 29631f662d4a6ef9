"""How the corpus of answers is read: accuracy and silent errors, by language and kind, tuned on and held out.

A silent error is a number where the right reading is another number, or none.

Run: ``python benchmarks/answers.py``; writes ``benchmarks/results/answers.json``.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from _signature import write

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.judging.test_answer_corpus import corpus, outcome


def main() -> None:
    answers = corpus()
    parts = {
        "tuned on": [answer for answer in answers if not answer.get("held_out")],
        "held out": [answer for answer in answers if answer.get("held_out")],
    }
    result: dict[str, Any] = {name: figures(part) for name, part in parts.items()}
    for name in ("language", "kind"):
        groups = sorted({answer[name] for answer in answers})
        result[name] = {group: figures([one for one in answers if one[name] == group]) for group in groups}
    result["sources"] = dict(Counter("public" if one["source"].startswith("https") else "written" for one in answers))
    write("answers", result)
    print(json.dumps({name: result[name] for name in ("tuned on", "held out", "language", "sources")}, indent=1))


def figures(part: list[dict[str, Any]]) -> dict[str, Any]:
    """What became of a part of the corpus."""
    found = Counter(outcome(answer) for answer in part)
    return {
        "answers": len(part),
        "accuracy": round(found["right"] / len(part), 4),
        "lost": found["lost"],
        "silent_errors": found["silent error"],
    }


if __name__ == "__main__":
    main()
