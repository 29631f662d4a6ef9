"""People: the pages in which they rate items."""

from alia_judge.annotation.answers import rated_items
from alia_judge.annotation.sheet import Sheet, make_sheet

__all__ = ["Sheet", "make_sheet", "rated_items"]
