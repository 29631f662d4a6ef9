"""Judge x items -> verdicts: the only bulk caller of a language model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from alia_judge.errors import Interrupted
from alia_judge.judging.judge import Judge
from alia_judge.records import Item, Verdict
from alia_judge.runner.composite import Composite, stream_composite
from alia_judge.runner.coordinator import Coordinator
from alia_judge.runner.interrupts import how_to_resume
from alia_judge.runner.options import Judged, Progress, RunOptions
from alia_judge.runner.store import VerdictStore

__all__ = ["RunResult", "run", "stream"]


@dataclass(frozen=True, kw_only=True)
class RunResult:
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

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts, in order."""
        return tuple(judged.verdict for judged in self.judged)


def run(
    judge: Judge | Composite,
    items: Iterable[Item],
    *,
    store: VerdictStore | None = None,
    options: RunOptions | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> RunResult:
    """Judge every item, and return when all is done. `stream` gives verdicts as they come.

    Parameters
    ----------
    judge
        The judge; or a panel, each of whose members judges every item.
    items
        The items.
    store
        Where verdicts are kept; one that is there already is not paid for again. None keeps none.
    options
        Concurrency, samples, budgets, patience.
    progress
        Called with the counts each time they change.

    Raises
    ------
    ModelError
        If the model cannot be used at all: a wrong key or name, or every call fails in the same way.
    BudgetError
        If a bound on calls or cost was reached with items left.
    Interrupted
        On Ctrl-C, after what was in flight has been saved.
    """
    latest = [Progress()]

    def note(now: Progress) -> None:
        latest[0] = now
        if progress is not None:
            progress(now)

    try:
        judged = tuple(stream(judge, items, store=store, options=options, progress=note))
    except KeyboardInterrupt:  # between two verdicts; the stream itself turns the others into `Interrupted`
        raise Interrupted(how_to_resume(store, latest[0].done)) from None
    return RunResult(judged=judged, progress=latest[0])


def stream(
    judge: Judge | Composite,
    items: Iterable[Item],
    *,
    store: VerdictStore | None = None,
    options: RunOptions | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Iterator[Judged]:
    """Judge items as they come, and give out verdicts in their order; a million items need no more memory than a few.

    Parameters and errors are those of `run`. What was in flight when the iterator is closed early is saved.
    """
    options = options or RunOptions()
    if not isinstance(judge, Judge):
        return stream_composite(judge, items, store=store, options=options, progress=progress)
    return Coordinator(judge, items, store, options, progress).verdicts()
