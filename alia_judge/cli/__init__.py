"""The command line: ``alia-judge``. One file a command; nothing heavy is imported before a command needs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from alia_judge._advice import to_a_command
from alia_judge._version import __version__
from alia_judge.cli import (
    annotate,
    build,
    check,
    compile_,
    demo,
    evaluate,
    export,
    init,
    leaderboard,
    merge,
    models,
    monitor,
    probe,
    publish,
    redact,
    room,
    rubric,
    run_file,
    score,
    select,
    sheet,
    store,
    validate,
    watch,
)
from alia_judge.cli._console import (
    command_line,
    every_letter,
    exit_code,
    report,
    signals_interrupt,
    tell_unknown_language,
    told_warnings,
)
from alia_judge.cli._help import PanelledCommand, PanelledGroup
from alia_judge.cli._next import suggested, suggestion
from alia_judge.text.printable import printable

__all__ = ["app", "main"]

app = typer.Typer(
    name="alia-judge",
    cls=PanelledGroup,
    help="Turn human ratings into a trusted benchmark, and a prompt into an LLM judge that agrees with it.",
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: importing rich takes longer than all the rest
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"alia-judge {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    del version


app.command("demo", cls=PanelledCommand)(demo.demo)
app.command("validate", cls=PanelledCommand)(validate.validate)
app.command("init", cls=PanelledCommand)(init.init)
app.command("run", cls=PanelledCommand)(run_file.run)
app.command("select", cls=PanelledCommand)(select.select)
app.command("annotate", cls=PanelledCommand)(annotate.annotate)
app.command("sheet", cls=PanelledCommand)(sheet.sheet)
app.command("merge", cls=PanelledCommand)(merge.merge)
app.command("redact", cls=PanelledCommand)(redact.redact)
app.command("build", cls=PanelledCommand)(build.build)
app.command("compile", cls=PanelledCommand)(compile_.compile_)
app.command("watch", cls=PanelledCommand)(watch.watch)
app.command("evaluate", cls=PanelledCommand)(evaluate.evaluate)
app.command("probe", cls=PanelledCommand)(probe.probe)
app.command("score", cls=PanelledCommand)(score.score)
app.command("publish", cls=PanelledCommand)(publish.publish)
app.command("export", cls=PanelledCommand)(export.export)
app.command("check", cls=PanelledCommand)(check.check)
app.command("leaderboard", cls=PanelledCommand)(leaderboard.leaderboard)
app.command("monitor", cls=PanelledCommand)(monitor.monitor)
app.add_typer(room.app, name="room")
app.add_typer(rubric.app, name="rubric")
app.add_typer(models.app, name="models")
app.add_typer(store.app, name="store")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 data, 2 usage, 3 a gate refused, 130 interrupted."""
    words = tuple(sys.argv[1:] if arguments is None else arguments)
    command_line.set(words)
    suggestion.set(None)
    signals_interrupt()
    every_letter()
    tell_unknown_language()
    # The statistics are many small products, over which threads of a linear algebra library only wait for one another.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        with to_a_command(), told_warnings():
            code = app(args=list(words) or ["--help"], standalone_mode=False)
    except BaseException as error:  # noqa: BLE001 - the one place that turns any error into an exit code
        report(error)
        sys.exit(exit_code(error))
    if code == exit_code(KeyboardInterrupt()):  # typer takes Ctrl-C for an exit like any other
        report(KeyboardInterrupt())
    line = suggested()
    if not code and line is not None:
        sys.stdout.flush()
        print(printable(line), file=sys.stderr)  # noqa: T201 - stderr is the contract
    sys.exit(code if isinstance(code, int) else 0)
