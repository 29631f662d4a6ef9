"""People whose names differ in case, accents or spaces alone, and who never rated the same: one person each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alia_judge._messages import message
from alia_judge.ratings.worded_scales import fold

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["with_one_spelling"]

#: Letters that a name has at least: ``a`` and ``A`` may be two.
_FEWEST = 3


def with_one_spelling(ratings: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The ratings with one spelling for each person, the commonest, and what was joined or could not be, in sentences.

    Parameters
    ----------
    ratings
        With `item_id`, `criterion` and, where known, `annotator_id` as categories.
    """
    import pandas as pd

    if "annotator_id" not in ratings:
        return ratings, []
    spelt: dict[str, list[str]] = {}
    for name in ratings["annotator_id"].cat.categories:
        spelt.setdefault("".join(fold(name).split()), []).append(name)
    several = {folded: names for folded, names in spelt.items() if len(names) > 1 and len(folded) >= _FEWEST}
    if not several:
        return ratings, []
    counts = ratings["annotator_id"].value_counts()
    same: dict[str, str] = {}
    notes: list[str] = []
    for names in several.values():
        shown = ", ".join(map(repr, names))
        rated = ratings[ratings["annotator_id"].isin(names)]
        if rated.groupby(["item_id", "criterion"], observed=True)["annotator_id"].nunique().max() > 1:
            notes.append(
                message(
                    "annotators {names} rated the same items, and are read as {n} people", names=shown, n=len(names)
                )
            )
            continue
        commonest = max(names, key=lambda name: (int(counts[name]), name))
        same |= dict.fromkeys(names, commonest)
        notes.append(
            message(
                "annotators {names} never rated the same, and are read as one, {name!r}: give them names that differ "
                "in more than case, accents or spaces if they are not",
                names=shown,
                name=commonest,
            )
        )
    named = [same.get(name, name) for name in ratings["annotator_id"].cat.categories]
    kept = sorted(set(named))
    codes = pd.Index(kept).get_indexer(pd.Index(named))
    given = ratings["annotator_id"].cat.codes.to_numpy()
    joined = pd.Categorical.from_codes(
        [int(codes[x]) if x >= 0 else -1 for x in given], categories=pd.Index(kept, dtype=object)
    )
    return ratings.assign(annotator_id=joined), notes
