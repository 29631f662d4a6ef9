"""Roles of columns: what is decided from evidence, what the user says, what is asked, what is accounted for."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alia_judge.errors import DataError, UsageError
from alia_judge.ratings import Ratings, load_ratings
from alia_judge.ratings.explanation import explain_reading
from alia_judge.ratings.roles.candidate import SURE, Candidate
from alia_judge.ratings.roles.decision import decide
from alia_judge.ratings.roles.evidence import ColumnEvidence, intraclass
from alia_judge.ratings.roles.said import named_columns
from alia_judge.ratings.tables import RawTable
from alia_judge.records import Scale

PEOPLE = ("ana", "jon", "eva")


def rated(n: int = 20, people: tuple[str, ...] = PEOPLE, **further: Any) -> list[dict[str, Any]]:
    """A rating a row, with further columns of (item, person) each."""
    rng = np.random.default_rng(0)
    worth = rng.normal(3, 1, n)
    return [
        {"item": f"i{item}", "rater": who, "helpfulness": int(np.clip(np.rint(worth[item] + rng.normal(0, 0.5)), 1, 5))}
        | {name: make(item, place) for name, make in further.items()}
        for item in range(n)
        for place, who in enumerate(people)
    ]


def advised(error: DataError) -> str:
    return str(error)


def _survey_rows(column: str, criteria: tuple[str, str]) -> list[dict[str, Any]]:
    """A rater's row for each criterion, a column an item."""
    return [
        {"Evaluador": w, column: c, **{f"Respuesta {k}": 1 + (k * k + place * 2) % 5 for k in range(1, 10)}}
        for w in PEOPLE
        for place, c in enumerate(criteria)
    ]


