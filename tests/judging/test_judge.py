from __future__ import annotations

import asyncio
import copy
import json

import dspy
import numpy as np
import pytest
from scripted_lm import respond, scripted_lm

from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.readouts import Isotonic, judgments_of
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Item, Scale, Verdict

RUBRIC = Rubric(
    criterion="Coherencia",
    scale=Scale.ordinal(1, 5),
    instructions="¿Las frases se siguen unas de otras?",
    anchors={1: "Sueltas.", 5: "Trabadas."},
    language="es",
)
FOUR = {"4": 0.7, "5": 0.2, "La": 0.1}
DEMOS = [{"prompt": "Resume.", "response": "Llovió.", "score": 2.0}]


def _read_response(prompt: str) -> str:
    """The text between the marks of the response."""
    return prompt.split("[Respuesta ")[1].split("]\n", 1)[1].split("\n[/Respuesta")[0]


def test_a_verdict_has_the_expected_score_and_everything_it_rests_on() -> None:
    judge = Judge(RUBRIC, scripted_lm(lambda request: respond("4", tops=[FOUR])))
    prediction = judge(prompt="Resume.", response="Llovió.")
    assert prediction.score == pytest.approx((0.7 * 4 + 0.2 * 5) / 0.9)
    verdict = prediction.verdict
    assert verdict.parsed == 4.0
    assert verdict.method == "logprobs"
    assert verdict.mass == pytest.approx(0.9)
    assert prediction.probabilities == pytest.approx((0, 0, 0, 0.7 / 0.9, 0.2 / 0.9))
    assert (verdict.usage.prompt_tokens, verdict.usage.completion_tokens) == (100, 1)


def test_without_log_probabilities_the_written_score_counts_and_the_verdict_says_so() -> None:
    prediction = Judge(RUBRIC, scripted_lm("Puntuación: 4"))(response="Llovió.")
    assert prediction.score == 4.0
    assert prediction.verdict.method == "text"
    assert prediction.probabilities is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (respond("Lo siento, no puedo.", tops=[{"Lo": 0.5, "4": 0.5}]), "refusal"),
        (respond("7", tops=[{"7": 0.6, "4": 0.4}]), "off_scale"),
        (respond("3 o 4", tops=[{"3": 0.6, "4": 0.4}, {" o": 1.0}, {" 4": 1.0}]), "ambiguous"),
        (respond(""), "empty"),
        (respond("La respuesta", finish_reason="length"), "truncated"),
        (respond("La respuesta", tops=[{"La": 0.95, "4": 0.05}, {" respuesta": 1.0}]), "no_score"),
        (respond("", finish_reason="content_filter"), "content_filter"),
        (respond("", refusal="I will not judge this."), "refusal"),
    ],
)
def test_what_is_no_verdict_is_unscored_with_its_reason(answer: object, reason: str) -> None:
    prediction = Judge(RUBRIC, scripted_lm(lambda request: answer))(response="Llovió.")
    assert (prediction.score, prediction.unscored, prediction.verdict.unscored) == (None, reason, reason)


def test_an_answer_that_nearly_was_a_score_is_read_from_its_log_probabilities() -> None:
    answer = respond("La respuesta", tops=[{"La": 0.5, "4": 0.3, "2": 0.1}, {" respuesta": 1.0}])
    verdict = Judge(RUBRIC, scripted_lm(lambda request: answer))(response="Llovió.").verdict
    assert verdict.score == pytest.approx((0.3 * 4 + 0.1 * 2) / 0.4)
    assert verdict.parsed is None
    assert Judge(RUBRIC, scripted_lm(lambda request: answer), min_mass=0.5)(response="x").unscored == "no_score"


def test_a_nominal_verdict_is_a_label_never_a_mean() -> None:
    rubric = Rubric(criterion="Tema", scale=Scale.nominal(["avería", "factura", "baja"]), language="es")
    answer = respond("0", tops=[{"0": 0.5, "2": 0.4}])
    assert Judge(rubric, scripted_lm(lambda request: answer))(response="x").score == 0.0


