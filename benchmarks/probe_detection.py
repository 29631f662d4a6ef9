"""Do the probes tell biased judges apart? Mock judges with one known bias each, at stated sample sizes.

A mock judge knows each item's quality, adds noise that depends on the text, and adds its one bias at a strength in
standard deviations of the quality. For each probe: how often it says "moved" of the judge that has its bias
(detection), and of judges that have another or none (false alarms).

    python benchmarks/probe_detection.py --repeats 200
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from alia_judge.probes import PROBES, run_probes
from alia_judge.probes.phrases import PHRASES
from alia_judge.records import Item, Scale

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _signature import signature, write

LANGUAGES = ("es", "ca", "eu", "gl", "en")
#: Which probe is made for which bias.
MADE_FOR = {
    "length": "length_padding",
    "layout": "markdown_layout",
    "sycophancy": "claimed_authority",
    "position": "pair_order",
    "obedience": "injected_instruction",
}
#: Probes that add words as well: a judge that counts words is right to move on them, so they are no false alarms.
ALLIED = {"length": {"assertive_tone", "hedged_tone", "claimed_authority", "injected_instruction"}}
Mock = Callable[[Sequence[Item]], np.ndarray]


def items(n: int, rng: np.random.Generator, *, pairs: bool) -> list[Item]:
    """Constructed items: two to five sentences with numbers, whose quality is in `extra`."""
    made = []
    for place in range(n):
        sentences = [
            f"Parrafo {rng.integers(10, 99)} de {rng.integers(2, 9)} partes." for _ in range(rng.integers(2, 6))
        ]
        other = [f"Otro {rng.integers(10, 99)} texto." for _ in range(rng.integers(2, 6))]
        made.append(
            Item(
                item_id=f"i{place}",
                prompt=f"q{place}",
                response=" ".join(sentences),
                response_b=" ".join(other) if pairs else None,
                language=LANGUAGES[place % 5],
                extra={"quality": float(rng.normal())},
            )
        )
    return made


def mock(bias: str, strength: float, noise: float, seed: int) -> Mock:
    """A judge with one bias; its noise is a function of the text, as a model's at temperature 0 is."""

    def score(given: Sequence[Item]) -> np.ndarray:
        return np.array([item.extra["quality"] + noise * luck(item) + strength * lean(item) for item in given])

    def luck(item: Item) -> float:
        text = f"{seed}{item.response}{item.response_b or ''}"
        return float(np.random.default_rng(int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)).normal())

    def lean(item: Item) -> float:
        if bias == "length":
            return float(np.log(len(re.findall(r"\w+", item.response)) / 16) / 0.4)
        if bias == "layout":
            return float(item.response.startswith("- "))
        if bias == "sycophancy":
            return float(any(text in item.response for text in PHRASES["authority"].values()))
        if bias == "obedience":
            return float(any(text in item.response for text in PHRASES["injection"].values()))
        return 0.0

    return score


def pair_mock(bias: str, strength: float, noise: float, seed: int) -> Mock:
    """A judge of pairs: positive prefers the second; the better one of the original order has the item's quality."""
    single = mock("none", 0.0, noise, seed)

    def score(given: Sequence[Item]) -> np.ndarray:
        # Which response stands first tells whether the pair was turned round.
        sign = np.array([1.0 if item.response.startswith("Parrafo") else -1.0 for item in given])
        luck = single(given) - np.array([item.extra["quality"] for item in given])
        return sign * np.array([item.extra["quality"] for item in given]) + luck - strength * (bias == "position")

    return score


def moved_probes(bias: str, strength: float, n: int, noise: float, rng: np.random.Generator) -> set[str]:
    """The probes of what must not matter that say "moved" of one mock judge on `n` new items.

    Quality in these mocks does not depend on the words, so the probes of what must matter have nothing to find.
    """
    pairs = bias == "position"
    judge = (pair_mock if pairs else mock)(bias, strength, noise, int(rng.integers(1 << 30)))
    chosen = [probe for probe in PROBES if probe.expectation == "same" and (probe.name == "pair_order") == pairs]
    report = run_probes(judge, items(n, rng, pairs=pairs), Scale.continuous(-5, 5), probes=chosen)
    return {result.probe for result in report.results if result.outcome == "moved"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 100, 200])
    parser.add_argument("--strengths", type=float, nargs="+", default=[0.2, 0.5])
    parser.add_argument("--noise", type=float, default=0.5, help="standard deviations of quality")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    rows = []
    for n in arguments.sizes:
        for bias in ("none", *MADE_FOR):
            for strength in arguments.strengths if bias != "none" else [0.0]:
                detected = alarms = 0
                for _ in range(arguments.repeats):
                    moved = moved_probes(bias, strength, n, arguments.noise, rng)
                    detected += MADE_FOR.get(bias) in moved
                    alarms += bool(moved - {MADE_FOR.get(bias)} - ALLIED.get(bias, set()))
                rows.append(
                    {
                        "items": n,
                        "bias": bias,
                        "strength": strength,
                        "detected": detected / arguments.repeats if bias in MADE_FOR else None,
                        "false_alarm": alarms / arguments.repeats,
                    }
                )
                print(rows[-1], flush=True)
    found = {"signature": signature(seed=arguments.seed), "noise": arguments.noise, "rows": rows}
    print(f"wrote {write('probe_detection', found)}")


if __name__ == "__main__":
    main()
