"""Decision models, against loopback servers of their protocols and the packages' own gateway and client."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dspy.utils.exceptions import LMError

import alia_judge as aj
from alia_judge.judging.question.deciding import decision_question
from alia_judge.judging.question.steps import with_steps
from alia_judge.models.decisions import DecisionLM
from alia_judge.models.resolve import lm_identity, resolve_lm
from alia_judge.records import Item, Scale

RUBRIC = aj.Rubric(criterion="Helpfulness", scale=Scale.ordinal(1, 5), anchors={1: "Useless.", 5: "Solves it."})
ITEM = Item(item_id="a", prompt="My line is down.", response="A technician comes tomorrow.")
Behave = Callable[[str, dict[str, Any]], tuple[int, Any]]


@contextmanager
def serving(behave: Behave) -> Iterator[tuple[str, list[tuple[str, dict[str, str], dict[str, Any]]]]]:
    """A server that answers what `behave` makes of the path and the body; its address, and what it was sent."""
    seen: list[tuple[str, dict[str, str], dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            return

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(raw)
            seen.append((self.path, dict(self.headers), body))
            status, answer = behave(self.path, body)
            sent = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def system_one(path: str, body: dict[str, Any]) -> tuple[int, Any]:
    """As gemmadecision's server and TypeSafe's client have it (``/v1/systemone``)."""
    if path != "/v1/systemone":
        return 404, {"detail": "Not Found"}
    answers: dict[str, Any] = {}
    for name, question in body["questions"].items():
        if question["type"] == "noul":
            answers[name] = {
                "type": "noul",
                "noul": 0.8,
                "probabilities": {"true": 0.8, "false": 0.2},
                "confidence": 0.6,
            }
        elif question["type"] == "score":
            levels = len(question["criteria"])
            shares = [0.1 / (levels - 1)] * (levels - 1) + [0.9]
            answers[name] = {
                "type": "score",
                "score": sum(place * share for place, share in enumerate(shares)),
                "probabilities": {str(place): share for place, share in enumerate(shares)},
                "legend": dict(enumerate(question["criteria"])),
                "confidence": 0.9,
            }
        else:
            labels = list(question["criteria"])
            shares = [0.7, *[0.3 / (len(labels) - 1)] * (len(labels) - 1)]
            answers[name] = {
                "type": "choice",
                "choice": labels[0],
                "probabilities": dict(zip(labels, shares, strict=True)),
                "confidence": 0.7,
            }
    usage = {"input_tokens": 120, "output_tokens": 1, "total_tokens": 121}
    return 200, {"model": body["model"], "answers": answers, "usage": usage}


def _verdict(judge: aj.Judge) -> Any:
    (verdict,) = aj.run(judge, [ITEM]).verdicts
    return verdict


def test_a_judge_asks_a_decision_model_as_it_asks_a_language_model() -> None:
    with serving(system_one) as (address, seen):
        judge = aj.Judge(RUBRIC, resolve_lm("gemmadecision/GemmaDecision-270M", api_base=address, api_key="canary"))
        verdict = _verdict(judge)
        assert verdict.probabilities == pytest.approx((0.025, 0.025, 0.025, 0.025, 0.9))
        assert verdict.score == pytest.approx(0.025 * 10 + 0.9 * 5)
        assert (verdict.parsed, verdict.method, verdict.usage.prompt_tokens) == (5.0, "logprobs", 120)
        ((path, headers, body),) = seen
        assert path == "/v1/systemone"
        assert headers["Authorization"] == "Bearer canary"
        assert body["model"] == "GemmaDecision-270M"
        (question,) = body["questions"].values()
        assert question["type"] == "score"
        assert question["criteria"] == ["1: Useless.", "2", "3", "4", "5: Solves it."]
        assert "Helpfulness" in question["instructions"]
        assert "A technician comes tomorrow." in body["state"]
        prediction = judge(prompt="My line is down.", response="A technician comes tomorrow.")
        assert prediction.score == verdict.score
        assert "canary" not in json.dumps(judge.dump_state())


@pytest.mark.parametrize(
    ("scale", "kind", "score"),
    [
        (Scale.binary(), "noul", 0.8),
        (Scale.binary(("fail", "pass")), "choice", 0.3),
        (Scale.nominal(["bill", "fault", "other"]), "choice", 0.0),
        (Scale.ordinal(1, 3, labels=("bad", "fair", "good")), "score", 0.05 * 1 + 0.05 * 2 + 0.9 * 3),
        (Scale.ordinal(1, 20), "choice", None),
    ],
)
def test_each_scale_is_a_question_of_its_kind(scale: Scale, kind: str, score: float | None) -> None:
    rubric = aj.Rubric(criterion="Kind", scale=scale)
    assert decision_question(rubric)["type"] == kind
    with serving(system_one) as (address, _):
        verdict = _verdict(aj.Judge(rubric, resolve_lm("typesafe/jev-latest", api_base=address)))
        assert len(verdict.probabilities) == len(scale.points)
        if score is not None:
            assert verdict.score == pytest.approx(score)


def test_a_continuous_scale_is_asked_on_so_many_points() -> None:
    rubric = aj.Rubric(criterion="Kind", scale=Scale.continuous(0, 1))
    with serving(system_one) as (address, _):
        lm = resolve_lm("typesafe/jev-latest", api_base=address)
        with pytest.raises(aj.errors.UsageError, match="granularity"):
            aj.Judge(rubric, lm).verdict(ITEM)
        assert _verdict(aj.Judge(rubric, lm, granularity=5)).score == pytest.approx(
            (0.25 * 0.025 * (0 + 1 + 2 + 3)) + 0.9
        )


def test_several_criteria_are_one_request_and_pairs_a_choice() -> None:
    criteria = [
        aj.Rubric(criterion="Clear", scale=Scale.ordinal(1, 5)),
        aj.Rubric(criterion="Polite", scale=Scale.binary()),
    ]
    with serving(system_one) as (address, seen):
        lm = resolve_lm("typesafe/jev-latest", api_base=address)
        verdict = _verdict(aj.CriteriaJudge(RUBRIC, criteria, lm))
        assert set(verdict.parts) == {"Clear", "Polite"}
        assert verdict.parts["Polite"].score == pytest.approx(0.8)
        assert len(seen) == 1
        pair = aj.Judge(aj.Rubric(criterion="Better", scale=Scale.pairwise()), lm)
        found = pair.verdict(Item(item_id="a", response="x", response_b="y"))
        assert found.probabilities is not None
        assert sum(found.probabilities) == pytest.approx(1.0)


class _Engine:
    """What AnyJev's Tacit reads labels with, without weights: the last option is the likeliest."""

    def read(self, texts: list[str], ids: list[list[int]]) -> list[np.ndarray]:
        return [np.log(np.array([0.1 / (len(one) - 1)] * (len(one) - 1) + [0.9])) for one in ids]


