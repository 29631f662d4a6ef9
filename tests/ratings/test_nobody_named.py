"""Ratings by people whom nothing names: scores, files, systems and facts of people are neither people nor items."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from alia_judge.errors import DataError
from alia_judge.ratings import load_ratings


def asked(rows: list[dict[str, Any]]) -> list[str]:
    """The readings that the question offers, each with its result."""
    with pytest.raises(DataError) as caught:
        load_ratings(rows)
    return re.findall(r"columns=\{.*?\}: reads [^|]*", str(caught.value))


@pytest.mark.parametrize(
    ("item", "shown", "names"),
    [
        ("description_id", "image_name", ("fluency", "correctness", "detail")),
        ("descripcion_id", "imagen", ("fluidez", "exactitud", "detalle")),
        ("deskribapen_id", "irudia", ("jariotasuna", "zuzentasuna", "xehetasuna")),
    ],
)
def test_scores_of_a_hundred_are_neither_item_nor_person(item: str, shown: str, names: tuple[str, ...]) -> None:
    draw = random.Random(item)
    rows = [
        {
            item: f"{n % 60:02d}xk{n % 7}q" if n < 60 else f"{n - 60:02d}xk{(n - 60) % 7}q",
            shown: f"{n % 60 % 9:06d}.jpg",
        }
        | {name: draw.randint(0, 100) for name in names}
        for n in range(66)
    ]
    offered = asked(rows)
    assert offered[0].startswith(f"columns={{'item_id': '{item}', 'criteria': '{','.join(names)}'")
    assert "reads 60 items by nobody who is named" in offered[0]
    assert not any(
        f"'{role}': '{name}'" in one for one in offered for role in ("item_id", "annotator_id") for name in names
    )


def test_parts_of_a_video_are_told_by_its_files_and_no_part_is_a_person() -> None:
    rows = [
        {
            "video_id": v,
            "ventana_id": w,
            "ruta": rf"ventanas\{v}\ventana_{w}.mp4",
            "nivel": (v * w) % 7 - 3,
            "marcos": 150,
        }
        for v in (1, 2, 7)
        for w in range(16)
    ]
    offered = asked(rows)
    assert offered[0].startswith("columns={'item_id': 'ruta', 'value': 'nivel'")
    assert "reads 48 items by nobody who is named (48 ratings" in offered[0]


def test_what_systems_made_of_prompts_is_an_item_for_each_of_both() -> None:
    draw = random.Random(1)
    rows = [
        {"prompt_id": f"P{p}", "model": m, "note": ""}
        | {name: draw.randint(1, 5) for name in ("genre_fidelity", "accuracy", "craft", "cleverness")}
        for p in range(9)
        for m in ("Alpha 2", "Beta 5.1", "Gamma", "Delta")
    ]
    offered = asked(rows)
    assert offered[0].startswith(
        "columns={'item_id': 'prompt_id,model', 'criteria': 'genre_fidelity,accuracy,craft,cleverness'}: reads 36 items"
    )


@pytest.mark.parametrize(
    ("item", "names"),
    [
        ("language", ("Accuracy", "Fluency", "Register", "Naturalness")),
        ("tarifa", ("Claridad", "Amabilidad", "Rapidez", "Utilidad")),
        ("hizkuntza", ("Argitasuna", "Zehaztasuna", "Tonua", "Gertutasuna")),
    ],
)
def test_a_few_rows_of_qualities_are_criteria_first(item: str, names: tuple[str, ...]) -> None:
    scores = [(4, 3, 4, 3), (4, 3, 4, 4), (4, 4, 4, 4), (4, 3, 4, 3)]
    rows = [{item: f"{item} {n}"} | dict(zip(names, given, strict=True)) for n, given in enumerate(scores)]
    offered = asked(rows)
    assert offered[0].startswith(f"columns={{'item_id': '{item}', 'criteria': '{','.join(names)}'}}: reads 4 items")


def test_a_number_of_its_own_for_each_rating_is_no_person() -> None:
    rows = [
        {"rating_id": n, "question_id": n // 3, "factuality": (n * 7 + n // 5) % 4, "acceptability": (n + n // 4) % 4}
        for n in range(60)
    ]
    offered = asked(rows)
    assert offered[0].startswith("columns={'item_id': 'question_id', 'criteria': 'factuality,acceptability'}: reads 20")


def test_where_a_person_lives_is_no_item_and_a_column_among_criteria_is_one() -> None:
    words = ("Not likely", "Somewhat likely", "Very likely")
    sure = ("Not confident", "Fairly confident", "Very confident")
    rows = [
        {
            "participant_id": f"{n // 2:03d}",
            "participant_zip_code": 33000 + n // 2,
            "age": ("18 to 24", "25 to 34", "35 to 44")[n // 2 % 3],
            "hispanic_or_latino": ("No", "Yes")[n // 2 % 2],
            "selected_image": f"location_{100 + n}",
            "image_latitude": 40.5 + n / 7,
            "image_state": ("Ohio", "Texas", "Maine", "Iowa", "Utah")[n % 5],
            "likely_to_buy": words[(n + n // 3) % 3],
            "confidence_in_map": sure[n % 3],
            "likely_to_rent": words[(n * 2 + n // 4) % 3],
        }
        for n in range(16)
    ]
    offered = asked(rows)
    assert offered[0].startswith("columns={'item_id': 'selected_image', 'annotator_id': 'participant_id', 'criteria': ")
    assert "'likely_to_buy,confidence_in_map,likely_to_rent'}: reads 16 items by 8 people (" in offered[0]
    assert not any("'item_id': 'participant" in one or "latino'" in one or "latitude" in one for one in offered)


def test_a_crowds_answers_are_no_items_and_a_number_of_tasks_is_none() -> None:
    rows = [
        {"HITId": n // 4, "NumberOfSimilarHITs": 84 - n // 4, "WorkerId": f"w{n % 4}", "WorkTimeInSeconds": n * 7 % 31,
         "Input.id": f"d{n // 4}", "Answer.match_ref": ("all", "some", "none")[(n + n // 5) % 3],
         "Answer.clear": 1 + (n + n // 3) % 5}
        for n in range(32)
    ]  # fmt: skip
    ratings = load_ratings(rows)
    assert ratings.criteria == ("clear", "match_ref")
    assert (len(ratings.item_table), len(ratings.annotators), len(ratings)) == (8, 4, 64)
    assert sorted(ratings.item_table.index.astype(str))[0] in ("0", "d0")


@pytest.mark.parametrize(
    ("who", "people"), [("by", (11, 25, 37)), ("contact_name", ("Kepa Ruiz", "Lola Gil", "Peio Sanz"))]
)
def test_people_in_numbers_and_names_stay_people_beside_a_wide_scale(who: str, people: tuple[object, ...]) -> None:
    draw = random.Random(7)
    rows = [{"q": n, who: one, "mark": draw.randint(0, 100)} for n in range(12) for one in people]
    ratings = load_ratings(rows)
    assert (len(ratings.item_table), len(ratings.annotators), len(ratings)) == (12, 3, 36)


def test_windows_of_documents_are_asked_about_where_nobody_is_named() -> None:
    rows = [{"doc": n // 4, "window": n % 4, "score": 1 + (n * 7 + n // 3) % 5} for n in range(48)]
    with pytest.raises(DataError, match="`window` tells the rows of each item apart"):
        load_ratings(rows)
