"""What a command will write at its end is tried before it pays for anything."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from alia_judge._messages import message
from alia_judge.errors import ArtifactError, UsageError

if TYPE_CHECKING:
    from alia_judge.compiling.compiler import CompiledJudge
    from alia_judge.judging.judge import Judge

__all__ = ["check_target", "publish_found", "will_write"]


def will_write(*files: Path | None) -> None:
    """See that each of these files can be written; None is no file.

    Raises
    ------
    UsageError
        If one is a folder, or lies where nothing can be written.
    """
    for file in files:
        if file is None:
            continue
        if file.is_dir():
            raise UsageError(
                message("{file} is a folder; expected the name of a file to write; give another", file=file)
            )
        _see_folder(file.parent, file)


def check_target(folder: Path, benchmark: str) -> None:
    """See that a judge that was made on this benchmark can be published in `folder`.

    A judge of the same benchmark may stand there, as when the same search is run again.

    Raises
    ------
    UsageError
        If it is a file, or holds something else.
    """
    from alia_judge.publishing import read_published

    if folder.exists() and not folder.is_dir():
        raise UsageError(message("{folder} is a file; --artifact takes a new folder", folder=folder))
    _see_folder(folder.parent, folder)
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    try:
        made_on = read_published(folder).manifest.facts.get("benchmark")
    except ArtifactError:
        raise UsageError(
            message(
                "{folder} is there already, and not a published judge; --artifact takes a new folder", folder=folder
            )
        ) from None
    if made_on != benchmark:
        raise UsageError(
            message(
                "{folder} holds a judge that was made on another benchmark ({made_on}, not "
                "{benchmark}); --artifact takes a new folder",
                folder=folder,
                made_on=str(made_on)[:12],
                benchmark=benchmark[:12],
            )
        )


def publish_found(judge: Judge | CompiledJudge, folder: Path, benchmark: str) -> Path:
    """Publish a judge in `folder`; in one beside it, ``folder-2``, where another judge stands there."""
    from alia_judge.publishing import publish_judge

    target, number = folder, 1
    while True:
        try:
            return Path(publish_judge(judge, target, benchmark_fingerprint=benchmark))
        except ArtifactError:
            if not target.exists():
                raise
            number += 1
            target = folder.with_name(f"{folder.name}-{number}")


def _see_folder(folder: Path, target: Path) -> None:
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    if not there.is_dir():
        raise UsageError(
            message(
                "{target} cannot be written: {there} is a file, not a folder; give another place",
                target=target,
                there=there,
            )
        )
    if not os.access(there, os.W_OK):
        raise UsageError(
            message(
                "{target} cannot be written: no permission to write in {there}; give another place",
                target=target,
                there=there,
            )
        )
