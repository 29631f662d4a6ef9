"""Writes the files beside it, with the code of commit 62a9c4f (version 0.1.0); run from a checkout of that commit:
``PYTHONPATH=.:tests python make_artifacts.py OUT``. They are never written anew: what exists must go on opening.
"""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import dspy
from openai_server import OpenAIServer

from alia_judge.benchmark import build_benchmark
from alia_judge.cli import main
from alia_judge.evaluation import EvaluationResult
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import (
    AnalyticJudge,
    CascadeJudge,
    ChecklistJudge,
    CriteriaJudge,
    LanguageJudge,
    ListwiseJudge,
    PairwiseJudge,
    PanelJudge,
    PreferenceJudge,
    SampledJudge,
)
from alia_judge.judging.rubric import Rubric
from alia_judge.publishing import publish_judge
from alia_judge.ratings import load_ratings
from alia_judge.records import Scale

LIKERT, PAIR = Scale.ordinal(1, 5), Scale.pairwise()
WORDS = re.findall(
    r"\w+",
    "factura cuota fibra router línea plazo cargo técnico cobertura móvil contrato avería importe tarjeta velocidad "
    "portabilidad titular recibo promoción permanencia",
)


def rubric(scale: Scale = LIKERT, **fields: Any) -> Rubric:
    named = {"criterion": "utilidad", "scale": scale, "instructions": "¿Resuelve lo que se pregunta?", "language": "es"}
    return Rubric(**(named | fields))


def lm() -> dspy.LM:
    return dspy.LM("openai/judge", api_key="none", cache=False, temperature=0.0)


def judges() -> dict[str, Any]:
    parts = [rubric(criterion=name) for name in ("claridad", "trato")]
    demos = [{"prompt": "¿Cuánto pago?", "response": "Son 30 €.", "score": 5.0}]
    return {
        "judge": Judge(rubric(anchors={1: "Nada resuelto.", 5: "Todo resuelto."}), lm(), demos=demos),
        "analytic": AnalyticJudge(rubric(), parts, lm()),
        "cascade": CascadeJudge(Judge(rubric(style="terse"), lm()), Judge(rubric(), lm()), spread=0.5),
        "checklist": ChecklistJudge(rubric(steps=("¿Es claro?", "¿Es completo?")), lm()),
        "criteria": CriteriaJudge(rubric(), parts, lm()),
        "language": LanguageJudge([Judge(rubric(language=language), lm()) for language in ("es", "eu")]),
        "listwise": ListwiseJudge(rubric(), 2, lm()),
        "pairwise": PairwiseJudge(rubric(PAIR), lm()),
        "panel": PanelJudge([Judge(rubric(style=style), lm()) for style in ("anchored", "terse")]),
        "preference": PreferenceJudge(Judge(rubric(), lm())),
        "sampled": SampledJudge(Judge(rubric(), lm()), 3),
    }


def write_ratings(path: Path) -> None:
    rng = random.Random(0)
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(["item_id", "group", "prompt", "response", "annotator_id", "utilidad"])
        for item in range(40):
            true = rng.randint(1, 5)
            said = " ".join(rng.choices(WORDS, k=12))
            for who in ("ana", "jon", "eva"):
                value = min(5, max(1, true + rng.choice((-1, 0, 0, 1))))
                group = f"C-{item // 2:02}"
                table.writerow([f"r{item:02}", group, f"¿Qué pasa con {group}?", said, who, value])


def write_bank(folder: Path, ratings: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    folder.mkdir()
    rng = random.Random(1)
    ids = sorted({row["item_id"] for row in csv.DictReader(ratings.open(encoding="utf-8"))})
    lines = [{"config_id": number, "model": f"m{number}", "criterion": "utilidad"} for number in range(2)]
    (folder / "configs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    rows = [
        {"config_id": line["config_id"], "item_id": item, "score": float(rng.randint(1, 5))}
        for line in lines
        for item in ids
    ]
    parquet.write_table(pa.Table.from_pylist(rows), folder / "scores.parquet")


def command(*arguments: object) -> None:
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        if end.code:
            raise


def write_all(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    os.chdir(out)
    for name in ("artifacts", "bank", "benchmark"):
        shutil.rmtree(name, ignore_errors=True)
    write_ratings(Path("ratings.csv"))
    write_bank(Path("bank"), Path("ratings.csv"))
    for name, judge in judges().items():
        publish_judge(judge, Path("artifacts") / name)
    build_benchmark(load_ratings("ratings.csv"), seed=1).freeze("benchmark")
    command("compile", "ratings.csv", "--criterion", "utilidad", "--recorded", "bank", "--calls", 60, "--storage",
            ":memory:", "--artifact", "artifacts/recorded", "--predictions", "predictions.csv")  # fmt: skip
    with OpenAIServer() as server:
        os.environ["OPENAI_API_KEY"] = "none"
        command("compile", "ratings.csv", "--criterion", "utilidad", "--model", "openai/a", "--model", "openai/b",
                "--api-base", server.base_url, "--calls", 120, "--storage", ":memory:", "--artifact",
                "artifacts/stack", "--no-gate")  # fmt: skip
        command("evaluate", "benchmark", "--artifact", "artifacts/judge", "--api-base", server.base_url, "--json",
                "evaluation.json", "--resamples", 50)  # fmt: skip
        command("score", "artifacts/judge", "ratings.csv", "--api-base", server.base_url, "--out", "scored.csv")
    Path("scored.verdicts.sqlite").unlink()
    evaluation = EvaluationResult.from_dict(json.loads(Path("evaluation.json").read_text("utf-8")))
    publish_judge(judges()["judge"], Path("artifacts") / "evaluated", evaluation=evaluation)


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