def test_log_probabilities_that_a_model_refuses_are_asked_for_once_only() -> None:
    asked: list[int | None] = []

    def answer(request: dspy.lm15.Request) -> str:
        asked.append(request.config.logprobs)
        if request.config.logprobs:
            raise dspy.lm15.InvalidRequestError("'logprobs' is not supported with this model")
        return "4"

    judge = Judge(RUBRIC, scripted_lm(answer))
    assert judge(response="a").verdict.method == "text"
    assert judge(response="b").score == 4.0
    assert asked == [20, None, None]


def test_a_model_that_gives_five_alternatives_gives_five() -> None:
    def answer(request: dspy.lm15.Request) -> object:
        if request.config.logprobs == 20:
            raise dspy.lm15.InvalidRequestError("top_logprobs must be at most 5")
        return respond("4", tops=[FOUR])

    assert Judge(RUBRIC, scripted_lm(answer))(response="a").verdict.method == "logprobs"


def test_a_bad_request_about_anything_else_is_raised() -> None:
    def answer(request: dspy.lm15.Request) -> str:
        raise dspy.lm15.InvalidRequestError("messages must not be empty")

    with pytest.raises(dspy.utils.exceptions.LMInvalidRequestError, match="messages must not be empty"):
        Judge(RUBRIC, scripted_lm(answer))(response="a")


def test_a_prompt_too_long_for_the_model_is_unscored() -> None:
    def answer(request: dspy.lm15.Request) -> str:
        raise dspy.lm15.ContextLengthError("9031 tokens exceed 8192")

    verdict = Judge(RUBRIC, scripted_lm(answer))(response="a").verdict
    assert verdict.unscored == "context_too_long"
    assert "9031 tokens" in verdict.detail


def test_asynchronous_calls_give_the_same_verdicts() -> None:
    judge = Judge(RUBRIC, scripted_lm(lambda request: respond("4", tops=[FOUR])))
    assert asyncio.run(judge.acall(response="Llovió.")).score == judge(response="Llovió.").score


def test_a_batch_keeps_its_order() -> None:
    judge = Judge(RUBRIC, scripted_lm(lambda request: _read_response(request.messages[-1].text)))
    examples = [dspy.Example(response=str(1 + n % 5)).with_inputs("response") for n in range(12)]
    scores = [prediction.score for prediction in judge.batch(examples, disable_progress_bar=True)]
    assert scores == [float(1 + n % 5) for n in range(12)]


def test_the_configured_model_is_used_where_the_judge_has_none_and_set_lm_goes_first() -> None:
    judge = Judge(RUBRIC)
    with pytest.raises(UsageError, match="this judge has no language model; pass lm="):
        judge(response="x")
    with dspy.context(lm=scripted_lm("2")):
        assert judge(response="x").score == 2.0
    judge.set_lm(scripted_lm("3"))
    assert judge(response="x").score == 3.0
    assert judge.with_lm(scripted_lm("5"))(response="x").score == 5.0


def test_a_legacy_language_model_works_too() -> None:
    class Legacy(dspy.BaseLM):
        def forward(self, prompt: object = None, messages: object = None, **kwargs: object) -> object:
            message = {"role": "assistant", "content": "4"}
            return {
                "model": "legacy",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {},
            }

    with pytest.warns(DeprecationWarning, match="custom LMs"):  # DSPy's own notice to their authors
        assert Judge(RUBRIC, Legacy("legacy"))(response="x").score == 4.0


def test_dspys_dummy_works_too() -> None:
    assert Judge(RUBRIC, dspy.utils.DummyLM([{"score": "4"}]))(response="x").score == 4.0


def test_generation_settings_the_judges_over_the_models_over_the_defaults() -> None:
    lm = scripted_lm("4", temperature=0.3, max_tokens=50)
    Judge(RUBRIC, lm, settings={"temperature": 0.9})(response="x")
    Judge(RUBRIC, scripted := scripted_lm("4"))(response="x")
    (set_here,), (default,) = lm.engine.requests, scripted.engine.requests
    assert (set_here.config.temperature, set_here.config.max_tokens) == (0.9, 50)
    assert (default.config.temperature, default.config.max_tokens) == (0.0, 16)


