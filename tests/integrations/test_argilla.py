"""What is sent to people, through Argilla's own records: taken, answered, written by its SDK and read back."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

import alia_judge as aj

rg = pytest.importorskip("argilla", reason="Argilla is not part of the test environment; see docs/integrations.md")


def test_records_go_out_and_answers_come_back(tmp_path: Path) -> None:
    from argilla.records._io import JsonIO  # what `dataset.records.to_json` calls, which needs a server

    ratings = aj.load_sample()
    sent = aj.what_to_annotate(ratings, "helpfulness", budget=6).to_argilla(ratings)
    people, records, said = (uuid.uuid4(), uuid.uuid4()), [], {}
    for row, record in enumerate(sent):
        taken = rg.Record.from_dict(record)
        assert taken.id == record["id"]
        assert taken.fields.to_dict() == record["fields"]
        for column, person in enumerate(people):
            said[record["id"], str(person)] = (row + column) % 5 + 1
            taken.responses.add(rg.Response("helpfulness", (row + column) % 5 + 1, user_id=person, status="submitted"))
        records.append(taken)
    JsonIO.to_json(records, tmp_path / "answered.json")
    back = aj.load_ratings(tmp_path / "answered.json")
    read = {(row.item_id, row.annotator_id): row.value for row in back.of("helpfulness").itertuples()}
    assert read == said
    assert {item.item_id: item.response for item in back.items()} == {
        one["id"]: one["fields"]["response"] for one in sent
    }
