"""``alia-judge demo``: what this is for, with real people and models; then a judge live on this machine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alia_judge._json import dumps, write_atomic
from alia_judge._messages import _, message_of
from alia_judge._progress import duration
from alia_judge.cli._console import JsonOption, SeedOption, say, write_json
from alia_judge.cli._demo_live import live_part
from alia_judge.cli._demo_recorded import recorded_part
from alia_judge.cli._next import suggest
from alia_judge.errors import MissingExtraError, ModelError

if TYPE_CHECKING:
    from rich.console import Console

    from alia_judge.cli._demo_live import Live

__all__ = ["demo"]

_EMBEDDED = "embedded"


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where everything lands.")] = Path("demo"),
    calls: Annotated[
        int | None,
        typer.Option(
            "--calls", metavar="N", help="About so many live calls; else 60, or what four minutes allow.", min=30
        ),
    ] = None,
    model: Annotated[str, typer.Option("--model", metavar="M", help="The model that judges live.")] = _EMBEDDED,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Audit, search and held-out figures of real ratings and models; then a judge live on this machine. No key."""
    started = time.monotonic()
    said = say(json)
    steps = _Steps(said)
    steps.part(
        _("Part 1: real people, real models. Recorded, so nothing is asked and nothing is fetched."),
        _(
            "HANNA: people rated how well stories fit what they were written to, and language "
            "models were asked the same (Chhun et al., 2022 and 2024; MIT). Numbers only, no "
            "texts."
        ),
    )
    recorded = recorded_part(out, steps.begin, said, seed=seed)
    write_atomic(out / "evaluation.json", dumps(recorded.evaluation) + "\n")
    said.print(_("\nPart 1 took {duration}.", duration=duration(time.monotonic() - started)), markup=False)

    live = _live(out, steps, said, model=model, calls=calls, seed=seed)

    seconds = time.monotonic() - started
    said.print(_("\nDone in {duration}. To look at:", duration=duration(seconds)), markup=False)
    pages = recorded.pages | ({} if live is None else {_("the judge's card"): live.artifact / "README.md"})
    for what, path in pages.items():
        said.print(f"  {path}  {what}", markup=False)
    said.print(_("The same with a file of your own:"), markup=False)
    for command in (
        "alia-judge validate RATINGS.csv --report audit.html",
        "alia-judge init RATINGS.csv --out judge.yaml",
        "alia-judge run judge.yaml",
    ):
        said.print(f"  {command}", markup=False)
    write_json(
        json,
        {
            "audit": recorded.audit.to_dict(),
            "compile": recorded.tuned.result.to_dict(),
            "evaluation": recorded.evaluation.to_dict(),
            "live": None
            if live is None
            else {"verdicts": live.verdicts, "probes": live.probes.to_dict(), "score": live.score},
            "seconds": round(seconds, 1),
        },
        schema="alia-judge/demo/2",
        signature=f"demo|model:{model}|calls:{calls}|seed:{seed}",
    )
    suggest("validate", "RATINGS")


def _live(out: Path, steps: _Steps, said: Console, *, model: str, calls: int | None, seed: int) -> Live | None:
    """The second part; None where the embedded model cannot be had, which is said in a line."""
    small = (
        _("135 million parameters: enough to show the path, not to judge. Point --model at a larger one.")
        if model == _EMBEDDED
        else _("A few replies show the path; they say nothing of how good the model is.")
    )
    steps.part(
        _(
            "Part 2: live, with the {model} model, on this machine. Constructed telecom replies in five languages.",
            model=model,
        ),
        small,
    )
    try:
        return live_part(out, steps.begin, said, model=model, calls=calls, seed=seed)
    except (MissingExtraError, ModelError) as error:
        if model != _EMBEDDED:
            raise
        said.print(_("Left out: {error}", error=message_of(error)), markup=False)
        return None


class _Steps:
    """Names the parts and numbers their steps."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._count = 0

    def part(self, title: str, about: str) -> None:
        from rich.text import Text

        self._console.print(Text(f"\n{title}", style="bold cyan"))
        self._console.print(about, markup=False)

    def begin(self, what: str) -> None:
        from rich.text import Text

        self._count += 1
        self._console.print(Text(f"\n{self._count}. {what}", style="bold"))