# --- Reasons, neighbours, pairs ---


def test_reasons_may_come_first_and_the_score_is_still_read_from_its_log_probabilities() -> None:
    tops = [{"Se": 1.0}, {" sigue": 1.0}, {".\n": 1.0}, {"Puntuación": 1.0}, {":": 1.0}, {" 4": 0.7, " 5": 0.3}]
    lm = scripted_lm(lambda request: respond("Se sigue.\nPuntuación: 4", tops=tops))
    prediction = Judge(RUBRIC, lm, reasoning="first", demos=[{**DEMOS[0], "reasons": "Hay un salto."}])(response="x")
    assert prediction.score == pytest.approx(4.3)
    (request,) = lm.engine.requests
    assert "termina con una línea aparte: Puntuación: y el número" in request.system
    assert request.messages[-1].text.endswith("Razonamiento:")
    assert request.messages[1].text == "Hay un salto.\nPuntuación: 2"
    assert request.config.max_tokens == 512


def test_reasons_that_never_come_to_a_score_are_unscored_though_a_digit_was_likely() -> None:
    answer = respond("Primero", tops=[{"Primero": 0.5, "4": 0.5}], finish_reason="length")
    assert Judge(RUBRIC, scripted_lm(lambda request: answer), reasoning="first")(response="x").unscored == "truncated"


def test_reasons_may_come_after() -> None:
    tops = [{"4": 0.7, "5": 0.3}, {".": 1.0}, {" Hay 2 saltos.": 1.0}]
    lm = scripted_lm(lambda request: respond("4. Hay 2 saltos.", tops=tops), max_tokens=80)
    prediction = Judge(RUBRIC, lm, reasoning="after", demos=[{**DEMOS[0], "reasons": "Hay un salto."}])(response="x")
    assert prediction.score == pytest.approx(4.3)
    assert lm.engine.requests[0].messages[1].text == "2\nHay un salto."
    assert lm.engine.requests[0].config.max_tokens == 80


@pytest.mark.parametrize("echo", ["", "Puntuación:"])
def test_an_answer_that_was_begun_is_read_from_where_it_goes_on(echo: str) -> None:
    answer = respond(f"{echo} 4", tops=[{" ": 0.9, "5": 0.1}, {"4": 0.7, "5": 0.3}])
    lm = scripted_lm(lambda request: answer)
    prediction = Judge(RUBRIC, lm, layout="prefill")(response="x")
    assert prediction.score == pytest.approx(4.3)
    assert lm.engine.requests[0].messages[-1].text == "Puntuación:"


def test_neighbours_are_chosen_for_each_item_and_an_optimisers_pool_counts() -> None:
    pool = [{"response": f"{word} otra vez", "score": 1 + place} for place, word in enumerate(("factura", "avería"))]
    lm = scripted_lm("4")
    judge = Judge(RUBRIC, lm, demos=pool, neighbours=1)
    for text in ("la factura", "una avería"):
        judge(response=text)
    shown = [request.messages[1].text for request in lm.engine.requests]
    assert shown == ["1", "2"]
    judge.predict.demos = [dspy.Example(response="factura", score=5.0)]
    assert judge.verdict(Item(item_id="1", response="la factura")).score == 4.0
    assert lm.engine.requests[-1].messages[1].text == "5"


@pytest.mark.parametrize(
    ("answer", "score"),
    [("1", -1.0), ("2", 1.0), ("0", 0.0), ("3", None)],
)
def test_a_pair_is_compared_on_a_pairwise_scale(answer: str, score: float | None) -> None:
    rubric = Rubric(criterion="Claridad", scale=Scale.pairwise(), language="es")
    lm = scripted_lm(answer)
    judge = Judge(rubric, lm, demos=[{"response": "a", "response_b": "b", "score": 1}])
    prediction = judge(response="Uno.", response_b="Dos.")
    assert (prediction.score, prediction.unscored) == (score, None if score is not None else "off_scale")
    (request,) = lm.engine.requests
    assert "Comparas dos textos" in request.system
    assert "0 si son igual de buenas" in request.system
    assert request.messages[1].text == "2"
    assert request.messages[-1].text.index("[Respuesta 1 ") < request.messages[-1].text.index("[Respuesta 2 ")
    assert judge.verdict(Item(item_id="1", response="Uno.", response_b="Dos.")).score == score


