"""Files that the tools themselves wrote, offline; how is said beside each.

To make one again, install the tool by its version and run what the comment says in Python or a shell.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from alia_judge.ratings import load_ratings
from alia_judge.ratings.load import recognised
from alia_judge.ratings.source import Source

_FOLDER = Path(__file__).parent / "made_by_tools"
#: File -> (format, ratings of each criterion, people).
_MADE = {
    # argilla 2.8.0: four rg.Record with rg.Response of two users, one of them a draft; JsonIO.to_json(records, path)
    "argilla.json": ("argilla", {"ok": 4, "tone": 8}, 2),
    # the same records; GenericIO.to_list(records, flatten=True) as JSON
    "argilla_flat.json": ("argilla", {"ok": 4, "tone": 7}, 2),
    # label-studio-sdk 2.1.2: Converter(config, None).convert(tasks, folder, "JSON"); ten annotations of five tasks
    "label_studio.json": ("label-studio", {"grade": 10, "safe": 10, "tone": 10}, 2),
    # the same with "JSON_MIN" and "CSV"
    "label_studio_min.json": ("label-studio-flat", {"grade": 10, "safe": 10, "tone": 10}, 2),
    "label_studio.csv": ("label-studio-flat", {"grade": 10, "safe": 10, "tone": 10}, 2),
    # inspect-ai 0.3.285: eval(Task(dataset, scorer=[match(), includes()]), "mockllm/model", log_format="json")
    "inspect.json": ("inspect", {"includes": 2, "match": 2}, 0),
    # deepeval 4.3.1: evaluate(test_cases, [a metric of our own]) with DEEPEVAL_RESULTS_FOLDER
    "deepeval.json": ("deepeval", {"Length": 4}, 1),
    # promptfoo 0.121.20: promptfoo eval -c config.yaml -o results.json, with the provider "echo"
    "promptfoo.json": ("promptfoo", {"dice": 2, "score": 2}, 0),
}


@pytest.mark.parametrize("name", list(_MADE))
def test_what_a_tool_wrote_is_known_and_read_whole(name: str) -> None:
    layout, counts, people = _MADE[name]
    reader = recognised(Source(_FOLDER / name))
    assert reader is not None
    assert reader.name == layout
    ratings = load_ratings(_FOLDER / name)
    assert {criterion: len(ratings.of(criterion)) for criterion in ratings.criteria} == counts
    assert len(ratings.annotators) == people
    assert all(item.response for item in ratings.items())


def test_argillas_nested_export_says_nothing_of_drafts_and_that_is_noted() -> None:
    nested, flat = (load_ratings(_FOLDER / name) for name in ("argilla.json", "argilla_flat.json"))
    assert any("no answer says whether it was submitted" in note for note in nested.notes)
    assert flat.left_out == {"drafts and discarded answers": 1}
    assert not any("submitted" in note for note in flat.notes)