def test_anyjevs_own_gateway_answers() -> None:
    serve = pytest.importorskip("anyjev.serve")
    from anyjev.backends.fake import FakeTokenizer
    from anyjev.tacit import Tacit

    gateway = serve.make_server(Tacit(_Engine(), FakeTokenizer()), port=0)
    thread = threading.Thread(target=gateway.serve_forever, daemon=True)
    thread.start()
    try:
        address = f"http://127.0.0.1:{gateway.server_address[1]}"
        for scale, expected in (
            (Scale.ordinal(1, 5), (0.025,) * 4 + (0.9,)),
            (Scale.nominal(["bill", "fault"]), (0.1, 0.9)),
            (Scale.binary(), (0.9, 0.1)),  # it lists yes first
        ):
            lm = resolve_lm("anyjev/Tacit-9B", api_base=address)
            verdict = _verdict(aj.Judge(aj.Rubric(criterion="Kind", scale=scale), lm))
            assert verdict.probabilities == pytest.approx(expected)
        many = aj.CriteriaJudge(RUBRIC, [RUBRIC, aj.Rubric(criterion="Kind", scale=Scale.binary())], lm)
        assert _verdict(many).parts["Kind"].score == pytest.approx(0.1)
    finally:
        gateway.shutdown()
        gateway.server_close()
        thread.join()


def test_dspys_own_client_is_taken_as_it_is() -> None:
    pytest.importorskip("typesafe_sdk")
    from dspy.experimental import TypeSafe

    with serving(system_one) as (address, seen):
        client = TypeSafe("jev-latest", api_key="canary", base_url=address, cache=False)
        verdict = _verdict(aj.Judge(RUBRIC, client))
        assert verdict.score == pytest.approx(0.025 * 10 + 0.9 * 5)
        assert seen[0][0] == "/v1/systemone"
        assert "canary" not in aj.Judge(RUBRIC, client).lm_identity()


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (422, {"detail": "too many options"}, "too many options"),
        (400, {"error": "need at least two distinct options"}, "two distinct options"),
    ],
)
def test_a_refusal_is_that_items_error(status: int, answer: Any, said: str) -> None:
    with serving(lambda path, body: (status, answer)) as (address, _):
        verdict = _verdict(aj.Judge(RUBRIC, resolve_lm("typesafe/jev-latest", api_base=address)))
        assert verdict.unscored == "error"
        assert said in str(verdict.detail)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"model": "m", "answers": {}, "usage": {}}, "was not answered"),
        ({"answers": {"score": {"type": "score", "probabilities": {"0": 0.2}}}}, "no distribution"),
        (
            {"answers": {"score": {"type": "score", "probabilities": {str(n): 0.9 for n in range(5)}}}},
            "no distribution",
        ),
        ({"answers": {"score": {"type": "score", "probabilities": None}}}, "no distribution"),
        (b"<html>", "no JSON"),
    ],
)
def test_what_is_no_distribution_is_never_a_score(answer: Any, said: str) -> None:
    with serving(lambda path, body: (200, answer)) as (address, _):
        judge = aj.Judge(RUBRIC, resolve_lm("typesafe/jev-latest", api_base=address))
        with pytest.raises(LMError, match=said):
            judge.verdict(ITEM)


