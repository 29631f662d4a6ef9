from __future__ import annotations

import json
from pathlib import Path

import pytest

from alia_judge.errors import DataError
from alia_judge.judging.rubrics.files import load_rubric
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Scale

YAML = """
criterion: Coherence
scale: 1-5
language: en
instructions: Do the sentences follow from one another?
anchors:
  1: Unrelated sentences.
  5: A well-knit whole.
steps: [Read it, Look for jumps]
style: checklist
"""


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_yaml_json_and_markdown_give_the_same_rubric(tmp_path: Path) -> None:
    from_yaml = load_rubric(_write(tmp_path, "a.yaml", YAML))
    from_json = load_rubric(_write(tmp_path, "a.json", json.dumps(from_yaml.to_dict())))
    head = YAML.replace("instructions: Do the sentences follow from one another?\n", "")
    markdown = f"---{head}---\n\nDo the sentences follow from one another?\n"
    from_markdown = load_rubric(_write(tmp_path, "a.md", markdown))
    assert from_yaml == from_json == from_markdown
    assert from_yaml.anchors == {1.0: "Unrelated sentences.", 5.0: "A well-knit whole."}


@pytest.mark.parametrize(
    ("written", "scale"),
    [
        ("1-7", Scale.ordinal(1, 7)),
        ("{low: 0, high: 100}", Scale.continuous(0, 100)),
        ("{kind: ordinal, low: 0, high: 3, reverse: true}", Scale.ordinal(0, 3, reverse=True)),
        ("[bad, fair, good]", Scale.ordinal(1, 3, labels=("bad", "fair", "good"))),
        ('["no", "yes"]', Scale.binary()),
        ("{kind: nominal, labels: [billing, fault]}", Scale.nominal(["billing", "fault"])),
    ],
)
def test_a_scale_may_be_written_short(tmp_path: Path, written: str, scale: Scale) -> None:
    assert load_rubric(_write(tmp_path, "a.yaml", f"criterion: C\nscale: {written}\n")).scale == scale


def test_anchors_may_be_keyed_by_label(tmp_path: Path) -> None:
    text = 'criterion: C\nscale: [bad, good]\nanchors: {bad: "Wrong.", good: "Right."}\n'
    assert load_rubric(_write(tmp_path, "a.yaml", text)).anchors == {0.0: "Wrong.", 1.0: "Right."}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.yaml", "criterion: C\nscale: 1-5\nweight: 3\n", r"a\.yaml: unknown keys weight; a rubric has anchors"),
        ("a.yaml", "criterion: C\n", r"missing keys scale"),
        ("a.yaml", "criterion: C\nscale: [1\n", r"a\.yaml:3: "),
        ("a.json", '{"criterion": "C",\n"x"}', r"a\.json:2: "),
        ("a.yaml", "- C\n", "a rubric is a mapping"),
        ("a.yaml", "criterion: C\nscale: 1-5\nanchors: {9: high}\n", "anchor 9 is no point of the scale"),
        ("a.yaml", "criterion: C\nscale: wide\n", "scale must be like '1-5'"),
        ("a.yaml", "criterion: [C]\nscale: 1-5\n", r"criterion must be text, got \['C'\]"),
        ("a.yaml", "criterion: C\nscale: 5-1\n", "at least 2 points"),
        ("a.md", "Just text.\n", "begins with front matter"),
        ("a.txt", "criterion: C\n", r"a \.txt; expected a \.yaml, \.json or \.md file"),
        ("a.yaml", "criterion: !!python/object/apply:os.getcwd []\nscale: 1-5\n", "could not determine a constructor"),
    ],
)
def test_what_is_no_rubric_is_refused_with_its_place(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_rubric(_write(tmp_path, name, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.yaml: No such file or directory"):
        load_rubric(tmp_path / "none.yaml")


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("criterion: Fluïdesa\n".encode("latin-1"))
    with pytest.raises(DataError, match="no UTF-8 at byte 14"):
        load_rubric(path)


def test_the_example_of_the_class_loads_from_its_own_json(tmp_path: Path) -> None:
    rubric = Rubric(criterion="Tono", scale=Scale.continuous(0, 1), language="es", anchors={0.5: "A medias."})
    assert load_rubric(_write(tmp_path, "a.json", json.dumps(rubric.to_dict()))) == rubric
