"""A reader and a check of another package: a wheel, installed by pip, found by the command line without being asked."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

MODULE = '''
"""Lines of ITEM RATER*****, and a check that dislikes Mondays."""

from alia_judge.checks.base import finding, result
from alia_judge.ratings.readers.base import RawRatings


class StarsReader:
    name = "stars"
    order = 5

    def sniff(self, source):
        return source.path is not None and source.path.suffix == ".stars"

    def read(self, source, options):
        raw = RawRatings()
        for line, text in enumerate(source.text.splitlines(), start=1):
            item, rest = text.split()
            rater = rest.rstrip("*")
            raw.add(line=line, item_id=item, annotator_id=rater, criterion="stars", value=len(rest) - len(rater))
        return raw


class Mondays:
    code = "XY001"
    name = "Monday"
    severity = "warning"
    statistical = False
    looks_at = "Names of annotators."
    meaning = "They are tired."
    remedy = "Ask again on Tuesday."

    def run(self, data):
        tired = [name for name in data.ratings.annotators if name.startswith("monday")]
        found = [finding(self, f"{len(tired)} annotators of a Monday", annotators=tuple(tired))] if tired else []
        return result(self, found, looked_at="all annotators")
'''
METADATA = "Metadata-Version: 2.1\nName: alia-judge-stars\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
ENTRY_POINTS = (
    "[alia_judge.readers]\nstars = alia_judge_stars:StarsReader\n\n"
    "[alia_judge.checks]\nmondays = alia_judge_stars:Mondays\n"
)


def wheel(folder: Path) -> Path:
    info = "alia_judge_stars-1.0.dist-info"
    files = {
        "alia_judge_stars.py": MODULE,
        f"{info}/METADATA": METADATA,
        f"{info}/WHEEL": WHEEL,
        f"{info}/entry_points.txt": ENTRY_POINTS,
    }
    path = folder / "alia_judge_stars-1.0-py3-none-any.whl"
    record = []
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(content.encode())}")
        archive.writestr(f"{info}/RECORD", "\n".join([*record, f"{info}/RECORD,,", ""]))
    return path


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("third-party")
    site = folder / "site"
    arguments = ["install", "--no-index", "--no-deps", "--no-compile", "--quiet", "--target", str(site)]
    subprocess.run([sys.executable, "-m", "pip", *arguments, str(wheel(folder))], check=True, timeout=900)
    return site


def test_both_are_found_once_they_are_installed(installed: Path, tmp_path: Path) -> None:
    given = [(f"i{n}", who, 1 + (n + k) % 5) for n in range(30) for k, who in enumerate(("monday-ana", "jon"))]
    (tmp_path / "r.stars").write_text("".join(f"{item} {who}{'*' * stars}\n" for item, who, stars in given))
    repository = str(Path(__file__).parents[2])

    def validate(*places: str) -> subprocess.CompletedProcess[str]:
        command = [
            sys.executable,
            "-c",
            "from alia_judge.cli import main; main()",
            "validate",
            "r.stars",
            "--json",
            "out.json",
        ]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(places)}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=900, check=False
        )

    outcome = validate(repository, str(installed))
    assert outcome.returncode == 0, outcome.stderr
    written = json.loads((tmp_path / "out.json").read_text())
    assert written["criteria"]["stars"]["n_ratings"] == 60
    (found,) = [finding for finding in written["findings"] if finding["code"] == "XY001"]
    assert (found["name"], found["annotators"]) == ("Monday", ["monday-ana"])
    assert "XY001" in outcome.stdout
    # Without the package the layout is unknown.
    assert validate(repository).returncode == 1
