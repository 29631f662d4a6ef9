"""The file that an MLflow model of a published judge keeps: MLflow runs it, and it loads the folder beside it."""

from __future__ import annotations

from typing import Any

import mlflow
import mlflow.pyfunc
import pandas as pd


class JudgeModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """A published judge as a model: items in, scores out."""

    def load_context(self, context: Any) -> None:
        """Load the judge, and hold every byte against its manifest."""
        from alia_judge.integrations._asked import AskedJudge
        from alia_judge.runner import VerdictStore

        self.asked = AskedJudge(context.artifacts["judge"], store=VerdictStore(None))

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:  # noqa: ARG002
        """A row an item: ``score``, ``unscored`` (the reason, where there is none) and each criterion's score."""
        from alia_judge.ratings.items import iter_rows

        items = [item for item, _ in iter_rows(model_input, as_ratings=False)]
        verdicts = self.asked.every(items)
        whole = [one[self.asked.criterion] for one in verdicts]
        rows = {"score": [one.score for one in whole], "unscored": [one.unscored for one in whole]}
        rows |= {name: [one[name].score for one in verdicts] for name in self.asked.criteria}
        return pd.DataFrame(rows, index=model_input.index)


mlflow.models.set_model(JudgeModel())
