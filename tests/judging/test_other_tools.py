from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import pytest

from alia_judge.errors import DataError, UsageError
from alia_judge.judging.rubrics.files import load_rubric
from alia_judge.judging.rubrics.importers import rubric_from_mlflow, rubric_from_prometheus, rubric_from_promptfoo
from alia_judge.records import Scale

DESCRIPTIONS = {f"score{n}_description": f"Level {n}." for n in range(1, 6)}
LINES = "\n".join(f"Score {n}: Level {n}." for n in range(1, 6))


def test_mlflow_values_are_a_scale() -> None:
    words = "Evaluate whether {{ outputs }} answers {{inputs}} as {{ expectations }} does."
    assert rubric_from_mlflow(words, name="a", feedback_value_type=bool).scale == Scale.binary()
    rubric = rubric_from_mlflow(words, name="a", feedback_value_type=Literal["good", "bad"])
    assert (rubric.scale.kind, rubric.scale.labels) == ("nominal", ("good", "bad"))
    assert rubric.instructions == "Evaluate whether Response answers Prompt as Reference does."
    assert rubric_from_mlflow(words, name="a", feedback_value_type=Literal[3, 1, 2]).scale.points == (1.0, 2.0, 3.0)
    spanish = rubric_from_mlflow("¿Es útil {{ outputs }}?", name="útil", feedback_value_type=bool, language="es")
    assert (spanish.instructions, spanish.scale.labels) == ("¿Es útil Respuesta?", ("no", "sí"))
    for kind in (int, float, str, None, Literal["one"]):
        with pytest.raises(UsageError, match="name no scale"):
            rubric_from_mlflow(words, name="a", feedback_value_type=kind)
    assert rubric_from_mlflow(words, name="a", feedback_value_type=int, scale=Scale.ordinal(1, 5)).scale.high == 5


def test_a_variable_that_is_nobodys_is_refused_and_never_expanded() -> None:
    with pytest.raises(UsageError, match=r"\{\{ question \}\} is none of MLflow's variables"):
        rubric_from_mlflow("Is {{ question }} fine?", name="a", feedback_value_type=bool)
    jinja = "{% for x in y %}{{ outputs }}{% endfor %}"
    assert rubric_from_mlflow(jinja, name="a", feedback_value_type=bool).instructions.startswith("{% for")


@pytest.mark.parametrize(
    "source",
    [
        {"criteria": "Is it kind?", **DESCRIPTIONS},
        f"[Is it kind?]\n{LINES}",
        f"###Task Description:\nScore 9: not this.\n\n###Score Rubrics:\n[Is it kind?]\n{LINES}\n\n###Feedback: ",
        "<evaluation_criteria>\nIs it kind?\n</evaluation_criteria>\n<scoring_rubric>\n"
        + LINES.replace("Score", "- Score").replace("Level 2.", "Level\n  2.")
        + "\n</scoring_rubric>",
    ],
    ids=["data", "lines", "prompt", "flow-judge"],
)
def test_prometheus_and_flow_judge_layouts(source: object) -> None:
    rubric = rubric_from_prometheus(source)  # type: ignore[arg-type]
    assert (rubric.criterion, rubric.scale) == ("Is it kind?", Scale.ordinal(1, 5))
    assert dict(rubric.anchors) == {float(n): f"Level {n}." for n in range(1, 6)}


def test_prometheus_points_in_words() -> None:
    rubric = rubric_from_prometheus("[In line?]\nScore YES: It is.\nScore NO: It is not.", criterion="in line")
    assert (rubric.criterion, rubric.scale) == ("in line", Scale.binary(("NO", "YES")))
    assert rubric.anchors[1.0] == "It is."


def test_a_layout_without_its_parts_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 2, got 1"):
        rubric_from_prometheus("[x]\nScore 1: a")
    with pytest.raises(UsageError, match="begins with its criterion"):
        rubric_from_prometheus(LINES)
    with pytest.raises(UsageError, match="score 1 is described twice"):
        rubric_from_prometheus("[x]\nScore 1: a\nScore 1: b")


