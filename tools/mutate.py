"""What a sample of mutants shows that no test looks at: one change to one line each, and the tests that run it.

Run: make mutation [MUTANTS="--sample 60 --seed 0"]
     python tools/mutate.py --sample 60 --seed 0 [--within stats judging/answer] [--tests tests/stats tests/judging]
     python tools/mutate.py --again --write

`--sample` mutants are drawn from each folder, each with the same chance wherever it lies: a comparison, a sign, a number,
a condition, a loop. They live in a copy of the repository. The tests are run once to learn which functions each of them
runs (``.mutation/``; later only the test files that changed). A mutant is then tried on the tests that run its function:
those of its folder first, quick ones before slow ones, as far as `BUDGET` goes. Each is tried in a process forked from
one that has imported everything but alia_judge. Killed is a mutant by which a test fails, or takes ten times as long.
The others are printed with their change, to be looked at. ``tools/equivalent_mutants.json`` names those that mean the
same, and why.

`--write` stores score and survivors as ``benchmarks/results/mutation.json``, as far as it came; `--again` tries the
survivors stored there on the tests as they are now.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import contextlib
import difflib
import importlib
import json
import os
import pkgutil
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from tests_by_function import digest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

from _signature import signature, write  # noqa: E402

WITHIN = ("stats", "compiling", "judging/answer", "runner")
OPERATORS = [
    f"core/{name}"
    for name in (
        *(f"ReplaceComparisonOperator_{pair}" for pair in ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Lt_Gt", "Gt_Lt")),
        *(f"ReplaceComparisonOperator_{pair}" for pair in ("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is")),
        *(f"ReplaceBinaryOperator_{pair}" for pair in ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul")),
        *(f"ReplaceUnaryOperator_Delete_{operator}" for operator in ("USub", "Not", "Invert")),
        *("AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd"),
        *("ReplaceBreakWithContinue", "NumberReplacer", "ZeroIterationForLoop"),
    )
]
#: Seconds of tests that a mutant is tried on, as they took when they were recorded, and the files they may come from.
BUDGET, FILES = 45.0, 12
RECORD = ROOT / ".mutation"
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.json")
RESULT = ROOT / "benchmarks" / "results" / "mutation.json"
#: Of a child's process; pytest's own are 0 to 5.
TOO_SLOW = 99


@dataclass(frozen=True)
class Mutant:
    """One change: `place` counts what the operator could change in the file."""

    folder: str
    file: str
    operator: str
    place: int
    line: int
    change: str


def main() -> None:
    """Draw, try and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int, default=60, help="mutants of each folder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--within", nargs="+", default=list(WITHIN), help="folders of alia_judge")
    parser.add_argument("--tests", nargs="+", default=["tests"], help="folders of tests that they are tried on")
    parser.add_argument("--again", action="store_true", help="the survivors that were written, on today's tests")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    before = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
    seed = None if arguments.again else arguments.seed
    drawn = _drawn(arguments.within, arguments.sample, seed) if seed is not None else _once_more(before)
    record = _record(arguments.tests)
    with tempfile.TemporaryDirectory() as folder:
        copy = _copy(Path(folder))
        _warm(copy)
        tried: list[dict[str, Any]] = []
        for number, mutant in enumerate(drawn, 1):
            if seed is None and _key(mutant.__dict__) in _equivalent():
                tried.append({**mutant.__dict__, "outcome": "survived", "tests": 0, "by": ""})
            else:
                tried.append(_try(copy, mutant, record))
            print(f"{number}/{len(drawn)} {_said(tried[-1])}", flush=True)
            if arguments.write and seed is not None:
                write("mutation", _result(tried, before, seed))
        tried = _killed_by_no_accident(copy, drawn, tried, record)
    result = _result(tried, before, seed)
    if arguments.write:
        write("mutation", result)
    for name, score in result["folders"].items():
        print(f"{name}: {score}")


# Which mutants


