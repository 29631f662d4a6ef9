from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
from scripted_lm import scripted_lm
from sklearn.feature_extraction.text import TfidfVectorizer

from alia_judge.errors import UsageError
from alia_judge.judging.demos.neighbours import NearestDemos, Neighbours
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.resolve import resolve_lm
from alia_judge.records import Item, Scale
from alia_judge.runner import RunOptions, run

POOL = [
    {"response": "The bill is wrong", "score": 1},
    {"response": "The line is down again", "score": 2},
    {"response": "My bill has doubled", "score": 3},
    {"response": "Gràcies per l'ajuda", "score": 4},
]


def _nearest(pool: list[dict[str, object]], response: str, **chosen: object) -> list[object]:
    index = NearestDemos(pool, Neighbours(**chosen))  # type: ignore[arg-type]
    return [demo["score"] for demo in index.nearest({"response": response})]


def test_the_likest_stands_last() -> None:
    assert _nearest(POOL, "Is my bill wrong?", k=2) == [3, 1]
    assert _nearest(POOL, "Is my bill wrong?", k=2, order="likest_first") == [1, 3]
    assert _nearest(POOL, "Is my bill wrong?", k=3, order="by_score") == [1, 2, 3]


def test_a_rare_word_in_a_short_text_weighs_most() -> None:
    pool = [{"response": "line line line fault"}, {"response": "line"}, {"response": "line and a rare word among many"}]
    index = NearestDemos(pool, Neighbours(k=1))
    assert index.nearest({"response": "line"}) == [pool[0]]  # it says so three times
    assert index.nearest({"response": "a rare line"}) == [pool[2]]


@pytest.mark.parametrize("likeness", ["bm25", "tfidf"])
def test_an_item_is_not_shown_its_own_score(likeness: str) -> None:
    nearest = _nearest(POOL, "The bill is wrong", k=4, likeness=likeness)
    assert sorted(nearest) == [2, 3, 4]  # type: ignore[type-var]


@pytest.mark.parametrize("likeness", ["bm25", "tfidf"])
def test_without_a_word_in_common_the_pool_goes_by_its_order(likeness: str) -> None:
    assert _nearest(POOL, "zzz", k=2, likeness=likeness) == [2, 1]


@pytest.mark.parametrize("likeness", ["bm25", "tfidf", "embedding:openai/none"])
def test_an_empty_pool_has_nothing_to_show(likeness: str) -> None:
    assert _nearest([], "x", k=3, likeness=likeness) == []


def test_tfidf_is_scikit_learns() -> None:
    words = np.random.default_rng(0).choice(["fault", "line", "bill", "router", "sí", "no"], size=(40, 9))
    texts = [" ".join(row) for row in words]
    vectors = TfidfVectorizer(token_pattern=r"\w+").fit(texts)
    pool = [{"response": text, "score": place} for place, text in enumerate(texts)]
    query = "the router and the bill, the bill"
    theirs = np.argsort(-(vectors.transform(texts) @ vectors.transform([query]).T).toarray().ravel(), kind="stable")
    assert _nearest(pool, query, k=10, likeness="tfidf", order="likest_first") == theirs[:10].tolist()


def test_balance_takes_each_score_in_turn() -> None:
    pool = [{"response": f"bill number {n}", "score": 5} for n in range(5)]
    pool += [{"response": "bill", "score": 1}, {"response": "line", "score": 1}, {"response": "bill line", "score": 3}]
    assert sorted(_nearest(pool, "bill number", k=4)) == [5, 5, 5, 5]  # type: ignore[type-var]
    assert sorted(_nearest(pool, "bill number", k=4, balanced=True)) == [1, 3, 5, 5]  # type: ignore[type-var]


