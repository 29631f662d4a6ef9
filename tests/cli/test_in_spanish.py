"""A Spanish team's walk: what every command says, its pages, its help and what it refuses; no sentence is English."""

from __future__ import annotations

import html
import json
import random
import re
import string
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from messages import FOLDER

import alia_judge as aj
from alia_judge._messages import read_catalogue
from alia_judge.cli import main

#: Words that no sentence of Spanish has; what is written for machines (a signature, ``next:``) is no sentence.
_ENGLISH = re.compile(r"\b(?:the|of|with|and|from|was|were|which|than|is|are|no one|not|by the|it)\b", re.IGNORECASE)
_FOR_MACHINES = re.compile(r"--[\w-]+|\S*\|\S*|alt_test:by scale|next: .*|min coverage|held out")
_RESPONSES = (
    "Puede cambiar de tarifa desde la aplicación.",
    "Lo sentimos, reinicie el módem.",
    "Su factura incluye un cargo.",
    "Le llamará un técnico mañana.",
    "No podemos ayudarle con eso.",
    "El pedido llegará el martes.",
)


def _pieces() -> list[str]:
    """The longest text between the places of each message: what is left of it in English where it is not translated."""
    found = []
    for key, spanish in read_catalogue(FOLDER / "es.po").items():
        try:
            texts = [text.strip() for text, *_ in string.Formatter().parse(key)] if key else []
        except ValueError:  # a text of help, which has no places
            texts = [key]
        longest = " ".join(max(texts, key=len, default="").split())
        if len(longest.split()) >= 3 and longest not in " ".join(spanish.split()):
            found.append(longest)
    return found


_PIECES = _pieces()


def _english(said: str) -> list[str]:
    lines = [_FOR_MACHINES.sub("", line) for line in said.splitlines()]
    words = " ".join(" ".join(lines).split())
    return [piece for piece in _PIECES if piece in words] + [line for line in lines if _ENGLISH.search(line)]