def test_a_key_that_is_refused_ends_the_run() -> None:
    with serving(lambda path, body: (401, {"detail": "Missing or invalid API key"})) as (address, _):
        judge = aj.Judge(RUBRIC, resolve_lm("typesafe/jev-latest", api_base=address))
        with pytest.raises(aj.errors.ModelError, match="invalid API key"):
            aj.run(judge, [ITEM])


def test_a_list_is_not_ranked_by_a_decision_model() -> None:
    judge = aj.ListwiseJudge(
        aj.Rubric(criterion="Best", scale=Scale.ordinal(1, 5)), 2, resolve_lm("typesafe/jev-latest")
    )
    with pytest.raises(aj.errors.UsageError, match="ranks none"):
        judge.verdict(Item(item_id="a", responses=("x", "y")))


def test_the_name_the_address_and_nothing_secret_identify_it() -> None:
    lm = resolve_lm("anyjev/Tacit-9B", api_base="http://127.0.0.1:8100/v1", api_key="canary")
    assert isinstance(lm, DecisionLM)
    assert lm_identity(lm).startswith("anyjev/Tacit-9B@http://127.0.0.1:8100#")
    assert "canary" not in json.dumps(lm.dump_state()) + lm_identity(lm)
    with pytest.raises(aj.errors.UsageError, match="takes no max_tokens"):
        resolve_lm("anyjev/Tacit-9B", max_tokens=3)


def test_decision_models_stand_in_the_search_space_beside_language_models(
    monkeypatch: pytest.MonkeyPatch, openai_server: Any, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    asked: list[str] = []

    def reads_the_answer(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        asked.append(path)
        score = int(body["state"].rsplit("<<", 1)[1][0])
        shares = {str(place): 0.92 if place == score - 1 else 0.02 for place in range(5)}
        return 200, {"answers": {"score": {"type": "score", "probabilities": shares}}, "usage": {}}

    with serving(reads_the_answer) as (address, _):
        monkeypatch.setenv("GEMMADECISION_BASE_URL", address)
        monkeypatch.setenv("OPENAI_API_BASE", openai_server.base_url)
        items = [Item(item_id=f"i{n}", response=f"text {n} <<{1 + n % 5}>>", group=f"g{n}") for n in range(60)]
        ratings = aj.load_ratings(
            [
                {
                    "item_id": item.item_id,
                    "annotator": who,
                    "Help": 1 + n % 5,
                    "response": item.response,
                    "group": item.group,
                }
                for n, item in enumerate(items)
                for who in ("ana", "jon")
            ],
            scales={"Help": "1-5"},
        )
        benchmark = aj.build_benchmark(ratings, criterion="Help", group_by="group", seed=0)
        judge = aj.Judge(
            aj.Rubric(criterion="Help", scale=Scale.ordinal(1, 5)),
            resolve_lm("openai/m", api_base=openai_server.base_url),
        )
        tuned = aj.compile_judge(
            judge,
            train=benchmark.train,
            dev=benchmark.dev,
            space=aj.SearchSpace(models=("gemmadecision/GemmaDecision-270M", "openai/m"), rubrics=(judge.rubric,)),
            budget=aj.Budget(calls=100),
            seed=0,
        )
        assert asked
        assert "gemmadecision" in json.dumps(tuned.result.to_dict())


def test_models_check_tells_what_a_decision_model_gives() -> None:
    with serving(system_one) as (address, _):
        found = aj.check_model(resolve_lm("gemmadecision/GemmaDecision-270M", api_base=address))
        assert (found.reachable, found.answer, found.alternatives, found.deterministic) == (True, "5", 5, True)
        assert found.seconds_per_call > 0
    with serving(lambda path, body: (401, {"detail": "no"})) as (address, _):
        found = aj.check_model(resolve_lm("typesafe/jev-latest", api_base=address))
        assert (found.reachable, found.remedy) == (False, "set TYPESAFE_API_KEY to a key that may use this model")


def test_a_decision_model_writes_no_steps() -> None:
    with pytest.raises(aj.errors.UsageError, match="writes no text"):
        with_steps(aj.Rubric(criterion="Kind", scale=Scale.ordinal(1, 5)), resolve_lm("typesafe/jev-latest"))
