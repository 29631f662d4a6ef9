"""MLflow: a judge as a scorer of `mlflow.genai.evaluate`, and what stands behind ``judge.align``, runs and models."""

from __future__ import annotations

import importlib
import itertools
import json
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dspy

from alia_judge._messages import message
from alia_judge._optional import require
from alia_judge.errors import UsageError
from alia_judge.integrations._asked import AskedJudge
from alia_judge.ratings.tool_records import Columns, item_from
from alia_judge.records import Item, Verdict

if TYPE_CHECKING:
    from alia_judge.runner import VerdictStore

__all__ = ["feedback_of", "feedback_on", "mlflow_scorer"]

#: Judges that were given as they are, by the number that stands for them in a scorer of this process.
_HERE: dict[int, AskedJudge] = {}
_NUMBERS = itertools.count()


#: What needs MLflow to be imported, and the module that has it.
_WITH_MLFLOW = {
    "Aligned": "_mlflow_alignment",
    "AlignedJudge": "_mlflow_alignment",
    "AlignmentOptimizer": "_mlflow_alignment",
    "log_judge": "_mlflow_runs",
    "log_search": "_mlflow_runs",
}


def __getattr__(name: str) -> Any:
    if name not in _WITH_MLFLOW:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    require("mlflow.genai", extra="mlflow", purpose=f"{name} in MLflow")
    return getattr(importlib.import_module(f"alia_judge.integrations.{_WITH_MLFLOW[name]}"), name)


def mlflow_scorer(
    judge: Any,
    *,
    name: str | None = None,
    lm: str | None = None,
    store: VerdictStore | str | Path | None = None,
    columns: Columns | None = None,
) -> Any:
    """A judge as a scorer of MLflow's GenAI evaluation.

    Parameters
    ----------
    judge
        A judge (any `dspy.Module` of this library's), or where one was published: a folder, or ``hf://ORG/NAME``.
    name
        What MLflow calls the metric; the rubric's criterion by default.
    lm
        The name of the model to ask, where `judge` is a published one; None is the one it names.
    store
        Where verdicts are kept, so that a row that is judged again is not paid for again: a store, a file or a
        database's address. None is a file beside a published folder, and memory for any other judge.
    columns
        Where the names of a row's keys do not say which field of an item they are: ``{"prompt": "pregunta_3",
        "ignore": ["session"]}``. A key of the inputs or outputs without a place is an error.

    Returns
    -------
    mlflow.genai.scorers.Scorer
        For ``mlflow.genai.evaluate(scorers=[...])``. Its feedback has the score as value, what the model wrote beside
        it as rationale, and as source the judge's model; of a judge of several criteria there is one for each. What
        the judge does not score is an error with the reason, which MLflow leaves out of the mean; ``NAME_scored``
        beside it has the share that was scored as its mean. The scorer of a published judge can be registered: it is
        read back as a call of this library with the judge's name.

    Raises
    ------
    MissingExtraError
        If MLflow is not installed.

    Examples
    --------
    >>> mlflow_scorer("my-judge")  # doctest: +SKIP
    """
    genai = require("mlflow.genai", extra="mlflow", purpose="a judge as an MLflow scorer")
    published = isinstance(judge, (str, os.PathLike))
    said: dict[str, Any] = {"columns": _plain(columns), "name": name}
    if published:
        where = str(judge) if str(judge).startswith("hf://") else str(Path(judge).resolve())
        place = None if store is None else getattr(store, "path", None) or getattr(store, "place", None) or store
        specification = json.dumps({"judge": where, "lm": lm, "store": place and str(place), **said})
        asked = _published(specification)
    else:
        asked = AskedJudge(judge, lm=lm, store=store)
        number = next(_NUMBERS)
        _HERE[number] = asked
        specification = json.dumps({"here": number, **said})
    made = genai.scorer(name=name or asked.criterion)(_function(specification))
    if not published:
        object.__setattr__(made, "register", _not_registered)  # MLflow would write down a number of this process
    return made


def feedback_of(specification: str, inputs: Any = None, outputs: Any = None, expectations: Any = None) -> Any:
    """What the scorer of `specification`, as `mlflow_scorer` wrote it, says of one row: a list of MLflow's feedback."""
    said = json.loads(specification)
    asked = _published(specification) if "judge" in said else _here(said["here"])
    return feedback_on(asked, item_from(inputs, outputs, expectations, columns=said["columns"]), said["name"])


def feedback_on(asked: AskedJudge, item: Item, name: str | None = None) -> list[Any]:
    """MLflow's feedback on an item, of each criterion that the judge has; `name` is what the whole is called."""
    names = {asked.criterion: name or asked.criterion}
    with dspy.context(callbacks=[]):  # MLflow's, of an evaluation, would make each call a trace among its rows
        found = asked(item)
    return [
        one
        for criterion, verdict in found.items()
        for one in _feedback(asked, names.get(criterion, criterion), verdict)
    ]


def _function(specification: str) -> Callable[..., Any]:
    """What MLflow calls; registered, it is kept as these lines with the specification as the default of `judge`."""

    def score(inputs=None, outputs=None, expectations=None, judge=specification):  # type: ignore[no-untyped-def]
        from alia_judge.integrations.mlflow import feedback_of

        return feedback_of(judge, inputs, outputs, expectations)

    return score


def _feedback(asked: AskedJudge, name: str, verdict: Verdict) -> list[Any]:
    entities = require("mlflow.entities", extra="mlflow", purpose="a judge as an MLflow scorer")
    source = entities.AssessmentSource(source_type="LLM_JUDGE", source_id=asked.model)
    given: dict[str, Any] = {"source": source, "metadata": {"alia_judge.configuration": asked.configuration}}
    scored = entities.Feedback(name=f"{name}_scored", value=verdict.unscored is None, **given)
    if verdict.unscored is not None:
        why = entities.AssessmentError(error_code=verdict.unscored.upper(), error_message=verdict.detail or "")
        return [entities.Feedback(name=name, error=why, **given), scored]
    return [entities.Feedback(name=name, value=verdict.score, rationale=_rationale(verdict), **given), scored]


def _rationale(verdict: Verdict) -> str | None:
    """What the model wrote, where that is more than the score."""
    text = verdict.text.strip()
    return text if any(character.isalpha() for character in text) else None


@lru_cache(maxsize=64)
def _published(specification: str) -> AskedJudge:
    said = json.loads(specification)
    return AskedJudge(said["judge"], lm=said["lm"], store=said["store"])


def _here(number: int) -> AskedJudge:
    if number not in _HERE:
        raise UsageError(
            message("this scorer is of a judge in another process; publish the judge and make a scorer of that")
        )
    return _HERE[number]


def _not_registered(**_: Any) -> Any:
    raise UsageError(
        message(
            "a judge in memory cannot be registered, for nobody else has it; publish it, and "
            "register the scorer of the folder: mlflow_scorer(publish_judge(judge, "
            "'my-judge')).register()"
        )
    )


def _plain(columns: Columns | None) -> dict[str, Any] | None:
    if columns is None:
        return None
    return {field: keys if isinstance(keys, str) else list(keys) for field, keys in columns.items()}
