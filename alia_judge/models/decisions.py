"""Decision models: they answer typed questions with a probability for each option, in one pass, and write nothing.

Two protocols are spoken here, as the servers' own sources speak them: System One (``POST /v1/systemone``: TypeSafe's
service, gemmadecision's server) and AnyJev's gateway (``POST /v1/decide``). Any other client that DSPy asks decisions
of (``supports_decision_requests``) is taken as it is.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import dspy
import orjson
from dspy import (
    LMAuthError,
    LMInvalidRequestError,
    LMProviderError,
    LMRateLimitError,
    LMServerError,
    lm15,
)

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.models.background import wait_for
from alia_judge.models.connections import Connections, proxy_for, public_address
from alia_judge.models.dspy_internals import error_boundary
from alia_judge.models.error_body import read_error
from alia_judge.models.waiting import asked_wait

__all__ = ["PROVIDERS", "Decided", "DecisionClient", "DecisionLM", "is_decision_model", "named_decision_model"]

Protocol = Literal["systemone", "decide"]


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A kind of server of decision models.

    Parameters
    ----------
    protocol
        What it speaks.
    key_variable
        The environment variable with its key.
    address
        Where it is, if neither the user nor the environment says so.
    """

    protocol: Protocol
    key_variable: str
    address: str


#: By the prefix of a model's name: ``"typesafe/jev-latest"``.
PROVIDERS: Mapping[str, Provider] = {
    "typesafe": Provider(protocol="systemone", key_variable="TYPESAFE_API_KEY", address="https://api.typesafe.ai"),
    "gemmadecision": Provider(
        protocol="systemone", key_variable="GEMMADECISION_API_KEY", address="http://127.0.0.1:8700"
    ),
    "anyjev": Provider(protocol="decide", key_variable="ANYJEV_API_KEY", address="http://127.0.0.1:8100"),
}


