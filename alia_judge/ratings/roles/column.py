"""`Column`: one column's values as codes, what kind they are, and what they are like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alia_judge.ratings.columns import TEXT_FIELDS, says
from alia_judge.ratings.roles.names import ROLES, hint, is_criterion, is_person, is_scale_word, plain, tokens
from alia_judge.ratings.scales import is_missing

__all__ = ["Column", "is_system", "number", "words_of"]

_THING = re.compile(
    r"(item|doc|text|q|tweet|msg|mensaje|id|s|t|i|m|d|c|k|ex|conv|trace|sample|answer|seg|sent|post)[-_ ]?\d"
)
_SYSTEM = re.compile(
    r"(gpt|llama|claude|mistral|qwen|gemma|gemini|alia|salamandra|sys|model|bart|t5|pegasus|human|reference|baseline|phi"
    r"|deepseek)"
)
#: A file that is shown, or an address.
_FILE = re.compile(
    r"https?://\S+|\S.*\.(jpe?g|png|gif|webp|bmp|tiff?|svg|mp4|webm|avi|mov|mkv|mp3|wav|ogg|flac|m4a|pdf)",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}:\d\d"
    r"|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? +)?(?:\d{1,2} +)?"
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? +\d{1,4}\b.{0,16}(?:\d\d:\d\d|\b\d{4}\b)"
)
_NUMBER = re.compile(r"[-+]?\d{1,15}([.,]\d+)?([eE][-+]?\d{1,3})?\s*%?")
#: ``4/5``, ``4 stars``, ``4 - good``.
_NUMBERED = re.compile(r"(\d{1,2}(?:[.,]\d{1,2})?)\s*(/\s*\d{1,3}|\*|stars?|[-:.]\s*[A-Za-z].*)")
#: Different values that are looked at for what a column's values are like.
_LOOKED_AT = 2000
#: Different words that labels are at most.
_FEW_LABELS = 12
#: The code of an answer.
_ANSWER_CODE = re.compile(r"[A-Za-z]\d{1,2}")
#: Columns that say which sheet or file a row is of.
_PARTS = ("$sheet", "$file")
#: Fields whose name alone says that a column of words holds texts.
_TEXTS = frozenset(TEXT_FIELDS)


def number(value: Any) -> float:
    """The number in a cell (``"4,5"``, ``"4/5"``, ``"4 stars"``, True); NaN where there is none.

    Examples
    --------
    >>> number("4,5"), number("3 - fair"), number("ana")
    (4.5, 3.0, nan)
    """
    if isinstance(value, (bool, int, float, np.number)):
        try:
            return float(value)
        except OverflowError:
            return float("nan")
    text = str(value).strip()
    if text[:1] not in "+-" and not text[:1].isdecimal():
        return float("nan")  # most texts; neither of the patterns need be tried
    if _NUMBER.fullmatch(text):
        return float(text.rstrip("% ").replace(",", "."))
    match = _NUMBERED.fullmatch(text)
    return float(match[1].replace(",", ".")) if match else float("nan")


class Column:
    """A column, looked at once.

    Parameters
    ----------
    name
        The column's name.
    cells
        Its n values as they came.
    """

    def __init__(self, name: str, cells: Sequence[Any]) -> None:
        self.name = str(name)
        self.n = len(cells)
        self.codes, self.values = _coded(cells)
        self.k = len(self.values)
        given = self.codes >= 0
        self.counts = np.bincount(self.codes[given], minlength=self.k)
        self.fill = float(given.mean()) if self.n else 0.0
        self.points = np.array([number(value) for value in self.values], dtype=np.float64)
        self._shown = [str(value) for value in self.values[:_LOOKED_AT]]
        self._kind()
        self._alike()
        self._named()

    def _kind(self) -> None:
        """What kind of values: ``empty``, ``const``, ``date``, ``num``, ``text`` or ``word``."""
        numeric = ~np.isnan(self.points)
        total = max(1, int(self.counts.sum()))
        share = float(self.counts[numeric].sum()) / total
        #: Among numbers, the few values that are none.
        self.odd: list[str] = []
        if 0.8 <= share < 1 and self.k <= 200 and numeric.sum() > 1:
            self.odd = [str(value) for value, is_number in zip(self.values, numeric, strict=True) if not is_number]
        words = float(np.mean([len(text.split()) for text in self._shown] or [0]))
        length = float(np.mean([len(text) for text in self._shown] or [0]))
        dates = _share(_DATE.match(text) is not None for text in self._shown)
        if not self.k:
            self.kind = "empty"
        elif self.k == 1:
            self.kind = "const"
        elif dates > 0.9:
            self.kind = "date"
        elif share > 0.8 and (share == 1 or bool(self.odd)):
            self.kind = "num"
        elif words >= 3.5 or (length > 40 and words > 1.5) or says(self.name) in _TEXTS:
            self.kind = "text"
        else:
            self.kind = "word"
        whole = np.nan_to_num(self.points)
        self.whole = self.kind == "num" and bool(np.all(whole == np.round(whole)))

    def _alike(self) -> None:
        """How many of the values are like people, things that are numbered, systems, criteria."""
        few = self._shown[:200]
        self.people = _share(is_person(text) for text in few)
        self.things = _share(_THING.match(text.lower()) is not None for text in few)
        self.files = _share(_FILE.fullmatch(text) is not None for text in few)
        self.systems = _share(_SYSTEM.match(text.lower()) is not None for text in self._shown[:60])
        named = self.kind == "word" and self.k <= 40
        self.criteria = _share(is_criterion(text) for text in self._shown[:40]) if named else 0.0

    def _named(self) -> None:
        """What its name hints at, and how much its values are like ratings for it."""
        self.hints = {role: hint(self.name, role) for role in ROLES}
        if self.name in _PARTS and self.criteria >= 0.5:
            self.hints |= {"annotator": 0.0, "criterion": 1.0}  # sheets, or files, called after what is rated
        words = set(re.split(r"[^a-z]+", plain(self.name).lower()))
        id_like = not self.is_answer and bool(
            words & {"id", "ids", "uid", "uuid", "guid", "hash", "ref", "key", "code", "idx"}
        )
        self.hints["item"] = max(self.hints["item"], 0.5 * id_like) * (not self.is_answer)
        self.exact = says(self.name)
        if (
            self.hints["comment"]
            and self.kind == "word"
            and self.k <= _FEW_LABELS
            and all(map(is_scale_word, self._shown))
        ):
            self.hints["comment"] = 0.0  # feedback: up, down
            self.exact = None if self.exact == "comment" else self.exact
        self.value_like = self._value_like()
        if id_like and self.value_like > 0:
            self.value_like -= 1.5
        if self.name == "$value":
            self.hints["value"] = 1.0
        if self.name == "$row":
            self.hints["item"] = 1.0
        self.criterion_name = float(is_criterion(self.name))
        self._facts()

    def lift_comment(self) -> bool:
        """If its name is a comment's (a reason, a *motivo*) and it repeats a few words, take these for labels."""
        if not self.hints["comment"] or self.kind != "word" or self.k > _FEW_LABELS or self.n < 3 * self.k:
            return False
        self.hints["comment"] = 0.0
        self.exact = None if self.exact == "comment" else self.exact
        self._facts()
        return True

    def take_for_places(self) -> None:
        """Take its values for places in a text, and not for ratings, people or things."""
        self.value_like = -6.0
        self.hints = dict.fromkeys(self.hints, 0.0) | {"item_attr": 1.0}
        self.exact = None
        self.criterion_name = self.people = self.things = 0.0
        self._facts()

    def take_for_name(self) -> None:
        """Take its values for names (of texts, systems, people), and not for ratings."""
        self.value_like = min(self.value_like, -0.5)
        self.hints["value"] = 0.0
        self.exact = None if self.exact == "value" else self.exact
        self._facts()

    def take_for_codes(self) -> None:
        """Take its values (``A1`` ``A2``) for the codes of answers, and not of people or things."""
        self.people = self.things = 0.0
        self.value_like = 1.2 if self.k > 1 else self._value_like()

    @property
    def is_answer(self) -> bool:
        """Whether a crowd's platform says that it is what people answered."""
        return self.name.startswith("Answer.")

    @property
    def code_letter(self) -> str | None:
        """The letter of which all values are codes (``A1`` ``A3``); None where they are not."""
        letters = {text[:1] for text in self._shown if _ANSWER_CODE.fullmatch(text)}
        coded = len(letters) == 1 and 0 < self.k <= _FEW_LABELS and all(map(_ANSWER_CODE.fullmatch, self._shown))
        return letters.pop() if coded else None

    def _facts(self) -> None:
        """How far its name says that it is something else than a rating."""
        said = self.exact
        facts = max(self.hints[role] for role in ("person_attr", "item_attr", "time", "weight", "admin", "comment"))
        if said in ("group", "system", "language", "comment", "timestamp", "seconds", "annotator_id", "item_id"):
            facts = max(facts, 1.0)
        numbered = any(character.isdigit() for character in self.name)
        #: How far its name says that it is neither rating nor criterion, in a table of values side by side ...
        self.fact_beside = max(
            facts,
            1.1 * self.hints["system"],
            0.9 * self.hints["criterion"],
            0.7 * self.hints["group"],
            (0.6 if numbered else 0.8) * self.hints["item"],
        )
        #: ... and in one of a rating a row.
        self.fact = max(
            facts,
            0.8 * self.hints["system"],
            0.8 * self.hints["annotator"],
            0.9 * self.hints["criterion"],
            0.7 * self.hints["group"],
            0.6 * self.hints["item"],
            0.9 * (self.name.lower() in ("id", "index", "unnamed: 0", "$key", "$key2", "$sheet", "$file", "ident")),
        )

    def _value_like(self) -> float:
        """Few, common, ordered values: log-odds that such a column holds ratings."""
        if self.kind in ("empty", "const", "date", "text"):
            return -6.0
        if self.kind == "num":
            return self._number_like()
        known = _share(is_scale_word(text) for text in self._shown[:50])
        few = 1.2 if self.k <= 3 else 0.8 if self.k <= 7 else 0.0 if self.k <= 12 else -0.3
        if self.k > 12 and self.k > min(40, self.n / 20):
            few = -2.0
        many = 2.0 if self.k > self.n / 3 and self.k > 3 else 0.0
        return few + 1.2 * known - many - 3 * self.people - 2 * self.criteria - self.things

    def _number_like(self) -> float:
        points = self.points[~np.isnan(self.points)]
        low, high = float(points.min()), float(points.max())
        if not self.whole:
            if high <= 10 and bool(np.all(points * 4 == np.round(points * 4))):
                return 1.2
            return 0.6 if low >= -100 and high <= 100 else -1.0
        given = int(self.counts.sum())
        if self.k > 8 and self.k == given and (high - low + 1 == self.k or low < 0 or high > 100 or self.k > 40):
            return -4.0
        if self.k > 8 and given > 10 and bool(np.all(np.diff(self.numbers[~np.isnan(self.numbers)]) >= 0)):
            return -4.0
        if self.k <= 11 and low >= -10 and high <= 10:
            return 2.0
        return (0.6 if self.k < 0.7 * given else 0.3) if low >= -100 and high <= 100 else -2.0

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        """The number in each row, NaN where there is none, shape (n,)."""
        return np.append(self.points, np.nan)[self.codes]

    @cached_property
    def measured(self) -> NDArray[np.float64]:
        """What variance is taken of, shape (n,): the numbers; of words, whether it is the commonest."""
        if self.kind == "num":
            return self.numbers
        commonest = float(self.counts.argmax()) if self.k else -1.0
        return np.where(self.codes < 0, np.nan, (self.codes == commonest).astype(np.float64))

    @property
    def called_value(self) -> float:
        """How far its name says that it holds ratings."""
        return max(self.hints["value"], self.criterion_name) + 0.5 * (self.exact == "value")

    @property
    def likeness(self) -> float:
        """How far values and name say that it holds ratings, in a table of one rating a row."""
        return self.value_like + 1.5 * self.called_value - 2.8 * self.fact * (1 - 0.5 * self.criterion_name)

    def texts(self) -> set[str]:
        """The different values as text."""
        return set(map(str, self.values))


