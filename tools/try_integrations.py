"""Run `tests/integrations` in the real tools, an environment each, from the versions locked in `requirements/`::

    python tools/try_integrations.py                       # all of them
    python tools/try_integrations.py mlflow inspect        # these
    python tools/try_integrations.py --lock                # resolve their versions anew

Says of each how it went, keeps that in `benchmarks/results/integrations.json` and writes the versions into the table of
docs/integrations.md. `--check` writes nothing, and passes over a tool that cannot be installed, saying so: for CI.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET  # read of pytest's own report
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENTS = ROOT / ".venv-integrations"
RESULTS = ROOT / "benchmarks" / "results" / "integrations.json"
TABLE = ROOT / "docs" / "integrations.md"
UV = [sys.executable, "-m", "uv", "--quiet"]


@dataclass(frozen=True)
class Tool:
    """`title`: its name in the table. `asked`: what of pyproject.toml brings it. `packages`: whose versions are told."""

    title: str
    asked: tuple[str, ...]
    packages: tuple[str, ...]


TOOLS = {
    "argilla": Tool("Argilla", ("--group", "argilla"), ("argilla",)),
    "inspect": Tool(
        "Inspect", ("--extra", "inspect", "--override", "requirements/inspect-overrides.txt"), ("inspect-ai",)
    ),
    "label_studio": Tool("Label Studio", ("--group", "label-studio"), ("label-studio-sdk",)),
    "mlflow": Tool("MLflow", ("--extra", "mlflow"), ("mlflow",)),
    "optuna_dashboard": Tool("Optuna's dashboard", ("--group", "optuna-dashboard"), ("optuna-dashboard",)),
    "promptfoo": Tool("promptfoo", (), ()),
    "ray": Tool("Ray", ("--extra", "ray", "--extra", "postgres"), ("ray",)),
}
#: From npm; its Python is that of `make test`.
PROMPTFOO = "promptfoo@0.121.20"
#: Label Studio's server has versions of its own, some without wheels; the tests start it by this.
SERVER = ENVIRONMENTS / "label_studio_server"


def main() -> int:
    parser = argparse.ArgumentParser(description="Run tests/integrations in the real tools.")
    parser.add_argument("tools", nargs="*", help=", ".join(TOOLS))
    parser.add_argument("--lock", action="store_true", help="resolve the versions anew, and run nothing")
    parser.add_argument("--check", action="store_true", help="write nothing; pass over what cannot be installed")
    given = parser.parse_args()
    if unknown := set(given.tools) - set(TOOLS):
        parser.error(f"no tool is called {', '.join(sorted(unknown))}; there are {', '.join(TOOLS)}")
    names = given.tools or list(TOOLS)
    if given.lock:
        for name in names:
            lock(name)
        return 0
    failed = False
    for name in names:
        started = time.monotonic()
        try:
            python, environment = install(name)
        except (subprocess.CalledProcessError, OSError) as error:
            reason = ((getattr(error, "stderr", "") or str(error)).strip().splitlines() or ["no reason given"])[-1]
            print(f"{name}: not tried, as it cannot be installed here: {reason.strip()}", flush=True)
            failed |= not given.check
            continue
        installed = time.monotonic() - started
        counts = run(name, python, environment)
        failed |= bool(counts["failed"]) or not counts["passed"]
        versions = told_versions(name, python)
        print(f"{name}: {versions}: {counts}, installed in {installed:.0f} s", flush=True)
        if not given.check:
            told = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
            told[name] = {"version": versions, **counts, "date": datetime.datetime.now(datetime.UTC).date().isoformat()}
            RESULTS.write_text(json.dumps(told, indent=2, sort_keys=True) + "\n", encoding="utf-8")
            TABLE.write_text(with_versions(TABLE.read_text(encoding="utf-8"), told), encoding="utf-8")
    return int(failed)


def lock(name: str) -> None:
    """The versions of a tool and of the tests, those of `requirements/dev.txt` where the tool lets them be."""
    if not TOOLS[name].asked:
        return
    preferred = re.sub(r" \\\n *--hash=\S+", "", (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8"))
    locked_in(name).write_text(preferred, encoding="utf-8")
    words = ["--universal", "--python-version", "3.11", "--no-header", "--no-annotate", "--group", "test"]
    _done([*UV, "pip", "compile", *words, *TOOLS[name].asked, "pyproject.toml", "-o", str(locked_in(name))])


def install(name: str) -> tuple[Path, dict[str, str]]:
    """The Python of a tool's environment, and what its tests are told besides."""
    _done([sys.executable, "-m", "pip", "install", "--quiet", "uv"])
    python = _environment(name, "--only-binary", ":all:")
    _done([*UV, "pip", "install", "--python", str(python), "--no-build-isolation", "--no-deps", "--editable", "."])
    if name == "promptfoo":
        _done(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(ENVIRONMENTS), PROMPTFOO])
        return python, {"PROMPTFOO": str(ENVIRONMENTS / "node_modules" / ".bin" / "promptfoo")}
    if name == "label_studio":
        return python, {"LABEL_STUDIO": str(_environment(SERVER.name).with_name("label-studio"))}
    return python, {}