def test_promptfoo_assertions() -> None:
    rubric = rubric_from_promptfoo(
        {"type": "llm-rubric", "value": "{{output}} answers {{q}}", "threshold": 0.8, "metric": "answers"},
        variables={"q": "prompt"},
    )
    assert (rubric.criterion, rubric.instructions) == ("answers", "Response answers Prompt")
    assert rubric.scale == Scale.continuous(0, 1)
    steps = rubric_from_promptfoo({"type": "g-eval", "value": ["Is it short?", "Is it kind?"]}, scale=Scale.binary())
    assert (steps.steps, steps.scale) == (("Is it short?", "Is it kind?"), Scale.binary())
    with pytest.raises(UsageError, match="type must be llm-rubric or g-eval, got 'contains'"):
        rubric_from_promptfoo({"type": "contains", "value": "x"})
    with pytest.raises(UsageError, match="must be text or a list of texts"):
        rubric_from_promptfoo({"type": "llm-rubric"})
    with pytest.raises(UsageError, match="none of the assertion's variables"):
        rubric_from_promptfoo("about {{city}}")


def test_a_file_in_their_layout_is_a_rubric_file(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        "criteria: Is it kind?\n" + "".join(f"{k}: {v}\n" for k, v in DESCRIPTIONS.items())
    )
    assert load_rubric(tmp_path / "p.yaml").anchors[5.0] == "Level 5."
    (tmp_path / "f.yaml").write_text("type: llm-rubric\nvalue: Is kind\n")
    assert load_rubric(tmp_path / "f.yaml").instructions == "Is kind"


@pytest.mark.parametrize(
    ("value", "match"),
    [
        ({"value": "file://rubric.txt"}, "names a file"),
        ({"value": "{% if x %}polite{% endif %}"}, "a block of a template"),
        ({"value": "Is polite", "rubricPrompt": "You grade: {{rubric}}"}, "rubricPrompt"),
        ({"value": {"criteria": "polite"}}, "must be text or a list of texts"),
        ({"type": "not-llm-rubric", "value": "Is rude"}, "type must be llm-rubric or g-eval"),
        ({"value": "Mentions {{ city }}"}, "none of the assertion's variables"),
    ],
)
def test_what_a_promptfoo_assertion_would_need_run_is_refused(value: dict[str, object], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        rubric_from_promptfoo({"type": "llm-rubric", **value})


def test_braces_that_are_no_template_stay() -> None:
    rubric = rubric_from_promptfoo({"type": "llm-rubric", "value": 'Answer is JSON like {"a": 1}'})
    assert rubric.instructions == 'Answer is JSON like {"a": 1}'


def test_ragas_and_deepeval_files(tmp_path: Path) -> None:
    path = tmp_path / "accuracy.json"
    path.write_text(json.dumps({f"score{n}_description": f"Level {n}." for n in range(1, 4)}))
    rubric = load_rubric(path)
    assert (rubric.criterion, rubric.scale.points, rubric.anchors[3.0]) == ("accuracy", (1.0, 2.0, 3.0), "Level 3.")
    metric = {
        "name": "Correctness",
        "criteria": "Is it right?",
        "evaluation_steps": ["Read.", "Compare."],
        "threshold": 0.5,
        "rubric": [
            {"score_range": [0, 3], "expected_outcome": "Wrong."},
            {"score_range": [8, 10], "expected_outcome": "Right."},
        ],
    }
    path.write_text(json.dumps(metric))
    rubric = load_rubric(path)
    assert (rubric.criterion, rubric.instructions, rubric.steps) == (
        "Correctness",
        "Is it right?",
        ("Read.", "Compare."),
    )
    assert (rubric.scale.low, rubric.scale.high, dict(rubric.anchors)) == (0.0, 10.0, {3.0: "Wrong.", 10.0: "Right."})
    path.write_text(json.dumps([{"type": "llm-rubric", "value": "a"}, {"type": "llm-rubric", "value": "b"}]))
    with pytest.raises(DataError, match="one assertion, got 2"):
        load_rubric(path)
    path.write_text(json.dumps([{"type": "llm-rubric", "value": "a"}]))
    assert load_rubric(path).instructions == "a"
