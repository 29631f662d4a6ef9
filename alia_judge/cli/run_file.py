"""``alia-judge run JUDGE.yaml``: the whole path, one section a command, its keys that command's options."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json as jsonlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from alia_judge._messages import _, message
from alia_judge.cli._console import JsonOption, console, write_json
from alia_judge.cli._next import suggest
from alia_judge.cli._options import RatingsOptions
from alia_judge.errors import DataError, Problem

__all__ = ["SECTIONS", "run", "run_file"]

#: Options about how the ratings are read: said once, for every command that reads them.
_READ = tuple(field.name for field in fields(RatingsOptions))
#: What the run itself says, by section.
_OWN = {
    "validate": {"ratings", "criterion", "json", *_READ},
    "build": {"ratings", "criterion", "out", "json", *_READ},
    "compile": {"ratings", "criterion", "artifact", "json", "storage", "study", "plan", *_READ},
    "evaluate": {"ratings", "criterion", "artifact", "json", "scores", "plan", *_READ},
    "publish": {"artifact", "target", "evaluation", "json"},
}
#: The sections, in the order in which they run.
SECTIONS = tuple(_OWN)
_TOP = ("ratings", "criterion", "folder", "read", *SECTIONS)


@dataclass(frozen=True, kw_only=True)
class _Step:
    """One command of a run: its words, and what it leaves behind."""

    section: str
    words: tuple[str, ...]
    leaves: Path


def run(
    file: Annotated[Path, typer.Argument(metavar="JUDGE.yaml", help="A run file; alia-judge init writes one.")],
    json: JsonOption = None,
) -> None:
    """Validate, build, compile, evaluate and publish as a file says; the same command goes on where it was."""
    folder = run_file(file)
    done = jsonlib.loads((folder / "run.json").read_text(encoding="utf-8"))
    write_json(json, {"folder": str(folder), "sections": done}, schema="alia-judge/run/1", signature=f"run|{file.name}")
    suggest("score", folder / "judge", "ITEMS", "--out", "scores.csv")


def run_file(file: str | os.PathLike[str]) -> Path:
    """Walk the path that a run file describes: one section a command, its keys that command's options.

    A section that was done with the same words on the same files is not done again; a search that was interrupted goes
    on with the verdicts it paid for.

    Parameters
    ----------
    file
        YAML. ``ratings`` and ``criterion`` say what is judged (a list of criteria by one judge, in one call an item),
        ``folder`` where everything goes (by default beside the file, with its name), ``read`` how the ratings are read;
        then ``validate``, ``build``, ``compile``, ``evaluate`` and ``publish``, each with the long options of its
        command as keys. A section that is ``false`` is left out, as are ``publish`` without ``target``, and what
        follows ``compile`` where that is not there. Paths are relative to the file.

    Returns
    -------
    Path
        The folder: ``audit.json``, ``benchmark``, ``study.db``, ``judge``, ``evaluation.json`` ...

    Raises
    ------
    DataError
        If the file cannot be read, or a key is none of its section's; it says in which line.
    AliaJudgeError
        What a command raises.

    Examples
    --------
    >>> import alia_judge as aj
    >>> from pathlib import Path
    >>> text = "ratings: sample\\ncriterion: helpfulness\\nfolder: walked\\nvalidate: false\\ncompile: false\\n"
    >>> _ = Path("judge.yaml").write_text(text, encoding="utf-8")
    >>> folder = aj.run_file("judge.yaml")  # doctest: +ELLIPSIS
    helpfulness: train 92, dev 36, test 52 items, frozen in walked/benchmark
    fingerprint ...
    >>> sorted(path.name for path in folder.iterdir())
    ['benchmark', 'run.json']
    """
    file = Path(file).resolve()
    told, lines = _read_file(file)
    with contextlib.chdir(file.parent):
        steps, folder = _steps(file, told, lines)
        folder.mkdir(parents=True, exist_ok=True)
        _walk(steps, folder, [Path(str(told["ratings"])), *_files(told, folder)])
    return file.parent / folder


def _walk(steps: Sequence[_Step], folder: Path, inputs: Sequence[Path]) -> None:
    from alia_judge._json import write_atomic
    from alia_judge.cli import app

    state = folder / "run.json"
    done: dict[str, str] = jsonlib.loads(state.read_text(encoding="utf-8")) if state.exists() else {}
    known: dict[str, str] = {}
    before = _digest(*(_content(path) for path in inputs))
    out = console()
    for step in steps:
        before = _digest(before, *step.words)
        if done.get(step.section) == before and step.leaves.exists():
            out.print(_("{section}: done before, nothing changed", section=step.section), markup=False)
        else:
            out.print(
                f"{step.section}: alia-judge {' '.join(step.words)}",
                markup=False,
                soft_wrap=True,
            )
            if step.section in ("build", "compile") and step.section in done:
                _set_aside(step.leaves)
            app(args=list(step.words), standalone_mode=False)
        known[step.section] = before
        write_atomic(state, jsonlib.dumps(known, indent=1) + "\n")


def _set_aside(made: Path) -> None:
    """Keep what an earlier version of the file made, under another name."""
    if made.exists():
        names = (made.with_name(f"{made.name}.earlier-{n}") for n in itertools.count(1))
        made.rename(next(name for name in names if not name.exists()))


def _steps(file: Path, told: Mapping[str, Any], lines: Mapping[tuple[str, ...], int]) -> tuple[list[_Step], Path]:
    """The commands, in order, and the folder they write into; paths are relative to the file's folder."""
    options = _options()
    for key in told:
        if key not in _TOP:
            raise _fault(
                file,
                lines,
                (key,),
                message("there is no section {key!r}", key=key),
                message("one of {top}", top=", ".join(_TOP)),
            )
    said_of = told.get("criterion")
    criteria: list[Any] = said_of if isinstance(said_of, list) else [said_of]
    for key, values in (("ratings", [told.get("ratings")]), ("criterion", criteria)):
        if not values or not all(isinstance(value, str) for value in values):
            raise _fault(
                file,
                lines,
                (key,),
                message("{key} is missing or no text", key=key),
                message("{key}: as alia-judge init writes it", key=key),
            )
    folder = Path(str(told.get("folder") or f"{file.stem}-run"))
    ratings, several = str(told["ratings"]), len(criteria) > 1
    named = [word for one in criteria for word in ("--criterion", str(one))]
    read_by = {name: flag for name, flag in options["build"].items() if name in _READ}
    read = _words(file, lines, "read", told.get("read") or {}, read_by)
    benchmark, judge, evaluation = folder / "benchmark", folder / "judge", folder / "evaluation.json"
    study = f"sqlite:///{(folder / 'study.db').as_posix()}"
    found = str(folder / "search.json")
    base = {
        # The audit of several is of all there are.
        "validate": ["validate", ratings, *([] if several else named), "--json", str(folder / "audit.json"), *read],
        "build": ["build", ratings, *named, "--out", str(benchmark), *read],
        "compile": [
            "compile",
            str(benchmark),
            *(["--kind", "criteria"] if several else []),
            "--storage",
            study,
            "--json",
            found,
            "--artifact",
            str(judge),
        ],
        "evaluate": ["evaluate", str(benchmark), "--artifact", str(judge), "--json", str(evaluation)],
        "publish": ["publish", str(judge)],
    }
    leaves = {
        "validate": folder / "audit.json",
        "build": benchmark,
        "compile": judge,
        "evaluate": evaluation,
        "publish": judge,
    }
    steps: list[_Step] = []
    for section in SECTIONS:
        said = told.get(section)
        if said is False:
            continue
        said = {} if said in (None, True) else said
        if not isinstance(said, Mapping):
            raise _fault(
                file,
                lines,
                (section,),
                message("{section} is no mapping", section=section),
                message("options of the command, one a line, or false"),
            )
        if section == "compile" and section not in told:
            continue
        if section == "evaluate" and not any(step.section == "compile" for step in steps):
            continue
        words = list(base[section])
        if section == "publish":
            if "target" not in said:
                continue
            words += [str(said["target"]), "--evaluation", str(evaluation)]
            said = {key: value for key, value in said.items() if key != "target"}
        if section == "evaluate":  # the judge is asked where it was tuned, unless another address is said
            asked_at = (told.get("compile") or {}).get("api_base")
            said = {**({} if asked_at is None else {"api_base": asked_at}), **said}
        flags = {name: flag for name, flag in options[section].items() if name not in _OWN[section]}
        words += _words(file, lines, section, said, flags)
        if section == "compile" and not (said.get("model") or said.get("recorded")):
            raise _fault(
                file, lines, (section,), message("compile names no model"), message("model: [NAME], or recorded: BANK")
            )
        steps.append(_Step(section=section, words=tuple(words), leaves=leaves[section]))
    return steps, folder


