"""`LearntFrom`: which items a judge learnt from, in digests and sketches, without a text or an id of them."""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from json.encoder import encode_basestring
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.errors import UsageError
from alia_judge.records import Item
from alia_judge.text.sketches import BITS, sketches

__all__ = ["NOWHERE", "Copies", "LearntFrom", "LearntSource", "Origin"]

#: What became of near-copies when items were dealt to splits: kept on one side, let part, or wherever explicit splits
#: put them.
Copies = Literal["together", "parted", "as given"]

#: Up to so many items a sketch has all its bits; the sketches of more share what these would take.
_WHOLE_SKETCHES = 10_000
_FEWEST_BITS = 128
_NOTHING = np.uint64(0)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where items come from, as far as it tells whether two sets of items may be compared by more than their texts.

    Parameters
    ----------
    benchmark, ratings
        Fingerprints; empty where there is none.
    copies
        What became of near-copies in that benchmark.
    """

    benchmark: str = ""
    ratings: str = ""
    copies: Copies = "as given"


#: Of items that nobody says anything of.
NOWHERE = Origin()


@dataclass(frozen=True, kw_only=True, eq=False)
class LearntSource:
    """The items of one place that something was learnt from.

    Each digest is eight bytes of a SHA-256 with a salt of this source; 0 stands for nothing. With the sketch, an item
    takes 400 bytes of JSON at most. Whoever has an id or a text can test whether it is among them; nobody can read one.

    Parameters
    ----------
    origin
        Where the items come from.
    salt
        Of the digests and sketches.
    ids, texts, asked, groups, prompts
        Shape (n,): of each item's id, of its response, of what that answers, of its group, and of its group with what
        it was asked.
    near
        Shape (n, w): sketches of the responses.
    """

    origin: Origin
    salt: str
    ids: NDArray[np.uint64]
    texts: NDArray[np.uint64]
    asked: NDArray[np.uint64]
    groups: NDArray[np.uint64]
    prompts: NDArray[np.uint64]
    near: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, items: Sequence[Item], origin: Origin) -> LearntSource:
        """The record of these items."""
        # The items decide the salt, so that the same search gives the same record; no two searches share one.
        seen = "\n".join([origin.benchmark, *sorted(f"{item.item_id} {item.digest()}" for item in items)])
        salt = hashlib.sha256(seen.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        made = cls._marked(items, origin, salt, _bits(len(items)))
        if len(np.unique(made.asked)) == 1 and len(np.unique(made.groups)) > 1:
            # An instruction that every group was given tells no group from another.
            return replace(made, prompts=np.zeros_like(made.prompts))
        return made

    def marks(self, items: Sequence[Item]) -> LearntSource:
        """What `items` would have been recorded as: comparable with this source, element by element."""
        return self._marked(items, self.origin, self.salt, self.near.shape[1] * 64)

    @classmethod
    def _marked(cls, items: Sequence[Item], origin: Origin, salt: str, bits: int) -> LearntSource:
        return cls(
            origin=origin,
            salt=salt,
            ids=_digests(salt, [("id", item.item_id) if item.item_id else None for item in items]),
            texts=_digests(salt, [_said(item) for item in items]),
            asked=_digests(salt, [_asked(item) for item in items]),
            groups=_digests(salt, [None if item.group is None else ("group", item.group) for item in items]),
            prompts=_digests(salt, [_prompt_of(item) for item in items]),
            near=sketches([item.response for item in items], salt=salt, bits=bits),
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON form: numbers as base64 of their bytes, least significant first."""
        return {
            "benchmark": self.origin.benchmark,
            "ratings": self.origin.ratings,
            "copies": self.origin.copies,
            "salt": self.salt,
            "items": len(self),
            "bits": self.near.shape[1] * 64,
            **{name: _packed(getattr(self, name)) for name in (*_DIGESTS, "near")},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> LearntSource:
        """The inverse of `to_dict`.

        Raises
        ------
        UsageError
            If the record does not hold together.
        """
        wanted = ("benchmark", "ratings", "copies", "salt", "items", "bits", *_DIGESTS, "near")
        if lacking := [name for name in wanted if name not in data]:
            raise UsageError(message("a record of what was learnt from lacks {lacking}", lacking=", ".join(lacking)))
        n, words = int(data["items"]), int(data["bits"]) // 64
        copies = data["copies"]
        if copies not in ("together", "parted", "as given") or n < 0 or words < 1:
            raise UsageError(message("a record of what was learnt from that does not hold together"))
        return cls(
            origin=Origin(benchmark=str(data["benchmark"]), ratings=str(data["ratings"]), copies=copies),
            salt=str(data["salt"]),
            near=_unpacked(data["near"], n * words).reshape(n, words),
            **{name: _unpacked(data[name], n) for name in _DIGESTS},
        )


_DIGESTS = ("ids", "texts", "asked", "groups", "prompts")


@dataclass(frozen=True, kw_only=True, eq=False)
class LearntFrom(Record):
    """What a judge, a search or a readout learnt from.

    Parameters
    ----------
    sources
        One for each place that items came from; none where nothing was learnt.

    Examples
    --------
    >>> record = LearntFrom.items_of([Item(item_id="a", response="Reinicie el router.")])
    >>> len(record), "router" in str(record.to_dict())
    (1, False)
    """

    schema = "alia-judge/learnt-from/1"

    sources: tuple[LearntSource, ...] = ()

    def __len__(self) -> int:
        return sum(map(len, self.sources))

    @classmethod
    def items_of(cls, items: Sequence[Item], origin: Origin = NOWHERE) -> LearntFrom:
        """That these items were learnt from; nothing where there are none."""
        return cls(sources=(LearntSource.of(items, origin),) if items else ())

    def and_items(self, items: Sequence[Item]) -> LearntFrom:
        """The record with those of `items` whose texts it does not have yet."""
        known = np.zeros(len(items), dtype=np.bool_)
        for source in self.sources:
            known |= np.isin(source.marks(items).texts, source.texts)
        new = [item for item, there in zip(items, known, strict=True) if not there]
        return LearntFrom(sources=(*self.sources, *LearntFrom.items_of(new).sources))

    @classmethod
    def all_of(cls, records: Sequence[LearntFrom | None]) -> LearntFrom | None:
        """What all of them learnt from; None, not known, where it is not known of one."""
        if any(record is None for record in records):
            return None
        # Judges of one search have the record of that search in common.
        sources = {source.salt: source for record in records if record is not None for source in record.sources}
        return cls(sources=tuple(sources.values()))


def _prompt_of(item: Item) -> tuple[str, ...] | None:
    asked = _asked(item)
    return None if item.group is None or asked is None else ("prompt", item.group, *asked[1:])


def _asked(item: Item) -> tuple[str, ...] | None:
    """What an item's group was asked, or is about; None where nothing is known."""
    first = item.turns[0].text if item.turns else ""
    parts = tuple(_plain(text or "") for text in (item.prompt, first, item.context))
    return ("asked", *parts) if any(parts) else None


def _said(item: Item) -> tuple[str, ...] | None:
    """The response, or the responses; what they answer, where there is none; None where an item has no text."""
    parts = tuple(_plain(text or "") for text in (item.response, item.response_b, *item.responses))
    return ("said", *parts) if any(parts) else _asked(item)


def _plain(text: str) -> str:
    """Without what a program that passes a text on may change of it: how accents are written, and white space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _digests(salt: str, parts: Sequence[tuple[str, ...] | None]) -> NDArray[np.uint64]:
    return np.array([_NOTHING if part is None else _digest(salt, part) for part in parts], dtype=np.uint64)


def _digest(salt: str, parts: tuple[str, ...]) -> int:
    # As ``json.dumps`` of the list, in a third of the time.
    text = f"[{', '.join(map(encode_basestring, (salt, *parts)))}]"
    # Never 0, which stands for nothing.
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big") or 1


def _bits(n: int) -> int:
    """How long the sketches of n items are, a multiple of 64."""
    share = BITS * _WHOLE_SKETCHES // max(n, _WHOLE_SKETCHES)
    return max(share - share % 64, _FEWEST_BITS)


def _packed(values: NDArray[np.uint64]) -> str:
    return base64.b64encode(values.astype("<u8").tobytes()).decode()


def _unpacked(text: str, n: int) -> NDArray[np.uint64]:
    raw = base64.b64decode(text, validate=True)
    if len(raw) != 8 * n:
        raise UsageError(
            message("a record of {n} values in {got} bytes that holds {n_raw}", n=n, got=8 * n, n_raw=len(raw))
        )
    return np.frombuffer(raw, dtype="<u8").astype(np.uint64)
