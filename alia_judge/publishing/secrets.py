"""What must not leave the author's machine: keys, and paths of it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alia_judge._messages import Message, joined, message
from alia_judge.errors import UsageError

__all__ = ["refuse_secrets"]

#: Environment variables that hold what is nobody else's business, by how they end: OPENAI_API_KEY, my_apikey, KEY_2.
_SECRET_NAME = re.compile(
    r"(?i)((^|[_.-])(key|token|secret|passw(or)?d|passphrase|pwd|pat|credentials?)|apikey|authtoken|accesskey)"
    r"s?([_-]?\d+)?$"
)
#: What providers' keys look like, wherever they came from.
_KEY_SHAPES = {
    message("an OpenAI, Anthropic, OpenRouter or DeepSeek key"): re.compile(r"\bsk-[A-Za-z0-9_-]{20,}"),
    message("a Hugging Face token"): re.compile(r"\b(hf|api_org)_[A-Za-z0-9]{30,}"),
    message("a Google key"): re.compile(
        r"\b(AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})"
    ),
    message("an AWS key"): re.compile(r"\b(AKIA|ASIA|ABIA)[A-Z0-9]{16}\b|\bABSK[A-Za-z0-9+/=]{40,}"),
    message("a GitHub or GitLab token"): re.compile(
        r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40,}|glpat-[A-Za-z0-9_-]{20,})"
    ),
    message("a Groq, xAI, Cerebras or Perplexity key"): re.compile(r"\b(gsk_|xai-|csk-|pplx-)[A-Za-z0-9]{20,}"),
    message("a Replicate, Fireworks, Together or NVIDIA key"): re.compile(
        r"\b(r8_|fw_|tgp_v1_|nvapi-)[A-Za-z0-9_-]{20,}"
    ),
    message("a Jina, Pinecone, LangSmith or Langfuse key"): re.compile(
        r"\b(jina_|pcsk_|lsv2_[ps]t_|[sp]k-lf-)[A-Za-z0-9_-]{20,}"
    ),
    message("a Databricks token"): re.compile(r"\bdapi[0-9a-f]{32}\b"),
    message("a Slack, Stripe, npm or PyPI token"): re.compile(
        r"\b(xox[abeprs]-[A-Za-z0-9-]{10,}|[sr]k_(live|test)_[A-Za-z0-9]{16,}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,})"
    ),
    message("a private key"): re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----"),
    message("a JSON Web Token"): re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    message("a bearer token"): re.compile(r"(?i)\bauthorization\W{1,5}(bearer|basic)\s+[A-Za-z0-9._~+/=-]{16,}"),
    message("a password in an address"): re.compile(r"[a-z][a-z0-9+.-]*://[^\s/:@\"]+:[^\s/@\"]+@"),
}
#: A shorter value of an environment variable may stand in a text by chance.
_SHORTEST = 8


def refuse_secrets(files: Mapping[str, bytes]) -> None:
    """Raise if a file holds a key, or a path of this machine.

    Looked for: the values of environment variables whose names end like a key's, the shapes of common providers' keys,
    of private keys and of tokens, the home directory and the working directory; in every text of a JSON file as it was
    before JSON's escapes. What looks like none of these is not found: a key without a shape, in no variable.

    Raises
    ------
    UsageError
        That names the file and what kind of thing it holds, never the thing.
    """
    found = dict.fromkeys(
        message("{name} holds {what}", name=name, what=what)
        for name, data in files.items()
        for text in _texts(data)
        for what in _found(text)
    )
    if found:
        raise UsageError(
            message(
                "not published: {found}; expected nothing of the author's machine; take it out of the "
                "rubric, the demonstrations or the model's settings",
                found=joined(found, "; "),
            )
        )


def _texts(data: bytes) -> Iterator[str]:
    """A file as it stands and, of JSON, each text in it as it was meant."""
    text = data.decode("utf-8")
    yield text
    try:
        plain = json.loads(text)
    except ValueError:
        return
    yield from _strings(plain)


def _strings(plain: Any) -> Iterator[str]:
    if isinstance(plain, str):
        yield plain
    elif isinstance(plain, dict):
        for key, value in plain.items():
            yield key
            yield from _strings(value)
    elif isinstance(plain, list):
        for value in plain:
            yield from _strings(value)


def _found(text: str) -> Iterator[Message]:
    for variable, value in os.environ.items():
        if _SECRET_NAME.search(variable) and len(value.strip()) >= _SHORTEST and value.strip() in text:
            yield message("the value of the environment variable {variable}", variable=variable)
    for what, shape in _KEY_SHAPES.items():
        if shape.search(text):
            yield message("what looks like {what}", what=what)
    home, here = message("a path in the author's home directory"), message("a path in the author's working directory")
    for what, folder in ((home, Path.home()), (here, Path.cwd())):
        # A root or one-letter folder is part of half the world's paths.
        if len(folder.parts) >= 2 and re.search(rf"{re.escape(str(folder))}(?![\w.-])", text):
            yield what
