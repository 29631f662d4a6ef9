"""How large is a report over many items, and how long does a browser take to open it?

Three judges of two languages over a thousand to twenty thousand items with texts, rated by two people. Headless
Chromium opens each page five times with a new profile, and an empty page as often; the milliseconds are the browser's
own, from the start of navigation until everything is laid out, and of each page the median is stored.

    python benchmarks/report_opening.py
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from alia_judge.evaluation import EvaluationOptions, evaluate_scores
from alia_judge.ratings import load_ratings
from alia_judge.records import Scale
from alia_judge.reporting import evaluation_page, render

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _signature import signature, write

SIZES, TIMES, RESAMPLES, SEED = (1_000, 5_000, 20_000), 5, 10, 0
EMPTY = "<!doctype html><html><head><title>t</title></head><body><main></main></body></html>"
CLOCK = (
    "<script>addEventListener('load', () => { document.body.offsetHeight; "
    "document.documentElement.dataset.ms = performance.now() })</script>"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("Chromium is needed; sh .ci/services installs it where it may")
    rows = [{"items": 0, "kilobytes": len(EMPTY) / 1000, "milliseconds": opening(browser, EMPTY)}]
    for n in SIZES:
        html = report(n)
        rows.append({"items": n, "kilobytes": len(html.encode()) / 1000, "milliseconds": opening(browser, html)})
        print(rows[-1], flush=True)
    print(f"wrote {write('report_opening', {'signature': signature(seed=SEED), 'times': TIMES, 'rows': rows})}")


def report(n: int) -> str:
    """The page of an evaluation of `n` items."""
    rng = np.random.default_rng(SEED)
    truth = rng.normal(3, 1, n)
    rows = [
        {
            "item_id": f"i{place:05}",
            "annotator_id": who,
            "value": float(np.clip(round(value), 1, 5)),
            "response": "palabra " * 40,
            "language": ("es", "eu")[place % 2],
            "system": f"s{place % 5}",
        }
        for place, value in enumerate(truth)
        for who in "ab"
    ]
    ratings = load_ratings(rows, criterion="c", scales={"c": Scale.ordinal(1, 5)})
    judged = {
        name: {f"i{place:05}": float(np.clip(value, 1, 5)) for place, value in enumerate(truth + rng.normal(size=n))}
        for name in ("old", "new", "other")
    }
    options = EvaluationOptions(n_resamples=RESAMPLES)
    return render(evaluation_page(evaluate_scores(ratings, judged, baseline="old", options=options)))


def opening(browser: str, html: str) -> float:
    """Median milliseconds until `html` is laid out in a browser that has just started."""
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)  # the page itself forbids scripts
    took = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(bare.replace("</body>", f"{CLOCK}</body>"), encoding="utf-8")
        for attempt in range(TIMES):
            command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
            command += [f"--user-data-dir={folder}/{attempt}", "--dump-dom", path.as_uri()]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
            found = re.search(r'data-ms="([\d.]+)"', done.stdout)
            if found is None:
                raise RuntimeError(f"Chromium did not lay the page out: {done.stdout[:200]}")
            took.append(float(found.group(1)))
    return float(np.median(took))


if __name__ == "__main__":
    main()
