"""Keys, tokens and paths of the author's machine are not published, whatever they look like in JSON."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.publishing import publish_judge
from alia_judge.records import Scale

_A = "Abcdefgh01234567ijklmnopQRSTUVWX89"


def _publish(tmp_path: Path, text: str, **options: Any) -> None:
    rubric = Rubric(criterion="c", scale=Scale.ordinal(1, 5))
    publish_judge(Judge(rubric, "openai/judge", demos=[{"response": text, "score": 1.0}]), tmp_path / "p", **options)


@pytest.mark.parametrize(
    "variable",
    ["OPENAI_API_KEY", "OPENAI_APIKEY", "DB_PASSWD", "DB_PASSWORD", "OPENAI_KEY_2", "my_api_key", "Some_Token",
     "SECRET",
     "KEY1", "AWS_SECRET_ACCESS_KEY", "HF_TOKENS", "GOOGLE_CREDENTIALS", "GITHUB_PAT", "pgpassword_pwd"],
)  # fmt: skip
@pytest.mark.parametrize(
    "value", ["correct horse battery", 'with "quotes" and \\ back', "línea uno\nlínea dos", "</script>&'x'"]
)
def test_the_value_of_a_variable_that_is_called_like_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(
        UsageError, match=f"judge.json holds the value of the environment variable {variable}"
    ) as caught:
        _publish(tmp_path, f"He said {value}.")
    assert value not in str(caught.value)
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize("variable", ["MONKEY", "KEYBOARD", "TOKENIZERS_PARALLELISM", "PATH_LIKE", "SECRETARY"])
def test_a_variable_that_is_not_called_like_one_is_nobodys_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "an everyday phrase")
    _publish(tmp_path, "an everyday phrase")


@pytest.mark.parametrize(
    ("secret", "what"),
    [
        (f"sk-{_A}", "OpenAI"),
        (f"sk-ant-api03-{_A}", "Anthropic"),
        (f"sk-or-v1-{_A}", "OpenRouter"),
        (f"hf_{_A}", "Hugging Face"),
        (f"AIza{_A}_", "Google"),
        (f"ya29.{_A}", "Google"),
        ("AKIAABCDEFGHIJKLMNOP", "AWS"),
        ("ASIAABCDEFGHIJKLMNOP", "AWS"),
        (f"ghp_{_A}ab", "GitHub"),
        (f"github_pat_{_A}{_A}", "GitHub"),
        (f"glpat-{_A}", "GitLab"),
        (f"gsk_{_A}", "Groq"),
        (f"xai-{_A}", "xAI"),
        (f"csk-{_A}", "Cerebras"),
        (f"pplx-{_A}", "Perplexity"),
        (f"r8_{_A}", "Replicate"),
        (f"fw_{_A}", "Fireworks"),
        (f"nvapi-{_A}", "NVIDIA"),
        (f"lsv2_pt_{_A}", "LangSmith"),
        ("dapi0123456789abcdef0123456789abcdef", "Databricks"),
        ("xoxb-123456789012-abcdef", "Slack"),
        (f"sk_live_{_A}", "Stripe"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE", "private key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "private key"),
        (f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.{_A}", "JSON Web Token"),
        (f"Authorization: Bearer {_A}", "bearer token"),
        ("postgresql://me:hunter2@db.example/x", "password in an address"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "a line\n{}\nanother", '"{}"', "key={}"])
def test_what_looks_like_a_key(tmp_path: Path, secret: str, what: str, around: str) -> None:
    with pytest.raises(UsageError, match=f"judge.json holds what looks like .*{what}") as caught:
        _publish(tmp_path, around.format(secret))
    assert secret not in str(caught.value)


def test_the_name_of_a_judge_is_published_too(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=re.escape("manifest.json holds what looks like a Groq")):
        _publish(tmp_path, "x", name=f"gsk_{_A}")


def test_everyday_texts_are_no_secrets(tmp_path: Path) -> None:
    _publish(
        tmp_path,
        "La clave es: sk-8 o fw_2. Escriba a ana@example.com, vea https://example.com:8080/x y llame al 900 123 456. "
        "The token count is 512; keys: a, b. eyJ is how a JWT begins. -----BEGIN PUBLIC KEY-----",
    )
