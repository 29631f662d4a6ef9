"""`leaderboard_page`: a leaderboard as a page; `leaderboard_markdown`: the same as a table for a README."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alia_judge.reporting.figures import intervals_figure
from alia_judge.reporting.markdown import markdown_table, plain
from alia_judge.reporting.page import Block, Code, Page, Plot, Prose, Section, Table
from alia_judge.stats.estimate import Estimate

if TYPE_CHECKING:
    from alia_judge.evaluation.leaderboard import Leaderboard

__all__ = ["leaderboard_markdown", "leaderboard_page"]

#: Judges whose intervals are drawn; a table has them all.
_DRAWN = 40
_NOTE = (
    "Spearman's correlation with the consensus over all items; an unscored item counts as the judge's own mean. A "
    "judge stands one place below those that are shown to be better, at the stated level over all pairs of judges "
    "(Holm); judges that share a place are tied, whatever their figures."
)


def leaderboard_page(board: Leaderboard, *, title: str | None = None) -> Page:
    """A page with the summary first, then the intervals, the table, and how it was computed."""
    figures = {entry.judge: entry.spearman for entry in board.entries[:_DRAWN]} | dict(board.beside)
    blocks: list[Block] = [
        Plot(
            figure=intervals_figure(
                figures, quantity=f"Spearman with the consensus on {board.criterion}", beside=list(board.beside)
            ),
            caption="Each judge's figure with its interval. Intervals that overlap do not say that judges are tied: "
            "the table's places do, from paired comparisons.",
            description="; ".join(f"{name}: {found}" for name, found in figures.items()),
        ),
        Table(caption=f"{board.criterion}: places", columns=_columns(board), rows=_rows(board), note=_NOTE),
    ]
    if any(entry.why for entry in board.entries):
        rows = [[entry.judge, entry.why] for entry in board.entries if entry.why]
        blocks.append(Table(caption="Not ranked", columns=["judge", "why"], rows=rows))
    where = f"the {board.split} split of a benchmark" if board.split else "all rated items"
    computed: list[Block] = [
        Prose(text=f"On {board.n_items} items, {where}; fingerprint {board.fingerprint or 'not known'}."),
        Code(text=board.signature, caption="Signature: every setting that changes a figure."),
    ]
    return Page(
        title=title or f"Leaderboard: {board.criterion}",
        headline=[f"{board.summary[0].upper()}{board.summary[1:]}."],
        sections=[Section(title="Places", blocks=blocks), Section(title="How this was computed", blocks=computed)],
        signature=board.signature,
    )


def leaderboard_markdown(board: Leaderboard) -> str:
    """Summary, table and signature as Markdown; no name in it is taken for markup."""
    beside = [["", name, found] for name, found in board.beside.items()]
    width = len(_columns(board))
    rows = [*_rows(board), *([*row, *[""] * (width - len(row))] for row in beside)]
    parts = [f"**{plain(board.summary)}.**", markdown_table(_columns(board), rows), _NOTE, f"`{board.signature}`"]
    return "\n\n".join(parts) + "\n"


def _columns(board: Leaderboard) -> list[str]:
    languages = list(board.entries[0].languages) if board.entries else []
    looks = ["looks at the test"] if any(entry.looks is not None for entry in board.entries) else []
    return [
        "place",
        "judge",
        "Spearman",
        "less the one above",
        "p, corrected",
        "coverage",
        *(tag or "undeclared" for tag in languages),
        *looks,
    ]


def _rows(board: Leaderboard) -> list[list[Any]]:
    languages = list(board.entries[0].languages) if board.entries else []
    counted = any(entry.looks is not None for entry in board.entries)
    return [
        [
            entry.places.replace("-", "–") or "–",
            entry.judge,
            entry.spearman,
            entry.above,
            entry.above_p,
            entry.coverage,
            *(entry.languages.get(tag, _UNKNOWN) for tag in languages),
            *([entry.looks] if counted else []),
        ]
        for entry in board.entries
    ]


_UNKNOWN = Estimate(statistic="spearman", value=float("nan"))
