"""Every check finds the fault it looks for, planted grossly, and next to nothing where nothing was planted."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from alia_judge.checks import all_checks, run_checks
from alia_judge.ratings import load_ratings

_SOURCE = Path(__file__).resolve().parents[2] / "benchmarks" / "planting.py"


def _planting() -> ModuleType:
    """The benchmark's own faults: what is measured there is tested here."""
    spec = importlib.util.spec_from_file_location("planting", _SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["planting"] = module
    spec.loader.exec_module(module)
    return module


planting = _planting()


@pytest.mark.parametrize("name", planting.FAULTS)
def test_a_gross_fault_is_found_by_its_check_and_located(name: str) -> None:
    fault = planting.FAULTS[name]
    rng = np.random.default_rng(11)
    frame, culprits = fault.plant(planting.clean_ratings(rng), fault.strengths[-1], rng)
    (outcome,) = run_checks(load_ratings(frame), only=[fault.code])
    assert outcome.status == "found"
    named = {
        who
        for finding in outcome.findings
        for who in (*finding.annotators, *finding.items, *([finding.criterion] if finding.criterion else []))
    }
    assert named & culprits
    finding = outcome.findings[0]
    assert finding.message
    assert finding.meaning
    assert finding.remedy
    assert finding.location or fault.on == "items"


def test_clean_ratings_raise_no_false_alarm() -> None:
    alarms = [
        (seed, finding.code, finding.message)
        for seed in range(4)
        for outcome in run_checks(load_ratings(planting.clean_ratings(np.random.default_rng(seed))))
        for finding in outcome.findings
    ]
    # 24 checks on four sets, most at a familywise rate of .05.
    assert len(alarms) <= 1, alarms


def test_every_check_has_a_planted_fault() -> None:
    assert {fault.code for fault in planting.FAULTS.values()} == {check.code for check in all_checks()}
