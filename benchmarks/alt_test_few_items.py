"""How often the alt-test lets a judge win that is worse by exactly epsilon, on few items: signed-rank and t-test.

Run: python benchmarks/alt_test_few_items.py            (half a minute)
Writes benchmarks/results/alt_test_few_items.json.

The differences (annotator's point less judge's) are drawn with a mean of exactly epsilon = 0.2, so that the null
hypothesis holds and 5 % of rejections are due. A made-up score hands `alt_test` these differences as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from _signature import signature, write

from alia_judge import stats

SEED, SAMPLES, EPSILON = 0, 1500, 0.2
#: Probability of -1 (the judge is better), 0 (a tie) and 1.
DISTRIBUTIONS = ((0.0, 0.8, 0.2), (0.1, 0.6, 0.3), (0.3, 0.2, 0.5))


def main() -> None:
    rows = [rejections(p, n) for p in DISTRIBUTIONS for n in (15, 25)]
    path = write("alt_test_few_items", {"signature": signature(seed=SEED), "samples": SAMPLES, "rejected": rows})
    print(f"wrote {path}")


def rejections(probabilities: tuple[float, float, float], n: int) -> dict[str, Any]:
    rng = np.random.default_rng(SEED)
    rejected = {"wilcoxon": 0, "t": 0}
    for _ in range(SAMPLES):
        difference = rng.choice([-1.0, 0.0, 1.0], p=probabilities, size=n)
        human = {"tested": dict(enumerate(difference)), "other": dict.fromkeys(range(n), 9.0)}
        for test in rejected:
            # The annotator's label is the difference, the judge's is 0: the higher label scores higher.
            result = stats.alt_test(
                human, dict.fromkeys(range(n), 0.0), score=lambda label, _: label, epsilon=EPSILON, few_items=test
            )
            row = next(row for row in result.annotators if row.annotator == "tested")
            rejected[test] += row.p_value <= 0.05
    row = {"probabilities": probabilities, "items": n}
    row |= {test: round(count / SAMPLES, 3) for test, count in rejected.items()}
    print(row, flush=True)
    return row


if __name__ == "__main__":
    main()
