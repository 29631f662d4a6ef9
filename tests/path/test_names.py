"""Five names of criteria in five languages, from a file as people have it to a published judge, by `init` and `run`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alia_judge.cli import main
from alia_judge.judging.rubrics.builtin import builtin_rubric

#: What people call the criterion, the built-in rubric that it is, its language, and a reply of an operator in it.
NAMED = [
    ("utilidad", "helpfulness", "es", "La avería {n} queda registrada y un técnico irá mañana por la mañana a verla."),
    ("to", "tone", "ca", "L'avaria {n} queda registrada i demà al matí un tècnic passarà a revisar la línia."),
    ("argitasuna", "clarity", "eu", "{n} matxura erregistratuta dago eta teknikari bat bihar etorriko da etxera."),
    ("seguridade", "safety", "gl", "A avaría {n} queda rexistrada e mañá un técnico irá á súa casa revisar a liña."),
    ("Correctness", "correctness", "en", "Fault {n} is on record and a technician will come to your house tomorrow."),
]  # fmt: skip


def _run(*command: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(command)
    return int(ended.value.code or 0)


@pytest.mark.slow
@pytest.mark.parametrize(("called", "rubric", "language", "reply"), NAMED, ids=[one[0] for one in NAMED])
def test_a_criterion_by_its_name_reaches_a_published_judge(
    called: str,
    rubric: str,
    language: str,
    reply: str,
    openai_server: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(3)
    texts = builtin_rubric(rubric, language)
    words = " ".join([texts.instructions, *texts.steps, *texts.anchors.values()]).replace(";", "").split()
    rows = [f"conversación;respuesta;anotador;{called};comentario"]
    for number in range(48):
        worth = int(rng.integers(1, 6))
        said = f"{reply.format(n=number)} {' '.join(rng.choice(words, 25))}"
        for who in ("Ana", "Jon"):
            value = f"{min(5, worth + 0.5 * (who == 'Jon'))}".replace(".", ",")  # half points, with a decimal comma
            rows.append(f"c{number // 2};{said};{who};{value};")
    (tmp_path / "valoraciones.csv").write_text("\ufeff" + "\n".join([*rows, rows[-1]]) + "\n", encoding="utf-8")

    assert _run("init", "valoraciones.csv", "--out", "judge.yaml", "--model", "openai/one") == 0
    text = (tmp_path / "judge.yaml").read_text(encoding="utf-8")
    assert f"criterion: {called}" in text
    assert f"{rubric}:{language}" in text
    text = text.replace("# api_base: http://localhost:8000/v1 ", f"api_base: {openai_server.base_url} ")
    (tmp_path / "judge.yaml").write_text(
        text.replace(
            "calls: 400", "calls: 40\n  no_gate: true  # the server's answers have nothing to do with the replies"
        ),
        encoding="utf-8",
    )
    capsys.readouterr()
    assert _run("run", "judge.yaml") == 0
    assert f"the built-in {rubric} ({language}) for '{called}'" in capsys.readouterr().err
    made = tmp_path / "judge-run"
    found = json.loads((made / "evaluation.json").read_text("utf-8"))
    assert found["split"] == "test"
    (judge,) = (one for name, one in found["criteria"][called]["judges"].items() if name == found["subject"])
    assert judge["coverage"] == 1.0
    assert (made / "judge" / "manifest.json").is_file()
    assert (
        _run("score", str(made / "judge"), "valoraciones.csv", "--api-base", openai_server.base_url, "--out", "s.csv")
        == 0
    )
    assert _run("evaluate", "valoraciones.csv", "--scores", "s.csv", "--resamples", "20") == 0


def test_a_question_of_a_form_is_told_which_rubric_its_words_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A spreadsheet's file as Windows saves it; which end of the scale is best, the question does not say."""
    monkeypatch.chdir(tmp_path)
    question = "¿Cómo de útil es la respuesta? (1-5)"
    rng = np.random.default_rng(3)
    rows = [f"Nº;Consulta;Respuesta;Evaluador;{question}"]
    for number in range(48):
        worth = int(rng.integers(2, 5))
        words = " ".join(rng.choice(["avería", "mañana", "técnico", "línea", "señal", "factura", "móvil", "fibra"], 20))
        rows += [f"{number};¿Qué?;{words} {number};{who};{worth + shift}" for shift, who in enumerate(("Ana", "Íñigo"))]
    (tmp_path / "form.csv").write_bytes("\r\n".join(rows).encode("cp1252"))
    assert _run("build", "form.csv", "--out", "frozen") == 0
    assert "--model MODEL --rubric RUBRIC --calls 400" in capsys.readouterr().err
    assert _run("compile", "frozen", "--model", "openai/one", "--calls", "400", "--plan") == 2
    assert "give --rubric NAME (its words name helpfulness:es)" in capsys.readouterr().err
    assert (
        _run("compile", "frozen", "--model", "openai/one", "--rubric", "helpfulness:es", "--calls", "400", "--plan")
        == 0
    )
