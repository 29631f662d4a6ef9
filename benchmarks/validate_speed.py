"""Processor time and memory of `alia-judge validate`, `build` and `evaluate` beside `pandas.read_csv` of the same file.

Run: python benchmarks/validate_speed.py [--ratings 30000 120000 480000 1000000]

Ratings with their texts, six an item, by 800 people, a third of them lenient or severe; groups of four items. Each
command runs in a process of its own, as a user runs it, with its start; the yardstick is the median of five reads in
one process. `slope` is the exponent with which the time grows in what varies (1: linear): the ratings with the items,
the items at 120,000 ratings (from 30 to 3 each), the annotators at 120,000 ratings.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from _signature import signature, write

RATINGS, ITEMS, PEOPLE = 120_000, 20_000, 800
READ = """
import sys, time, statistics
import pandas as pd, pyarrow
seconds = []
for _ in range(5):
    start = time.process_time()
    pd.read_csv(sys.argv[1])
    seconds.append(time.process_time() - start)
print(statistics.median(seconds))
"""
SENTENCES = (
    "Gracias por llamar, hemos anulado el cargo de {} euros y lo verá en la próxima factura.",
    "Reinicie el router, espere {} minutos y vuelva a probar la conexión por cable.",
    "El técnico pasará el día {} por la tarde para revisar la línea de su domicilio.",
    "Su tarifa incluye {} gigas y llamadas ilimitadas dentro de la Unión Europea.",
    "Lamentamos la espera: la incidencia afecta a {} clientes de su zona y se resuelve hoy.",
)

WORDS = (
    "la factura del mes que viene con el cargo de su línea móvil y una llamada al técnico para revisar los datos sin "
    "coste en casa por la mañana desde hoy hasta el lunes como cliente nuevo o antiguo según contrato"
    " tarifa fibra router"
)


def main() -> None:
    """Write the files, run the commands, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ratings", type=int, nargs="+", default=[30_000, 120_000, 480_000, 1_000_000])
    parser.add_argument("--items", type=int, nargs="+", default=[4_000, 12_000, 40_000])
    parser.add_argument("--people", type=int, nargs="+", default=[200, 800, 3_200])
    parser.add_argument("--commands", type=int, nargs="+", default=[30_000, 120_000, 480_000])
    options = parser.parse_args()
    result: dict[str, Any] = {
        **signature("pandas", seed=0),
        "by_ratings": [measured(n, n // 6, PEOPLE, commands=("validate",)) for n in options.ratings],
        "by_items": [measured(RATINGS, n, PEOPLE, commands=("validate",)) for n in options.items],
        "by_people": [measured(RATINGS, ITEMS, n, commands=("validate",)) for n in options.people],
        "commands": [measured(n, n // 6, PEOPLE) for n in options.commands],
    }
    result["slope"] = {
        "ratings": slope(result["by_ratings"], "ratings", "validate"),
        "items": slope(result["by_items"], "items", "validate"),
        "people": slope(result["by_people"], "people", "validate"),
        "build": slope(result["commands"], "ratings", "build"),
        "evaluate": slope(result["commands"], "ratings", "evaluate"),
    }
    print(result["slope"])
    result["load"] = f"{os.getloadavg()[0]:.1f} processes on {os.cpu_count()} cores while this ran"
    print(write("validate_speed", result), file=sys.stderr)


def measured(
    n_ratings: int, n_items: int, n_people: int, *, commands: tuple[str, ...] = ("build", "evaluate")
) -> dict[str, Any]:
    """Seconds of processor time, times of `read_csv` and megabytes at most, for each command."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # By another process: a command's peak begins with the memory of the one that starts it.
        writer = multiprocessing.get_context("spawn").Process(
            target=_write, args=(folder, n_ratings, n_items, n_people)
        )
        writer.start()
        writer.join()
        read = subprocess.run(
            [sys.executable, "-c", READ, str(folder / "ratings.csv")], check=True, capture_output=True, text=True
        )
        yardstick = float(read.stdout)
        row: dict[str, Any] = {"ratings": n_ratings, "items": n_items, "people": n_people, "read_csv": yardstick}
        arguments = {
            "validate": ["--json", "out.json"],
            "build": ["--out", "benchmark", "--no-gate", "--json", "out.json"],
            "evaluate": ["--scores", "scores.csv", "--json", "out.json"],
        }
        for command in commands:
            seconds, megabytes = _run(folder, [command, "ratings.csv", "--criterion", "utilidad", *arguments[command]])
            row[command] = {
                "seconds": round(seconds, 2),
                "times_read_csv": round(seconds / yardstick),
                "peak_mb": round(megabytes),
            }
        print(row, flush=True)
    return row


def slope(points: list[dict[str, Any]], along: str, command: str) -> float | None:
    """The exponent of the time in what varies."""
    if len(points) < 2:
        return None
    x, y = np.log([point[along] for point in points]), np.log([point[command]["seconds"] for point in points])
    return round(float(np.polyfit(x, y, 1)[0]), 2)


def _run(folder: Path, arguments: list[str]) -> tuple[float, float]:
    """Seconds of processor time and megabytes at most of a command, its start with it."""
    code = "import sys; sys.argv[0] = 'alia-judge'; from alia_judge.cli import main; main()"
    with (folder / "errors").open("w+", encoding="utf-8") as errors, Path(os.devnull).open("wb") as nothing:
        process = subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=folder, stdout=nothing, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(errors.read()[-2000:])
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def _write(folder: Path, n_ratings: int, n_items: int, n_people: int) -> None:
    rng = np.random.default_rng(0)
    each = n_ratings // n_items
    item = np.repeat(np.arange(n_items), each)
    first, step = rng.integers(0, n_people, n_items), rng.integers(1, n_people // each, n_items)
    who = ((first[:, None] + step[:, None] * np.arange(each)) % n_people).ravel()
    leniency = rng.choice([-0.5, 0.0, 0.0, 0.0, 0.5], n_people)
    quality = rng.normal(3, 1, n_items)
    value = np.clip(np.rint(quality[item] + rng.normal(0, 0.7, item.size) + leniency[who]), 1, 5).astype(int)
    words = np.array(WORDS.split())
    texts = np.array(
        [
            f"{SENTENCES[n % len(SENTENCES)].format(n)} {' '.join(words[rng.integers(0, words.size, 16)])}."
            for n in range(n_items)
        ],
        dtype=object,
    )
    frame = pd.DataFrame({
        "item_id": np.char.add("c", item.astype(str)),
        "group": np.char.add("g", (item // 4).astype(str)),
        "prompt": np.array([f"Consulta {n}: no reconozco un cargo." for n in range(n_items)], dtype=object)[item],
        "response": texts[item],
        "annotator_id": np.char.add("worker-", who.astype(str)),
        "utilidad": value,
    })  # fmt: skip
    frame.sample(frac=1, random_state=0).to_csv(folder / "ratings.csv", index=False)
    scores = np.clip(np.rint(quality + rng.normal(0, 1, n_items)), 1, 5).astype(int)
    pd.DataFrame({"item_id": np.char.add("c", np.arange(n_items).astype(str)), "judge": "j", "score": scores}).to_csv(
        folder / "scores.csv", index=False
    )


if __name__ == "__main__":
    main()
