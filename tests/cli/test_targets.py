"""What a command will write at its end is tried before it pays for anything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from scripted_lm import scripted_lm

from alia_judge.cli._targets import check_target, publish_found, will_write
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.publishing import load_judge
from alia_judge.records import Scale


def judge(words: str) -> Judge:
    return Judge(Rubric(criterion="tono", scale=Scale.ordinal(1, 5), instructions=words), scripted_lm("3"))


def test_a_file_that_can_be_written_is_no_matter(tmp_path: Path) -> None:
    will_write(tmp_path / "a.csv", tmp_path / "new" / "folder" / "b.csv", None)
    assert not list(tmp_path.iterdir())


def test_a_folder_in_its_place_or_a_file_on_its_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="is a folder; expected the name of a file"):
        will_write(tmp_path)
    with pytest.raises(UsageError, match="is a file, not a folder"):
        will_write(tmp_path / "file" / "below" / "a.csv")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(UsageError, match="no permission to write"):
        will_write(tmp_path / "locked" / "a.csv")


def test_where_a_judge_may_go(tmp_path: Path) -> None:
    check_target(tmp_path / "new", "bench")
    (tmp_path / "empty").mkdir()
    check_target(tmp_path / "empty", "bench")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("do not touch")
    with pytest.raises(UsageError, match="is there already, and not a published judge"):
        check_target(tmp_path / "notes", "bench")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="is a file; --artifact takes a new folder"):
        check_target(tmp_path / "file", "bench")
    publish_found(judge("¿Es amable?"), tmp_path / "judge", "bench")
    check_target(tmp_path / "judge", "bench")
    with pytest.raises(UsageError, match="made on another benchmark"):
        check_target(tmp_path / "judge", "other")


def test_the_same_judge_stays_and_another_goes_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "judge"
    assert publish_found(judge("¿Es amable?"), target, "bench") == target
    assert publish_found(judge("¿Es amable?"), target, "bench") == target
    assert publish_found(judge("¿Es claro?"), target, "bench") == tmp_path / "judge-2"
    assert publish_found(judge("¿Es claro?"), target, "bench") == tmp_path / "judge-2"
    assert load_judge(target, lm=scripted_lm("3")).rubric.instructions == "¿Es amable?"
