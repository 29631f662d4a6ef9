"""The bundled sample: constructed telecom conversations in five languages, with simulated ratings."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

from alia_judge._messages import message
from alia_judge.ratings.load import load_ratings
from alia_judge.ratings.table import Ratings
from alia_judge.records import Scale

__all__ = ["load_sample"]


def load_sample() -> Ratings:
    """Load the sample that comes with the library: constructed texts, simulated annotators, no human ratings.

    180 replies of four fictional systems to 45 customers of fictional telecom operators, in Spanish, Catalan, Basque,
    Galician and English, rated 1 to 5 on ``helpfulness`` and ``tone`` by seven simulated annotators. The defects of
    each reply were planted, so its truth is known: an item's `extra` has `true_helpfulness`, `true_tone`, `defects`
    (``"wrong_amount:2 padding:1"``), `situation`, and `parallel` where the same exchange exists in all five languages.

    Returns
    -------
    Ratings
        The long table and the items; a group is a conversation.

    Examples
    --------
    >>> sample = load_sample()
    >>> sample.criteria
    ('helpfulness', 'tone')
    >>> len(sample.items())
    180
    >>> sample.items(["en-02-alpha"])[0].extra["true_helpfulness"]
    5
    """
    import pandas as pd

    data = resources.files("alia_judge").joinpath("data")
    with resources.as_file(data.joinpath("telecom_ratings.csv")) as path:
        ratings = load_ratings(path, scales={name: Scale.ordinal(1, 5) for name in ("helpfulness", "tone")})
    items = [json.loads(line) for line in data.joinpath("telecom_items.jsonl").read_text(encoding="utf-8").splitlines()]
    for item in items:
        item |= {f"true_{criterion}": value for criterion, value in item.pop("truth").items()}
        item["defects"] = " ".join(f"{defect['kind']}:{defect['severity']}" for defect in item["defects"])
        item.setdefault("parallel", None)
    columns = {name: [item[name] for item in items] for name in items[0]}
    frame = pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in columns.items()})
    return replace(
        ratings,
        item_table=frame.sort_values("item_id", ignore_index=True),
        source=message("the bundled sample (constructed texts, simulated ratings)"),
    )
