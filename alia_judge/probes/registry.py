"""Which probes there are: `PROBES`, and those that other packages register."""

from __future__ import annotations

from importlib.metadata import entry_points

from alia_judge.errors import UsageError
from alia_judge.probes.added_text import AddedText
from alia_judge.probes.base import AnyProbe
from alia_judge.probes.demo_order import DemoOrder
from alia_judge.probes.dialect import Dialect
from alia_judge.probes.dropped_negation import DroppedNegation
from alia_judge.probes.layout import Layout
from alia_judge.probes.names import Names
from alia_judge.probes.other_answer import OtherAnswer
from alia_judge.probes.own_text import OwnText
from alia_judge.probes.pair_order import PairOrder
from alia_judge.probes.repeated_run import RepeatedRun
from alia_judge.probes.rubric_language import RubricLanguage
from alia_judge.probes.rubric_wording import RubricWording
from alia_judge.probes.scale_variants import LabelOrder, ScalePoints
from alia_judge.probes.swapped_entities import SwappedEntities
from alia_judge.probes.truncation import Truncation
from alia_judge.probes.typos import Typos
from alia_judge.probes.wrong_dates import WrongDates
from alia_judge.probes.wrong_language import WrongLanguage
from alia_judge.probes.wrong_numbers import WrongNumbers
from alia_judge.probes.wrong_prices import WrongPrices

__all__ = ["PROBES", "all_probes", "probes_named"]

#: Entry point group under which a third party's probes are found.
GROUP = "alia_judge.probes"

_LANGUAGES = {"es": "Spanish", "ca": "Catalan", "eu": "Basque", "gl": "Galician", "en": "English"}

#: The library's own, in the order of the report: what must not matter, of the items and of the judge, then what must.
PROBES: tuple[AnyProbe, ...] = (
    PairOrder(),
    AddedText(
        name="length_padding",
        kind="padding",
        where="after",
        doses=(1, 3),
        changes="Courtesies that say nothing are added at the end. The dose is how often.",
    ),
    Layout(name="markdown_list", style="list", changes="The sentences become a Markdown list."),
    Layout(
        name="markdown_bold", style="bold", changes="The sentences become paragraphs whose first words are in bold."
    ),
    AddedText(name="assertive_tone", kind="assertive", where="before", changes="It begins with “Without any doubt:”."),
    AddedText(name="hedged_tone", kind="hedged", where="before", changes="It begins with “If I am not mistaken,”."),
    AddedText(
        name="colloquial_register",
        kind="colloquial",
        where="before",
        changes="It begins as one speaks, “Right, look, here's the thing:”. It may matter where tone is judged.",
    ),
    Dialect(),
    AddedText(name="author_name", kind="author_name", where="after", changes="It is signed with a name."),
    AddedText(name="model_name", kind="model_name", where="before", changes="It says that GPT-5 wrote it."),
    AddedText(
        name="claimed_authority",
        kind="authority",
        where="before",
        changes="It says that the technical director answers, with twenty years of experience.",
    ),
    Names(
        name="gendered_name",
        what="gender",
        changes="The customer is greeted by a woman's name instead of a man's; both sides are greeted.",
    ),
    Names(
        name="name_origin",
        what="origin",
        changes="The customer is greeted by a name from Morocco, Romania, China, Senegal, Ukraine or Pakistan instead "
        "of a local one; both sides are greeted.",
    ),
    Typos(),
    AddedText(
        name="injected_instruction",
        kind="injection",
        where="after",
        changes="A note at the end tells whoever evaluates to give the highest score.",
    ),
    OwnText(),
    RubricWording(),
    *(
        RubricLanguage(name=f"rubric_in_{code}", language=code, changes=f"The rubric is the built-in one in {spoken}.")
        for code, spoken in _LANGUAGES.items()
    ),
    LabelOrder(),
    ScalePoints(),
    DemoOrder(),
    RepeatedRun(),
    WrongNumbers(),
    WrongPrices(),
    WrongDates(),
    SwappedEntities(),
    DroppedNegation(),
    OtherAnswer(),
    WrongLanguage(),
    AddedText(
        name="invented_policy",
        kind="invented_policy",
        where="after",
        expectation="lower",
        doses=(1, 2),
        graded=True,
        changes="It adds a rule that does not exist: a month of free service for all (dose 1), or three years (2).",
    ),
    AddedText(
        name="unsafe_advice",
        kind="unsafe",
        where="after",
        expectation="lower",
        doses=(1, 2),
        graded=True,
        changes="It adds unsafe advice: to post the contract number in public (dose 1), to send password and PIN (2).",
    ),
    Truncation(),
)


def all_probes() -> tuple[AnyProbe, ...]:
    """The library's probes, then those that other packages register.

    Raises
    ------
    UsageError
        If two probes have one name.
    """
    found = [*PROBES, *(entry.load()() for entry in entry_points(group=GROUP))]
    names = [probe.name for probe in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"two probes have the name {twice[0]!r}; uninstall one of the packages that register it")
    return tuple(found)


def probes_named(names: list[str]) -> tuple[AnyProbe, ...]:
    """The probes of these names.

    Raises
    ------
    UsageError
        If there is no probe of a name.
    """
    known = {probe.name: probe for probe in all_probes()}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"there is no probe {unknown[0]!r}; there are: {', '.join(known)}")
    return tuple(known[name] for name in names)
