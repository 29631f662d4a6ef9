"""`leaderboard_page`: a leaderboard as a page; `leaderboard_markdown`: the same as a table for a README."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alia_judge._messages import _, joined, message
from alia_judge.reporting.computed import computed_prose
from alia_judge.reporting.figures import intervals_figure
from alia_judge.reporting.markdown import markdown_table, plain
from alia_judge.reporting.page import Block, Page, Plot, Section, Table, shown_figure
from alia_judge.stats.estimate import Estimate

if TYPE_CHECKING:
    from alia_judge.evaluation.ranking.leaderboard import Entry, Leaderboard

__all__ = ["leaderboard_markdown", "leaderboard_page"]

#: Judges whose intervals are drawn; a table has them all.
_DRAWN = 40
_FIGURES = {
    "spearman": message(
        "Spearman's correlation with the consensus over all items; an unscored item counts as the judge's own mean."
    ),
    "kappa": message(
        "Cohen's kappa with the label that most people gave, over all items on which people "
        "are not evenly divided; an unscored item counts as a label that nobody gave."
    ),
}
_NOTE = message(
    "A judge stands one place below those that are shown to be better, at the stated "
    "level over all pairs of judges (Holm); judges that share a place are tied, whatever "
    "their figures."
)


def leaderboard_page(board: Leaderboard, *, title: str | None = None) -> Page:
    """A page with the summary first, then the intervals, the table, and how it was computed.

    Examples
    --------
    >>> import alia_judge as aj
    >>> from alia_judge.evaluation import rank_judges
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> board = rank_judges(ratings, {"the truth": truth}, criterion="tone")
    >>> leaderboard_page(board).title
    'Leaderboard: tone'
    """
    figures = {entry.judge: entry.figure for entry in board.entries[:_DRAWN]} | dict(board.beside)
    blocks: list[Block] = [
        Plot(
            figure=intervals_figure(
                figures,
                quantity=_(
                    "{quantity} with the consensus on {criterion}", quantity=board.quantity, criterion=board.criterion
                ),
                beside=list(board.beside),
            ),
            caption=_(
                "Each judge's figure with its interval. Intervals that overlap do not say that judges "
                "are tied: the table's places do, from paired comparisons."
            ),
            description="; ".join(f"{_(name)}: {shown_figure(found)}" for name, found in figures.items()),
        ),
        _places(board),
    ]
    if languages := _languages(board):
        blocks.append(
            Table(
                caption=_("{quantity} by language", quantity=board.quantity),
                columns=[_("judge"), *(tag or _("undeclared") for tag in languages)],
                rows=[
                    [entry.judge, *(entry.languages.get(tag, _UNKNOWN) for tag in languages)] for entry in board.entries
                ],
            )
        )
    if any(entry.why for entry in board.entries):
        rows = [[entry.judge, entry.why] for entry in board.entries if entry.why]
        blocks.append(Table(caption=_("Not ranked"), columns=[_("judge"), _("why")], rows=rows))
    if any(entry.held_out for entry in board.entries):
        rows = [[entry.judge, entry.held_out.sentence] for entry in board.entries if entry.held_out]
        blocks.append(
            Table(caption=_("What was held out"), columns=[_("judge"), _("held out?")], rows=rows, folded=True)
        )
    where = _("the {split} split of a benchmark", split=board.split) if board.split else _("all rated items")
    computed: list[Block] = [
        computed_prose(
            _("{n} items, {where}", n=board.n_items, where=where),
            board.fingerprint,
            [one for entry in board.entries for one in (entry.figure, entry.above) if one is not None],
        ),
    ]
    summary = _(board.summary)
    return Page(
        title=title or _("Leaderboard: {criterion}", criterion=board.criterion),
        headline=[f"{summary[0].upper()}{summary[1:]}."],
        sections=[
            Section(title=_("Places"), blocks=blocks),
            Section(title=_("How this was computed"), blocks=computed),
        ],
        signature=board.signature,
    )


def _places(board: Leaderboard) -> Table:
    """The judge first: it is what stays in sight where the table is wider than the screen."""
    looks = [_("looks at the test")] if _counted(board) else []
    return Table(
        caption=_("{criterion}: places", criterion=board.criterion),
        columns=[
            _("judge"),
            _("place"),
            board.quantity,
            _("less the one above"),
            _("p, corrected"),
            _("coverage"),
            *looks,
        ],
        rows=[
            [
                entry.judge,
                _place(entry),
                entry.figure,
                entry.above,
                entry.above_p,
                entry.coverage,
                *([entry.looks] if looks else []),
            ]
            for entry in board.entries
        ],
        note=_note(board),
    )


def leaderboard_markdown(board: Leaderboard) -> str:
    """Summary, table and signature as Markdown, in the reader's language; no name in it is taken for markup.

    Examples
    --------
    >>> import alia_judge as aj
    >>> from alia_judge.evaluation import rank_judges
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> board = rank_judges(ratings, {"the truth": truth}, criterion="tone")
    >>> leaderboard_markdown(board).startswith("**tone: the truth is first")
    True
    """
    beside = [["", name, found] for name, found in board.beside.items()]
    width = len(_columns(board))
    rows = [*_rows(board), *([*row, *[""] * (width - len(row))] for row in beside)]
    parts = [
        f"**{plain(_(board.summary))}.**",
        markdown_table(_columns(board), rows),
        _(_note(board)),
        f"`{board.signature}`",
    ]
    return "\n\n".join(parts) + "\n"


def _columns(board: Leaderboard) -> list[str]:
    looks = [message("looks at the test")] if _counted(board) else []
    return [
        message("place"),
        message("judge"),
        board.quantity,
        message("less the one above"),
        message("p, corrected"),
        message("coverage"),
        *(tag or message("undeclared") for tag in _languages(board)),
        *looks,
    ]


def _rows(board: Leaderboard) -> list[list[Any]]:
    counted = _counted(board)
    return [
        [
            _place(entry),
            entry.judge,
            entry.figure,
            entry.above,
            entry.above_p,
            entry.coverage,
            *(entry.languages.get(tag, _UNKNOWN) for tag in _languages(board)),
            *([entry.looks] if counted else []),
        ]
        for entry in board.entries
    ]


def _note(board: Leaderboard) -> str:
    return joined([_FIGURES[board.statistic], _NOTE])


def _place(entry: Entry) -> str:
    return entry.places.replace("-", "–") or "–"


def _languages(board: Leaderboard) -> list[str]:
    return list(board.entries[0].languages) if board.entries else []


def _counted(board: Leaderboard) -> bool:
    """Whether anybody counts how often a judge was scored on this test."""
    return any(entry.looks is not None for entry in board.entries)


_UNKNOWN = Estimate(statistic="spearman", value=float("nan"))
