"""Judge x items -> verdicts: the only bulk caller of a language model."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alia_judge._displayed import Displayed
from alia_judge._messages import message
from alia_judge._progress import in_notebooks, run_line
from alia_judge.errors import Interrupted, UsageError, expect
from alia_judge.judging.judge import Judge
from alia_judge.records import Item, Verdict
from alia_judge.runner.composite import Composite, stream_composite
from alia_judge.runner.coordinator import Coordinator
from alia_judge.runner.interrupts import how_to_resume
from alia_judge.runner.options import Judged, Progress, RunOptions
from alia_judge.runner.store import VerdictStore

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RunResult", "run", "stream"]


@dataclass(frozen=True, kw_only=True)
class RunResult(Displayed):
    """A finished run.

    Parameters
    ----------
    judged
        In the order of the items; the samples of an item follow one another.
    progress
        The final counts.
    """

    judged: tuple[Judged, ...]
    progress: Progress

    def to_frame(self) -> pd.DataFrame:
        """A row a verdict: the item's id, the sample, the score, why it is unscored, and what the model wrote."""
        import pandas as pd

        return pd.DataFrame(
            [
                {"item_id": one.item.item_id, "sample": one.sample, "score": one.verdict.score,
                 "unscored": one.verdict.unscored or "", "text": one.verdict.text, "replayed": one.replayed}
                for one in self.judged
            ]
        )  # fmt: skip

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts, in order."""
        return tuple(judged.verdict for judged in self.judged)


def run(
    judge: Judge | Composite,
    items: Iterable[Item] | Any,
    *,
    store: VerdictStore | None = None,
    options: RunOptions | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> RunResult:
    """Judge every item, and return when all is done. `stream` gives verdicts as they come.

    Parameters
    ----------
    judge
        The judge; or a panel, each of whose members judges every item; or what a search deploys.
    items
        The items; or what `iter_items` reads them from: a data frame, a path, rows as mappings.
    store
        Where verdicts are kept; one that is there already is not paid for again. None keeps none.
    options
        Concurrency, samples, budgets, patience.
    progress
        Called with the counts each time they change; None shows a line below a notebook's cell, and elsewhere nothing.

    Raises
    ------
    UsageError
        If the judge or the items are something else.
    ModelError
        If the model cannot be used at all: a wrong key or name, or every call fails in the same way.
    BudgetError
        If a bound on calls or cost was reached with items left.
    Interrupted
        On Ctrl-C, after what was in flight has been saved.

    Examples
    --------
    >>> import alia_judge as aj
    >>> judge = aj.Judge(aj.builtin_rubric("helpfulness", "es"), lm="openai/gpt-4o-mini")
    >>> with aj.VerdictStore("verdicts.db") as store:
    ...     result = aj.run(judge, aj.load_sample().items()[:5], store=store)
    >>> len(result.verdicts), result.progress.paid
    (5, 5)
    """
    latest = [Progress()]
    show = progress or in_notebooks(run_line)

    def note(now: Progress) -> None:
        latest[0] = now
        if show is not None:
            show(now)

    try:
        judged = tuple(stream(judge, items, store=store, options=options, progress=note))
    except KeyboardInterrupt:  # between two verdicts; the stream itself turns the others into `Interrupted`
        raise Interrupted(how_to_resume(store, latest[0].done)) from None
    return RunResult(judged=judged, progress=latest[0])


def stream(
    judge: Judge | Composite,
    items: Iterable[Item] | Any,
    *,
    store: VerdictStore | None = None,
    options: RunOptions | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Iterator[Judged]:
    """Judge items as they come, and give out verdicts in their order; a million items need no more memory than a few.

    Parameters and errors are those of `run`. What was in flight when the iterator is closed early is saved.
    """
    expect("options", options, (RunOptions, type(None)), "RunOptions(...)")
    expect("store", store, (VerdictStore, type(None)), "VerdictStore(PATH)")
    options = options or RunOptions()
    items = _items(items)
    asked: Any = judge if isinstance(judge, (Judge, Composite)) else getattr(judge, "module", None)
    if not isinstance(asked, (Judge, Composite)):
        raise UsageError(
            message("a run asks a judge, got {kind}; make one with Judge(rubric, lm)", kind=type(judge).__name__)
        )
    if not isinstance(asked, Judge):
        return stream_composite(asked, items, store=store, options=options, progress=progress)
    return Coordinator(asked, items, store, options, progress).verdicts()


def _items(given: Any) -> Iterable[Item]:
    """The items, whatever holds them; a `Split` has them, a table is read."""
    if isinstance(getattr(given, "items", None), tuple):
        return tuple(given.items)
    is_table = hasattr(given, "columns") or isinstance(given, (str, os.PathLike))
    if not is_table and isinstance(given, Sequence) and given and isinstance(given[0], Mapping):
        is_table = True
    if is_table:
        from alia_judge.ratings.items import iter_items

        return list(iter_items(given))
    if isinstance(given, Item) or not isinstance(given, Iterable):
        raise UsageError(
            message(
                "a run takes items, a data frame or a file, got {kind}; give a list of them", kind=type(given).__name__
            )
        )
    if isinstance(given, Sequence):
        for place, one in enumerate(given):
            if not isinstance(one, Item):
                raise UsageError(
                    message(
                        "a run takes items, got {kind} at place {place}; make it an Item",
                        kind=type(one).__name__,
                        place=place,
                    )
                )
    return given
