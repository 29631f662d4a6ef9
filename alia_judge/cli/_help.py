"""Help as plain text, in the reader's language: what most people need first, the rest under headings."""

from __future__ import annotations

import copy
import inspect
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from typer.core import TyperCommand, TyperGroup

from alia_judge._messages import _, message

__all__ = ["PanelledCommand", "PanelledGroup", "help_texts"]

#: What typer itself says in a page of help.
_OF_TYPER = (
    message("Usage: "),
    message("Arguments"),
    message("Options"),
    message("Commands"),
    message("default: "),
    message("required"),
    message("[OPTIONS]"),
    message("COMMAND [ARGS]..."),
)

#: Heading -> the flags under it, in whatever command they are; those of options objects stand under the object's name.
_PANELS = {
    "How RATINGS are read": (
        *("--format", "--column", "--scale", "--encoding", "--language", "--header", "--repeats", "--decisions"),
    ),
    "The benchmark": ("--group-by", "--consensus", "--min-ratings", "--let-copies-part", "--licence", "--no-gate"),
    "How models are asked": (
        *("--rubric-language", "--kind", "--sub-criterion", "--points", "--samples", "--reasoning"),
        *("--api-base", "--cost", "--price"),
    ),
    "Bounds and further objectives": (
        *("--max-cost-per-item", "--max-latency", "--min-coverage", "--max-length-bias", "--max", "--min", "--pareto"),
    ),
    "Proposals": ("--proposer",),
    "Where things are kept": ("--storage", "--study"),
}
_PANEL_OF = {flag: panel for panel, flags in _PANELS.items() for flag in flags}


class _Told:
    """A command whose help is told in the reader's language: `help_texts` are the keys of the catalogue."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page, each text as the catalogue has it."""
        usage, heading, text, rows = (
            formatter.write_usage,
            formatter.write_heading,
            formatter.write_text,
            formatter.write_dl,
        )
        formatter.write_usage = lambda program, said="", **_prefix: usage(
            program, re.sub(r"\[OPTIONS\]|COMMAND \[ARGS\]\.\.\.", lambda found: _(found[0]), said), _("Usage: ")
        )
        formatter.write_heading = lambda title: heading(_(title))
        formatter.write_text = lambda paragraph: text(_(paragraph))
        formatter.write_dl = lambda records, **options: rows(
            [(name, _record(said)) for name, said in records], **options
        )
        super().format_help(ctx, formatter)  # type: ignore[misc]  # of the command it is mixed into

    def get_short_help_str(self, limit: int = 45) -> str:
        """Its first sentence, or what there is room for."""
        shown: Any = copy.copy(self)
        shown.help = _(inspect.cleandoc(shown.help or ""))
        return str(super(_Told, shown).get_short_help_str(limit))  # type: ignore[misc]


class PanelledCommand(_Told, TyperCommand):
    """A command whose help begins with what most people need, and has the other options under headings.

    Typer does so with rich, whose import takes longer than all the rest of a help page.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{**options, "rich_markup_mode": None})

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments, then options without a panel, then a section for each panel that has two or more."""
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        parameters = self.get_params(ctx)
        of_panels = Counter(map(_panel_of, parameters))
        for parameter in parameters:
            record = parameter.get_help_record(ctx)
            if record is not None:
                usual = "Arguments" if parameter.param_type_name == "argument" else "Options"
                panel = _panel_of(parameter)
                # A flag that stands alone is seldom what its panel is about: --licence of publish is of a judge.
                sections.setdefault(panel if panel and of_panels[panel] > 1 else usual, []).append(record)
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


class PanelledGroup(_Told, TyperGroup):
    """Commands under one name."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{**options, "rich_markup_mode": None})


def help_texts(command: Any, ctx: Any = None) -> Iterator[str]:
    """Every text of a command's help, and of the commands under it: the keys of the catalogue."""
    ctx = command.make_context(command.name, [], parent=ctx, resilient_parsing=True)
    yield inspect.cleandoc(command.help or "")
    for parameter in command.get_params(ctx):
        yield getattr(parameter, "help", None) or ""
        yield getattr(parameter, "rich_help_panel", None) or ""
    for one in getattr(command, "commands", {}).values():
        yield from help_texts(one, ctx)


def _panel_of(parameter: Any) -> str | None:
    panel: str | None = getattr(parameter, "rich_help_panel", None) or _PANEL_OF.get(parameter.opts[0])
    return panel


def _record(said: str) -> str:
    """What stands beside an option: its help, then in brackets its default, its bounds, that it is required."""
    text, brackets, facts = said.rpartition("  [")
    if not brackets:
        return _(said) if not said.startswith("[") else _facts(said)
    return f"{_(text)}{brackets}{_facts(facts)}"


def _facts(said: str) -> str:
    return re.sub(r"default: |required", lambda found: _(found[0]), said, count=1)
