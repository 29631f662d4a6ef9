"""Several columns of ratings in a row: people, criteria or items? By names, scales, and where the variance lies."""

from __future__ import annotations

import re
from collections import Counter
from typing import Literal

import numpy as np

from alia_judge._messages import message
from alia_judge.ratings.roles.candidate import Candidate
from alia_judge.ratings.roles.evidence import ColumnEvidence, common_scale, intraclass
from alia_judge.ratings.roles.names import (
    are_values,
    called_result,
    generic,
    hint,
    is_criterion,
    is_quality,
    person_name,
    tokens,
)

__all__ = ["weigh_columns"]


def weigh_columns(
    evidence: ColumnEvidence, candidate: Candidate, meaning: Literal["people", "criteria", "items"]
) -> None:
    """Count what the value columns' names, scales and variances say for and against `meaning`."""
    columns = [evidence.columns[place] for place in candidate.values]
    # pandas calls columns of one name X, X.1, X.2.
    names = [f"{one.name}.0" if f"{one.name}.1" in evidence.place else one.name for one in columns]
    stems = [tokens(name)[:-1] for name in names]
    people = float(np.mean([person_name(name) for name in names]))
    alike = float(np.mean(common_scale(columns)))
    sign = {"people": 1, "criteria": -1, "items": 0}[meaning]
    numbered_alike = not generic(names[0]) and len(set(stems)) == 1
    numbered_alike = numbered_alike and len(tokens(names[0])) > 1
    inside = [len(grid.intersection(one.name for one in columns)) for grid in evidence.grids()]
    if meaning != "items" and any(count > 0.6 * len(names) for count in inside):
        candidate.add(-5.0, message("the names are criterion and person"))
    results = sum(map(called_result, names))
    if not candidate.sure and len(names) > results + 1 and (meaning != "criteria" or any(inside) or people > 0.5):
        # A mean or a majority among people, or items, is none of them.
        candidate.add(-2.5 * results, message("called like what came of the others' ratings"))
    candidate.add(-3.0 * (people < 0.8 and are_values(names)), message("names are the values of a scale"))
    if meaning == "people":
        surely = sum(person_name(name) >= 0.8 for name in names)
        candidate.add(
            -2.0 * (surely > 1 and any(person_name(name) < 0.3 for name in names)),
            message("some names are people's, others not"),
        )
    if meaning != "criteria" and not candidate.sure and all(person_name(name) < 0.3 for name in names):
        qualities = sum(map(is_quality, names)) >= max(2, 0.4 * len(names))
        candidate.add(-4.0 * qualities, message("some names are qualities, none a person's"))
    stem, count = Counter(words or ("",) for words in stems).most_common(1)[0]
    candidate.add(
        -1.5 * (0.4 <= count / len(columns) < 1 and stem != ("",)), message("some names are numbered alike, others not")
    )
    asked = float(np.mean([_asks(name) for name in names]))
    candidate.add(-2.0 * asked * (meaning == "criteria"), message("names like numbered items"))
    candidate.add(
        sign * 2.6 * people, message("names like {more}", more=message("people") if people > 0 else message("criteria"))
    )
    unknown = meaning == "people" and abs(people) < 0.3
    candidate.add(-1.0 * unknown, message("nothing in the names says people"))
    if unknown and not numbered_alike and not candidate.sure:
        # Neutral names may be people or criteria: nothing but their author tells.
        candidate.margin = min(candidate.margin, 1.0)
    valued = sum(hint(name, "value") == 1 and not any(mark.isdigit() for mark in name) for name in names)
    candidate.add(
        -1.5 * valued * (meaning == "people" and valued < len(names)), message("called the value, not a person")
    )
    if alike == 1:
        points, why = 0.3 if abs(people) < 0.3 and not numbered_alike else 1.0, message("values of one scale")
    else:
        points, why = -1.2 if alike < 0.8 else 0.0, message("values of different scales")
    candidate.add(sign * points, why)
    if numbered_alike and not any(is_criterion(name) for name in names):
        candidate.add(sign * 0.6, message("names numbered alike"))
    if evidence.n >= 6:
        measured = np.column_stack([column.measured for column in columns])
        rows, places = np.indices(measured.shape)
        between_rows = intraclass(rows.ravel(), measured.ravel())
        between_columns = intraclass(places.ravel(), measured.ravel())
        difference = float(np.clip(between_rows - between_columns, -1, 1))
        candidate.add(
            {"people": 1.5, "criteria": 0.5, "items": -2.5}[meaning] * difference,
            message(
                "variance between rows {between_rows:.2f}, between columns {between_columns:.2f}",
                between_rows=between_rows,
                between_columns=between_columns,
            ),
        )


def _asks(name: str) -> bool:
    about = hint(name, "item") > 0 or hint(name, "text") > 0 or "?" in name
    return re.search(r"\d", name) is not None and about and not is_criterion(name)
