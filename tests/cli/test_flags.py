"""Flags are read from the options objects, and help begins with what most people need."""

from __future__ import annotations

import dataclasses
import inspect
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer

from alia_judge._flags import FLAG, flag
from alia_judge.cli import app
from alia_judge.cli._flags import documented, panel_of, with_flags
from alia_judge.cli._options import RatingsOptions
from alia_judge.compiling.options import Deployment, Proposals, Resampling, SearchOptions
from alia_judge.errors import UsageError

CLASSES = (SearchOptions, Deployment, Proposals, Resampling)


@dataclass(frozen=True, kw_only=True)
class Baking:
    """How bread is baked.

    Parameters
    ----------
    heat
        How hot: ``"warm"`` or `hot`. Never cold.
    seeds
        What is strewn on it; nothing by default.
    hours
        For how long.

    Raises
    ------
    UsageError
        Never.
    """

    heat: str = field(default="warm", metadata=flag("--heat"))
    seeds: tuple[str, ...] = field(default=(), metadata=flag("--seed-of", metavar="PLANT"))
    hours: int | str | None = field(
        default=None, metadata=flag("--hours", kind=int, metavar="H|all", least=1, word="all")
    )
    baker: Any = None


@with_flags(baking=Baking)
def bake(loaf: str, *, baking: Baking, quick: bool = False) -> tuple[str, Baking, bool]:
    return loaf, baking, quick


def test_fields_become_flags_and_the_command_gets_the_object() -> None:
    names = list(inspect.signature(bake).parameters)
    assert names == ["loaf", "baking_heat", "baking_seeds", "baking_hours", "quick"]
    given = {"baking_heat": "hot", "baking_seeds": ["rye"], "baking_hours": "all", "quick": True}
    assert bake(loaf="a", **given) == ("a", Baking(heat="hot", seeds=["rye"], hours="all"), True)  # type: ignore[arg-type]
    assert bake(loaf="a", **{**given, "baking_hours": "3"})[1].hours == 3
    with pytest.raises(UsageError, match="--hours takes a number from 1, or all, got '0'"):
        bake(loaf="a", **{**given, "baking_hours": "0"})


def test_help_is_what_the_docstring_says_first() -> None:
    assert documented(Baking) == {
        "heat": "How hot: warm or hot.",
        "seeds": "What is strewn on it.",
        "hours": "For how long.",
    }
    assert panel_of(SearchOptions) == "Search options"


@pytest.mark.parametrize("kind", CLASSES)
def test_every_flag_of_a_search_is_in_the_help_with_its_words_and_default(kind: type) -> None:
    command = typer.main.get_command(app).commands["compile"]  # type: ignore[attr-defined]
    there = {parameter.opts[0]: parameter for parameter in command.params}
    words = documented(kind)
    flagged = [one for one in dataclasses.fields(kind) if FLAG in one.metadata]
    assert flagged
    for one in flagged:
        said = one.metadata[FLAG]
        parameter = there[said["name"]]
        assert parameter.help.startswith(words[one.name])
        assert parameter.rich_help_panel == panel_of(kind)
        assert parameter.default == (list(one.default) if isinstance(one.default, tuple) else one.default)


def test_what_most_people_need_stands_first(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        app(args=["compile", "--help"])
    page = capsys.readouterr().out
    first = page.partition("Options:")[2].partition("\n\n")[0]
    flags = [line.split()[0] for line in first.splitlines() if line.startswith("  -")]
    assert {"--calls", "--criterion", "--model", "--recorded", "--objective", "--json"} <= set(flags)
    assert len(flags) <= 13
    headings = [line for line in page.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings[:2] == ["Arguments:", "Options:"]
    assert {"Deployment:", "Proposals:", "Resampling:", "Search options:"} <= set(headings)


@pytest.mark.parametrize(("command", "headed"), [("build", True), ("publish", False), ("check", False)])
def test_a_heading_has_two_options_or_more(command: str, headed: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """--licence and --no-gate are of the benchmark where one is built; of a judge each stands alone."""
    with pytest.raises(SystemExit):
        app(args=[command, "--help"])
    assert ("\nThe benchmark:\n" in capsys.readouterr().out) == headed


@pytest.mark.parametrize("command", ["validate", "build", "compile", "evaluate", "leaderboard", "init"])
def test_commands_that_read_ratings_take_the_same_flags(command: str) -> None:
    there = typer.main.get_command(app).commands[command].params  # type: ignore[attr-defined]
    taken = {parameter.opts[0]: parameter for parameter in there}
    for one in dataclasses.fields(RatingsOptions):
        parameter = taken[one.metadata[FLAG]["name"]]
        assert parameter.rich_help_panel == "How RATINGS are read"
        assert parameter.help.startswith(documented(RatingsOptions)[one.name])


def test_what_was_typed_is_what_the_next_command_is_told() -> None:
    read = RatingsOptions(scale=("tone=1-5",), decisions=Path("decided.csv"))
    assert read.words() == (("--scale", ("tone=1-5",)), ("--decisions", Path("decided.csv")))
    assert RatingsOptions().words() == ()
