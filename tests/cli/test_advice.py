"""Advice is in flags to whoever typed a command, and in arguments to whoever called from Python."""

from __future__ import annotations

from pathlib import Path

import pytest

import alia_judge as aj
from alia_judge.cli import main


def test_each_is_told_in_the_words_that_they_can_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "r.csv"
    file.write_bytes("item_id,annotator_id,criterion,value\ni1,ana,tone,3\ni2,ana,år,4\n".encode("cp1252"))
    with pytest.raises(aj.DataError) as called:
        aj.load_ratings(file)
    with pytest.raises(SystemExit) as ended:
        main(["validate", str(file)])
    typed = capsys.readouterr().err
    assert ended.value.code == 1
    assert ("encoding='cp1252'" in str(called.value), "--encoding" in str(called.value)) == (True, False)
    assert ("--encoding cp1252" in typed, "encoding='cp1252'" in typed) == (True, False)
    with pytest.raises(aj.DataError, match="encoding='cp1252'"):  # and after a command as before it
        aj.load_ratings(file)
