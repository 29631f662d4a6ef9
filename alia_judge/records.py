"""The nouns every layer shares: what is rated (`Item`, `Scale`), by people (`Rating`) and by a judge (`Verdict`)."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import orjson
from numpy.typing import NDArray

__all__ = [
    "Configuration",
    "Item",
    "Judgments",
    "Rating",
    "Scale",
    "ScaleKind",
    "Turn",
    "Unscored",
    "Usage",
    "Verdict",
]

ScaleKind = Literal["ordinal", "binary", "nominal", "continuous", "pairwise"]
_KINDS: tuple[ScaleKind, ...] = ("ordinal", "binary", "nominal", "continuous", "pairwise")

#: Why a judge gave no score. A failure is a reason, never a number.
Unscored = Literal[
    "empty",  # no text at all
    "truncated",  # stopped by the token limit before a score
    "refusal",  # the model declined to judge
    "no_score",  # text without a score in it
    "ambiguous",  # several different scores
    "off_scale",  # a number that the scale does not hold
    "content_filter",  # the provider withheld the answer
    "context_too_long",  # the prompt does not fit the model
    "error",  # the call failed for good; `Verdict.detail` says how
    "missing",  # a recorded source has no verdict for this item
]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The values a rating may take.

    Parameters
    ----------
    kind
        ``"ordinal"`` and ``"binary"`` have ordered `points`; ``"nominal"`` has unordered ones; ``"continuous"`` is the
        interval [`low`, `high`]; ``"pairwise"`` is a preference: -1 (the first of the pair), 0 (a tie), 1 (the second).
    points
        The numbers ratings are stored as, ascending. Nominal labels are coded 0..K-1 in the order of `labels`.
    labels
        The user's words for the points, one each; empty where the numbers speak for themselves.
    low, high
        Ends of a continuous scale; of the others, the first and last point.
    reverse
        True where a higher rating is worse. Values are stored as given; `oriented` turns them round.

    Raises
    ------
    ValueError
        If the points are not ascending and finite, or do not fit the kind.

    Examples
    --------
    >>> likert = Scale.ordinal(1, 5)
    >>> likert.points
    (1.0, 2.0, 3.0, 4.0, 5.0)
    >>> likert.contains(6)
    False
    >>> Scale.nominal(["No", "Partially", "Yes"]).parse("Yes")
    2.0
    """

    kind: ScaleKind
    points: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    low: float = math.nan
    high: float = math.nan
    reverse: bool = False

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ValueError(f"scale kind must be one of {', '.join(_KINDS)}, got {self.kind!r}")
        if self.kind == "continuous":
            if self.points or self.labels:
                raise ValueError("a continuous scale has low and high, not points or labels")
            if not self.low < self.high:
                raise ValueError(f"a continuous scale needs low < high, got {self.low} and {self.high}")
            return
        object.__setattr__(self, "points", tuple(float(point) for point in self.points))
        if len(self.points) < 2:
            raise ValueError(f"a scale needs at least 2 points, got {len(self.points)}")
        if not all(a < b for a, b in zip(self.points, self.points[1:], strict=False)):
            raise ValueError(f"scale points must be ascending, got {self.points}")
        if self.labels and len(self.labels) != len(self.points):
            raise ValueError(f"labels must be one for each of the {len(self.points)} points, got {len(self.labels)}")
        if self.kind == "binary" and len(self.points) != 2:
            raise ValueError(f"a binary scale has 2 points, got {len(self.points)}")
        object.__setattr__(self, "low", self.points[0])
        object.__setattr__(self, "high", self.points[-1])

    @classmethod
    def ordinal(cls, low: int, high: int, *, labels: Sequence[str] = (), reverse: bool = False) -> Scale:
        """Whole points from `low` to `high`."""
        points = tuple(float(point) for point in range(low, high + 1))
        return cls(kind="ordinal", points=points, labels=tuple(labels), reverse=reverse)

    @classmethod
    def binary(cls, labels: Sequence[str] = ("no", "yes")) -> Scale:
        """0 and 1, with the user's words for them."""
        return cls(kind="binary", points=(0.0, 1.0), labels=tuple(labels))

    @classmethod
    def nominal(cls, labels: Sequence[str]) -> Scale:
        """Unordered labels, coded 0..K-1 in the order given."""
        return cls(kind="nominal", points=tuple(float(code) for code in range(len(labels))), labels=tuple(labels))

    @classmethod
    def continuous(cls, low: float, high: float, *, reverse: bool = False) -> Scale:
        """Any number from `low` to `high`."""
        return cls(kind="continuous", low=float(low), high=float(high), reverse=reverse)

    @classmethod
    def pairwise(cls, *, ties: bool = True) -> Scale:
        """A preference between two: -1 the first, 0 a tie, 1 the second."""
        if ties:
            return cls(kind="pairwise", points=(-1.0, 0.0, 1.0), labels=("first", "tie", "second"))
        return cls(kind="pairwise", points=(-1.0, 1.0), labels=("first", "second"))

    @property
    def ordered(self) -> bool:
        """Whether a higher value means more (everything but nominal)."""
        return self.kind != "nominal"

    @property
    def level(self) -> Literal["nominal", "ordinal", "interval"]:
        """Measurement level that agreement statistics should use."""
        if self.kind in ("nominal", "binary"):
            return "nominal"
        return "interval" if self.kind == "continuous" else "ordinal"

    def contains(self, value: float) -> bool:
        """Whether `value` is on the scale."""
        if self.kind == "continuous":
            return self.low <= value <= self.high
        return value in self.points

    def parse(self, text: str | float) -> float | None:
        """The number `text` stands for, by label (whatever its case) or as a numeral; None if off the scale."""
        if isinstance(text, str):
            word = text.strip().casefold()
            for point, label in zip(self.points, self.labels, strict=False):
                if label.casefold() == word:
                    return point
            if self.kind == "nominal":
                return None
            try:
                text = float(word)
            except ValueError:
                return None
        return float(text) if self.contains(float(text)) else None

    def label(self, value: float) -> str:
        """The user's word for a point, or its shortest numeral."""
        if self.labels and value in self.points:
            return self.labels[self.points.index(value)]
        return f"{value:g}"

    def oriented(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """`values` with higher meaning better: mirrored within the scale where `reverse` is set."""
        return self.low + self.high - values if self.reverse else values

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        result: dict[str, Any] = {"kind": self.kind}
        if self.kind == "continuous":
            result |= {"low": self.low, "high": self.high}
        else:
            result |= {"points": list(self.points), "labels": list(self.labels)}
        result["reverse"] = self.reverse
        return result

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scale:
        """The inverse of `to_dict`."""
        return cls(
            kind=data["kind"],
            points=tuple(data.get("points", ())),
            labels=tuple(data.get("labels", ())),
            low=data.get("low", math.nan),
            high=data.get("high", math.nan),
            reverse=data.get("reverse", False),
        )


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One turn of a conversation: who spoke (``"user"``, ``"assistant"``, ``"tool"``, a name), and what was said."""

    role: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """What people and judges look at: a response to a prompt, with where it comes from.

    Parameters
    ----------
    item_id
        Unique within a set of ratings.
    prompt, response, context, reference
        The texts. They are data: never executed, never a path, fenced before any model sees them. In a pairwise set
        `response` is the first of the pair and `response_b` the second.
    turns
        The conversation before `response`, its last reply. `from_messages` makes both of a list of messages.
    trace
        What tools were called with, and gave, before the response.
    responses
        The candidates of a list to be ranked; `response` is then empty.
    group
        What the item shares with others (a document, a conversation): groups never straddle a split, and intervals
        resample groups.
    system
        Who wrote the response.
    language
        BCP 47 tag of the response's declared language (``"eu"``).
    extra
        Any further columns, by name.
    """

    item_id: str
    prompt: str = ""
    response: str = ""
    context: str | None = None
    reference: str | None = None
    response_b: str | None = None
    turns: tuple[Turn, ...] = ()
    trace: str | None = None
    responses: tuple[str, ...] = ()
    group: str | None = None
    system: str | None = None
    language: str | None = None
    extra: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def from_messages(cls, item_id: str, messages: Sequence[Mapping[str, Any]], **fields: Any) -> Item:
        """An item of a conversation in OpenAI's shape: the last message is the response, those before it its turns.

        Parameters
        ----------
        item_id
            Unique within a set.
        messages
            Mappings with ``role`` and ``content`` (text, or a list of parts of which the texts are read); calls of
            tools are written out after it.
        **fields
            Any other field of an item.

        Raises
        ------
        ValueError
            If there is no message, one has no role, or the last is not the assistant's.

        Examples
        --------
        >>> said = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
        >>> item = Item.from_messages("a", said)
        >>> item.turns, item.response
        ((Turn(role='user', text='Hi'),), 'Hello')
        """
        turns = tuple(_turn(message) for message in messages)
        if not turns or turns[-1].role != "assistant":
            found = "no message" if not turns else f"a message of {turns[-1].role!r}"
            raise ValueError(f"a conversation to judge ends with a message of 'assistant', got {found}")
        return cls(item_id=item_id, turns=turns[:-1], response=turns[-1].text, **fields)

    def fields(self) -> dict[str, Any]:
        """What a judge, or a demonstration, is given of it, by field, as JSON; only what there is."""
        named: dict[str, Any] = {
            "context": self.context,
            "reference": self.reference,
            "prompt": self.prompt or None,
            "turns": [{"role": turn.role, "text": turn.text} for turn in self.turns] or None,
            "trace": self.trace,
            "response": self.response if self.response or not self.responses else None,
            "response_b": self.response_b,
            "responses": list(self.responses) or None,
        }
        return {name: value for name, value in named.items() if value is not None}

    @classmethod
    def from_fields(cls, item_id: str, fields: Mapping[str, Any]) -> Item:
        """The inverse of `fields`, but for what a judge is not given; a field of None is absent."""
        given = {name: value for name, value in fields.items() if value is not None}
        turns = tuple(turn if isinstance(turn, Turn) else _turn(turn) for turn in given.pop("turns", ()))
        return cls(item_id=item_id, turns=turns, responses=tuple(given.pop("responses", ())), **given)

    def texts(self) -> dict[str, str]:
        """The texts a judge sees, by field; only those there are. Turns and candidates are numbered."""
        named = {"context": self.context, "reference": self.reference, "prompt": self.prompt or None}
        for number, turn in enumerate(self.turns, 1):
            named[f"turn {number} ({turn.role})"] = turn.text
        named |= {"trace": self.trace, "response": self.response, "response_b": self.response_b}
        for number, text in enumerate(self.responses, 1):
            named[f"response {number}"] = text
        return {name: text for name, text in named.items() if text is not None}

    def digest(self) -> str:
        """SHA-256 of the texts a judge sees: the item's part of a verdict's cache key.

        Of ``json.dumps(item.texts(), sort_keys=True, ensure_ascii=False)``, written out here: where verdicts are read
        from a store, the general encoder takes longer than all the rest.
        """
        texts = self.texts()
        members = b", ".join([b"%s: %s" % (_quoted(name), _quoted(texts[name])) for name in sorted(texts)])
        return hashlib.sha256(b"{%s}" % members).hexdigest()


def _quoted(text: str) -> bytes:
    """A JSON string in UTF-8."""
    try:
        return orjson.dumps(text)
    except TypeError:  # half of a surrogate pair, which a text cut short may end on, and UTF-8 cannot carry
        return json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _turn(message: Mapping[str, Any]) -> Turn:
    role, content = message.get("role"), message.get("content", message.get("text"))
    if not isinstance(role, str) or not role:
        raise ValueError(f"a message needs a role, got {role!r}")
    if isinstance(content, str) or content is None:
        said = [content or ""]
    else:
        said = [str(part.get("text") or "") for part in content if isinstance(part, Mapping)]
    for call in message.get("tool_calls") or ():
        function = call.get("function") or call
        arguments = function.get("arguments", "")
        written = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
        said.append(f"{function.get('name', 'tool')}({written})")
    return Turn(role=role, text="\n".join(filter(None, said)))


@dataclass(frozen=True, kw_only=True)
class Rating:
    """One value one person gave one item on one criterion.

    `annotator_id` is None where the data do not say who it was (a list position is no identity).
    """

    item_id: str
    criterion: str
    value: float
    annotator_id: str | None = None
    comment: str | None = None


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What one LM call consumed. Costs are US dollars as the provider's price list gives them; None where unknown."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cost: float | None = None
    seconds: float = 0.0

    @classmethod
    def total(cls, usages: Iterable[Usage]) -> Usage:
        """What several calls consumed together; the cost is unknown where one of theirs is."""
        spent = list(usages)
        costs = [usage.cost for usage in spent]
        return cls(
            prompt_tokens=sum(usage.prompt_tokens for usage in spent),
            completion_tokens=sum(usage.completion_tokens for usage in spent),
            cached_tokens=sum(usage.cached_tokens for usage in spent),
            cost=None if None in costs else math.fsum(cost for cost in costs if cost is not None),
            seconds=sum(usage.seconds for usage in spent),
        )


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a judge said of one item: a score, or unscored with a reason. Never both, never neither.

    Parameters
    ----------
    score
        The judge's score after its readout; None if unscored.
    unscored
        Why there is no score; None if there is one.
    detail
        More on the reason, for people.
    parsed
        The score the model wrote, before any readout; None if it wrote none.
    probabilities
        Probability of each scale point, normalised over the scale (they sum to 1); None where the model gave no
        log-probabilities.
    mass
        Share of the model's probability that fell on the scale before normalising: low means that the model was
        about to say something else.
    method
        ``"logprobs"`` if the score is read from log-probabilities, ``"text"`` if from the written answer, or
        ``"recorded"``.
    text
        What the model wrote, as it wrote it.
    parts
        Verdicts that one answer gave besides: of each criterion, of each question, of each candidate. They have no
        usage of their own.
    """

    score: float | None = None
    unscored: Unscored | None = None
    detail: str | None = None
    parsed: float | None = None
    probabilities: tuple[float, ...] | None = None
    mass: float | None = None
    method: Literal["logprobs", "text", "recorded"] = "text"
    text: str = ""
    usage: Usage = field(default_factory=Usage)
    parts: Mapping[str, Verdict] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if (self.score is None) == (self.unscored is None):
            raise ValueError("a verdict has either a score or a reason why it is unscored")

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        from dataclasses import asdict

        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Verdict:
        """The inverse of `to_dict`."""
        fields = dict(data)
        if fields.get("probabilities") is not None:
            fields["probabilities"] = tuple(fields["probabilities"])
        fields["usage"] = Usage(**fields.get("usage", {}))
        fields["parts"] = {name: cls.from_dict(part) for name, part in fields.get("parts", {}).items()}
        return cls(**fields)


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """One way to judge, as JSON parameters only (model, rubric, language, style, demonstrations, readout ...).

    `key` is a digest of the parameters: two configurations with the same parameters are the same one.
    """

    parameters: Mapping[str, Any]
    name: str = ""

    @cached_property  # a store asks for it with every verdict, and a rubric with demonstrations is long
    def key(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the canonical JSON of the parameters."""
        text = json.dumps(dict(self.parameters), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Configuration) and self.key == other.key


@dataclass(frozen=True, kw_only=True, eq=False)
class Judgments:
    """Raw verdicts of one configuration on some items, as arrays: what readouts and the search work on.

    Parameters
    ----------
    item_ids
        The items, in the order asked for, shape (n,).
    probabilities
        Shape (n, K): probability of each scale point, rows summing to 1; a row of NaN where there is none.
    score
        Shape (n,): the parsed score, or the expected score where there is no parsed one; NaN is unscored.
    reasons
        Why an item is unscored, None where it is scored; length n.
    paid, replayed
        How many of these were new calls, and how many came from a store that had already paid for them.
    cost, seconds
        What they cost in US dollars and how long their calls took, in all, whoever paid; NaN where unknown.
    spent
        What the new ones among them cost in US dollars; NaN where nobody says.
    """

    item_ids: tuple[str, ...]
    probabilities: NDArray[np.float64]
    score: NDArray[np.float64]
    reasons: tuple[Unscored | None, ...]
    paid: int = 0
    replayed: int = 0
    cost: float = math.nan
    seconds: float = math.nan
    spent: float = math.nan

    @property
    def scored(self) -> NDArray[np.bool_]:
        """Which items have a score, shape (n,)."""
        return ~np.isnan(self.score)

    @property
    def coverage(self) -> float:
        """Share of the items that have a score; NaN for no items."""
        return float(self.scored.mean()) if len(self.item_ids) else math.nan
