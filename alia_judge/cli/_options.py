"""Arguments that several commands share, and what they mean."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from alia_judge._flags import flag
from alia_judge._messages import message
from alia_judge.errors import GateRefused, UsageError

if TYPE_CHECKING:
    from alia_judge.benchmark import Gate
    from alia_judge.ratings import Ratings

__all__ = [
    "ApiBaseOption",
    "ColumnOption",
    "ConcurrencyOption",
    "EncodingOption",
    "ExcludeSystemOption",
    "FormatOption",
    "GroupByOption",
    "LanguageOption",
    "ModelOption",
    "NoGateOption",
    "RatingsArgument",
    "RatingsOptions",
    "ReadingOptions",
    "ReportOption",
    "SplitOption",
    "ask_at",
    "bounds",
    "column_mapping",
    "gate",
    "header_names",
    "is_benchmark",
]

RatingsArgument = Annotated[
    str, typer.Argument(metavar="RATINGS", help="Any file or folder of human ratings; 'sample' is the bundled one.")
]
FormatOption = Annotated[
    str | None, typer.Option("--format", metavar="NAME", help="Read RATINGS as this format instead of recognising it.")
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=NAME",
        help="Which column holds a field (item_id=doc; annotators=ana,jon where each has one); may be repeated.",
    ),
]
EncodingOption = Annotated[
    str | None, typer.Option("--encoding", metavar="NAME", help="Of a text file that is not UTF-8 (cp1252, latin-1).")
]
LanguageOption = Annotated[
    str | None,
    typer.Option(
        "--language",
        metavar="NAME",
        help="Of the items that declare none (castellano, català, eu); detected where no column says it.",
    ),
]
ExcludeSystemOption = Annotated[
    list[str] | None, typer.Option("--exclude-system", metavar="S", help="Leave out its items; may be repeated.")
]
GroupByOption = Annotated[
    str, typer.Option("--group-by", metavar="COLUMN", help="Items that share its value stay on one side.")
]
ReportOption = Annotated[
    Path | None, typer.Option("--report", metavar="HTML", help="Also write a self-contained HTML page.")
]
SplitOption = Annotated[
    Path | None, typer.Option("--split", metavar="SPLIT.json", help="The groups of train, dev and test.")
]
NoGateOption = Annotated[
    bool, typer.Option("--no-gate", help="Go on although people disagree too much; the result says so.")
]

ModelOption = Annotated[
    str | None,
    typer.Option("--model", metavar="M", help="The model to ask instead: 'embedded', 'gguf:FILE' or 'provider/model'."),
]

ConcurrencyOption = Annotated[int | None, typer.Option("--concurrency", metavar="N", help="Calls in flight.", min=1)]

ApiBaseOption = Annotated[
    str | None,
    typer.Option(
        "--api-base", metavar="URL", help="Of an OpenAI-compatible server (vLLM, Ollama); else OPENAI_API_BASE."
    ),
]


PriceOption = Annotated[
    str | None,
    typer.Option(
        "--price",
        metavar="IN,OUT",
        help="Of models that no list has: dollars a million tokens of prompt and of answer, as in 0.15,0.60.",
    ),
]


def costs(price: str | None) -> None:
    """Have calls of models that no price list has cost so much; None: what an earlier command was told is over."""
    from alia_judge.models.prices import as_price, give_price

    give_price(None if price is None else as_price(price))


def ask_at(address: str | None, models: Sequence[str] = ()) -> None:
    """Have every model that is asked by name answer from this address; None changes nothing.

    The state of a published judge holds no address, and one search may ask several models: both find it where
    `resolve_lm` looks, in the variable of a model's provider (``OPENAI_API_BASE``, ``HOSTED_VLLM_API_BASE`` ...).
    """
    if address is not None:
        for provider in {"openai", "hosted_vllm", *(model.partition("/")[0] for model in models)}:
            os.environ[f"{provider.upper()}_API_BASE"] = address


@dataclass(frozen=True, kw_only=True)
class ReadingOptions:
    """How a table of items is read, rated or not: flags of the commands that take one.

    Parameters
    ----------
    format
        Read it as this format instead of recognising it.
    column
        Which column holds a field: item_id=doc, or annotators=ana,jon where each has one.
    scale
        The scale of criterion C, or of all: 1-5, 5-1 (1 is best), 0..100, 'bad<fair<good', cat,dog, no/yes.
    encoding
        Of a text file that is not UTF-8 (cp1252, latin-1).
    language
        Of the items that declare none (castellano, català, eu), which is detected where no column says it.
    """

    heading: ClassVar[str] = "How RATINGS are read"

    format: str | None = field(default=None, metadata=flag("--format", metavar="NAME"))
    column: tuple[str, ...] = field(default=(), metadata=flag("--column", metavar="FIELD=NAME"))
    scale: tuple[str, ...] = field(default=(), metadata=flag("--scale", metavar="[C=]SCALE"))
    encoding: str | None = field(default=None, metadata=flag("--encoding", metavar="NAME"))
    language: str | None = field(default=None, metadata=flag("--language", metavar="NAME"))

    def given(self) -> dict[str, Any]:
        """What was typed, by the flag's name."""
        return {name: value for name, value in vars(self).items() if value}

    def words(self) -> tuple[tuple[str, object], ...]:
        """The flags that were typed, for a command that reads the same."""
        return tuple((f"--{name}", value) for name, value in self.given().items())

    def load(self, source: str | Sequence[str]) -> Ratings:
        """Ratings as every command reads them: the bundled sample by its name, anything else by `load_ratings`."""
        from alia_judge.ratings import load_ratings, load_sample

        pairs = [scale.rpartition("=") for scale in self.scale]
        if source == "sample" and not Path("sample").exists():
            return load_sample()
        return load_ratings(
            source,
            format=self.format,
            columns=column_mapping(self.column),
            scales={criterion or "*": written for criterion, _, written in pairs},
            encoding=self.encoding,
            language=self.language,
            **self._further(),
        )

    def _further(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True, kw_only=True)
