"""`judge_dataset`: a published judge over a Ray Dataset, each actor with a judge and a model of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from alia_judge._optional import require
from alia_judge.errors import BudgetError, ModelError
from alia_judge.records import Item, Verdict

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["JudgeActor", "judge_dataset"]


class JudgeActor:
    """What each of Ray's actors runs: it loads the judge once, and judges batch after batch with this library's runner.

    Parameters
    ----------
    artifact
        A published judge: a folder that every node can read, or ``hf://ORG/NAME``.
    lm
        The model to ask, by name; None is the one the judge names.
    columns
        Which column holds a field of an item, as `iter_items` takes it.
    concurrency
        Calls in flight in each actor; None takes 32 for a model behind HTTP and 1 for one in its process.
    store
        Where verdicts are kept: a file that the actors of one node share, or ``"postgresql://..."`` for several.
    """

    def __init__(
        self,
        artifact: str,
        lm: str | None,
        columns: dict[str, str] | None,
        concurrency: int | None,
        store: str | None = None,
    ) -> None:
        from alia_judge.judging.kinds import criteria_of
        from alia_judge.publishing import load_judge
        from alia_judge.runner import RunOptions, VerdictStore

        self._judge = load_judge(artifact, lm=lm)
        self._criteria = criteria_of(self._judge)
        self._columns = columns
        self._options = RunOptions(concurrency=concurrency)
        self._store = VerdictStore(store)

    def __call__(self, batch: pd.DataFrame) -> pd.DataFrame:
        """The batch with the columns ``score`` (NaN where unscored) and ``unscored`` (why, or None).

        Of a judge of several criteria, with a column ``score_CRITERION`` for each, too.
        """
        import numpy as np

        from alia_judge.ratings.items import iter_rows

        items = [item for item, _ in iter_rows(batch.to_dict("records"), columns=self._columns, as_ratings=False)]
        verdicts = self._judged(items)
        scores: dict[str, Any] = {"score": _scores(verdicts)}
        for name in self._criteria:
            scores[f"score_{name}"] = _scores([one.parts.get(name, one) for one in verdicts])
        why = np.array([one.unscored for one in verdicts], dtype=object)
        return batch.assign(**scores, unscored=why)

    def _judged(self, items: list[Item]) -> list[Verdict]:
        """The verdicts; where the model cannot be asked, what it has not judged is unscored, and the job goes on."""
        from alia_judge.runner import stream

        verdicts: list[Verdict] = []
        try:
            for one in stream(self._judge, items, store=self._store, options=self._options):
                verdicts.append(one.verdict)  # noqa: PERF401 - those there are when it fails are kept
        except (ModelError, BudgetError) as error:
            failed = Verdict(unscored="error", detail=str(error))
            verdicts += [failed] * (len(items) - len(verdicts))
        return verdicts


def _scores(verdicts: list[Verdict]) -> Any:
    import numpy as np

    return np.array([np.nan if one.score is None else one.score for one in verdicts], dtype=np.float64)


def judge_dataset(
    dataset: Any,
    artifact: str | Path,
    *,
    lm: str | None = None,
    columns: dict[str, str] | None = None,
    actors: int = 1,
    batch_size: int = 256,
    concurrency: int | None = None,
    store: str | Path | None = None,
    **options: Any,
) -> Any:
    """Judge every row of a Ray Dataset.

    A job that ended early, or whose server was away, is run again with the same `store`: what was paid for is read from
    there, and the rest is asked.

    Parameters
    ----------
    dataset
        A `ray.data.Dataset` whose rows are items.
    artifact
        A published judge: a folder that every node can read, or ``hf://ORG/NAME``.
    lm
        The model to ask, by name; None is the one the judge names. Keys come from each node's environment.
    columns
        Which column holds a field of an item, as `iter_items` takes it; guessed where left out.
    actors
        Actors; each loads one judge, and where the model runs in process, one model.
    batch_size
        Rows an actor is given at once.
    concurrency
        Calls in flight in each actor.
    store
        Where verdicts are kept, so that none is paid for twice, whichever actor dies: ``"postgresql://..."``, or a file
        where all actors are on one node. None is a file beside a folder, and memory for a judge on a hub.
    **options
        Further options of ``map_batches``, such as ``num_gpus=`` of an actor. An actor reserves no core, because it
        mostly waits for a server, and actors that hold every core leave none to read and write the rows with: the job
        would stand still. Of a model that runs on cores in its process, say how many: ``num_cpus=2``.

    Returns
    -------
    ray.data.Dataset
        The rows with ``score`` (null where unscored) and ``unscored`` (the reason; ``"error"`` where the model could
        not be asked), and of a judge of several criteria ``score_CRITERION``; lazy, as Ray's are.

    Raises
    ------
    MissingExtraError
        If Ray is not installed.
    """
    from alia_judge.publishing import verdicts_beside

    require("ray.data", extra="ray", purpose="judging a Ray Dataset")
    place = _anywhere(artifact)
    kept = store if store is not None else verdicts_beside(place)
    return dataset.map_batches(
        JudgeActor,
        fn_constructor_args=(place, lm, columns, concurrency, None if kept is None else _anywhere(kept)),
        batch_format="pandas",
        batch_size=batch_size,
        concurrency=actors,
        **{"num_cpus": 0, **options},
    )


def _anywhere(place: str | Path) -> str:
    """A path as it is from every folder, for actors stand in ones of their own; an address stays what it is."""
    return str(place) if "://" in str(place) else str(Path(place).resolve())
