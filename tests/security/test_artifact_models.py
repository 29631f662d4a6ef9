"""Somebody else's artifact never gets a key or a text: which models a published judge may have asked."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import dspy
import pytest
from scripted_lm import scripted_lm

from alia_judge.errors import ArtifactError, ModelError, UsageError
from alia_judge.judging.demos.neighbours import Neighbours
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import ChecklistJudge, PanelJudge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.publishing import load_judge, publish_judge
from alia_judge.publishing.artifact import ARTIFACT_SCHEMA
from alia_judge.publishing.manifest import seal
from alia_judge.publishing.stores import LocalStore
from alia_judge.records import Scale

RUBRIC = Rubric(criterion="Clarity", scale=Scale.ordinal(1, 5), steps=("Is it short?",))


def _published(folder: Path, state: dict[str, Any], kind: str = "judge") -> Path:
    """A folder with correct checksums, as whoever wrote it can always make."""
    files = {"judge.json": json.dumps({"kind": kind, "state": state}).encode(), "README.md": b""}
    LocalStore(folder).push(seal(files, schema=ARTIFACT_SCHEMA, version="0.1.0", facts={}), title="")
    return folder


@pytest.fixture
def state() -> dict[str, Any]:
    return json.loads(json.dumps(Judge(RUBRIC, "openai/judge", demos=[{"response": "x", "score": 1}]).dump_state()))


@pytest.mark.parametrize("beside", [{}, {"members": []}, {"kind": "panel"}, {"options": {}}, {"stack": {}}])
@pytest.mark.parametrize(
    "model",
    [
        {"name": "openai/judge", "settings": {"api_base": "http://elsewhere.example"}},
        {"name": "openai/judge", "settings": {"extra_headers": {"X": "y"}}},
        {"name": "openai/judge", "settings": {"extra_body": {"api_base": "http://elsewhere.example"}}},
        {"name": "openai/judge", "settings": {}, "class": "elsewhere.LM"},
        {"name": "openai/judge", "settings": {}, "api_key": "os.environ/HOME"},
        {"name": "huggingface/http://elsewhere.example", "settings": {}},
        {"name": "oobabooga/https://elsewhere.example/x", "settings": {}},
        {"name": "openai/../../elsewhere", "settings": {}},
        {"name": "azure/os.environ/HOME", "settings": {}},
        {"name": "gguf:/etc/passwd", "settings": {}},
        {"name": "gguf:../weights.gguf", "settings": {}},
        {"name": ["openai/judge"], "settings": {}},
        {"name": "openai/judge", "settings": []},
        "openai/judge",
    ],
)
def test_a_model_is_a_name_and_generation_settings(
    tmp_path: Path, state: dict[str, Any], model: Any, beside: dict[str, Any]
) -> None:
    state["judge"]["model"] = model
    folder = _published(tmp_path / "p", {**state, **beside})
    with pytest.raises(ArtifactError, match=r"judge\.json: a (record|model's record)"):
        load_judge(folder)
    # With the reader's own model, the artifact's is nobody's concern.
    mine = scripted_lm("4")
    assert load_judge(folder, lm=mine).lm is mine


def test_settings_of_the_judge_are_generation_settings_whoever_is_asked(tmp_path: Path, state: dict[str, Any]) -> None:
    state["judge"]["settings"] = {"api_base": "http://elsewhere.example"}
    for lm in (None, scripted_lm("4")):
        with pytest.raises(ArtifactError, match="a record sets 'api_base'"):
            load_judge(_published(tmp_path / str(lm is None), state), lm=lm)


@pytest.mark.parametrize(
    "planted",
    [
        {"lm": {"model": "oobabooga/http://elsewhere.example", "class": "dspy.clients.lm.LM"}},
        {"config": {"api_base": "http://elsewhere.example"}},
        {"callbacks": ["x"], "forward": "x", "history": []},
    ],
)
def test_dspys_state_makes_no_model_and_sets_nothing(
    tmp_path: Path, state: dict[str, Any], planted: dict[str, Any]
) -> None:
    state["predict"] |= planted
    mine = scripted_lm("4")
    judge = load_judge(_published(tmp_path / "p", state), lm=mine)
    assert judge.lm is mine
    assert (judge.predict.lm, judge.predict.config, judge.predict.callbacks) == (None, {}, [])
    assert judge(response="x").score == 4.0


def test_options_of_a_kind_are_its_own(tmp_path: Path) -> None:
    state = json.loads(json.dumps(ChecklistJudge(RUBRIC, "openai/judge").dump_state()))
    state["options"] |= {"lm": "embedded"}
    with pytest.raises(ArtifactError, match="a checklist judge has no option lm"):
        load_judge(_published(tmp_path / "p", state, "composite"), lm=scripted_lm("4"))


def test_the_readers_model_answers_for_every_member(tmp_path: Path) -> None:
    panel = PanelJudge([Judge(RUBRIC, "openai/one"), Judge(RUBRIC, "anthropic/two", layout="single")])
    mine = scripted_lm("4")
    loaded = load_judge(publish_judge(panel, tmp_path / "p"), lm=mine)
    assert [member.lm is mine for member in loaded.members] == [True, True]


class TestEmbeddings:
    @pytest.fixture
    def published(self, tmp_path: Path) -> str:
        neighbours = Neighbours(k=1, likeness="embedding:openai/text-embedding-3-small")
        judge = Judge(RUBRIC, "openai/judge", demos=[{"response": "x", "score": 1}], neighbours=neighbours)
        return publish_judge(judge, tmp_path / "p")

    def test_an_embedding_model_is_asked_where_nothing_else_was_said_or_it_is_allowed(self, published: str) -> None:
        mine = scripted_lm("4")
        assert load_judge(published).neighbours is not None
        with pytest.raises(ArtifactError, match="asks the model 'openai/text-embedding-3-small', which you have not"):
            load_judge(published, lm=mine)
        assert load_judge(published, lm=mine, allow_models=["openai/text-embedding-3-small"]).lm is mine

    def test_the_name_of_one_carries_no_address(self, tmp_path: Path, state: dict[str, Any]) -> None:
        likeness = "embedding:huggingface/http://elsewhere.example"
        state["judge"]["neighbours"] = {"k": 1, "likeness": likeness, "balanced": False, "order": "likest_last"}
        with pytest.raises(ArtifactError, match="without an address"):
            load_judge(_published(tmp_path / "p", state), allow_models=["huggingface/http://elsewhere.example"])


def test_a_model_that_was_not_allowed_is_not_made(tmp_path: Path, state: dict[str, Any]) -> None:
    folder = _published(tmp_path / "p", state)
    with pytest.raises(ArtifactError, match="asks the model 'openai/judge', which you have not allowed"):
        load_judge(folder, allow_models=["openai/other"])
    assert load_judge(folder, allow_models=["openai/judge"]).lm.model == "openai/judge"


def test_it_is_said_first_which_model_is_asked(
    tmp_path: Path, state: dict[str, Any], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_BASE", "http://127.0.0.1:9/v1")
    with caplog.at_level(logging.INFO, logger="alia_judge"):
        load_judge(_published(tmp_path / "p", state))
    assert "asks openai/judge at http://127.0.0.1:9/v1" in caplog.text


def test_a_setting_that_cannot_be_loaded_again_is_not_published(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a record sets 'extra_body'"):
        publish_judge(Judge(RUBRIC, "openai/judge", settings={"extra_body": {}}), tmp_path / "p")


def test_what_else_a_model_was_given_is_on_record_by_name_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lm = dspy.LM("bedrock/judge", aws_secret_access_key="of-the-author", extra_headers={"X": "y"}, cache=False)
    folder = Path(publish_judge(Judge(RUBRIC, lm), tmp_path / "p"))
    text = (folder / "judge.json").read_text(encoding="utf-8")
    assert "of-the-author" not in text
    assert json.loads(text)["state"]["judge"]["model"]["unrecorded"] == ["aws_secret_access_key"]
    load_judge(folder)
    assert "was also given settings that are not on record" in caplog.text


def test_a_judge_on_a_model_that_was_set_later_names_that_one(tmp_path: Path) -> None:
    judge = Judge(RUBRIC, "openai/first")
    judge.set_lm(dspy.LM("openai/second", cache=False))
    assert load_judge(publish_judge(judge, tmp_path / "p")).lm.model == "openai/second"


def test_weights_of_a_file_are_those_of_the_record(
    tmp_path: Path, state: dict[str, Any], embedded_lm: Any, caplog: pytest.LogCaptureFixture
) -> None:
    recorded = Judge(RUBRIC, embedded_lm).dump_state()["judge"]["model"]
    assert recorded["sha256"]
    assert load_judge(_published(tmp_path / "as recorded", _with_model(state, recorded))).lm.model == "embedded"
    assert not caplog.text
    with pytest.raises(ModelError, match="its content has the SHA-256"):
        load_judge(_published(tmp_path / "other", _with_model(state, {**recorded, "sha256": "00"})))
    del recorded["sha256"]
    load_judge(_published(tmp_path / "without", _with_model(state, recorded)))
    assert "on record without a digest" in caplog.text


def _with_model(state: dict[str, Any], model: dict[str, Any]) -> dict[str, Any]:
    return {**state, "judge": {**state["judge"], "model": model}}


@pytest.mark.parametrize(
    ("planted", "message"),
    [
        ({"min_mass": 2.0}, "min_mass is a probability"),
        ({"min_mass": float("nan")}, "min_mass is a probability"),
        ({"top_logprobs": 999}, "top_logprobs must be from 0 to 20"),
        ({"top_logprobs": "20"}, "not the state of a judge"),
        ({"layout": "sideways"}, "layout must be one of"),
        ({"reasoning": ["first"]}, "reasoning must be one of"),
        ({"output": "yaml"}, "output must be one of"),
        ({"subject": "everything"}, "subject must be one of"),
        ({"output": "json", "layout": "prefill"}, "cannot be an object"),
        ({"granularity": -3}, "granularity"),
        ({"neighbours": 0}, "neighbours must be at least 1"),
        ({"neighbours": {"k": 1, "likeness": "x", "balanced": False, "order": "likest_last"}}, "likeness must be"),
        ({"settings": ["temperature"]}, "not the state of a judge"),
        ({"rubric": {}}, "Rubric lacks 'criterion' and 'scale'"),
        ({"readout": {"kind": "os.system"}}, "judge.json"),
        ({"schema": "alia-judge/judge/99"}, "expected schema"),
    ],
)
def test_what_a_judge_refuses_a_published_one_cannot_have(
    tmp_path: Path, state: dict[str, Any], planted: dict[str, Any], message: str
) -> None:
    folder = _published(tmp_path / "p", {**state, "judge": {**state["judge"], **planted}})
    with pytest.raises(ArtifactError, match=message):
        load_judge(folder, lm=scripted_lm("4"))


@pytest.mark.parametrize("demos", [None, "x", ["x"], [1], {"response": "x"}])
def test_demonstrations_are_objects(tmp_path: Path, state: dict[str, Any], demos: Any) -> None:
    state["predict"]["demos"] = demos
    with pytest.raises(ArtifactError, match="must be a list of objects"):
        load_judge(_published(tmp_path / "p", state), lm=scripted_lm("4"))


def test_a_study_names_models_as_a_directory_does(tmp_path: Path, state: dict[str, Any]) -> None:
    """A study's database may be somebody else's, too."""
    import optuna

    from alia_judge.compiling.study.rebuild import rebuild_judge

    path = tmp_path / "study.log"
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))
    study = optuna.create_study(study_name="s", storage=storage)
    study.set_user_attr("judge", {"state": state, "demonstrations": {}})
    rubric = RUBRIC.to_dict()
    for number, planted in enumerate(
        [{"model": "oobabooga/http://elsewhere.example"}, {"settings": {"api_base": "http://elsewhere.example"}}]
    ):
        trial = study.ask()
        trial.set_user_attr("request", {"configuration": {"rubric": rubric, "layout": "chat", **planted}})
        study.tell(trial, 1.0)
        with pytest.raises(UsageError, match="a record"):
            rebuild_judge(str(path), "s", number)
    mine = scripted_lm("4")
    assert rebuild_judge(str(path), "s", 0, lm=mine).lm is mine, "the reader's model, whoever a study names"