def _drawn(within: Sequence[str], sample: int, seed: int) -> list[Mutant]:
    """As many of each folder, in turn, so that a run that is cut short has its share of each."""
    each = []
    for folder in within:
        there = sorted(_places(folder, sorted((ROOT / "alia_judge" / folder).rglob("*.py"))))
        each.append(random.Random(f"{seed} {folder}").sample(there, min(sample, len(there))))
    turns = [one for turn in range(sample) for places in each for one in places[turn : turn + 1]]
    return [_mutant(*place) for place in turns]


def _places(folder: str, paths: Iterable[Path]) -> list[tuple[str, str, str, int]]:
    found = []
    for path in paths:
        nodes = list(ast_nodes(get_ast(path.read_text("utf-8"))))
        for name in OPERATORS:
            operator = get_operator(name)()
            places = sum(len(list(operator.mutation_positions(node))) for node in nodes)
            found += [(folder, path.relative_to(ROOT).as_posix(), name, place) for place in range(places)]
    return found


def _mutant(folder: str, file: str, operator: str, place: int) -> Mutant:
    text = (ROOT / file).read_text("utf-8")
    old, new = text.splitlines(), _mutated(text, operator, place).splitlines()
    changed = [
        step for step in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if step[0] != "equal"
    ]
    _, start, stop, new_start, new_stop = changed[0]
    sides = (" ".join(line.strip() for line in lines) for lines in (old[start:stop], new[new_start:new_stop]))
    return Mutant(folder, file, operator, place, start + 1, " -> ".join(sides))


def _mutated(text: str, operator: str, place: int) -> str:
    return str(mutate_code(text, get_operator(operator)(), place))


def _once_more(before: dict[str, Any]) -> list[Mutant]:
    """The survivors of a result, where they are in today's files."""
    known = []
    for one in before["survived"]:
        path = ROOT / one["file"]
        here = [
            place for place in _places(one["folder"], [path] if path.exists() else []) if place[2] == one["operator"]
        ]
        here.sort(key=lambda place: abs(place[3] - one["place"]))
        found = (mutant for place in here if (mutant := _mutant(*place)).change == one["change"])
        if (mutant := next(found, None)) is None:
            print(f"its line is no longer there: {one['file']}: {one['change']}")
        else:
            known.append(mutant)
    return known


# Which tests


