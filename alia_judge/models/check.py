"""What a model can do for a judge, found out with a dozen short calls before a search relies on it."""

from __future__ import annotations

import json
import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any, ClassVar

import dspy
from dspy.lm15 import Response

from alia_judge._advice import advice
from alia_judge._messages import Message, message
from alia_judge._record import Record
from alia_judge.errors import expect
from alia_judge.models.background import wait_for
from alia_judge.models.decisions import is_decision_model
from alia_judge.models.exchange import Exchange, ItemRefusedError, OurDefault, OurFormat, exchange
from alia_judge.models.gguf import GGUFEngine
from alia_judge.models.limits import in_words, known
from alia_judge.models.logprobs import TokenAlternatives, token_alternatives
from alia_judge.models.openai_compatible import OpenAICompatibleEngine
from alia_judge.models.prices import list_price
from alia_judge.models.refusals import refusal_of
from alia_judge.models.resolve import lm_identity
from alia_judge.models.secrets import secrets_of

__all__ = ["ModelCheck", "check_model"]

_RUBRIC = (
    "Score how helpful the response of customer service is, from 1 (useless) to 5 (solves the problem). "
    "Answer with the number alone."
)
_DECISION = "How helpful is the response of customer service?"
_ITEM = "Response: Restart the router and wait two minutes; if the light stays red, write again and we send someone."
_OTHER = "Response: That is not our problem."
_SCHEMA = {
    "type": "object",
    "properties": {"score": {"type": "integer", "enum": [1, 2, 3, 4, 5]}},
    "required": ["score"],
    "additionalProperties": False,
}
#: How many alternatives to ask for: OpenAI's limit.
_ALTERNATIVES = 20
#: Tokens for an answer as an object.
_OBJECT = 64
_IN_FLIGHT = 8
#: An answer off the scale that was asked for, and how servers are told to give no other.
_UNLIKELY = "8675"
_GUIDES: dict[str, Any] = {
    "structured_outputs": {"choice": [_UNLIKELY]},
    "guided_choice": [_UNLIKELY],
    "grammar": f'root ::= "{_UNLIKELY}"',
}


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelCheck(Record):
    """What `check_model` found. None is: could not be found out.

    Parameters
    ----------
    model
        As `lm_identity` names it.
    reachable
        Whether it answered.
    problem
        Why not, or None.
    remedy
        What to do about it, or None.
    answer
        What it wrote when asked for a score from 1 to 5.
    alternatives
        How many alternatives of the score's token came with log-probabilities; 0 if it gives none.
    scale_seen
        How many of the points 1 to 5 were among them.
    deterministic
        Whether the same question, asked again after another, gave the same text and the same log-probabilities.
    largest_difference
        Between the log-probabilities of the two, in nats; NaN without log-probabilities.
    prefix_cached
        Whether it reported that a prompt's beginning, seen before, was not computed again.
    structured_output
        Whether it kept to a JSON schema.
    guided_by
        The settings by which it can be held to given answers, of those that servers have for it:
        ``structured_outputs`` and ``guided_choice`` of vLLM, ``grammar`` of llama.cpp. None where it was not asked.
    asked
        What it refused and is asked otherwise, in words: ``"without log-probabilities"``.
    seconds_per_call
        Median over the calls made one after another.
    calls_per_second
        With eight in flight.
    dollars_per_thousand
        Price of judging 1,000 items of 1,000 prompt tokens with answers of 4 tokens, by LiteLLM's price list, without
        discounts for cached prompts; 0 for a model in this process.

    Examples
    --------
    >>> import alia_judge as aj
    >>> check = aj.ModelCheck(model="openai/gpt-4o-mini", reachable=False, problem="401", remedy="set OPENAI_API_KEY")
    >>> check.remedy
    'set OPENAI_API_KEY'
    """

    schema: ClassVar[str] = "alia-judge/models-check/1"

    model: str
    reachable: bool
    problem: str | None = None
    remedy: str | None = None
    answer: str | None = None
    alternatives: int | None = None
    scale_seen: int | None = None
    deterministic: bool | None = None
    largest_difference: float = math.nan
    prefix_cached: bool | None = None
    structured_output: bool | None = None
    guided_by: tuple[str, ...] | None = None
    asked: tuple[str, ...] = ()
    seconds_per_call: float = math.nan
    calls_per_second: float = math.nan
    dollars_per_thousand: float | None = None


