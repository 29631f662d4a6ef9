"""Help as plain text: what most people need first, the rest under headings."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

__all__ = ["PanelledCommand"]

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


class PanelledCommand(TyperCommand):
    """A command whose help begins with what most people need, and has the other options under headings.

    Typer does so with rich, whose import takes longer than all the rest of a help page.
    """

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments, then options without a panel, then a section for each panel."""
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                usual = "Arguments" if parameter.param_type_name == "argument" else "Options"
                headed = getattr(parameter, "rich_help_panel", None) or _PANEL_OF.get(parameter.opts[0])
                panel = headed or usual
                sections.setdefault(panel, []).append(record)
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
