"""``alia-judge sheet``, and ``merge`` of what comes back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alia_judge.ratings import load_ratings
from alia_judge.records import Scale

PIXEL = "data:image/gif;base64,R0lGODlh"


def data(html: str) -> Any:
    (found,) = re.findall(r'<script type="application/json" id="data">(.*)</script>\n<script>', html)
    return json.loads(found)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "conversations.csv"
    rows = [f"c{n},¿Qué {n}?,La respuesta número {n} es esta.,es,s{n % 2},{10 * n}" for n in range(6)]
    path.write_text("item_id,prompt,response,language,system,tokens\n" + "\n".join(rows) + "\n", "utf-8")
    return path


def test_a_table_nobody_rated_becomes_a_sheet_and_its_answers_ratings(
    run: Callable[..., Any], read: Any, table: Path, tmp_path: Path
) -> None:
    out = tmp_path / "ana.html"
    done = run("sheet", table, "--criterion", "helpfulness", "--criterion", "tone", "--annotator", "ana",
               "--items", 4, "--out", out, "--json", tmp_path / "s.json")  # fmt: skip
    assert done.code == 0, done.err
    assert "next: alia-judge merge" in done.err
    made, page = read(tmp_path / "s.json"), data(out.read_text("utf-8"))
    assert page["digest"] == made["sheet"]
    assert [one["item_id"] for one in page["items"]] == made["item_ids"]
    assert [one["title"] for one in page["criteria"]] == ["Utilidad", "Tono y registro"]
    lines = [
        {"schema": page["schema"], "sheet": page["digest"], "item_id": item_id, "annotator_id": who,
         "values": {"helpfulness": 4, "tone": 2}, "skipped": "", "comment": "", "seconds": 3.0,
         "scales": {one["name"]: one["scale"] for one in page["criteria"]}}
        for who in ("ana", "jon")
        for item_id in made["item_ids"]
    ]  # fmt: skip
    for who in ("ana", "jon"):
        text = "".join(json.dumps(line) + "\n" for line in lines if line["annotator_id"] == who)
        (tmp_path / f"{who}.jsonl").write_text(text)
    done = run("merge", table, tmp_path / "ana.jsonl", tmp_path / "jon.jsonl", "--out", tmp_path / "r.parquet",
               "--json", tmp_path / "m.json")  # fmt: skip
    assert done.code == 0, done.err
    assert read(tmp_path / "m.json")["ratings"] == 16
    ratings = load_ratings(tmp_path / "r.parquet")
    assert (ratings.criteria, ratings.annotators) == (("helpfulness", "tone"), ("ana", "jon"))
    assert ratings.scales["tone"] == Scale.ordinal(1, 5)
    assert {item.system for item in ratings.items()} <= {"s0", "s1"}
    assert all(item.response.startswith("La respuesta") for item in ratings.items())


def test_ratings_that_there_are_give_the_scale(run: Callable[..., Any], read: Any, table: Path, tmp_path: Path) -> None:
    rows = [f"c{n},{who},{7 * (n % 2)},Una respuesta.,es" for n in range(6) for who in ("ana", "jon")]
    path = tmp_path / "rated.csv"
    path.write_text("item_id,annotator_id,tone,response,language\n" + "\n".join(rows) + "\n", "utf-8")
    ask = ("sheet", path, "--criterion", "tone", "--annotator", "eva", "--out", tmp_path / "e.html", "--scale")
    assert run(*ask, "0-7").code == 0
    (criterion,) = data((tmp_path / "e.html").read_text("utf-8"))["criteria"]
    assert [point["value"] for point in criterion["points"]] == list(range(8))
    assert criterion["instructions"].startswith("¿Es cortés")
    assert not any(point["words"] for point in criterion["points"])


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--criterion", "salero"), 2, "no built-in rubric is known for 'salero', and no scale"),
        (("--criterion", "tone", "--criterion", "tone"), 2, "one comes twice"),
        (("--criterion", "tone", "--items", "9"), 2, "9 items are wanted and there are 6"),
        (("--criterion", "tone", "--rubric-language", "fr"), 2, "got 'fr'"),
        (("--criterion", "tone", "--rubric", "manners=tone"), 2, "for a criterion that is not asked"),
        (("--criterion", "tone", "--criterion", "clarity", "--rubric", "tone"), 2, "which of tone, clarity?"),
    ],
)
def test_what_it_refuses(
    run: Callable[..., Any], table: Path, tmp_path: Path, options: tuple[str, ...], code: int, said: str
) -> None:
    done = run("sheet", table, *options, "--annotator", "ana", "--out", tmp_path / "o.html")
    assert (done.code, said in done.err) == (code, True), done.err
    assert not (tmp_path / "o.html").exists()


def test_a_name_that_is_no_page(run: Callable[..., Any], table: Path, tmp_path: Path) -> None:
    done = run("sheet", table, "--criterion", "tone", "--annotator", "ana", "--out", tmp_path / "o.txt")
    assert (done.code, "ends in .html" in done.err) == (2, True)


def test_items_come_again_and_known_ones_stand_among_them(
    run: Callable[..., Any], read: Callable[[Path], Any], tmp_path: Path
) -> None:
    asked = {"role": "user", "content": "¿Y mi factura?"}
    rows = [
        {"id": f"c{n}", "messages": [asked, {"role": "assistant", "content": f"Número {n} de la cola."}]}
        for n in range(4)
    ]
    (tmp_path / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    (tmp_path / "known.csv").write_text("item_id,annotator_id,tone,response\nk1,agreed,5,Con mucho gusto.\n", "utf-8")
    done = run("sheet", tmp_path / "c.jsonl", "--criterion", "tone", "--annotator", "ana", "--again", 2, "--known",
               tmp_path / "known.csv", "--out", tmp_path / "a.html", "--json", tmp_path / "s.json")  # fmt: skip
    assert done.code == 0, done.err
    ids = read(tmp_path / "s.json")["item_ids"]
    assert (len(ids), set(ids)) == (7, {"c0", "c1", "c2", "c3", "k1"})
    shown = data((tmp_path / "a.html").read_text("utf-8"))["items"]
    assert [part["text"] for part in next(one for one in shown if one["item_id"] == "c2")["parts"]] == [
        "¿Y mi factura?", "Número 2 de la cola."
    ]  # fmt: skip
    assert "agreed" not in (tmp_path / "a.html").read_text("utf-8")  # nor who knows the answer, nor what it is


@pytest.mark.filterwarnings("always:.*come with images:UserWarning")
def test_images_that_a_page_does_not_show_are_a_note_like_any_other(run: Callable[..., Any], tmp_path: Path) -> None:
    rows = [{"item_id": f"c{n}", "prompt": "¿Qué es?", "response": "Un punto.", "image": PIXEL} for n in range(3)]
    path = tmp_path / "shown.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    done = run("sheet", path, "--criterion", "tone", "--annotator", "ana", "--out", tmp_path / "ana.html")
    assert done.code == 0, done.err
    (note,) = [line for line in done.err.splitlines() if "come with images" in line]
    assert note.startswith("note: 3 items come with images, which a page does not show")
    assert "UserWarning" not in done.err