def check_model(lm: dspy.BaseLM) -> ModelCheck:
    """Ask `lm` a dozen short questions and report what a judge can expect of it.

    Parameters
    ----------
    lm
        As `resolve_lm` gives it.

    Returns
    -------
    ModelCheck
        A model that does not answer is a finding, not an error: `reachable` is False, `problem` says why and `remedy`
        what to do.

    Examples
    --------
    >>> import alia_judge as aj
    >>> found = aj.check_model(aj.resolve_lm("openai/gpt-4o-mini"))
    >>> found.reachable
    True
    """
    expect("lm", lm, dspy.BaseLM, "resolve_lm(NAME)")
    lm = lm.copy(cache=False, num_retries=0)
    identity = lm_identity(lm)
    if is_decision_model(lm):
        return _checked_decisions(lm, identity)
    try:
        first, seconds = _timed(lm, _ITEM)
        _, between = _timed(lm, _OTHER)
        second, again = _timed(lm, _ITEM)
        calls_per_second = _throughput(lm)
    except (dspy.LMError, ItemRefusedError) as error:
        problem = (
            refusal_of(error, secrets_of(lm)).message or (str(error).strip() or type(error).__name__).splitlines()[0]
        )
        return ModelCheck(model=identity, reachable=False, problem=problem, remedy=_remedy(lm, error))
    scored = _score_token(first)
    difference = _largest_difference(first, second)
    return ModelCheck(
        model=identity,
        reachable=True,
        answer=first.text or "",
        alternatives=len(scored.top) if scored else 0,
        scale_seen=len({text.strip() for text, _ in scored.top} & set("12345")) if scored else 0,
        deterministic=first.text == second.text and not difference > 0,
        largest_difference=difference,
        prefix_cached=None if second.usage.cache_read_tokens is None else second.usage.cache_read_tokens > 0,
        structured_output=_keeps_to_a_schema(lm),
        guided_by=_guided_by(lm),
        asked=in_words(known(lm)),
        seconds_per_call=median([seconds, between, again]),
        calls_per_second=calls_per_second,
        dollars_per_thousand=_per_thousand(lm),
    )


def _checked_decisions(lm: Any, identity: str) -> ModelCheck:
    """What a decision model answers: a distribution over the scale, and no text, schema or settings."""
    question = {"type": "score", "instructions": _DECISION, "criteria": ["1: useless", "2", "3", "4", "5: solves it"]}

    def asked(item: str) -> tuple[tuple[float, ...], float]:
        started = time.perf_counter()
        return wait_for(lm.decide(item, {"score": question})).probabilities["score"], time.perf_counter() - started

    try:
        first, seconds = asked(_ITEM)
        _, between = asked(_OTHER)
        second, again = asked(_ITEM)
        started = time.perf_counter()
        with ThreadPoolExecutor(_IN_FLIGHT) as pool:
            list(pool.map(asked, [f"Ticket {number}. {_ITEM}" for number in range(_IN_FLIGHT)]))
        calls_per_second = _IN_FLIGHT / (time.perf_counter() - started)
    except dspy.LMError as error:
        problem = refusal_of(error).message or type(error).__name__
        return ModelCheck(model=identity, reachable=False, problem=problem, remedy=_remedy(lm, error))
    return ModelCheck(
        model=identity,
        reachable=True,
        answer=str(1 + first.index(max(first))),
        alternatives=len(first),
        scale_seen=sum(share > 0 for share in first),
        deterministic=first == second,
        largest_difference=max(
            abs(math.log(one / other)) for one, other in zip(first, second, strict=True) if one > 0 and other > 0
        ),
        seconds_per_call=median([seconds, between, again]),
        calls_per_second=calls_per_second,
    )


