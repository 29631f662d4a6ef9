"""A valid artifact of every kind with something planted anywhere in its JSON: what is asked is where the reader said.

Two real servers on loopback: the reader's, and one that stands for everybody else's, where every planted address
points. Beside them an audit hook of the interpreter sees each connection and each look-up of a name that this process
begins.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dspy
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted_lm import scripted_lm

from alia_judge.compiling.stack.features import FeatureMap
from alia_judge.compiling.stack.stack import Member, Stack
from alia_judge.compiling.stack.stacked_judge import StackedJudge
from alia_judge.errors import AliaJudgeError
from alia_judge.judging.demos.neighbours import Neighbours
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import (
    KINDS,
    AnalyticJudge,
    CascadeJudge,
    ChecklistJudge,
    CriteriaJudge,
    LanguageJudge,
    ListwiseJudge,
    PairwiseJudge,
    PanelJudge,
    PreferenceJudge,
    SampledJudge,
)
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.publishing import load_judge
from alia_judge.publishing.artifact import ARTIFACT_SCHEMA
from alia_judge.publishing.kinds import content_of
from alia_judge.publishing.manifest import seal
from alia_judge.publishing.stores import LocalStore
from alia_judge.records import Item, Scale
from alia_judge.runner import RunOptions, run

LIKERT = Scale.ordinal(1, 5)
DEMOS = [{"prompt": "Why?", "response": f"text {n}", "score": float(n)} for n in range(1, 4)]
ITEM = Item(
    item_id="1", prompt="Why?", response="Because.", response_b="No.", responses=("Because.", "No."), language="es"
)


def _rubric(scale: Scale = LIKERT, **fields: Any) -> Rubric:
    return Rubric(criterion="Clarity", scale=scale, instructions="Is it clear?", **fields)


def _judge(**options: Any) -> Judge:
    return Judge(_rubric(), "openai/judge", **options)


def _stack() -> StackedJudge:
    judges = [_judge(demos=DEMOS), SampledJudge(_judge(), 2), PanelJudge([_judge(), _judge(layout="single")])]
    seen = FeatureMap(values=np.array([-1.0, 1.0]), ranks=np.array([0.25, 0.75]), centre=0.5, spread=0.25)
    stack = Stack(
        configurations=tuple(judge.configuration() for judge in judges),
        scale=LIKERT,
        members=(Member(maps=(seen,) * 5, weights=np.full(5, 0.1), probabilities=True),) * 3,
        intercept=3.0,
        ceiling=4.5,
    )
    return StackedJudge(stack, judges)


#: One valid judge of every kind.
EVERY_KIND: Mapping[str, Callable[[], Any]] = {
    "judge": lambda: _judge(demos=DEMOS, settings={"temperature": 0.5}, layout="single"),
    "neighbours": lambda: _judge(demos=DEMOS, neighbours=2),
    "embedding": lambda: _judge(demos=DEMOS, neighbours=Neighbours(k=1, likeness="embedding:openai/embedder")),
    "granularity": lambda: _judge(granularity=10, reasoning="first"),
    "criteria": lambda: CriteriaJudge(_rubric(), [_rubric(), Rubric(criterion="Tone", scale=LIKERT)], "openai/judge"),
    "listwise": lambda: ListwiseJudge(_rubric(), 2, "openai/judge"),
    "analytic": lambda: AnalyticJudge(_rubric(), [_rubric()], "openai/judge"),
    "both_orders": lambda: PairwiseJudge(_rubric(Scale.pairwise()), "openai/judge"),
    "by_language": lambda: LanguageJudge([Judge(_rubric(language=one), "openai/judge") for one in ("en", "es")]),
    "cascade": lambda: CascadeJudge(_judge(), _judge(layout="single"), spread=0.1),
    "checklist": lambda: ChecklistJudge(_rubric(steps=("Is it short?",)), "openai/judge"),
    "panel": lambda: PanelJudge([_judge(), _judge(demos=DEMOS)], weights=[1, 2]),
    "preference": lambda: PreferenceJudge(_judge()),
    "sampled": lambda: SampledJudge(_judge(), 2),
    "stack": _stack,
}


@cache
def _valid(kind: str) -> dict[str, Any]:
    """The JSON of a valid artifact of that kind."""
    content = content_of(EVERY_KIND[kind]())
    return json.loads(json.dumps({"kind": content.kind, "state": content.state}))


class _Server(ThreadingHTTPServer):
    """A server that answers whatever it is asked, and counts."""

    daemon_threads = True

    def __init__(self) -> None:
        self.requests: list[str] = []
        super().__init__(("127.0.0.1", 0), _Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: _Server

    def _answer(self) -> None:
        self.server.requests.append(f"{self.command} {self.path} {dict(self.headers)}")
        said = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        vectors = [{"index": n, "embedding": [1.0, float(n)]} for n, _ in enumerate(said.get("input", ()))]
        message = {"role": "assistant", "content": "3"}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        body = json.dumps({"choices": choices, "data": vectors, "model": "x"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_HEAD = _answer

    def log_message(self, *_: Any) -> None:
        """Nothing: what came is in `requests`."""


def _serving() -> Iterator[_Server]:
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


elsewhere = pytest.fixture(_serving, scope="module", name="elsewhere")
readers = pytest.fixture(_serving, scope="module", name="readers")


@pytest.fixture
def environment(readers: _Server, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """A reader whose models answer at their own server; whom may then be contacted."""
    monkeypatch.setenv("OPENAI_API_KEY", "of-the-reader")
    monkeypatch.setenv("OPENAI_API_BASE", f"{readers.url}/v1")
    return {readers.url.removeprefix("http://")}


#: Whom this process spoke to or asked the address of, while it is a list.
_contacted: list[str] | None = None


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _contacted is not None and event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        where = arguments[1] if event != "socket.getaddrinfo" else arguments[:2]
        if isinstance(where, tuple):  # not a socket of the file system
            _contacted.append(f"{where[0]}:{where[1]}")


sys.addaudithook(_hook)


@contextmanager
def _watched() -> Iterator[list[str]]:
    global _contacted  # noqa: PLW0603 - a hook cannot be taken off again
    _contacted = []
    try:
        yield _contacted
    finally:
        _contacted = None


def _plants(url: str) -> list[tuple[str, Any]]:
    """What an author might plant: a name, and a value that goes with it."""
    model = {"name": f"oobabooga/{url}", "settings": {"api_base": url}, "api_base": url}
    lm = {"model": f"oobabooga/{url}", "class": "dspy.clients.lm.LM", "api_base": url, "model_type": "chat"}
    likeness = f"embedding:huggingface/{url}"
    return [
        ("api_base", f"{url}/v1"),
        ("base_url", f"{url}/v1"),
        ("model_list", [{"model_name": "judge", "litellm_params": {"model": "openai/judge", "api_base": url}}]),
        ("extra_headers", {"Host": url, "Authorization": "Bearer x"}),
        ("headers", {"X-Forwarded-To": url}),
        ("extra_body", {"api_base": url}),
        ("api_key", "os.environ/OPENAI_API_KEY"),
        ("key_variable", "OPENAI_API_KEY"),
        ("custom_llm_provider", "oobabooga"),
        ("model", model),
        ("model", f"oobabooga/{url}"),
        ("name", f"huggingface/{url}"),
        ("name", "gguf:/etc/hostname"),
        ("lm", lm),
        ("lm", f"oobabooga/{url}"),
        ("class", "alia_judge.models.openai_compatible.OpenAICompatibleLM"),
        ("engine", {"class": "OpenAICompatibleEngine", "address": url}),
        ("config", {"api_base": url}),
        ("settings", {"api_base": url, "extra_headers": {"X": "y"}}),
        ("neighbours", {"k": 1, "likeness": likeness, "balanced": False, "order": "likest_last"}),
        ("likeness", likeness),
        ("storage", "postgresql://u:p@127.0.0.1:" + url.rpartition(":")[2] + "/x"),
        ("path", "/etc/hostname"),
        ("image_url", {"url": f"{url}/x.png"}),
        ("response", {"type": "image_url", "image_url": {"url": f"{url}/x.png"}}),
        ("callbacks", [url]),
        ("members", []),
        ("schema", "alia-judge/composite-judge/1"),
        ("kind", "composite"),
    ]


def _places(node: Any, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a JSON tree, as the keys that lead to it."""
    yield so_far
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _places(value, (*so_far, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _places(value, (*so_far, number))


def _planted(content: Any, place: tuple[Any, ...], name: str, value: Any, *, replace: bool) -> Any:
    """A copy with the value in that place, or under that name beside what an object has there already."""
    content = json.loads(json.dumps(content))
    holder: dict[str, Any] = {"": content}
    node, key = holder, ""
    for step in place:
        node, key = node[key], step
    if not replace and isinstance(node[key], dict):
        node[key] = {**node[key], name: value}
    elif not replace and isinstance(node[key], list):
        node[key] = [*node[key], value]
    else:
        node[key] = value
    return holder[""]


def _sealed(content: Any, folder: Path) -> Path:
    files = {"judge.json": json.dumps(content).encode(), "README.md": b""}
    LocalStore(folder).push(
        seal(files, schema=ARTIFACT_SCHEMA, version="0.1.0", facts={}), title="", overwrite=folder.exists()
    )
    return folder


def _answer(request: dspy.lm15.Request) -> str:
    said = request.system or request.messages[0].text
    if "responses, the best first" in said:
        return "1, 2"
    return "Clarity: 3\nTone: 4" if "Tone" in said else "1"


def _ask(judge: Any) -> None:
    """Ask it both ways; that it fails is nothing here."""
    texts = {name: text for name, text in ITEM.fields().items() if text is not None}
    # Whatever a planted value breaks, it must not send anything elsewhere.
    with suppress(Exception):
        judge(**texts)
    with suppress(Exception):
        run(judge, [ITEM], options=RunOptions(patience=0.1, timeout=5.0))


def _hold(content: Any, folder: Path, elsewhere: _Server, lm: Any, reader: set[str]) -> None:
    """Load and ask an artifact, and hold that nobody was contacted but whom the reader named."""
    seen = len(elsewhere.requests)
    with _watched() as contacted:
        try:
            judge = load_judge(_sealed(content, folder), lm=lm)
        except AliaJudgeError:
            judge = None
        if judge is not None:
            _ask(judge)
    assert elsewhere.requests[seen:] == []
    assert set(contacted) <= reader


def test_what_is_not_planted_in_is_asked_where_the_reader_said(
    tmp_path: Path, elsewhere: _Server, readers: _Server, environment: set[str]
) -> None:
    """So that the other tests show something: the same artifacts load, and ask the reader's server."""
    assert set(KINDS) <= set(EVERY_KIND), "a kind is missing here"
    for name in EVERY_KIND:
        seen = len(readers.requests)
        _hold(_valid(name), tmp_path / "p", elsewhere, None, environment)
        assert len(readers.requests) > seen, name
        assert all("Bearer of-the-reader" in one for one in readers.requests[seen:])


ASKED = pytest.mark.parametrize("asked", ["the reader's model", "the models it names"])


@ASKED
@pytest.mark.parametrize("kind", EVERY_KIND)
def test_planted_in_every_object(
    tmp_path: Path, elsewhere: _Server, environment: set[str], kind: str, asked: str
) -> None:
    """A name that an address goes by in every object of the tree, one at a time; each of them in the first few."""
    content = _valid(kind)
    lm, reader = _asking(asked, environment)
    objects = [place for place in _places(content) if isinstance(_at(content, place), dict)]
    plants = [plant for plant in _plants(elsewhere.url) if plant[0] in ("api_base", "lm", "model", "config")]
    for number, place in enumerate(objects):
        for name, value in plants if number < 3 else plants[number % len(plants) :][:1]:
            _hold(_planted(content, place, name, value, replace=False), tmp_path / "p", elsewhere, lm, reader)


_SHARE = st.floats(0, 1, exclude_max=True)


@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    kind=st.sampled_from(sorted(EVERY_KIND)),
    planted=st.lists(st.tuples(_SHARE, _SHARE, st.booleans()), min_size=1, max_size=2),
    more=st.none() | st.tuples(st.sampled_from(sorted(EVERY_KIND)), _SHARE, st.sampled_from(["its own", [], {}])),
)
@ASKED
def test_planted_anywhere(
    tmp_path: Path,
    elsewhere: _Server,
    environment: set[str],
    asked: str,
    kind: str,
    planted: list[tuple[float, float, bool]],
    more: tuple[str, float, Any] | None,
) -> None:
    """Anything planted anywhere, in an object or in a value's place, alone and with a key of another kind's."""
    content = _valid(kind)
    if more is not None:
        other = _valid(more[0])["state"]
        key = _chosen(sorted(other), more[1])
        content = _planted(content, ("state",), key, other[key] if more[2] == "its own" else more[2], replace=False)
    for where, what, replace in planted:
        name, value = _chosen(_plants(elsewhere.url), what)
        content = _planted(content, _chosen(list(_places(content)), where), name, value, replace=replace)
    lm, reader = _asking(asked, environment)
    _hold(content, tmp_path / "p", elsewhere, lm, reader)


def _chosen(options: list[Any], share: float) -> Any:
    return options[int(share * len(options))]


def _asking(asked: str, environment: set[str]) -> tuple[Any, set[str]]:
    """The model that the reader passes, and whom may then be contacted: for a model of this process, nobody."""
    return (scripted_lm(_answer), set()) if asked == "the reader's model" else (None, environment)


def _at(content: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        content = content[step]
    return content