class TestWhatIsDecided:
    def test_what_an_item_or_a_person_fixes_is_no_criterion(self) -> None:
        rows = rated(
            topic=lambda item, _: ("billing", "roaming", "coverage")[item % 3],
            turn=lambda item, _: 1 + item % 4,
            age_band=lambda _, who: ("18-30", "31-50", "51+")[who],
        )
        ratings = load_ratings(rows)
        assert ratings.criteria == ("helpfulness",)
        assert {"topic", "turn"} <= set(ratings.item_table.columns)
        assert ratings.table.groupby("annotator_id", observed=True)["age_band"].nunique().eq(1).all()

    def test_attributes_of_raters_stay_with_the_ratings_of_a_wide_table(self) -> None:
        rows = rated(people=("ana", "jon"), tone=lambda i, k: 1 + (i + k) % 5, country=lambda _, who: ("ES", "FR")[who])
        frame = load_ratings(rows, columns={"criteria": ("helpfulness", "tone")}).to_frame()
        assert frame.groupby("annotator_id")["country"].unique().map(list).to_dict() == {"ana": ["ES"], "jon": ["FR"]}

    @pytest.mark.parametrize("name", ["motivo", "reason", "razón"])
    def test_labels_that_are_called_as_comments_are_read_where_nothing_else_is_a_rating(self, name: str) -> None:
        rows = [
            {"id": item, "rater": who, name: ("bill", "fault", "leave")[(item + (place == item % 4)) % 3]}
            for item in range(30)
            for place, who in enumerate(PEOPLE)
        ]
        ratings = load_ratings(rows)
        assert ratings.criteria == (name,)
        assert ratings.scales[name].labels == ("bill", "fault", "leave")
        with_grades = load_ratings([row | {"helpfulness": 1 + row["id"] % 5} for row in rows])
        assert with_grades.criteria == ("helpfulness",)
        assert "comment" in with_grades.table

    def test_a_date_that_parts_the_rows_as_the_item_does_hides_it_not(self) -> None:
        rows = [{"fecha": f"{1 + int(row['item'][1:]):02d}/03/2025", **row} for row in rated()]
        renamed = [{{"item": "elemento", "rater": "quien"}.get(k, k): v for k, v in row.items()} for row in rows]
        ratings = load_ratings(renamed)
        assert (len(ratings.item_table), len(ratings.annotators)) == (20, 3)
        assert ratings.item_table["item_id"].tolist()[0] == "i0"

    def test_a_row_number_is_no_item(self) -> None:
        rows = [{"id": place, **row} for place, row in enumerate(rated(), start=1)]
        for row in rows:
            row["trace"] = row.pop("item")
        assert len(load_ratings(rows).item_table) == 20

    def test_systems_are_no_raters(self) -> None:
        rows = [{"hash": f"d{i // 3}", "model_name": f"sys{'ABC'[i % 3]}", "factuality": i % 5 / 4} for i in range(60)]
        try:
            ratings = load_ratings(rows)
        except DataError as error:
            assert "columns={'item_id': 'hash,model_name'" in str(error)  # noqa: PT017 - asked or read, never pooled
            ratings = load_ratings(rows, columns={"item_id": "hash,model_name", "value": "factuality"})
        assert (len(ratings.item_table), ratings.annotators) == (60, ())

    def test_counts_of_votes_are_a_rating_a_vote(self) -> None:
        rows = [{"id": f"t{n}", **{f"votes_{v}": (5 if v == 1 + n % 5 else 0) for v in range(1, 6)}} for n in range(12)]
        ratings = load_ratings(rows)
        assert (len(ratings), ratings.scales["rating"]) == (60, Scale.ordinal(1, 5))
        rows = [
            {"id": f"t{n}", "votes_no": n % 6, **{f"votes_{v}": (5 - n % 6) * (v == 3) for v in (1, 2, 3)}}
            for n in range(12)
        ]
        worded = load_ratings(rows)
        assert worded.scales["rating"] == Scale.nominal(["no", "1", "2", "3"])
        assert any("scales={'*': 'no<1<2<3'}" in note for note in worded.notes)

    def test_the_person_of_a_value_may_stand_in_a_column_of_its_own(self) -> None:
        rows = [
            {"question_id": n, "model_a": "gpt", "model_b": "alia", "winner_x": ("model_a", "tie")[n % 2],
             "judge_x": "ana", "winner_y": ("model_b", "model_a")[n % 2], "judge_y": "jon"}
            for n in range(10)
        ]  # fmt: skip
        ratings = load_ratings(rows)
        assert (len(ratings), ratings.annotators) == (20, ("ana", "jon"))
        assert ratings.scales == {"preference": Scale.pairwise()}

    def test_preferences_keep_texts_and_further_columns_in_every_format(self, tmp_path: Path) -> None:
        said = lambda text: [{"role": "user", "content": "¿Qué?"}, {"role": "assistant", "content": text}]  # noqa: E731
        rows = [
            {"question_id": n // 2, "model_a": "m1", "model_b": "m2", "winner": ("model_a", "model_b", "tie")[n % 3],
             "judge": f"p{n % 2}", "category": "maths", "conversation_a": said("Uno"), "conversation_b": said("Dos")}
            for n in range(20)
        ]  # fmt: skip
        (tmp_path / "v.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        pd.DataFrame(rows).to_parquet(tmp_path / "v.parquet")
        frame = pd.DataFrame(rows)
        for side in ("conversation_a", "conversation_b"):
            frame[side] = frame[side].map(json.dumps)
        frame.to_csv(tmp_path / "v.csv", index=False)
        for name in ("v.jsonl", "v.parquet", "v.csv"):
            items = load_ratings(tmp_path / name).items()
            assert [(item.response, item.response_b, item.extra["category"]) for item in items] == [
                ("Uno", "Dos", "maths")
            ] * 10, name

    def test_an_item_is_one_whichever_order_its_texts_were_shown_in(self) -> None:
        rows = [
            {"pregunta": "¿?", "respuesta_a": a, "respuesta_b": b, "anotador": who, "preferida": said}
            for a, b, who, said in (
                ("x y", "z w", "ana", "A"),
                ("z w", "x y", "jon", "B"),
                ("x y", "z w", "eva", "empate"),
            )
        ]
        ratings = load_ratings(rows)
        assert len(ratings.item_table) == 1
        assert ratings.of("preference")["value"].tolist() == [-1.0, -1.0, 0.0]

    def test_what_nobody_can_tell_is_asked(self) -> None:
        rows = [{"ref": f"r{n}", "spark": 1 + n % 5, "grit": 1 + n * 7 % 5} for n in range(30)]
        with pytest.raises(
            DataError, match=r"not clear how this table is to be read.*was tried on this file"
        ) as caught:
            load_ratings(rows)
        message = str(caught.value)
        assert "'annotators': 'spark,grit'}: reads 30 items by 2 people (60 ratings, alpha" in message
        assert "'criteria': 'spark,grit'" in message
        assert load_ratings(rows, columns={"annotators": "spark,grit"}).annotators == ("grit", "spark")

    def test_what_is_advised_reads_as_it_says(self) -> None:
        rows = [{"ref": f"r{n}", "spark": 1 + n % 5, "grit": 1 + n * 7 % 5} for n in range(30)]
        ratings = load_ratings(rows, columns={"item_id": "ref", "annotators": "spark,grit"})
        assert (len(ratings.item_table), len(ratings)) == (30, 60)

    def test_a_column_like_the_values_that_is_none_of_them_is_asked_about(self) -> None:
        rows = [
            {"Timestamp": f"2026-01-{n + 1:02}", "Email": f"p{n}@x.org"}
            | {
                f"Answer {q} [{c}]": (3 if (q, c) == (2, "tone") else 1 + (q + n * (n > 6)) % 5)
                for q in range(1, 6)
                for c in ("tone", "help")
            }
            for n in range(9)
        ]
        try:
            ratings = load_ratings(rows)
        except DataError as error:
            assert "no place for" in str(error) or "about as likely" in str(error)  # noqa: PT017
        else:
            assert len(ratings) == 90


class TestWhatIsSaid:
    def test_a_value_that_is_said_is_the_only_criterion(self) -> None:
        ratings = load_ratings(rated(topic=lambda i, _: i % 3), columns={"value": "helpfulness"})
        assert (ratings.criteria, len(ratings), len(ratings.item_table)) == (("helpfulness",), 60, 20)

    def test_columns_of_pairs_are_respected(self) -> None:
        rows = [{"q": q, "model_1": "a", "model_2": "b", "preferred": p, "by": w} for q, p, w in (
            (1, "model_1", "ana"), (1, "model_2", "jon"), (2, "tie", "ana"), (2, "model_1", "jon"))]  # fmt: skip
        said = {"item_id": "q", "model_a": "model_1", "model_b": "model_2", "value": "preferred", "annotator_id": "by"}
        ratings = load_ratings(rows, format="pairwise", columns=said)
        assert ratings.of("preference")["value"].tolist() == [-1.0, 1.0, 0.0, -1.0]
        assert len(ratings.item_table) == 2

    @pytest.mark.parametrize(
        ("columns", "message"),
        [
            ({"colour": "item"}, "there is no field 'colour'"),
            ({"value": "nope"}, "names a column that is not there; there are: item"),
            (
                {"value": "helpfulness", "item_id": "helpfulness"},
                "said to be (item_id and value|value and item_id)",
            ),
        ],
    )
    def test_what_cannot_be_used_is_refused(self, columns: dict[str, str], message: str) -> None:
        with pytest.raises(UsageError, match=message):
            load_ratings(rated(), columns=columns)

    def test_names_with_commas_and_patterns(self) -> None:
        names = ["item", "clear, or not", "tone", "rater_1", "rater_2"]
        assert named_columns("clear, or not,tone", names) == ["clear, or not", "tone"]
        assert named_columns('"clear, or not",tone', names) == ["clear, or not", "tone"]
        assert named_columns("rater_*", names) == ["rater_1", "rater_2"]
        rows = [{"item": f"i{n}", "clear, or not": 1 + n % 5, "tone": 1 + n * 3 % 5} for n in range(12)]
        ratings = load_ratings(rows, columns={"criteria": "clear, or not,tone"})
        assert ratings.criteria == ("clear, or not", "tone")

    def test_ignored_columns_are_no_ratings(self) -> None:
        rows = rated(tone=lambda i, k: 1 + (i * 3 + k) % 5)
        assert load_ratings(rows, columns={"ignore": "tone"}).criteria == ("helpfulness",)

    @pytest.mark.parametrize("column", ["item", "text"])
    def test_an_ignored_column_stands_for_nothing_else_that_parts_the_rows_as_it_does(self, column: str) -> None:
        rows = rated(text=lambda i, _: f"Le hemos anulado el cargo número {i} de su factura.")
        ratings = load_ratings(rows, columns={"ignore": column})
        roles = {role.column: role.read_as for role in ratings.roles}
        assert (roles[column], len(ratings.item_table)) == ("left out", 20)
        assert ("response" in ratings.item_table) == (column == "item")
        assert ratings.item_table["item_id"].str.startswith("i").all()

    @pytest.mark.parametrize(
        ("columns", "named"),
        [
            ({"items": "a1,a2,a3,a4", "response": "note"}, "response"),
            ({"annotators": "a1,a2,a3,a4", "model_a": "note"}, "model_a"),
            ({"annotators": "a1,a2,a3,a4", "criterion": "who"}, None),
            ({"items": "a1,a2,a3,a4", "annotator_id": "who", "criterion": "what"}, None),
        ],
    )
    def test_a_column_that_is_named_is_used_as_that_or_is_an_error(
        self, columns: dict[str, str], named: str | None
    ) -> None:
        rows = [
            {
                "who": f"w{n // 2}",
                "what": ("tone", "use")[n % 2],
                "note": f"nota {n}",
                **{f"a{k}": 1 + (n * k) % 5 for k in (1, 2, 3, 4)},
            }
            for n in range(12)
        ]
        if named is not None:
            with pytest.raises(UsageError, match=f"'{named}': 'note'.* has no place in how this table is read"):
                load_ratings(rows, columns=columns)
            return
        ratings = load_ratings(rows, columns=columns)
        assert ratings.criteria == (("tone", "use") if "annotator_id" in columns else tuple(f"w{n}" for n in range(6)))


class TestWhatIsAccountedFor:
    @pytest.mark.parametrize("called", ["TOTAL", "Media", "Mitjana:", "Batez bestekoa"])
    @pytest.mark.parametrize("first", [True, False])
    def test_rows_that_sum_up_the_others_are_no_items(self, called: str, first: bool, tmp_path: Path) -> None:
        lines = [f"m{n};{1 + n % 5};{1 + (n + 1) % 5}" for n in range(10)]
        lines.insert(0 if first else 10, f"{called};3,1;2,9")
        (tmp_path / "r.csv").write_text("\n".join(["mensaje;ana;jon", *lines]))
        ratings = load_ratings(tmp_path / "r.csv")
        assert (len(ratings.item_table), ratings.scales["rating"]) == (10, Scale.ordinal(1, 5))
        assert ratings.left_out == {"rows of totals": 3}
        line = 2 if first else 12
        assert f"line {line} ({called!r}) sums up the other rows and was left out" in ratings.notes

    def test_who_gave_a_rating_may_stand_beside_each(self) -> None:
        rows = [
            {"ref": f"t{n}", "Anotador 1": PEOPLE[n % 3], "Nota 1": 1 + n % 5, "Anotador 2": PEOPLE[(n + 1) % 3],
             "Nota 2": 1 + (n + n // 7) % 5}
            for n in range(14)
        ]  # fmt: skip
        ratings = load_ratings(rows)
        assert (ratings.annotators, len(ratings), len(ratings.scales)) == (tuple(sorted(PEOPLE)), 28, 1)
        assert ratings.table.set_index(["item_id", "annotator_id"])["value"]["t4", "jon"] == 5

    def test_what_each_person_says_of_a_rating_is_no_criterion(self) -> None:
        rows = [
            {"ref": f"t{n}", "nota_ana": 1 + n % 5, "motivo_ana": ("sí", "no")[n % 2], "nota_jon": 1 + (n + n // 7) % 5,
             "motivo_jon": ("regular todo", "")[n % 3 > 0]}
            for n in range(14)
        ]  # fmt: skip
        ratings = load_ratings(rows)
        assert (ratings.annotators, len(ratings)) == (("ana", "jon"), 28)
        assert ratings.table.set_index(["item_id", "annotator_id"])["comment"]["t3", "jon"] == "regular todo"

    def test_columns_that_rate_several_systems_of_a_row_are_a_question(self) -> None:
        asked = [{"pregunta": f"¿{n}?", "anotador": w} for n in range(14) for w in PEOPLE]
        grades = [1 + n * n % 5 for n in range(len(asked))]
        named = [row | {"alia-40b": g, "gpt-4o": 6 - g, "llama-3": 3} for row, g in zip(asked, grades, strict=True)]
        with pytest.raises(DataError, match="called like systems, which are neither criteria nor people"):
            load_ratings(named)
        sides = [
            row | {"respuesta A": f"Sí, {n} euros en su factura.", "respuesta B": "No.", "nota A": g, "nota B": 6 - g}
            for n, (row, g) in enumerate(zip(asked, grades, strict=True))
        ]
        with pytest.raises(DataError, match="seem to rate two responses of one row"):
            load_ratings(sides)
        orders = [("alia", "gpt", "llama"), ("gpt", "alia", "llama"), ("llama", "gpt", "alia")]
        ranked = [
            row | dict(zip(("1º", "2º", "3º"), orders[g % 3], strict=True))
            for row, g in zip(asked, grades, strict=True)
        ]
        with pytest.raises(DataError, match="a ranking, and no ratings"):
            load_ratings(ranked)

    @pytest.mark.parametrize("column", ["Criterio", "Parte"])
    def test_a_rater_of_a_survey_may_have_a_row_for_each_criterion(self, column: str) -> None:
        rows = _survey_rows(column, ("tono", "claridad"))
        ratings = load_ratings(rows)
        assert (ratings.criteria, len(ratings.annotators), len(ratings.item_table)) == (("claridad", "tono"), 3, 9)

    def test_advice_says_how_many_ratings_a_reading_would_lose(self) -> None:
        with pytest.raises(DataError, match=r"\(54 ratings, 27 of them a person's second of an item, alpha"):
            load_ratings(_survey_rows("Parte", ("tono", "zeta")))

    @settings(max_examples=40, deadline=None)
    @given(data=st.data())
    def test_every_cell_has_a_role_and_every_value_is_a_rating(self, data: st.DataObject) -> None:
        n = data.draw(st.integers(6, 14))
        people = data.draw(st.integers(2, 4))
        extras = data.draw(st.lists(st.sampled_from(["topic", "note", "seconds", "empty", "constant"]), unique=True))
        holes = data.draw(st.sets(st.integers(0, n * people - 1), max_size=4))
        rows: list[dict[str, Any]] = []
        for place in range(n * people):
            row: dict[str, Any] = {"item": f"i{place // people}", "rater": f"w{place % people}"}
            row["score"] = None if place in holes else 1 + (place // people * 3 + place % people % 2) % 5
            values = {
                "topic": "ab"[place // people % 2],
                "note": "sí" if place % 5 == 0 else None,
                "seconds": 10 + place * 7,
                "empty": None,
                "constant": "x",
            }
            rows.append(row | {name: values[name] for name in extras})
        ratings = load_ratings(rows)
        cells = sum(value is not None for row in rows for value in row.values())
        assert sum(role.cells for role in ratings.roles) + sum(ratings.left_out.values()) == cells
        assert [role.column for role in ratings.roles] == list(rows[0])
        assert len(ratings.of("rating")) == n * people - len(holes)

    def test_parts_of_a_document_that_are_not_read_are_named(self, tmp_path: Path) -> None:
        document = {"version": 2, "project": {"name": "alia", "owner": "x"}, "data": rated()}
        (tmp_path / "r.json").write_text(json.dumps(document))
        assert load_ratings(tmp_path / "r.json").left_out == {"version": 1, "project": 2}

    def test_a_second_list_of_ratings_is_a_question(self, tmp_path: Path) -> None:
        people = lambda n, k: [{"rater": w, "score": 1 + (n + k) % 5} for w in PEOPLE]  # noqa: E731
        document = [{"item": f"i{n}", "annotations": people(n, 0), "second_round": people(n, 1)} for n in range(8)]
        (tmp_path / "r.json").write_text(json.dumps(document))
        with pytest.raises(DataError, match=r"`(annotations|second_round)` may hold ratings, too, and is in no row"):
            load_ratings(tmp_path / "r.json")

    def test_a_sheet_with_ratings_that_do_not_join_is_a_question(self, tmp_path: Path) -> None:
        pytest.importorskip("openpyxl")
        with pd.ExcelWriter(tmp_path / "r.xlsx") as book:
            pd.DataFrame(rated()).to_excel(book, sheet_name="One", index=False)
            other = pd.DataFrame(rated(n=8)).rename(columns={"item": "doc_id", "helpfulness": "score"})
            other.to_excel(book, sheet_name="Two", index=False)
        with pytest.raises(
            DataError, match=r"sheet '(One|Two)' and sheet '(One|Two)' hold ratings, in different columns"
        ):
            load_ratings(tmp_path / "r.xlsx")

    def test_the_explanation_shows_every_reading_with_its_score(self) -> None:
        readings = explain_reading(rated())
        assert [one.score for one in readings] == sorted((one.score for one in readings), reverse=True)
        assert readings[0].description == "criteria: item `item`, annotator `rater`, values `helpfulness`" or readings[
            0
        ].description.startswith("long: item `item`, annotator `rater`")
        assert sum(points for points, _ in readings[0].evidence) == pytest.approx(readings[0].score, abs=0.01)


class TestEvidence:
    @settings(max_examples=60, deadline=None)
    @given(
        codes=st.lists(st.integers(0, 4), min_size=12, max_size=60),
        values=st.lists(st.integers(0, 3), min_size=12, max_size=60),
    )
    def test_what_fixes_what_does_not_depend_on_names_or_order(self, codes: list[int], values: list[int]) -> None:
        n = min(len(codes), len(values))
        codes, values = codes[:n], values[:n]
        table = {"a": [f"k{code}" for code in codes], "b": [f"v{value}" for value in values]}
        one = ColumnEvidence(RawTable(columns=table, lines=None))
        order = np.random.default_rng(0).permutation(n)
        other = ColumnEvidence(
            RawTable(columns={k: [f"x{c[place]}" for place in order] for k, c in table.items()}, lines=None)
        )
        assert one.fixes((0,), 1) == other.fixes((0,), 1)
        spare = n - len(set(codes))
        if spare >= max(3, 0.08 * n):
            truly = len(set(zip(codes, values, strict=True))) == len(set(codes))
            # A slip in a few cells of thousands is allowed; here there is none.
            assert (one.fixes((0,), 1) == "yes") == truly

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5)), min_size=8, max_size=60),
        st.floats(0.5, 4),
        st.floats(-9, 9),
    )
    def test_agreement_within_groups_does_not_depend_on_the_scale(
        self, rows: list[tuple[int, int]], factor: float, shift: float
    ) -> None:
        groups = np.array([group for group, _ in rows])
        values = np.array([float(value) for _, value in rows])
        found = intraclass(groups, values)
        assert found <= 1 + 1e-9
        assert intraclass(groups, values * factor + shift) == pytest.approx(found, abs=1e-6)

    def test_a_reading_without_a_rival_is_sure(self) -> None:
        columns: dict[str, list[Any]] = {name: [row[name] for row in rated()] for name in rated()[0]}
        decision = decide(ColumnEvidence(RawTable(columns=columns, lines=None)))
        assert decision.sure
        assert decision.lead <= SURE
        assert isinstance(decision.best, Candidate)


class TestFiles:
    def test_compressed_files_are_bounded(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        import gzip
        import zipfile

        from alia_judge.ratings import compressed

        content = pd.DataFrame(rated()).to_csv(index=False).encode()
        (tmp_path / "r.csv.gz").write_bytes(gzip.compress(content))
        with zipfile.ZipFile(tmp_path / "r.zip", "w") as archive:
            archive.writestr("inner/r.csv", content)
            archive.writestr("__MACOSX/._r.csv", b"\0")
        prints = {load_ratings(tmp_path / name).fingerprint for name in ("r.csv.gz", "r.zip")}
        assert prints == {load_ratings(rated()).fingerprint}
        monkeypatch.setattr(compressed, "MOST_BYTES", 100)
        for name in ("r.csv.gz", "r.zip"):
            with pytest.raises(DataError, match=rf"{name}: it unpacks to more than"):
                load_ratings(tmp_path / name)
        (tmp_path / "r.csv.bz2").write_bytes(b"BZh9xx")
        with pytest.raises(DataError, match="a file compressed by bzip2"):
            load_ratings(tmp_path / "r.csv.bz2")
        (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(content)[:40])
        with pytest.raises(DataError, match=r"cut\.csv\.gz: a compressed file that cannot be unpacked"):
            load_ratings(tmp_path / "cut.csv.gz")

    def test_a_pipe_is_named(self, tmp_path: Path) -> None:
        import os

        os.mkfifo(tmp_path / "pipe.csv")
        with pytest.raises(DataError, match=r"pipe\.csv: this is a pipe or a device"):
            load_ratings(tmp_path / "pipe.csv")

    @pytest.mark.parametrize("column", ["item", "rater", "score", "response", "system", "note", "turns"])
    def test_half_of_a_character_in_rows_of_python_is_one_error_with_its_row(self, column: str) -> None:
        rows = [{"item": f"i{n // 2}", "rater": "ab"[n % 2], "score": 1 + n % 3, "response": "x"} for n in range(12)]
        held = [{"role": "user", "text": "half \ud83d"}] if column == "turns" else "half \ud83d"
        with pytest.raises(DataError, match=r"row 3: half of a character"):
            load_ratings([*rows[:2], {**rows[2], column: held}, *rows[3:]])

    @pytest.mark.parametrize(
        ("name", "text", "message"),
        [
            ("deep.json", "[" * 100_000 + "]" * 100_000, r"deep\.json:1: .*too deep to be read"),
            ("deep.jsonl", '{"item": ' + "[" * 100_000 + "]" * 100_000 + "}", r"deep\.jsonl:1: .*too deep"),
            ("long.json", '[{"item": "a", "score": ' + "9" * 5000 + "}]", r"long\.json:1: .*thousands of digits"),
            (
                "half.jsonl",
                '{"item": "a", "score": 1}\n{"item": "b\\ud83d", "score": 2}\n',
                r"half\.jsonl:2: half of a character",
            ),
            (
                "half.json",
                '[{"item": "a", "score": 1},\n {"item": "b\\ude00", "score": 2}]',
                r"half\.json:2: half of a character",
            ),
            (
                "inf.jsonl",
                "".join(
                    f'{{"item": "i{n}", "rater": "ana", "score": {v}}}\n'
                    for n, v in enumerate((1, 2, 3, 4, 5, "Infinity"))
                ),
                r"inf\.jsonl:6: field 'score': inf on rating",
            ),
        ],
    )
    def test_what_json_may_hold_and_nobody_can_use_is_one_error_with_its_line(
        self, name: str, text: str, message: str, tmp_path: Path
    ) -> None:
        (tmp_path / name).write_text(text)
        with pytest.raises(DataError, match=message) as caught:
            load_ratings(tmp_path / name)
        assert len(caught.value.problems) == 1

    def test_whole_emoji_in_escapes_are_text(self, tmp_path: Path) -> None:
        rows = [row | {"response": f"vale \U0001f600 {row['item']} y eso"} for row in rated()]
        (tmp_path / "r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        assert "\U0001f600" in load_ratings(tmp_path / "r.jsonl").items()[0].response

    def test_faults_of_a_large_document_are_named_in_time_in_proportion(self, tmp_path: Path) -> None:
        document = {f"i{n}": dict.fromkeys(PEOPLE, "x" if n % 3 == 0 else 1 + n % 5) for n in range(3000)}
        (tmp_path / "r.json").write_text(json.dumps(document, indent=0))
        with pytest.raises(DataError) as caught:
            load_ratings(tmp_path / "r.json")
        problems = caught.value.problems
        assert len(problems) == 3000
        assert [problem.line for problem in problems[:4]] == [3, 4, 5, 18]
        assert len(str(caught.value).splitlines()) == 21


class TestValues:
    @pytest.mark.parametrize(
        ("values", "scale"),
        [
            (["5,5/10", "7/10", "9,5/10"], Scale(kind="ordinal", points=tuple(x / 2 for x in range(2, 21)))),
            (["57/100", "71/100", "95/100"], Scale.continuous(1, 100)),
            (["Gens d'acord", "Poc d'acord", "Totalment d'acord"], None),
            (["Suspenso", "Aprobado", "Notable", "Sobresaliente"], None),
            (["1 (pésimo)", "2 (malo)", "5 (excelente)"], None),
            (["Guztiz kontra", "Kontra", "Guztiz ados"], None),
        ],
    )
    def test_grades_keep_their_order(self, values: list[str], scale: Scale | None) -> None:
        rows = [
            {"item": f"i{n}", "rater": w, "score": values[(n + k) % len(values)]}
            for n in range(12)
            for k, w in enumerate(PEOPLE)
        ]
        ratings = load_ratings(rows)
        found = ratings.scales["rating"]
        assert (found == scale) if scale is not None else (found.kind, found.labels) == ("ordinal", tuple(values))
        given = ratings.table.groupby("item_id", observed=True)["value"].first()
        assert given["i0"] < given["i1"] < given["i2"]

    def test_several_labels_in_a_cell_are_no_label_of_their_own(self) -> None:
        labels = ("queja", "ironía", "queja;ironía", "duda")
        rows = [
            {"item": f"i{n}", "rater": w, "label": labels[(n * n + k) % 4]}
            for n in range(12)
            for k, w in enumerate(PEOPLE)
        ]
        with pytest.raises(DataError, match="several labels in a cell on rating, such as 'queja;ironía'"):
            load_ratings(rows)
        said = load_ratings(rows, scales={"rating": "queja,ironía,queja;ironía,duda"})
        assert len(said.of("rating")) == 36

    def test_one_rule_for_repeated_ratings(self) -> None:
        rows = [
            {"item": f"i{n}", "rater": w, "score": 1 + (n + k) % 5}
            for n in range(6)
            for k, w in enumerate(("ana", "jon"))
        ]
        rows.append({"item": "i0", "rater": "ana", "score": 5})
        first = {
            rule: load_ratings(rows, repeats=rule).matrix("rating").values[0, 0] for rule in ("first", "last", "mean")
        }
        assert first == {"first": 1.0, "last": 5.0, "mean": 3.0}
        with pytest.raises(
            DataError, match="1 ratings repeat one that the same person gave, the first by 'ana' of item 'i0'"
        ):
            load_ratings(rows, repeats="error")
        with pytest.raises(UsageError, match="repeats must be one of first, last, mean, error"):
            load_ratings(rows, repeats="best")  # type: ignore[arg-type]

    def test_class_labels_are_their_names_and_minus_one_is_none(self, tmp_path: Path) -> None:
        import datasets

        rows = rated(people=("ana", "jon"))
        labels = [(-1, 0, 1)[place % 3] for place in range(len(rows))]
        features = datasets.Features({"item": datasets.Value("string"), "rater": datasets.Value("string"),
                                      "label": datasets.ClassLabel(names=["yes", "no"])})  # fmt: skip
        columns = {name: [row[name] for row in rows] for name in ("item", "rater")}
        given = datasets.Dataset.from_dict(columns | {"label": labels}, features=features)
        given.to_parquet(tmp_path / "r.parquet")
        given.save_to_disk(str(tmp_path / "saved"))
        for source in (given, tmp_path / "r.parquet", tmp_path / "saved"):
            ratings = load_ratings(source)
            assert ratings.scales["rating"] == Scale.binary(("no", "yes"))
            assert len(ratings.of("rating")) == sum(label >= 0 for label in labels)
            assert ratings.of("rating")["value"].iloc[0] == 1.0

    def test_ordered_categories_keep_their_order(self) -> None:
        frame = pd.DataFrame(rated()).drop(columns="helpfulness")
        frame["label"] = pd.Categorical(["meh", "ace", "dud"] * 20, categories=["dud", "meh", "ace"], ordered=True)
        assert load_ratings(frame).scales["rating"] == Scale.ordinal(1, 3, labels=("dud", "meh", "ace"))

    def test_words_of_which_some_are_known_ask_for_their_order(self) -> None:
        def words(*given: str) -> Ratings:
            return load_ratings([row | {"helpfulness": given[place % len(given)]} for place, row in enumerate(rated())])

        ratings = words("mal", "regular", "pasable", "bien")
        assert set(ratings.unordered["helpfulness"]) == {"mal", "regular", "pasable", "bien"}
        assert any("scales={'helpfulness': 'LOWEST<...<HIGHEST'}" in note for note in ratings.notes)
        assert words("mal", "regular", "bien").unordered == {}
        assert words("factura", "cobertura", "queja").unordered == {}

    def test_codes_for_no_answer_are_no_ratings(self) -> None:
        values = [1, 2, 3, -1, 5, 4]
        rows = [row | {"helpfulness": values[place % 6]} for place, row in enumerate(rated())]
        ratings = load_ratings(rows)
        assert (ratings.scales["helpfulness"], len(ratings.of("helpfulness"))) == (Scale.ordinal(1, 5), 50)
        assert any("-1 was read as no rating" in note for note in ratings.notes)
        assert load_ratings(rows, scales={"helpfulness": "-1-5"}).of("helpfulness")["value"].min() == -1


def test_what_varies_within_people_is_no_fact_about_them_whatever_its_name() -> None:
    draw = random.Random(6)
    rows = [
        {"persona": f"p{p}", "texto": f"respuesta {n} del servicio", "claridad": draw.randint(1, 5)}
        | {"edad": draw.choice(("joven", "adulta", "mayor")), "país": ("ES", "MX")[p % 2]}
        for n in range(12)
        for p in range(3)
    ]
    roles = {role.column: str(role.read_as) for role in load_ratings(rows).roles}
    assert roles["edad"] == "attribute of the rating"
    assert roles["país"] == "attribute of the annotator"
