"""`Embeddings`: unit vectors of texts by an embedding model, several texts a call and no event loop held up."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import dspy
import numpy as np
from numpy.typing import NDArray

from alia_judge.models.dspy_internals import error_boundary

__all__ = ["Embeddings"]

Floats = NDArray[np.float64]

#: Vectors kept: a bulk run asks about an item once, but its retries, an evaluation and a probe may ask again.
_KEPT = 4096


class Embeddings:
    """What an embedding model makes of texts.

    Parameters
    ----------
    model
        A name that LiteLLM knows, ``PROVIDER/MODEL``.
    """

    def __init__(self, model: str) -> None:
        self._model = model
        # DSPy's own cache lies on disk and knows no addresses: another server of that name would be answered for.
        self._embed = dspy.Embedder(model, caching=False)
        self._known: OrderedDict[str, Floats] = OrderedDict()
        self._lock = threading.Lock()
        self._gathering: WeakKeyDictionary[asyncio.AbstractEventLoop, _Batch] = WeakKeyDictionary()

    def vectors(self, texts: Sequence[str]) -> Floats:
        """A unit vector for each text, in order, shape (n, d).

        Raises
        ------
        dspy.LMError
            If the model could not be asked.
        """
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            with error_boundary(self._model, unexpected=True):
                made: Any = self._embed(missing)
                # An answer of fewer vectors, or of none that can be read, is a fault of the server like any other.
                fresh = dict(zip(missing, _unit(np.asarray(made, dtype=np.float64)), strict=True))
            found |= fresh
            with self._lock:
                self._known |= fresh
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
        return np.array([found[text] for text in texts])

    async def vector(self, text: str) -> Floats:
        """The unit vector of one text, without blocking the event loop.

        Texts that are asked about in the same turn of the loop go to the model in one call.
        """
        loop = asyncio.get_running_loop()
        batch = self._gathering.get(loop)
        if batch is None:
            batch = self._gathering[loop] = _Batch(self, loop)
        place = len(batch.texts)
        batch.texts.append(text)
        # Whoever gives up its wait must not take the others' call with it.
        vectors = await asyncio.shield(batch.answered)
        vector: Floats = vectors[place]
        return vector

    async def _answer(self, batch: _Batch, loop: asyncio.AbstractEventLoop) -> Floats:
        # Begun in the next turn of the loop, when all of this one have been added.
        del self._gathering[loop]
        return await asyncio.to_thread(self.vectors, batch.texts)


class _Batch:
    """Texts that go in one call."""

    def __init__(self, embeddings: Embeddings, loop: asyncio.AbstractEventLoop) -> None:
        self.texts: list[str] = []
        self.answered = loop.create_task(embeddings._answer(self, loop))


def _unit(vectors: NDArray[Any]) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = vectors / np.where(lengths == 0.0, 1.0, lengths)
    return unit
