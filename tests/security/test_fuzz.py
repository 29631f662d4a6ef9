"""Bytes from anybody: an artifact's JSON, a model's answer, a file of ratings. Each is read, or is a named error.

``make fuzz`` runs the same properties on many more examples (``FUZZ_EXAMPLES``), not the same ones each time.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted_lm import scripted_lm

from alia_judge.errors import AliaJudgeError
from alia_judge.judging.answer.parsing import parse_answer
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.publishing import load_judge, read_published
from alia_judge.publishing.artifact import ARTIFACT_SCHEMA
from alia_judge.publishing.kinds import content_of
from alia_judge.publishing.manifest import MANIFEST, seal
from alia_judge.ratings import load_ratings
from alia_judge.records import Scale

_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
fuzz = settings(
    max_examples=_EXAMPLES or 100,
    derandomize=not _EXAMPLES,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)

_SCALES = [Scale.ordinal(1, 5), Scale.binary(), Scale.nominal(["sí", "no", "billing"]), Scale.continuous(-1, 1),
           Scale.pairwise()]  # fmt: skip
_CONTENT = content_of(
    Judge(Rubric(criterion="c", scale=_SCALES[0]), "openai/judge", demos=[{"response": "x", "score": 1}])
)
_JUDGE = json.dumps({"kind": _CONTENT.kind, "state": _CONTENT.state}).encode()

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def _cut(whole: bytes) -> st.SearchStrategy[bytes]:
    """Bytes near to valid ones: a piece of them replaced, or taken out."""
    return st.tuples(st.integers(0, len(whole)), st.integers(0, 40), st.binary(max_size=12)).map(
        lambda cut: whole[: cut[0]] + cut[2] + whole[cut[0] + cut[1] :]
    )


def _kept(folder: str, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        Path(folder, name).write_bytes(data)
    return Path(folder)


def _load(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        where = _kept(folder, files)
        for read in (read_published, lambda where: load_judge(where, lm=scripted_lm("1"))):
            try:
                read(where)
            except AliaJudgeError:
                continue


@fuzz
@given(judge=_cut(_JUDGE) | st.binary(max_size=60) | _JSON.map(lambda plain: json.dumps(plain).encode()))
def test_the_json_of_an_artifact(judge: bytes) -> None:
    _load(seal({"judge.json": judge, "README.md": b""}, schema=ARTIFACT_SCHEMA, version="0", facts={}))


@fuzz
@given(name=st.sampled_from(["evaluation.json", "probes.json", "learnt-from.json"]), data=_JSON | st.dictionaries(
    st.sampled_from(["schema", "criteria", "results", "signature", "version", "items", "fingerprint"]), _JSON
))  # fmt: skip
def test_what_stands_beside_it(name: str, data: Any) -> None:
    plain = json.dumps(data).encode()
    _load(seal({"judge.json": _JUDGE, name: plain, "README.md": b""}, schema=ARTIFACT_SCHEMA, version="0", facts={}))


_SEALED = seal({"judge.json": _JUDGE, "README.md": b""}, schema=ARTIFACT_SCHEMA, version="0", facts={})


@fuzz
@given(manifest=_cut(_SEALED[MANIFEST]) | st.binary(max_size=60) | _JSON.map(lambda plain: json.dumps(plain).encode()))
def test_a_manifest(manifest: bytes) -> None:
    _load({**_SEALED, MANIFEST: manifest})


@fuzz
@given(
    text=st.text(max_size=200)
    | st.text(st.sampled_from("Score: 1234567890.,/*#{}[]\"'\n <think></>½²٣４"), max_size=80),
    scale=st.sampled_from(_SCALES),
)
def test_an_answer(text: str, scale: Scale) -> None:
    score = parse_answer(text, scale).score
    assert score is None or scale.contains(score)


_CSV = 'item_id,annotator_id,value,response\na,ana,1,Hola\nb,ana,5,"Sí, claro"\na,jon,2,Hola\n'.encode()
_LINES = b'{"item_id": "a", "annotator_id": "ana", "value": 1}\n{"item_id": "b", "annotator_id": "jon", "value": 4}\n'


@fuzz
@given(
    suffix=st.sampled_from([".csv", ".tsv", ".jsonl", ".json", ".parquet", ".txt"]),
    data=_cut(_CSV) | _cut(_LINES) | st.binary(max_size=80) | st.lists(_JSON, max_size=3).map(
        lambda rows: "\n".join(json.dumps(row) for row in rows).encode()
    ),
)  # fmt: skip
@pytest.mark.filterwarnings("ignore")
def test_a_file_of_ratings(suffix: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"ratings{suffix}")
        path.write_bytes(data)
        try:
            load_ratings(path)
        except AliaJudgeError:
            return
