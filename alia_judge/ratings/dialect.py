"""How a text file is delimited: by what, and whether its quotation marks quote."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["WHITE_SPACE", "CsvDialect", "guess_delimiter", "guess_dialect", "words_of_line"]

#: Lines that tell what separates the fields.
_ABOVE = 20
_MANY = 400
_QUOTED = re.compile(r'"[^"]*"')
#: Excel's own way to say what separates the fields, on a line above the header.
_DECLARED = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)
#: Marks that stand within names, numbers, dates and addresses.
_IN_WORDS = frozenset(" _-.,;|\t:/\\'\"()[]{}<>?!¿¡@&%+*=$€\u200b\ufeff")
#: Fields that any run of white space parts.
WHITE_SPACE = " "


@dataclass(frozen=True, kw_only=True)
class CsvDialect:
    """How fields are parted.

    Parameters
    ----------
    delimiter
        The mark between two fields; `WHITE_SPACE` for any run of it.
    quoting
        ``csv.QUOTE_MINIMAL``, or ``csv.QUOTE_NONE`` where a quotation mark is a character like any other.
    """

    delimiter: str
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL


def guess_delimiter(head: str, usual: str | None) -> str:
    """What separates the fields of a text.

    Parameters
    ----------
    head
        How it begins.
    usual
        What the file's suffix says; it stands unless another mark is commoner in the header (semicolons in a ``.csv``,
        as spreadsheets write where the comma is the decimal mark).

    Examples
    --------
    >>> guess_delimiter("item;rater;score, 1-5", ","), guess_delimiter("item,score", ",")
    (';', ',')
    >>> guess_delimiter("item^score\\na^1\\nb^2\\n", None)
    '^'
    >>> guess_delimiter("system score segment\\nA\\t-1 1\\nB\\t-2 2\\n", "\\t") == WHITE_SPACE
    True
    """
    lines = [line for line in head.splitlines() if line.strip()]
    for line in lines[:_ABOVE]:
        declared = _DECLARED.fullmatch(line)
        if declared:
            return declared[1]
        counts = _counts(line)
        if counts["\t"] and (usual == "\t" or _tabs_alike(lines)):
            likeliest = "\t"  # nobody writes a tab into a name, nor as many into every line
        else:
            likeliest = max(counts, key=lambda mark: (counts[mark], mark == usual))
        if counts[likeliest]:
            if line != lines[0] and _by_white_space(lines, likeliest):
                return WHITE_SPACE
            return (None if counts[likeliest] > 1 else _odd_mark(lines)) or likeliest
    if _by_white_space(lines, usual or ","):
        return WHITE_SPACE
    return _odd_mark(lines) or usual or ","


def _odd_mark(lines: list[str]) -> str | None:
    """A mark that nobody names (``^``, ``~``, ``#``, ``¦``) and that every line has equally often, the header too."""
    some = [_QUOTED.sub("", line) for line in lines[:_MANY]]
    if len(some) < 3:
        return None
    found = [
        mark
        for mark in dict.fromkeys(some[0])
        if not mark.isalnum()
        and mark not in _IN_WORDS
        and all(line.count(mark) == some[0].count(mark) for line in some)
    ]
    return max(found, key=some[0].count, default=None)


def _counts(line: str) -> dict[str, int]:
    bare = _QUOTED.sub("", line)
    return {mark: bare.count(mark) for mark in (",", "\t", ";", "|")}


def _tabs_alike(lines: list[str]) -> bool:
    """Whether every line has the same number of tabs: commas between them part what is in a field."""
    return len(lines) > 2 and len({line.count("\t") for line in lines[:_MANY]}) == 1


def _by_white_space(lines: list[str], delimiter: str) -> bool:
    """Whether every line, the first too, has the same number of words, and one of them is a number."""
    some = lines[:_MANY]
    words = [words_of_line(line) for line in some]
    if len(some) < 3 or len(words[0]) < 2 or delimiter in lines[0]:
        return False
    # R writes the names of the rows without a name of their own.
    if len({len(found) for found in words[1:]}) > 1 or len(words[1]) - len(words[0]) not in (0, 1):
        return False
    return any(re.fullmatch(r"-?\d+([.,]\d+)?", word) for found in words[1:] for word in found)


def words_of_line(line: str) -> list[str]:
    """The fields of a line that white space parts, quoted or not.

    Examples
    --------
    >>> words_of_line('a   "b c"  3')
    ['a', 'b c', '3']
    """
    if '"' not in line:
        return line.split()
    return next(csv.reader([line.strip()], delimiter=" ", skipinitialspace=True), [])


def guess_dialect(path: Path, encoding: str, head: str, usual: str | None) -> CsvDialect:
    """How a file is delimited, its quotation marks judged by the whole file.

    Files with tabs quote nothing as a rule: their quotation marks are characters where every line has the header's
    number of fields and some field is not quoted as CSV quotes.
    """
    delimiter = guess_delimiter(head, usual)
    if delimiter != "\t":
        return CsvDialect(delimiter=delimiter)
    width, unquoted = 0, False
    for line in _lines(path, encoding):
        fields = line.split("\t")
        if not width:
            if len(fields) < 2:
                continue
            width = len(fields)
        if '"' not in line:
            continue
        if len(fields) != width:
            return CsvDialect(delimiter=delimiter)
        unquoted = unquoted or not all(_is_quoted(one) for one in fields)
    return CsvDialect(delimiter=delimiter, quoting=csv.QUOTE_NONE if unquoted else csv.QUOTE_MINIMAL)


def _lines(path: Path, encoding: str) -> Iterator[str]:
    with path.open(encoding=encoding, errors="surrogateescape", newline=None) as stream:
        for line in stream:
            bare = line.rstrip("\r\n")
            if bare:
                yield bare


def _is_quoted(text: str) -> bool:
    """Whether a field is as CSV writes it: no quotation mark, or all of it within a pair, doubled inside."""
    if '"' not in text:
        return True
    return len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1].replace('""', "")
