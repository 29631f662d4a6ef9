"""The scale of a criterion from the values people gave, where nobody declared it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from alia_judge._messages import message
from alia_judge.ratings.worded_scales import fold, out_of, worded_scale
from alia_judge.records import Scale

__all__ = ["describe_scale", "infer_scale", "is_missing", "missing_code", "missing_words", "parse_value"]

#: Whole numbers spanning no more than this many points are an ordinal scale; beyond, a continuous one.
_MOST_POINTS = 11
#: Share of the values that must be numbers for the rest to be mistakes rather than labels.
_NUMERIC_SHARE = 0.5
#: Words for a yes or no, the lower first: an order that both languages of a pair share.
_BINARY_WORDS = (
    ("no", "yes"), ("false", "true"), ("n", "y"), ("fail", "pass"), ("bad", "good"), ("incorrect", "correct"),
    ("unsafe", "safe"), ("no", "si"), ("ez", "bai"), ("non", "si"), ("incorrecto", "correcto"), ("falso", "verdadero"),
    ("fals", "cert"), ("0", "1"),
    ("down", "up"), ("👎", "👍"), ("✗", "✓"), ("✘", "✔"), ("❌", "✅"), ("dislike", "like"), ("−", "+"),
    ("☐", "☑"), ("☐", "☒"), ("□", "■"), ("○", "●"),
)  # fmt: skip
#: A scale's kind, as it is said.
_KINDS = {
    "ordinal": message("ordinal"),
    "binary": message("binary"),
    "nominal": message("nominal"),
    "continuous": message("continuous"),
    "pairwise": message("pairwise"),
}
#: Numbers that surveys write where there is no answer.
_MISSING_CODES = frozenset({-1.0, -9.0, -99.0, -999.0, 99.0, 999.0})
_MISSING_WORDS = frozenset(
    {"", "na", "n/a", "#n/a", "<na>", "nan", "#nan", "null", "#null!", "none", "-", "--", "–", "—", "?", "n/d", "s/d",
     "ns/nc", "nsnc", "nat"}
)  # fmt: skip


#: Words that say that somebody gave no answer, in the languages of Spain and English, without accents or case.
_NO_ANSWER = frozenset(
    {"no sabe", "no se", "no contesta", "no sabe/no contesta", "no sabe / no contesta", "no aplica", "no procede",
     "no responde", "sin respuesta", "no ho se", "no ho sap", "no escau", "sense resposta",
     "ez dakit", "ez daki", "ez dagokio", "erantzunik ez", "ed/ee", "non sei", "non sabe", "non procede",
     "sen resposta", "don't know", "dont know", "i don't know", "do not know", "not applicable", "no answer",
     "no response", "prefer not to say", "prefiero no contestar", "skip", "skipped", "can't say",
     "cannot judge", "no puedo juzgar"}
)  # fmt: skip


def is_missing(value: Any) -> bool:
    """Whether a raw value says that there is no rating: nothing, NaN, or a word for it (``NA``, ``null``).

    Examples
    --------
    >>> [is_missing(value) for value in (None, float("nan"), " n/a ", "N/A (unclear)", 0, "no")]
    [True, True, True, True, False, False]
    """
    if value is None:
        return True
    if isinstance(value, str):
        text = value.strip().casefold()
        return text in _MISSING_WORDS or (text[:3] == "n/a" and not text[3:4].isalnum())
    return isinstance(value, float) and math.isnan(value)


def parse_value(value: Any, scale: Scale) -> float | None:
    """The number a raw value stands for on `scale`; None if it is none of the scale's.

    Examples
    --------
    >>> parse_value(" 4 ", Scale.ordinal(1, 5)), parse_value("4,5", Scale.continuous(0, 10))
    (4.0, 4.5)
    >>> parse_value("Yes", Scale.binary()), parse_value(7, Scale.ordinal(1, 5))
    (1.0, None)
    """
    if isinstance(value, str):
        by_label = scale.parse(value)
        if by_label is None and scale.labels:
            # "SI" for "Sí": the label that is meant, where only one can be.
            alike = [label for label in scale.labels if fold(label) == fold(value)]
            by_label = scale.parse(alike[0]) if len(alike) == 1 else None
        if by_label is not None:
            return by_label
        if scale.kind == "nominal":
            return None
    number = _number(value)
    if number is None and isinstance(value, str) and (grade := out_of(value)) is not None and grade[1] == scale.high:
        number = grade[0]
    if scale.kind == "nominal" and scale.labels and number is not None:
        by_label = scale.parse(f"{number:g}")
        # A number where no label is one is the label's place, as `Ratings.to_frame` writes it.
        is_place = not isinstance(value, str) and number in scale.points
        return number if by_label is None and is_place and all(_number(x) is None for x in scale.labels) else by_label
    return scale.parse(number) if number is not None else None


def infer_scale(counts: Mapping[Any, int]) -> Scale | None:
    """The scale that these raw values were given on, by the plainest reading.

    Whole numbers of at most eleven points are ordinal (from 1 where the lowest seen is 2 or 3, since few people use the
    lowest point), 0 and 1 binary, numbers on a regular grid of at most 21 points ordinal, other numbers continuous
    between the lowest and highest seen; two words for yes and no binary; words of a known scale (``bad``, ``fair``,
    ``good``) and words with a number (``4 - good``, ``4/5``) ordinal; other words nominal, in alphabetical order.
    Where at least half of the ratings are numbers, the words among them are mistakes and do not count.

    Parameters
    ----------
    counts
        How often each raw value occurs; missing ones left out.

    Returns
    -------
    Scale or None
        None where fewer than two different values leave no scale to see.

    Examples
    --------
    >>> infer_scale({"2": 10, "3": 12, "5": 7})
    Scale(kind='ordinal', points=(1.0, 2.0, 3.0, 4.0, 5.0), labels=(), low=1.0, high=5.0, reverse=False)
    >>> infer_scale({"Yes": 5, "No": 3}).labels
    ('No', 'Yes')
    """
    numbers: Counter[float] = Counter()
    words: Counter[str] = Counter()
    for value, count in counts.items():
        number = _number(value)
        if number is not None and math.isfinite(number):
            numbers[number] += count
        else:
            words[str(value).strip()] += count
    total = sum(numbers.values()) + sum(words.values())
    if numbers and sum(numbers.values()) >= _NUMERIC_SHARE * total:
        return _numeric_scale(sorted(numbers))
    labels = _one_spelling([*words, *(f"{number:g}" for number in numbers)])
    return _graded_scale(words) or _word_scale(labels)


def missing_code(counts: Mapping[Any, int]) -> float | None:
    """The number that stands for no rating among whole numbers of a scale: -1, 99 and the like, off all the others.

    Examples
    --------
    >>> missing_code({1: 5, 2: 4, 5: 3, -1: 2}), missing_code({1: 4, 3: 3, 5: 2, 99: 1})
    (-1.0, 99.0)
    >>> missing_code({0: 5, 1: 3, 2: 2, -1: 2}) is None
    True
    """
    numbers = sorted({number for value in counts if (number := _number(value)) is not None})
    if len(numbers) < 4 or not all(math.isfinite(number) and number.is_integer() for number in numbers):
        return None
    for code, rest in ((numbers[0], numbers[1:]), (numbers[-1], numbers[:-1])):
        if code in _MISSING_CODES and rest[-1] - rest[0] < _MOST_POINTS and min(abs(code - x) for x in rest) > 1:
            return code
    return None


def missing_words(counts: Mapping[Any, int]) -> list[str]:
    """Words for no answer among numbers or the words of a known scale; among other words they may be labels.

    Examples
    --------
    >>> missing_words({1: 5, 2: 4, "No sabe": 3}), missing_words({"a favor": 5, "en contra": 4, "no sabe": 3})
    (['No sabe'], [])
    """
    words = [value for value in counts if isinstance(value, str) and fold(value) in _NO_ANSWER]
    rest = {value: count for value, count in counts.items() if value not in words}
    if not words or len(rest) < 2:
        return []
    scale = infer_scale(rest)
    return words if scale is not None and scale.kind in ("ordinal", "continuous") else []


def describe_scale(scale: Scale) -> str:
    """A scale in a few words.

    Examples
    --------
    >>> describe_scale(Scale.ordinal(1, 5)), describe_scale(Scale.nominal(["cat", "dog"]))
    ('ordinal 1 to 5 (5 points)', 'nominal: cat, dog')
    """
    if scale.kind == "continuous":
        text = message("continuous {low:g} to {high:g}", low=scale.low, high=scale.high)
    elif scale.labels:
        text = message("{kind}: {labels}", kind=_KINDS[scale.kind], labels=", ".join(scale.labels))
    else:
        text = message(
            "{kind} {low:g} to {high:g} ({n} points)",
            kind=_KINDS[scale.kind],
            low=scale.low,
            high=scale.high,
            n=len(scale.points),
        )
    return message("{scale}, higher is worse", scale=text) if scale.reverse else text


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        text = value.strip().removesuffix("%").rstrip()
        # A decimal comma, as Spanish spreadsheets write it; never a thousands separator, which has three digits.
        if text.count(",") == 1 and len(text.partition(",")[2]) != 3:
            text = text.replace(",", ".")
        try:
            return float(text)
        except ValueError:
            return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _numeric_scale(values: list[float]) -> Scale | None:
    low, high = values[0], values[-1]
    if set(values) <= {0.0, 1.0}:
        return Scale(kind="binary", points=(0.0, 1.0), labels=("0", "1"))
    if all(value.is_integer() for value in values) and high - low < _MOST_POINTS:
        bottom = 1 if 1 < low <= 3 and high > 3 else int(low)
        return Scale.ordinal(bottom, int(high)) if bottom < high else None
    if low == high:
        return None
    for step in (0.5, 0.25):
        grid = [low + step * index for index in range(round((high - low) / step) + 1)]
        if len(grid) <= 2 * _MOST_POINTS - 1 and set(values) <= set(grid):
            return Scale(kind="ordinal", points=tuple(grid))
    return Scale.continuous(low, high)


def _graded_scale(words: Collection[str]) -> Scale | None:
    """The scale of grades out of a number that have no label each (``7,5/10``, ``61/100``); None for anything else."""
    grades = [out_of(word) for word in words]
    tops = {grade[1] for grade in grades if grade is not None}
    if None in grades or len(tops) != 1:
        return None
    given, top = {grade[0] for grade in grades if grade is not None}, float(max(tops))
    if max(given) > top or worded_scale(list(words)) is not None:
        return None
    return _numeric_scale(sorted({min(1.0, *given), *given, top}))


def _one_spelling(words: list[str]) -> list[str]:
    """Labels that differ in case, accents or marks around them alone are one label, spelt as it comes first."""
    return list({fold(word) or word: word for word in reversed(words)}.values())


def _word_scale(labels: list[str]) -> Scale | None:
    if len(labels) < 2:
        return None
    folded = {fold(label): label for label in reversed(labels)}
    for low, high in _BINARY_WORDS:
        if set(folded) == {low, high}:
            return Scale.binary((folded[low], folded[high]))
    return worded_scale(labels) or Scale.nominal(sorted(labels, key=lambda label: (label.casefold(), label)))
