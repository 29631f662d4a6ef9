"""Who calls from Python is told arguments, who types a command is told flags; what is told reads as it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alia_judge._advice import to_a_command
from alia_judge.errors import DataError, UsageError
from alia_judge.ratings import load_ratings
from alia_judge.ratings.roles.said import named_columns
from alia_judge.ratings.saying import say_columns, say_header, say_scale, several

NAMES = st.text(st.characters(exclude_characters='"\n\r\0', exclude_categories=("Cs", "Cc")), min_size=1).filter(
    lambda name: name == name.strip() and "*" not in name
)


@given(st.dictionaries(st.sampled_from(["item_id", "value", "criteria"]), NAMES, min_size=1))
def test_a_shell_and_python_take_back_what_was_said(columns: dict[str, str]) -> None:
    assert eval(say_columns(columns).removeprefix("columns=")) == columns  # noqa: S307
    with to_a_command():
        words = [word for word in shlex.split(say_columns(columns)) if word != "--column"]
    assert dict(word.split("=", 1) for word in words) == columns


@given(st.lists(NAMES, min_size=1, unique=True))
def test_columns_with_commas_between_are_these_columns(names: list[str]) -> None:
    assert named_columns(several(names), names) == names


def test_header_and_scale_both_ways() -> None:
    assert say_header(["a", "b c"]) == "header=['a', 'b c']"
    assert say_scale("no<yes") == "scales={'*': 'no<yes'}"
    with to_a_command():
        assert say_header(["a", "b c"]) == "--header 'a,b c'"
        assert say_scale("no<yes", "tone") == "--scale 'tone=no<yes'"


ASKED = [{"ref": f"t{n}", "spark one": 1 + n % 5, "grit": 1 + n * 7 % 5} for n in range(30)]


def test_a_question_is_put_in_the_words_of_who_asked() -> None:
    with pytest.raises(DataError) as python:
        load_ratings(ASKED)
    with to_a_command(), pytest.raises(DataError) as typed:
        load_ratings(ASKED)
    assert "--column" not in str(python.value)
    assert "--column" in str(typed.value)
    assert "columns={" not in str(typed.value)
    offered = re.findall(r"(columns=\{[^}]*\}): reads (\d+) items by (\d+) people", str(python.value))
    assert offered
    for said, items, people in offered:
        ratings = load_ratings(ASKED, columns=eval(said.removeprefix("columns=")))  # noqa: S307
        assert (len(ratings.item_table), len(ratings.annotators)) == (int(items), int(people))


def test_notes_roles_and_refusals_in_the_words_of_who_asked(tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    rows = [f"i{n},{who},{1 + n * k % 5}\n" for n in range(12) for k, who in ((2, "ana"), (3, "jon"))]
    path.write_text("".join(rows))
    read = load_ratings(path, columns={"item_id": "column 1", "annotator_id": "column 2", "value": "column 3"})
    told = " ".join((*read.notes, *(role.change for role in read.roles)))
    assert "header=['item_id', 'annotator_id', 'value']" in told
    assert "columns={'ignore': 'column 3'}" in told
    assert "--" not in told
    with to_a_command():
        read = load_ratings(path, columns={"item_id": "column 1", "annotator_id": "column 2", "value": "column 3"})
        told = " ".join((*read.notes, *(role.change for role in read.roles)))
        assert "--header item_id,annotator_id,value" in told
        assert "--column 'ignore=column 3'" in told
        with pytest.raises(UsageError, match=r"^--column value=stars names a column that is not there"):
            load_ratings(path, columns={"value": "stars"})
    with pytest.raises(UsageError, match=r"^columns=\{'value': 'stars'\} names a column that is not there"):
        load_ratings(path, columns={"value": "stars"})
