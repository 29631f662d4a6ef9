"""A Spanish team's walk: what every command says, its pages, files and help, and what it refuses; nothing is English.

Each is run twice: with the catalogue as it is, where no line may have an English word, and with every letter of the
catalogue struck out, where no word may be left but those of the data, of the command typed, and names.
"""

from __future__ import annotations

import dataclasses
import hashlib
import html
import json
import random
import re
import shutil
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from loopback import Loopback, chat, error
from messages import FOLDER

import alia_judge as aj
from alia_judge import _messages
from alia_judge._messages import catalogue, message, read_catalogue
from alia_judge._progress import duration, run_line, search_line
from alia_judge.cli import main
from alia_judge.compiling.race.search import SearchProgress
from alia_judge.runner import Progress
from alia_judge.runner.trouble import Trouble

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


#: The names of commands, and the values that options have by themselves.
_SHOWN_IN_HELP = re.compile(r"(?m)^  [a-z]+(?=  )|: \S+(?=\])")
#: A word by itself: none of an identifier, a path, an address, a flag or ``name=value``.
_WORD = re.compile(r"(?<![\w./=:@`'<-])[A-Za-zÁÉÍÓÚáéíóúñ]{3,}(?![\w./=@`'(-])")
#: Names that are the same in every language: of statistics, splits, fields and measures, and of what is asked.
_SAME_IN_ALL = """
    Spearman Kendall Pearson spearman train dev test annotator item group system prompt response value rating ridge
    verdicts error met KiB JSON HTTP MAE alt stratified long text latency cost coverage comment seconds timestamp
    helpfulness Helpfulness Utilidad utilidad tone anchored terse checklist expert spread random temperature budget
    truncation typos judge check True None bootstrap percentile Wilson exclude keep
    python pytest str int float min publish clarity coherence correctness faithfulness fluency privacy refusal relevance
    safety stereotypes
"""


