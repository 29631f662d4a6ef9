"""`alia-judge rubric`, and the rubric that `compile` starts from where nobody names one."""

from __future__ import annotations

from pathlib import Path

import pytest

from alia_judge.cli import main
from alia_judge.cli._rubrics import choose_rubrics, languages_of
from alia_judge.errors import UsageError
from alia_judge.judging.prompt.prompt import render_rubric
from alia_judge.judging.rubrics.builtin import BUILTIN_RUBRICS, builtin_rubric
from alia_judge.judging.rubrics.files import load_rubric
from alia_judge.records import Item, Scale

FIVE = Scale.ordinal(1, 5)


def _run(*command: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(command)
    return int(ended.value.code or 0)


def _items(**languages: int) -> list[Item]:
    return [
        Item(item_id=f"{language}{n}", response="x", language=language)
        for language, many in languages.items()
        for n in range(many)
    ]


def test_list_names_every_rubric(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("rubric", "list") == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in BUILTIN_RUBRICS)


@pytest.mark.parametrize("language", ["es", "euskera", "català"])
def test_what_is_saved_is_read_again_and_can_be_checked(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.yaml"
    assert _run("rubric", "save", f"privacy:{language}", str(file)) == 0
    tag = {"es": "es", "euskera": "eu", "català": "ca"}[language]
    assert load_rubric(file) == builtin_rubric("privacy", tag)
    assert _run("rubric", "check", str(file)) == 0
    assert "can be used" in capsys.readouterr().out
    assert _run("rubric", "save", f"privacy:{language}", str(file)) == 2
    assert f"{file} is there already" in capsys.readouterr().err


def test_show_is_the_file_that_save_writes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert _run("rubric", "show", "tone:gl") == 0
    (tmp_path / "shown.yaml").write_text(capsys.readouterr().out, encoding="utf-8")
    assert load_rubric(tmp_path / "shown.yaml") == builtin_rubric("tone", "gl")


def test_check_says_where_a_file_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.yaml").write_text("criterion: Tono\nscale: 1-5\nanchors: {9: x}\n")
    assert _run("rubric", "check", str(tmp_path / "bad.yaml")) == 1
    assert "anchor 9 is no point of the scale" in capsys.readouterr().err


def test_the_items_languages_decide_which_rubrics_are_tried() -> None:
    assert languages_of(_items(es=9, ca=3, pt=1)) == ["es", "ca"]
    chosen = choose_rubrics((), "utilidad", FIVE, _items(es=9, ca=3))
    assert chosen.rubrics[0] == builtin_rubric("helpfulness", "es")
    assert {one.language for one in chosen.rubrics} == {"es", "en"}
    assert [[one.language for one in rubrics] for rubrics in chosen.by_language] == [["es", "ca"]]
    assert len({render_rubric(one) for one in chosen.rubrics}) == len(chosen.rubrics) == 6


def test_no_rubric_is_a_stated_choice() -> None:
    with pytest.raises(UsageError, match=r"'salero'.*--rubric NAME.*--rubric FILE.*--proposer MODEL.*--rubric none"):
        choose_rubrics((), "salero", FIVE, _items(es=3))
    (bare,) = choose_rubrics(["none"], "salero", FIVE, _items(es=3)).rubrics
    assert (bare.criterion, bare.instructions, bare.language) == ("salero", "", "es")
    with pytest.raises(UsageError, match="--rubric none goes without a rubric"):
        choose_rubrics(["none", "tone"], "salero", FIVE, [])


@pytest.mark.parametrize("name", ["nowhere.yaml", "folder/tone", "salero", "tone:xx"])
def test_a_name_that_means_nothing_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=r"no such file|language"):
        choose_rubrics([name], "utilidad", FIVE, [])