#: What a refusal is, by its status: the exact ones, then from a status on.
_EXACTLY = {401: LMAuthError, 403: LMAuthError, 429: LMRateLimitError}
_REFUSALS = ((500, LMServerError),)


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What a decision model answered.

    Parameters
    ----------
    probabilities
        For each question, the probability of each option in the order in which they were asked; of a question of yes
        and no (``noul``), of no and of yes.
    prompt_tokens, completion_tokens
        As the server counts them; 0 where it does not.
    """

    probabilities: Mapping[str, tuple[float, ...]]
    prompt_tokens: int = 0
    completion_tokens: int = 0


class DecisionLM(dspy.BaseLM):  # type: ignore[misc]
    """A decision model behind a server, called with a state and questions as DSPy calls its decision clients.

    Parameters
    ----------
    model
        ``"typesafe/NAME"``, ``"gemmadecision/NAME"`` or ``"anyjev/NAME"``.
    api_base
        The server's address, without the path; None takes the environment's (``TYPESAFE_BASE_URL``, ...), the
        provider's own, or the usual one on this machine.
    api_key
        Sent as bearer token; None reads the provider's environment variable. No state, log or error holds it.
    timeout
        Seconds to wait for the next byte.
    """

    supports_decision_requests = True

    def __init__(
        self,
        model: str,
        *,
        api_base: str | None = None,
        api_key: str | None = None,
        timeout: float = 60.0,
        **kwargs: Any,
    ) -> None:
        prefix, _, name = model.partition("/")
        provider = PROVIDERS.get(prefix)
        if provider is None or not name:
            raise UsageError(
                message(
                    "model {model!r}: expected {providers}",
                    model=model,
                    providers=", ".join(f"{one}/NAME" for one in PROVIDERS),
                )
            )
        if refused := sorted(set(kwargs) - {"cache", "num_retries", "temperature"}):
            raise UsageError(message("a decision model takes no {refused}; leave them out", refused=", ".join(refused)))
        super().__init__(model, cache=False, num_retries=0)
        self.kwargs: dict[str, Any] = {}
        self.provider = provider
        variables = (f"{prefix.upper()}_API_BASE", f"{prefix.upper()}_BASE_URL")
        address = next(filter(None, (api_base, *map(os.environ.get, variables))), None) or provider.address
        self.address = address.rstrip("/").removesuffix("/v1")
        self.timeout = timeout
        self._api_key = api_key
        self._connections = Connections(proxy=proxy_for(self.address), timeout=timeout)

    def __call__(self, state: Any, questions: Mapping[str, Any]) -> dict[str, Any]:
        """Answers by question, in System One's shape."""
        return wait_for(self.acall(state, questions))

    async def acall(self, state: Any, questions: Mapping[str, Any]) -> dict[str, Any]:
        """`__call__` without blocking the event loop."""
        answers, _ = await self._asked(state, questions)
        return answers

    async def decide(self, state: str, questions: Mapping[str, Any]) -> Decided:
        """The probability of each option of each question.

        Parameters
        ----------
        state
            What the questions are about.
        questions
            By name, in System One's shape: ``type`` (``"noul"``, ``"score"``, ``"choice"``), ``instructions``, and
            ``criteria`` (levels from the lowest, or descriptions by label).

        Raises
        ------
        dspy.LMError
            If the call failed, or the answer has no distribution over the options.
        """
        answers, usage = await self._asked(state, questions)
        return Decided(
            probabilities={
                name: _distribution(name, question, answers, self.model) for name, question in questions.items()
            },
            prompt_tokens=int(usage.get("input_tokens") or 0),
            completion_tokens=int(usage.get("output_tokens") or 0),
        )

    def dump_state(self) -> dict[str, Any]:
        """The model, the server's address and its limit; never the key."""
        return {"model": self.model, "api_base": public_address(self.address), "timeout": self.timeout}

    def __deepcopy__(self, memo: dict[int, Any]) -> DecisionLM:
        return self  # connections are shared: DSPy copies modules deeply, LMs included

    async def aclose(self) -> None:
        """Close this event loop's connections; the next call opens new ones."""
        await self._connections.aclose()

    async def _asked(self, state: Any, questions: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        name = self.model.partition("/")[2]
        with error_boundary(self.model, unexpected=True):
            if self.provider.protocol == "systemone":
                reply = await self._post("/v1/systemone", {"state": state, "questions": questions, "model": name})
                return _answers(reply, self.model), dict(reply.get("usage") or {})
            items = [_as_item(state, question) for question in questions.values()]
            reply = await self._post("/v1/decide", {"items": items})
            decisions = reply.get("decisions")
            if not isinstance(decisions, list) or len(decisions) != len(items):
                raise LMProviderError(message("the gateway did not answer every question"), model=self.model)
            asked = zip(questions.items(), decisions, strict=True)
            return {name: _as_answer(question, said) for (name, question), said in asked}, {}

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        key = self._api_key or os.environ.get(self.provider.key_variable)
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
        reply = await self._connections.post(self.address + path, orjson.dumps(body), headers)
        if reply.status != 200:
            kind = next((kind for status, kind in _REFUSALS if reply.status >= status), LMInvalidRequestError)
            words = read_error(reply.body).message
            raise (_EXACTLY.get(reply.status) or kind)(
                message=f"{public_address(self.address)}: {reply.status} {words}",
                model=self.model,
                status=reply.status,
                retry_after=asked_wait(reply.headers, reply.body, words),
            )
        said = reply.body.decode("utf-8", "replace")
        try:
            read = json.loads(said)
        except ValueError as error:
            raise lm15.TransportError(message("the answer is no JSON: {said}", said=said[:200])) from error
        if not isinstance(read, dict):
            raise lm15.TransportError(message("the answer is no object: {said}", said=said[:200]))
        return read


def named_decision_model(name: str) -> bool:
    """Whether a model's name is a decision model's."""
    return name.partition("/")[0] in PROVIDERS


def is_decision_model(lm: Any) -> bool:
    """Whether `lm` answers typed questions, and is not to be sent a prompt."""
    return getattr(lm, "supports_decision_requests", False) is True


class DecisionClient(dspy.BaseLM):  # type: ignore[misc]
    """Somebody else's client of a decision model, such as `dspy.experimental.TypeSafe`, as `DecisionLM` is called.

    Parameters
    ----------
    client
        Called with a state and questions; its ``acall`` is used where it has one.
    """

    supports_decision_requests = True

    def __init__(self, client: Any) -> None:
        super().__init__(str(getattr(client, "model", type(client).__qualname__)), cache=False, num_retries=0)
        self.kwargs: dict[str, Any] = {}
        self.client = client

    async def decide(self, state: str, questions: Mapping[str, Any]) -> Decided:
        """As `DecisionLM.decide`."""
        acall = getattr(self.client, "acall", None)
        with error_boundary(self.model, unexpected=True):
            if acall is None:
                answers = await asyncio.to_thread(self.client, state, dict(questions))
            else:
                answers = await acall(state, dict(questions))
        return Decided(
            probabilities={
                name: _distribution(name, question, answers, self.model) for name, question in questions.items()
            }
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> DecisionClient:
        return self


def _as_item(state: Any, question: Mapping[str, Any]) -> dict[str, Any]:
    """A question as AnyJev's gateway takes it: options are what is shown, and what the probabilities are keyed by."""
    kind, text = question["type"], str(question["instructions"])
    if kind == "noul":
        meant = [f"{name}: {words}" for name, words in (question.get("criteria") or {}).items() if words]
        return {"state": str(state), "question": "\n".join([text, *meant]), "kind": "yes_no"}
    return {"state": str(state), "question": text, "options": list(_options(question).values()), "kind": kind}


def _as_answer(question: Mapping[str, Any], said: Any) -> dict[str, Any]:
    """What AnyJev's gateway answered, in System One's shape."""
    held = (said.get("probs") if isinstance(said, Mapping) else None) or {}
    if question["type"] == "noul":
        return {"type": "noul", "noul": held.get("Yes")}
    return {
        "type": question["type"],
        "probabilities": {key: held[option] for key, option in _options(question).items() if option in held},
    }


def _options(question: Mapping[str, Any]) -> dict[str, str]:
    """What AnyJev's gateway is shown for each option of a score or a choice, by its key in System One's answers."""
    criteria = question["criteria"]
    if question["type"] == "score":
        return {str(number): str(level) for number, level in enumerate(criteria)}
    return {str(label): f"{label}: {words}" if words else str(label) for label, words in criteria.items()}


def _answers(reply: Mapping[str, Any], model: str) -> dict[str, Any]:
    answers = reply.get("answers")
    if not isinstance(answers, dict):
        raise LMProviderError(message("the answer holds no answers"), model=model)
    return answers


def _distribution(name: str, question: Mapping[str, Any], answers: Mapping[str, Any], model: str) -> tuple[float, ...]:
    """One answer as probabilities in the order of the question's options."""
    answer = answers.get(name)
    if not isinstance(answer, Mapping):
        raise LMProviderError(message("the question {name!r} was not answered", name=name), model=model)
    if question["type"] == "noul":
        yes = answer.get("noul")
        found: list[Any] = [1.0 - yes, yes] if isinstance(yes, (int, float)) else []
    else:
        held = {str(key): value for key, value in (answer.get("probabilities") or {}).items()}
        found = [held.get(key) for key in _options(question)]
    shares = [float(value) for value in found if isinstance(value, (int, float)) and -1e-6 <= value <= 1.0 + 1e-6]
    if not shares or len(shares) != len(found) or not math.isclose(math.fsum(shares), 1.0, abs_tol=0.02):
        raise LMProviderError(
            message(
                "the answer to {name!r} is no distribution over its options: {answer}",
                name=name,
                answer=str(dict(answer))[:200],
            ),
            model=model,
        )
    total = math.fsum(shares)
    return tuple(max(share, 0.0) / total for share in shares)
