"""From a file of human ratings to a frozen benchmark: whom to trust, what a judge can reach, what is held out.

Run: python examples/01_trust_the_ratings.py [RATINGS] --out DIR
"""

from __future__ import annotations

import argparse
from pathlib import Path

import alia_judge as aj


def main() -> None:
    """Audit the ratings, print what matters, freeze the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ratings", nargs="?", help="any file that load_ratings reads; the bundled sample by default")
    parser.add_argument("--criterion", default="helpfulness")
    parser.add_argument("--out", type=Path, default=Path("benchmark"))
    options = parser.parse_args()

    ratings = aj.load_sample() if options.ratings is None else aj.load_ratings(options.ratings)
    audit = aj.audit_ratings(ratings, options.criterion)
    found = audit.criteria[options.criterion]
    print(ratings)
    print("alpha", found.agreement["krippendorff_alpha"])
    print("one person against the others", found.ceiling["spearman"])
    for annotator in found.annotators:
        print(
            f"  {annotator.annotator_id}: reliability {annotator.reliability:.2f}, leniency {annotator.leniency:+.2f}"
        )
    for finding in audit.findings:
        print(f"  {finding.code} {finding.severity}: {finding.message}")
    print(found.gate.reason)

    benchmark = aj.build_benchmark(ratings, criterion=options.criterion)
    print(benchmark)
    print("frozen in", benchmark.freeze(options.out))


if __name__ == "__main__":
    main()
