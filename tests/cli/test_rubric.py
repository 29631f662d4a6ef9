"""`alia-judge rubric`, and the rubric that `compile` starts from where nobody names one."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from loopback import Loopback, chat

from alia_judge.cli import main
from alia_judge.cli._rubrics import choose_rubrics, languages_of
from alia_judge.errors import UsageError
from alia_judge.judging.prompt.prompt import render_rubric
from alia_judge.judging.rubrics.builtin import BUILTIN_RUBRICS, builtin_rubric
from alia_judge.judging.rubrics.files import load_rubric
from alia_judge.records import Item, Scale

FIVE = Scale.ordinal(1, 5)


def _run(*command: str) -> int:
    with patch.dict(os.environ), pytest.raises(SystemExit) as ended:
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


@pytest.mark.parametrize(("reader", "own"), [("es", "es"), ("pt", "en")])
def test_list_is_in_the_reader_s_language_and_in_english_where_rubrics_are_not(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, reader: str, own: str
) -> None:
    monkeypatch.setattr("alia_judge.cli.rubric.language", lambda: reader)
    assert _run("rubric", "list") == 0
    said = capsys.readouterr()
    assert builtin_rubric("clarity", own).instructions[:40] in said.out
    assert f"next: alia-judge rubric show clarity:{own}" in said.err


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
    assert "5 is best" in chosen.said
    labels = choose_rubrics((), "seguretat", Scale.nominal(["insegura", "segura"]), _items(ca=3))
    assert labels.said.startswith("the built-in safety (ca) for 'seguretat', asked for people's labels;")


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


def test_a_criterion_that_nobody_knows_is_drafted_by_the_proposer_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked on a server: the judge never without a rubric, the drafts once, all of it in the budget and counted."""
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.chdir(tmp_path)
    rows = ["item_id,annotator_id,salero,respuesta,comentario"]
    for n in range(48):
        worth = 1 + n % 5
        for place, who in enumerate("ab"):
            value = min(5, worth + (n % 7 == place))
            rows.append(f"i{n},{who},{value},Respuesta {n} del agente. Ref. {worth},tiene {worth} de gracia")
    Path("r.csv").write_text("\n".join(rows) + "\n", "utf-8")
    anchors = json.dumps({str(point): f"gracia {point}" for point in range(1, 6)})

    def behave(body: Any, path: str, number: int) -> Any:
        texts = "\n".join(str(message["content"]) for message in body["messages"])
        if body["model"] == "writer":
            words = f"Mira ante todo la gracia con que responde el agente al cliente, variante {number}."
            return (
                200,
                {},
                chat(
                    f"[[ ## new_instructions ## ]]\n{words}\n\n[[ ## new_anchors ## ]]\n{anchors}\n\n"
                    "[[ ## completed ## ]]"
                ),
            )
        return 200, {}, chat(re.findall(r"Ref\. (\d)", texts)[-1])

    with Loopback(behave) as server:
        command = ["compile", "r.csv", "--criterion", "salero", "--model", "openai/one", "--proposer", "openai/writer",
                   "--proposals", "2", "--calls", "60", "--api-base", server.url, "--resamples", "20",
                   "--permutations", "39", "--json", "c.json"]  # fmt: skip
        assert _run(*command, "--plan") == 0, capsys.readouterr().err
        assert not server.seen
        assert "2 rubrics by openai/writer first, in 2 to 4 calls, part of the 60" in capsys.readouterr().out
        assert _run(*command) == 0, capsys.readouterr().err
        said = capsys.readouterr()
        assert "2 drafted by openai/writer before the search" in said.out
        assert "the proposer drafts some first" in said.err
        paid = json.loads(Path("c.json").read_text(encoding="utf-8"))["calls"]["paid"]
        assert paid == len(server.seen) <= 60
        drafts = [body for body in server.bodies if body["model"] == "writer"][:2]
        assert all("tiene 5 de gracia" in str(body) and str(body).count("People gave") == 12 for body in drafts)
        asked = [body for body in server.bodies if body["model"] == "one"]
        assert all("la gracia con que responde" in str(body) for body in asked)
        assert _run(*command) == 0
        assert len(server.seen) == paid
        assert json.loads(Path("c.json").read_text(encoding="utf-8"))["calls"]["paid"] == paid
