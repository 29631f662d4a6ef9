"""Advice is in flags to whoever typed a command, and in arguments to whoever called from Python."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from terminal import STARTED, Terminal

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


def test_a_question_is_one_line_to_a_script_and_a_line_an_answer_on_a_terminal(tmp_path: Path) -> None:
    rng = random.Random(1)
    file = tmp_path / "tweets.csv"
    votes = [",".join(str(rng.choice("00012")) for _ in range(4)) for _ in range(40)]
    file.write_text("text,insult,obscene,racism,misogyny\n" + "".join(f"text {n},{v}\n" for n, v in enumerate(votes)))
    command = [sys.executable, "-c", STARTED, "validate", str(file)]
    asked = [sys.executable, "-m", "alia_judge", *command[3:]]
    piped = subprocess.run(asked, check=False, capture_output=True, encoding="utf-8")
    terminal = Terminal(command, {**os.environ, "TERM": "xterm"}, columns=80)
    assert terminal.end() == piped.returncode == 1
    (line,) = piped.stderr.splitlines()
    answers = [said.split(": ")[0] for said in line.split("(each was tried on this file): ")[1].split(" | ")]
    assert len(answers) > 1
    shown = [said.strip() for said in terminal.shown.splitlines()]
    assert all(answer in shown for answer in answers), terminal.shown
    assert len(line) > 80 * 3