def _record(folders: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What each test in `folders` runs and how long it takes, of test files as they are now."""
    record = _read()
    files = (path for folder in folders for path in sorted((ROOT / folder).rglob("test_*.py")))
    digests = {file: digest(file) for path in files if (file := path.relative_to(ROOT).as_posix())}
    known = {(test.partition("::")[0], entry["text"]) for test, entry in record.items()}
    if stale := [file for file, digest in digests.items() if (file, digest) not in known]:
        print(f"recording {len(stale)} test files", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "tests_by_function", "-n", "auto", "--dist", "worksteal"]
        environment = {
            **os.environ,
            "RECORD": str(RECORD),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tools")]),
        }
        subprocess.run([*command, *stale], cwd=ROOT, env=environment, check=False)
        record = _read()
    return {test: entry for test, entry in record.items() if digests.get(test.partition("::")[0]) == entry["text"]}


def _read() -> dict[str, dict[str, Any]]:
    files = sorted(RECORD.glob("*.json"), key=lambda path: path.stat().st_mtime)
    return {test: entry for path in files for test, entry in json.loads(path.read_text("utf-8")).items()}


def _near(mutant: Mutant, record: dict[str, dict[str, Any]]) -> dict[str, float]:
    """The tests that run the mutant's function, best first; where none is known to, those that run its file."""
    function = _functions((ROOT / mutant.file).read_text("utf-8")).get(mutant.line)
    running = {test: entry for test, entry in record.items() if f"{mutant.file}::{function}" in entry["runs"]}
    if not running:
        running = {
            test: e for test, e in record.items() if any(one.startswith(f"{mutant.file}::") for one in e["runs"])
        }
    _, top, *_, stem = Path(mutant.file).with_suffix("").parts
    tests_of_file = Counter(test.partition("::")[0] for test in running)

    def rank(file: str) -> tuple[bool, bool, int, str]:
        return (
            not file.startswith(f"tests/{top}/"),
            not file.endswith(f"test_{stem.strip('_')}.py"),
            -tests_of_file[file],
            file,
        )

    files = {file: place for place, file in enumerate(sorted(tests_of_file, key=rank)[:FILES])}
    chosen: dict[str, float] = {}
    for test in sorted(
        running, key=lambda test: (files.get(test.partition("::")[0], FILES), running[test]["seconds"], test)
    ):
        seconds = running[test]["seconds"]
        if test.partition("::")[0] in files and (not chosen or sum(chosen.values()) + seconds <= BUDGET):
            chosen[test] = seconds
    return chosen


# Trying


def _copy(folder: Path) -> Path:
    """The repository's files in a folder, compiled; what lies beside it lies beside the copy."""
    copy = folder / "repository"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    if (ROOT.parent / "shared").exists():
        (folder / "shared").symlink_to((ROOT.parent / "shared").resolve())
    for name in ("alia_judge", "tests"):
        compileall.compile_dir(copy / name, quiet=1)
    return copy


def _warm(copy: Path) -> None:
    """Import all that alia_judge and the tests import, and then forget alia_judge itself."""
    sys.dont_write_bytecode = True  # no mutant's
    os.environ.update(PYTHONPATH=str(copy), OPENBLAS_NUM_THREADS="1", LITELLM_LOCAL_MODEL_COST_MAP="True")
    sys.path.insert(0, str(copy))
    for name in ("pytest", "pytest_timeout", "hypothesis", "sklearn.metrics", "statsmodels.api", "krippendorff"):
        importlib.import_module(name)
    package = importlib.import_module("alia_judge")
    for module in pkgutil.walk_packages(package.__path__, "alia_judge."):
        if not module.name.endswith("__main__"):
            try:
                importlib.import_module(module.name)
            except ImportError:  # an integration whose other half is not installed
                continue
    for name in [name for name in sys.modules if name.partition(".")[0] == "alia_judge"]:
        del sys.modules[name]
    for name in ("tests_by_function", "_signature"):
        sys.modules.pop(name, None)


def _try(copy: Path, mutant: Mutant, record: dict[str, dict[str, Any]], without: Sequence[str] = ()) -> dict[str, Any]:
    """Whether the tests that run a mutant see it."""
    tests = {test: seconds for test, seconds in _near(mutant, record).items() if test not in without}
    path = copy / mutant.file
    text, times = path.read_text("utf-8"), path.stat()
    path.write_text(_mutated(text, mutant.operator, mutant.place), encoding="utf-8")
    try:
        code, failed = _tested(copy, tests) if tests else (0, "")
    finally:
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # so that what was compiled of it holds
    # Whatever ends pytest in another way than by its tests' passing is seen by whoever runs it.
    outcome = "no test" if not tests or code == 5 else "survived" if code == 0 else "killed"
    return {**mutant.__dict__, "outcome": outcome, "tests": len(tests), "by": "time" if code == TOO_SLOW else failed}


def _tested(copy: Path, tests: dict[str, float], *, all_of_them: bool = False) -> tuple[int, str]:
    """What pytest made of `tests` in a process of its own, and the first that failed (or every one, a line each)."""
    said = copy.parent / "failed"
    said.write_text("")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fork beside threads: none of them is needed
        child = os.fork()
    if child == 0:
        code = 1
        try:
            code = _in_child(copy, tests, said, all_of_them=all_of_them)
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what the tests started and a mutant did not end
    stopped = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL, signal.SIGALRM)
    return TOO_SLOW if stopped else os.waitstatus_to_exitcode(status), said.read_text().strip()


