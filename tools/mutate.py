"""What a sample of mutants shows that no test looks at: one change to one line each, and the tests near it.

Run: make mutation [MUTANTS="--sample 60 --seed 0"]      (a minute a mutant, most of it imports)
     python tools/mutate.py --sample 60 --seed 0 [--within stats judging/answer] [--write]

A mutant is drawn with the same chance wherever it lies: a comparison, a sign, a number, a condition, a loop. It lives in
a copy of the repository. Near are the three test files that are called after its module, or one that imports it, and
name most of what these export. Killed is a mutant by which one of them fails. The others are printed with their change,
to be looked at: some mean the same, and some are seen by tests farther off. `--write` stores score and survivors as
``benchmarks/results/mutation.json``, as far as it came.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

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
#: Test files that a mutant is tried on.
NEAR = 3


def main() -> None:
    """Draw, try and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--within", nargs="+", default=list(WITHIN), help="folders of alia_judge")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    drawn = random.Random(arguments.seed).sample(sorted(_mutants(arguments.within)), arguments.sample)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("alia_judge", "tests", "tools", "docs", "examples", "benchmarks", "pyproject.toml", "README.md"):
            (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, copy / name)
        tried: list[dict[str, Any]] = []
        for number, mutant in enumerate(drawn, 1):
            tried.append(_try(copy, *mutant))
            print(f"{number}/{len(drawn)} {tried[-1]['outcome']}: {tried[-1]['change']}", flush=True)
            if arguments.write:
                write("mutation", _result(arguments, tried))
    print(f"{sum(one['outcome'] == 'killed' for one in tried)} of {len(tried)} killed")


def _result(arguments: argparse.Namespace, tried: list[dict[str, Any]]) -> dict[str, Any]:
    survived = [one for one in tried if one["outcome"] != "killed"]
    return {
        "signature": signature("cosmic-ray", seed=arguments.seed),
        "within": arguments.within,
        "tried": len(tried),
        "killed": len(tried) - len(survived),
        "survived": survived,
    }


def _mutants(within: list[str]) -> list[tuple[str, str, int]]:
    """Every mutant there is: its file, what it changes, and the how many-eth place of that in the file."""
    found = []
    for path in sorted(path for folder in within for path in (ROOT / "alia_judge" / folder).rglob("*.py")):
        nodes = list(ast_nodes(get_ast(path.read_text("utf-8"))))
        for name in OPERATORS:
            operator = get_operator(name)()
            places = sum(len(list(operator.mutation_positions(node))) for node in nodes)
            found += [(path.relative_to(ROOT).as_posix(), name, place) for place in range(places)]
    return found


def _try(copy: Path, file: str, operator: str, place: int) -> dict[str, Any]:
    """Whether the tests near a mutant see it."""
    path = copy / file
    text = path.read_text("utf-8")
    mutated = mutate_code(text, get_operator(operator)(), place)
    lines = list(difflib.unified_diff(text.splitlines(), mutated.splitlines(), lineterm="", n=0))
    at = re.search(r"-(\d+)", lines[2])
    change = f"{file}:{at[1] if at else '?'} {' -> '.join(line[1:].strip() for line in lines[3:])}"
    near = _near(path, text, copy / "tests")
    path.write_text(mutated, encoding="utf-8")
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--timeout", "300", *near]
    environment = {**os.environ, "PYTHONPATH": str(copy), "OPENBLAS_NUM_THREADS": "1"}
    try:
        code = subprocess.run(command, cwd=copy, env=environment, capture_output=True, check=False).returncode
    finally:
        path.write_text(text, encoding="utf-8")
    # Whatever ends pytest in another way than by its tests' passing is seen by whoever runs it.
    outcome = "survived" if code == 0 else "no test" if code == 5 or not near else "killed"
    return {"outcome": outcome, "change": change, "tests": near}


def _near(path: Path, text: str, tests: Path) -> list[str]:
    """The test files called after a module or one that imports it, then those that name most of what these export."""
    root = tests.parent
    dotted = ".".join(path.relative_to(root).with_suffix("").parts)
    users = [other for other in path.parent.rglob("*.py") if f"from {dotted} import" in other.read_text("utf-8")]
    texts = [text, *(user.read_text("utf-8") for user in users if path.stem.startswith("_"))]
    names = {name for one in texts for name in _exported(one)}
    stems = [module.stem.strip("_") for module in (path, *users)]
    order = []
    for test in sorted(tests.rglob("test_*.py")):
        called = next((place for place, stem in enumerate(stems) if test.stem == f"test_{stem}"), len(stems))
        found = len(names & set(re.findall(r"\w+", test.read_text("utf-8"))))
        if found or called < len(stems):
            elsewhere = test.relative_to(tests).parts[0] != path.relative_to(root).parts[1]
            order.append((elsewhere, called, -found, test.relative_to(root).as_posix()))
    return [test for *_, test in sorted(order)[:NEAR]]


def _exported(text: str) -> list[str]:
    lists = [
        ast.literal_eval(node.value)
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
    ]
    return lists[0] if lists else []


if __name__ == "__main__":
    main()