def _options() -> dict[str, dict[str, str]]:
    """Section -> key -> the long option that it stands for, as the command's help has it."""
    from alia_judge.cli import app

    commands: Any = typer.main.get_command(app)
    return {
        section: {
            flag.removeprefix("--").replace("-", "_"): flag
            for parameter in commands.commands[section].params
            for flag in parameter.opts
            if flag.startswith("--")
        }
        for section in SECTIONS
    }


def _words(
    file: Path,
    lines: Mapping[tuple[str, ...], int],
    section: str,
    said: Mapping[str, Any],
    flags: Mapping[str, str],
) -> list[str]:
    """The keys of a section as words of its command."""
    known = {flag.removeprefix("--").replace("-", "_"): flag for flag in flags.values()}
    words: list[str] = []
    for key, value in said.items():
        flag = known.get(str(key).replace("-", "_"))
        if flag is None:
            raise _fault(
                file,
                lines,
                (section, str(key)),
                message("{section} has no {key!r}", section=section, key=key),
                message("one of {known}", known=", ".join(sorted(known))),
            )
        if value is True:
            words.append(flag)
        elif isinstance(value, Mapping):
            words += [word for name, one in value.items() for word in (flag, f"{name}={one}")]
        elif isinstance(value, list) and key == "price":  # the pair that it is, and no option said twice
            words += [flag, ",".join(map(str, value))]
        elif isinstance(value, list):
            words += [word for one in value for word in (flag, str(one))]
        elif value is not None and value is not False:
            words += [flag, str(value)]
    return words