def test_a_preference_is_expected_too() -> None:
    rubric = Rubric(criterion="Claridad", scale=Scale.pairwise())
    answer = respond("2", tops=[{"2": 0.5, "1": 0.3, "0": 0.1}])
    verdict = Judge(rubric, scripted_lm(lambda request: answer))(response="a", response_b="b").verdict
    assert verdict.probabilities == pytest.approx((0.3 / 0.9, 0.1 / 0.9, 0.5 / 0.9))
    assert verdict.score == pytest.approx(0.2 / 0.9)


def test_a_pair_without_ties_has_none() -> None:
    rubric = Rubric(criterion="Claridad", scale=Scale.pairwise(ties=False))
    lm = scripted_lm("0")
    assert Judge(rubric, lm)(response="a", response_b="b").unscored == "off_scale"
    assert "equally good" not in lm.engine.requests[0].system


def test_half_a_pair_is_refused() -> None:
    with pytest.raises(UsageError, match="needs a response_b to judge, got none"):
        Judge(Rubric(criterion="Claridad", scale=Scale.pairwise()), scripted_lm("1"))(response="a")


# --- State ---


def test_state_survives_json_and_the_loaded_judge_asks_the_same() -> None:
    lm = scripted_lm(lambda request: respond("4", tops=[FOUR]))
    fitted = judgments_of([Verdict(score=float(n), parsed=float(n)) for n in range(1, 6)], RUBRIC.scale)
    readout = Isotonic(scale=RUBRIC.scale).fit(fitted, np.array([1.0, 1.5, 2.0, 2.5, 4.0]))
    judge = Judge(
        RUBRIC, lm, demos=DEMOS, readout=readout, layout="single", settings={"seed": 3}, min_mass=0.2, neighbours=1
    )
    loaded = Judge.from_state(json.loads(json.dumps(judge.dump_state())), lm)
    assert loaded.configuration() == judge.configuration()
    assert (
        loaded(response="Llovió.").verdict.score == judge(response="Llovió.").verdict.score == pytest.approx(2.833333)
    )
    assert lm.engine.requests[0].messages == lm.engine.requests[1].messages


def test_the_state_names_the_model_without_its_key_or_address() -> None:
    lm = dspy.LM("openai/judge", api_key="sk-secret", api_base="http://10.0.0.1/v1", temperature=0.5)
    state = json.dumps(Judge(RUBRIC, lm).dump_state())
    assert "sk-secret" not in state
    assert "10.0.0.1" not in state
    model = Judge.from_state(json.loads(state)).lm
    assert (model.model, model.kwargs["temperature"]) == ("openai/judge", 0.5)


def test_a_state_that_is_no_judges_is_refused() -> None:
    with pytest.raises(UsageError, match="expected schema 'alia-judge/judge/1', got None"):
        Judge(RUBRIC).load_state(dspy.Predict("a -> b").dump_state())


def test_dspys_own_save_and_load(tmp_path: object) -> None:
    path = f"{tmp_path}/judge.json"
    judge = Judge(RUBRIC, demos=DEMOS)
    judge.save(path)
    other = Judge(Rubric(criterion="Otra", scale=Scale.binary()))
    other.load(path)
    assert other.configuration() == judge.configuration()


def test_a_copy_shares_the_model_and_nothing_else() -> None:
    judge = Judge(RUBRIC, scripted_lm("4"), demos=DEMOS)
    for twin in (copy.deepcopy(judge), judge.deepcopy()):
        assert twin.lm is judge.lm
        twin.predict.demos.clear()
        twin.settings["temperature"] = 1.0
    assert len(judge.demos) == 1
    assert judge.settings == {}


def test_a_resetting_copy_keeps_the_model() -> None:
    judge = Judge(RUBRIC, scripted_lm("4"), demos=DEMOS)
    fresh = judge.reset_copy()
    assert fresh.demos == []
    assert fresh(response="x").score == 4.0


