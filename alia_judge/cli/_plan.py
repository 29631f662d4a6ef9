"""``--plan``: what a command would ask, how often, for about how much, and whose data would leave; nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from alia_judge._messages import _
from alia_judge._record import Record
from alia_judge.cli._console import say, write_json

if TYPE_CHECKING:
    from alia_judge.records import Item

__all__ = ["CallPlan", "PlanOption", "plan_calls", "tell_plan"]

PlanOption = Annotated[
    bool,
    typer.Option(
        "--plan", help="Say what would be asked, how often, for about how much, whose data would leave; send nothing."
    ),
]

#: Judges and items whose prompts are measured, spread over all of them.
_JUDGES, _ITEMS = 24, 12
#: Characters of a token, roughly: the languages here have 3 to 5.
_CHARACTERS = 4.0
#: An image of a million pixels is about a thousand tokens to most who count them.
_OF_AN_IMAGE = 1000 * _CHARACTERS
#: Tokens of an answer that is a score alone.
_SCORE_TOKENS = 4
#: Items that are searched for personal data.
_SEARCHED = 20_000


@dataclass(frozen=True, kw_only=True, eq=False)
class CallPlan(Record):
    """What a command would send.

    Parameters
    ----------
    asks
        Which models, and where.
    candidates
        Judges that would be tried; 1 where one judge is asked.
    items
        Items that would be shown to a model.
    requests
        Most requests.
    prompt_tokens
        Of one request on the mean, roughly (four characters a token).
    dollars
        Most dollars at list price, roughly; None where a model has no listed price.
    personal
        Items with telephone numbers, identity numbers, addresses of mail or the like.
    leaves
        Whether texts leave this machine.
    """

    in_json: ClassVar[Mapping[str, str]] = {"personal": "personal_data", "leaves": "texts_leave"}

    asks: tuple[str, ...]
    candidates: int
    items: int
    requests: int
    prompt_tokens: int
    dollars: float | None
    personal: int
    leaves: bool

    def lines(self) -> list[str]:
        """For people, a line each."""
        where = _(" and ").join(map(_, self.asks)) or _("no model: name one with --model")
        tried = _("{n} candidates", n=self.candidates) if self.candidates > 1 else _("one judge")
        cost = (
            _("no price is listed for it: what it costs is not known")
            if self.dollars is None
            else _("nothing: it runs on this machine")
            if self.dollars == 0
            else _("at most about ${dollars:.2f} at list price", dollars=self.dollars)
        )
        texts = _("{personal} of {items} items hold personal data (AJ022)", personal=self.personal, items=self.items)
        if not self.leaves:
            data = _("{texts}; no text would leave this machine", texts=texts)
        elif self.personal:
            data = _("{texts} and would leave this machine; alia-judge redact takes them out", texts=texts)
        else:
            data = _("{texts}; the texts would leave this machine", texts=texts)
        return [
            _("asks: {where}", where=where),
            _("tries: {tried} on {items} items", tried=tried, items=self.items),
            _(
                "requests: {requests} at most, of about {prompt_tokens} tokens each",
                requests=self.requests,
                prompt_tokens=self.prompt_tokens,
            ),
            _("costs: {cost}", cost=cost),
            _("data: {data}", data=data),
            _("nothing was sent; without --plan the same command does it"),
        ]


def plan_calls(judges: Sequence[Any], items: Sequence[Item], requests: int) -> CallPlan:
    """The plan of asking `judges`, of which each may be made of others, about `items`, `requests` times at most."""
    from alia_judge.judging.asked_models import asked_models
    from alia_judge.models.prices import list_price
    from alia_judge.text.personal_data import find_personal_data

    asked = _spread(list(judges), _JUDGES)
    leaves = [leaf for judge in asked for leaf in _leaves(judge)]
    tokens: list[float] = []
    prices: list[float | None] = []
    for leaf in leaves:
        lengths = [
            sum(len(message["content"]) for message in leaf.messages(**item.fields())) + len(item.images) * _OF_AN_IMAGE
            for item in _spread(list(items), _ITEMS)
        ]
        prompt = sum(lengths) / max(len(lengths), 1) / _CHARACTERS
        answer = leaf._tokens() or _SCORE_TOKENS  # how long an answer may be is the judge's own business
        tokens.append(prompt)
        prices.append(None if leaf.lm is None else list_price(leaf.lm, prompt_tokens=prompt, answer_tokens=answer))
    known = [price for price in prices if price is not None]
    searched = _spread(list(items), _SEARCHED)
    personal = sum(
        any(find_personal_data(text) for text in item.fields().values() if isinstance(text, str)) for item in searched
    )
    return CallPlan(
        asks=tuple(dict.fromkeys(name for judge in asked for name in asked_models(judge))),
        candidates=len(judges),
        items=len(items),
        requests=requests,
        prompt_tokens=round(sum(tokens) / max(len(tokens), 1)),
        dollars=requests * sum(known) / len(known) if known and len(known) == len(prices) else None,
        personal=round(personal * len(items) / max(len(searched), 1)),
        leaves=any(_leaves_the_machine(leaf.lm) for leaf in leaves),
    )


def tell_plan(plan: CallPlan, json: str | None, *, further: Sequence[str] = ()) -> None:
    """Print the plan, and write it as JSON."""
    out = say(json)
    for line in (*further, *plan.lines()):
        out.print(line, markup=False, soft_wrap=True)
    write_json(json, plan.to_dict(), schema="alia-judge/plan/1", signature=f"plan|requests:{plan.requests}")


def _leaves(judge: Any) -> list[Any]:
    """The judges that ask a model, of one that may be made of others."""
    members = getattr(judge, "members", None)
    if not members:
        return [judge] if hasattr(judge, "messages") else []
    return [leaf for member in members for leaf in _leaves(member)]


def _spread(values: list[Any], most: int) -> list[Any]:
    """At most so many of the values, evenly spaced."""
    if len(values) <= most:
        return values
    return [values[place * len(values) // most] for place in range(most)]


def _leaves_the_machine(lm: Any) -> bool:
    from urllib.parse import urlsplit

    from alia_judge.models.gguf import GGUFEngine
    from alia_judge.models.resolve import lm_address

    if lm is None or isinstance(getattr(lm, "engine", None), GGUFEngine):
        return False
    address = lm_address(lm)
    return (urlsplit(str(address)).hostname if address else None) not in ("127.0.0.1", "localhost", "::1")
