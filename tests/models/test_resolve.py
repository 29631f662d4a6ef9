"""Names of models, and what an LM is called in a cache key."""

from __future__ import annotations

import dspy
import pytest

from alia_judge.errors import ModelError, UsageError
from alia_judge.models.gguf import GGUFEngine
from alia_judge.models.resolve import lm_identity, resolve_lm
from alia_judge.models.weights import EMBEDDED_SHA256


def test_an_lm_is_given_back_and_options_make_a_copy():
    lm = dspy.LM("openai/m", temperature=1.0)
    assert resolve_lm(lm) is lm
    assert resolve_lm(lm, temperature=0.5).kwargs["temperature"] == 0.5
    assert lm.kwargs["temperature"] == 1.0


def test_temperature_is_zero_unless_the_model_or_the_user_has_another():
    assert resolve_lm("openai/m").kwargs["temperature"] == 0.0
    assert resolve_lm("openai/m", temperature=0.7).kwargs["temperature"] == 0.7
    assert resolve_lm("openai/o3").kwargs["temperature"] is None


@pytest.mark.parametrize("spec", ["", "openai/"])
def test_a_name_that_names_nothing_is_a_usage_error(spec):
    with pytest.raises(UsageError, match="expected 'embedded', 'gguf:FILE' or 'provider/model'"):
        resolve_lm(spec)


def test_a_missing_file_is_a_model_error(tmp_path):
    with pytest.raises(ModelError, match=r"absent\.gguf: no such file"):
        resolve_lm(f"gguf:{tmp_path}/absent.gguf")


@pytest.mark.embedded
def test_a_gguf_is_found_by_name_in_the_cache_directory(embedded_lm, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert resolve_lm(f"gguf:{embedded_lm.engine.path.name}").engine.path == embedded_lm.engine.path


@pytest.mark.embedded
def test_the_embedded_model_takes_no_address_or_key(embedded_lm):
    with pytest.raises(UsageError, match="takes no api_base"):
        resolve_lm(f"gguf:{embedded_lm.engine.path}", api_base="http://localhost/v1")


@pytest.mark.embedded
def test_a_gguf_is_identified_by_its_content_and_its_settings(embedded_lm):
    renamed = resolve_lm(f"gguf:{embedded_lm.engine.path}")
    assert isinstance(renamed.engine, GGUFEngine)
    assert lm_identity(renamed) == lm_identity(embedded_lm)
    assert lm_identity(renamed).startswith(f"gguf:{EMBEDDED_SHA256}#")
    assert lm_identity(resolve_lm(renamed, seed=1)) != lm_identity(renamed)


def lm(**options) -> dspy.LM:
    return dspy.LM("openai/m", **{"temperature": 0.0, "api_base": "http://localhost:8000/v1", **options})


@pytest.mark.parametrize(
    "options",
    [
        {"api_key": "sk-other"},
        {"headers": {"Authorization": "Bearer x"}},
        {"timeout": 3},
        {"num_retries": 7},
        {"cache": False},
        {"api_base": "http://me:secret@localhost:8000/v1/"},
        {"seed": None},
    ],
)
def test_what_does_not_reach_the_model_is_no_part_of_its_identity(options):
    assert lm_identity(lm(**options)) == lm_identity(lm())


@pytest.mark.parametrize(
    "options", [{"temperature": 1.0}, {"seed": 3}, {"api_base": "http://localhost:9000/v1"}, {"max_tokens": 5}]
)
def test_what_reaches_the_model_is_a_part_of_its_identity(options):
    assert lm_identity(lm(**options)) != lm_identity(lm())


def test_no_secret_is_in_an_identity():
    identity = lm_identity(lm(api_key="sk-secret", api_base="https://me:secret@host/v1?key=secret"))
    assert "secret" not in identity
    assert identity.startswith("openai/m@https://host/v1#")