def _struck_out(text: str) -> str:
    """A translation without its letters; its fields stay."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:  # a text of help, which has no fields
        return re.sub(r"[^\W\d_]", "ж", text)
    struck = ""
    for words, name, spec, turned in parts:
        struck += re.sub(r"[^\W\d_]", "ж", words).replace("{", "{{").replace("}", "}}")
        if name is not None:
            struck += f"{{{name}{f'!{turned}' if turned else ''}{f':{spec}' if spec else ''}}}"
    return struck


def _words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in re.findall(r"[^\W\d_]+", text))


def _beside(said: str, known: frozenset[str]) -> list[str]:
    """Lines with a word that is neither of the catalogue nor known."""
    lines = [_FOR_MACHINES.sub("", line) for line in said.splitlines()]
    return [
        line for line in lines if any(not word.isupper() and word.lower() not in known for word in _WORD.findall(line))
    ]


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


class Walk:
    """Runs commands among the data, and tells the lines that are not in the reader's language."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], *, struck: bool) -> None:
        self.folder, self._capsys, self._struck = folder, capsys, struck
        self._known = _words(_SAME_IN_ALL)
        for path in folder.iterdir():
            if path.suffix in (".csv", ".txt"):
                self.knows(path.read_text("utf-8"))

    def __call__(self, words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(words.split())
        told = self._capsys.readouterr()
        self.knows(words)
        return int(ended.value.code or 0), f"{told.out}\n{told.err}"

    def knows(self, text: str) -> None:
        """Words of a text may be shown as they are."""
        self._known |= _words(text)

    def wrong(self, said: str) -> list[str]:
        """The lines at fault."""
        return _beside(said, self._known) if self._struck else _english(said)


@pytest.fixture(params=["spanish", "struck out"])
def run(
    request: pytest.FixtureRequest,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Walk:
    """Run a command in Spanish in a folder with the data."""
    folder = Path(shutil.copytree(data, tmp_path / "equipo"))
    monkeypatch.setenv("ALIA_JUDGE_LANG", "es")
    monkeypatch.chdir(folder)
    struck = request.param == "struck out"
    if struck:
        without = {key: _struck_out(value) for key, value in catalogue("es").items()}
        monkeypatch.setattr(_messages, "catalogue", lambda _name: without)
    return Walk(folder, capsys, struck=struck)


def _markdown(text: str) -> str:
    """What people read of a Markdown file: neither its front matter nor code."""
    text = re.sub(r"(?s)\A---\n.*?\n---\n|```.*?```|`[^`\n]*`|\]\([^)]*\)", " ", text)
    return text.replace("\\", "")


def test_the_walk(run: Walk) -> None:
    for words in (
        "validate valoraciones.csv --report auditoria.html",
        "validate valoraciones.csv --explain",
        "build valoraciones.csv --group-by conversación --out conjunto --public equipos",
        "compile conjunto --recorded banco --calls 120 --artifact juez --predictions notas.csv --storage sqlite:///e.db",
        "compile conjunto --recorded banco --calls 120 --storage sqlite:///l.db --max cost=.1 --min coverage=.9 "
        "--pareto latency",
        "watch sqlite:///e.db",
        "store list .",
        "store prune . --older-than 1 --plan",
        "evaluate valoraciones.csv --scores equipo.csv --report informe.html --brief breve.html --json evaluacion.json "
        "--summary resumen.md",
        "evaluate conjunto --artifact juez --recorded banco",
        "leaderboard conjunto --scores equipo.csv --report clasificacion.html --markdown clasificacion.md",
        "leaderboard conjunto --check equipo.csv",
        "monitor evaluacion.json --scores equipo.csv --no-gate",
        "score juez valoraciones.csv --recorded banco --out salida.csv",
        "select valoraciones.csv --items 10 --out pocos.csv",
        "annotate valoraciones.csv --budget 10 --out siguientes.csv",
        "redact valoraciones.csv --out limpio.csv",
        "sheet equipos/test-items.csv --criterion utilidad --annotator ana --items 5 --out hoja.html",
        "room create equipos/test-items.csv sala --criterion utilidad --per-item 2 --annotators personas.txt",
        "room status sala",
        "init valoraciones.csv --out juez.yaml",
    ):
        code, said = run(words)
        assert code == 0, f"{words}\n{said}"
        assert run.wrong(said) == [], f"{words}\n{said}"
    for page in ("auditoria.html", "informe.html", "breve.html", "clasificacion.html"):
        assert run.wrong(_page(run.folder / page)) == [], page
    for file in ("conjunto/README.md", "resumen.md", "clasificacion.md"):
        assert run.wrong(_markdown((run.folder / file).read_text("utf-8"))) == [], file


def test_rubrics(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Their own texts are Spanish, so that nothing of them is struck out."""
    monkeypatch.setenv("ALIA_JUDGE_LANG", "es")
    monkeypatch.chdir(data)
    walk = Walk(data, capsys, struck=False)
    for words in ("rubric list", "rubric save helpfulness:es rubrica.yaml", "rubric check rubrica.yaml"):
        code, said = walk(words)
        assert (code, walk.wrong(said)) == (0, []), said


def _scores(body: Any, _path: str, _number: int) -> tuple[int, Mapping[str, str], Any]:
    """Some score or other, the same for the same question."""
    return 200, {}, chat(str(1 + hashlib.sha256(json.dumps(body["messages"]).encode()).digest()[0] % 5))


def test_a_live_model(run: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with Loopback(_scores) as server:
        live = f"--api-base {server.url}"
        for words in (
            f"models check openai/m {live}",
            "build valoraciones.csv --group-by conversación --out conjunto",
            f"compile conjunto --model openai/m {live} --calls 60 --plan",
            f"compile conjunto --model openai/m {live} --calls 60 --artifact juez --storage sqlite:///v.db",
            "watch sqlite:///v.db",
            f"evaluate conjunto --artifact juez --baseline juez.untuned {live} --json ev.json --seen keep",
            f"probe juez valoraciones.csv --criterion utilidad --items 10 --only typos --only wrong_prices {live} "
            "--seen keep --json pr.json",
            "publish juez publicado --evaluation ev.json --probes pr.json",
            "check publicado --min spearman=.99 --max typos.shift=.5 --no-gate --github",
            "export publicado --to prompt --out p.json",
            f"score publicado valoraciones.csv --out salida.csv {live}",
        ):
            code, said = run(words)
            assert code == 0, f"{words}\n{said}"
            assert run.wrong(said) == [], f"{words}\n{said}"
        code, said = run(f"score publicado valoraciones.csv --out otra.csv --max-calls 1 {live}")
        assert run.wrong(said) == [], said
        code, said = run(f"probe juez valoraciones.csv --criterion utilidad --items 40 {live}")
        assert (code, run.wrong(said)) == (3, []), said
    card = _markdown((run.folder / "publicado" / "README.md").read_text("utf-8"))
    assert run.wrong(card.split("**Utilidad** (es, ")[0]) == []  # what follows is the rubric


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (302, {"Location": "http://127.0.0.1:1/v1"}, b""),
        (401, {}, error("clave incorrecta", code="invalid_api_key")),
        (402, {}, error("saldo agotado", code="insufficient_quota")),
        (404, {}, error("modelo desconocido", code="model_not_found")),
        (404, {}, b""),
    ],
)
def test_a_server_that_fails(
    run: Walk, monkeypatch: pytest.MonkeyPatch, status: int, headers: Mapping[str, str], body: Any
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with Loopback(lambda *_: (status, headers, body)) as server:
        code, said = run(f"models check openai/m --api-base {server.url}")
    run.knows(str(body))
    assert code == 3
    assert run.wrong(said) == [], said


def test_no_server(run: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    code, said = run("models check openai/m --api-base http://127.0.0.1:9/v1")
    assert code == 3
    assert run.wrong(said) == [], said


@pytest.mark.parametrize("then", ["stop", "unscored", "again"])
@pytest.mark.parametrize("waiting", [1, 1200])
def test_progress(run: Walk, then: Any, waiting: int) -> None:
    cause = message("{words} at {place}", words=message("connection refused"), place="127.0.0.1:8000")
    trouble = Trouble(cause=cause, waiting=waiting, seconds=200.0, then=then, then_in=7500.0)
    now = Progress(total=1000, done=500, paid=500, cost=0.25, seconds=50.0, trouble=trouble)
    search = SearchProgress(
        calls=20, budget=40, trials=3, best="m0", value=0.5, low=0.4, high=0.6, gain=0.01, seconds=1.0,
        seconds_left=90.0, cost=0.25, trouble=trouble,
    )  # fmt: skip
    for line in (run_line(now), search_line(search), search_line(dataclasses.replace(search, low=0.5, high=0.5))):
        assert run.wrong(line) == []
    assert "$0,25" in run_line(now)
    assert "0,500 [0,400; 0,600]" in search_line(search)
    assert run.wrong(duration(float("nan"))) == []


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
        "export no-existe",
        "export no-existe --to pdf",
    ],
)
def test_common_mistakes(run: Walk, words: str) -> None:
    code, said = run(words)
    assert code in (1, 2)
    assert "error: " in said
    assert run.wrong(said) == []


@pytest.mark.parametrize(
    "words",
    ["", "validate", "build", "compile", "evaluate", "score", "publish", "leaderboard", "monitor", "watch",
     "room create", "sheet", "probe", "rubric", "store prune", "models check"],
)  # fmt: skip
def test_help(run: Walk, words: str) -> None:
    code, said = run(f"{words} --help")
    run.knows(" ".join(_SHOWN_IN_HELP.findall(said)))
    assert code == 0
    assert run.wrong(said) == []


def test_a_name_of_several_commands_by_itself_is_their_help(run: Walk) -> None:
    code, said = run("store")
    run.knows(" ".join(_SHOWN_IN_HELP.findall(said)))
    assert code == 2
    assert run.wrong(said) == []
    assert len(said.splitlines()) > 5
