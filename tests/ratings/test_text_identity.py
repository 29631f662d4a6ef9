"""What was asked and what was answered tell an item together, and are neither its group nor its system."""

from __future__ import annotations

from pathlib import Path

import pytest

from alia_judge.ratings import iter_items, load_ratings


def table(with_id: bool) -> list[dict[str, object]]:
    """Several answers to each question, each question in one conversation; three people rate every answer."""
    rows = []
    for n in range(24):
        asked, conversation = f"¿Qué pasa con la factura número {n // 2}?", f"C-{n // 2:02}"
        said = f"Le paso el detalle de la factura {n // 2} por correo en cuanto la tenga, referencia {n * 7919 % 997}."
        for place, who in enumerate(("Marta", "Rubén", "Laia")):
            row: dict[str, object] = {"id": f"r{n}"} if with_id else {}
            row |= {"conversación": conversation, "pregunta": asked, "respuesta": said}
            rows.append(row | {"anotador": who, "utilidad": 1 + (n + place // 2) % 5})
    return rows


@pytest.mark.parametrize("with_id", [False, True])
def test_the_group_is_the_conversation(with_id: bool, tmp_path: Path) -> None:
    ratings = load_ratings(table(with_id))
    item = ratings.items()[0]
    assert (item.group or "").startswith("C-")
    assert item.system is None
    assert item.prompt.startswith("¿Qué pasa")
    assert item.response.startswith("Le paso")
    assert len(ratings.items()) == 24
    assert {one.item_id for one in iter_items(table(with_id))} == {one.item_id for one in ratings.items()}


def test_a_column_of_ids_is_the_id() -> None:
    assert {item.item_id for item in load_ratings(table(True)).items()} == {f"r{n}" for n in range(24)}