class RatingsOptions(ReadingOptions):
    """How ratings are read.

    Parameters
    ----------
    decisions
        What people decided: CSV with what (item, annotator, rating), id, action (keep, fix, drop) and value.
    header
        The columns' names, of a text file without a header line.
    repeats
        Which of one person's ratings of an item counts: first (the default), last, mean, or error for none.
    """

    decisions: Path | None = field(default=None, metadata=flag("--decisions", kind=Path, metavar="FILE"))
    header: str | None = field(default=None, metadata=flag("--header", metavar="A,B,C"))
    repeats: str | None = field(default=None, metadata=flag("--repeats", metavar="RULE"))

    def load(self, source: str | Sequence[str]) -> Ratings:
        """The same, after what people decided."""
        table = super().load(source)
        return table if self.decisions is None else table.decide(self.decisions)

    def _further(self) -> dict[str, Any]:
        return {"header": header_names(self.header), "repeats": self.repeats or "first"}


def header_names(header: str | None) -> list[str] | None:
    """What ``--header A,B,C`` says, as `load_ratings` takes it."""
    return None if header is None else [name.strip() for name in next(csv.reader([header]))]


def column_mapping(columns: Sequence[str] | None) -> dict[str, str] | None:
    """What ``--column FIELD=NAME`` says, as `load_ratings` takes it."""
    if not columns:
        return None
    pairs = [column.partition("=") for column in columns]
    for key, equals, name in pairs:
        if not (key and equals and name):
            raise UsageError(
                message(
                    "--column takes FIELD=NAME, got {key!r}; write for example item_id=doc", key=key + equals + name
                )
            )
    return {key: name for key, _, name in pairs}


def bounds(given: Sequence[str] | None) -> dict[str, float]:
    """What ``--min`` and ``--max FIGURE=BOUND`` say, by figure."""
    found: dict[str, float] = {}
    for text in given or ():
        figure, separator, bound = text.partition("=")
        if figure.strip() in found:
            raise UsageError(
                message(
                    "{figure} is given twice ({found:g} and {bound}); give it one bound",
                    figure=figure.strip(),
                    found=found[figure.strip()],
                    bound=bound,
                )
            )
        try:
            found[figure.strip()] = float(bound)
        except ValueError:
            separator = ""
        if not separator or not figure.strip() or not math.isfinite(found.get(figure.strip(), math.nan)):
            raise UsageError(message("a bound is FIGURE=NUMBER such as spearman=.5, got {text!r}", text=text))
    return found


def is_benchmark(source: str) -> bool:
    """Whether `source` is a folder that `alia-judge build` froze."""
    return (Path(source) / "benchmark.json").is_file()


def gate(found: Gate, criterion: str, *, overridden: bool) -> dict[str, Any]:
    """Ask whether `criterion` may be built on; what the result has to say of it.

    Ratings are refused where they show that people disagree too much. Where they are too few to show anything, or lie
    on the border, the result says so and the work goes on: the audit has the stricter verdict.

    Raises
    ------
    GateRefused
        If the ratings refuse and nobody overrides them.
    """
    if found.refuses and not overridden:
        raise GateRefused(
            message("{criterion}: {reason} --no-gate goes on all the same", criterion=criterion, reason=found.reason)
        )
    return {"passed": found.passed, "refused": found.refuses, "reason": found.reason}