class _Embeddings(BaseHTTPRequestHandler):
    calls = 0
    seconds = 0.0
    refused = 0  # calls yet to be answered with 429

    def do_POST(self) -> None:
        type(self).calls += 1
        time.sleep(self.seconds)
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.refused:
            type(self).refused -= 1
            self.send_error(429)
            return
        texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
        data = [
            {"object": "embedding", "index": n, "embedding": [float("bill" in text), float("line" in text), 0.1]}
            for n, text in enumerate(texts)
        ]
        body = json.dumps(
            {"object": "list", "model": "m", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        )
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def embeddings(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Embeddings]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Embeddings)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("OPENAI_API_BASE", f"http://127.0.0.1:{server.server_port}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    yield _Embeddings
    _Embeddings.seconds, _Embeddings.refused = 0.0, 0
    server.shutdown()
    server.server_close()


def test_an_embedding_model_says_what_is_alike(embeddings: type[_Embeddings]) -> None:
    index = NearestDemos(POOL, Neighbours(k=2, likeness="embedding:openai/test-embedding"))
    assert [demo["score"] for demo in index.nearest({"response": "another line"})][-1] == 2
    before = embeddings.calls
    index.nearest({"response": "another line"})
    assert embeddings.calls == before  # asked once


def embedded_judge(openai_server: Any, pool: list[dict[str, object]]) -> Judge:
    lm = resolve_lm("openai/judge", api_base=openai_server.base_url, api_key="none")
    rubric = Rubric(criterion="Help", scale=Scale.ordinal(1, 5))
    return Judge(rubric, lm, demos=pool, neighbours=Neighbours(k=1, likeness="embedding:openai/test-embedding"))


def test_a_bulk_run_embeds_items_together_and_holds_up_no_call(
    embeddings: type[_Embeddings], openai_server: Any
) -> None:
    """The embedding model takes its time, in which the calls that are already out are answered."""
    embeddings.seconds = 0.5
    openai_server.default("ok", delay=0.2)
    number = str(time.time_ns())  # DSPy keeps embeddings on disk: these are of texts it has never seen
    pool = [{**demo, "response": f"{demo['response']} {number}"} for demo in POOL]
    items = [Item(item_id=str(n), response=f"the line {n} {number} <<answer:{1 + n % 5}>>") for n in range(64)]
    before = embeddings.calls
    result = run(embedded_judge(openai_server, pool), items, options=RunOptions(concurrency=32, seed=0))
    assert [verdict.parsed for verdict in result.verdicts] == [float(1 + n % 5) for n in range(64)]
    calls = embeddings.calls - before
    assert 1 + 2 <= calls <= 24  # the pool, and the items in batches; one by one there would be 65
    assert openai_server.stats()["in_flight"] > 8
    # The demonstration is the one about the line.
    shown = openai_server.stats()["last"]["body"]["messages"]
    assert "The line is down again" in json.dumps(shown)


def test_an_embedding_model_that_pushes_back_is_asked_again(embeddings: type[_Embeddings], openai_server: Any) -> None:
    number = str(time.time_ns())
    pool = [{**demo, "response": f"{demo['response']} {number}"} for demo in POOL]
    embeddings.refused = 1
    items = [Item(item_id="a", response=f"the line {number} <<answer:3>>")]
    result = run(embedded_judge(openai_server, pool), items, options=RunOptions(seed=0, patience=60.0))
    assert result.verdicts[0].parsed == 3.0


def test_the_choice_is_part_of_the_configuration_and_a_plain_number_is_what_it_was() -> None:
    rubric = Rubric(criterion="Help", scale=Scale.ordinal(1, 5))
    judges = [
        Judge(rubric, scripted_lm("4"), demos=POOL, neighbours=chosen)
        for chosen in (
            2,
            Neighbours(k=2, likeness="tfidf"),
            Neighbours(k=2, order="by_score"),
            Neighbours(k=2, balanced=True),
        )
    ]
    assert judges[0].configuration().parameters["neighbours"] == 2
    assert len({judge.configuration().key for judge in judges}) == 4
    for judge in judges:
        state = json.loads(json.dumps(judge.dump_state()))
        assert Judge.from_state(state, judge.lm).configuration() == judge.configuration()


def test_a_choice_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 1, got 0"):
        Neighbours(k=0)
    with pytest.raises(UsageError, match="likeness must be bm25, tfidf or embedding:PROVIDER/MODEL, got 'jaccard'"):
        Neighbours(k=1, likeness="jaccard")
    with pytest.raises(UsageError, match="order must be one of likest_last"):
        Neighbours(k=1, order="random")  # type: ignore[arg-type]