def _coded(cells: Sequence[Any]) -> tuple[NDArray[np.int64], list[Any]]:
    """Codes of the cells, -1 where there is nothing, and the different values, stripped, in order of appearance."""
    import pandas as pd

    array = np.empty(len(cells), dtype=object)
    array[:] = cells if isinstance(cells, list) else list(cells)
    try:
        raw_codes, raw = pd.factorize(array, use_na_sentinel=True)
    except TypeError:
        array[:] = [repr(cell) if isinstance(cell, (list, dict, set)) else cell for cell in array]
        raw_codes, raw = pd.factorize(array, use_na_sentinel=True)
    index: dict[Any, int] = {}
    recode = np.full(len(raw) + 1, -1, dtype=np.int64)
    for place, value in enumerate(raw):
        cell = value.strip() if isinstance(value, str) else value
        if is_missing(cell):
            continue
        if not isinstance(cell, (str, int, float, bool)):
            cell = str(cell)
        # True is 1 to a dictionary; here it is not.
        recode[place] = index.setdefault((type(cell) is bool, cell), len(index))
    codes = recode[raw_codes]
    return codes, [value for _, value in index]


def is_system(name: str) -> bool:
    """Whether a name begins as those of language models do.

    Examples
    --------
    >>> is_system("gpt-4o"), is_system("Ana")
    (True, False)
    """
    return _SYSTEM.match(name.lower()) is not None


def _share(found: Any) -> float:
    told = list(found)
    return float(np.mean(told)) if told else 0.0


def words_of(column: Column) -> tuple[str, ...]:
    """The words of a column's name without the last, which may number it."""
    return tokens(column.name)[:-1]