def _in_child(copy: Path, tests: dict[str, float], said: Path, *, all_of_them: bool) -> int:
    import pytest

    class Chosen:
        """Of all that is collected, the tests that were chosen, in their order."""

        def pytest_collection_modifyitems(self, items: list[Any]) -> None:
            order = {test: place for place, test in enumerate(tests)}
            items[:] = sorted((item for item in items if item.nodeid in order), key=lambda item: order[item.nodeid])

        def pytest_runtest_logreport(self, report: Any) -> None:
            if report.failed:
                with said.open("a", encoding="utf-8") as file:
                    file.write(report.nodeid + "\n")

    os.setsid()
    # Processor time, which a busy machine does not stretch; and a clock for what waits for ever.
    seconds = int(60 + 10 * sum(tests.values()))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    signal.alarm(600 + 10 * seconds if all_of_them else 10 * seconds)
    os.chdir(copy)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=no", "--assert=plain", "--timeout", "120"]
    return int(pytest.main([*options, *([] if all_of_them else ["-x"]), *files], plugins=[Chosen()]))


def _killed_by_no_accident(
    copy: Path, drawn: list[Mutant], tried: list[dict[str, Any]], record: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """A test that fails without a mutant as well has killed none: those are tried on the others."""
    killers = {one["by"]: record[one["by"]]["seconds"] for one in tried if one["by"] in record}
    unsure = _tested(copy, dict(sorted(killers.items())), all_of_them=True)[1].splitlines() if killers else []
    for test in unsure:
        print(f"fails without a mutant: {test}")
    return [
        _try(copy, mutant, record, unsure) if one["by"] in unsure else one
        for mutant, one in zip(drawn, tried, strict=True)
    ]


# What came of it


def _said(one: dict[str, Any]) -> str:
    return f"{one['outcome']}: {one['file']}:{one['line']} {one['change']} [{one['by'] or one['tests']}]"


def _key(one: dict[str, Any]) -> str:
    """What a mutant is called when lines above it come and go."""
    return f"{one['file']}: {one['change']}"


@cache
def _equivalent() -> dict[str, str]:
    return dict(json.loads(EQUIVALENT.read_text("utf-8")))


def _result(tried: list[dict[str, Any]], before: dict[str, Any], seed: int | None) -> dict[str, Any]:
    """What is stored: the score of each folder tried, with those of other folders as they were.

    Of survivors tried again (no `seed`), those killed now are told apart: a test was written for each.
    """
    folders = dict.fromkeys(one["folder"] for one in tried)
    again = seed is None
    now = {_key(one) for one in tried}
    kept = {
        name: [one for one in before.get(name, ()) if (_key(one) not in now if again else one["folder"] not in folders)]
        for name in ("killed since", "equivalent", "survived")
    }
    scores = before.get("folders", {}) if again else {**before.get("folders", {}), **dict.fromkeys(folders)}
    for one in tried:
        if again and one["outcome"] == "killed":
            kept["killed since"].append(one)
        elif why := _equivalent().get(_key(one)):
            kept["equivalent"].append({**one, "why": why})
        elif one["outcome"] != "killed":
            kept["survived"].append(one)
    for folder in folders:
        mine = [one for one in tried if one["folder"] == folder]
        counts = {name: sum(one["folder"] == folder for one in those) for name, those in kept.items()}
        score = scores[folder] or {"seed": seed, "tried": len(mine)}
        real = score["tried"] - counts["equivalent"]
        score["killed"] = real - counts["survived"] - counts["killed since"]
        score |= counts
        score["of the real ones"] = round(score["killed"] / real, 3) if real else None
        score["with the tests written since"] = round(1 - counts["survived"] / real, 3) if real else None
        scores = {**scores, folder: score}
    return {"signature": signature("cosmic-ray"), "folders": scores, **kept}


# A mutant's function


def _functions(text: str) -> dict[int, str]:
    """The innermost function or method of each line within one, its head included."""
    return dict(_lines(ast.parse(text), ""))


def _lines(node: ast.AST, within: str) -> Iterator[tuple[int, str]]:
    for child in ast.iter_child_nodes(node):
        name = f"{within}{getattr(child, 'name', '')}"
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from ((line, name) for line in range(child.lineno, (child.end_lineno or child.lineno) + 1))
        inner = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        yield from _lines(child, f"{name}." if inner else within)


if __name__ == "__main__":
    main()
