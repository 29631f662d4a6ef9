"""Any letter can be printed, whatever the machine's encoding is, and no file is read in that encoding."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def shown(tmp_path: Path, *words: str, options: tuple[str, ...] = (), **environment: str) -> bytes:
    known = {name: value for name, value in os.environ.items() if name not in ("PYTHONIOENCODING", *ASCII)}
    command = [sys.executable, *options, "-m", "alia_judge", *words]
    ended = subprocess.run(command, env=known | environment, capture_output=True, cwd=tmp_path, check=False)
    assert ended.returncode == 0, ended.stderr.decode("utf-8", "replace")
    return ended.stdout


@pytest.mark.parametrize(
    ("environment", "letters"), [(ASCII, "qué punto".encode()), ({"PYTHONIOENCODING": "ascii"}, b"qu\\xe9 punto")]
)
def test_a_rubric_in_spanish_on_a_machine_that_knows_ascii(
    tmp_path: Path, environment: dict[str, str], letters: bytes
) -> None:
    assert letters in shown(tmp_path, "rubric", "show", "helpfulness:es", **environment)


def test_validate_opens_no_file_in_the_encoding_of_the_machine(tmp_path: Path) -> None:
    ratings = tmp_path / "valoraciones.csv"
    ratings.write_bytes("respuesta;anotador;utilidad\nSí, mañana;Íñigo;4\nNo sé;Íñigo;2\nSí, mañana;Ana;5\n".encode())
    strict = ("-X", "warn_default_encoding", "-W", "error::EncodingWarning:alia_judge")
    told = shown(tmp_path, "validate", ratings.name, "--report", "audit.html", "--json", "-", options=strict, **ASCII)
    assert "Íñigo".encode() in told
    assert "Íñigo" in (tmp_path / "audit.html").read_text("utf-8")
