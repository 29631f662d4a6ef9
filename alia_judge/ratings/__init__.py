"""Human ratings from whatever people have, as one long table: `load_ratings` and `Ratings`."""

from alia_judge.ratings.decisions import Decision, load_decisions, rating_id, save_decisions
from alia_judge.ratings.items import iter_items
from alia_judge.ratings.load import load_ratings
from alia_judge.ratings.sample import load_sample
from alia_judge.ratings.table import RatingMatrix, Ratings

__all__ = [
    "Decision",
    "RatingMatrix",
    "Ratings",
    "iter_items",
    "load_decisions",
    "load_ratings",
    "load_sample",
    "rating_id",
    "save_decisions",
]
