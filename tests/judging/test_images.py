"""Images of items: where they come from, what a model is shown, and what becomes of those that cannot be."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dspy
import pytest
from dialects import DIALECTS, PIXEL, answered, images_in
from loopback import Loopback, chat

from alia_judge.benchmark import Benchmark, build_benchmark
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import ChecklistJudge, SampledJudge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.limits import forget_logprobs
from alia_judge.models.resolve import resolve_lm
from alia_judge.ratings import iter_items, load_ratings
from alia_judge.records import Item, Scale, Turn, Verdict
from alia_judge.records.images import LARGEST, MOST, image_mark, image_of
from alia_judge.runner import RunOptions, VerdictStore, run
from tests.scripted_lm import scripted_lm

# LiteLLM's own types make pydantic remark on them when they are first used.
pytestmark = pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning")

RUBRIC = Rubric(criterion="Fidelity", scale=Scale.ordinal(1, 5))
DATA = base64.b64decode(PIXEL)
URI = f"data:image/png;base64,{PIXEL}"
MARK = image_mark(URI)
PART = {"type": "image_url", "image_url": {"url": URI}}
ASKED = [{"type": "text", "text": "What is this?"}, PART]


@pytest.fixture(autouse=True)
def _nothing_known_of_any_model() -> Iterator[None]:
    forget_logprobs()
    yield
    forget_logprobs()


def _pillow() -> Any:
    image = pytest.importorskip("PIL.Image")
    return image.open(io.BytesIO(DATA))


@pytest.mark.parametrize(
    "content",
    [
        PART,
        {"type": "image_url", "image_url": URI},
        {"type": "input_image", "image_url": URI},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
        {"type": "image", "source_type": "base64", "mime_type": "image/png", "data": PIXEL},
        {"type": "image", "image": DATA},
        {"inline_data": {"mime_type": "image/png", "data": PIXEL}},
        {"inlineData": {"mimeType": "image/png", "data": PIXEL}},
        {"type": "image_url", "image_url": {"url": f"data:text/html;base64,{PIXEL}"}},  # by its bytes, not by its name
    ],
)
def test_a_part_in_anybodys_shape_is_the_image(content: Any) -> None:
    item = Item.from_messages(
        "a", [{"role": "user", "content": ["See", content]}, {"role": "assistant", "content": "A dot."}]
    )
    assert item.images == (URI,)
    assert item.turns[0].text == f"See\n{MARK}"


@pytest.mark.parametrize("value", [DATA, bytearray(DATA), {"bytes": DATA, "path": None}, dspy.Image(URI)])
def test_data_is_the_image(value: Any) -> None:
    item = Item(item_id="a", prompt=value, response="A dot.")
    assert (item.prompt, item.images) == (MARK, (URI,))
    assert Item(item_id="a", prompt="What?", response="A dot.", images=(value,)).prompt == f"What?\n{MARK}"


def test_pillows_image_is_its_pixels() -> None:
    (image,) = Item(item_id="a", prompt=_pillow(), response="A dot.").images
    assert image.startswith("data:image/png;base64,iVBOR")


def test_a_mark_is_of_the_content_so_that_another_image_is_another_item() -> None:
    other = DATA[:-1] + b"\x00"
    first, second = (Item(item_id="a", prompt=one, response="A dot.") for one in (DATA, other))
    assert first.digest() != second.digest()
    named = Item(item_id="a", prompt={"bytes": DATA, "path": "cat.png"}, response="A dot.")
    assert named.prompt == f"{MARK[:-1]}: cat.png]"


@pytest.mark.parametrize(
    "url", ["https://example.com/a.png", "http://169.254.169.254/a", "file:///etc/passwd", "/etc/passwd", "a.png"]
)
@pytest.mark.parametrize("kind", ["image_url", "image", "path"])
def test_no_address_is_fetched_and_no_path_read(url: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it was looked up")

    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr("socket.socket.connect", refuse)
    part = {
        "image_url": {"type": "image_url", "image_url": {"url": url}},
        "image": {"type": "image", "source": {"type": "url", "url": url}},
        "path": {"bytes": None, "path": url},
    }[kind]
    item = Item(item_id="a", prompt=[part], response="A dot.")
    assert item.images == ()
    lm = scripted_lm("4")
    assert Judge(RUBRIC, lm).verdict(item).images == 0
    assert all(part.type == "text" for message in lm.engine.requests[0].messages for part in message.parts)


@pytest.mark.parametrize(
    "value", ["https://example.com/a.png", "a.png", b"<svg/>", b"%PDF-1.7", "data:image/png;base64,!!", 7, None]
)
def test_what_is_given_as_an_image_and_is_none_is_an_error(value: Any) -> None:
    with pytest.raises(UsageError, match=r"image 1 is none that can be shown.*read it first"):
        Item(item_id="a", response="x", images=(value,))


def test_images_are_bounded() -> None:
    large = DATA + bytes(LARGEST)
    assert Item(item_id="a", prompt=[{"type": "image", "image": large}], response="x").prompt == "[image]"
    assert image_of("data:image/png;base64," + "A" * (2 * LARGEST)) is None
    many = [{"type": "image", "image": DATA + bytes([n])} for n in range(MOST + 3)]
    item = Item(item_id="a", prompt=many, response="x")
    assert (len(item.images), item.prompt.count("[image]")) == (MOST, 3)
    with pytest.raises(UsageError, match=f"at most {MOST} images, got {MOST + 1}"):
        Item(item_id="a", response="x", images=tuple(DATA + bytes([n]) for n in range(MOST + 1)))
    nested: Any = PIXEL
    for _ in range(50):
        nested = {"source": nested}
    assert image_of(nested) is None


def _judges(server: Loopback, name: str, engine: str) -> Any:
    spoken = DIALECTS[name]
    options = {"api_base": server.root + spoken.path, "api_key": "k", **(spoken.options or {})}
    lm = resolve_lm(spoken.model, **options)
    return lm if engine == "direct" else dspy.LM(lm.model, **options, engine=engine, cache=False)


@pytest.mark.parametrize(
    ("name", "engine"),
    [
        ("vLLM 0.11", "direct"),
        ("vLLM 0.11", "lm15"),
        ("vLLM 0.11", "litellm"),
        ("OpenAI responses", "lm15"),
        ("Anthropic", "lm15"),
        ("Anthropic", "litellm"),
        ("Gemini", "lm15"),
    ],
)
@pytest.mark.parametrize("layout", ["chat", "single"])
def test_a_model_is_shown_the_image_whichever_engine_asks_it(name: str, engine: str, layout: Any) -> None:
    spoken, seen = DIALECTS[name], list[int]()

    def look(body: Any, _: str, __: int) -> Any:
        seen.append(images_in(spoken, body))
        return 200, {}, answered(spoken, body, "4" if seen[-1] == 1 else "1")

    with Loopback(look) as server:
        judge = Judge(RUBRIC, _judges(server, name, engine), layout=layout)
        verdict = judge.verdict(Item(item_id="a", prompt=ASKED, response="A dot."))
        said = judge(prompt=ASKED, response="A dot.").verdict
    assert (verdict.parsed, verdict.images) == (4.0, 1)
    assert not any("images" in otherwise for otherwise in verdict.asked)
    assert (said.parsed, said.images) == (4.0, 1)
    assert seen == [1, 1]


@pytest.mark.parametrize("engine", ["direct", "lm15", "litellm"])
def test_a_model_without_eyes_is_asked_once_and_then_given_marks(engine: str, caplog: pytest.LogCaptureFixture) -> None:
    def blind(body: Any, _: str, __: int) -> Any:
        if any(isinstance(message["content"], list) for message in body["messages"]):
            return 400, {}, {"error": {"message": "This model does not support image input.", "type": "x"}}
        return 200, {}, chat("4")

    items = [Item(item_id=str(n), prompt=ASKED, response=f"A dot, {n}.") for n in range(4)]
    plain = Item(item_id="p", prompt="What is this?", response="A dot.")
    with Loopback(blind) as server, caplog.at_level(logging.WARNING, "alia_judge.models"):
        judge = Judge(RUBRIC, _judges(server, "vLLM 0.11", engine))
        options = RunOptions(concurrency=1, seed=0, patience=5.0)
        found = run(judge, [*items, plain], store=VerdictStore(), options=options).verdicts
    assert len(server.bodies) == len(items) + 2
    assert [(one.parsed, one.images) for one in found] == [(4.0, 0)] * 5
    assert found[0].asked == ("without the images, whose marks stand for them",)
    assert found[4].asked == ()
    last = server.bodies[-2]["messages"][-1]["content"]
    assert f"What is this?\n{MARK}\n" in last
    assert last.endswith("\n\nScore:")
    assert last.count(MARK) == 1
    assert sum("without the images" in record.message for record in caplog.records) == 1


def test_one_bad_image_is_its_items_and_not_the_models() -> None:
    def picky(body: Any, _: str, __: int) -> Any:
        if "broken" in str(body):
            return 400, {}, {"error": {"message": "This model does not support images like that one", "type": "x"}}
        return 200, {}, chat("4")

    items = [Item(item_id=word, prompt=ASKED, response=word) for word in ("fine", "broken", "good")]
    with Loopback(picky) as server:
        judge = Judge(RUBRIC, _judges(server, "vLLM 0.11", "direct"))
        found = run(judge, items, options=RunOptions(concurrency=1, seed=0, patience=5.0)).verdicts
    assert [one.unscored for one in found] == [None, "bad_image", None]
    assert [one.images for one in found] == [1, 0, 1]


def test_the_embedded_engine_is_one_without_eyes() -> None:
    from alia_judge.models.gguf import GGUFEngine
    from alia_judge.models.refusals import reads_text_alone, refusal_of

    engine = object.__new__(GGUFEngine)
    request = dspy.lm15.request_from_openai_chat({"model": "m", "messages": [{"role": "user", "content": ASKED}]})
    with pytest.raises(dspy.lm15.UnsupportedFeatureError) as caught:
        engine._body(request)
    assert reads_text_alone(refusal_of(caught.value))


def test_a_conversation_a_pair_and_a_checklist_show_theirs() -> None:
    turns = [Turn(role="user", text="Look:"), {"role": "user", "content": [PART]}]
    lm = scripted_lm("4")
    Judge(RUBRIC, lm, subject="conversation").verdict(Item.from_fields("a", {"turns": turns, "response": "A dot."}))
    pair = scripted_lm("1")
    sides = Item(item_id="a", response=[PART], response_b=[{"type": "image", "image": DATA + b"1"}])  # type: ignore[arg-type]
    assert Judge(Rubric(criterion="Better", scale=Scale.pairwise()), pair).verdict(sides).images == 2
    lists = scripted_lm("1. yes")
    asking = ChecklistJudge(Rubric(criterion="Fidelity", scale=Scale.ordinal(1, 5), steps=("Is it a dot?",)), lists)
    asking.members[0].verdict(Item(item_id="a", prompt=ASKED, response="x"))
    shown = [
        sum(part.type == "image" for part in one.engine.requests[0].messages[-1].parts) for one in (lm, pair, lists)
    ]
    assert shown == [1, 2, 1]
    sampled = SampledJudge(Judge(RUBRIC, scripted_lm("4")), 2)
    (verdict,) = run(sampled, [Item(item_id="a", prompt=ASKED, response="A dot.")]).verdicts
    assert verdict.score == 4.0


def test_a_demonstration_has_marks() -> None:
    lm = scripted_lm("4")
    judge = Judge(RUBRIC, lm, demos=[{"prompt": ASKED, "response": "A dot.", "score": 5, "images": [URI]}])
    judge.verdict(Item(item_id="a", prompt="What?", response="A dot."))
    assert "What is this?\\n[image]" in str(lm.engine.requests[0].messages[0])
    assert PIXEL not in str(lm.engine.requests[0])
    assert PIXEL not in str(judge.dump_state())


def test_a_verdict_keeps_how_many_were_shown(tmp_path: Path) -> None:
    store = VerdictStore(tmp_path / "verdicts.db")
    judge, item = Judge(RUBRIC, scripted_lm("4")), Item(item_id="a", prompt=ASKED, response="A dot.")
    for replayed in (0, 1):
        result = run(judge, [item], store=store)
        assert (result.verdicts[0].images, result.progress.replayed) == (1, replayed)
    assert Verdict.from_dict(result.verdicts[0].to_dict()).images == 1
    assert Verdict.from_dict({"score": 4.0}).images == 0


_PEOPLE = ("ana", "bea", "carles")


def _rows(prompt: Any, **more: Any) -> list[dict[str, Any]]:
    return [
        {"item_id": f"i{n}", "annotator": who, "score": n % 5 + 1, "prompt": prompt, "response": f"A dot, {n}."} | more
        for n in range(12)
        for who in _PEOPLE
    ]


@pytest.mark.parametrize(
    "rows",
    [
        _rows(ASKED),
        _rows("What is this?", image={"bytes": DATA, "path": "cat.png"}),
        _rows("What is this?", images=[URI]),
        _rows("What is this?", Imagen=URI),
        [
            {"item_id": f"i{n}", "annotator": who, "score": n % 5 + 1}
            | {"messages": [{"role": "user", "content": ASKED}, {"role": "assistant", "content": f"A dot, {n}."}]}
            for n in range(12)
            for who in _PEOPLE
        ],
    ],
    ids=["parts", "datasets", "data URIs", "a column", "messages"],
)
def test_ratings_keep_their_items_images_frozen_too(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    ratings = load_ratings(rows)
    items = ratings.items()
    assert [item.images for item in items] == [(URI,)] * 12
    assert all(MARK in "".join(item.texts().values()) for item in items)
    assert all("image" not in {name.lower() for name in item.extra} for item in items)
    benchmark = build_benchmark(ratings, criterion=ratings.criteria[0])
    loaded = Benchmark.load(benchmark.freeze(tmp_path / "frozen"))
    assert [item.images for item in loaded.items] == [(URI,)] * 12
    assert [item.digest() for item in loaded.items] == [item.digest() for item in benchmark.items]
    assert loaded.fingerprint == benchmark.fingerprint


def test_items_without_ratings_have_theirs(tmp_path: Path) -> None:
    import json

    path = tmp_path / "items.jsonl"
    lines = [
        {"item_id": "a", "prompt": ASKED, "response": "A dot."},
        {"item_id": "b", "prompt": "What?", "response": "A dot.", "image": URI},
        {"item_id": "d", "prompt": "What?", "response": "A dot.", "image": "https://example.com/a.png"},
        {"item_id": "c", "messages": [{"role": "user", "content": ASKED}, {"role": "assistant", "content": "A dot."}]},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = list(iter_items(path))
    assert [item.images for item in found] == [(URI,), (URI,), (), (URI,)]
    assert [item.prompt for item in found] == [f"What is this?\n{MARK}", f"What?\n{MARK}", "What?", ""]
    assert found[2].extra["image"] == "https://example.com/a.png"
