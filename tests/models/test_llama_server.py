"""A real server of another maker's: llama.cpp's own, on loopback, with the embedded model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alia_judge.errors import ModelError
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.openai_compatible import OpenAICompatibleLM
from alia_judge.models.resolve import resolve_lm
from alia_judge.models.weights import embedded_model_path
from alia_judge.records import Item, Scale
from alia_judge.runner import RunOptions, VerdictStore, run

pytestmark = pytest.mark.embedded
RUBRIC = Rubric(criterion="Helpfulness", scale=Scale.ordinal(1, 5))
KEY = "sk-of-this-test"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    xllamacpp = pytest.importorskip("xllamacpp", reason="llama.cpp comes with the extra 'embedded'")
    params = xllamacpp.CommonParams()
    params.model.path = str(embedded_model_path())
    params.n_ctx, params.n_parallel, params.cpuparams.n_threads = 1024, 2, 1
    params.verbosity, params.warmup, params.ui, params.api_keys = -1, False, False, [KEY]
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server


def judge(address: str, *, key: str = KEY, **options: object) -> Judge:
    lm = resolve_lm("openai/smollm2", api_base=address, api_key=key, max_tokens=2)
    assert isinstance(lm, OpenAICompatibleLM)
    return Judge(RUBRIC, lm, **options)


def test_scores_are_read_from_its_log_probabilities(address):
    items = [Item(item_id=str(n), response=f"Restart the router {n} times.") for n in range(2)]
    store = VerdictStore()
    first = run(judge(address, layout="prefill"), items, store=store, options=RunOptions(concurrency=2))
    for verdict in first.verdicts:
        assert verdict.unscored is None
        assert verdict.method == "logprobs"
        assert sum(verdict.probabilities) == pytest.approx(1.0)
        assert verdict.usage.prompt_tokens > 50
    assert run(judge(address, layout="prefill"), items, store=store).progress.replayed == 2


def test_a_grammar_holds_it_to_the_scale(address):
    held = judge(address, settings={"grammar": "root ::= [2-4]", "max_tokens": 1})
    (verdict,) = run(held, [Item(item_id="a", response="Restart it.")]).verdicts
    assert verdict.parsed in (2.0, 3.0, 4.0)
    assert verdict.method == "logprobs"


def test_a_prompt_that_does_not_fit_is_too_long_in_its_own_words(address):
    (verdict,) = run(judge(address), [Item(item_id="a", response="word " * 2000)]).verdicts
    assert verdict.unscored == "context_too_long"
    assert "exceeds the available context size" in verdict.detail


def test_a_wrong_key_is_one_clear_error(address):
    with pytest.raises(ModelError, match=r"the model cannot be used: LMAuthError: .*Invalid API Key"):
        run(judge(address, key="sk-wrong"), [Item(item_id="a", response="Restart it.")])
