"""What every command does the same way: where output goes, how errors read, how JSON is written."""

from __future__ import annotations

import io
import os
import shutil
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alia_judge import _json
from alia_judge._messages import Message, _, language, languages, message, message_of
from alia_judge._version import __version__
from alia_judge.errors import (
    AliaJudgeError,
    ChangedWarning,
    DataError,
    DegenerateDataWarning,
    GateRefused,
    Interrupted,
    UsageError,
)
from alia_judge.text.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

#: What the system says of a file, where it is a sentence of its own.
_OF_FILES = (
    message("No such file or directory"),
    message("Permission denied"),
    message("Is a directory"),
    message("Not a directory"),
    message("File exists"),
    message("No space left on device"),
)

__all__ = [
    "JsonOption",
    "SeedOption",
    "command_line",
    "console",
    "every_letter",
    "exit_code",
    "over_lines",
    "report",
    "say",
    "signals_interrupt",
    "tell_unknown_language",
    "told_warnings",
    "write_json",
]

#: What this run of ``alia-judge`` was asked, for reports that say how to get their figures again.
command_line: ContextVar[tuple[str, ...]] = ContextVar("command_line", default=())

JsonOption = Annotated[
    str | None,
    typer.Option(
        "--json", metavar="OUT", help="Write the result as JSON to OUT; '-' is stdout, and nothing else goes there."
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", metavar="N", help="Makes every figure repeatable.")]


def console() -> Console:
    """A console on stderr: colours and tables on a terminal, plain lines elsewhere."""
    from alia_judge.cli._terminal import SafeConsole

    return SafeConsole(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def say(json: str | None) -> Console:
    """Where a command's own report goes: stdout, or stderr where stdout carries the JSON."""
    from alia_judge.cli._terminal import SafeConsole

    to_stderr = json == "-"
    stream = sys.stderr if to_stderr else sys.stdout
    return SafeConsole(file=stream, highlight=False, width=None if stream.isatty() else 120)


def every_letter() -> None:
    """Have stdout and stderr take every letter: as UTF-8 where they are piped, as escapes where a console lacks it.

    A terminal's own encoding stays, and so does one that the environment states.
    """
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):  # a notebook's own
            continue
        stays = stream.isatty() or "PYTHONIOENCODING" in os.environ
        stream.reconfigure(encoding=None if stays else "utf-8", errors="backslashreplace")


def tell_unknown_language() -> None:
    """A line on stderr where ``ALIA_JUDGE_LANG`` asks for a language that there is no catalogue of."""
    said = os.environ.get("ALIA_JUDGE_LANG", "").strip()
    if said and language() == "en" and not said.lower().startswith("en"):
        known = ", ".join(languages())
        print(  # noqa: T201 - stderr is the contract
            f"note: ALIA_JUDGE_LANG={_one_line(said)}: expected one of {known}; messages are in English",
            file=sys.stderr,
        )


def write_json(out: str | None, payload: Mapping[str, Any], *, schema: str, signature: str) -> None:
    """Write `payload` under the envelope every result has; nothing where `out` is None."""
    if out is None:
        return
    text = _json.dumps({"schema": schema, "version": __version__, "signature": signature, **payload}) + "\n"
    if out == "-":
        sys.stdout.write(text)
    else:
        _json.write_atomic(Path(out), text)


def signals_interrupt() -> None:
    """Have SIGTERM and SIGHUP end a command as Ctrl-C does, with a line that says how to go on.

    One that is ignored (``nohup``) or handled by whoever calls `main` stays as it is.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


@contextmanager
def told_warnings() -> Iterator[None]:
    """Within, a warning of this library's is a line on stderr, told once."""
    told: set[str] = set()

    def show(message: Any, category: type[Warning], *where: Any, **more: Any) -> None:
        marked = isinstance(message_of(message), Message)
        if not marked and not issubclass(category, (ChangedWarning, DegenerateDataWarning)):
            usual(message, category, *where, **more)
        elif (said := _one_line(_(message_of(message)))) not in told:
            told.add(said)
            print(_("note: {said}", said=said), file=sys.stderr)  # noqa: T201 - stderr is the contract

    with warnings.catch_warnings():
        usual, warnings.showwarning = warnings.showwarning, show
        warnings.simplefilter("always", ChangedWarning)
        yield


def exit_code(error: BaseException) -> int:
    """The exit code that `error` means."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    if isinstance(error, (KeyboardInterrupt, typer.Abort, Interrupted)):
        return 130
    if isinstance(error, GateRefused):
        return 3
    if isinstance(error, (UsageError, typer.BadParameter)):
        return 2
    code = getattr(error, "exit_code", None)  # typer's own usage errors and Exit
    return code if isinstance(code, int) else 1


def report(error: BaseException) -> None:
    """Say on stderr what went wrong, one line a problem; a traceback only for a fault of ours.

    On a terminal a long error is broken where its clauses end, so that what to do stands on lines of its own.
    """
    laid_out = sys.stderr.isatty() and not isinstance(error, Interrupted)
    for line in _lines(error):
        shown = over_lines(line, shutil.get_terminal_size().columns) if laid_out else line
        print(shown, file=sys.stderr)  # noqa: T201 - stderr is the contract


def over_lines(line: str, width: int) -> str:
    """A line longer than `width` characters, a line a clause and one a way to go on; nothing is broken within them.

    Examples
    --------
    >>> print(over_lines("error: a.csv:1: two readings (a; b) are likely; say which: --a 1: 3 items | --b: 4", 40))
    error: a.csv:1: two readings (a; b) are likely;
      say which:
        --a 1
          3 items
        --b
          4
    """
    if len(line) <= width:
        return line
    first, *others = _parts(line, "; ")
    laid = [first]
    for clause in others:
        ways = _parts(clause, " | ")
        if len(ways) > 1:
            what, _colon, ways[0] = ways[0].partition(": ")
            laid.append(f"  {what}:")
            for way in ways:
                asked, _colon, gives = way.removesuffix(" |").partition(": ")
                laid += [f"    {asked}", *([f"      {gives}"] if gives else [])]
        else:
            laid.append(f"  {clause}")
    return "\n".join(laid)


def _parts(text: str, mark: str) -> list[str]:
    """`text` broken after each `mark` outside brackets; the mark's end stays with what it ends."""
    parts, depth = [""], 0
    for character in text:
        depth = max(0, depth + (character in "([{") - (character in ")]}"))
        parts[-1] += character
        if depth == 0 and parts[-1].endswith(mark):
            parts[-1] = parts[-1].rstrip()
            parts.append("")
    return parts


def _lines(error: BaseException) -> list[str]:
    if isinstance(error, (SystemExit, typer.Exit)):
        return []
    if isinstance(error, Interrupted):
        return [_one_line(_(message_of(error)))]
    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        return [_("interrupted; run the same command again to go on")]
    if isinstance(error, DataError):
        return [f"error: {_one_line(_(line))}" for line in error.told()]
    if isinstance(error, AliaJudgeError):
        return [f"error: {_one_line(_(message_of(error)))}"]
    if isinstance(error, OSError) and error.filename is not None:
        where = _one_line(str(os.fspath(error.filename)))
        why = _("expected a path that can be used; check it and run again")
        return [f"error: {where}: {_(error.strerror or '')}; {why}"]
    format_message = getattr(error, "format_message", None)  # typer's usage errors
    if callable(format_message):
        from alia_judge.cli._usage import told

        if type(error).__name__ == "NoArgsIsHelpError":  # a name of several commands by itself
            return str(format_message()).splitlines()
        return [f"error: {_one_line(told(format_message()).removesuffix('.'))}; {_('see alia-judge --help')}"]
    return [
        *map(printable, traceback.format_exception(error)),
        f"error: {_('this is a fault of alia-judge itself; expected no exception; report it with the lines above')}",
    ]


def _one_line(text: str) -> str:
    from alia_judge.cli._terminal import shown

    return shown(" ".join(text.split()))
