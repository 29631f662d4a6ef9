"""What must not leave the author's machine: keys, and paths of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from alia_judge.errors import UsageError

__all__ = ["refuse_secrets"]

#: Environment variables that hold what is nobody else's business, by how they end.
_SECRET_NAME = re.compile(r"(_KEY|_TOKEN|_SECRET|_PASSWORD)$")
#: What providers' keys look like, wherever they came from.
_KEY_SHAPES = {
    "an OpenAI or Anthropic key": re.compile(r"\bsk-[A-Za-z0-9_-]{20,}"),
    "a Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{30,}"),
    "a Google key": re.compile(r"\bAIza[A-Za-z0-9_-]{35}"),
    "an AWS key": re.compile(r"\bAKIA[A-Z0-9]{16}\b"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}"),
    "a password in an address": re.compile(r"[a-z][a-z0-9+.-]*://[^\s/:@\"]+:[^\s/@\"]+@"),
}
#: A shorter value of an environment variable may stand in a text by chance.
_SHORTEST = 8


def refuse_secrets(files: Mapping[str, bytes]) -> None:
    """Raise if a file holds a key, or a path of this machine.

    Looked for: the values of environment variables whose names end like a key's, the shapes of common providers' keys,
    the home directory and the working directory.

    Raises
    ------
    UsageError
        That names the file and what kind of thing it holds, never the thing.
    """
    found = [f"{name} holds {what}" for name, data in files.items() for what in _found(data.decode("utf-8"))]
    if found:
        raise UsageError(
            f"not published: {'; '.join(found)}; expected nothing of the author's machine; take it out of the rubric, "
            "the demonstrations or the model's settings"
        )


def _found(text: str) -> Iterator[str]:
    for variable, value in os.environ.items():
        if _SECRET_NAME.search(variable) and len(value) >= _SHORTEST and value in text:
            yield f"the value of the environment variable {variable}"
    for what, shape in _KEY_SHAPES.items():
        if shape.search(text):
            yield f"what looks like {what}"
    for what, folder in (("home", Path.home()), ("working", Path.cwd())):
        # A root or one-letter folder is part of half the world's paths.
        if len(folder.parts) >= 2 and re.search(rf"{re.escape(str(folder))}(?![\w.-])", text):
            yield f"a path in the author's {what} directory"