def run(name: str, python: Path, environment: dict[str, str]) -> dict[str, int]:
    """How many tests of a tool passed, failed and were skipped: those in its files, and its example."""
    report = ENVIRONMENTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    folder = ROOT / "tests" / "integrations"
    files = [str(path) for path in sorted(folder.glob(f"test_{name}*.py"))]
    words = [
        str(python),
        "-m",
        "pytest",
        "-q",
        f"--junitxml={report}",
        "-k",
        name,
        *files,
        str(folder / "test_examples.py"),
    ]
    subprocess.run(words, cwd=ROOT, env={**os.environ, **environment}, check=False)
    if not report.is_file():
        return {"passed": 0, "failed": 0, "skipped": 0}
    suites = list(ET.parse(report).getroot().iter("testsuite"))
    tests, skipped, *wrong = (
        sum(int(suite.get(of, 0)) for suite in suites) for of in ("tests", "skipped", "failures", "errors")
    )
    return {"passed": tests - skipped - sum(wrong), "failed": sum(wrong), "skipped": skipped}


def told_versions(name: str, python: Path) -> str:
    """For the table: ``ray 2.60.0``."""
    if name == "promptfoo":
        return PROMPTFOO.replace("@", " ")
    asked = [(package, python) for package in TOOLS[name].packages]
    if name == "label_studio":
        asked.insert(0, ("label-studio", SERVER / "bin" / "python"))
    code = "import sys; from importlib.metadata import version; print(sys.argv[1], version(sys.argv[1]))"
    return ", ".join(_done([str(where), "-c", code, package]).strip() for package, where in asked)


def with_versions(page: str, told: dict[str, Any]) -> str:
    """`page` with the versions of each tool told in its row of the table of what was run."""
    for name, result in told.items():
        row = re.compile(rf"^(\| {re.escape(TOOLS[name].title)} \| )[^|\[\]]*( \| [^|]*\|)$", re.MULTILINE)
        page, found = row.subn(lambda match, version=result["version"]: match[1] + version + match[2], page)
        if found != 1:
            raise SystemExit(
                f"{TABLE.name}: wanted one row of {TOOLS[name].title} in the table of what was run, found {found}"
            )
    return page


def locked_in(name: str) -> Path:
    return ROOT / "requirements" / ("dev.txt" if name == "promptfoo" else f"integrations-{name}.txt")


def _environment(name: str, *words: str) -> Path:
    place = ENVIRONMENTS / name
    _done([*UV, "venv", "--allow-existing", "--python", sys.executable, str(place)])
    python = place / "bin" / "python"
    _done([*UV, "pip", "sync", "--python", str(python), *words, str(locked_in(name))])
    return python


def _done(command: list[str]) -> str:
    if shutil.which(command[0]) is None:
        raise FileNotFoundError(f"there is no {command[0]}")
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
