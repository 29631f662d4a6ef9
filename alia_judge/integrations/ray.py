"""`judge_dataset`: a published judge over a Ray Dataset, each actor with a judge and a model of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from alia_judge._optional import require

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
    """

    def __init__(self, artifact: str, lm: str | None, columns: dict[str, str] | None, concurrency: int | None) -> None:
        from alia_judge.publishing import load_judge
        from alia_judge.runner import RunOptions

        self._judge = load_judge(artifact, lm=lm)
        self._columns = columns
        self._options = RunOptions(concurrency=concurrency)

    def __call__(self, batch: pd.DataFrame) -> pd.DataFrame:
        """The batch with the columns ``score`` (NaN where unscored) and ``unscored`` (why, or None)."""
        import numpy as np

        from alia_judge.ratings.items import iter_rows
        from alia_judge.runner import run

        items = [item for item, _ in iter_rows(batch.to_dict("records"), columns=self._columns)]
        verdicts = run(self._judge, items, options=self._options).verdicts
        scores = np.array([np.nan if one.score is None else one.score for one in verdicts], dtype=np.float64)
        why = np.array([one.unscored for one in verdicts], dtype=object)
        return batch.assign(score=scores, unscored=why)


def judge_dataset(
    dataset: Any,
    artifact: str | Path,
    *,
    lm: str | None = None,
    columns: dict[str, str] | None = None,
    actors: int = 1,
    batch_size: int = 256,
    concurrency: int | None = None,
    **options: Any,
) -> Any:
    """Judge every row of a Ray Dataset.

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
    **options
        Further options of ``map_batches``, such as ``num_cpus=`` or ``num_gpus=`` of an actor.

    Returns
    -------
    ray.data.Dataset
        The rows with ``score`` (null where unscored) and ``unscored`` (the reason); lazy, as Ray's are.

    Raises
    ------
    MissingExtraError
        If Ray is not installed.
    """
    require("ray.data", extra="ray", purpose="judging a Ray Dataset")
    return dataset.map_batches(
        JudgeActor,
        fn_constructor_args=(str(artifact), lm, columns, concurrency),
        batch_format="pandas",
        batch_size=batch_size,
        concurrency=actors,
        **options,
    )