def _remedy(lm: dspy.BaseLM, error: Exception) -> Message:
    provider = lm.model.partition("/")[0]
    if isinstance(error, ItemRefusedError):
        return message("it refuses a plain question; see its provider's filters and its context length")
    if refusal_of(error).reason == "quota":
        return message("see to the account's credit")
    if isinstance(error, dspy.LMUnsupportedFeatureError):
        return message("leave that setting out")
    if isinstance(error, dspy.LMAuthError):
        said = getattr(lm, "provider", None) or getattr(lm, "engine", None)
        variable = getattr(said, "key_variable", f"{provider.upper()}_API_KEY")
        return message("set {variable} to a key that may use this model", variable=variable)
    if isinstance(error, dspy.LMUnsupportedModelError):
        return message("check the model's name against those the provider or server lists")
    if isinstance(error, dspy.LMRateLimitError):
        return message("wait a while and check again")
    if isinstance(error, (dspy.LMTransportError, dspy.LMTimeoutError, dspy.LMServerError)):
        where = advice(python="api_base=", command="--api-base")
        return message(
            "check that its server runs and that its address ({where} or OPENAI_API_BASE) is right", where=where
        )
    return message("check the model's name, its address and its settings")


def _ask(lm: dspy.BaseLM, item: str, alternatives: int = _ALTERNATIVES, **settings: Any) -> Response:
    messages = [{"role": "system", "content": _RUBRIC}, {"role": "user", "content": item}]
    response: Response = exchange(Exchange(lm, messages, settings, top_logprobs=alternatives))
    return response


def _timed(lm: dspy.BaseLM, item: str) -> tuple[Response, float]:
    started = time.perf_counter()
    return _ask(lm, item), time.perf_counter() - started


def _throughput(lm: dspy.BaseLM) -> float:
    """Calls a second with eight in flight, each with an item of its own."""
    items = [f"Ticket {number}. {_ITEM}" for number in range(_IN_FLIGHT)]
    started = time.perf_counter()
    with ThreadPoolExecutor(_IN_FLIGHT) as pool:
        list(pool.map(partial(_ask, lm), items))
    return _IN_FLIGHT / (time.perf_counter() - started)


def _score_token(response: Response) -> TokenAlternatives | None:
    """The first token that is a number, or else the first of all."""
    tokens = token_alternatives(response)
    return next((token for token in tokens if token.token.strip().isdigit()), tokens[0] if tokens else None)


def _largest_difference(first: Response, second: Response) -> float:
    """Up to where the two say something different: after that they are in answer to different things."""
    differences = []
    for one, other in zip(token_alternatives(first), token_alternatives(second), strict=False):
        known = dict(one.top)
        differences += [abs(known[text] - value) for text, value in other.top if text in known]
        if one.token != other.token:
            break
    return max(differences, default=math.nan)


def _keeps_to_a_schema(lm: dspy.BaseLM) -> bool:
    schema = {"type": "json_schema", "json_schema": {"name": "verdict", "schema": _SCHEMA, "strict": True}}
    try:
        text = _ask(lm, _ITEM, 0, response_format=OurFormat(schema), max_tokens=OurDefault(_OBJECT)).text
        answer = json.loads(text or "")
    except (dspy.LMError, ItemRefusedError, ValueError):
        return False
    return isinstance(answer, dict) and set(answer) == {"score"} and answer["score"] in {1, 2, 3, 4, 5}


def _guided_by(lm: dspy.BaseLM) -> tuple[str, ...] | None:
    """Held to an answer that nobody would give, it gives that answer if the setting does anything."""
    engine = getattr(lm, "engine", None)
    if isinstance(engine, GGUFEngine):
        offered: tuple[str, ...] = ("grammar",)
    elif isinstance(engine, OpenAICompatibleEngine):
        offered = tuple(_GUIDES)
    else:
        return None
    honoured = []
    for name in offered:
        try:
            text = _ask(lm, _ITEM, 0, **{name: _GUIDES[name]}).text
        except (dspy.LMError, ItemRefusedError):
            continue
        if (text or "").strip() == _UNLIKELY:
            honoured.append(name)
    return tuple(honoured)


def _per_thousand(lm: dspy.BaseLM) -> float | None:
    one = list_price(lm, prompt_tokens=1000, answer_tokens=4)
    return None if one is None else 1000 * one
