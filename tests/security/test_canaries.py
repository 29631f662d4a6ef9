"""Secrets are planted wherever one can be given; nothing that is written, shown, stored, logged or raised has one."""

from __future__ import annotations

import contextlib
import json
import logging
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import dspy
import pytest
from dspy.clients import execution
from loopback import Loopback, chat, error

from alia_judge.errors import AliaJudgeError, UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.check import check_model
from alia_judge.models.limits import forget_logprobs
from alia_judge.models.resolve import resolve_lm
from alia_judge.publishing import publish_judge
from alia_judge.records import Item, Scale
from alia_judge.runner import RunOptions, VerdictStore, run

# LiteLLM's own types make pydantic remark on them when they are first used.
pytestmark = pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning")

CANARY = "canary-0123456789abcdef"
RUBRIC = Rubric(criterion="Coherence", scale=Scale.ordinal(1, 5))

PLACES: dict[str, Callable[[str], dspy.BaseLM]] = {
    "key": lambda url: resolve_lm("openai/alias", api_base=url, api_key=CANARY),
    "headers": lambda url: resolve_lm("openai/alias", api_base=url, api_key="k", headers={"X-Auth": CANARY}),
    "further headers": lambda url: resolve_lm("openai/alias", api_base=url, api_key="k", extra_headers={"X": CANARY}),
    "organization": lambda url: resolve_lm("openai/alias", api_base=url, api_key="k", organization=CANARY),
    "password": lambda url: resolve_lm("openai/alias", api_base=url.replace("//", f"//me:{CANARY}@")),
    "environment": lambda url: resolve_lm("openai/alias", api_base=url),
    "DSPy's key": lambda url: dspy.LM("openai/alias", api_base=url, api_key=CANARY, cache=False),
    "LiteLLM's key": lambda url: dspy.LM("openai/alias", api_base=url, api_key=CANARY, cache=False, engine="litellm"),
    "LiteLLM's headers": lambda url: dspy.LM(
        "openai/alias", api_base=url, api_key="k", cache=False, extra_headers={"X-Auth": CANARY}
    ),
}


def _behave(what: str) -> Any:
    """A server that sends back whatever it was told in confidence."""

    def behave(body: Any, _: str, number: int) -> Any:
        echoed = f"refused for {CANARY}"
        if what == "answers":
            return 200, {}, chat("4")
        if what == "filters":
            return 400, {}, error(f"content_filter {echoed}", code="content_filter")
        if what == "refuses a setting":
            return (400, {}, error(f"temperature {echoed}")) if "temperature" in body else (200, {}, chat("4"))
        status = {"key": 401, "quota": 402, "bad": 400, "fails": 500}[what]
        return status, {}, error(echoed)

    return behave


@pytest.mark.parametrize("what", ["answers", "filters", "refuses a setting", "key", "quota", "bad", "fails"])
@pytest.mark.parametrize("place", PLACES)
def test_no_canary_comes_out(
    place: str,
    what: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    if place == "environment":
        monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    monkeypatch.setattr(execution, "_delay", lambda failed, attempt: 0.0)  # DSPy's between its tries: seconds
    forget_logprobs()
    shown: list[str] = []
    caplog.set_level(logging.DEBUG, logger="alia_judge")
    with Loopback(_behave(what)) as server:
        lm = PLACES[place](server.url)
        judge = Judge(RUBRIC, lm)
        options = RunOptions(patience=0.2, concurrency=1, seed=0)
        with VerdictStore(tmp_path / "verdicts.sqlite") as store:

            def told(now: object) -> None:
                shown.append(repr(now))

            for ask in (
                partial(run, judge, _items(), store=store, options=options, progress=told),
                partial(judge, response="It works."),
                partial(check_model, lm),
            ):
                try:
                    shown.append(repr(ask()))
                except (AliaJudgeError, dspy.LMError) as raised:
                    shown += [str(raised), repr(raised), str(raised.__cause__), str(raised.__context__)]
        assert CANARY in json.dumps([headers for _, headers, _ in server.seen]) or place == "password"
    _write(judge, tmp_path)
    shown += [str(judge.dump_state()), judge.lm_identity(), repr(judge), str(lm.history)]
    captured = capfd.readouterr()
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("alia_judge"))
    for text in (*shown, captured.out, captured.err, logged):
        assert CANARY not in text
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert CANARY.encode() not in file.read_bytes(), file.name
    forget_logprobs()


def _items() -> list[Item]:
    return [Item(item_id=str(number), response=f"It works, {number}.") for number in range(2)]


def _write(judge: Judge, folder: Path) -> None:
    judge.save(str(folder / "judge.json"))
    with contextlib.suppress(UsageError):  # a published judge may be refused; it is not written then
        publish_judge(judge, folder / "published", licence="apache-2.0")
    (folder / "pickled").write_bytes(pickle.dumps(judge))
    judge.save(str(folder / "program"), save_program=True)
    told = Judge(RUBRIC)
    told.set_lm(judge.lm)
    told.save(str(folder / "told.json"))
    (folder / "told-pickled").write_bytes(pickle.dumps(told))


def test_a_key_is_no_setting_of_a_judge() -> None:
    with pytest.raises(UsageError, match="give api_key to its model"):
        Judge(RUBRIC, "openai/alias", settings={"api_key": CANARY})
