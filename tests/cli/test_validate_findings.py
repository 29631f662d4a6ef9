"""What the checks found is shown by check: a few of each, what to do once, and how many more there are."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from alia_judge.benchmark import audit_ratings
from alia_judge.cli.validate import print_audit
from alia_judge.ratings import load_ratings


@pytest.mark.parametrize("width", [80, 140])
def test_many_findings_of_one_check_take_three_lines(width: int) -> None:
    rng = np.random.default_rng(0)
    quality = rng.integers(2, 5, 60)
    shift = {f"w{n}": (-1, 0, 0, 1)[n % 4] for n in range(16)}
    rows = [
        {"item": f"i{item}", "rater": who, "score": int(np.clip(quality[item] + by, 1, 5))}
        for item in range(60)
        for who, by in shift.items()
    ]
    audit = audit_ratings(load_ratings(rows, scales={"*": "1-5"}), n_resamples=20)
    lenient = [finding for finding in audit.findings if finding.code == "AJ016"]
    assert len(lenient) > 3
    out = io.StringIO()
    print_audit(audit, Console(file=out, width=width))
    text = " ".join(out.getvalue().split())
    assert text.count("AJ016 info") == 3
    assert text.count(" ".join(lenient[0].remedy.split())) == 1
    assert f"{len(lenient) - 3} more of AJ016 in the JSON and the report" in text


@pytest.mark.parametrize("width", [80, 140])
def test_nothing_of_the_overview_is_cut_off(width: int) -> None:
    rows = [
        {"item_id": f"i{n}", "annotator": who, "Empatía con el cliente (1-5)": 1 + (n + shift) % 5}
        for n in range(30)
        for shift, who in enumerate(("Ana", "Jon", "Miren"))
    ]
    out = io.StringIO()
    print_audit(audit_ratings(load_ratings(rows)), Console(file=out, width=width))
    overview = out.getvalue().split("Annotators on")[0]
    assert "…" not in overview
    assert all(len(line) <= width for line in overview.splitlines())
    assert overview.count("┓") == 1