def _page(path: Path) -> str:
    page = re.sub(r"(?s)<(style|script|svg|code|blockquote).*?</\1>", " ", path.read_text("utf-8"))
    return html.unescape(re.sub(r"<[^>]+>", "\n", page))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ratings as a spreadsheet in Spanish writes them, a team's scores and a bank of recorded verdicts."""
    folder = tmp_path_factory.mktemp("equipo")
    chance = random.Random(1)
    rows = ["conversación;sistema;pregunta;respuesta;anotador;utilidad"]
    for place in range(24):
        for system in ("norte", "sur"):
            quality = chance.random()
            response = f"{' '.join(chance.sample(_RESPONSES, 2))} Caso {place} {system}."
            for person in ("Ana", "Berta", "Carlos"):
                value = 1 + round(8 * min(1.0, max(0.0, quality + chance.gauss(0, 0.15)))) / 2
                rating = f"{value:.1f}".replace(".", ",")
                rows.append(f"C{place:02d};{system};¿Qué pasa con mi línea {place}?;{response};{person};{rating}")
    (folder / "valoraciones.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    ratings = aj.load_ratings(folder / "valoraciones.csv")
    means = ratings.table.groupby("item_id", observed=True)["value"].mean()

    def noisy(value: float, spread: float) -> float:
        return min(5.0, max(1.0, value + chance.gauss(0, spread)))

    lines = [f"{item},juez-a,{noisy(value, 0.4):.2f}" for item, value in means.items()]
    (folder / "equipo.csv").write_text("\n".join(["item_id,judge,score", *lines]) + "\n", encoding="utf-8")
    (folder / "banco").mkdir()
    names = [{"config_id": f"c{one}", "model": f"m{one}", "criterion": "utilidad", "scale": "1-5"} for one in range(4)]
    (folder / "banco" / "configs.jsonl").write_text("\n".join(map(json.dumps, names)), encoding="utf-8")
    pd.DataFrame(
        {"config_id": f"c{one}", "item_id": item, "score": noisy(value, 0.3 + 0.3 * one)}
        for one in range(4)
        for item, value in means.items()
    ).to_parquet(folder / "banco" / "scores.parquet")
    (folder / "personas.txt").write_text("ana\nberta\ncarlos\n", encoding="utf-8")
    return folder


@pytest.fixture
def run(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run a command in Spanish among the data: its exit code, and all it says."""
    monkeypatch.setenv("ALIA_JUDGE_LANG", "es")
    monkeypatch.chdir(data)

    def typed(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(words)
        told = capsys.readouterr()
        return int(ended.value.code or 0), f"{told.out}\n{told.err}"

    return typed


def test_the_walk(run: Callable[..., tuple[int, str]], data: Path) -> None:
    for words in (
        "validate valoraciones.csv --report auditoria.html",
        "validate valoraciones.csv --explain",
        "build valoraciones.csv --group-by conversación --out conjunto --public equipos",
        "compile conjunto --recorded banco --calls 120 --artifact juez --predictions notas.csv --storage sqlite:///e.db",
        "watch sqlite:///e.db",
        "store list .",
        "evaluate valoraciones.csv --scores equipo.csv --report informe.html --brief breve.html --json evaluacion.json",
        "evaluate conjunto --artifact juez --recorded banco",
        "leaderboard conjunto --scores equipo.csv --report clasificacion.html",
        "leaderboard conjunto --check equipo.csv",
        "monitor evaluacion.json --scores equipo.csv --no-gate",
        "score juez valoraciones.csv --recorded banco --out salida.csv",
        "select valoraciones.csv --items 10 --out pocos.csv",
        "annotate valoraciones.csv --budget 10 --out siguientes.csv",
        "redact valoraciones.csv --out limpio.csv",
        "sheet equipos/test-items.csv --criterion utilidad --annotator ana --items 5 --out hoja.html",
        "room create equipos/test-items.csv sala --criterion utilidad --per-item 2 --annotators personas.txt",
        "room status sala",
        "rubric list",
        "rubric save helpfulness:es rubrica.yaml",
        "rubric check rubrica.yaml",
        "init valoraciones.csv --out juez.yaml",
    ):
        code, said = run(*words.split())
        assert code == 0, f"{words}\n{said}"
        assert _english(said) == [], f"{words}\n{said}"
    for page in ("auditoria.html", "informe.html", "breve.html", "clasificacion.html"):
        assert _english(_page(data / page)) == [], page


@pytest.mark.parametrize(
    "words",
    [
        "validate no-existe.csv",
        "validate valoraciones.csv --column value=nota",
        "validate valoraciones.csv --scale 1-3",
        "validate valoraciones.csv --criterion tono",
        "validate valoraciones.csv --sed 1",
        "validate valoraciones.csv --seed uno",
        "valida valoraciones.csv",
        "build valoraciones.csv",
        "compile valoraciones.csv --calls 10",
        "compile valoraciones.csv --recorded no-existe --calls 10",
        "evaluate valoraciones.csv --scores valoraciones.csv",
        "evaluate valoraciones.csv",
        "leaderboard valoraciones.csv --check equipo.csv",
        "publish no-existe publicado",
        "score no-existe valoraciones.csv --out notas.xml",
        "sheet valoraciones.csv --criterion utilidad --annotator ana --out hoja.txt",
        "room status no-es-sala",
        "rubric show inventada",
        "check no-existe --minimum spearman=x",
    ],
)
def test_common_mistakes(run: Callable[..., tuple[int, str]], words: str) -> None:
    code, said = run(*words.split())
    assert code in (1, 2)
    assert "error: " in said
    assert _english(said) == []


@pytest.mark.parametrize(
    "words",
    ["", "validate", "build", "compile", "evaluate", "score", "publish", "leaderboard", "monitor", "watch",
     "room create", "sheet", "probe", "rubric", "store prune", "models check"],
)  # fmt: skip
def test_help(run: Callable[..., tuple[int, str]], words: str) -> None:
    code, said = run(*words.split(), "--help")
    assert code == 0
    assert said.startswith("Uso: ")
    assert _english(said) == []