# --- What a verdict is kept under ---


@pytest.mark.parametrize(
    "other",
    [
        Judge(Rubric(criterion="Fluidez", scale=RUBRIC.scale)),
        Judge(RUBRIC, demos=DEMOS),
        Judge(RUBRIC, layout="single"),
        Judge(RUBRIC, reasoning="first"),
        Judge(RUBRIC, neighbours=3),
        Judge(RUBRIC, settings={"temperature": 1.0}),
        Judge(RUBRIC, top_logprobs=0),
        Judge(RUBRIC, min_mass=0.5),
    ],
)
def test_whatever_changes_a_raw_verdict_changes_the_configuration(other: Judge) -> None:
    assert other.configuration() != Judge(RUBRIC).configuration()


def test_whatever_does_not_leaves_it() -> None:
    same = Judge(RUBRIC, demos=[dspy.Example(**DEMOS[0], note="shown to nobody").with_inputs("response")])
    assert same.configuration() == Judge(RUBRIC, demos=DEMOS).configuration()


# --- DSPy's optimisers ---


def _trainset() -> list[dspy.Example]:
    return [dspy.Example(response=str(1 + n % 5), score=float(1 + n % 5)).with_inputs("response") for n in range(10)]


def _close(example: dspy.Example, prediction: dspy.Prediction, trace: object = None) -> bool:
    return prediction.score is not None and abs(example.score - prediction.score) < 0.5


def test_an_unchanged_bootstrap_compiles_a_judge() -> None:
    lm = scripted_lm(lambda request: respond("4", tops=[FOUR]))
    judge = Judge(RUBRIC, lm)
    optimiser = dspy.BootstrapFewShot(metric=_close, max_bootstrapped_demos=2, max_labeled_demos=4)
    compiled = optimiser.compile(judge, trainset=_trainset())
    assert isinstance(compiled, Judge)
    bootstrapped = [demo for demo in compiled.demos if demo.get("augmented")]
    assert [demo.score for demo in bootstrapped] == [4.0, 4.0]
    assert len(compiled.demos) == 4
    assert compiled(response="4").score == pytest.approx((0.7 * 4 + 0.2 * 5) / 0.9)
    shown = [message.text for message in lm.engine.requests[-1].messages if message.role == "assistant"]
    assert len(shown) == 4
    again = Judge.from_state(json.loads(json.dumps(compiled.dump_state())), lm)
    assert again.configuration() == compiled.configuration()


def test_rewritten_instructions_reach_the_prompt_the_rubric_and_the_state() -> None:
    lm = scripted_lm("4")
    judge = Judge(RUBRIC, lm)
    judge.predict.signature = judge.predict.signature.with_instructions("Fíjate en los conectores.")
    judge(response="x")
    assert "Fíjate en los conectores." in lm.engine.requests[0].system
    assert judge.rubric.instructions == "Fíjate en los conectores."
    assert Judge.from_state(judge.dump_state(), lm).rubric == judge.rubric
    assert judge.configuration() != Judge(RUBRIC).configuration()


def test_an_item_gives_its_texts() -> None:
    item = Item(item_id="1", prompt="Resume.", response="Llovió.", context="El tiempo.")
    lm = scripted_lm("4")
    raw = Judge(RUBRIC, lm).verdict(item)
    assert raw.score == 4.0
    assert "[Contexto " in lm.engine.prompts()[0]
    assert "[Referencia " not in lm.engine.prompts()[0]


def test_samples_have_seeds_of_their_own() -> None:
    lm = scripted_lm("4")
    judge = Judge(RUBRIC, lm, settings={"seed": 7, "temperature": 1.0})
    for sample in range(3):
        judge.verdict(Item(item_id="1", response="x"), sample=sample)
    assert [request.config.seed for request in lm.engine.requests] == [7, 8, 9]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"min_mass": 2.0}, "min_mass is a probability"), ({"top_logprobs": 50}, "top_logprobs must be from 0 to 20")],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Judge(RUBRIC, **wrong)