def _read_file(file: Path) -> tuple[dict[str, Any], dict[tuple[str, ...], int]]:
    """What the file says, and the line of every key."""
    import yaml

    try:
        text = file.read_text(encoding="utf-8")
        node, told = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        what = str(getattr(error, "problem", None) or getattr(error, "strerror", None) or error).splitlines()[0]
        raise DataError(
            Problem(
                what=what,
                expected=message("a run file in YAML"),
                remedy=message("correct it, or write one with: alia-judge init RATINGS --out JUDGE.yaml"),
                file=str(file),
                line=None if mark is None else mark.line + 1,
            )
        ) from error
    if not isinstance(told, dict) or not isinstance(node, yaml.MappingNode):
        raise _fault(
            file, {}, (), message("there are no sections"), message("ratings, criterion and the sections of a run")
        )
    lines: dict[tuple[str, ...], int] = {}
    for key, value in node.value:
        lines[(str(key.value),)] = key.start_mark.line + 1
        if isinstance(value, yaml.MappingNode):
            for inner, _ in value.value:
                lines[(str(key.value), str(inner.value))] = inner.start_mark.line + 1
    return {str(key): value for key, value in told.items()}, lines


def _fault(
    file: Path, lines: Mapping[tuple[str, ...], int], at: tuple[str, ...], what: str, expected: str
) -> DataError:
    problem = Problem(
        what=what, expected=expected, remedy=message("correct the file"), file=str(file), line=lines.get(at)
    )
    return DataError(problem)


def _files(told: Mapping[str, Any], folder: Path) -> list[Path]:
    """Every other file that the run file names and does not write itself: rubrics, decisions, a split."""
    values = [value for section in told.values() if isinstance(section, Mapping) for value in section.values()]
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return [
        path for one in flat if isinstance(one, str) and (path := Path(one)).is_file() and folder not in path.parents
    ]


def _content(path: Path) -> str:
    """A digest of a file, or of the names and sizes in a folder; of what is elsewhere (hf://, sample) its name."""
    if path.is_file():
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    if path.is_dir():
        inside = sorted((str(one.relative_to(path)), one.stat().st_size) for one in path.rglob("*") if one.is_file())
        return _digest(*(f"{name} {size}" for name, size in inside))
    return str(path)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
